"""Time zones as people name them."""

import re
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from treadlight.core.errors import InputError

__all__ = ["time_zone"]

_OFFSET = re.compile(r"[+-]\d\d:?\d\d")


def time_zone(name: str, field: str) -> tzinfo:
    """The zone that a person names: ``UTC``, ``Europe/Paris`` or an offset such as ``+05:30``.

    Parameters
    ----------
    field
        What the name was given for, in words of the person.

    Raises
    ------
    InputError
        If there is none so called.
    """
    try:
        if name.upper() in ("UTC", "Z", "GMT"):
            return UTC
        if _OFFSET.fullmatch(name):
            return datetime.strptime(name, "%z").tzinfo or UTC
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        remedy = "write UTC, a name such as Europe/Paris, or an offset such as +05:30"
        raise InputError("no such time zone", field=field, value=name, remedy=remedy) from None
