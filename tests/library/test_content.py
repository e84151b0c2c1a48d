"""What the shipped library holds: enough, sourced, plausible, and the figures its sources state."""

import math
from pathlib import Path
from statistics import fmean

import pytest

from treadlight.core.distribution import Distribution
from treadlight.library.library import Library
from treadlight.library.loader import Store
from treadlight.library.reader import topics
from treadlight.library.tables.grid import GridRow
from treadlight.library.tables.regions import RegionRow
from treadlight.library.tables.technology import TechnologyRow
from treadlight.library.tables.zones import ZoneRow
from treadlight.library.version import version, versions
from treadlight.library.widening import COUNTRY

LIBRARY = Library.load()
STORE = Store(version())


@pytest.mark.parametrize("name", versions())
def test_every_shipped_table_passes_every_check(name: str) -> None:
    assert [str(problem) for problem in Library.load(name).check()] == []


@pytest.mark.parametrize("topic", topics())
def test_every_row_has_source_year_and_licence(topic: str) -> None:
    for row in LIBRARY.rows(topic):
        source = STORE.sources[row.source]
        assert row.locator
        assert row.year
        assert source.citation
        assert source.licence
        assert source.year


@pytest.mark.parametrize("topic", topics())
def test_no_figure_of_low_confidence_ships_without_saying_so(topic: str) -> None:
    for row in LIBRARY.rows(topic):
        assert row.unverified or row.confidence != "low"


def test_two_hundred_countries_and_territories_have_a_grid_intensity() -> None:
    countries = {row.zone for row in STORE.rows("zones", ZoneRow) if row.kind == "country"}
    covered = {row.zone for row in STORE.rows("grid", GridRow) if row.scope == "life-cycle"} & countries
    assert len(countries) >= 249
    assert len(covered) >= 200


def test_190_cloud_regions_name_their_zone_and_country() -> None:
    zones = {row.zone for row in STORE.rows("zones", ZoneRow)}
    regions = STORE.rows("regions", RegionRow)
    assert len(regions) >= 190
    assert {row.zone for row in regions} <= zones
    assert {row.country for row in regions} <= zones
    assert sum(row.pue is not None for row in regions) >= 55
    assert sum(row.wue_l_per_kwh is not None for row in regions) >= 55


def test_unverified_regions_carry_no_figures() -> None:
    for row in STORE.rows("regions", RegionRow):
        values = (getattr(row, name) for name in row.__struct_fields__)
        assert not row.unverified or not any(isinstance(value, Distribution) for value in values)


def test_countries_have_the_codes_of_iso_3166_1() -> None:
    rows = [row for row in STORE.rows("zones", ZoneRow) if row.kind == "country"]
    pairs = {row.zone: row.iso3 for row in rows}
    expected = {"FR": "FRA", "DE": "DEU", "GB": "GBR", "US": "USA", "CN": "CHN", "CD": "COD", "YE": "YEM", "MM": "MMR"}
    assert expected.items() <= pairs.items()
    assert len(set(pairs.values())) == len(pairs)


GOLDEN = [  # OWID/Ember, release of April 2026, as a reader finds them there [g/kWh]
    ("FR", 2025, 41.44),
    ("FR", 2022, 78.54),
    ("US", 2025, 384.40),
    ("WORLD", 2025, 458.29),
    ("WORLD", 2022, 489.52),
    ("EU", 2025, 209.897),
    ("EU", 2023, 235.842),
    ("DE", 2025, 329.65),
    ("CN", 2025, 525.34),
    ("IN", 2025, 670.13),
]


@pytest.mark.parametrize(("zone", "year", "g_per_kwh"), GOLDEN)
def test_grid_intensity_is_what_the_release_states(zone: str, year: int, g_per_kwh: float) -> None:
    row = STORE.row("grid", GridRow, zone, str(year), "life-cycle")
    assert row is not None
    assert row.gwp_gco2e_per_kwh.median == pytest.approx(g_per_kwh, rel=1e-3)
    assert 1.02 < row.gwp_gco2e_per_kwh.quantile(0.95) / g_per_kwh < 1.4


def test_regions_carry_what_their_owners_publish() -> None:
    stockholm = STORE.row("regions", RegionRow, "aws/eu-north-1")
    dalles = STORE.row("regions", RegionRow, "gcp/us-west1")
    assert stockholm is not None
    assert dalles is not None
    assert stockholm.zone == "SE-SE3"
    assert stockholm.pue is not None
    assert stockholm.pue.median == pytest.approx(1.10, abs=0.01)
    assert dalles.pue is not None
    assert dalles.pue.median == pytest.approx(1.07, abs=0.01)
    assert dalles.cfe_hourly_percent == 87.0


def test_parts_of_the_united_states_follow_from_their_fuels() -> None:
    # CAISO 2022: by hand about 47 % gas x 490 + 8 % nuclear x 12 + solar, wind, water: 200 to 290 g/kWh
    row = STORE.row("grid", GridRow, "US-CAL-CISO", "2022", "life-cycle")
    hydro = STORE.row("grid", GridRow, "US-NW-BPAT", "2022", "life-cycle")
    assert row is not None
    assert hydro is not None
    assert 200 < row.gwp_gco2e_per_kwh.median < 290
    assert hydro.gwp_gco2e_per_kwh.median < 90


@pytest.mark.parametrize("version_name", versions())
def test_nothing_computed_from_life_cycle_medians_passes_for_direct(version_name: str) -> None:
    rows = Store(version(version_name)).rows("grid", GridRow)
    assert {row.source for row in rows if row.scope == "direct"} == {"owid-eea-2020"}


def test_coal_holds_every_published_median() -> None:
    row = STORE.row("technology", TechnologyRow, "coal")
    assert row is not None
    amount = row.gwp_gco2e_per_kwh
    assert amount.median == pytest.approx((820 * 979 * 1000) ** (1 / 3), rel=1e-3)
    assert all(amount.quantile(0.05) < median < amount.quantile(0.95) for median in (820, 979, 1000))


def test_no_technology_has_a_mean_that_none_of_its_plants_would_support() -> None:
    for row in STORE.rows("technology", TechnologyRow):
        assert row.gwp_gco2e_per_kwh.mean < 2 * row.gwp_gco2e_per_kwh.median


def test_a_country_is_as_wide_for_its_parts_as_they_are_about_it() -> None:
    rows = [row for row in STORE.rows("grid", GridRow) if row.scope == "life-cycle"]
    country = {row.year: row.gwp_gco2e_per_kwh.median for row in rows if row.zone == "US"}
    parts = [row for row in rows if row.zone.startswith("US-")]
    logs = [math.log(p.gwp_gco2e_per_kwh.median / country[p.year]) for p in parts if p.year in country]
    assert len(logs) == 8
    assert math.exp(math.sqrt(fmean(x * x for x in logs))) == pytest.approx(COUNTRY, rel=0.03)


def test_no_owner_whose_figures_count_offsets_claims_an_intensity() -> None:
    claims = [row for row in STORE.rows("regions", RegionRow) if row.market_gco2e_per_kwh is not None]
    assert len(claims) == 24
    for row in claims:
        assert not row.region.startswith("gcp/")
        assert row.confidence == "medium"
        assert "offsets" in row.note


def test_primary_energy_counts_renewable_electricity_at_its_energy_content() -> None:
    # Norway: 0.139 MJ fossil + 3.6 x 97.2 % renewable = 3.64 MJ/kWh; never below the electricity itself by much
    (norway,) = LIBRARY.show("grid_other/NO/pe")
    assert norway.amount is not None
    assert norway.amount.median == pytest.approx(3.638, rel=1e-3)


def test_the_older_version_holds_the_older_release_and_the_same_other_tables() -> None:
    older = Store(version("2025.06"))
    before, after = (
        older.row("grid", GridRow, "FR", "2023", "life-cycle"),
        STORE.row("grid", GridRow, "FR", "2023", "life-cycle"),
    )
    assert before is not None
    assert after is not None
    assert before.gwp_gco2e_per_kwh.median == pytest.approx(56.039)
    assert after.gwp_gco2e_per_kwh.median == pytest.approx(53.26)
    assert older.loaded("regions").rows == STORE.loaded("regions").rows
    assert "reconstruction" in older.described.notes


@pytest.mark.parametrize("version", ["2026.11", "2025.06"])
def test_no_series_that_may_not_be_shipped_is_in_the_grid_tables(version: str) -> None:
    library = Library.load(version)
    assert not [row for row in library.rows("grid") if "electricitymaps" in row.source]
    for row in library.rows("regions"):
        assert isinstance(row, RegionRow)
        assert row.grid_marginal_gco2e_per_kwh is None  # WattTime's


@pytest.mark.parametrize("version_name", versions())
def test_every_source_that_asks_for_attribution_stands_in_the_notice(version_name: str) -> None:
    notice = Path(__file__).parents[2] / "NOTICE"
    for source in Store(version(version_name)).sources.values():
        if source.licence.startswith("CC BY"):
            assert f"({source.id})" in notice.read_text(), source.id
