"""Sums of activities, in one SQL statement: what a footprint is computed from."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, Select, cast, func, literal, select

from treadlight.core.errors import InputError
from treadlight.ledger.query import Filter, where_activity, where_counted
from treadlight.ledger.records import GroupSum
from treadlight.ledger.schema import activity, profile

__all__ = ["DIMENSIONS", "PERIODS", "group_sums", "standing", "sums_query", "year_text"]

DIMENSIONS = ("component", "stage", "project", "team", "run")
"""By what sums can be split beside what a factor depends on."""

PERIODS = ("year", "hour")

_PERIOD = GroupSum.__struct_fields__.index("period")

_FIXED = ("flow", "zone", "region", "site", "cause", "uncertainty", "method")


def sums_query(f: Filter, dims: Sequence[str], period: str, counted: FromClause | None = None) -> Select[Any]:
    """The statement that sums standing activities.

    Parameters
    ----------
    counted
        What `tally.counted` gives: sum these instead of the activities, which `is_monthly` must allow. Not by hour.

    Notes
    -----
    The inner query groups a million rows by small integers, along an index that covers it; the outer one names the
    groups and merges those that differ only in dimensions nobody asked for.
    """
    for dim in dims:
        if dim not in DIMENSIONS:
            remedy = f"use {', '.join(DIMENSIONS)}"
            raise InputError("unknown dimension", field="dims", value=dim, remedy=remedy)
    if period not in PERIODS:
        raise InputError("unknown period", field="period", value=period, remedy=f"use {' or '.join(PERIODS)}")
    inner = (_inner(f, dims, period) if counted is None else _inner_counted(f, dims, counted)).subquery()
    moment = inner.c.hour if period == "hour" else profile.c.year
    split = {dim: inner.c.run if dim == "run" else profile.c[dim] for dim in DIMENSIONS if dim in dims}
    fixed = {name: profile.c[name] for name in _FIXED} | {"period": moment}
    groups = [*fixed.values(), *split.values()]
    count = cast(func.sum(inner.c.count), BigInteger)
    sums: dict[str, ColumnElement[Any]] = {"amount": func.sum(inner.c.amount), "count": count}
    columns: dict[str, ColumnElement[Any]] = {dim: literal("") for dim in DIMENSIONS} | fixed | split | sums
    return (
        select(*(columns[name].label(name) for name in GroupSum.__struct_fields__))
        .join_from(inner, profile, profile.c.id == inner.c.profile)
        .group_by(*groups)
        .order_by(*groups)
    )


def _inner(f: Filter, dims: Sequence[str], period: str) -> Select[Any]:
    keys = [activity.c.profile]
    keys += [activity.c.hour] if period == "hour" else []
    keys += [activity.c.run] if "run" in dims else []
    sums = func.sum(activity.c.amount).label("amount"), func.count().label("count")
    return select(*keys, *sums).where(standing(f), *where_activity(f)).group_by(*keys)


def _inner_counted(f: Filter, dims: Sequence[str], counted: FromClause) -> Select[Any]:
    keys = [counted.c.profile, counted.c.run] if "run" in dims else [counted.c.profile]
    sums = func.sum(counted.c.amount).label("amount"), func.sum(counted.c.count).label("count")
    return select(*keys, *sums).where(*where_counted(f, counted)).group_by(*keys)


def standing(f: Filter) -> ColumnElement[bool]:
    """Whether an activity stands; where runs are asked for, said so that SQLite takes the index of runs instead."""
    return activity.c.superseded == 0 if f.run is None and f.runs is None else activity.c.superseded + 0 == 0


def group_sums(rows: Iterable[Sequence[Any]], period: str) -> list[GroupSum]:
    """The rows of the answer, whose columns are the fields of a sum, in their order."""
    stamp = _hour_stamp if period == "hour" else year_text
    found = []
    for row in rows:
        fields = list(row)
        fields[_PERIOD], fields[-2], fields[-1] = stamp(row[_PERIOD]), float(row[-2]), int(row[-1])
        found.append(GroupSum(*fields))
    return found


def _hour_stamp(hour: int) -> str:
    return datetime.fromtimestamp(hour * 3600, UTC).isoformat()[:13]


def year_text(year: int) -> str:
    """A year in four digits, as a period has it."""
    return f"{year:04d}"
