"""Messages between a server and the process that writes for it: each its length, then its content."""

import socket
import struct
from typing import Any

import msgspec

from treadlight.ledger.append import Appended
from treadlight.ledger.ready import Ready

__all__ = ["Frames", "Reply", "Task"]

_LENGTH = struct.Struct("<Q")
_BUFFER = 1 << 20
_encode = msgspec.msgpack.Encoder().encode


class Task(msgspec.Struct, frozen=True, gc=False):
    """What is to be appended, by a number that its reply bears."""

    number: int
    group: Ready


class Reply(msgspec.Struct, frozen=True, gc=False):
    """What became of a task.

    Parameters
    ----------
    number
        Of the task; 0: of none, it only says how it stands.
    done
        What was appended, and is on disk.
    error
        Else why not: the exception, pickled.
    lacking
        How many entries the sums kept ready lack; None: it is not said.
    """

    number: int = 0
    done: Appended | None = None
    error: bytes | None = None
    lacking: int | None = None


class Frames:
    """One end of a socket between two processes; it sends any message, and receives those of one type."""

    def __init__(self, end: socket.socket, kind: Any) -> None:
        self._socket = end
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            end.setsockopt(socket.SOL_SOCKET, option, _BUFFER)
        self._file = end.makefile("rb", _BUFFER)
        self._decode = msgspec.msgpack.Decoder(kind).decode

    def send(self, message: Any) -> None:
        """Send one; waits while the other end has too much to read.

        Raises
        ------
        OSError
            If nobody listens there any more.
        """
        content = _encode(message)
        self._socket.sendall(_LENGTH.pack(len(content)) + content)

    def receive(self) -> Any:
        """The next message; None: no more will come."""
        try:
            head = self._file.read(_LENGTH.size)
            content = self._file.read(*_LENGTH.unpack(head)) if len(head) == _LENGTH.size else b""
        except ConnectionError:
            return None
        return self._decode(content) if content else None

    def end(self) -> None:
        """Say that no more will be sent."""
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            return  # nobody listens there any more

    def close(self) -> None:
        """Close this end."""
        self._file.close()
        self._socket.close()
