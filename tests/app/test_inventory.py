"""The inventory as a person keeps it: add, import, retire, list, show and report."""

import json
from functools import partial
from pathlib import Path

import pytest

import typed_commands
from treadlight.ledger.store import Ledger

pytestmark = pytest.mark.usefixtures("home")

done, refused = partial(typed_commands.done, "inventory"), partial(typed_commands.refused, "inventory")


def listed() -> list[dict[str, object]]:
    return list(json.loads(done("list", "--json"))["assets"])


def test_an_asset_is_added_listed_and_shown() -> None:
    ident = done("add", "2 x H100 SXM + server", "--purchased", "2026-03-01", "--name", "node", "--count", "3").strip()
    assert listed()[0] == listed()[0] | {"id": ident, "count": 3, "purchased": "2026-03-01", "retired": None}
    assert "node" in done("list")
    assert "2026-03-01" in done("show", "node")


def test_a_retirement_is_a_correction_whose_past_is_kept(home: Path) -> None:
    done("add", "L4", "--purchased", "2022-03-01", "--name", "card", "--id", "c1")
    done("retire", "card", "--on", "2026-03-01", "--fate", "take-back")
    form = json.loads(done("show", "c1", "--json"))
    assert (form["asset"]["retired"], form["asset"]["fate"]) == ("2026-03-01", "take-back")
    assert [version["retired"] for version in form["versions"]] == [None, "2026-03-01"]
    assert "superseded" in done("show", "c1")
    with Ledger.open(home / "ledger.sqlite") as ledger:
        assert ledger.verify().ok


def test_some_of_many_are_retired_and_the_rest_stay() -> None:
    done("add", "laptop", "--purchased", "2023-01-01", "--name", "lap", "--count", "10")
    done("retire", "lap", "--on", "2026-01-01", "--fate", "recycled", "--count", "3")
    done("retire", "lap", "--on", "2026-02-01", "--fate", "unknown", "--count", "2")
    held = [(asset["count"], asset["fate"]) for asset in listed()]
    assert sorted(held, key=str) == [(2, "unknown"), (3, "recycled"), (5, None)]


def test_a_table_goes_out_and_in_and_changes_nothing(home: Path) -> None:
    done("add", "L4", "--purchased", "2022-03-01", "--count", "2", "--lifetime-years", "4.5")
    done("add", "laptop", "--purchased", "2023-03-01", "--note", 'say "hello", again')
    (home / "assets.csv").write_text(done("list", "--csv"))
    before = listed()
    assert json.loads(done("import", "assets.csv", "--json")) == {"appended": 0, "skipped": 2, "superseded": 0}
    assert listed() == before


def test_a_table_without_ids_may_be_read_in_again(home: Path) -> None:
    (home / "a.csv").write_text("product,purchased,count\nL4,2022-03-01,2\nlaptop,2023-03-01,5\n")
    assert json.loads(done("import", "a.csv", "--json"))["appended"] == 2
    done("retire", str(listed()[0]["id"]), "--on", "2026-01-01", "--fate", "reused")
    again = json.loads(done("import", "a.csv", "--json"))
    assert again == {"appended": 0, "skipped": 2, "superseded": 0}
    assert listed()[0]["fate"] == "reused"


def test_a_retirement_in_the_table_corrects_the_same_asset(home: Path) -> None:
    (home / "a.csv").write_text("product,purchased,retired,fate\nL4,2022-03-01,,\n")
    done("import", "a.csv")
    (home / "a.csv").write_text("product,purchased,retired,fate\nL4,2022-03-01,2026-01-01,recycled\n")
    assert json.loads(done("import", "a.csv", "--json"))["superseded"] == 1
    assert [asset["fate"] for asset in listed()] == ["recycled"]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("unknown column", "product,purchased,colour\nL4,2022-03-01,red\n"),
        ("lacks a column", "product\nL4\n"),
        ("line 3, product", "product,purchased\nL4,2022-03-01\nL5,2022-03-01\n"),
        ("did you mean", "product,purchased\nH100,2022-03-01\n"),
        ("line 2, purchased", "product,purchased\nL4,yesterday\n"),
        ("line 2, purchased", "product,purchased\nL4,\n"),
        ("line 2, count", "product,purchased,count\nL4,2022-03-01,-2\n"),
        ("line 2, count", "product,purchased,count\nL4,2022-03-01,2.5\n"),
        ("line 2, lifetime_years", "product,purchased,lifetime_years\nL4,2022-03-01,0\n"),
        ("line 2, retired", "product,purchased,retired,fate\nL4,2022-03-01,2021-03-01,recycled\n"),
        ("line 2, fate", "product,purchased,retired,fate\nL4,2022-03-01,2025-03-01,burnt\n"),
        ("the asset of line 2 again", "product,purchased\nL4,2022-03-01\nL4,2022-03-01\n"),
        ("number of cells", "product,purchased\nL4,2022-03-01,extra\n"),
        ("number of cells", "product,purchased\nL4\n"),
        ("is not configured", "product,purchased,site\nL4,2022-03-01,nowhere\n"),
        ("holds no asset", "product,purchased\n"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_added(home: Path, words: str, text: str) -> None:
    (home / "bad.csv").write_text(text)
    assert words in refused("import", "bad.csv")
    assert listed() == []


def test_a_file_that_is_no_table_is_refused(home: Path) -> None:
    (home / "bad.csv").write_bytes(b"product,purchased\n\xff\xfe\x00,2022-03-01\n")
    assert "is no table" in refused("import", "bad.csv")
    assert "no such file" in refused("import", "none.csv")


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        ("--purchased", ("add", "L4", "--purchased", "2026-13-01")),
        ("count", ("add", "L4", "--purchased", "2026-01-01", "--count", "-3")),
        ("lifetime_years", ("add", "L4", "--purchased", "2026-01-01", "--lifetime-years", "0")),
        ("is no product", ("add", "frobnicator", "--purchased", "2026-01-01")),
        ("is no asset", ("retire", "nothing", "--on", "2026-01-01", "--fate", "recycled")),
        ("did you mean list", ("lits",)),
    ],
)
def test_what_cannot_be_is_one_clear_error(words: str, arguments: tuple[str, ...]) -> None:
    assert words in refused(*arguments)


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        ("before it was bought", ("--on", "2021-01-01", "--fate", "recycled")),
        ("fate", ("--on", "2026-01-01", "--fate", "sold")),
        ("it has 2 of them", ("--on", "2026-01-01", "--fate", "recycled", "--count", "3")),
    ],
)
def test_a_retirement_that_cannot_be_is_refused(words: str, arguments: tuple[str, ...]) -> None:
    done("add", "L4", "--purchased", "2022-03-01", "--name", "card", "--count", "2")
    assert words in refused("retire", "card", *arguments)


def test_a_second_retirement_is_refused() -> None:
    done("add", "L4", "--purchased", "2022-03-01", "--name", "card")
    done("retire", "card", "--on", "2026-01-01", "--fate", "recycled")
    assert "was retired on 2026-01-01" in refused("retire", "card", "--on", "2026-02-01", "--fate", "reused")


def test_both_views_stand_side_by_side_and_carry_their_perspective() -> None:
    done("add", "server + 8 x H100 SXM", "--purchased", "2024-03-01", "--lifetime-years", "5")
    done("add", "laptop", "--purchased", "2022-01-01", "--name", "lap", "--count", "4", "--lifetime-years", "4")
    done("retire", "lap", "--on", "2026-01-01", "--fate", "unknown")
    form = json.loads(done("report", "--json"))
    organisation, amortised = form["views"]
    assert (organisation["perspective"], amortised["perspective"]) == ("organisation", "amortised")
    assert {year["perspective"] for year in amortised["years"]} == {"amortised"}
    assert [year["year"] for year in organisation["years"]] == [2022, 2024, 2026]
    assert [year["year"] for year in amortised["years"]] == list(range(2022, 2030))
    assert form["waste"][0]["documented"]["p50"] == pytest.approx(0.223 * form["waste"][0]["mass"]["p50"])
    assert "never add" in form["never_add"]
    text = done("report", "--until", "2025")
    assert "Organisation's view" in text
    assert "Amortised view" in text
    assert "never add" in " ".join(text.split())
    assert "2026" not in text.partition("Amortised view")[2].partition("▨")[0]


def test_the_footprint_of_runs_never_holds_assets(home: Path) -> None:
    done("add", "server + 8 x H100 SXM", "--purchased", "2024-03-01")
    assert "H100" not in typed_commands.done("runs", "--json")
    with Ledger.open(home / "ledger.sqlite") as ledger:
        assert ledger.sums() == []
        assert len(ledger.assets()) == 1


def test_an_empty_inventory_says_how_to_begin() -> None:
    result = typed_commands.typed("inventory", "report")
    assert result.exception is None
    assert "treadlight inventory add" in result.stderr
