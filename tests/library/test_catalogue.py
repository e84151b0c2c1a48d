"""Names that drivers and /proc/cpuinfo print are recognised, and nothing is taken for what it is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadlight.library import catalogue
from treadlight.library.catalogue import recognise_accelerator, recognise_cpu
from treadlight.library.names import accelerator_key, cpu_key

CPU_NAMES = [
    ("AMD EPYC 7763 64-Core Processor", "exact", "epyc-7763"),
    ("AMD EPYC 7742 64-Core Processor", "exact", "epyc-7742"),
    ("AMD EPYC 7R13 Processor", "exact", "epyc-7r13"),
    ("AMD EPYC 7R32", "exact", "epyc-7r32"),
    ("AMD EPYC 7B12", "exact", "epyc-7b12"),
    ("AMD EPYC 9R14", "exact", "epyc-9r14"),
    ("AMD EPYC 7V13 64-Core Processor", "exact", "epyc-7v13"),
    ("AMD EPYC 9654 96-Core Processor", "exact", "epyc-9654"),
    ("AMD EPYC 9965 192-Core Processor", "exact", "epyc-9965"),
    ("AMD EPYC 7551 32-Core Processor", "exact", "epyc-7551"),
    ("Intel(R) Xeon(R) Platinum 8370C CPU @ 2.80GHz", "exact", "xeon-platinum-8370c"),
    ("Intel(R) Xeon(R) Platinum 8175M CPU @ 2.50GHz", "exact", "xeon-platinum-8175m"),
    ("Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz", "exact", "xeon-platinum-8259cl"),
    ("Intel(R) Xeon(R) Platinum 8272CL CPU @ 2.60GHz", "exact", "xeon-platinum-8272cl"),
    ("Intel(R) Xeon(R) Platinum 8488C", "exact", "xeon-platinum-8488c"),
    ("Intel(R) Xeon(R) Platinum 8480+", "exact", "xeon-platinum-8480plus"),
    ("Intel(R) Xeon(R) CPU E5-2686 v4 @ 2.30GHz", "exact", "xeon-e5-2686-v4"),
    ("Intel(R) Xeon(R) CPU E5-2670 0 @ 2.60GHz", "exact", "xeon-e5-2670"),
    ("Intel(R) Xeon(R) Gold 6148 CPU @ 2.40GHz", "exact", "xeon-gold-6148"),
    ("Intel(R) Xeon(R) 6980P", "exact", "xeon-6980p"),
    ("13th Gen Intel(R) Core(TM) i7-13700H", "exact", "core-i7-13700h"),
    ("12th Gen Intel(R) Core(TM) i9-12900K", "exact", "core-i9-12900k"),
    ("11th Gen Intel(R) Core(TM) i5-1135G7 @ 2.40GHz", "exact", "core-i5-1135g7"),
    ("Intel(R) Core(TM) i5-8250U CPU @ 1.60GHz", "exact", "core-i5-8250u"),
    ("Intel(R) Core(TM) Ultra 7 155H", "exact", "core-ultra-7-155h"),
    ("AMD Ryzen 9 7950X 16-Core Processor", "exact", "ryzen-9-7950x"),
    ("AMD Ryzen 7 5800H with Radeon Graphics", "exact", "ryzen-7-5800h"),
    ("AMD Ryzen Threadripper PRO 5995WX 64-Cores", "exact", "ryzen-threadripper-pro-5995wx"),
    ("Apple M2", "exact", "apple-m2"),
    ("AMD EPYC", "family", "epyc-median"),
    ("AMD EPYC Processor (with IBPB)", "family", "epyc-median"),
    ("AMD EPYC-Milan Processor", "family", "epyc-milan-7003-median"),
    ("AMD EPYC-Rome Processor", "family", "epyc-rome-7002-median"),
    ("AMD EPYC 9V74 80-Core Processor", "family", "epyc-genoa-9004-median"),
    ("Intel(R) Xeon(R) CPU @ 2.20GHz", "family", "xeon-median"),
    ("Intel Xeon Processor (Skylake, IBRS)", "family", "xeon-scalable-skylake-median"),
    ("Intel Xeon Processor (Cascadelake)", "family", "xeon-scalable-cascade-lake-median"),
    ("Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz", "family", "xeon-scalable-sapphire-rapids-median"),
    ("AMD Ryzen 7 PRO 5850U with Radeon Graphics", "family", "ryzen-u-laptop-median"),
    ("Neoverse-N1", "family", "neoverse-n1-median"),
    ("Neoverse-V2", "family", "neoverse-v2-median"),
    ("Intel(R) Celeron(R) N4020 CPU @ 1.10GHz", "vendor", "intel-any"),
    ("AMD FX(tm)-8350 Eight-Core Processor", "vendor", "amd-any"),
    ("QEMU Virtual CPU version 2.5+", "none", None),
    ("Common KVM processor", "none", None),
    ("DO-Regular", "none", None),
    ("", "none", None),
]

ACCELERATOR_NAMES = [
    ("NVIDIA A100-SXM4-80GB", "exact", "a100-sxm4-80gb"),
    ("NVIDIA A100-SXM4-40GB", "exact", "a100-sxm4-40gb"),
    ("A100-SXM4-40GB", "exact", "a100-sxm4-40gb"),
    ("NVIDIA A100 80GB PCIe", "exact", "a100-pcie-80gb"),
    ("NVIDIA A100-PCIE-40GB", "exact", "a100-pcie-40gb"),
    ("Tesla V100-SXM2-16GB", "exact", "tesla-v100-sxm2-16gb"),
    ("Tesla V100-PCIE-32GB", "exact", "tesla-v100-pcie-32gb"),
    ("Tesla P100-PCIE-16GB", "exact", "tesla-p100-pcie-16gb"),
    ("Tesla T4", "exact", "t4"),
    ("Tesla K80", "exact", "tesla-k80"),
    ("NVIDIA H100 80GB HBM3", "exact", "h100-sxm5-80gb"),
    ("NVIDIA H100 PCIe", "exact", "h100-pcie-80gb"),
    ("NVIDIA H100 NVL", "exact", "h100-nvl-94gb"),
    ("NVIDIA H200", "exact", "h200-sxm-141gb"),
    ("NVIDIA B200", "exact", "b200-180gb"),
    ("NVIDIA GH200 480GB", "exact", "gh200-superchip"),
    ("NVIDIA L4", "exact", "l4"),
    ("NVIDIA L40S", "exact", "l40s"),
    ("NVIDIA A10", "exact", "a10"),
    ("NVIDIA A10G", "exact", "a10g"),
    ("NVIDIA RTX A6000", "exact", "rtx-a6000"),
    ("NVIDIA RTX 6000 Ada Generation", "exact", "rtx-6000-ada"),
    ("Quadro RTX 6000", "exact", "quadro-rtx-6000"),
    ("NVIDIA GeForce RTX 4090", "exact", "geforce-rtx-4090"),
    ("NVIDIA GeForce RTX 3090", "exact", "geforce-rtx-3090"),
    ("NVIDIA RTX PRO 6000 Blackwell Server Edition", "exact", "rtx-pro-6000-blackwell-server-96gb"),
    ("AMD Instinct MI300X", "exact", "instinct-mi300x-192gb"),
    ("Advanced Micro Devices, Inc. [AMD/ATI] Instinct MI300X", "exact", "instinct-mi300x-192gb"),
    ("AMD Radeon RX 7900 XTX", "exact", "radeon-rx-7900-xtx"),
    ("HL-225", "exact", "gaudi2"),
    ("TPU v5 lite", "exact", "tpu-v5e"),
    ("Apple M2 Max", "exact", "m2-max"),
    ("NVIDIA A100-SXM4-40GB MIG 1g.5gb", "family", "a100-sxm4-40gb"),
    ("NVIDIA A800-SXM4-80GB", "family", "a100-and-a800-median"),
    ("Tesla V100-SXM3-32GB", "family", "v100-median"),
    ("NVIDIA GeForce RTX 4090 D", "family", "geforce-rtx-40-median"),
    ("NVIDIA GeForce RTX 4070 Ti SUPER", "family", "geforce-rtx-40-median"),
    ("GRID T4-16Q", "family", "t4-and-l4-median"),
    ("NVIDIA A10-24Q", "family", "a10-a30-and-a40-median"),
    ("Orin (nvgpu)", "family", "jetson-orin-median"),
    ("NVIDIA GeForce RTX 4090 Laptop GPU", "family", "geforce-rtx-40-laptop-median"),
    ("NVIDIA GeForce RTX 2060 with Max-Q Design", "family", "geforce-rtx-20-laptop-median"),
    ("NVIDIA GeForce RTX 3060 Laptop GPU", "family", "geforce-rtx-30-laptop-median"),
    ("NVIDIA GeForce GTX 1650", "family", "geforce-gtx-16-median"),
    ("AMD Radeon RX 6800 XT", "family", "radeon-rx-6000-median"),
    ("Intel(R) Arc(TM) A770 Graphics", "family", "intel-arc-a-median"),
    ("NVIDIA TITAN V", "vendor", "nvidia-any"),
    ("AMD Radeon VII", "vendor", "amd-any"),
    ("banana", "none", None),
    ("", "none", None),
]


@pytest.mark.parametrize(("name", "quality", "slug"), CPU_NAMES)
def test_processor_names_are_recognised(name: str, quality: str, slug: str | None) -> None:
    match = recognise_cpu(name)
    assert (match.quality, match.row and match.row.slug) == (quality, slug)


@pytest.mark.parametrize(("name", "quality", "slug"), ACCELERATOR_NAMES)
def test_accelerator_names_are_recognised(name: str, quality: str, slug: str | None) -> None:
    match = recognise_accelerator(name)
    assert (match.quality, match.row and match.row.slug) == (quality, slug)


def _names(topic: str) -> list[tuple[str, str]]:
    """Slug and name, own or alias, of every model."""
    found = []
    for cells in catalogue._read(topic):
        if cells["kind"] == "model":
            names = [cells["name"], *filter(None, cells["aliases"].split("|"))]
            found += [(cells["slug"], name) for name in names]
    return found


def test_every_processor_is_recognised_by_its_own_name_and_all_aliases() -> None:
    for slug, name in _names("cpus"):
        match = recognise_cpu(name)
        assert match.quality == "exact" and match.row is not None and match.row.slug == slug, name


def test_every_accelerator_is_recognised_by_its_own_name_and_all_aliases() -> None:
    for slug, name in _names("accelerators"):
        match = recognise_accelerator(name)
        assert match.quality == "exact" and match.row is not None and match.row.slug == slug, name


@pytest.mark.parametrize(("topic", "key"), [("cpus", cpu_key), ("accelerators", accelerator_key)])
def test_no_two_models_share_a_name(topic: str, key: object) -> None:
    assert callable(key)
    owners: dict[str, str] = {}
    for slug, name in _names(topic):
        assert owners.setdefault(key(name), slug) == slug, name


@given(st.text(alphabet="bcdfghjkqwyz ?!", max_size=30))
def test_nonsense_is_recognised_as_nothing(text: str) -> None:
    for match in (recognise_cpu(text), recognise_accelerator(text)):
        assert match.quality == "none" and match.row is None and match.detail


@given(st.sampled_from(CPU_NAMES), st.text(alphabet="bcdfghjkqwyz0123456789", min_size=1, max_size=4))
def test_a_longer_model_number_is_not_the_model(case: tuple[str, str, str | None], more: str) -> None:
    name, quality, slug = case
    if quality == "exact":
        match = recognise_cpu(f"{cpu_key(name)}{more}")
        assert match.quality != "exact" or (match.row is not None and match.row.slug != slug)


@pytest.mark.parametrize(
    ("name", "cpuid", "slug"),
    [
        ("AMD EPYC", (25, 17), "epyc-genoa-9004-median"),
        ("AMD EPYC", (25, 1), "epyc-milan-7003-median"),
        ("AMD EPYC", (23, 49), "epyc-rome-7002-median"),
        ("AMD EPYC", (99, 1), "epyc-median"),
        ("Intel(R) Xeon(R) CPU @ 2.20GHz", (6, 79), "xeon-e5-v4-broadwell-median"),
        ("Intel(R) Xeon(R) CPU @ 2.00GHz", (6, 85), "xeon-scalable-skylake-or-cascade-lake-median"),
        ("Intel(R) Xeon(R) Processor @ 2.70GHz", (6, 143), "xeon-scalable-sapphire-rapids-median"),
    ],
)
def test_the_signature_tells_the_generation_behind_a_bare_name(name: str, cpuid: tuple[int, int], slug: str) -> None:
    match = recognise_cpu(name, cpuid)
    assert match.quality == "family" and match.row is not None and match.row.slug == slug


def test_the_signature_never_overrules_a_name_that_is_listed() -> None:
    match = recognise_cpu("AMD EPYC 7763 64-Core Processor", (25, 17))
    assert match.row is not None and match.row.slug == "epyc-7763"


def test_what_is_known_less_well_is_widened_more() -> None:
    exact, family = recognise_cpu("AMD EPYC 7763 64-Core Processor"), recognise_cpu("AMD EPYC")
    assert exact.widening_gsd == 1
    assert family.widening_gsd > 1.3
    assert recognise_cpu("Intel(R) Xeon(R) Platinum 8370C CPU @ 2.80GHz").widening_gsd > 1  # 205 W or 270 W
    assert recognise_accelerator("NVIDIA A10G").widening_gsd > 1  # 150 W or 300 W
    assert recognise_accelerator("NVIDIA A100-SXM4-40GB MIG 1g.5gb").widening_gsd > 1


def test_generic_rows_exist_for_every_class() -> None:
    for klass in ("server", "desktop", "laptop"):
        row = catalogue.generic_cpu(klass)
        assert row.klass == klass and row.threads and row.members > 20
    assert catalogue.generic_accelerator().members > 50


def test_family_medians_lie_among_the_models_listed() -> None:
    for row in catalogue.cpus():
        members = [m.tdp_w for m in catalogue.cpus() if m.kind == "model" and m.family == row.family]
        if row.kind == "family" and 2 * len(members) > row.members > 2:
            assert min(members) <= row.tdp_w <= max(members), row.slug
