"""What exports are made of: the ledger's totals and runs, computed under the workspace's library."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TextIO

import numpy as np

from treadlight import __version__
from treadlight.app.energy import ELECTRICITY
from treadlight.app.runs import live
from treadlight.app.withdrawing import as_they_stand, without_withdrawn
from treadlight.app.workspace import Workspace
from treadlight.assess.draws import Array
from treadlight.assess.footprint import Footprint, Line, footprint, quantity
from treadlight.assess.grouping import group_activities
from treadlight.core.category import CATEGORIES
from treadlight.core.method import Method
from treadlight.ledger.absorb import absorb
from treadlight.ledger.records import GroupSum, Run, RunStatus
from treadlight.ledger.store import Filter
from treadlight.library.tables.regions import RegionRow
from treadlight.library.tables.zones import ZoneRow
from treadlight.share.export import Cell, Interval, RunTotal, Totals

__all__ = ["LedgerMaterial"]

_DIMENSIONS = ("project", "team", "stage", "component", "method")
_RUNS_AT_ONCE = 200
_SQLITE_FILES = ("", "-wal", "-shm", "-journal")
_USE = ("energy", "gwp", "water")


class LedgerMaterial:
    """Reads the workspace's ledger for an export, anew each time it is asked.

    Parameters
    ----------
    which
        Which activities and runs.
    going
        Whether runs that are being metered now count too, as far as they have come.
    """

    def __init__(
        self, workspace: Workspace, which: Filter | None = None, method: Method | None = None, *, going: bool = False
    ) -> None:
        self._workspace = workspace
        self._which = which or Filter()
        self._method = method or Method()
        self._going = going

    @property
    def inputs(self) -> list[Path]:
        """Files that the ledger is made of here: a local database with what stands beside it, and the journals."""
        url = self._workspace.ledger_url.removeprefix("sqlite:///")
        files = [] if "://" in url else [Path(url + end).expanduser() for end in _SQLITE_FILES]
        return [*files, *(path for path in self._workspace.journals.rglob("*") if path.is_file())]

    def entries(self, out: TextIO) -> int:
        """Write the ledger's own lines; returns how many entries."""
        return self._workspace.ledger.export(out)

    def totals(self) -> Totals:
        """The totals now, after taking in what trackers have left."""
        ledger, journals = self._workspace.ledger, self._workspace.journals
        if journals.is_dir():
            absorb(ledger, journals)
        result = self._footprint(self._sums())
        root, entries = ledger.head()
        first = next(iter(ledger.runs(self._which, descending=False, limit=1)), None)
        library = self._workspace.library
        return Totals(
            cells=tuple(_cells(result)),
            intervals=tuple(_intervals(result)),
            coverage=dict(zip(result.categories, map(float, result.coverage), strict=True)),
            unanswered=tuple(dict.fromkeys(lost.flow for lost in result.unanswered)),
            library=library.version,
            accounting=self._method.accounting,
            scope=self._method.scope,
            since=first.start if first else None,
            at=datetime.now(UTC),
            entries=entries,
            root=root,
            version=__version__,
            selection=_selection(self._which),
        )

    def runs(self) -> Iterator[RunTotal]:
        """Every run but those withdrawn, the oldest first."""
        ledger = self._workspace.ledger
        runs = ledger.runs(self._which, descending=False)
        sums = self._sums_of_runs() if runs else {}
        runs = as_they_stand(ledger, runs, (group for groups in sums.values() for group in groups))
        waiting = (run for run in runs if run.status != RunStatus.WITHDRAWN)
        while batch := list(islice(waiting, _RUNS_AT_ONCE)):
            yield from self._run_totals(batch, sums)

    def _sums_of_runs(self) -> dict[str, list[GroupSum]]:
        """Sums by run and component, in one question: one for each run would take as long as all of them each time."""
        period = "hour" if self._workspace.library.has_hourly else "year"
        found: dict[str, list[GroupSum]] = {}
        for group in self._workspace.ledger.sums(None, ("component", "run"), period):
            found.setdefault(group.run, []).append(group)
        return found

    def _sums(self) -> list[GroupSum]:
        """Sums of the ledger, then of runs still going; one that ended in between is missing until the next time."""
        workspace = self._workspace
        hourly = workspace.library.has_hourly
        dims = ("component", "stage", "project", "team")
        summed = workspace.ledger.sums(self._which, dims, "hour" if hourly else "year")
        found = without_withdrawn(workspace.ledger, self._which, summed, hourly=hourly)
        if self._going and workspace.journals.is_dir():
            activities = (a for folded in live(workspace) for a in folded.activities)
            found += group_activities(activities, hourly=hourly)
        return found

    def _footprint(self, groups: Sequence[GroupSum], categories: Sequence[str] = tuple(CATEGORIES)) -> Footprint:
        space = self._workspace
        return footprint(groups, space.library, self._method, categories=categories, draws=space.draws, seed=space.seed)

    def _run_totals(self, runs: Sequence[Run], sums: Mapping[str, Sequence[GroupSum]]) -> Iterator[RunTotal]:
        result = self._footprint([group for run in runs for group in sums.get(run.id, ())], _USE)
        lines: dict[str, list[Line]] = {run.id: [] for run in runs}
        for line in result.lines:
            lines[line.group.run].append(line)
        for run in runs:
            country, own = self._country(run), lines[run.id]
            yield RunTotal(
                run,
                device_kwh=_device_kwh(own),
                drawn_kwh=_drawn_kwh(result, own),
                energy_kwh=_median(result, own, "energy"),
                gwp_kgco2e=_median(result, own, "gwp"),
                water_l=_median(result, own, "water"),
                country=country.name if country else "",
                iso3=country.iso3 if country else "",
            )

    def _country(self, run: Run) -> ZoneRow | None:
        """The country recorded with a run, by its zone or region; None where none was."""
        zones, regions = self._zones
        zone = zones.get(run.location.zone or regions.get(run.location.region, ""))
        return zones.get(zone.parent, zone) if zone else None

    @cached_property
    def _zones(self) -> tuple[dict[str, ZoneRow], dict[str, str]]:
        library = self._workspace.library
        zones = {row.zone: row for row in library.rows("zones") if isinstance(row, ZoneRow)}
        regions = {row.region: row.zone for row in library.rows("regions") if isinstance(row, RegionRow)}
        return zones, regions


def _selection(which: Filter) -> str:
    """What was asked for, in words that stay the same."""
    chosen = {name: getattr(which, name) for name in ("project", "team", "stage", "since", "until")}
    return " ".join(f"{name}={value}" for name, value in chosen.items() if value is not None)


def _cells(result: Footprint) -> Iterator[Cell]:
    """Central values by all dimensions."""
    found: dict[tuple[str, ...], list[Line]] = {}
    for line in result.lines:
        found.setdefault(tuple(getattr(line.group, name) for name in _DIMENSIONS), []).append(line)
    for (project, team, stage, component, method), lines in sorted(found.items()):
        kwh, central = _central_device_kwh(lines), _central_impacts(result, lines)
        yield Cell(project, team, stage, component, method, device_kwh=kwh, impacts=central)


def _central_device_kwh(lines: Iterable[Line]) -> float | None:
    amounts = [float(line.worlds[-1]) for line in lines if line.group.flow == ELECTRICITY]
    return sum(amounts) if amounts else None


def _central_impacts(result: Footprint, lines: Iterable[Line]) -> dict[str, float]:
    """Category to central value, for categories of which something is known."""
    found: dict[str, float] = {}
    for line in lines:
        values = result.unit.central(line.process) * float(line.worlds[-1])
        for row, category in enumerate(result.categories):
            if category in result.unit.reached[line.process]:
                found[category] = found.get(category, 0.0) + float(values[row])
    return found


def _intervals(result: Footprint) -> Iterator[Interval]:
    """Intervals of the whole and along each dimension; nothing where a category is unknown."""
    for category in result.categories:
        total = result.total(category)
        if total is not None:
            yield Interval("all", "", category, total)
    for dimension in _DIMENSIONS:
        known = {
            (getattr(line.group, dimension), category)
            for line in result.lines
            for category in result.unit.reached[line.process]
        }
        for name, samples in sorted(result.by(dimension).items()):
            for row, category in enumerate(result.categories):
                if (name, category) in known:
                    yield Interval(dimension, name, category, quantity(samples[row], category))


def _device_kwh(lines: Iterable[Line]) -> dict[str, float]:
    """Component to the median of its electricity at the device."""
    found: dict[str, Array] = {}
    for line in lines:
        if line.group.flow == ELECTRICITY:
            component = line.group.component
            found[component] = found[component] + line.amount if component in found else line.amount
    return {component: float(np.median(samples)) for component, samples in found.items()}


def _drawn_kwh(result: Footprint, lines: Iterable[Line]) -> dict[str, float]:
    """Component to the median of the electricity drawn for it."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.group.component, []).append(line)
    medians = {component: _median(result, some, "energy") for component, some in found.items()}
    return {component: value for component, value in medians.items() if value is not None}


def _median(result: Footprint, lines: Iterable[Line], category: str) -> float | None:
    """Median of a category over lines of use; None where nothing of it is known."""
    row, total = result.categories.index(category), None
    for line in lines:
        in_use = result.unit.processes[line.process].phase not in ("embodied", "end-of-life")
        if in_use and category in result.unit.reached[line.process]:
            samples = result.line_impacts(line)[row]
            total = samples if total is None else total + samples
    return float(np.median(total)) if total is not None else None
