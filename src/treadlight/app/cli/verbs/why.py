"""Walk from any number down to its sources."""

import sys

import click

from treadlight.app.cli.options import category_option, json_option, method_options, of_total
from treadlight.app.explain import explain
from treadlight.app.forms import why_form
from treadlight.app.moments import moment
from treadlight.app.output import print_json
from treadlight.app.workspace import Workspace
from treadlight.core.category import category as category_named
from treadlight.core.method import Method
from treadlight.ledger.query import Filter


@click.command()
@click.argument("identifier", metavar="ID", default="last")
@category_option
@click.option("--library", "library", metavar="VERSION", help="Version of the process library.")
@method_options
@of_total
@click.option("--of", "of", metavar="NAME", help="A number that follows from it, as its page's address names it.")
@json_option
def command(
    identifier: str,
    category: str,
    library: str | None,
    accounting: str,
    scope: str,
    project: str | None,
    team: str | None,
    stage: str | None,
    since: str | None,
    until: str | None,
    of: str | None,
    as_json: bool,
) -> None:
    """Explain the number behind ID: a run ("last"), a system, an activity, a step of a tree, a process of the library.

    `total` is the number of the whole ledger, or of the project, team, stage and times that are chosen.

    A study's FILE.toml is an ID, too; `treadlight lca why` explains its systems, stages and items.

    Each step shows how it multiplies or adds up, its source, and its share of the doubt.

    \b
    treadlight why last --category water
    treadlight why system:chatbot
    treadlight why total --project vision --since 2026-01-01
    treadlight why electricity.grid/FR/2024
    treadlight why system:chatbot --of per:requests
    """
    category_named(category)
    chosen = Filter(
        project=project,
        team=team,
        stage=stage,
        since=moment(since, "--since"),
        until=moment(until, "--until"),
    )
    method = Method(accounting, scope=scope)
    if of is not None:
        from treadlight.app.server.choice import Choice
        from treadlight.app.web.here import derived_here

        node = derived_here(identifier, of, Choice(chosen, category, method, library or ""))
    else:
        node = explain(Workspace({"library.version": library}), identifier, category, method, chosen)
    if as_json:
        print_json(why_form(node))
        return
    from treadlight.share.reports.terminal import emit, why_tree

    emit(why_tree(node), sys.stdout)
