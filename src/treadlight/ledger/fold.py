"""Folding: a journal's records become one run with its activities, windows and power trace."""

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any

from treadlight.core.activity import Activity, Allocation, Evidence, Location, Subject
from treadlight.core.errors import InputError, LedgerError
from treadlight.core.ids import derived_id
from treadlight.ledger.channels import ENERGY, JournalChannel, channel_of, refused
from treadlight.ledger.journal import JOURNAL_SCHEMA
from treadlight.ledger.journal_schema import check_number, check_record, check_time, check_values
from treadlight.ledger.pieces import Piece, Pieces, Values, used
from treadlight.ledger.records import ChannelState, Gap, Run, RunStatus, Trace, Window
from treadlight.ledger.tracing import Tracer
from treadlight.ledger.wallclock import WallClock
from treadlight.ledger.widening import measured

__all__ = ["Folded", "Folder", "fold"]


@dataclass(frozen=True, slots=True)
class Folded:
    """What a journal tells: the run, and what goes into the ledger with it."""

    run: Run
    activities: list[Activity]
    windows: list[Window]
    trace: Trace | None


@dataclass(slots=True)
class _Window:
    name: str
    t0_s: float
    before: Values
    counts: dict[str, float] = field(default_factory=dict)
    t1_s: float | None = None
    after: Values = field(default_factory=list)
    status: str = ""


def fold(
    records: Iterable[Mapping[str, Any]],
    *,
    live: bool = False,
    digest: str | Callable[[], str] = "",
    name: str = "journal",
) -> Folded:
    """The run, activities, windows and trace that follow from a journal's records.

    Parameters
    ----------
    live
        Whether the journal's writer still lives: without an end record the run is then running, else interrupted.
    digest
        SHA-256 of the journal's text, for the evidence of every activity; or what gives it once all records are read.
    name
        What errors call the journal.

    Raises
    ------
    LedgerError
        If the records are not a journal, naming the record by its number (its line).

    Notes
    -----
    Each channel gives one activity per UTC hour: the difference of its cumulative values at the hour's edges. Ids
    follow from run, channel and hour, so folding a longer copy of a journal finds the same ids again.
    """
    folder: Folder | None = None
    number = 0
    try:
        for number, record in enumerate(records, 1):  # noqa: B007 (errors name it)
            if folder is None:
                folder = Folder(record)
            else:
                folder.take(record)
        if folder is None:
            raise InputError(
                "holds no record", remedy="its tracker was killed before it began; the file can be removed"
            )
        return folder.finish(live, digest if isinstance(digest, str) else digest())
    except InputError as error:
        what = f"{error.field}: {error.what}" if error.field else error.what
        raise LedgerError(what, field=f"{name}:{number}", value=error.value, remedy=error.remedy) from None


_DAY_S = 86400.0
_MOST = 1e300


def _utc(unix_s: float) -> datetime:
    try:
        moment = datetime.fromtimestamp(unix_s, UTC)
        if moment.year < 1970:
            raise ValueError
        return moment
    except (ValueError, OverflowError, OSError):
        raise InputError("is no time", field="at", value=unix_s, remedy="give seconds since 1970") from None


class Folder:
    """State of one folding."""

    def __init__(self, start: Mapping[str, Any]) -> None:
        check_record(start, str(start.get("kind", "")))
        if start["kind"] != "start":
            raise InputError(
                "is not a start record", field="kind", value=start["kind"], remedy="restore the first line"
            )
        if start["schema"] != JOURNAL_SCHEMA:
            raise InputError(
                "unknown schema", field="schema", value=start["schema"], remedy="absorb it with a newer treadlight"
            )
        self.start, self.run = start, start["run"]
        check_record(self.run, "run of start")
        self.subject = _part(self.run, "subject", Subject)
        self.location = _part(self.run, "location", Location)
        for refusal in start.get("refusals", []):
            check_record(refusal, "refusal of start")
        if not self.run["id"]:
            raise InputError("is missing", field="id", remedy="give every run its own id")
        self.channels: list[JournalChannel] = []
        for channel in start["channels"]:
            self._add(channel_of(channel, "channel of start"))
        _utc(start["at"])
        self.clock = WallClock(start["at"])
        self.pieces, self.tracer = Pieces(self.clock), Tracer()
        self.t_s = 0.0
        self.windows: dict[str, _Window] = {}
        self.counts: dict[str, float] = {}
        self.gaps: list[Gap] = []
        self.notes: list[str] = []
        self.end: Mapping[str, Any] | None = None

    def take(self, record: Mapping[str, Any]) -> None:
        kind = str(record.get("kind", ""))
        if kind != "sample" or not _is_plain(record):
            check_record(record, kind)
        if self.end is not None or kind == "start":
            raise InputError("does not belong here", field="kind", value=kind, remedy="one journal holds one run")
        if kind == "gap":
            self._gap(record)
            return
        check_time(record["t"])
        if kind == "sample":
            self._sample(record)
        else:
            getattr(self, "_" + kind.replace("-", "_"))(record)
        self.t_s = max(self.t_s, record["t"])

    def _channel(self, record: Mapping[str, Any]) -> None:
        self._add(channel_of(record, "channel"))

    def _add(self, channel: JournalChannel) -> None:
        if any(channel.key == other.key for other in self.channels):
            raise InputError("names two channels", field="key", value=channel.key, remedy="give each its own key")
        self.channels.append(channel)

    def _sample(self, record: Mapping[str, Any]) -> None:
        t_s, values = record["t"], record["v"]
        check_number(values, len(self.channels))
        if not abs(record["at"] - self.clock.at(t_s)) <= _DAY_S:
            remedy = "record a gap where the clock was set, or the machine slept"
            raise InputError("lies days away from t", field="at", value=record["at"], remedy=remedy)
        self.pieces.sample(t_s, values)
        self.tracer.sample(t_s, self.pieces.last)
        for index, text in record.get("s", {}).items():
            if not (isinstance(text, str) and index.isdecimal() and int(index) < len(self.channels)):
                raise InputError(
                    "is no state of a channel", field="s", value=index, remedy='give {"index": "state: …"}'
                )
            channel = self.channels[int(index)]
            channel.state, _, detail = text.partition(":")
            channel.detail = detail.strip()

    def _window_begin(self, record: Mapping[str, Any]) -> None:
        if not record["id"]:
            raise InputError("is missing", field="id", remedy="give every window its own id")
        if record["id"] in self.windows:
            raise InputError("begins twice", field="id", value=record["id"], remedy="give every window its own id")
        values = check_values(record["v"], len(self.channels))
        self.windows[record["id"]] = _Window(record["name"], record["t"], values)

    def _window(self, record: Mapping[str, Any]) -> None:
        window = self._known(record["id"])
        if window.t1_s is not None or record["t"] < window.t0_s:
            raise InputError("ends twice or too early", field="id", value=record["id"], remedy="end it once, later")
        window.t1_s, window.status = record["t"], record["status"]
        window.after = check_values(record["v"], len(self.channels))

    def _known(self, ident: str) -> _Window:
        if ident not in self.windows:
            raise InputError("unknown window", field="window", value=ident, remedy="begin it first")
        return self.windows[ident]

    def _count(self, record: Mapping[str, Any]) -> None:
        targets = [self.counts]
        if record.get("window"):
            targets.append(self._known(record["window"]).counts)
        for unit, amount in record["counts"].items():
            if isinstance(amount, bool) or not isinstance(amount, int | float) or not 0 <= amount <= _MOST:
                raise InputError("is no count", field=unit, value=amount, remedy=f"give a number from 0 to {_MOST}")
            for counts in targets:
                counts[unit] = counts.get(unit, 0.0) + amount

    def _gap(self, record: Mapping[str, Any]) -> None:
        check_time(record["t0"], "t0")
        check_time(record["t1"], "t1")
        _utc(record["at1"])
        shown = (record["at1"] - record["at0"]) - (record["t1"] - record["t0"])
        self.gaps.append(Gap(record["t0"], record["t1"], record["reason"], record.get("step_s", shown)))
        self.pieces.step(record["t1"], record["at1"])

    def _note(self, record: Mapping[str, Any]) -> None:
        self.notes.append(record["text"])

    def _end(self, record: Mapping[str, Any]) -> None:
        if record["status"] not in (RunStatus.FINISHED, RunStatus.FAILED):
            raise InputError("unknown status", field="status", value=record["status"], remedy="finished or failed")
        self.end = record

    def finish(self, live: bool, digest: str) -> Folded:
        """What was told so far; while the writer lives, more may be taken in afterwards."""
        pieces = (deepcopy(self.pieces) if live else self.pieces).finish()
        start, end = _utc(self.start["at"]), _utc(self.clock.until(self.t_s))
        run = Run(
            id=self.run["id"],
            name=self.run["name"],
            status=self._status(live),
            start=start,
            end=max(start, end, *(_utc(p.end_s) for p in pieces)),
            duration_s=self.t_s,
            subject=self.subject,
            stage=self.run.get("stage", ""),
            location=self.location,
            labels=dict(self.run.get("labels", {})),
            counts=self.counts,
            interval_s=self.start.get("interval_s", 1.0),
            attribution=self.start.get("attribution", ""),
            host=dict(self.start.get("host", {})),
            channels=(*self._states(), *self._refusals()),
            gaps=tuple(self.gaps),
            exit_code=self.end.get("exit_code") if self.end else None,
            notes=tuple(self.notes),
            journal_digest=digest,
            error=self.end.get("error", "") if self.end else "",
        )
        energy = [(i, c.key, c.component) for i, c in enumerate(self.channels) if c.flow == ENERGY]
        return Folded(
            run,
            [self._activity(run, piece, digest) for piece in pieces],
            [self._finished(run, ident, window) for ident, window in self.windows.items()],
            self.tracer.trace(run.id, start, energy),
        )

    def _status(self, live: bool) -> RunStatus:
        if self.end is None:
            return RunStatus.RUNNING if live else RunStatus.INTERRUPTED
        return RunStatus(self.end["status"])

    def _activity(self, run: Run, piece: Piece, digest: str) -> Activity:
        channel = self.channels[piece.channel]
        whole, amount, uncertainty = measured(piece.whole, piece.share, piece.slack, channel.uncertainty)
        place = self.location
        return Activity(
            id=derived_id(_utc(piece.born_s), run.id, channel.key, str(piece.hour)),
            start=_utc(piece.start_s),
            end=_utc(piece.end_s),
            flow=channel.flow,
            amount=amount,
            evidence=Evidence(channel.method, channel.basis, channel.meter, channel.version, digest),
            uncertainty=uncertainty,
            cause=channel.cause,
            component=channel.component,
            subject=run.subject,
            stage=run.stage,
            location=Location(place.zone, place.region, place.site, channel.device or place.device),
            allocation=Allocation(channel.rule, whole),
            parent=run.id,
            labels=run.labels,
        )

    def _states(self) -> list[ChannelState]:
        last = self.pieces.last
        return [c.outcome(last[i] if i < len(last) else None) for i, c in enumerate(self.channels)]

    def _refusals(self) -> list[ChannelState]:
        """What was found and refused, unless another channel reads the same device."""
        covered = {(c.component, c.device) for c in self.channels if c.flow == ENERGY}
        return [refused(r) for r in self.start.get("refusals", []) if (r["component"], r["device"]) not in covered]

    def _finished(self, run: Run, ident: str, window: _Window) -> Window:
        t1_s, after, status = window.t1_s, window.after, window.status
        if t1_s is None:
            t1_s, after = max(self.t_s, window.t0_s), _newer(window.before, self.pieces.last)
            status = str(RunStatus.RUNNING if run.status is RunStatus.RUNNING else RunStatus.INTERRUPTED)
        start = _utc(self.clock.at(window.t0_s))
        amounts = tuple(self._amounts(window.before, after))
        return Window(ident, run.id, window.name, start, window.t0_s, t1_s, amounts, window.counts, status)

    def _amounts(self, before: Values, after: Values) -> Iterable[tuple[str, str, float, float, str]]:
        for i, (channel, now) in enumerate(zip(self.channels, after, strict=False)):
            if now is None or channel.flow != ENERGY:
                continue
            then = before[i] if i < len(before) else None
            whole, amount, spread = measured(*used(then, now, f"window {channel.key}"), channel.uncertainty)
            yield channel.key, channel.component, whole, amount, str(spread)


def _newer(begun: Values, last: Values) -> Values:
    """The values known last where a window began, perhaps after the last sample, and has not ended."""
    return [
        v if b is None or (v is not None and v[0] >= b[0] and v[1] >= b[1]) else b for b, v in zip_longest(begun, last)
    ]


def _is_plain(record: Mapping[str, Any]) -> bool:
    """Whether a sample has its three fields, of the right types, and no others, as nearly all have."""
    t_s, at = record.get("t"), record.get("at")
    return len(record) == 4 and type(t_s) is float and type(at) is float and type(record.get("v")) is list


def _part(run: Mapping[str, Any], name: str, kind: type[Any]) -> Any:
    record = run.get(name, {})
    check_record(record, f"{name} of start")
    return kind(**record)
