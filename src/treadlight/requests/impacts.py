"""Impacts of request logs: sums times what a request costs, times what the library says of electricity and hardware.

Notes
-----
With the sums S of a group (requests, tokens …), the coefficients c of the way it was served, and the impacts U of one
unit of the process that answers its place and hour, in every draw

    impact  =  Σ_groups (S · c_energy) U_electricity  +  (S · c_hours) U_hardware.

All groups of one way of serving share its draws of c, and all groups of one factor the draws of U, so what is wrong
together is wrong together in the total. Cost depends on the groups, not on the requests.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from treadlight.assess.footprint import footprint
from treadlight.core.activity import CLOUD
from treadlight.core.category import CATEGORIES
from treadlight.core.method import Method
from treadlight.core.quantity import Quantity
from treadlight.ledger.records import GroupSum
from treadlight.library.system import ProcessLibrary
from treadlight.requests.expression import SUMS
from treadlight.requests.groups import Groups
from treadlight.requests.serving import Array, Serving, Setting, weights

__all__ = ["IMPACTS", "TIMES", "Impacts", "Row", "Scope", "impacts_of", "stamps"]

IMPACTS = ("energy", "gwp", "water", "adpe", "pe", "ewaste")
"""Categories of an account of requests."""

TIMES = ("hour", "day", "month", "year")
"""Dimensions that follow from the time of a request."""

_PROCESSES_AT_ONCE = 1000
_KEYS_AT_ONCE = 128
_FORMS = {"hour": "%Y-%m-%dT%H", "day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}


@dataclass(frozen=True, slots=True)
class Scope:
    """What an answer includes: whole nodes or accelerators alone, with the overhead of the hall or without."""

    nodes: bool
    overhead: bool

    @classmethod
    def named(cls, name: str) -> "Scope":
        """The scope of this name, as in `treadlight.estimate.scope`."""
        return cls(name in ("it", "facility"), name in ("gpu_pue", "facility"))

    @property
    def estimator(self) -> str:
        """What the estimator is asked for: the library adds the overhead of the place."""
        return "it" if self.nodes else "gpu_only"

    @property
    def flow(self) -> str:
        """Flow that carries the energy."""
        return "electricity.it" if self.overhead else "electricity.facility"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the answer.

    Parameters
    ----------
    key
        Value of each dimension asked for.
    sums
        Requests, tokens in, … as in `SUMS`.
    impacts
        Category to interval; None where nothing is known.
    embodied
        Of it, the making of the accelerators.
    device_hours
        Accelerator time [h].
    """

    key: tuple[str, ...]
    sums: tuple[float, ...]
    impacts: Mapping[str, Quantity | None]
    embodied: Mapping[str, Quantity | None]
    device_hours: Quantity


@dataclass(frozen=True, slots=True)
class Impacts:
    """The answer: a row for each combination of the dimensions, and all together.

    Parameters
    ----------
    could_add
        Category to what the rows set aside could add: nothing, as much as the others, or each as much as the largest
        request of the log where it costs most.
    coverage
        Share of the flows of which a category is known throughout its supply.
    unanswered
        Flows for which the library knows no process.
    """

    rows: tuple[Row, ...]
    total: Row
    could_add: Mapping[str, Quantity]
    coverage: Mapping[str, float]
    unanswered: tuple[str, ...]


def impacts_of(
    groups: Groups,
    by: Sequence[str],
    served: Mapping[Setting, Serving],
    library: ProcessLibrary,
    scope: Scope,
    method: Method,
    *,
    hourly: bool,
    draws: int,
    seed: int,
) -> Impacts:
    """Impacts of all requests, by the dimensions `by`.

    Parameters
    ----------
    served
        Of every setting that occurs.
    hourly
        Ask for the factor of each hour; else of each year.
    """
    cells = _cells(groups, by, served, hourly)
    unit = _Units(library, scope, method, cells, draws, seed)
    total = _Sums(1, draws)
    rows = tuple(_rows(cells, unit, list(served.values()), total, draws))
    (whole,) = _intervals([()], cells.sums.sum(axis=0, keepdims=True), total, unit)
    could = _could_add(groups, unit, served, total, whole)
    return Impacts(rows, whole, could, unit.coverage(), tuple(sorted(unit.unanswered)))


@dataclass(frozen=True)
class _Cells:
    """Sums by key of the answer, process of electricity and setting, in the order of the keys.

    `bounds` holds where each key's cells begin; `places` the demands behind the numbers in `place`.
    """

    keys: list[tuple[str, ...]]
    bounds: Any
    place: Any
    setting: Any
    sums: Array
    places: list[tuple[str, str, str]]
    slugs: list[str]


def stamps(start_s: Any, form: str) -> tuple[Any, list[str]]:
    """Times as numbers, and the texts that they stand for: ``2026-11-22`` for ``day``."""
    moments, places = np.unique(start_s, return_inverse=True)
    texts = [datetime.fromtimestamp(int(s), UTC).strftime(_FORMS[form]) for s in moments]
    names = sorted(set(texts))
    index = {name: i for i, name in enumerate(names)}
    return np.array([index[text] for text in texts], dtype=np.int64)[places], names


def _codes(groups: Groups, name: str) -> tuple[Any, list[str]]:
    return stamps(groups.column("start_s"), name) if name in TIMES else groups.codes(groups.said(name))


def _joined(parts: Sequence[tuple[Any, list[str]]], rows: int) -> tuple[Any, list[tuple[str, ...]]]:
    """One number for each combination of several columns, and the combinations, in order of their texts."""
    if not parts:
        return np.zeros(rows, dtype=np.int64), [()]
    stacked = np.stack([codes for codes, _ in parts])
    combos, places = np.unique(stacked, axis=1, return_inverse=True)
    texts = [tuple(names[code] for (_, names), code in zip(parts, combo, strict=True)) for combo in combos.T]
    order = sorted(range(len(texts)), key=texts.__getitem__)
    rank = np.empty(len(texts), dtype=np.int64)
    rank[order] = np.arange(len(texts))
    return rank[places.reshape(-1)], [texts[i] for i in order]


def _cells(groups: Groups, by: Sequence[str], served: Mapping[Setting, Serving], hourly: bool) -> _Cells:
    n = groups.table.num_rows
    key, keys = _joined([_codes(groups, name) for name in by], n)
    period = _codes(groups, "hour" if hourly else "year")
    place, places = _joined([groups.codes("zone"), groups.codes("region"), period], n)
    setting, settings = _joined([groups.codes(name) for name in Setting._fields], n)
    known = {found: i for i, found in enumerate(served)}
    setting = np.array([known[Setting(*texts)] for texts in settings], dtype=np.int64)[setting]
    combos, index = np.unique(np.stack([key, place, setting]), axis=1, return_inverse=True)
    index = index.reshape(-1)
    sums: Array = np.stack(
        [np.bincount(index, weights=groups.column(name), minlength=combos.shape[1]) for name in SUMS], axis=1
    )
    bounds = np.searchsorted(combos[0], np.arange(len(keys) + 1))
    slugs = [serving.accelerator for serving in served.values()]
    return _Cells(keys, bounds, combos[1], combos[2], sums, [(t[0], t[1], t[2]) for t in places], slugs)


class _Units:
    """Impacts of one unit of each process, asked of the library in blocks and kept while there is room.

    Parameters
    ----------
    cells
        Whose places and accelerators are asked for.
    """

    def __init__(
        self, library: ProcessLibrary, scope: Scope, method: Method, cells: _Cells, draws: int, seed: int
    ) -> None:
        self._library, self._scope, self._method = library, scope, method
        self._draws, self._seed = draws, seed
        self._places = cells.places
        self._kept: dict[int, Array] = {}
        self._pairs: dict[str, frozenset[str]] = {}
        self._reached: set[str] = set()
        self.unanswered: set[str] = set()
        self._made = {slug: self._hardware(slug) for slug in dict.fromkeys(cells.slugs)}

    def electricity(self, place: int) -> Array:
        """Of one kilowatt-hour at a place and time, shape (categories, n)."""
        if place not in self._kept:
            if len(self._kept) >= 2 * _PROCESSES_AT_ONCE:
                self._kept.clear()
            first = place // _PROCESSES_AT_ONCE * _PROCESSES_AT_ONCE
            block = range(first, min(first + _PROCESSES_AT_ONCE, len(self._places)))
            self._kept |= zip(block, self._asked([self._demand(i) for i in block], "electricity"), strict=True)
        return self._kept[place]

    def hardware(self, slug: str) -> Array:
        """Of one device-hour of an accelerator, shape (categories, n)."""
        return self._made[slug]

    def _hardware(self, slug: str) -> Array:
        flow = f"hardware.accelerator.{slug}"
        period = self._places[0][2][:4] if self._places else "2026"
        return next(self._asked([_demand(flow, "", "", period, "accelerator")], "accelerator"))

    def _demand(self, place: int) -> GroupSum:
        zone, region, period = self._places[place]
        return _demand(self._scope.flow, zone, region, period, "electricity")

    def _asked(self, demands: list[GroupSum], component: str) -> Iterator[Array]:
        found = footprint(demands, self._library, self._method, categories=IMPACTS, draws=self._draws, seed=self._seed)
        answered = {id(line.group): line for line in found.lines}
        nothing = np.zeros((len(IMPACTS), self._draws))
        for demand in demands:
            line = answered.get(id(demand))
            if line is None:
                self.unanswered.add(demand.flow)
                self._pairs[component] = frozenset(IMPACTS)
                yield nothing
                continue
            self._pairs[component] = self._pairs.get(component, frozenset()) | found.unit.unknown[line.process]
            self._reached |= found.unit.reached[line.process]
            yield found.unit.samples(line.process)

    def coverage(self) -> dict[str, float]:
        """Share of the flows of which a category is known throughout."""
        return {c: sum(c not in unknown for unknown in self._pairs.values()) / len(self._pairs) for c in IMPACTS}

    def known(self, category: str, component: str = "") -> bool:
        """Whether something is known of a category."""
        if component:
            return category in self._reached and category not in self._pairs[component]
        return category in self._reached


def _demand(flow: str, zone: str, region: str, period: str, component: str) -> GroupSum:
    """One unit of a flow somewhere; at a hall of which nothing else is known, where no region tells more."""
    site = "" if region else CLOUD
    return GroupSum(
        flow, zone, region, site, period, "", "point(1.0)", "modelled", component, "inference", "", "", "", 1.0, 1
    )


class _Sums:
    """Draws of the impacts of several keys: electricity and the making of hardware apart, and accelerator time."""

    def __init__(self, keys: int, draws: int) -> None:
        self.use = np.zeros((keys, len(IMPACTS), draws))
        self.embodied = np.zeros((keys, len(IMPACTS), draws))
        self.hours = np.zeros((keys, draws))

    def add(self, other: "_Sums") -> None:
        """Add all keys of other sums to the only one of these."""
        self.use += other.use.sum(axis=0)
        self.embodied += other.embodied.sum(axis=0)
        self.hours += other.hours.sum(axis=0)


def _rows(cells: _Cells, unit: _Units, served: Sequence[Serving], total: _Sums, draws: int) -> Iterator[Row]:
    """Rows in the order of their keys, a block of keys at a time, so that memory does not grow with their number."""
    loads = weights(cells.sums)
    for first in range(0, len(cells.keys), _KEYS_AT_ONCE):
        last = min(first + _KEYS_AT_ONCE, len(cells.keys))
        block = range(cells.bounds[first], cells.bounds[last])
        found = _block(cells, unit, served, loads, block, first, last - first, draws)
        total.add(found)
        sums = np.add.reduceat(cells.sums[block.start : block.stop], cells.bounds[first:last] - block.start, axis=0)
        yield from _intervals(cells.keys[first:last], sums, found, unit)


def _block(
    cells: _Cells,
    unit: _Units,
    served: Sequence[Serving],
    loads: Array,
    block: range,
    first: int,
    keys: int,
    draws: int,
) -> _Sums:
    """Sums of a block of keys. Cells of one place and setting go together: they differ in their key only."""
    found = _Sums(keys, draws)
    owner = np.searchsorted(cells.bounds, np.arange(block.start, block.stop), side="right") - 1 - first
    place, setting = cells.place[block.start : block.stop], cells.setting[block.start : block.stop]
    load = loads[block.start : block.stop]
    for chosen in _alike(place, setting):
        energy = load[chosen] @ served[setting[chosen[0]]].energy_kwh.T
        found.use[owner[chosen]] += energy[:, None, :] * unit.electricity(int(place[chosen[0]]))
    for number, serving in enumerate(served):
        mine = setting == number
        if mine.any():
            held = np.zeros((keys, load.shape[1]))
            np.add.at(held, owner[mine], load[mine])
            hours = held @ serving.device_hours.T
            found.hours += hours
            found.embodied += hours[:, None, :] * unit.hardware(serving.accelerator)
    return found


def _alike(place: Any, setting: Any) -> list[Any]:
    """Numbers of the cells that share place and setting, each group once."""
    order = np.lexsort((setting, place))
    changes = (np.diff(place[order]) != 0) | (np.diff(setting[order]) != 0)
    return np.split(order, np.flatnonzero(changes) + 1)


def _intervals(keys: Sequence[tuple[str, ...]], sums: Array, found: _Sums, unit: _Units) -> Iterator[Row]:
    """Rows with their quantiles, which are taken of all keys together."""
    whole = _quantiles(found.use + found.embodied)
    made, hours = _quantiles(found.embodied), _quantiles(found.hours)
    for k, key in enumerate(keys):
        impacts = {c: _interval(whole[k, i], c) if unit.known(c) else None for i, c in enumerate(IMPACTS)}
        embodied = {
            c: _interval(made[k, i], c) if c != "energy" and unit.known(c, "accelerator") else None
            for i, c in enumerate(IMPACTS)
        }
        yield Row(key, tuple(map(float, sums[k])), impacts, embodied, Quantity("device-hour", *map(float, hours[k])))


def _quantiles(samples: Array) -> Array:
    """The 5th, 50th and 95th percentile along the last axis, as `numpy.quantile` gives them, and faster for many."""
    ordered = np.sort(samples, axis=-1)
    places = np.array([0.05, 0.5, 0.95]) * (samples.shape[-1] - 1)
    below = np.floor(places).astype(np.int64)
    above = np.minimum(below + 1, samples.shape[-1] - 1)
    found: Array = ordered[..., below] + (places - below) * (ordered[..., above] - ordered[..., below])
    return found


def _interval(ends: Array, category: str) -> Quantity:
    return Quantity(CATEGORIES[category].unit, *map(float, ends))


def _could_add(
    groups: Groups, unit: _Units, served: Mapping[Setting, Serving], total: _Sums, whole: Row
) -> dict[str, Quantity]:
    rows = sum(groups.aside.values())
    if not rows:
        return {}
    most_in, most_out = groups.largest
    largest = np.array([1.0, most_in, most_in * most_in / 2, 0.0, most_out, most_out * (most_in + most_out / 2)])
    places = range(min(len(unit._places), _PROCESSES_AT_ONCE))
    medians = np.stack([np.median(unit.electricity(i), axis=1) for i in places])
    found: dict[str, Quantity] = {}
    for i, category in enumerate(IMPACTS):
        if not unit.known(category):
            continue
        dearest = unit.electricity(int(np.argmax(medians[:, i])))[i]
        each = [
            s.energy_kwh @ largest * dearest + s.device_hours @ largest * unit.hardware(s.accelerator)[i]
            for s in served.values()
        ]
        most = max(float(np.quantile(samples, 0.95)) for samples in each)
        mean = float(np.median(total.use[0, i] + total.embodied[0, i])) / whole.sums[0]
        found[category] = Quantity(CATEGORIES[category].unit, 0.0, rows * mean, rows * max(mean, most))
    return found
