"""Records as they are: what the command line needs to work against a server as against a ledger of its own."""

from typing import Annotated, Literal

from msgspec import Meta, Raw, Struct

from treadlight.app.server.api.activities import ActivitiesQuery
from treadlight.app.server.api.runs import RunBody, TraceBody, WindowBody, raw
from treadlight.app.server.cursors import read_cursor, write_cursor
from treadlight.app.server.operation import Call, NoQuery, Operation
from treadlight.app.server.principal import Scope
from treadlight.app.server.shapes import Chosen
from treadlight.ledger.records import GroupSum
from treadlight.ledger.wire import ActivityBody


class SumsQuery(Chosen, forbid_unknown_fields=True, kw_only=True):
    """Which activities, split by which dimensions, by year or by hour."""

    by: Annotated[tuple[Literal["component", "stage", "project", "team", "run"], ...], Meta(max_length=5)] = ()
    period: Literal["year", "hour"] = "year"


class Sums(Struct):
    """Sums of activities: what footprints are computed from."""

    sums: list[GroupSum]


class RunRecords(Struct):
    """Runs as the ledger holds them, newest first."""

    runs: list[RunBody]
    next: str | None


class WholeRecord(Struct):
    """A run as the ledger holds it, with its windows and its trace."""

    run: RunBody
    windows: list[WindowBody]
    trace: TraceBody | None


class _Written(Struct):
    runs: list[Raw]
    next: str | None


class _WrittenWhole(Struct):
    run: Raw
    windows: list[Raw]
    trace: Raw | None


def _sums(call: Call) -> Sums:
    return Sums(call.desk.sums(call.query.filter, tuple(dict.fromkeys(call.query.by)), call.query.period))


def _runs(call: Call) -> _Written:
    query: ActivitiesQuery = call.query
    before = read_cursor(query.cursor, tuple[str, int]) if query.cursor else None
    found = call.desk.ledger.runs_before(query.filter, before=before, limit=query.limit)
    following = write_cursor(found[-1][0]) if len(found) == query.limit else None
    return _Written([raw(run) for _, run in found], following)


def _run(call: Call) -> _WrittenWhole:
    ledger = call.desk.ledger
    run = ledger.run(call.params["ref"])
    trace = ledger.trace(run.id)
    return _WrittenWhole(raw(run), [raw(w) for w in ledger.windows(run.id)], raw(trace) if trace else None)


def _activity(call: Call) -> Raw:
    return raw(call.desk.ledger.activity(call.params["id"]))


OPERATIONS = (
    Operation("GET", "/sums", "Sums of activities, as footprints need them", Scope.READ, Sums, _sums, SumsQuery),
    Operation("GET", "/records", "Runs as the ledger holds them, page by page", Scope.READ, RunRecords, _runs,
              ActivitiesQuery),
    Operation("GET", "/records/{ref}", "A run as the ledger holds it, with windows and trace", Scope.READ, WholeRecord,
              _run, NoQuery),
    Operation("GET", "/activities/{id}", "One activity, by its id or the beginning of it", Scope.READ, ActivityBody,
              _activity, NoQuery),
)  # fmt: skip
