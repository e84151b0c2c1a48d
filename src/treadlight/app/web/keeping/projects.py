"""Projects: what each is for, whom to ask, what it holds, and who may see it."""

from collections.abc import Mapping
from typing import Any

from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.server.principal import Scope
from treadlight.app.web.keeping.part import Part, keeps, oversees
from treadlight.core.errors import InputError, NotFoundError

__all__ = ["PART", "known_projects"]

_ABOUT = {"about": "What it is for", "contact": "Whom to ask"}


def known_projects(desk: Desk) -> list[str]:
    """Projects that the ledger holds or that somebody named, as far as who asks may see them."""
    held = desk.cached(("project names",), desk.ledger.project_names)
    return sorted({*held, *(fact.name for fact in desk.stated("project")), *(desk.principal.projects or ())})


def _context(desk: Desk, request: PageRequest) -> Mapping[str, Any]:
    said: dict[str, dict[str, str]] = {}
    for fact in desk.stated("project"):
        said.setdefault(fact.name, {})[fact.key] = fact.value or ""
    counts = desk.cached(("run counts",), desk.ledger.run_counts)
    name = request.get("project")
    return {
        "rows": [(p, said.get(p, {}), *counts.get(p, (0, "")), _who(desk, p)) for p in known_projects(desk)],
        "abouts": _ABOUT,
        "asked": "project" in request.query,
        "name": name,
        "now": said.get(name, {}),
        "may": keeps(desk) or Scope.WRITE in desk.principal.scopes,
        "all": oversees(desk),
        "new": keeps(desk),
    }


def _who(desk: Desk, project: str) -> tuple[int, int] | None:
    """How many members and tokens see a project; None: not for who asks to know."""
    if desk.embedded or not oversees(desk):
        return None
    members, tokens = desk.people(), desk.tokens()
    now = desk.now()
    return (
        sum(m.projects is None or project in m.projects for m in members),
        sum((t.projects is None or project in t.projects) and t.state(now) == "active" for t in tokens),
    )


def _state(desk: Desk, form: Mapping[str, str]) -> str:
    desk.principal.require(Scope.WRITE)
    name = form.get("name", "").strip()
    seen = desk.principal.projects
    if seen is not None and name not in seen:
        raise NotFoundError("no such project", field="name", value=name, remedy="choose one of yours")
    if not keeps(desk) and name not in known_projects(desk):
        raise NotFoundError("no such project", field="name", value=name, remedy="an admin can name a new one")
    facts = {key: form.get(key, "").strip() or None for key in _ABOUT}
    if not desk.state(f"project:{name}", facts, desk.principal.name):
        raise InputError("says nothing new", field="name", value=name, remedy="change what it is for")
    return f"/settings/projects#{_anchor(name)}"


def _anchor(name: str) -> str:
    from urllib.parse import quote

    return f"p-{quote(name)}"


PART = Part("projects", "Projects", lambda desk: True, _context, {"state": _state})
