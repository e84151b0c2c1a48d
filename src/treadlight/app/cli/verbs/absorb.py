"""Take in journals of killed runs or of other machines."""

from pathlib import Path

import click

from treadlight.app.cli.options import json_option
from treadlight.app.output import print_json, talk
from treadlight.app.workspace import Workspace
from treadlight.core.errors import InputError


@click.command()
@click.argument("folders", metavar="[DIR]…", nargs=-1)
@json_option
@click.pass_context
def command(ctx: click.Context, folders: tuple[str, ...], as_json: bool) -> None:
    """Read the journals in each DIR into the ledger; without DIR, those in your own home.

    DIR is a folder of journals, or the TREADLIGHT_HOME of another machine or job: journals that were absorbed there
    already are read too.

    Journals still being written are left alone. Absorbing twice adds nothing. It also happens by itself whenever the
    ledger is opened. Exit code 2 if a journal is broken: it is named and left where it is, the others are taken in.
    """
    from treadlight.ledger.absorb import absorb

    for folder in folders:
        if not Path(folder).is_dir():
            raise InputError("no such folder", field="DIR", value=folder, remedy="name a folder that holds *.jsonl")
    workspace = Workspace()
    ledger, own = workspace.open_ledger()
    places = [place for folder in folders for place in _journal_folders(Path(folder))]
    found = absorb(ledger, *places, archive=False) if folders else own
    if as_json:
        print_json(
            {
                "runs": found.runs,
                "appended": found.appended,
                "skipped": found.skipped,
                "live": found.live,
                "broken": [{"path": str(path), "reason": reason} for path, reason in found.broken],
            }
        )
    elif found.runs or not found.broken:
        live = f"; {found.live} still being written" if found.live else ""
        talk(f"absorbed {len(found.runs)} runs: {found.appended} entries new, {found.skipped} known{live}")
    for path, reason in found.broken:
        talk(f"error: {reason if str(path) in reason else f'{path}: {reason}'}")
    ctx.exit(2 if found.broken else 0)


def _journal_folders(folder: Path) -> list[Path]:
    """A folder, and those in it where a home keeps its journals."""
    return [place for name in ("", "journals", "journals/absorbed", "absorbed") if (place := folder / name).is_dir()]
