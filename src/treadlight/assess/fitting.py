"""Draws as a distribution that an activity can carry: a lognormal where one fits, else their quantiles."""

import numpy as np

from treadlight.assess.draws import Array
from treadlight.core.distribution import Distribution, Empirical, Lognormal, Point, lognormal_between

__all__ = ["fitted"]

_POINTS = 40
_CLOSE = 0.02
_GRID = tuple(i / _POINTS for i in range(_POINTS + 1))
_ENDS = (0.002, 0.998)


def fitted(samples: Array) -> Distribution:
    """Distribution of true ÷ median of draws: a lognormal where it fits within 2 % from p05 to p95, else quantiles."""
    centre = float(np.median(samples))
    if centre <= 0:
        return Point(1.0)
    relative = samples / centre
    p05, p95 = (float(x) for x in np.quantile(relative, (0.05, 0.95)))
    if p95 - p05 < 1e-9:
        return Point(1.0)
    if p05 > 0:
        between = lognormal_between(p05, p95)
        if isinstance(between, Lognormal):
            form = Lognormal(1.0, float(f"{between.gsd:.4g}"))
            levels = (0.05, 0.25, 0.5, 0.75, 0.95)
            if all(abs(form.quantile(p) / float(np.quantile(relative, p)) - 1) < _CLOSE for p in levels):
                return form
    grid = [min(max(p, _ENDS[0]), _ENDS[1]) for p in _GRID]
    return Empirical(tuple(float(f"{x:.4g}") for x in np.quantile(relative, grid)))
