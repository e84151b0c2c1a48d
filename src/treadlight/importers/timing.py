"""When something happened, for files that may not say so."""

from datetime import UTC, datetime, timedelta

from treadlight.core.errors import InputError
from treadlight.importers.frame import Note, Option, Options, moment
from treadlight.importers.source import Source

__all__ = ["ASSUMED", "DATE", "period"]

DATE = Option("date", "when it happened, where the file does not say: a year, a month, a day or a time")
"""The option that importers of undated files share."""

ASSUMED = {"imported.time": "assumed"}
"""Label of what has no date of its own: another date of the same fact is then no news."""

_UNDATED = "states no date: the file's own date was taken; give --set date=2024"


def period(options: Options, source: Source, where: str) -> tuple[datetime, datetime, dict[str, str], list[Note]]:
    """Start, end, labels and doubts of what a file does not date: what the option says, or the file's own date.

    Raises
    ------
    InputError
        If the option is no date.
    """
    text = options.text("date")
    if text:
        return *_stated(text), {}, []
    written = source.written
    return written, written, dict(ASSUMED), [Note(where, _UNDATED, written.date().isoformat())]


def _stated(text: str) -> tuple[datetime, datetime]:
    parts = text.split("-")
    if len(parts) <= 2 and all(part.isdigit() for part in parts) and len(parts[0]) == 4:
        try:
            year, month = int(parts[0]), int(parts[1]) if len(parts) == 2 else 1
            start = datetime(year, month, 1, tzinfo=UTC)
        except ValueError:
            raise InputError(
                "is no date", field="date", value=text, remedy="write 2024, 2024-05 or 2024-05-31"
            ) from None
        end = datetime(year + 1, 1, 1, tzinfo=UTC) if len(parts) == 1 else (start + timedelta(days=31)).replace(day=1)
        return moment(start.isoformat(), "date"), end - timedelta(seconds=1)
    start = moment(text, "date")
    return start, start + timedelta(days=1, seconds=-1) if len(text) == 10 else start
