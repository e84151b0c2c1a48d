"""Cheap parsing of ``/proc``: processor time of the machine, processes and their children, memory.

Every function takes the root as its argument, so that a recorded directory is the test. Control groups are in
`treadlight.measure.cgroup`. Times are processor seconds, accounted by the kernel in ticks of 10 ms.

References
----------
proc_stat(5), proc_pid_stat(5), proc_pid_task(5), proc_meminfo(5), Linux man-pages 6.9, 2024.
"""

import os
from pathlib import Path
from typing import NamedTuple

__all__ = [
    "CpuTimes",
    "Memory",
    "ProcessTimes",
    "boot_id",
    "children",
    "memory",
    "node_cpu_times",
    "parents",
    "process_times",
    "read_text",
    "tree",
]

_CHUNK = 1 << 16


def _sysconf(name: str, default: int) -> int:
    try:
        return os.sysconf(name)
    except (AttributeError, OSError, ValueError):
        return default


_TICK_S = 1 / _sysconf("SC_CLK_TCK", 100)
_PAGE_BYTES = _sysconf("SC_PAGE_SIZE", 4096)


class CpuTimes(NamedTuple):
    """Processor time of the whole machine since boot, summed over its threads [s].

    `busy_s` is user, nice, system and interrupts (guests included); `idle_s` idle and waiting for disks;
    `steal_s` what the hypervisor gave to others.
    """

    busy_s: float
    idle_s: float
    steal_s: float


class ProcessTimes(NamedTuple):
    """Times of one process [s], its parent and its resident memory [bytes].

    `cutime_s` and `cstime_s` are those of children that ended and were waited for; `starttime_s` counts from boot
    and, with the pid, tells a process from a later one of the same number.
    """

    utime_s: float
    stime_s: float
    cutime_s: float
    cstime_s: float
    starttime_s: float
    ppid: int
    rss_bytes: int


class Memory(NamedTuple):
    """Memory of the machine [bytes]."""

    total_bytes: int
    available_bytes: int


def _read(path: str | Path) -> bytes:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        data = os.read(fd, _CHUNK)
        if len(data) < _CHUNK:
            # the kernel answers these small files in one read; a regular file of a recorded tree does too
            return data
        parts = [data]
        while data := os.read(fd, _CHUNK):
            parts.append(data)
        return b"".join(parts)
    finally:
        os.close(fd)


def read_text(path: str | Path) -> str | None:
    """Text of a small file without surrounding blanks; None where it is missing or may not be read."""
    try:
        return _read(path).decode("utf-8", "replace").strip("\x00 \t\r\n")
    except OSError:
        return None


def node_cpu_times(root: str | Path) -> CpuTimes:
    """Processor time of the whole machine since boot [s].

    Raises
    ------
    OSError
        If ``stat`` is missing or may not be read.
    ValueError
        If its first line is not the ``cpu`` line.
    """
    line = _read(f"{root}/stat").split(b"\n", 1)[0]
    fields = line.split()
    if len(fields) < 5 or fields[0] != b"cpu":
        raise ValueError(f"{root}/stat: no cpu line")
    user, nice, system, idle, iowait, irq, softirq, steal = ([int(f) for f in fields[1:9]] + [0] * 7)[:8]
    return CpuTimes((user + nice + system + irq + softirq) * _TICK_S, (idle + iowait) * _TICK_S, steal * _TICK_S)


def process_times(root: str | Path, pid: int) -> ProcessTimes | None:
    """Times, parent and resident memory of process `pid`; None where there is no such process (any more).

    One that its parent is just taking over (state X) is no more: its time is the parent's already, and it names none.
    """
    try:
        data = _read(f"{root}/{pid}/stat")
    except OSError:
        return None
    # the name may hold blanks and brackets: everything is counted from the last closing one
    fields = data[data.rfind(b")") + 1 :].split()
    if len(fields) < 22 or fields[0] in (b"X", b"x"):
        return None
    return ProcessTimes(
        int(fields[11]) * _TICK_S,
        int(fields[12]) * _TICK_S,
        int(fields[13]) * _TICK_S,
        int(fields[14]) * _TICK_S,
        int(fields[19]) * _TICK_S,
        int(fields[1]),
        int(fields[21]) * _PAGE_BYTES,
    )


def parents(root: str | Path) -> dict[int, int]:
    """Parent of every process, by one scan of all of ``/proc``."""
    found: dict[int, int] = {}
    for pid in _pids(root):
        if times := process_times(root, pid):
            found[pid] = times.ppid
    return found


def _names(folder: str | Path) -> list[str]:
    """Names in a folder; empty where it is missing or may not be read."""
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries]
    except OSError:
        return []


def _pids(root: str | Path) -> list[int]:
    return sorted(int(name) for name in _names(root) if name.isdigit())


def _task_children(root: str | Path, pid: int) -> list[int] | None:
    """Children by ``task/*/children``; None where the kernel has no such file (CONFIG_PROC_CHILDREN off)."""
    found: list[int] = []
    missing = False
    for task in _names(f"{root}/{pid}/task"):
        try:
            found.extend(map(int, _read(f"{root}/{pid}/task/{task}/children").split()))
        except FileNotFoundError:
            missing = True  # the thread ended, or no thread has the file
        except OSError:
            continue
    return None if missing and not found and not _has_children_files(root) else found


def _has_children_files(root: str | Path) -> bool:
    """Whether any process that can be looked at has ``task/*/children``."""
    return any(os.access(f"{root}/{pid}/task/{pid}/children", os.F_OK) for pid in _pids(root)[:64])


def children(root: str | Path, pid: int) -> list[int]:
    """Pids of the children of `pid`; empty where it has none or is gone."""
    listed = _task_children(root, pid)
    if listed is not None:
        return listed
    return [child for child, parent in parents(root).items() if parent == pid]


def tree(root: str | Path, pid: int) -> list[int]:
    """`pid` and all its descendants, nearest first; empty where the process is gone.

    Notes
    -----
    A child whose parent ended belongs to whoever adopted it and is not found from `pid` any more: keep the pids
    once seen, or make the tracker the adopter (``PR_SET_CHILD_SUBREAPER``).
    """
    if not os.access(f"{root}/{pid}/stat", os.F_OK):
        return []
    found, seen = [pid], {pid}
    by_parent: dict[int, list[int]] | None = None
    for member in found:
        listed = _task_children(root, member) if by_parent is None else by_parent.get(member, [])
        if listed is None:
            by_parent = _by_parent(root)
            listed = by_parent.get(member, [])
        fresh = [child for child in listed if child not in seen]
        seen.update(fresh)
        found.extend(fresh)
    return found


def _by_parent(root: str | Path) -> dict[int, list[int]]:
    grouped: dict[int, list[int]] = {}
    for child, parent in sorted(parents(root).items()):
        grouped.setdefault(parent, []).append(child)
    return grouped


def memory(root: str | Path) -> Memory:
    """Total and available memory of the machine [bytes].

    Raises
    ------
    OSError
        If ``meminfo`` is missing or may not be read.
    ValueError
        If it names no total.
    """
    values: dict[bytes, int] = {}
    for line in _read(f"{root}/meminfo").split(b"\n")[:8]:
        name, _, rest = line.partition(b":")
        if name in (b"MemTotal", b"MemFree", b"MemAvailable"):
            values[name] = int(rest.split()[0]) * 1024
    if b"MemTotal" not in values:
        raise ValueError(f"{root}/meminfo: no MemTotal")
    available = values.get(b"MemAvailable", values.get(b"MemFree", values[b"MemTotal"]))
    return Memory(values[b"MemTotal"], available)


def boot_id(root: str | Path) -> str:
    """The kernel's random id of this boot; empty where there is none."""
    return read_text(f"{root}/sys/kernel/random/boot_id") or ""
