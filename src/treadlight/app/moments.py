"""Dates and times as people write them, on the command line and in addresses."""

from datetime import UTC, datetime

from treadlight.core.errors import InputError

__all__ = ["moment"]


def moment(text: str | None, field: str) -> datetime | None:
    """A date or time, UTC unless it says otherwise.

    Raises
    ------
    InputError
        If it is not ISO 8601.
    """
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise InputError(
            "is not a date", field=field, value=text, remedy="write 2026-11-22 or 2026-11-22T13:00Z"
        ) from None
