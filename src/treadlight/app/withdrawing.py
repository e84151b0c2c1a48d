"""Runs of which all that was recorded was taken back: they count for nothing, and are shown so."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import replace

from treadlight.assess.grouping import group_activities
from treadlight.core.activity import Activity
from treadlight.ledger.query import Filter
from treadlight.ledger.records import GroupSum, Run, RunStatus
from treadlight.ledger.store import Ledger

__all__ = ["as_they_stand", "as_withdrawn", "is_withdrawn", "without_withdrawn"]

_BASIS = "withdrawn"
"""How the basis of an activity begins that takes back another one of its own id."""


def is_withdrawn(activities: Sequence[Activity]) -> bool:
    """Whether activities say only that what they stand for was taken back; a run that used nothing was not."""
    return bool(activities) and all(
        a.amount == 0 and (a.supersedes or a.evidence.basis.startswith(_BASIS)) for a in activities
    )


def as_they_stand(ledger: Ledger, runs: Iterable[Run], groups: Iterable[GroupSum]) -> list[Run]:
    """Runs, those withdrawn with that status.

    Parameters
    ----------
    groups
        Sums by run: only where they come to nothing are the activities of a run looked at.
    """
    amounts: dict[str, float] = {}
    for group in groups:
        amounts[group.run] = amounts.get(group.run, 0.0) + abs(group.amount)
    return as_withdrawn(ledger, runs, {run for run, amount in amounts.items() if amount == 0})


def as_withdrawn(ledger: Ledger, runs: Iterable[Run], nothing: Container[str]) -> list[Run]:
    """Runs, those withdrawn with that status; only those in `nothing`, whose sums come to nothing, can be."""
    return [
        replace(run, status=RunStatus.WITHDRAWN)
        if run.id in nothing and is_withdrawn(list(ledger.activities(Filter(run=run.id))))
        else run
        for run in runs
    ]


def without_withdrawn(ledger: Ledger, which: Filter, groups: Sequence[GroupSum], *, hourly: bool) -> list[GroupSum]:
    """Groups but for those of which all that was summed was taken back: these are no zeros, they are nothing.

    Parameters
    ----------
    groups
        Sums of the activities that `which` chooses, by dimensions without the run.
    hourly
        Whether they are by hour; else by year.
    """
    if all(group.amount for group in groups):
        return list(groups)
    empty = frozenset(g.run for g in ledger.sums(which, ("run",)) if g.amount == 0 and g.run)
    back = (a for a in ledger.activities(replace(which, runs=empty)) if is_withdrawn([a]))
    nothing = set(group_activities((replace(a, parent="") for a in back), hourly=hourly))
    return [group for group in groups if group not in nothing]  # equal in count too: nothing else was summed with it
