"""Attribution: the named rules that give a run its share of a machine which others may use too.

A tracker always keeps two numbers for a device: what all of it used, and the share of the run. Each channel names the
rule of its share. See ``docs/methodology/attribution.md``.
"""

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from treadlight.core.errors import ConfigError
from treadlight.measure import procfs
from treadlight.measure.cgroup import Cgroup, cpu_usage_s, find_cgroup, memory_bytes
from treadlight.measure.tree import ProcessTree

__all__ = [
    "RULES",
    "CgroupMemory",
    "CgroupTime",
    "DeviceProcesses",
    "Exclusive",
    "MemoryShare",
    "ProcessCpuTime",
    "Rule",
    "Usage",
    "UsageReader",
    "rule_for",
]

RULES = ("process-cpu-time", "cgroup", "exclusive")
"""What `track` and the setting ``tracker.attribution`` accept."""

_BUSY_S = 0.1
"""The machine's busy time comes in ticks of 10 ms: a share is taken over at least ten of them [s]."""
_MEMORY_S = 2.0
"""How far back an interval may be stretched to reach that [s]."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Who used what of the machine until one moment; None where it is not known.

    Parameters
    ----------
    tree_cpu_s
        Processor time of the run's process tree since the start of the run [s].
    busy_s
        Processor time of everything on the machine since boot [s].
    tree_rss_bytes, used_bytes
        Memory of the run's processes, and of everything on the machine.
    cgroup_cpu_s, cgroup_bytes
        Processor time and memory of the run's control group.
    pids
        Processes of the run now and when it was last read.
    begun
        False while a command that is only supervised has used nothing yet: until then no part of the machine is its.
    """

    t_s: float
    tree_cpu_s: float
    busy_s: float | None = None
    tree_rss_bytes: int = 0
    used_bytes: int | None = None
    cgroup_cpu_s: float | None = None
    cgroup_bytes: int | None = None
    pids: frozenset[int] = frozenset()
    begun: bool = True


class UsageReader:
    """Reads the usage of a process tree, or of its control group, from recorded or real roots."""

    def __init__(self, procfs_root: Path, sysfs_root: Path, tree: ProcessTree, *, cgroup: bool = False) -> None:
        self._procfs, self._tree = procfs_root, tree
        self._group: Cgroup | None = find_cgroup(procfs_root, sysfs_root) if cgroup else None

    @property
    def knows_group(self) -> bool:
        """Whether the run's control group tells its processor time."""
        return self._group is not None and cpu_usage_s(self._group) is not None

    def read(self, t_s: float) -> Usage:
        """The usage now. Never raises: what cannot be read is None."""
        used = self._tree.read()
        return Usage(
            t_s,
            used.cpu_s,
            self._busy_s(),
            used.rss_bytes,
            self._used_bytes(),
            cpu_usage_s(self._group) if self._group else None,
            memory_bytes(self._group) if self._group else None,
            self._tree.recent,
            used.begun,
        )

    def glance(self) -> None:
        """Look at the processes between two readings: what is gone by the next was at least seen."""
        self._tree.read()

    def _busy_s(self) -> float | None:
        try:
            return procfs.node_cpu_times(self._procfs).busy_s
        except (OSError, ValueError):
            return None

    def _used_bytes(self) -> int | None:
        try:
            memory = procfs.memory(self._procfs)
        except (OSError, ValueError):
            return None
        return memory.total_bytes - memory.available_bytes


class Rule(Protocol):
    """A way to tell the run's share of a device."""

    name: str

    def share(self, usage: Usage, pids: tuple[int, ...] | None) -> float:
        """Share of the run, 0 to 1, over the time since the last call; `pids`: processes on the device, if known."""


class Exclusive:
    """The run has the machine to itself."""

    name = "exclusive"

    def share(self, usage: Usage, pids: tuple[int, ...] | None) -> float:
        return 1.0


class _TimeShare(ABC):
    """Share of the machine's busy processor time.

    Notes
    -----
    share = Δ(own time) / max(Δ(busy time of the machine), Δ(own time)). While nobody was busy for as much as a tick,
    the last share holds; before the first, the run bears the whole, or nothing if it has not begun.
    """

    name = ""

    def __init__(self) -> None:
        self._past: list[tuple[float, float, float]] = []
        self._last: float | None = None

    def share(self, usage: Usage, pids: tuple[int, ...] | None) -> float:
        own_s = self._own_s(usage)
        if own_s is None or usage.busy_s is None:
            return _whole(usage) if self._last is None else self._last
        now = (usage.t_s, own_s, usage.busy_s)
        if self._past:
            then = self._since(now)
            own, busy = max(own_s - then[1], 0.0), max(usage.busy_s - then[2], 0.0)
            if max(own, busy) > 0:
                self._last = own / max(own, busy)
        self._past = [*[p for p in self._past if now[0] - p[0] <= _MEMORY_S][-16:], now]
        return _whole(usage) if self._last is None else self._last

    def _since(self, now: tuple[float, float, float]) -> tuple[float, float, float]:
        """The latest look back that leaves enough ticks between, or the earliest that is remembered."""
        for then in reversed(self._past):
            if now[2] - then[2] >= _BUSY_S or then[0] < now[0] - _MEMORY_S:
                return then
        return self._past[0]

    @abstractmethod
    def _own_s(self, usage: Usage) -> float | None:
        """Processor time of the run so far [s]; None where it is not known."""


class ProcessCpuTime(_TimeShare):
    """Processor time of the run's process tree ÷ busy processor time of the machine."""

    name = "process-cpu-time"

    def _own_s(self, usage: Usage) -> float | None:
        return usage.tree_cpu_s


class CgroupTime(_TimeShare):
    """Processor time of the run's control group ÷ busy processor time of the machine."""

    name = "cgroup"

    def _own_s(self, usage: Usage) -> float | None:
        return usage.cgroup_cpu_s


class MemoryShare:
    """Resident memory of the run's process tree ÷ memory in use on the machine, the mean of both ends.

    Notes
    -----
    At the first end of a supervised command there was nothing yet, so its first interval has the share of the second.
    """

    name = "process-memory"

    def __init__(self) -> None:
        self._last: float | None = None

    def share(self, usage: Usage, pids: tuple[int, ...] | None) -> float:
        own = self._own_bytes(usage)
        if not own or not usage.used_bytes:
            return _first_memory_share(usage, own) if self._last is None else self._last
        now = min(own / usage.used_bytes, 1.0)
        mean = now if self._last is None else (now + self._last) / 2
        self._last = now
        return mean

    def _own_bytes(self, usage: Usage) -> int | None:
        return usage.tree_rss_bytes


def _whole(usage: Usage) -> float:
    """The share where nothing tells it: the whole, unless there is nobody to have it."""
    return 1.0 if usage.begun else 0.0


def _first_memory_share(usage: Usage, own_bytes: int | None) -> float:
    known = own_bytes == 0 and usage.used_bytes
    return 0.0 if known else _whole(usage)


class CgroupMemory(MemoryShare):
    """Memory of the run's control group, page cache included, ÷ memory in use on the machine."""

    name = "cgroup"

    def _own_bytes(self, usage: Usage) -> int | None:
        return usage.cgroup_bytes


class DeviceProcesses:
    """Processes of the run on a device ÷ all processes on it, over both ends of the interval.

    Where the processes cannot be told (no such reading, or a container whose process numbers are not the driver's), a
    device the run may see is given to it whole, and one that ``CUDA_VISIBLE_DEVICES`` hides from it not at all.

    Parameters
    ----------
    device
        Such as ``gpu0``.
    uuid
        The driver's identifier of the device, where known.
    told
        Whether process numbers given by the driver mean anything here.
    """

    name = "device-processes"

    def __init__(self, device: str, uuid: str = "", *, environ: Mapping[str, str], told: bool = True) -> None:
        self._visible = _is_visible(device, uuid, environ.get("CUDA_VISIBLE_DEVICES"))
        self._told = told
        self._last: frozenset[int] = frozenset()

    def share(self, usage: Usage, pids: tuple[int, ...] | None) -> float:
        if pids is None or not self._told:
            return 1.0 if self._visible else 0.0
        now = frozenset(pids)
        users = now | self._last
        self._last = now
        return len(users & usage.pids) / len(users) if users else 0.0


def _is_visible(device: str, uuid: str, visible: str | None) -> bool:
    if visible is None:
        return True
    number = device.removeprefix("gpu")
    for entry in visible.split(","):
        name = entry.strip()
        if name == "-1":
            return False  # the driver ignores what follows the first invalid entry
        if name == number or (uuid and name and uuid.startswith(name)):
            return True
    return False


def rule_for(
    attribution: str,
    component: str,
    device: str,
    uuid: str = "",
    *,
    environ: Mapping[str, str] | None = None,
    told: bool = True,
) -> Rule:
    """The rule of one channel under the attribution asked for.

    Raises
    ------
    ConfigError
        If there is no such attribution.
    """
    if attribution not in RULES:
        remedy = f"use one of {', '.join(RULES)}"
        raise ConfigError("unknown rule", field="attribution", value=attribution, remedy=remedy)
    if attribution == "exclusive":
        return Exclusive()
    if component == "gpu":
        return DeviceProcesses(device, uuid, environ=os.environ if environ is None else environ, told=told)
    if component == "memory":
        return MemoryShare() if attribution == "process-cpu-time" else CgroupMemory()
    return ProcessCpuTime() if attribution == "process-cpu-time" else CgroupTime()
