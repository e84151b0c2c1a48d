"""Names of accelerators, as papers, drivers and tables spell them."""

import pytest

from treadlight.core.errors import InputError
from treadlight.estimate.accelerator import find_trainer
from treadlight.library.catalogue import accelerators


@pytest.mark.parametrize(
    ("name", "tdp_w", "slug"),
    [
        ("H100", None, "h100-sxm5-80gb"),
        ("H100", 350, "h100-pcie-80gb"),
        ("H100-80GB", None, "h100-sxm5-80gb"),
        ("NVIDIA H100 80GB HBM3", None, "h100-sxm5-80gb"),
        ("NVIDIA A100-SXM4-80GB", None, "a100-sxm4-80gb"),
        ("A100-80GB", None, "a100-sxm4-80gb"),
        ("A100-80GB", 300, "a100-pcie-80gb"),
        ("A100-40GB", None, "a100-sxm4-40gb"),
        ("A100-PCIe-40GB", None, "a100-pcie-40gb"),
        ("A10", None, "a10"),
        ("V100", 300, "tesla-v100-sxm2-32gb"),
        ("P100", None, "tesla-p100-sxm2-16gb"),
        ("TPUv4", None, "tpu-v4"),
        ("TPU v3-8", None, "tpu-v3"),
        ("tpu_v5e", None, "tpu-v5e"),
        ("MI300X", None, "instinct-mi300x-192gb"),
        ("MI250X", 560, "instinct-mi250x"),
        ("RTX 4090", None, "geforce-rtx-4090"),
        ("GB200", None, "gb200"),
        ("H800", None, "h800-sxm5-80gb"),
        ("  h100 ", None, "h100-sxm5-80gb"),
    ],
)
def test_a_name_means_one_device(name: str, tdp_w: float | None, slug: str) -> None:
    assert find_trainer(name, tdp_w).device.slug == slug


@pytest.mark.parametrize("name", ["8x H100", "8 x H100", "8xH100", "8 × H100-80GB"])
def test_a_name_may_count(name: str) -> None:
    trainer = find_trainer(name)
    assert (trainer.count, trainer.device.slug) == (8, "h100-sxm5-80gb")


@pytest.mark.parametrize(
    ("name", "near"), [("H10O", "H100"), ("A1OO", "A100"), ("V1OO", "V100"), ("RTX 409O", "4090"), ("MI30OX", "MI300X")]
)
def test_a_misspelt_name_is_refused_with_the_nearest(name: str, near: str) -> None:
    with pytest.raises(InputError, match=f"hardware: no such accelerator, got '{name}'; did you mean .*{near}"):
        find_trainer(name)


@pytest.mark.parametrize("name", ["Ascend 910Z", "NVIDIA", "a very fast card", "8x"])
def test_what_resembles_nothing_is_refused_with_a_way_out(name: str) -> None:
    with pytest.raises(InputError, match="hardware: no such accelerator"):
        find_trainer(name)


def test_a_shared_name_says_what_it_was_taken_for() -> None:
    assert find_trainer("H100").basis == "H100 taken as H100 SXM5 80GB, one of 3 variants"
    assert find_trainer("H800").basis == ""


def test_every_model_of_the_catalogue_is_found_by_its_slug_and_its_name() -> None:
    for row in accelerators():
        if row.kind == "model":
            assert find_trainer(row.slug).device.slug == row.slug
            assert find_trainer(row.name).device.slug == row.slug, row.name
            assert find_trainer(row.name).tdp_w > 0 and find_trainer(row.name).peak_tflops > 0, row.name


def test_peak_rates_are_those_training_uses() -> None:
    # dense 16 bits on matrix units; 32 bits where there are none
    assert find_trainer("A100").peak_tflops == 312
    assert find_trainer("H100").peak_tflops == 989
    assert find_trainer("RTX 4090").peak_tflops == pytest.approx(165.2)
    assert find_trainer("P100").peak_tflops == pytest.approx(10.6)


def test_power_nobody_publishes_is_wider() -> None:
    assert find_trainer("TPU v5e").tdp_gsd > 1.2
    assert find_trainer("Trainium2").tdp_gsd > 1.4
    assert find_trainer("H100").tdp_gsd == 1
