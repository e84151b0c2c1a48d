"""Energy counters of the processor and its memory (RAPL) through Linux' powercap tree."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import pairwise

from treadlight.core.activity import EvidenceMethod
from treadlight.core.distribution import Distribution, Lognormal, Normal
from treadlight.measure.meter import Channel, Context, Discovery, MeterInfo, Reading, Refusal, State
from treadlight.measure.powercap import Counter, Zone, find_zones

__all__ = ["INFO", "REMEDY", "RaplMeter", "meter"]

INFO = MeterInfo(
    name="rapl",
    title="RAPL energy counters through powercap",
    scope="Processor packages, their memory where the chip has a sensor for it, and what a platform counter holds "
    "beyond them; not GPUs in slots, drives, fans or the losses of the power supply.",
    resolution="Steps of 15 to 61 µJ about every millisecond.",
    wrap="At max_energy_range_uj, typically 262 kJ: every 87 minutes at 50 W. Read more often, no energy is lost.",
    privileges="Root since Linux 5.10 (CVE-2020-8694), or whoever may read energy_uj.",
    error="90 % interval: packages ±5 %, memory ±10 %, platform ±10 %. Judged from published comparisons with plugs.",
)

REMEDY = (
    'let every local user read it (mind CVE-2020-8694): sudo sh -c "printf '
    "'z /sys/devices/virtual/powercap/*/*/energy_uj 0444\\nz /sys/devices/virtual/powercap/*/*/*/energy_uj 0444\\n' "
    '> /etc/tmpfiles.d/treadlight.conf && systemd-tmpfiles --create /etc/tmpfiles.d/treadlight.conf"'
)
"""What lets a user read the counters, now and after the next start."""

_ABSENT = "use a physical Linux machine with intel_rapl_msr loaded; virtual machines have no such counter"
_PACKAGE = re.compile(r"package-(\d+)(?:-die-(\d+))?")
_UPDATE_S = 0.001
_STEP_J = 61.035e-6
_Z95 = 1.645
_MOST_W = {"cpu": 1000.0, "memory": 300.0, "platform": 3000.0, "rest": 3000.0}
_UNCERTAINTY: dict[str, Distribution] = {
    "cpu": Normal(1.0, 0.05 / _Z95),
    "memory": Normal(1.0, 0.10 / _Z95),
    "platform": Normal(1.0, 0.10 / _Z95),
    "rest": Lognormal(1.0, 1.5),
}
_CAUSE = {"cpu": "rapl:package", "memory": "rapl:dram", "platform": "rapl:psys", "rest": "rapl:psys-rest"}
_BASIS = {
    "cpu": "energy counter of the package",
    "memory": "energy counter of the memory",
    "platform": "energy counter of the platform: processor, memory and board together",
    "rest": "energy counter of the platform less packages and memory",
}


@dataclass(slots=True)
class _Source:
    """A zone with its open counter and the channel made of it."""

    zone: Zone
    counter: Counter
    channel: Channel


def meter(context: Context) -> "RaplMeter":
    """The counters below the context's sysfs root."""
    return RaplMeter(context)


class RaplMeter:
    """Meter of one powercap tree; see the module."""

    def __init__(self, context: Context) -> None:
        self._root = context.sysfs_root
        self._opened: list[Counter] = []
        self._sources: dict[str, _Source] = {}
        self._rest: _Remainder | None = None
        self._wanted: frozenset[str] | None = None

    def discover(self) -> Discovery:
        """Packages and memory once each, a platform counter only where it tells more; the rest with the reason."""
        self.close()
        zones = find_zones(self._root)
        if not zones:
            reason = f"{self._root}/class/powercap holds no zone"
            return Discovery(refusals=(Refusal("rapl", "cpu", "", State.ABSENT, reason, _ABSENT),))
        readable: list[_Source] = []
        refusals: list[Refusal] = []
        passed: list[tuple[Channel, str]] = []
        for zone in zones:
            channel = _channel(zone, zones)
            if channel is None:
                passed.append((_inner_channel(zone), _inner_reason(zone, zones)))
            else:
                self._try(zone, channel, readable, refusals)
        readable = _drop_mmio(readable, passed)
        refusals = _drop_mmio_refusals(refusals, readable)
        readable = _drop_mirrors(readable, passed)
        return self._settle(readable, refusals, passed)

    def use(self, keys: Collection[str]) -> None:
        """Read only these channels from now on."""
        self._wanted = frozenset(keys)

    def read(self, t_s: float) -> list[Reading]:
        """One reading a channel in use; a zone that vanished is absent, any other failure unreadable."""
        readings: dict[str, Reading] = {}
        needs_all = self._rest is not None and self._is_wanted(self._rest.channel.key)
        for key, source in self._sources.items():
            if needs_all or self._is_wanted(key):
                readings[key] = _read(source, t_s)
        if needs_all and self._rest is not None:
            readings[self._rest.channel.key] = self._rest.read(readings, t_s)
        return [reading for key, reading in readings.items() if self._is_wanted(key) and key != _HIDDEN]

    def close(self) -> None:
        """Close every counter."""
        for counter in self._opened:
            counter.close()
        self._opened.clear()

    def _is_wanted(self, key: str) -> bool:
        return self._wanted is None or key in self._wanted

    def _try(self, zone: Zone, channel: Channel, readable: list[_Source], refusals: list[Refusal]) -> None:
        counter = Counter(zone)
        self._opened.append(counter)
        key, component, device = channel.key, channel.component, channel.device
        try:
            counter.joules()
            readable.append(_Source(zone, counter, channel))
        except FileNotFoundError:
            reason = f"{zone.path}/energy_uj does not exist"
            refusals.append(Refusal(key, component, device, State.ABSENT, reason, "load the module intel_rapl_msr"))
        except PermissionError:
            reason = f"{zone.path}/energy_uj is not open to this user"
            refusals.append(Refusal(key, component, device, State.UNREADABLE, reason, REMEDY))
        except (OSError, ValueError) as error:
            reason = f"{zone.path}/energy_uj: {_what(error)}"
            remedy = "see the kernel's log (dmesg) for intel_rapl"
            refusals.append(Refusal(key, component, device, State.UNREADABLE, reason, remedy))

    def _settle(self, readable: list[_Source], refusals: list[Refusal], passed: list[tuple[Channel, str]]) -> Discovery:
        """Decide about the platform counter, and keep what is read."""
        parts = [s for s in readable if s.channel.component != "platform"]
        packages = [s for s in parts if s.channel.component == "cpu"]
        platform = next((s for s in readable if s.channel.component == "platform"), None)
        self._rest = None
        if platform is None or not packages:
            kept = parts if platform is None else [platform]
            if platform is not None:
                passed += [(s.channel, f"duplicate: its energy is inside {platform.channel.key}") for s in parts]
            self._sources = {s.channel.key: s for s in kept}
            return Discovery(tuple(s.channel for s in kept), tuple(refusals), tuple(passed))
        names = ", ".join(s.channel.key for s in parts)
        channels = [s.channel for s in parts]
        self._sources = {s.channel.key: s for s in parts}
        if refusals or not any(s.channel.component == "memory" for s in parts):
            passed.append((platform.channel, f"duplicate of {names}; what it holds beyond them cannot be told apart"))
        else:
            passed.append((platform.channel, f"duplicate of {names}; what it holds beyond them is counted as rest"))
            self._sources[_HIDDEN] = platform
            self._rest = _Remainder(_rest_channel(platform.zone), parts, platform)
            channels.append(self._rest.channel)
        return Discovery(tuple(channels), tuple(refusals), tuple(passed))


_HIDDEN = "rapl:psys, for the rest"  # read, but no channel of its own


class _Remainder:
    """What the platform counter holds beyond its parts, from readings of the same sample; never negative."""

    def __init__(self, channel: Channel, parts: list[_Source], platform: _Source) -> None:
        self.channel = channel
        self._ranges = {s.channel.key: s.channel.wrap_j for s in parts}
        self._ranges[_HIDDEN] = platform.channel.wrap_j
        self._before: dict[str, float] = {}
        self._sums = dict.fromkeys(self._ranges, 0.0)
        self._joules = 0.0

    def read(self, readings: dict[str, Reading], t_s: float) -> Reading:
        """The remainder since the first reading, given this sample's readings of all zones."""
        now = {key: readings[key].joules for key in self._ranges if key in readings}
        missing = [key for key in self._ranges if now.get(key) is None]
        if missing:
            detail = f"{missing[0]} was not read in this sample"
            return Reading(self.channel.key, State.UNREADABLE, t_s, detail=detail)
        is_first = not self._before
        for key, joules in now.items():
            if joules is not None:
                self._sums[key] += self._step(key, joules)
                self._before[key] = joules
        beyond = self._sums[_HIDDEN] - sum(j for key, j in self._sums.items() if key != _HIDDEN)
        self._joules = max(self._joules, beyond)
        if self._joules <= 0 and not is_first:
            detail = "the platform counter is not above its parts: it counts something else here"
            return Reading(self.channel.key, State.UNREADABLE, t_s, detail=detail)
        return Reading(self.channel.key, State.READ, t_s, joules=self._joules)

    def _step(self, key: str, joules: float) -> float:
        step = joules - self._before.get(key, joules)
        if step >= 0:
            return step
        range_j = self._ranges[key]
        return step + range_j if range_j is not None and step + range_j >= 0 else 0.0


def _read(source: _Source, t_s: float) -> Reading:
    key = source.channel.key
    try:
        return Reading(key, State.READ, t_s, joules=source.counter.joules())
    except FileNotFoundError:
        return Reading(key, State.ABSENT, t_s, detail=f"{source.zone.id} vanished")
    except PermissionError:
        return Reading(key, State.UNREADABLE, t_s, detail=f"{source.zone.id} is no longer open to this user; {REMEDY}")
    except (OSError, ValueError) as error:
        return Reading(key, State.UNREADABLE, t_s, detail=f"{source.zone.id}: {_what(error)}")


def _what(error: Exception) -> str:
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else str(error)


def _place(zone: Zone, zones: list[Zone]) -> tuple[str, str] | None:
    """Component and device that a zone counts; None for parts of a package and for names we do not know."""
    if zone.name in ("psys", "platform"):
        return "platform", "psys"
    if not zone.parent:
        return ("cpu", zone.name) if _PACKAGE.fullmatch(zone.name) else None
    if zone.name != "dram":
        return None
    around = next((z.name for z in zones if z.id == zone.parent), zone.parent)
    return "memory", around.replace("package", "dram")


def _channel(zone: Zone, zones: list[Zone]) -> Channel | None:
    place = _place(zone, zones)
    if place is None:
        return None
    component, device = place
    twins = [z for z in zones if z.control == zone.control and _place(z, zones) == place]
    if zone.control != "intel-rapl":
        device = f"{device}@{zone.control}"
    if len(twins) > 1:
        device = f"{device}@{zone.id}"
    return _made(zone, component, device)


def _made(zone: Zone, component: str, device: str) -> Channel:
    most_w = _MOST_W[component]
    if zone.limits_w:
        most_w = min(1.5 * most_w, max(50.0, 1.5 * max(zone.limits_w)))
    return Channel(
        key=f"rapl:{device}",
        meter="rapl",
        component=component,
        device=device,
        method=EvidenceMethod.METERED,
        basis=_BASIS[component],
        uncertainty=_UNCERTAINTY[component],
        cause=_CAUSE[component],
        resolution_j=_STEP_J,
        update_s=_UPDATE_S,
        wrap_j=zone.range_j,
        wrap_known=zone.range_j is not None,
        max_power_w=most_w,
    )


def _rest_channel(platform: Zone) -> Channel:
    return replace(_made(platform, "rest", "psys-rest"), wrap_j=None, wrap_known=True)


def _inner_channel(zone: Zone) -> Channel:
    return _made(zone, "cpu", zone.id)


def _inner_reason(zone: Zone, zones: list[Zone]) -> str:
    around = next((z.name for z in zones if z.id == zone.parent), "")
    if around:
        return f"duplicate: {zone.name or 'this zone'} is inside {around}"
    return f"a zone called {zone.name!r} is not known; it is not counted"


def _drop_mmio(sources: list[_Source], passed: list[tuple[Channel, str]]) -> list[_Source]:
    """Zones of a second provider are the same registers by another way."""
    kept: dict[str, _Source] = {}
    for source in sorted(sources, key=lambda s: s.zone.control != "intel-rapl"):
        device, _, control = source.channel.device.partition("@")
        first = kept.get(device) if control and source.zone.control != "intel-rapl" else None
        if first is not None:
            passed.append((source.channel, f"duplicate of {first.channel.key}: the same counter by another way"))
        else:
            kept[device if device not in kept else source.channel.device] = source
    return list(kept.values())


def _drop_mmio_refusals(refusals: list[Refusal], readable: list[_Source]) -> list[Refusal]:
    """A zone that cannot be read one way and can the other is not unknown."""
    known = {s.channel.device.partition("@")[0] for s in readable}
    return [r for r in refusals if r.device.partition("@")[0] not in known]


def _drop_mirrors(sources: list[_Source], passed: list[tuple[Channel, str]]) -> list[_Source]:
    """Package zones that show one and the same counter, as the dies of some EPYC and Threadripper do, count once."""
    kept: list[_Source] = []
    for source in sources:
        twin = next((k for k in kept if _is_mirror(k, source)), None)
        if twin is None:
            kept.append(source)
        else:
            passed.append((source.channel, f"duplicate of {twin.channel.key}: a mirror of the same counter"))
    return kept


def _is_mirror(first: _Source, second: _Source) -> bool:
    """Whether two package zones are one register: read in turn, its values only rise.

    Between sockets, zero tells nothing: counters that a virtual machine never moves are all zero.
    """
    if first.channel.component != "cpu" or second.channel.component != "cpu":
        return False
    try:
        values = [first.counter.joules(), second.counter.joules(), first.counter.joules(), second.counter.joules()]
    except (OSError, ValueError):
        return False
    rising = all(a <= b for a, b in pairwise(values))
    return rising and (values[0] > 0 or _socket(first.zone) == _socket(second.zone))


def _socket(zone: Zone) -> str:
    match = _PACKAGE.fullmatch(zone.name)
    return match.group(1) if match else zone.id
