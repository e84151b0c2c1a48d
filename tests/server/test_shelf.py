"""What pages are made from without asking the database: the same as it says, and nothing of other projects."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from serving import Served, activities, served
from strategies_ledger import activity, run
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.checker import Checker
from treadlight.app.server.choice import Choice
from treadlight.app.server.desk import Desk
from treadlight.app.server.place import Place
from treadlight.app.server.principal import Principal, Role, Scope
from treadlight.app.server.settings import ServerSettings
from treadlight.app.server.shelf import Shelf
from treadlight.app.web.book import Book
from treadlight.core.activity import Subject
from treadlight.ledger.query import Filter
from treadlight.ledger.store import Ledger

SINCE, UNTIL = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)
FILTERS = (
    Filter(),
    Filter(project="p1"),
    Filter(team="nobody"),
    Filter(component="cpu", flow="electricity.it"),
    Filter(run="run-3"),
    Filter(runs=frozenset({"run-0", "run-2", "nosuch"})),
    Filter(projects=frozenset({"p0"})),
    Filter(since=SINCE, until=UNTIL),
)


def _filled(path: Path) -> Ledger:
    ledger = Ledger.open(path)
    ledger.append([run(1), run(2), *(activity(i) for i in range(40)), activity(50, supersedes=activity(1).id)])
    return ledger


def _said(rows):
    found: dict[tuple[object, str, str], tuple[float, int]] = {}
    for tag, g in rows:
        amount, count = found.get((tag, g.project, g.component), (0.0, 0))
        found[(tag, g.project, g.component)] = round(amount + g.amount, 9), count + g.count
    return found


@pytest.mark.parametrize("f", FILTERS)
def test_the_table_says_what_the_database_says(tmp_path: Path, f: Filter) -> None:
    with _filled(tmp_path / "l.sqlite") as ledger:
        table = Shelf(ledger).table("")
        assert _said(table.months(f)) == _said(ledger.months(f, SINCE, UNTIL))
        assert table.extent(f) == ledger.extent(f)


def test_a_newer_state_is_read_when_it_is_asked_for(tmp_path: Path) -> None:
    with _filled(tmp_path / "l.sqlite") as ledger:
        shelf = Shelf(ledger)
        before = sum(g.count for _, g in shelf.table(ledger.head()[0]).months(Filter()))
        ledger.append([run(3), activity(60, cause="another")])
        root = ledger.head()[0]
        assert sum(g.count for _, g in shelf.table(root).months(Filter())) == before + 1
        assert [r.id for r in shelf.runs(root)] == [r.id for r in ledger.runs()]


def test_the_state_of_a_run_changes_with_its_activities_alone(tmp_path: Path) -> None:
    with _filled(tmp_path / "l.sqlite") as ledger:
        shelf = Shelf(ledger)
        before = shelf.table("a").states
        ledger.append([activity(62, supersedes=activity(2).id, amount=activity(2).amount, cause="other")])  # of run-2
        after = shelf.table("b").states
        assert {run_ for run_ in before if before[run_] != after[run_]} == {"run-2"}


def test_a_book_of_one_project_holds_nothing_of_another(tmp_path: Path) -> None:
    _filled(tmp_path / "l.sqlite").close()
    place = Place(ServerSettings(database=str(tmp_path / "l.sqlite")))
    place.open()
    try:
        own = Principal("t", "t", Role.MEMBER, frozenset({Scope.READ}), frozenset({"p1"}))
        desk = Desk(place, own, Choice())
        book = Book(desk, PageRequest("/"))
        assert {g.project for _, g in book.now.rows} == {"p1"}
        assert {r.subject.project for r in desk.runs} == {"p1"}
        other = Book(Desk(place, own, Choice.of({"project": "p0"})), PageRequest("/"))
        assert len(other.now.rows) == 0
        assert other.runs == []
    finally:
        place.close()


def test_the_sums_follow_what_is_sent_when_nothing_waits(tmp_path: Path) -> None:
    with served(tmp_path / "l.sqlite") as server:
        assert server.send(activities(30)).status_code == 200
        until_s = time.monotonic() + 20
        while not server.place.writer.idle and time.monotonic() < until_s:
            time.sleep(0.05)
        assert server.place.writer.idle
        with Ledger.open(tmp_path / "l.sqlite") as ledger, ledger._database.reading() as connection:
            from treadlight.ledger.tally import behind

            assert behind(connection) == (0, 0)


def _post(server: Served, root: str) -> str:
    csrf = server.get("/evidence").text.split('name="_csrf" value="')[1].split('"')[0]
    done = server.post("/evidence", data={"_csrf": csrf, "root": root})
    assert (done.status_code, done.headers["location"]) == (303, "/evidence#chain")
    server.place.checker.wait(60)
    return str(server.get("/evidence").text)


def test_everything_is_verified_on_demand_and_the_page_says_what_was_found(tmp_path: Path) -> None:
    with served(tmp_path / "l.sqlite") as server:
        server.send(activities(5, subject=Subject(project="vision")))
        assert "Verified." in _post(server, "")
        assert "up to entry 5" in server.get("/evidence").text
        assert "Broken." in _post(server, "0" * 63 + "1")


def test_who_sees_one_project_cannot_have_the_whole_verified(tmp_path: Path) -> None:
    from serving import secret

    token = secret(tmp_path / "l.sqlite", ("read",), ["vision"])
    with served(tmp_path / "l.sqlite", token=token) as server:
        assert "_csrf" not in server.get("/evidence").text.split('id="chain"')[1].split("</section>")[0]


def test_a_checker_says_why_it_cannot_check(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "l.sqlite") as ledger:
        checker = Checker(str(tmp_path / "nosuch" / "l.sqlite"), ledger)
        checker.start()
        checker.wait(60)
        checker.close()
    assert checker.last is not None
    assert checker.last.found is None
    assert "its directory does not exist" in checker.last.trouble
