"""A file to import: its bytes and their digest, its text, lines, rows and JSON values, whatever it is packed in."""

import bz2
import codecs
import csv
import gzip
import hashlib
import io
import lzma
import os
import re
import shutil
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import msgspec

from treadlight.core.errors import InputError
from treadlight.core.text import clean

__all__ = ["MAX_LINE", "MAX_WHOLE", "Source"]

_DELIMITERS = (",", ";", "\t")
_DECIMAL_COMMA = re.compile(r"\s*[-+]?\d+,\d+(?:[eE][-+]?\d+)?\s*")
_MAX_CELL = 2**17  # characters; a quote that never ends swallows no more than that

MAX_LINE = 16 * 2**20
"""Longest line that is read [characters]; a longer one is passed over and counted."""

MAX_WHOLE = 512 * 2**20
"""Largest file that is held in memory at once, as a JSON value has to be [characters]."""

_BLOCK = 1 << 20
_FAULTS = (EOFError, OSError, zlib.error, lzma.LZMAError)
_PACKED = ((b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\x00", "xz"))
_OTHER = (
    (b"PK\x03\x04", "a zip archive", "unpack it first"),
    (b"\x28\xb5\x2f\xfd", "packed with zstd", "unpack it first"),
    (b"PAR1", "a Parquet file", "write it as CSV or JSON lines first"),
    (b"SQLite format 3\x00", "an SQLite database", "export what it holds as text"),
    (b"%PDF", "a PDF", "give the table behind it"),
    (b"<!DOCTYPE", "a web page", "give the address of the file itself, often behind “raw” or “download”"),
    (b"<html", "a web page", "give the address of the file itself, often behind “raw” or “download”"),
)


class Source:
    """A file, or a folder of files, that somebody wants to import; made by `Source.open`, or from a path.

    Parameters
    ----------
    path
        Where its bytes lie now.
    name
        What the person called it: a path, a URL, or ``-``.
    """

    def __init__(self, path: str | Path, name: str = "") -> None:
        self.path = Path(path)
        self.name = name or str(path)

    @classmethod
    @contextmanager
    def open(cls, where: str) -> Iterator["Source"]:
        """The file at a path, at a URL (http or https; nothing else is ever fetched), or standard input (``-``).

        Raises
        ------
        InputError
            If there is none, or it cannot be fetched.
        """
        if where == "-":
            with tempfile.NamedTemporaryFile(prefix="treadlight-") as copy:
                shutil.copyfileobj(sys.stdin.buffer, copy)
                copy.flush()
                yield cls(copy.name, where)
        elif where.lower().startswith(("http://", "https://")):
            from treadlight.importers.fetch import fetch

            with tempfile.NamedTemporaryFile(prefix="treadlight-") as copy:
                changed_s = fetch(where, copy)
                copy.flush()
                if changed_s is not None:
                    os.utime(copy.name, (changed_s, changed_s))
                yield cls(copy.name, where)
        else:
            if "://" in where and not Path(where).exists():
                raise InputError("is no http or https address", field="FILE", value=where, remedy="download it first")
            if not Path(where).exists():
                raise InputError("does not exist", field="FILE", value=where, remedy="give a file, a URL, or - ")
            yield cls(where)

    @property
    def is_folder(self) -> bool:
        """Whether this is a folder; `files` gives what lies in it."""
        return self.path.is_dir()

    def files(self, pattern: str) -> list["Source"]:
        """Files of this folder whose path in it fits a glob pattern, sorted by path."""
        found = sorted(p for p in self.path.glob(pattern) if p.is_file())
        return [Source(path, str(path)) for path in found]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the bytes as they came, hexadecimal; of a folder: over the paths and digests of its files."""
        whole = hashlib.sha256()
        if self.is_folder:
            for source in self.files("**/*"):
                whole.update(f"{source.path.relative_to(self.path).as_posix()}\0{source.digest}\n".encode())
            return whole.hexdigest()
        with self._bytes() as file:
            while block := file.read(_BLOCK):
                whole.update(block)
        return whole.hexdigest()

    def check_unchanged(self) -> None:
        """Refuse a file that was written to since its digest was taken: rows and digest may not belong together.

        Raises
        ------
        InputError
            If it has changed.
        """
        before = self.__dict__.pop("digest", None)
        if before is not None and self.digest != before:
            raise self.error("changed while it was read", "import it again when it is written; nothing was imported")

    @property
    def written(self) -> datetime:
        """When the file was last written; of an address, what its server says, or now."""
        try:
            return datetime.fromtimestamp(int(self.path.stat().st_mtime), UTC)
        except OSError as error:
            raise self.error(f"cannot be read ({error.strerror})", "give a file that can be read") from None

    def lines(self) -> Iterator[tuple[int, str | None]]:
        """Lines with their number from 1, without line end; None for one of more than `MAX_LINE` characters.

        Raises
        ------
        InputError
            If it is empty, no text, or damaged.
        """
        with self._text() as file:
            yield from enumerate(_lines(file), 1)

    def text(self) -> str:
        """The whole text.

        Raises
        ------
        InputError
            If it is empty, no text, damaged, or larger than `MAX_WHOLE`.
        """
        with self._text() as file:
            text = file.read(MAX_WHOLE + 1)
        if len(text) > MAX_WHOLE:
            raise self.error(f"is larger than {MAX_WHOLE >> 20} MiB", "split it, or give it as JSON lines")
        return text

    def json(self) -> Any:
        """The one JSON value it holds.

        Raises
        ------
        InputError
            If it is none.
        """
        try:
            return msgspec.json.decode(self.text())
        except (msgspec.DecodeError, RecursionError) as error:
            raise self.error(f"is no JSON ({error})", "export it again") from None

    def json_values(self) -> Iterator[tuple[str, Any]]:
        """Values with their place: the items of a JSON array, the values of JSON lines, or the one value of the file.

        A line that is no JSON gives an InputError in place of its value.
        """
        if self._is_lines():
            for number, line in self.lines():
                if line is None or line.strip():
                    yield f"line {number}", _json_line(line)
            return
        value = self.json()
        if isinstance(value, list):
            yield from ((f"item {i}", item) for i, item in enumerate(value, 1))
        else:
            yield "", value

    def _is_lines(self) -> bool:
        """Whether these are JSON lines: the first line that is not empty is a whole value, and another follows."""
        whole = 0
        for _, line in self.lines():
            if line is None:
                return whole > 0
            if line.strip():
                if whole:
                    return True
                if isinstance(_json_line(line), InputError):
                    return not line.lstrip().startswith(("[", "{")) or line.rstrip().endswith("}")
                whole += 1
        return False

    def rows(self, delimiter: str = "") -> Iterator[tuple[str, dict[str, str] | InputError]]:
        """Rows of a table with a header, with their place; an InputError in place of a row that cannot be read.

        Names of columns are stripped; a column named twice keeps its first value. Without `delimiter` it is the comma,
        the semicolon or the tab, by the header; where it is no comma, decimal commas become points.

        Raises
        ------
        InputError
            If there is no header.
        """
        delimiter = delimiter or self._delimiter()
        header: list[str] | None = None
        for where, cells in self._cells(delimiter):
            if isinstance(cells, InputError):
                yield where, cells
            elif header is None:
                header = _names(cells)
            else:
                yield where, _row(header, cells if delimiter == "," else [_pointed(cell) for cell in cells])
        if header is None:
            raise self.error("holds no header", "give the file as the tool wrote it")

    def header(self) -> list[str]:
        """Names of the columns of a table; empty where it has none."""
        found = (cells for _, cells in self._cells(self._delimiter()) if not isinstance(cells, InputError))
        return _names(next(found, []))

    def _cells(self, delimiter: str) -> Iterator[tuple[str, list[str] | InputError]]:
        """Cells of each line of a table that is not empty, with its place."""
        csv.field_size_limit(_MAX_CELL)  # of the whole process, and others set it too
        ends: list[int] = [0]
        reader = csv.reader(self._table_lines(ends), delimiter=delimiter, strict=False)
        while True:
            first = ends[0] + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield f"line {first}", InputError("cannot be read", field="row", value=str(error))
                continue
            if any(cell.strip() for cell in cells):
                yield f"line {first}", cells

    def _delimiter(self) -> str:
        """What parts the cells of the header, which is the first line that is not empty."""
        first = next((line for _, line in self.lines() if line and line.strip()), "")
        try:
            return max(_DELIMITERS, key=lambda one: len(next(csv.reader([first], delimiter=one), [])))
        except csv.Error:
            return ","

    def _table_lines(self, ends: list[int]) -> Iterator[str]:
        """Lines for the csv reader; one that is too long becomes a row that cannot be read."""
        for number, line in self.lines():
            ends[0] = number
            yield "\x00too long\n" if line is None else line + "\n"

    @contextmanager
    def _bytes(self) -> Iterator[IO[bytes]]:
        """The bytes as they lie there."""
        if self.is_folder:
            raise self.error("is a folder", "give a file")
        try:
            with self.path.open("rb") as file:
                yield file
        except OSError as error:
            raise self.error(f"cannot be read ({error.strerror or error})", "give a file that can be read") from None

    @contextmanager
    def _text(self) -> Iterator[IO[str]]:
        """The text, unpacked and decoded."""
        with self._bytes() as file:
            start = file.read(16)
            file.seek(0)
            unpacked = _unpacked(file, start)
            try:
                head = unpacked.read(4096)
                unpacked.seek(0)
                self._refuse(head)
                with io.TextIOWrapper(unpacked, encoding=_encoding(head), newline=None) as text:
                    yield text
            except UnicodeDecodeError:
                raise self.error("is no text in UTF-8 or UTF-16", "save it as UTF-8") from None
            except _FAULTS as error:
                if isinstance(error, InputError):
                    raise
                raise self.error(f"is damaged ({error})", "get it again") from None

    def _refuse(self, head: bytes) -> None:
        if not head.removeprefix(codecs.BOM_UTF8).strip():
            raise self.error("is empty", "give the file as the tool wrote it")
        for magic, what, remedy in _OTHER:
            if head.lstrip()[: len(magic)].lower() == magic.lower():
                raise self.error(f"is {what}", remedy)

    def error(self, what: str, remedy: str, value: object = None) -> InputError:
        """An error about the whole file."""
        shown = self.name if value is None else value
        return InputError(what, field="FILE" if value is None else self.name, value=shown, remedy=remedy)


def _unpacked(file: IO[bytes], start: bytes) -> Any:
    kind = next((name for magic, name in _PACKED if start.startswith(magic)), "")
    if kind == "gzip":
        return gzip.GzipFile(fileobj=file)
    if kind == "bzip2":
        return bz2.BZ2File(file)
    return lzma.LZMAFile(file) if kind == "xz" else file


def _encoding(head: bytes) -> str:
    """Encoding by its mark, or by the zeros that UTF-16 has beside plain letters."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > len(head) / 5 and even * 10 < odd:
        return "utf-16-le"
    if even > len(head) / 5 and odd * 10 < even:
        return "utf-16-be"
    return "utf-8-sig"


def _lines(file: IO[str]) -> Iterator[str | None]:
    while line := file.readline(MAX_LINE + 1):
        if len(line) <= MAX_LINE or line.endswith("\n"):
            yield line.removesuffix("\n")
            continue
        while line and not line.endswith("\n"):
            line = file.readline(_BLOCK)
        yield None


def _json_line(line: str | None) -> Any:
    if line is None:
        return InputError(f"is longer than {MAX_LINE >> 20} Mi characters", field="line")
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError) as error:
        return InputError(f"is no JSON: {error}".partition(" (byte")[0], field="line", value=line[:60])


def _names(cells: list[str]) -> list[str]:
    return [clean(cell).strip() for cell in cells]


def _pointed(cell: str) -> str:
    """A number with a decimal point, where it is written with a comma."""
    return cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell


def _row(header: list[str], cells: list[str]) -> dict[str, str] | InputError:
    if cells and cells[0].startswith("\x00too long"):
        return InputError(f"is longer than {MAX_LINE >> 20} Mi characters", field="row")
    if len(cells) > len(header):
        return InputError("has more cells than the header", field="row", value=len(cells))
    if len(cells) < len(header):
        return InputError("has fewer cells than the header", field="row", value=len(cells))
    row: dict[str, str] = {}
    for name, cell in zip(header, cells, strict=True):
        row.setdefault(name, cell.strip())
    return row
