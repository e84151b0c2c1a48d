"""Accounts of request logs: files, engine, estimator and library brought together; and what of them is recorded."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treadlight.app.estimating_place import check_agreement
from treadlight.app.workspace import Workspace
from treadlight.core.errors import InputError, NotFoundError
from treadlight.core.method import Method
from treadlight.requests.columns import KEYS, ROLES, Columns, missing_column, resolve_columns
from treadlight.requests.engine import Ask, Engine
from treadlight.requests.expression import Reading
from treadlight.requests.files import LogFile, check_still, digest, find_files
from treadlight.requests.groups import Groups, merged, reason_text
from treadlight.requests.impacts import TIMES, Impacts, Scope, impacts_of
from treadlight.requests.out import check_out, is_answer
from treadlight.requests.partial import Partial, forget, keep, kept, key_of
from treadlight.requests.places import UnknownPlace, place_notes, refuse_unknown, settled_places
from treadlight.requests.schema import Log, described
from treadlight.requests.serving import Serving, Setting, serving_of
from treadlight.requests.zones import QUARTER_S, is_whole_hours, time_zone

if TYPE_CHECKING:
    from treadlight.ledger.append import Appended
    from treadlight.library.library import Library
    from treadlight.library.models import Models
    from treadlight.requests.record import Recording

__all__ = ["CONSTANTS", "Asked", "RequestAccount", "account_requests", "record_requests"]

CONSTANTS = ("model", "zone", "region", "team", "hardware", "precision", "batch")
"""What may be said for all rows that do not say it themselves."""

_KEPT_FOR_S = 30 * 86400.0
_SAID = 8
_FEW_TOKENS = 10.0
_ENGINES = ("duckdb", "spark")
_FLAT = "every hour has the grid's mean of its year: an overlay with grid_hourly.csv brings hours"
_LEFT_OUT = (
    "not counted: the making of the servers around the accelerators, of the building, networks, the user's device"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asks of logs.

    Parameters
    ----------
    logs
        Files, folders, patterns.
    columns
        Column by role or label.
    by
        Dimensions of the answer.
    constants
        Values of `CONSTANTS` for rows that do not say them.
    scope
        What the energy includes, see `treadlight.estimate.scope`.
    time_zone
        Of times that say none; empty: such times are refused.
    time_unit, time_origin_s
        Of times that are numbers.
    record
        The sums will be recorded, so they are needed by hour.
    fresh
        Do not use sums that were kept.
    strict
        Refuse logs with rows that are set aside, or whose place the library does not have.
    out
        File that the answer will be written to: whether it can be is asked before anything is read. Empty: none.
    """

    logs: tuple[str, ...]
    columns: Mapping[str, str]
    by: tuple[str, ...] = ("model",)
    constants: Mapping[str, str] = field(default_factory=dict)
    scope: str = "facility"
    engine: str = "duckdb"
    master: str = "local[*]"
    time_zone: str = ""
    time_unit: str = ""
    time_origin_s: float = 0.0
    cached_apart: bool = False
    assume_unknown_models: bool = False
    record: bool = False
    fresh: bool = False
    strict: bool = False
    out: str = ""


@dataclass(frozen=True, slots=True)
class RequestAccount:
    """An account of request logs.

    Parameters
    ----------
    files
        The logs, with the digest of each and how many of its sums were taken from an earlier, interrupted account.
    parts
        The sums of each file with the names of its keys.
    unknown_places
        What the logs name and the library does not have.
    """

    asked: Asked
    by: tuple[str, ...]
    files: tuple[LogFile, ...]
    parts: tuple[tuple[Partial, tuple[str, ...]], ...]
    resumed: int
    groups: Groups
    served: Mapping[Setting, Serving]
    impacts: Impacts
    library: tuple[str, str]
    method: Method
    notes: tuple[str, ...]
    draws: int
    seed: int
    unknown_places: tuple[UnknownPlace, ...] = ()


def account_requests(workspace: Workspace, asked: Asked, method: Method) -> RequestAccount:
    """The account of logs.

    Raises
    ------
    InputError
        If a log cannot be read or is changed meanwhile, or a column, model, zone or accelerator is unknown.
    """
    from treadlight.estimate.scope import check_scope

    scope = Scope.named(check_scope(asked.scope))
    _check_engine(asked.engine)
    zone = time_zone(asked.time_zone) if asked.time_zone else None
    library = workspace.library
    _check_constants(asked, library)
    files = find_files(asked.logs)
    stated, skipped = _described(files, asked.logs)
    if asked.out:
        check_out(asked.out, [log.file.path for log in stated])
    logs = [_widened(log, asked) for log in stated]
    hourly = library.has_hourly
    bucket_s = _bucket_s(asked, hourly, zone)
    readings = [_reading(log, asked, bucket_s) for log in logs]
    parts, resumed = _summed(workspace, asked, logs, readings)
    read = [(log, reading, partial) for log, reading, (partial, _) in zip(stated, readings, parts, strict=True)]
    for one in read:
        _check_stated(*one, asked)
    cached_stated = all(_states_cached(*one) for one in read)
    labels = tuple(dict.fromkeys(name for reading in readings for name, _ in reading.columns.labels))
    groups = merged(parts, asked.constants, labels, bucket_s, zone)
    _check_counted(groups, asked.strict)
    groups, unknown = settled_places(groups, library)
    if asked.strict:
        refuse_unknown(unknown)
    served = _served(groups, workspace, asked, scope.estimator)
    impacts = impacts_of(
        groups, asked.by, served, library, scope, method,
        hourly=hourly, draws=workspace.draws, seed=workspace.seed,
    )  # fmt: skip
    notes = [*_notes(groups, served, cached_stated, skipped, asked), *place_notes(groups, unknown, library)]
    if "hour" in asked.by and not hourly:
        notes.append(_FLAT)
    return RequestAccount(
        asked, asked.by, tuple(files), tuple(parts), resumed, groups, served, impacts,
        (library.version, library.digest), method, (*notes, _LEFT_OUT), workspace.draws, workspace.seed, unknown,
    )  # fmt: skip


def _described(files: Sequence[LogFile], named: Sequence[str]) -> tuple[list[Log], list[str]]:
    """The logs that hold something, and notes about those that do not, or are answers of ours in a folder of logs."""
    empty = [file.name for file in files if file.size == 0]
    if len(empty) == len(files):
        raise InputError("the log is empty", field="LOG", value=empty[0], remedy="give a log with requests")
    found = [described(file) for file in files if file.size]
    answers = [log.file.name for log in found if is_answer(log.names)]
    if answers and (len(answers) == len(found) or set(answers) & set(named)):
        remedy = "give the log that it was made from"
        raise InputError("is an answer of treadlight, not a log", field="LOG", value=answers[0], remedy=remedy)
    notes = [f"{name} is empty" for name in empty]
    notes += [f"{name} is an answer of treadlight and was left out" for name in answers]
    return [log for log in found if log.file.name not in answers], notes


def _check_engine(name: str) -> None:
    if name not in _ENGINES:
        raise InputError("there is no such engine", field="--engine", value=name, remedy=f"use {' or '.join(_ENGINES)}")


def _check_constants(asked: Asked, library: "Library") -> None:
    """Nothing, if the place that is said for rows without one is in the library."""
    zone, region = asked.constants.get("zone", ""), asked.constants.get("region", "")
    try:
        library.check_place(zone, region)
        check_agreement(library, zone, region)
    except InputError as error:
        value = {"zone": zone, "region": region}[error.field]
        raise error.at(f"--{error.field}", value) from None


def _widened(log: Log, asked: Asked) -> Log:
    """A log of JSON lines with the fields too that may first occur far behind its beginning; NULL where they do not."""
    if log.file.kind != "jsonl":
        return log
    optional = ("cached", *KEYS)
    named = [column for name, column in asked.columns.items() if name in optional or name not in ROLES]
    labels = [name for name in asked.by if name not in (*TIMES, *ROLES, *asked.columns)]
    roles = [role for role in optional if role not in asked.columns]
    more = dict.fromkeys(name for name in (*roles, *named, *labels) if name not in log.names)
    return Log(log.file, (*log.columns, *((name, "string") for name in more)))


def _check_stated(log: Log, reading: Reading, partial: Partial, asked: Asked) -> None:
    """Nothing, if every column that a person named is in the log, at its beginning or in any of its rows.

    Raises
    ------
    InputError
        If one is in none.
    """
    for name, column in (*reading.columns.roles, *reading.columns.labels):
        if column in log.names or not (name in asked.columns or name not in ROLES):
            continue
        if partial.sums.num_rows and not _says(partial, reading, name):
            raise missing_column(column, log.names, log.file.name)


def _states_cached(log: Log, reading: Reading, partial: Partial) -> bool:
    column = reading.columns.get("cached")
    return column is not None and (column in log.names or _says(partial, reading, "cached"))


def _says(partial: Partial, reading: Reading, name: str) -> bool:
    """Whether any row of a log says this role or label."""
    if name == "cached":
        return any(n > 0 for n in partial.sums.column("tokens_cached").to_pylist() if n is not None)
    i = [key for key, _ in reading.columns.keys].index(name)
    found = partial.sums.column(f"key_{i}")
    return bool(found.null_count < len(found))


def _bucket_s(asked: Asked, hourly: bool, zone: tzinfo | None) -> int:
    """Length of the pieces of time that are summed [s]: an hour where one is needed, else a day."""
    if not is_whole_hours(zone):
        return QUARTER_S
    return 3600 if hourly or asked.record or "hour" in asked.by else 86400


def _reading(log: Log, asked: Asked, bucket_s: int) -> Reading:
    labels = [name for name in asked.by if name not in TIMES]
    columns = resolve_columns(asked.columns, labels, log.names, log.file.name)
    columns = Columns(tuple(pair for pair in columns.roles if _wanted(pair, asked)), columns.labels)
    return Reading(columns, bucket_s, asked.time_unit, asked.time_origin_s, asked.cached_apart)


def _wanted(pair: tuple[str, str], asked: Asked) -> bool:
    """Whether a role is needed: a team only where somebody asks for it, all others always."""
    role, _ = pair
    return role != "team" or asked.record or "team" in asked.by


def _summed(
    workspace: Workspace, asked: Asked, logs: Sequence[Log], readings: Sequence[Reading]
) -> tuple[list[tuple[Partial, tuple[str, ...]]], int]:
    """The sums of every log, and how many of them were kept from before."""
    folder = workspace.home / "requests"
    forget(folder, _KEPT_FOR_S)
    found: dict[Path, Partial] = {}
    keys: dict[Path, str] = {}
    engine: Engine | None = None
    with _progress(sum(log.file.size for log in logs)) as advance:

        def asks() -> Iterator[Ask]:
            """Logs that must be read, each when an engine comes to it; kept sums are found on the way."""
            for log, reading in zip(logs, readings, strict=True):
                file, content = log.file, digest(log.file)
                keys[file.path] = key_of(content, reading, log.types(reading.columns.names))
                before = None if asked.fresh else kept(folder, keys[file.path], file.name, content)
                if before is None:
                    yield Ask(log, content, reading, advance.within(file.size) if advance else None)
                    continue
                found[file.path] = before
                if advance:
                    advance.done(file.size)

        waiting = asks()
        first = next(waiting, None)
        read = 0
        try:
            if first is not None:
                engine = _engine(asked, folder)
                for ask, partial in engine.accounts(chain((first,), waiting)):
                    file = ask.log.file
                    _check_unchanged(file, ask.digest if asked.record else "")
                    keep(folder, keys[file.path], partial)
                    found[file.path] = partial
                    read += 1
                    if advance:
                        advance.done(file.size)
        finally:
            if engine is not None:
                engine.close()
    seen: dict[str, str] = {}
    parts = []
    for log, reading in zip(logs, readings, strict=True):
        _check_new(found[log.file.path], seen)
        parts.append((found[log.file.path], tuple(name for name, _ in reading.columns.keys)))
    return parts, len(logs) - read


def _check_new(found: Partial, seen: dict[str, str]) -> None:
    """Nothing, if no other log has the same rows; logs without rows may be alike."""
    if found.digest in seen and (found.sums.num_rows or found.aside):
        remedy = "give it once; nothing was counted twice"
        what = f"has the same content as {seen[found.digest]}"
        raise InputError(what, field="LOG", value=found.name, remedy=remedy)
    seen[found.digest] = found.name


def _check_unchanged(file: LogFile, content: str) -> None:
    check_still(file)
    if content and digest(file) != content:
        remedy = "account for a copy, or wait until it is closed; nothing was recorded"
        raise InputError("the log changed while it was read", field="LOG", value=file.name, remedy=remedy)


def _engine(asked: Asked, folder: Path) -> Engine:
    if asked.engine == "duckdb":
        from treadlight.requests.engine_duckdb import DuckDB

        return DuckDB(folder)
    from treadlight.requests.engine_spark import Spark

    return Spark(asked.master)


class _Advance:
    """A progress bar in bytes of logs."""

    def __init__(self, bar: Any) -> None:
        self._bar, self._base, self._shown = bar, 0, 0

    def within(self, size: int) -> Callable[[float], None]:
        """Called with the share of a file that is read."""
        return lambda share: self._show(self._base + int(size * min(1.0, max(0.0, share))))

    def done(self, size: int) -> None:
        """A file is read."""
        self._base += size
        self._show(self._base)

    def _show(self, at: int) -> None:
        if at > self._shown:
            self._bar.update(at - self._shown)
            self._shown = at


@contextmanager
def _progress(size: int) -> Iterator[_Advance | None]:
    """A bar on standard error where that is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    import click

    with click.progressbar(length=max(1, size), label="reading logs", file=sys.stderr) as bar:
        yield _Advance(bar)


def _check_counted(groups: Groups, strict: bool) -> None:
    """Nothing, if some request can be counted; where strict, all."""
    if groups.table.num_rows and not (strict and groups.aside):
        return
    if not groups.aside:
        raise InputError("holds no request", field="LOG", remedy="give a log with rows")
    reason = max(groups.aside, key=lambda r: groups.aside[r])
    thousands = "tokens are whole numbers: where a log counts them in thousands (1.5 for 1500), multiply them first"
    remedies = {
        2: "dates look like 2026-11-22T13:00:00Z; for numbers say --time-unit",
        3: "say the right --time-unit, or where numbers begin with --time-origin",
        4: thousands,
        7: thousands,
        13: "name one with --model, or the column with --columns model=COLUMN",
    }
    remedy = remedies.get(reason, "check --columns, and the rows themselves")
    rows = sum(groups.aside.values())
    what = f"none of {rows} rows can be counted; of most, {reason_text(reason)}"
    if groups.table.num_rows:
        what = f"{rows} rows cannot be counted; of most, {reason_text(reason)}"
        remedy = "correct them, or leave --strict out: they are set aside and bounded"
    raise InputError(what, field="LOG", remedy=remedy)


def _served(groups: Groups, workspace: Workspace, asked: Asked, scope: str) -> dict[Setting, Serving]:
    """What a token costs in every setting that occurs.

    Raises
    ------
    InputError
        If models are unknown, naming them all.
    """
    from treadlight.app.estimating import models_of

    table = groups.table.group_by(list(Setting._fields), use_threads=False).aggregate(
        [("n", "sum"), ("tokens_in", "sum"), ("tokens_out", "sum")]
    )
    settings = {
        Setting(*(row[name] for name in Setting._fields)): (
            row["tokens_in_sum"] / row["n_sum"],
            row["tokens_out_sum"] / row["n_sum"],
        )
        for row in table.to_pylist()
    }
    models = models_of(workspace.library)
    found: dict[Setting, Serving] = {}
    unknown: dict[str, NotFoundError] = {}
    for setting in sorted(settings):
        try:
            found[setting] = _serving(setting, settings[setting], models, workspace, asked, scope)
        except NotFoundError as error:
            unknown.setdefault(setting.model, error)
    if unknown:
        raise _unknown_models(unknown)
    return found


def _serving(
    setting: Setting, means: tuple[float, float], models: "Models", workspace: Workspace, asked: Asked, scope: str
) -> Serving:
    from treadlight.app.estimating_inputs import filled_columns, inputs_of, question_of
    from treadlight.estimate.inference import token_coefficients
    from treadlight.library.models import Models

    cells = {"hardware": setting.hardware, "precision": setting.precision, "batch": setting.batch}
    question = question_of("inference", cells, scope, Models(()), frozenset())
    model_id = ""
    try:
        row = models.find(setting.model)
        question, model_id = filled_columns(question, row), row.id
    except NotFoundError:
        if not asked.assume_unknown_models:
            raise
    mean_in, mean_out = means
    inputs = replace(inputs_of(question), tokens_in=mean_in, tokens_out=max(mean_out, 1.0))
    coefficients = token_coefficients(inputs, scope, workspace.draws, workspace.seed)
    return serving_of(coefficients, model_id)


def _unknown_models(unknown: Mapping[str, NotFoundError]) -> InputError:
    names = list(unknown)
    more = f" and {len(names) - _SAID} more" if len(names) > _SAID else ""
    hints = []
    for error in list(unknown.values())[:_SAID]:
        near = error.remedy.partition("?")[0]
        if near.startswith("did you mean "):
            hints.append(f"{error.value}: {near}?")
    hint = "; ".join([*hints, "or say --assume-unknown-models: any size, a wide range"])
    what = "the library knows no such model" if len(names) == 1 else f"the library knows none of {len(names)} models"
    return InputError(what, field="model", value=", ".join(names[:_SAID]) + more, remedy=hint)


def _notes(
    groups: Groups,
    served: Mapping[Setting, Serving],
    cached_stated: bool,
    skipped: Sequence[str],
    asked: Asked,
) -> Iterator[str]:
    """What a reader must know about the answer."""
    yield from skipped
    if asked.time_zone and groups.naive:
        zoned = f"; {groups.zoned} say their own" if groups.zoned else ""
        said = "1 time says no zone and was" if groups.naive == 1 else f"{groups.naive} times say no zone and were"
        yield f"{said} read as {asked.time_zone}{zoned}"
    mean = sum(float(groups.column(name).sum()) for name in ("tokens_in", "tokens_out")) / groups.requests
    if mean < _FEW_TOKENS:
        yield f"a request has {mean:.2g} tokens on average, in and out: in thousands? Multiply them first"
    if not cached_stated:
        yield "the log does not say which tokens were cached: every token in is counted as computed"
    sizeless = sorted({s.model for s, serving in served.items() if not serving.model_id})
    if sizeless:
        yield f"size assumed, anywhere from small to the largest: {', '.join(sizeless[:_SAID])}"
    assumed = sorted({name for serving in served.values() for name in serving.assumed})
    if assumed:
        yield f"not known, drawn from what is usual: {', '.join(assumed)}"
    places = zip(groups.table.column("zone").to_pylist(), groups.table.column("region").to_pylist(), strict=True)
    if any(not zone and not region for zone, region in places):
        yield "place not known for some requests: the world's average stands in, with a wide interval"


def record_requests(workspace: Workspace, account: RequestAccount, project: str, replace_older: bool) -> "Appended":
    """Put the sums into the ledger, one run for each log; recording again adds nothing.

    Raises
    ------
    InputError
        If a log was recorded before with other content and overlaps in time, and need not be replaced.
    """
    from treadlight.ledger.store import Filter
    from treadlight.requests.record import settled

    if account.asked.scope != "facility":
        remedy = "leave --scope out: the ledger holds whole nodes, and the library adds the overhead of the hall"
        raise InputError("cannot be recorded", field="--scope", value=account.asked.scope, remedy=remedy)
    ledger = workspace.ledger
    items: list[Any] = []
    for recording in _recordings(workspace, account, project):
        items += _withdrawn(ledger, recording, replace_older)
        run_id = recording.run.id
        standing = list(ledger.activities(Filter(run=run_id)))
        known = frozenset(a.id for a in ledger.activities(Filter(run=run_id), superseded=True))
        items += [recording.run, *settled(recording, standing, known)]
    for file in account.files:
        check_still(file)
    return ledger.append(items, whole=True)


def _recordings(workspace: Workspace, account: RequestAccount, project: str) -> Iterator["Recording"]:
    from treadlight.requests.record import recorded

    asked = account.asked
    zone = time_zone(asked.time_zone) if asked.time_zone else None
    bucket_s = 3600 if is_whole_hours(zone) else QUARTER_S
    for partial, keys in account.parts:
        labels = [name for name in keys if name not in CONSTANTS]
        groups = merged([(partial, keys)], asked.constants, labels, bucket_s, zone)
        if not groups.table.num_rows:
            continue
        groups, unknown = settled_places(groups, workspace.library)
        path = Path(partial.name)
        aside = sum(groups.aside.values())
        notes = [f"not counted: {aside} rows of the log that could not be read; see --out"] if aside else []
        notes += place_notes(groups, unknown, workspace.library)
        served = _served(groups, workspace, asked, "it")  # of this log alone: what is recorded follows from its content
        yield recorded(
            groups,
            served,
            digest=partial.digest,
            path=str(path.resolve()),
            name=path.name,
            project=project,
            notes=notes,
        )


def _withdrawn(ledger: Any, recording: "Recording", replace_older: bool) -> list[Any]:
    """What takes away an earlier recording of the same file with other content, for the time that both tell of."""
    from treadlight.ledger.store import Filter
    from treadlight.requests.record import withdrawal

    run = recording.run
    older = [
        r
        for r in ledger.runs(Filter(name=run.name, stage=run.stage))
        if r.id != run.id and r.labels.get("log") == run.labels["log"] and r.start < run.end and run.start < r.end
    ]
    found: list[Any] = []
    for r in older:
        standing = [a for a in ledger.activities(Filter(run=r.id)) if a.amount > 0]
        if standing and not replace_older:
            remedy = "say --replace to withdraw what was recorded then"
            what = f"was recorded before with other content, for the same time (run {r.id[:13]})"
            raise InputError(what, field="LOG", value=run.labels["log"], remedy=remedy)
        known = frozenset(a.id for a in ledger.activities(Filter(run=r.id), superseded=True))
        found += [withdrawal(a, known) for a in standing]
    return found
