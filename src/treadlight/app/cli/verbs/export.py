"""Write the ledger in the form of other tools: JSON lines, Prometheus, OpenTelemetry, CodeCarbon."""

import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TextIO

import click

from treadlight.app.cli.options import json_option, method_options, run_filters
from treadlight.app.moments import moment
from treadlight.app.output import print_json, talk, whole_file
from treadlight.core.errors import InputError, NotFoundError
from treadlight.core.plugins import names, plugin

if TYPE_CHECKING:
    from treadlight.app.exporting import LedgerMaterial
    from treadlight.share.export import ExportInfo

_EXPORTS = "treadlight.share.exports"
_OWN = "jsonl"
_HERE = "127.0.0.1:9464"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@click.command()
@click.argument("form", metavar="[FORMAT]", required=False)
@click.argument("file", required=False)
@click.option("--list", "listed", is_flag=True, help="List the formats.")
@click.option(
    "--serve",
    metavar="[HOST:PORT]",
    is_flag=False,
    flag_value=_HERE,
    help=f"Answer scrapes until stopped (prometheus); by default at {_HERE}, for this machine alone.",
)
@click.option("--refresh", metavar="SECONDS", help="While serving, compute at most so often.  [default: 15]")
@click.option(
    "--endpoint", metavar="URL", help="Send to a collector instead (opentelemetry), such as http://HOST:4318."
)
@run_filters
@method_options
@json_option
def command(
    form: str | None,
    file: str | None,
    listed: bool,
    serve: str | None,
    refresh: str | None,
    endpoint: str | None,
    project: str | None,
    team: str | None,
    stage: str | None,
    since: str | None,
    until: str | None,
    accounting: str,
    scope: str,
    as_json: bool,
) -> None:
    """Write the ledger to FILE, or to standard output, in FORMAT.

    Without FORMAT: all entries, one JSON object a line, which `treadlight import` takes in elsewhere.

    \b
    treadlight export ledger.jsonl
    treadlight export codecarbon emissions.csv --project vision
    treadlight export prometheus --serve
    treadlight export opentelemetry --endpoint http://localhost:4318
    """
    if listed:
        _list(as_json)
        return
    form, file = _form(form, file)
    found = _export(form)
    _fits(found.INFO, serve=serve, refresh=refresh, endpoint=endpoint, file=file, as_json=as_json)
    which = {"project": project, "team": team, "stage": stage, "since": since, "until": until}
    _filterable(found.INFO, which, accounting, scope)
    material = _material(which, accounting, scope, going=serve is not None)
    if serve is not None:
        _serve(found, material, serve, refresh)
    elif endpoint is not None:
        found.send(material, endpoint)
        _done(as_json, {"format": form, "endpoint": endpoint}, f"sent to {endpoint}")
    elif file is None:
        found.write(material, sys.stdout)
    else:
        with whole_file(file, "FILE", material.inputs, found.INFO.suffix.removeprefix(".")) as out:
            _write(found, material, out, file)
        _done(as_json, {"format": form, "file": file}, f"wrote {file}")


def _list(as_json: bool) -> None:
    infos = [_export(name).INFO for name in names(_EXPORTS)]
    if as_json:
        print_json(
            [
                {"name": i.name, "summary": i.summary, "sends": i.sends, "serves": i.serves, "extra": i.extra or None}
                for i in infos
            ]
        )
        return
    width = max(len(info.name) for info in infos)
    for info in infos:
        click.echo(f"{info.name:{width}}  {info.summary}")


def _form(form: str | None, file: str | None) -> tuple[str, str | None]:
    """Format and file of the arguments; a lone argument that is no format is a file for the ledger's own lines."""
    known = names(_EXPORTS)
    if form is None or form in known:
        return form or _OWN, file
    near = get_close_matches(form, known, 1, cutoff=0.75)
    if file is not None or (near and "." not in form):
        advice = f"did you mean {near[0]}?" if near else f"use one of {', '.join(known)}"
        raise NotFoundError("no such format", field="FORMAT", value=form, remedy=advice)
    return _OWN, form


def _export(name: str) -> Any:
    return plugin(_EXPORTS, name)


def _fits(
    info: "ExportInfo",
    *,
    serve: str | None,
    refresh: str | None,
    endpoint: str | None,
    file: str | None,
    as_json: bool,
) -> None:
    """Refuse options that the format has no use for, or that exclude each other."""
    places = [name for name, given in (("FILE", file), ("--serve", serve), ("--endpoint", endpoint)) if given]
    if len(places) > 1:
        raise InputError("exclude each other", field=" and ".join(places), remedy="give one of them")
    if serve is not None and not info.serves:
        raise InputError("cannot be served", field="FORMAT", value=info.name, remedy="write it to a file")
    if endpoint is not None and not info.sends:
        raise InputError("cannot be sent", field="FORMAT", value=info.name, remedy="write it to a file")
    if refresh is not None and serve is None:
        raise InputError("is for serving", field="--refresh", value=refresh, remedy="add --serve")
    if as_json and (serve is not None or not places):
        raise InputError("needs a FILE or --endpoint", field="--json", remedy="the export itself is on standard output")


def _filterable(info: "ExportInfo", which: dict[str, str | None], accounting: str, scope: str) -> None:
    given = [f"--{name}" for name, value in which.items() if value is not None]
    given += ["--accounting"] if accounting != "location" else []
    given += ["--scope"] if scope != "life-cycle" else []
    if given and not info.filters:
        what = f"{info.name} is always the whole ledger as it was written"
        raise InputError(what, field=given[0], remedy=f"leave {given[0]} out, or choose another format")


def _material(which: dict[str, str | None], accounting: str, scope: str, *, going: bool) -> "LedgerMaterial":
    from treadlight.app.exporting import LedgerMaterial
    from treadlight.app.workspace import Workspace
    from treadlight.core.method import Method
    from treadlight.ledger.store import Filter

    chosen = Filter(
        project=which["project"],
        team=which["team"],
        stage=which["stage"],
        since=moment(which["since"], "--since"),
        until=moment(which["until"], "--until"),
    )
    return LedgerMaterial(Workspace(), chosen, Method(accounting, scope=scope), going=going)


def _write(found: Any, material: "LedgerMaterial", out: TextIO, file: str) -> None:
    """Write the export; one that holds to what stood in the file before is given it."""
    from pathlib import Path

    if not found.INFO.serves:
        found.write(material, out)
        return
    target = Path(file)
    try:
        previous = target.read_text(encoding="utf-8") if target.is_file() else ""
    except UnicodeDecodeError:
        previous = ""
    found.write(material, out, previous)


def _serve(found: Any, material: "LedgerMaterial", where: str, refresh: str | None) -> None:
    from treadlight.app.serving import Scraped, address, serve

    host, port = address(where, "--serve")
    scraped = Scraped(found.page, material, _seconds(refresh))
    if host not in _LOOPBACK:
        talk(f"treadlight: whoever reaches {host} can read these totals: no password is asked")
    serve(scraped, host, port, lambda url: talk(f"serving {url}; Ctrl-C stops it"))


def _seconds(text: str | None) -> float:
    if text is None:
        return 15.0
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 86400:
        raise InputError("is no time", field="--refresh", value=text, remedy="give seconds from 0 to 86400")
    return value


def _done(as_json: bool, facts: dict[str, Any], line: str) -> None:
    if as_json:
        print_json({"schema": "treadlight.export/1", **facts})
    else:
        talk(line)
