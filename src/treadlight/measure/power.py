"""The power model for machines without counters: pure functions of load, from stated facts about the host.

Notes
-----
Processor: P = TDP × curve(load), with the measured curve of Teads; a virtual machine has TDP × vCPUs ÷ threads.
Memory: a constant power per GB. Rest: a standing power per machine and a loss in proportion to the others.
The page ``docs/methodology/model.md`` derives every constant and interval.

References
----------
B. Davy (Teads Engineering), "Building an AWS EC2 Carbon Emissions Dataset", 2021: load curve, from RAPL on bare metal.
L. Lannelongue et al., "Green Algorithms", Advanced Science 8, 2100707, 2021: 0.3725 W/GB.
Cloud Carbon Footprint, "Methodology", 2023, Apache-2.0: 0.392 W/GB; 0.74 to 3.5 W per vCPU of a whole server (AWS).
U.S. EPA, "Report to Congress on Server and Data Center Energy Efficiency", 2007: parts of a volume server's 251 W.
"""

import math
from bisect import bisect_right
from dataclasses import dataclass

from treadlight.core.distribution import Lognormal
from treadlight.measure.host import Host

__all__ = [
    "CURVE",
    "STEEPEST_W_PER_TDP",
    "Capacity",
    "capacity",
    "combined_gsd",
    "cpu_fraction",
    "gsd_between",
    "host_threads",
    "memory_w",
    "rest_w",
]

CURVE = ((0.0, 0.08), (0.1, 0.32), (0.5, 0.75), (1.0, 1.02))
"""Load and power ÷ TDP. Under load Davy 2021: bare-metal Xeons under turbostress, RAPL package domain. At rest the
geometric mean of his 0.12 and of the 0.05 that fits 17 whole servers of SPECpower_ssj2008, 2017-2023."""

STEEPEST_W_PER_TDP = 2.5
"""No stretch of time adds energy faster than this × TDP: the curve's slope at rest, 2.4, and its power there, 0.08."""

_LOADS = [load for load, _ in CURVE]

_Z95 = 1.6448536269514722


def gsd_between(p05: float, p95: float) -> float:
    """GSD of the lognormal with these 5th and 95th percentiles."""
    return math.exp(math.log(p95 / p05) / (2 * _Z95))


def combined_gsd(*gsds: float) -> float:
    """GSD of the product of independent lognormals."""
    return math.exp(math.hypot(*(math.log(gsd) for gsd in gsds)))


GSD_LOAD_TDP = gsd_between(0.5, 2.0)
"""Load × TDP on a physical machine: -50/+100 % for 90 % (CodeCarbon against wattmeters: up to 40 %, arXiv 2509.22092;
TDP is no limit: processors that boost draw up to twice as much, those with a cap half)."""

GSD_VM = gsd_between(0.3, 2.5)
"""The same for a virtual machine: -70/+150 %; neighbours, oversubscription and steal are invisible."""

HOST_THREADS = 128
"""A cloud server, where nothing else is known: 128 threads, 64 to 256 for 90 %."""

SOCKETS_OF_HOST = 2
"""Servers of cloud providers have one or two sockets; two are assumed."""

_W_PER_THREAD = {
    "server": (3.7, gsd_between(1.8, 7.8)),
    "desktop": (5.0, gsd_between(2.2, 11.3)),
    "laptop": (2.1, gsd_between(0.75, 5.6)),
}
"""TDP per thread [W] of a processor nobody told us: 5 to 95 % of the catalogue's models of the class (169, 67 and 68,
library 2026.11), and the geometric mean of the two."""

MEMORY_W_PER_GB = 0.3725 * math.sqrt(0.25 * 1.6)
GSD_MEMORY = gsd_between(0.25, 1.6)
"""0.3725 W/GB -75/+60 % for 90 %: the rule's own -60/+60 %, opened downwards because two measurements lie there
(0.02 W/GB between 32 and 96 GB of idle DDR4, Green Algorithms issue 14; 94 W for a whole idle server with 384 GB,
SPECpower_ssj2008, Inspur NF5280M5, 2021). The value used is the interval's median, 0.236 W/GB; the 17 servers fit
0.20 at rest and 0.38 at full load."""

_STANDING_W = {"server": 20.0, "desktop": 20.0, "laptop": 6.0}
"""Board, management, network, drives, idle fans, a laptop's display [W]. Server: the constant that fits the same 17
idle servers; laptop: 8 W at rest in all, display included (Mahesri and Vardhan 2004); desktop: judgement."""

LOSS = 0.12
"""Power supply and fans, as a share of what processor and memory draw: supplies lose 4 to 15 % (80 PLUS, from memory;
EPA 2007: 38 of 251 W), fans take 5 to 15 % (eWEEK 2009)."""

GSD_REST = 2.0
"""Judgement: a third to three times, for 90 %."""

GSD_SHARE = gsd_between(0.5, 2.0)
"""Share of a server that a virtual machine stands for, where the threads of its host are assumed."""


def cpu_fraction(load: float) -> float:
    """Power of a processor ÷ its TDP at `load` (0 idle, 1 all threads busy); beyond 1 as at 1."""
    load = min(max(load, 0.0), 1.0)
    i = min(bisect_right(_LOADS, load), len(CURVE) - 1)
    (x0, y0), (x1, y1) = CURVE[i - 1], CURVE[i]
    return y0 + (y1 - y0) * (load - x0) / (x1 - x0)


def host_threads(host: Host) -> int:
    """Threads of the physical machine: of the host below, for a virtual one; never fewer than ours."""
    if not host.is_vm:
        return host.threads
    if host.threads_of_host:
        return max(host.threads_of_host, host.threads)
    row = host.cpu_row
    if row is not None and row.threads:
        return row.threads * max(SOCKETS_OF_HOST, math.ceil(host.threads / row.threads))
    return max(HOST_THREADS, host.threads)


@dataclass(frozen=True, slots=True)
class Capacity:
    """What this machine has of a physical one.

    Parameters
    ----------
    tdp_w
        Thermal design power of the processors, or of our share of them [W].
    share
        Share of the physical machine that is ours, 0 to 1.
    cpu_gsd, share_gsd
        Spread of true ÷ modelled power of the processor, and of the share.
    cause
        Name of what makes such machines wrong together.
    basis
        How the figure comes about, in a few words.
    """

    tdp_w: float
    share: float
    cpu_gsd: float
    share_gsd: float
    cause: str
    basis: str

    @property
    def cpu_uncertainty(self) -> Lognormal:
        """Distribution of true ÷ modelled energy of the processor."""
        return Lognormal(1.0, self.cpu_gsd)


def capacity(host: Host) -> Capacity:
    """Processor power and share of the physical machine that `host` stands for."""
    row, match = host.cpu_row, host.cpu
    base_gsd = GSD_VM if host.is_vm else GSD_LOAD_TDP
    share = host.threads / host_threads(host)
    share_gsd = 1.0 if not host.is_vm else (1.1 if host.threads_of_host else GSD_SHARE)
    if row is not None and (not host.is_vm or row.threads):
        packages = host.threads / row.threads if host.is_vm and row.threads else host.sockets
        how = f"{host.threads} vCPUs of {row.threads} threads" if host.is_vm else f"{host.sockets} × socket"
        quality = "" if match.quality == "exact" else f", {match.quality} match"
        return Capacity(
            tdp_w=row.tdp_w * packages,
            share=share,
            cpu_gsd=combined_gsd(base_gsd, match.widening_gsd),
            share_gsd=share_gsd,
            cause=f"model:cpu:{row.slug}",
            basis=f"load × TDP {row.tdp_w:g} W of {row.name}{quality}, {how}",
        )
    w_per_thread, gsd = _W_PER_THREAD[host.klass]
    return Capacity(
        tdp_w=w_per_thread * host.threads,
        share=share,
        cpu_gsd=combined_gsd(base_gsd, gsd),
        share_gsd=share_gsd,
        cause=f"model:cpu:{host.klass}",
        basis=f"load × {w_per_thread:g} W per thread ({host.klass}, processor not recognised), {host.threads} threads",
    )


def memory_w(gb: float) -> float:
    """Power of `gb` gigabytes of memory [W]."""
    return MEMORY_W_PER_GB * gb


def rest_w(host: Host, share: float, load_w: float) -> float:
    """Power of the rest of the machine [W]: our `share` of what always runs, and the loss on `load_w` [W]."""
    return _STANDING_W[host.klass] * share + LOSS * load_w
