"""Runs with their totals, searched and sorted: computed together in one product, kept until the ledger grows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from treadlight.app.account import CATEGORIES
from treadlight.app.components import unread
from treadlight.app.energy import ELECTRICITY, FACILITY
from treadlight.app.web.book import Book
from treadlight.assess.cut import cut
from treadlight.assess.draws import Array
from treadlight.core.category import CATEGORIES as CATEGORY_UNITS
from treadlight.core.errors import InputError
from treadlight.core.quantity import Quantity
from treadlight.ledger.query import Filter
from treadlight.ledger.records import Run, RunStatus
from treadlight.share.findings import component_name

__all__ = ["SORTS", "STATES", "Listed", "arranged", "listed", "matching", "ordered", "totals"]

SORTS = ("start", "name", "status", "duration", "energy", "impact")
STATES = ("running", "finished", "failed", "interrupted", "withdrawn")


@dataclass(frozen=True, slots=True)
class Listed:
    """A run with its electricity and its impact in the leading category; None: unknown, or withdrawn.

    The electricity is that at the devices; `at_the_hall`: only that at the meter of the hall is known. `method` is the
    mark of the impact. `unread` names the components that exist and of which nothing could be read: both numbers are
    then what is known so far.
    """

    run: Run
    energy: Quantity | None
    impact: Quantity | None
    method: str
    at_the_hall: bool = False
    unread: tuple[str, ...] = ()

    @property
    def withdrawn(self) -> bool:
        """Whether all that was recorded of it was taken back."""
        return self.run.status is RunStatus.WITHDRAWN


_Total = tuple[Quantity | None, Quantity | None, str, bool]
_Totals = dict[str, _Total]
_TOGETHER = 500
"""So many runs are computed at once, for the sake of memory."""


def totals(book: Book, runs: Sequence[Run]) -> _Totals:
    """Electricity, impact and mark of these runs, by id; what a run cost is computed once, and again if it changes."""
    desk = book.desk
    marks = desk.table.states
    whose = desk.principal.projects
    held: dict[tuple[str, int], _Total] = desk.kept(("run totals", whose, book.category, desk.method), dict)
    wanted = [(run.id, marks[run.id]) for run in runs if run.id in marks]
    new = [key for key in wanted if key not in held]
    for i in range(0, len(new), _TOGETHER):
        part = dict(new[i : i + _TOGETHER])
        for run, total in _totals(book, frozenset(part)).items():
            held[(run, part[run])] = total
    return {key[0]: held[key] for key in wanted if key in held}


def _totals(book: Book, runs: frozenset[str]) -> _Totals:
    desk = book.desk
    rows = desk.table.by_run(desk.seen(Filter(runs=runs)))
    found = cut(rows, desk.library, desk.method, categories=CATEGORIES, draws=desk.draws, seed=desk.seed)
    impacts = _quantities(found.along(book.category, "tag"), CATEGORY_UNITS[book.category].unit)
    energy = {flow: _quantities(found.amounts(flow, "tag"), "kWh") for flow in (ELECTRICITY, FACILITY)}
    marks = book.marks(found, "tag")
    stated = {(run, flow) for run, flow in rows.sums("tag", "flow") if flow in energy}
    totals = {}
    for run, impact in impacts.items():
        flow = next((flow for flow in energy if (run, flow) in stated), "")
        known = energy[flow].get(run) if flow else None
        totals[run] = known, impact, marks.get(run, "unknown"), flow == FACILITY
    return totals


def _quantities(found: Mapping[str, Array], unit: str) -> dict[str, Quantity | None]:
    """Intervals of draws by run; None where nothing is known."""
    if not found:
        return {}
    samples = np.stack(list(found.values()))
    known = [bool(np.any(row)) for row in samples]
    ends = np.quantile(samples, (0.05, 0.5, 0.95), axis=1).T.tolist()
    return {run: Quantity(unit, *q) if there else None for run, q, there in zip(found, ends, known, strict=True)}


def listed(book: Book, runs: Sequence[Run]) -> list[Listed]:
    """Runs with what they cost."""
    known = totals(book, runs)
    nothing: _Total = (None, None, "unknown", False)
    withdrawn = RunStatus.WITHDRAWN
    return [
        Listed(run, *nothing) if run.status is withdrawn else Listed(run, *known.get(run.id, nothing), _unread(run))
        for run in runs
    ]


def _unread(run: Run) -> tuple[str, ...]:
    return tuple(dict.fromkeys(component_name(channel.component) for channel in unread(run)))


def arranged(book: Book, runs: Sequence[Run], sort: str, place: slice, *, ascending: bool) -> list[Listed]:
    """One page of the runs by one column; the others are only computed where the order depends on it."""
    if sort in ("energy", "impact"):
        return ordered(listed(book, runs), sort, ascending=ascending)[place]
    plain = ordered([Listed(run, None, None, "unknown") for run in runs], sort, ascending=ascending)
    return listed(book, [row.run for row in plain[place]])


def matching(runs: Sequence[Run], text: str, status: str) -> list[Run]:
    """Runs in whose name, id, project, team, system or stage every word of `text` occurs, and that stand so."""
    if status and status not in STATES:
        raise InputError("unknown state", field="status", value=status, remedy=f"use one of {', '.join(STATES)}")
    words = text.lower().split()

    def about(run: Run) -> str:
        s = run.subject
        return " ".join((run.id, run.name, s.project, s.team, s.system, run.stage)).lower()

    return [r for r in runs if (not status or r.status == status) and all(word in about(r) for word in words)]


def ordered(rows: Sequence[Listed], sort: str, *, ascending: bool) -> list[Listed]:
    """Rows by one column; what is unknown comes last either way."""
    if sort not in SORTS:
        raise InputError("unknown order", field="sort", value=sort, remedy=f"use one of {', '.join(SORTS)}")
    keys: dict[str, Callable[[Listed], Any]] = {
        "start": lambda row: row.run.start,
        "name": lambda row: row.run.name.lower(),
        "status": lambda row: str(row.run.status),
        "duration": lambda row: row.run.duration_s,
        "energy": lambda row: row.energy.p50 if row.energy else None,
        "impact": lambda row: row.impact.p50 if row.impact else None,
    }
    key = keys[sort]
    known = [row for row in rows if key(row) is not None]
    return sorted(known, key=key, reverse=not ascending) + [row for row in rows if key(row) is None]
