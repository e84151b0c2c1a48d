"""What kind of machine this is: server, desktop or laptop; physical or virtual; in a container or not."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from treadlight.core.errors import ConfigError
from treadlight.measure.cpuinfo import CpuInfo
from treadlight.measure.procfs import read_text

if TYPE_CHECKING:
    from treadlight.library.catalogue import CpuRow, Match

__all__ = [
    "KLASSES",
    "SMALL_BOARD",
    "count_cpus",
    "count_packages",
    "hypervisor_of",
    "is_container",
    "klass_of",
    "named_by_cloud",
    "product_of",
]

KLASSES = ("server", "desktop", "laptop")

SMALL_BOARD = "the nearest kind to a small board"
"""How the kind of a single-board computer is known: there is none of its own yet."""

_LAPTOP_CHASSIS = {8, 9, 10, 14, 30, 31, 32}
_DESKTOP_CHASSIS = {3, 4, 5, 6, 7, 13, 15, 16, 24, 34, 35, 36}
_SERVER_CHASSIS = {17, 23, 25, 28, 29}
"""Chassis types of the System Management BIOS: DMTF DSP0134 (from memory, not verified)."""

_HYPERVISORS = (
    ("amazon ec2", "Amazon EC2"),
    ("google compute engine", "Google Compute Engine"),
    ("virtual machine", "Hyper-V"),
    ("vmware", "VMware"),
    ("virtualbox", "VirtualBox"),
    ("innotek", "VirtualBox"),
    ("qemu", "QEMU"),
    ("kvm", "KVM"),
    ("openstack", "OpenStack"),
    ("bochs", "Bochs"),
    ("xen", "Xen"),
    ("parallels", "Parallels"),
    ("bhyve", "bhyve"),
    ("digitalocean", "DigitalOcean"),
    ("alibaba cloud ecs", "Alibaba Cloud"),
    ("vserver", "vServer"),
    ("apple virtualization", "Apple Virtualization"),
)
"""What virtual machines write into their DMI tables, in lower case, and how we call it."""

_CONTAINER_WORDS = ("docker", "kubepods", "containerd", "libpod", "lxc", "crio", "garden", "machine.slice")


def _text(root: Path, *parts: str) -> str:
    return read_text("/".join([str(root), *parts])) or ""


def _dmi(sysfs: Path, name: str) -> str:
    return _text(sysfs, "class/dmi/id", name)


def product_of(sysfs: Path, procfs: Path) -> str:
    """Maker and product as the firmware names them, or the board of a small ARM machine; empty: not told."""
    vendor, name = _dmi(sysfs, "sys_vendor"), _dmi(sysfs, "product_name")
    board = _text(procfs, "device-tree/model")
    return f"{vendor} {name}".strip() or board


def hypervisor_of(sysfs: Path, info: CpuInfo) -> str:
    """Name of the hypervisor below us; empty: a physical machine.

    The processor's own flag decides where there is one: cloud providers write the same DMI vendor into their
    bare-metal machines. Where there is none (ARM), the DMI decides, bare-metal products excepted.
    """
    words = " ".join(_dmi(sysfs, name) for name in ("sys_vendor", "product_name", "board_vendor", "bios_vendor"))
    named = next((name for word, name in _HYPERVISORS if word in words.lower()), "")
    kind = _text(sysfs, "hypervisor/type")
    if info.hypervisor is not None:
        return (named or kind or "unnamed") if info.hypervisor else ""
    if ".metal" in _dmi(sysfs, "product_name"):
        return ""
    return named or kind


def named_by_cloud(model: str, product: str) -> str:
    """Amazon's ARM processors show only their core's name; on its machines the name of the product is known."""
    if "Amazon EC2" in product:
        return {"Neoverse-N1": "Graviton2", "Neoverse-V1": "Graviton3", "Neoverse-V2": "Graviton4"}.get(model, model)
    return model


def is_container(procfs: Path, here: bool) -> bool:
    """Whether we run in a container, by control groups and by an overlay as root; `here`: look at ``/`` itself too."""
    if here and (Path("/.dockerenv").exists() or Path("/run/.containerenv").exists()):
        return True
    groups = f"{_text(procfs, '1/cgroup')}\n{_text(procfs, 'self/cgroup')}".lower()
    if any(word in groups for word in _CONTAINER_WORDS):
        return True
    for line in _text(procfs, "self/mountinfo").splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split()
        if len(fields) > 4 and fields[4] == "/":
            return after.startswith("overlay")
    return False


def klass_of(sysfs: Path, stated: str, match: "Match[CpuRow]", model: str, virtual: bool) -> tuple[str, str]:
    """Kind of machine and how it is known."""
    if stated:
        if stated not in KLASSES:
            remedy = f"use one of {', '.join(KLASSES)}"
            raise ConfigError("unknown kind of machine", field="host.klass", value=stated, remedy=remedy)
        return stated, "stated"
    chassis = _dmi(sysfs, "chassis_type")
    if not virtual and chassis.isdigit():
        number = int(chassis)
        for kinds, klass in ((_LAPTOP_CHASSIS, "laptop"), (_SERVER_CHASSIS, "server"), (_DESKTOP_CHASSIS, "desktop")):
            if number in kinds:
                return klass, f"chassis type {number}"
    if not virtual and _has_battery(sysfs):
        return "laptop", "has a battery"
    if match.row is not None and match.row.kind != "vendor" and match.row.klass in KLASSES:
        return match.row.klass, "kind of processor"
    return _klass_by_name(model, virtual)


def _klass_by_name(model: str, virtual: bool) -> tuple[str, str]:
    lower = model.lower()
    if any(word in lower for word in ("epyc", "xeon", "neoverse", "altra", "graviton", "opteron", "kunpeng")):
        return "server", "name of the processor"
    if virtual:
        return "server", "assumed of a virtual machine"
    if any(word in lower for word in ("core(tm)", "ryzen", "pentium", "celeron", "apple")):
        return "desktop", "name of the processor"
    if "cortex" in lower:
        return "laptop", SMALL_BOARD
    return "server", "assumed"


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _has_battery(sysfs: Path) -> bool:
    """Whether the machine, and not its mouse, has a battery."""
    for supply in _entries(sysfs / "class/power_supply"):
        if _text(supply, "type") == "Battery" and _text(supply, "scope") != "Device":
            return True
    return False


def count_cpus(sysfs: Path) -> int:
    """Processor threads that ``/sys`` lists."""
    return sum(entry.name[3:].isdigit() for entry in _cpu_folders(sysfs))


def _cpu_folders(sysfs: Path) -> Iterator[Path]:
    return (e for e in _entries(sysfs / "devices/system/cpu") if e.name.startswith("cpu") and e.name[3:].isdigit())


def count_packages(sysfs: Path) -> int:
    """Sockets that the topology in ``/sys`` names; 0: not told."""
    ids = {_text(folder, "topology/physical_package_id") for folder in _cpu_folders(sysfs)}
    return len(ids - {"", "-1"})
