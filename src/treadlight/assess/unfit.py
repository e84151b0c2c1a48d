"""Sums that no account can hold: what a ledger took in before it was refused, or what was written into it by hand.

They are unknown, never zero, and never spoil the account of the rest: a footprint leaves them out and lists them.
"""

from treadlight.core.activity import Activity
from treadlight.core.bounds import LARGEST, is_ratio
from treadlight.ledger.records import GroupSum

__all__ = ["AMOUNT", "UNCERTAINTY", "is_fit", "unfit"]

AMOUNT, UNCERTAINTY = "amount", "uncertainty"
"""What cannot be used of a sum."""


def unfit(group: GroupSum) -> str:
    """Which field of a sum cannot be used; empty where it can."""
    if not abs(group.amount) <= LARGEST * max(group.count, 1):
        return AMOUNT
    return "" if is_ratio(group.uncertainty) else UNCERTAINTY


def is_fit(record: Activity) -> bool:
    """Whether a single activity can be used."""
    return abs(record.amount) <= LARGEST and is_ratio(str(record.uncertainty))
