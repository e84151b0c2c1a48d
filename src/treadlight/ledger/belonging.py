"""To which system activities belong that no run of a system holds: bills, estimates, imports and logs of requests."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import JSON, Select, cast, func, select

from treadlight.ledger.query import Filter, where_activity
from treadlight.ledger.records import GroupSum
from treadlight.ledger.schema import activity, entry, profile
from treadlight.ledger.sums import year_text

__all__ = ["belonging_query", "belonging_sums"]

_OF_PROFILE = ("flow", "zone", "region", "site", "year", "cause", "uncertainty", "method", "component", "stage",
               "project", "team")  # fmt: skip


def belonging_query(f: Filter, runs: Sequence[str], *, is_sqlite: bool) -> Select[Any]:
    """The statement that sums the standing activities of these runs (the empty text: of none) by the system they name.

    Notes
    -----
    The system stands in the entries alone. They are found along the index of runs, so that the cost is that of these
    runs' activities and not of the ledger.
    """
    if is_sqlite:
        named = func.json_extract(entry.c.body, "$.subject.system")
    else:
        named = cast(entry.c.body, JSON)[("subject", "system")].as_string()
    keys = [activity.c.profile, activity.c.run, named.label("system")]
    inner = (
        select(*keys, func.sum(activity.c.amount).label("amount"), func.count().label("count"))
        .join(entry, entry.c.seq == activity.c.seq)
        .where(activity.c.superseded + 0 == 0, activity.c.run.in_(sorted(runs)), named != "", *where_activity(f))
        .group_by(*keys)
        .subquery()
    )
    columns = [inner.c.system, *(profile.c[name] for name in _OF_PROFILE), inner.c.run, inner.c.amount, inner.c.count]
    return select(*columns).join_from(inner, profile, profile.c.id == inner.c.profile)


def belonging_sums(rows: Sequence[Any]) -> list[tuple[str, GroupSum]]:
    """The rows of the answer as system and sum."""
    found = []
    for system, *named, run, amount, count in rows:
        fixed = dict(zip(_OF_PROFILE, named, strict=True))
        period = year_text(fixed.pop("year"))
        found.append((str(system), GroupSum(**fixed, period=period, run=run, amount=float(amount), count=int(count))))
    return found
