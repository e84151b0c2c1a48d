"""What is recorded of one run, from the ledger or from a journal still being written."""

from dataclasses import dataclass

from treadlight.core.activity import Activity
from treadlight.ledger.records import GroupSum, Run, Trace, Window

__all__ = ["RunFacts"]


@dataclass(frozen=True, slots=True)
class RunFacts:
    """A run with its activities, their sums, its windows and its power over time."""

    run: Run
    activities: tuple[Activity, ...]
    groups: tuple[GroupSum, ...]
    windows: tuple[Window, ...] = ()
    trace: Trace | None = None
