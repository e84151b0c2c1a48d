"""Axes: round ends and ticks."""

import math

__all__ = ["Scale", "nice_ticks", "time_ticks"]

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear scale from `low`…`high` to the pixels `x0`…`x1`."""

    low: float
    high: float
    x0: float
    x1: float

    def __call__(self, value: float) -> float:
        """Pixel of `value`; not clipped."""
        span = self.high - self.low
        return self.x0 + (value - self.low) / span * (self.x1 - self.x0) if span else self.x0


def nice_ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round ticks that enclose `low`…`high`, roughly `about` of them, a step of 1, 2, 2.5 or 5 times a power of ten."""
    if not high > low:
        high = low + (abs(low) or 1.0)
    step = _step((high - low) / max(about - 1, 1))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 12) if abs(step) > 1e-9 else i * step for i in range(first, last + 1)]


def _step(raw: float) -> float:
    power = 10.0 ** math.floor(math.log10(raw))
    return float(next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw * 0.999))


_TIME_STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200)


def time_ticks(duration_s: float, about: int = 6) -> list[tuple[float, str]]:
    """Ticks within 0…`duration_s` with labels (``0 s``, ``5 min``, ``6 h``, ``2 d``)."""
    wanted = max(duration_s, 1e-3) / max(about, 1)
    step = next((s for s in _TIME_STEPS_S if s >= wanted), math.ceil(wanted / 86400) * 86400)
    unit, size = next(((u, s) for u, s in (("d", 86400), ("h", 3600), ("min", 60)) if step >= s), ("s", 1))
    return [(i * step, f"{i * step / size:g} {unit}") for i in range(int(duration_s / step + 1e-9) + 1)]
