"""Write the ledger's entries as JSON lines."""

import sys

import click

from treadlight.app.output import talk, whole_file
from treadlight.app.workspace import Workspace


@click.command()
@click.argument("file", required=False)
def command(file: str | None) -> None:
    """Write all entries to FILE, or to standard output, one JSON object a line.

    \b
    treadlight export ledger.jsonl
    treadlight import ledger.jsonl        (on another machine)
    """
    ledger = Workspace().ledger
    if file is None:
        ledger.export(sys.stdout)
        return
    with whole_file(file, "FILE") as lines:
        ledger.export(lines)
    talk(f"wrote {file}")
