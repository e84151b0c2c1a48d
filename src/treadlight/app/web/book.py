"""The book: what the ledger says about the time that an address chooses, kept until the ledger grows."""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar

import msgspec
import numpy as np

from treadlight.app.account import CATEGORIES
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.assess.cut import Cut, Rows, cut
from treadlight.assess.draws import Array
from treadlight.assess.footprint import quantity
from treadlight.core.errors import InputError
from treadlight.core.marks import WORDS, weakest
from treadlight.core.quantity import Quantity
from treadlight.core.texts import say
from treadlight.ledger.months import month_after, months_between
from treadlight.ledger.query import Filter
from treadlight.ledger.records import GroupSum, Run

__all__ = ["MONTHS", "Book", "Span", "month_text"]

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_YEAR = 12
_CLOCKS = timedelta(days=1)
"""So far may the clocks of those who record be ahead."""
_BLANK = GroupSum("", "", "", "", "", "", "point(1.0)", "", "", "", "", "", "", 1.0, 0)
K = TypeVar("K", bound=Hashable)


def month_text(month: datetime) -> str:
    """``Nov 2025``."""
    return say("{month} {year}", month=say(MONTHS[month.month - 1]), year=month.year)


@dataclass(frozen=True, slots=True)
class Span:
    """Whole months, from `since` to before `until`."""

    since: datetime
    until: datetime

    @property
    def months(self) -> list[datetime]:
        """Beginnings of its months."""
        return months_between(self.since, self.until)

    @property
    def text(self) -> str:
        """``Nov 2025 to Oct 2026``, ``2025`` or ``March 2026``."""
        last = month_after(self.until, -1)
        if self.since == last:
            return month_text(last)
        if self.since.month == 1 and last.month == 12 and self.since.year == last.year:
            return str(last.year)
        return say("{first} to {last}", first=month_text(self.since), last=month_text(last))

    def before(self) -> "Span":
        """As many months, just before."""
        return Span(month_after(self.since, -len(self.months)), self.since)

    @property
    def query(self) -> dict[str, str]:
        """As parameters of an address."""
        return {"since": f"{self.since.date()}", "until": f"{self.until.date()}"}


class Book:
    """What one address asks of the ledger.

    Parameters
    ----------
    desk, request
        Whose, and which address.
    """

    def __init__(self, desk: Desk, request: PageRequest) -> None:
        self.desk = desk
        self.request = request
        self.category = desk.category
        self._cuts: dict[Span, Cut] = {}

    @cached_property
    def filter(self) -> Filter:
        """What is chosen beside the time."""
        return replace(self.desk.filter, since=None, until=None, run=None, name=None, status=None)

    @cached_property
    def extent(self) -> Span | None:
        """Months of the whole ledger; None while it is empty."""
        desk = self.desk
        found = desk.cached(("extent",), lambda: desk.table.extent(desk.seen(Filter())))
        return None if found is None else Span(found[0], month_after(found[1]))

    @cached_property
    def span(self) -> Span | None:
        """The months that are shown: those of the address, else the last twelve that hold anything, up to now."""
        if self.extent is None:
            return None
        chosen = self.desk.filter
        until = _month_end(chosen.until) if chosen.until else self.latest
        since = _month(chosen.since) if chosen.since else self._year_before(until)
        if since >= until:
            raise InputError("lies before since", field="until", value=f"{until:%Y-%m-%d}", remedy="give a later month")
        if (until.year - since.year) > 30:
            raise InputError(
                "is too long ago", field="since", value=f"{since:%Y-%m-%d}", remedy="choose 30 years at most"
            )
        return Span(since, until)

    @cached_property
    def latest(self) -> datetime:
        """End of the last month that holds anything and has begun; of what lies in the future alone, its end."""
        extent = self.extent
        assert extent is not None
        begun = month_after(_month(self.desk.now() + _CLOCKS))
        if not extent.since < begun < extent.until:
            return extent.until
        desk, chosen = self.desk, Filter(until=begun)
        found = desk.cached(("extent", chosen), lambda: desk.table.extent(desk.seen(chosen)))
        return month_after(found[1]) if found else extent.until

    @cached_property
    def later(self) -> int:
        """How many activities are chosen but for their time, which lies after the months shown and in the future."""
        if self.span is None or self.extent is None or self.desk.filter.until or self.extent.until <= self.span.until:
            return 0
        return int(self.rows(Span(self.span.until, self.extent.until)).counts.sum())

    def odd(self, span: Span) -> list[GroupSum]:
        """Sums of a span by what may be odd about them: few, however many activities there are."""
        rows, names = self.rows(span), ("zone", "region", "site", "period", "project")
        found = [
            msgspec.structs.replace(_BLANK, count=int(n), **dict(zip(names, key, strict=True)))
            for key, n in rows.sums(*names, of=rows.counts).items()
        ]
        return [*found, *(group for _, group in self.cut(span).unfit())]

    def _year_before(self, until: datetime) -> datetime:
        """Twelve months before, or as many as the ledger holds."""
        assert self.extent is not None
        return min(max(month_after(until, -_YEAR), self.extent.since), month_after(until, -1))

    @cached_property
    def previous(self) -> Span | None:
        """The months it stands beside; None where the address says so, or where nothing is recorded of them."""
        if self.span is None or self.extent is None or self.request.get("beside") == "nothing":
            return None
        before = self.span.before()
        return before if before.until > self.extent.since else None

    def rows(self, span: Span) -> Rows:
        """Sums by month."""
        chosen = replace(self.filter, since=span.since, until=span.until)
        return self.desk.table.months(self.desk.seen(chosen))

    def cut(self, span: Span) -> Cut:
        """The footprint of a span, to be cut along any key."""
        desk = self.desk

        def make() -> Cut:
            return cut(
                self.rows(span), desk.library, desk.method, categories=CATEGORIES, draws=desk.draws, seed=desk.seed,
                missing=len(self.unread(span)),
            )  # fmt: skip

        if span not in self._cuts:
            self._cuts[span] = desk.cached(("cut", self.filter, span, desk.method), make, large=True)
        return self._cuts[span]

    @cached_property
    def now(self) -> Cut:
        """The footprint of the months that are shown."""
        assert self.span is not None
        return self.cut(self.span)

    def by(self, span: Span, key: Callable[[Hashable, GroupSum], K | None]) -> dict[K, Array]:
        """Draws of the leading category in a span by a key of month and group."""
        return self.cut(span).by(self.category, key)

    def along(self, span: Span, *names: str, **only: Any) -> dict[Any, Array]:
        """Draws of the leading category in a span by fields of the groups, or by ``tag``, the month; as `Cut.along`."""
        return self.cut(span).along(self.category, *names, **only)

    def quantity(self, samples: Array) -> Quantity:
        """Interval of draws of the leading category."""
        return quantity(samples, self.category)

    @cached_property
    def runs(self) -> Sequence[Run]:
        """Every run that the filter chooses, newest first."""
        return self.desk.cached(("runs", self.filter), self._chosen_runs)

    def _chosen_runs(self) -> Sequence[Run]:
        f, found = self.filter, self.desk.runs
        if f.component is not None or f.flow is not None:
            having = self.desk.table.runs_with(Filter(component=f.component, flow=f.flow))
            found = [run for run in found if run.id in having]
        for name in ("project", "team"):
            value = getattr(f, name)
            found = found if value is None else [run for run in found if getattr(run.subject, name) == value]
        found = found if f.stage is None else [run for run in found if run.stage == f.stage]
        return found if f.runs is None else [run for run in found if run.id in f.runs]

    def runs_of(self, span: Span) -> list[Run]:
        """Runs that began in a span."""
        return [run for run in self.runs if span.since <= run.start < span.until]

    def unread(self, span: Span) -> dict[tuple[str, str, str], int]:
        """Components of which nothing could be read: (component, machine, reason) and in how many runs."""
        from treadlight.app.components import unread

        found: Counter[tuple[str, str, str]] = Counter()
        for run in self.runs_of(span):
            for channel in unread(run):
                found[(channel.component, run.host.get("hostname", ""), channel.detail)] += 1
        return dict(found)

    def marks(self, cut_: Cut, *names: str) -> dict[Any, str]:
        """Mark of method of each part along some fields: that of its weakest sizeable share."""
        parts = cut_.along(self.category, *names, "method")
        found: dict[Any, list[tuple[str, float]]] = {}
        for (*key, method), samples in parts.items():
            found.setdefault(key[0] if len(key) == 1 else tuple(key), []).append((method, float(np.median(samples))))
        return {name: weakest(shares) for name, shares in found.items()}

    def mark(self, cut_: Cut, category: str = "") -> str:
        """Mark of a total: that of its weakest sizeable share."""
        parts = cut_.along(category or self.category, "method")
        return weakest((method, float(np.median(samples))) for method, samples in parts.items())

    @cached_property
    def evidence(self) -> list[tuple[str, float]]:
        """Shares of the leading category by method, 0 to 1, best first; last what is unknown.

        The unknown has no amount: its share is that of what was counted without a figure, by the coverage.
        """
        parts = self.now.along(self.category, "method")
        amounts = {method: max(float(np.median(samples)), 0.0) for method, samples in parts.items()}
        whole = sum(amounts.values())
        covered = float(self.now.footprint.coverage[CATEGORIES.index(self.category)])
        known = [(m, covered * amounts[m] / whole) for m in WORDS if amounts.get(m)] if whole else []
        return [*known, ("unknown", 1 - covered)] if known and covered < 1 else known

    def link(self, path: str, **parameters: str) -> str:
        """An address that keeps what is chosen, with changes."""
        return PageRequest(path, query=self._chosen()).url(path, **parameters)

    def _chosen(self) -> dict[str, Sequence[str]]:
        names = ("category", "accounting", "scope", "library", "project", "team", "stage", "lang")
        found: dict[str, Sequence[str]] = {name: self.request.all(name) for name in names if self.request.get(name)}
        if self.span is not None:
            found |= {name: [value] for name, value in self.span.query.items()}
        return found


def _month(moment: datetime) -> datetime:
    return datetime(moment.year, moment.month, 1, tzinfo=UTC)


def _month_end(moment: datetime) -> datetime:
    begun = _month(moment)
    return begun if begun == moment else month_after(begun)
