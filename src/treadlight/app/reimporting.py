"""What an import brings to a ledger that may hold some of it already: what is new, and what it must no longer say."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from treadlight.app.workspace import Workspace
from treadlight.core.activity import Activity
from treadlight.core.distribution import Point
from treadlight.core.errors import NotFoundError
from treadlight.importers.frame import OWN_RUN, ImporterInfo, Note
from treadlight.importers.timing import ASSUMED
from treadlight.ledger.codec import body_of
from treadlight.ledger.records import Run
from treadlight.ledger.store import Filter, Ledger

__all__ = ["News", "Said", "Tally", "against"]

_LOOKED_UP = 500
_AROUND = timedelta(days=2)
_UNDATED = datetime(2000, 1, 1, tzinfo=UTC)
T = TypeVar("T", Run, Activity)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many items are new, were there already, or replace what the ledger said of them before."""

    added: int = 0
    known: int = 0
    replaced: int = 0


@dataclass(frozen=True, slots=True)
class Said:
    """What a file says, completed.

    Parameters
    ----------
    restated, parts
        Labels of which it has the whole say, and of which it may hold a part, as in `Imported`.
    """

    runs: Sequence[Run]
    activities: Sequence[Activity]
    restated: frozenset[tuple[str, str]] = frozenset()
    parts: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class News:
    """What is to be appended, what a person should look at, and the counts."""

    runs: list[Run]
    activities: list[Activity]
    run_tally: Tally
    tally: Tally
    flags: list[Note] = field(default_factory=list)


def against(workspace: Workspace, info: ImporterInfo, said: Said) -> News:
    """What the ledger does not say yet of what a file says, and what it must no longer say."""
    url = workspace.ledger_url
    if "://" not in url and not Path(url).expanduser().exists():
        counts = Tally(len(said.runs)), Tally(len(said.activities))
        return News(list(said.runs), list(said.activities), *counts)
    ledger = workspace.ledger
    said, copies = _without_copies(ledger, said)
    known_runs = _known_runs(ledger, said.runs)
    again = [run for run in said.runs if run.id in known_runs]
    held = _held(ledger, info, again, said)
    gone, kept = _outdated(info, _of_runs(held.standing, again), said.activities)
    restated, beside = _restated(held.standing, said)
    gone = [*gone, *restated]
    corrected = _corrected(info, held, said.activities)
    passed = _passed_over(info, kept, corrected, said.activities)
    runs = [_joined(r, known_runs[r.id]) if info.series_label and r.id in known_runs else r for r in said.runs]
    fresh_runs, run_tally = _news(runs, known_runs)
    new = [a for a in said.activities if a.id not in passed]
    fresh, tally = _news(new, _known_activities(ledger, new, held))
    tally = Tally(tally.added, tally.known + len(passed), tally.replaced + len(gone))
    flags = [*copies, *_flags(gone, kept, beside, corrected)]
    return News(fresh_runs, [*fresh, *map(_withdrawn, gone)], run_tally, tally, flags)


def _without_copies(ledger: Ledger, said: Said) -> tuple[Said, list[Note]]:
    """What a file says but for runs that were exported from a ledger and that this one holds as they were recorded."""
    own = {run.labels[OWN_RUN]: run.id for run in said.runs if OWN_RUN in run.labels}
    held = {own[ident] for ident, _ in _found(ledger.run, own)}
    if not held:
        return said, []
    runs = [run for run in said.runs if run.id not in held]
    activities = [a for a in said.activities if a.parent not in held]
    notes = [Note("", "this ledger holds the run itself: passed over", ident) for ident in own if own[ident] in held]
    return replace(said, runs=runs, activities=activities), notes


def _outdated(
    info: ImporterInfo, standing: Sequence[Activity], new: Sequence[Activity]
) -> tuple[list[Activity], list[Activity]]:
    """Of runs that a file names again: what is withdrawn, and one of each hour of which the earlier word stands."""
    if info.series_label:
        return _hours(info.series_label, standing, new)
    return ([] if info.partial else _unsaid(standing, new)), []


def _passed_over(
    info: ImporterInfo, kept: Sequence[Activity], corrected: Sequence[Activity], new: Sequence[Activity]
) -> set[str]:
    """Ids of what a file says and the ledger knows better: hours it holds more of, and what somebody corrected."""
    hours = {_slot(info.series_label, a) for a in kept}
    ids = {a.id for a in corrected}
    return ids | {a.id for a in new if hours and _slot(info.series_label, a) in hours}


def _flags(
    gone: Sequence[Activity], kept: Sequence[Activity], beside: Sequence[Activity], corrected: Sequence[Activity]
) -> list[Note]:
    amounts = (
        ("no longer said: withdrawn", gone),
        ("of the same bill, from an earlier file, and not in this one: kept", beside),
        ("corrected by hand: left as it was corrected", corrected),
    )
    flags = [Note("", "an earlier import covers more of this hour: kept", f"{a.start:%Y-%m-%dT%H}:00Z") for a in kept]
    return flags + [Note("", reason, f"{a.amount:.4g} of {a.flow}") for reason, found in amounts for a in found]


@dataclass(frozen=True, slots=True)
class _Held:
    """What an importer's earlier files left in the ledger.

    Parameters
    ----------
    standing
        Activities that count now, as they were imported.
    corrected
        Activities that were imported and that somebody replaced by another.
    around
        All that the ledger holds around the times of the file, by id; None where only its runs were read.
    """

    standing: list[Activity]
    corrected: list[Activity]
    around: dict[str, Activity] | None


def _held(ledger: Ledger, info: ImporterInfo, again: Sequence[Run], said: Said) -> _Held:
    """Activities of the importer, of the runs that the file names again, and around what it restates."""
    by_id: dict[str, Activity] = {}
    wanted = {run.id for run in again}
    whole = bool(said.restated or said.parts) or len(wanted) > _LOOKED_UP
    if whole:
        times = [_span(items) for items in (said.runs, said.activities) if items]
        span = Filter(since=min(f.since for f in times if f.since), until=max(f.until for f in times if f.until))
        by_id |= {a.id: a for a in ledger.activities(span, superseded=True)}
        wanted = _renamed(ledger, said) - {a.parent for a in by_id.values()}
    if wanted:
        by_id |= {a.id: a for a in ledger.activities(Filter(runs=frozenset(wanted)), superseded=True)}
    replaced = {a.supersedes for a in by_id.values() if a.supersedes}
    own = [a for a in by_id.values() if a.evidence.source == info.name and not a.supersedes]
    standing = [a for a in own if a.id not in replaced and a.amount > 0]
    return _Held(standing, [a for a in own if a.id in replaced], by_id if whole else None)


def _renamed(ledger: Ledger, said: Said) -> set[str]:
    """Runs under another id, and perhaps another time, of what the file restates as a whole run."""
    labels = {label for run in said.runs for label in run.labels.items() if label in said.restated}
    return {run.id for run in ledger.runs() if not labels.isdisjoint(run.labels.items())} if labels else set()


def _of_runs(activities: Sequence[Activity], runs: Sequence[Run]) -> list[Activity]:
    wanted = {run.id for run in runs}
    return [a for a in activities if a.parent in wanted]


def _restated(standing: Sequence[Activity], said: Said) -> tuple[list[Activity], list[Activity]]:
    """What an earlier file said under labels that this one restates and does not say, and what stays beside it."""
    ids = {a.id for a in said.activities}
    others = [a for a in standing if a.id not in ids] if said.restated or said.parts else []
    gone = [a for a in others if not said.restated.isdisjoint(a.labels.items())]
    left = {a.id for a in gone}
    return gone, [a for a in others if a.id not in left and not said.parts.isdisjoint(a.labels.items())]


def _corrected(info: ImporterInfo, held: _Held, new: Sequence[Activity]) -> list[Activity]:
    """What the file says under another id of what somebody has corrected: the correction stands instead."""
    if not held.corrected:
        return []
    known = {a.id for a in (*held.corrected, *held.standing)}
    places = {_place(info, a) for a in held.corrected}
    return [a for a in new if a.id not in known and _place(info, a) in places]


def _place(info: ImporterInfo, a: Activity) -> tuple[str, ...]:
    """What an activity is about, whatever its id, amount and exact model: part of a run, of an hour, of a charge."""
    family = ".".join(a.flow.split(".")[:2])
    hour = f"{a.start:%Y-%m-%dT%H}" if info.series_label else ""
    slot = a.labels.get(info.series_label) or a.labels.get(info.charge_label) or a.parent
    return slot, hour, family, a.component, a.location.device


def _unsaid(standing: Sequence[Activity], new: Sequence[Activity]) -> list[Activity]:
    """What stands and is no longer said of its run; a device with a meter that the file does not name is no part."""
    ids = {a.id for a in new}
    devices = {(a.parent, a.location.device) for a in new}

    def is_of_another(a: Activity) -> bool:
        device = a.location.device
        return bool(device) and a.flow.startswith("electricity.") and (a.parent, device) not in devices

    return [a for a in standing if a.id not in ids and not is_of_another(a)]


def _hours(label: str, standing: Sequence[Activity], new: Sequence[Activity]) -> tuple[list[Activity], list[Activity]]:
    """Of the hours that both hold: what is withdrawn, because the new covers as much, and one of each that is kept."""
    old_hours, new_hours = _by_slot(label, standing), _by_slot(label, new)
    gone: list[Activity] = []
    kept: list[Activity] = []
    for slot, olds in old_hours.items():
        news = new_hours.get(slot)
        if not news:
            continue
        if max(a.end - a.start for a in olds) > max(a.end - a.start for a in news):
            kept.append(olds[0])
        else:
            ids = {a.id for a in news}
            gone += [a for a in olds if a.id not in ids]
    return gone, kept


def _by_slot(label: str, activities: Sequence[Activity]) -> dict[tuple[str, ...], list[Activity]]:
    found: dict[tuple[str, ...], list[Activity]] = {}
    for a in activities:
        found.setdefault(_slot(label, a), []).append(a)
    return found


def _slot(label: str, a: Activity) -> tuple[str, ...]:
    """The hour of a series; electricity that was seen and that was bridged share one."""
    return a.parent, a.labels.get(label, a.id), a.flow, f"{a.start:%Y-%m-%dT%H}"


def _joined(new: Run, old: Run) -> Run:
    """A run of which two files hold parts: from the first moment to the last, with the larger counts."""
    wider = old if old.end - old.start > new.end - new.start else new
    start, end = min(new.start, old.start), max(new.end, old.end)
    counts = {
        name: max(r.counts[name] for r in (old, new) if name in r.counts) for name in {**old.counts, **new.counts}
    }
    duration_s = (end - start).total_seconds()
    return replace(wider, start=start, end=end, duration_s=duration_s, counts=counts)


def _withdrawn(a: Activity) -> Activity:
    """The same activity with nothing in it: it replaces what was said, and is replaced if that is said again."""
    basis = "withdrawn: a later import of the same run no longer says it"
    return replace(a, amount=0.0, uncertainty=Point(1.0), evidence=replace(a.evidence, basis=basis))


def _news(items: Sequence[T], known: Mapping[str, T]) -> tuple[list[T], Tally]:
    """Items the ledger lacks, or of which it says something else than the digest of the file they came from."""
    fresh = [i for i in items if i.id not in known or _says_more(i, known[i.id])]
    replaced = sum(item.id in known for item in fresh)
    return fresh, Tally(len(fresh) - replaced, len(items) - len(fresh), replaced)


def _says_more(new: Run | Activity, old: Run | Activity) -> bool:
    """Whether `new` says something else than `old`; a date that was assumed does not stand against a stated one."""
    if _is_undated(new) and not _is_undated(old):
        return False
    new, old = _undigested(new), _undigested(old)
    return new != old and body_of(new) != body_of(old)


def _is_undated(item: Run | Activity) -> bool:
    return ASSUMED.items() <= item.labels.items()


def _undigested(item: Run | Activity) -> Run | Activity:
    """`item` without the digest of its file: a file that has grown has another one, and says the same of old rows.

    Where a file states no date, the date it was given is no part of what it says either.
    """
    if _is_undated(item):
        item = replace(item, start=_UNDATED, end=_UNDATED)
    if isinstance(item, Run):
        return replace(item, journal_digest="")
    return replace(item, evidence=replace(item.evidence, digest=""))


def _known_runs(ledger: Ledger, runs: Sequence[Run]) -> dict[str, Run]:
    wanted = {run.id for run in runs}
    known = {run.id: run for run in ledger.runs(_span(runs)) if run.id in wanted} if runs else {}
    return known | dict(_looked_up(ledger.run, wanted - known.keys()))


def _known_activities(ledger: Ledger, activities: Sequence[Activity], held: _Held) -> dict[str, Activity]:
    wanted = {activity.id for activity in activities}
    around = held.around
    if around is None:
        found = ledger.activities(_span(activities), superseded=True) if activities else iter(())
        around = {activity.id: activity for activity in found if activity.id in wanted}
    known = {ident: around[ident] for ident in wanted & around.keys()}
    return known | dict(_looked_up(ledger.activity, wanted - known.keys()))


def _looked_up(look_up: Any, ids: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """Items that the ledger has under another time, as after ``--set timezone``; only where they are few."""
    few = sorted(ids)
    yield from _found(look_up, few if len(few) <= _LOOKED_UP else ())


def _found(look_up: Any, ids: Iterable[str]) -> Iterator[tuple[str, Any]]:
    for ident in ids:
        try:
            yield ident, look_up(ident)
        except NotFoundError:
            continue


def _span(items: Sequence[Run] | Sequence[Activity]) -> Filter:
    starts = [item.start for item in items]
    return Filter(since=min(starts) - _AROUND, until=max(starts) + _AROUND)
