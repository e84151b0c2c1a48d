"""Activities: in, in batches; and out, page by page."""

import asyncio
from collections import Counter
from typing import Annotated

from msgspec import Meta, Raw, Struct

from treadlight.app.server.cursors import read_cursor, write_cursor
from treadlight.app.server.operation import Call, Operation
from treadlight.app.server.principal import Principal, Scope
from treadlight.app.server.shapes import Chosen, Limit, Named
from treadlight.core.errors import InputError
from treadlight.ledger.encoded import Encoded
from treadlight.ledger.ready import Note, Ready
from treadlight.ledger.wire import ActivityBody, ready

_AT_ONCE = 10_000


class Batch(Struct, forbid_unknown_fields=True):
    """Activities to be taken in; each once, however often it is sent."""

    activities: Annotated[list[ActivityBody], Meta(min_length=1, max_length=_AT_ONCE)]


class Taken(Struct):
    """What became of a batch: new, known already, or new versions of what was known. It is on disk."""

    appended: int
    skipped: int
    superseded: int


class ActivitiesQuery(Chosen, forbid_unknown_fields=True, kw_only=True):
    """Which activities, from where on."""

    limit: Limit = 100
    cursor: Named = ""


class StandingQuery(ActivitiesQuery, forbid_unknown_fields=True, kw_only=True):
    """Also those that others replaced?"""

    superseded: bool = False


class ActivitiesPage(Struct):
    """Activities in the order in which they were taken in; `next` begins the page that follows."""

    activities: list[ActivityBody]
    next: str | None


class _Written(Struct):
    activities: list[Raw]
    next: str | None


async def take_in(call: Call, entries: list[Encoded]) -> Taken:
    """Append entries in the name of who calls; done when they are on disk."""
    principal = call.desk.principal
    check_projects(entries, principal)
    runs = tuple(e.id for e in entries if e.kind == "run")
    noted = Note(principal.id, f"{len(entries)}", call.desk.address, runs)
    future = call.place.writer.submit(Ready(entries, principal.projects, noted))
    try:
        done = await asyncio.wrap_future(future)
    except InputError as error:
        raise _placed(error, entries) from None
    call.place.metrics.ingested(done.appended, done.skipped)
    if runs:
        call.place.holding.forget(runs)
    return Taken(done.appended, done.skipped, done.superseded)


def check_projects(entries: list[Encoded], principal: Principal) -> None:
    """Refuse what is not the caller's.

    Raises
    ------
    InputError
        Naming the entry and its project.
    """
    if principal.projects is None:
        return
    seen: Counter[str] = Counter()
    for e in entries:
        i, seen[e.kind] = seen[e.kind], seen[e.kind] + 1
        if e.project is not None and e.project not in principal.projects:
            remedy = f"this token writes for {', '.join(sorted(principal.projects)) or 'no project'}"
            field = f"activities[{i}].subject.project" if e.kind == "activity" else f"{e.kind}.subject.project"
            raise InputError("is not a project of this token", field=field, value=e.project, remedy=remedy)


def _placed(error: InputError, entries: list[Encoded]) -> InputError:
    """A refusal by the ledger, which names an entry by its id, said of its place in what was sent."""
    seen: Counter[str] = Counter()
    for e in entries:
        i, seen[e.kind] = seen[e.kind], seen[e.kind] + 1
        holds = {"id": e.id, e.kind: e.id, "parent": e.run, "run": e.run, "supersedes": e.supersedes}
        if error.value and holds.get(error.field) == error.value:
            several = {"activity": "activities", "window": "windows"}
            where = f"{several[e.kind]}[{i}]" if e.kind in several else e.kind
            return error.at(f"{where}.{'id' if error.field == e.kind else error.field}")
    return error


async def _take(call: Call) -> Taken:
    return await take_in(call, ready(call.body.activities))


def _page(call: Call) -> _Written:
    query: StandingQuery = call.query
    after = read_cursor(query.cursor, int) if query.cursor else 0
    rows = call.desk.ledger.bodies(query.filter, after=after, limit=query.limit, superseded=query.superseded)
    following = write_cursor(rows[-1][0]) if len(rows) == query.limit else None
    return _Written([Raw(body.encode()) for _, body in rows], following)


OPERATIONS = (
    Operation(
        "POST", "/activities", "Take in a batch of activities", Scope.INGEST, Taken, _take, body=Batch, tags=("in",)
    ),
    Operation(
        "GET", "/activities", "Activities, page by page", Scope.READ, ActivitiesPage, _page, StandingQuery,
        tags=("out",),
    ),
)  # fmt: skip
