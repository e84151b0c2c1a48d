import math
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs
from sqlalchemy import func, select

import treadlight
from strategies import activities, items
from strategies_ledger import T0, activity, run
from treadlight.core.activity import Activity, Location
from treadlight.core.errors import ConfigError, InputError, LedgerError, MissingExtraError, NotFoundError
from treadlight.ledger.codec import Item
from treadlight.ledger.records import Run, RunStatus, Trace, TraceSeries, Window
from treadlight.ledger.schema import entry
from treadlight.ledger.store import Filter, Ledger


def test_what_is_appended_is_read_back(ledger: Ledger) -> None:
    items_ = [activity(i) for i in range(10)]
    assert ledger.append(items_).appended == 10
    assert list(ledger.activities()) == items_
    assert ledger.activity(items_[3].id) == items_[3]
    assert ledger.verify().ok


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(items, max_size=6, unique_by=lambda i: i.id))
def test_anything_appended_is_read_back_and_verifies(lite: Ledger, found: list[Item]) -> None:
    lite.append(found)
    for item in found:
        if isinstance(item, Activity):
            assert lite.activity(item.id) == item
        elif isinstance(item, Run):
            assert item in lite.runs()
        elif isinstance(item, Window):
            assert item in lite.windows(item.run)
    assert lite.verify().ok


def test_appending_again_changes_nothing(ledger: Ledger) -> None:
    items_ = [activity(i) for i in range(5)]
    root = ledger.append(items_) and ledger.verify().root
    again = ledger.append(items_)
    assert (again.appended, again.skipped, again.superseded) == (0, 5, 0)
    assert ledger.verify().root == root


def test_the_same_id_with_another_content_replaces_and_stays_in_the_chain(ledger: Ledger) -> None:
    first = activity(1)
    ledger.append([first, activity(2)])
    changed = ledger.append([replace(first, amount=9.0)])
    assert (changed.appended, changed.superseded) == (1, 1)
    assert ledger.activity(first.id).amount == 9.0
    assert sum(g.amount for g in ledger.sums()) == pytest.approx(12.0)
    verified = ledger.verify()
    assert (verified.ok, verified.entries) == (True, 3)


def test_versions_within_one_call_leave_the_last(ledger: Ledger) -> None:
    first = activity(1)
    ledger.append([first, replace(first, amount=7.0), replace(first, amount=8.0)])
    assert ledger.activity(first.id).amount == 8.0
    assert ledger.verify().entries == 3
    assert ledger.verify().ok


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_superseded_activities_are_not_summed_whatever_the_order(ledger: Ledger, order: tuple[int, ...]) -> None:
    old = activity(1, amount=5.0)
    new = activity(2, amount=3.0, supersedes=old.id)
    newest = activity(3, amount=2.0, supersedes=new.id)
    chain = [old, new, newest]
    for i in order:
        ledger.append([chain[i]])
        assert ledger.verify().ok
    assert [a.amount for a in ledger.activities()] == [2.0]
    assert len(list(ledger.activities(superseded=True))) == 3
    assert sum(g.amount for g in ledger.sums()) == 2.0


def test_a_correction_that_is_withdrawn_lets_the_old_one_stand(ledger: Ledger) -> None:
    old, new = activity(1, amount=5.0), activity(2, amount=3.0)
    ledger.append([old, replace(new, supersedes=old.id)])
    ledger.append([new])
    assert sorted(a.amount for a in ledger.activities()) == [3.0, 5.0]
    assert ledger.verify().ok


def test_activities_cannot_supersede_themselves(ledger: Ledger) -> None:
    a, b = activity(1), activity(2)
    with pytest.raises(InputError, match="supersedes itself"):
        ledger.append([replace(a, supersedes=a.id)])
    with pytest.raises(InputError, match="supersedes itself"):
        ledger.append([replace(a, supersedes=b.id), replace(b, supersedes=a.id)])
    assert list(ledger.activities()) == []


def test_an_id_keeps_its_kind(ledger: Ledger) -> None:
    ledger.append([activity(1)])
    with pytest.raises(InputError, match="another kind"):
        ledger.append([run(1, id=activity(1).id)])


@pytest.mark.parametrize("period", ["year", "hour"])
@pytest.mark.parametrize("dims", [(), ("component",), ("project", "run"), ("stage", "team", "component")])
def test_sums_agree_with_adding_by_hand(ledger: Ledger, period: str, dims: tuple[str, ...]) -> None:
    ledger.append([activity(i, location=Location(zone="FR" if i % 5 else "DE")) for i in range(120)])
    wanted: dict[tuple[str, ...], float] = defaultdict(float)
    for a in ledger.activities():
        named = {"component": a.component, "project": a.subject.project, "run": a.parent, "stage": "", "team": ""}
        moment = a.start.strftime("%Y" if period == "year" else "%Y-%m-%dT%H")
        wanted[(a.location.zone, moment, *(named[d] for d in dims))] += a.amount
    found = {
        (g.zone, g.period, *(getattr(g, d) for d in dims)): g.amount for g in ledger.sums(dims=dims, period=period)
    }
    assert found == pytest.approx(dict(wanted))
    assert sum(g.count for g in ledger.sums(dims=dims, period=period)) == 120


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(activities(), min_size=1, max_size=8, unique_by=lambda a: a.id))
def test_sums_are_independent_of_order_and_batch(
    tmp_path_factory: pytest.TempPathFactory, found: list[Activity]
) -> None:
    folder = tmp_path_factory.mktemp("sums")
    with Ledger.open(folder / "a.sqlite") as one, Ledger.open(folder / "b.sqlite") as other:
        one.append(found)
        for a in reversed(found):
            other.append([a])
        a_sums, b_sums = one.sums(period="hour"), other.sums(period="hour")
        assert [structs.replace(g, amount=0.0) for g in a_sums] == [structs.replace(g, amount=0.0) for g in b_sums]
        assert [g.amount for g in a_sums] == pytest.approx([g.amount for g in b_sums])
        assert math.fsum(g.amount for g in a_sums) == pytest.approx(math.fsum(a.amount for a in found))


def test_filters_choose_what_they_name(ledger: Ledger) -> None:
    r = run(0, id="run-1", name="mine", status=RunStatus.FAILED)
    ledger.append([activity(i) for i in range(12)] + [r])

    def count(**names: object) -> int:
        found = len(list(ledger.activities(Filter(**names))))  # type: ignore[arg-type]
        assert found == sum(g.count for g in ledger.sums(Filter(**names)))  # type: ignore[arg-type]
        return found

    assert count() == 12
    assert count(run="run-1") == 3
    assert count(project="p0") == 4
    assert count(component="cpu", project="p0") == 2
    assert count(flow="water.site") == count(stage="training") == count(team="x") == 0
    assert count(since=T0 + timedelta(minutes=2), until=T0 + timedelta(minutes=5)) == 3
    assert count(name="mine") == count(status="failed") == 3
    assert ledger.runs(Filter(component="cpu"))[0].id == "run-1"
    assert ledger.runs(Filter(component="cpu", flow="water.site")) == []
    with pytest.raises(InputError, match="time zone"):
        Filter(since=datetime(2026, 1, 1))  # noqa: DTZ001 (the point)


def test_runs_are_listed_newest_first_or_as_asked(ledger: Ledger) -> None:
    ledger.append([run(1), run(3), run(2)])
    assert [r.name for r in ledger.runs()] == ["train 3", "train 2", "train 1"]
    assert [r.name for r in ledger.runs(limit=1)] == ["train 3"]
    assert [r.name for r in ledger.runs(sort="name", descending=False)] == ["train 1", "train 2", "train 3"]
    assert [r.name for r in ledger.runs(sort="duration")] == ["train 1", "train 2", "train 3"]
    assert [r.name for r in ledger.runs(Filter(project="p2"))] == ["train 2"]
    assert [r.name for r in ledger.runs(Filter(run=run(1).id))] == ["train 1"]
    with pytest.raises(InputError, match="unknown order"):
        ledger.runs(sort="colour")


def test_a_run_is_found_by_last_id_prefix_and_name(ledger: Ledger) -> None:
    with pytest.raises(NotFoundError, match="holds no run"):
        ledger.run("last")
    ledger.append([run(1), run(2), run(3, name="train 1"), run(4, name="%")])
    assert ledger.run("last") == run(4, name="%")
    assert ledger.run(run(1).id) == run(1)
    assert ledger.run("train 2") == run(2)
    assert ledger.run(run(2).id[:13]) == run(2)
    with pytest.raises(NotFoundError, match="2 runs have this name"):
        ledger.run("train 1")
    with pytest.raises(NotFoundError, match="begins more than one id"):
        ledger.run(run(1).id[:4])
    for nothing in ("", "nope", "_"):
        with pytest.raises(NotFoundError, match="no such run"):
            ledger.run(nothing)


def test_the_last_version_of_a_run_stands(ledger: Ledger) -> None:
    ledger.append([run(1, status=RunStatus.RUNNING)])
    ledger.append([run(1)])
    assert [r.status for r in ledger.runs()] == [RunStatus.FINISHED]
    assert ledger.runs(Filter(status="running")) == []


def test_windows_and_trace_belong_to_their_run(ledger: Ledger) -> None:
    inner = Window("w2", "r", "inner", T0, 2.0, 3.0, (("k", "cpu", 1.0, 0.5, "point(1.0)"),), {"samples": 3.0})
    outer = Window("w1", "r", "outer", T0, 2.0, 9.0, ())
    trace = Trace("t", "r", (0.0, 1.0), (TraceSeries("k", "cpu", (None,), (1.5,)),))
    ledger.append([inner, outer, trace, replace(inner, id="w3", run="other")])
    assert ledger.windows("r") == [outer, inner]
    assert ledger.trace("r") == trace
    assert ledger.trace("other") is None


def test_dimension_and_period_must_be_known(lite: Ledger) -> None:
    with pytest.raises(InputError, match="dims"):
        lite.sums(dims=("colour",))
    with pytest.raises(InputError, match="period"):
        lite.sums(period="day")


def test_nothing_is_half_written_when_one_item_is_bad(lite: Ledger) -> None:
    with pytest.raises(InputError):
        lite.append([activity(1), run(1, duration_s=math.nan)])
    assert lite.verify().entries == 0


def test_a_failed_append_leaves_the_ledger_usable(lite: Ledger) -> None:
    with pytest.raises(InputError, match="supersedes itself"):
        lite.append([activity(1, supersedes=activity(2).id), activity(2, supersedes=activity(1).id)])
    lite.append([activity(1)])
    assert lite.verify().ok


def test_a_missing_directory_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=r"directory does not exist.*mkdir -p"):
        Ledger.open(tmp_path / "no" / "such" / "ledger.sqlite")
    with Ledger.open(tmp_path / "no" / "such" / "ledger.sqlite", parents=True) as opened:
        assert opened.runs() == []


def test_what_is_no_ledger_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not a database, but long enough to be looked at" * 50)
    with pytest.raises(LedgerError, match="not a database"):
        Ledger.open(tmp_path / "text")
    connection = sqlite3.connect(tmp_path / "other.sqlite")
    connection.execute("CREATE TABLE cats (name TEXT)")
    connection.close()
    with pytest.raises(LedgerError, match="is no ledger"):
        Ledger.open(tmp_path / "other.sqlite")
    with pytest.raises(LedgerError, match="is a directory"):
        Ledger.open(tmp_path)
    with pytest.raises(ConfigError, match="unknown kind of database"):
        Ledger.open("mysql://host/db")
    with pytest.raises(ConfigError, match="is not a URL"):
        Ledger.open("post gres://[")


def test_strange_file_names_work(tmp_path: Path) -> None:
    for name in ("with space?.sqlite", "per%20cent#.sqlite", "é.sqlite"):
        with Ledger.open(tmp_path / name) as opened:
            opened.append([activity(1)])
        assert (tmp_path / name).exists()


def test_a_server_that_is_not_there_is_one_clear_error() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(LedgerError, match="database says") as caught:
        Ledger.open("postgresql://nobody:secret@127.0.0.1:9/none")
    assert "secret" not in str(caught.value)


def test_postgres_without_its_driver_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtraError, match=r"treadlight\[postgres\]"):
        Ledger.open("postgresql://localhost/x")


AS_NOBODY = """
import os, sys
from dataclasses import replace
from treadlight.core.errors import LedgerError
from treadlight.ledger.store import Ledger
def look():
    with Ledger.open(sys.argv[1]) as ledger:
        found = list(ledger.activities())
        assert len(found) == 3 and ledger.verify().ok
        return found
look()  # as root, so that every module is loaded
os.setgid(65534); os.setuid(65534)
found = look()
with Ledger.open(sys.argv[1]) as ledger:
    try:
        ledger.append([replace(found[0], id="new")])
    except LedgerError as error:
        print(error)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become nobody")
def test_a_read_only_ledger_can_be_read_and_says_why_it_cannot_be_written(tmp_path: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="tl-ro-"))
    try:
        path = folder / "ledger.sqlite"
        with Ledger.open(path) as opened:
            opened.append([activity(i) for i in range(3)])
        folder.chmod(0o555)
        path.chmod(0o444)
        done = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, str(path)], env=_env(), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "readonly database" in done.stdout
        assert "make it writable" in done.stdout
        assert len(done.stdout.splitlines()) == 1
    finally:
        shutil.rmtree(folder)


def test_a_full_disk_is_one_clear_error_and_nothing_is_half_written(lite: Ledger) -> None:
    lite.append([activity(i) for i in range(50)])
    engine = lite._database.engine
    with engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        pages = raw.execute("PRAGMA page_count").fetchone()[0]  # type: ignore[attr-defined]
        raw.execute(f"PRAGMA max_page_count={pages + 2}")  # type: ignore[attr-defined]
    with pytest.raises(LedgerError, match=r"full.*free some space"):
        lite.append([activity(i) for i in range(50, 2000)])
    found = lite.verify()
    assert (found.ok, found.entries) == (True, 50)


def _env() -> dict[str, str]:
    import treadlight

    return os.environ | {"PYTHONPATH": str(Path(treadlight.__file__).parents[1])}


def test_a_reader_sees_one_state_while_others_write(place: str) -> None:
    when = datetime(2026, 1, 1, tzinfo=UTC)
    with Ledger.open(place) as reader, Ledger.open(place) as writer:
        with reader._database.reading() as connection:
            counts = select(func.count()).select_from(entry)
            before = connection.scalar(counts)
            writer.append([Run("a", "a", RunStatus.FINISHED, when, when, 0.0)])
            assert connection.scalar(counts) == before == 0
        assert reader.head()[1] == 1


def test_what_could_not_be_read_again_is_never_written(lite: Ledger) -> None:
    when = datetime(2026, 1, 1, tzinfo=UTC)
    labels: Any = {"a": {"b": 1}}
    with pytest.raises(InputError, match="does not fit its schema"):
        lite.append([Run("a", "a", RunStatus.FINISHED, when, when, 0.0, labels=labels)])
    assert lite.head()[1] == 0
    assert lite.verify().ok


def test_a_whole_append_is_all_or_nothing_beyond_one_transaction(lite: Ledger) -> None:
    when = datetime(2026, 1, 1, tzinfo=UTC)
    many = [Run(f"r{i}", "a", RunStatus.FINISHED, when, when, 0.0) for i in range(5001)]
    clash = Window("r0", "r0", "w", when, 0.0, 1.0, ())
    with pytest.raises(InputError, match="id of another kind"):
        lite.append([*many, clash], whole=True)
    assert lite.head()[1] == 0
    lite.append(many, whole=True)
    assert lite.head()[1] == 5001


LET_GO = """
import gc, sqlite3, sys
from treadlight.ledger import database
from treadlight.ledger.store import Ledger

opened = []
def remembered(path):
    opened.append(sqlite3.connect(path, check_same_thread=False))
    return opened[-1]
database._open_file = remembered

def is_open(connection):
    try:
        return bool(connection.execute("SELECT 1"))
    except sqlite3.ProgrammingError:
        return False

ledger = Ledger.open(sys.argv[1])
ledger.runs()
assert any(map(is_open, opened))
del ledger
gc.collect()
assert opened and not any(map(is_open, opened))
"""


def test_a_ledger_that_is_let_go_closes_its_connections(tmp_path: Path) -> None:
    env = os.environ | {"PYTHONPATH": str(Path(treadlight.__file__).parents[1])}
    subprocess.run([sys.executable, "-c", LET_GO, tmp_path / "l.sqlite"], env=env, check=True)
