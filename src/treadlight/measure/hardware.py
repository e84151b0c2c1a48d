"""The hardware a run occupies while it lasts: what the embodied impacts are counted for.

Each item is an amount of devices or gigabytes; the tracker multiplies it by time. A physical server counts its parts,
a virtual one its share of them, a laptop or desktop the whole product.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from treadlight.core.activity import EvidenceMethod
from treadlight.core.distribution import Distribution, Lognormal, Point
from treadlight.measure.host import Disk, Host
from treadlight.measure.machine import SMALL_BOARD
from treadlight.measure.power import GSD_SHARE, combined_gsd, host_threads

__all__ = ["HardwareItem", "Uncounted", "hardware_items", "unknowns"]

_GSD_COUNTED_MEMORY = 1.05
"""The kernel sees 1 to 5 % less than the modules hold."""

_GSD_VM_PART = 1.2
"""vCPUs and memory of a virtual machine are sold from hosts with spare and oversubscribed capacity. Judgement."""

_GSD_VM_DISK = 2.0
"""A virtual disk is a share of an unseen store, thinly provisioned or kept in copies. Judgement."""


@dataclass(frozen=True, slots=True)
class HardwareItem:
    """A piece of hardware, or a share of it, that the run occupies.

    Parameters
    ----------
    key
        Unique on this host, such as ``hardware:cpu``.
    flow
        ``hardware.…``; devices, or GB for memory and storage.
    amount
        How much of it is held, at every moment [devices or GB].
    component, device
        As of the meters' channels; storage is a component of its own.
    method, basis
        Evidence: found by the operating system (modelled), or assumed.
    uncertainty
        Distribution of true ÷ stated amount.
    cause
        Name shared by all items that are wrong together.
    """

    key: str
    flow: str
    amount: float
    component: str
    device: str
    method: EvidenceMethod
    basis: str
    uncertainty: Distribution
    cause: str


def hardware_items(host: Host, gpus: Sequence[tuple[str, str]] = ()) -> list[HardwareItem]:
    """The hardware of `host`, and its accelerators as pairs of device and the driver's name for it."""
    machine = _server(host) if host.klass == "server" else [_whole(host)]
    return machine + [_accelerator(device, name) for device, name in gpus]


def _spread(gsd: float) -> Distribution:
    return Lognormal(1.0, gsd) if gsd > 1 else Point(1.0)


def _whole(host: Host) -> HardwareItem:
    kind = "laptop" if host.klass == "laptop" else "workstation"
    share = host.threads / host_threads(host)
    basis = f"one {kind}, {host.klass_known or 'assumed'}"
    if host.is_vm:
        basis = f"{share:.3g} of a {kind}: a virtual machine on it"
    return HardwareItem(
        key=f"hardware:{kind}",
        flow=f"hardware.{kind}.generic",
        amount=share,
        component="rest",
        device="node",
        method=EvidenceMethod.ASSUMED,
        basis=basis,
        uncertainty=_spread(GSD_SHARE if host.is_vm and not host.threads_of_host else 1.0),
        cause="hardware:share" if host.is_vm else f"hardware:{kind}",
    )


def _server(host: Host) -> list[HardwareItem]:
    items = [_cpu(host)]
    if host.memory_gb > 0:
        items.append(_memory(host))
    items.append(_base(host))
    return items + [_disk(disk) for disk in host.disks]


def _cpu(host: Host) -> HardwareItem:
    row, match = host.cpu_row, host.cpu
    slug, name, per_package, gsd, method = _package(host)
    amount, cause = float(host.sockets), f"hardware:cpu:{slug}"
    basis = f"{host.sockets} × {name}"
    if host.is_vm:
        amount, cause = host.threads / per_package, "hardware:share"
        basis = f"{host.threads} vCPUs of {per_package} threads, {name}"
        gsd = combined_gsd(gsd, _GSD_VM_PART)
    if row is not None and match.quality != "exact":
        basis += f" ({match.quality} match)"
    return HardwareItem(
        "hardware:cpu", f"hardware.cpu.{slug}", amount, "cpu", "node", method, basis, _spread(gsd), cause
    )


def _package(host: Host) -> tuple[str, str, int, float, EvidenceMethod]:
    """Slug, name and threads of one processor package, spread of the guess, and how it is known."""
    from treadlight.library.catalogue import generic_cpu

    row = host.cpu_row
    if row is None:
        row = generic_cpu("server")
        name, gsd, method = f"processor not recognised: {row.name}", GSD_SHARE, EvidenceMethod.ASSUMED
    else:
        name, gsd = row.name, host.cpu.widening_gsd if host.cpu.quality != "exact" else 1.0
        method = EvidenceMethod.MODELLED if host.cpu.quality == "exact" else EvidenceMethod.ASSUMED
    threads = row.threads or max(1, host_threads(host) // 2)
    # the library keeps the median server processor as product cpu.generic
    return ("generic" if row.kind == "generic" else row.slug), name, threads, gsd, method


def _memory(host: Host) -> HardwareItem:
    limited = host.memory_limit_gb is not None
    amount = host.memory_limit_gb if host.memory_limit_gb is not None else host.memory_gb
    basis = f"limit of the control group, of {host.memory_gb:.0f} GB" if limited else "memory the kernel manages"
    gsd = _GSD_VM_PART if host.is_vm else _GSD_COUNTED_MEMORY
    return HardwareItem(
        key="hardware:memory",
        flow="hardware.memory.dram",
        amount=amount,
        component="memory",
        device="node",
        method=EvidenceMethod.MODELLED,
        basis=basis,
        uncertainty=_spread(gsd),
        cause="hardware:memory",
    )


def _base(host: Host) -> HardwareItem:
    threads = host_threads(host)
    share = host.threads / threads
    basis, gsd, method = "board, chassis and power supplies of one server", 1.0, EvidenceMethod.MODELLED
    if host.is_vm:
        known = "stated" if host.threads_of_host else "assumed"
        basis = f"{host.threads} vCPUs of a server with {threads} threads, {known}"
        gsd, method = (1.1 if host.threads_of_host else GSD_SHARE), EvidenceMethod.ASSUMED
    return HardwareItem(
        key="hardware:base",
        flow="hardware.server.base",
        amount=share,
        component="rest",
        device="node",
        method=method,
        basis=basis,
        uncertainty=_spread(gsd),
        cause="hardware:share" if host.is_vm else "hardware:base",
    )


def _disk(disk: Disk) -> HardwareItem:
    basis = f"{disk.gb:.0f} GB {disk.kind}"
    if disk.virtual:
        basis = f"{disk.gb:.0f} GB of a virtual disk, taken for {disk.kind}"
    return HardwareItem(
        key=f"hardware:{disk.name}",
        flow=f"hardware.storage.{disk.kind}",
        amount=disk.gb,
        component="storage",
        device=disk.name,
        method=EvidenceMethod.ASSUMED if disk.virtual else EvidenceMethod.MODELLED,
        basis=basis,
        uncertainty=_spread(_GSD_VM_DISK if disk.virtual else 1.0),
        cause="hardware:virtual-disk" if disk.virtual else "hardware:storage",
    )


def _accelerator(device: str, name: str) -> HardwareItem:
    from treadlight.library.catalogue import generic_accelerator, recognise_accelerator

    match = recognise_accelerator(name)
    row = match.row if match.row is not None else generic_accelerator()
    exact = match.quality == "exact"
    gsd = match.widening_gsd if match.row is not None else GSD_SHARE
    basis = f"driver calls it {name}" if name else "nobody names it"
    if not exact:
        basis += f", taken for {row.name}"
    return HardwareItem(
        key=f"hardware:{device}",
        flow=f"hardware.accelerator.{row.slug}",
        amount=1.0,
        component="gpu",
        device=device,
        method=EvidenceMethod.MODELLED if exact else EvidenceMethod.ASSUMED,
        basis=basis,
        uncertainty=_spread(1.0 if exact else gsd),
        cause=f"hardware:accelerator:{row.slug}",
    )


class Uncounted(NamedTuple):
    """Something not counted on a host, or counted only roughly, and what would mend it.

    `missing` is False where it is counted by a wide interval that one fact would narrow.
    """

    what: str
    remedy: str
    missing: bool = True


def unknowns(host: Host) -> list[Uncounted]:
    """What is not counted on this host, and what would make each known, in one line."""
    found = [
        Uncounted("network equipment and data transfer", "import the gigabytes moved as activities of data.transfer.…"),
        Uncounted("racks, buildings and cooling plant of the site, as hardware", "see `treadlight hardware life`"),
    ]
    if host.cpu_row is None or host.cpu.quality != "exact":
        name = host.cpu_model or "a processor without a name"
        remedy = "treadlight config set host.cpu 'AMD EPYC 7763'"
        found.append(Uncounted(f"the exact model behind {name!r}", remedy, missing=False))
    if host.is_vm and not host.threads_of_host:
        remedy = "treadlight config set host.vm_threads_of_host 128"
        found.append(Uncounted("the physical machine below this virtual one", remedy, missing=False))
    if host.klass == "server" and not host.disks:
        found.append(Uncounted("storage: no disk is visible", "import the gigabytes held as activities of storage.…"))
    if host.klass == "server" and not host.memory_gb:
        found.append(Uncounted("memory", "mount /proc, or name a copy with TREADLIGHT_PROCFS_ROOT"))
    if host.klass_known == SMALL_BOARD:
        what = "a small board: it is counted as a laptop, which is too much"
        found.append(Uncounted(what, "no such product is in the library yet", missing=False))
    if host.klass == "desktop":
        found.append(Uncounted("screens", "import them as activities of their own"))
    return found
