"""What all requests to one server share: configuration, ledger, library, and what was computed from them."""

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
from treadlight.core.errors import ConfigError

if TYPE_CHECKING:
    from treadlight.app.server.writer import Writer
    from treadlight.ledger.access.all import Access
    from treadlight.ledger.store import Ledger

__all__ = ["Place"]

_KEPT = 256
_LOOK_S = 2.0
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
        self._lock = threading.RLock()
        self._look_at_s = 0.0
        self._writer: Writer | None = None
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

    @property
    def writer(self) -> "Writer":
        """Appends what requests bring."""
        with self._lock:
            if self._writer is None:
                from treadlight.app.server.writer import Writer

                self._writer = Writer(self.ledger)
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

    def refresh(self) -> None:
        """On one's own machine: take in journals whose trackers have ended, looking every two seconds at most."""
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

    def cached(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gives, kept as long as the ledger stays as it is and few others are asked for.

        `key` says everything that the answer depends on beside the ledger's entries.
        """
        whole = (self.ledger.head()[0], key)
        with self._lock:
            if whole in self._made:
                self._made.move_to_end(whole)
                return cast(T, self._made[whole])
        made = make()
        with self._lock:
            self._made[whole] = made
            while len(self._made) > _KEPT:
                self._made.popitem(last=False)
        return made

    def changed(self) -> None:
        """Somebody was granted or refused something: what was known of who asks no longer holds."""
        for forget in self.on_change:
            forget()

    def close(self) -> None:
        """Write what waits, then close the ledger."""
        if self._writer is not None:
            self._writer.close()
        self.workspace.ledger.close()
