"""Groups of commands whose commands are the files of a package, each with a click command called ``command``."""

from difflib import get_close_matches

import click

from treadlight.app.cli.main import shown
from treadlight.core.errors import InputError
from treadlight.core.plugins import names, plugin

__all__ = ["Folder"]


class Folder(click.Group):
    """A group whose commands are the files of a package, loaded when one is called."""

    package = ""
    """Where the files lie, such as ``treadlight.app.cli.lca``."""

    refusal = "no such command"
    """What is said of a name that is none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(shown(name) for name in names(self.package) if not name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        known = self.list_commands(ctx)
        if cmd_name not in known:
            near = get_close_matches(cmd_name, known, 1)
            remedy = f"did you mean {near[0]}?" if near else f"use one of {', '.join(known)}"
            raise InputError(self.refusal, field=ctx.info_name or "command", value=cmd_name, remedy=remedy)
        name = next(n for n in names(self.package) if shown(n) == cmd_name)
        found = getattr(plugin(self.package, name), "command", None)
        return found if isinstance(found, click.Command) else None
