"""Absorbing: journals that were left behind go into the ledger, each once, and are packed away."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from treadlight.core.errors import InputError, LedgerError, NotFoundError
from treadlight.ledger.append import Appended
from treadlight.ledger.archive import pack
from treadlight.ledger.codec import Item
from treadlight.ledger.fold import Folded, fold
from treadlight.ledger.journal import JournalText, is_live, is_locked
from treadlight.ledger.query import Filter
from treadlight.ledger.records import Run, RunStatus
from treadlight.ledger.store import Ledger

__all__ = ["Absorbed", "absorb", "fold_journal", "live_runs"]

_OVER = (RunStatus.FINISHED, RunStatus.FAILED)
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_QUIET_S = 3600.0
_QUIET_INTERVALS = 10.0
_decode = msgspec.json.Decoder().decode


@dataclass(slots=True)
class Absorbed:
    """What absorbing did.

    Parameters
    ----------
    runs
        Ids of the runs whose journals were taken in, new or not.
    appended, skipped
        Entries that were new, and those the ledger had already.
    live
        How many journals are still being written and were left alone.
    broken
        Journals that cannot be used: path and reason.
    """

    runs: list[str] = field(default_factory=list)
    appended: int = 0
    skipped: int = 0
    live: int = 0
    broken: list[tuple[str, str]] = field(default_factory=list)


def absorb(ledger: Ledger, *dirs: str | Path, archive: bool = True) -> Absorbed:
    """Take every journal of these directories (or single journals) into the ledger.

    A journal that is still being written is left alone; one that is damaged, or that the ledger cannot keep, is
    reported and left where it is. With `archive`, a journal that is safely in the ledger is packed into ``absorbed/``
    beside it, unless its writer may still live where its lock cannot be seen; where the directory cannot be written it
    stays. Absorbing it again changes nothing, or adds what was written meanwhile.

    Raises
    ------
    LedgerError
        If the ledger itself cannot be written.
    NotFoundError
        If a directory does not exist.
    """
    done = Absorbed()
    for place in map(Path, dirs):
        if not place.exists():
            raise NotFoundError("no such directory", field="absorb", value=str(place), remedy="give a directory")
        with _alone(place if place.is_dir() else place.parent):
            for path in _journals(place):
                _absorb_one(ledger, path, archive, done)
    return done


def live_runs(directory: str | Path) -> list[Folded]:
    """Runs whose journals are being written just now, folded up to their last record; newest first."""
    found: list[Folded] = []
    for path in _journals(Path(directory)):
        if not is_live(path):
            continue
        try:
            found.append(fold_journal(path, live=True))
        except LedgerError:
            continue  # has only just begun, or is damaged: `absorb` reports it when its writer is gone
    return sorted(found, key=lambda f: f.run.start, reverse=True)


def fold_journal(path: str | Path, *, live: bool = False) -> Folded:
    """The run that a journal (also ``.gz``) tells.

    Raises
    ------
    LedgerError
        If it cannot be read or is damaged, naming file and line.
    """
    return _fold(JournalText(path, _decode), live)


def _fold(text: JournalText, live: bool = False) -> Folded:
    return fold(text, live=live, digest=lambda: text.digest, name=str(text.path))


def _journals(place: Path) -> list[Path]:
    if place.is_dir():
        return sorted(p for pattern in ("*.jsonl", "*.jsonl.gz") for p in place.glob(pattern))
    return [place] if place.exists() else []


def _absorb_one(ledger: Ledger, path: Path, archive: bool, done: Absorbed) -> None:
    if is_live(path):
        done.live += 1
        return
    text = JournalText(path, _decode)
    try:
        folded = _unknown(ledger, text)
    except (LedgerError, InputError) as error:
        if path.exists():  # else another process absorbed it just now
            done.broken.append((str(path), str(error)))
        return
    if isinstance(folded, Run):
        run, result = folded, Appended(skipped=ledger.parts(folded.id))
    else:
        try:
            run, result = folded.run, _append(ledger, folded)
        except InputError as error:  # a LedgerError means that the ledger cannot be written, and is raised
            done.broken.append((str(path), f"{path}: {error}"))
            return
    done.runs.append(run.id)
    done.appended += result.appended
    done.skipped += result.skipped
    if archive and path.suffix != ".gz" and _is_over(path, run):
        pack(path, text.size)


def _unknown(ledger: Ledger, text: JournalText) -> Folded | Run:
    """What a journal tells; or the run as the ledger has it already from the same text, which is quicker to find."""
    known = _known(ledger, text)
    if known is not None and known.journal_digest:
        for _ in text.lines():
            pass
        if text.digest == known.journal_digest:
            return known
    return _fold(text)


def _known(ledger: Ledger, text: JournalText) -> Run | None:
    about = next(iter(text), {}).get("run")
    ident = about.get("id") if isinstance(about, dict) else None
    return _run(ledger, ident) if isinstance(ident, str) and ident.isprintable() else None


def _run(ledger: Ledger, ident: str) -> Run | None:
    return next(iter(ledger.runs(Filter(run=ident), limit=1)), None)


def _append(ledger: Ledger, folded: Folded) -> Appended:
    """Append a run with all its parts or nothing of it, unless the ledger knows more of it already."""
    items: list[Item] = [folded.run, *folded.activities, *folded.windows, *([folded.trace] if folded.trace else [])]
    known = _run(ledger, folded.run.id)
    if known is not None:
        longer = known.duration_s > folded.run.duration_s
        if longer or (known.status in _OVER and folded.run.status not in _OVER):
            return Appended(skipped=len(items))
    return ledger.append(items, whole=True)


def _is_over(path: Path, run: Run) -> bool:
    """Whether nobody can be writing this journal any more.

    Locks on a network file system may be seen only by the machine that holds them. So a journal without an end is over
    when this very system wrote it and its lock is free, or when it has not been written for long.
    """
    if run.status in _OVER:
        return True
    try:
        if _is_ours(run) and is_locked(path) is False:
            return True
        quiet_s = time.time() - path.stat().st_mtime
    except OSError:
        return False
    return quiet_s > max(_QUIET_S, _QUIET_INTERVALS * run.interval_s)


def _is_ours(run: Run) -> bool:
    try:
        return bool(run.host.get("boot_id")) and run.host["boot_id"] == _BOOT_ID.read_text().strip()
    except OSError:
        return False


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One absorber at a time per directory, where it can be locked; appending is idempotent in any case."""
    try:
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        yield
        return
    try:
        with suppress(OSError):  # some file systems have no locks
            fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)
