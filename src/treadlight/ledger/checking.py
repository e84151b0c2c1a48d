"""A process that checks a ledger beside the one that serves it: it takes nothing from those who ask for pages.

What to do comes as JSON on standard input: ``{"ledger": URL, "full": false, "root": null}``, so that a password in the
address stands in no list of processes. The finding goes to standard output as JSON. It ends with who started it.
"""

import ctypes
import json
import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import asdict

from treadlight.core.errors import TreadlightError
from treadlight.ledger.store import Ledger, Verification

__all__ = ["main"]

_TOGETHER = 2000
_LONG_S = 60.0
_NICE = 10
_PR_SET_PDEATHSIG = 1


def main() -> int:
    """Do what standard input asks for."""
    asked = json.load(sys.stdin)
    _stand_back()
    try:
        with Ledger.open(asked["ledger"]) as ledger:
            found = _whole(ledger, asked["root"]) if asked["full"] else _further(ledger)
    except TreadlightError as error:
        sys.stdout.write(json.dumps({"error": str(error)}))
        return 2
    sys.stdout.write(json.dumps(asdict(found)))
    return 0


def _stand_back() -> None:
    """Let others go first, and do not outlive who started this."""
    os.nice(_NICE)
    with suppress(OSError, AttributeError):  # only Linux knows this
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _whole(ledger: Ledger, root: str | None) -> Verification:
    found = ledger.verify(root)
    if found.ok:
        ledger.note_checked(found)
    return found


def _further(ledger: Ledger) -> Verification:
    """What was appended since, for a minute at most."""
    until_s = time.monotonic() + _LONG_S
    while True:
        before = ledger.checked().entries
        found = ledger.check_further(_TOGETHER)
        if not found.ok or found.entries - before < _TOGETHER or time.monotonic() >= until_s:
            return found


if __name__ == "__main__":
    raise SystemExit(main())
