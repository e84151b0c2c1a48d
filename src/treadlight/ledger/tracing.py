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

_KEPT = 8 * POINTS
"""Points held while a run goes on, so many that those chosen at its end lie evenly."""

_Point = tuple[float, Values]


class Tracer:
    """Collects cumulative values and gives the mean power between some of them.

    Only times are left out, never values in between, so the area under the trace stays the energy of the run. Time is
    divided into equal steps, of which each keeps its first point; where there are too many, the step is doubled. So
    points stay as evenly spread as samples allow, however long the run.
    """

    def __init__(self) -> None:
        self._points: list[_Point] = []
        self._last: _Point | None = None
        self._step_s = 0.0
        self._due_s = 0.0

    def sample(self, t_s: float, values: Values) -> None:
        """Take in cumulative values [kWh] at `t_s`."""
        self._last = (t_s, values)
        points = self._points
        if points and t_s <= points[-1][0]:
            points[-1] = self._last
        elif t_s >= self._due_s or not points:
            points.append(self._last)
            if len(points) > _KEPT:
                self._step_s = max(2 * self._step_s, 2 * (t_s - points[0][0]) / _KEPT)
                self._points = points = _first_of_each(points, self._step_s)
            if self._step_s:
                self._due_s = _step_after(t_s, points[0][0], self._step_s)

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

    def _thinned(self) -> list[_Point]:
        points, last = self._points, self._last
        whole = points if last is None or points[-1] is last else [*points, last]
        if len(whole) <= POINTS + 1:
            return whole
        step_s = (whole[-1][0] - whole[0][0]) / POINTS
        kept = [p for p in _first_of_each(whole[:-1], step_s) if p[0] < whole[-1][0] - step_s / 2]
        return [*kept[:POINTS], whole[-1]]


def _step_after(t_s: float, first_s: float, step_s: float) -> float:
    """Where the step begins that follows the one in which `t_s` lies."""
    return first_s + ((t_s - first_s) // step_s + 1) * step_s


def _first_of_each(points: list[_Point], step_s: float) -> list[_Point]:
    kept, due_s = points[:1], _step_after(points[0][0], points[0][0], step_s)
    for point in points[1:]:
        if point[0] >= due_s:
            kept.append(point)
            due_s = _step_after(point[0], points[0][0], step_s)
    return kept


def _power_w(points: list[_Point], index: int, part: int) -> tuple[float | None, ...]:
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
