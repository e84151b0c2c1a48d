"""The writer in a process of its own, so that taking in activities and answering questions have a core each."""

import logging
import math
import pickle
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

from treadlight.app.server.frames import Frames, Reply, Task
from treadlight.app.server.writer import begun, check_room
from treadlight.core.errors import LedgerError
from treadlight.ledger.append import Appended
from treadlight.ledger.ready import Ready

__all__ = ["WriterApart"]

_LOG = logging.getLogger(__name__)


class WriterApart:
    """Appends to one ledger as `Writer` does, in a process that is begun again should it end.

    Parameters
    ----------
    url
        Where the ledger is.

    Notes
    -----
    What it acknowledges is on disk. What waited when the process ended was perhaps written and perhaps not: whoever
    sent it is told so and sends it again, and it is counted once.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._closed = False
        self._lacking = True
        self._wrote_at_s = -math.inf
        self._process = _Process(url, self._replied)

    def submit(self, group: Ready) -> "Future[Appended]":
        """Have a group appended; the future is done when it is on disk.

        Raises
        ------
        Refused
            Status 503 if too much waits already, or the server is stopping.
        """
        with self._lock:
            check_room(self._closed, self._process.waiting)
            if self._process.ended:
                self._process = _Process(self._url, self._replied)
            return self._process.submit(group)

    def close(self) -> None:
        """Write what waits, then stop."""
        with self._lock:
            self._closed = True
        self._process.close()

    @property
    def idle(self) -> bool:
        """Whether nothing waits to be written, and the sums kept ready lack nothing that was."""
        return not self._process.waiting and not self._lacking

    def quiet(self, seconds: float) -> bool:
        """Whether it is idle, and was for so long."""
        return self.idle and time.monotonic() - self._wrote_at_s >= seconds

    def _replied(self, reply: Reply) -> None:
        if reply.lacking is not None:
            self._lacking = reply.lacking > 0
        if reply.done is not None:
            self._lacking, self._wrote_at_s = True, time.monotonic()


class _Process:
    """One process, and what it was given to do."""

    def __init__(self, url: str, replied: Callable[[Reply], None]) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            argv = [sys.executable, "-P", "-m", "treadlight.app.server.writing"]  # -P: no code of this folder is run
            self._process = subprocess.Popen(argv, stdin=theirs.fileno())
        self._frames = Frames(ours, Reply)
        self._replied = replied
        self._lock = threading.Lock()
        self._number = 0
        self._futures: dict[int, tuple[int, Future[Appended]]] = {}
        self.waiting = 0
        self._out: queue.SimpleQueue[Task | str | None] = queue.SimpleQueue()
        self._out.put(url)
        self.ended = False
        self._threads = [
            threading.Thread(target=work, name=f"treadlight-{name}", daemon=True)
            for name, work in (("sender", self._send), ("hearer", self._hear))
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, group: Ready) -> "Future[Appended]":
        """Give it a task."""
        future = begun()
        with self._lock:
            if self.ended:
                future.set_exception(_gone())
                return future
            self._number += 1
            self._futures[self._number] = len(group.entries), future
            self.waiting += len(group.entries)
            self._out.put(Task(self._number, group))
        return future

    def close(self) -> None:
        """Let it do what it was given, and end."""
        self._out.put(None)
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        while (message := self._out.get()) is not None:
            try:
                self._frames.send(message)
            except OSError:
                return  # it has ended, as the other thread hears
        self._frames.end()

    def _hear(self) -> None:
        try:
            while (reply := self._frames.receive()) is not None:
                self._replied(reply)
                self._tell(reply)
        except Exception:  # noqa: BLE001 (whatever it was: nobody may wait for ever)
            _LOG.exception("what the process that writes replied cannot be read")
            self._process.kill()
        with self._lock:
            self.ended = True
            left, self._futures, self.waiting = self._futures, {}, 0
        status = self._process.wait()
        if left:
            _LOG.error("the process that writes ended with status %s", status)
        for _, future in left.values():
            future.set_exception(_gone())
        self._out.put(None)
        self._frames.close()

    def _tell(self, reply: Reply) -> None:
        with self._lock:
            entries, future = self._futures.pop(reply.number, (0, None))
            self.waiting -= entries
        if future is None:
            return
        if reply.error is not None:
            future.set_exception(pickle.loads(reply.error))
        elif reply.done is not None:
            future.set_result(reply.done)


def _gone() -> LedgerError:
    return LedgerError("the process that writes has ended", field="server", remedy="send it again in a moment")
