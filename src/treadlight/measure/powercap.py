"""The powercap tree: zones with an energy counter, wherever the tree is mounted and however its links lie."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Counter", "Zone", "find_zones"]

_ZONE = re.compile(r"(?P<control>[a-z][a-z0-9_-]*)(?P<numbers>(?::\d+)+)")
_PLACES = ("class/powercap", "devices/virtual/powercap")
_MICRO = 1e-6


@dataclass(frozen=True, slots=True)
class Zone:
    """One zone of the tree.

    Parameters
    ----------
    id
        Name of its folder, such as ``intel-rapl:0:2``.
    control
        Who provides it: ``intel-rapl`` (model-specific registers; AMD, too) or ``intel-rapl-mmio``.
    name
        What it counts, such as ``package-0`` or ``dram``.
    parent
        Id of the zone around it; empty at the top.
    range_j
        Where its counter begins again [J]; None where the file is missing or says nothing.
    limits_w
        Power limits it states [W].
    """

    id: str
    control: str
    name: str
    path: Path
    parent: str
    range_j: float | None
    limits_w: tuple[float, ...]


def find_zones(sysfs_root: Path) -> list[Zone]:
    """Every zone below `sysfs_root`, once, in the order of their numbers; empty where there is no such tree."""
    found: dict[str, Zone] = {}
    for place in _PLACES:
        for path in _folders(sysfs_root / place):
            if path.name not in found and (path / "name").exists():
                found[path.name] = _zone(path)
        if found:
            break
    return sorted(found.values(), key=lambda z: (z.control, [int(n) for n in z.id.split(":")[1:]]))


def _folders(place: Path, depth: int = 0) -> Iterator[Path]:
    """Folders of zones in `place`: flat, as links, or nested in their parents."""
    try:
        paths = sorted(place.iterdir())
    except OSError:
        return
    for path in paths:
        is_zone = _ZONE.fullmatch(path.name) is not None
        if is_zone:
            yield path
        if depth < 3 and (is_zone or depth == 0):
            yield from _folders(path, depth + 1)


def _zone(path: Path) -> Zone:
    control, *numbers = path.name.split(":")
    parent = ":".join([control, *numbers[:-1]]) if len(numbers) > 1 else ""
    range_uj = _number(path / "max_energy_range_uj")
    files = [path / f"constraint_{i}_{what}_uw" for i in range(3) for what in ("max_power", "power_limit")]
    limits = [uw for uw in map(_number, files) if uw]
    range_j = range_uj * _MICRO if range_uj else None
    return Zone(path.name, control, _text(path / "name"), path, parent, range_j, tuple(w * _MICRO for w in limits))


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""


def _number(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text.isdecimal() else None


class Counter:
    """The energy counter of a zone, held open: one system call a reading."""

    __slots__ = ("_fd", "_path")

    def __init__(self, zone: Zone) -> None:
        self._path = zone.path / "energy_uj"
        self._fd = -1

    def joules(self) -> float:
        """The counter [J].

        Raises
        ------
        OSError
            If it cannot be read; FileNotFoundError if it is gone.
        ValueError
            If what it says is no number.
        """
        try:
            text = os.pread(self._fd, 32, 0) if self._fd >= 0 else b""
        except OSError:
            text = b""
        if not text:  # never opened, or the zone went away and perhaps came back
            self.close()
            self._fd = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            text = os.pread(self._fd, 32, 0)
        value = text.strip()
        if not value.isdigit():
            raise ValueError(f"{self._path} holds {value.decode(errors='replace')!r}, not a number")
        return int(value) * _MICRO

    def close(self) -> None:
        """Give back the handle."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
