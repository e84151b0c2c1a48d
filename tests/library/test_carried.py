"""What was carried from the shared facts is what stands there."""

import csv
from pathlib import Path

import pytest

from treadlight.library.loader import Store
from treadlight.library.tables.grid import GridRow
from treadlight.library.tables.regions import RegionRow
from treadlight.library.tables.water import WaterRow
from treadlight.library.tables.zones import ZoneRow
from treadlight.library.version import version

FACTS = Path(__file__).resolve().parents[3] / "shared" / "facts"
STORE = Store(version())
GROUPS = {"WLD": "WORLD", "EUU": "EU", "XKX": "XK"}

pytestmark = pytest.mark.skipif(not FACTS.is_dir(), reason="the shared facts are not beside this checkout")


def _facts(name: str) -> list[dict[str, str]]:
    with (FACTS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _zones() -> dict[str, str]:
    return {row.iso3: row.zone for row in STORE.rows("zones", ZoneRow) if row.iso3} | GROUPS


def test_every_preferred_grid_intensity_is_carried_unchanged() -> None:
    zones = _zones()
    preferred = [f for f in _facts("country_grid.csv") if f["preferred"] == "yes" and float(f["gCO2e_per_kwh"]) > 0]
    assert len(preferred) > 200
    for fact in preferred:
        row = STORE.row("grid", GridRow, zones[fact["iso3"]], fact["year"], "life-cycle")
        assert row is not None, fact
        assert row.gwp_gco2e_per_kwh.median == pytest.approx(float(fact["gCO2e_per_kwh"]), rel=1e-5)
        assert row.confidence == fact["confidence"]


def test_every_water_factor_is_carried_unchanged() -> None:
    zones = _zones()
    for fact in _facts("water_grid_factors.csv"):
        row = STORE.row("water", WaterRow, zones[fact["iso3"]])
        assert row is not None, fact
        assert row.water_l_per_kwh.median == pytest.approx(float(fact["l_per_kwh"]), rel=1e-5)
        assert row.unverified == (fact["confidence"] == "low")


def test_every_published_overhead_of_a_trusted_region_is_carried() -> None:
    trusted = [f for f in _facts("cloud_regions.csv") if f["confidence"] != "low"]
    assert len(trusted) > 140
    for fact in trusted:
        row = STORE.row("regions", RegionRow, f"{fact['provider']}/{fact['region']}")
        assert row is not None, fact
        assert (row.pue is None) == (not fact["pue"])
        assert (row.wue_l_per_kwh is None) == (not fact["wue_l_per_kwh"])
        if row.pue is not None:
            assert row.pue.quantile(0.05) <= float(fact["pue"]) <= row.pue.quantile(0.95)
        if row.wue_l_per_kwh is not None:
            assert row.wue_l_per_kwh.median == pytest.approx(float(fact["wue_l_per_kwh"]))
