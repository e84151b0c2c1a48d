"""Lessons on the pages' own data: what a term means is shown with the reader's own numbers."""

from dataclasses import dataclass

import numpy as np

from treadlight.app.account import CATEGORIES
from treadlight.app.web.book import Book
from treadlight.assess.cut import cut
from treadlight.assess.draws import Array
from treadlight.assess.footprint import quantity
from treadlight.core.method import Method
from treadlight.core.quantity import Quantity
from treadlight.library.tables.equivalents import current
from treadlight.share.numbers import between, percent, plain_number, show

__all__ = ["Lesson", "equivalents", "lessons"]


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson: what it is about, what one's own data says, why that matters, and the terms it uses.

    `rows` are (label, quantity) for the small table beside it.
    """

    anchor: str
    title: str
    finding: str
    text: str
    terms: tuple[str, ...]
    rows: tuple[tuple[str, Quantity], ...] = ()


def lessons(book: Book) -> list[Lesson]:
    """Lessons that the months shown can teach; fewer where they hold less."""
    if book.span is None or not book.now.rows or book.now.footprint.total(book.category) is None:
        return []
    found = [_embodied(book), _market(book), _interval(book), _rebound(book)]
    return [lesson for lesson in found if lesson is not None]


def _row(book: Book) -> int:
    return CATEGORIES.index(book.category)


def _embodied(book: Book) -> Lesson | None:
    phases = book.now.footprint.by("phase")
    made = sum((phases[p][_row(book)] for p in ("embodied", "end-of-life") if p in phases), np.zeros(book.desk.draws))
    use = phases["use"][_row(book)] if "use" in phases else np.zeros(book.desk.draws)
    if not np.any(made) or not np.any(use):
        return None
    share = float(np.median(made / (made + use)))
    return Lesson(
        "embodied",
        "What embodied means",
        f"Making the machines is {percent(share)} of what these months cost.",
        "Cards and servers were mined, melted, etched and shipped before they computed anything. Each hour of use "
        "carries a share of that. It does not shrink when the grid gets cleaner; it shrinks when machines live longer "
        "and stand idle less.",
        ("embodied", "allocation"),
        (("Use", book.quantity(use)), ("Making and end of life", book.quantity(made))),
    )


def _market(book: Book) -> Lesson | None:
    both = [_accounted(book, accounting) for accounting in ("location", "market")]
    location, market = (q for q in both if q is not None) if all(both) else (None, None)
    if location is None or market is None:
        return None
    same = abs(location.p50 - market.p50) < 0.02 * abs(location.p50)
    finding = (
        "Counted by contract, these months cost the same: no contract is recorded."
        if same
        else f"By the grid they cost {show(location).text}; by contract, {show(market).text}."
    )
    return Lesson(
        "location-market",
        "Location and market",
        finding,
        "A contract changes who pays for which plant; it does not change which electrons the machine drew. Both "
        "answers are right, to different questions, so a report shows both and never adds or mixes them.",
        ("location-market", "average-marginal"),
        (("Location-based", location), ("Market-based", market)),
    )


def _accounted(book: Book, accounting: str) -> Quantity | None:
    desk, span = book.desk, book.span
    assert span is not None
    method = Method(accounting, scope=desk.method.scope)
    key = ("accounted", accounting, desk.method.scope, book.filter, span)
    rows = book.rows(span)
    made = desk.cached(
        key, lambda: cut(rows, desk.library, method, categories=CATEGORIES, draws=desk.draws, seed=desk.seed)
    )
    return made.footprint.total(book.category)


def _interval(book: Book) -> Lesson | None:
    total = book.now.footprint.total(book.category)
    if total is None or total.p05 <= 0:
        return None
    parts = book.now.by(book.category, lambda _, group: group.method)
    widths = {method: _width(samples) for method, samples in parts.items() if np.any(samples)}
    if len(widths) < 2:
        return None
    narrow, wide = (end(widths, key=lambda m: widths[m]) for end in (min, max))
    return Lesson(
        "interval",
        "Why an interval",
        f"The total lies {between(total)}: its ends are {plain_number(total.p95 / total.p05, 2)}-fold apart.",
        f"What is {narrow} is {plain_number(widths[narrow], 2)}-fold apart from end to end, what is {wide} is "
        f"{plain_number(widths[wide], 2)}-fold. One number without its ends would hide that, and two such numbers "
        "could be told apart by chance alone.",
        ("interval", "evidence", "share-of-doubt"),
        tuple((method.capitalize(), quantity(parts[method], book.category)) for method in widths),
    )


def _width(samples: Array) -> float:
    low, high = (float(x) for x in np.quantile(samples, (0.05, 0.95)))
    return high / low if low > 0 else float("inf")


def _rebound(book: Book) -> Lesson | None:
    """What services answered in the first and the last third of the months, and what one request took."""
    assert book.span is not None
    months = book.span.months
    if len(months) < 6:
        return None
    third = len(months) // 3
    early, late = months[third], months[-third]
    counts = [0.0, 0.0]
    for run in book.runs_of(book.span):
        requests = run.counts.get("requests", 0.0)
        if run.start < early:
            counts[0] += requests
        elif run.start >= late:
            counts[1] += requests
    if not all(counts):
        return None

    def when(month: object, group: object) -> str | None:
        if group.stage != "inference":  # type: ignore[attr-defined]
            return None
        return "early" if month < early else "late" if month >= late else None  # type: ignore[operator]

    found = book.by(book.span, when)
    if set(found) != {"early", "late"}:
        return None
    draws = [found[name] / count * 1000 for name, count in zip(("early", "late"), counts, strict=True)]
    each = [book.quantity(samples) for samples in draws]
    low, high = (float(x) for x in np.quantile(draws[1] - draws[0], (0.05, 0.95)))
    fewer = "less" if high < 0 else "more" if low > 0 else "about as much"
    grown = "grew" if counts[1] > counts[0] else "fell"
    factor = plain_number(max(counts) / min(counts), 2)
    return Lesson(
        "rebound",
        "Rebound",
        f"A thousand requests cost {fewer}{' as' if low <= 0 <= high else ' than'} in the first months, "
        f"and requests {grown} {factor}-fold.",
        "A cheaper answer is asked for more often. Whether a saving is one shows in the total, not in the amount per "
        "request; so a budget is set on the total.",
        ("rebound", "functional-unit"),
        (("First third, per 1 000 requests", each[0]), ("Last third, per 1 000 requests", each[1])),
    )


def equivalents(book: Book) -> list[tuple[str, str, str]]:
    """What one unit of everyday life stands for: text, perimeter, and vintage with its expiry."""
    from datetime import UTC, datetime

    rows = current(datetime.now(UTC).date()).valid
    return [
        (
            f"1 {row.label}: {show(Quantity.exact(row.value, row.unit)).text}",
            row.perimeter,
            f"{row.vintage}, valid to {row.expires}" if row.expires else row.vintage,
        )
        for row in rows
    ]
