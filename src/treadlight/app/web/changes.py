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
from treadlight.core.marks import weakest
from treadlight.core.quantity import Quantity
from treadlight.core.texts import counted, say
from treadlight.ledger.records import GroupSum
from treadlight.share.findings import component_name

__all__ = ["KINDS", "Change", "Side", "Step", "Ways", "changes", "step_of"]

_SHOWN = 6
_SHOWN_OTHERS = 3
_SIZEABLE = 0.004
_SMALLER = "smaller"

KINDS = ("activity", "method", "factor", "several")
"""Kinds of change: what was done, how it is known, what the world's factors did; what is too small to tell apart."""


@dataclass(frozen=True, slots=True)
class Change:
    """One step: its cause in words, its kind (one of `KINDS`), and by how much it moves the total.

    `start` is where it begins: the median total before it [category's unit]. `method` is the mark of what it rests on
    in both spans; empty for factors, which show theirs in *why*.
    """

    cause: str
    kind: str
    change: Quantity
    start: float
    href: str = ""
    method: str = ""


@dataclass(frozen=True, slots=True)
class Side:
    """What a step is the sum of: a signed amount in draws, in words, and the page that explains it; empty: none."""

    label: str
    samples: Array
    href: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step in draws.

    Parameters
    ----------
    key
        Its name in an address.
    about
        The projects it is about.
    sides
        What it is the sum of; with `ratio`, what that is multiplied by.
    ratio
        By how much more electricity was used than before, as a share of before; None: it is a sum.
    """

    key: str
    cause: str
    kind: str
    samples: Array
    about: tuple[str, ...] = ()
    sides: tuple[Side, ...] = ()
    ratio: float | None = None


def changes(book: Book, before: Span, now: Span) -> list[Change]:
    """Steps from the total of one span to that of another, largest first; what is too small to see is one step."""
    large, small = _parted(book, before, now)
    shown = [*large, _together(book, small)] if small else large
    total = float(np.median(book.cut(before).footprint.samples[CATEGORIES.index(book.category)]))
    return list(_placed(book, shown, total, _known(book, before, now)))


def step_of(book: Book, before: Span, now: Span, key: str) -> Step | None:
    """The step that an address names; None where there is none."""
    large, small = _parted(book, before, now)
    if key == _SMALLER:
        return _together(book, small) if small else None
    return next((step for step in (*large, *small) if step.key == key), None)


def _parted(book: Book, before: Span, now: Span) -> tuple[list[Step], list[Step]]:
    """The steps that are shown singly, largest first, and those too small for that."""
    steps = sorted(_steps(book, before, now), key=lambda step: -_weight(step))
    total = float(np.median(book.cut(before).footprint.samples[CATEGORIES.index(book.category)]))
    seen = [s for s in steps if _weight(s) >= _SIZEABLE * abs(total)]
    done = [s for s in seen if s.kind == "activity"][:_SHOWN]
    known = [s for s in seen if s.kind != "activity"][:_SHOWN_OTHERS]
    large = [s for s in seen if any(s is kept for kept in (*done, *known))]
    return large, [s for s in steps if all(s is not kept for kept in large)]


def _together(book: Book, small: list[Step]) -> Step:
    """What is too small to be shown singly, as one step."""
    text = counted(len(small), "{n} smaller change", "{n} smaller changes", n=len(small))
    about = tuple({project for step in small for project in step.about})
    sides = tuple(Side(step.cause, step.samples, _href(book, step.key)) for step in small)
    return Step(_SMALLER, text, "several", np.sum([s.samples for s in small], axis=0), about, sides)


def _href(book: Book, key: str) -> str:
    """Page that explains a step."""
    return book.link("/why/total", of=f"change:{key}")


def _known(book: Book, before: Span, now: Span) -> dict[str, list[tuple[str, float]]]:
    """By project, what each method has of both spans [category's unit]."""
    found: dict[str, list[tuple[str, float]]] = {}
    for span in (before, now):
        for (project, method), samples in book.along(span, "project", "method").items():
            found.setdefault(project, []).append((method, float(np.median(samples))))
    return found


def _weight(step: Step) -> float:
    """How much a step matters: what it moves; of another way of knowing also how much it widens or narrows."""
    low, mid, high = (float(x) for x in np.quantile(step.samples, (0.05, 0.5, 0.95)))
    return max(abs(mid), (high - low) / 2) if step.kind == "method" else abs(mid)


def _placed(book: Book, steps: list[Step], start: float, known: dict[str, list[tuple[str, float]]]) -> list[Change]:
    found = []
    for step in steps:
        change = book.quantity(step.samples)
        shares = [share for project in step.about for share in known.get(project, ())]
        mark = weakest(shares) if shares else ""
        found.append(Change(step.cause, step.kind, change, start, _href(book, step.key), mark))
        start += change.p50
    return found


def _steps(book: Book, before: Span, now: Span) -> list[Step]:
    old, new, held = book.cut(before), book.cut(now), _with_old_factors(book, before, now)
    counted_then, ways = _with_old_ways(book, before, now, old, held)
    was, in_old_way, then, is_ = (c.along(book.category, "project") for c in (old, counted_then, held, new))
    nothing = np.zeros(book.desk.draws)
    found = _factors(book, sum(then.values(), nothing), sum(is_.values(), nothing))
    electricity_was, electricity_is = _electricity(old), _electricity(counted_then)
    for project in sorted(set(was) | set(then)):
        a, b, c = (side.get(project, nothing) for side in (was, in_old_way, then))
        href = book.link("/why/total", of=f"part:project:{project}", **before.query)
        found += _project(
            book, project, Side(f"{project or say('no project')}, {before.text}", a, href), b,
            (electricity_was.get(project, 0.0), electricity_is.get(project, 0.0)),
        )  # fmt: skip
        if np.any(c - b):
            name = project or say("no project")
            text = ways.get(project) or say("{project}: known in another way", project=name)
            sides = (Side(say("as it is known now"), c), Side(say("in the way it was known before"), -b))
            found.append(Step(f"known:{project}", text, "method", c - b, (project,), sides))
    return found


def _factors(book: Book, then: Array, is_: Array) -> list[Step]:
    """What the world's factors did: the same activities with those of now, less with those of then."""
    if not np.any(is_ - then):
        return []
    sides = (
        Side(say("with the factors of these months"), is_, book.link("/why/total")),
        Side(say("with the factors of the months before"), -then),
    )
    return [Step("factors", say("Factors of the year, such as the grid’s"), "factor", is_ - then, (), sides)]


def _project(book: Book, project: str, was: Side, b: Array, electricity_kwh: tuple[float, float]) -> list[Step]:
    """What was done differently in a project, from its old activities to the new ones counted in the old way."""
    name, a, about = project or say("no project"), was.samples, (project,)
    kwh_was, kwh_is = electricity_kwh
    less = Side(was.label, -a, was.href)
    is_ = Side(say("what was done since, counted as before"), b)
    both = tuple(side for side in (is_, less) if np.any(side.samples))
    if not np.any(a) or not kwh_was:
        return [Step(f"new:{project}", say("{project}: new", project=name), "activity", b - a, about, both)]
    if not np.any(b) or not kwh_is:
        return [Step(f"ended:{project}", say("{project}: ended", project=name), "activity", b - a, about, both)]
    ratio = kwh_is / kwh_was - 1
    more = kwh_is >= kwh_was
    done = say("{project}: more was done", project=name) if more else say("{project}: less was done", project=name)
    otherwise = say("{project}: done elsewhere or otherwise", project=name)
    much = Side(done, -a * ratio, _href(book, f"done:{project}"))
    return [
        Step(f"done:{project}", done, "activity", a * ratio, about, (was,), ratio),
        Step(f"otherwise:{project}", otherwise, "activity", b - a - a * ratio, about, (is_, less, much)),
    ]


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
