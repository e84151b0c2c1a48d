"""Footprints: impacts of a set of activities, as a pure function of their sums and a library's system.

Notes
-----
Activities are summed per process, place, period and cause first; then each of the few distinct causes is drawn once.
With the sums a_g of group g, the draws m_g of true ÷ stated amount of its cause, and the impacts U of one unit of the
process that answers it, the footprint is  Σ_g a_g m_g U.  Cost depends on the distinct factors, not on the activities.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from treadlight.assess.draws import Array, Draws, quantiles
from treadlight.assess.solve import UnitImpacts, impacts, impacts_by_process, unit_impacts
from treadlight.assess.unfit import unfit
from treadlight.core.activity import Location
from treadlight.core.category import CATEGORIES
from treadlight.core.distribution import Distribution, parse
from treadlight.core.method import Method
from treadlight.core.quantity import Quantity
from treadlight.ledger.records import GroupSum
from treadlight.library.system import Demand, ProcessLibrary, System

__all__ = ["Footprint", "Line", "Unanswered", "demand_of", "footprint", "quantity", "spread"]


@dataclass(frozen=True, slots=True)
class Line:
    """One group of activities and the process that answers it.

    Parameters
    ----------
    group
        The sum, as the ledger gave it.
    process
        Id of the process that answers it.
    worlds
        Draws of the true amount, and last its median; shape (n + 1,) [unit of the flow].
    uncertainty
        Distribution of true ÷ stated amount.
    """

    group: GroupSum
    process: str
    worlds: Array
    uncertainty: Distribution

    @property
    def amount(self) -> Array:
        """Draws of the true amount, shape (n,) [unit of the flow]."""
        return self.worlds[:-1]


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A sum that is unknown in every category.

    Parameters
    ----------
    group
        The sum.
    why
        Which of its fields no account can hold (see `treadlight.assess.unfit`); empty: the library knows no process.
    """

    group: GroupSum
    why: str = ""

    @property
    def flow(self) -> str:
        """What was used."""
        return self.group.flow

    @property
    def amount(self) -> float:
        """How much [unit of the flow]."""
        return self.group.amount

    @property
    def component(self) -> str:
        """Part of the machine or service."""
        return self.group.component


@dataclass(frozen=True, slots=True)
class Footprint:
    """Impacts with their draws, and everything needed to explain them.

    Parameters
    ----------
    categories
        In the order of the arrays' first axis.
    samples
        Draws of the total, shape (categories, n).
    central
        The total with every input at its median, shape (categories,).
    lines
        What was summed, line by line.
    unit
        Impacts per unit of each process.
    coverage
        Share of the distinct (component, flow) pairs of which a category is known throughout its supply, shape
        (categories,).
    unanswered
        Amounts no process answers, or no account can hold.
    missing
        How many components are known to be absent from the sums, because they could not be read.
    """

    library_version: str
    library_digest: str
    method: Method
    categories: tuple[str, ...]
    samples: Array
    central: Array
    lines: tuple[Line, ...]
    unit: UnitImpacts
    coverage: Array
    unanswered: tuple[Unanswered, ...]
    missing: int = 0

    @property
    def draws(self) -> Draws:
        """The draws behind every number here."""
        return self.unit.draws

    def total(self, category: str) -> Quantity | None:
        """What is known of a category; None where nothing is."""
        row = self.categories.index(category)
        reached = any(category in self.unit.reached[line.process] for line in self.lines)
        nothing = self.coverage[row] < 1 and not self.samples[row].any()
        return None if nothing or not reached else quantity(self.samples[row], category)

    def line_impacts(self, line: Line) -> Array:
        """Draws of one line's impacts, shape (categories, n)."""
        return line.amount * self.unit.samples(line.process)

    def by(self, dimension: str) -> dict[str, Array]:
        """Draws of the impacts by a dimension of the lines, each of shape (categories, n); they add up to the total.

        `dimension` is ``component``, ``stage``, ``project``, ``team``, ``period``, ``zone``, ``method``, ``run`` or
        ``phase`` (use, embodied, end-of-life: the phase of the process that answers).
        """
        parts: dict[str, Array] = {}
        for line in self.lines:
            key = self.unit.processes[line.process].phase if dimension == "phase" else getattr(line.group, dimension)
            impacts = self.line_impacts(line)
            parts[key] = parts[key] + impacts if key in parts else impacts
        return parts

    def by_process(self) -> dict[str, Array]:
        """Draws of the impacts by the process in which they arise, shape (categories, n); they add up to the total."""
        return impacts_by_process(self.unit, _demanded(self.lines))


def quantity(samples: Array, category: str) -> Quantity:
    """Interval of draws [unit of the category]."""
    return spread(samples, CATEGORIES[category].unit)


def spread(samples: Array, unit: str) -> Quantity:
    """Interval of draws."""
    p05, p50, p95 = quantiles(samples)
    return Quantity(unit, p05, p50, p95)


def footprint(
    sums: Iterable[GroupSum],
    library: ProcessLibrary,
    method: Method | None = None,
    *,
    categories: Sequence[str] = tuple(CATEGORIES),
    draws: int = 1000,
    seed: int = 0,
    missing: int = 0,
    columns: Draws | None = None,
) -> Footprint:
    """Footprint of activities under a library and a method.

    Parameters
    ----------
    sums
        Sums of activities, as `treadlight.ledger.store.Ledger.sums` gives them.
    library, method
        What a unit costs, and the accounting choices.
    categories
        Impact categories to compute.
    draws, seed
        Number of draws and their seed; footprints to be compared must share both.
    missing
        How many components are known to be absent from `sums`; they lower the coverage.
    columns
        Draws that were made before with this number and this seed, so that they need not be made again.
    """
    method = method or Method()
    groups = list(sums)
    demands = [demand_of(group) for group in groups]
    system = library.system(demands, method)
    unit = unit_impacts(system.processes, categories, columns or Draws(draws, seed))
    lines, unanswered = _lines(groups, demands, system, unit.draws)
    total = impacts(unit, _demanded(lines))
    coverage = _coverage(lines, unanswered, missing, unit)
    return Footprint(
        library.version,
        library.digest,
        method,
        tuple(categories),
        total[:, :draws],
        total[:, draws],
        lines,
        unit,
        coverage,
        unanswered,
        missing,
    )


def _demanded(lines: Iterable[Line]) -> dict[str, Array]:
    """How much of each process the lines demand, shape (n + 1,)."""
    demand: dict[str, Array] = {}
    for line in lines:
        already = demand.get(line.process)
        demand[line.process] = line.worlds if already is None else already + line.worlds
    return demand


def _coverage(lines: Sequence[Line], unanswered: Sequence[Unanswered], missing: int, unit: UnitImpacts) -> Array:
    """Share of the distinct (component, flow) pairs known throughout, whatever their hours, places and causes."""
    unknown: dict[tuple[str, str], frozenset[str]] = {}
    for line in lines:
        pair = (line.group.component, line.group.flow)
        unknown[pair] = unknown.get(pair, frozenset()) | unit.unknown[line.process]
    for lost in unanswered:
        unknown[(lost.component, lost.flow)] = frozenset(unit.categories)
    known = [sum(category not in names for names in unknown.values()) for category in unit.categories]
    return np.array(known) / max(1, len(unknown) + missing)


def demand_of(group: GroupSum) -> Demand:
    """What a sum of records demands of a library."""
    return Demand(group.flow, Location(group.zone, group.region, group.site), group.period, recorded=True)


def _lines(
    groups: Sequence[GroupSum], demands: Sequence[Demand], system: System, draws: Draws
) -> tuple[tuple[Line, ...], tuple[Unanswered, ...]]:
    lines, unanswered = [], []
    for group, demand in zip(groups, demands, strict=True):
        process, why = system.answers.get(demand), unfit(group)
        if process is None or why:
            unanswered.append(Unanswered(group, why))
            continue
        uncertainty = parse(group.uncertainty)
        amount = group.amount * draws.worlds(uncertainty, group.cause)
        worlds = amount if isinstance(amount, np.ndarray) else np.full(draws.n + 1, amount)
        lines.append(Line(group, process, worlds, uncertainty))
    return tuple(lines), tuple(unanswered)
