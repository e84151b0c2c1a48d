"""Invented power curves: a start, epochs with dips, the daily swing of a service; all as shares of full load."""

import math
import random
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Curve", "curve"]

_STEPS = 200
_HOUR_S, _DAY_S = 3600.0, 86400.0
_IDLE = {"gpu": 0.16, "cpu": 0.22, "memory": 0.55, "rest": 0.72}
"""Share of its full power that a component draws without work; invented."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Load over time: `times_s` has one value more than `work`, the share of full load between them.

    `windows` are (name, from, to) [s]; `piece_s` is how long one activity is at most.
    """

    times_s: tuple[float, ...]
    work: tuple[float, ...]
    windows: tuple[tuple[str, float, float], ...]
    piece_s: float

    def loads(self, component: str) -> tuple[float, ...]:
        """Share of its full power that a component draws in each step."""
        idle = _IDLE.get(component, 0.3)
        return tuple(idle + (1 - idle) * w for w in self.work)

    def energy_kwh(self, component: str, t0_s: float, t1_s: float) -> float:
        """Energy of a component of 1 kW at full load between two times [kWh]."""
        total = 0.0
        first = max(bisect_right(self.times_s, t0_s) - 1, 0)
        for (a, b), load in list(zip(pairwise(self.times_s), self.loads(component), strict=True))[first:]:
            if a >= t1_s:
                break
            total += load * max(min(b, t1_s) - max(a, t0_s), 0.0)
        return total / 3600

    def pieces(self, component: str) -> Iterator[tuple[float, float, float]]:
        """Stretches of the run, each at most `piece_s` long, with the mean load."""
        end = self.times_s[-1]
        for n in range(math.ceil(end / self.piece_s)):
            a, b = n * self.piece_s, min((n + 1) * self.piece_s, end)
            if b > a:
                yield a, b, self.energy_kwh(component, a, b) * 3600 / (b - a)


def curve(duration_s: float, load: float, *, service: bool, rng: random.Random) -> Curve:
    """The load of a run of `duration_s`, about `load` of the full one."""
    step_s = duration_s / _STEPS
    times = (*(i * step_s for i in range(_STEPS)), duration_s)
    if service:
        work = tuple(_daily((i + 0.5) * step_s, load, rng) for i in range(_STEPS))
        return Curve(times, work, (), _DAY_S)
    epochs = max(min(round(duration_s / (1.3 * _HOUR_S)), 8), 1)
    begun = 0.03 * duration_s
    length = (duration_s - begun) / epochs
    windows = [("loading data", 0.0, begun)]
    windows += [(f"epoch {n + 1}", begun + n * length, begun + (n + 1) * length) for n in range(epochs)]
    work = tuple(_training((i + 0.5) * step_s, begun, length, load, rng) for i in range(_STEPS))
    return Curve(times, work, tuple(windows), _HOUR_S)


def _daily(t_s: float, load: float, rng: random.Random) -> float:
    day = 0.75 + 0.35 * math.sin(2 * math.pi * (t_s / _DAY_S - 0.3))
    weekend = 0.72 if int(t_s / _DAY_S) % 7 >= 5 else 1.0
    return min(load * day * weekend * rng.uniform(0.94, 1.06), 1.0)


def _training(t_s: float, begun: float, length: float, load: float, rng: random.Random) -> float:
    if t_s < begun:
        return 0.12 * rng.uniform(0.8, 1.2)
    at = (t_s - begun) % length / length
    if at > 0.94:  # between epochs the model is evaluated and written
        return 0.35 * load
    return min(load * rng.uniform(0.97, 1.03) * (0.93 if 0.45 < at < 0.5 else 1.0), 1.0)
