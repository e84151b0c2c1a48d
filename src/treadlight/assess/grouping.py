"""Sums of activities that are at hand as objects: what the ledger does in SQL, for a live run or a single record."""

from collections.abc import Iterable

import msgspec

from treadlight.core.activity import Activity
from treadlight.ledger.records import GroupSum

__all__ = ["group_activities"]


def group_activities(activities: Iterable[Activity], *, hourly: bool = False) -> list[GroupSum]:
    """Activities summed by flow, place, year or UTC hour, cause, uncertainty and every dimension."""
    length = len("2026-11-22T13") if hourly else len("2026")
    groups: dict[GroupSum, tuple[float, int]] = {}
    for record in activities:
        key = GroupSum(
            flow=record.flow,
            zone=record.location.zone,
            region=record.location.region,
            site=record.location.site,
            period=record.start.isoformat()[:length],
            cause=record.cause,
            uncertainty=str(record.uncertainty),
            method=str(record.evidence.method),
            component=record.component,
            stage=record.stage,
            project=record.subject.project,
            team=record.subject.team,
            run=record.parent,
            amount=0.0,
            count=0,
        )
        amount, count = groups.get(key, (0.0, 0))
        groups[key] = amount + record.amount, count + 1
    return [msgspec.structs.replace(key, amount=amount, count=count) for key, (amount, count) in groups.items()]
