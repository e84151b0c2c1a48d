"""What was told to the public, held against what was found in like units."""

import math

from treadlight.assess.netimpact.claim import RELATIVE
from treadlight.assess.netimpact.result import NetImpact
from treadlight.core.errors import InputError
from treadlight.core.quantity import Quantity
from treadlight.core.units import convert

__all__ = ["at_most_of_owner", "overclaim", "told_and_found"]


def told_and_found(found: NetImpact) -> tuple[float, Quantity] | None:
    """The headline in the unit of what it is held against, and what that is.

    A headline in per cent is held against the effect, another against the owner's share of what is left at most. None
    where nothing was told, or where there is nothing to hold it against.
    """
    headline = found.claim.headline
    if headline is None:
        return None
    held = found.effect if headline.unit in RELATIVE else at_most_of_owner(found)
    if held is None:
        return None
    try:
        return convert(headline.value, headline.unit, held.unit), held
    except InputError as error:
        raise error.at(f"{found.claim.where}: headline.unit", headline.unit) from None


def at_most_of_owner(found: NetImpact) -> Quantity | None:
    """The owner's share of what the known terms leave; all of that where no share is said."""
    left = found.at_most
    if left is None or found.share is None:
        return left
    return Quantity(left.unit, *(end * found.share for end in (left.p05, left.p50, left.p95)))


def overclaim(found: NetImpact) -> float | None:
    """Headline over the median of what was found; None where that is no saving, or not known."""
    pair = told_and_found(found)
    if pair is None or pair[1].p50 <= 0 or (pair[1].unit != "%" and found.unknown):
        return None
    ratio = pair[0] / pair[1].p50
    return ratio if math.isfinite(ratio) else None
