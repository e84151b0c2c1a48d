"""What an organisation chooses to publish: which projects, months and category, and what it says beside them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from treadlight.app.account import CATEGORIES
from treadlight.app.server.choice import Choice
from treadlight.app.server.desk import Desk
from treadlight.app.server.principal import Principal, Role
from treadlight.core.errors import InputError
from treadlight.core.method import Method
from treadlight.ledger.months import month_after
from treadlight.ledger.query import Filter

__all__ = ["SUBJECT", "Publication", "projects_told", "public_desk", "publication", "stated_of"]

SUBJECT = "public:page"
"""Under which the ledger knows what is published."""
_MONTH = re.compile(r"^(\d{4})-(0[1-9]|1[0-2])$")


@dataclass(frozen=True, slots=True)
class Publication:
    """What is published, or would be.

    Parameters
    ----------
    on
        Whether anybody may read it.
    projects
        Of which projects; None: all, also those to come.
    since, until
        First and last month, such as ``2026-01``; empty: the last twelve that hold anything.
    category, accounting
        What leads, by which method.
    name, about
        Of the organisation, in its own words.
    at, actor
        Who chose so last, and when.
    """

    on: bool = False
    projects: frozenset[str] | None = frozenset()
    since: str = ""
    until: str = ""
    category: str = "gwp"
    accounting: str = "location"
    name: str = ""
    about: str = ""
    at: str = ""
    actor: str = ""


def publication(desk: Desk) -> Publication:
    """What is published, as it was stated last."""
    said = {fact.key: fact for fact in desk.stated("public")}
    if not said:
        return Publication()
    newest = max(said.values(), key=lambda fact: fact.number)
    text = {key: fact.value or "" for key, fact in said.items()}
    return Publication(
        text.get("on") == "yes",
        projects_told(text.get("projects", "[]")),
        text.get("since", ""),
        text.get("until", ""),
        text.get("category", "gwp"),
        text.get("accounting", "location"),
        text.get("name", ""),
        text.get("about", ""),
        newest.at,
        newest.actor,
    )


def projects_told(text: str) -> frozenset[str] | None:
    """The projects that are published, as they were stated; None: all."""
    return None if text == "*" else frozenset(msgspec.json.decode(text, type=list[str]))


def stated_of(form: Mapping[str, str], projects: frozenset[str] | None) -> dict[str, str | None]:
    """What a form chooses, as it is stated.

    Raises
    ------
    InputError
        If it cannot be published so; it names the field.
    """
    for key in ("since", "until"):
        text = form.get(key, "")
        if text and not _MONTH.match(text):
            raise InputError("is no month", field=key, value=text, remedy="write 2026-01, or leave it empty")
    if form.get("since") and form.get("until") and form["until"] < form["since"]:
        raise InputError("lies before the first month", field="until", value=form["until"], remedy="give a later one")
    for key, known in (("category", CATEGORIES), ("accounting", ("location", "market"))):
        if form.get(key) not in known:
            raise InputError("unknown choice", field=key, value=form.get(key), remedy=f"use {', '.join(known)}")
    if projects is not None and not projects:
        raise InputError("is missing", field="projects", remedy="tick the projects to publish, or all")
    words = {key: form.get(key, "").strip() or None for key in ("since", "until", "name", "about")}
    told = "*" if projects is None else msgspec.json.encode(sorted(projects)).decode()
    return {**words, "category": form["category"], "accounting": form["accounting"], "projects": told}


def public_desk(desk: Desk, found: Publication) -> Desk:
    """A desk that holds what is published, and nothing else."""
    anybody = Principal("public", "", Role.MEMBER, frozenset(), found.projects)
    since = _month(found.since) if found.since else None
    until = month_after(_month(found.until)) if found.until else None
    chosen = Filter(since=since, until=until)
    choice = Choice(chosen, found.category, Method(found.accounting), language=desk.choice.language)
    return desk.published(anybody, choice)


def _month(text: str) -> datetime:
    return datetime(int(text[:4]), int(text[5:7]), 1, tzinfo=UTC)
