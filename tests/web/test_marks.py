"""One number, one mark: a number carries the same mark of method wherever it stands, and what is missing is hatched."""

import html
import json
import re
import shlex
from dataclasses import replace

import pytest
from click.testing import CliRunner

from asking import Site
from treadlight.app.account import account_of, run_footprint
from treadlight.app.cli.verbs import why
from treadlight.app.components import unread
from treadlight.app.explain import explain
from treadlight.app.moments import moment
from treadlight.app.runs import run_facts
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.choice import Choice
from treadlight.app.server.place import Place
from treadlight.app.server.settings import ServerSettings
from treadlight.app.systems import system_groups
from treadlight.app.web.accounts import facts_for
from treadlight.app.web.book import Book, Span
from treadlight.app.web.changes import changes
from treadlight.app.web.columns import WORDS as COLUMN_WORDS
from treadlight.app.web.columns import entry_words, figure_words
from treadlight.app.web.derived import derived
from treadlight.app.web.here import derived_here
from treadlight.app.web.listing import listed
from treadlight.app.web.lives import life, lives
from treadlight.app.web.overview import Overview
from treadlight.app.web.pages import evidence
from treadlight.app.web.words import why_command
from treadlight.assess.parts import parts
from treadlight.core.activity import Activity
from treadlight.core.distribution import Point
from treadlight.core.errors import InputError, NotFoundError
from treadlight.core.marks import WORDS
from treadlight.core.method import Method
from treadlight.ledger.months import month_after
from treadlight.ledger.query import Filter
from treadlight.ledger.records import Run
from treadlight.ledger.store import Ledger
from treadlight.library.figures import amounts
from treadlight.library.reader import topics

_ROW = re.compile(r"<tr.*?</tr>", re.DOTALL)


def _book(site, **query):
    return Book(site.desk(**query), PageRequest("/", query={k: [v] for k, v in query.items()}))


@pytest.mark.parametrize("category", ["gwp", "water", "adpe"])
def test_a_run_has_the_same_mark_in_the_list_on_its_page_and_in_a_terminal(year, category):
    book = _book(year, category=category)
    kinds = {run.subject.project: run for run in book.runs}.values()
    for row in listed(book, list(kinds)):
        impact = account_of(run_facts(book.desk, row.run.id), book.desk, book.desk.method).impact(category)
        assert row.method == impact.method, row.run.name


def test_a_total_has_one_mark_wherever_it_stands(year):
    o = Overview(_book(year))
    marks = {svg for row in _ROW.findall(year.ask("/").text) if 'class="total"' in row for svg in _marks_in(row)}
    assert o.mark in WORDS and marks == {o.mark}


def _marks_in(row):
    return re.findall(r'class="mark" [^>]*aria-label="(\w+)"', row)


def test_each_cause_of_a_change_says_how_it_is_known(year):
    book = _book(year)
    now = Span(month_after(book.extent.until, -6), book.extent.until)
    for step in changes(book, now.before(), now):
        assert (step.method in WORDS) == (step.kind != "factor"), step.cause


def test_a_system_has_the_same_mark_in_the_list_and_on_its_page(year):
    book = _book(year)
    for one in lives(book):
        assert one.method == {row[0]: row[4] for row in one.hot_spots}["gwp"]


def test_a_component_that_could_not_be_read_is_hatched_in_the_list(year):
    book = _book(year)
    lost = {run.id for run in book.runs if unread(run)}
    rows = [row for row in _ROW.findall(year.ask("/runs?q=lab-render").text) if 'name="run"' in row]
    hatched = [row for row in rows if re.search(r'class="small plus">\+ <svg.*?</svg> GPU', row, re.DOTALL)]
    assert hatched and {re.search(r'value="([^"]*)"', row)[1] for row in hatched} <= lost
    assert len(hatched) == sum(any(run in row for run in lost) for row in rows)
    assert "small plus" not in year.ask("/runs?q=cell-atlas").text


def test_a_withdrawn_run_among_similar_ones_is_no_unknown(tmp_path, monkeypatch, demo_year):
    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path))
    monkeypatch.setenv("TREADLIGHT_DRAWS", "200")
    gone, stays = [i for i in demo_year if isinstance(i, Run) and i.name.startswith("cell-atlas-eval")][:2]
    kept = [i for i in demo_year if {i.id, getattr(i, "parent", getattr(i, "run", ""))} & {gone.id, stays.id}]
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        ledger.append([_taken_back(i) if getattr(i, "parent", "") == gone.id else i for i in kept])
    place = Place(ServerSettings(embedded=True))
    place.open()
    try:
        text = Site(place, []).ask(f"/runs/{stays.id}").text
    finally:
        place.close()
    (row,) = [row for row in _ROW.findall(text[text.index('id="similar"') :]) if gone.name in row]
    assert "withdrawn" in row and ">–<" in row and "unknown" not in row


def _taken_back(item):
    if not isinstance(item, Activity):
        return item
    return replace(item, amount=0.0, uncertainty=Point(0.0), evidence=replace(item.evidence, basis="withdrawn: a test"))


def test_shares_of_the_evidence_add_up_to_what_is_known(year):
    book = _book(year)
    known = [share for *_, share in evidence._sources(book) if share is not None]
    assert sum(known) == pytest.approx(sum(share for method, share in book.evidence if method != "unknown"))


def test_every_column_of_the_library_has_words(year):
    library = year.desk().library
    found = {column for topic in topics() for row in library._store.loaded(topic).rows for column, _ in amounts(row)}
    assert found <= set(COLUMN_WORDS)
    assert figure_words("DE, 2018: gwp_gco2e_per_kwh") == ("DE, 2018", "carbon of electricity", "")
    assert figure_words("DE, 2018: my_own_column") == ("DE, 2018: my_own_column", "", "")
    assert entry_words("H100: launched 2022, memory_gb 80 GB, bandwidth_gb_per_s 3350") == (
        "H100", [("year of launch", "2022"), ("memory", "80 GB"), ("bandwidth of memory", "3\u202f350 GB/s")],
    )  # fmt: skip
    assert entry_words("H100, gwp: amount 261.7 kgCO2e") == ("H100, gwp", [("", "261.7 kg CO₂e")])
    assert entry_words("H100: my_own 3") == ("H100: my_own 3", [])
    assert "tdp_w" not in re.sub(r"<[^>]*>", "", year.ask("/library?q=h100").text)
    assert "_per_kwh" not in re.sub(r"<[^>]*>", "", year.ask("/library/grid/DE").text)


def test_comparisons_without_a_number_stand_apart_and_leave_no_empty_columns(sites):
    year, empty = (sites(kind).ask("/learn").text for kind in ("year", "empty"))
    assert year.index("these months are") < year.index("Of something else, or too many or too few")
    assert "these months are" not in empty and "Of something else" not in empty and "Olympic pools" in empty


@pytest.mark.parametrize("category", ["gwp", "water", "adpe"])
def test_a_share_of_the_evidence_is_the_quotient_that_it_says_it_is(year, category):
    book = _book(year, category=category)
    shares = {method: share for method, share in book.evidence if method != "unknown"}
    assert shares
    for method, share in shares.items():
        found = derived(book, "total", f"share:{method}")
        part, whole = found.root.children
        assert found.root.amount == pytest.approx(100 * share)
        assert part.amount / whole.amount == pytest.approx(share, rel=1e-9)


@pytest.mark.parametrize("name", ["tide-forecast", "bought-model"])
def test_a_system_is_explained_in_a_terminal_as_on_its_page(year, name):
    desk = year.desk()
    tree = explain(desk, f"system:{name}", "gwp", Method())
    assert tree.amount == pytest.approx(life(_book(year), name).total.p50, rel=1e-9)
    assert explain(desk, f"system:{name}/use", "gwp", Method()).amount < tree.amount
    assert why_command(f"system:{name}") == f"treadlight why system:{name}"
    assert why_command("system:a b") == "treadlight why 'system:a b'" and why_command("total") == ""


def test_a_total_is_explained_in_a_terminal_as_on_its_page(year):
    book = _book(year, category="water", project="Tide forecast")
    command = why_command("total", book)
    args = shlex.split(command)
    assert args[:3] == ["treadlight", "why", "total"]
    told = dict(zip(args[3::2], args[4::2], strict=True))
    assert (told["--category"], told["--project"]) == ("water", "Tide forecast")
    chosen = Filter(
        project=told["--project"], since=moment(told["--since"], "--since"), until=moment(told["--until"], "--until")
    )
    tree = explain(year.desk(), "total", "water", Method(), chosen)
    assert tree.amount == pytest.approx(book.now.footprint.total("water").p50, rel=1e-9)
    assert explain(year.desk(), "total/use", "water", Method(), chosen).amount < tree.amount * 1.01
    assert html.escape(command, quote=False) in html.unescape(
        year.ask("/why/total?category=water&project=Tide+forecast").text
    )
    with pytest.raises(InputError, match="takes no choice"):
        explain(year.desk(), "last", "water", Method(), chosen)
    with pytest.raises(NotFoundError, match="holds nothing"):
        explain(year.desk(), "total", "water", Method(), Filter(project="nobody's"))


@pytest.mark.parametrize("address", [
    "/why/total?of=share%3Ametered", "/why/total?of=part%3Aproject%3ATide+forecast&category=water",
    "/why/total?of=piece%3Ause%3Agpu&accounting=market&since=2026-01-01&until=2026-06-01",
    "/why/system:tide-forecast?of=per%3Arequests", "/why/system:tide-forecast?of=piece%3Ause%3Acpu",
    "/why/{run}?of=per%3Asamples", "/why/{run}?of=piece%3Aoverhead%3A",
])  # fmt: skip
def test_a_number_that_follows_from_others_is_explained_in_a_terminal_as_on_its_page(year, monkeypatch, address):
    run = next(r for r in year.runs if r.counts.get("samples"))
    overhead = next(p for p in parts(run_footprint(facts_for(year.desk(), run.id), year.desk(), Method()))
                    if p.phase == "overhead")  # fmt: skip
    page = address.format(run=run.id) + (overhead.component if address.endswith("%3A") else "")
    text = html.unescape(year.ask(page).text)
    command = shlex.split(re.search(r"<code>(treadlight why [^<]+)</code>", text)[1])
    monkeypatch.setenv("TREADLIGHT_HOME", str(year.place.workspace.home))
    monkeypatch.setenv("TREADLIGHT_DRAWS", "200")
    told = CliRunner().invoke(why.command, [*command[2:], "--json"])
    assert told.exit_code == 0, told.output
    shown = json.loads(year.ask(f"{page}&as=json").content)
    assert json.loads(told.stdout) == shown
    assert shown["amount"] is not None


def test_a_number_that_follows_from_nothing_is_refused_in_a_terminal(year, monkeypatch):
    monkeypatch.setenv("TREADLIGHT_HOME", str(year.place.workspace.home))
    choice = Choice()
    with pytest.raises(NotFoundError, match="names no number of this"):
        derived_here("total", "per:dreams", choice)
    with pytest.raises(InputError, match="takes no choice"):
        derived_here("last", "per:samples", Choice(Filter(project="Lab 3")))
    monkeypatch.setenv("TREADLIGHT_LEDGER", "https://treadlight.example.org")
    with pytest.raises(InputError, match=r"open the number's page at https://treadlight\.example\.org"):
        derived_here("last", "per:samples", choice)


def test_a_system_that_is_not_there_is_refused_with_what_to_do(year):
    assert system_groups(year.desk(), "no-such") == []
    for wanted in ("system:no-such", "system:", "system:tide-forecast/nowhere"):
        with pytest.raises(NotFoundError, match=wanted):
            explain(year.desk(), wanted, "gwp", Method())
