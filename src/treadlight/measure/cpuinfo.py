"""The processor as ``/proc/cpuinfo`` names it: model, sockets, cores, threads, and whether a hypervisor is below.

x86 kernels write a model name; ARM kernels write the numbers of implementer and part, whose names are listed here.

References
----------
ARM part numbers: Linux kernel, arch/arm64/include/asm/cputype.h; util-linux, sys-utils/lscpu-arm.c.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from treadlight.measure.procfs import read_text

__all__ = ["CpuInfo", "parse_cpuinfo", "read_cpuinfo"]

_PROCESSOR = re.compile(r"^processor\s*:\s*\d+", re.MULTILINE)
_PACKAGE = re.compile(r"^physical id\s*:\s*(\d+)", re.MULTILINE)
_CORE = re.compile(r"^core id\s*:\s*(\d+)", re.MULTILINE)

# Each row looked up in Linux, arch/arm64/include/asm/cputype.h, or util-linux, sys-utils/lscpu-arm.c.
_ARM_IMPLEMENTERS = {
    0x41: "ARM",
    0x42: "Broadcom",
    0x43: "Cavium",
    0x46: "Fujitsu",
    0x48: "HiSilicon",
    0x4E: "NVIDIA",
    0x50: "Applied Micro",
    0x51: "Qualcomm",
    0x61: "Apple",
    0x6D: "Microsoft",
    0x70: "Phytium",
    0xC0: "Ampere",
}

_ARM_PARTS = {
    (0x41, 0xD03): "Cortex-A53",
    (0x41, 0xD08): "Cortex-A72",
    (0x41, 0xD0B): "Cortex-A76",
    (0x41, 0xD42): "Cortex-A78AE",
    (0x41, 0xD0C): "Neoverse-N1",
    (0x41, 0xD40): "Neoverse-V1",
    (0x41, 0xD49): "Neoverse-N2",
    (0x41, 0xD4F): "Neoverse-V2",
    (0x41, 0xD84): "Neoverse-V3",
    (0x41, 0xD8E): "Neoverse-N3",
    (0x43, 0x0AF): "ThunderX2",
    (0x46, 0x001): "A64FX",
    (0x48, 0xD01): "Kunpeng-920",
    (0x4E, 0x004): "Carmel",
    (0x61, 0x022): "M1",
    (0x61, 0x023): "M1",
    (0x61, 0x032): "M2",
    (0x61, 0x033): "M2",
    (0x6D, 0xD49): "Cobalt 100",
    (0xC0, 0xAC3): "Ampere-1",
    (0xC0, 0xAC4): "Ampere-1a",
}


@dataclass(frozen=True, slots=True)
class CpuInfo:
    """What ``/proc/cpuinfo`` says.

    Parameters
    ----------
    model
        Name as the kernel gives it, or on ARM the name of the core, such as ``Neoverse-N1``; empty: not told.
    sockets, cores, threads
        As the operating system sees them; a virtual machine's sockets are an invention of its host. 0: not told.
    hypervisor
        True where the processor says it runs under one, False where it says it does not, None where it cannot say.
    cpuid
        ``cpu family`` and ``model`` of an x86 processor: the generation behind a name that a host hides.
    """

    model: str = ""
    sockets: int = 0
    cores: int = 0
    threads: int = 0
    hypervisor: bool | None = None
    cpuid: tuple[int, int] | None = None


def read_cpuinfo(procfs: str | Path) -> CpuInfo:
    """The processor of the machine at `procfs`; all empty where ``cpuinfo`` cannot be read."""
    return _read_here() if str(procfs) == "/proc" else parse_cpuinfo(read_text(f"{procfs}/cpuinfo") or "")


@lru_cache(maxsize=1)
def _read_here() -> CpuInfo:
    """Of this very machine, once: large servers take milliseconds to write it, and it does not change."""
    return parse_cpuinfo(read_text("/proc/cpuinfo") or "")


def parse_cpuinfo(text: str) -> CpuInfo:
    """The processor described by the text of a ``cpuinfo`` file."""
    parts = [part for part in text.split("\n\n") if part.strip()]
    # all processors look alike, and ARM kernels append a block about the board: the ends tell the rest
    merged = _fields(parts[0]) if parts else {}
    if len(parts) > 1:
        merged = _fields(parts[-1]) | merged
    packages, cores = _PACKAGE.findall(text), _CORE.findall(text)
    flags = merged.get("flags")
    return CpuInfo(
        model=_model(merged),
        sockets=len(set(packages)),
        cores=len(set(zip(packages, cores, strict=True))) if len(packages) == len(cores) else 0,
        threads=len(_PROCESSOR.findall(text)),
        hypervisor=None if flags is None else "hypervisor" in flags.split(),
        cpuid=_cpuid(merged),
    )


def _cpuid(fields: dict[str, str]) -> tuple[int, int] | None:
    family, model = fields.get("cpu family", ""), fields.get("model", "")
    return (int(family), int(model)) if family.isdigit() and model.isdigit() else None


def _fields(block: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in block.splitlines():
        name, colon, value = line.partition(":")
        if colon:
            fields.setdefault(name.strip(), value.strip())
    return fields


def _model(fields: dict[str, str]) -> str:
    name = fields.get("model name") or fields.get("cpu model") or fields.get("cpu", "")
    if name and "CPU implementer" not in fields:
        return " ".join(name.split())
    try:
        implementer, part = int(fields["CPU implementer"], 0), int(fields["CPU part"], 0)
    except (KeyError, ValueError):
        return " ".join((name or fields.get("Model", "")).split())
    vendor = _ARM_IMPLEMENTERS.get(implementer, f"ARM implementer {implementer:#04x}")
    return _ARM_PARTS.get((implementer, part), f"{vendor} part {part:#05x}")
