"""A process that writes for a server: what requests bring is appended here, beside those who ask for pages.

Its standard input is a socket. The first message is the ledger's address, so that a password stands in no list of
processes; then come tasks, and each gets its reply. It ends when nothing more comes, after all that came was written. A
signal does not end it before: its server decides when all is said.
"""

import pickle
import signal
import socket
import sys
import threading
from concurrent.futures import Future
from contextlib import suppress

from treadlight.app.server.frames import Frames, Reply, Task
from treadlight.app.server.logs import set_up
from treadlight.app.server.writer import Writer
from treadlight.core.errors import TreadlightError
from treadlight.ledger.append import Appended
from treadlight.ledger.store import Ledger

__all__ = ["main"]


class _Writing:
    """Tasks in, replies out."""

    def __init__(self, frames: Frames, url: str) -> None:
        self._frames, self._url = frames, url
        self._lock = threading.Lock()
        self._opened: tuple[Ledger, Writer] | None = None

    def work(self) -> None:
        """Write until nothing more comes."""
        with suppress(TreadlightError):  # said to whoever brings the first task
            self._writer()
        while (task := self._frames.receive()) is not None:
            self._begin(task)
        if self._opened is not None:
            ledger, writer = self._opened
            writer.close()
            ledger.close()

    def _writer(self) -> Writer:
        if self._opened is None:
            ledger = Ledger.open(self._url)
            self._opened = ledger, Writer(ledger, lambda lacking: self._reply(Reply(lacking=lacking)))
        return self._opened[1]

    def _begin(self, task: Task) -> None:
        try:
            future = self._writer().submit(task.group)
        except TreadlightError as error:
            self._reply(Reply(task.number, error=pickle.dumps(error)))
        else:
            future.add_done_callback(lambda done: self._end(task.number, done))

    def _end(self, number: int, done: "Future[Appended]") -> None:
        error = done.exception()
        self._reply(Reply(number, done.result()) if error is None else Reply(number, error=_pickled(error)))

    def _reply(self, reply: Reply) -> None:
        with self._lock, suppress(OSError):  # nobody listens any more: what was begun is still written
            self._frames.send(reply)


def _pickled(error: BaseException) -> bytes:
    try:
        return pickle.dumps(error)
    except Exception:  # noqa: BLE001 (an error of any library may refuse to be pickled, in any way)
        return pickle.dumps(RuntimeError(f"{type(error).__name__}: {error}"))


def main() -> int:
    """Write until nothing more comes."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    set_up()
    frames = Frames(socket.socket(fileno=sys.stdin.fileno()), Task | str)
    url = frames.receive()
    if url is not None:  # else who began this ended before it said where the ledger is
        _Writing(frames, url).work()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
