"""Sums of activities month by month, in one statement along the covering index."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, Select, case, cast, func, literal, select

from treadlight.ledger.query import Filter, where_activity, where_counted
from treadlight.ledger.records import GroupSum
from treadlight.ledger.schema import activity, profile
from treadlight.ledger.sums import year_text

__all__ = [
    "counted_extent_query",
    "counted_months_query",
    "extent_query",
    "month_after",
    "month_of_hour",
    "month_of_text",
    "month_sums",
    "months_between",
    "months_query",
]

_DIMS = ("component", "stage", "project", "team")
_FIRST_MONTH, _LAST_MONTH = 12, 9999 * 12 + 11
_FIXED = ("flow", "zone", "region", "site", "cause", "uncertainty", "method")


def month_after(month: datetime, n: int = 1) -> datetime:
    """The beginning of the month `n` after (or, if negative, before) the one that begins at `month`.

    The calendar's first and last month have none before and after them but themselves.
    """
    months = min(max(month.year * 12 + month.month - 1 + n, _FIRST_MONTH), _LAST_MONTH)
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)


def months_between(since: datetime, until: datetime) -> list[datetime]:
    """Beginnings of the months that touch the time from `since` to before `until`."""
    month, found = datetime(since.year, since.month, 1, tzinfo=UTC), []
    while month < until:
        found.append(month)
        if month_after(month) == month:
            break
        month = month_after(month)
    return found


def month_of_hour(hour: int) -> datetime:
    """Beginning of the month in which an hour since 1970 lies."""
    moment = datetime.fromtimestamp(hour * 3600, UTC)
    return datetime(moment.year, moment.month, 1, tzinfo=UTC)


def months_query(f: Filter, months: Sequence[datetime]) -> Select[Any]:
    """The statement that sums standing activities by month, profile by profile; `f` has no times of its own.

    Notes
    -----
    Which month an hour lies in is found by halving, five comparisons for two years, so that the sum needs the index
    alone and not the time stamps as text.
    """
    edges = [_hour(month) for month in [*months, month_after(months[-1])]]
    bucket = _bucket(activity.c.hour, edges[1:-1], 0).label("bucket")
    inner = (
        select(activity.c.profile, bucket, func.sum(activity.c.amount).label("amount"), func.count().label("count"))
        .where(activity.c.superseded == 0, activity.c.hour >= edges[0], activity.c.hour < edges[-1])
        .where(*where_activity(f))
        .group_by(activity.c.profile, bucket)
        .subquery()
    )
    named = [profile.c[name] for name in (*_FIXED, "year", *_DIMS)]
    return select(inner.c.bucket, inner.c.amount, inner.c.count, *named).join_from(
        inner, profile, profile.c.id == inner.c.profile
    )


def counted_months_query(f: Filter, months: Sequence[datetime], counted: FromClause) -> Select[Any]:
    """The same from what `tally.counted` gives; the month as text stands for its number."""
    chosen = replace(f, since=months[0], until=month_after(months[-1]))
    sums = func.sum(counted.c.amount).label("amount"), cast(func.sum(counted.c.count), BigInteger).label("count")
    inner = select(counted.c.profile, counted.c.month, *sums).where(*where_counted(chosen, counted))
    summed = inner.group_by(counted.c.profile, counted.c.month).subquery()
    named = [profile.c[name] for name in (*_FIXED, "year", *_DIMS)]
    return select(summed.c.month, summed.c.amount, summed.c.count, *named).join_from(
        summed, profile, profile.c.id == summed.c.profile
    )


def _hour(month: datetime) -> int:
    return int(month.timestamp()) // 3600


def _bucket(hour: Any, edges: Sequence[int], first: int) -> ColumnElement[int]:
    """Number of the month, `first` for what lies before all `edges`."""
    if not edges:
        return literal(first)
    middle = len(edges) // 2
    later = _bucket(hour, edges[middle + 1 :], first + middle + 1)
    return case((hour < edges[middle], _bucket(hour, edges[:middle], first)), else_=later)


def month_sums(rows: Iterable[Sequence[Any]], months: Sequence[datetime]) -> list[tuple[datetime, GroupSum]]:
    """The rows of the answer as month and sum."""
    at: dict[int | str, datetime] = {month.isoformat()[:7]: month for month in months}
    at |= dict(enumerate(months))
    return [
        (
            at[bucket],
            GroupSum(flow, zone, region, site, year_text(year), cause, spread, method, a, b, c, d, "", amount, count),
        )
        for bucket, amount, count, flow, zone, region, site, cause, spread, method, year, a, b, c, d in rows
    ]


def extent_query(f: Filter) -> Select[Any]:
    """First and last hour since 1970 of standing activities."""
    hours = func.min(activity.c.hour), func.max(activity.c.hour)
    return select(*hours).where(activity.c.superseded == 0, *where_activity(f))


def counted_extent_query(f: Filter, counted: FromClause) -> Select[Any]:
    """First and last month, as text, of what `tally.counted` gives."""
    return select(func.min(counted.c.month), func.max(counted.c.month)).where(*where_counted(f, counted))


def month_of_text(text: str) -> datetime:
    """Beginning of the month ``2026-03``."""
    return datetime(int(text[:4]), int(text[5:7]), 1, tzinfo=UTC)
