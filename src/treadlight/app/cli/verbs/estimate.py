"""Estimate what was not metered: training, inference, and whole tables of them."""

import click

from treadlight.app.cli.folder import Folder


class _Estimates(Folder):
    """The commands of `treadlight.app.cli.estimates`."""

    package = "treadlight.app.cli.estimates"
    refusal = "nothing is estimated by this name"


@click.group(cls=_Estimates)
def command() -> None:
    """Estimate energy and impacts of work that nobody metered, with intervals that were tested on measurements.

    \b
    treadlight estimate training --params 8 --tokens 15000 --hardware H100
    treadlight estimate inference --model llama-3.1-8b --tokens-in 500 --tokens-out 300
    """
