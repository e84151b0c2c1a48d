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
from treadlight.core.texts import say
from treadlight.library.tables.equivalents import current
from treadlight.share.numbers import between, in_unit, ladder, percent, plain_number, show

__all__ = ["Lesson", "Like", "equivalents", "lessons"]


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
        say("What embodied means"),
        say("Making the machines is {share} of what these months cost.", share=percent(share)),
        say(
            "Cards and servers were mined, melted, etched and shipped before they computed anything. Each hour of use "
            "carries a share of that. It does not shrink when the grid gets cleaner; it shrinks when machines live "
            "longer and stand idle less."
        ),
        ("embodied", "allocation"),
        ((say("Use"), book.quantity(use)), (say("Making and end of life"), book.quantity(made))),
    )


def _market(book: Book) -> Lesson | None:
    both = [_accounted(book, accounting) for accounting in ("location", "market")]
    location, market = (q for q in both if q is not None) if all(both) else (None, None)
    if location is None or market is None:
        return None
    same = abs(location.p50 - market.p50) < 0.02 * abs(location.p50)
    finding = (
        say("Counted by contract, these months cost the same: no contract is recorded.")
        if same
        else say(
            "By the grid they cost {grid}; by contract, {contract}.",
            grid=show(location).text,
            contract=show(market).text,
        )
    )
    return Lesson(
        "location-market",
        say("Location and market"),
        finding,
        say(
            "A contract changes who pays for which plant; it does not change which electrons the machine drew. Both "
            "answers are right, to different questions, so a report shows both and never adds or mixes them."
        ),
        ("location-market", "average-marginal"),
        ((say("Location-based"), location), (say("Market-based"), market)),
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
    parts = book.now.along(book.category, "method")
    widths = {method: _width(samples) for method, samples in parts.items() if np.any(samples)}
    if len(widths) < 2:
        return None
    narrow, wide = (end(widths, key=lambda m: widths[m]) for end in (min, max))
    return Lesson(
        "interval",
        say("Why an interval"),
        say(
            "The total lies {between}: its ends are {n}-fold apart.",
            between=between(total),
            n=plain_number(total.p95 / total.p05, 2),
        ),
        say(
            "What is {narrow} is {n}-fold apart from end to end, what is {wide} is {m}-fold. One number without its "
            "ends would hide that, and two such numbers could be told apart by chance alone.",
            narrow=say(narrow),
            n=plain_number(widths[narrow], 2),
            wide=say(wide),
            m=plain_number(widths[wide], 2),
        ),
        ("interval", "evidence", "share-of-doubt"),
        tuple((_capital(say(method)), quantity(parts[method], book.category)) for method in widths),
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


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

    found: dict[str, Array] = {}
    for (month, stage), samples in book.along(book.span, "tag", "stage").items():
        when = "early" if month < early else "late" if month >= late else ""
        if stage == "inference" and when:
            found[when] = found[when] + samples if when in found else samples
    if set(found) != {"early", "late"}:
        return None
    draws = [found[name] / count * 1000 for name, count in zip(("early", "late"), counts, strict=True)]
    each = [book.quantity(samples) for samples in draws]
    low, high = (float(x) for x in np.quantile(draws[1] - draws[0], (0.05, 0.95)))
    factor = plain_number(max(counts) / min(counts), 2)
    if counts[1] > counts[0]:
        grown = say("requests grew {n}-fold", n=factor)
    else:
        grown = say("requests fell {n}-fold", n=factor)
    if high < 0:
        finding = say("A thousand requests cost less than in the first months, and {grown}.", grown=grown)
    elif low > 0:
        finding = say("A thousand requests cost more than in the first months, and {grown}.", grown=grown)
    else:
        finding = say("A thousand requests cost about as much as in the first months, and {grown}.", grown=grown)
    return Lesson(
        "rebound",
        say("Rebound"),
        finding,
        say(
            "A cheaper answer is asked for more often. Whether a saving is one shows in the total, not in the amount "
            "per request; so a budget is set on the total."
        ),
        ("rebound", "functional-unit"),
        ((say("First third, per 1 000 requests"), each[0]), (say("Last third, per 1 000 requests"), each[1])),
    )


_FEWEST, _MOST = 0.1, 1e6  # beyond these nobody can picture so many of a thing


@dataclass(frozen=True, slots=True)
class Like:
    """A thing of everyday life: what one of it stands for, what that covers, of when it is, and how many the total is.

    `times` is None where it measures something else than the leading category, the total is unknown, or nobody could
    picture so many or so few.
    """

    name: str
    each: str
    perimeter: str
    vintage: str
    times: Quantity | None


def equivalents(book: Book) -> list[Like]:
    """Things of everyday life that may be shown today; those that measure what leads come first."""
    from datetime import UTC, datetime

    rows = current(datetime.now(UTC).date()).valid
    total = book.now.footprint.total(book.category) if book.span is not None and len(book.now.rows) else None
    found = []
    for row in rows:
        vintage = (
            say("{vintage}, valid to {date}", vintage=row.vintage, date=row.expires) if row.expires else row.vintage
        )
        each = Quantity.exact(row.value, row.unit)
        found.append(Like(row.label, show(each).text, row.perimeter, vintage, _times(total, each)))
    return sorted(found, key=lambda like: like.times is None)


def _times(total: Quantity | None, each: Quantity) -> Quantity | None:
    """How many of a thing a total stands for."""
    if total is None or each.p50 <= 0 or not set(ladder(total.unit)) & set(ladder(each.unit)):
        return None
    q = in_unit(total, each.unit)
    found = Quantity("1", q.p05 / each.p50, q.p50 / each.p50, q.p95 / each.p50)
    return found if _FEWEST <= found.p50 <= _MOST else None
