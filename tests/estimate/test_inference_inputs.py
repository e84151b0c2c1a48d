"""What an inference estimate refuses, and how it says so."""

import math

import pytest

from treadlight.core.errors import InputError
from treadlight.estimate.inference import InferenceInputs
from treadlight.estimate.inference_hardware import find_accelerator
from treadlight.estimate.inference_inputs import kind_of


@pytest.mark.parametrize(
    ("known", "field", "words"),
    [
        ({"tokens_in": -1.0}, "tokens_in", "negative"),
        ({"tokens_out": math.nan}, "tokens_out", "leave out what is unknown"),
        ({"tokens_out": 0.4}, "tokens_out", "not thousands"),
        ({"tokens_in": 0.3}, "tokens_in", "not thousands"),
        ({"tokens_out": math.inf}, "tokens_out", "too large"),
        ({"params_total_b": 7e9}, "params_total_b", "billions"),
        ({"params_total_b": 0.0}, "params_total_b", "too small"),
        ({"params_total_b": 7.0, "params_active_b": 8.0}, "params_active_b", "exceeds params_total_b"),
        ({"params_total_range_b": (10.0, 5.0)}, "params_total_range_b", "low bound first"),
        ({"tokens_in": 10.0, "tokens_cached": 20.0}, "tokens_cached", "exceeds tokens_in"),
        ({"n_devices": 0.0}, "n_devices", "too small"),
        ({"batch": 0.0}, "batch", "too small"),
        ({"load": 1.5}, "load", "share of time"),
        ({"pue": 0.9}, "pue", "between 1 and 5"),
        ({"precision": "bf61"}, "precision", "bfloat16"),
        ({"hardware": "H10O"}, "hardware", "did you mean H100"),
        ({"frames": -3.0}, "frames", "negative"),
        ({"tokens_out": "many"}, "tokens_out", "no number"),
    ],
)
def test_what_cannot_be_is_refused_by_field_value_and_remedy(known: dict[str, object], field: str, words: str) -> None:
    with pytest.raises(InputError) as refused:
        InferenceInputs(**known)  # type: ignore[arg-type]
    assert refused.value.field == field
    assert words in str(refused.value) and "\n" not in str(refused.value)
    assert refused.value.remedy


def test_nothing_known_is_no_error() -> None:
    assert InferenceInputs().accelerator() is None


@pytest.mark.parametrize(
    ("given", "name"),
    [("BF16", "bfloat16"), ("fp16", "float16"), ("4-bit", "int4"), ("AWQ", "int4"), ("MXFP4", "mxfp4"), ("8", "int8")],
)
def test_precisions_are_known_by_their_usual_names(given: str, name: str) -> None:
    assert InferenceInputs(precision=given).precision_name() == name


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("H100", "h100-sxm5-80gb"),
        ("H100-94GB", "h100-nvl-94gb"),
        ("A100-80GB", "a100-sxm4-80gb"),
        ("V100", "tesla-v100-sxm2-32gb"),
        ("RTX6000Ada", "rtx-6000-ada"),
        ("RTX3090", "geforce-rtx-3090"),
        ("TPU v5e", "tpu-v5e"),
    ],
)
def test_short_names_of_papers_are_understood(name: str, slug: str) -> None:
    assert find_accelerator(name).device.slug == slug


def test_every_accelerator_has_what_a_roofline_needs() -> None:
    for name in ("TPU v5e", "T4", "Trainium2", "MI250X", "GeForce RTX 4060", "H20"):
        found = find_accelerator(name)
        assert found.tdp_w > found.idle_w > 0
        assert min(found.flops_fp8, found.flops_int8) >= found.flops_16 > 1e12 and found.bandwidth_bytes_per_s > 1e11
        assert found.memory_gb >= 8


@pytest.mark.parametrize(
    ("known", "kind"),
    [
        ({"task": "chat"}, "text"),
        ({"task": "lm-arena-chat", "tokens_out": 300.0}, "text"),
        ({"task": "image-chat", "tokens_out": 300.0}, "text"),
        ({"task": "text classification"}, "encoder"),
        ({"task": "text classification, German, one label after reasoning"}, "text"),
        ({"task": "sentence similarity"}, "encoder"),
        ({"task": "text-to-image", "architecture": "diffusion"}, "image"),
        ({"task": "image generation"}, "image"),
        ({"task": "text-to-video", "architecture": "diffusion"}, "video"),
        ({"frames": 81.0}, "video"),
        ({"task": "text-to-video"}, "video"),
        ({"task": "text to video", "steps": 40.0}, "video"),
        ({"task": "Image-to-Video"}, "video"),
        ({"task": "video-to-video"}, "video"),
        ({"task": "video generation", "tokens_out": 200.0}, "video"),
        ({"task": "video editing"}, "video"),
        ({"task": "video synthesis"}, "video"),
        ({"task": "video super-resolution"}, "video"),
        ({"task": "generate a short video"}, "video"),
        ({"task": "video captioning"}, "text"),
        ({"task": "video understanding", "frames": 64.0, "tokens_out": 100.0}, "text"),
        ({"task": "video question answering"}, "text"),
        ({"task": "video-to-text"}, "text"),
        ({"task": "image captioning", "unit": "image"}, "text"),
        ({"task": "image classification", "unit": "image"}, "encoder"),
        ({"task": "inpainting"}, "image"),
        ({"task": "outpainting"}, "image"),
        ({"task": "super-resolution"}, "image"),
        ({"task": "image-to-image"}, "image"),
        ({"task": "speech super-resolution"}, "audio"),
        ({"task": "speech recognition", "audio_s": 30.0}, "audio"),
        ({}, "text"),
    ],
)
def test_the_kind_of_an_inference_follows_from_what_is_known(known: dict[str, object], kind: str) -> None:
    assert kind_of(InferenceInputs(**known)) == kind  # type: ignore[arg-type]


def test_a_device_without_fp8_takes_fp8_at_its_16_bit_rate_and_int8_at_its_own() -> None:
    ampere, hopper, late = (find_accelerator(name) for name in ("A100", "H100", "B300"))
    assert ampere.flops_fp8 == ampere.flops_16 == pytest.approx(312e12)
    assert ampere.flops_int8 == pytest.approx(624e12)
    assert hopper.flops_fp8 == pytest.approx(1979e12)
    assert late.flops_int8 < late.flops_fp8  # Blackwell Ultra gave up INT8
