"""What changed between two spans, and why: steps that lead from the old total to the new one, draw by draw.

Notes
-----
With the factors f(y) of the year in which an activity lies, A the old activities and B the new ones,

    B f(new) - A f(old) = [B f(old) - A f(old)] + [B f(new) - B f(old)],

the first bracket is what was done differently, project by project, the second what the world's factors did. The first
splits once more: a project that used e times the electricity moves by (e - 1) of its old impact (how much was done),
and the rest is where, on what and how it was done. Every step uses the same draws, so the steps add up to the whole.
"""

from collections.abc import Hashable
from dataclasses import dataclass

import msgspec
import numpy as np

from treadlight.app.account import CATEGORIES
from treadlight.app.web.book import Book, Span
from treadlight.assess.cut import Cut, cut
from treadlight.assess.draws import Array
from treadlight.core.quantity import Quantity
from treadlight.ledger.records import GroupSum

__all__ = ["Change", "changes"]

_SHOWN = 6
_SIZEABLE = 0.004
_NAMELESS = "no project"


@dataclass(frozen=True, slots=True)
class Change:
    """One step: its cause in words, its kind (``activity`` or ``factor``), and by how much it moves the total.

    `start` is where it begins: the median total before it [category's unit].
    """

    cause: str
    kind: str
    change: Quantity
    start: float
    href: str = ""


def changes(book: Book, before: Span, now: Span) -> list[Change]:
    """Steps from the total of one span to that of another, largest first; what is too small to see is one step."""
    old, new = book.cut(before), book.cut(now)
    steps = _steps(book, old, new, _with_old_factors(book, before, now))
    total = float(np.median(old.footprint.samples[CATEGORIES.index(book.category)]))
    steps.sort(key=lambda step: -abs(float(np.median(step[2]))))
    least = _SIZEABLE * abs(total)
    large = [s for s in steps if abs(float(np.median(s[2]))) >= least][:_SHOWN]
    small = [s for s in steps if all(s is not kept for kept in large)]
    if small:
        large.append((f"{len(small)} smaller changes", "both", np.sum([s[2] for s in small], axis=0), ""))
    return list(_placed(book, large, total))


def _placed(book: Book, steps: list[tuple[str, str, Array, str]], start: float) -> list[Change]:
    found = []
    for cause, kind, samples, project in steps:
        change = book.quantity(samples)
        href = book.link("/why/total", project=project) if project else ""
        found.append(Change(cause, kind, change, start, href))
        start += change.p50
    return found


def _steps(book: Book, old: Cut, new: Cut, held: Cut) -> list[tuple[str, str, Array, str]]:
    category = book.category
    was, then, is_ = (c.by(category, lambda _, g: g.project) for c in (old, held, new))
    nothing = np.zeros(book.desk.draws)
    factor = sum(is_.values(), nothing) - sum(then.values(), nothing)
    found = [("Factors of the year, such as the grid’s", "factor", factor, "")] if np.any(factor) else []
    electricity_was, electricity_is = _electricity(old), _electricity(new)
    for project in sorted(set(was) | set(then)):
        a, b = was.get(project, nothing), then.get(project, nothing)
        found += _project(project, a, b, electricity_was.get(project, 0.0), electricity_is.get(project, 0.0))
    return found


def _project(project: str, a: Array, b: Array, kwh_was: float, kwh_is: float) -> list[tuple[str, str, Array, str]]:
    name = project or _NAMELESS
    if not np.any(a) or not kwh_was:
        return [(f"{name}: new", "activity", b - a, project)]
    if not np.any(b) or not kwh_is:
        return [(f"{name}: ended", "activity", b - a, project)]
    much = a * (kwh_is / kwh_was - 1)
    word = "more" if kwh_is >= kwh_was else "less"
    return [
        (f"{name}: {word} was done", "activity", much, project),
        (f"{name}: done elsewhere or otherwise", "activity", b - a - much, project),
    ]


def _electricity(found: Cut) -> dict[str, float]:
    """Electricity at the devices by project, as stated [kWh]."""
    kwh: dict[str, float] = {}
    for _, group in found.rows:
        if group.flow == "electricity.it":
            kwh[group.project] = kwh.get(group.project, 0.0) + group.amount
    return kwh


def _with_old_factors(book: Book, before: Span, now: Span) -> Cut:
    """The new span's activities with the factors of the old span's years."""
    desk = book.desk
    back = now.since.year - before.since.year or 1

    def older(group: GroupSum) -> GroupSum:
        return msgspec.structs.replace(group, period=str(int(group.period[:4]) - back))

    def make() -> Cut:
        rows: list[tuple[Hashable, GroupSum]] = [(month, older(group)) for month, group in book.rows(now)]
        return cut(rows, desk.library, desk.method, categories=CATEGORIES, draws=desk.draws, seed=desk.seed)

    return desk.cached(("older", book.filter, before, now, desk.method), make)
