"""Who holds how many live runs: nobody may fill the lists of those who look with runs that go on."""

import threading
import time
from collections.abc import Callable, Iterable

from treadlight.app.server.problems import Refused

__all__ = ["Holding"]

_LOOK_S = 10.0


class Holding:
    """Counts the runs that each principal tells of, as far as this server heard since it began.

    A run that is shown already keeps its place, whoever told of it before this server began.

    Parameters
    ----------
    most
        So many runs may go on at once by the telling of one principal.
    told
        Ids of the runs that go on; asked of no oftener than every ten seconds, when somebody has no room.
    clock
        Time [s]; replaced in tests.
    """

    def __init__(
        self, most: int, told: Callable[[], Iterable[str]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._told, self._clock = most, told, clock
        self._held: dict[str, set[str]] = {}
        self._there: set[str] = set()
        self._looked_at_s = -_LOOK_S
        self._lock = threading.Lock()

    def take(self, who: str, run: str) -> bool:
        """Count a run as told of by `who`; whether it is new.

        Raises
        ------
        Refused
            Status 409, if so many go on already. Nothing is lost by it: a run comes to the ledger when it ends.
        """
        with self._lock:
            held = self._held.setdefault(who, set())
            if run in held:
                return False
            if len(held) >= self._most:
                self._look()
            if len(held) >= self._most and run not in self._there:
                remedy = (
                    "nothing is lost: this run is taken in whole when it ends; to see more while they go on, use a "
                    "token of its own for each project, or raise TREADLIGHT_LIVE_RUNS on the server"
                )
                what = f"is one more than the {self._most} runs that may go on at once with one token"
                raise Refused(409, what, field="run.id", value=run, remedy=remedy)
            held.add(run)
            return True

    def release(self, who: str, run: str) -> None:
        """Count a run no more as told of by `who`: nothing was taken in of it."""
        with self._lock:
            self._held.get(who, set()).discard(run)

    def forget(self, runs: Iterable[str]) -> None:
        """These runs go on no more: they have ended."""
        gone = set(runs)
        with self._lock:
            for held in self._held.values():
                held -= gone

    def _look(self) -> None:
        """Leave out what has ended elsewhere, or of which nobody told for so long that it was taken in."""
        if self._clock() - self._looked_at_s < _LOOK_S:
            return
        self._looked_at_s = self._clock()
        self._there = set(self._told())
        for held in self._held.values():
            held &= self._there
