"""Times without a zone: pieces of local time become UTC hours after the rows are summed, the same on every engine."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

import numpy as np
from numpy.typing import NDArray

from treadlight.core.errors import InputError

__all__ = ["QUARTER_S", "is_whole_hours", "time_zone", "utc_seconds"]

QUARTER_S = 900
"""Every offset in use is a multiple of a quarter of an hour [s]."""

_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)")


def time_zone(name: str) -> tzinfo:
    """The zone that a person names: ``UTC``, ``Europe/Paris`` or ``+05:30``.

    Raises
    ------
    InputError
        If there is none so called.
    """
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    if name.upper() in ("UTC", "Z", "GMT"):
        return UTC
    found = _OFFSET.fullmatch(name)
    if found:
        sign, hours, minutes = found.groups()
        shift = timedelta(hours=int(hours), minutes=int(minutes))
        if shift < timedelta(hours=24) and int(minutes) % 15 == 0:
            return timezone(-shift if sign == "-" else shift)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        remedy = "write UTC, a name such as Europe/Paris, or an offset such as +05:30"
        raise InputError("there is no such time zone", field="--time-zone", value=name, remedy=remedy) from None


def is_whole_hours(zone: tzinfo | None) -> bool:
    """Whether hours of the zone are hours of UTC for certain."""
    return zone is None or zone is UTC


def utc_seconds(local_s: NDArray[np.int64], zone: tzinfo) -> NDArray[np.int64]:
    """UTC of local times [s since 1970]; an hour that occurs twice is its first, one that is skipped goes on before.

    Parameters
    ----------
    local_s
        Seconds from 1970-01-01 00:00 of the local clock to the time that it showed.
    """
    moments, places = np.unique(local_s, return_inverse=True)
    epoch = datetime(1970, 1, 1)  # noqa: DTZ001  (a reading of the local clock)
    shown = [(epoch + timedelta(seconds=int(s))).replace(tzinfo=zone) for s in moments]
    found: NDArray[np.int64] = np.array([round(moment.timestamp()) for moment in shown], dtype=np.int64)
    return found[places]
