"""Check the ledger's chain, entry by entry."""

import click

from treadlight.app.cli.options import json_option
from treadlight.app.output import print_json
from treadlight.app.workspace import Workspace


@click.command()
@click.option("--root", help="Root that was published earlier: proves that nothing was removed since.")
@json_option
@click.pass_context
def command(ctx: click.Context, root: str | None, as_json: bool) -> None:
    """Recompute the hash of every entry, and compare what queries read with what was hashed.

    Exit code 0 if all holds, 1 if not; the first broken entry is named. Publish the root it prints (in a report, a
    git tag) to be able to prove later that no entry was taken away.
    """
    from treadlight.ledger.store import Ledger

    workspace = Workspace()
    with Ledger.open(workspace.ledger_url) as ledger:
        found = ledger.verify(root=root)
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
