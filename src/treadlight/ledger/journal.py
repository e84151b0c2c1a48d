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
from collections.abc import Iterator
from pathlib import Path

from treadlight.core.errors import InputError, LedgerError

__all__ = ["JOURNAL_SCHEMA", "JournalWriter", "is_live", "journal_text", "read_journal", "records_of"]

JOURNAL_SCHEMA = "treadlight.journal/1"

_FRESH_S = 60.0
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
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
            line = _encode(record).encode() + b"\n"
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


def is_live(path: str | Path) -> bool:
    """Whether somebody is still writing this journal."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return time.time() - os.fstat(fd).st_mtime < _FRESH_S
    else:
        return False
    finally:
        os.close(fd)


def journal_text(path: str | Path) -> bytes:
    """Everything in a journal (also ``.gz``) up to its last complete line.

    Raises
    ------
    LedgerError
        If the file cannot be read.
    """
    path = Path(path)
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError) as error:  # a broken gzip stream is an OSError, a cut one an EOFError
        reason = getattr(error, "strerror", None) or str(error)
        raise LedgerError(
            "the journal cannot be read", field=str(path), value=reason, remedy="check the file and its permissions"
        ) from None
    cut = data.rfind(b"\n") + 1
    if cut < len(data) and _record(data[cut:]) is not None:
        return data  # only the last line feed is missing
    return data[:cut]


def _record(line: bytes) -> dict[str, object] | None:
    try:
        value = json.loads(line, parse_constant=_refuse)
    except ValueError:  # also text that is not UTF-8
        return None
    return value if isinstance(value, dict) else None


def _refuse(name: str) -> float:
    raise ValueError(name)


def records_of(text: bytes, name: str) -> Iterator[dict[str, object]]:
    """The records of a journal's text; `name` is what errors call it.

    Raises
    ------
    LedgerError
        At the first line that is no record, naming file and line.
    """
    for number, line in enumerate(text.splitlines(), 1):
        record = _record(line)
        if record is None:
            raise LedgerError(
                "is not a journal record",
                field=f"{name}:{number}",
                value=line[:60].decode(errors="replace"),
                remedy="the journal is damaged; restore it, or move it out of the journals' directory",
            )
        yield record


def read_journal(path: str | Path) -> Iterator[dict[str, object]]:
    """The records of a journal (also ``.gz``); a torn last line is left out.

    Raises
    ------
    LedgerError
        If the file cannot be read or a line other than the last is broken, naming file and line.
    """
    yield from records_of(journal_text(path), str(path))
