"""List, add, change and remove the members of a server."""

from typing import TYPE_CHECKING, Any

import click

from treadlight.app.cli.options import json_option
from treadlight.app.cli.server_database import database_option, open_database, projects_given, projects_options
from treadlight.app.output import print_json, talk
from treadlight.core.errors import InputError

if TYPE_CHECKING:
    from treadlight.ledger.access.members import Member


@click.group()
def command() -> None:
    """Members: people who sign in with your organisation's provider, with their role and projects.

    A role is member, lead, auditor or admin; auditors and admins see all projects. MEMBER is an id or an e-mail.

    \b
    treadlight member add ada@example.org --role lead --project vision
    treadlight member list
    treadlight member role ada@example.org --role admin
    treadlight member remove ada@example.org
    """


@command.command("list")
@click.option("--removed", is_flag=True, help="Also those who were removed.")
@database_option
@json_option
def list_(removed: bool, database: str | None, as_json: bool) -> None:
    """List every member with their role and projects."""
    found = [_form(m) for m in open_database(database).access().members.all(removed=removed)]
    if as_json:
        print_json(found)
        return
    for m in found:
        where = "all projects" if m["projects"] is None else ", ".join(m["projects"]) or "no project"
        seen = f"seen {m['seen_at'][:10]}" if m["seen_at"] else "not seen yet"
        state = f"removed {m['removed_at'][:10]}" if m["removed_at"] else m["role"]
        click.echo(f"{m['id']}  {state:<18} {seen:<16} {m['email'] or m['name']} ({where})")


@command.command("add")
@click.argument("email")
@click.option("--role", default="member", show_default=True, help="member, lead, auditor or admin.")
@projects_options
@database_option
@json_option
def add(
    email: str, role: str, projects: tuple[str, ...], all_projects: bool, database: str | None, as_json: bool
) -> None:
    """Add somebody by EMAIL, before or after they sign in; whoever was removed is a member again."""
    access = open_database(database).access()
    made = access.members.add(email, role, projects_given(projects, all_projects))
    access.audit.add("local", "member.add", made.id, f"{made.email} {made.role}")
    _told(made, as_json, f"added {made.email} as {made.role}")


@command.command("role")
@click.argument("member")
@click.option("--role", required=True, help="member, lead, auditor or admin.")
@projects_options
@database_option
@json_option
def role(
    member: str, role: str, projects: tuple[str, ...], all_projects: bool, database: str | None, as_json: bool
) -> None:
    """Give MEMBER a role; their projects stay as they are unless named. The last admin stays one.

    Auditors and admins see all projects: say which ones somebody sees who is one no longer.
    """
    from treadlight.ledger.access.members import SEE_ALL

    access = open_database(database).access()
    before = access.members.get(member)
    named = bool(projects) or all_projects
    if not named and before.role in SEE_ALL and role not in SEE_ALL:
        remedy = f"they see all as {before.role}: name those they see from now on, or give --all-projects"
        raise InputError("is needed", field="--project", remedy=remedy)
    kept = frozenset[str]() if role in SEE_ALL else before.projects
    found = access.members.grant(before.id, role, projects_given(projects, all_projects) if named else kept)
    access.audit.add("local", "member.role", found.id, f"{found.email or found.name} {found.role}")
    _told(found, as_json, f"{found.email or found.name} is {found.role}")


@command.command("remove")
@click.argument("member")
@database_option
@json_option
def remove(member: str, database: str | None, as_json: bool) -> None:
    """Let MEMBER in no longer, and end their sign-ins. The last admin stays."""
    access = open_database(database).access()
    found = access.members.remove(member)
    access.audit.add("local", "member.remove", found.id, found.email or found.name)
    _told(found, as_json, f"removed {found.email or found.name}")


def _told(member: "Member", as_json: bool, line: str) -> None:
    if as_json:
        print_json(_form(member))
        return
    talk(line)


def _form(member: "Member") -> dict[str, Any]:
    return {
        "id": member.id,
        "email": member.email,
        "name": member.name,
        "role": member.role,
        "projects": None if member.projects is None else sorted(member.projects),
        "created_at": member.created_at,
        "seen_at": member.seen_at or None,
        "removed_at": member.removed_at,
    }
