"""Evidence: the chain's root, the log of who did what, an export of everything, and how the server is."""

import asyncio
import tempfile
from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta, Struct

from treadlight import __version__
from treadlight.app.server.operation import Call, NoQuery, Operation, Stream
from treadlight.app.server.principal import Scope
from treadlight.core.errors import LedgerError

_PIECE = 1 << 16


class Health(Struct):
    """How the server is, and what its ledger holds; null for who may not see all projects."""

    status: str
    version: str
    entries: int | None
    root: str | None
    library: str


class VerifyQuery(Struct, forbid_unknown_fields=True, kw_only=True):
    """A root that was published earlier."""

    root: Annotated[str, Meta(max_length=64)] = ""


class Verified(Struct):
    """Whether the chain holds and the tables say what it says; where not, the first entry that is broken."""

    ok: bool
    entries: int
    root: str
    broken: int | None
    id: str | None
    reason: str | None


class Me(Struct):
    """Who asks, as the server knows them; `projects` null: all."""

    id: str
    name: str
    role: str
    scopes: list[str]
    projects: list[str] | None


class AuditQuery(Struct, forbid_unknown_fields=True, kw_only=True):
    """Which lines."""

    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    before: Annotated[int, Meta(ge=1, le=1 << 53)] | None = None


class Line(Struct):
    """Who did what, when, with what, and from where."""

    number: int
    at: str
    actor: str
    action: str
    target: str
    detail: str
    address: str


class AuditPage(Struct):
    """Lines of the audit log, newest first."""

    lines: list[Line]


def _health(call: Call) -> Health:
    root, entries = call.place.ledger.head()
    if not call.desk.principal.everything:
        return Health("ok", __version__, None, None, call.desk.library.version)
    return Health("ok", __version__, entries, root, call.desk.library.version)


def _me(call: Call) -> Me:
    p = call.desk.principal
    projects = None if p.projects is None else sorted(p.projects)
    return Me(p.id, p.name, str(p.role), sorted(map(str, p.scopes)), projects)


def _audit(call: Call) -> AuditPage:
    found = call.desk.audit(call.query.limit, call.query.before)
    return AuditPage([Line(d.number, d.at, d.actor, d.action, d.target, d.detail, d.address) for d in found])


async def _verify(call: Call) -> Verified:
    call.desk.principal.require_everything("verify")
    await asyncio.to_thread(call.desk.did, "verify", "", call.query.root)
    await asyncio.to_thread(call.place.refresh)
    check = await asyncio.wrap_future(call.place.checker.ask(call.query.root))
    if check.found is None:
        remedy = "ask again; `treadlight verify` checks an export without the server"
        raise LedgerError("could not be checked", field="ledger", value=check.trouble, remedy=remedy)
    found = check.found
    return Verified(found.ok, found.entries, found.root, found.broken, found.id or None, found.reason or None)


def _export(call: Call) -> Stream:
    call.desk.principal.require_everything("export")
    call.desk.did("export")
    return Stream(_pieces(call), "application/x-ndjson")


def _pieces(call: Call) -> Iterator[bytes]:
    """Every entry as JSON lines: written to a file first, so that a slow reader holds no transaction open."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n") as copy:
        call.place.ledger.export(copy)
        copy.seek(0)
        while text := copy.read(_PIECE):
            yield text.encode()


OPERATIONS = (
    Operation("GET", "/health", "How the server is, and the root of its chain", Scope.READ, Health, _health, NoQuery),
    Operation("GET", "/me", "Who asks, as the server knows them", Scope.READ, Me, _me, NoQuery),
    Operation("GET", "/audit", "Who did what; for auditors and admins", Scope.READ, AuditPage, _audit, AuditQuery),
    Operation("GET", "/verify", "Recompute the hash of every entry", Scope.READ, Verified, _verify, VerifyQuery),
    Operation("GET", "/export", "Every entry with the chain, as JSON lines", Scope.READ, Stream, _export, NoQuery),
)
