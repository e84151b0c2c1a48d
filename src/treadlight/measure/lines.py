"""Lines: what a tracker counts of each channel, cumulative since the start of the run."""

from typing import Protocol

from treadlight.core.units import convert
from treadlight.measure.accumulate import Accumulator, Mark
from treadlight.measure.attribution import Rule, Usage
from treadlight.measure.hardware import HardwareItem
from treadlight.measure.meter import Channel, Reading, State

__all__ = ["Edge", "EnergyLine", "HardwareLine", "Line", "Value"]

Value = tuple[float, float, float]
"""Whole device, share of the run, and slack of the whole (one standard deviation), in the flow's unit."""

Edge = tuple[Value | None, Mark | None]
"""Where a line stood when a window began, and the mark its energy is told from."""

_KWH_PER_J = convert(1.0, "J", "kWh")


class Line(Protocol):
    """One line of the account."""

    key: str
    component: str
    device: str

    @property
    def state(self) -> str:
        """How its last reading went."""

    @property
    def detail(self) -> str:
        """What was wrong with it; empty where nothing was."""

    @property
    def notes(self) -> list[str]:
        """What must be noted since it was last asked for."""

    def record(self) -> dict[str, object]:
        """The channel as the journal describes it."""

    def take(self, reading: Reading | None, usage: Usage) -> None:
        """Count until now."""

    def gap(self, seconds: float) -> None:
        """Say that the machine slept for so long before the next reading."""

    def value(self) -> Value | None:
        """What was counted so far; None where it is not known."""

    def at(self, t_s: float) -> Value | None:
        """The same at an earlier time, for an edge that stays in the record."""

    def begin(self, t_s: float) -> Edge:
        """The edge at which a window begins."""

    def since(self, edge: Edge, t_s: float) -> Value | None:
        """Where the line stands when the window that began at `edge` ends; None while nothing is known."""


class EnergyLine:
    """Energy of one channel [kWh].

    Parameters
    ----------
    since_s
        For a channel that stands in for a lost one: since when.
    """

    def __init__(self, channel: Channel, rule: Rule, *, since_s: float | None = None) -> None:
        self.channel, self.rule = channel, rule
        self.key, self.component, self.device = channel.key, channel.component, channel.device
        self.failures = 0
        self.good_s = 0.0
        self._sum = Accumulator(channel, since_s=since_s)
        self._before: tuple[float, float, float] = (0.0, 0.0, 0.0)
        self._now: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @property
    def state(self) -> str:
        return str(self._sum.state)

    @property
    def detail(self) -> str:
        return self._sum.detail

    @property
    def notes(self) -> list[str]:
        """What must be noted since it was last asked for."""
        found, self._sum.notes = self._sum.notes, []
        return found

    def record(self) -> dict[str, object]:
        return _record(self.channel, self.channel.meter, "electricity.it", self.rule)

    def take(self, reading: Reading | None, usage: Usage) -> None:
        share = self.rule.share(usage, reading.pids if reading else None)
        if reading is None:
            reading = Reading(self.key, State.ABSENT, usage.t_s, detail="the meter no longer answers for it")
        self._sum.update(reading)
        if self._sum.state is not State.READ:  # a counter that stands still, as in some virtual machines, tells nothing
            self.failures += 1
            return
        self.failures, self.good_s = 0, usage.t_s
        joules = self._sum.joules
        if joules is not None:
            _, before_j, run_j = self._now
            self._before = self._now
            self._now = usage.t_s, joules, run_j + max(joules - before_j, 0.0) * share

    def gap(self, seconds: float) -> None:
        self._sum.gap(seconds)

    def value(self) -> Value | None:
        joules = self._sum.joules
        return None if joules is None else _kwh(joules, self._run_j(joules), self._sum.slack_j)

    def at(self, t_s: float) -> Value | None:
        found = self._sum.at(t_s)
        return None if found is None else _kwh(found[0], self._run_j(found[0]), found[1])

    def begin(self, t_s: float) -> Edge:
        mark = self._sum.mark(t_s)
        if mark.joules is None:
            return None, mark
        return _kwh(mark.joules, self._run_j(mark.joules), mark.slack_j), mark

    def since(self, edge: Edge, t_s: float) -> Value | None:
        value, mark = edge
        found = None if mark is None else self._sum.since(mark, t_s)
        if found is None:
            return None
        joules, slack_j = found
        if value is not None:
            whole, run, slack = value
            first_j, first_run_j = whole / _KWH_PER_J, run / _KWH_PER_J
        else:
            whole = run = slack = 0.0
            first_j = (self._sum.mark(mark.t_s).joules if mark else None) or 0.0
            first_run_j = self._run_j(first_j)
        share = self._share(first_j, first_run_j, first_j + joules)
        return whole + joules * _KWH_PER_J, run + joules * share * _KWH_PER_J, slack + slack_j * _KWH_PER_J

    def _run_j(self, joules: float) -> float:
        """The run's part of the first `joules` of the whole [J], in proportion within the last interval."""
        _, j0, r0 = self._before
        _, j1, r1 = self._now
        if joules >= j1:
            return r1
        if joules < j0:
            return r0 * joules / j0
        return r0 + (r1 - r0) * (joules - j0) / (j1 - j0)

    def _share(self, first_j: float, first_run_j: float, last_j: float) -> float:
        """The run's share of what flowed since it stood there, or of the last interval where nothing is counted yet."""
        whole, run = min(last_j, self._now[1]) - first_j, self._run_j(last_j) - first_run_j
        if whole <= 0:
            whole, run = self._now[1] - self._before[1], self._now[2] - self._before[2]
        return min(max(run / whole, 0.0), 1.0) if whole > 0 else 0.0


class HardwareLine:
    """Occupancy of one kind of hardware [device-hours or GB-hours]: its amount × the time × the run's share."""

    def __init__(self, item: HardwareItem, rule: Rule) -> None:
        self._item, self._rule = item, rule
        self.key, self.component, self.device = item.key, item.component, item.device
        self.state, self.detail = str(State.READ), ""
        self._now: tuple[float, float, float] | None = None
        self._before = (0.0, 0.0, 0.0)

    def record(self) -> dict[str, object]:
        return _record(self._item, "hardware", self._item.flow, self._rule)

    def take(self, reading: Reading | None, usage: Usage) -> None:
        share = self._rule.share(usage, reading.pids if reading else None)
        if self._now is None:
            self._now = self._before = (usage.t_s, 0.0, 0.0)
            return
        t_s, whole, run = self._before = self._now
        amount = self._item.amount * convert(max(usage.t_s - t_s, 0.0), "s", "h")
        self._now = usage.t_s, whole + amount, run + amount * share

    @property
    def notes(self) -> list[str]:
        """Time needs no notes."""
        return []

    def gap(self, seconds: float) -> None:
        """A machine that sleeps is not used: its hours do not count."""

    def value(self) -> Value | None:
        return None if self._now is None else (self._now[1], self._now[2], 0.0)

    def at(self, t_s: float) -> Value | None:
        if self._now is None:
            return None
        (t0, w0, r0), (t1, w1, r1) = self._before, self._now
        part = 1.0 if t1 <= t0 else min(max((t_s - t0) / (t1 - t0), 0.0), 1.0)
        return w0 + (w1 - w0) * part, r0 + (r1 - r0) * part, 0.0

    def begin(self, t_s: float) -> Edge:
        return self.at(t_s), None

    def since(self, edge: Edge, t_s: float) -> Value | None:
        return self.at(t_s)


def _kwh(joules: float, run_j: float, slack_j: float) -> Value:
    return joules * _KWH_PER_J, run_j * _KWH_PER_J, slack_j * _KWH_PER_J


def _record(source: Channel | HardwareItem, meter: str, flow: str, rule: Rule) -> dict[str, object]:
    return {
        "key": source.key,
        "meter": meter,
        "component": source.component,
        "device": source.device,
        "flow": flow,
        "method": str(source.method),
        "basis": source.basis,
        "uncertainty": str(source.uncertainty),
        "cause": source.cause,
        "rule": rule.name,
        "version": "1",
    }
