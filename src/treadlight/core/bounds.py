"""Bounds of what an activity can mean: beyond them a number is a slip, refused where it is taken in.

They hold for what comes in anew (`treadlight.ledger.wire`, `treadlight.ledger.store.Ledger.append`). What stands in a
ledger already is never refused: an account leaves out what is beyond them, and says so.
"""

import math
from datetime import UTC, datetime
from functools import lru_cache

from treadlight.core.activity import Activity
from treadlight.core.distribution import Distribution, Lognormal, parse
from treadlight.core.errors import InputError
from treadlight.core.flow import flow_unit

__all__ = [
    "EARLIEST",
    "LARGEST",
    "LATEST",
    "check_activity",
    "check_amount",
    "check_ratio",
    "check_times",
    "is_ratio",
    "ratio_of",
]

LARGEST = 1e15
"""Largest amount of one activity [unit of its flow]: 10^15 kWh are a million TWh, 10^15 device-hours a hundred
thousand million devices for a year, 10^15 L a thousand km³, 10^15 GB a million EB. No single record means more."""

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
"""Nothing begins before: from here machines count their time, and one whose clock was never set still counts."""

LATEST = datetime(2100, 1, 1, tzinfo=UTC)
"""Nothing ends later. Plans are activities, too, and whoever's clock is ahead must lose nothing: what lies in the
future is taken in up to here, and no page's default months are decided by it."""

_WIDEST_GSD = 1e3
_FARTHEST = 1e6
"""How far the 5th or 95th percentile of true ÷ stated amount may lie from 0."""


def check_activity(record: Activity) -> None:
    """Refuse an activity that says what nobody can mean; one that only takes another back repeats what that says.

    Raises
    ------
    InputError
        Naming the field.
    """
    check_amount(record.amount, "amount", record.flow)
    if record.allocation.whole is not None:
        check_amount(record.allocation.whole, "allocation.whole", record.flow)
    if record.amount or not record.supersedes:
        check_times(record.start, record.end)
        check_ratio(record.uncertainty)


def check_times(start: datetime, end: datetime) -> None:
    """Refuse aware times that lie before `EARLIEST` or after `LATEST`.

    Raises
    ------
    InputError
        Naming the field.
    """
    if EARLIEST <= start <= end <= LATEST:
        return
    for field, moment in (("start", start), ("end", end)):
        if not EARLIEST <= moment <= LATEST:
            remedy = f"give a time between the years {EARLIEST.year} and {LATEST.year}, in UTC"
            raise InputError("cannot be meant", field=field, value=moment.isoformat(), remedy=remedy)


def check_amount(amount: float, field: str, flow: str) -> None:
    """Refuse an amount [unit of the flow] whose magnitude is beyond `LARGEST`.

    Raises
    ------
    InputError
        Naming the field.
    """
    if not abs(amount) <= LARGEST:
        remedy = f"give {flow} in {flow_unit(flow)}, at most {LARGEST:.0e} in one activity"
        raise InputError("is more than can be meant", field=field, value=amount, remedy=remedy)


def ratio_of(text: str) -> Distribution:
    """The distribution of true ÷ stated amount that a text states.

    Raises
    ------
    InputError
        Naming the field ``uncertainty``.
    """
    try:
        return parse(text)
    except InputError as error:
        what = error.what if error.field == "distribution" else f"{error.field}: {error.what}"
        raise InputError(what, field="uncertainty", value=text, remedy=error.remedy) from None


def check_ratio(uncertainty: Distribution) -> None:
    """Refuse a distribution of true ÷ stated amount that says nothing, or that no number can hold.

    Raises
    ------
    InputError
        Naming the field ``uncertainty``.
    """
    if not _is_narrow(uncertainty):
        remedy = f"give true ÷ stated amount: a median near 1, a GSD of {_WIDEST_GSD:g} at most"
        raise InputError("is wider than can be meant", field="uncertainty", value=str(uncertainty), remedy=remedy)


@lru_cache(maxsize=4096)
def is_ratio(text: str) -> bool:
    """Whether a distribution, given as text, is one that `check_ratio` lets pass."""
    try:
        return _is_narrow(parse(text))
    except InputError:
        return False


def _is_narrow(uncertainty: Distribution) -> bool:
    if isinstance(uncertainty, Lognormal) and uncertainty.gsd > _WIDEST_GSD:
        return False
    ends = [uncertainty.quantile(p) for p in (0.05, 0.5, 0.95)]
    moments = (uncertainty.mean, uncertainty.sd)
    return all(map(math.isfinite, moments)) and all(abs(end) <= _FARTHEST for end in ends)
