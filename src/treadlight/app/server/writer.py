"""The writer: one thread that appends what many requests bring, as many as wait in one transaction."""

import queue
import threading
from concurrent.futures import Future
from contextlib import suppress

from treadlight.app.server.problems import Refused
from treadlight.core.errors import InputError
from treadlight.ledger.append import Appended
from treadlight.ledger.store import Ledger, Ready

__all__ = ["Writer"]

_TOGETHER = 5000
"""Entries in one transaction, at most, unless one request alone brings more."""
_WAITING = 200_000
"""Entries that may wait; beyond, senders are asked to come again."""

_Job = tuple[Ready, "Future[Appended]"]


class Writer:
    """Appends to one ledger. What it acknowledges is on disk.

    Notes
    -----
    A commit costs a wait for the disk, whatever it holds. So requests that arrive while one is under way are written
    together by the next: the busier the server, the fewer commits an activity costs.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._waiting = 0
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._loop, name="treadlight-writer", daemon=True)
        self._thread.start()

    def submit(self, group: Ready) -> "Future[Appended]":
        """Have a group appended; the future is done when it is on disk.

        Raises
        ------
        Refused
            Status 503 if too much waits already, or the server is stopping.
        """
        with self._lock:
            if self._closed:
                raise Refused(503, "is stopping", field="server", remedy="send it again in a moment")
            if self._waiting > _WAITING:
                raise Refused(503, "has more to write than it can", field="server", remedy="send it again in a moment")
            self._waiting += len(group.entries)
        future: Future[Appended] = Future()
        self._jobs.put((group, future))
        return future

    def close(self) -> None:
        """Write what waits, then stop."""
        with self._lock:
            self._closed = True
        self._jobs.put(None)
        self._thread.join()

    def _loop(self) -> None:
        going = True
        while going:
            jobs, going = self._gather()
            if jobs:
                self._write(jobs)
                with self._lock:
                    self._waiting -= sum(len(group.entries) for group, _ in jobs)

    def _gather(self) -> tuple[list[_Job], bool]:
        """What waits, and whether more may come."""
        jobs: list[_Job] = []
        job = self._jobs.get()
        size = 0
        with suppress(queue.Empty):
            while job is not None:
                jobs.append(job)
                size += len(job[0].entries)
                if size >= _TOGETHER:
                    return jobs, True
                job = self._jobs.get_nowait()
            return jobs, False
        return jobs, True

    def _write(self, jobs: list[_Job]) -> None:
        try:
            done = self._ledger.append_ready([group for group, _ in jobs])
        except InputError as error:
            if len(jobs) == 1:
                jobs[0][1].set_exception(error)
                return
            for job in jobs:  # one of them cannot be kept: find out which
                self._write([job])
            return
        except BaseException as error:  # noqa: BLE001 (whoever waits must be told)
            for _, future in jobs:
                future.set_exception(error)
            return
        for (_, future), appended in zip(jobs, done, strict=True):
            future.set_result(appended)
