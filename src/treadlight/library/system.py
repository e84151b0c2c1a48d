"""A system of processes: everything a set of demands needs, resolved and joined by id."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import msgspec

from treadlight.core.activity import Location
from treadlight.core.method import Method
from treadlight.library.process import Process

__all__ = ["Demand", "ProcessLibrary", "System"]


class Demand(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A flow, demanded somewhere in some period (``"2026"`` or a UTC hour ``"2026-11-22T13"``).

    Parameters
    ----------
    recorded
        Whether the place is one that a record names: where the library lacks it, it counts as a place that is not
        known. A place that somebody asks for is refused instead.
    """

    flow: str
    location: Location
    period: str
    recorded: bool = False


@dataclass(frozen=True, slots=True)
class System:
    """Processes by id, and which of them answers each demand; None where the library knows none."""

    processes: Mapping[str, Process]
    answers: Mapping[Demand, str | None]


class ProcessLibrary(Protocol):
    """What a footprint asks of a library: who it is, and the processes that answer a set of demands."""

    @property
    def version(self) -> str:
        """Calendar version, such as ``2026.11``."""

    @property
    def digest(self) -> str:
        """SHA-256 of everything the library holds."""

    def system(self, demands: Iterable[Demand], method: Method) -> System:
        """Everything the demands need, resolved."""

    def near_flows(self, flow: str) -> tuple[str, ...] | None:
        """Known flows that are spelt like one that is not known; None where there is nothing to say against it."""
