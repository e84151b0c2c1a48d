"""Systems: what belongs to a model or a service, by its runs and by what names it."""

from treadlight.app.workspace import Workspace
from treadlight.assess.grouping import group_activities
from treadlight.ledger.query import Filter
from treadlight.ledger.records import GroupSum

__all__ = ["system_groups"]

_DIMENSIONS = ("component", "stage", "project", "team", "run")


def system_groups(workspace: Workspace, name: str) -> list[GroupSum]:
    """Sums of all that belongs to a system over its life; empty where nothing does.

    A run's system holds for all of its activities. What is of no run, or of a run that names none and was metered on no
    machine, such as a log of requests, belongs to the system that it names itself.
    """
    ledger, hourly = workspace.ledger, workspace.library.has_hourly
    runs = ledger.runs()
    own = {run.id for run in runs if run.subject.system == name}
    sums = ledger.sums(None, _DIMENSIONS, "hour" if hourly else "year") if own else []
    stated = ("", *(run.id for run in runs if not run.subject.system and not run.host))
    named = [
        record
        for run in stated
        for record in ledger.activities(Filter(run=run))
        if record.parent == run and record.subject.system == name
    ]
    return [*(group for group in sums if group.run in own), *group_activities(named, hourly=hourly)]
