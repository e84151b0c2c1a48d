"""Look things up in the library of processes, and check tables of your own."""

import sys

import click

from treadlight.app.cli.options import json_option
from treadlight.app.library_forms import figure_row
from treadlight.app.output import print_json, talk
from treadlight.app.workspace import Workspace


@click.group(invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Versions, digest and tables of the library; `find`, `show` and `check` look inside.

    \b
    treadlight library find "h100"
    treadlight library show grid/FR
    treadlight library check my-factors/
    """
    if ctx.invoked_subcommand is None:
        library = Workspace().library
        click.echo(f"library {library.version}, digest {library.digest}")
        click.echo(f"shipped versions: {', '.join(library.versions())}")
        for name, title, rows in library.tables():
            click.echo(f"{rows:6d} rows  {name:<18} {title}")


@command.command()
@click.argument("text", nargs=-1, required=True)
@json_option
def find(text: tuple[str, ...], as_json: bool) -> None:
    """Find entries by words: a country, a cloud region, a processor, an accelerator, a topic."""
    found = Workspace().library.find(" ".join(text))
    if as_json:
        print_json([{"id": e.id, "table": e.table, "label": e.label} for e in found])
        return
    for entry in found:
        click.echo(f"{entry.id:<44} {entry.label}")
    if not found:
        talk("nothing found; try fewer or shorter words")


@command.command()
@click.argument("identifier", metavar="ID")
@json_option
def show(identifier: str, as_json: bool) -> None:
    """Show an entry's figures, each with interval, source, year and licence."""
    rows = Workspace().library.show(identifier)
    if as_json:
        print_json([row.form() for row in rows])
        return
    from treadlight.share.reports.terminal import emit, library_rows

    emit(library_rows([figure_row(row) for row in rows]), sys.stdout)


@command.command()
@click.argument("folder", required=False)
@json_option
@click.pass_context
def check(ctx: click.Context, folder: str | None, as_json: bool) -> None:
    """Check the tables in FOLDER, or the shipped library: sources, fields, plausibility. Exit code 1 if any fails."""
    from pathlib import Path

    from treadlight.core.errors import InputError

    if folder is not None and not Path(folder).is_dir():
        raise InputError("no such folder", field="FOLDER", value=folder, remedy="name a folder of tables (*.csv)")
    problems = Workspace().library.check(Path(folder) if folder else None)
    if as_json:
        print_json([str(problem) for problem in problems])
        ctx.exit(1 if problems else 0)
    for problem in problems:
        click.echo(str(problem))
    talk(f"{len(problems)} problems" if problems else "no problems")
    ctx.exit(1 if problems else 0)
