"""Small phrases that templates need: how much less, of how many, in which unit."""

import shlex
from collections.abc import Iterator, Sequence
from urllib.parse import parse_qsl, urlencode

from treadlight.app.explain import TOTAL
from treadlight.app.web.book import Book, Span
from treadlight.app.web.changes import Change
from treadlight.app.web.gaps import Gap, largest
from treadlight.assess.why import WhyNode
from treadlight.core.quantity import Quantity
from treadlight.core.texts import say
from treadlight.share.findings import things_unknown
from treadlight.share.numbers import could_add, figure, in_unit, show

__all__ = [
    "ends",
    "holds",
    "in_category",
    "of",
    "plain_unit",
    "size",
    "size_of",
    "span",
    "start",
    "tried_text",
    "unknown",
    "way",
    "why_command",
]


def size(change: Quantity) -> Quantity:
    """How large a relative change is [%], whichever way it goes."""
    low, mid, high = (100 * v for v in (change.p05, change.p50, change.p95))
    return Quantity("%", low, mid, high) if mid >= 0 else Quantity("%", -high, -mid, -low)


def way(change: Quantity) -> str:
    """``less than in the months before, between 3 and 20.``"""
    wanted, less = size(change), change.p50 < 0
    low, high = _whole(abs(wanted.p05)), _whole(wanted.p95)
    if wanted.p05 < 0:
        if less:
            ends = say("between {low} more and {high} less", low=low, high=high)
        else:
            ends = say("between {low} less and {high} more", low=low, high=high)
    else:
        ends = say("between {low} and {high}", low=low, high=high)
    if less:
        return say("less than in the months before, {between}.", between=ends)
    return say("more than in the months before, {between}.", between=ends)


def _whole(value: float) -> str:
    return figure(value, 0 if value >= 2 else 1)


def unknown(found: Sequence[Gap]) -> str:
    """How many things are unknown, and which could add most."""
    n = sum(gap.missing for gap in found)
    if not n:
        return say("What is not known makes the interval wider than it need be.")
    text = things_unknown(n)
    most = largest(list(found))
    if most is None or most.could_add is None:
        return text
    size_ = could_add(most.could_add)
    return f"{text} {say('The largest that can be sized could add {size}: {what}.', size=size_, what=most.what)}"


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
    return say("between {low} and {high}", low=shown.low, high=shown.high)


def tried_text(difference: Quantity, unit: str, step: int | None = None) -> str:
    """``29 kg CO₂e less, between 25 and 33.``: what was tried, against what was."""
    if difference.p05 == difference.p95 == 0:
        return say("As it was.")
    shown = show(size_of(difference), unit, step=step)
    amount = say("{amount} less", amount=shown.text) if difference.p50 < 0 else say("{amount} more", amount=shown.text)
    between = say("{amount}, between {low} and {high}.", amount=amount, low=shown.low, high=shown.high)
    return between if shown.low else say("{amount}.", amount=amount)


def of(href: str, what: str) -> str:
    """An address of a page *why*, for a number that follows from the one it explains."""
    path, _, query = href.partition("?")
    return f"{path}?{urlencode([*parse_qsl(query), ('of', what)])}"


def in_category(href: str, category: str) -> str:
    """An address of a page, led by another category."""
    path, _, query = href.partition("?")
    kept = [(name, value) for name, value in parse_qsl(query) if name != "category"]
    return f"{path}?{urlencode([('category', category), *kept])}"


def holds(node: WhyNode, step: str) -> bool:
    """Whether a step lies beneath another, so that the way to it stands open."""
    return any(child.id == step or holds(child, step) for child in node.children)


def plain_unit(label: str) -> str:
    """A unit's label; empty for a ratio of like to like, which has none."""
    numerator, _, denominator = label.partition("/")
    return "" if numerator == denominator else label


def why_command(identifier: str, book: Book | None = None) -> str:
    """The command that explains the same number in a terminal.

    Parameters
    ----------
    book
        What the page shows: its category, method and library, of a total its projects and months, and the number that
        follows from it. Without it there is no command for a total, nor is there one where other months are chosen to
        lie beside those.
    """
    of = book.request.get("of") if book else ""
    if identifier == TOTAL and (book is None or (of.startswith("change") and book.request.get("beside"))):
        return ""
    words = ["treadlight", "why", identifier if ":" in identifier else identifier[:18]]
    for option, value, default in _options(identifier, book) if book else ():
        words += [option, value] if value and value != default else []
    words += ["--of", of] if of else []
    return shlex.join(words)


def _options(identifier: str, book: Book) -> Iterator[tuple[str, str, str]]:
    """Options of that command, their values and defaults."""
    desk, method = book.desk, book.desk.method
    yield "--category", desk.category, "gwp"
    yield "--accounting", method.accounting, "location"
    yield "--scope", method.scope, "life-cycle"
    yield "--library", desk.choice.library, ""
    if identifier == TOTAL:
        for name in ("project", "team", "stage"):
            yield f"--{name}", getattr(book.filter, name) or "", ""
        for name, value in book.span.query.items() if book.span else ():
            yield f"--{name}", value, ""
