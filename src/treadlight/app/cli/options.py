"""Options that several verbs share."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

__all__ = ["category_option", "json_option", "method_options", "run_filters"]

F = TypeVar("F", bound=Callable[..., Any])


def json_option(command: F) -> F:
    """``--json``: data on standard output and nothing else."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output and nothing else.")(
        command
    )


def category_option(command: F) -> F:
    """``--category``: gwp, water, adpe, pe, ewaste or energy."""
    return click.option(
        "--category",
        default="gwp",
        show_default=True,
        help="Impact category: gwp (carbon), water, adpe (minerals), pe (primary energy), ewaste, energy.",
    )(command)


def method_options(command: F) -> F:
    """``--accounting``: location- or market-based; ``--scope``: life cycle or stacks only."""
    command = click.option(
        "--scope",
        default="life-cycle",
        show_default=True,
        help="life-cycle: with the making of plants and fuels; direct: stacks only.",
    )(command)
    return click.option(
        "--accounting",
        default="location",
        show_default=True,
        help="location: the grid as it is; market: what was contracted.",
    )(command)


def run_filters(command: F) -> F:
    """``--project``, ``--team``, ``--stage``, ``--since``, ``--until``: which runs."""
    for name, text in reversed(
        (
            ("--project", "Only runs of this project."),
            ("--team", "Only runs of this team."),
            ("--stage", "Only runs of this life-cycle stage."),
            ("--since", "Only runs that started at or after this date or time (UTC)."),
            ("--until", "Only runs that started before this date or time (UTC)."),
        )
    ):
        command = click.option(name, default=None, help=text)(command)
    return command
