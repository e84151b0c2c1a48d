"""A system of processes: everything a set of demands needs, resolved and joined by id."""

from collections.abc import Mapping
from dataclasses import dataclass

from treadlight.core.activity import Location
from treadlight.core.process import Process

__all__ = ["Demand", "System"]


@dataclass(frozen=True, slots=True)
class Demand:
    """A flow, demanded somewhere in some period (``"2026"`` or a UTC hour ``"2026-11-22T13"``)."""

    flow: str
    location: Location
    period: str


@dataclass(frozen=True, slots=True)
class System:
    """Processes by id, and which of them answers each demand; None where the library knows none."""

    processes: Mapping[str, Process]
    answers: Mapping[Demand, str | None]
