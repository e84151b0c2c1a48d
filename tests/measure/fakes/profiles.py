"""Power over time whose energy is known exactly, so that what a meter reports can be checked against the truth."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Profile", "ramp", "random_steps", "square", "steady", "steps"]


@dataclass(frozen=True)
class Profile:
    """Power [W] at a time [s], and the exact energy [J] since time 0."""

    power: Callable[[float], float]
    energy: Callable[[float], float]

    def scaled(self, factor: float) -> "Profile":
        return Profile(lambda t: factor * self.power(t), lambda t: factor * self.energy(t))

    def paused(self, start_s: float, length_s: float, power_w: float) -> "Profile":
        """The same work with a pause at `power_w` inserted at `start_s` (a suspend)."""

        def energy(t: float) -> float:
            pause = min(max(t - start_s, 0.0), length_s)
            return self.energy(t - pause) + power_w * pause

        def power(t: float) -> float:
            return power_w if start_s <= t < start_s + length_s else self.power(t if t < start_s else t - length_s)

        return Profile(power, energy)


def steady(power_w: float) -> Profile:
    return Profile(lambda t: power_w, lambda t: power_w * t)


def ramp(first_w: float, last_w: float, length_s: float) -> Profile:
    slope = (last_w - first_w) / length_s

    def energy(t: float) -> float:
        inside = min(t, length_s)
        return first_w * inside + slope * inside * inside / 2 + last_w * (t - inside)

    return Profile(lambda t: first_w + slope * min(t, length_s), energy)


def square(low_w: float, high_w: float, period_s: float, duty: float, phase: float = 0.0) -> Profile:
    """High for a share `duty` of each period, beginning a share `phase` into one."""

    def highs(t: float) -> float:
        cycles = t / period_s + phase
        whole = math.floor(cycles)
        return (whole * duty + min(cycles - whole, duty)) * period_s

    start = highs(0.0)

    def power(t: float) -> float:
        return high_w if (t / period_s + phase) % 1.0 < duty else low_w

    return Profile(power, lambda t: low_w * t + (high_w - low_w) * (highs(t) - start))


def steps(parts: list[tuple[float, float]]) -> Profile:
    """Consecutive (seconds, watts); the last goes on."""

    def energy(t: float) -> float:
        total = 0.0
        for i, (seconds, watts) in enumerate(parts):
            inside = t if i + 1 == len(parts) else min(t, seconds)
            total += inside * watts
            t -= inside
            if t <= 0:
                break
        return total

    def power(t: float) -> float:
        for seconds, watts in parts[:-1]:
            if t < seconds:
                return watts
            t -= seconds
        return parts[-1][1]

    return Profile(power, energy)


def random_steps(rng: random.Random, low_w: float, high_w: float, length_s: float) -> Profile:
    """Phases of a training run: powers and durations at random."""
    parts, t = [], 0.0
    while t < length_s:
        seconds = rng.uniform(0.2, 8.0)
        parts.append((seconds, rng.uniform(low_w, high_w)))
        t += seconds
    return steps(parts)
