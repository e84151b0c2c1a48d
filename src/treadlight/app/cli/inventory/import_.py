"""Read assets from a table."""

import click

from treadlight.app.cli.options import json_option


@click.command(short_help="Read assets from a table (CSV).")
@click.argument("file", metavar="FILE")
@json_option
def command(file: str, as_json: bool) -> None:
    """Add the assets of FILE, all or none; what is known already is skipped.

    Columns: id, product, purchased, count, name, lifetime_years, site, project, retired, fate, note; product and
    purchased have to be there. `treadlight inventory list --csv` writes the same table.

    \b
    treadlight inventory import assets.csv
    """
    from treadlight.app.inventory import read_csv
    from treadlight.app.output import print_json, talk
    from treadlight.app.workspace import Workspace

    done = read_csv(Workspace(), file)
    if as_json:
        print_json({"appended": done.appended, "skipped": done.skipped, "superseded": done.superseded})
        return
    talk(f"{done.appended - done.superseded} added, {done.superseded} corrected, {done.skipped} known already")
