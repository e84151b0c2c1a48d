"""Devices of the catalogue: what a row of the processors and accelerators tables says about one."""

from dataclasses import dataclass

__all__ = ["AcceleratorRow", "CpuRow", "accelerator_row", "cpu_row"]


@dataclass(frozen=True, slots=True)
class CpuRow:
    """A processor model, or the median of a family, a maker or a class.

    Parameters
    ----------
    kind
        ``model``, ``family``, ``vendor`` or ``generic``.
    klass
        ``server``, ``desktop`` or ``laptop``.
    tdp_w
        Thermal design power of one package [W].
    tdp_gsd
        Geometric standard deviation of the true TDP about `tdp_w`: 1 where sources agree, else their disagreement, or
        the spread over the members (the larger of TDP and TDP per thread).
    cores, threads
        Of one package; None where not known.
    die_mm2
        Total die area of one package [mm²]; None where not known.
    members
        How many models a family row stands for; 1 for a model.
    """

    slug: str
    name: str
    vendor: str
    kind: str
    klass: str
    family: str
    tdp_w: float
    tdp_gsd: float
    cores: int | None
    threads: int | None
    die_mm2: float | None
    members: int


@dataclass(frozen=True, slots=True)
class AcceleratorRow:
    """An accelerator model, or the median of a family or a maker.

    Parameters
    ----------
    kind
        ``model``, ``family``, ``vendor`` or ``generic``.
    tdp_w
        Board or module power [W]; None where the maker publishes none.
    tdp_basis
        What `tdp_w` is: ``board``, ``power-cap`` or ``measured-maximum``.
    tdp_gsd
        As in `CpuRow`.
    idle_w
        Idle power [W]; None where not known.
    memory_gb
        Memory of the device [GB].
    """

    slug: str
    name: str
    vendor: str
    kind: str
    family: str
    tdp_w: float | None
    tdp_basis: str
    tdp_gsd: float
    idle_w: float | None
    memory_gb: float | None
    members: int


def _number(text: str) -> float | None:
    return float(text) if text else None


def cpu_row(cells: dict[str, str]) -> CpuRow:
    """The processor that a line of ``cpus.csv`` describes."""
    cores, threads = _number(cells["cores"]), _number(cells["threads"])
    return CpuRow(
        slug=cells["slug"],
        name=cells["name"],
        vendor=cells["vendor"],
        kind=cells["kind"],
        klass=cells["klass"],
        family=cells["family"],
        tdp_w=float(cells["tdp_w"]),
        tdp_gsd=float(cells["tdp_gsd"] or 1),
        cores=None if cores is None else int(cores),
        threads=None if threads is None else int(threads),
        die_mm2=_number(cells["die_mm2"]),
        members=int(cells["members"] or 1),
    )


def accelerator_row(cells: dict[str, str]) -> AcceleratorRow:
    """The accelerator that a line of ``accelerators.csv`` describes."""
    return AcceleratorRow(
        slug=cells["slug"],
        name=cells["name"],
        vendor=cells["vendor"],
        kind=cells["kind"],
        family=cells["family"],
        tdp_w=_number(cells["tdp_w"]),
        tdp_basis=cells["tdp_basis"],
        tdp_gsd=float(cells["tdp_gsd"] or 1),
        idle_w=_number(cells["idle_w"]),
        memory_gb=_number(cells["memory_gb"]),
        members=int(cells["members"] or 1),
    )
