"""The loader refuses rows that cannot be trusted, and names them."""

from pathlib import Path

import pytest

from overlays import grid_row, write_csv, write_overlay
from treadlight.core.errors import LibraryError, NotFoundError
from treadlight.library.check import check
from treadlight.library.library import Library


def _refusal(tmp_path: Path, topic: str, *rows: dict[str, object]) -> str:
    library = Library.load(overlays=[write_overlay(tmp_path / "overlay", topic, *rows)])
    with pytest.raises(LibraryError) as caught:
        library.rows(topic)
    assert "\n" not in str(caught.value)
    return str(caught.value)


REGION = {
    "region": "own/hall-1",
    "name": "Hall 1",
    "zone": "FR",
    "country": "FR",
    "source": "own",
    "locator": "x",
    "year": 2026,
    "confidence": "high",
}


@pytest.mark.parametrize(
    ("topic", "row", "words"),
    [
        ("grid", grid_row(source=""), ["grid.csv line 2", "FR/2026/life-cycle", "source", "is missing"]),
        ("grid", grid_row(source="nobody"), ["line 2", "source", "names no known source", "'nobody'"]),
        ("grid", grid_row(locator=""), ["line 2", "locator", "is missing"]),
        ("grid", grid_row(colour="green"), ["line 2", "colour", "is no column of this table", "'green'"]),
        ("grid", grid_row(g_per_kwh="lognormal(50"), ["gwp_gco2e_per_kwh", "not a distribution", "lognormal(50"]),
        ("grid", grid_row(g_per_kwh="nan"), ["gwp_gco2e_per_kwh", "finite"]),
        ("grid", grid_row(g_per_kwh="-3"), ["gwp_gco2e_per_kwh", "is negative", "point(-3.0)"]),
        ("grid", grid_row(g_per_kwh="normal(50,40)"), ["gwp_gco2e_per_kwh", "is negative"]),
        ("grid", grid_row(g_per_kwh="50000"), ["gwp_gco2e_per_kwh", "above 1500", "check the unit"]),
        ("grid", grid_row(g_per_kwh="0.05"), ["gwp_gco2e_per_kwh", "100-fold away", "outlier_reason"]),
        ("grid", grid_row(year="1890"), ["year", "below 1990"]),
        ("grid", grid_row(year="soon"), ["year", "'soon'"]),
        ("grid", grid_row(confidence="sure"), ["confidence", "'sure'"]),
        ("grid", grid_row(confidence="low"), ["unverified", "confidence is low"]),
        ("grid", grid_row(confidence="low", unverified="true"), ["too sure", "GSD of 1.5"]),
        ("regions", REGION | {"pue": "0.9"}, ["regions.csv line 2", "own/hall-1", "pue", "below 1", "give pue ≥ 1"]),
        ("regions", REGION | {"pue": "uniform(0.9,1.4)"}, ["pue", "below 1"]),
        ("regions", REGION | {"renewable_energy_factor": "1.2"}, ["renewable_energy_factor", "above 1"]),
        ("regions", REGION | {"wue_l_per_kwh": "-0.1"}, ["wue_l_per_kwh", "is negative"]),
        ("regions", REGION | {"region": "hall-1"}, ["region", "aws/eu-west-3"]),
        ("zones", {**REGION, "zone": "ZZ", "kind": "country", "iso3": "ZZZ", "continent": "atlantis"}, ["no column"]),
    ],
)
def test_a_row_that_cannot_be_trusted_is_named(
    tmp_path: Path, topic: str, row: dict[str, object], words: list[str]
) -> None:
    message = _refusal(tmp_path, topic, row)
    for word in words:
        assert word in message


def test_a_key_that_appears_twice_names_both_lines(tmp_path: Path) -> None:
    message = _refusal(tmp_path, "grid", grid_row("FR"), grid_row("DE"), grid_row("FR"))
    assert "line 4" in message
    assert "lines 2 and 4" in message


def test_an_outlier_with_a_reason_is_taken(tmp_path: Path) -> None:
    row = grid_row("IS", "lognormal(0.9,1.5)", outlier_reason="geothermal plant that injects its gas again")
    library = Library.load(overlays=[write_overlay(tmp_path / "overlay", "grid", row)])
    assert any(found.outlier_reason for found in library.rows("grid"))


def test_a_wide_unverified_row_of_low_confidence_is_taken(tmp_path: Path) -> None:
    row = grid_row("FR", "lognormal(50,1.6)", confidence="low", unverified="true")
    library = Library.load(overlays=[write_overlay(tmp_path / "overlay", "grid", row)])
    assert any(found.unverified for found in library.rows("grid"))


def test_an_overlay_replaces_by_key_and_adds_the_rest(tmp_path: Path) -> None:
    plain = Library.load()
    folder = write_overlay(tmp_path / "overlay", "grid", grid_row("FR", "50", year=2025), grid_row("FR", "40"))
    over = Library.load(overlays=[folder])
    assert len(over.rows("grid")) == len(plain.rows("grid")) + 1
    (figure,) = over.show("grid/FR/2025/life-cycle")
    assert figure.amount is not None
    assert figure.amount.median == 50
    assert figure.source.citation == "Our own meter, 2026"


def test_the_later_overlay_wins(tmp_path: Path) -> None:
    first = write_overlay(tmp_path / "first", "grid", grid_row("FR", "50"))
    second = write_overlay(tmp_path / "second", "grid", grid_row("FR", "60"))
    (figure,) = Library.load(overlays=[first, second]).show("grid/FR/2026/life-cycle")
    assert figure.amount is not None
    assert figure.amount.median == 60


def test_two_different_sources_of_one_id_are_refused(tmp_path: Path) -> None:
    folder = write_overlay(tmp_path / "overlay", "grid", grid_row(source="iso-3166-1"))
    write_csv(folder / "sources.csv", {"id": "iso-3166-1", "citation": "Mine", "year": "2026", "licence": "own"})
    with pytest.raises(LibraryError, match="iso-3166-1"):
        Library.load(overlays=[folder]).rows("grid")


@pytest.mark.parametrize("field", ["citation", "year", "licence"])
def test_a_source_without_citation_year_or_licence_is_refused(tmp_path: Path, field: str) -> None:
    folder = write_overlay(tmp_path / "overlay", "grid", grid_row())
    write_csv(folder / "sources.csv", {"id": "own", "citation": "c", "year": "2026", "licence": "l"} | {field: ""})
    with pytest.raises(LibraryError, match=field):
        Library.load(overlays=[folder]).rows("grid")


def test_an_overlay_that_is_no_folder_or_holds_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such folder"):
        Library.load(overlays=[tmp_path / "nowhere"])
    write_overlay(tmp_path / "overlay", "weather", {"a": 1})
    with pytest.raises(LibraryError, match=r"is no table.*weather\.csv"):
        Library.load(overlays=[tmp_path / "overlay"])


def test_check_finds_every_problem_at_once(tmp_path: Path) -> None:
    rows = [grid_row("FR", "-1"), grid_row("DE", source=""), grid_row("IT", "900000"), grid_row("ES")]
    problems = check(write_overlay(tmp_path / "overlay", "grid", *rows))
    assert [problem.where.partition(" (")[0] for problem in problems] == [
        "grid.csv line 3",
        "grid.csv line 2",
        "grid.csv line 4",
        "grid.csv line 4",
    ]
    assert all("; " in str(problem) for problem in problems)


def test_a_file_that_is_no_csv_in_utf8_is_refused(tmp_path: Path) -> None:
    folder = write_overlay(tmp_path / "overlay", "grid", grid_row())
    (folder / "grid.csv").write_bytes(b"zone,\xff\n")
    with pytest.raises(LibraryError, match="cannot be read"):
        Library.load(overlays=[folder]).rows("grid")
    (folder / "grid.csv").write_text("zone,scope\nFR,a,b\n")
    with pytest.raises(LibraryError, match=r"line 2.*more cells than columns"):
        Library.load(overlays=[folder]).rows("grid")


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    folder = write_overlay(tmp_path / "overlay", "grid", grid_row())
    text = (folder / "grid.csv").read_text()
    (folder / "grid.csv").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert Library.load(overlays=[folder]).show("grid/FR/2026/life-cycle")


def test_a_column_that_appears_twice_is_refused(tmp_path: Path) -> None:
    folder = write_overlay(tmp_path / "overlay", "grid", grid_row())
    (folder / "grid.csv").write_text("zone,zone\nFR,DE\n")
    with pytest.raises(LibraryError, match="appears twice in the header"):
        Library.load(overlays=[folder]).rows("grid")


def test_an_unknown_table_or_version_names_those_there_are() -> None:
    with pytest.raises(NotFoundError, match="grid_hourly"):
        Library.load().rows("gird")
    with pytest.raises(NotFoundError, match=r"2026\.11, 2025\.06"):
        Library.load("1999.01")
