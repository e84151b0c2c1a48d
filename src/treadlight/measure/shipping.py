"""Shipping: a process of its own brings the run to the team's server, while it goes on and at its end; nobody waits."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

__all__ = ["only_senders_left", "ship"]

_PATIENCE_S = 3600
_SEND = ("-P", "-m", "treadlight", "send", "--quiet")  # -P: no code of the folder that it is begun in
_DETACHED = '"$@" </dev/null >/dev/null 2>&1 &'


def ship(home: Path, server: str, environ: Mapping[str, str], *, follow: bool = False) -> bool:
    """Start a sender that outlives this process and is not its child; whether that was possible.

    Parameters
    ----------
    follow
        Whether it also tells of runs that go on, until the last of the home has ended.

    Notes
    -----
    A shell starts it and ends at once, so that a program that waits for all its children never sees it.
    """
    if not sys.executable:
        return False
    argv = [sys.executable, *_SEND, "--patience", str(_PATIENCE_S)]
    argv += ["--follow"] if follow else []
    env = {**environ, "TREADLIGHT_HOME": str(home), "TREADLIGHT_SERVER": server}
    try:
        pid = os.posix_spawn("/bin/sh", ["sh", "-c", _DETACHED, "sh", *argv], env, setsid=True, setsigmask=())
        return os.waitpid(pid, 0)[1] == 0
    except ChildProcessError:  # somebody who waits for every child took note of it first
        return True
    except (OSError, NotImplementedError):  # the latter where the system's posix_spawn knows no setsid
        return False


def only_senders_left() -> bool:
    """Whether all children of this process are senders, as they are for one that adopts orphans; none waits for them.

    A sender that follows a run ends after the run: who waited for it before ending the run would wait for ever.
    """
    import psutil

    for child in psutil.Process().children():
        try:
            if "\0".join(_SEND) not in "\0".join(child.cmdline()):
                return False
        except psutil.NoSuchProcess:
            continue
        except psutil.Error:
            return False
    return True
