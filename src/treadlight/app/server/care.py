"""Care: what a server does without being asked, so that nobody waits for it.

At the start: what the first page would have to load. Then, as the ledger grows: its sums and runs are read before
somebody asks for them, as long as somebody does now and then; and the chain is checked.
"""

import logging
import threading
import time

from treadlight.app.server.place import Place
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
        self._thread = threading.Thread(target=self._work, name="treadlight-care", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """Stop, and wait for what is under way."""
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        try:
            self._begin()
            while not self._stop.wait(_EVERY_S):
                if time.monotonic() - self._place.looked_at_s < _WANTED_S and self._place.writer.idle:
                    self._read()
        except TreadlightError as error:  # pages will say the same, with a remedy
            _LOG.warning("nothing is read ahead: %s", error)

    def _begin(self) -> None:
        """Load what the first page needs."""
        from treadlight.app.web.render import warm
        from treadlight.share.charts import warm as warm_charts

        _ = self._place.writer
        self._place.checker.follow()
        for step in (self._read, warm, warm_charts):
            if not self._stop.is_set():
                step()

    def _read(self) -> None:
        """Sums and runs as they stand now."""
        root, shelf = self._place.ledger.head()[0], self._place.shelf
        shelf.runs(root)
        shelf.table(root)
