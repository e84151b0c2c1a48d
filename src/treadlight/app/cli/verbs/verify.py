"""Check the ledger's chain, entry by entry."""

from typing import TYPE_CHECKING

import click

from treadlight.app.cli.options import json_option
from treadlight.app.output import print_json, talk
from treadlight.app.workspace import Workspace

if TYPE_CHECKING:
    from treadlight.ledger.verify import Verification


@click.command()
@click.option("--root", help="Root that was published earlier: proves that nothing was removed since.")
@json_option
@click.pass_context
def command(ctx: click.Context, root: str | None, as_json: bool) -> None:
    """Recompute the hash of every entry, and compare what queries read with what was hashed.

    Exit code 0 if all holds, 1 if not; the first broken entry is named. Publish the root it prints (in a report, a
    git tag) to be able to prove later that no entry was taken away.
    """
    found = _verified(Workspace(), root)
    if as_json:
        print_json(
            {
                "ok": found.ok,
                "entries": found.entries,
                "root": found.root,
                "broken": found.broken,
                "reason": found.reason or None,
            }
        )
    elif found.ok:
        click.echo(f"verified: {found.entries} entries, root {found.root}")
    else:
        where = f"broken at entry {found.broken}" if found.broken is not None else "broken"
        click.echo(f"{where}{f' ({found.id})' if found.id else ''}: {found.reason}")
    ctx.exit(0 if found.ok else 1)


def _verified(workspace: Workspace, root: str | None) -> "Verification":
    """The check of a ledger as it lies, without taking in journals first; or what a server finds."""
    from treadlight.ledger.store import Ledger

    if workspace.is_remote:
        talk("treadlight: the server checks its own ledger; `treadlight export` brings every entry here to be verified")
        return workspace.ledger.verify(root=root)
    with Ledger.open(workspace.ledger_url) as ledger:
        return ledger.verify(root=root)
