"""What pages are made from without asking the database: the same as it says, and nothing of other projects."""

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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
from treadlight.core.activity import Activity, Subject
from treadlight.core.errors import LedgerError
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


def _steps(n: int) -> list[Activity]:
    """What arrives one after the other: of known and new runs and projects, again, corrected, corrected once more."""
    return [
        activity(100 + n, cause=f"cause {n % 3}", amount=n + 0.5),
        activity(2) if n % 3 else activity(101, amount=7.0 + n),  # known already; or another version of it
        activity(200 + n, supersedes=activity(n).id) if n % 2 else activity(300 + n, subject=Subject(project=f"x{n}")),
    ]


@given(st.lists(st.integers(0, 8), min_size=1, max_size=6), st.booleans())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_table_that_grew_is_the_one_that_would_be_made_anew(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int], tallied: bool
) -> None:
    with _filled(tmp_path_factory.mktemp("l") / "l.sqlite") as ledger:
        shelf = Shelf(ledger)
        for i, n in enumerate(steps):
            shelf.table(f"{i}").months(Filter(project="p1"))
            ledger.append(_steps(n))
            if tallied and i % 2:
                ledger.tally()
        grown, anew = shelf.table("end"), Shelf(ledger).table("")
        for f in FILTERS:
            assert _said(grown.months(f)) == _said(anew.months(f))
            assert _said(grown.by_run(f)) == _said(anew.by_run(f))
            assert grown.extent(f) == anew.extent(f)
            assert grown.runs_with(f) == anew.runs_with(f)
        assert grown.nothing == anew.nothing


def test_what_is_new_is_read_without_what_was_there(tmp_path: Path) -> None:
    with _filled(tmp_path / "l.sqlite") as ledger:
        entries, _ = ledger.counts()
        ledger.append([activity(70, amount=3.0)])
        found = ledger.counts_after(entries)
        assert found is not None
        assert [(amount, count) for *_, amount, count in found[1]] == [(3.0, 1)]
        ledger.append([activity(71, supersedes=activity(3).id)])
        assert ledger.counts_after(entries) is None


def test_a_run_of_which_all_was_taken_back_is_withdrawn(tmp_path: Path) -> None:
    with _filled(tmp_path / "l.sqlite") as ledger:
        mine = [activity(500 + i, parent=run(2).id, amount=2.0) for i in range(2)]
        ledger.append([*mine, activity(510, parent=run(1).id, amount=0.0)])
        assert {str(r.status) for r in Shelf(ledger).runs("")} == {"finished"}
        ledger.append([replace(a, id=f"{a.id}-0", supersedes=a.id, amount=0.0) for a in mine])
        states = {r.name: str(r.status) for r in Shelf(ledger).runs("")}
        assert states == {"train 1": "finished", "train 2": "withdrawn"}
        with served(tmp_path / "l.sqlite") as server:
            rows = {row["name"]: row for row in server.get("/api/v1/runs").json()["runs"]}
            assert (rows["train 1"]["status"], rows["train 2"]["status"]) == ("finished", "withdrawn")
            listed = server.get("/runs?status=withdrawn").text
            assert "train 2" in listed
            assert "train 1" not in listed


def test_electricity_at_the_meter_of_a_hall_is_listed_as_such(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "l.sqlite") as ledger:
        ledger.append([run(1), activity(1, parent=run(1).id, amount=4.0, flow="electricity.facility")])
    with served(tmp_path / "l.sqlite") as server:
        (row,) = server.get("/api/v1/runs").json()["runs"]
        assert row["energy_kwh"]["p50"] is None
        assert row["facility_energy_kwh"]["p50"] == pytest.approx(4.0, rel=0.02)
        assert "at the meter of the hall" in server.get("/runs").text


def test_the_api_verifies_what_is_there_now(tmp_path: Path) -> None:
    with served(tmp_path / "l.sqlite") as server:
        server.send(activities(5))
        found = server.get("/api/v1/verify").json()
        assert (found["ok"], found["entries"]) == (True, 5)
        server.send(activities(3, first=5))
        later = server.get(f"/api/v1/verify?root={found['root']}").json()
        assert (later["ok"], later["entries"]) == (True, 8)
        with Ledger.open(tmp_path / "l.sqlite") as ledger, ledger._database.writing() as connection:
            connection.exec_driver_sql("UPDATE entry SET body = replace(body, 'gpu', 'cpu') WHERE seq = 3")
        broken = server.get("/api/v1/verify").json()
        assert (broken["ok"], broken["broken"]) == (False, 3)


def test_who_asks_for_the_same_check_waits_for_one(tmp_path: Path) -> None:
    with _filled(tmp_path / "l.sqlite") as ledger:
        checker = Checker(str(tmp_path / "l.sqlite"), ledger)
        under_way = checker.ask()
        asked = [checker.ask("1" * 64) for _ in range(3)]
        assert under_way.result(60).found is not None
        assert [f.result(60).found for f in asked] == [asked[0].result(60).found] * 3
        found = asked[0].result(60).found
        assert found is not None
        assert not found.ok
        checker.close()
        with pytest.raises(LedgerError, match="is not checked any more"):
            checker.ask()


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


def test_a_checker_outlives_a_database_that_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("treadlight.app.server.checker._EVERY_S", 0.01)
    with Ledger.open(tmp_path / "l.sqlite") as ledger:
        ledger.append(activities(3))
        tried = threading.Event()

        def away() -> tuple[str, int]:
            tried.set()
            raise LedgerError("does not answer", field="ledger")

        with monkeypatch.context() as gone:
            gone.setattr(ledger, "head", away)
            checker = Checker(str(tmp_path / "l.sqlite"), ledger)
            checker.follow()
            assert tried.wait(60)
        found = checker.ask().result(60).found
        assert found is not None and found.ok
        until_s = time.monotonic() + 60
        while ledger.checked().entries < 3 and time.monotonic() < until_s:
            time.sleep(0.05)
        checker.close()
        assert ledger.checked().entries == 3
