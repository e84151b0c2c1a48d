"""List, describe and take back the sites where you compute, with the source of each fact."""

from typing import TYPE_CHECKING, Any

import click

from treadlight.app.cli.options import json_option
from treadlight.app.cli.server_database import database_option
from treadlight.app.output import print_json, talk
from treadlight.core.errors import InputError

if TYPE_CHECKING:
    from treadlight.app.workspace import Workspace


@click.group()
def command() -> None:
    """Sites: what you know of your own places. It stands before every published average.

    Facts are zone, region, pue, wue_l_per_kwh and market_gco2e_per_kwh; a value may be a distribution. On your own
    machine they go into your configuration; with --database, or where TREADLIGHT_LEDGER is a server, into the ledger,
    for everybody, with who said so and when.

    \b
    treadlight site set paris zone=FR pue=1.2 --source 'meter of the hall, 2026'
    treadlight site set paris 'pue=uniform(1.15,1.25)' wue_l_per_kwh= --source 'annual report 2025'
    treadlight site list
    treadlight site remove paris
    """


@command.command("list")
@database_option
@json_option
def list_(database: str | None, as_json: bool) -> None:
    """List every site with its facts, and where each comes from."""
    workspace = _workspace(database)
    _ = workspace.ledger  # it may know more sites than the configuration
    found = [_form(site, workspace) for site in workspace.sites]
    found = [form for form in found if form["name"] or form["facts"]]
    if as_json:
        print_json({"schema": "treadlight.sites/1", "sites": found})
        return
    for form in found:
        click.echo(form["name"] or "this machine's place")
        for fact in form["facts"]:
            said = f"{fact['source'] or 'source not stated'}; {fact['origin']}"
            click.echo(f"  {fact['fact']:<22} {fact['value']:<24} {said}")


@command.command("set")
@click.argument("name")
@click.argument("facts", metavar="FACT=VALUE…", nargs=-1, required=True)
@click.option("--source", required=True, help="Where the facts come from: a bill, a meter, a report.")
@database_option
@json_option
def set_(name: str, facts: tuple[str, ...], source: str, database: str | None, as_json: bool) -> None:
    """State facts of the site NAME; an empty value takes one back."""
    from treadlight.app.sites import checked_facts, checked_name

    workspace = _workspace(database)
    wanted = checked_facts(dict(map(_pair, facts)), workspace.library)
    _state(checked_name(name), wanted, source.strip(), workspace, database, as_json)


@command.command("remove")
@click.argument("name")
@click.option("--source", default="taken back", show_default=True, help="Why.")
@database_option
@json_option
def remove(name: str, source: str, database: str | None, as_json: bool) -> None:
    """Take back everything that is stated of the site NAME."""
    from treadlight.app.sites import FACTS, checked_name
    from treadlight.core.errors import NotFoundError

    workspace = _workspace(database)
    if _is_own(workspace, database):
        held = [*workspace.config.sites.get(name, {})]
    else:
        held = [fact.key for fact in workspace.ledger.site_facts() if fact.name == name]
    if not held:
        raise NotFoundError("nothing is stated of it", field="NAME", value=name, remedy="see `treadlight site list`")
    _state(checked_name(name), dict.fromkeys(FACTS if "source" in held else held), source, workspace, database, as_json)


def _workspace(database: str | None) -> "Workspace":
    from treadlight.app.workspace import Workspace

    return Workspace({"ledger.url": database})


def _is_own(workspace: "Workspace", database: str | None) -> bool:
    """Whether facts go into the configuration: no server and no database were named."""
    return database is None and not workspace.is_remote


def _state(
    name: str,
    facts: dict[str, str | None],
    source: str,
    workspace: "Workspace",
    database: str | None,
    as_json: bool,
) -> None:
    if not source:
        raise InputError("is empty", field="--source", remedy="say where the facts come from")
    if _is_own(workspace, database):
        from treadlight.app.settings import set_site

        left = set(workspace.config.sites.get(name, {})) - {"source"} - {k for k, v in facts.items() if v is None}
        keeps = bool(left) or any(facts.values())
        where = str(set_site(name, {**facts, "source": source if keeps else None}))
        changed = list(facts)
    else:
        where = workspace.ledger.name
        changed = workspace.ledger.state_site(name, facts, source)
    if as_json:
        print_json({"site": name, "changed": changed, "where": where})
        return
    talk(f"{name}: {', '.join(changed) or 'nothing new'} ({where})")


def _pair(text: str) -> tuple[str, str | None]:
    key, equals, value = text.partition("=")
    if not equals:
        raise InputError("is no fact", field="FACT=VALUE", value=text, remedy="write pue=1.2")
    return key.strip(), value.strip() or None


def _form(site: Any, workspace: "Workspace") -> dict[str, Any]:
    from treadlight.app.sites import FACTS

    stated = {(f.name, f.key): f for f in workspace.ledger.site_facts()}
    facts = []
    for key in FACTS:
        value = getattr(site, key)
        if value not in ("", None):
            by = stated.get((site.name, key))
            origin = f"stated {by.at[:10]} by {by.actor}" if by else _origin(site.name, key, workspace)
            facts.append({"fact": key, "value": _text(value), "source": site.source_of(key) or None, "origin": origin})
    return {"name": site.name, "facts": facts}


def _origin(name: str, key: str, workspace: "Workspace") -> str:
    config = workspace.config
    return config.origin(f"sites.{name}" if name in config.sites else f"site.{key}")


def _text(value: Any) -> str:
    """A fact as it is written."""
    from treadlight.core.distribution import Point

    return f"{value.value:g}" if isinstance(value, Point) else str(value)
