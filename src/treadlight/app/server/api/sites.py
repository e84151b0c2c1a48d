"""Sites: what is stated of one's own places, by whom, when and from which source."""

from typing import Annotated

from msgspec import Meta, Struct

from treadlight.app.server.operation import Call, NoQuery, Operation
from treadlight.app.server.principal import Scope
from treadlight.app.sites import checked_facts, checked_name
from treadlight.core.errors import InputError
from treadlight.ledger.access.stated import Fact

_Line = Annotated[str, Meta(max_length=500)]


class Sites(Struct):
    """Facts that hold, of the sites that the caller's activities name; of all of them for who sees everything."""

    facts: list[Fact]


class StateSite(Struct, forbid_unknown_fields=True):
    """Facts of a site, with their source; null takes one back."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    source: Annotated[str, Meta(min_length=1, max_length=500)]
    zone: _Line | None = ""
    region: _Line | None = ""
    pue: _Line | None = ""
    wue_l_per_kwh: _Line | None = ""
    market_gco2e_per_kwh: _Line | None = ""


class StatedSite(Struct):
    """What changed, and what holds now."""

    changed: list[str]
    facts: list[Fact]


def _sites(call: Call) -> Sites:
    return Sites(_facts(call))


def _facts(call: Call, name: str | None = None) -> list[Fact]:
    return [fact for fact in call.desk.stated("site") if name in (None, fact.name)]


def _state(call: Call) -> StatedSite:
    body: StateSite = call.body
    name, source = checked_name(body.name), body.source.strip()
    if not source:
        raise InputError("is missing", field="source", remedy="say where the facts come from")
    given = {name: getattr(body, name) for name in body.__struct_fields__ if name not in ("name", "source")}
    wanted = checked_facts({key: value for key, value in given.items() if value != ""}, call.desk.library)
    if not wanted:
        raise InputError("states nothing", field="body", remedy="give zone, pue, or another fact")
    return StatedSite(call.desk.state(f"site:{name}", wanted, source), _facts(call, name))


OPERATIONS = (
    Operation("GET", "/sites", "What is stated of sites", Scope.READ, Sites, _sites, NoQuery, tags=("sites",)),
    Operation(
        "POST", "/sites", "State facts of a site; for admins", Scope.ADMIN, StatedSite, _state, body=StateSite,
        tags=("sites",),
    ),
)  # fmt: skip
