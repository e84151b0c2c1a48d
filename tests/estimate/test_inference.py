"""Estimates of one inference: scopes, lines, priors, idle capacity, measured speed and power, extrapolation."""

import numpy as np
import pytest

from treadlight.estimate.inference import InferenceInputs, estimate_inference
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
