"""Systems over their lives: what each stage cost, per category, and per request or sample."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from treadlight.app.account import CATEGORIES
from treadlight.app.web.book import Book
from treadlight.assess.cut import Cut, cut
from treadlight.assess.footprint import quantity
from treadlight.core.activity import STAGES
from treadlight.core.quantity import Quantity
from treadlight.ledger.records import Run
from treadlight.share.marks import weakest

__all__ = ["Life", "Stage", "lives"]


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a life: runs, share of the leading category, and its impact."""

    name: str
    runs: int
    quantity: Quantity
    share: float
    method: str


class Life:
    """One system over its life.

    Parameters
    ----------
    name
        Of the system; empty: what belongs to none.
    runs
        Its runs, newest first.
    """

    def __init__(self, book: Book, name: str, runs: list[Run], made: Cut) -> None:
        self.book, self.name, self.runs, self._cut = book, name, runs, made

    @property
    def total(self) -> Quantity | None:
        """Its impact in the leading category."""
        return self._cut.footprint.total(self.book.category)

    @property
    def versions(self) -> str:
        """Versions that ran."""
        return ", ".join(sorted({run.subject.version for run in self.runs if run.subject.version}))

    @property
    def projects(self) -> str:
        """Projects it belongs to."""
        return ", ".join(sorted({run.subject.project for run in self.runs if run.subject.project}))

    @property
    def stages(self) -> list[Stage]:
        """Stages in the order of a life."""
        book, counts = self.book, Counter(run.stage for run in self.runs)
        found = self._cut.by(book.category, lambda _, group: group.stage)
        marks = book.marks(self._cut, lambda group: group.stage)
        whole = float(np.median(sum(found.values(), np.zeros(book.desk.draws)))) or 1.0
        order = {name: i for i, name in enumerate(STAGES)}
        return [
            Stage(name or "no stage", counts[name], book.quantity(s), float(np.median(s)) / whole, marks[name])
            for name, s in sorted(found.items(), key=lambda item: order.get(item[0], 99))
        ]

    @property
    def hot_spots(self) -> list[tuple[str, Quantity | None, str, float, str]]:
        """Per category: its total, the stage that makes most of it with its share, and the mark of method."""
        result, rows = self._cut.footprint, []
        for category in CATEGORIES:
            by_stage = {k: float(np.median(s)) for k, s in self._cut.by(category, lambda _, g: g.stage).items()}
            by_method = self._cut.by(category, lambda _, g: g.method)
            whole = sum(by_stage.values())
            total = result.total(category)
            most = max(by_stage, key=lambda k: by_stage[k], default="")
            mark = weakest((k, float(np.median(s))) for k, s in by_method.items()) if total else "unknown"
            rows.append((category, total, most, by_stage[most] / whole if whole > 0 and total else 0.0, mark))
        return rows

    @property
    def per_unit(self) -> list[tuple[str, float, Quantity]]:
        """What it served, how many of it, and what one (or a thousand) of it cost, all stages together."""
        counts: Counter[str] = Counter()
        for run in self.runs:
            if run.stage in ("inference", "deployment"):
                counts.update({name: count for name, count in run.counts.items() if count > 0})
        row = CATEGORIES.index(self.book.category)
        samples = self._cut.footprint.samples[row]
        if self.total is None:
            return []
        return [(name, count, quantity(samples / count * 1000, self.book.category)) for name, count in counts.items()]


def lives(book: Book) -> list[Life]:
    """Every system that a run names, with its life; largest first."""
    desk = book.desk
    sums = desk.cached(
        ("stages of runs", book.filter), lambda: desk.ledger.sums(book.filter, ("component", "stage", "run"))
    )
    runs: dict[str, list[Run]] = {}
    system_of = {run.id: run.subject.system for run in book.runs}
    for run in book.runs:
        runs.setdefault(run.subject.system, []).append(run)

    def make() -> dict[str, Cut]:
        rows: dict[str, list[tuple[str, object]]] = {}
        for group in sums:
            if group.run in system_of:
                rows.setdefault(system_of[group.run], []).append(("", group))
        return {name: _cut(book, found) for name, found in rows.items()}

    made = desk.cached(("lives", book.filter, desk.method), make)
    found = [Life(book, name, runs[name], c) for name, c in made.items() if name]
    return sorted(found, key=lambda life: -(life.total.p50 if life.total else 0.0))


def _cut(book: Book, rows: list[tuple[str, object]]) -> Cut:
    desk = book.desk
    return cut(rows, desk.library, desk.method, categories=CATEGORIES, draws=desk.draws, seed=desk.seed)  # type: ignore[arg-type]
