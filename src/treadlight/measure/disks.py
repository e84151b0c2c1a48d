"""Disks of this machine, from ``/sys/block``: those that are disks, and whether they turn."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from treadlight.measure.procfs import read_text

__all__ = ["Disk", "disks"]

_SKIPPED_DISKS = ("loop", "ram", "zram", "dm-", "md", "sr", "fd", "nbd", "drbd", "rbd", "zd", "mtd")
_VIRTUAL_DISKS = ("vd", "xvd")
_VIRTUAL_MODELS = ("qemu", "virtual", "vbox", "persistentdisk", "elastic block store", "msft")


@dataclass(frozen=True, slots=True)
class Disk:
    """A disk: its name, ``ssd`` or ``hdd``, its size [GB of 10^9 bytes], and whether it is a virtual one."""

    name: str
    kind: str
    gb: float
    virtual: bool = False


def disks(sysfs: Path) -> Iterator[Disk]:
    """Disks that stay in the machine: no loops, no memory, no layers upon other disks, nothing removable."""
    folder = sysfs / "block"
    for entry in sorted(folder.iterdir()) if folder.is_dir() else ():
        name = entry.name
        if name.startswith(_SKIPPED_DISKS) or _text(entry, "removable") == "1" or _text(entry, "hidden") == "1":
            continue
        sectors = _text(entry, "size")
        gb = int(sectors) * 512e-9 if sectors.isdigit() else 0.0
        if gb <= 0:
            continue
        model = f"{_text(entry, 'device/vendor')} {_text(entry, 'device/model')}".lower()
        virtual = name.startswith(_VIRTUAL_DISKS) or any(word in model for word in _VIRTUAL_MODELS)
        # virtual disks call themselves rotating whatever lies below them
        kind = "hdd" if _text(entry, "queue/rotational") == "1" and not virtual else "ssd"
        yield Disk(name, kind, gb, virtual)


def _text(folder: Path, name: str) -> str:
    return read_text(folder / name) or ""
