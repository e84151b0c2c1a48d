"""List runs, finished, failed, interrupted, withdrawn or still going."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import click

from treadlight.app.cli.options import json_option, run_filters
from treadlight.app.energy import ELECTRICITY, FACILITY, energy_at_hall, energy_by, energy_quantity
from treadlight.app.forms import quantity_form, run_form
from treadlight.app.moments import moment
from treadlight.app.oddities import oddities
from treadlight.app.output import print_json
from treadlight.app.runs import live, matches
from treadlight.app.withdrawing import as_they_stand
from treadlight.app.workspace import Workspace
from treadlight.assess.draws import Array, Draws
from treadlight.assess.grouping import group_activities
from treadlight.core.errors import InputError
from treadlight.core.quantity import Quantity
from treadlight.ledger.records import GroupSum, Run, RunStatus
from treadlight.ledger.store import Filter
from treadlight.share.account import Unknown

_STATES = tuple(str(status) for status in RunStatus)
_SORTS = ("start", "duration", "energy", "name")


@click.command()
@run_filters
@click.option("--status", default=None, help=f"Only runs in this state: {', '.join(_STATES)}.")
@click.option("--name", default=None, help="Only runs with this name.")
@click.option(
    "--sort", default="start", show_default=True, help=f"One of {', '.join(_SORTS)}; largest or newest first."
)
@click.option("--limit", default=0, help="At most so many runs; 0 for all.")
@json_option
def command(
    project: str | None,
    team: str | None,
    stage: str | None,
    since: str | None,
    until: str | None,
    status: str | None,
    name: str | None,
    sort: str,
    limit: int,
    as_json: bool,
) -> None:
    """List runs with their energy at the devices.

    \b
    treadlight runs --project vision --sort energy
    treadlight runs --status interrupted --since 2026-11-01
    """
    _check("--status", status, _STATES)
    _check("--sort", sort, _SORTS)
    chosen = Filter(
        project=project,
        team=team,
        stage=stage,
        since=moment(since, "--since"),
        until=moment(until, "--until"),
        status=status,
        name=name,
    )
    if limit < 0:
        raise InputError("is below 0", field="--limit", value=limit, remedy="give 0 for all, or how many")
    workspace = Workspace()
    found = _sorted(_rows(workspace, chosen), sort)
    found = found[:limit] if limit > 0 else found
    if as_json:
        print_json(
            [run_form(r.run, r.energy) | {"facility_energy_kwh": quantity_form(r.facility, "kWh")} for r in found]
        )
        return
    import sys

    from treadlight.share.comparison import RunRow
    from treadlight.share.reports.terminal import emit, runs_table, unknown_lines

    rows = [
        RunRow(
            r.run.id,
            r.run.name,
            str(r.run.status),
            f"{r.run.start:%Y-%m-%d %H:%M}",
            r.run.duration_s,
            r.shown,
            project=r.run.subject.project,
            at_the_hall=r.shown is not None and r.energy is None,
        )
        for r in found
    ]
    emit([*runs_table(rows), *unknown_lines(_oddities(workspace, chosen))], sys.stdout)


def _oddities(workspace: Workspace, chosen: Filter) -> tuple[Unknown, ...]:
    """What is odd about the activities of the runs that are listed."""
    return oddities(workspace.ledger.sums(chosen, dims=("project", "component")), workspace.library)


def _check(option: str, value: str | None, choices: tuple[str, ...]) -> None:
    if value is not None and value not in choices:
        raise InputError("unknown choice", field=option, value=value, remedy=f"use one of {', '.join(choices)}")


@dataclass(frozen=True, slots=True)
class _Row:
    """A run with its electricity, at the devices and at the meter of the hall [kWh]."""

    run: Run
    energy: Quantity | None
    facility: Quantity | None

    @property
    def shown(self) -> Quantity | None:
        """What the list shows of it: nothing of what was withdrawn."""
        if self.run.status is RunStatus.WITHDRAWN:
            return None
        return self.energy if self.energy is not None else self.facility


def _rows(workspace: Workspace, chosen: Filter) -> list[_Row]:
    ledger = workspace.ledger
    draws = Draws(workspace.draws, workspace.seed)
    runs = list(ledger.runs(replace(chosen, status=None) if chosen.status == RunStatus.WITHDRAWN else chosen))
    every = replace(chosen, status=None, name=None, since=None, until=None)
    groups: list[GroupSum] = []
    for flow in (ELECTRICITY, FACILITY):
        groups += ledger.sums(replace(every, flow=flow), dims=("run", "component"))
    runs = as_they_stand(ledger, runs, groups)
    if chosen.status:
        runs = [run for run in runs if run.status == chosen.status]
    for folded in live(workspace):
        if matches(folded, chosen):
            runs.append(folded.run)
            groups += group_activities(folded.activities)
    devices = energy_by(groups, _run, draws)
    halls = energy_at_hall(groups, _run, workspace.library, draws)
    return [_Row(run, _known(devices, run), _known(halls, run)) for run in runs]


def _run(group: GroupSum) -> str:
    return group.run


def _known(energy: Mapping[str, Array], run: Run) -> Quantity | None:
    return energy_quantity(energy[run.id]) if run.id in energy else None


def _sorted(rows: list[_Row], by: str) -> list[_Row]:
    if by == "name":
        return sorted(rows, key=lambda row: row.run.name)
    keys: dict[str, Callable[[_Row], float]] = {
        "start": lambda row: row.run.start.timestamp(),
        "duration": lambda row: row.run.duration_s,
        "energy": lambda row: row.shown.p50 if row.shown else -1.0,
    }
    return sorted(rows, key=keys[by], reverse=True)
