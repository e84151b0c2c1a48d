"""Fill a ledger with an invented, clearly marked organisation, for trying out."""

from datetime import datetime

import click

from treadlight.app.cli.options import json_option
from treadlight.app.moments import moment
from treadlight.app.output import print_json, talk
from treadlight.app.workspace import Workspace


@click.command("demo-data")
@click.option("--ledger", "ledger", metavar="PATH", help="Fill this ledger instead of the configured one.")
@click.option("--years", default=2, show_default=True, help="How many years, 1 to 10.")
@click.option("--seed", default=0, show_default=True, help="Another seed, another organisation's year.")
@click.option("--until", default=None, help="Where the data ends (UTC); the beginning of this month by default.")
@click.option("--force", is_flag=True, help="Fill a ledger that holds real activities too.")
@json_option
def command(ledger: str | None, years: int, seed: int, until: str | None, force: bool, as_json: bool) -> None:
    """Fill a ledger with years of an invented organisation.

    Everything carries the label demo=true and belongs to "Demo organisation". A ledger that holds real activities is
    refused. Filling twice adds nothing.

    \b
    treadlight demo-data --ledger demo.sqlite
    TREADLIGHT_LEDGER=demo.sqlite treadlight ui
    """
    from treadlight.app.demo_data import fill

    workspace = Workspace({"ledger.url": ledger})
    end: datetime | None = moment(until, "--until")
    done = fill(workspace.ledger, years=years, seed=seed, until=end, force=force)
    if as_json:
        print_json({"ledger": workspace.ledger.name, "appended": done.appended, "skipped": done.skipped})
        return
    where = workspace.ledger.name
    talk(f"filled {where}: appended {done.appended} invented entries, skipped {done.skipped} already here")
    talk(f"look at it: TREADLIGHT_LEDGER={where} treadlight ui")
