"""Supervise a command: meter its whole process tree and stay out of its way.

The command gets stdin, stdout, stderr and every other inherited file as they are, and the process group of its caller.
Signals that reach the supervisor alone are passed on once; what a terminal sends to the whole group is not sent twice.
Children that outlive their parent are adopted, and metered until they end.
"""

import ctypes
import errno
import os
import shutil
import signal
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Never

from treadlight.core.errors import InputError
from treadlight.core.text import clean
from treadlight.measure.procfs import read_text
from treadlight.measure.run import Run
from treadlight.measure.settings import TrackerSettings
from treadlight.measure.shipping import only_senders_left

__all__ = ["Outcome", "find_command", "run_command"]

_PASSED_ON = {
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGTERM,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGALRM,
    signal.SIGWINCH,
}
_STOPS = {signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU}
_WAITED_FOR = _PASSED_ON | _STOPS | {signal.SIGCONT, signal.SIGCHLD}
_FROM_KERNEL = 0x80
"""``si_code`` of a signal that the kernel sent, such as a terminal's to its whole foreground group (SI_KERNEL)."""
_INTERPRETERS = ("python", "pypy", "bash", "sh", "Rscript", "julia", "node", "perl", "ruby")
_PR_SET_CHILD_SUBREAPER = 36
"""From linux/prctl.h: orphaned descendants become our children instead of init's."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended, and its run.

    Parameters
    ----------
    exit_code
        As a shell shows it: 128 + N after signal N.
    signal
        Signal that ended it; 0: none.
    """

    exit_code: int
    signal: int
    run: Run

    def leave(self) -> Never:
        """End this process as the command ended: with its exit code, or by the same signal."""
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):
                continue
        if self.signal:
            _die_by(self.signal)
        os._exit(self.exit_code)


def find_command(program: str) -> str:
    """Path of the program that a shell would run.

    Raises
    ------
    InputError
        If there is none, or it cannot be executed.
    """
    found = shutil.which(program)
    if found:
        return found
    if "/" in program and Path(program).is_dir():
        raise InputError("is a folder", field="command", value=program, remedy="name a program in it")
    if "/" in program and Path(program).exists():
        raise InputError("cannot be executed", field="command", value=program, remedy=f"try: chmod +x {program}")
    raise InputError("no such command", field="command", value=program, remedy="check its spelling, or give its path")


def run_command(
    argv: Sequence[str],
    settings: TrackerSettings,
    *,
    wait: bool = True,
    environ: Mapping[str, str] | None = None,
    say: Callable[[str], None] | None = None,
) -> Outcome:
    """Run a command to its end and meter it.

    Parameters
    ----------
    argv
        The command and its arguments. Only the name of the program, or of its script, is ever recorded.
    wait
        Whether to go on metering children that outlive the command until they end, or a signal says to stop.
    environ
        Environment of the command; this process's own where not given.
    say
        Takes lines for the user; standard error where not given.

    Raises
    ------
    InputError
        If there is no such command; then nothing was started and nothing is left behind.

    Notes
    -----
    Waits for every child of this process, so it is for programs that do nothing else, such as ``treadlight track``.
    Signals are blocked in this thread and those it starts: a library that has started threads of its own before (numpy
    does when it is imported) would receive them instead.
    """
    if not argv:
        raise InputError("is missing", field="command", remedy="write: treadlight track -- COMMAND ARGUMENTS…")
    path = find_command(argv[0])
    if not settings.name:
        settings = replace(settings, name=clean(_name(argv)))
    say = say or _say
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _WAITED_FOR)
    _adopt_orphans(True)
    try:
        run = Run(settings, own=False, warn=say).start()
        try:
            pid = _spawn(path, argv, os.environ if environ is None else environ, mask)
        except OSError as error:
            if run.tracker is not None:
                run.tracker.discard()
            reason = error.strerror or str(error)
            remedy = "check the program and its interpreter"
            raise InputError(f"cannot be run ({reason})", field="command", value=argv[0], remedy=remedy) from None
        ended = _Supervisor(pid, wait, say).wait()
        code = 128 + ended.signal if ended.signal else ended.code
        run.stop("failed" if code else "finished", exit_code=code)
        return Outcome(code, ended.signal, run)
    finally:
        _adopt_orphans(False)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _name(argv: Sequence[str]) -> str:
    """What the run is called where nobody says: the script that an interpreter runs, else the program."""
    program = Path(argv[0]).name
    if program.startswith(_INTERPRETERS) and len(argv) > 1 and Path(argv[1]).suffix and Path(argv[1]).is_file():
        return Path(argv[1]).name
    return program


def _spawn(path: str, argv: Sequence[str], environ: Mapping[str, str], mask: Collection[int]) -> int:
    """Start the program with the signal mask and dispositions our caller gave us; Python itself ignores two signals."""
    ignored = (signal.SIGPIPE, signal.SIGXFSZ)
    try:
        return os.posix_spawn(path, list(argv), environ, setsigmask=mask, setsigdef=ignored)
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
    # a script without "#!", which every shell runs with sh
    return os.posix_spawn("/bin/sh", ["sh", path, *argv[1:]], environ, setsigmask=mask, setsigdef=ignored)


@dataclass(frozen=True, slots=True)
class _Ended:
    code: int
    signal: int


class _Supervisor:
    """Waits for the command and its orphans, and passes signals on."""

    def __init__(self, pid: int, wait: bool, say: Callable[[str], None]) -> None:
        self._pid, self._wait_for_orphans, self._say = pid, wait, say
        self._ended: _Ended | None = None
        self._asked_to_stop = False
        self._child_stopped = False
        self._alone = False

    def wait(self) -> _Ended:
        """Until the command has ended, and with it, if asked for, all it started."""
        while self._reap():
            self._stop_with_child()
            if self._ended is not None and not self._wait_for_orphans:
                break
            if self._ended is not None and not self._alone:
                self._alone = True
                self._say(
                    "the command has ended; processes it started are still running and are metered until they end. "
                    "Press Ctrl-C to end the run now."
                )
            info = signal.sigwaitinfo(_WAITED_FOR)
            if self._handled(info):
                break
        assert self._ended is not None
        return self._ended

    def _reap(self) -> bool:
        """Take note of every child that ended or stopped; False when there is none left to wait for."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED | os.WCONTINUED)
            except ChildProcessError:
                return False
            if pid == 0:
                return self._ended is None or not only_senders_left()
            if pid == self._pid:
                self._note(status)

    def _note(self, status: int) -> None:
        if os.WIFSTOPPED(status):
            self._child_stopped = os.WSTOPSIG(status) in _STOPS
        elif os.WIFCONTINUED(status):
            self._child_stopped = self._asked_to_stop = False
        elif os.WIFSIGNALED(status):
            self._ended = _Ended(0, os.WTERMSIG(status))
        else:
            self._ended = _Ended(os.WEXITSTATUS(status), 0)

    def _stop_with_child(self) -> None:
        """When a stop reached us and the command has stopped, stop too, so that the shell gets its prompt back."""
        if self._asked_to_stop and self._child_stopped:
            self._asked_to_stop = self._child_stopped = False
            os.kill(os.getpid(), signal.SIGSTOP)

    def _handled(self, info: signal.struct_siginfo) -> bool:
        """Deal with one signal; True when it ends the wait for orphans."""
        number = info.si_signo
        if number == signal.SIGCHLD:
            return False
        if self._ended is not None:
            return number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
        if number == signal.SIGCONT:
            if _state(self._pid) == "T":
                self._send(number)
            return False
        if number in _STOPS:
            self._asked_to_stop = True
        if info.si_code != _FROM_KERNEL or not self._same_group():
            self._send(number)
        return False

    def _same_group(self) -> bool:
        """Whether a terminal's signal to our group reached the command, too."""
        try:
            return os.getpgid(self._pid) == os.getpgrp()
        except OSError:
            return False

    def _send(self, number: int) -> None:
        # not yet waited for, so the number cannot belong to anybody else
        os.kill(self._pid, number)


def _state(pid: int) -> str:
    """State letter of a process, such as T for stopped; empty where it is gone."""
    text = read_text(f"/proc/{pid}/stat") or ""
    return text[text.rfind(")") + 2 :][:1]


def _adopt_orphans(wanted: bool) -> None:
    """Ask the kernel to make orphaned descendants our children; where it cannot, they are metered only while seen."""
    try:
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, int(wanted), 0, 0, 0)
    except (OSError, AttributeError):
        return


def _die_by(number: int) -> None:
    """End this process by a signal, as the command did, but without a second core file."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    if number not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
    os.kill(os.getpid(), number)


def _say(line: str) -> None:
    try:
        sys.stderr.write(f"treadlight: {line}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        return
