"""Sums of activities, in one SQL statement: what a footprint is computed from."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, func, literal, select

from treadlight.core.errors import InputError
from treadlight.ledger.query import Filter, where_activity
from treadlight.ledger.records import GroupSum
from treadlight.ledger.schema import activity, profile

__all__ = ["DIMENSIONS", "PERIODS", "group_sum", "sums_query"]

DIMENSIONS = ("component", "stage", "project", "team", "run")
"""By what sums can be split beside what a factor depends on."""

PERIODS = ("year", "hour")

_ALWAYS = ("flow", "zone", "region", "site", "cause", "uncertainty", "method")


def sums_query(f: Filter, dims: Sequence[str], period: str) -> Select[Any]:
    """The statement that sums standing activities.

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
    keys = [activity.c.profile]
    keys += [activity.c.hour] if period == "hour" else []
    keys += [activity.c.run] if "run" in dims else []
    inner = (
        select(*keys, func.sum(activity.c.amount).label("amount"), func.count().label("count"))
        .where(activity.c.superseded == 0, *where_activity(f))
        .group_by(*keys)
        .subquery()
    )
    moment = inner.c.hour if period == "hour" else profile.c.year
    named = [profile.c[name] for name in _ALWAYS]
    asked = [inner.c.run if dim == "run" else profile.c[dim] for dim in DIMENSIONS if dim in dims]
    groups = [*named, moment, *asked]
    empty = [literal("").label(dim) for dim in DIMENSIONS if dim not in dims]
    return (
        select(
            *named,
            moment.label("moment"),
            *asked,
            *empty,
            func.sum(inner.c.amount).label("amount"),
            func.sum(inner.c.count).label("n"),
        )
        .join_from(inner, profile, profile.c.id == inner.c.profile)
        .group_by(*groups)
        .order_by(*groups)
    )


def group_sum(row: Any, period: str) -> GroupSum:
    """One row of the answer."""
    moment = str(row.moment)
    if period == "hour":
        moment = datetime.fromtimestamp(row.moment * 3600, UTC).strftime("%Y-%m-%dT%H")
    return GroupSum(
        flow=row.flow,
        zone=row.zone,
        region=row.region,
        site=row.site,
        period=moment,
        cause=row.cause,
        uncertainty=row.uncertainty,
        method=row.method,
        component=row.component,
        stage=row.stage,
        project=row.project,
        team=row.team,
        run=row.run,
        amount=float(row.amount),
        count=int(row.n),
    )
