"""Times without a zone: pieces of local time become UTC hours after the rows are summed, the same on every engine."""

from datetime import UTC, datetime, timedelta, tzinfo

import numpy as np
from numpy.typing import NDArray

from treadlight.core.errors import InputError
from treadlight.core.zones import time_zone as named_zone

__all__ = ["QUARTER_S", "is_whole_hours", "time_zone", "utc_seconds"]

QUARTER_S = 900
"""Pieces of local time that are summed: every offset in use is a multiple of a quarter of an hour [s]."""


def time_zone(name: str) -> tzinfo:
    """The zone that a person names, whose hours are whole pieces of time.

    Raises
    ------
    InputError
        If there is none so called, or it lies between two quarters of an hour.
    """
    zone = named_zone(name, "--time-zone")
    offset = zone.utcoffset(None)
    if offset is not None and offset.total_seconds() % QUARTER_S:
        remedy = "give a multiple of a quarter of an hour"
        raise InputError("is no offset in use", field="--time-zone", value=name, remedy=remedy)
    return zone


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
