"""Hardware over its life: making, transport, use, repair, a second life and disposal."""

import click

from treadlight.app.cli.folder import Folder


class _Hardware(Folder):
    """The commands of `treadlight.app.cli.hardware`."""

    package = "treadlight.app.cli.hardware"
    refusal = "nothing is asked of hardware by this name"


@click.group(cls=_Hardware)
def command() -> None:
    """What accelerators, servers and other devices cost over their lives, phase by phase.

    \b
    treadlight hardware life "H100 SXM" --years 5 --zone FR
    treadlight hardware life "server + 8 x H100 SXM + 2 TB memory" --power-w 6500
    """
