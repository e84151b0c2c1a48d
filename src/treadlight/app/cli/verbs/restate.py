"""Say what changes between two versions of the library, and by which factor."""

import sys

import click

from treadlight.app.cli.options import json_option, run_filters
from treadlight.app.moments import moment
from treadlight.app.output import print_json
from treadlight.app.restating import restatement_form, restatement_lines, restatements
from treadlight.app.workspace import Workspace
from treadlight.ledger.store import Filter


@click.command()
@click.argument("run", required=False)
@run_filters
@click.option("--library", "new", metavar="VERSION", help="Library to restate under; by default the one in use.")
@click.option(
    "--from", "old", metavar="VERSION", help="Library to restate from; by default the one in use, or the one before it."
)
@click.option("--category", default=None, help="Only this impact category.")
@json_option
def command(
    run: str | None,
    project: str | None,
    team: str | None,
    stage: str | None,
    since: str | None,
    until: str | None,
    new: str | None,
    old: str | None,
    category: str | None,
    as_json: bool,
) -> None:
    """Restate the whole ledger, or one RUN, under another version of the library.

    The activities stay as they are. Each changed factor is shown with what it moves; the parts add up to the whole.

    \b
    treadlight restate last --from 2025.06
    treadlight restate --project vision --library 2026.11
    """
    workspace = Workspace()
    chosen = Filter(
        run=workspace.ledger.run(run).id if run else None,
        project=project,
        team=team,
        stage=stage,
        since=moment(since, "--since"),
        until=moment(until, "--until"),
    )
    made = restatements(workspace, chosen, old, new, category)
    if as_json:
        print_json(restatement_form(made))
        return
    from treadlight.share.reports.terminal import emit

    emit(restatement_lines(made), sys.stdout)
