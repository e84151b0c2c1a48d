"""Clocks of a run: durations by the monotonic clock, stamps by the wall clock, and what went wrong between them.

The stamp of a moment is the wall time of the last anchor plus the monotonic time since; the anchor is the start of the
run and moves only when the wall clock was set or the machine slept, and then a gap says so.
"""

import time
from dataclasses import dataclass
from typing import Protocol

__all__ = ["CLOCK_STEP", "SUSPEND", "Clock", "RunClock", "StepGap", "SystemClock"]

SUSPEND = "suspend"
CLOCK_STEP = "clock-step"

_TOLERANCE_S = 0.5
"""Smallest step of the wall clock that is recorded [s]; slow slewing adds up until it reaches this."""

_TOGETHER_S = 0.05
_TRIES = 5
"""A process may be put aside between reading one clock and the next; then they are read again."""


class Clock(Protocol):
    """Where times come from; a test gives its own."""

    def monotonic(self) -> float:
        """Seconds that only go forward and stand still while the machine sleeps."""

    def wall(self) -> float:
        """Seconds since 1970, UTC."""

    def boottime(self) -> float:
        """As monotonic, but going on while the machine sleeps."""


class SystemClock:
    """The clocks of this machine."""

    def monotonic(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time()

    def boottime(self) -> float:
        clock = getattr(time, "CLOCK_BOOTTIME", None)
        return time.monotonic() if clock is None else time.clock_gettime(clock)


@dataclass(frozen=True, slots=True)
class StepGap:
    """A sleep of the machine or a step of its wall clock, noticed between two looks at the clocks.

    Parameters
    ----------
    t0_s, t1_s
        The two looks, since the start of the run [s, monotonic].
    at0_s, at1_s
        Stamps of the two looks: the first by the old anchor, the second by the new one [s since 1970].
    reason
        ``suspend`` or ``clock-step``.
    step_s
        How far the wall clock moved against the monotonic clock [s].
    """

    t0_s: float
    t1_s: float
    at0_s: float
    at1_s: float
    reason: str
    step_s: float

    def record(self) -> dict[str, object]:
        """The gap as a record of the journal."""
        return {
            "kind": "gap",
            "t0": round(self.t0_s, 6),
            "t1": round(self.t1_s, 6),
            "at0": round(self.at0_s, 6),
            "at1": round(self.at1_s, 6),
            "reason": self.reason,
            "step_s": round(self.step_s, 6),
        }


class RunClock:
    """Time since the start of a run, stamps for it, and the gaps in it."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._start_s = self._clock.monotonic()
        self.start_at_s = round(self._clock.wall(), 6)
        self._asleep_s = self._clock.boottime() - self._start_s
        self.offset_s = self.start_at_s
        self._last_s = 0.0

    def now(self) -> float:
        """Time since the start [s, monotonic]."""
        return self._clock.monotonic() - self._start_s

    def stamp(self, t_s: float) -> float:
        """Wall time of `t_s` [s since 1970], by the present anchor: `offset_s` is the stamp of t = 0."""
        return self.offset_s + t_s

    def look(self) -> tuple[float, list[StepGap]]:
        """The time now [s], and the gaps since the last look; afterwards stamps follow the clocks as they are now."""
        t_s, asleep_s, wall_offset_s = self._together()
        gaps = []
        slept_s = asleep_s - self._asleep_s
        if slept_s > _TOLERANCE_S:
            gaps.append(self._move(t_s, SUSPEND, slept_s))
            self._asleep_s = asleep_s
        step_s = wall_offset_s - self.offset_s
        if abs(step_s) > _TOLERANCE_S:
            gaps.append(self._move(t_s, CLOCK_STEP, step_s))
        self._last_s = t_s
        return t_s, gaps

    def _together(self) -> tuple[float, float, float]:
        """Time [s], time asleep and offset of the wall clock [s], read so close together that they belong together."""
        for _ in range(_TRIES):
            t_s = self.now()
            asleep_s = self._clock.boottime() - t_s - self._start_s
            wall_offset_s = self._clock.wall() - t_s
            if self.now() - t_s < _TOGETHER_S:
                return t_s, asleep_s, wall_offset_s
        return t_s, self._asleep_s, self.offset_s  # never at once: tell the time, and look for gaps later

    def _move(self, t_s: float, reason: str, step_s: float) -> StepGap:
        at0_s = self.stamp(self._last_s)
        self.offset_s = round(self.offset_s + step_s, 6)
        return StepGap(self._last_s, t_s, at0_s, self.stamp(t_s), reason, step_s)
