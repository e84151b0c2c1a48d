"""Images and video: what they grow with, and what the design of a model changes."""

import csv
from importlib.resources import files

import numpy as np
import pytest

from treadlight.estimate.inference import InferenceInputs, estimate_inference
from treadlight.estimate.inference_diffusion import find_design

IMAGE = {
    "architecture": "diffusion",
    "task": "text-to-image",
    "params_total_b": 8.0,
    "pixels": 1024.0**2,
    "steps": 28.0,
    "hardware": "H100",
    "n_devices": 1.0,
    "batch": 4.0,
    "precision": "bfloat16",
    "guidance_passes": 2.0,
}


def _wh(**known: object) -> float:
    return float(np.median(estimate_inference(InferenceInputs(**{**IMAGE, **known}), "gpu_only", 500, 0).wh))  # type: ignore[arg-type]


def test_energy_is_in_proportion_to_steps_and_passes() -> None:
    assert _wh(steps=56.0) == pytest.approx(2 * _wh(), rel=0.01)
    assert 1.6 < _wh() / _wh(guidance_passes=1.0) < 2.05


@pytest.mark.parametrize(("name", "values"), [("pixels", (2.6e5, 1e6, 4e6)), ("frames", (1.0, 33.0, 81.0, 129.0))])
def test_energy_grows_faster_than_what_all_tokens_attend_to(name: str, values: tuple[float, ...]) -> None:
    found = [_wh(**{name: value}) for value in values]
    assert found == sorted(found)
    assert found[-1] / found[-2] > values[-1] / values[-2]


def test_a_measured_image_is_within_its_interval() -> None:
    # mle3 text-to-image stable-diffusion-3.5-large, one H100, batch 1, 28 steps, 1024 x 1024: 1.228 Wh measured
    known = {**IMAGE, "params_total_b": 8.1, "batch": 1.0, "model": "stabilityai/stable-diffusion-3.5-large"}
    wh = estimate_inference(InferenceInputs(**known), "gpu_only", 1000, 0).wh  # type: ignore[arg-type]
    assert np.percentile(wh, 5) < 1.228 < np.percentile(wh, 95)


def test_no_draw_is_below_the_operations_at_peak() -> None:
    known = {**IMAGE, "model": "stabilityai/stable-diffusion-3.5-large"}
    wh_hours = estimate_inference(InferenceInputs(**known), "gpu_only", 500, 0)  # type: ignore[arg-type]
    flops = 28 * 2 * 2 * 8e9 * 1024**2 / 256
    assert (wh_hours.device_hours * 3600 >= flops / 989e12).all()


@pytest.mark.parametrize(
    ("name", "passes", "pixels_per_token"),
    [
        ("black-forest-labs/FLUX.1-dev", 1, 256),
        ("FLUX.1-schnell", 1, 256),
        ("tencent/HunyuanVideo", 1, 256),
        ("Efficient-Large-Model/SANA1.5_1.6B_1024px_diffusers", 2, 1024),
        ("Lightricks/LTX-Video", 2, 1024),
        ("stabilityai/stable-diffusion-3.5-large", 2, 256),
    ],
)
def test_designs_are_known_by_name(name: str, passes: float, pixels_per_token: float) -> None:
    design = find_design(name)
    assert design is not None
    assert (design.passes, design.pixels_per_token) == (passes, pixels_per_token)


def test_a_design_nobody_described_is_sampled_and_said() -> None:
    known = {key: value for key, value in IMAGE.items() if key != "guidance_passes"}
    assert find_design("some/new-model") is None
    found = estimate_inference(InferenceInputs(**known), "gpu_only", 100, 0)  # type: ignore[arg-type]
    assert {"guidance_passes", "pixels per token"} <= set(found.assumed)


def test_every_design_names_its_source() -> None:
    text = (files("treadlight.estimate") / "data" / "diffusion.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        assert row["source"] and row["locator"] and 2022 < int(row["year"]) < 2030
        assert row["confidence"] in ("high", "medium")
