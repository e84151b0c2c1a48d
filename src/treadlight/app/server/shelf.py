"""The shelf: what pages need of the whole ledger, read once for each of its states and kept as long as it stands."""

import threading

from treadlight.app.server.table import Table, groups_of
from treadlight.assess.cut import Groups
from treadlight.ledger.records import GroupSum, Run
from treadlight.ledger.store import Ledger

__all__ = ["Shelf"]


class Shelf:
    """The ledger's sums and runs as they stand; what does not change is never read twice.

    Parameters
    ----------
    ledger
        The whole ledger.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()
        self._profiles: list[tuple[int, GroupSum]] = []
        self._groups: tuple[Groups, dict[int, int]] = groups_of([])
        self._runs: dict[int, Run] = {}
        self._table: tuple[str, Table] | None = None
        self._listed: tuple[str, list[Run]] | None = None

    def table(self, root: str) -> Table:
        """The sums, at the state with this root or a newer one."""
        with self._lock:
            if self._table is None or self._table[0] != root:
                found, sums = self._ledger.counts()
                self._read_profiles()
                self._table = found, Table(sums, *self._groups)
            return self._table[1]

    def _read_profiles(self) -> None:
        last = self._profiles[-1][0] if self._profiles else 0
        more = self._ledger.profiles(last)
        if more:
            self._profiles += more
            self._groups = groups_of(self._profiles)

    def runs(self, root: str) -> list[Run]:
        """Every run, newest first, at the state with this root or a newer one."""
        with self._lock:
            if self._listed is None or self._listed[0] != root:
                found = self._ledger.all_runs(self._runs)
                self._runs = dict(found)
                self._listed = root, [run for _, run in found]
            return self._listed[1]
