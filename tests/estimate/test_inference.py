"""Estimates of one inference: scopes, lines, priors, idle capacity, measured speed and power, extrapolation."""

import numpy as np
import pytest

from treadlight.core.errors import InputError
from treadlight.estimate.inference import InferenceInputs, estimate_inference, token_coefficients
from treadlight.estimate.scope import SCOPES

CHAT = {"params_total_b": 70.0, "tokens_in": 300.0, "tokens_out": 400.0, "precision": "bfloat16"}
KNOWN = {**CHAT, "hardware": "H100", "n_devices": 4.0, "batch": 32.0}


def _wh(scope: str = "gpu_only", **known: object) -> tuple[float, float, float]:
    wh = estimate_inference(InferenceInputs(**known), scope, 500, 1).wh  # type: ignore[arg-type]
    p05, p50, p95 = np.percentile(wh, [5, 50, 95])
    return float(p05), float(p50), float(p95)


@pytest.mark.parametrize("scope", SCOPES)
def test_lines_add_up_to_the_answer(scope: str) -> None:
    found = estimate_inference(InferenceInputs(**KNOWN, load=0.5), scope, 200, 0)
    assert np.allclose(np.sum(list(found.lines.values()), axis=0), found.wh)
    assert ("host" in found.lines) == (scope in ("it", "facility"))
    assert ("overhead" in found.lines) == (scope in ("gpu_pue", "facility"))


def test_the_same_seed_gives_the_same_draws_and_another_seed_others() -> None:
    first, again, other = (estimate_inference(InferenceInputs(**CHAT), "it", 200, seed).wh for seed in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_idle_capacity_stands_apart_and_doubles_device_hours_at_half_load() -> None:
    busy = estimate_inference(InferenceInputs(**KNOWN), "gpu_only", 200, 0)
    half = estimate_inference(InferenceInputs(**KNOWN, load=0.5), "gpu_only", 200, 0)
    assert "idle" not in busy.lines
    assert np.allclose(half.device_hours, 2 * busy.device_hours)
    assert np.allclose(half.lines["accelerators"], busy.lines["accelerators"])
    assert (half.lines["idle"] < half.lines["accelerators"]).all()


def test_what_is_unknown_is_sampled_said_and_widens_the_interval() -> None:
    known = estimate_inference(InferenceInputs(**KNOWN), "gpu_only", 500, 0)
    unknown = estimate_inference(InferenceInputs(**CHAT), "gpu_only", 500, 0)
    assert known.assumed == ()
    assert {"batch", "hardware", "n_devices"} <= set(unknown.assumed)
    assert "priors for" in unknown.basis and "batch" in unknown.basis
    assert unknown.accelerator_slug is None and known.accelerator_slug == "h100-sxm5-80gb"

    def width(wh: np.ndarray) -> float:
        return float(np.percentile(wh, 95) / np.percentile(wh, 5))

    assert width(unknown.wh) > 2 * width(known.wh)


def test_a_model_of_unknown_size_is_wider_than_one_of_a_range() -> None:
    nothing, ranged = _wh(tokens_out=300.0), _wh(tokens_out=300.0, params_total_range_b=(100.0, 400.0))
    assert nothing[2] / nothing[0] > ranged[2] / ranged[0]


@pytest.mark.parametrize("what", ["tokens_in", "tokens_out", "tokens_reasoning"])
def test_more_tokens_cost_more_and_without_a_jump(what: str) -> None:
    amounts = [1.0, 10.0, 100.0, 1000.0, 1010.0, 30_000.0, 1_000_000.0]
    found = [_wh(**{**KNOWN, what: amount})[1] for amount in amounts]
    assert found == sorted(found)
    assert found[4] / found[3] < 1.03


def test_cached_tokens_are_nearly_free() -> None:
    fresh = _wh(**{**KNOWN, "tokens_in": 20_000.0, "tokens_out": 10.0})[1]
    cached = _wh(**{**KNOWN, "tokens_in": 20_000.0, "tokens_cached": 20_000.0, "tokens_out": 10.0})[1]
    assert cached < 0.2 * fresh


def test_larger_batches_share_the_weights_and_the_law_is_continuous() -> None:
    batches = [1, 1.01, 2, 4, 8, 8.1, 64, 512, 4096]
    found = [_wh(**{**KNOWN, "batch": float(batch)})[1] for batch in batches]
    assert found == sorted(found, reverse=True)
    assert found[0] / found[1] < 1.02 and found[4] / found[5] < 1.02
    assert found[0] / found[-1] > 10


def test_fewer_bits_and_newer_accelerators_cost_less() -> None:
    by_bits = [_wh(**{**KNOWN, "precision": name})[1] for name in ("float32", "bfloat16", "fp8", "int4")]
    assert by_bits == sorted(by_bits, reverse=True)
    by_age = [_wh(**{**KNOWN, "hardware": name})[1] for name in ("A100", "H100", "B200")]
    assert by_age == sorted(by_age, reverse=True)


def test_a_mixture_of_experts_costs_between_its_active_and_its_total_size() -> None:
    def at(batch: float, total: float, active: float) -> float:
        sizes = {"params_total_b": total, "params_active_b": active}
        return _wh(**{**KNOWN, **sizes, "batch": batch, "n_devices": 8.0})[1]

    for batch in (8.0, 256.0):
        assert at(batch, 22, 22) < at(batch, 235, 22) < at(batch, 235, 235)
    assert at(8, 235, 22) / at(256, 235, 22) > 4, "experts are shared by a large batch"


@pytest.mark.parametrize(
    "hardware", ["A100", "L4", "L40S", "MI300X", "TPU v5e", "RTX 4090", "GB200", "H200", "T4", "Gaudi3", "Trainium2"]
)
@pytest.mark.parametrize("batch", [1.0, 512.0])
@pytest.mark.parametrize("size", [(1.0, 1.0), (2000.0, 60.0)])
def test_no_draw_is_below_what_the_hardware_can_do(hardware: str, batch: float, size: tuple[float, float]) -> None:
    inputs = InferenceInputs(
        params_total_b=size[0],
        params_active_b=size[1],
        hardware=hardware,
        batch=batch,
        n_devices=8,
        precision="bfloat16",
        tokens_in=1000,
        tokens_out=200,
    )
    device = inputs.accelerator()
    assert device is not None
    found = estimate_inference(inputs, "gpu_only", 500, 0)
    flops_s = 2e9 * size[1] * 1200 / device.flops_16
    bytes_s = 2e9 * size[1] * 200 / device.bandwidth_bytes_per_s / batch
    assert (found.device_hours * 3600 >= max(flops_s, bytes_s) * 0.999).all()
    assert (found.wh <= found.device_hours * 3 * device.tdp_w).all()


def test_measured_speed_decides_the_time_and_narrows_the_answer() -> None:
    timed = InferenceInputs(**KNOWN, output_tokens_per_s=1000.0)
    found = estimate_inference(timed, "gpu_only", 500, 0)
    assert np.allclose(found.device_hours, 4 * 400 / 1000 / 3600)
    p05, _, p95 = np.percentile(found.wh, [5, 50, 95])
    blind = _wh(**KNOWN)
    assert p95 / p05 < blind[2] / blind[0]
    assert "measured tokens per second" in found.basis
    slower = estimate_inference(InferenceInputs(**KNOWN, output_tokens_per_s=500.0), "gpu_only", 500, 0)
    assert np.median(found.wh) < np.median(slower.wh) < 2 * np.median(found.wh)


def test_measured_speed_tells_the_batch() -> None:
    known = {key: value for key, value in KNOWN.items() if key != "batch"}
    slow, fast = (_wh(**known, output_tokens_per_s=speed) for speed in (80.0, 4000.0))
    assert slow[2] / slow[0] < 5 and fast[2] / fast[0] < 5
    assert slow[1] > 10 * fast[1]


def test_measured_power_and_speed_together_are_arithmetic() -> None:
    found = _wh(**KNOWN, output_tokens_per_s=1000.0, avg_power_w=2000.0)
    assert found[1] == pytest.approx(2000 * 400 / 1000 / 3600, rel=0.01)


def test_measured_power_alone_moves_the_answer_less_than_itself() -> None:
    low, high = (_wh(**KNOWN, avg_power_w=watt)[1] for watt in (1200.0, 2400.0))
    assert 1.1 < high / low < 1.9


def test_a_power_that_these_accelerators_cannot_draw_is_not_used_and_said() -> None:
    found = estimate_inference(InferenceInputs(**KNOWN, avg_power_w=14_331.0), "gpu_only", 100, 0)
    assert any("avg_power_w" in name for name in found.assumed)
    assert np.median(found.wh) == pytest.approx(_wh(**KNOWN)[1], rel=0.05)


def test_small_encoders_cost_less_than_a_thousandth_of_a_chat() -> None:
    bert = _wh(task="text classification", params_total_b=0.067, hardware="H100", batch=1.0)
    assert 2e-5 < bert[1] < 2e-3  # distilbert-imdb of the AI Energy Score: 2.2e-4 Wh
    assert bert[1] < _wh(**KNOWN)[1] / 100


def test_speech_is_estimated_from_its_seconds() -> None:
    short, long = (_wh(task="speech recognition", params_total_b=1.5, audio_s=s, hardware="L4") for s in (10.0, 100.0))
    assert 4 < long[1] / short[1] < 15  # attention over longer speech grows faster than the speech


def test_a_limited_accelerator_draws_less() -> None:
    assert _wh(**KNOWN, tdp_w=400.0)[1] < 0.8 * _wh(**KNOWN)[1]


def test_a_video_by_its_task_alone_costs_what_videos_cost_and_says_what_it_took() -> None:
    found = estimate_inference(InferenceInputs(task="text-to-video", params_total_b=14.0), "gpu_only", 500, 0)
    assert {"frames", "steps", "pixels"} <= set(found.assumed) and "tokens_out" not in found.assumed
    same = _wh(task="text-to-video", params_total_b=14.0, frames=81.0, steps=40.0, pixels=480.0 * 832)
    assert same[1] / 3 < np.median(found.wh) < same[1] * 3
    assert np.median(found.wh) > 1


def test_a_speed_beyond_the_devices_is_refused_with_the_fastest_they_can_do() -> None:
    one = {"params_total_b": 8.0, "tokens_out": 100.0, "hardware": "H100", "n_devices": 1.0, "precision": "bfloat16"}
    # 989e12 / (2 x 8e9) = 61,812 tokens per second
    for speed in (70_000.0, 1e9):
        with pytest.raises(InputError, match=r"61,812") as refused:
            estimate_inference(InferenceInputs(**one, output_tokens_per_s=speed), "gpu_only", 100, 0)
        assert refused.value.field == "output_tokens_per_s" and refused.value.value == speed
    assert _wh(**one, output_tokens_per_s=50_000.0)[0] > 0


def test_a_speed_beyond_the_memory_of_one_sequence_is_refused_with_room_for_speculation() -> None:
    one = {"params_total_b": 8.0, "tokens_out": 100.0, "hardware": "H100", "n_devices": 1.0, "batch": 1.0}
    # 3.35e12 / 16e9 = 209 passes per second
    assert _wh(**one, precision="bfloat16", output_tokens_per_s=400.0)[0] > 0
    with pytest.raises(InputError, match="output_tokens_per_s"):
        _wh(**one, precision="bfloat16", output_tokens_per_s=2000.0)


@pytest.mark.parametrize("speed", [1.0, 1000.0, 50_000.0])
def test_with_a_measured_speed_power_stays_between_idle_and_limit(speed: float) -> None:
    known = {"params_total_b": 8.0, "tokens_out": 100.0, "hardware": "H100", "n_devices": 1.0, "tdp_w": 700.0}
    found = estimate_inference(InferenceInputs(**known, output_tokens_per_s=speed), "gpu_only", 500, 0)
    device = InferenceInputs(**known).accelerator()
    assert device is not None
    watt = found.wh / found.device_hours
    assert (watt >= device.idle_w * 0.999).all() and (watt <= 700 * 1.001).all()


def test_a_model_that_does_not_fit_is_answered_with_a_remark() -> None:
    known = {**CHAT, "params_total_b": 405.0, "hardware": "H100"}
    beyond = estimate_inference(InferenceInputs(**known, n_devices=1.0), "gpu_only", 100, 0)
    assert any("does not fit: weights of 810 GB, memory of 80 GB" in remark for remark in beyond.assumed)
    assert "does not fit" not in beyond.basis
    for fits in ({**known, "n_devices": 16.0}, known):
        found = estimate_inference(InferenceInputs(**fits), "gpu_only", 100, 0)
        assert not any("does not fit" in remark for remark in found.assumed)
    each = token_coefficients(InferenceInputs(**known, n_devices=1.0), "gpu_only", 100, 0)
    assert any("does not fit" in remark for remark in each.assumed)


def test_a_batch_of_contexts_that_does_not_fit_is_answered_with_a_remark() -> None:
    shape = {"layers": 80.0, "kv_heads": 8.0, "head_dim": 128.0}

    def said(batch: float, **more: float) -> bool:
        inputs = InferenceInputs(**{**KNOWN, "tokens_in": 8000.0, "batch": batch, **more})
        return any("does not fit" in x for x in estimate_inference(inputs, "gpu_only", 100, 0).assumed)

    # 4 x 80 GB x 0.9 - 140 GB = 148 GB; 80 layers x 2 x 1,024 x 2 B x 8,200 tokens = 2.7 GB: 55 contexts
    assert said(60.0, **shape) and not said(50.0, **shape)
    assert said(200.0) and not said(60.0), "an unknown cache may be half as wide"


def test_the_plain_word_chat_does_not_know_the_prompt_as_well_as_a_benchmark_does() -> None:
    def width(task: str) -> float:
        low, _, high = _wh(**{**KNOWN, "tokens_in": None, "tokens_out": 1.0, "task": task})
        return high / low

    assert width("chat") > 1.3 * width("lm-arena-chat")


def test_fp8_on_a_device_without_it_computes_no_faster_than_16_bits() -> None:
    prompt = {**CHAT, "n_devices": 4.0, "batch": 1000.0, "tokens_in": 4000.0, "tokens_out": 1.0}

    def ratio(hardware: str, precision: str) -> float:
        return _wh(**{**prompt, "precision": precision}, hardware=hardware)[1] / _wh(**prompt, hardware=hardware)[1]

    assert ratio("A100", "fp8") > 0.95
    for hardware, precision in (("A100", "int8"), ("H100", "fp8"), ("B200", "nvfp4"), ("H100", "mxfp4")):
        assert ratio(hardware, precision) < 0.7


def test_a_few_tokens_and_a_half_are_taken_as_such_and_said() -> None:
    found = estimate_inference(InferenceInputs(**{**KNOWN, "tokens_out": 1.5, "tokens_in": 2.25}), "gpu_only", 100, 0)
    assert any("tokens_out (1.5" in x for x in found.assumed) and any("tokens_in (2.25" in x for x in found.assumed)
    for whole in (15.0, 150.5):
        found = estimate_inference(InferenceInputs(**{**KNOWN, "tokens_out": whole}), "gpu_only", 100, 0)
        assert found.assumed == ()


def test_prefill_and_decoding_add_up_to_the_busy_accelerators_and_follow_their_tokens() -> None:
    found = estimate_inference(InferenceInputs(**KNOWN, load=0.5), "facility", 200, 0)
    assert np.allclose(found.phases["prefill"] + found.phases["decode"], found.lines["accelerators"])
    longer = estimate_inference(InferenceInputs(**{**KNOWN, "tokens_in": 3000.0}, load=0.5), "facility", 200, 0)
    assert (longer.phases["prefill"] > 4 * found.phases["prefill"]).mean() > 0.5
    picture = estimate_inference(InferenceInputs(task="text-to-image"), "gpu_only", 50, 0)
    assert picture.phases == {}


def test_a_server_held_for_few_requests_spends_its_idle_power_on_them() -> None:
    known = {"params_total_b": 8.0, "tokens_out": 200.0, "tokens_in": 200.0, "hardware": "H100", "n_devices": 1.0}
    rare, rarer = (
        estimate_inference(InferenceInputs(**known, requests_per_s=rate), "gpu_only", 300, 0) for rate in (1e-3, 5e-4)
    )
    assert (rare.lines["idle"] > 5 * rare.lines["accelerators"]).all()
    assert np.median(rarer.wh) == pytest.approx(2 * np.median(rare.wh), rel=0.1)
    assert np.allclose(rare.device_hours, 1000 / 3600)  # one device, held 1,000 s for each
    busy = estimate_inference(InferenceInputs(**known, requests_per_s=5.0), "gpu_only", 300, 0)
    assert np.median(busy.wh) < 0.2 * np.median(rare.wh)
    power_w = busy.wh * 3600 * 5.0
    assert 60 < np.median(power_w) < 700 * 1.1  # power over rate is that of one card


def test_the_power_of_a_server_over_its_requests_is_the_answer_where_both_are_measured() -> None:
    inputs = InferenceInputs(params_total_b=8, hardware="H100", n_devices=1, requests_per_s=2, avg_power_w=400)
    found = estimate_inference(inputs, "gpu_only", 200, 0)
    assert np.allclose(found.wh, 400 / 2 / 3600)


@pytest.mark.parametrize(
    ("task", "per_s"),
    [
        ("chat ShareGPT, rate 8/s", 8.0),
        ("API, 558 requests/h", 558 / 3600),
        ("chat, 30 req/min", 0.5),
        ("chat, rate saturated", None),
        ("24/7 service", None),
        ("summaries of 3 pages", None),
    ],
)
def test_a_rate_is_read_in_the_words_of_a_task(task: str, per_s: float | None) -> None:
    assert InferenceInputs(task=task).rate_per_s == (None if per_s is None else pytest.approx(per_s))


def test_a_rate_beyond_what_the_devices_serve_is_remarked() -> None:
    known = {"params_total_b": 70.0, "tokens_out": 500.0, "hardware": "H100", "n_devices": 2.0, "precision": "bf16"}
    found = estimate_inference(InferenceInputs(**known, requests_per_s=1000), "gpu_only", 200, 0)
    assert any(line.startswith("requests_per_s (these devices serve about") for line in found.assumed)
    assert not np.any(found.lines["idle"])


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"tokens_in": 0, "tokens_out": 0}, "tokens_out: is 0, and so is tokens_in"),
        ({"batch": 0.5}, "batch: is too small to be true, got 0.5; give .* 1 or more"),
        ({"load": 0.5, "requests_per_s": 1}, "requests_per_s: says the same as load"),
    ],
)
def test_what_asks_for_nothing_or_twice_is_refused(known: dict[str, float], said: str) -> None:
    with pytest.raises(InputError, match=said):
        InferenceInputs(**known)


def test_a_model_of_unknown_size_may_be_one_of_a_hub() -> None:
    low, _, high = _wh(tokens_in=300.0, tokens_out=300.0, hardware="H100", batch=8.0)
    assert high / low > 100
    small = _wh(tokens_in=300.0, tokens_out=300.0, hardware="H100", batch=8.0, params_total_b=1.0)
    assert low < 2 * small[1]
