"""Taking in what others measured: an importer's runs and activities, completed, checked, and added all or none."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import fsum
from typing import Any, TypeVar

from treadlight.app.reimporting import Said, Tally, against
from treadlight.app.workspace import Workspace
from treadlight.core.activity import ELSEWHERE, STAGES, Activity, Location
from treadlight.core.errors import InputError
from treadlight.core.flow import flow_unit
from treadlight.importers.frame import Fill, Imported, ImporterInfo, Note, Options, importer
from treadlight.importers.source import Source
from treadlight.ledger.records import Run

__all__ = ["Group", "Outcome", "Tally", "import_file"]

_SHOWN = 3
T = TypeVar("T", Run, Activity)


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
    news = against(workspace, info, Said(runs, activities, frozenset(found.restated), frozenset(found.parts)))
    found.flags += news.flags
    if not dry_run and (news.runs or news.activities):
        workspace.ledger.append([*news.runs, *news.activities], whole=True)
    return Outcome(
        format=name,
        source=where,
        digest=digest,
        runs=news.run_tally,
        activities=news.tally,
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
    restated: set[tuple[str, str]] = field(default_factory=set)
    parts: set[tuple[str, str]] = field(default_factory=set)

    def take(self, imported: Imported) -> None:
        if imported.run is not None:
            self.runs[imported.run.id] = imported.run
        self.activities.update((activity.id, activity) for activity in imported.activities)
        self.flags += imported.flags
        self.rejected += imported.rejected
        self.restated |= imported.restated
        self.parts |= imported.parts


def _refuse(found: _Found, where: str, strict: bool) -> None:
    if not (found.runs or found.activities or found.flags or found.rejected):
        remedy = "give the whole file as the tool wrote it"
        raise InputError("holds nothing to import", field="FILE", value=where, remedy=remedy)
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
