"""Show the account of a run: energy, impacts, contributions, power over time."""

import sys

import click

from treadlight.app.account import account_of
from treadlight.app.cli.options import json_option, method_options
from treadlight.app.forms import account_form
from treadlight.app.output import print_json, talk, write_file
from treadlight.app.runs import run_facts
from treadlight.app.workspace import Workspace
from treadlight.core.method import Method
from treadlight.share.account import Chain


@click.command()
@click.argument("run", default="last")
@click.option("--html", "html", metavar="FILE", help="Write one self-contained page instead.")
@click.option("--library", "library", metavar="VERSION", help="Version of the process library.")
@method_options
@json_option
def command(run: str, html: str | None, library: str | None, accounting: str, scope: str, as_json: bool) -> None:
    """Show the account of RUN: an id, the beginning of one, a name, or "last".

    \b
    treadlight show last
    treadlight show last --html account.html
    """
    workspace = Workspace({"library.version": library})
    facts = run_facts(workspace, run)
    account = account_of(facts, workspace, Method(accounting, scope=scope), chain=Chain(*workspace.ledger.head()))
    if html is not None:
        from treadlight.share.reports.html import run_page

        write_file(html, run_page(account), "--html", form="html")
        talk(f"wrote {html}")
    if as_json:
        print_json(account_form(account))
    elif html is None:
        from treadlight.share.reports.terminal import emit, show_account

        emit(show_account(account), sys.stdout)
