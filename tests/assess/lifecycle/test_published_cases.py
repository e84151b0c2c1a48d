"""Published worked results, written as studies: each comes out within the tolerance that is published with it.

The figures stand here as they were published (facts); where ../shared/facts/lca_cases.json is at hand, every case of it
is computed from its own inputs too.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from assess_systems import FixedLibrary
from studies_made import assessed, given, item, stage, system
from treadlight.assess.lifecycle.assessment import assess_study
from treadlight.assess.lifecycle.reading import read_study
from treadlight.library.library import Library

CASES = Path(__file__).parents[4] / "shared" / "facts" / "lca_cases.json"
EXAMPLES = Path(__file__).parents[3] / "examples" / "studies"

AMOUNTS: dict[str, dict[str, str]] = {
    # Impact Framework, sci-embodied: 1,000 kg and 100 kg a further vCPU over four years, one hour
    "if-sci-embodied-default": {
        "v1_g": "base_g * t_s / life_s",
        "v2_g": "(base_g + vcpu_g) * t_s / life_s",
        "v4_g": "(base_g + 3 * vcpu_g) * t_s / life_s",
    },
    # ACT: carbon of an area of silicon
    "act-logic-10nm-coal": {"energy": "ci * epa", "cpa": "(ci * epa + gas + mat) / fab_yield"},
    "act-memory": {"dram_g": "gb * dram / y_dram", "ssd_g": "gb * nand / y_ssd", "hdd_g": "gb * hdd"},
    # Cloud Carbon Footprint: a year of 360 days, and of 365
    "ccf-hourly": {
        "hourly_360_kg": "kg / years / 12 / 30 / 24",
        "hourly_365_kg": "kg / years / 8760",
        "bias": "kg / years / 12 / 30 / 24 / (kg / years / 8760) - 1",
    },
    # HPE DL345: phases do not add up to the whole; what is left stays visible
    "hpe-dl345-pcf": {
        "mfg_kg": "total_kg * mfg",
        "use_kg": "total_kg * use",
        "transport_kg": "total_kg * tr",
        "eol_kg": "total_kg * eol",
        "unallocated_kg": "total_kg * (1 - use - mfg - tr - eol)",
    },
    "falco-server": {"g_per_h": "te_kg * 1000 / hours"},
    "hf-h100-run": {"kwh": "w * hours * pue / 1000", "kg": "w * hours * pue / 1000 * ci / 1000"},
    # EcoLogits: a share of a server and of its accelerators for one request
    "shared-gpu-embodied": {
        "node_kg": "server + gpus * gpu",
        "request_g": "(server * n_gpu / gpus + n_gpu * gpu) * 1000 * latency_s / (life_s * batch)",
    },
}
PUBLISHED = {
    "if-sci-embodied-default": (
        {"base_g": 1e6, "vcpu_g": 1e5, "life_s": 126144000, "t_s": 3600},
        {"v1_g": 28.538812785388128, "v2_g": 31.39269406392694, "v4_g": 37.10045662100457},
        1e-9,
    ),
    "act-logic-10nm-coal": (
        {"ci": 820, "epa": 1.475, "gas": 240, "mat": 500, "fab_yield": 0.875},
        {"energy": 1209.5, "cpa": 2228.0},
        1e-9,
    ),
    "ccf-hourly": (
        {"kg": 1000, "years": 4},
        {"hourly_360_kg": 0.028935, "hourly_365_kg": 0.028539, "bias": 0.01389},
        1e-3,
    ),
    "hf-h100-run": ({"w": 700, "hours": 418.8, "pue": 1.11, "ci": 120}, {"kwh": 325.4076, "kg": 39.048912}, 1e-6),
}


def computed(inputs: dict[str, float], amounts: dict[str, str]) -> dict[str, float]:
    """Each amount as the climate impact of a study of its own, whose process emits 1 kg for each unit."""
    process = {"id": "emits", "unit": "unit", "exchanges": [{"target": "gwp", "amount": 1}]}
    parameters: Any = {name: {"value": value} for name, value in inputs.items()}
    systems = [
        system(stage("training", item(name, process="emits", amount=text)), id=name) for name, text in amounts.items()
    ]
    result = assessed(given(*systems, parameters=parameters, process=[process]), FixedLibrary(), draws=2)
    return {found.id: float(found.central[0]) for found in result.systems}


@pytest.mark.parametrize("case", PUBLISHED)
def test_a_published_case_comes_out(case: str) -> None:
    inputs, expected, tolerance = PUBLISHED[case]
    assert computed(inputs, AMOUNTS[case]) == pytest.approx(expected, rel=tolerance)


@pytest.mark.skipif(not CASES.is_file(), reason="shared/facts/lca_cases.json is not at hand")
def test_every_case_of_arithmetic_comes_out_within_its_tolerance() -> None:
    cases = {case["id"]: case for case in json.loads(CASES.read_text())["cases"]}
    assert cases.keys() - AMOUNTS.keys() == {"gpu-a100-bottom-up"}  # wafer geometry: the hardware's own tests
    for name, amounts in AMOUNTS.items():
        case = cases[name]
        assert computed(case["inputs"], amounts) == pytest.approx(case["expected"], rel=case["tolerance_rel"]), name


def test_the_published_account_of_bloom_comes_out_of_its_own_figures() -> None:
    # Luccioni et al.: 24.7 t dynamic, 14.6 t idle, 11.2 t embodied, 50.5 t in all, and 340 kg for 18 days of service
    result = assess_study(read_study(EXAMPLES / "bloom.toml"), Library.load(), draws=400)
    published = result.systems[0]
    means = {key[1]: samples.mean(axis=1)[0] for key, samples in published.by_item().items()}
    assert means["final training"] == pytest.approx(24_700, rel=0.01)
    assert means["idle cluster"] == pytest.approx(14_600, rel=0.01)
    assert means["18 days of service"] == pytest.approx(340, rel=0.01)
    service_kg = 914 * 0.372
    assert published.central[0] - service_kg == pytest.approx(50_500, rel=0.005)
    assert published.total("water") is None  # the paper counts carbon alone


def test_use_dominates_climate_and_manufacturing_dominates_minerals() -> None:
    # the shape of the published cradle-to-grave study of accelerators (Falk et al. 2025)
    library = assess_study(read_study(EXAMPLES / "bloom.toml"), Library.load(), draws=400).systems[1]
    shares = library.by_phase()["use"].mean(axis=1) / library.samples.mean(axis=1)
    assert shares[library.row("gwp")] > 0.8
    assert shares[library.row("adpe")] < 0.2
    assert library.hot_spots("gwp")[0].stage == "training"
    assert library.hot_spots("adpe")[0].stage == "manufacturing"
