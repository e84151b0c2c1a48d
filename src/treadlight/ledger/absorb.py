"""Absorbing: journals that were left behind go into the ledger, each once, and are packed away."""

import fcntl
import gzip
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from treadlight.core.errors import InputError, LedgerError, NotFoundError
from treadlight.ledger.append import Appended
from treadlight.ledger.codec import Item
from treadlight.ledger.fold import Folded, fold
from treadlight.ledger.journal import is_live, journal_text, records_of
from treadlight.ledger.records import RunStatus
from treadlight.ledger.store import Ledger

__all__ = ["Absorbed", "absorb", "fold_journal", "live_runs"]

_ARCHIVE = "absorbed"


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

    A journal that is still being written is left alone; one that is damaged is reported and left where it is. With
    `archive`, a journal that is safely in the ledger is packed into ``absorbed/`` beside it; where the directory cannot
    be written it stays, and absorbing it again changes nothing.

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
    text = journal_text(path)
    return fold(records_of(text, str(path)), live=live, digest=sha256(text).hexdigest(), name=str(path))


def _journals(place: Path) -> list[Path]:
    if place.is_dir():
        return sorted(p for pattern in ("*.jsonl", "*.jsonl.gz") for p in place.glob(pattern))
    return [place] if place.exists() else []


def _absorb_one(ledger: Ledger, path: Path, archive: bool, done: Absorbed) -> None:
    if is_live(path):
        done.live += 1
        return
    try:
        folded = fold_journal(path)
    except (LedgerError, InputError) as error:
        if path.exists():  # else another process absorbed it just now
            done.broken.append((str(path), str(error)))
        return
    result = _append(ledger, folded)
    done.runs.append(folded.run.id)
    done.appended += result.appended
    done.skipped += result.skipped
    if archive and path.suffix != ".gz":
        _pack(path)


def _append(ledger: Ledger, folded: Folded) -> Appended:
    """Append a run with all its parts, unless the ledger knows more of it already."""
    items: list[Item] = [folded.run, *folded.activities, *folded.windows, *([folded.trace] if folded.trace else [])]
    try:
        known = ledger.run(folded.run.id)
    except NotFoundError:
        known = None
    over = (RunStatus.FINISHED, RunStatus.FAILED)
    if known is not None and known.id == folded.run.id:
        longer = known.duration_s > folded.run.duration_s
        if longer or (known.status in over and folded.run.status not in over):
            return Appended(skipped=len(items))
    return ledger.append(items)


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


def _pack(path: Path) -> None:
    """Move a journal into the archive, compressed; it is removed only once its copy is on the disk."""
    try:
        data = path.read_bytes()
        folder = path.parent / _ARCHIVE
        folder.mkdir(exist_ok=True)
        target = folder / f"{path.name}.gz"
        if target.exists() and _content(target) != data:
            target = folder / f"{path.stem}.{sha256(data).hexdigest()[:12]}{path.suffix}.gz"
        draft = folder / f".{target.name}.{os.getpid()}"
        with open(draft, "wb") as file:
            file.write(gzip.compress(data, mtime=0))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
        _sync(folder)
        path.unlink()
    except OSError:
        return  # read-only, full, or packed by somebody else meanwhile: the ledger has it, the journal may stay


def _content(target: Path) -> bytes | None:
    try:
        return gzip.decompress(target.read_bytes())
    except (OSError, EOFError):
        return None


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
