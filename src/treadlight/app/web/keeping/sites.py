"""Sites: their facts, each with who said so, when, and from which source."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.server.principal import Scope
from treadlight.app.settings import set_site
from treadlight.app.sites import FACTS, checked_facts, checked_name
from treadlight.app.web.keeping.part import Part, keeps
from treadlight.core.errors import InputError
from treadlight.ledger.access.stated import Fact

__all__ = ["PART", "Known", "sites_known"]


@dataclass(frozen=True, slots=True)
class Known:
    """A fact of a site: its value, its source, and who said so when; `origin` of one in a configuration."""

    value: str
    source: str
    at: str = ""
    actor: str = ""
    origin: str = ""


def sites_known(desk: Desk) -> dict[str, dict[str, Known]]:
    """Facts of the sites that who asks may see, by site and fact; ``""``: this machine's place."""
    config = desk.config
    found: dict[str, dict[str, Known]] = {}
    own = config.get("site.name")
    source = config.get("site.source")
    here = {f: Known(config.get(f"site.{f}"), source, origin=config.origin(f"site.{f}")) for f in FACTS}
    found[own] = {name: known for name, known in here.items() if known.value}
    seen = {site.name for site in desk.sites}
    for name, facts in config.sites.items():
        origin, source = config.origin(f"sites.{name}"), facts.get("source", "")
        if name in seen:
            found[name] = {f: Known(value, source, origin=origin) for f, value in facts.items() if f != "source"}
    for fact in desk.stated("site"):
        found.setdefault(fact.name, {})[fact.key] = Known(fact.value or "", fact.source, fact.at, fact.actor)
    return found


def _context(desk: Desk, request: PageRequest) -> Mapping[str, Any]:
    known = sites_known(desk)
    named = desk.cached(("site names",), desk.ledger.site_names)
    asked = "site" in request.query
    name = (request.query.get("site") or [""])[-1]
    history: list[Fact] = desk.history(f"site:{name}") if name in known and name else []
    rows = sorted(known.items(), key=lambda row: (row[0] != "", row[0].lower()))
    return {
        "facts": FACTS,
        "rows": [row for row in rows if row[0] or row[1] or desk.embedded],
        "bare": sorted(named - set(known)),
        "asked": asked,
        "name": name,
        "now": known.get(name, {}),
        "history": history,
        "may": keeps(desk),
    }


def _state(desk: Desk, form: Mapping[str, str]) -> str:
    desk.principal.require(Scope.ADMIN)
    given = {key: form.get(key, "").strip() or None for key in FACTS if key in form}
    if desk.embedded:
        return _configure(desk, form, given)
    name, source = checked_name(form.get("name", "")), form.get("source", "").strip()
    now = sites_known(desk).get(name, {})
    news = {key: value for key, value in given.items() if value != (now[key].value if key in now else None)}
    if not source:
        raise InputError(
            "is missing", field="source", remedy="say where the facts come from: a bill, a meter, a report"
        )
    if not news:
        raise InputError("says nothing new", field="name", value=name, remedy="change a fact")
    desk.state(f"site:{name}", checked_facts(news, desk.library), source)
    return f"/settings/sites?site={name}"


def _configure(desk: Desk, form: Mapping[str, str], given: Mapping[str, str | None]) -> str:
    """On one's own machine sites lie in the configuration's file."""
    name = form.get("name", "").strip()
    name = checked_name(name) if name else ""
    own = "" if name == desk.config.get("site.name") else name
    set_site(own, {**checked_facts(given, desk.library), "source": form.get("source", "").strip() or None})
    desk.configured()
    return f"/settings/sites?site={name}"


def _remove(desk: Desk, form: Mapping[str, str]) -> str:
    desk.principal.require(Scope.ADMIN)
    name = checked_name(form.get("name", ""))
    source = form.get("source", "").strip() or "taken back on the page Settings"
    if desk.embedded:
        set_site(name, dict.fromkeys((*FACTS, "source")))
        desk.configured()
    elif not desk.state(f"site:{name}", {f.key: None for f in desk.stated("site") if f.name == name}, source):
        raise InputError("holds no facts here", field="name", value=name, remedy="see the configuration of the server")
    return "/settings/sites"


PART = Part("sites", "Sites", lambda desk: True, _context, {"state": _state, "remove": _remove})
