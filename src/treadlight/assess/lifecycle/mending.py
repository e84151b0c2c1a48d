"""What to write instead of an amount that comes to another unit: the same arithmetic, with the unit that is missing."""

import math
import re
from collections.abc import Callable, Iterator

from treadlight.assess.lifecycle.dimensions import Measure, amiss_by, measured, verdict
from treadlight.assess.lifecycle.expression import NUMBER, expression
from treadlight.core.errors import InputError

__all__ = ["mended", "multiplied"]

_TIMES = ("day", "h", "month", "year", "week", "min", "s")
"""Units that a plain number is most often meant in."""

_BARE = re.compile(rf"(?<!\*\*)(?<!\*\* ){NUMBER}(?!\s*[\w.(\[])")


_LONG = 6
"""Digits of a factor above which its inverse is told, if that is shorter."""


def multiplied(factor: float, near: float = 1e-9) -> str:
    """How to multiply by a factor: ``multiply by 1000``, or ``divide by 12`` where the factor has no end.

    Parameters
    ----------
    near
        How far the inverse may be from a whole number.
    """
    told = f"{factor:.10g}"
    inverse = 1 / factor if factor else 0.0
    for short, far in ((round(inverse, 2), 1e-9), (round(inverse), near)):
        if len(told) > _LONG and short and math.isclose(inverse, short, rel_tol=far):
            return f"divide by {short:.10g}"
    return f"multiply by {told}"


def mended(text: str, lookup: Callable[[str], Measure], wanted: Measure, per: Measure | None = None) -> str:
    """The amount `text` with a unit behind one of its plain numbers, so that it comes to what is wanted; else empty.

    Parameters
    ----------
    lookup
        Measure of each name in it.
    wanted, per
        As of `dimensions.verdict`.
    """
    changed = {each: held for each in _changed(text) if (held := _measured(each, lookup)) is not None}
    scaled = (
        f"{_whole(each)} * {factor:g}" for each, held in changed.items() if (factor := _prefix(held, wanted, per))
    )
    for each in (*changed, *scaled):
        held = changed.get(each) or _measured(each, lookup)
        if held is not None and held.known and verdict(held, wanted, per) == "fits":
            return each
    return ""


def _measured(text: str, lookup: Callable[[str], Measure]) -> Measure | None:
    try:
        return measured(expression(text), lookup)
    except InputError:
        return None


def _prefix(held: Measure, wanted: Measure, per: Measure | None) -> float:
    """The factor between two prefixes of a unit; 0 where what is between them is no power of ten."""
    factor = amiss_by(held, wanted, per) or 0.0
    power = round(math.log10(factor)) if factor > 0 else 0
    return 10.0**power if factor and math.isclose(factor, 10.0**power, rel_tol=1e-9) else 0.0


def _changed(text: str) -> Iterator[str]:
    """The text with each unit behind each of its plain numbers in turn."""
    for unit in _TIMES:
        for found in _BARE.finditer(text):
            yield f"{text[: found.end()]} {unit}{text[found.end() :]}"


def _whole(text: str) -> str:
    """The text as one factor of a product."""
    return f"({text})" if re.search(r"[+-](?![^()]*\))", text) else text
