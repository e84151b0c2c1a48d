"""Runs by reference, finished or still going: the ledger's, and those that have not come to it yet."""

from dataclasses import replace

from treadlight.app.facts import RunFacts
from treadlight.app.withdrawing import is_withdrawn
from treadlight.app.workspace import Workspace
from treadlight.assess.grouping import group_activities
from treadlight.core.errors import NotFoundError
from treadlight.ledger.fold import Folded
from treadlight.ledger.records import RunStatus
from treadlight.ledger.store import Filter

__all__ = ["facts_of", "live", "matches", "run_facts"]


def live(workspace: Workspace) -> list[Folded]:
    """Runs that go on, newest first."""
    return sorted(workspace.live(), key=lambda folded: folded.run.start, reverse=True)


def matches(folded: Folded, chosen: Filter) -> bool:
    """Whether a run that goes on is one of those chosen; a component or flow means that it has such an activity."""
    run, s = folded.run, folded.run.subject
    wanted = (
        (chosen.run, run.id),
        (chosen.project, s.project),
        (chosen.team, s.team),
        (chosen.stage, run.stage),
        (chosen.status, str(run.status)),
        (chosen.name, run.name),
    )
    since, until = chosen.since, chosen.until
    return (
        all(want is None or want == is_ for want, is_ in wanted)
        and (since is None or run.start >= since)
        and (until is None or run.start < until)
        and (chosen.runs is None or run.id in chosen.runs)
        and (chosen.projects is None or s.project in chosen.projects)
        and _has(folded, chosen.component, chosen.flow)
    )


def _has(folded: Folded, component: str | None, flow: str | None) -> bool:
    if component is None and flow is None:
        return True
    return any(component in (None, a.component) and flow in (None, a.flow) for a in folded.activities)


def run_facts(workspace: Workspace, reference: str) -> RunFacts:
    """What is recorded of the run that `reference` names: an id, the beginning of one, a name, or ``last``.

    Raises
    ------
    NotFoundError
        If no run, or more than one, is so called.
    """
    ledger = workspace.ledger
    going = live(workspace)
    found = [
        f
        for f in going
        if reference in (f.run.id, f.run.name) or (len(reference) > 3 and f.run.id.startswith(reference))
    ]
    if reference == "last" and going:
        newest = next(iter(ledger.runs(limit=1)), None)
        found = [going[0]] if newest is None or going[0].run.start >= newest.start else []
    if len(found) > 1:
        ids = ", ".join(f.run.id[:18] for f in found)
        raise NotFoundError(
            "more than one run going now is so called", field="run", value=reference, remedy=f"name one of {ids}"
        )
    if found:
        return facts_of(found[0], workspace)
    run = ledger.run(reference)
    activities = tuple(ledger.activities(Filter(run=run.id)))
    return RunFacts(
        replace(run, status=RunStatus.WITHDRAWN) if is_withdrawn(activities) else run,
        activities,
        tuple(group_activities(activities, hourly=workspace.library.has_hourly)),
        tuple(ledger.windows(run.id)),
        ledger.trace(run.id),
    )


def facts_of(folded: Folded, workspace: Workspace) -> RunFacts:
    """What a journal tells, without the ledger."""
    activities = tuple(folded.activities)
    groups = tuple(group_activities(activities, hourly=workspace.library.has_hourly))
    return RunFacts(folded.run, activities, groups, tuple(folded.windows), folded.trace)
