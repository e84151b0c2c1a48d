"""Systems over their lives: what each stage cost, per category, and per request or sample."""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from treadlight.app.account import CATEGORIES
from treadlight.app.web.book import Book
from treadlight.assess.cut import Cut, Groups, Rows, cut
from treadlight.assess.draws import Array
from treadlight.assess.footprint import quantity
from treadlight.core.activity import STAGES
from treadlight.core.errors import NotFoundError
from treadlight.core.quantity import Quantity
from treadlight.core.texts import say
from treadlight.ledger.records import Run

__all__ = ["Life", "Stage", "life", "lives"]


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

    def __init__(self, book: Book, name: str, runs: list[Run], rows: Rows, samples: Array) -> None:
        self.book, self.name, self.runs = book, name, runs
        self._rows, self._samples = rows, samples

    @cached_property
    def cut(self) -> Cut:
        """The footprint of all that belongs to it."""
        desk = self.book.desk

        key = ("life", self.name, self.book.filter, desk.method)
        return desk.cached(key, lambda: _cut(self.book, self._mine), large=True)

    @cached_property
    def _mine(self) -> Rows:
        """Sums of what belongs to it."""
        return self._rows.where(self._rows.tag_of == self._rows.tags.index(self.name))

    @cached_property
    def total(self) -> Quantity | None:
        """Its impact in the leading category."""
        if np.any(self._samples):
            return quantity(self._samples, self.book.category)
        return self.cut.footprint.total(self.book.category)

    @cached_property
    def method(self) -> str:
        """Mark of its impact."""
        return _marks(self.book).get(self.name, "unknown")

    @property
    def versions(self) -> str:
        """Versions that ran."""
        return ", ".join(sorted({run.subject.version for run in self.runs if run.subject.version}))

    @property
    def projects(self) -> str:
        """Projects it belongs to."""
        named = {project for project in self._mine.keys(("project",))[0] if project}
        return ", ".join(sorted(named | {run.subject.project for run in self.runs if run.subject.project}))

    @property
    def stages(self) -> list[Stage]:
        """Stages in the order of a life."""
        book, counts = self.book, Counter(run.stage for run in self.runs)
        found = self.cut.along(book.category, "stage")
        marks = book.marks(self.cut, "stage")
        whole = float(np.median(sum(found.values(), np.zeros(book.desk.draws)))) or 1.0
        order = {name: i for i, name in enumerate(STAGES)}
        return [
            Stage(name, counts[name], book.quantity(s), float(np.median(s)) / whole, marks[name])
            for name, s in sorted(found.items(), key=lambda item: order.get(item[0], 99))
        ]

    @property
    def hot_spots(self) -> list[tuple[str, Quantity | None, str, float, str]]:
        """Per category: its total, the stage that makes most of it with its share, and the mark of method."""
        result, rows = self.cut.footprint, []
        for category in CATEGORIES:
            by_stage = {k: float(np.median(s)) for k, s in self.cut.along(category, "stage").items()}
            whole = sum(by_stage.values())
            total = result.total(category)
            most = max(by_stage, key=lambda k: by_stage[k], default="")
            mark = self.book.mark(self.cut, category) if total else "unknown"
            rows.append((category, total, most, by_stage[most] / whole if whole > 0 and total else 0.0, mark))
        return rows

    @property
    def per_unit(self) -> list[tuple[str, float, Quantity]]:
        """What it served, how many of it, and what one (or a thousand) of it cost, all stages together."""
        counts: Counter[str] = Counter()
        for run in self.runs:
            if run.stage in ("inference", "deployment"):
                counts.update({name: count for name, count in run.counts.items() if count > 0})
        if self.total is None:
            return []
        return [
            (name, count, quantity(self._samples / count * 1000, self.book.category)) for name, count in counts.items()
        ]


def lives(book: Book) -> list[Life]:
    """Every system that a run or an activity names, with its life; largest first."""
    desk = book.desk
    runs: dict[str, list[Run]] = {}
    for run in book.runs:
        runs.setdefault(run.subject.system, []).append(run)
    rows, made = _all(book)
    samples, nothing = made.along(book.category, "tag"), np.zeros(desk.draws)
    names = [name for name in rows.keys(("tag",))[0] if name]
    alone = _alone(book, rows)
    of = {name: [*runs.get(name, ()), *alone.get(name, ())] for name in names}
    found = [Life(book, name, of[name], rows, samples.get(name, nothing)) for name in names]
    return sorted(found, key=lambda life: -(life.total.p50 if life.total else 0.0))


def _all(book: Book) -> tuple[Rows, Cut]:
    """Sums of every system, and their footprint."""
    desk = book.desk
    rows = desk.cached(("rows of systems", book.filter), lambda: _rows(book), large=True)
    return rows, desk.cached(("lives", book.filter, desk.method), lambda: _cut(book, rows), large=True)


def _marks(book: Book) -> dict[str, str]:
    """Mark of each system's impact."""
    key = ("marks of systems", book.filter, book.category, book.desk.method)
    return book.desk.cached(key, lambda: book.marks(_all(book)[1], "tag"))


def life(book: Book, name: str) -> Life:
    """One system over its life.

    Raises
    ------
    NotFoundError
        If nothing belongs to it.
    """
    found = next((one for one in lives(book) if one.name == name), None)
    if found is None:
        what = say("nothing belongs to this system")
        raise NotFoundError(what, field="system", value=name, remedy=say("see the page Systems"))
    return found


def _rows(book: Book) -> Rows:
    """Sums of activities tagged with their system: that of their run, or the one that they name themselves."""
    desk = book.desk
    of_runs = desk.table.of_runs(desk.seen(book.filter), {run.id: run.subject.system for run in book.runs})
    stated = [run.id for run in book.runs if not run.subject.system and not run.host]  # not metered on a machine
    named = Rows.collect(desk.ledger.belonging(book.filter, ["", *stated]))
    return _joined(of_runs.where(_is_named(of_runs)), named)


def _is_named(rows: Rows) -> NDArray[np.bool_]:
    there: NDArray[np.bool_] = np.array([bool(tag) for tag in rows.tags], dtype=bool)
    return there[rows.tag_of] if len(rows) else np.zeros(0, dtype=bool)


def _joined(a: Rows, b: Rows) -> Rows:
    """All rows of both."""
    if not len(b):
        return a
    tags = list(dict.fromkeys([*a.tags, *b.tags]))
    moved = np.array([tags.index(tag) for tag in b.tags], dtype=np.int64)
    return Rows(
        Groups([*a.groups.items, *b.groups.items]),
        np.concatenate([a.of, b.of + len(a.groups.items)]),
        tags,
        np.concatenate([a.tag_of, moved[b.tag_of]]),
        np.concatenate([a.amounts, b.amounts]),
        np.concatenate([a.counts, b.counts]),
    )


def _alone(book: Book, rows: Rows) -> dict[str, list[Run]]:
    """Runs without a system of their own all of whose activities name one, such as a log of one model's requests."""
    named: dict[str, set[str]] = {}
    for run, system in rows.keys(("run", "tag"))[0]:
        named.setdefault(run, set()).add(system)
    found: dict[str, list[Run]] = {}
    for run in book.runs if len(named) > 1 else ():
        if not run.subject.system and len(named.get(run.id, ())) == 1:
            (system,) = named[run.id]
            found.setdefault(system, []).append(run)
    return found


def _cut(book: Book, rows: Rows) -> Cut:
    desk = book.desk
    return cut(rows, desk.library, desk.method, categories=CATEGORIES, draws=desk.draws, seed=desk.seed)
