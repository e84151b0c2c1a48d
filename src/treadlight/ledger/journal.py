"""Journals: what a tracker writes while it runs, one JSON record a line; crash record and outbox in one.

The writer holds a lock on its journal as long as it lives, so that everybody else can tell a live journal from one left
behind. Each record is one write to the file: a killed tracker loses at most the line it was writing.
"""

import errno
import fcntl
import gzip
import json
import os
import time
import weakref
import zlib
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from treadlight.core.errors import InputError, LedgerError

__all__ = ["JOURNAL_SCHEMA", "JournalText", "JournalWriter", "is_live", "is_locked", "read_journal"]

JOURNAL_SCHEMA = "treadlight.journal/1"

_FRESH_S = 60.0
_FEED = 0x0A
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def _refuse(name: str) -> float:
    raise ValueError(name)


_scan = json.JSONDecoder(parse_constant=_refuse).decode
_open_writers: "weakref.WeakSet[JournalWriter]" = weakref.WeakSet()


class JournalWriter:
    """A new journal at `path`; missing directories are made.

    Raises
    ------
    OSError
        If the file exists or cannot be made; from `write` also when it cannot grow. A record that could not be written
        whole leaves no trace, so the journal stays readable and writing may be tried again.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._size = 0
        self._fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o644)
        _lock(self._fd)
        _open_writers.add(self)

    def write(self, record: dict[str, object]) -> None:
        """Append one record, in the file before this returns.

        Raises
        ------
        InputError
            If the record holds NaN, an infinity or a type JSON lacks.
        OSError
            If the file cannot grow.
        """
        try:
            line = _line(record)
        except (TypeError, ValueError) as error:
            kind = str(record.get("kind", ""))
            raise InputError(
                "cannot be written as JSON", field=f"journal {kind}", value=str(error), remedy="leave unknown out"
            ) from None
        if self._fd < 0:
            raise OSError(errno.EBADF, "the journal is closed", str(self.path))
        try:
            written = os.write(self._fd, line)
            while written < len(line):
                written += os.write(self._fd, line[written:])
        except OSError:
            os.ftruncate(self._fd, self._size)
            raise
        self._size += len(line)

    def close(self) -> None:
        """Close the file and give back its lock; may be called twice."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> "JournalWriter":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _line(record: dict[str, object]) -> bytes:
    """The record's line. What no reader could keep, half a surrogate pair or NUL in a name, becomes a question mark."""
    text = _encode(record)
    if "\\u0000" in text:
        text = _encode(_without_nul(record))
    return text.encode(errors="replace") + b"\n"


def _without_nul(value: object) -> object:
    if isinstance(value, str):
        return value.replace("\0", "?")
    if isinstance(value, dict):
        return {_without_nul(name): _without_nul(part) for name, part in value.items()}
    return [_without_nul(part) for part in value] if isinstance(value, list | tuple) else value


def _close_in_child() -> None:
    """A forked child shares the parent's lock; without this it would keep a dead tracker's journal alive."""
    for writer in list(_open_writers):
        writer.close()


os.register_at_fork(after_in_child=_close_in_child)


def _lock(fd: int) -> None:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
    except OSError as error:
        # Some network file systems have no locks; `is_live` then goes by the time of the last write.
        if error.errno not in (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP):
            raise


def is_locked(path: str | Path) -> bool | None:
    """Whether a writer on this machine holds the journal's lock; None where there are no locks.

    Raises
    ------
    OSError
        If the file cannot be opened.
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return None
    else:
        return False
    finally:
        os.close(fd)


def is_live(path: str | Path) -> bool:
    """Whether somebody is still writing this journal, as far as can be seen from here."""
    try:
        locked = is_locked(path)
        return time.time() - Path(path).stat().st_mtime < _FRESH_S if locked is None else locked
    except OSError:
        return False  # gone, or reading it will say why it cannot be read


class JournalText:
    """The records of a journal (also ``.gz``), one line in memory at a time; a torn last line is left out.

    Parameters
    ----------
    decode
        Turns a line into a value and raises ValueError where it cannot; JSON of the standard library unless given.

    Raises
    ------
    LedgerError
        While it is read: if the file cannot be read, or at the first line that is no record, naming file and line.
    """

    def __init__(self, path: str | Path, decode: Callable[[bytes], Any] | None = None) -> None:
        self.path = Path(path)
        self.size = 0
        """Bytes that were read."""
        self._decode = decode or _decode
        self._hash = sha256()

    @property
    def digest(self) -> str:
        """SHA-256 of what was read, up to the last complete line."""
        return self._hash.hexdigest()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for number, line in enumerate(self.lines(), 1):
            record = self._record(line)
            if record is None:
                raise LedgerError(
                    "is not a journal record",
                    field=f"{self.path}:{number}",
                    value=line.rstrip(b"\n")[:60].decode(errors="replace"),
                    remedy="the journal is damaged; restore it, or move it out of the journals' directory",
                )
            yield record

    def lines(self) -> Iterator[bytes]:
        """Its complete lines; the last one is complete without a line feed too, if it is a record."""
        self._hash, self.size = sha256(), 0
        try:
            with gzip.open(self.path) if self.path.suffix == ".gz" else self.path.open("rb") as file:
                for line in file:
                    self.size += len(line)
                    if line[-1] != _FEED and self._record(line) is None:
                        return
                    self._hash.update(line)
                    yield line
        except (OSError, EOFError, zlib.error) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise LedgerError(
                "the journal cannot be read",
                field=str(self.path),
                value=reason,
                remedy="check the file and its permissions",
            ) from None

    def _record(self, line: bytes) -> dict[str, Any] | None:
        try:
            value = self._decode(line)
        except (ValueError, RecursionError):  # the first also for text that is not UTF-8
            return None
        return value if isinstance(value, dict) else None


def _decode(line: bytes) -> Any:
    return _scan(line.decode())


def read_journal(path: str | Path) -> Iterator[dict[str, Any]]:
    """The records of a journal (also ``.gz``); a torn last line is left out.

    Raises
    ------
    LedgerError
        If the file cannot be read or a line other than the last is broken, naming file and line.
    """
    yield from JournalText(path)
