"""NVIDIA GPUs through the driver's management library: energy counter, else polled power, else load."""

import os
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from treadlight.core.activity import EvidenceMethod
from treadlight.core.distribution import Distribution, Lognormal, Normal
from treadlight.core.errors import MeterError
from treadlight.measure.meter import Channel, Context, Discovery, MeterInfo, Reading, Refusal, State

if TYPE_CHECKING:
    from treadlight.measure.nvmllib import Device, Nvml

__all__ = ["INFO", "NvmlMeter", "meter"]

INFO = MeterInfo(
    name="nvml",
    title="NVIDIA GPUs through NVML",
    scope="Each whole card or module with its memory; not the host beside it, and not single MIG instances, which have "
    "no sensor.",
    resolution="Energy counter: 1 mJ about every 100 ms (Volta and later). Polled power: an average over 25 ms to 1 s.",
    wrap="Never: 64 bits of millijoules. It begins again when the driver is loaded.",
    privileges="None beyond access to the device.",
    error="90 % interval: energy counter ±5 %; polled power ±25 %, because some generations sample only a quarter of "
    "the time (arXiv 2312.02741); from load -50/+100 %. Judged from published comparisons.",
)

_LIBRARY = "libnvidia-ml.so.1"
_NVIDIA = "0x10de"
_Z95 = 1.645
_UPDATE_S = 0.1
_MOST_W = 1500.0
_IDLE_SHARE = 0.12  # of the limit, where the catalogue does not know the idle power
_LOAD_GSD = 1.5
_INSTALL = "install the NVIDIA driver, or name its library with TREADLIGHT_NVML_PATH"


@dataclass(frozen=True, slots=True)
class _Tier:
    """One way to know a device's energy: its rank, its place in the key, and how good it is."""

    rank: int
    suffix: str
    method: EvidenceMethod
    uncertainty: Distribution
    cause: str


_COUNTER = _Tier(0, "", EvidenceMethod.METERED, Normal(1.0, 0.05 / _Z95), "nvml:counter")
_POLLED = _Tier(10, ":power", EvidenceMethod.METERED, Normal(1.0, 0.25 / _Z95), "nvml:power")


@dataclass(slots=True)
class _Source:
    """A channel and how to read it."""

    channel: Channel
    device: "Device"
    joules: Callable[[], float] | None
    power_w: Callable[[], float] | None


def meter(context: Context) -> "NvmlMeter":
    """The GPUs of the driver whose library the context names."""
    return NvmlMeter(context)


class NvmlMeter:
    """Meter of all devices of one driver; see the module."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._nvml: Nvml | None = None
        self._sources: dict[str, _Source] = {}
        self._wanted: frozenset[str] | None = None

    def discover(self) -> Discovery:
        """A channel for every way to read each device, the best first; what fails is a refusal with its remedy."""
        self.close()
        if not _may_be_there(self._context):
            return Discovery(refusals=(_absent(self._context.sysfs_root),))
        from treadlight.measure.nvmllib import Nvml

        try:
            self._nvml = Nvml(self._context.nvml_path)
            count = self._nvml.devices()
        except OSError as error:
            reason = f"{self._context.nvml_path or _LIBRARY} cannot be loaded ({error})"
            return Discovery(refusals=(Refusal("nvml", "gpu", "", State.UNREADABLE, reason, _INSTALL),))
        except MeterError as error:
            return Discovery(refusals=(_refusal("nvml", "", error),))
        if not count:
            reason, remedy = "the driver knows no device", "start the container with --gpus, or see nvidia-smi -L"
            return Discovery(refusals=(Refusal("nvml", "gpu", "", State.ABSENT, reason, remedy),))
        refusals = [r for r in (self._find(self._nvml, i) for i in range(count)) if r is not None]
        return Discovery(tuple(s.channel for s in self._sources.values()), tuple(refusals))

    def use(self, keys: Collection[str]) -> None:
        """Read only these channels from now on."""
        self._wanted = frozenset(keys)

    def read(self, t_s: float) -> list[Reading]:
        """One reading a channel in use, with the processes on its device; what fails is a state."""
        wanted = [s for key, s in self._sources.items() if self._wanted is None or key in self._wanted]
        return [_read(source, t_s) for source in wanted]

    def close(self) -> None:
        """Let go of the driver."""
        if self._nvml is not None:
            self._nvml.close()
        self._nvml = None
        self._sources = {}

    def _find(self, nvml: "Nvml", index: int) -> Refusal | None:
        """Find every way to read one device; a refusal where there is none."""
        key = f"nvml:gpu{index}"
        try:
            device = nvml.device(index)
            name, uuid = device.name(), device.uuid()
        except MeterError as error:
            return _refusal(key, f"gpu{index}", error)
        facts = _Facts(index, name, uuid, "; MIG is on: the whole card" if device.is_mig() else "", _limit_w(device))
        try:
            if device.energy_j() <= 0:
                raise MeterError("reads 0", field="energy counter")
            basis = f"energy counter of the card{facts.note}"
            self._add(_Source(_channel(facts, _COUNTER, basis), device, device.energy_j, None))
            why = ""
        except MeterError as error:
            why = f" ({error.field}: {error.what})"
        try:
            _positive(device.power_w)
            basis = f"power polled and integrated{why}{facts.note}"
            self._add(_Source(_channel(facts, _POLLED, basis), device, None, lambda: _positive(device.power_w)))
        except MeterError as error:
            why = f" ({error.field}: {error.what})"
        return self._find_load(device, facts, why)

    def _find_load(self, device: "Device", facts: "_Facts", why: str) -> Refusal | None:
        """Utilisation between idle and full power, as the last resort."""
        from treadlight.library.catalogue import recognise_accelerator

        match = recognise_accelerator(facts.name)
        full_w = facts.limit_w or (match.row.tdp_w if match.row is not None else None)
        try:
            device.utilisation()
            if full_w is None:
                raise MeterError("neither its power limit nor its model is known", field=facts.name)
        except MeterError as error:
            is_read = any(s.device is device for s in self._sources.values())
            return None if is_read else _refusal(f"nvml:gpu{facts.index}", f"gpu{facts.index}", error)
        known_w = match.row.idle_w if match.row is not None else None
        idle_w = min(known_w if known_w is not None else _IDLE_SHARE * full_w, full_w)
        gsd = _LOAD_GSD if facts.limit_w else _LOAD_GSD * max(1.0, match.widening_gsd)
        tier = _Tier(20, ":load", EvidenceMethod.MODELLED, Lognormal(1.0, gsd), "nvml:load")
        basis = f"{idle_w:.0f} W idle to {full_w:.0f} W by utilisation{why}{facts.note}"
        span_w = full_w - idle_w
        source = _Source(_channel(facts, tier, basis), device, None, lambda: idle_w + span_w * device.utilisation())
        self._add(source)
        return None

    def _add(self, source: _Source) -> None:
        self._sources[source.channel.key] = source


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known of a device beside its energy."""

    index: int
    name: str
    uuid: str
    note: str
    limit_w: float | None


def _channel(facts: _Facts, tier: _Tier, basis: str) -> Channel:
    return Channel(
        key=f"nvml:gpu{facts.index}{tier.suffix}",
        meter="nvml",
        component="gpu",
        device=f"gpu{facts.index}",
        method=tier.method,
        basis=basis,
        uncertainty=tier.uncertainty,
        cause=tier.cause,
        resolution_j=0.001 if tier is _COUNTER else 0.0,
        update_s=_UPDATE_S,
        rank=tier.rank,
        max_power_w=1.5 * facts.limit_w if facts.limit_w else _MOST_W,
        model=facts.name,
        uuid=facts.uuid,
    )


def _read(source: _Source, t_s: float) -> Reading:
    key = source.channel.key
    try:
        joules = source.joules() if source.joules is not None else None
        power_w = source.power_w() if source.power_w is not None else None
    except MeterError as error:
        from treadlight.measure.nvmllib import GPU_IS_LOST

        state = State.ABSENT if error.value == GPU_IS_LOST else State.UNREADABLE
        return Reading(key, state, t_s, detail=_reason(error))
    return Reading(key, State.READ, t_s, joules=joules, power_w=power_w, pids=source.device.pids())


def _positive(power_w: Callable[[], float]) -> float:
    """The power; no card that answers draws none."""
    value = power_w()
    if value <= 0:
        raise MeterError("reads 0 W", field="power")
    return value


def _limit_w(device: "Device") -> float | None:
    try:
        return device.limit_w() or None
    except MeterError:
        return None


def _reason(error: MeterError) -> str:
    return f"{error.field}: {error.what}" if error.field else error.what


def _refusal(key: str, device: str, error: MeterError) -> Refusal:
    return Refusal(key, "gpu", device, State.UNREADABLE, _reason(error), error.remedy or _INSTALL)


def _may_be_there(context: Context) -> bool:
    """Whether it is worth loading the library: one is named, or a trace of the driver is seen."""
    if context.nvml_path:
        return True
    places = [context.sysfs_root / "module/nvidia", Path("/dev/nvidiactl"), Path("/dev/dxg")]
    folders = [f for f in os.environ.get("LD_LIBRARY_PATH", "").split(":") if f]
    return any(p.exists() for p in places) or any((Path(f) / _LIBRARY).exists() for f in folders)


def _absent(sysfs_root: Path) -> Refusal:
    """No driver: is there a card without one, or none at all?"""
    for card in sorted((sysfs_root / "bus/pci/devices").glob("*")):
        if _text(card / "vendor") == _NVIDIA and _text(card / "class").startswith("0x03"):
            reason = f"an NVIDIA card (PCI {card.name}) has no driver that can be asked"
            return Refusal("nvml", "gpu", "", State.UNREADABLE, reason, _INSTALL)
    return Refusal("nvml", "gpu", "", State.ABSENT, "no NVIDIA card and no driver is seen")


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
