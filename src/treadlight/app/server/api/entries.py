"""Entries of every kind together, as the command line brings them from files and other ledgers."""

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta, Struct

from treadlight.app.server.api.activities import Taken, take_in
from treadlight.app.server.api.runs import RunBody, TraceBody, WindowBody
from treadlight.app.server.operation import Call, Operation
from treadlight.app.server.principal import Scope
from treadlight.core.errors import InputError
from treadlight.ledger.encoded import Encoded
from treadlight.ledger.records import Run, Trace, Window
from treadlight.ledger.wire import ActivityBody, encoded_item, ready

_Most = Meta(max_length=10_000)


class Entries(Struct, forbid_unknown_fields=True):
    """Items of every kind: all of them are taken in, or none.

    `copy`: they come from another ledger; what an earlier version of an item said is known, and not taken in again.
    """

    activities: Annotated[list[ActivityBody], _Most] = []
    runs: Annotated[list[RunBody], _Most] = []
    windows: Annotated[list[WindowBody], _Most] = []
    traces: Annotated[list[TraceBody], _Most] = []
    copy: bool = False


def _encoded(body: Entries) -> list[Encoded]:
    parts = [encoded_item(Run, b) for b in body.runs]
    parts += [encoded_item(Window, b) for b in body.windows]
    parts += [encoded_item(Trace, b) for b in body.traces]
    found = [*ready(body.activities), *parts]
    if not found:
        raise InputError("holds nothing", field="body", remedy="send activities, runs, windows or traces")
    return found


async def _take(call: Call) -> Taken:
    from litestar.concurrency import sync_to_thread

    body: Entries = call.body
    if not body.copy:
        return await take_in(call, _encoded(body))
    return await sync_to_thread(_copy, call, body)


def _copy(call: Call, body: Entries) -> Taken:
    call.desk.principal.require_everything("copy", "is for who may see all projects")
    done = call.place.ledger.import_(_lines(_encoded(body)))
    call.desk.did("ingest", "copy", str(done.appended + done.skipped))
    call.place.metrics.ingested(done.appended, done.skipped)
    return Taken(done.appended, done.skipped, done.superseded)


def _lines(entries: list[Encoded]) -> Iterator[str]:
    return (f'{{"kind":"{e.kind}","body":{e.body}}}' for e in entries)


OPERATIONS = (
    Operation(
        "POST", "/entries", "Take in items of every kind, all or none", Scope.INGEST, Taken, _take, body=Entries,
        tags=("in",),
    ),
)  # fmt: skip
