"""Descriptions of hardware: ``H100 SXM``, or ``server + 8 x H100 SXM + 2 x EPYC 7763 + 2 TB memory + 30 TB ssd``."""

import math
import re
from dataclasses import dataclass
from difflib import get_close_matches

from treadlight.core.errors import InputError, NotFoundError
from treadlight.library.catalogue import accelerators, cpus, recognise_accelerator, recognise_cpu
from treadlight.library.library import Library
from treadlight.library.tables.accelerators import AcceleratorTableRow
from treadlight.library.tables.products import ProductRow

__all__ = ["Device", "DevicePart", "peak_rates", "read_device"]

_COUNTED = re.compile(r"(\d+(?:\.\d+)?)\s*[x×*]\s*(.+)", re.IGNORECASE)
_SIZED = re.compile(r"(\d+(?:\.\d+)?)\s*(gb|tb)\s+(?:of\s+)?(\w+)", re.IGNORECASE)
_MEDIA = {
    "memory": "memory.dram",
    "ram": "memory.dram",
    "dram": "memory.dram",
    "ssd": "storage.ssd",
    "flash": "storage.ssd",
    "hdd": "storage.hdd",
    "disk": "storage.hdd",
}
_ALIASES = {
    "server": "server.base",
    "laptop": "laptop.generic",
    "workstation": "workstation.generic",
    "desktop": "workstation.generic",
}
_PER_GB = frozenset(_MEDIA.values())
_WHOLE = ("server.base", "laptop.generic", "workstation.generic")
_GB_PER_TB = 1000.0
_NEAR = 4
_PRECISIONS = ("bf16_tflops", "fp16_tflops", "fp32_tflops")


@dataclass(frozen=True, slots=True)
class DevicePart:
    """One part of a device.

    Parameters
    ----------
    product
        As in ``product.<product>``.
    amount
        How many, or how many GB of memory and storage.
    lifetime_class
        Key of the lifetimes table.
    tdp_w, tdp_gsd, idle_w
        Power of one [W], as the catalogue knows it; None where it does not.
    transport_included, end_of_life_included
        Whether the figure of its making covers these.
    """

    product: str
    name: str
    amount: float
    lifetime_class: str
    tdp_w: float | None = None
    tdp_gsd: float = 1.0
    idle_w: float | None = None
    transport_included: bool = False
    end_of_life_included: bool = False

    @property
    def kind(self) -> str:
        """``accelerator``, ``cpu``, ``memory``, ``storage``, ``server``, …"""
        return self.product.partition(".")[0]

    @property
    def text(self) -> str:
        """``8 × H100 SXM5 80GB``, or ``2048 GB of DRAM``."""
        if self.product in _PER_GB:
            return f"{self.amount:g} GB of {self.name.partition(',')[0]}"
        return self.name if self.amount == 1 else f"{self.amount:g} × {self.name}"


@dataclass(frozen=True)
class Device:
    """Hardware as it is bought: its parts."""

    text: str
    parts: tuple[DevicePart, ...]

    @property
    def lifetime_class(self) -> str:
        """Class of the whole: that of the server, laptop or workstation in it, else of its first part."""
        whole = [part for part in self.parts if part.product in _WHOLE]
        return (whole or self.parts)[0].lifetime_class

    @property
    def accelerators(self) -> tuple[DevicePart, ...]:
        """Its accelerators."""
        return tuple(part for part in self.parts if part.kind == "accelerator")


def read_device(text: str, library: Library, field: str = "PRODUCT") -> Device:
    """The device that a description means.

    Parameters
    ----------
    text
        Parts joined by ``+``; each a product of the library by id or name, a processor or accelerator by the name its
        driver gives it, ``server``, ``laptop``, ``workstation``, or so many GB or TB of memory, ssd or hdd; before it
        ``8 x`` for more than one.

    Raises
    ------
    NotFoundError
        If a part is not in the library; the message names those that are spelt alike.
    InputError
        If an amount is not above 0, or nothing is described.
    """
    pieces = [piece.strip() for piece in text.split("+")]
    if not all(pieces):
        remedy = 'write for example "server + 8 x H100 SXM + 2 TB memory"'
        raise InputError("describes no hardware", field=field, value=text, remedy=remedy)
    rows = {row.product: row for row in library.rows("products") if isinstance(row, ProductRow)}
    return Device(text.strip(), tuple(_part(piece, rows, field) for piece in pieces))


def peak_rates(part: DevicePart, library: Library) -> tuple[dict[str, float], float | None]:
    """Dense peak rates by precision [10¹²/s] and memory bandwidth [GB/s] of an accelerator, where the library knows."""
    slug = part.product.partition(".")[2]
    for row in library.rows("accelerators"):
        if isinstance(row, AcceleratorTableRow) and row.slug == slug:
            rates = {name: getattr(row, name) for name in _PRECISIONS}
            return {name: rate for name, rate in rates.items() if rate}, row.bandwidth_gb_per_s
    return {}, None


def _part(text: str, rows: dict[str, ProductRow], field: str) -> DevicePart:
    counted = _COUNTED.fullmatch(text)
    amount, name = (float(counted[1]), counted[2].strip()) if counted else (1.0, text)
    sized = _SIZED.fullmatch(name)
    if sized and sized[3].lower() in _MEDIA:
        amount *= float(sized[1]) * (_GB_PER_TB if sized[2].lower() == "tb" else 1.0)
        name = _MEDIA[sized[3].lower()]
    if not (amount > 0 and math.isfinite(amount)):
        raise InputError("is no amount of hardware", field=field, value=text, remedy="give more than 0 of each part")
    return _known(name, amount, rows) or _known(_only_one(name, rows), amount, rows) or _refuse(name, rows, field)


def _known(name: str, amount: float, rows: dict[str, ProductRow]) -> DevicePart | None:
    product = _ALIASES.get(name.casefold(), name.casefold())
    row = rows.get(product) or next((r for r in rows.values() if r.name.casefold() == name.casefold()), None)
    accelerator, cpu = recognise_accelerator(_bare(row, name)).row, recognise_cpu(_bare(row, name)).row
    for kind, found in (("accelerator", accelerator), ("cpu", cpu)):
        if found is None or found.kind != "model" or (row and row.product != f"{kind}.{found.slug}"):
            continue
        row = row or rows.get(f"{kind}.{found.slug}")
        if row:
            idle = getattr(found, "idle_w", None)
            return _made(row, amount, found.tdp_w, found.tdp_gsd, idle)
    return _made(row, amount, None, 1.0, None) if row else None


def _bare(row: ProductRow | None, name: str) -> str:
    return row.name if row else name


def _made(row: ProductRow, amount: float, tdp_w: float | None, gsd: float, idle_w: float | None) -> DevicePart:
    included = (row.transport_included, row.end_of_life_included)
    return DevicePart(row.product, row.name, amount, row.lifetime_class, tdp_w, gsd, idle_w, *included)


def _names(rows: dict[str, ProductRow]) -> list[str]:
    """Names of all models and products, without medians of families and parts of servers."""
    names = [row.name for row in accelerators() if row.kind == "model"]
    names += [row.name for row in cpus() if row.kind == "model"]
    names += [row.name for row in rows.values() if row.kind not in ("part", "accelerator", "cpu")]
    return list(dict.fromkeys(names))


def _holding(name: str, rows: dict[str, ProductRow]) -> list[str]:
    """Names in which every word of `name` stands."""
    words = set(name.casefold().split())
    return [known for known in _names(rows) if words and words <= set(known.casefold().split())]


def _only_one(name: str, rows: dict[str, ProductRow]) -> str:
    """The one name that holds these words; the words themselves where there is none, or more than one."""
    holding = _holding(name, rows)
    return holding[0] if len(holding) == 1 else name


def _refuse(name: str, rows: dict[str, ProductRow], field: str) -> DevicePart:
    near = _holding(name, rows) or get_close_matches(name, _names(rows), _NEAR, 0.5)
    remedy = f"did you mean {' or '.join(near[:_NEAR])}?" if near else "search with `treadlight library find`"
    raise NotFoundError("is no product of the library", field=field, value=name, remedy=remedy)
