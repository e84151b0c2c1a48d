"""List the assets."""

import sys

import click

from treadlight.app.cli.options import json_option


@click.command(short_help="The assets, by day of purchase.")
@click.option("--project", default="", help="Only this project's.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the table that `inventory import` reads.")
@json_option
def command(project: str, as_csv: bool, as_json: bool) -> None:
    """The assets that the ledger holds, as they stand.

    \b
    treadlight inventory list --csv > assets.csv
    """
    from treadlight.app.inventory import write_csv
    from treadlight.app.output import print_json, talk
    from treadlight.app.workspace import Workspace

    assets = [a for a in Workspace().ledger.assets() if not project or a.project == project]
    if as_json:
        from treadlight.app.inventory_forms import inventory_form

        print_json(inventory_form(assets))
    elif as_csv:
        write_csv(assets, sys.stdout)
    elif not assets:
        talk("no assets; treadlight inventory add PRODUCT --purchased DAY")
    else:
        from treadlight.app.inventory_text import show_assets
        from treadlight.share.terminal_text import emit

        emit(show_assets(assets), sys.stdout)
