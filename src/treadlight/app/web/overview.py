"""The sections of the overview and of every role's home: each is a property that a template draws."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

import numpy as np

from treadlight.app.account import CATEGORIES
from treadlight.app.web.book import MONTHS, Book, Span, month_text
from treadlight.app.web.changes import Change, changes
from treadlight.app.web.gaps import Gap, gaps
from treadlight.app.web.ink import Axis
from treadlight.assess.draws import Array
from treadlight.assess.parts import parts
from treadlight.core.category import category as category_of
from treadlight.core.marks import weakest
from treadlight.core.quantity import Quantity
from treadlight.core.texts import counted, say
from treadlight.ledger.months import month_after
from treadlight.ledger.records import GroupSum
from treadlight.share.charts import Chart, Series, trend_chart
from treadlight.share.findings import accounting_text, component_name, phase_name, short_name
from treadlight.share.numbers import between, shared_unit, show, unit_label

__all__ = ["DIMENSIONS", "Overview", "Part"]

DIMENSIONS = {
    "project": "project",
    "team": "team",
    "stage": "life-cycle stage",
    "component": "component",
    "location": "location",
}
"""By what the total can be split, with the words of the tabs."""


@dataclass(frozen=True, slots=True)
class Part:
    """One row of a split; `quantity` None: unknown."""

    label: str
    note: str
    quantity: Quantity | None
    share: float
    method: str
    why: str = ""
    component: str = "other"


@dataclass(frozen=True, slots=True)
class Also:
    """Another impact category: its total and its coverage."""

    category: str
    name: str
    quantity: Quantity | None
    coverage: float
    method: str
    href: str


class Overview:
    """Everything that the pages say about a span of months.

    Parameters
    ----------
    book
        What is asked.
    split
        Dimension of the split: one of `DIMENSIONS`.
    """

    def __init__(self, book: Book, split: str = "project") -> None:
        self.book = book
        self.split = split if split in DIMENSIONS else "project"

    @property
    def empty(self) -> bool:
        """Whether nothing at all is recorded."""
        return self.book.span is None

    @property
    def span(self) -> Span:
        """The months shown."""
        assert self.book.span is not None
        return self.book.span

    @cached_property
    def total(self) -> Quantity | None:
        """The leading category's total; None: unknown."""
        return self.book.now.footprint.total(self.book.category)

    @cached_property
    def nothing(self) -> bool:
        """Whether the ledger holds something, but nothing of what was chosen."""
        return not self.book.now.rows

    @cached_property
    def excluding(self) -> tuple[str, str] | None:
        """The phrase that excludes everything, and the address without it; None where no phrase alone does."""
        desk, request, f = self.book.desk, self.book.request, self.book.filter
        ways = [(name, {name: None}, replace(f, **{name: None})) for name in ("project", "team", "stage")]
        for name, gone, wider in ways:
            value = getattr(f, name)
            chosen = replace(wider, since=self.span.since, until=self.span.until)
            if value is not None and len(desk.table.months(desk.seen(chosen))):
                return value, request.url(**gone)
        if len(desk.table.months(desk.seen(f))):
            return self.span.text, request.url(since=None, until=None)
        return None

    @cached_property
    def draws(self) -> Array:
        """Draws of the total."""
        found: Array = self.book.now.footprint.samples[CATEGORIES.index(self.book.category)]
        return found

    @cached_property
    def unit(self) -> str:
        """Unit in which the tables of this page count."""
        return shared_unit([self.total], category_of(self.book.category).unit)

    @cached_property
    def also(self) -> list[Also]:
        """The other categories."""
        result, found = self.book.now.footprint, []
        for category in CATEGORIES:
            if category == self.book.category:
                continue
            coverage = float(result.coverage[CATEGORIES.index(category)])
            total = result.total(category)
            mark = self.book.mark(self.book.now, category) if total else "unknown"
            href = self.book.link("/why/total", category=category)
            found.append(Also(category, short_name(category), total, coverage, mark, href))
        return found

    @cached_property
    def coverage(self) -> float:
        """Share of what was counted of which the leading category is known, 0 to 1."""
        return float(self.book.now.footprint.coverage[CATEGORIES.index(self.book.category)])

    @cached_property
    def mark(self) -> str:
        """Mark of the total."""
        return self.book.mark(self.book.now) if self.total else "unknown"

    @cached_property
    def mark_before(self) -> str:
        """Mark of the total of the span before."""
        return self.book.mark(self.book.cut(self.book.previous)) if self.book.previous and self.before else "unknown"

    @cached_property
    def before(self) -> Quantity | None:
        """The total of the span before."""
        if self.book.previous is None:
            return None
        return self.book.cut(self.book.previous).footprint.total(self.book.category)

    @cached_property
    def change(self) -> Quantity | None:
        """The change against the span before, as a ratio of shared draws."""
        if self.book.previous is None or self.total is None or self.before is None:
            return None
        old = self.book.cut(self.book.previous).footprint.samples[CATEGORIES.index(self.book.category)]
        if np.any(old <= 0):
            return None
        p05, p50, p95 = (float(x) for x in np.quantile(self.draws / old - 1, (0.05, 0.5, 0.95)))
        return Quantity("1", p05, p50, p95)

    @cached_property
    def months(self) -> dict[object, Quantity]:
        """The total month by month."""
        return _quantities(self.book, self.span)

    @cached_property
    def month_rows(self) -> list[tuple[str, Quantity | None, str, str]]:
        """Month, amount, mark, and where it is explained."""
        marks = _month_marks(self.book, self.span)
        rows = []
        for month in self.span.months:
            label = month_text(month)
            href = self.book.link("/why/total", **Span(month, month_after(month)).query)
            rows.append((label, self.months.get(month), marks.get(month, "unknown"), href))
        return rows

    def trend(self, *, narrow: bool = False) -> Chart:
        """The figure of the months beside those before."""
        unit = shared_unit([*self.months.values()], self.unit)
        labels = [say(MONTHS[m.month - 1]) for m in self.span.months]
        series = [_line(self.months, self.span)]
        if self.book.previous is not None:
            older = _quantities(self.book, self.book.previous)
            series.insert(0, _line(older, self.book.previous, "beside"))
        name = short_name(self.book.category)
        title = say(
            "{category} by month, {accounting}, {unit}.",
            category=name,
            accounting=accounting_text(self.book.desk.method.accounting),
            unit=unit_label(unit),
        )
        return trend_chart("trend", title, self._said(unit), labels, series, unit, narrow=narrow)

    def _said(self, unit: str) -> str:
        """The figure in words."""
        known = [(m, q) for m, q in self.months.items() if q is not None]
        if not known:
            return say("Nothing is known of these months.")
        low, high = (end(known, key=lambda pair: pair[1].p50) for end in (min, max))
        name = short_name(self.book.category)
        return say(
            "{category} month by month from {span}, in {unit}: lowest {low} in {low_month}, highest {high} in "
            "{high_month}, {between}.",
            category=name,
            span=self.span.text,
            unit=unit_label(unit),
            low=show(low[1], unit).value,
            low_month=_month_name(low[0]),
            high=show(high[1], unit).value,
            high_month=_month_name(high[0]),
            between=between(high[1], unit),
        )

    @cached_property
    def steps(self) -> list[Change]:
        """What changed since the span before, and why."""
        return (
            changes(self.book, self.book.previous, self.span)
            if self.book.previous and self.before and self.total
            else []
        )

    @cached_property
    def steps_axis(self) -> Axis:
        """Axis of what changed."""
        ends = [Quantity.exact(s.start, s.change.unit) for s in self.steps]
        return Axis([self.before, self.total, *ends], self.unit, zero=False, width=280)

    @cached_property
    def split_rows(self) -> list[Part]:
        """The total by the chosen dimension, largest first; what is unknown has its own rows."""
        rows = self._components() if self.split == "component" else self._split()
        rows.sort(key=lambda row: -(row.quantity.p50 if row.quantity else 0.0))
        return rows + self._unanswered()

    @cached_property
    def split_axis(self) -> Axis:
        """Axis of the split."""
        return Axis([row.quantity for row in self.split_rows], self.unit, width=300)

    def _split(self) -> list[Part]:
        fields = ("site", "region", "zone") if self.split == "location" else (self.split,)
        parts, shares = self._parts(fields)
        marks = {key: weakest(found) for key, found in shares.items()}
        notes = self._notes()
        return [
            Part(
                self._label(key),
                notes.get(key, ""),
                self.book.quantity(samples),
                self._share(samples),
                marks[key],
                self._why(key),
            )
            for key, samples in parts.items()
        ]

    def _why(self, key: str) -> str:
        """Page that explains a part of the split."""
        if key and self.split != "location":
            return self.book.link("/why/total", **{self.split: key})
        return self.book.link("/why/total", of=f"part:{self.split}:{key}")

    def _parts(self, fields: tuple[str, ...]) -> tuple[dict[str, Array], dict[str, list[tuple[str, float]]]]:
        """Draws by the first of these fields that is not empty, and what each method has of that."""
        parts: dict[str, Array] = {}
        shares: dict[str, list[tuple[str, float]]] = {}
        for (*names, method), samples in self.book.now.along(self.book.category, *fields, "method").items():
            key = next((str(name) for name in names if name), "")
            parts[key] = parts[key] + samples if key in parts else samples
            shares.setdefault(key, []).append((method, float(np.median(samples))))
        return parts, shares

    def _label(self, key: str) -> str:
        if key and self.split == "location":
            library = self.book.desk.library
            return library.zone_name(key) if "/" not in key else key
        if key:
            name = say(key) if self.split == "stage" else key
            return name[0].upper() + name[1:]
        none = {
            "project": say("No project"),
            "team": say("No team"),
            "stage": say("No stage"),
            "location": say("Place unknown"),
        }
        return none.get(self.split, "")

    def _notes(self) -> dict[str, str]:
        """How many runs each part holds."""
        if self.split == "location":
            return {}
        counts: dict[str, int] = {}
        for run in self.book.runs_of(self.span):
            key = run.stage if self.split == "stage" else str(getattr(run.subject, self.split))
            counts[key] = counts.get(key, 0) + 1
        return {key: counted(n, "{n} run", "{n} runs", n=n) for key, n in counts.items()}

    def _share(self, samples: Array) -> float:
        whole = float(np.median(self.draws))
        return float(np.median(samples)) / whole if whole else 0.0

    def _components(self) -> list[Part]:
        row, rows = CATEGORIES.index(self.book.category), []
        for part in parts(self.book.now.footprint):
            samples = part.samples[row]
            if not np.any(samples):
                continue
            name = component_name(part.component)
            label = phase_name(part.phase, name)
            colour = {"overhead": "facility", "embodied": "embodied"}.get(part.phase, part.component)
            method = "assumed" if part.phase == "overhead" else weakest((m, 1.0) for m in part.methods)
            rows.append(Part(label, part.phase, self.book.quantity(samples), self._share(samples), method, "", colour))
        return rows

    def _unanswered(self) -> list[Part]:
        """Rows of what no process answers, each where it belongs."""
        found = dict.fromkeys((self._place_of(group), group.flow) for group in self.book.now.unanswered())
        return [
            Part(label, say("{flow}: no process in the library", flow=flow), None, 0.0, "unknown", "#unknown")
            for label, flow in found
        ]

    def _place_of(self, group: GroupSum) -> str:
        """Name of the part of the split that a group belongs to."""
        if self.split == "component":
            return component_name(group.component)
        fields = ("site", "region", "zone") if self.split == "location" else (self.split,)
        return self._label(next((str(value) for name in fields if (value := getattr(group, name))), ""))

    def prepare(self, sections: Sequence[str]) -> None:
        """Compute what these sections show, while their figures are drawn."""
        needed = {"hero": ("also", "change"), "changed": ("steps",), "split": ("split_rows",), "unknown": ("gaps",)}
        for section in sections if not self.empty and not self.nothing else ():
            for name in needed.get(section, ()):
                getattr(self, name)

    @cached_property
    def gaps(self) -> list[Gap]:
        """What is not known yet, and what would close it."""
        return gaps(self.book, self.span)

    @cached_property
    def partial(self) -> bool:
        """Whether something is missing from the total of the leading category."""
        return any(gap.missing and gap.category in ("", self.book.category) for gap in self.gaps)


def _quantities(book: Book, span: Span) -> dict[object, Quantity]:
    return {month: book.quantity(s) for month, s in book.along(span, "tag").items()}


def _line(found: dict[object, Quantity], span: Span, kind: str = "main") -> Series:
    months = span.months
    return Series(_end(span), tuple(map(found.get, months)), kind, when=tuple(f"{month:%Y-%m}" for month in months))


def _month_marks(book: Book, span: Span) -> dict[Hashable, str]:
    shares: dict[Hashable, list[tuple[str, float]]] = {}
    for (month, method), samples in book.along(span, "tag", "method").items():
        shares.setdefault(month, []).append((method, float(np.median(samples))))
    return {month: weakest(found) for month, found in shares.items()}


def _month_name(month: object) -> str:
    assert isinstance(month, datetime)
    return month_text(month)


def _end(span: Span) -> str:
    """Name of a line at its end: short."""
    last = month_after(span.until, -1)
    return say("to {month}", month=month_text(last))
