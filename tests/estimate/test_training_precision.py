"""Precision of a training: names, speed against 16 bits, and what is drawn where nobody says it."""

from typing import Any

import numpy as np
import pytest

from treadlight.core.errors import InputError
from treadlight.estimate.accelerator import find_trainer
from treadlight.estimate.priors import find_prior
from treadlight.estimate.training import TrainingEstimate, TrainingInputs, estimate_training
from treadlight.estimate.training_precision import precision_name

SEVEN: dict[str, Any] = {"params_total_b": 7, "tokens_b": 1000}


def estimate(**known: Any) -> TrainingEstimate:
    return estimate_training(TrainingInputs(**{**SEVEN, **known}), "gpu_only")


def hours(**known: Any) -> float:
    return float(np.median(estimate(**known).device_hours))


def said(found: TrainingEstimate, words: str) -> bool:
    return any(words in line for line in found.assumed)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("BF16", "bf16"),
        ("torch.bfloat16", "bf16"),
        ("mixed", "bf16"),
        ("16-bit", "bf16"),
        ("half", "fp16"),
        ("FP8", "fp8"),
        ("e4m3", "fp8"),
        ("float_32", "fp32"),
        ("TF32", "tf32"),
        ("", None),
        ("  ", None),
        (None, None),
    ],
)
def test_a_precision_is_known_by_its_usual_names(text: str | None, name: str | None) -> None:
    assert precision_name(text) == name


@pytest.mark.parametrize("text", ["int4", "fp7", "double", "quick"])
def test_a_precision_that_nobody_trains_in_is_refused_with_those_there_are(text: str) -> None:
    with pytest.raises(InputError, match=r"precision: no such precision of a training, got .*; use one of bf16, fp16"):
        TrainingInputs(precision=text)


@pytest.mark.parametrize(("name", "bits_16_over_it"), [("fp8", 989 / 1979), ("fp32", 989 / 67), ("tf32", 2)])
def test_only_the_share_of_a_step_that_multiplies_matrices_changes_its_speed(name: str, bits_16_over_it: float) -> None:
    share = find_prior("matrix_share").median
    longer = hours(hardware="H100", precision=name) / hours(hardware="H100", precision="bf16")
    assert longer == pytest.approx(1 - share + share * bits_16_over_it, rel=0.06)


@pytest.mark.parametrize(
    ("hardware", "name", "peak_tflops"),
    [
        ("H100", "fp8", 1979),
        ("H100", "fp32", 67),
        ("A100", "fp32", 19.5),
        ("V100", "fp32", 15.7),
        ("A100", "bf16", 312),
    ],
)
def test_no_training_outruns_the_peak_rate_of_its_precision(hardware: str, name: str, peak_tflops: float) -> None:
    found = estimate(hardware=hardware, precision=name)
    used = 6 * 7e9 * 1e12 / (found.device_hours * 3600 * peak_tflops * 1e12)
    assert (used < 0.96).all() and np.median(used) > 0.1


def test_a_precision_that_is_not_known_is_drawn_and_said() -> None:
    unknown, known = estimate(hardware="H100"), estimate(hardware="H100", precision="bf16")
    assert said(unknown, "precision not known: 16 bits, but 10% of the draws in 8 bits, 3% of the draws in 32 bits")
    assert not said(known, "precision")
    assert "sampled from priors: precision" in unknown.basis and "precision" not in known.basis
    faster = np.mean(unknown.device_hours < 0.999 * known.device_hours)
    slower = np.mean(unknown.device_hours > 1.001 * known.device_hours)
    assert faster == pytest.approx(0.10, abs=0.005) and slower == pytest.approx(0.03, abs=0.005)


def test_cards_without_8_bits_are_not_drawn_in_them() -> None:
    assert not said(estimate(hardware="A100"), "in 8 bits") and said(estimate(hardware="A100"), "in 32 bits")
    assert not said(estimate(hardware="P100"), "precision")


def test_a_rate_that_is_not_listed_is_taken_as_in_16_bits_and_said() -> None:
    for hardware, name in (("A100", "fp8"), ("TPUv4", "fp32")):
        found = estimate(hardware=hardware, precision=name)
        np.testing.assert_array_equal(found.device_hours, estimate(hardware=hardware, precision="bf16").device_hours)
        assert said(found, f"no rate in {name} is listed")


def test_8_bits_on_an_unknown_card_were_on_one_that_has_them() -> None:
    found = estimate(precision="fp8")
    assert said(found, "H100") and not said(found, "A100") and not said(found, "no rate")
    by_power = estimate(precision="fp8", tdp_w=400)
    assert not said(by_power, "A100")


def test_a_card_with_the_die_of_another_has_its_rate_in_8_bits() -> None:
    assert find_trainer("H800").peak_8_bit_tflops == pytest.approx(1979, rel=0.001)
    assert find_trainer("T4").peak_8_bit_tflops is None


def test_precision_says_nothing_where_the_hours_are_known() -> None:
    first, second = (estimate(hardware="H100", device_hours=100, precision=name) for name in ("fp8", "fp32"))
    np.testing.assert_array_equal(first.energy_kwh, second.energy_kwh)
