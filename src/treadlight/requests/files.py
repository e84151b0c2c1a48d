"""Log files: which ones a person means, what they hold, their digest, and whether they stand still."""

import bz2
import glob
import gzip
import hashlib
import json
import lzma
import os
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from treadlight.core.errors import InputError, MissingExtraError

__all__ = [
    "KINDS",
    "LINE_LIMIT",
    "LogFile",
    "check_still",
    "digest",
    "find_files",
    "open_text",
    "text_columns",
]

KINDS = {"csv": "csv", "tsv": "csv", "parquet": "parquet", "pq": "parquet", "jsonl": "jsonl", "ndjson": "jsonl"}
"""Form of a log by the ending of its name; ``.gz`` may follow for CSV and JSON lines."""

LINE_LIMIT = 2_000_000
"""Longest line of text that is taken for a request [bytes]."""

_CHUNK = 1 << 22
_SAMPLE_LINES = 200
_UNPACKED: dict[str, Callable[..., object]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}


@dataclass(frozen=True, slots=True)
class LogFile:
    """A file of requests, as it stood when it was found.

    Parameters
    ----------
    kind
        ``csv``, ``parquet`` or ``jsonl``.
    size, stamp
        Its length [bytes], and the times of its last change with its place on the disk: together they tell whether it
        was changed.
    """

    path: Path
    kind: str
    size: int
    stamp: tuple[int, int, int]

    @property
    def name(self) -> str:
        """As the person wrote it."""
        return str(self.path)

    @property
    def packed(self) -> bool:
        """Whether its text is compressed."""
        return self.kind != "parquet" and self.path.suffix in (*_UNPACKED, ".zst")


def find_files(patterns: Sequence[str]) -> list[LogFile]:
    """The files that names, folders and patterns (``logs/*.parquet``) mean, each once, in order.

    Raises
    ------
    InputError
        If one means nothing, cannot be read, or its form cannot be told from its name.
    """
    found: dict[Path, LogFile] = {}
    for pattern in patterns:
        paths = _paths(pattern)
        if not paths:
            remedy = "give a file, a folder, or a pattern in quotes, such as 'logs/*.parquet'"
            raise InputError("there is no such log", field="LOG", value=pattern, remedy=remedy)
        for path in paths:
            found.setdefault(path.resolve(), _log_file(path))
    return list(found.values())


def _paths(pattern: str) -> list[Path]:
    path = Path(pattern)
    if path.is_dir():
        return sorted(p for p in path.rglob("*") if p.is_file() and _kind(p) and not p.name.startswith(("_", ".")))
    if path.exists():
        return [path]
    return sorted(Path(name) for name in glob.glob(pattern, recursive=True) if Path(name).is_file())  # noqa: PTH207


def _kind(path: Path) -> str | None:
    suffixes = [suffix for suffix in path.suffixes if suffix not in (*_UNPACKED, ".zst")]
    return KINDS.get(suffixes[-1][1:].lower()) if suffixes else None


def _log_file(path: Path) -> LogFile:
    kind = _kind(path)
    if kind is None:
        remedy = f"its name has to end in {', '.join('.' + end for end in KINDS)} (text also in .gz)"
        raise InputError("the form of this log cannot be told", field="LOG", value=str(path), remedy=remedy)
    try:
        stat = path.stat()
        with path.open("rb"):
            pass
    except OSError as error:
        raise InputError(
            f"cannot be read ({error.strerror})", field="LOG", value=str(path), remedy="check its permissions"
        ) from None
    return LogFile(path, kind, stat.st_size, _stamp(stat))


def _stamp(stat: os.stat_result) -> tuple[int, int, int]:
    return stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino


def check_still(file: LogFile) -> None:
    """Nothing, if the file is what it was when it was found.

    Raises
    ------
    InputError
        If it was changed, replaced or taken away since.
    """
    try:
        stat = file.path.stat()
        same = (stat.st_size, _stamp(stat)) == (file.size, file.stamp)
    except OSError:
        same = False
    if not same:
        remedy = "account for a copy, or wait until it is closed; nothing was recorded"
        raise InputError("the log changed while it was read", field="LOG", value=file.name, remedy=remedy)


def digest(file: LogFile) -> str:
    """SHA-256 of the file's content, read in pieces; of text it is the unpacked one, however it is packed.

    Raises
    ------
    InputError
        If it cannot be read, or is changed meanwhile.
    """
    sha, size = hashlib.sha256(), 0
    try:
        with _content(file) as stream:
            while piece := stream.read(_CHUNK):
                sha.update(piece)
                size += len(piece)
    except (EOFError, zlib.error, gzip.BadGzipFile, lzma.LZMAError) as error:
        raise cut_off(file, error) from None
    except OSError as error:
        if error.errno is None:
            raise cut_off(file, error) from None
        raise InputError(
            f"cannot be read ({error.strerror})",
            field="LOG",
            value=file.name,
            remedy="check the disk and its permissions",
        ) from None
    if file.packed or size != file.size:
        check_still(file)
    return sha.hexdigest()


def _content(file: LogFile) -> IO[bytes]:
    """What a file holds, unpacked where it is text, however it is packed."""
    if not file.packed:
        return file.path.open("rb")
    if file.path.suffix != ".zst":
        return open_text(file)
    try:
        import pyarrow as pa
    except ImportError:
        raise MissingExtraError("pyarrow", "bulk", "reading .zst") from None
    return cast("IO[bytes]", pa.input_stream(str(file.path), compression="zstd"))


def open_text(file: LogFile) -> IO[bytes]:
    """The file's text, unpacked.

    Raises
    ------
    InputError
        If it is packed in a way that only an engine can unpack.
    """
    if file.path.suffix == ".zst":
        remedy = "unpack it first, or pack it as .gz"
        raise InputError("lines of a .zst file cannot be set aside", field="LOG", value=file.name, remedy=remedy)
    unpacked = _UNPACKED.get(file.path.suffix, open)
    return cast("IO[bytes]", unpacked(file.path, "rb"))


def text_columns(file: LogFile) -> list[str]:
    """Columns of a CSV or JSON-lines file: its first line, or the fields of its first objects; empty if it is empty.

    Raises
    ------
    InputError
        If it is cut off, or its first line is none.
    """
    try:
        with open_text(file) as stream:
            if file.kind == "jsonl":
                return _fields(stream.readline(LINE_LIMIT) for _ in range(_SAMPLE_LINES))
            return _header(stream.readline(LINE_LIMIT + 1), file)
    except (EOFError, zlib.error, gzip.BadGzipFile, lzma.LZMAError) as error:
        raise cut_off(file, error) from None
    except OSError as error:
        raise cut_off(file, error) from None


def cut_off(file: LogFile, error: BaseException) -> InputError:
    """What is said of a file that ends too early or is damaged."""
    what = f"the log is cut off or damaged ({' '.join(str(error).split())})"
    return InputError(what, field="LOG", value=file.name, remedy="fetch it again; nothing of it was counted")


def delimiter(header: bytes) -> str:
    """What separates the cells of a CSV file: the commonest of comma, semicolon, tab and bar in its first line."""
    return max(",;\t|", key=lambda sign: header.count(sign.encode()))


def _header(line: bytes, file: LogFile) -> list[str]:
    import csv

    if len(line) > LINE_LIMIT:
        remedy = "a CSV log needs a first line with the names of its columns"
        raise InputError(
            f"the first line is longer than {LINE_LIMIT} bytes", field="LOG", value=file.name, remedy=remedy
        )
    try:
        text = line.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise InputError("is not UTF-8 text", field="LOG", value=file.name, remedy="convert it to UTF-8") from None
    names = next(csv.reader([text], delimiter=delimiter(line)), [])
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"{file.name} has two columns of this name", field="LOG", value=twice, remedy="rename one")
    return names


def _fields(lines: Iterable[bytes]) -> list[str]:
    names: dict[str, None] = {}
    for line in lines:
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            names |= dict.fromkeys(map(str, found))
    return list(names)
