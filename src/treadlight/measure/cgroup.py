"""Control groups, versions 1 and 2: processor time used, and limits of processor and memory.

A group is found once (`find_cgroup`) and then read cheaply. Inside a container the path the kernel names may not
exist under the mount; the mount itself is then the container's own group.

References
----------
Control Group v2, and CGROUPS v1 (cpuacct, cpu, memory), Linux kernel documentation, admin-guide.
"""

from dataclasses import dataclass
from pathlib import Path

from treadlight.measure.procfs import read_text

__all__ = ["Cgroup", "cpu_limit", "cpu_usage_s", "find_cgroup", "members", "memory_bytes", "memory_limit_bytes"]

_UNLIMITED_BYTES = 1 << 60
"""Version 1 writes "no limit" as the largest multiple of the page size, about 2^63."""


@dataclass(frozen=True, slots=True)
class Cgroup:
    """Where the files of one control group lie.

    Parameters
    ----------
    version
        2, 1, or 0 where no group was found.
    path
        Path as the kernel names it in ``/proc/<pid>/cgroup``.
    cpu, memory
        Folders from the group's own up to the mount, nearest first; empty where the controller is not there.
    """

    version: int
    path: str
    cpu: tuple[str, ...] = ()
    memory: tuple[str, ...] = ()


def find_cgroup(procfs: str | Path, sysfs: str | Path, pid: int | str = "self") -> Cgroup:
    """The control group of `pid`; version 0 where control groups are not mounted or the process is gone."""
    lines = (read_text(f"{procfs}/{pid}/cgroup") or "").splitlines()
    paths: dict[str, str] = {}
    for line in lines:
        _, _, rest = line.partition(":")
        names, _, path = rest.partition(":")
        paths.update(dict.fromkeys(names.split(","), path))
    mount = f"{sysfs}/fs/cgroup"
    if Path(f"{mount}/cgroup.controllers").exists():
        folders = _folders(mount, paths.get("", "/"))
        return Cgroup(2, paths.get("", "/"), folders, folders)
    cpu = _controller(mount, ("cpuacct", "cpu,cpuacct", "cpuacct,cpu"), paths.get("cpuacct", "/"))
    limits = _controller(mount, ("cpu", "cpu,cpuacct", "cpuacct,cpu"), paths.get("cpu", "/"))
    memory = _controller(mount, ("memory",), paths.get("memory", "/"))
    if not (cpu or limits or memory):
        return Cgroup(0, "")
    return Cgroup(1, paths.get("memory", "/"), tuple(dict.fromkeys(cpu + limits)), memory)


def _controller(mount: str, names: tuple[str, ...], path: str) -> tuple[str, ...]:
    for name in names:
        if Path(f"{mount}/{name}").is_dir():
            return _folders(f"{mount}/{name}", path)
    return ()


def _folders(mount: str, path: str) -> tuple[str, ...]:
    """Folders of the group and its ancestors, nearest first."""
    parts = [part for part in path.split("/") if part and part != ".."]
    ladder = ["/".join([mount, *parts[:depth]]) for depth in range(len(parts), -1, -1)]
    return tuple(folder for folder in ladder if Path(folder).is_dir())


def _number(path: str) -> int | None:
    text = read_text(path)
    try:
        return None if text is None or text == "max" else int(text.split()[0])
    except (ValueError, IndexError):
        return None


def cpu_usage_s(group: Cgroup) -> float | None:
    """Processor time used by the group and its descendants since it was made [s]; None: not known."""
    for folder in group.cpu:
        if group.version == 2:
            for line in (read_text(f"{folder}/cpu.stat") or "").splitlines():
                name, _, value = line.partition(" ")
                if name == "usage_usec" and value.isdigit():
                    return int(value) * 1e-6
        else:
            nanoseconds = _number(f"{folder}/cpuacct.usage")
            if nanoseconds is not None:
                return nanoseconds * 1e-9
    return None


def cpu_limit(group: Cgroup) -> float | None:
    """Processor threads the group may use at once, the narrowest of it and its ancestors; None: no limit."""
    limits = [limit for folder in group.cpu if (limit := _folder_cpu_limit(folder, group.version)) is not None]
    return min(limits, default=None)


def _folder_cpu_limit(folder: str, version: int) -> float | None:
    if version == 2:
        quota_text, _, period_text = (read_text(f"{folder}/cpu.max") or "max").partition(" ")
        quota = int(quota_text) if quota_text.isdigit() else None
        period = int(period_text) if period_text.strip().isdigit() else 100_000
    else:
        quota = _number(f"{folder}/cpu.cfs_quota_us")
        period = _number(f"{folder}/cpu.cfs_period_us") or 100_000
    return quota / period if quota is not None and quota > 0 and period > 0 else None


def memory_limit_bytes(group: Cgroup) -> int | None:
    """Memory the group may use, the narrowest of it and its ancestors [bytes]; None: no limit."""
    name = "memory.max" if group.version == 2 else "memory.limit_in_bytes"
    limits = [limit for folder in group.memory if (limit := _number(f"{folder}/{name}")) is not None]
    return min((limit for limit in limits if 0 < limit < _UNLIMITED_BYTES), default=None)


def memory_bytes(group: Cgroup) -> int | None:
    """Memory in use by the group and its descendants, page cache included [bytes]; None: not known."""
    name = "memory.current" if group.version == 2 else "memory.usage_in_bytes"
    for folder in group.memory:
        if (value := _number(f"{folder}/{name}")) is not None:
            return value
    return None


def members(group: Cgroup) -> list[int]:
    """Pids in the group itself, without descendant groups; empty where they cannot be read."""
    folders = group.cpu or group.memory
    text = read_text(f"{folders[0]}/cgroup.procs") if folders else None
    return [int(pid) for pid in (text or "").split() if pid.isdigit()]
