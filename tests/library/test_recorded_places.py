"""A place that a record names and the library lacks counts as a place that is not known, and keeps its name."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overlays import grid_row, write_overlay
from treadlight.core.activity import Location
from treadlight.core.errors import InputError
from treadlight.library.library import Library
from treadlight.library.process import Process
from treadlight.library.site import Site
from treadlight.library.system import Demand

LIBRARY = Library.load()


def _grid(place: Location, library: Library = LIBRARY) -> Process:
    demand = Demand("electricity.grid", place, "2025", recorded=True)
    system = library.system([demand])
    return system.processes[system.answers[demand] or ""]


def _amount(process: Process) -> object:
    return next(exchange.amount for exchange in process.exchanges if exchange.target == "gwp")


def test_a_recorded_zone_that_is_unknown_is_the_world_and_names_itself() -> None:
    nowhere, unknown = _grid(Location(zone="NOWHERE")), _grid(Location())
    assert _amount(nowhere) == _amount(unknown)
    assert "no zone NOWHERE in the library" in [rung.detail for rung in nowhere.resolution.rungs]
    assert nowhere.resolution.remedy == "treadlight config set library.overlay FOLDER"
    assert nowhere.id != unknown.id


def test_one_who_asks_for_an_unknown_zone_is_refused_all_the_same() -> None:
    with pytest.raises(InputError, match="no such zone, got 'NOWHERE'"):
        LIBRARY.system([Demand("electricity.grid", Location(zone="NOWHERE"), "2025")])


def test_of_an_unknown_zone_in_a_known_region_the_region_answers() -> None:
    found, known = _grid(Location(zone="NOWHERE", region="aws/eu-west-3")), _grid(Location(region="aws/eu-west-3"))
    assert _amount(found) == _amount(known)
    assert any("NOWHERE" in rung.detail for rung in found.resolution.rungs)
    assert not any("NOWHERE" in rung.detail for rung in known.resolution.rungs)


def test_this_machines_site_does_not_answer_for_an_unknown_zone() -> None:
    here = LIBRARY.with_sites([Site(zone="FR")])
    assert _amount(_grid(Location(zone="NOWHERE"), here)) == _amount(_grid(Location()))


@pytest.mark.parametrize("place", [Location(zone="FR"), Location(region="aws/eu-west-3")])
def test_an_unknown_name_shares_no_process_with_a_place_that_is_known(place: Location) -> None:
    beside = [place, Location(zone="aws/eu-west-3"), Location(zone="FR", region="aws/mars-1"), Location(zone="+FR")]
    demands = [Demand("electricity.grid", where, "2025", recorded=True) for where in beside]
    system = LIBRARY.system(demands)
    assert len({system.answers[demand] for demand in demands}) == len(beside)
    for demand in demands:
        alone = _grid(demand.location)
        assert system.processes[alone.id] == alone


@settings(deadline=None)
@given(zone=st.text(max_size=12), region=st.text(max_size=12))
def test_whatever_a_record_names_its_process_is_found_again_by_its_id(zone: str, region: str) -> None:
    process = _grid(Location(zone=zone, region=region))
    supply = LIBRARY.supply(process.id)
    assert supply is not None
    assert supply[process.id] == process


def test_a_zone_that_only_ones_own_grid_table_names_is_a_place(tmp_path: Path) -> None:
    own = write_overlay(tmp_path / "own", "grid", grid_row("PLANT-1", "lognormal(31,1.05)"))
    library = Library.load(overlays=[own])
    assert library.check(own) == []
    library.check_place(zone="plant-1")
    process = _grid(Location(zone="PLANT-1"), library)
    assert (process.id, library.lacking(Location(zone="PLANT-1"))) == ("electricity.grid/PLANT-1/2025", ())
    gwp = next(exchange for exchange in process.exchanges if exchange.target == "gwp")
    assert gwp.amount.median == pytest.approx(0.031)
