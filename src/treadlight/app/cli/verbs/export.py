"""Write the ledger's entries as JSON lines."""

import io
import sys

import click

from treadlight.app.output import talk, write_file
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
    text = io.StringIO()
    ledger.export(text)
    write_file(file, text.getvalue(), "FILE")
    talk(f"wrote {file}")
