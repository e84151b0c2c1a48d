"""Lengths of time as people write them: 12h, 90d, 8w, 1y or never."""

from datetime import UTC, datetime, timedelta

from treadlight.core.errors import InputError

__all__ = ["end_of"]

_DAYS = {"h": 1.0 / 24.0, "d": 1.0, "w": 7.0, "y": 365.0}


def end_of(text: str, field: str) -> datetime | None:
    """When something ends that holds for so long from now; None: never.

    Raises
    ------
    InputError
        If it is no length of time.
    """
    if text == "never":
        return None
    try:
        return datetime.now(UTC) + timedelta(days=float(text[:-1]) * _DAYS[text[-1:]])
    except (ValueError, KeyError, OverflowError):
        remedy = "write 12h, 90d, 8w, 1y or never"
        raise InputError("is no length of time", field=field, value=text, remedy=remedy) from None
