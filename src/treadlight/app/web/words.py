"""Small phrases that templates need: how much less, of how many, in which unit."""

from collections.abc import Sequence

from treadlight.app.web.book import Span
from treadlight.app.web.changes import Change
from treadlight.app.web.gaps import Gap
from treadlight.assess.why import WhyNode
from treadlight.core.quantity import Quantity
from treadlight.share.numbers import figure, in_unit, show

__all__ = ["ends", "holds", "plain_unit", "size", "size_of", "span", "start", "unknown", "way"]

_COUNTS = ("Nothing", "One thing", "Two things", "Three things", "Four things", "Five things", "Six things")


def size(change: Quantity) -> Quantity:
    """How large a relative change is [%], whichever way it goes."""
    low, mid, high = (100 * v for v in (change.p05, change.p50, change.p95))
    return Quantity("%", low, mid, high) if mid >= 0 else Quantity("%", -high, -mid, -low)


def way(change: Quantity) -> str:
    """``less than in the months before, between 3 and 20.``"""
    wanted = size(change)
    word = "less" if change.p50 < 0 else "more"
    if wanted.p05 < 0:
        opposite = "more" if word == "less" else "less"
        ends = f"between {_whole(-wanted.p05)} {opposite} and {_whole(wanted.p95)} {word}"
    else:
        ends = f"between {_whole(wanted.p05)} and {_whole(wanted.p95)}"
    return f"{word} than in the months before, {ends}."


def _whole(value: float) -> str:
    return figure(value, 0 if value >= 2 else 1)


def unknown(gaps: Sequence[Gap]) -> str:
    """How many things are unknown."""
    n = sum(gap.missing for gap in gaps)
    if not n:
        return "What is not known makes the interval wider than it need be."
    count = _COUNTS[n] if n < len(_COUNTS) else f"{n} things"
    return f"{count} {'is' if n == 1 else 'are'} still unknown."


def span(months: Span) -> str:
    """A span as part of an address: ``2025-11..2026-11``."""
    return f"{months.since:%Y-%m}..{months.until:%Y-%m}"


def start(step: Change, unit: str) -> float:
    """Where a step begins, in a unit."""
    return in_unit(Quantity.exact(step.start, step.change.unit), unit).p50


def size_of(difference: Quantity) -> Quantity:
    """How large a difference is, whichever way it goes."""
    if difference.p50 >= 0:
        return difference
    return Quantity(difference.unit, -difference.p95, -difference.p50, -difference.p05)


def ends(difference: Quantity, unit: str) -> str:
    """``between 25 and 33`` of a difference, whichever way it goes."""
    shown = show(size_of(difference), unit)
    return f"between {shown.low} and {shown.high}"


def holds(node: WhyNode, step: str) -> bool:
    """Whether a step lies beneath another, so that the way to it stands open."""
    return any(child.id == step or holds(child, step) for child in node.children)


def plain_unit(label: str) -> str:
    """A unit's label; empty for a ratio of like to like, which has none."""
    numerator, _, denominator = label.partition("/")
    return "" if numerator == denominator else label
