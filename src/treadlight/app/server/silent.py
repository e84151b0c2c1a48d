"""Runs that went on when they were told of last, and of which nobody tells any more: their machines may be gone.

After a day without a word, what was told of one is all that will be known. It is taken in, as an interrupted run; if
its journal comes after all, that takes its place.
"""

import logging
from dataclasses import replace
from datetime import timedelta

from treadlight.app.server.place import Place
from treadlight.core.errors import InputError
from treadlight.ledger.access.told import Telling
from treadlight.ledger.codec import Item
from treadlight.ledger.encoded import encode
from treadlight.ledger.ready import Note, Ready
from treadlight.ledger.records import RunStatus

__all__ = ["SILENCE", "take_in_silent"]

_LOG = logging.getLogger(__name__)

SILENCE = timedelta(days=1)
"""How long nobody tells of a run before it is taken in as it is known."""


def take_in_silent(place: Place) -> int:
    """Take in every run of which nobody has told for a day; how many. One that breaks a rule stays, and is logged."""
    taken = 0
    for telling in place.access.told.silent(place.now() - SILENCE):
        try:
            place.writer.submit(_ready(telling)).result()
            taken += 1
        except InputError as error:
            _LOG.warning("run %s, of which nobody tells, is not taken in: %s", telling.folded.run.id, error)
    return taken


def _ready(telling: Telling) -> Ready:
    told = telling.folded
    run = replace(told.run, status=RunStatus.INTERRUPTED)
    windows = [replace(w, status="interrupted") if w.status == "running" else w for w in told.windows]
    items: list[Item] = [run, *told.activities, *windows, *([told.trace] if told.trace else [])]
    noted = Note("treadlight", f"interrupted, last heard of {telling.heard_at:%Y-%m-%d %H:%M} UTC", runs=(run.id,))
    return Ready([encode(item) for item in items], frozenset({run.subject.project}), noted)
