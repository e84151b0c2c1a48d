"""When the period of a claim ends, read from words such as ``November 2025 to March 2026``, ``2026-Q2`` or ``2026``."""

import re
from calendar import month_abbr, monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

__all__ = ["End", "end_of"]

_YEAR = r"(?<!\d)(?P<year>(?:19|20|21)\d\d)(?!\d)"
_MONTH = rf"(?P<month>{'|'.join(month_abbr[1:])})[a-z]*\.?"


@dataclass(frozen=True, slots=True)
class End:
    """The last day of a period; `year_only` where nothing but a year is named.

    A year that is named as a whole counts as reached while it runs: the result says until when it was measured.
    """

    day: date
    year_only: bool = False

    def is_after(self, today: date) -> bool:
        """Whether a part of the period lies after a day."""
        return self.day.year > today.year if self.year_only else self.day > today

    @property
    def text(self) -> str:
        """``in 2030``, or ``on 2026-06-30``."""
        return f"in {self.day.year}" if self.year_only else f"on {self.day}"


def end_of(period: str) -> End | None:
    """The last day that a period names; None where it names no year."""
    found: list[End] = []
    rest = period
    for pattern, read in _FORMS:
        for match in re.finditer(pattern, rest, re.IGNORECASE):
            end = read(match)
            if end is not None:
                found.append(end)
                rest = rest.replace(match[0], " " * len(match[0]), 1)
    return max(found, key=lambda end: end.day, default=None)


def _day(match: re.Match[str]) -> End | None:
    try:
        return End(date(int(match["year"]), _month(match["month"]), int(match["day"])))
    except ValueError:
        return None


def _of_month(match: re.Match[str]) -> End | None:
    month = _month(match["month"])
    return _last_day(int(match["year"]), month) if 1 <= month <= 12 else None


def _month(text: str) -> int:
    names = [name.lower() for name in month_abbr]
    return int(text) if text.isdigit() else names.index(text[:3].lower())


def _quarter(match: re.Match[str]) -> End:
    return _last_day(int(match["year"]), 3 * int(match["part"]))


def _half(match: re.Match[str]) -> End:
    return _last_day(int(match["year"]), 6 * int(match["part"]))


def _season(match: re.Match[str]) -> End | None:
    """``2025/26``: into the next year."""
    year = int(match["year"])
    return End(date(year + 1, 12, 31), year_only=True) if (year + 1) % 100 == int(match["next"]) else None


def _whole_year(match: re.Match[str]) -> End:
    return End(date(int(match["year"]), 12, 31), year_only=True)


def _last_day(year: int, month: int) -> End:
    return End(date(year, month, monthrange(year, month)[1]))


_FORMS: tuple[tuple[str, Callable[[re.Match[str]], End | None]], ...] = (
    (rf"{_YEAR}-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)", _day),
    (rf"(?<!\d)(?P<day>\d\d?)\.? {_MONTH} {_YEAR}", _day),
    (rf"\b{_MONTH} (?P<day>\d\d?),? {_YEAR}", _day),
    (rf"\b{_MONTH} {_YEAR}", _of_month),
    (rf"{_YEAR}-(?P<month>0[1-9]|1[0-2])(?!\d)", _of_month),
    (rf"{_YEAR}[- ]?Q(?P<part>[1-4])\b", _quarter),
    (rf"\bQ(?P<part>[1-4])[- /]?{_YEAR}", _quarter),
    (rf"{_YEAR}[- ]?H(?P<part>[12])\b", _half),
    (rf"\bH(?P<part>[12])[- /]?{_YEAR}", _half),
    (rf"{_YEAR}[/–-](?P<next>\d\d)(?!\d)", _season),
    (_YEAR, _whole_year),
)
"""Forms in which people write when something ends, the most exact first."""
