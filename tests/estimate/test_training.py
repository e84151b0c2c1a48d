"""Estimates of training: routes, physics, priors, and that they are reproducible."""

import json
import math
from importlib.resources import files
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadlight.core.errors import InputError
from treadlight.estimate.sampling import Array
from treadlight.estimate.scope import SCOPES
from treadlight.estimate.training import TrainingEstimate, TrainingInputs, estimate_training

FORM = json.loads((files("treadlight.estimate") / "data" / "training.json").read_text(encoding="utf-8"))


def estimate(scope: str = "gpu_only", seed: int = 0, **known: Any) -> TrainingEstimate:
    return estimate_training(TrainingInputs(**known), scope, seed=seed)


def middle(values: Array) -> float:
    return float(np.median(values))


def width(values: Array) -> float:
    """p95 over p05."""
    low, high = np.quantile(values, (0.05, 0.95))
    return float(high / low)


def test_hours_follow_from_operations_peak_rate_and_utilisation() -> None:
    # Llama-2-7B: 6 x 6.74e9 x 2e12 = 8.09e22 operations. A100 80GB: 312e12/s, balance 312/2039 = 0.153, the reference.
    m = FORM["mfu"]["mean"]
    log_half = m["log_half_b"] + m["half_per_peak"] * math.log(312 / 312)
    filled = 1 / (1 + (math.exp(log_half) / 6.74) ** m["steepness"])
    mfu = math.exp(m["log_ceiling"]) * filled * (312 / 2039 / 0.153) ** m["balance"]
    by_hand = 6 * 6.74e9 * 2000e9 / (mfu * 312e12 * 3600)
    found = estimate(params_total_b=6.74, tokens_b=2000, hardware="A100-80GB")
    assert middle(found.device_hours) == pytest.approx(by_hand, rel=0.03)
    assert middle(found.device_hours) == pytest.approx(184_320, rel=0.35)  # published: Llama 2 model card


def test_energy_is_hours_times_design_power_times_the_fitted_share() -> None:
    p = FORM["power"]["mean"]
    weight = 70 / 70.5
    share = math.exp((1 - weight) * p["log_share_small"] + weight * p["log_share_large"])
    found = estimate(params_total_b=70, hardware="H100", device_hours=1000)
    assert middle(found.energy_kwh) == pytest.approx(1000 * 0.7 * share, rel=0.03)


def test_power_that_was_read_needs_no_model() -> None:
    found = estimate("gpu_pue", avg_power_w=500, device_hours=1000, pue=1.2, hardware="H100")
    assert middle(found.energy_kwh) == pytest.approx(600, rel=0.001)
    assert width(found.energy_kwh) < 1.2
    assert "power read" in found.basis


def test_power_read_at_nodes_is_split_between_accelerators_and_host() -> None:
    # PaLM: 378.5 W a chip with its host, 8,404,992 chip-hours, PUE 1.08: 3,436 MWh
    known = {"avg_power_w": 378.5, "device_hours": 8404992, "pue": 1.08, "hardware": "TPUv4", "params_total_b": 540}
    known["avg_power_scope"] = "node"
    found = estimate("facility", **known)
    assert middle(found.energy_kwh) == pytest.approx(3.436e6, rel=0.002)
    assert set(found.lines) == {"accelerators", "host", "overhead"}
    assert any("node" in line for line in found.assumed)


def test_lines_add_up_to_the_energy() -> None:
    for scope in SCOPES:
        found = estimate(scope, params_total_b=7, tokens_b=100)
        np.testing.assert_allclose(np.sum(list(found.lines.values()), axis=0), found.energy_kwh)


def test_wider_scopes_take_more_in_every_draw() -> None:
    only, with_pue, nodes, hall = (
        estimate(scope, params_total_b=7, tokens_b=100, hardware="A100").energy_kwh for scope in SCOPES
    )
    assert (only < with_pue).all() and (only < nodes).all() and (nodes < hall).all() and (with_pue < hall).all()


def test_devices_times_hours_is_device_hours() -> None:
    found = estimate(n_devices=16, wall_hours=10, hardware="V100", params_total_b=1)
    assert (found.device_hours == 160).all()


def test_a_contradiction_between_hours_is_said() -> None:
    found = estimate(n_devices=8, wall_hours=10, device_hours=200, hardware="V100", params_total_b=1)
    assert (found.device_hours == 200).all()
    assert any("n_devices x wall_hours gives 80" in line for line in found.assumed)
    agreed = estimate(n_devices=8, wall_hours=25, device_hours=200, hardware="V100", params_total_b=1)
    assert not any("contradict" in line for line in agreed.assumed)


def test_hours_that_no_device_could_work_off_are_said() -> None:
    found = estimate(params_total_b=7, tokens_b=2000, hardware="A100", device_hours=100)
    assert any("of the peak rate" in line for line in found.assumed)
    credible = estimate(params_total_b=6.74, tokens_b=2000, hardware="A100", device_hours=184_320)
    assert not any("of the peak rate" in line for line in credible.assumed)


def test_a_count_in_the_name_is_used_and_said() -> None:
    found = estimate(hardware="8x H100", wall_hours=5, params_total_b=70)
    assert (found.device_hours == 40).all()
    assert any("8 devices" in line for line in found.assumed)
    both = estimate(hardware="8x H100", n_devices=64, wall_hours=5, params_total_b=70)
    assert (both.device_hours == 320).all()


def test_operations_given_come_before_6nd() -> None:
    given_it = estimate(total_flops=1e22, params_total_b=7, tokens_b=1, hardware="A100")
    without = estimate(total_flops=1e22, params_total_b=7, hardware="A100")
    np.testing.assert_array_equal(given_it.device_hours, without.device_hours)


def test_adapters_take_two_thirds_of_full_training_or_less_efficiently() -> None:
    full, lora = (
        estimate(params_total_b=70, tokens_b=1, hardware="H100", architecture=kind).device_hours
        for kind in ("dense", "dense-lora")
    )
    # 4ND of 6ND, at 0.6 of the utilisation
    assert middle(lora) / middle(full) == pytest.approx(2 / 3 / 0.6, rel=0.07)


def test_an_encoder_decoder_passes_each_token_through_about_half() -> None:
    dense, encdec = (
        estimate(params_total_b=11, tokens_b=1000, hardware="TPUv3", architecture=kind).device_hours
        for kind in ("dense", "dense-encdec")
    )
    assert middle(encdec) / middle(dense) == pytest.approx(0.6, rel=0.05)


def test_a_mixture_of_experts_works_on_its_active_parameters() -> None:
    moe = estimate(params_total_b=671, params_active_b=37, tokens_b=14800, hardware="H800", architecture="moe")
    dense = estimate(params_total_b=671, tokens_b=14800, hardware="H800")
    assert middle(moe.device_hours) < middle(dense.device_hours) / 8
    guessed = estimate(params_total_b=671, tokens_b=14800, hardware="H800", architecture="moe")
    assert width(guessed.device_hours) > width(moe.device_hours)
    assert any("active parameters not known" in line for line in guessed.assumed)


def test_experiments_multiply_everything_and_are_said() -> None:
    once = estimate("facility", device_hours=10, hardware="H100", params_total_b=7)
    half_more = estimate("facility", device_hours=10, hardware="H100", params_total_b=7, experiments_multiplier=1.5)
    np.testing.assert_allclose(half_more.energy_kwh, 1.5 * once.energy_kwh)
    assert any("not counted" in line for line in once.assumed)
    assert any("1.5 times" in line for line in half_more.assumed)


@pytest.mark.parametrize("missing", ["hardware", "tokens_b", "params_total_b"])
def test_what_is_not_known_widens_the_interval_and_is_named(missing: str) -> None:
    known: dict[str, Any] = {"hardware": "A100", "tokens_b": 300, "params_total_b": 7, "precision": "bf16"}
    whole = estimate(**known)
    less = estimate(**{name: value for name, value in known.items() if name != missing})
    assert width(less.energy_kwh) > 1.2 * width(whole.energy_kwh)
    assert "sampled from priors" in less.basis and "sampled" not in whole.basis
    assert {"hardware": "hardware", "tokens_b": "tokens", "params_total_b": "parameters"}[missing] in less.basis


def test_power_without_a_name_is_more_than_nothing() -> None:
    nothing, power = (estimate(params_total_b=7, tokens_b=300, **known) for known in ({}, {"tdp_w": 700}))
    assert power.accelerator_slug is None
    assert width(power.device_hours) < width(nothing.device_hours)
    odd = estimate(params_total_b=7, tokens_b=300, tdp_w=4000)  # no card is built for it
    assert np.isfinite(odd.energy_kwh).all()


def test_a_card_that_is_not_listed_is_estimated_by_its_power_and_said() -> None:
    found = estimate(hardware="Ascend 910B", tdp_w=310, device_hours=1000, params_total_b=7)
    assert found.accelerator_slug is None
    assert any("Ascend 910B is not listed" in line for line in found.assumed)
    assert 0.1 < middle(found.energy_kwh) / 310 < 1.05
    for known in ({"hardware": "Ascend 910B"}, {"hardware": "H10O", "tdp_w": 700}):
        with pytest.raises(InputError, match="no such accelerator"):
            estimate(device_hours=1000, params_total_b=7, **known)


def test_devices_without_duration_sample_it() -> None:
    found = estimate(n_devices=64, hardware="H100")
    assert width(found.device_hours) > 30
    assert any("duration not known" in line for line in found.assumed)


@pytest.mark.parametrize("known", [{}, {"hardware": "H100"}, {"tdp_w": 400}, {"wall_hours": 10}, {"pue": 1.1}])
def test_nothing_to_estimate_from_is_refused(known: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="nothing to estimate from; give device_hours"):
        estimate(**known)


@pytest.mark.parametrize("hardware", ["TPU v5e", "MI300X", "RTX 4090", "GB200", "Gaudi3", "Trainium2", "T4", "K80"])
@pytest.mark.parametrize("n_devices", [1, 20_000])
def test_devices_outside_the_fit_stay_within_physics(hardware: str, n_devices: int) -> None:
    found = estimate("it", params_total_b=70, tokens_b=1000, hardware=hardware, n_devices=n_devices, precision="bf16")
    peak = TrainingInputs(hardware=hardware).trainer()
    assert peak is not None
    mfu = 6 * 70e9 * 1e12 / (found.device_hours * 3600 * peak.peak_tflops * 1e12)
    assert (mfu < 0.96).all() and 0.05 < middle(mfu) < 0.6
    power_w = found.lines["accelerators"] / found.device_hours * 1000
    assert (power_w < 1.05 * peak.tdp_w * max(peak.tdp_gsd, 1.05) ** 4).all() and 0.3 < middle(
        power_w
    ) / peak.tdp_w < 1.0


@pytest.mark.parametrize("size", [1e-4, 0.07, 2000.0, 30_000.0])
def test_sizes_outside_the_fit_stay_within_physics(size: float) -> None:
    found = estimate(params_total_b=size, tokens_b=1000, hardware="H100", precision="bf16")
    mfu = 6 * size * 1e9 * 1e12 / (found.device_hours * 3600 * 989e12)
    assert (mfu > 0).all() and (mfu < 0.96).all()


def test_small_models_fill_a_device_less() -> None:
    hours = [middle(estimate(params_total_b=n, tokens_b=100, hardware="H100").device_hours) / n for n in (0.1, 1, 10)]
    assert hours[0] > 1.5 * hours[1] > 1.5 * hours[2] / 1.5


def test_the_same_seed_gives_the_same_draws_and_another_seed_others() -> None:
    first, again, other = (estimate("facility", params_total_b=7, seed=seed).energy_kwh for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert middle(first) == pytest.approx(middle(other), rel=0.2)


def test_two_runs_with_one_seed_share_their_causes() -> None:
    small, large = (estimate(params_total_b=n, tokens_b=1000, hardware="A100").energy_kwh for n in (7, 70))
    assert np.corrcoef(np.log(small), np.log(large))[0, 1] > 0.95


def test_any_number_of_draws() -> None:
    for draws in (1, 2, 100):
        found = estimate_training(TrainingInputs(params_total_b=7), draws=draws)
        assert found.energy_kwh.shape == found.device_hours.shape == (draws,)


@given(
    st.floats(0.01, 1000), st.floats(0.1, 20_000), st.floats(1.5, 5), st.sampled_from(["A100", "TPUv4", "MI300X", None])
)
def test_hours_are_linear_in_tokens(size: float, tokens: float, factor: float, hardware: str | None) -> None:
    once = estimate(params_total_b=size, tokens_b=tokens, hardware=hardware)
    more = estimate(params_total_b=size, tokens_b=tokens * factor, hardware=hardware)
    np.testing.assert_allclose(more.device_hours, once.device_hours * factor, rtol=1e-9)


@given(st.floats(1e-3, 1e9), st.sampled_from(SCOPES))
def test_energy_is_linear_in_device_hours(hours: float, scope: str) -> None:
    known = {"params_total_b": 7, "hardware": "H100"}
    once, more = (estimate(scope, device_hours=h, **known).energy_kwh for h in (1.0, hours))
    np.testing.assert_allclose(more, once * hours, rtol=1e-9)


def test_no_draw_is_negative_or_no_number_whatever_is_known() -> None:
    some: dict[str, Any] = {
        "params_total_b": 12,
        "params_active_b": 3,
        "architecture": "moe",
        "tokens_b": 40,
        "total_flops": 1e21,
        "hardware": "H100",
        "n_devices": 8,
        "wall_hours": 9,
        "device_hours": 72,
        "tdp_w": 700,
        "avg_power_w": 500,
        "pue": 1.1,
        "precision": "fp8",
    }
    names = list(some)
    for mask in range(0, 1 << len(names), 7):
        known = {name: some[name] for i, name in enumerate(names) if mask >> i & 1}
        try:
            found = estimate("facility", **known)
        except InputError as error:
            assert "nothing to estimate from" in str(error)
            continue
        assert np.isfinite(found.energy_kwh).all() and (found.energy_kwh > 0).all(), known
        assert (found.device_hours > 0).all() and found.basis, known


def test_power_as_nvidia_smi_reads_it_is_the_accelerators_and_the_host_is_added() -> None:
    known = {"avg_power_w": 500, "device_hours": 1000, "hardware": "H100", "pue": 1.2}
    found = estimate("facility", **known)
    assert middle(found.lines["accelerators"]) == pytest.approx(500, rel=0.01)  # 500 W x 1,000 h
    assert middle(found.lines["host"]) == pytest.approx(middle(estimate("it", **known).lines["host"]))
    assert middle(found.energy_kwh) > 1.2 * 1.15 * 500
    node = estimate("facility", **known, avg_power_scope="node")
    assert middle(node.energy_kwh) == pytest.approx(1.2 * 500, rel=0.01)
    accelerators = estimate("gpu_only", **known, avg_power_scope="node")
    assert middle(accelerators.energy_kwh) == pytest.approx(middle(node.lines["accelerators"]))
    assert middle(accelerators.energy_kwh) < 450


def test_idle_devices_and_storage_are_lines_of_their_own_and_unknown_where_nobody_says() -> None:
    plain = estimate("facility", device_hours=1000, hardware="A100", pue=1.0)
    assert not {"idle", "storage"} & set(plain.lines)
    assert any("idle_hours is not known" in line for line in plain.assumed)
    held = estimate("facility", device_hours=1000, hardware="A100", pue=1.0, idle_hours=500, storage_tb_months=10)
    assert middle(held.lines["idle"]) == pytest.approx(500 * 0.12 * 0.4, rel=0.05)  # 0.12 of 400 W
    assert middle(held.lines["storage"]) == pytest.approx(1.8 * 10 * 730.5 / 1000, rel=0.05)
    assert middle(held.lines["host"]) == pytest.approx(1.5 * middle(plain.lines["host"]))  # hosts run on
    assert (held.device_hours == 1500).all()
    nothing = estimate("facility", device_hours=1000, hardware="A100", pue=1.0, idle_hours=0, storage_tb_months=0)
    assert middle(nothing.energy_kwh) == pytest.approx(middle(plain.energy_kwh))
    assert set(estimate("gpu_only", device_hours=1, hardware="A100", storage_tb_months=9).lines) == {"accelerators"}


@pytest.mark.parametrize(
    ("known", "hours"),
    [
        # BERT-base: 10^6 steps of 256 sequences of 512 at most; 64 V100 for 79 h (Strubell et al. 2019, table 3)
        ({"params_total_b": 0.11, "tokens_b": 131, "hardware": "V100"}, 64 * 79),
        # BERT-large: the same tokens; 64 TPU chips for 4 days (Devlin et al. 2019, A.2)
        ({"params_total_b": 0.34, "tokens_b": 131, "hardware": "TPUv3"}, 64 * 96),
    ],
)
def test_encoders_of_2018_lie_in_their_intervals(known: dict[str, object], hours: float) -> None:
    low, high = np.quantile(estimate(architecture="encoder", **known).device_hours, (0.05, 0.95))
    assert low < hours < high
    dense = np.quantile(estimate(architecture="dense", **known).device_hours, 0.95)
    assert dense < hours


def test_images_and_pixels_tell_the_work_of_a_diffusion_model() -> None:
    known = {"architecture": "diffusion", "params_total_b": 0.865, "hardware": "A100-40GB"}
    hours = [estimate(**known, samples_m=m, pixels=p).device_hours for m, p in ((1000, 65536), (2000, 65536))]
    assert hours[1] == pytest.approx(2 * hours[0])
    larger = estimate(**known, samples_m=1000, pixels=4 * 65536).device_hours
    assert larger == pytest.approx(4 * hours[0])
    unknown = np.quantile(estimate(**known).device_hours, (0.05, 0.95))
    assert unknown[0] < 22_000 and unknown[1] > 200_000  # as published of one model, tuned and as first made
    assert any("give samples_m" in line for line in estimate(**known).assumed)


def test_a_hybrid_is_known_to_training_too() -> None:
    found = estimate(architecture="hybrid", params_total_b=8, tokens_b=1000, hardware="H100")
    assert not any("not known: taken as dense" in line for line in found.assumed)
    with pytest.raises(InputError, match="avg_power_scope"):
        estimate(device_hours=1, hardware="H100", avg_power_scope="hall")
