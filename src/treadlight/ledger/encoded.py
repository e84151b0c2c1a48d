"""Items ready to be appended: their canonical JSON and the row of their query table."""

from typing import Any

import msgspec

from treadlight.core.activity import Activity
from treadlight.core.errors import InputError
from treadlight.ledger.assets import Asset
from treadlight.ledger.codec import Item, body_of, item_of, kind_of
from treadlight.ledger.records import Run
from treadlight.ledger.rows import activity_row, part_row, profile_key, run_row

__all__ = ["Encoded", "encode"]


class Encoded(msgspec.Struct, gc=False, array_like=True):
    """An item ready to be appended.

    Parameters
    ----------
    id, kind, body
        Of its entry.
    row
        Columns of its query table after the number, in the table's order; of an activity without profile and mark.
    profile
        What an activity shares with others (`treadlight.ledger.schema.PROFILE_COLUMNS`); None for other kinds.
    supersedes
        Id of the activity that this one replaces.
    project
        Whose it is, also of an asset; None for windows and traces, which belong to their run's.
    run
        Id of the run that it belongs to or is; empty where it belongs to none.
    """

    id: str
    kind: str
    body: str
    row: tuple[Any, ...]
    profile: tuple[Any, ...] | None = None
    supersedes: str = ""
    project: str | None = None
    run: str = ""


def encode(item: Item) -> Encoded:
    """`item` ready to be appended.

    Raises
    ------
    InputError
        If it cannot be kept so that it can be read again.
    """
    kind, body = kind_of(item), body_of(item)
    if isinstance(item, Activity):
        if item.supersedes == item.id:
            remedy = "name the activity it replaces"
            raise InputError("supersedes itself", field="supersedes", value=item.id, remedy=remedy)
        row, project = activity_row(0, item), item.subject.project
        return Encoded(item.id, kind, body, _after(row), profile_key(item), item.supersedes, project, item.parent)
    item_of(kind, body)  # refuses what could be written and never be read again
    if isinstance(item, Run):
        return Encoded(item.id, kind, body, _after(run_row(0, item)), project=item.subject.project, run=item.id)
    if isinstance(item, Asset):
        return Encoded(item.id, kind, body, _after(part_row(0, item)), project=item.project)
    return Encoded(item.id, kind, body, _after(part_row(0, item)), run=item.run)


def _after(row: dict[str, Any]) -> tuple[Any, ...]:
    """A row without its number."""
    return tuple(row.values())[1:]
