"""The writer: one thread appends what many requests bring, another waits for the disk and acknowledges it."""

import logging
import math
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress

from treadlight.app.server.problems import Refused
from treadlight.core.errors import InputError, LedgerError
from treadlight.ledger.append import Appended
from treadlight.ledger.ready import Ready
from treadlight.ledger.store import Ledger

__all__ = ["Writer", "begun", "check_room"]

_TOGETHER = 5000
"""Entries in one transaction, at most, unless one request alone brings more."""
WAITING = 200_000
"""Entries that may wait; beyond, senders are asked to come again."""

_LINGER_S = 0.005
"""While the disk is at work on what came before, so long may what arrives wait for more to be written with it [s]."""

_QUIET_S = 0.2
"""After so long without anything to write, the sums kept ready are brought up to date [s]."""
_TALLIED = 20_000
_LACKING = 100_000
_LOOK_S = 2.0
_PATIENCE_S = 60.0
_LOG = logging.getLogger(__name__)

_Job = tuple[Ready, "Future[Appended]"]
_Written = list[tuple[_Job, Appended]]


def check_room(closed: bool, waiting: int) -> None:
    """Refuse more where a writer was closed, or where so many entries wait already.

    Raises
    ------
    Refused
        Status 503.
    """
    if closed or waiting > WAITING:
        what = "is stopping" if closed else "has more to write than it can"
        raise Refused(503, what, field="server", remedy="send it again in a moment")


def begun() -> "Future[Appended]":
    """What comes of a group: whoever asked may go away, it is appended all the same."""
    future: Future[Appended] = Future()
    future.set_running_or_notify_cancel()
    return future


class Writer:
    """Appends to one ledger. What it acknowledges is on disk.

    Parameters
    ----------
    ledger
        The ledger.
    told
        Called, now and then and whenever that changed, with how many entries the sums kept ready lack.

    Notes
    -----
    A sync costs a wait for the disk, whatever it covers. So nothing waits for it but the acknowledgement: while one
    sync is under way, what arrives is appended, and the next sync covers all of it. The busier the server, the fewer
    syncs an activity costs.
    """

    def __init__(self, ledger: Ledger, told: Callable[[int], None] = lambda lacking: None) -> None:
        self._ledger, self._told = ledger, told
        self._lacking = 1
        self._look_at_s = 0.0
        self._wrote_at_s = -math.inf
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._written: queue.SimpleQueue[_Written | None] = queue.SimpleQueue()
        self._waiting = 0
        self._syncing = False
        self._lock = threading.Lock()
        self._closed = False
        self._threads = [
            threading.Thread(target=work, name=f"treadlight-{name}", daemon=True)
            for name, work in (("writer", self._append_all), ("syncer", self._sync_all))
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, group: Ready) -> "Future[Appended]":
        """Have a group appended; the future is done when it is on disk.

        Raises
        ------
        Refused
            Status 503 if too much waits already, or the server is stopping.
        """
        with self._lock:
            check_room(self._closed, self._waiting)
            self._waiting += len(group.entries)
        future = begun()
        self._jobs.put((group, future))
        return future

    def close(self) -> None:
        """Write what waits, then stop."""
        with self._lock:
            self._closed = True
        self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def _append_all(self) -> None:
        going = True
        while going:
            jobs, going = self._gather()
            if jobs:
                self._append(jobs)
                self._wrote_at_s = time.monotonic()
                self._lacking += sum(len(group.entries) for group, _ in jobs)
            if going and (not jobs or self._lacking > _LACKING):
                self._tally()
        self._written.put(None)

    def _tally(self) -> None:
        """Let the sums kept ready follow: where nothing waits, or where they lack so much that pages would be slow."""
        now_s = time.monotonic()
        if not self._lacking and now_s < self._look_at_s:
            return
        self._look_at_s = now_s + _LOOK_S  # others may write to this ledger, too
        try:
            self._lacking = self._ledger.tally(_TALLIED)
        except LedgerError as error:  # a question is answered without them
            self._lacking, self._look_at_s = 0, now_s + _PATIENCE_S
            _LOG.warning("the sums kept ready do not follow: %s", error)
        self._told(self._lacking)

    @property
    def idle(self) -> bool:
        """Whether nothing waits to be written, and the sums kept ready lack nothing that was."""
        return not self._waiting and not self._lacking

    def quiet(self, seconds: float) -> bool:
        """Whether it is idle, and was for so long."""
        return self.idle and time.monotonic() - self._wrote_at_s >= seconds

    def _sync_all(self) -> None:
        going = True
        while going:
            done = [self._written.get()]
            with suppress(queue.Empty):
                while True:
                    done.append(self._written.get_nowait())
            going = None not in done
            self._acknowledge([pair for some in done if some is not None for pair in some])

    def _acknowledge(self, written: _Written) -> None:
        """Wait for the disk, then tell whoever waits."""
        if not written:
            return
        self._syncing = True
        try:
            self._ledger.sync()
        except BaseException as error:  # noqa: BLE001 (whoever waits must be told)
            for (_, future), _ in written:
                future.set_exception(error)
        else:
            for (_, future), appended in written:
                future.set_result(appended)
        finally:
            self._syncing = False
        self._done([job for job, _ in written])

    def _done(self, jobs: list[_Job]) -> None:
        with self._lock:
            self._waiting -= sum(len(group.entries) for group, _ in jobs)

    def _gather(self) -> tuple[list[_Job], bool]:
        """What waits, nothing after a while, and whether more may come."""
        jobs: list[_Job] = []
        try:
            job = self._jobs.get(timeout=_QUIET_S)
        except queue.Empty:
            return [], True
        size = 0
        with suppress(queue.Empty):
            until_s = time.monotonic() + _LINGER_S
            while job is not None:
                jobs.append(job)
                size += len(job[0].entries)
                if size >= _TOGETHER:
                    return jobs, True
                job = self._next(until_s)
            return jobs, False
        return jobs, True

    def _next(self, until_s: float) -> _Job | None:
        """What waits; while a sync is under way, also what comes within a moment: a transaction costs, too."""
        while self._syncing and (left_s := until_s - time.monotonic()) > 0:
            with suppress(queue.Empty):
                return self._jobs.get(timeout=min(left_s, _LINGER_S / 4))
        return self._jobs.get_nowait()

    def _append(self, jobs: list[_Job]) -> None:
        try:
            done = self._ledger.append_ready([group for group, _ in jobs])
        except InputError as error:
            if len(jobs) > 1:
                for job in jobs:  # one of them cannot be kept: find out which
                    self._append([job])
                return
            self._refuse(jobs, error)
        except BaseException as error:  # noqa: BLE001 (whoever waits must be told)
            self._refuse(jobs, error)
        else:
            self._written.put(list(zip(jobs, done, strict=True)))

    def _refuse(self, jobs: list[_Job], error: BaseException) -> None:
        for _, future in jobs:
            future.set_exception(error)
        self._done(jobs)
