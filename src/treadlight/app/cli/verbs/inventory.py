"""The inventory of assets: what was bought, what it is worth in impacts, and what became of it."""

import click

from treadlight.app.cli.folder import Folder


class _Inventory(Folder):
    """The commands of `treadlight.app.cli.inventory`."""

    package = "treadlight.app.cli.inventory"
    refusal = "nothing is done with an inventory by this name"


@click.group(cls=_Inventory)
def command() -> None:
    """Servers and devices from purchase to retirement, kept in the ledger; never part of the footprint of runs.

    \b
    treadlight inventory add "server + 8 x H100 SXM + 2 TB memory" --purchased 2026-03-01 --name node-7
    treadlight inventory retire node-7 --on 2030-03-01 --fate recycled
    treadlight inventory report
    """
