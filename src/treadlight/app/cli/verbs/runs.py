"""List runs, finished, failed, interrupted or still going."""

from dataclasses import replace

import click

from treadlight.app.cli.options import json_option, run_filters
from treadlight.app.energy import energy_by, energy_quantity
from treadlight.app.forms import run_form
from treadlight.app.moments import moment
from treadlight.app.output import print_json
from treadlight.app.runs import live
from treadlight.app.workspace import Workspace
from treadlight.assess.draws import Draws
from treadlight.assess.grouping import group_activities
from treadlight.core.errors import InputError
from treadlight.core.quantity import Quantity
from treadlight.ledger.records import GroupSum, Run
from treadlight.ledger.store import Filter

_STATES = ("running", "finished", "failed", "interrupted")
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
    found = _sorted(_rows(Workspace(), chosen), sort)
    found = found[:limit] if limit > 0 else found
    if as_json:
        print_json([run_form(run, energy) for run, energy in found])
        return
    import sys

    from treadlight.share.comparison import RunRow
    from treadlight.share.reports.terminal import emit, runs_table

    rows = [
        RunRow(
            run.id,
            run.name,
            str(run.status),
            f"{run.start:%Y-%m-%d %H:%M}",
            run.duration_s,
            energy,
            project=run.subject.project,
        )
        for run, energy in found
    ]
    emit(runs_table(rows), sys.stdout)


def _check(option: str, value: str | None, choices: tuple[str, ...]) -> None:
    if value is not None and value not in choices:
        raise InputError("unknown choice", field=option, value=value, remedy=f"use one of {', '.join(choices)}")


def _rows(workspace: Workspace, chosen: Filter) -> list[tuple[Run, Quantity | None]]:
    ledger = workspace.ledger
    draws = Draws(workspace.draws, workspace.seed)
    runs = list(ledger.runs(chosen))
    groups: list[GroupSum] = ledger.sums(
        replace(chosen, flow="electricity.it", status=None, name=None, since=None, until=None),
        dims=("run", "component"),
    )
    for folded in live(workspace):
        if _matches(folded.run, chosen):
            runs.append(folded.run)
            groups += group_activities(folded.activities)
    energy = energy_by(groups, lambda group: group.run, draws)
    return [(run, energy_quantity(energy[run.id]) if run.id in energy else None) for run in runs]


def _matches(run: Run, chosen: Filter) -> bool:
    wanted = (
        (chosen.project, run.subject.project),
        (chosen.team, run.subject.team),
        (chosen.stage, run.stage),
        (chosen.status, str(run.status)),
        (chosen.name, run.name),
    )
    since, until = chosen.since, chosen.until
    return (
        all(want is None or want == is_ for want, is_ in wanted)
        and (since is None or run.start >= since)
        and (until is None or run.start < until)
    )


def _sorted(rows: list[tuple[Run, Quantity | None]], by: str) -> list[tuple[Run, Quantity | None]]:
    if by == "name":
        return sorted(rows, key=lambda row: row[0].name)
    keys = {
        "start": lambda row: row[0].start.timestamp(),
        "duration": lambda row: row[0].duration_s,
        "energy": lambda row: row[1].p50 if row[1] else -1.0,
    }
    return sorted(rows, key=keys[by], reverse=True)
