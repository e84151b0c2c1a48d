"""Parts of the page Settings as data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from treadlight.app.server.answers import Answer
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.server.principal import Role, Scope

__all__ = ["Deed", "Part", "chosen", "keeps", "oversees"]

Deed = Callable[[Desk, Mapping[str, str]], "Answer | str | Mapping[str, Any]"]
"""What a form does; gives an answer, an address to go to, or what the page shows at once and never again."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part.

    Parameters
    ----------
    name
        Last part of its address.
    title
        As its tab says it, in English.
    sees
        Whether who asks has anything to see here.
    context
        What its template needs, from what is asked.
    deeds
        What its forms do, by the value of their field ``do``.
    """

    name: str
    title: str
    sees: Callable[[Desk], bool]
    context: Callable[[Desk, PageRequest], Mapping[str, Any]]
    deeds: Mapping[str, Deed]


def keeps(desk: Desk) -> bool:
    """Whether who asks may change everything here: an admin, who is one of all projects."""
    return Scope.ADMIN in desk.principal.scopes


def oversees(desk: Desk) -> bool:
    """Whether who asks may see all of it: auditors and admins."""
    return keeps(desk) or desk.role is Role.AUDITOR


def chosen(form: Mapping[str, str], known: str = "project:") -> frozenset[str] | None:
    """Projects that a form names; None: all of them."""
    if form.get("all") == "on":
        return None
    ticked = {name.removeprefix(known) for name, value in form.items() if name.startswith(known) and value == "on"}
    return frozenset(ticked | ({form["other"].strip()} if form.get("other", "").strip() else set()))
