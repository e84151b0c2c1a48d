"""What a kilowatt-hour and a device-hour of an estimate cost where they were used: the library, asked for a place."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from treadlight.app.estimating_answer import IMPACTS, Impact
from treadlight.app.estimating_inputs import Question
from treadlight.assess.draws import Array, Draws
from treadlight.assess.parts import OVERHEAD
from treadlight.assess.solve import UnitImpacts, unit_impacts
from treadlight.core.activity import Location
from treadlight.core.errors import InputError
from treadlight.library.library import Library
from treadlight.library.system import Demand
from treadlight.library.tables.networks import NetworkRow

__all__ = ["Surroundings", "check_agreement"]

_CATEGORIES = (*IMPACTS, "energy")


class Surroundings:
    """The library as an estimate sees it; what was asked of a place once is kept.

    Parameters
    ----------
    draws, seed
        Of every figure of the library.
    period
        Year of the grid; empty: the library's.
    """

    def __init__(self, library: Library, draws: int, seed: int, period: str = "") -> None:
        self.library = library
        self.draws = draws
        self.seed = seed
        self._period = period or library.version[:4]
        self._grids: dict[Location, Array] = {}
        self._pues: dict[Location, float | None] = {}

    def placed(self, question: Question, ignored: frozenset[str] = frozenset()) -> Question:
        """The question with the PUE that the library, or the configuration, knows of its place.

        Raises
        ------
        InputError
            If the zone or the region is not in the library, or they contradict each other.
        """
        self.library.check_place(question.zone, question.region)
        check_agreement(self.library, question.zone, question.region)
        if "pue" in question.known or "pue" in ignored or not (question.region or question.site):
            return question
        where = question.location
        if where not in self._pues:
            self._pues[where] = self._pue(where)
        pue = self._pues[where]
        if pue is None:
            return question
        filled = {**question.filled, "pue": question.region or f"the site {question.site}"}
        return replace(question, known={**question.known, "pue": pue}, filled=filled)

    def _pue(self, where: Location) -> float | None:
        """Median PUE of a place; None where nothing is published of this very place."""
        demand = Demand("electricity.it", where, self._period)
        system = self.library.system([demand])
        process = system.processes[system.answers[demand] or ""]
        if not process.resolution.exact:
            return None
        return next((e.amount.median for e in process.exchanges if e.label == OVERHEAD), None)

    def carbon_kg(self, question: Question, energy_kwh: Array) -> Array:
        """Carbon of an energy where it was drawn [kgCO2e]: by the stated intensity, else the zone's, else the world's.

        Raises
        ------
        InputError
            If the zone or the region is not in the library.
        """
        if question.intensity_g_per_kwh is not None:
            return energy_kwh * (question.intensity_g_per_kwh / 1000)
        return energy_kwh * self._grid(question)

    def _grid(self, question: Question) -> Array:
        """Draws of the carbon of one kilowatt-hour at a place [kg], shape (n,)."""
        where = question.location
        if where not in self._grids:
            self.library.check_place(question.zone, question.region)
            demand = Demand("electricity.facility", where, self._period)
            system = self.library.system([demand])
            unit = unit_impacts(system.processes, ("gwp",), Draws(self.draws, self.seed))
            self._grids[where] = unit.samples(system.answers[demand] or "")[0]
        return self._grids[where]

    def impacts(
        self,
        question: Question,
        accelerator: str,
        lines: Mapping[str, Array],
        hours: Array,
        transfer_gb: float = 0.0,
        network: str = "",
    ) -> tuple[tuple[Impact, ...], Array | None]:
        """Impacts of an energy by line [kWh], of device-hours and of a transfer; and the energy of the network [kWh].

        Raises
        ------
        InputError
            If the library has no such network.
        """
        place, period = question.location, self._period
        wanted = {
            "hall": Demand("electricity.facility", place, period),
            "devices": Demand("electricity.it", place, period),
            "making": Demand(f"hardware.accelerator.{accelerator or 'generic'}", place, period),
        }
        if transfer_gb:
            self._check_network(network)
            wanted["network"] = Demand(f"data.transfer.{network}", place, period)
        system = self.library.system(wanted.values())
        found = {name: process for name, d in wanted.items() if (process := system.answers[d]) is not None}
        solved = unit_impacts(system.processes, _CATEGORIES, Draws(self.draws, self.seed))
        moved = np.full(self.draws, transfer_gb)
        impacts = []
        for category in IMPACTS:
            use = [self._use(question, solved, found, category, lines)]
            if transfer_gb:
                use.append(_known(solved, found.get("network"), category, moved))
            known = [part for part in use if part is not None]
            making = _known(solved, found.get("making"), category, hours)
            impacts.append(Impact(category, np.sum(known, axis=0) if known else None, making))
        return tuple(impacts), _known(solved, found.get("network"), "energy", moved)

    def _use(
        self,
        question: Question,
        solved: UnitImpacts,
        found: Mapping[str, str],
        category: str,
        lines: Mapping[str, Array],
    ) -> Array | None:
        """Draws of the impact of the electricity, and of the water that the hall evaporates."""
        energy_kwh: Array = np.sum(list(lines.values()), axis=0)
        if category == "gwp" and question.intensity_g_per_kwh is not None:
            return self.carbon_kg(question, energy_kwh)
        use = _known(solved, found.get("hall"), category, energy_kwh)
        if use is None or category != "water" or "overhead" not in lines:
            return use
        return use + (energy_kwh - lines["overhead"]) * _on_site(solved, found["devices"])

    def _check_network(self, network: str) -> None:
        known = [row.network for row in self.library.rows("networks") if isinstance(row, NetworkRow)]
        if network not in known:
            raise InputError("no such network", field="network", value=network, remedy=f"use one of {', '.join(known)}")

    def name(self, question: Question) -> str:
        """The place for people; empty where it is unknown."""
        site = "the configured site" if question.site == "here" else question.site
        zone = f"{self.library.zone_name(question.zone)} ({question.zone})" if question.zone else ""
        where = question.region or site or zone
        if question.intensity_g_per_kwh is None:
            return where
        stated = f"electricity of {question.intensity_g_per_kwh:g} gCO2e/kWh, as stated"
        return f"{where}; {stated}" if where else stated


def check_agreement(library: Library, zone: str, region: str) -> None:
    """Nothing, if a region lies in the zone that is named with it.

    Raises
    ------
    InputError
        If it lies elsewhere.
    """
    elsewhere = library.disagreement(zone, region)
    if elsewhere:
        remedy = "leave the zone out, or name a region in it"
        raise InputError(f"{region} lies in {elsewhere}, not there", field="zone", value=zone, remedy=remedy)


def _known(solved: UnitImpacts, process: str | None, category: str, amount: Array) -> Array | None:
    """Draws of an amount's impact; None where the library does not know it throughout."""
    if process is None or category in solved.unknown[process] or category not in solved.reached[process]:
        return None
    product: Array = amount * solved.samples(process)[solved.categories.index(category)]
    return product


def _on_site(solved: UnitImpacts, process: str) -> Array | float:
    """Draws of the water that a hall evaporates for one kilowatt-hour at its devices [L]."""
    exchanges = solved.processes[process].exchanges
    return sum(solved.draws.column(e.amount, e.cause) for e in exchanges if e.target == "water")
