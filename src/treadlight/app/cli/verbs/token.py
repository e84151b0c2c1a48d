"""Make, list and revoke tokens of a server."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from treadlight.app.cli.options import json_option
from treadlight.app.cli.server_database import database_option, open_database
from treadlight.app.lengths import end_of
from treadlight.app.output import print_json, talk
from treadlight.core.errors import InputError

if TYPE_CHECKING:
    from treadlight.ledger.access.tokens import Token


@click.group()
def command() -> None:
    """Tokens by which trackers and programs are known to a server. They lie in its ledger's database, hashed.

    \b
    treadlight token create trainer --scope ingest --project vision --expires 90d
    treadlight token list
    treadlight token revoke 4f1d…
    """


@command.command("create")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    help="ingest, read, write, or with --all-projects admin; may be repeated.",
)
@click.option("--project", "projects", multiple=True, help="A project it may see and write for; may be repeated.")
@click.option("--all-projects", is_flag=True, help="All projects, also those to come.")
@click.option("--expires", default="90d", show_default=True, help="How long it holds: 12h, 90d, 8w, 1y or never.")
@database_option
@json_option
def create(
    name: str,
    scopes: tuple[str, ...],
    projects: tuple[str, ...],
    all_projects: bool,
    expires: str,
    database: str | None,
    as_json: bool,
) -> None:
    """Make a token called NAME and print it. It is shown this once and never again."""
    if bool(projects) == all_projects:
        raise InputError("is needed, or --all-projects", field="--project", remedy="name the projects, or say all")
    ledger = open_database(database)
    ends = end_of(expires, "--expires")
    access = ledger.access()
    made, secret = access.tokens.create(name, scopes, None if all_projects else frozenset(projects), ends, "local")
    access.audit.add("local", "token.create", made.id, name)
    if as_json:
        print_json(_form(made) | {"token": secret})
        return
    talk(f"token {made.id} for {', '.join(made.scopes)}; it is shown this once:")
    click.echo(secret)


@command.command("list")
@database_option
@json_option
def list_(database: str | None, as_json: bool) -> None:
    """List every token with its scopes, projects and state; never the token itself."""
    found = [_form(t) for t in open_database(database).access().tokens.all()]
    if as_json:
        print_json(found)
        return
    for t in found:
        where = "all projects" if t["projects"] is None else ", ".join(t["projects"])
        end = f"until {t['expires_at'][:10]}" if t["expires_at"] else "without end"
        click.echo(f"{t['id']}  {t['state']:<8} {','.join(t['scopes']):<18} {end:<17} {t['name']} ({where})")


@command.command("revoke")
@click.argument("token_id", metavar="ID")
@database_option
@json_option
def revoke(token_id: str, database: str | None, as_json: bool) -> None:
    """Make a token useless; servers refuse it within five seconds."""
    access = open_database(database).access()
    found = access.tokens.revoke(token_id)
    access.audit.add("local", "token.revoke", found.id, found.name)
    if as_json:
        print_json(_form(found))
        return
    talk(f"revoked {found.id} ({found.name})")


def _form(token: "Token") -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "state": token.state(datetime.now(UTC)),
        "scopes": list(token.scopes),
        "projects": None if token.projects is None else sorted(token.projects),
        "created_at": token.created_at,
        "created_by": token.created_by,
        "expires_at": token.expires_at,
        "revoked_at": token.revoked_at,
        "used_at": token.used_at,
    }
