"""What all requests to one server share: configuration, ledger, library, and what was computed from them."""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, cast

from treadlight.app.server.metrics import Metrics
from treadlight.app.server.settings import ServerSettings
from treadlight.app.workspace import Workspace
from treadlight.core.config import load
from treadlight.core.errors import ConfigError

if TYPE_CHECKING:
    from treadlight.app.server.apart import WriterApart
    from treadlight.app.server.checker import Checker
    from treadlight.app.server.holding import Holding
    from treadlight.app.server.shelf import Shelf
    from treadlight.app.server.writer import Writer
    from treadlight.ledger.access.all import Access
    from treadlight.ledger.store import Ledger
    from treadlight.library.library import Library

__all__ = ["Place"]

_KEPT, _KEPT_LARGE = 512, 8
_LOOK_S = 2.0
_QUIET_S = 5.0
"""The chain is checked when nothing was written for so long [s]: who sends goes first."""
_LIBRARIES = 32
T = TypeVar("T")


class Place:
    """One server's configuration, ledger and library, opened once; safe to use from many threads.

    Parameters
    ----------
    settings
        What the server was started with.
    """

    def __init__(self, settings: ServerSettings) -> None:
        self.settings = settings
        self.workspace = Workspace({"ledger.url": settings.database or None})
        self._made: OrderedDict[Hashable, Any] = OrderedDict()
        self._large: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.RLock()
        self._look_at_s = 0.0
        self.looked_at_s = -math.inf
        self._libraries: OrderedDict[tuple[Any, ...], Library] = OrderedDict()
        self._mark: tuple[float, int] = (0.0, 0)
        self._configured = 0
        self._writer: Writer | WriterApart | None = None
        self.metrics = Metrics()
        self.on_change: list[Callable[[], None]] = []

    @cached_property
    def access(self) -> "Access":
        """Tokens, members, sign-ins and the audit log."""
        return self.ledger.access(self.now)

    @staticmethod
    def now() -> datetime:
        """The time, by this server's clock; what clients say of theirs is never used to decide anything."""
        return datetime.now(UTC)

    @cached_property
    def shelf(self) -> "Shelf":
        """The ledger's sums and runs, at hand."""
        from treadlight.app.server.shelf import Shelf

        return Shelf(self.ledger)

    @cached_property
    def holding(self) -> "Holding":
        """Who tells of how many runs that go on."""
        from treadlight.app.server.holding import Holding

        return Holding(self.settings.live_runs, lambda: [t.folded.run.id for t in self.access.told.all()])

    @cached_property
    def checker(self) -> "Checker":
        """Checks the chain, in a process of its own."""
        from treadlight.app.server.checker import Checker

        return Checker(self.workspace.ledger_url, self.ledger, lambda: self.writer.quiet(_QUIET_S))

    @property
    def writer(self) -> "Writer | WriterApart":
        """Appends what requests bring."""
        with self._lock:
            if self._writer is None:
                from treadlight.app.server.apart import WriterApart
                from treadlight.app.server.writer import Writer

                apart = self.settings.writer_apart
                self._writer = WriterApart(self.workspace.ledger_url) if apart else Writer(self.ledger)
            return self._writer

    def open(self) -> None:
        """Open the ledger (bringing its schema up to date) and the library.

        Raises
        ------
        TreadlightError
            If one of them cannot be opened.
        """
        url = self.workspace.ledger_url
        if url.startswith(("http://", "https://")):
            remedy = "open that address in a browser, or name a database"
            raise ConfigError("is the address of a server, not a ledger", field="ledger.url", value=url, remedy=remedy)
        if self.settings.embedded:
            _ = self.workspace.ledger
        else:
            from treadlight.ledger.store import Ledger

            self.workspace.ledger = Ledger.open(self.workspace.ledger_url, parents=True)
        _ = self.workspace.library

    @property
    def ledger(self) -> "Ledger":
        """The whole ledger."""
        return self.workspace.ledger

    def library(self, version: str = "", projects: frozenset[str] | None = None) -> "Library":
        """A version of the library (empty: the one in use) with the sites that these projects' activities name.

        `projects` None: with all sites. What is stated of a site elsewhere is known here within two seconds.
        """
        names = None
        if projects is not None:
            names = self.cached(("site names", projects), self.ledger.only(projects).site_names)
        key = (version, names, self._marked(), self._configured)
        with self._lock:
            if key not in self._libraries:
                self._libraries[key] = self._make_library(version, names)
                while len(self._libraries) > _LIBRARIES:
                    self._libraries.popitem(last=False)
            self._libraries.move_to_end(key)
            return self._libraries[key]

    def _make_library(self, version: str, names: frozenset[str] | None) -> "Library":
        """The tables are read once for each version."""
        tables = next((made for known, made in self._libraries.items() if known[0] == version), None)
        if tables is None:
            tables = self.workspace.library if version == "" else self.workspace.open_library(version)
        here, *named = self.workspace.sites
        return tables.with_sites([here, *(s for s in named if names is None or s.name in names)])

    def _marked(self) -> int:
        """Number of the newest thing that was stated, looked for every two seconds at most."""
        until_s, mark = self._mark
        if time.monotonic() >= until_s:
            mark = self.access.stated.mark()
            self._mark = (time.monotonic() + _LOOK_S, mark)
        return mark

    def reconfigure(self) -> None:
        """Read the configuration again: its file was changed by a page."""
        with self._lock:
            self.workspace.config = load(overrides={"ledger.url": self.settings.database or None})
            self._configured += 1

    def refresh(self) -> None:
        """A page is asked for. On one's own machine: take in journals whose trackers have ended, every two seconds."""
        self.looked_at_s = time.monotonic()
        if not self.settings.embedded or time.monotonic() < self._look_at_s:
            return
        with self._lock:
            if time.monotonic() < self._look_at_s:
                return
            self._look_at_s = time.monotonic() + _LOOK_S
            self._absorb()

    def _absorb(self) -> None:
        from treadlight.ledger.absorb import absorb

        folder = self.workspace.journals
        if folder.is_dir() and any(folder.glob("*.jsonl")):
            absorb(self.ledger, folder)

    def cached(self, key: Hashable, make: Callable[[], T], root: str | None = None, *, large: bool = False) -> T:
        """What `make` gives, kept as long as the ledger stays as it is and few others are asked for.

        `key` says everything that the answer depends on beside the ledger's entries; `root` is the ledger's state
        where the caller knows it already. Of what is `large`, fewer are kept.
        """
        made_before, most = (self._large, _KEPT_LARGE) if large else (self._made, _KEPT)
        whole = (self.ledger.head()[0] if root is None else root, key)
        with self._lock:
            if whole in made_before:
                made_before.move_to_end(whole)
                return cast(T, made_before[whole])
        made = make()
        with self._lock:
            made_before[whole] = made
            while len(made_before) > most:
                made_before.popitem(last=False)
        return made

    def changed(self) -> None:
        """Somebody was granted or refused something, or stated something: what was known before no longer holds."""
        self._mark = (0.0, 0)
        for forget in self.on_change:
            forget()

    def close(self) -> None:
        """Write what waits, then close the ledger."""
        if "checker" in vars(self):
            self.checker.close()
        if self._writer is not None:
            self._writer.close()
        self.workspace.ledger.close()
