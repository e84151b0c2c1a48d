"""Electricity of hardware of which only the hours are known for which somebody held it: modelled, with a wide interval.

Notes
-----
An accelerator draws a lognormal share of its board power, 0.2 to 1.0 for nine of ten, median 0.45. Idle cards draw
about a tenth (46 of 400 W for the A100, 35 of 300 W for the V100: the library's accelerators table), jobs that
compute all the time close to all; a mean below 0.2 would be hardware held for nothing. The range is our judgement.

A virtual processor stands for its whole server, without accelerators: 0.74 W at rest to 3.5 W under load. Other
clouds and clusters, other sizes of memory and cores without hyper-threading widen that by a GSD of 1.3, by our
judgement.

References
----------
Cloud Carbon Footprint, "Methodology", 2023, Apache-2.0: 0.74 to 3.5 W per vCPU (AWS).
"""

import math
from dataclasses import dataclass
from functools import lru_cache

from treadlight.core.distribution import Lognormal
from treadlight.library.catalogue import Match, generic_accelerator, generic_cpu, recognise_accelerator
from treadlight.library.devices import AcceleratorRow, CpuRow

__all__ = ["Draw", "accelerator_draw", "processor_share", "vcpu_draw"]

SHARE_OF_TDP = (0.2, 1.0)
W_PER_VCPU = (0.74, 3.5)

_GSD_OTHER_SERVERS = 1.3
_GSD_SHARE = 1.6  # which processor, and how much of it: TDPs per thread of servers differ as much
_Z95 = 1.6448536269514722


@dataclass(frozen=True, slots=True)
class Draw:
    """Power while held.

    Parameters
    ----------
    power_w
        Median [W].
    uncertainty
        True ÷ median.
    cause
        What makes such hardware wrong together.
    basis
        How the figure comes about, in a few words.
    """

    power_w: float
    uncertainty: Lognormal
    cause: str
    basis: str

    def kwh(self, hours: float) -> float:
        """Median energy of so many hours [kWh]."""
        return self.power_w * hours / 1000


@lru_cache(maxsize=256)
def accelerator_draw(name: str) -> Draw | None:
    """Power of the accelerator that a name means, or of the median one; None where its board power is not known."""
    match: Match[AcceleratorRow] = recognise_accelerator(name)
    row = match.row or generic_accelerator()
    if row.tdp_w is None:
        return None
    low, high = SHARE_OF_TDP
    gsd = math.exp(math.hypot(math.log(_gsd(low, high)), math.log(max(1.0, match.widening_gsd, row.tdp_gsd))))
    basis = f"{low:g} to {high:g} of {row.tdp_w:g} W, {row.name}; its load is not known"
    return Draw(row.tdp_w * math.sqrt(low * high), Lognormal(1.0, gsd), f"held:accelerator:{row.slug}", basis)


@lru_cache(maxsize=1)
def vcpu_draw() -> Draw:
    """Power of one virtual processor with its part of the server's memory, board and supply."""
    low, high = W_PER_VCPU
    gsd = math.exp(math.hypot(math.log(_gsd(low, high)), math.log(_GSD_OTHER_SERVERS)))
    basis = f"{low:g} to {high:g} W per vCPU of a whole server; its load is not known"
    return Draw(math.sqrt(low * high), Lognormal(1.0, gsd), "held:vcpu", basis)


def processor_share(vcpus: float) -> tuple[str, float, Lognormal]:
    """Flow, number and doubt of the server processors that so many virtual ones take."""
    row = _server()
    return f"hardware.cpu.{row.slug}", vcpus / (row.threads or 1), Lognormal(1.0, _GSD_SHARE)


@lru_cache(maxsize=1)
def _server() -> CpuRow:
    return generic_cpu("server")


def _gsd(p05: float, p95: float) -> float:
    return math.exp(math.log(p95 / p05) / (2 * _Z95))
