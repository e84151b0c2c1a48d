"""Meter a command: its whole process tree, from start to end."""

import json
import sys
from typing import TYPE_CHECKING

import click

from treadlight.core.errors import InputError

if TYPE_CHECKING:
    from treadlight.app.workspace import Workspace
    from treadlight.measure.run import Run


@click.command(context_settings={"ignore_unknown_options": False, "allow_interspersed_args": False})
@click.option("--name", help="Name of the run; by default the command's.")
@click.option("--project", help="Project it belongs to.")
@click.option("--team", help="Team it belongs to.")
@click.option("--stage", help="Life-cycle stage: data, training, fine-tuning, evaluation, deployment, inference, …")
@click.option("--label", "labels", multiple=True, metavar="K=V", help="Free label; may be given several times.")
@click.option("--interval", metavar="SECONDS", help="Time between samples.")
@click.option("--attribution", help="Rule for the run's share: process-cpu-time, cgroup or exclusive.")
@click.option("--zone", help="Grid zone or country code of this machine, such as FR.")
@click.option("--json", "json_file", metavar="FILE", help="Write the account as JSON.")
@click.option("--quiet", is_flag=True, help="No summary at the end.")
@click.option("--no-wait", is_flag=True, help="Stop when the command ends, even if it left processes behind.")
@click.argument("cmd", metavar="-- CMD…", nargs=-1, type=click.UNPROCESSED)
def command(
    name: str | None,
    project: str | None,
    team: str | None,
    stage: str | None,
    labels: tuple[str, ...],
    interval: str | None,
    attribution: str | None,
    zone: str | None,
    json_file: str | None,
    quiet: bool,
    no_wait: bool,
    cmd: tuple[str, ...],
) -> None:
    """Meter CMD and everything it starts, and say what it cost.

    Exit code, signals, input and output of CMD pass through unchanged; the summary goes to standard error.

    \b
    treadlight track -- python train.py --epochs 3
    treadlight track --project vision --stage training --label seed=7 -- ./train.sh
    """
    from treadlight.app.workspace import Workspace
    from treadlight.core.whole import check_target
    from treadlight.measure.command import run_command
    from treadlight.measure.settings import tracker_settings

    if not cmd:
        raise InputError("is missing", field="CMD", remedy="write: treadlight track -- python train.py")
    if json_file is not None:
        check_target(json_file, "--json", form="json")  # before the command runs for a day, not after it
    workspace = Workspace({"tracker.interval_s": interval})
    settings = tracker_settings(
        name=name or "",
        project=project,
        team=team,
        stage=stage or "",
        labels=_labels(labels),
        interval_s=workspace.config.number("tracker.interval_s"),
        attribution=attribution,
        zone=zone,
    )
    if settings.location.zone or settings.location.region:
        workspace.library.check_place(settings.location.zone, settings.location.region)
    outcome = run_command(list(cmd), settings, wait=not no_wait)
    try:
        _report(workspace, outcome.run, json_file, quiet)
    except KeyboardInterrupt:
        click.echo("", err=True)
    outcome.leave()


def _labels(pairs: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        key, separator, value = pair.partition("=")
        if not separator or not key:
            raise InputError("is not key=value", field="--label", value=pair, remedy="write --label seed=7")
        found[key] = value
    return found


def _report(workspace: "Workspace", run: "Run", json_file: str | None, quiet: bool) -> None:
    """Summary and JSON file; what goes wrong here is one line, and the command's exit code stands."""
    from treadlight.app.account import account_of
    from treadlight.app.forms import account_form
    from treadlight.app.output import talk, write_file
    from treadlight.app.runs import facts_of, run_facts
    from treadlight.ledger.fold import fold
    from treadlight.share.reports.terminal import emit, summary

    if not run.id:
        return
    try:
        facts = run_facts(workspace, run.id) if run.kept else facts_of(fold(run.records()), workspace)
        account = account_of(facts, workspace)
        if json_file is not None:
            form = json.dumps(account_form(account), indent=2, ensure_ascii=False, allow_nan=False)
            write_file(json_file, form + "\n", "--json", form="json")
        if not quiet:
            emit(summary(account), sys.stderr)
    except Exception as error:  # noqa: BLE001 (whatever fails here, the command's exit code stands)
        talk(f"treadlight: the account could not be made: {error}")
