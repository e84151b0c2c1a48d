"""Facts about this machine that cost almost nothing to read: processor, memory, disks, kind, virtual or not."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from treadlight.core.errors import ConfigError
from treadlight.measure.cgroup import cpu_limit, find_cgroup, memory_limit_bytes
from treadlight.measure.cpuinfo import read_cpuinfo
from treadlight.measure.disks import Disk
from treadlight.measure.disks import disks as list_disks
from treadlight.measure.machine import (
    KLASSES,
    count_cpus,
    count_packages,
    hypervisor_of,
    is_container,
    klass_of,
    named_by_cloud,
    product_of,
)
from treadlight.measure.meter import Context
from treadlight.measure.procfs import boot_id, memory, read_text

if TYPE_CHECKING:
    from treadlight.library.catalogue import CpuRow, Match

__all__ = ["KLASSES", "Disk", "Host", "host_facts", "host_report"]

_GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Host:
    """This machine, as far as it can be known without privileges.

    Parameters
    ----------
    cpu_model
        As the kernel or the user names it; empty: not told.
    cpu
        What the catalogue makes of that name.
    sockets, cores, threads
        As the operating system sees them, at least 1.
    memory_gb
        Memory the machine can use [GB of 2^30 bytes]; 0: not known.
    memory_limit_gb, cpu_limit
        What its control group allows us, where that is less [GB of 2^30 bytes; threads]; None: no limit.
    klass
        server, desktop or laptop; `klass_known` says from what.
    threads_of_host
        Threads of the physical machine below a virtual one, where the user states it; 0: not known.
    """

    hostname: str
    os: str
    cpu_model: str
    cpu: "Match[CpuRow]"
    sockets: int
    cores: int
    threads: int
    memory_gb: float
    is_vm: bool
    is_container: bool
    klass: str
    klass_known: str = ""
    hypervisor: str = ""
    product: str = ""
    memory_limit_gb: float | None = None
    cpu_limit: float | None = None
    disks: tuple[Disk, ...] = ()
    boot_id: str = ""
    threads_of_host: int = 0
    stated: frozenset[str] = frozenset()

    @property
    def cpu_row(self) -> "CpuRow | None":
        """The row of the catalogue, where one was recognised."""
        return self.cpu.row

    def facts(self) -> dict[str, str]:
        """The facts as text, for the journal; what is not known is left out."""
        row = self.cpu_row
        found = {
            "hostname": self.hostname,
            "os": self.os,
            "cpu_model": self.cpu_model,
            "cpu": f"{row.slug} ({self.cpu.quality})" if row is not None else "",
            "sockets": str(self.sockets),
            "cores": str(self.cores),
            "threads": str(self.threads),
            "memory_gb": f"{self.memory_gb:.6g}" if self.memory_gb else "",
            "memory_limit_gb": f"{self.memory_limit_gb:.6g}" if self.memory_limit_gb is not None else "",
            "cpu_limit": f"{self.cpu_limit:.6g}" if self.cpu_limit is not None else "",
            "klass": self.klass,
            "virtual": (self.hypervisor or "yes") if self.is_vm else "no",
            "container": "yes" if self.is_container else "no",
            "product": self.product,
            "disks": ", ".join(f"{d.name} {d.kind} {d.gb:.0f} GB" for d in self.disks),
            "boot_id": self.boot_id,
        }
        return {name: value for name, value in found.items() if value}


def host_facts(context: Context) -> Host:
    """Facts about the machine whose trees `context` names; its options ``host.*`` go before what is found.

    Raises
    ------
    ConfigError
        If an option ``host.*`` cannot be used.
    """
    sysfs, procfs, options = context.sysfs_root, context.procfs_root, context.options
    here = str(procfs) == "/proc"
    info = read_cpuinfo(procfs)
    hypervisor = hypervisor_of(sysfs, info)
    product = product_of(sysfs, procfs)
    named = named_by_cloud(info.model, product) or (platform.processor() if here else "")
    model = options.get("host.cpu") or named
    match = _recognise_stated(model) if options.get("host.cpu") else _recognise(model, info.cpuid)
    threads = info.threads or count_cpus(sysfs) or ((os.cpu_count() or 1) if here else 1)
    klass, known = klass_of(sysfs, options.get("host.klass", ""), match, model, bool(hypervisor))
    group = find_cgroup(procfs, sysfs)
    memory_gb = _memory_gb(procfs, here)
    limit = memory_limit_bytes(group)
    limit_gb = limit / _GIB if limit is not None and limit / _GIB < (memory_gb or float("inf")) else None
    allowed = cpu_limit(group)
    return Host(
        hostname=_text(procfs, "sys/kernel/hostname") or (platform.node() if here else ""),
        os=_os(procfs, here),
        cpu_model=model,
        cpu=match,
        sockets=max(1, info.sockets or count_packages(sysfs)),
        cores=max(1, info.cores or threads),
        threads=max(1, threads),
        memory_gb=memory_gb,
        is_vm=bool(hypervisor),
        is_container=is_container(procfs, here),
        klass=klass,
        klass_known=known,
        hypervisor=hypervisor,
        product=product,
        memory_limit_gb=limit_gb,
        cpu_limit=allowed if allowed is not None and allowed < threads else None,
        disks=tuple(list_disks(sysfs)),
        boot_id=boot_id(procfs),
        threads_of_host=_positive_option(options, "host.vm_threads_of_host"),
        stated=frozenset(name for name in options if name.startswith("host.") and options[name]),
    )


def _text(root: Path, *parts: str) -> str:
    return read_text("/".join([str(root), *parts])) or ""


def _positive_option(options: dict[str, str], name: str) -> int:
    text = options.get(name, "")
    if not text:
        return 0
    if not text.isdigit() or int(text) == 0:
        raise ConfigError("must be a whole number above 0", field=name, value=text, remedy="give it, or leave it out")
    return int(text)


def _recognise_stated(model: str) -> "Match[CpuRow]":
    """As `_recognise`, for a name somebody typed: its slug, or without the maker, will do too."""
    from treadlight.library.catalogue import cpus

    by_slug = next((row.name for row in cpus() if row.slug == model.strip().lower()), model)
    matches = [_recognise(name, None) for name in (by_slug, f"AMD {model}", f"Intel {model}", f"Intel Xeon {model}")]
    return next((match for match in matches if match.quality == "exact"), matches[0])


def _recognise(model: str, cpuid: tuple[int, int] | None) -> "Match[CpuRow]":
    from treadlight.library.catalogue import recognise_cpu

    return recognise_cpu(model, cpuid)


def _os(procfs: Path, here: bool) -> str:
    kind = _text(procfs, "sys/kernel/ostype")
    if kind:
        return f"{kind} {_text(procfs, 'sys/kernel/osrelease')}".strip()
    return f"{platform.system()} {platform.release()}" if here else ""


def _memory_gb(procfs: Path, here: bool) -> float:
    try:
        return memory(procfs).total_bytes / _GIB
    except (OSError, ValueError):
        if not here:
            return 0.0
    try:
        import psutil
    except ImportError:
        return 0.0
    return float(psutil.virtual_memory().total) / _GIB


# -- for people --------------------------------------------------------------------------------------------------------


def host_report(host: Host) -> list[tuple[str, str, str]]:
    """Label, value and how it is known, line by line, for ``treadlight doctor``."""
    row, match = host.cpu_row, host.cpu
    recognised = f"{match.quality} match: {match.detail}".rstrip(": ")
    stated = "stated by the user"
    lines = [
        ("machine", host.product or "not told", "firmware tables"),
        ("operating system", host.os or "not told", "kernel"),
        ("kind", host.klass, host.klass_known),
        (
            "virtual",
            f"yes, {host.hypervisor}" if host.is_vm else "no",
            "processor flag and firmware tables",
        ),
        ("container", "yes" if host.is_container else "no", "control groups and mounts"),
        ("processor", host.cpu_model or "not told", stated if "host.cpu" in host.stated else "/proc/cpuinfo"),
        ("recognised as", f"{row.name}, {row.tdp_w:g} W" if row is not None else "nothing", recognised),
        (
            "threads",
            f"{host.threads}" + ("" if host.is_vm else f" on {host.sockets} socket{'s' if host.sockets > 1 else ''}"),
            "/proc/cpuinfo",
        ),
        ("memory", f"{host.memory_gb:.1f} GB" if host.memory_gb else "not known", "/proc/meminfo"),
    ]
    if host.is_vm:
        lines.append(
            (
                "threads of the physical host",
                str(host.threads_of_host) if host.threads_of_host else "not known",
                stated if host.threads_of_host else "set host.vm_threads_of_host to state it",
            )
        )
    if host.memory_limit_gb is not None:
        lines.append(("memory limit", f"{host.memory_limit_gb:.1f} GB", "control group"))
    if host.cpu_limit is not None:
        lines.append(("processor limit", f"{host.cpu_limit:g} threads", "control group"))
    for disk in host.disks:
        kind = f"{disk.kind}, virtual" if disk.virtual else disk.kind
        lines.append((f"disk {disk.name}", f"{disk.gb:.0f} GB {kind}", "/sys/block"))
    return lines
