"""Tokens: made, shown once, and revoked."""

from collections.abc import Mapping
from typing import Any

from treadlight.app.lengths import end_of
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.web.keeping.part import Part, chosen, keeps, oversees
from treadlight.app.web.keeping.projects import known_projects
from treadlight.core.errors import InputError
from treadlight.ledger.access.tokens import SCOPES, Token

__all__ = ["PART"]

_SCOPE_WORDS = {
    "ingest": "sends activities and runs",
    "read": "reads everything of its projects",
    "write": "changes what is said of its projects",
    "admin": "everything, tokens and members included; of all projects",
}
_LENGTHS = {"12h": "12 hours", "30d": "30 days", "90d": "90 days", "1y": "a year", "never": "without end"}


def _context(desk: Desk, request: PageRequest) -> Mapping[str, Any]:
    now, ident = desk.now(), request.get("token")
    rows = [(token, token.state(now)) for token in _seen(desk)]
    return {
        "rows": [*(r for r in rows if r[1] == "active"), *(r for r in rows if r[1] != "active")],
        "one": next((t for t, state in rows if t.id == ident and state == "active"), None),
        "scopes": _SCOPE_WORDS,
        "lengths": _LENGTHS,
        "projects": known_projects(desk) if keeps(desk) else [],
        "may": keeps(desk),
        "all": oversees(desk),
    }


def _seen(desk: Desk) -> list[Token]:
    """All tokens for auditors and admins; for others, those that see nothing which they do not."""
    tokens, mine = desk.tokens(), desk.principal.projects
    if oversees(desk):
        return tokens
    return [t for t in tokens if mine is None or (t.projects is not None and t.projects <= mine)]


def _create(desk: Desk, form: Mapping[str, str]) -> Mapping[str, Any]:
    access = desk.access
    projects = chosen(form)
    if projects is not None and not projects:
        raise InputError("is missing", field="projects", remedy="tick the projects it is for, or all")
    scopes = [scope for scope in SCOPES if form.get(f"scope:{scope}") == "on"]
    ends = end_of(form.get("expires", ""), "expires")
    made, secret = access.tokens.create(form.get("name", ""), scopes, projects, ends, desk.principal.id)
    desk.did("token.create", made.id, made.name)
    return {"made": made, "secret": secret}


def _revoke(desk: Desk, form: Mapping[str, str]) -> str:
    access, ident = desk.access, form.get("token", "")
    now = desk.now()
    ways_in = [t.id for t in access.tokens.all() if "admin" in t.scopes and t.state(now) == "active"]
    ways_in += [m.id for m in access.members.all() if m.role == "admin"]
    if ways_in == [ident]:
        remedy = "make another first, or revoke it in a terminal: treadlight token revoke"
        raise InputError("is the last way in for an admin", field="token", value=ident, remedy=remedy)
    found = access.tokens.revoke(ident)
    desk.did("token.revoke", found.id, found.name)
    return "/settings/tokens"


PART = Part(
    "tokens",
    "Tokens",
    lambda desk: not desk.embedded,
    _context,
    {"create": _create, "revoke": _revoke},
)
