"""Take in entries that `treadlight export` wrote elsewhere."""

from pathlib import Path

import click

from treadlight.app.cli.options import json_option
from treadlight.app.output import print_json, talk
from treadlight.app.workspace import Workspace
from treadlight.core.errors import InputError


@click.command("import")
@click.argument("file")
@json_option
def command(file: str, as_json: bool) -> None:
    """Append the entries of FILE to the ledger; those it holds already are skipped.

    The whole file is checked before anything is written.
    """
    try:
        with Path(file).open(encoding="utf-8") as lines:
            done = Workspace().ledger.import_(lines)
    except OSError as error:
        raise InputError(
            f"cannot be read ({error.strerror})", field="FILE", value=file, remedy="give an exported file"
        ) from None
    except UnicodeDecodeError:
        raise InputError("is not text", field="FILE", value=file, remedy="give a file of `treadlight export`") from None
    if as_json:
        print_json({"appended": done.appended, "skipped": done.skipped, "superseded": done.superseded})
        return
    talk(f"appended {done.appended}, skipped {done.skipped} already here, superseded {done.superseded}")
