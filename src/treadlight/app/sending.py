"""Sending journals to the team's server: in batches, each as often as it takes, and counted once by its ids."""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from treadlight.app.client import Client, Unreachable
from treadlight.app.outbox import Outbox, text_size
from treadlight.core.errors import ConfigError, InputError, LedgerError
from treadlight.ledger.absorb import fold_journal
from treadlight.ledger.codec import body_of
from treadlight.ledger.fold import Folded
from treadlight.ledger.records import Window

__all__ = ["Sent", "alone", "parts_of", "send"]

_ACTIVITIES = 500
_WINDOWS = 5000
T = TypeVar("T")


@dataclass(slots=True)
class Sent:
    """What sending did.

    Parameters
    ----------
    runs
        Ids of the runs that the server has acknowledged now.
    waiting
        How many journals it has not acknowledged, and will be sent.
    refused
        Journals that it will not take, now or before: path and reason.
    trouble
        Why sending stopped; empty where it did not.
    """

    runs: list[str] = field(default_factory=list)
    waiting: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    trouble: str = ""


def send(folder: Path, client: Client, *, again: bool = False) -> Sent:
    """Send every journal that the client's server has not acknowledged.

    One sends to a server at a time; where another is sending to this one, nothing is done. One that waits for its
    server lets others try meanwhile, and of those that find it away one goes on waiting. Journals that another process
    packs away meanwhile are found again. What is sent twice is counted once, so stopping at any point is harmless.

    Parameters
    ----------
    again
        Also send what the server refused before.
    """
    done = Sent()
    outbox = Outbox(folder, client.url)
    with alone(folder, outbox.name("lock")) as turn, _resting(folder, outbox, client, turn):
        mine = turn is not None
        tried: set[str] = set()
        while mine:
            left = [path for path in outbox.pending(again=again) if path.name.partition(".")[0] not in tried]
            if not left or not _send_one(left[0], client, outbox, done):
                break
            tried.add(left[0].name.partition(".")[0])
    done.waiting, done.refused = len(outbox.pending()), outbox.refusals()
    if done.waiting and not mine:
        done.trouble = _not_alone(folder, client.url)
    return done


def _not_alone(folder: Path, server: str) -> str:
    """Why nothing could be sent from here."""
    if os.access(folder, os.W_OK):
        what = f"are just being sent to {server} by another process"
        return str(InputError(what, field="journals", remedy="look again in a minute"))
    return str(InputError("cannot be written", field="journals", value=str(folder), remedy="give yourself the right"))


@contextmanager
def _resting(folder: Path, outbox: Outbox, client: Client, turn: int | None) -> Iterator[None]:
    """Give up the turn while the client waits for its server; one process waits at a time, others leave it to it."""
    sleep = client.sleep

    def rest(pause_s: float) -> object:
        assert turn is not None
        with alone(folder, outbox.name("waiting")) as first:
            if first is None:
                return False
            fcntl.flock(turn, fcntl.LOCK_UN)
            try:
                return sleep(pause_s)
            finally:
                fcntl.flock(turn, fcntl.LOCK_EX)  # whoever has it is sending, which no hung server makes last

    client.sleep = rest
    try:
        yield
    finally:
        client.sleep = sleep


def _send_one(path: Path, client: Client, outbox: Outbox, done: Sent) -> bool:
    """Send one journal; whether to go on with the next."""
    try:
        size = text_size(path)
        folded = fold_journal(path)
    except (OSError, LedgerError, InputError) as error:
        if path.exists():  # else another process packed it away just now, and it is found again
            outbox.refused(path, str(error))
        return True
    try:
        _send_run(client, folded)
    except (Unreachable, ConfigError) as error:
        done.trouble = str(error)
        return False
    except InputError as error:
        outbox.refused(path, str(error))
        return True
    outbox.acknowledged(path, size)
    done.runs.append(folded.run.id)
    return True


def _send_run(client: Client, folded: Folded) -> None:
    """Activities first, so that the run is whole when it appears; then the run with its windows and its trace."""
    for part in parts_of(list(map(body_of, folded.activities)), _ACTIVITIES):
        client.post("/activities", f'{{"activities":[{",".join(part)}]}}'.encode())
    run, windows = body_of(folded.run), list(folded.windows)
    trace = f',"trace":{body_of(folded.trace)}' if folded.trace else ""
    for some in parts_of(windows, _WINDOWS) if windows else [[]]:
        client.post("/runs", f'{{"run":{run},"windows":[{_joined(some)}]{trace}}}'.encode())


def _joined(windows: Sequence[Window]) -> str:
    return ",".join(map(body_of, windows))


def parts_of(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """`items` in parts of at most `size`."""
    for i in range(0, len(items), size):
        yield items[i : i + size]


@contextmanager
def alone(folder: Path, name: str) -> Iterator[int | None]:
    """The lock of that name, if this is the only process of the folder that holds it, as long as the block lasts."""
    marks = folder / "sent"
    try:
        marks.mkdir(parents=True, exist_ok=True)
        fd = os.open(marks / f".{name}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError:
        yield None
        return
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield None
            return
        yield fd
    finally:
        os.close(fd)
