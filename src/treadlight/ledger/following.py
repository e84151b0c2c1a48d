"""Following a journal that is being written: each look reads only what was added since the one before."""

from pathlib import Path

import msgspec

from treadlight.core.errors import InputError
from treadlight.ledger.fold import Folded, Folder

__all__ = ["Following"]

_decode = msgspec.json.Decoder().decode


class Following:
    """One journal, as far as it is written.

    Parameters
    ----------
    path
        The journal.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._place = 0
        self._folder: Folder | None = None

    def look(self) -> Folded | None:
        """The run up to the journal's last complete line; None where it has only just begun.

        Its evidence has no digest: the text is not whole yet.

        Raises
        ------
        InputError
            If it is damaged.
        OSError
            If it cannot be read.
        """
        with self.path.open("rb") as file:
            file.seek(self._place)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._take(line)
        return None if self._folder is None else self._folder.finish(True, "")

    def _take(self, line: bytes) -> None:
        try:
            record = _decode(line)
        except ValueError:
            record = None
        if not isinstance(record, dict):
            remedy = "it is told of when it has ended"
            raise InputError("is not a journal record", field=str(self.path), value=self._place, remedy=remedy)
        if self._folder is None:
            self._folder = Folder(record)
        else:
            self._folder.take(record)
        self._place += len(line)
