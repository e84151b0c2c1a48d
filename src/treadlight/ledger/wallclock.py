"""The wall clock of a run: what time it was at each moment of the monotonic clock."""

import math
from bisect import bisect_left, bisect_right
from itertools import pairwise

__all__ = ["WallClock", "hour_of"]


_ROUNDING_S = 1e-3
"""More than what rounding to microseconds can shift."""


def hour_of(unix_s: float) -> int:
    """Number of the UTC hour since 1970 in which a wall-clock time [s] lies."""
    return math.floor(unix_s / 3600)


class WallClock:
    """Wall-clock time [s since 1970] at monotonic times `t_s` since the run's start.

    Between recorded gaps both clocks run alike, so a slow drift of the wall clock never stretches a duration. A gap
    (suspend, clock step) ends at ``t1`` with the wall clock at ``at1``; from there on its new offset holds.
    """

    def __init__(self, start_s: float) -> None:
        self._since = [-math.inf]
        self._offsets = [start_s]

    def step(self, t1_s: float, at1_s: float) -> None:
        """Note that from `t1_s` on the wall clock has the offset it shows there."""
        self._since.append(max(t1_s, self._since[-1]))
        self._offsets.append(at1_s - t1_s)

    def at(self, t_s: float) -> float:
        """Wall-clock time from which a period that begins at `t_s` counts."""
        return round(t_s + self._offsets[bisect_right(self._since, t_s) - 1], 6)

    def until(self, t_s: float) -> float:
        """Wall-clock time to which a period that ends at `t_s` counts: before a step that lies just there."""
        return round(t_s + self._offsets[max(0, bisect_left(self._since, t_s) - 1)], 6)

    def cuts(self, t0_s: float, t1_s: float) -> list[float]:
        """Monotonic times after `t0_s` and up to `t1_s` at which an hour begins within, or the wall clock steps."""
        found = self._since[max(1, bisect_right(self._since, t0_s)) : bisect_right(self._since, t1_s)]
        bounds = [t0_s, *found, t1_s]
        for a, b in pairwise(bounds):
            first, last = self.at(a), self.until(b)
            for hour in range(hour_of(first) + 1, hour_of(last) + 1):
                t = a + (hour * 3600 - first)
                if a < t < b:
                    found.append(t)
        return sorted(found)

    def quiet_until(self, t_s: float) -> float:
        """A time before which no hour begins and the wall clock does not step, from `t_s` on."""
        now = self.at(t_s)
        hour = t_s + (hour_of(now) + 1) * 3600 - now
        i = bisect_right(self._since, t_s)
        return min(hour, self._since[i] if i < len(self._since) else hour) - _ROUNDING_S
