"""Estimate what was not metered: training, inference, and whole tables of them."""

import click

from treadlight.core.errors import InputError
from treadlight.core.plugins import names, plugin

_ESTIMATES = "treadlight.app.cli.estimates"


class _Estimates(click.Group):
    """A group whose commands are the files of `treadlight.app.cli.estimates`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(names(_ESTIMATES))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in names(_ESTIMATES):
            remedy = f"use one of {', '.join(self.list_commands(ctx))}"
            raise InputError("nothing is estimated by this name", field="estimate", value=cmd_name, remedy=remedy)
        found = getattr(plugin(_ESTIMATES, cmd_name), "command", None)
        return found if isinstance(found, click.Command) else None


@click.group(cls=_Estimates)
def command() -> None:
    """Estimate energy and impacts of work that nobody metered, with intervals that were tested on measurements.

    \b
    treadlight estimate training --params 8 --tokens 15000 --hardware H100
    treadlight estimate inference --model llama-3.1-8b --tokens-in 500 --tokens-out 300
    """
