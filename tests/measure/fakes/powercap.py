"""A powercap tree in a folder, whose counters grow at known power: real files, read like the kernel's.

Explicit clock: ``tree.at(t)`` writes what every counter shows at time `t`. Live: ``with tree.live():`` lets a thread
write it in real time; as a program, ``python powercap.py ROOT WATTS SECONDS`` does so for other processes.
"""

import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

if __name__ == "__main__":  # as a program, from anywhere
    sys.path.insert(0, str(Path(__file__).parents[2]))

from measure.fakes.profiles import Profile, steady

__all__ = ["TYPICAL_RANGE_UJ", "FakeZone", "PowercapTree"]

TYPICAL_RANGE_UJ = 262_143_328_850
_WIDTH = 20  # fixed-width writes in place: no reader ever sees half a number


@dataclass
class FakeZone:
    """One zone: its counter shows `start_uj` + the profile's energy, modulo the range."""

    id: str
    name: str
    profile: Profile
    start_uj: int = 1_000_000_000
    range_uj: int = TYPICAL_RANGE_UJ
    fd: int = -1
    offset_uj: int = field(default=0)

    def value_uj(self, t_s: float) -> int:
        return (self.start_uj + self.offset_uj + int(self.profile.energy(t_s) * 1e6)) % self.range_uj


class PowercapTree:
    """The tree below a fake sysfs root."""

    def __init__(self, root: Path, *, nested: bool = False, subsystem: bool = False) -> None:
        self.root = root
        self.nested = nested
        self.zones: dict[str, FakeZone] = {}
        self.now_s = 0.0
        self._home = root / "class" / "powercap"
        self._home.mkdir(parents=True, exist_ok=True)
        if subsystem:
            (self._home / "subsystem").symlink_to(self._home, target_is_directory=True)

    def add(
        self,
        zone_id: str,
        name: str,
        profile: Profile | float,
        *,
        start_uj: int = 1_000_000_000,
        range_uj: int = TYPICAL_RANGE_UJ,
        range_file: bool = True,
        limit_w: float | None = None,
    ) -> FakeZone:
        """Add a zone such as ``intel-rapl:0`` that draws a constant power [W] or a profile."""
        made = profile if isinstance(profile, Profile) else steady(profile)
        zone = FakeZone(zone_id, name, made, start_uj, range_uj)
        folder = self.folder(zone_id)
        folder.mkdir(parents=True)
        (folder / "name").write_text(f"{name}\n")
        if range_file:
            (folder / "max_energy_range_uj").write_text(f"{range_uj}\n")
        if limit_w is not None:
            (folder / "constraint_0_max_power_uw").write_text(f"{int(limit_w * 1e6)}\n")
            (folder / "constraint_0_power_limit_uw").write_text(f"{int(limit_w * 1e6)}\n")
        zone.fd = os.open(folder / "energy_uj", os.O_RDWR | os.O_CREAT, 0o644)
        self.zones[zone_id] = zone
        self._write(zone, self.now_s)
        return zone

    def folder(self, zone_id: str) -> Path:
        if not self.nested:
            return self._home / zone_id
        control, *numbers = zone_id.split(":")
        path = self._home / control
        for i in range(len(numbers)):
            path /= ":".join([control, *numbers[: i + 1]])
        return path

    def at(self, t_s: float) -> None:
        """Let every counter show what it shows at time `t_s`."""
        self.now_s = t_s
        for zone in self.zones.values():
            self._write(zone, t_s)

    def reset(self, zone_id: str, to_uj: int = 0) -> None:
        """Begin a counter again from `to_uj`, now."""
        zone = self.zones[zone_id]
        zone.offset_uj = to_uj - zone.start_uj - int(zone.profile.energy(self.now_s) * 1e6)
        self._write(zone, self.now_s)

    def vanish(self, zone_id: str) -> None:
        """Take a zone away as unplugging does: its file is gone, and an open handle of it reads nothing."""
        zone = self.zones.pop(zone_id)
        os.ftruncate(zone.fd, 0)
        os.close(zone.fd)
        for path in sorted(self.folder(zone_id).rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
        self.folder(zone_id).rmdir()

    @contextlib.contextmanager
    def live(self, period_s: float = 0.002) -> Iterator[None]:
        """Grow in real time, from now on, until the block ends."""
        stopping = threading.Event()
        begun_s, origin_s = time.monotonic(), self.now_s

        def grow() -> None:
            while not stopping.wait(period_s):
                self.at(origin_s + time.monotonic() - begun_s)

        thread = threading.Thread(target=grow, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stopping.set()
            thread.join()

    def close(self) -> None:
        for zone in self.zones.values():
            os.close(zone.fd)
        self.zones.clear()

    def _write(self, zone: FakeZone, t_s: float) -> None:
        os.pwrite(zone.fd, f"{zone.value_uj(t_s):<{_WIDTH}}\n".encode(), 0)


def main() -> None:
    root, watts, seconds = Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    tree = PowercapTree(root)
    tree.add("intel-rapl:0", "package-0", watts)
    with tree.live():
        time.sleep(seconds)


if __name__ == "__main__":
    main()
