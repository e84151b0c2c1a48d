"""Telling the team's server of runs that go on: what is new in their journals, every few seconds, until they end.

Nothing that is told is final. A run comes to the ledger when it has ended, by `treadlight.app.sending.send`, as if
nothing had been told before.
"""

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from treadlight.app.client import Client, Unreachable
from treadlight.app.outbox import Outbox
from treadlight.app.sending import alone, parts_of, send
from treadlight.core.errors import TreadlightError
from treadlight.ledger.codec import Item, body_of
from treadlight.ledger.following import Following
from treadlight.ledger.records import Run

__all__ = ["Teller", "tell"]

_AT_ONCE = 500
_WINDOWS = 200
"""So many of a run's newest windows are told of while it goes on; its end brings all."""
_REST = 50.0
"""Times as long as telling took, it rests at least: a fiftieth of a processor at most."""
_LEAST_S = 1.0

_News = Sequence[tuple[str, str]]
"""Ids and bodies of what is told."""


class Teller:
    """Tells one server of one run.

    Parameters
    ----------
    path
        The run's journal.
    """

    def __init__(self, path: Path, client: Client) -> None:
        self._journal, self._client = Following(path), client
        self._told: dict[str, int] = {}

    def tell(self) -> None:
        """Tell what is new; what cannot be told now is new the next time.

        Raises
        ------
        TreadlightError
            If the server cannot be reached or will not hear it, or the journal is damaged.
        OSError
            If the journal cannot be read.
        """
        folded = self._journal.look()
        if folded is None:
            return
        run, windows = self._news([folded.run]), self._news(folded.windows[-_WINDOWS:])
        trace = self._news([folded.trace] if folded.trace else [])
        *early, last = list(parts_of(self._news(folded.activities), _AT_ONCE)) or [()]
        for some in early:
            self._post(folded.run, some)
        if run or last or windows or trace:
            self._post(folded.run, last, windows, trace)
            self._told |= {ident: hash(body) for ident, body in run}

    def _news(self, items: Sequence[Item]) -> list[tuple[str, str]]:
        """Those that were not told of as they are now: id and body."""
        bodies = [(item.id, body_of(item)) for item in items]
        return [(ident, body) for ident, body in bodies if self._told.get(ident) != hash(body)]

    def _post(self, run: Run, activities: _News = (), windows: _News = (), trace: _News = ()) -> None:
        parts = f'"activities":[{_joined(activities)}],"windows":[{_joined(windows)}]'
        parts += f',"trace":{_joined(trace)}' if trace else ""
        self._client.post("/live", f'{{"run":{body_of(run)},{parts}}}'.encode())
        self._told |= {ident: hash(body) for part in (activities, windows, trace) for ident, body in part}


def _joined(news: _News) -> str:
    return ",".join(body for _, body in news)


def tell(
    folder: Path,
    client: Client,
    every_s: float,
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.process_time,
) -> None:
    """Tell of every run of a folder that goes on, and send those that have ended, until the last has.

    One tells a server at a time; where another tells this one, nothing is done. While the server is away, nothing is
    told and nothing is lost.

    Parameters
    ----------
    every_s
        How often [s].
    sleep, clock
        Waits, and gives the processor time that was used [s]; replaced in tests.
    """
    outbox, tellers = Outbox(folder, client.url), dict[Path, Teller | None]()
    with alone(folder, outbox.name("following")) as turn:
        mine = turn is not None
        if mine:
            with suppress(OSError):
                os.nice(10)
        while mine and (going := outbox.live()):
            begun_s = clock()
            tellers = {path: tellers.get(path, Teller(path, client)) for path in going}
            if all(_try(tellers, path) for path in going) and outbox.pending():
                send(folder, client)
            sleep(max(every_s, _LEAST_S, _REST * (clock() - begun_s)))


def _try(tellers: dict[Path, Teller | None], path: Path) -> bool:
    """Tell of one run; whether the server can be reached. What cannot be told of waits for its end."""
    teller = tellers[path]
    try:
        if teller is not None:
            teller.tell()
    except Unreachable:
        return False
    except (TreadlightError, OSError):
        tellers[path] = None
    return True
