"""Care: what a server does without being asked, so that nobody waits for it.

At the start: what the first page would have to load. Then, as the ledger grows: its sums and runs are read before
somebody asks for them, as long as somebody does now and then; the chain is checked; and runs of which nobody tells any
more are taken in.
"""

import gc
import logging
import threading
import time
from collections.abc import Callable

from treadlight.app.server.asked import PageRequest
from treadlight.app.server.choice import Choice
from treadlight.app.server.desk import Desk
from treadlight.app.server.place import Place
from treadlight.app.server.principal import LOCAL
from treadlight.app.server.silent import take_in_silent
from treadlight.core.errors import TreadlightError

__all__ = ["Care"]

_LOG = logging.getLogger(__name__)
_EVERY_S = 1.0
_WANTED_S = 600.0
"""So long after somebody looked at a page, others are expected [s]."""


class Care:
    """Takes care of one place, in a thread of its own."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._stop = threading.Event()
        self._trouble = ""
        self._thread = threading.Thread(target=self._work, name="treadlight-care", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """Stop, and wait for what is under way."""
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        self._try(self._begin)
        while not self._stop.wait(_EVERY_S):
            self._try(self._look)

    def _try(self, step: Callable[[], None]) -> None:
        """Do a step; a database that is away comes back, and is then looked at again. Each trouble is told once."""
        try:
            step()
            self._trouble = ""
        except TreadlightError as error:  # pages will say the same, with a remedy
            if str(error) != self._trouble:
                _LOG.warning("nothing is read ahead: %s", error)
            self._trouble = str(error)

    def _look(self) -> None:
        if time.monotonic() - self._place.looked_at_s < _WANTED_S and self._place.writer.idle:
            self._read()
        take_in_silent(self._place)

    def _begin(self) -> None:
        """Load what the first page needs."""
        from treadlight.app.web.render import warm
        from treadlight.share.charts import warm as warm_charts

        _ = self._place.writer
        self._place.checker.follow()
        for step in (self._read, warm, self._first_page, warm_charts):
            if not self._stop.is_set():
                step()
        gc.collect()
        gc.freeze()  # what was read stays: looking through it again and again would halt every request for 0.1 s

    def _first_page(self) -> None:
        """Draw the page that most begin with: it loads the library, and draws what all the others use."""
        from treadlight.app.web.pages.overview import page

        page(Desk(self._place, LOCAL, Choice()), PageRequest("/"))

    def _read(self) -> None:
        """Sums and runs as they stand now."""
        root, shelf = self._place.ledger.head()[0], self._place.shelf
        shelf.runs(root)
        shelf.table(root)
