"""Options that several verbs share."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from treadlight.app.estimating_options import OPTIONS
from treadlight.core.errors import InputError

__all__ = [
    "answered",
    "category_option",
    "check_draws",
    "input_options",
    "json_option",
    "method_options",
    "of_total",
    "run_filters",
]

F = TypeVar("F", bound=Callable[..., Any])


def answered(question: str, default: Any, given: Any, ask_nothing: bool) -> Any:
    """What an option gave, else what is answered, else the default."""
    if given is not None or ask_nothing:
        return default if given is None else given
    return click.prompt(question, default=default, show_default=default != "", err=True)


_FEWEST_DRAWS, _MOST_DRAWS = 2, 1_000_000


def check_draws(draws: int | None) -> None:
    """Refuse a number of draws that is none; None, not given, is as configured.

    Raises
    ------
    InputError
        If it is too few, or more than memory would hold.
    """
    if draws is not None and not _FEWEST_DRAWS <= draws <= _MOST_DRAWS:
        remedy = f"give {_FEWEST_DRAWS} to {_MOST_DRAWS}; 1000 is enough for most"
        raise InputError("is no number of draws", field="--draws", value=draws, remedy=remedy)


def input_options(*rows: tuple[str, str]) -> Callable[[F], F]:
    """Options that give one input each of an estimate or a claim: column and help."""

    def add(command: F) -> F:
        for column, text in reversed(rows):
            command = click.option(OPTIONS[column], column, metavar="VALUE", help=text)(command)
        return command

    return add


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
    return _filters(command, "runs")


def of_total(command: F) -> F:
    """The same options: of which activities the total is."""
    return _filters(command, "activities", "With `total`: only")


def _filters(command: F, what: str, only: str = "Only") -> F:
    for name, text in reversed(
        (
            ("--project", f"{only} {what} of this project."),
            ("--team", f"{only} {what} of this team."),
            ("--stage", f"{only} {what} of this life-cycle stage."),
            ("--since", f"{only} {what} that started at or after this date or time (UTC)."),
            ("--until", f"{only} {what} that started before this date or time (UTC)."),
        )
    ):
        command = click.option(name, default=None, help=text)(command)
    return command
