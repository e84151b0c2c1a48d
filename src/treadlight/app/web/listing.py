"""Runs with their totals, searched and sorted: computed together in one product, kept until the ledger grows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from treadlight.app.account import CATEGORIES
from treadlight.app.web.book import Book
from treadlight.assess.cut import cut
from treadlight.core.errors import InputError
from treadlight.core.quantity import Quantity
from treadlight.ledger.records import Run
from treadlight.share.marks import weakest

__all__ = ["SORTS", "STATES", "Listed", "listed", "matching", "ordered", "totals"]

SORTS = ("start", "name", "status", "duration", "energy", "impact")
STATES = ("running", "finished", "failed", "interrupted")


@dataclass(frozen=True, slots=True)
class Listed:
    """A run with its electricity at the devices and its impact in the leading category; None: unknown."""

    run: Run
    energy: Quantity | None
    impact: Quantity | None
    method: str


_Totals = dict[str, tuple[Quantity | None, Quantity | None, str]]


def totals(book: Book) -> _Totals:
    """Electricity, impact and mark of every run that the filter chooses, by id."""
    desk = book.desk
    chosen = replace(book.filter, stage=None, component=None, flow=None)
    return desk.cached(("run totals", chosen, book.category, desk.method), lambda: _totals(book, chosen))


def _totals(book: Book, chosen: Any) -> _Totals:
    desk = book.desk
    groups = desk.ledger.sums(chosen, ("component", "run"))
    of_runs = [(group.run, group) for group in groups if group.run]
    found = cut(of_runs, desk.library, desk.method, categories=CATEGORIES, draws=desk.draws, seed=desk.seed)
    impacts = found.by(book.category, lambda run, _: run)
    energy = _energy(book, of_runs)
    marks: dict[object, list[tuple[str, float]]] = {}
    for run, group in of_runs:
        if group.flow == "electricity.it":
            marks.setdefault(run, []).append((group.method, group.amount))
    return {
        str(run): (energy.get(str(run)), _quantity(book, samples), weakest(marks.get(run, ())))
        for run, samples in impacts.items()
    }


def _quantity(book: Book, samples: Any) -> Quantity | None:
    return book.quantity(samples) if np.any(samples) else None


def _energy(book: Book, of_runs: Sequence[tuple[str, Any]]) -> dict[str, Quantity]:
    from treadlight.app.energy import energy_by, energy_quantity
    from treadlight.assess.draws import Draws

    draws = energy_by([group for _, group in of_runs], lambda g: g.run, Draws(book.desk.draws, book.desk.seed))
    return {run: energy_quantity(samples) for run, samples in draws.items()}


def listed(book: Book, runs: Sequence[Run]) -> list[Listed]:
    """Runs with what they cost."""
    known = totals(book)
    nothing: tuple[Quantity | None, Quantity | None, str] = (None, None, "unknown")
    return [Listed(run, *known.get(run.id, nothing)) for run in runs]


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
