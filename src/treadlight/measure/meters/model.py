"""Where no counter can be read: processor, memory and the rest of the machine, modelled from load and facts.

The last resort among the meters (rank 20). Marked *modelled*, with wide intervals that say so.
"""

import os
from collections.abc import Callable

from treadlight.core.activity import EvidenceMethod
from treadlight.core.distribution import Lognormal
from treadlight.measure.host import Host, host_facts
from treadlight.measure.meter import Channel, Context, Discovery, MeterInfo, Reading, Refusal, State
from treadlight.measure.power import (
    CURVE,
    GSD_MEMORY,
    GSD_REST,
    STEEPEST_W_PER_TDP,
    Capacity,
    capacity,
    combined_gsd,
    cpu_fraction,
    memory_w,
    rest_w,
)
from treadlight.measure.procfs import node_cpu_times

__all__ = ["INFO", "LoadIntegral", "ModelMeter", "meter"]

INFO = MeterInfo(
    name="model",
    title="Model of load, TDP and memory",
    scope="Processor by load and thermal design power, memory by its size or the control group's limit, and the rest "
    "of the machine; not GPUs, not screens of desktops, not the network outside.",
    resolution="Processor time in ticks of 10 ms; the load curve is applied to stretches of about a second.",
    wrap="Never.",
    privileges="None: /proc/stat, /proc/cpuinfo and /proc/meminfo are open to all.",
    error="90 % interval: processor -50/+100 % on a physical machine and -70/+150 % in a virtual one, wider where the "
    "processor is not recognised; memory -61/+153 %; rest a third to three times. Judged from published comparisons.",
)

_TICK_S = 0.01
_STRETCH_S = 0.9
_DEVICE = "node"


class LoadIntegral:
    """Energy of a processor whose power is a concave function of its load, from cumulative busy time.

    The curve is applied to the mean load of stretches of at least 0.9 s, because processor time comes in ticks of
    10 ms. Readings closer together never change what later readings say, and the energy never falls: for a concave
    curve above 0, t × P(busy ÷ t) grows with both.

    Parameters
    ----------
    power_w
        Power at a load from 0 to 1 [W], concave.
    threads
        Threads over which the busy time is summed.
    """

    __slots__ = ("_busy_s", "_joules", "_last_j", "_power_w", "_t_s", "_threads")

    def __init__(self, power_w: Callable[[float], float], threads: int) -> None:
        self._power_w, self._threads = power_w, threads
        self._t_s: float | None = None
        self._busy_s = self._joules = self._last_j = 0.0

    def at(self, t_s: float, busy_s: float) -> float:
        """Energy since the first call [J], `busy_s` being the machine's cumulative busy time at `t_s`."""
        if self._t_s is None:
            self._t_s, self._busy_s = t_s, busy_s
            return 0.0
        stretch_s = t_s - self._t_s
        if stretch_s <= 0:
            return self._last_j
        # a machine restored from a checkpoint may show less busy time than before
        load = max(0.0, busy_s - self._busy_s) / (self._threads * stretch_s)
        self._last_j = max(self._last_j, self._joules + stretch_s * self._power_w(load))
        if stretch_s >= _STRETCH_S:
            self._t_s, self._busy_s, self._joules = t_s, busy_s, self._last_j
        return self._last_j


def meter(context: Context) -> "ModelMeter":
    """The model of the machine whose trees `context` names."""
    return ModelMeter(context)


class ModelMeter:
    """Meter of one machine; see the module."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._host: Host | None = None
        self._capacity: Capacity | None = None
        self._busy: Callable[[], float] | None = None
        self._cpu: LoadIntegral | None = None
        self._memory_w = self._memory_gb = 0.0
        self._t0_s: float | None = None
        self._channels: tuple[Channel, ...] = ()

    def discover(self) -> Discovery:
        """Channels cpu, memory and rest, as far as ``/proc`` tells what they need."""
        self._host = host = host_facts(self._context)
        self._capacity = own = capacity(host)
        self._cpu = LoadIntegral(lambda load: own.tdp_w * cpu_fraction(load), host.threads)
        self._memory_gb = host.memory_gb if host.memory_limit_gb is None else host.memory_limit_gb
        self._memory_w = memory_w(self._memory_gb)
        channels: list[Channel] = []
        refusals: list[Refusal] = []
        self._busy, refusal = self._busy_source()
        if refusal is None:
            channels += [self._cpu_channel(host, own), self._rest_channel(host, own)]
        else:
            state, reason = refusal
            remedy = "mount /proc, or name a copy with TREADLIGHT_PROCFS_ROOT"
            refusals += [Refusal(f"model:{c}", c, _DEVICE, state, reason, remedy) for c in ("cpu", "rest")]
        if self._memory_gb > 0:
            channels.insert(1, self._memory_channel(host))
        else:
            reason = f"{self._context.procfs_root}/meminfo does not tell the memory of this machine"
            remedy = "mount /proc, or name a copy with TREADLIGHT_PROCFS_ROOT"
            refusals.append(Refusal("model:memory", "memory", _DEVICE, State.ABSENT, reason, remedy))
        self._channels = tuple(channels)
        return Discovery(self._channels, tuple(refusals))

    def read(self, t_s: float) -> list[Reading]:
        """Cumulative energies since the first reading [J]."""
        if self._t0_s is None:
            self._t0_s = t_s
        elapsed_s = max(0.0, t_s - self._t0_s)
        memory_j = self._memory_w * elapsed_s
        state, detail, cpu_j = self._read_cpu(t_s)
        joules = {"model:memory": memory_j}
        if cpu_j is not None and self._host is not None and self._capacity is not None:
            joules["model:cpu"] = cpu_j
            joules["model:rest"] = rest_w(self._host, self._capacity.share, 0.0) * elapsed_s + rest_w(
                self._host, 0.0, cpu_j + self._node_memory_w() * elapsed_s
            )
        return [
            Reading(c.key, State.READ, t_s, joules=joules[c.key])
            if c.key in joules
            else Reading(c.key, state, t_s, detail=detail)
            for c in self._channels
        ]

    def close(self) -> None:
        """Nothing is held open."""

    def _read_cpu(self, t_s: float) -> tuple[State, str, float | None]:
        if self._busy is None or self._cpu is None:
            return State.ABSENT, "no processor time", None
        try:
            return State.READ, "", self._cpu.at(t_s, self._busy())
        except FileNotFoundError as error:
            return State.ABSENT, str(error), None
        except (OSError, ValueError) as error:
            return State.UNREADABLE, str(error), None

    def _node_memory_w(self) -> float:
        return memory_w(self._host.memory_gb) if self._host is not None else 0.0

    def _busy_source(self) -> tuple[Callable[[], float] | None, tuple[State, str] | None]:
        """How to read cumulative busy time [s], or the state and the reason why it cannot be read."""
        root = str(self._context.procfs_root)
        try:
            times = node_cpu_times(root)
        except FileNotFoundError:
            return self._psutil_source(root)
        except (OSError, ValueError) as error:
            return None, (State.UNREADABLE, str(error))
        if times.busy_s + times.idle_s <= 0:
            return None, (State.UNREADABLE, f"{root}/stat counts no processor time: a sandbox hides it")
        return lambda: node_cpu_times(root).busy_s, None

    @staticmethod
    def _psutil_source(root: str) -> tuple[Callable[[], float] | None, tuple[State, str] | None]:
        absent = (State.ABSENT, f"{root}/stat does not exist")
        if root != "/proc" or os.path.lexists("/proc/stat"):
            return None, absent
        try:
            import psutil
        except ImportError:
            return None, absent

        def busy_s() -> float:
            times = psutil.cpu_times()
            return float(sum(times) - times.idle - getattr(times, "iowait", 0.0))

        return busy_s, None

    # -- channels ------------------------------------------------------------------------------------------------------

    @staticmethod
    def _cpu_channel(host: Host, own: Capacity) -> Channel:
        (x0, y0), (x1, y1) = CURVE[:2]
        return Channel(
            key="model:cpu",
            meter="model",
            component="cpu",
            device=_DEVICE,
            method=EvidenceMethod.MODELLED,
            basis=own.basis,
            uncertainty=own.cpu_uncertainty,
            cause=own.cause,
            resolution_j=own.tdp_w * (y1 - y0) / (x1 - x0) * _TICK_S / host.threads,
            update_s=_TICK_S,
            rank=20,
            max_power_w=own.tdp_w * STEEPEST_W_PER_TDP,
        )

    def _memory_channel(self, host: Host) -> Channel:
        of = f"limit of the control group, of {host.memory_gb:.0f} GB" if host.memory_limit_gb is not None else "all"
        return Channel(
            key="model:memory",
            meter="model",
            component="memory",
            device=_DEVICE,
            method=EvidenceMethod.MODELLED,
            basis=f"{self._memory_gb:.1f} GB ({of}) × 0.236 W/GB",
            uncertainty=Lognormal(1.0, GSD_MEMORY),
            cause="model:memory",
            rank=20,
            max_power_w=self._memory_w,
        )

    def _rest_channel(self, host: Host, own: Capacity) -> Channel:
        whole = f"of a {host.klass}"
        if host.is_vm:
            whole = f"of {own.share:.3g} of a {host.klass}"
        load_w = own.tdp_w * STEEPEST_W_PER_TDP + self._node_memory_w()
        return Channel(
            key="model:rest",
            meter="model",
            component="rest",
            device=_DEVICE,
            method=EvidenceMethod.MODELLED,
            basis=f"board, drives, fans and supply {whole}: standing power and 12 % of processor and memory",
            uncertainty=Lognormal(1.0, combined_gsd(GSD_REST, own.share_gsd)),
            cause=f"model:rest:{host.klass}",
            rank=20,
            max_power_w=rest_w(host, own.share, load_w),
        )
