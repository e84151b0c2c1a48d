"""What a device costs before, in and after use, per phase: one set of draws for everything that is compared."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from treadlight.assess.draws import Array, Draws
from treadlight.assess.hardware.description import Device, DevicePart
from treadlight.assess.solve import impacts_by_process, unit_impacts
from treadlight.core.activity import Location
from treadlight.core.category import CATEGORIES
from treadlight.core.distribution import Distribution, Lognormal, Point
from treadlight.core.errors import InputError
from treadlight.core.method import Method
from treadlight.library.build_electricity import WATER_ON_SITE
from treadlight.library.library import Library
from treadlight.library.system import Demand
from treadlight.library.tables.lifetimes import LifetimeRow
from treadlight.library.tables.treatment import TreatmentRow

__all__ = ["HOURS_PER_YEAR", "PHASES", "Bench", "Electricity", "Made", "Phase"]

HOURS_PER_YEAR = 8766.0
"""Hours of a mean year [h]."""

PHASES = ("manufacture", "transport", "end of life")
"""What is charged once for a device, whatever it does."""

_FORMAL = "ewaste.formal-recycling"


@dataclass(frozen=True)
class Phase:
    """Impacts of one phase.

    Parameters
    ----------
    name
        Such as ``manufacture`` or ``use``.
    samples
        Draws, shape (categories, n).
    unknown
        Categories of which something in it is not known.
    note
        What a reader must know of it.
    """

    name: str
    samples: Array
    unknown: frozenset[str] = frozenset()
    note: str = ""


@dataclass(frozen=True)
class Made:
    """Making, transport and disposal of one device, and the same for each of its parts."""

    device: Device
    phases: tuple[Phase, ...]
    parts: tuple[tuple[DevicePart, Array], ...]
    mass: Array | None

    def phase(self, name: str) -> Phase:
        """The phase called `name`."""
        return next(phase for phase in self.phases if phase.name == name)

    @cached_property
    def total(self) -> Array:
        """Draws of all that is charged once, shape (categories, n)."""
        return np.asarray(np.sum([phase.samples for phase in self.phases], axis=0))

    @cached_property
    def unknown(self) -> frozenset[str]:
        """Categories of which something is not known."""
        return frozenset[str]().union(*(phase.unknown for phase in self.phases))


@dataclass(frozen=True)
class Electricity:
    """One kWh at the devices, shape (categories, n); the part of its water that is used on site; what is unknown."""

    samples: Array
    water_on_site: Array
    unknown: frozenset[str]


@dataclass(frozen=True)
class Bench:
    """A library, a place and a set of draws on which devices are assessed and compared.

    Parameters
    ----------
    location, year
        Where and when the devices are used.
    """

    library: Library
    location: Location = Location()
    year: str = "2026"
    method: Method = Method()
    draws: int = 1000
    seed: int = 0
    categories: tuple[str, ...] = tuple(CATEGORIES)

    @cached_property
    def columns(self) -> Draws:
        """The draws."""
        return Draws(self.draws, self.seed)

    def drawn(self, distribution: Distribution, cause: str) -> Array:
        """Draws of a distribution, shape (n,)."""
        if isinstance(distribution, Point):
            return np.full(self.draws, float(distribution.value))
        return np.asarray(self.columns.column(distribution, cause), dtype=float)

    def row(self, category: str) -> int:
        """Place of a category in the first axis.

        Raises
        ------
        InputError
            If it is not among the bench's.
        """
        if category not in self.categories:
            remedy = f"use one of {', '.join(self.categories)}"
            raise InputError("is not assessed here", field="category", value=category, remedy=remedy)
        return self.categories.index(category)

    def lifetime(self, device: Device) -> LifetimeRow:
        """The library's row of the class of a device."""
        rows = [row for row in self.library.rows("lifetimes") if isinstance(row, LifetimeRow)]
        return next(row for row in rows if row.lifetime_class == device.lifetime_class)

    def made(self, device: Device) -> Made:
        """What is charged once for a device."""
        per_part = [self._part(part) for part in device.parts]
        phases = []
        for name in PHASES:
            samples = np.sum([found[name] for found, _ in per_part], axis=0)
            unknown = frozenset[str]().union(*(lost[name] for _, lost in per_part))
            phases.append(Phase(name, samples, unknown & set(self.categories), _inside(device, name)))
        parts = tuple(
            (part, np.sum(list(found.values()), axis=0))
            for part, (found, _) in zip(device.parts, per_part, strict=True)
        )
        mass = None if "ewaste" in phases[-1].unknown else phases[-1].samples[self.row("ewaste")]
        return Made(device, tuple(phases), parts, mass)

    def _part(self, part: DevicePart) -> tuple[dict[str, Array], dict[str, frozenset[str]]]:
        """Impacts of a part and what is unknown of it, by phase."""
        demand = Demand(f"product.{part.product}", Location(), self.year)
        system = self.library.system([demand], self.method)
        answer = system.answers[demand]
        found = {name: np.zeros((len(self.categories), self.draws)) for name in PHASES}
        lost = {name: frozenset[str]() for name in PHASES}
        if answer is None:
            return found, {name: frozenset(self.categories) - {"energy"} for name in PHASES}
        unit = unit_impacts(system.processes, self.categories, self.columns)
        for name, samples in impacts_by_process(unit, {answer: np.full(self.draws + 1, part.amount)}).items():
            found[_phase_of(name)] += samples
        for process in system.processes.values():
            phase = _phase_of(process.id)
            weightless = {"ewaste"} & set(process.unknown)
            lost[phase] |= set(process.unknown) - weightless
            lost["end of life"] |= weightless
        return found, lost

    def hour(self, flow: str) -> tuple[Array, frozenset[str]]:
        """One hour of hardware, shape (categories, n), and the categories of which something in it is not known."""
        demand = Demand(flow, Location(), self.year)
        system = self.library.system([demand], self.method)
        answer = system.answers[demand]
        if answer is None:
            return np.zeros((len(self.categories), self.draws)), frozenset(self.categories) - {"energy"}
        unit = unit_impacts(system.processes, self.categories, self.columns)
        return unit.samples(answer), unit.unknown[answer]

    @cached_property
    def electricity(self) -> Electricity:
        """One kWh at the devices, at the bench's place."""
        demand = Demand("electricity.it", self.location, self.year)
        system = self.library.system([demand], self.method)
        answer = system.answers[demand] or ""
        unit = unit_impacts(system.processes, self.categories, self.columns)
        on_site = np.zeros(self.draws)
        for exchange in system.processes[answer].exchanges:
            if exchange.target == "water" and exchange.label == WATER_ON_SITE:
                on_site = on_site + self.columns.column(exchange.amount, exchange.cause)
        return Electricity(unit.samples(answer), on_site, unit.unknown[answer])

    def power_w(self, device: Device, load: Distribution) -> Array | None:
        """Draws of the mean power at work [W] of what the catalogue knows of a device, shape (n,); None: of nothing.

        Board power times `load`, the share of it that work draws on average.
        """
        known = [part for part in device.parts if part.tdp_w is not None]
        if not known:
            return None
        share = self.drawn(load, "hardware:load")
        total: Array = np.sum([self._tdp_w(part) for part in known], axis=0) * share
        return total

    def _tdp_w(self, part: DevicePart) -> Array:
        power = part.amount * (part.tdp_w or 0.0)
        spread = Lognormal(power, part.tdp_gsd) if part.tdp_gsd > 1 else Point(power)
        return self.drawn(spread, f"tdp:{part.product}")

    @cached_property
    def recycling(self) -> tuple[dict[str, Array], float | None]:
        """Avoided elsewhere per kg formally recycled, by category, and the share of waste documented to go there."""
        avoided: dict[str, Array] = {}
        share = None
        for row in self.library.rows("treatment"):
            if isinstance(row, TreatmentRow) and row.treatment == _FORMAL:
                share = row.documented_share if share is None else share
                if row.avoided_per_kg is not None and row.category in self.categories:
                    avoided[row.category] = self.drawn(row.avoided_per_kg, f"avoided:{row.category}")
        return avoided, share


def _phase_of(process: str) -> str:
    if process.startswith("transport."):
        return "transport"
    return "end of life" if process.startswith("treatment.") else "manufacture"


def _inside(device: Device, phase: str) -> str:
    """Of which parts a phase is inside the figure of their making."""
    flag = {"transport": "transport_included", "end of life": "end_of_life_included"}.get(phase)
    names = [part.text for part in device.parts if flag and getattr(part, flag)]
    return f"inside the manufacture of {', '.join(names)}" if names else ""
