"""Shipping: at the end of a run, a process of its own sends the journal to the team's server; the run does not wait."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

__all__ = ["ship"]

_PATIENCE_S = 3600
_DETACHED = '"$@" </dev/null >/dev/null 2>&1 &'


def ship(home: Path, server: str, environ: Mapping[str, str]) -> bool:
    """Start a sender that outlives this process and is not its child; whether that was possible.

    Notes
    -----
    A shell starts it and ends at once, so that a program that waits for all its children never sees it.
    """
    if not sys.executable:
        return False
    argv = [sys.executable, "-m", "treadlight", "send", "--quiet", "--patience", str(_PATIENCE_S)]
    env = {**environ, "TREADLIGHT_HOME": str(home), "TREADLIGHT_SERVER": server}
    try:
        pid = os.posix_spawn("/bin/sh", ["sh", "-c", _DETACHED, "sh", *argv], env, setsid=True)
        return os.waitpid(pid, 0)[1] == 0
    except (OSError, NotImplementedError):  # the latter where the system's posix_spawn knows no setsid
        return False
