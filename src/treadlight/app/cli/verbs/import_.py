"""Take in what others measured: CodeCarbon, MLflow, bills and more, or an export of another ledger."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from treadlight.app.cli.options import json_option
from treadlight.app.output import print_json, talk
from treadlight.app.workspace import Workspace
from treadlight.core.errors import InputError

if TYPE_CHECKING:
    from treadlight.app.importing import Group, Outcome

_LINES = "jsonl"
_SCHEMA = "treadlight.import/1"
_EVERY_S = 0.5


@click.command("import")
@click.argument("words", metavar="[FORMAT] FILE…", nargs=-1)
@click.option("--project", default="", help="Project of what names none.")
@click.option("--team", default="", help="Team of what names none.")
@click.option("--stage", default="", help="Life-cycle stage of what names none, such as training.")
@click.option("--zone", default="", help="Grid zone or country of what names no place, such as FR.")
@click.option("--region", default="", help="Cloud region of what names no place, such as aws/eu-west-3.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Option of the format; may be repeated.")
@click.option("--dry-run", is_flag=True, help="Say what would be imported, and write nothing.")
@click.option("--strict", is_flag=True, help="Refuse a file of which a single row cannot be used.")
@click.option("--list", "listing", is_flag=True, help="List the formats and their options.")
@json_option
def command(
    words: tuple[str, ...],
    project: str,
    team: str,
    stage: str,
    zone: str,
    region: str,
    settings: tuple[str, ...],
    dry_run: bool,
    strict: bool,
    listing: bool,
    as_json: bool,
) -> None:
    """Append what FILE holds to the ledger; what it holds already is skipped.

    \b
    treadlight import codecarbon emissions.csv
    treadlight import huggingface https://host/model/README.md --set date=2024
    treadlight import ledger.jsonl                    (an export of another ledger)
    treadlight import --list                          (formats and their options)

    FILE is a path, an http or https address, or - for standard input; packed files (gz, bz2, xz) are unpacked. A file
    is imported whole or not at all, and importing it twice adds nothing.
    """
    if listing:
        _list(as_json)
        return
    name, files = _format(words)
    if name == _LINES:
        if settings or dry_run or project or team or stage or zone or region:
            raise InputError("takes no options", field="jsonl", remedy="give only --json: its lines say everything")
        for file in files:
            _import_lines(file, as_json)
        return
    from treadlight.app.importing import import_file
    from treadlight.importers.frame import Fill

    workspace, fill = Workspace(), Fill(project, team, stage, zone, region)
    given = dict(_setting(text) for text in settings)
    done = []
    for file in files:
        with _progress(file) as seen:
            done.append(import_file(workspace, name, file, fill, given, strict=strict, dry_run=dry_run, seen=seen))
        if not as_json:
            _tell(done[-1], dry_run)
    if as_json:
        print_json({"schema": _SCHEMA, "dry_run": dry_run, "files": [outcome.form() for outcome in done]})


def _format(words: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The format and the files; one file alone is an export of a ledger."""
    from treadlight.importers.frame import formats

    known = [_LINES, *formats()]
    if words and words[0] in known and (len(words) > 1 or not Path(words[0]).exists()):
        if len(words) == 1:
            raise InputError("is missing", field="FILE", remedy=f"write: treadlight import {words[0]} FILE")
        return words[0], words[1:]
    if len(words) == 1:
        return _LINES, words
    if not words:
        raise InputError("is missing", field="FILE", remedy="write: treadlight import FORMAT FILE; see --list")
    from difflib import get_close_matches

    near = get_close_matches(words[0].lower(), known, 1)
    remedy = f"did you mean {near[0]}?" if near else f"use one of {', '.join(known)}"
    raise InputError("no such format", field="FORMAT", value=words[0], remedy=remedy)


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise InputError("is no setting", field="--set", value=text, remedy="write NAME=VALUE; see --list")
    return name.strip(), value.strip()


def _import_lines(file: str, as_json: bool) -> None:
    try:
        with _opened(file) as lines:
            done = Workspace().ledger.import_(lines)
    except OSError as error:
        what = f"cannot be read ({error.strerror})"
        raise InputError(what, field="FILE", value=file, remedy="give an exported file") from None
    except UnicodeDecodeError:
        raise InputError("is not text", field="FILE", value=file, remedy="give a file of `treadlight export`") from None
    except InputError as error:
        if error.field == "line 1" and not str(error.value or "").startswith('{"'):
            remedy = "name its format: treadlight import FORMAT FILE; see --list"
            raise InputError("is no export of treadlight", field="FILE", value=file, remedy=remedy) from None
        raise
    if as_json:
        print_json({"appended": done.appended, "skipped": done.skipped, "superseded": done.superseded})
        return
    talk(f"appended {done.appended}, skipped {done.skipped} already here, superseded {done.superseded}")


@contextmanager
def _opened(file: str) -> "Iterator[IO[str]]":
    if file == "-":
        yield sys.stdin
        return
    with Path(file).open(encoding="utf-8") as lines:
        yield lines


@contextmanager
def _progress(file: str) -> Iterator[Callable[[int], None]]:
    """Says on a terminal how many rows were read, now and then, and wipes it out at the end."""
    if not sys.stderr.isatty():
        yield lambda rows: None
        return
    last = 0.0

    def seen(rows: int) -> None:
        nonlocal last
        if time.monotonic() - last > _EVERY_S:
            last = time.monotonic()
            sys.stderr.write(f"\r{file}: {rows} read")
            sys.stderr.flush()

    try:
        yield seen
    finally:
        sys.stderr.write("\r\x1b[K" if last else "")
        sys.stderr.flush()


def _tell(outcome: "Outcome", dry_run: bool) -> None:
    talk(f"{outcome.source}: {outcome.format}{', only a trial: nothing is written' if dry_run else ''}")
    for what, tally in (("runs", outcome.runs), ("activities", outcome.activities)):
        replaced = f", {tally.replaced} replaced" if tally.replaced else ""
        talk(f"  {what:<12}{tally.added} added, {tally.known} already there{replaced}")
    for flow, amount in outcome.form()["amounts"].items():
        talk(f"  {'holds':<12}{_shown(amount['amount'])} {amount['unit']} of {flow}")
    _tell_groups("flagged", outcome.flagged)
    _tell_groups("rejected", outcome.rejected)
    if outcome.run_ids and not dry_run:
        talk(f"  {'see':<12}treadlight show {outcome.run_ids[-1]}")


def _shown(amount: float) -> str:
    """Four digits; all before the point of a large amount."""
    return f"{amount:,.0f}".replace(",", " ") if abs(amount) >= 10_000 else f"{amount:.4g}"


def _tell_groups(word: str, groups: "Iterable[Group]") -> None:
    for group in groups:
        seen = [": ".join(part for part in (note.where, note.value) if part) for note in group.examples]
        shown = "; ".join(dict.fromkeys(text for text in seen if text))
        more = ", …" if group.count > len(group.examples) else ""
        talk(f"  {word:<12}{group.count} × {group.reason}" + (f" ({shown}{more})" if shown else ""))


def _list(as_json: bool) -> None:
    from treadlight.importers.frame import formats, importer

    infos = [importer(name).INFO for name in formats()]
    if as_json:
        print_json(
            [
                {
                    "name": info.name,
                    "title": info.title,
                    "reads": info.reads,
                    "options": {option.name: option.meaning for option in info.options},
                }
                for info in infos
            ]
        )
        return
    for info in infos:
        click.echo(f"{info.name:<14}{info.title}: {info.reads}")
        for option in info.options:
            default = f" (default: {option.default})" if option.default else ""
            click.echo(f"{'':<14}  --set {option.name}=…  {option.meaning}{default}")
    click.echo(f"{_LINES:<14}JSON lines of `treadlight export`; the format may be left out")
