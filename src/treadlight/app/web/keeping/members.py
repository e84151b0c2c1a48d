"""Members: who they are, their role, and the projects they may see."""

from collections.abc import Mapping
from typing import Any

from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.web.keeping.part import Part, chosen, keeps, oversees
from treadlight.app.web.keeping.projects import known_projects
from treadlight.ledger.access.members import ROLES, Member

__all__ = ["PART", "ROLE_WORDS"]

ROLE_WORDS = {
    "member": "reads their projects",
    "lead": "reads their projects and changes what is said of them",
    "auditor": "reads all evidence of all projects; changes nothing",
    "admin": "everything",
}
"""What each role may do."""


def _context(desk: Desk, request: PageRequest) -> Mapping[str, Any]:
    people = desk.people() if oversees(desk) else []
    ident = request.get("member")
    return {
        "rows": people,
        "roles": ROLE_WORDS,
        "one": next((m for m in people if m.id == ident), None),
        "projects": known_projects(desk) if keeps(desk) else [],
        "may": keeps(desk),
        "all": oversees(desk),
        "provider": desk.provider,
    }


def _add(desk: Desk, form: Mapping[str, str]) -> str:
    made = desk.access.members.add(form.get("email", ""), form.get("role", ""), chosen(form))
    return _did(desk, "member.add", made)


def _grant(desk: Desk, form: Mapping[str, str]) -> str:
    found = desk.access.members.grant(form.get("member", ""), form.get("role", ""), chosen(form))
    return _did(desk, "member.role", found)


def _remove(desk: Desk, form: Mapping[str, str]) -> str:
    return _did(desk, "member.remove", desk.access.members.remove(form.get("member", "")))


def _did(desk: Desk, action: str, member: Member) -> str:
    where = "all projects" if member.projects is None else ", ".join(sorted(member.projects)) or "no project"
    told = "" if action == "member.remove" else f" {member.role}, {where}"
    desk.did(action, member.id, f"{member.email or member.name}{told}")
    return "/settings/members"


assert set(ROLE_WORDS) == set(ROLES)
PART = Part(
    "members",
    "Members",
    lambda desk: not desk.embedded,
    _context,
    {"add": _add, "grant": _grant, "remove": _remove},
)
