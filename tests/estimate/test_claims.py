"""Claims: every trap of the published tables is caught, and nothing that was carefully measured."""

import csv
from pathlib import Path
from typing import get_type_hints

import pytest

from treadlight.core.errors import InputError
from treadlight.estimate.claims import Claim, Finding, check_claim, check_claims

FACTS = Path(__file__).resolve().parents[3] / "shared" / "facts"
LLAMA = Claim(
    name="LLaMA-7B",
    params_total_b=6.7,
    params_active_b=6.7,
    architecture="dense",
    tokens_b=1000,
    hardware="A100-80GB",
    device_hours=82432,
    tdp_w=400,
    pue=1.1,
    carbon_intensity_g_per_kwh=385,
    energy_mwh=36,
    carbon_t=14,
    scope="gpu_pue",
)
"""As published: 82,432 h × 400 W × 1.1 = 36.3 MWh; × 385 g/kWh = 14.0 t."""


def changed(**changes: object) -> list[Finding]:
    """Findings of the claim with other figures, notes left out."""
    values = {name: getattr(LLAMA, name) for name in LLAMA.__dataclass_fields__} | changes
    return [finding for finding in check_claim(Claim(**values)) if finding.severity != "note"]


def test_a_claim_that_adds_up_is_only_noted_as_arithmetic() -> None:
    (finding,) = check_claim(LLAMA)
    assert (finding.severity, finding.check) == ("note", "arithmetic")
    assert finding.numbers["hours × tdp × pue [MWh]"] == pytest.approx(36.27008)


@pytest.mark.parametrize(
    ("changes", "check", "severity", "cause"),
    [
        ({"carbon_t": 14_000}, "energy-carbon", "impossible", "kilograms entered as tonnes"),
        ({"carbon_t": 0.014}, "energy-carbon", "impossible", "tonnes entered as kilograms"),
        ({"energy_mwh": 36_000, "carbon_t": None}, "energy-power", "impossible", "kWh entered as MWh"),
        ({"energy_mwh": 0.036, "carbon_t": None}, "energy-power", "impossible", "slip by 1/1000"),
        ({"energy_mwh": 90, "carbon_t": 35}, "energy-power", "impossible", "another count of devices"),
        ({"energy_mwh": 2, "carbon_t": 0.77}, "energy-power", "implausible", "idle hours"),
        ({"carbon_t": 28}, "energy-carbon", "implausible", "another grid factor"),
        ({"carbon_t": 30.6}, "energy-carbon", "implausible", "pounds entered as kilograms"),
        ({"carbon_intensity_g_per_kwh": 0.385}, "energy-carbon", "impossible", "kg/kWh entered as g/kWh"),
        ({"avg_power_w": 0.37}, "energy-mean-power", "impossible", "slip by 1000"),
        ({"pue": 0.91}, "pue", "impossible", "inverse"),
        ({"pue": 11.0, "energy_mwh": None, "carbon_t": None}, "pue", "implausible", "misplaced"),
        ({"tokens_b": 15_000}, "utilisation", "impossible", "hours of a part"),
        ({"tokens_b": 1_000_000}, "utilisation", "impossible", "another unit"),
        ({"tokens_b": 5}, "utilisation", "implausible", "hours of many runs"),
        ({"n_devices": 2048, "wall_hours": 20}, "hours", "implausible", ""),
        (
            {"n_devices": 2048, "wall_hours": 40.25, "device_hours": 40.25},
            "hours",
            "implausible",
            "one device, for 2048",
        ),
        ({"n_devices": 2048, "wall_hours": 40.25, "device_hours": 10_304}, "hours", "implausible", "nodes"),
        ({"n_devices": 2048, "wall_hours": 40.25 / 24}, "hours", "implausible", "days entered as hours"),
    ],
)
def test_a_slip_is_caught_with_its_cause(changes: dict[str, object], check: str, severity: str, cause: str) -> None:
    found = {finding.check: finding for finding in changed(**changes)}
    assert found[check].severity == severity
    assert cause in found[check].cause
    assert found[check].remedy


@pytest.mark.parametrize(("cores", "times"), [(2, 2), (4, 4)])
def test_tpu_cores_taken_for_chips_are_named(cores: int, times: int) -> None:
    claim = Claim(name="TPU", hardware="TPUv3", n_devices=256 * cores, wall_hours=100, device_hours=25_600)
    (finding,) = check_claim(claim)
    assert "TPU chips and cores" in finding.cause
    assert finding.numbers["ratio"] == pytest.approx(1 / times)


def test_a_year_of_360_days_is_noted() -> None:
    claim = Claim(name="year", n_devices=8, wall_hours=365 * 24, device_hours=8 * 360 * 24)
    (finding,) = check_claim(claim)
    assert (finding.severity, finding.cause) == ("note", "a year counted as 360 days")


def test_a_sibling_at_a_hundredth_is_found_by_its_siblings() -> None:
    hours = {"Fam 7B": 82_432, "Fam 13B": 135_168, "Fam 33B": 530_432}
    tonnes = {"Fam 7B": 14.0, "Fam 13B": 23.0, "Fam 33B": 0.90}
    claims = [Claim(name=name, hardware="A100-80GB", device_hours=hours[name], carbon_t=tonnes[name]) for name in hours]
    found = [finding for finding in check_claims(claims) if finding.check == "siblings-carbon"]
    assert [finding.claim for finding in found] == ["Fam 33B"]
    assert found[0].numbers["ratio"] == pytest.approx((0.9 / 530_432) / ((14 / 82_432 + 23 / 135_168) / 2), rel=1e-3)


def test_a_search_counted_at_full_size_is_88_times_too_high() -> None:
    # Strubell et al. put the evolved transformer's search at 284 t; Patterson et al. measured 3.2 t, 32,640 chip-hours
    claim = Claim(
        name="Evolved Transformer NAS",
        architecture="nas",
        hardware="TPUv2",
        device_hours=32_640,
        pue=1.1,
        carbon_intensity_g_per_kwh=431,
        carbon_t=284,
    )
    (finding,) = check_claim(claim)
    assert finding.check == "estimate-carbon"
    assert finding.numbers["ratio"] == pytest.approx(88, rel=0.25)
    assert "proxies" in finding.cause


def test_a_search_whose_hours_and_energy_agree_is_still_held_against_its_operations() -> None:
    # 274,120 h on 8 P100 and 656 MWh agree with each other; 2.91e21 operations would have taken a tenth of them
    claim = Claim(
        name="NAS", architecture="nas", hardware="P100", device_hours=2_192_960, energy_mwh=656, total_flops=2.91e21
    )
    (finding,) = check_claim(claim)
    assert finding.check == "estimate-of-work-energy"
    assert finding.numbers["ratio"] > 8


@pytest.mark.parametrize(("carbon_t", "slip"), [(14_000, "1000,"), (0.014, "1/1000,")])
def test_a_slip_of_carbon_shows_where_no_energy_is_stated(carbon_t: float, slip: str) -> None:
    (finding,) = changed(energy_mwh=None, carbon_t=carbon_t)
    assert finding.check == "estimate-carbon"
    assert f"a slip by {slip}" in finding.cause


def test_no_carbon_from_much_energy_is_noted_as_market_based() -> None:
    (finding,) = check_claim(Claim(name="hydro", energy_mwh=149, carbon_t=0, carbon_intensity_g_per_kwh=0))
    assert finding.severity == "note"
    assert "market-based" in finding.cause


@pytest.mark.parametrize(("carbon_t", "severity"), [(440, None), (440_000, "impossible"), (0.44, "implausible")])
def test_without_an_intensity_every_grid_is_the_limit(carbon_t: float, severity: str | None) -> None:
    found = check_claim(Claim(name="x", energy_mwh=1000, carbon_t=carbon_t))
    assert [finding.severity for finding in found] == ([severity] if severity else [])


def test_whole_nodes_may_draw_more_than_their_accelerators() -> None:
    # measured at the wall of HGX H100 nodes: 868 W for each 700 W accelerator
    measured = Claim(name="HGX", hardware="H100-80GB", device_hours=3.8801, tdp_w=700, energy_mwh=0.003369, scope="it")
    bare = Claim(
        name="HGX", hardware="H100-80GB", device_hours=3.8801, tdp_w=700, energy_mwh=0.003369, scope="gpu_only"
    )
    assert check_claim(measured) == []
    assert [finding.check for finding in check_claim(bare)] == ["energy-power"]


@pytest.mark.parametrize(
    ("field", "value"), [("energy_mwh", -1.0), ("carbon_t", float("nan")), ("device_hours", float("inf"))]
)
def test_what_is_no_figure_is_refused_by_name(field: str, value: float) -> None:
    with pytest.raises(InputError, match=field):
        Claim(name="x", **{field: value})  # type: ignore[arg-type]


def test_a_claim_that_states_nothing_to_compare_has_no_findings() -> None:
    assert check_claim(Claim(name="x", energy_mwh=5)) == []
    assert check_claims([]) == []


@pytest.mark.skipif(not FACTS.is_dir(), reason="the shared facts are not beside this checkout")
def test_no_false_alarm_on_published_trainings_of_high_confidence() -> None:
    with (FACTS / "validation_training.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["confidence"] == "high"]
    assert len(rows) > 40
    alarms = [finding for finding in check_claims([_claim(row) for row in rows]) if finding.severity != "note"]
    assert alarms == []


@pytest.mark.skipif(not FACTS.is_dir(), reason="the shared facts are not beside this checkout")
def test_every_slip_put_into_published_trainings_is_caught() -> None:
    with (FACTS / "validation_training.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["confidence"] == "high" and row["reported_energy_mwh"]]
    rows = [row for row in rows if row["device_hours"] or row["carbon_intensity_g_per_kwh"] not in ("", "0")]
    assert len(rows) > 30
    for row in rows:
        for factor in (1e3, 1e-3):
            slipped = row | {"reported_energy_mwh": str(float(row["reported_energy_mwh"]) * factor)}
            found = [finding for finding in check_claim(_claim(slipped)) if finding.severity == "impossible"]
            assert found, (row["id"], factor)


def _claim(row: dict[str, str]) -> Claim:
    names = {"energy_mwh": "reported_energy_mwh", "carbon_t": "reported_tco2e"}
    numbers = {
        name: float(row[names.get(name, name)])
        for name, kind in get_type_hints(Claim).items()
        if "float" in str(kind) and row.get(names.get(name, name))
    }
    words = {name: row[name] or None for name in ("hardware", "architecture")}
    return Claim(name=row["model"], family=row["family"], scope=row["estimate_scope"], **words, **numbers)  # type: ignore[arg-type]
