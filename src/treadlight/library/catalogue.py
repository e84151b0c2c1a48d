"""The catalogue: which processor or accelerator a name means, and how well that is known.

Measurement asks here before anything heavy is loaded: the same tables the library checks are read with the standard
library's csv alone.
"""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Generic, Literal, TypeVar

from treadlight.library.devices import AcceleratorRow, CpuRow, accelerator_row, cpu_row
from treadlight.library.names import accelerator_key, cpu_key

__all__ = [
    "AcceleratorRow",
    "CpuRow",
    "Match",
    "accelerators",
    "cpus",
    "generic_accelerator",
    "generic_cpu",
    "recognise_accelerator",
    "recognise_cpu",
]

_DATA = Path(__file__).with_name("data")
_VERSION = re.compile(r"\d{4}\.\d{2}")

_SLICE_GSD = 1.5  # a slice's power follows the whole card's: the card's idle power is shared, its load is not

Quality = Literal["exact", "family", "vendor", "none"]
"""The model itself, a median over its family, a median over its maker's devices, nothing."""


R = TypeVar("R", CpuRow, AcceleratorRow)


@dataclass(frozen=True, slots=True)
class Match(Generic[R]):
    """What a name was taken for.

    Parameters
    ----------
    row
        None where nothing fits.
    quality
        ``exact``, ``family``, ``vendor`` or ``none``.
    widening_gsd
        GSD to widen a power estimate by; 1 means none.
    detail
        Why, in one line for people.
    """

    row: R | None
    quality: Quality
    widening_gsd: float
    detail: str


@dataclass(frozen=True, slots=True)
class _Index(Generic[R]):
    """Cells of every row; names of models in small letters; patterns and signatures, the narrowest first."""

    cells: tuple[dict[str, str], ...]
    models: tuple[tuple[str, dict[str, str]], ...]
    patterns: tuple[tuple[str, dict[str, str]], ...]
    cpuids: tuple[tuple[str, dict[str, str]], ...]
    make: Callable[[dict[str, str]], R]
    key: Callable[[str], str]

    def by_name(self, key: str) -> R | None:
        """The model whose name, or one of whose aliases, has this normal form."""
        # normal forms are costly to make for every row: only of rows that hold the longest word of the key
        word = max((w for w in key.split() if not w.endswith("gb")), key=len, default="")
        for names, cells in self.models:
            if word and word in names and any(self.key(name) == key for name in names.split("|")):
                return self.make(cells)
        return None

    def by_pattern(self, text: str) -> R | None:
        """The first family or maker whose pattern occurs."""
        return next((self.make(cells) for pattern, cells in self.patterns if re.search(pattern, text)), None)

    def by_cpuid(self, cpuid: tuple[int, int], found: R) -> R | None:
        """The family whose processor signature is `cpuid`, if it is narrower than `found` and of the same maker."""
        for text, cells in self.cpuids:
            wanted, _, models = text.partition(":")
            low, _, high = models.partition("-")
            if int(wanted) == cpuid[0] and int(low) <= cpuid[1] <= int(high or low):
                row = self.make(cells)
                return row if row.vendor == found.vendor and row.members < found.members else None
        return None


def recognise_cpu(name: str, cpuid: tuple[int, int] | None = None) -> Match[CpuRow]:
    """The processor that ``model name`` of ``/proc/cpuinfo`` or ``lscpu`` means.

    Parameters
    ----------
    name
        As printed, such as ``"AMD EPYC 7763 64-Core Processor"``; on ARM the core's name, such as ``"Neoverse-N1"``.
    cpuid
        ``cpu family`` and ``model`` of ``/proc/cpuinfo``, decimal, where known: they tell the generation behind the
        bare ``"AMD EPYC"`` that virtual machines print.
    """
    index = _cpu_index()
    key = cpu_key(name)
    row = index.by_name(key)
    if row is not None:
        return _exact(row)
    found = index.by_pattern(key)
    if found is not None and cpuid is not None:
        found = index.by_cpuid(cpuid, found) or found
    return _inexact(name, found)


def recognise_accelerator(name: str) -> Match[AcceleratorRow]:
    """The accelerator that a driver's product name means, such as ``"NVIDIA A100-SXM4-80GB"``."""
    index = _accelerator_index()
    key = accelerator_key(name)
    whole, slice_, _ = key.partition(" mig ")
    row = index.by_name(whole)
    if row is None:
        return _inexact(name, index.by_pattern(f"{key} | {name.lower()}"))
    if slice_:
        return Match(row, "family", _SLICE_GSD, f"{name} is a slice of {row.name}: figures of the whole card, widened")
    return _exact(row)


def generic_cpu(klass: str) -> CpuRow:
    """The median processor of a class: ``server``, ``desktop`` or ``laptop``."""
    return next(row for row in cpus() if row.kind == "generic" and row.klass == klass)


def generic_accelerator() -> AcceleratorRow:
    """The median accelerator."""
    return next(row for row in accelerators() if row.kind == "generic")


def cpus() -> tuple[CpuRow, ...]:
    """Every processor row."""
    return tuple(map(cpu_row, _cpu_index().cells))


def accelerators() -> tuple[AcceleratorRow, ...]:
    """Every accelerator row."""
    return tuple(map(accelerator_row, _accelerator_index().cells))


def _exact(row: R) -> Match[R]:
    detail = "" if row.tdp_gsd == 1 else f"sources disagree about the power of {row.name}"
    return Match(row, "exact", row.tdp_gsd, detail)


def _inexact(name: str, row: R | None) -> Match[R]:
    if row is None:
        return Match(None, "none", 1.0, f"nothing in the catalogue resembles {name!r}")
    quality: Quality = "vendor" if row.kind == "vendor" else "family"
    return Match(row, quality, row.tdp_gsd, f"{name!r} is not listed: median of {row.members} models, {row.name}")


def _index(topic: str, make: Callable[[dict[str, str]], R], key: Callable[[str], str]) -> _Index[R]:
    models: list[tuple[str, dict[str, str]]] = []
    patterns: list[tuple[str, dict[str, str]]] = []
    cpuids: list[tuple[str, dict[str, str]]] = []
    rows = _read(topic)
    for cells in rows:
        if cells["kind"] == "model":
            names = f"{cells['name']}|{cells['aliases']}" if cells["aliases"] else cells["name"]
            models.append((names.lower(), cells))
        elif cells["pattern"]:
            patterns.append((cells["pattern"], cells))
            cpuids.extend((text, cells) for text in cells.get("cpuid", "").split("|") if text)
    return _Index(tuple(rows), tuple(models), tuple(patterns), tuple(cpuids), make, key)


def _read(topic: str) -> list[dict[str, str]]:
    path = max(path for path in _DATA.glob(f"*/{topic}.csv") if _VERSION.fullmatch(path.parent.name))
    with path.open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    return [dict(zip(header, line, strict=True)) for line in lines]


@lru_cache(maxsize=1)
def _cpu_index() -> _Index[CpuRow]:
    return _index("cpus", cpu_row, cpu_key)


@lru_cache(maxsize=1)
def _accelerator_index() -> _Index[AcceleratorRow]:
    return _index("accelerators", accelerator_row, accelerator_key)
