"""What changed between two spans, and why: steps that lead from the old total to the new one, draw by draw.

Notes
-----
With the factors f(y) of the year in which an activity lies, A the old activities, B the new ones, and B' the new ones
counted in the old way (by the meters and models of then, without what could not be read then),

    B f(new) - A f(old) = [B' f(old) - A f(old)] + [B f(old) - B' f(old)] + [B f(new) - B f(old)]:

what was done differently, project by project; that it is known in another way; and what the world's factors did. The
first splits once more: a project that used e times the electricity moves by (e - 1) of its old impact (how much was
done), and the rest is where, on what and how it was done. Every step uses the same draws, so the steps add up to the
whole.
"""

from dataclasses import dataclass

import msgspec
import numpy as np

from treadlight.app.account import CATEGORIES
from treadlight.app.components import unread
from treadlight.app.web.book import Book, Span
from treadlight.assess.cut import Cut, Groups, Rows, cut
from treadlight.assess.draws import Array
from treadlight.core.quantity import Quantity
from treadlight.core.texts import counted, say
from treadlight.ledger.records import GroupSum
from treadlight.share.findings import component_name

__all__ = ["KINDS", "Change", "Ways", "changes"]

_SHOWN = 6
_SHOWN_OTHERS = 3
_SIZEABLE = 0.004

KINDS = ("activity", "method", "factor", "several")
"""Kinds of change: what was done, how it is known, what the world's factors did; what is too small to tell apart."""


@dataclass(frozen=True, slots=True)
class Change:
    """One step: its cause in words, its kind (one of `KINDS`), and by how much it moves the total.

    `start` is where it begins: the median total before it [category's unit].
    """

    cause: str
    kind: str
    change: Quantity
    start: float
    href: str = ""


def changes(book: Book, before: Span, now: Span) -> list[Change]:
    """Steps from the total of one span to that of another, largest first; what is too small to see is one step."""
    steps = sorted(_steps(book, before, now), key=lambda step: -_weight(step))
    total = float(np.median(book.cut(before).footprint.samples[CATEGORIES.index(book.category)]))
    least = _SIZEABLE * abs(total)
    seen = [s for s in steps if _weight(s) >= least]
    done = [s for s in seen if s[1] == "activity"][:_SHOWN]
    known = [s for s in seen if s[1] != "activity"][:_SHOWN_OTHERS]
    large = [s for s in seen if any(s is kept for kept in (*done, *known))]
    small = [s for s in steps if all(s is not kept for kept in large)]
    if small:
        text = counted(len(small), "{n} smaller change", "{n} smaller changes", n=len(small))
        large.append((text, "several", np.sum([s[2] for s in small], axis=0), ""))
    return list(_placed(book, large, total))


def _weight(step: tuple[str, str, Array, str]) -> float:
    """How much a step matters: what it moves; of another way of knowing also how much it widens or narrows."""
    low, mid, high = (float(x) for x in np.quantile(step[2], (0.05, 0.5, 0.95)))
    return max(abs(mid), (high - low) / 2) if step[1] == "method" else abs(mid)


def _placed(book: Book, steps: list[tuple[str, str, Array, str]], start: float) -> list[Change]:
    found = []
    for cause, kind, samples, project in steps:
        change = book.quantity(samples)
        href = book.link("/why/total", project=project) if project else ""
        found.append(Change(cause, kind, change, start, href))
        start += change.p50
    return found


def _steps(book: Book, before: Span, now: Span) -> list[tuple[str, str, Array, str]]:
    old, new, held = book.cut(before), book.cut(now), _with_old_factors(book, before, now)
    counted_then, ways = _with_old_ways(book, before, now, old, held)
    was, in_old_way, then, is_ = (c.along(book.category, "project") for c in (old, counted_then, held, new))
    nothing = np.zeros(book.desk.draws)
    factor = sum(is_.values(), nothing) - sum(then.values(), nothing)
    found = [(say("Factors of the year, such as the grid’s"), "factor", factor, "")] if np.any(factor) else []
    electricity_was, electricity_is = _electricity(old), _electricity(counted_then)
    for project in sorted(set(was) | set(then)):
        a, b, c = (side.get(project, nothing) for side in (was, in_old_way, then))
        found += _project(project, a, b, electricity_was.get(project, 0.0), electricity_is.get(project, 0.0))
        if np.any(c - b):
            name = project or say("no project")
            text = ways.get(project) or say("{project}: known in another way", project=name)
            found.append((text, "method", c - b, project))
    return found


def _project(project: str, a: Array, b: Array, kwh_was: float, kwh_is: float) -> list[tuple[str, str, Array, str]]:
    name = project or say("no project")
    if not np.any(a) or not kwh_was:
        return [(say("{project}: new", project=name), "activity", b - a, project)]
    if not np.any(b) or not kwh_is:
        return [(say("{project}: ended", project=name), "activity", b - a, project)]
    much = a * (kwh_is / kwh_was - 1)
    more = kwh_is >= kwh_was
    done = say("{project}: more was done", project=name) if more else say("{project}: less was done", project=name)
    otherwise = say("{project}: done elsewhere or otherwise", project=name)
    return [(done, "activity", much, project), (otherwise, "activity", b - a - much, project)]


def _electricity(found: Cut) -> dict[str, float]:
    """Electricity at the devices by project, as stated [kWh]."""
    return {
        project: amount for (flow, project), amount in found.rows.sums("flow", "project").items()
        if flow == "electricity.it"
    }  # fmt: skip


def _with_old_factors(book: Book, before: Span, now: Span) -> Cut:
    """The new span's activities with the factors of the old span's years."""
    desk = book.desk
    back = now.since.year - before.since.year or 1

    def older(group: GroupSum) -> GroupSum:
        return msgspec.structs.replace(group, period=str(int(group.period[:4]) - back))

    def make() -> Cut:
        rows = book.rows(now).changed(("older", back), older)
        return cut(rows, desk.library, desk.method, categories=CATEGORIES, draws=desk.draws, seed=desk.seed)

    return desk.cached(("older", book.filter, before, now, desk.method), make, large=True)


def _with_old_ways(book: Book, before: Span, now: Span, old: Cut, held: Cut) -> tuple[Cut, dict[str, str]]:
    """The same activities, counted in the old way, and what is known in another way by project."""
    desk = book.desk

    def make() -> tuple[Cut, dict[str, str]]:
        ways = Ways(book, before, old)
        there = np.unique(held.rows.of).tolist()
        items = held.rows.groups.items
        kept = {i: ways.of(items[i]) for i in there}
        if all(kept[i] is items[i] for i in there):
            return held, {}
        counted_then = np.array([kept.get(i) is not None for i in range(len(items))], dtype=bool)
        rows, groups = held.rows, Groups([kept.get(i) or group for i, group in enumerate(items)])
        changed = Rows(groups, rows.of, rows.tags, rows.tag_of, rows.amounts, rows.counts).where(counted_then[rows.of])
        found = cut(changed, desk.library, desk.method, categories=CATEGORIES, draws=desk.draws, seed=desk.seed)
        return found, ways.texts

    return desk.cached(("old ways", book.filter, before, now, desk.method), make, large=True)


class Ways:
    """How the amounts of a span were known: by which method and how exactly, and what could not be read.

    Parameters
    ----------
    before
        The span.
    old
        Its activities.

    Attributes
    ----------
    texts
        What `of` found to be known in another way, in words by project.
    """

    def __init__(self, book: Book, before: Span, old: Cut) -> None:
        self._known: dict[tuple[str, str, str], dict[tuple[str, str], tuple[float, str]]] = {}
        sums = old.rows.sums("project", "component", "flow", "method", "uncertainty", "cause")
        for (*thing, method, uncertainty, cause), amount in sums.items():
            found = self._known.setdefault((thing[0], thing[1], thing[2]), {})
            found[method, uncertainty] = max(found.get((method, uncertainty), (0.0, cause)), (amount, cause))
        self._unread = {(run.subject.project, c.component) for run in book.runs_of(before) for c in unread(run)}
        self.texts: dict[str, str] = {}

    def of(self, group: GroupSum) -> GroupSum | None:
        """A later group counted in the old way: itself where nothing is different, None where it was not counted."""
        known = self._known.get((group.project, group.component, group.flow))
        name = group.project or say("no project")
        if known is None:
            if group.flow != "electricity.it" or (group.project, group.component) not in self._unread:
                return group
            part = component_name(group.component)
            self.texts[group.project] = say("{project}: {component} is now counted", project=name, component=part)
            return None
        if (group.method, group.uncertainty) in known:
            return group
        method, uncertainty = max(known, key=lambda way: known[way][0])
        text = say("{project}: another meter or model", project=name)
        if method != group.method:
            text = say("{project}: {now} instead of {was}", project=name, now=say(group.method), was=say(method))
        self.texts.setdefault(group.project, text)
        cause = known[method, uncertainty][1]
        return msgspec.structs.replace(group, method=method, cause=cause, uncertainty=uncertainty)
