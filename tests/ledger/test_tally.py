"""Sums kept ready: whatever was appended, corrected or withdrawn, they say what a GROUP BY says, also after a kill."""

import signal
import subprocess
import sys
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

import treadlight
from strategies_ledger import T0, activity
from treadlight.core.activity import Activity, Subject
from treadlight.ledger.months import month_after
from treadlight.ledger.query import Filter
from treadlight.ledger.records import GroupSum
from treadlight.ledger.store import Ledger

DIMS = ("component", "project", "run")
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
FILTERS = (
    Filter(),
    Filter(project="p1"),
    Filter(run="run-2"),
    Filter(since=datetime(2026, 4, 1, tzinfo=UTC), until=datetime(2026, 6, 1, tzinfo=UTC)),
    Filter(component="gpu", runs=frozenset({"run-0", "run-1"})),
    Filter(projects=frozenset({"p0", "p2"})),
)

Said = dict[tuple[object, ...], tuple[float, int]]


def untallied(ledger: Ledger) -> Ledger:
    """The same ledger, asked without the sums kept ready."""
    plain = copy(ledger)
    plain._tallied = False
    return plain


def _said(groups: list[tuple[object, GroupSum]]) -> Said:
    found: Said = {}
    for tag, g in groups:
        key = (tag, g.flow, g.zone, g.period, g.cause, g.component, g.project, g.team, g.run, g.uncertainty)
        amount, count = found.get(key, (0.0, 0))
        found[key] = amount + g.amount, count + g.count
    return found


def same(one: Said, other: Said) -> None:
    assert one.keys() == other.keys()
    for key, (amount, count) in one.items():
        assert count == other[key][1]
        assert amount == pytest.approx(other[key][0], rel=1e-9)


def check(ledger: Ledger) -> None:
    """Everything that can be asked of the sums is as it is without them."""
    plain = untallied(ledger)
    for f in FILTERS:
        same(_said([("", g) for g in ledger.sums(f, DIMS)]), _said([("", g) for g in plain.sums(f, DIMS)]))
        until = month_after(SINCE, 11)
        same(_said(list(ledger.months(f, SINCE, until))), _said(list(plain.months(f, SINCE, until))))
        assert ledger.extent(f) == plain.extent(f)
    same(_counted(ledger), _counted(plain))


def _counted(ledger: Ledger) -> Said:
    found: Said = {}
    for number, month, run, amount, count in ledger.counts()[1]:
        before = found.get((number, month, run), (0.0, 0))
        found[(number, month, run)] = before[0] + amount, before[1] + count
    return found


def numbered(n: int, month: int, **changes: object) -> Activity:
    start = T0 + timedelta(days=30 * month, minutes=n)
    return activity(n, start=start, end=start + timedelta(minutes=1), **changes)


amounts = st.floats(0.0, 1e6, allow_nan=False)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("new"), st.integers(0, 15), st.integers(0, 6), amounts),
        st.tuples(st.just("again"), st.integers(0, 15), st.integers(0, 6), amounts),
        st.tuples(st.just("correct"), st.integers(0, 15), st.integers(0, 15), amounts),
        st.tuples(st.just("withdraw"), st.integers(0, 15), st.just(0), amounts),
        st.tuples(st.just("tally"), st.integers(1, 6), st.just(0), st.just(0.0)),
    ),
    min_size=1,
    max_size=14,
)


def take(ledger: Ledger, step: tuple[str, int, int, float], round_: str) -> None:
    """One thing that may happen to a ledger."""
    kind, n, other, amount = step
    if kind == "tally":
        ledger.tally(n)
        return
    item = numbered(n, other if kind in ("new", "again") else n % 7, amount=amount)
    item = replace(item, id=f"{round_}-{n}", subject=Subject(project=f"p{n % 4}"))
    if kind == "again":  # another version of what may be known
        item = replace(item, amount=amount + 1.0, component="memory")
    if kind == "correct":  # of what may come later, and of what may be corrected already
        item = replace(item, id=f"{round_}-c{n}", supersedes=f"{round_}-{other}")
    if kind == "withdraw":  # a correction that corrects nothing any more, so that what it replaced stands again
        item = replace(item, id=f"{round_}-c{n}", supersedes="")
    ledger.append([item])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=steps)
def test_the_sums_kept_ready_are_those_of_a_group_by(ledger: Ledger, found: list[tuple[str, int, int, float]]) -> None:
    round_ = str(ledger.head()[1])
    for step in found:
        take(ledger, step, round_)
    check(ledger)
    while ledger.tally(3):
        pass
    check(ledger)
    assert ledger.verify().ok


def test_what_is_corrected_after_it_was_counted_is_counted_anew(ledger: Ledger) -> None:
    first = activity(1, amount=5.0)
    ledger.append([first, activity(5, amount=1.0)])
    assert ledger.tally() == 0
    ledger.append([activity(9, amount=2.0, supersedes=first.id)])
    assert sum(g.amount for g in ledger.sums()) == pytest.approx(3.0)
    assert ledger.tally() == 0
    assert sum(g.amount for g in ledger.sums()) == pytest.approx(3.0)
    check(ledger)


def test_a_sum_that_was_changed_by_hand_is_found(place: str) -> None:
    with Ledger.open(place) as ledger:
        ledger.append([activity(i) for i in range(20)])
        ledger.tally()
        assert ledger.verify().ok
        with ledger._database.writing() as connection:
            connection.execute(text("UPDATE tally SET amount = amount * 2 WHERE run = 'run-1'"))
        found = ledger.verify()
    assert not found.ok
    assert "the table tally says otherwise" in found.reason


_WRITE = """
import sys
from strategies_ledger import activity
from treadlight.ledger.store import Ledger
with Ledger.open(sys.argv[1]) as ledger:
    for n in range(100_000):
        supersedes = activity(n - 7).id if n % 5 == 0 and n > 7 else ""
        ledger.append([activity(n, supersedes=supersedes)])
        ledger.tally(1 + n % 3)
        if n == 10:
            print("ready", flush=True)
"""


@pytest.mark.parametrize("after_s", (0.0, 0.1, 0.5))
def test_a_kill_in_the_middle_leaves_sums_that_hold(place: str, after_s: float) -> None:
    Ledger.open(place).close()
    paths = [str(Path(treadlight.__file__).parents[1]), str(Path(__file__).parents[1])]
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITE, place], env={"PYTHONPATH": ":".join(paths)}, stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"
    with pytest.raises(subprocess.TimeoutExpired):
        writer.wait(after_s)
    writer.send_signal(signal.SIGKILL)
    writer.communicate()
    with Ledger.open(place) as ledger:
        assert ledger.head()[1] > 10
        check(ledger)
        while ledger.tally(50):
            pass
        check(ledger)
        assert ledger.verify().ok


def test_the_chain_is_checked_further_from_where_it_was(place: str) -> None:
    with Ledger.open(place) as ledger:
        assert ledger.checked().at is None
        ledger.append([activity(i) for i in range(30)])
        assert ledger.check_further(20).entries == 20
        assert ledger.check_further(20).entries == 30
        assert (ledger.checked().root, ledger.checked().entries) == ledger.head()
        ledger.append([activity(30, supersedes=activity(3).id)])
        found = ledger.check_further(20)
        assert (found.ok, found.entries) == (True, 31)


def test_a_check_of_what_is_new_finds_what_is_broken_in_it_and_where_it_goes_on_from(place: str) -> None:
    with Ledger.open(place) as ledger:
        ledger.append([activity(i) for i in range(10)])
        ledger.check_further(5)
        with ledger._database.writing() as connection:
            connection.execute(text("UPDATE entry SET at = '2020' WHERE seq = 8"))
        found = ledger.check_further(100)
        assert (found.ok, found.broken, ledger.checked().entries) == (False, 8, 5)
        with ledger._database.writing() as connection:
            connection.execute(text(f"UPDATE entry SET hash = '{'0' * 63}1' WHERE seq = 5"))
        assert ledger.check_further(100).broken == 5


def test_a_ledger_that_cannot_be_read_is_said_to_be_so_and_never_sound(place: str) -> None:
    with Ledger.open(place) as ledger:
        ledger.append([activity(1)])
        with ledger._database.writing() as connection:
            connection.execute(text("DROP TABLE progress"))
        found = ledger.check_further(10)
    assert not found.ok
    assert found.reason.startswith("the database cannot be read: ")
