"""Rows of the query tables as they follow from an item; used to write them and to verify them."""

from typing import Any

from treadlight.core.activity import Activity
from treadlight.ledger.codec import Item, kind_of, stamp
from treadlight.ledger.records import Run

__all__ = ["activity_row", "part_row", "profile_key", "run_row", "table_of"]


def table_of(kind: str) -> str:
    """Name of the table that holds the standing version of a kind of entry."""
    return {"activity": "activity", "run": "run"}.get(kind, "part")


def profile_key(a: Activity) -> tuple[str | int, ...]:
    """Values of `treadlight.ledger.schema.PROFILE_COLUMNS`."""
    place, subject = a.location, a.subject
    return (
        a.flow, a.start.year, place.zone, place.region, place.site, a.cause, str(a.uncertainty), str(a.evidence.method),
        a.component, a.stage, subject.project, subject.team,
    )  # fmt: skip


def activity_row(seq: int, a: Activity) -> dict[str, Any]:
    """Row of an activity, without its profile and whether it is superseded: these follow from other rows."""
    return {
        "seq": seq,
        "start": stamp(a.start),
        "hour": int(a.start.timestamp() // 3600),
        "amount": float(a.amount),
        "run": a.parent,
    }


def run_row(seq: int, r: Run) -> dict[str, Any]:
    """Row of a run."""
    return {
        "seq": seq,
        "id": r.id,
        "name": r.name,
        "status": str(r.status),
        "start": stamp(r.start),
        "duration_s": float(r.duration_s),
        "stage": r.stage,
        "project": r.subject.project,
        "team": r.subject.team,
    }


def part_row(seq: int, item: Item) -> dict[str, Any]:
    """Row of a window or a trace of a run, or of an asset, which belongs to none."""
    owner = getattr(item, "run", "")
    return {"seq": seq, "id": item.id, "kind": kind_of(item), "run": owner}
