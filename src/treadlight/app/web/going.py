"""Runs that are going on: those of this machine, whose journals are being written, and those that others tell of.

A run of another machine is known as its sender last told of it; whoever has said nothing for long is shown as
silent since then, never as still moving.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from treadlight.app.account import CATEGORIES, run_footprint
from treadlight.app.energy import energy_by, energy_quantity
from treadlight.app.runs import facts_of, live
from treadlight.app.server.desk import Desk
from treadlight.app.web.book import Book
from treadlight.app.web.listing import listed, matching
from treadlight.assess.draws import Draws
from treadlight.core.quantity import Quantity
from treadlight.ledger.fold import Folded
from treadlight.ledger.query import Filter
from treadlight.ledger.records import Run, RunStatus

__all__ = ["Going", "going", "is_going", "journals_of", "silence", "silent_since"]

_PATIENCE = timedelta(minutes=10)
_INTERVALS = 20


@dataclass(frozen=True, slots=True)
class Going:
    """A run that is going on, with its electricity and its impact so far; None: unknown.

    `silent` is when it was heard of last, where that is long ago.
    """

    run: Run
    energy: Quantity | None
    impact: Quantity | None
    silent: datetime | None


def journals_of(desk: Desk) -> list[Folded]:
    """Runs that have not come to the ledger yet: of this machine, and those that are told of."""
    return live(desk)


def going(book: Book) -> list[Going]:
    """Every run that is going on and that the filter chooses, newest first."""
    here = [f for f in journals_of(book.desk) if _chosen(f.run, book.desk.filter)]
    here = [f for f in here if _asked(book, [f.run])]
    known = {f.run.id for f in here}
    sent = listed(book, _asked(book, [run for run in _sent(book) if run.id not in known]))
    found = [_of_journal(book, folded) for folded in here]
    found += [Going(row.run, row.energy, row.impact, silence(book.desk, row.run)) for row in sent]
    return sorted(found, key=lambda g: g.run.start, reverse=True)


def _sent(book: Book) -> Sequence[Run]:
    """Runs of the ledger that have not ended."""
    chosen = replace(book.filter, status=str(RunStatus.RUNNING))
    return book.desk.cached(("going", chosen), lambda: book.desk.ledger.runs(chosen))


def _asked(book: Book, runs: Sequence[Run]) -> list[Run]:
    """Those of them that the search of the list of runs finds."""
    return matching(runs, book.request.get("q"), book.request.get("status"))


def _chosen(run: Run, f: Filter) -> bool:
    subject = run.subject
    asked = ((f.project, subject.project), (f.team, subject.team), (f.stage, run.stage))
    within = (f.since is None or run.start >= f.since) and (f.until is None or run.start < f.until)
    return within and all(wanted is None or wanted == value for wanted, value in asked)


def _of_journal(book: Book, folded: Folded) -> Going:
    desk = book.desk
    facts = facts_of(folded, desk)
    result = run_footprint(facts, desk, desk.method)
    energy = energy_by(facts.groups, lambda _: "", Draws(desk.draws, desk.seed)).get("")
    known = np.any(result.samples[CATEGORIES.index(book.category)])
    total = result.total(book.category) if known else None
    used = energy_quantity(energy) if energy is not None else None
    return Going(folded.run, used, total, silence(desk, folded.run))


def is_going(run: Run) -> bool:
    """Whether a run has not ended."""
    return run.status is RunStatus.RUNNING


def silence(desk: Desk, run: Run) -> datetime | None:
    """When a run that has not ended was heard of last, if that is long ago by the server's clock."""
    heard_at = next((t.heard_at for t in desk.told if t.folded.run.id == run.id), run.end)
    return silent_since(run, desk.now(), heard_at)


def silent_since(run: Run, now: datetime, heard_at: datetime | None = None) -> datetime | None:
    """When a run that has not ended was heard of last, if that is longer ago than its readings explain."""
    if not is_going(run):
        return None
    last = heard_at or run.end
    patience = max(_PATIENCE, timedelta(seconds=_INTERVALS * run.interval_s))
    return last if now - last > patience else None
