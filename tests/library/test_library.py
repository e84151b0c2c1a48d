"""The library as a whole: digest, versions, search, lookup by id."""

from pathlib import Path
from shutil import copytree

import pytest

from overlays import grid_row, write_overlay
from treadlight.core.activity import Location
from treadlight.core.distribution import Point
from treadlight.core.errors import NotFoundError
from treadlight.library import version as version_module
from treadlight.library.library import Library
from treadlight.library.site import Site
from treadlight.library.system import Demand


def test_versions_are_calendar_names_newest_first() -> None:
    assert Library.versions() == ["2026.11", "2025.06"]
    assert Library.load().version == "2026.11"


def test_any_changed_byte_of_any_file_changes_the_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copytree(version_module.DATA, tmp_path / "data")
    monkeypatch.setattr(version_module, "DATA", tmp_path / "data")
    seen = {Library.load().digest}
    for path in sorted((tmp_path / "data" / "2026.11").iterdir()):
        whole = path.read_bytes()
        path.write_bytes(whole.replace(b"First", b"Third") if path.suffix == ".toml" else whole[:-1])
        seen.add(Library.load().digest)
        path.write_bytes(whole)
    assert len(seen) == 1 + len(list((tmp_path / "data" / "2026.11").iterdir()))
    assert Library.load().digest in seen


def test_digest_covers_overlays_and_sites_and_differs_by_version(tmp_path: Path) -> None:
    plain = Library.load().digest
    overlay = write_overlay(tmp_path / "overlay", "grid", grid_row())
    site = Site(name="", zone="FR", pue=Point(1.2))
    digests = {
        plain,
        Library.load("2025.06").digest,
        Library.load(overlays=[overlay]).digest,
        Library.load(sites=[site]).digest,
        Library.load(sites=[Site(name="", zone="FR", pue=Point(1.3))]).digest,
    }
    assert len(digests) == 5
    assert Library.load().digest == plain


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("France", "grid/FR/2025/life-cycle"),
        ("fr", "zones/FR"),
        ("eu-west-3", "regions/aws/eu-west-3"),
        ("aws ireland", "regions/aws/eu-west-1"),
        ("nuclear", "technology/nuclear"),
        ("h100", "accelerators/h100-pcie-80gb"),
    ],
)
def test_find_finds_by_name_code_and_part(text: str, wanted: str) -> None:
    assert wanted in [entry.id for entry in Library.load().find(text)]


def test_show_gives_each_figure_its_unit_interval_and_source() -> None:
    (figure,) = Library.load().show("grid/FR/2025/life-cycle")
    form = figure.form()
    assert figure.unit == "gCO2e/kWh"
    assert isinstance(form["quantity"], dict)
    assert form["quantity"]["p05"] < form["quantity"]["p50"] < form["quantity"]["p95"]
    assert isinstance(form["source"], dict)
    assert form["source"]["licence"] == "CC BY 4.0"
    assert "Ember" in form["source"]["citation"]
    assert len(Library.load().show("grid/FR")) >= 4
    assert {f.unit for f in Library.load().show("grid_other/FR")} == {"MJ/kWh", "kgSb-eq/kWh"}
    assert Library.load().show("zones/FR")[0].amount is None


@pytest.mark.parametrize("entry_id", ["grid/FRX", "gird/FR", "nothing"])
def test_what_is_not_there_is_refused_with_advice(entry_id: str) -> None:
    with pytest.raises(NotFoundError, match=r"did you mean|library find"):
        Library.load().show(entry_id)


def test_a_process_is_supplied_by_its_id() -> None:
    site = Site(name="", zone="DE", pue=Point(1.1))
    library = Library.load(sites=[site, Site(name="lab", region="gcp/us-central1")])
    places = (
        Location(),
        Location(zone="FR"),
        Location(site="lab"),
        Location(site="desktop", zone="FR"),
        Location(region="aws/eu-west-3"),
    )
    flows = ("electricity.it", "data.transfer.fixed", "hardware.memory.dram", "hardware.cpu.abacus")
    for place in places:
        for flow in flows:
            demand = Demand(flow, place, "2026")
            system = library.system([demand])
            for name, process in system.processes.items():
                supplied = library.supply(name)
                assert supplied is not None, name
                assert supplied[name] == process
    assert library.supply("electricity.grid/FR") is None or "electricity.grid/FR/2026" in (
        library.supply("electricity.grid/FR/2026") or {}
    )
    assert library.supply("electricity.grid/Nowhere/2026") is None
    assert library.supply("nonsense") is None


def test_every_table_can_be_listed() -> None:
    tables = {name: rows for name, _, rows in Library.load().tables()}
    assert tables["grid"] > 400
    assert tables["grid_hourly"] == 0
    assert Library.load().zone_name("FRA") == "France"
    assert Library.load().zone_name("nowhere") == "nowhere"


@pytest.mark.parametrize(
    "entry_id", ["hardware.hall.building", "hall.building", "Hall.Building", "embodied/hall.building/x"]
)
def test_a_name_without_its_table_is_offered_with_it(entry_id: str) -> None:
    with pytest.raises(NotFoundError, match=r"did you mean embodied/hall\.building"):
        Library.load().show(entry_id)
    assert Library.load().show("embodied/hall.building")
