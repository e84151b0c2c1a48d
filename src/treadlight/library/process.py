"""Processes: one unit of a flow expressed in other flows and in impacts, each exchange with its source."""

import msgspec

from treadlight.core.category import CATEGORIES
from treadlight.core.distribution import Distribution
from treadlight.core.errors import InputError

__all__ = ["CONFIDENCES", "Exchange", "Process", "Resolution", "Rung", "Source"]

CONFIDENCES = ("high", "medium", "low", "assumed")
"""How far a figure can be trusted: read in the source, read second-hand, unverified, our own assumption."""


class Source(msgspec.Struct, frozen=True, gc=False):
    """Where a figure comes from.

    Parameters
    ----------
    id
        Short key, such as ``owid-ember-2026``.
    citation
        Author, title, publisher.
    year
        Year of the publication or release.
    licence
        Licence under which the figure may be shipped, such as ``CC BY 4.0``.
    locator
        Where in the source: table, row, page, file.
    confidence
        high, medium, low or assumed.
    url
        Address, where there is one.
    """

    id: str
    citation: str
    year: int
    licence: str
    locator: str
    confidence: str
    url: str = ""

    def __post_init__(self) -> None:
        for name in ("id", "citation", "licence", "locator"):
            if not getattr(self, name):
                raise InputError("is missing", field=f"source.{name}", remedy="name the source of every figure")
        if self.confidence not in CONFIDENCES:
            raise InputError(
                "unknown confidence", field="confidence", value=self.confidence, remedy=f"use one of {CONFIDENCES}"
            )


class Exchange(msgspec.Struct, frozen=True, gc=False):
    """An amount of another flow, or of an impact category, per unit of a process.

    Parameters
    ----------
    target
        Id of the process that supplies the input, or an impact category.
    amount
        Per unit of the process [unit of the target]; its distribution.
    source
        Where the amount comes from.
    cause
        Exchanges with the same cause share a draw: one PUE, one grid factor, one lifetime.
    label
        What the amount is, for people: "PUE", "grid intensity".
    """

    target: str
    amount: Distribution
    source: Source
    cause: str
    label: str = ""

    @property
    def is_impact(self) -> bool:
        """Whether the target is an impact category rather than another process."""
        return self.target in CATEGORIES


class Rung(msgspec.Struct, frozen=True, gc=False):
    """One step of the ladder that was tried: its name, whether it answered, and by how much it widens (GSD factor)."""

    name: str
    found: bool
    detail: str = ""
    widening_gsd: float = 1.0


class Resolution(msgspec.Struct, frozen=True, gc=False):
    """How a process was found: the rungs tried, from the nearest to the one that answered."""

    rungs: tuple[Rung, ...] = ()
    remedy: str = ""

    @property
    def exact(self) -> bool:
        """Whether the first rung answered."""
        return not self.rungs or self.rungs[0].found


class Process(msgspec.Struct, frozen=True, gc=False):
    """One unit of a flow, expressed in other processes and in impacts.

    Parameters
    ----------
    id
        Such as ``electricity.grid/FR/2024``; unique within a library and a method.
    flow, unit
        What one unit of it is.
    name
        For people.
    exchanges
        Inputs and direct impacts per unit.
    phase
        ``use``, ``embodied`` or ``end-of-life``.
    unknown
        Categories of which nothing is known here although they are not zero.
    """

    id: str
    flow: str
    unit: str
    name: str
    exchanges: tuple[Exchange, ...]
    phase: str = "use"
    location: str = ""
    year: int | None = None
    resolution: Resolution = Resolution()
    unknown: tuple[str, ...] = ()
