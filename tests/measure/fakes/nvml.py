"""A fake driver library: C, compiled when first asked for, loaded like the real one, told what to say by a file."""

import mmap
import os
import shutil
import struct
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import pytest

__all__ = ["FakeDevice", "FakeNvml", "library"]

_HEAD = struct.Struct("4I")
_DEVICE = struct.Struct("2Q4I8I64I96s96s")
_DEVICES = 4
_TICK_S = 0.1


@lru_cache(maxsize=1)
def library() -> Path:
    """Path of the compiled library; skips the test where there is no gcc."""
    gcc = shutil.which("gcc")
    if gcc is None:
        pytest.skip("needs gcc to compile the fake libnvidia-ml.so.1")
    target = Path(tempfile.mkdtemp(prefix="fakenvml-")) / "libnvidia-ml.so.1"
    source = Path(__file__).with_name("fakenvml.c")
    subprocess.run([gcc, "-shared", "-fPIC", "-O1", "-Wall", "-o", str(target), str(source)], check=True)
    return target


@dataclass
class FakeDevice:
    """What one device answers; codes are NVML's (0 success, 3 not supported, 15 lost)."""

    name: str = "NVIDIA A100-SXM4-80GB"
    uuid: str = "GPU-11111111-2222-3333-4444-555555555555"
    energy_j: float = 1000.0
    power_w: float = 250.0
    limit_w: float = 400.0
    utilisation: int = 50
    mig: int = 0
    energy_code: int = 0
    power_code: int = 0
    utilisation_code: int = 0
    limit_code: int = 0
    handle_code: int = 0
    pids_code: int = 0
    pids: list[int] = field(default_factory=list)
    live: bool = False

    def packed(self) -> bytes:
        return _DEVICE.pack(
            round(self.energy_j * 1000),
            time.monotonic_ns() if self.live else 0,
            round(self.power_w * 1000),
            round(self.limit_w * 1000),
            self.utilisation,
            self.mig,
            self.energy_code,
            self.power_code,
            self.utilisation_code,
            self.limit_code,
            self.handle_code,
            self.pids_code,
            len(self.pids),
            int(self.live),
            *(self.pids + [0] * 64)[:64],
            self.name.encode(),
            self.uuid.encode(),
        )


class FakeNvml:
    """The control file of the library, for this process and, through the environment, its children."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, *devices: FakeDevice) -> None:
        self.path = str(library())
        self.devices = list(devices)
        self.init_code = 0
        self._file = folder / "fakenvml.state"
        self._file.write_bytes(bytes(_HEAD.size + _DEVICES * _DEVICE.size))
        with self._file.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)
        monkeypatch.setenv("FAKE_NVML_STATE", str(self._file))
        self.push()

    def push(self) -> None:
        """Let the library say what the devices now hold."""
        inits = _HEAD.unpack_from(self._map)[2]
        _HEAD.pack_into(self._map, 0, self.init_code, len(self.devices), inits, 0)
        for i, device in enumerate(self.devices):
            start = _HEAD.size + i * _DEVICE.size
            self._map[start : start + _DEVICE.size] = device.packed()

    def show(self, index: int, energy_j: float, power_w: float, t_s: float) -> None:
        """Set energy and power of a device at time `t_s`, simulated."""
        device = self.devices[index]
        device.energy_j, device.power_w = energy_j, power_w
        self.push()

    @property
    def inits(self) -> int:
        """How many times the library is held."""
        return int(_HEAD.unpack_from(self._map)[2])

    @staticmethod
    def ticked(t_s: float, phase_s: float = 0.0) -> float:
        """Time of the counter's last step at or before `t_s`: it steps every 100 ms."""
        return max(0.0, ((t_s + phase_s) // _TICK_S) * _TICK_S - phase_s)

    def environment(self) -> dict[str, str]:
        """For a child that finds the library as real programs do."""
        return {"LD_LIBRARY_PATH": str(Path(self.path).parent), "FAKE_NVML_STATE": os.environ["FAKE_NVML_STATE"]}
