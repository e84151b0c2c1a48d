"""Where a tracker's records go: the run's journal, and memory while the journal cannot be written.

A tracker must never harm the program it meters: a full disk, a read-only home or no home at all give one warning, and
records wait in memory until they can be written after all, or the run ends.
"""

import time
from collections.abc import Callable
from pathlib import Path

from treadlight.core.errors import InputError
from treadlight.core.text import clean
from treadlight.ledger.journal import JournalWriter, read_journal

__all__ = ["Recorder"]

_RETRY_S = 10.0
_SAMPLES = 5000
"""Samples kept in memory; beyond, every second one is left out. Nothing is lost but detail: values are cumulative."""


class Recorder:
    """Takes the records of one run.

    Parameters
    ----------
    folder
        Folder of the journals; None where there is no home to keep them in.
    run_id
        Names the file.
    warn
        Called at most once, with one line.
    """

    def __init__(self, folder: Path | None, run_id: str, warn: Callable[[str], None]) -> None:
        self._warn, self._warned = warn, False
        self._dropped = False
        self._waiting: list[dict[str, object]] = []
        self._retry_at_s = 0.0
        self._writer: JournalWriter | None = None
        self.path: Path | None = None
        if folder is None:
            self._give_warning("there is no home folder to keep the journal in; set HOME or TREADLIGHT_HOME")
            return
        try:
            self._writer = JournalWriter(folder / f"{run_id}.jsonl")
            self.path = self._writer.path
        except OSError as error:
            self._cannot(folder, error)

    @property
    def kept(self) -> bool:
        """Whether every record so far is in the journal."""
        return self._writer is not None and not self._waiting and not self._dropped

    def write(self, record: dict[str, object], *, last: bool = False) -> None:
        """Take one record; in the journal before this returns, if it can be written."""
        if self._writer is None or (self._waiting and not last and time.monotonic() < self._retry_at_s):
            self._wait(record)
            return
        self._waiting.append(record)
        done = 0
        try:
            for waiting in self._waiting:
                self._write_or_drop(self._writer, waiting)
                done += 1
        except OSError as error:
            self._retry_at_s = time.monotonic() + _RETRY_S
            self._cannot(self._writer.path, error)
        del self._waiting[:done]

    def _write_or_drop(self, writer: JournalWriter, record: dict[str, object]) -> None:
        """Write a record; one that holds no valid text with question marks, one that holds no number not at all."""
        try:
            try:
                writer.write(record)
            except InputError:
                writer.write(_fit_to_write(record))
        except InputError as error:
            self._dropped = True
            self._give_warning(f"a record could not be written ({error}); please report it")

    def records(self) -> list[dict[str, object]]:
        """Every record of the run, from the journal and from memory, ready to be folded."""
        written = list(read_journal(self.path)) if self.path is not None and self.path.exists() else []
        return written + [_fit_to_write(record) for record in self._waiting]

    def close(self) -> None:
        """Close the journal; what waits stays in memory."""
        if self._writer is not None:
            self._writer.close()

    def discard(self) -> None:
        """Close and remove the journal, as if the run had never begun."""
        self.close()
        self._waiting.clear()
        if self.path is not None:
            self.path.unlink(missing_ok=True)

    def _wait(self, record: dict[str, object]) -> None:
        self._waiting.append(record)
        samples = [i for i, r in enumerate(self._waiting) if _is_plain(r)] if len(self._waiting) > _SAMPLES else []
        if len(samples) > _SAMPLES // 2:
            left_out = set(samples[::2])
            self._waiting = [r for i, r in enumerate(self._waiting) if i not in left_out]

    def _cannot(self, path: Path, error: OSError) -> None:
        reason = error.strerror or str(error)
        self._give_warning(
            f"the journal cannot be written ({path}: {reason}); free some space there, "
            "or set TREADLIGHT_HOME to a folder that can be written"
        )

    def _give_warning(self, line: str) -> None:
        if not self._warned:
            self._warned = True
            self._warn(f"{line}. The run goes on and is metered in memory.")


def _is_plain(record: dict[str, object]) -> bool:
    """Whether a record may be left out: a sample that marks no hour and no change of state."""
    return record["kind"] == "sample" and "edge" not in record and "s" not in record


def _fit_to_write(record: dict[str, object]) -> dict[str, object]:
    """The record with nothing in it but text, numbers and what holds them."""
    return {clean(key): _fit(value) for key, value in record.items()}


def _fit(value: object) -> object:
    if isinstance(value, dict):
        return _fit_to_write(value)
    if isinstance(value, list | tuple):
        return [_fit(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float) else clean(value)
