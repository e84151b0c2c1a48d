"""Cumulative energy of one channel from its readings, with the slack that reading it in steps leaves.

`joules` and `slack_j` stand at the last reading and never fall; `at` gives them at another time for an edge that
becomes part of the record (a UTC hour); `mark` and `since` give the energy of a window, whose two edges are in doubt.
"""

import math
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from itertools import islice

from treadlight.measure.difference import SUSPENDED_SHARE, counter_difference
from treadlight.measure.meter import Channel, Reading, State

__all__ = ["Accumulator", "Mark"]

_KEPT = 256  # points that are kept to interpolate between
_LEAST_TICK_S = 0.002  # a reading is stamped before it is taken, and the process may be put aside between the two
_STALE_S = 2.0
_STALE_READINGS = 3
_LEAST_VARIATION = 0.3  # relative standard deviation assumed of the power within an interval
_POWER_FLOOR = 0.03  # of the energy of polled power that swings faster than it is polled
_SHORT_WINDOW = 0.4  # relative standard deviation of the energy of a window much shorter than an interval
_ABSURD_J = 1e15  # no counter gets there
_ABSURD_W = 1e5  # no single device draws this


@dataclass(frozen=True, slots=True)
class Mark:
    """The beginning of a window: its time [s] and what the accumulator stood at, where that was known by then [J]."""

    t_s: float
    joules: float | None
    slack_j: float
    edge_j: float


@dataclass(slots=True)
class _Lost:
    """An interval whose energy was filled in from the power before it; None: the power before it was not known."""

    seconds: float
    power_w: float | None


class _Power:
    """Mean and variation of the power of the intervals so far, the newest weighing most [W]."""

    __slots__ = ("count", "last_w", "mean_w", "variance")

    def __init__(self) -> None:
        self.count, self.mean_w, self.last_w, self.variance = 0, 0.0, 0.0, 0.0

    def add(self, power_w: float) -> None:
        weight = max(0.1, 1 / (self.count + 1))
        off = power_w - self.mean_w
        self.mean_w += weight * off
        self.variance = (1 - weight) * (self.variance + weight * off * off)
        self.count += 1
        self.last_w = power_w

    @property
    def known_w(self) -> float | None:
        return self.mean_w if self.count else None

    @property
    def variation(self) -> float:
        """Relative standard deviation of the power, between 0.3 and 1."""
        if self.mean_w <= 0:
            return 1.0
        return min(1.0, max(_LEAST_VARIATION, math.sqrt(self.variance) / self.mean_w))


class Accumulator:
    """Readings of one channel in, cumulative energy out.

    Parameters
    ----------
    channel
        What is read.
    since_s
        Time from which this channel stands in for one that was lost [s]: the time until its first reading is then
        filled with the power of its first interval.

    Attributes
    ----------
    state, detail
        How the channel stands, and why; unknown is never zero.
    notes
        What a reader of the record must know (a reset, a counter that stands still); the tracker takes them away.
    """

    def __init__(self, channel: Channel, *, since_s: float | None = None) -> None:
        self.channel = channel
        self.state = State.ABSENT
        self.detail = "not read yet"
        self.notes: list[str] = []
        self._since_s = since_s
        self._wrap_j, self._wrap_known = channel.wrap_j, channel.wrap_known
        self._tick_s = max(channel.update_s, _LEAST_TICK_S)
        self._power = _Power()
        self._read: tuple[float, float] | None = None  # time and value of the last reading
        self._is_counter: bool | None = None
        self._moved_s = 0.0  # when the counter last moved
        self._still = 0  # readings since
        self._gap_s = 0.0
        self._lost: _Lost | None = None
        self._points: deque[tuple[float, float]] = deque(maxlen=_KEPT)
        self._joules: float | None = None
        self._shown = 0.0  # the most that was ever given out
        self._slack = 0.0
        self._tick_j = 0.0

    @property
    def joules(self) -> float | None:
        """Energy since the first reading, as of the last one [J]; None before two readings tell."""
        return None if self._joules is None else max(self._joules, self._shown)

    @property
    def slack_j(self) -> float:
        """One standard deviation of the error of `joules` beyond the channel's relative error [J]; never falls."""
        return self._slack + self._tick_j

    @property
    def power_w(self) -> float | None:
        """Mean power between the last two readings [W]; None before them."""
        return self._power.last_w if self._power.count else None

    def gap(self, seconds: float) -> None:
        """Say that `seconds` of real time passed that the monotonic clock did not see (a suspend)."""
        self._gap_s += max(0.0, seconds)

    def update(self, reading: Reading) -> None:
        """Take in one reading. One that failed, or that no hardware can have meant, changes the state only."""
        if reading.state is not State.READ:
            self.state, self.detail = reading.state, reading.detail
            return
        problem = self._problem(reading)
        if problem:
            self.state, self.detail = State.UNREADABLE, problem
            return
        if self._read is not None and reading.t_s <= self._read[0]:
            return
        self._is_counter = reading.joules is not None
        if reading.joules is not None:
            self._count(reading.t_s, reading.joules)
        elif reading.power_w is not None:
            self._integrate(reading.t_s, reading.power_w)

    def at(self, t_s: float) -> tuple[float, float] | None:
        """Cumulative energy and slack [J] at `t_s`, for an edge that stays in the record, such as a UTC hour.

        Interpolates between readings and goes on at the mean power after the last. The doubt about where in the
        interval the energy flowed stays in `slack_j` from here on: it is in both pieces that meet at this edge.
        """
        if self._joules is None:
            return None
        joules, edge_j = self._place(t_s)
        self._slack += math.sqrt(2) * edge_j
        self._shown = max(self._shown, joules)
        return joules, self.slack_j

    def mark(self, t_s: float) -> Mark:
        """The beginning of a window at `t_s`; works before anything is known, too."""
        if self._joules is None:
            return Mark(t_s, None, self._slack, 0.0)
        joules, edge_j = self._place(t_s)
        return Mark(t_s, joules, self._slack, edge_j)

    def since(self, mark: Mark, t_s: float) -> tuple[float, float] | None:
        """Energy and slack of the window from `mark` to `t_s` [J]; None while nothing is known.

        The slack holds the doubt at both edges and everything lost between them, and leaves `slack_j` alone: windows
        may nest and overlap without widening the run. In the journal, a window ends at its beginning plus these.
        """
        if self._joules is None or t_s < mark.t_s:
            return None
        end, end_edge = self._place(t_s)
        begin, begin_edge = mark.joules, mark.edge_j
        if begin is None or (self._points and mark.t_s >= self._points[0][0]):
            begin, begin_edge = self._place(mark.t_s)
        passing = self._power.mean_w * (t_s - mark.t_s)
        joules = end - begin
        if joules <= 0:
            joules = passing
        edges = min(math.hypot(begin_edge, end_edge), _SHORT_WINDOW * max(joules, passing))
        return joules, self._slack - mark.slack_j + edges

    def _problem(self, reading: Reading) -> str:
        value = reading.joules if reading.joules is not None else reading.power_w
        if value is None or not math.isfinite(value):
            return f"{self.channel.key} gave no number"
        if not 0 <= value <= _ABSURD_J:
            return f"{self.channel.key} gave {value:g}, which no hardware means"
        if self._is_counter is not None and self._is_counter != (reading.joules is not None):
            return f"{self.channel.key} changed between energy and power"
        most = _ABSURD_W if self.channel.max_power_w is None else 3 * self.channel.max_power_w
        if reading.power_w is not None and value > most:
            return f"{self.channel.key} gave {value:g} W, above the {most:g} W that can be"
        return ""

    def _count(self, t_s: float, value_j: float) -> None:
        """One more reading of a counter."""
        if self._wrap_j is not None and value_j > self._wrap_j * 1.001:
            self.notes.append(f"{self.channel.key}: the counter stands above its stated range, which is not used")
            self._wrap_j, self._wrap_known = None, False
        if self._read is None:
            self._begin(t_s, value_j)
            return
        read_s, before_j = self._read
        if value_j == before_j and not self._gap_s:
            self._stand_still(t_s, value_j)
            return
        elapsed_s = t_s - read_s
        passed_s = t_s - self._moved_s
        known_w = self._power.known_w
        step = counter_difference(
            before_j,
            value_j,
            elapsed_s=passed_s if passed_s < 10 * self._tick_s else elapsed_s,
            suspended_s=self._gap_s,
            wrap_j=self._wrap_j,
            wrap_known=self._wrap_known,
            max_power_w=self.channel.max_power_w,
            mean_power_w=known_w,
            tick_s=self._tick_s,
        )
        if self.state is State.STALE and step is not None and known_w:
            self._slack += max(0.0, known_w * passed_s - step.joules) / 2
        self.state, self.detail = State.READ, ""
        if step is None:
            self._lose(t_s, before_j, value_j, passed_s)
        else:
            self._slack += step.slack_j
            self._advance(t_s, step.joules, passed_s)
        self._read, self._moved_s, self._still, self._gap_s = (t_s, value_j), t_s, 0, 0.0

    def _begin(self, t_s: float, value: float) -> None:
        self.state, self.detail = State.READ, ""
        self._read, self._moved_s = (t_s, value), t_s
        start_s = t_s if self._since_s is None else min(t_s, self._since_s)
        self._points.append((start_s, 0.0))
        if start_s < t_s:
            self._lost = _Lost(t_s - start_s, None)

    def _stand_still(self, t_s: float, value_j: float) -> None:
        """The counter did not move: too soon for its next update, or it is stuck."""
        self._read = (t_s, value_j)
        self._still += 1
        still_s = t_s - self._moved_s
        if self._still >= _STALE_READINGS and still_s >= max(_STALE_S, 10 * self._tick_s):
            if self.state is not State.STALE:
                self.notes.append(f"{self.channel.key}: the counter has not moved for {still_s:.3g} s")
            self.state, self.detail = State.STALE, f"the counter has not moved for {still_s:.3g} s"
        elif self.state is not State.STALE:
            self.state, self.detail = State.READ, ""

    def _integrate(self, t_s: float, power_w: float) -> None:
        """One more reading of power: trapezoids, with slack from how much it varied between polls."""
        if self._read is None:
            self._begin(t_s, power_w)
            return
        read_s, before_w = self._read
        seconds = t_s - read_s
        energy_j = (before_w + power_w) / 2 * seconds
        slack = _POWER_FLOOR * energy_j + abs(power_w - before_w) * seconds / 4
        usual_s = max(2.0, 3 * (self._points[-1][0] - self._points[0][0]) / max(1, len(self._points) - 1))
        if seconds > usual_s and self._power.count:
            slack += self._power.variation * energy_j
            self.notes.append(f"{self.channel.key}: no power was read for {seconds:.3g} s")
        if self._gap_s:
            slack += SUSPENDED_SHARE * self._power.mean_w * self._gap_s
        self._slack += slack
        self.state, self.detail = State.READ, ""
        self._advance(t_s, energy_j, seconds)
        self._read, self._moved_s, self._gap_s = (t_s, power_w), t_s, 0.0

    def _advance(self, t_s: float, energy_j: float, seconds: float) -> None:
        """Add the energy of an interval, and mend what was filled in before it."""
        power_w = energy_j / (max(seconds, self._tick_s) + self._gap_s)  # one step may hold the energy of a whole tick
        total = (self._joules or 0.0) + energy_j
        if self._lost is not None:
            total += self._mended(self._lost, power_w, energy_j)
            self._lost = None
        self._joules = max(total, self._joules or 0.0)  # what is taken back must not round below what was said
        if not (self._gap_s and self._power.count):
            self._power.add(power_w)
        self._tick_j = max(self._tick_j, power_w * self._tick_s / 2 + self.channel.resolution_j)
        self._points.append((t_s, self._joules))

    def _mended(self, lost: _Lost, power_w: float, energy_j: float) -> float:
        """What a filled interval lacks [J], now that the power after it is known; never less than minus `energy_j`."""
        if lost.power_w is None:
            self._slack += power_w * lost.seconds / 2
            return power_w * lost.seconds
        missing = (power_w - lost.power_w) / 2 * lost.seconds
        self._slack += abs(missing) / 2
        return max(missing, -energy_j)

    def _lose(self, t_s: float, before_j: float, value_j: float, seconds: float) -> None:
        """The counter was reset or jumped: fill the interval with the power before it, for now."""
        asleep_s = SUSPENDED_SHARE * self._gap_s
        if not self._power.count:
            self._lost = _Lost(seconds + asleep_s + (self._lost.seconds if self._lost else 0.0), None)
            return
        power_w = self._power.last_w
        fill_j = power_w * (seconds + asleep_s)
        if value_j < before_j and value_j <= 4 * fill_j:
            fill_j = max(fill_j, value_j)  # what a counter shows after it began again has flowed
        self._slack += max(1.2 * math.sqrt(self._power.variance), 0.15 * power_w) * seconds + power_w * asleep_s
        self._joules = (self._joules or 0.0) + fill_j
        self._lost = _Lost(seconds + asleep_s, fill_j / (seconds + asleep_s))
        self._points.append((t_s, self._joules))
        self.detail = f"the counter was reset; {seconds:.3g} s are filled in at the power around them"
        self.notes.append(f"{self.channel.key}: {self.detail}")

    def _place(self, t_s: float) -> tuple[float, float]:
        """Cumulative energy at `t_s` and one standard deviation of its place in the interval [J]."""
        last_s, last_j = self._points[-1]
        tick_j = self._power.mean_w * self._tick_s / math.sqrt(12)
        if t_s >= last_s:
            ahead = 0.0 if self.state is not State.READ else self._power.mean_w * (t_s - last_s)
            return last_j + ahead, tick_j + ahead * self._power.variation
        i = bisect_right(self._points, t_s, key=lambda point: point[0])
        if i == 0:
            return self._points[0][1], tick_j
        (t0, j0), (t1, j1) = islice(self._points, i - 1, i + 1)
        share = (t_s - t0) / (t1 - t0)
        spread = math.sqrt(share * (1 - share)) * (j1 - j0) * self._power.variation
        return j0 + share * (j1 - j0), tick_j + spread
