"""Options about hardware that several verbs share."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

__all__ = ["place_options", "use_options"]

F = TypeVar("F", bound=Callable[..., Any])


def place_options(command: F) -> F:
    """Where it is used, under which accounting, and how many draws."""
    for name, text in reversed(
        (
            ("--zone", "Grid zone where it is used, such as FR; else this machine's place, as configured."),
            ("--region", "Cloud region, such as aws/eu-west-3."),
            ("--site", "A site of your configuration."),
        )
    ):
        command = click.option(name, default="", help=text)(command)
    accounting = click.option(
        "--accounting", default="location", show_default=True, help="location: the grid as it is; market: contracted."
    )
    command = accounting(command)
    command = click.option("--draws", type=int, help="Number of draws; else as configured.")(command)
    return click.option("--seed", type=int, help="Seed of the draws; else as configured.")(command)


def use_options(command: F) -> F:
    """How it is used; every amount may be a distribution."""
    for name, text in reversed(
        (
            ("--utilisation", "Share of the time at work, 0 to 1; else as the library says of its class."),
            ("--power-w", "Mean power of the whole device at work [W]; else board power × load of what is known."),
            ("--idle-w", "Power of the whole device without work [W]; else what the catalogue knows."),
            ("--load", "Mean power at work as a share of board power; else triangular(0.4,0.7,1.0), assumed."),
        )
    ):
        command = click.option(name, metavar="AMOUNT", help=text)(command)
    return command
