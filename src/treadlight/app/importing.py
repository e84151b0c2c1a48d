"""Taking in what others measured: an importer's runs and activities, completed, checked, and added all or none."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import fsum
from pathlib import Path
from typing import Any, TypeVar

from treadlight.app.workspace import Workspace
from treadlight.core.activity import STAGES, Activity, Location
from treadlight.core.distribution import Point
from treadlight.core.errors import InputError, NotFoundError
from treadlight.core.flow import flow_unit
from treadlight.importers.frame import Fill, Imported, ImporterInfo, Note, Options, importer
from treadlight.importers.source import Source
from treadlight.importers.timing import ASSUMED
from treadlight.ledger.codec import body_of
from treadlight.ledger.records import Run
from treadlight.ledger.store import Filter, Ledger

__all__ = ["Group", "Outcome", "Tally", "import_file"]

ELSEWHERE = "elsewhere"
"""Site of what did not happen on this machine: the configuration of this machine's site does not hold for it."""

_SHOWN = 3
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
class Group:
    """Notes with the same reason: how many, and the first of them."""

    reason: str
    count: int
    examples: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one file.

    Parameters
    ----------
    amounts
        What the activities of the file hold by flow, new or not [canonical unit of the flow].
    run_ids
        Runs of the file, in its order.
    """

    format: str
    source: str
    digest: str
    runs: Tally
    activities: Tally
    amounts: Mapping[str, float]
    run_ids: tuple[str, ...]
    flagged: tuple[Group, ...]
    rejected: tuple[Group, ...]

    def form(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "format": self.format,
            "source": self.source,
            "digest": self.digest,
            "runs": _tally_form(self.runs),
            "activities": _tally_form(self.activities),
            "amounts": {flow: {"unit": flow_unit(flow), "amount": amount} for flow, amount in self.amounts.items()},
            "run_ids": list(self.run_ids),
            "flagged": [_group_form(group) for group in self.flagged],
            "rejected": [_group_form(group) for group in self.rejected],
        }


def import_file(
    workspace: Workspace,
    name: str,
    where: str,
    fill: Fill | None = None,
    settings: Mapping[str, str] | None = None,
    *,
    strict: bool = False,
    dry_run: bool = False,
    seen: Callable[[int], None] = lambda rows: None,
) -> Outcome:
    """Import one file, whole or not at all.

    Parameters
    ----------
    name
        Of the importer.
    where
        Path, URL, or ``-`` for standard input.
    strict
        Refuse the file if a single row of it cannot be used.
    dry_run
        Say what would come of it, and write nothing.
    seen
        Told how many parts the importer has given so far.

    Raises
    ------
    InputError
        If the file, an option or, where `strict`, a row cannot be used, or no row can.
    """
    plugged = importer(name)
    info, fill = plugged.INFO, fill or Fill()
    options = Options.of(info, fill, settings)
    _check_fill(fill, workspace)
    with Source.open(where) as source:
        digest = source.digest
        found = _Found()
        for rows, imported in enumerate(plugged.read(source, options), 1):
            found.take(imported)
            seen(rows)
        source.check_unchanged()
    _refuse(found, where, strict)
    places = _Places(workspace, info)
    runs = [places.settled(_filled(run, fill)) for run in found.runs.values()]
    activities = [places.settled(_filled(activity, fill)) for activity in found.activities.values()]
    found.flags += places.flags
    fresh_runs, run_tally, fresh, tally, flags = _against(workspace, info, runs, activities)
    found.flags += flags
    if not dry_run and (fresh_runs or fresh):
        workspace.ledger.append([*fresh_runs, *fresh], whole=True)
    return Outcome(
        format=name,
        source=where,
        digest=digest,
        runs=run_tally,
        activities=tally,
        amounts=_amounts(activities),
        run_ids=tuple(run.id for run in runs),
        flagged=_groups(found.flags),
        rejected=_groups(found.rejected),
    )


@dataclass(slots=True)
class _Found:
    """What an importer gave; an id given twice is the same fact, and the last word stands."""

    runs: dict[str, Run] = field(default_factory=dict)
    activities: dict[str, Activity] = field(default_factory=dict)
    flags: list[Note] = field(default_factory=list)
    rejected: list[Note] = field(default_factory=list)

    def take(self, imported: Imported) -> None:
        if imported.run is not None:
            self.runs[imported.run.id] = imported.run
        self.activities.update((activity.id, activity) for activity in imported.activities)
        self.flags += imported.flags
        self.rejected += imported.rejected


def _refuse(found: _Found, where: str, strict: bool) -> None:
    if not found.rejected or (not strict and (found.runs or found.activities)):
        return
    first = found.rejected[0]
    count = "1 row" if len(found.rejected) == 1 else f"{len(found.rejected)} rows"
    what = f"{count} cannot be used, the first at {first.where or 'its top'}: {first.reason}"
    if first.value:
        what += f" ({first.value})"
    remedy = "mend it, or import without --strict" if strict else "give a file of which some row can be used"
    raise InputError(what, field="FILE", value=where, remedy=f"{remedy}; nothing was imported")


def _check_fill(fill: Fill, workspace: Workspace) -> None:
    if fill.stage and fill.stage not in STAGES:
        remedy = f"use one of {', '.join(STAGES)}"
        raise InputError("unknown stage", field="--stage", value=fill.stage, remedy=remedy)
    if fill.zone or fill.region:
        workspace.library.check_place(fill.zone, fill.region)


def _filled(item: T, fill: Fill) -> T:
    """`item` with what was given for what it lacks; a place is given as a whole."""
    subject, place = item.subject, item.location
    if not (place.zone or place.region or place.site):
        place = replace(place, zone=fill.zone, region=fill.region)
    changed = replace(
        item,
        subject=replace(subject, project=subject.project or fill.project, team=subject.team or fill.team),
        stage=item.stage or fill.stage,
        location=place,
    )
    return item if changed == item else changed


class _Places:
    """Places as the library can find them.

    A zone it does not know is left out; beside a region it knows, the zone is left out too, for the region's own is
    narrower than a country; and what was elsewhere is kept from the site of this machine.
    """

    def __init__(self, workspace: Workspace, info: ImporterInfo) -> None:
        self._workspace = workspace
        self._elsewhere = info.elsewhere
        self._known: dict[tuple[str, str], bool] = {("", ""): True}
        self.flags: list[Note] = []

    def settled(self, item: T) -> T:
        place = item.location
        zone = place.zone
        if (zone and not self._knows(zone, "")) or (zone and place.region and self._knows("", place.region)):
            zone = ""
        labels = item.labels if zone == place.zone else item.labels | {"stated.zone": place.zone}
        site = place.site or (ELSEWHERE if self._elsewhere and not zone and not place.region else "")
        if zone == place.zone and site == place.site:
            return item
        return replace(item, location=Location(zone, place.region, site, place.device), labels=labels)

    def _knows(self, zone: str, region: str) -> bool:
        key = (zone, region)
        if key not in self._known:
            try:
                self._workspace.library.check_place(zone, region)
                self._known[key] = True
            except InputError:
                self._known[key] = False
                what = "zone" if zone else "region"
                self.flags.append(Note("", f"the library does not know this {what}", zone or region))
        return self._known[key]


def _against(
    workspace: Workspace, info: ImporterInfo, runs: Sequence[Run], activities: Sequence[Activity]
) -> tuple[list[Run], Tally, list[Activity], Tally, list[Note]]:
    """What the ledger does not say yet, of runs and of activities, and what it must no longer say."""
    url = workspace.ledger_url
    if "://" not in url and not Path(url).expanduser().exists():
        return list(runs), Tally(len(runs)), list(activities), Tally(len(activities)), []
    ledger = workspace.ledger
    known_runs = _known_runs(ledger, runs)
    again = [run for run in runs if run.id in known_runs]
    gone: list[Activity] = []
    kept: list[Activity] = []
    if again and (info.series_label or not info.partial):
        standing = [a for a in _standing(ledger, again) if a.evidence.source == info.name]
        if info.series_label:
            gone, kept = _hours(info.series_label, standing, activities)
            runs = [_joined(run, known_runs[run.id]) if run.id in known_runs else run for run in runs]
        else:
            gone = _unsaid(standing, activities)
    left = {_slot(info.series_label, a) for a in kept}
    said = [a for a in activities if not kept or _slot(info.series_label, a) not in left]
    fresh_runs, run_tally = _news(runs, known_runs)
    fresh, tally = _news(said, _known_activities(ledger, said))
    flags = [Note("", "an earlier import covers more of this hour: kept", f"{a.start:%Y-%m-%dT%H}:00Z") for a in kept]
    flags += [Note("", "no longer said of its run: withdrawn", f"{a.amount:.4g} of {a.flow}") for a in gone]
    tally = Tally(tally.added, tally.known + len(activities) - len(said), tally.replaced + len(gone))
    return fresh_runs, run_tally, [*fresh, *map(_withdrawn, gone)], tally, flags


def _standing(ledger: Ledger, runs: Sequence[Run]) -> list[Activity]:
    """Activities of these runs that count now."""
    wanted = {run.id for run in runs}
    if len(wanted) <= _LOOKED_UP:
        found = [a for ident in sorted(wanted) for a in ledger.activities(Filter(run=ident))]
    else:
        span = Filter(since=min(r.start for r in runs) - _AROUND, until=max(r.end for r in runs) + _AROUND)
        found = [a for a in ledger.activities(span) if a.parent in wanted]
    return [a for a in found if a.amount > 0 and not a.supersedes]


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
    return body_of(_undigested(new)) != body_of(_undigested(old))


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


def _known_activities(ledger: Ledger, activities: Sequence[Activity]) -> dict[str, Activity]:
    wanted = {activity.id for activity in activities}
    found = ledger.activities(_span(activities), superseded=True) if activities else iter(())
    known = {activity.id: activity for activity in found if activity.id in wanted}
    return known | dict(_looked_up(ledger.activity, wanted - known.keys()))


def _looked_up(look_up: Any, ids: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """Items that the ledger has under another time, as after ``--set timezone``; only where they are few."""
    few = sorted(ids)
    for ident in few if len(few) <= _LOOKED_UP else ():
        try:
            yield ident, look_up(ident)
        except NotFoundError:
            continue


def _span(items: Sequence[Run] | Sequence[Activity]) -> Filter:
    starts = [item.start for item in items]
    return Filter(since=min(starts) - _AROUND, until=max(starts) + _AROUND)


def _amounts(activities: Sequence[Activity]) -> dict[str, float]:
    flows = sorted({activity.flow for activity in activities})
    return {flow: fsum(a.amount for a in activities if a.flow == flow) for flow in flows}


def _groups(notes: Sequence[Note]) -> tuple[Group, ...]:
    reasons: dict[str, list[Note]] = {}
    for note in notes:
        reasons.setdefault(note.reason, []).append(note)
    return tuple(Group(reason, len(same), tuple(same[:_SHOWN])) for reason, same in reasons.items())


def _tally_form(tally: Tally) -> dict[str, int]:
    return {"added": tally.added, "already_there": tally.known, "replaced": tally.replaced}


def _group_form(group: Group) -> dict[str, Any]:
    examples = [{"where": note.where, "value": note.value} for note in group.examples]
    return {"reason": group.reason, "count": group.count, "examples": examples}
