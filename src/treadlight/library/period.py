"""Periods of demands: a year, or an hour in UTC."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from treadlight.core.errors import InputError

__all__ = ["Period", "period_of"]


@dataclass(frozen=True, slots=True)
class Period:
    """A year, and the hour in it if one was asked for (``2026-11-22T13``)."""

    text: str
    year: int
    hour: str = ""


@lru_cache(maxsize=4096)
def period_of(text: str) -> Period:
    """The period written as ``2026`` or ``2026-11-22T13``.

    Raises
    ------
    InputError
        If it is written otherwise.
    """
    form = "%Y" if len(text) == 4 else "%Y-%m-%dT%H"
    try:
        year = datetime.strptime(text, form).year  # noqa: DTZ007  UTC by definition
    except ValueError:
        remedy = "write a year such as 2026, or a UTC hour such as 2026-11-22T13"
        raise InputError("not a period", field="period", value=text, remedy=remedy) from None
    return Period(text, year, text if form != "%Y" else "")
