"""Resolution: nearest answer first, every rung recorded, every step down wider."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlays import grid_row, write_overlay
from treadlight.core.activity import Location
from treadlight.core.distribution import Distribution, Point
from treadlight.core.errors import InputError
from treadlight.core.method import Method
from treadlight.library.library import Library
from treadlight.library.process import Exchange, Process
from treadlight.library.site import Site
from treadlight.library.system import Demand
from treadlight.library.tables.regions import RegionRow

LIBRARY = Library.load()


def _grid(library: Library, location: Location, period: str = "2025", method: Method | None = None) -> Process:
    demand = Demand("electricity.grid", location, period)
    system = library.system([demand], method)
    answer = system.answers[demand]
    assert answer is not None
    return system.processes[answer]


def _gwp(process: Process) -> Exchange:
    (found,) = (exchange for exchange in process.exchanges if exchange.target == "gwp")
    return found


def _width(process: Process) -> float:
    amount = _gwp(process).amount
    return amount.quantile(0.95) / amount.quantile(0.05)


def test_a_country_with_a_figure_of_the_year_is_exact() -> None:
    process = _grid(LIBRARY, Location(zone="FR"))
    assert process.resolution.exact
    assert [rung.name for rung in process.resolution.rungs] == ["country"]
    assert _gwp(process).amount.median == pytest.approx(0.04144)
    assert process.unknown == ()


@pytest.mark.parametrize("zone", ["FRA", "fr", "Fr", "FR"])
def test_a_country_is_known_by_both_codes_in_any_case(zone: str) -> None:
    assert _grid(LIBRARY, Location(zone=zone)).id == "electricity.grid/FR/2025"


def test_no_location_is_the_world_widened_by_the_spread_of_countries() -> None:
    process = _grid(LIBRARY, Location())
    amount = _gwp(process).amount
    assert amount.median == pytest.approx(0.45829)
    assert not process.resolution.exact
    assert process.resolution.rungs[0].detail == "no location is known"
    assert process.resolution.remedy == "treadlight config set site.zone FR"
    # most electricity comes from grids between Brazil's 110 and Indonesia's 680 g/kWh
    assert amount.quantile(0.05) < 0.16
    assert amount.quantile(0.95) > 0.68


def test_the_world_as_a_stated_zone_is_known_well() -> None:
    assert _width(_grid(LIBRARY, Location(zone="WORLD"))) < 1.3


def test_a_part_of_a_country_without_a_figure_takes_the_countrys_and_widens() -> None:
    process = _grid(LIBRARY, Location(zone="US-HI-OA"))
    assert [(r.name, r.found) for r in process.resolution.rungs] == [("zone", False), ("country", True)]
    assert _gwp(process).amount.median == pytest.approx(0.3844)
    assert _width(process) > 3 * _width(_grid(LIBRARY, Location(zone="US")))


def test_a_country_without_a_figure_takes_the_spread_of_its_continent() -> None:
    process = _grid(LIBRARY, Location(zone="LI"))
    assert [(r.name, r.found) for r in process.resolution.rungs] == [("country", False), ("continent", True)]
    assert _width(process) > 5


def test_a_place_on_no_continent_with_figures_takes_the_world() -> None:
    process = _grid(LIBRARY, Location(zone="AQ"))
    assert [r.name for r in process.resolution.rungs if r.found] == ["world"]


def test_the_nearest_year_stands_in_and_widens_with_its_distance() -> None:
    widths = [_width(_grid(LIBRARY, Location(zone="FR"), str(year))) for year in (2025, 2026, 2027, 2035)]
    assert widths == sorted(widths)
    assert len(set(widths)) == 4
    later = _grid(LIBRARY, Location(zone="FR"), "2027")
    assert [(r.name, r.found) for r in later.resolution.rungs][1:] == [("year", False), ("nearest year", True)]
    assert "2025 stands for 2027" in later.resolution.rungs[-1].detail
    assert _gwp(_grid(LIBRARY, Location(zone="FR"), "2023")).amount.median == pytest.approx(0.05326)


def test_an_unknown_zone_is_refused_with_those_spelt_alike() -> None:
    with pytest.raises(InputError, match=r"zone: no such zone, got 'Frnace'.*FR"):
        LIBRARY.system([Demand("electricity.it", Location(zone="Frnace"), "2025")])


@pytest.mark.parametrize("period", ["25", "2025-13-01T00", "soon", "2025-01-01"])
def test_a_period_that_is_none_is_refused(period: str) -> None:
    with pytest.raises(InputError, match="not a period"):
        LIBRARY.system([Demand("electricity.it", Location(zone="FR"), period)])


def test_a_region_brings_its_zone_and_an_unknown_one_is_recorded() -> None:
    assert _grid(LIBRARY, Location(region="aws/ca-central-1")).id == "electricity.grid/CA-QC/2025"
    process = _grid(LIBRARY, Location(region="aws/eu-west-33", zone="FR"))
    assert "aws/eu-west-3" in process.resolution.rungs[0].detail
    assert not process.resolution.exact
    with pytest.raises(InputError, match="aws/eu-west-3"):
        LIBRARY.check_place(region="aws/eu-west-33")


def test_a_region_whose_zone_nobody_verified_is_wider_than_its_country() -> None:
    guess, country = _grid(LIBRARY, Location(region="oracle/us-phoenix-1")), _grid(LIBRARY, Location(zone="US"))
    assert _width(guess) > 2 * _width(country)
    assert guess.id != country.id


def test_market_based_takes_the_sites_contract_under_either_scope_or_says_it_fell_back() -> None:
    market = Method(accounting="market")
    site = Site(name="lab", zone="FR", market_gco2e_per_kwh=Point(12.0), source="invoice 7")
    library = Library.load(sites=[site])
    contract = _grid(library, Location(site="lab"), method=market)
    assert _gwp(contract).amount == Point(0.012)
    assert _gwp(contract).source.citation == "invoice 7"
    stacks = _grid(library, Location(site="lab"), method=Method(accounting="market", scope="direct"))
    assert _gwp(stacks).amount == Point(0.012)
    assert _gwp(_grid(library, Location(site="lab"))).amount.median == pytest.approx(0.04144)
    fallback = _grid(LIBRARY, Location(zone="FR"), method=market)
    assert fallback.resolution.rungs[0].name == "market"
    assert not fallback.resolution.exact
    assert _gwp(fallback).amount.median == pytest.approx(0.04144)


@pytest.mark.parametrize("region", ["aws/us-east-1", "aws/ap-northeast-1", "azure/centralus"])
def test_certificates_answer_for_stacks_only(region: str) -> None:
    stacks = _grid(LIBRARY, Location(region=region), method=Method(accounting="market", scope="direct"))
    assert _gwp(stacks).amount == Point(0.0)
    assert _gwp(stacks).source.confidence == "medium"
    whole = _grid(LIBRARY, Location(region=region), method=Method(accounting="market"))
    average = _grid(LIBRARY, Location(region=region))
    assert _gwp(whole).amount == _gwp(average).amount
    assert any("a certificate figure covers stacks only" in rung.detail for rung in whole.resolution.rungs)
    assert not whole.resolution.exact


def test_no_region_of_an_owner_that_buys_offsets_claims_nothing() -> None:
    for scope in ("direct", "life-cycle"):
        process = _grid(LIBRARY, Location(region="gcp/us-central1"), method=Method(accounting="market", scope=scope))
        assert all(e.amount.median > 0 for e in process.exchanges if e.target == "gwp")
        assert "no market-based intensity of gcp/us-central1" in process.resolution.rungs[0].detail


def test_marginal_is_unknown_but_for_an_overlays_and_never_passes_for_life_cycle(tmp_path: Path) -> None:
    marginal = Method(signal="marginal", scope="direct")
    here = Location(region="aws/eu-west-3")
    for place in (Location(zone="FR"), here):
        process = _grid(LIBRARY, place, method=marginal)
        assert "gwp" in process.unknown
        assert "overlay" in process.resolution.remedy
        assert "overlay" in process.resolution.rungs[-1].detail
    facts = {"region": here.region, "name": "Paris", "zone": "FR", "country": "FR", "grid_marginal_year": 2025}
    about = {"source": "own", "locator": "page 1", "year": 2025, "confidence": "high"}
    row = facts | {"grid_marginal_gco2e_per_kwh": "lognormal(394,1.3)"} | about
    library = Library.load(overlays=[write_overlay(tmp_path / "own", "regions", row)])
    assert _gwp(_grid(library, here, method=marginal)).amount.median == pytest.approx(0.394)
    assert "gwp" in _grid(library, here, method=Method(signal="marginal")).unknown


def test_direct_counts_stacks_only_and_leaves_the_rest_unknown() -> None:
    direct = Method(scope="direct")
    france = _grid(LIBRARY, Location(zone="FR"), "2020", direct)
    assert _gwp(france).amount.median < 0.1
    assert set(france.unknown) == {"pe", "adpe"}
    for place in (Location(zone="ZA"), Location(zone="US-NW-BPAT")):
        assert "gwp" in _grid(LIBRARY, place, method=direct).unknown


def test_a_site_that_is_configured_gives_its_pue_and_water() -> None:
    site = Site(name="", zone="FR", pue=Point(1.2), wue_l_per_kwh=Point(0.5), source="our meters")
    demand = Demand("electricity.it", Location(), "2025")
    system = Library.load(sites=[site]).system([demand])
    process = system.processes[system.answers[demand] or ""]
    assert process.resolution.exact
    assert [(e.label, e.amount) for e in process.exchanges] == [("PUE", Point(1.2)), ("water on site", Point(0.5))]
    assert all(e.source.citation == "our meters" for e in process.exchanges)
    assert "electricity.grid/FR/2025" in system.processes


def test_the_sites_facts_are_not_those_of_another_place() -> None:
    site = Site(name="", zone="FR", pue=Point(1.2))
    system = Library.load(sites=[site]).system([Demand("electricity.it", Location(zone="DE"), "2025")])
    assert "electricity.it/DE/2025" in system.processes


def _pue(location: Location) -> Distribution:
    demand = Demand("electricity.it", location, "2025")
    system = LIBRARY.system([demand])
    return next(e.amount for e in system.processes[system.answers[demand] or ""].exchanges if e.label == "PUE")


def test_a_cloud_region_that_publishes_no_pue_is_like_those_that_do() -> None:
    published = [row.pue.median for row in LIBRARY.rows("regions") if isinstance(row, RegionRow) and row.pue]
    amount = _pue(Location(region="aws/ap-southeast-5"))
    inside = [amount.quantile(0.05) <= pue <= amount.quantile(0.95) for pue in published]
    assert len(published) == 62
    assert 0.85 <= sum(inside) / len(inside) <= 0.97
    assert amount.quantile(0.95) < _pue(Location(site="data-centre", zone="FR")).median


def test_pue_of_an_unknown_place_reaches_from_none_to_an_old_hall_and_a_desktop_has_none() -> None:
    unknown = LIBRARY.system([Demand("electricity.it", Location(zone="FR"), "2025")]).processes
    pue = unknown["electricity.it/FR/2025"].exchanges[0].amount
    assert pue.quantile(0.0) == 1.0
    assert pue.quantile(1.0) == 2.0
    # between clouds (median 1.14 of those published) and halls in general (mean 1.58)
    assert 1.14 < pue.median < 1.58
    assert pue.quantile(0.05) < 1.08
    desktop = LIBRARY.system([Demand("electricity.it", Location(zone="FR", site="desktop"), "2025")]).processes
    assert desktop["electricity.it/desktop@FR/2025"].exchanges[0].amount == Point(1.0)


def test_a_configured_site_called_desktop_has_no_hall_unless_it_says_otherwise() -> None:
    demand = Demand("electricity.it", Location(site="desktop", zone="FR"), "2025")
    for pue, expected in ((None, 1.0), (Point(1.3), 1.3)):
        system = Library.load(sites=[Site(name="desktop", zone="FR", pue=pue)]).system([demand])
        process = system.processes[system.answers[demand] or ""]
        assert process.resolution.exact
        assert process.exchanges[0].amount == Point(expected)


HOURS = [grid_row("FR", f"lognormal({30 + h},1.05)", hour=f"2026-11-22T{h:02d}") for h in range(24)]


def _hourly(folder: Path) -> Library:
    rows = [{k: v for k, v in row.items() if k not in ("scope", "basis")} for row in HOURS]
    return Library.load(overlays=[write_overlay(folder, "grid_hourly", *rows)])


def test_a_recorded_hour_is_used_and_another_of_its_month_widens(tmp_path: Path) -> None:
    library = _hourly(tmp_path / "hours")
    assert library.has_hourly
    assert not LIBRARY.has_hourly
    noon = _grid(library, Location(zone="FR"), "2026-11-22T12")
    assert _gwp(noon).amount.median == pytest.approx(0.042)
    assert ("hour", True) in [(r.name, r.found) for r in noon.resolution.rungs]
    other = _grid(library, Location(zone="FR"), "2026-11-30T12")
    assert _gwp(other).amount.median == pytest.approx(0.0415)
    assert ("month", True) in [(r.name, r.found) for r in other.resolution.rungs]
    assert _width(other) > _width(noon)


def test_an_hour_without_record_takes_the_year_and_widens(tmp_path: Path) -> None:
    library = _hourly(tmp_path / "hours")
    process = _grid(library, Location(zone="DE"), "2025-06-01T12")
    assert [(r.name, r.found) for r in process.resolution.rungs] == [("country", True), ("hour", False), ("year", True)]
    assert _width(process) > _width(_grid(library, Location(zone="DE"), "2025"))


def test_an_overlays_factor_is_found_for_a_zone_of_ones_own(tmp_path: Path) -> None:
    folder = write_overlay(tmp_path / "own", "grid", grid_row("US-HI-OA", "lognormal(700,1.05)", year=2025))
    process = _grid(Library.load(overlays=[folder]), Location(zone="US-HI-OA"))
    assert process.resolution.exact
    assert _gwp(process).amount.median == pytest.approx(0.7)


ZONES = st.sampled_from(["", "FR", "US", "US-HI-OA", "EH", "LI", "AQ", "WORLD", "EU", "JP-TK"])


@given(st.lists(st.tuples(ZONES, st.integers(2015, 2030)), min_size=1, max_size=6))
def test_resolution_does_not_depend_on_order_or_company(asked: list[tuple[str, int]]) -> None:
    demands = [Demand("electricity.it", Location(zone=zone), str(year)) for zone, year in asked]
    together = LIBRARY.system(demands)
    for demand in demands:
        alone = LIBRARY.system([demand])
        answer = alone.answers[demand]
        assert answer == together.answers[demand]
        assert all(together.processes[name] == process for name, process in alone.processes.items())


@given(ZONES, st.integers(2015, 2035))
def test_every_process_is_closed_and_every_exchange_has_cause_and_source(zone: str, year: int) -> None:
    processes = LIBRARY.system([Demand("electricity.it", Location(zone=zone), str(year))]).processes
    for name, process in processes.items():
        assert name == process.id
        for exchange in process.exchanges:
            assert exchange.is_impact or exchange.target in processes
            assert exchange.cause or isinstance(exchange.amount, Point)
            assert exchange.source.licence
