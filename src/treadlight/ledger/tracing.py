"""Power over time from cumulative energy, thinned without losing energy."""

from datetime import datetime
from itertools import pairwise

from treadlight.core.ids import derived_id
from treadlight.core.units import convert
from treadlight.ledger.pieces import Values
from treadlight.ledger.records import Trace, TraceSeries

__all__ = ["POINTS", "Tracer"]

POINTS = 400
"""Intervals a trace has at most: as many as a chart has pixels to show."""


class Tracer:
    """Collects cumulative values and gives the mean power between some of them.

    Only times are left out, never values in between, so the area under the trace stays the energy of the run.
    """

    def __init__(self) -> None:
        self._points: list[tuple[float, Values]] = []

    def sample(self, t_s: float, values: Values) -> None:
        """Take in cumulative values [kWh] at `t_s`."""
        if self._points and t_s <= self._points[-1][0]:
            self._points.pop()
        self._points.append((t_s, values))
        if len(self._points) > 8 * POINTS:
            del self._points[1:-1:2]

    def trace(self, run: str, start: datetime, channels: list[tuple[int, str, str]]) -> Trace | None:
        """The trace of the given channels (index, key, component); None where fewer than two moments are known."""
        points = self._thinned()
        if len(points) < 2 or not channels:
            return None
        series = [
            TraceSeries(key, component, _power_w(points, index, 0), _power_w(points, index, 1))
            for index, key, component in channels
        ]
        return Trace(derived_id(start, run, "trace"), run, tuple(t for t, _ in points), tuple(series))

    def _thinned(self) -> list[tuple[float, Values]]:
        last = len(self._points) - 1
        if last <= POINTS:
            return self._points
        return [self._points[i * last // POINTS] for i in range(POINTS + 1)]


def _power_w(points: list[tuple[float, Values]], index: int, part: int) -> tuple[float | None, ...]:
    powers: list[float | None] = []
    first = points[0][1]
    before = (first[index] or (0.0, 0.0))[part] if index < len(first) else 0.0
    for (t0, _), (t1, values) in pairwise(points):
        value = values[index] if index < len(values) else None
        if value is None:
            powers.append(None)
            continue
        powers.append(convert(value[part] - before, "kWh", "J") / (t1 - t0))
        before = value[part]
    return tuple(powers)
