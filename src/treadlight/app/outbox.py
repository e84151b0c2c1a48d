"""The outbox: journals on this machine that a server has not acknowledged yet.

A journal stays where it is, absorbed or not; what a server has of it stands in ``sent/<server>/<run>`` beside it: its
size when it was acknowledged, or why it was refused.
"""

import gzip
import os
import struct
from hashlib import sha256
from pathlib import Path

from treadlight.ledger.journal import is_live

__all__ = ["Outbox"]

_REFUSED = "refused: "


class Outbox:
    """Journals of one folder, as one server knows them.

    Parameters
    ----------
    folder
        Folder of the journals.
    server
        Address of the server.
    """

    def __init__(self, folder: Path, server: str) -> None:
        self._folder = folder
        self.marks = folder / "sent" / sha256(server.encode()).hexdigest()[:16]

    def name(self, what: str) -> str:
        """Name of what belongs to this server alone, such as a lock."""
        return f"{self.marks.name}.{what}"

    def pending(self, *, again: bool = False) -> list[Path]:
        """Journals that are no longer written and not acknowledged, oldest first.

        Parameters
        ----------
        again
            Also those that the server refused.
        """
        found: dict[str, Path] = {}
        for pattern in ("absorbed/*.jsonl.gz", "*.jsonl"):
            for path in self._folder.glob(pattern):
                found[_run(path)] = path
        return [path for _, path in sorted(found.items()) if self._wanted(path, again) and not is_live(path)]

    def refusals(self) -> list[tuple[str, str]]:
        """Journals that the server refused and that are still here, oldest first: path and reason."""
        found = []
        for path in self.pending(again=True):
            try:
                first, _, reason = (self.marks / _run(path)).read_text(encoding="utf-8").partition("\n")
            except OSError:
                continue
            found += [(str(path), reason)] if first == _REFUSED else []
        return found

    def live(self) -> list[Path]:
        """Journals that are being written, oldest first."""
        return sorted(path for path in self._folder.glob("*.jsonl") if is_live(path))

    def _wanted(self, path: Path, again: bool) -> bool:
        try:
            mark = (self.marks / _run(path)).read_text(encoding="utf-8")
            return (again and mark.startswith(_REFUSED)) or mark.partition("\n")[0] not in (_size(path), _REFUSED)
        except OSError:
            return path.exists()

    def acknowledged(self, path: Path, size: int) -> None:
        """The server has all of this journal, which was so large."""
        self._mark(path, str(size))

    def refused(self, path: Path, reason: str) -> None:
        """The server will not take this journal; it is not sent again unless asked for."""
        self._mark(path, f"{_REFUSED}\n{reason}")

    def _mark(self, path: Path, text: str) -> None:
        self.marks.mkdir(parents=True, exist_ok=True)
        temporary = self.marks / f".{_run(path)}.{os.getpid()}"
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(self.marks / _run(path))


def _run(path: Path) -> str:
    """Name of a journal, the same packed or not."""
    return path.name.removesuffix(".gz").removesuffix(".jsonl")


def _size(path: Path) -> str:
    """Size of a journal's text [bytes], modulo 2^32; a packed one ends with it (RFC 1952, 2.3.1)."""
    if path.suffix != ".gz":
        return str(path.stat().st_size % (1 << 32))
    with path.open("rb") as file:
        file.seek(-4, os.SEEK_END)
        return str(struct.unpack("<I", file.read(4))[0])


def text_size(path: Path) -> int:
    """Size of a journal's text [bytes], modulo 2^32, read from the text itself."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        return sum(len(piece) for piece in iter(lambda: file.read(1 << 20), b"")) % (1 << 32)
