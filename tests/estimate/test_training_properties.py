"""Whatever is known of a training, its estimate is finite, positive, ordered, and follows what is known."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadlight.core.errors import InputError
from treadlight.estimate.sampling import Array
from treadlight.estimate.scope import SCOPES
from treadlight.estimate.training import TrainingEstimate, TrainingInputs, estimate_training

CARDS = (
    "H100",
    "A100-80GB",
    "V100",
    "P100",
    "K80",
    "TPUv3",
    "TPU v5e",
    "MI300X",
    "RTX 4090",
    "Jetson Orin NX 16GB",
    "B200",
)
KINDS = ("dense", "moe", "dense-encdec", "dense-lora", "dense-finetune", "lstm", "diffusion", "resnet", "nas")


def log_floats(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(np.log(low), np.log(high)).map(lambda value: float(np.clip(np.exp(value), low, high)))


KNOWN = st.fixed_dictionaries(
    {},
    optional={
        "params_total_b": log_floats(1e-6, 2e4),
        "architecture": st.sampled_from(KINDS),
        "tokens_b": log_floats(1e-6, 1e5),
        "total_flops": log_floats(1e9, 1e30),
        "hardware": st.sampled_from(CARDS),
        "n_devices": log_floats(1, 1e6),
        "wall_hours": log_floats(1e-6, 1e5),
        "device_hours": log_floats(1e-6, 1e10),
        "tdp_w": log_floats(5, 3000),
        "pue": st.floats(1, 2),
        "precision": st.sampled_from(("bf16", "fp16", "fp8", "tf32", "fp32")),
    },
)


def quantiles(values: Array) -> tuple[float, float, float]:
    low, middle, high = np.quantile(values, (0.05, 0.5, 0.95))
    return float(low), float(middle), float(high)


def estimate(known: dict[str, Any], scope: str = "facility") -> TrainingEstimate:
    return estimate_training(TrainingInputs(**known), scope, draws=200)


@given(KNOWN, st.sampled_from(SCOPES))
def test_every_answer_is_finite_positive_and_ordered(known: dict[str, Any], scope: str) -> None:
    try:
        found = estimate(known, scope)
    except InputError as error:
        assert "nothing to estimate from" in str(error)
        return
    for values in (found.energy_kwh, found.device_hours, *found.lines.values()):
        assert np.isfinite(values).all()
        low, middle, high = quantiles(values)
        assert 0 <= low <= middle <= high
    assert (found.energy_kwh > 0).all() and (found.device_hours > 0).all()


@given(st.sampled_from(CARDS), log_floats(1e-6, 2e4), log_floats(1e-6, 1e5), st.sampled_from(KINDS))
def test_no_run_outdoes_its_accelerator(hardware: str, params_b: float, tokens_b: float, kind: str) -> None:
    known = {"hardware": hardware, "params_total_b": params_b, "tokens_b": tokens_b, "architecture": kind}
    trainer = TrainingInputs(**known).trainer()
    assert trainer is not None
    found = estimate({**known, "params_active_b": params_b}, "gpu_only")
    least_flops = 6 * 0.2 * params_b * tokens_b * 1e18  # encoder-decoder and adapters compute less than 6ND
    fastest_tflops = max(trainer.peak_tflops, trainer.peak_8_bit_tflops or 0.0)
    assert (found.device_hours * 3600 * fastest_tflops * 1e12 > least_flops).all()
    kw = trainer.tdp_w * trainer.tdp_gsd**4 / 1000
    assert (found.energy_kwh < 1.2 * found.device_hours * kw).all()


@given(log_floats(1e-3, 1e3), st.sampled_from(CARDS), st.floats(1.1, 100))
def test_a_larger_model_takes_longer(params_b: float, hardware: str, factor: float) -> None:
    small, large = (
        estimate({"params_total_b": size, "tokens_b": 100, "hardware": hardware}).device_hours
        for size in (params_b, params_b * factor)
    )
    assert (large > small * 0.999).all()


@pytest.mark.parametrize(("older", "newer"), [("P100", "V100"), ("V100", "A100-80GB"), ("A100-80GB", "H100")])
def test_older_accelerators_are_thought_to_have_seen_fewer_tokens(older: str, newer: str) -> None:
    found = [estimate({"params_total_b": 0.2, "hardware": card}) for card in (older, newer)]
    peaks = [TrainingInputs(hardware=card).trainer() for card in (older, newer)]
    work = [np.median(f.device_hours) * t.peak_tflops for f, t in zip(found, peaks, strict=True) if t is not None]
    assert work[0] < work[1]


def test_an_adapter_on_a_million_tokens_takes_minutes_not_weeks() -> None:
    # 4 x 70e9 x 1e6 operations at a third of 989 TFLOPS: 0.24 h
    low, middle, high = quantiles(
        estimate({"params_total_b": 70, "tokens_b": 1e-3, "hardware": "H100", "architecture": "lora"}).device_hours
    )
    assert low < 0.24 < high and 0.1 < middle < 2


def test_fine_tuning_is_less_certain_than_pre_training() -> None:
    wide, narrow = (
        quantiles(estimate({"params_total_b": 2, "tokens_b": 8, "hardware": "A100", "architecture": a}).device_hours)
        for a in ("dense-finetune", "dense")
    )
    assert wide[1] > narrow[1] and wide[2] / wide[0] > 1.5 * narrow[2] / narrow[0]
