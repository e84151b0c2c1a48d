"""NVIDIA's management library (NVML) by its C interface: the few calls a meter needs, without another package.

References
----------
NVIDIA, NVML API Reference Guide: device queries, return codes.
"""

import ctypes
from collections.abc import Callable
from typing import Any

from treadlight.core.errors import MeterError

__all__ = ["FUNCTION_NOT_FOUND", "GPU_IS_LOST", "NOT_SUPPORTED", "Device", "Nvml"]

NOT_SUPPORTED = 3
INSUFFICIENT_SIZE = 7
FUNCTION_NOT_FOUND = 13
GPU_IS_LOST = 15

_DRIVER = "install or update the NVIDIA driver, then start again"
_CODES: dict[int, tuple[str, str]] = {
    1: ("the library was not initialised", ""),
    NOT_SUPPORTED: ("not supported by this device or driver", ""),
    4: ("no permission", "add this user to the group that owns /dev/nvidia*, or start the container with --gpus"),
    6: ("not found", ""),
    8: ("the power cables of a device are not attached", "attach them"),
    9: ("the NVIDIA driver is not loaded", "load it: sudo modprobe nvidia"),
    10: ("the driver does not answer", "see the kernel's log (dmesg) for NVRM"),
    12: ("the library lacks a part of the driver", _DRIVER),
    FUNCTION_NOT_FOUND: ("this driver is too old to know the call", _DRIVER),
    GPU_IS_LOST: ("the device is lost: it fell off the bus or was taken away", "restart the machine"),
    17: ("the operating system keeps the device", ""),
    18: ("driver and library are of different versions", "restart the machine after an update of the driver"),
    999: ("an unknown error of the driver", "see the kernel's log (dmesg) for NVRM"),
}
_TEXT = 96
_MIG_ON = 1


class _Utilisation(ctypes.Structure):
    _fields_ = (("gpu", ctypes.c_uint), ("memory", ctypes.c_uint))


class _Process(ctypes.Structure):
    """``nvmlProcessInfo_v2_t``, also what the third version of the call fills."""

    _fields_ = (
        ("pid", ctypes.c_uint),
        ("memory", ctypes.c_ulonglong),
        ("gpu_instance", ctypes.c_uint),
        ("compute_instance", ctypes.c_uint),
    )


class _ProcessV1(ctypes.Structure):
    _fields_ = (("pid", ctypes.c_uint), ("memory", ctypes.c_ulonglong))


_PROCESS_CALLS = (
    ("nvmlDeviceGetComputeRunningProcesses_v3", _Process),
    ("nvmlDeviceGetComputeRunningProcesses_v2", _Process),
    ("nvmlDeviceGetComputeRunningProcesses", _ProcessV1),
)


class Nvml:
    """The library, loaded and initialised.

    Parameters
    ----------
    path
        Path of ``libnvidia-ml.so.1``; empty: the loader's own search.

    Raises
    ------
    OSError
        If the library cannot be loaded.
    MeterError
        If it cannot be initialised; `value` is NVML's return code.
    """

    def __init__(self, path: str = "") -> None:
        self._library = ctypes.CDLL(path or "libnvidia-ml.so.1")
        self._calls: dict[str, Callable[..., int]] = {}
        self.call("nvmlInit_v2")

    def call(self, name: str, *arguments: Any) -> None:
        """Call a function of the library.

        Raises
        ------
        MeterError
            If it does not exist or does not return success; `value` is NVML's return code.
        """
        code = self.code(name, *arguments)
        if code:
            what, remedy = _CODES.get(code, ("an error of the driver", ""))
            raise MeterError(what, field=name, value=code, remedy=remedy)

    def code(self, name: str, *arguments: Any) -> int:
        """Return code of a call; 13 where the library does not know it."""
        function = self._calls.get(name)
        if function is None:
            try:
                function = getattr(self._library, name)
            except AttributeError:
                return FUNCTION_NOT_FOUND
            self._calls[name] = function
        return int(function(*arguments))

    def driver(self) -> str:
        """Version of the driver; empty where it does not tell."""
        buffer = ctypes.create_string_buffer(_TEXT)
        failed = self.code("nvmlSystemGetDriverVersion", buffer, _TEXT)
        return "" if failed else buffer.value.decode(errors="replace")

    def devices(self) -> int:
        """How many devices the driver knows."""
        count = ctypes.c_uint()
        self.call("nvmlDeviceGetCount_v2", ctypes.byref(count))
        return count.value

    def device(self, index: int) -> "Device":
        """The device at `index`, in the order of the bus."""
        handle = ctypes.c_void_p()
        self.call("nvmlDeviceGetHandleByIndex_v2", ctypes.c_uint(index), ctypes.byref(handle))
        return Device(self, handle)

    def close(self) -> None:
        """Let go of the library."""
        self.code("nvmlShutdown")


class Device:
    """One device. Every question raises MeterError where the device does not answer it."""

    def __init__(self, nvml: Nvml, handle: ctypes.c_void_p) -> None:
        self._nvml, self._handle = nvml, handle
        self._number = ctypes.c_uint()
        self._long = ctypes.c_ulonglong()
        self._room = 32

    def name(self) -> str:
        """Product name."""
        return self._text("nvmlDeviceGetName")

    def uuid(self) -> str:
        """``GPU-…``, the same after every start."""
        return self._text("nvmlDeviceGetUUID")

    def energy_j(self) -> float:
        """Energy since the driver was loaded [J]."""
        self._nvml.call("nvmlDeviceGetTotalEnergyConsumption", self._handle, ctypes.byref(self._long))
        return self._long.value / 1000

    def power_w(self) -> float:
        """Power as the sensor last said it [W]."""
        return self._milliwatts("nvmlDeviceGetPowerUsage")

    def limit_w(self) -> float:
        """Power limit in force [W]."""
        return self._milliwatts("nvmlDeviceGetEnforcedPowerLimit")

    def utilisation(self) -> float:
        """Share of the last sampling period in which something ran, 0 to 1."""
        rates = _Utilisation()
        self._nvml.call("nvmlDeviceGetUtilizationRates", self._handle, ctypes.byref(rates))
        return min(1.0, int(rates.gpu) / 100)

    def is_mig(self) -> bool:
        """Whether the device is cut into instances, which have no sensors of their own."""
        current, pending = ctypes.c_uint(), ctypes.c_uint()
        failed = self._nvml.code("nvmlDeviceGetMigMode", self._handle, ctypes.byref(current), ctypes.byref(pending))
        return not failed and current.value == _MIG_ON

    def pids(self) -> tuple[int, ...] | None:
        """Processes that compute on the device; None where the driver does not tell."""
        for name, kind in _PROCESS_CALLS:
            found = self._processes(name, kind)
            if found is not None:
                return found
        return None

    def _processes(self, name: str, kind: type[_Process] | type[_ProcessV1]) -> tuple[int, ...] | None:
        for _ in range(4):
            buffer = (kind * self._room)()
            count = ctypes.c_uint(self._room)
            code = self._nvml.code(name, self._handle, ctypes.byref(count), buffer)
            if code == INSUFFICIENT_SIZE:
                self._room = 2 * max(self._room, count.value)
                continue
            return None if code else tuple(int(buffer[i].pid) for i in range(count.value))
        return None

    def _text(self, name: str) -> str:
        buffer = ctypes.create_string_buffer(_TEXT)
        self._nvml.call(name, self._handle, buffer, ctypes.c_uint(_TEXT))
        return buffer.value.decode(errors="replace")

    def _milliwatts(self, name: str) -> float:
        self._nvml.call(name, self._handle, ctypes.byref(self._number))
        return self._number.value / 1000
