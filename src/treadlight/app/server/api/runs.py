"""Runs: in, whole; and out, as a list and one by one with their windows."""

import asyncio
from dataclasses import replace
from typing import Annotated, Any, cast

from msgspec import Meta, Raw, Struct

from treadlight.app.account import account_of
from treadlight.app.energy import ELECTRICITY, FACILITY, energy_at_hall, energy_by, energy_quantity
from treadlight.app.forms import account_form, quantity_form, run_form
from treadlight.app.runs import live, matches, run_facts
from treadlight.app.server.api.activities import Taken, check_projects, take_in
from treadlight.app.server.cursors import read_cursor, write_cursor
from treadlight.app.server.operation import Call, NoQuery, Operation
from treadlight.app.server.principal import Scope
from treadlight.app.server.shapes import Chosen, Limit, Methodical, Named, Quantity, as_shape
from treadlight.app.withdrawing import as_they_stand
from treadlight.assess.draws import shared_draws
from treadlight.assess.grouping import group_activities
from treadlight.ledger.codec import Item, body_of, noun_of, schema_of
from treadlight.ledger.encoded import Encoded
from treadlight.ledger.query import Filter
from treadlight.ledger.records import GroupSum, Run, RunStatus, Trace, Window
from treadlight.ledger.wire import ActivityBody, encoded_item, ready

RunBody: Any = schema_of(Run)
WindowBody: Any = schema_of(Window)
TraceBody: Any = schema_of(Trace)

_NEWEST = "9999", 0
"""Where the recorded runs begin, as a cursor says it: after none."""


class WholeRun(Struct, forbid_unknown_fields=True):
    """A run with what belongs to it: all of it is taken in, or nothing."""

    run: RunBody
    activities: Annotated[list[ActivityBody], Meta(max_length=10_000)] = []
    windows: Annotated[list[WindowBody], Meta(max_length=10_000)] = []
    trace: TraceBody | None = None


class Going(Struct):
    """Runs that go on, newest first, as far as the server knows of them; nothing of them is final."""

    runs: list[WholeRun]


class _WrittenRun(Struct):
    run: Raw
    activities: list[Raw]
    windows: list[Raw]
    trace: Raw | None


class _Written(Struct):
    runs: list[_WrittenRun]


class Heard(Struct):
    """Whether it told more of the run than was known; else the run has ended, or more was told before."""

    news: bool


class RunRow(Struct):
    """One run, as lists show it."""

    id: str
    name: str
    status: str
    start: str
    end: str
    duration_s: float
    energy_kwh: Quantity
    facility_energy_kwh: Quantity
    project: str
    team: str
    stage: str
    labels: dict[str, str]


class RunsQuery(Chosen, forbid_unknown_fields=True, kw_only=True):
    """Which runs, from where on."""

    limit: Limit = 100
    cursor: Named = ""


class RunsPage(Struct):
    """Runs, newest first; those still going that this server sees stand on the first page, before the others.

    If more go on than fit on it, only the newest of them are there; ``/live`` gives all.
    """

    runs: list[RunRow]
    next: str | None


class RunAccount(Struct):
    """The account of one run, as ``treadlight show --json`` prints it."""

    schema: str
    run: dict[str, Any]
    components: list[dict[str, Any]]
    footprint: dict[str, Any]


class WindowRow(Struct):
    """A named part of a run; windows may nest and overlap, and are never summed."""

    id: str
    name: str
    t0_s: float
    t1_s: float
    status: str
    energy_kwh: Quantity
    gwp_of_use: Quantity
    counts: dict[str, float]
    per_unit: list[dict[str, Any]]


class WindowsOfRun(Struct):
    """The windows of a run, and how the run stands."""

    run: str
    status: str
    windows: list[WindowRow]


async def _take(call: Call) -> Taken:
    return await take_in(call, _parts(call.body))


async def _hear(call: Call) -> Heard:
    return await asyncio.to_thread(_heard, call)


def _heard(call: Call) -> Heard:
    run, parts, principal = noun_of(Run, call.body.run), _parts(call.body), call.desk.principal
    check_projects(parts, principal)
    news, new = False, call.place.holding.take(principal.id, run.id)
    try:
        news = call.place.access.told.hear(cast(Run, run), parts, principal.projects)
    finally:
        if new and not news:
            call.place.holding.release(principal.id, run.id)
    return Heard(news)


def _going(call: Call) -> _Written:
    return _Written([
        _WrittenRun(
            raw(f.run), [raw(a) for a in f.activities], [raw(w) for w in f.windows], raw(f.trace) if f.trace else None
        )
        for f in live(call.desk)
    ])  # fmt: skip


def raw(item: Item) -> Raw:
    """An item as its kind is written."""
    return Raw(body_of(item).encode())


def _parts(body: WholeRun) -> list[Encoded]:
    parts = [encoded_item(Run, body.run), *(encoded_item(Window, w) for w in body.windows)]
    parts += [encoded_item(Trace, body.trace)] if body.trace is not None else []
    return [*parts, *ready(body.activities)]


def _page(call: Call) -> RunsPage:
    query: RunsQuery = call.query
    before = read_cursor(query.cursor, tuple[str, int]) if query.cursor else None
    going = _live(call, query.filter, query.limit) if before is None else []
    left = query.limit - len(going)
    found = call.desk.ledger.runs_before(_recorded(query.filter), before=before, limit=left) if left else []
    after = found[-1][0] if found else _NEWEST
    runs = [run for _, run in found]
    ledger, groups = call.desk.ledger, list[GroupSum]()
    for flow in (ELECTRICITY, FACILITY) if runs else ():
        groups += ledger.sums(Filter(flow=flow, runs=frozenset(run.id for run in runs)), dims=("run", "component"))
    rows = _rows(call, as_they_stand(ledger, runs, groups), groups)
    rows = [row for row in rows if query.status in (None, row.status)]
    return RunsPage(going + rows, write_cursor(after) if len(found) == left else None)


def _recorded(f: Filter) -> Filter:
    """What the ledger is asked for: that a run was withdrawn is not recorded, but follows from its activities."""
    return replace(f, status=None) if f.status == RunStatus.WITHDRAWN else f


def _rows(call: Call, runs: list[Run], groups: list[GroupSum]) -> list[RunRow]:
    """Runs with their electricity, at the devices and at the meter of the hall."""
    draws = shared_draws(call.desk.draws, call.desk.seed)
    devices = energy_by(groups, _run, draws)
    halls = energy_at_hall(groups, _run, call.desk.library, draws)
    found = []
    for run in runs:
        energy, facility = (None if by.get(run.id) is None else energy_quantity(by[run.id]) for by in (devices, halls))
        form = run_form(run, energy) | {"facility_energy_kwh": quantity_form(facility, "kWh")}
        found.append(as_shape(form, RunRow))
    return found


def _run(group: GroupSum) -> str:
    return group.run


def _live(call: Call, chosen: Filter, most: int) -> list[RunRow]:
    """Runs that have not come to the ledger yet, the newest first."""
    going = sorted((f for f in live(call.desk) if matches(f, chosen)), key=lambda f: f.run.start, reverse=True)[:most]
    groups = group_activities([a for folded in going for a in folded.activities])
    return _rows(call, [folded.run for folded in going], groups)


def _account(call: Call) -> RunAccount:
    facts = run_facts(call.desk, call.params["ref"])
    form = account_form(account_of(facts, call.desk, call.query.method))
    return RunAccount(form["schema"], form["run"], form["components"], form["footprint"])


def _windows(call: Call) -> WindowsOfRun:
    facts = run_facts(call.desk, call.params["ref"])
    form = account_form(account_of(facts, call.desk, call.query.method))
    windows = as_shape(form["run"]["windows"], list[WindowRow])
    return WindowsOfRun(facts.run.id, str(facts.run.status), windows)


OPERATIONS = (
    Operation(
        "POST", "/runs", "Take in a run with its windows, its trace and activities", Scope.INGEST, Taken, _take,
        body=WholeRun, tags=("in",),
    ),
    Operation(
        "POST", "/live", "Tell of a run that goes on: nothing of it is final, and its end replaces all of it",
        Scope.INGEST, Heard, _hear, body=WholeRun, tags=("in",),
    ),
    Operation(
        "GET", "/live", "Runs that go on, with what is known of them so far", Scope.READ, Going, _going, NoQuery,
        tags=("out",),
    ),
    Operation("GET", "/runs", "Runs, page by page", Scope.READ, RunsPage, _page, RunsQuery, tags=("out",)),
    Operation(
        "GET", "/runs/{ref}", "The account of a run: an id, the beginning of one, a name, or last", Scope.READ,
        RunAccount, _account, Methodical, tags=("out",),
    ),
    Operation(
        "GET", "/runs/{ref}/windows", "The windows of a run, also while it is going", Scope.READ, WindowsOfRun,
        _windows, Methodical, tags=("out",),
    ),
)  # fmt: skip
