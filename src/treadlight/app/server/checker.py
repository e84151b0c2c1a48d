"""The checker: verifies the chain in a process of its own, as it grows and whenever somebody asks for all of it."""

import json
import logging
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime

from treadlight.core.errors import LedgerError
from treadlight.ledger.store import Ledger, Verification

__all__ = ["Check", "Checker"]

_LOG = logging.getLogger(__name__)
_EVERY_S = 10.0
_EVERY_BROKEN_S = 600.0


@dataclass(frozen=True, slots=True)
class Check:
    """A check of the whole chain.

    Parameters
    ----------
    root
        A published root that should be part of it; empty: none.
    began, ended
        When; `ended` None: it is under way.
    found
        What it found; None: nothing yet, or it could not be done, and `trouble` says why.
    """

    root: str
    began: datetime
    ended: datetime | None = None
    found: Verification | None = None
    trouble: str = ""


class Checker:
    """Checks one ledger, one check at a time.

    Parameters
    ----------
    url
        Where the ledger is, for a process to open it.
    ledger
        The same, open here.
    idle
        Whether the server has nothing to write now.
    """

    def __init__(self, url: str, ledger: Ledger, idle: Callable[[], bool] = lambda: True) -> None:
        self._url, self._ledger, self._idle = url, ledger, idle
        self._wake = threading.Condition()
        self._stopped = False
        self._process: subprocess.Popen[str] | None = None
        self._broken: tuple[str, Verification] | None = None
        self._following = False
        self._waiting: OrderedDict[str, Future[Check]] = OrderedDict()
        self.last: Check | None = None
        self._thread = threading.Thread(target=self._work, name="treadlight-checker", daemon=True)
        self._thread.start()

    def follow(self) -> None:
        """From now on check what is appended, some seconds after it was."""
        self._following = True

    @property
    def broken(self) -> Verification | None:
        """What is wrong with the entries that were appended last; None: nothing is known to be."""
        return self._broken[1] if self._broken else None

    def start(self, root: str = "") -> Check:
        """Have everything checked; a check that is under way goes on."""
        with self._wake:
            if self.last is None or self.last.ended is not None:
                self.last = Check(root, datetime.now(UTC))
                self._wake.notify_all()
            return self.last

    def ask(self, root: str = "") -> "Future[Check]":
        """Have everything checked as it is now; who asks for the same root meanwhile waits for the same check.

        Raises
        ------
        LedgerError
            If the server is stopping.
        """
        with self._wake:
            if self._stopped:
                raise LedgerError("is not checked any more", field="verify", remedy="ask again when the server is back")
            future = self._waiting.setdefault(root, Future())
            self._wake.notify_all()
            return future

    def wait(self, seconds: float) -> None:
        """Wait for the check that is under way, but not longer."""
        with self._wake:
            self._wake.wait_for(lambda: self.last is None or self.last.ended is not None, seconds)

    def close(self) -> None:
        """Give up what is under way, and stop."""
        with self._wake:
            self._stopped = True
            process = self._process
            self._wake.notify_all()
        if process is not None:
            process.terminate()
        self._thread.join()
        for future in self._waiting.values():
            future.cancel()

    def _asked(self) -> Check | None:
        return self.last if self.last is not None and self.last.ended is None else None

    def _work(self) -> None:
        while True:
            with self._wake:
                every_s = _EVERY_BROKEN_S if self._broken else _EVERY_S
                self._wake.wait_for(lambda: self._stopped or self._waiting or self._asked() is not None, every_s)
                if self._stopped:
                    return
                check, future = self._asked(), None
                if check is None and self._waiting:
                    root, future = self._waiting.popitem(last=False)
                    check = self.last = Check(root, datetime.now(UTC))
            if check is not None:
                done = self._check(check)
                if future is not None and not future.cancelled():
                    future.set_result(done)
            elif self._following and self._idle():
                try:
                    self._check_further()
                except Exception as error:  # noqa: BLE001 (whoever asks later waits for this thread: it goes on)
                    _LOG.warning("the chain cannot be checked: %s", error)

    def _check(self, check: Check) -> Check:
        try:
            found, trouble = self._run(True, check.root)
        except Exception as error:  # noqa: BLE001 (whoever waits must be told)
            found, trouble = None, str(error) or type(error).__name__
        with self._wake:
            self.last = done = Check(check.root, check.began, datetime.now(UTC), found, trouble)
            self._wake.notify_all()
        return done

    def _check_further(self) -> None:
        root, entries = self._ledger.head()
        if self._ledger.checked().entries >= entries:
            return
        found, trouble = self._run(False, "")
        if trouble:
            _LOG.warning("the chain cannot be checked: %s", trouble)
        elif found is not None and not found.ok:
            self._broken = root, found
            _LOG.error("the chain is broken at entry %s: %s", found.broken, found.reason)
        else:
            self._broken = None

    def _run(self, full: bool, root: str) -> tuple[Verification | None, str]:
        """What the process finds, or why it finds nothing."""
        with self._wake:
            if self._stopped:
                return None, "the server is stopping"
            argv = [sys.executable, "-P", "-m", "treadlight.ledger.checking"]
            self._process = subprocess.Popen(
                argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
        said, wrong = self._process.communicate(json.dumps({"ledger": self._url, "full": full, "root": root or None}))
        self._process = None
        try:
            answer = json.loads(said)
        except ValueError:
            return None, wrong.strip().splitlines()[-1] if wrong.strip() else "the process that checks it ended"
        return (None, answer["error"]) if "error" in answer else (Verification(**answer), "")
