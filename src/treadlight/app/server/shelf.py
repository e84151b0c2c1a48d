"""The shelf: what pages need of the whole ledger, read once for each of its states and kept as long as it stands."""

import threading

from treadlight.app.server.table import Table
from treadlight.app.withdrawing import as_withdrawn
from treadlight.assess.cut import Groups
from treadlight.ledger.records import Run
from treadlight.ledger.store import Ledger

__all__ = ["Shelf"]

_GROWN, _GROWN_LEAST = 1.5, 10_000
"""Sums that are added one after the other repeat what they are of: from so many times as many, all are read anew."""


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
        self._groups = Groups([])
        self._places: dict[int, int] = {}
        self._runs: dict[int, Run] = {}
        self._entries = 0
        self._base = 0
        self._table: tuple[str, Table] | None = None
        self._listed: tuple[str, list[Run]] | None = None

    def table(self, root: str) -> Table:
        """The sums, at the state with this root or a newer one."""
        with self._lock:
            if self._table is None or self._table[0] != root:
                grown = self._grown()
                self._table = root, self._anew() if grown is None else grown
            return self._table[1]

    def _anew(self) -> Table:
        self._entries, sums = self._ledger.counts()
        self._read_profiles()
        table = Table(sums, self._groups, self._places)
        self._base = len(table)
        return table

    def _grown(self) -> Table | None:
        """What is at hand with what was appended since; None where that changed older sums, or became too much."""
        if self._table is None or len(self._table[1]) > _GROWN * self._base + _GROWN_LEAST:
            return None
        news = self._ledger.counts_after(self._entries)
        if news is None:
            return None
        self._entries, sums = news
        self._read_profiles()
        return self._table[1].extended(sums, self._groups, self._places)

    def _read_profiles(self) -> None:
        more = self._ledger.profiles(max(self._places, default=0))
        if more:
            self._places |= {number: len(self._places) + i for i, (number, _) in enumerate(more)}
            self._groups = self._groups.extended([group for _, group in more])

    def runs(self, root: str) -> list[Run]:
        """Every run, newest first, at the state with this root or a newer one."""
        table = self.table(root)
        with self._lock:
            if self._listed is None or self._listed[0] != root:
                found = self._ledger.all_runs(self._runs)
                self._runs = dict(found)
                self._listed = root, as_withdrawn(self._ledger, [run for _, run in found], table.nothing)
            return self._listed[1]
