"""Processor time and memory of a process tree: a process, its descendants, and those that outlived their parents.

Notes
-----
The time of a tree is the own time of its live members, plus what each of them counts for children it has waited for,
plus what would otherwise be lost: a member that ended without its parent's waiting for it (adopted by another process,
or reaped by the kernel) keeps the time it was last seen with. The sum never falls.

Not seen: what a process used between the last look and its end, if nobody in the tree waited for it; and a process
that was born and adopted by a stranger between two looks (the ``treadlight track`` command adopts such orphans).
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from treadlight.measure import procfs
from treadlight.measure.procfs import ProcessTimes

__all__ = ["ProcessTree", "TreeUsage"]

_TICKS_S = 0.03
"""The kernel rounds a child's user and system time down to 10 ms each when its parent takes them over."""

_PASSES = 5
"""Looks at most until the members of two are the same."""


@dataclass(frozen=True, slots=True)
class TreeUsage:
    """What a tree used: processor time since it was first looked at [s], resident memory now [bytes], live pids.

    `begun` is False while a tree whose topmost process does not count has used neither.
    """

    cpu_s: float
    rss_bytes: int
    pids: frozenset[int]
    begun: bool = True


class ProcessTree:
    """The tree under one process.

    Parameters
    ----------
    root
        Usually ``/proc``.
    pid
        The topmost process.
    own
        Whether the topmost process's own time and memory count; False for a supervisor that only waits.

    Attributes
    ----------
    recent
        Pids of members at the last two looks.
    """

    def __init__(self, root: str | Path, pid: int, *, own: bool = True) -> None:
        self._root, self._pid, self._own = str(root), pid, own
        self._exact = Path(root) == Path("/proc")
        self._members: dict[int, _Member] = {}
        self._lost_s = 0.0
        self._peak_s = 0.0
        self._last_pid: str | None = None
        self._seen_rss_bytes = 0
        self.recent: frozenset[int] = frozenset()
        self._zero_s = self._look()

    def read(self) -> TreeUsage:
        """What the tree used until now."""
        self._peak_s = max(self._peak_s, self._look() - self._zero_s)
        rss = sum(m.times.rss_bytes for pid, m in self._members.items() if self._own or pid != self._pid)
        self._seen_rss_bytes = rss or self._seen_rss_bytes
        if rss == 0 and not self._own and self._exact and self._peak_s > 0:
            rss = self._seen_rss_bytes or _largest_child_bytes()
        return TreeUsage(self._peak_s, rss, frozenset(self._members), self._own or self._peak_s > 0 or rss > 0)

    def _look(self) -> float:
        """Processor time of the tree, up to a constant [s]."""
        before = self._members
        self._look_until_none_vanishes()
        if not self._members and not before:
            return self._without_proc()
        self._keep_lost(before)
        self.recent = frozenset(self._members.keys() | before.keys())
        return self._lost_s + sum(m.own_s + m.waited_s for m in self._members.values())

    def _look_until_none_vanishes(self) -> None:
        """The members: a child that ended while its parent was already read would count for neither, or for both."""
        for _ in range(_PASSES):
            known = self._members
            self._members = self._present()
            if known.keys() <= self._members.keys():
                return
            os.sched_yield()  # let the parent finish taking over what vanished

    def _without_proc(self) -> float:
        """Where there is no /proc: what the system tells a process about itself and the children it waited for."""
        times = os.times()
        own_s = times.user + times.system if self._own else 0.0
        return own_s + times.children_user + times.children_system

    def _present(self) -> dict[int, "_Member"]:
        found: dict[int, _Member] = {}
        for pid in self._candidates():
            times = procfs.process_times(self._root, pid)
            known = self._members.get(pid)
            if times is None or (known and known.times.starttime_s != times.starttime_s and pid not in self._fresh):
                continue
            found[pid] = _Member(times, self._own_s(pid, times, known), self._waited_s(pid, times))
        return found

    def _candidates(self) -> list[int]:
        """Pids to look at: the members known, and new ones if any process was born on this machine since.

        Parents come before their children: one that is waited for in between is then found alive, and counted once.
        """
        last_pid = (procfs.read_text(f"{self._root}/loadavg") or "").rpartition(" ")[2]
        self._fresh: set[int] = set()
        if last_pid and last_pid == self._last_pid:
            return list(self._members)
        self._last_pid = last_pid
        ordered = dict.fromkeys(procfs.tree(self._root, self._pid))
        for pid in self._members:
            if pid not in ordered:
                ordered.update(dict.fromkeys(self._orphans(pid)))
        self._fresh.update(ordered)
        return list(ordered | dict.fromkeys(self._members))

    def _orphans(self, pid: int) -> list[int]:
        """A member no longer under the topmost process, with its descendants, if it is still the same process."""
        times = procfs.process_times(self._root, pid)
        same = times is not None and times.starttime_s == self._members[pid].times.starttime_s
        return procfs.tree(self._root, pid) if same else []

    def _own_s(self, pid: int, times: ProcessTimes, known: "_Member | None") -> float:
        if pid == self._pid and not self._own:
            return 0.0
        own_s = times.utime_s + times.stime_s
        if self._exact:
            own_s = _exact_cpu_s(pid, own_s)
        same = known is not None and known.times.starttime_s == times.starttime_s
        return max(own_s, known.own_s) if known is not None and same else own_s

    def _waited_s(self, pid: int, times: ProcessTimes) -> float:
        """Processor time of the children it has waited for [s]: /proc counts in ticks of 10 ms, our own are exact."""
        if self._exact and pid == os.getpid():
            children = getrusage(RUSAGE_CHILDREN)
            return children.ru_utime + children.ru_stime
        return times.cutime_s + times.cstime_s

    def _keep_lost(self, before: dict[int, "_Member"]) -> None:
        """Keep the time of members that ended without being waited for within the tree."""
        gone: dict[int, float] = {}
        for pid, member in before.items():
            now = self._members.get(pid)
            if now is None or now.times.starttime_s != member.times.starttime_s:
                heir = self._heir(member, before)
                gone[heir] = gone.get(heir, 0.0) + member.own_s + member.waited_s
        for heir, gone_s in gone.items():
            inherited_s = self._members[heir].waited_s - before[heir].waited_s if heir in before else 0.0
            if gone_s - inherited_s > (_TICKS_S if heir in before else 0.0):
                self._lost_s += gone_s - max(inherited_s, 0.0)

    def _heir(self, member: "_Member", before: dict[int, "_Member"]) -> int:
        """Nearest ancestor in the tree that lived through both looks; 0: none."""
        pid = member.times.ppid
        for _ in range(len(before)):
            old, now = before.get(pid), self._members.get(pid)
            if old is None:
                return 0
            if now is not None and now.times.starttime_s == old.times.starttime_s:
                return pid
            pid = old.times.ppid
        return 0


@dataclass(frozen=True, slots=True)
class _Member:
    times: ProcessTimes
    own_s: float
    waited_s: float


def _exact_cpu_s(pid: int, ticks_s: float) -> float:
    """Processor time of a process to the nanosecond [s]; `ticks_s` where the kernel does not tell.

    The identifier is what clock_getcpuclockid(3) computes on Linux: the process's scheduler clock.
    """
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except (OSError, OverflowError):
        return ticks_s


def _largest_child_bytes() -> int:
    """Largest memory of a child that has ended [bytes], for trees nobody saw alive.

    Never less than the memory of this process when it started the child: the kernel counts from before exec(3) on.
    """
    return getrusage(RUSAGE_CHILDREN).ru_maxrss * 1024
