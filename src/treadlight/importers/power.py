"""Energy from samples of power that a tool logged: what was seen, what was bridged, and what nobody knows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

__all__ = ["MAX_POWER_W", "Integral", "integrate"]

MAX_POWER_W = 5000.0
"""More than this no single accelerator draws; a sample above it is a slip of units [W]."""

_GAP_INTERVALS = 3.0  # a logger that is merely late misses a sample or two
_GAP_LEAST_S = 60.0
_GAP_BRIDGED_S = 3600.0  # after an hour without a sample nobody can say whether the work went on


@dataclass(frozen=True, slots=True)
class Integral:
    """Energy between two moments.

    Parameters
    ----------
    seen_kwh
        Where samples follow each other closely: trapezoids [kWh].
    bridged_kwh
        Across short gaps: the mean of the samples on either side, times the gap [kWh].
    seen_s, bridged_s
        How long each lasted [s].
    unknown
        Beginning and end of longer gaps, of which nothing is known [s].
    """

    seen_kwh: float
    bridged_kwh: float
    seen_s: float
    bridged_s: float
    unknown: tuple[tuple[float, float], ...]


def integrate(samples: Iterable[tuple[float, float]], start_s: float, end_s: float) -> Integral:
    """Energy of samples (time [s], power [W]) between `start_s` and `end_s`.

    Before the first and after the last sample, the nearest one holds. A gap is longer than three usual intervals and a
    minute; it is bridged up to an hour, and unknown beyond.

    Parameters
    ----------
    samples
        In any order; of several at one time the mean is taken.
    """
    points = _sorted(samples)
    if not points:
        return Integral(0.0, 0.0, 0.0, 0.0, ((start_s, end_s),) if end_s > start_s else ())
    steps = [b[0] - a[0] for a, b in pairwise(points)]
    usual_s = max(_GAP_LEAST_S, _GAP_INTERVALS * median(steps)) if steps else _GAP_LEAST_S
    whole = [(min(start_s, points[0][0]), points[0][1]), *points, (max(end_s, points[-1][0]), points[-1][1])]
    sums = {"seen": [0.0, 0.0], "bridged": [0.0, 0.0]}
    unknown = []
    for (t0, p0), (t1, p1) in pairwise(whole):
        if t1 - t0 > max(usual_s, _GAP_BRIDGED_S):
            unknown.append((t0, t1))
            continue
        kind = sums["bridged" if t1 - t0 > usual_s else "seen"]
        kind[0] += (p0 + p1) / 2 * (t1 - t0) / 3.6e6
        kind[1] += t1 - t0
    return Integral(sums["seen"][0], sums["bridged"][0], sums["seen"][1], sums["bridged"][1], tuple(unknown))


def _sorted(samples: Iterable[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    by_time: dict[float, list[float]] = {}
    for t_s, power_w in samples:
        by_time.setdefault(t_s, []).append(power_w)
    return [(t_s, sum(powers) / len(powers)) for t_s, powers in sorted(by_time.items())]
