"""The place a run names is checked as it starts, by the rules of the library that accounts for it later."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import treadlight
from overlays import grid_row, write_overlay
from tracking import environment, python
from treadlight.core.activity import Location
from treadlight.core.config import Config, load
from treadlight.core.errors import InputError
from treadlight.library.library import Library
from treadlight.library.loader import read_table
from treadlight.library.tables.regions import RegionRow
from treadlight.library.tables.zones import ZoneRow
from treadlight.measure.place import check_place

ZONES = [row for row in read_table("zones") if isinstance(row, ZoneRow)]
REGIONS = [row for row in read_table("regions") if isinstance(row, RegionRow)]
LIBRARY = Library.load()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [n for n in os.environ if n.startswith("TREADLIGHT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def _config(zone: str = "", region: str = "") -> Config:
    return load({}, Path("/"), {"site.zone": zone, "site.region": region})


def _accepts(zone: str = "", region: str = "") -> bool:
    try:
        check_place(_config(zone, region))
    except InputError:
        return False
    return True


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ({"zone": "ZZ"}, "zone: no such zone, got 'ZZ'; "),
        ({"zone": "Frnace"}, "zone: no such zone, got 'Frnace'; did you mean FR"),
        ({"region": "aws/eu-west-33"}, "region: no such region, got 'aws/eu-west-33'; did you mean aws/eu-west-3"),
        ({"zone": "FR", "region": "nowhere"}, "region: no such region, got 'nowhere'"),
    ],
)
def test_an_unknown_place_is_refused_before_anything_starts(home: Path, place: dict[str, str], line: str) -> None:
    with pytest.raises(InputError) as told:
        treadlight.track("x", **place)  # type: ignore[call-overload]
    assert str(told.value).startswith(line)
    assert not home.exists()


def test_an_unknown_place_of_the_environment_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREADLIGHT_ZONE", "ZZ")
    with pytest.raises(InputError, match=r"^TREADLIGHT_ZONE: no such zone, got 'ZZ'"):
        treadlight.track("x")


def test_the_zone_of_a_named_site_is_checked(tmp_path: Path) -> None:
    (tmp_path / "treadlight.toml").write_text('[sites.hall]\nzone = "ZZ"\n[sites.other]\nzone = "YY"\n')
    with pytest.raises(InputError, match=r"^sites\.hall\.zone: no such zone, got 'ZZ'"):
        treadlight.track("x", site="hall")
    treadlight.track("x")


def test_places_of_an_overlay_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "zones.csv").write_text("zone,name,aliases\nXX-ISLE,Isle,ISLE|XISLE\n")
    (tmp_path / "regions.csv").write_text("region,name\nown/hall-1,Hall\n")
    monkeypatch.setenv("TREADLIGHT_OVERLAY", str(tmp_path))
    for zone in ("xx-isle", "xisle", "FR"):
        treadlight.track("x", zone=zone, region="own/hall-1")


def test_every_spelling_of_every_zone_is_accepted() -> None:
    spellings = {s for z in ZONES for s in (z.zone, z.zone.lower(), z.iso3, z.iso3.lower(), *z.aliases.split("|")) if s}
    assert len(spellings) > 700
    assert [s for s in spellings if not _accepts(zone=s)] == []


def test_every_region_is_accepted_in_any_case() -> None:
    assert [r.region for r in REGIONS if not (_accepts(region=r.region) and _accepts(region=r.region.upper()))] == []


@given(st.one_of(st.text("ABFRUSXZ-abz", min_size=1, max_size=6), st.sampled_from([z.name for z in ZONES])))
def test_what_the_tracker_accepts_is_what_the_library_finds(name: str) -> None:
    try:
        LIBRARY.check_place(zone=name)
        found = True
    except InputError:
        found = False
    assert _accepts(zone=name) == found, Location(zone=name)


def test_the_check_loads_neither_tables_nor_schemas() -> None:
    code = (
        "import sys, treadlight\n"
        "treadlight.track('x', zone='fra', region='aws/eu-west-3')\n"
        "print([m for m in ('msgspec', 'numpy', 'difflib', 'treadlight.library.loader') if m in sys.modules])\n"
    )
    done = python(code, env=environment())
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_a_zone_of_ones_own_grid_table_is_a_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = write_overlay(tmp_path / "own", "grid", grid_row("PLANT-1"))
    monkeypatch.setenv("TREADLIGHT_ZONE", "plant-1")
    with pytest.raises(InputError, match="no such zone"):
        treadlight.track("x")
    monkeypatch.setenv("TREADLIGHT_OVERLAY", str(own))
    treadlight.track("x")
