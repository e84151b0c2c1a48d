"""What an estimate is, as plain data: an answer of an estimator, its impacts at a place, and what would narrow it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from treadlight.app.estimating_inputs import Question
from treadlight.assess.draws import Array
from treadlight.assess.footprint import spread as spread_of
from treadlight.core.category import CATEGORIES
from treadlight.core.quantity import Quantity

__all__ = ["IMPACTS", "Answer", "Estimate", "Gain", "Impact", "spread_of"]

IMPACTS = ("gwp", "water", "adpe", "pe")
"""Categories of an estimate; the first leads."""


@dataclass(frozen=True)
class Answer:
    """What an estimator says of one unit, or of a whole training.

    Parameters
    ----------
    energy_kwh
        Draws of the energy within the scope [kWh], shape (n,).
    lines
        The energy by line; they add up to it.
    device_hours
        Draws of the accelerators' hours [h].
    phases
        Energy of the busy accelerators by phase: prefill and decode of text; empty elsewhere.
    accelerator
        Slug of the accelerator; empty where it is unknown.
    basis
        Route and priors, in one line.
    assumed
        What was sampled from a prior.
    """

    energy_kwh: Array
    lines: Mapping[str, Array]
    device_hours: Array
    accelerator: str
    basis: str
    assumed: tuple[str, ...]
    phases: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Impact:
    """One category: draws of the use phase and of the making of the accelerators; None where it is unknown."""

    category: str
    use: Array | None
    embodied: Array | None

    @property
    def total(self) -> Array | None:
        """What is known of both."""
        known = [part for part in (self.use, self.embodied) if part is not None]
        return np.sum(known, axis=0) if known else None


@dataclass(frozen=True)
class Gain:
    """What knowing one input would do: the ratio p95 ÷ p05 of the energy now, and about what it would become."""

    name: str
    now: float
    known: float


@dataclass(frozen=True)
class Estimate:
    """An answer with its impacts at a place.

    Parameters
    ----------
    count
        How many units: requests, images; 1 for a training.
    unit
        ``training``, ``request``, ``query``, ``image``, ``video``, …
    lines
        Energy of all units by line [kWh]; network is one where a transfer was asked for, and stands outside the scope.
    device_hours_draws
        Of all units [h].
    place
        For people; empty: unknown.
    notes
        What is not counted.
    transfer_gb, network
        Data moved for all units, and the network of the library that moved it.
    library
        Version and digest.
    """

    question: Question
    answer: Answer
    count: float
    unit: str
    lines: Mapping[str, Array]
    device_hours_draws: Array
    impacts: tuple[Impact, ...]
    gains: tuple[Gain, ...]
    place: str
    notes: tuple[str, ...]
    transfer_gb: float
    network: str
    library: tuple[str, str]
    draws: int
    seed: int

    @property
    def energy(self) -> Array:
        """Draws of the energy of all units, network included [kWh]."""
        whole: Array = np.sum(list(self.lines.values()), axis=0)
        return whole

    @property
    def energy_kwh(self) -> Quantity:
        """Energy of all units [kWh]."""
        return spread_of(self.energy, "kWh")

    @property
    def device_hours(self) -> Quantity:
        """Hours of one accelerator, summed over accelerators and units [h]."""
        return spread_of(self.device_hours_draws, "h")

    @property
    def phases(self) -> dict[str, Array]:
        """Draws of the accelerators' energy by phase, of all units [kWh]."""
        return {name: phase * self.count for name, phase in self.answer.phases.items()}

    @property
    def energy_wh_per_unit(self) -> Quantity:
        """Energy of one unit [Wh]."""
        return spread_of(self.energy * (1000 / self.count), "Wh")

    def impact(self, category: str) -> Quantity | None:
        """A category's total; None where nothing of it is known."""
        found = next(i for i in self.impacts if i.category == category)
        return None if found.total is None else spread_of(found.total, CATEGORIES[category].unit)
