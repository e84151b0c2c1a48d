"""The public page: what of it is published, a look at it before, and taking it back."""

from collections.abc import Mapping
from typing import Any

from treadlight.app.account import CATEGORIES
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.server.principal import Scope
from treadlight.app.web.keeping.part import Part, chosen, keeps, oversees
from treadlight.app.web.keeping.projects import known_projects
from treadlight.app.web.publication import SUBJECT, projects_told, publication, stated_of
from treadlight.core.errors import InputError

__all__ = ["PART"]


def _context(desk: Desk, request: PageRequest) -> Mapping[str, Any]:
    return {
        "now": publication(desk),
        "projects": known_projects(desk),
        "categories": CATEGORIES,
        "history": desk.history(SUBJECT) if oversees(desk) else [],
        "projects_told": projects_told,
        "may": keeps(desk),
    }


def _choose(desk: Desk, form: Mapping[str, str]) -> str:
    desk.principal.require(Scope.ADMIN)
    desk.state(SUBJECT, stated_of(form, chosen(form)), desk.principal.name)
    return "/settings/public"


def _publish(desk: Desk, form: Mapping[str, str]) -> str:
    desk.principal.require(Scope.ADMIN)
    found = publication(desk)
    if found.projects is not None and not found.projects:
        raise InputError("is missing", field="projects", remedy="choose what to publish first")
    desk.state(SUBJECT, {"on": "yes"}, desk.principal.name)
    return "/settings/public"


def _withdraw(desk: Desk, form: Mapping[str, str]) -> str:
    desk.principal.require(Scope.ADMIN)
    desk.state(SUBJECT, {"on": None}, desk.principal.name)
    return "/settings/public"


PART = Part(
    "public",
    "Public page",
    lambda desk: not desk.embedded and oversees(desk),
    _context,
    {"choose": _choose, "publish": _publish, "withdraw": _withdraw},
)
