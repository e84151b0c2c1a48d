"""Runs side by side, with the difference from shared draws: plain data for pages and terminals."""

from dataclasses import dataclass

from treadlight.core.quantity import Quantity

__all__ = ["ComparedRun", "Comparison", "Difference", "LibraryRow", "RunRow"]


@dataclass(frozen=True, slots=True)
class RunRow:
    """One line of the list of runs: times as text of the record, energy at the devices [kWh] or None (unknown).

    Of a run that is `at_the_hall` the energy is that at the meter of the hall.
    """

    id: str
    name: str
    status: str
    start: str
    duration_s: float
    energy: Quantity | None
    project: str = ""
    at_the_hall: bool = False


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """One run of a comparison; `impacts` holds (category, total or None) and `parts` holds (label, the
    comparison's category or None); `coverage` holds (category, share of what was counted that has a figure).
    """

    id: str
    name: str
    status: str
    duration_s: float
    energy: Quantity | None
    impacts: tuple[tuple[str, Quantity | None], ...]
    parts: tuple[tuple[str, Quantity | None], ...] = ()
    per_unit: tuple[tuple[str, Quantity], ...] = ()
    coverage: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """Run `other` minus run `base` (positions in the comparison), from draws that share every common cause.

    `lower` is the probability that `other` is lower than `base`, 0 to 1.
    """

    base: int
    other: int
    category: str
    quantity: Quantity
    lower: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Runs side by side; differences are against the first."""

    category: str
    runs: tuple[ComparedRun, ...]
    differences: tuple[Difference, ...]
    library: str
    draws: int
    seed: int
    shared: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LibraryRow:
    """One figure of the library: what, its amount with interval (None: unknown), and its source in words."""

    id: str
    label: str
    quantity: Quantity | None
    source: str
    year: int
    licence: str
    locator: str
    confidence: str
