"""The web of processes that demands call for: processes by id, made once, by whoever builds their family."""

from collections.abc import Callable
from functools import cached_property
from typing import TypeVar, cast

from treadlight.core.activity import Location
from treadlight.core.flow import flow_unit
from treadlight.core.method import Method
from treadlight.library.loader import Store
from treadlight.library.period import Period
from treadlight.library.places import Place, Places
from treadlight.library.process import Exchange, Process, Resolution, Source
from treadlight.library.resolve_grid import GridLadder

__all__ = ["Web"]

T = TypeVar("T")


class Web:
    """Processes under construction, with what builders need to make more.

    Parameters
    ----------
    method
        The method of the footprint.
    """

    def __init__(self, store: Store, places: Places, ladder: GridLadder, method: Method) -> None:
        self.store = store
        self.ladder = ladder
        self.method = method
        self.processes: dict[str, Process] = {}
        self._places = places
        self._found: dict[tuple[Location, bool], Place] = {}
        self._kept: dict[tuple[object, ...], object] = {}

    def place(self, location: Location, *, recorded: bool = False) -> Place:
        """The place of a location, found once; see `Places.find`."""
        key = (location, recorded)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._places.find(location, recorded=recorded)
        return found

    def kept(self, key: tuple[object, ...], make: Callable[[], T]) -> T:
        """What `make` gives, made once for each key: answers that do not depend on the period."""
        if key not in self._kept:
            self._kept[key] = make()
        return cast(T, self._kept[key])

    def once(self, process_id: str, make: Callable[[], Process | None]) -> str | None:
        """The id, after making the process unless it is there; None if it cannot be made."""
        if process_id not in self.processes:
            made = make()
            if made is None:
                return None
            self.processes[process_id] = made
        return process_id

    @cached_property
    def convention(self) -> Source:
        """The source of what holds by definition or by our own convention."""
        return self.store.named_source("treadlight-assumption", "by definition", "assumed")

    @staticmethod
    def process(
        process_id: str,
        flow: str,
        name: str,
        exchanges: tuple[Exchange, ...],
        *,
        phase: str = "use",
        place: str = "",
        period: Period | None = None,
        resolution: Resolution | None = None,
        unknown: tuple[str, ...] = (),
    ) -> Process:
        """A process with the unit of its flow."""
        year = period.year if period else None
        found = resolution or Resolution()
        return Process(process_id, flow, flow_unit(flow), name, exchanges, phase, place, year, found, unknown)
