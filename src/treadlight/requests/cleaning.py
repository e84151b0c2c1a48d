"""Lines of a damaged text log: those that can be rows are copied, the others are set aside with their reason.

An engine that meets a line it cannot take apart stops, or drops it, or with an open quote swallows what follows. None
of that can be counted. So a log that an engine refuses is gone through line by line here, once, and the engine reads
what is left. A quote that is not closed costs its own line only; a quoted cell may go on over several lines.
"""

import csv
import gzip
import json
import lzma
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from treadlight.core.errors import InputError
from treadlight.requests.files import LINE_LIMIT, LogFile, cut_off, delimiter, open_text

__all__ = ["KEPT", "UNREADABLE", "Aside", "Cleaned", "clean", "unreadable"]

KEPT = 100
"""How many lines set aside are kept as a sample, of each reason."""

UNREADABLE = 1
"""Number of the reason of a line that is no object, or says nothing that is asked for."""

_SHOWN = 300
_FEW, _MANY, _LONG, _BYTES, _QUOTE = 21, 22, 23, 24, 25
_CELL_LINES = 1000  # a quoted cell of more lines than this is taken for a quote that is not closed


@dataclass(frozen=True, slots=True)
class Aside:
    """One row set aside: its line (0 where an engine gave none), the number of its reason, and how it began."""

    line: int
    reason: int
    text: str


@dataclass(slots=True)
class Cleaned:
    """What was set aside of one file: how many lines of each reason, and a sample of them."""

    counts: Counter[int] = field(default_factory=Counter)
    sample: list[Aside] = field(default_factory=list)

    def put(self, line: int, reason: int, text: bytes) -> None:
        """Set a line aside."""
        self.counts[reason] += 1
        if self.counts[reason] <= KEPT:
            self.sample.append(Aside(line, reason, text[:_SHOWN].decode("utf-8", "replace").rstrip("\r\n")))


def clean(file: LogFile, target: Path) -> Cleaned:
    """Copy the lines of `file` that can be rows to `target`; what was set aside.

    Raises
    ------
    InputError
        If the file is cut off, or the copy cannot be written.
    """
    found = Cleaned()
    try:
        with open_text(file) as source, target.open("wb") as out:
            if file.kind == "csv":
                _csv(source, out, found)
            else:
                _jsonl(source, out, found)
    except (EOFError, zlib.error, gzip.BadGzipFile, lzma.LZMAError) as error:
        raise cut_off(file, error) from None
    except OSError as error:
        if error.errno is None:  # said by what unpacks, not by the disk
            raise cut_off(file, error) from None
        remedy = "make room: the log has damaged lines, and is copied without them"
        raise InputError(
            f"cannot be written ({error.strerror})", field="TREADLIGHT_HOME", value=str(target), remedy=remedy
        ) from None
    return found


def unreadable(file: LogFile, names: Sequence[str], count: int, *, cleaned: bool) -> list[Aside]:
    """The first lines of JSON that an engine could make nothing of, with their numbers: engines keep neither.

    Parameters
    ----------
    names
        Fields that were asked for: an object without any of them says nothing.
    count
        How many the engine counted; the file is read no further than to the last of them, or to `KEPT`.
    cleaned
        Whether lines that are not UTF-8 were set aside before.
    """
    found = Cleaned()
    says = _reader(names)
    try:
        with open_text(file) as source:
            lines = _Lines(source, Cleaned())
            while found.counts[UNREADABLE] < min(count, KEPT) and (at := lines.next()) is not None:
                number, line = at
                if line.strip() and not (says(line) if _is_utf8(line) else cleaned):
                    found.put(number, UNREADABLE, line)
    except (OSError, EOFError, zlib.error, lzma.LZMAError):
        pass  # the engine has read it: this is a sample, of as much as can be had
    return found.sample


def _reader(names: Sequence[str]) -> Callable[[bytes], bool]:
    """Whether a line is an object that says something of the fields."""
    import msgspec

    decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode

    def says(line: bytes) -> bool:
        try:
            found = decode(line)
            return any(name in found and bytes(found[name]) != b"null" for name in names)
        except msgspec.MsgspecError:
            return lenient(line)

    def lenient(line: bytes) -> bool:
        try:
            value = json.loads(line)  # NaN is none to the one and a number to the other
        except ValueError:
            return False
        return isinstance(value, dict) and any(value.get(name) is not None for name in names)

    return says


class _Lines:
    """Lines of a text by number; a line that is too long is set aside without ever being held whole."""

    def __init__(self, source: IO[bytes], found: Cleaned) -> None:
        self._source, self._found = source, found
        self._ahead: list[tuple[int, bytes]] = []
        self._number = 0

    def next(self) -> tuple[int, bytes] | None:
        """The next line and its number; None at the end."""
        if self._ahead:
            return self._ahead.pop()
        while line := self._source.readline(LINE_LIMIT + 1):
            self._number += 1
            if len(line) <= LINE_LIMIT:
                return self._number, line
            head = line[:_SHOWN]
            while line and not line.endswith(b"\n"):
                line = self._source.readline(LINE_LIMIT)
            self._found.put(self._number, _LONG, head)
        return None

    def back(self, lines: list[tuple[int, bytes]]) -> None:
        """Give lines back, to be read again."""
        self._ahead += reversed(lines)


def _jsonl(source: IO[bytes], out: IO[bytes], found: Cleaned) -> None:
    lines = _Lines(source, found)
    while (at := lines.next()) is not None:
        number, line = at
        if _is_utf8(line):
            out.write(line)
        else:
            found.put(number, _BYTES, line)


def _is_utf8(line: bytes) -> bool:
    if line.isascii():
        return True
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _csv(source: IO[bytes], out: IO[bytes], found: Cleaned) -> None:
    lines = _Lines(source, found)
    first = lines.next()
    if first is None:
        return
    header = first[1]
    sign = delimiter(header)
    width = len(next(csv.reader([header.decode("utf-8-sig", "replace").rstrip("\r\n")], delimiter=sign)))
    out.write(_ended(header))
    while (at := lines.next()) is not None:
        number, line = at
        if not line.strip():
            continue
        if not _is_utf8(line):
            found.put(number, _BYTES, line)
        elif b'"' in line:
            _quoted(number, line, lines, sign, width, out, found)
        else:
            _row(number, line, line.count(sign.encode()) + 1, width, out, found)


def _row(number: int, line: bytes, cells: int, width: int, out: IO[bytes], found: Cleaned) -> None:
    if cells == width:
        out.write(_ended(line))
    else:
        found.put(number, _FEW if cells < width else _MANY, line)


def _ended(line: bytes) -> bytes:
    """The line with the one end that all lines of the copy have: an engine refuses a mixture."""
    return line.rstrip(b"\r\n") + b"\n"


def _quoted(number: int, line: bytes, lines: _Lines, sign: str, width: int, out: IO[bytes], found: Cleaned) -> None:
    """A line with quotes, and those that its last cell goes on over; the line alone is set aside if none closes it."""
    taken: list[tuple[int, bytes]] = []
    text = line
    while True:
        cells = _cells(text, sign)
        if cells is not None and (cells == width or not taken):
            _row(number, text, cells, width, out, found)
            return
        more = lines.next() if cells is None and len(taken) < _CELL_LINES and len(text) < LINE_LIMIT else None
        if more is None or not _is_utf8(more[1]):
            lines.back([*taken, *([more] if more else [])])
            found.put(number, _QUOTE, line)
            return
        taken.append(more)
        text += more[1]


def _cells(text: bytes, sign: str) -> int | None:
    """How many cells the text has; None while a quote in it is open."""
    if text.count(b'"') % 2:
        return None
    try:
        rows = list(csv.reader([text.decode("utf-8")], delimiter=sign, strict=True))
    except csv.Error:
        return None
    return len(rows[0]) if len(rows) == 1 else None
