"""What the verbs share that look into a server's database: which one, and which projects."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from treadlight.core.errors import ConfigError, InputError

if TYPE_CHECKING:
    from treadlight.ledger.store import Ledger

__all__ = ["database_option", "open_database", "projects_given", "projects_options"]

F = TypeVar("F", bound=Callable[..., Any])

database_option = click.option("--database", metavar="URL", help="The server's ledger; else as configured.")


def projects_options(command: F) -> F:
    """``--project`` and ``--all-projects``."""
    command = click.option("--all-projects", is_flag=True, help="All projects, also those to come.")(command)
    return click.option("--project", "projects", multiple=True, help="A project they may see; may be repeated.")(
        command
    )


def projects_given(projects: tuple[str, ...], all_projects: bool) -> frozenset[str] | None:
    """Projects that options name; None: all.

    Raises
    ------
    InputError
        If both some and all are named.
    """
    if projects and all_projects:
        raise InputError("does not go with --all-projects", field="--project", value=projects[0], remedy="give one")
    return None if all_projects else frozenset(projects)


def open_database(database: str | None) -> "Ledger":
    """The ledger in the server's database.

    Raises
    ------
    ConfigError
        If it is the address of a server: who may do what is changed on its page, or where its database is.
    """
    from treadlight.app.workspace import Workspace
    from treadlight.ledger.store import Ledger

    workspace = Workspace({"ledger.url": database})
    if workspace.is_remote:
        remedy = "open its page Settings, or give --database where its database is"
        raise ConfigError("is the address of a server", field="ledger.url", value=workspace.ledger_url, remedy=remedy)
    return Ledger.open(workspace.ledger_url, parents=not workspace.config.get("ledger.url"))
