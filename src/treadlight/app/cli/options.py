"""Options that several verbs share."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from treadlight.core.errors import InputError

__all__ = ["category_option", "json_option", "method_options", "moment", "run_filters"]

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


def moment(text: str | None, field: str) -> datetime | None:
    """A date or time, UTC unless it says otherwise.

    Raises
    ------
    InputError
        If it is not ISO 8601.
    """
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise InputError(
            "is not a date", field=field, value=text, remedy="write 2026-11-22 or 2026-11-22T13:00Z"
        ) from None
