"""Pieces of a run by UTC hour, so that each hour's electricity meets that hour's grid."""

from dataclasses import dataclass

from treadlight.core.errors import InputError
from treadlight.ledger.journal_schema import Value, Values, check_value
from treadlight.ledger.wallclock import WallClock, hour_of

__all__ = ["Piece", "Pieces", "Values", "used"]

_NOISE = 1e-9
"""Interpolated values may be off by some last digits; a fall of more than this share is not that."""


def used(then: Value | None, now: Value, field: str) -> Value:
    """What was used between two cumulative values, never negative; from the beginning where `then` was not known.

    Raises
    ------
    InputError
        If the values fall.
    """
    then = then or (0.0, 0.0, 0.0)
    if any(now[i] < then[i] * (1 - _NOISE) for i in (0, 1)):
        raise InputError("falls", field=field, value=now, remedy="cumulative values never fall")
    return max(0.0, now[0] - then[0]), max(0.0, now[1] - then[1]), abs(now[2] - then[2])


@dataclass(slots=True)
class Piece:
    """What one channel counted in one hour [flow's unit], and between which wall-clock times [s]."""

    channel: int
    hour: int
    born_s: float
    start_s: float
    end_s: float
    whole: float = 0.0
    share: float = 0.0
    slack: float = 0.0


class Pieces:
    """Differences of cumulative values, cut where a UTC hour begins."""

    def __init__(self, clock: WallClock) -> None:
        self._clock = clock
        self._pieces: dict[tuple[int, int], Piece] = {}
        self._t = 0.0
        self._quiet_s = 0.0  # before this, no hour begins and the clock does not step
        self._values: Values = []
        self._open: tuple[float, Values] | None = None

    def sample(self, t_s: float, values: list[object]) -> None:
        """Take in the cumulative values at `t_s` as the journal has them; one that is missing for once keeps its last.

        Raises
        ------
        InputError
            If they are no values, or if they or the time fall.
        """
        held = self._values + [None] * (len(values) - len(self._values))
        known = _following(held, values)
        if t_s < self._t:
            raise InputError("lies before the record above it", field="t", value=t_s, remedy=f"give t ≥ {self._t}")
        if self._open is None:
            self._open = (0.0, [])
        if t_s >= self._quiet_s:
            self._cut(t_s, held, known)
        self._t, self._values = t_s, known

    def _cut(self, t_s: float, held: Values, known: Values) -> None:
        assert self._open is not None
        for cut in self._clock.cuts(self._t, t_s):
            self._close(cut, _between(held, known, (cut - self._t) / (t_s - self._t)))
        if hour_of(self._clock.at(t_s)) != hour_of(self._clock.at(self._open[0])):
            self._close(t_s, known)
        self._quiet_s = self._clock.quiet_until(t_s)

    def step(self, t1_s: float, at1_s: float) -> None:
        """The wall clock reads `at1_s` at `t1_s`, and runs on from there."""
        if t1_s <= self._t and self._open is not None:
            self._close(self._t, self._values)
        self._clock.step(t1_s, at1_s)
        self._quiet_s = 0.0

    def _close(self, t_s: float, values: Values) -> None:
        assert self._open is not None
        since, before = self._open
        start, end = self._clock.at(since), max(self._clock.at(since), self._clock.until(t_s))
        for i, now in enumerate(values):
            if now is None:
                continue
            then = before[i] if i < len(before) else None
            whole, share, slack = used(then, now, f"v[{i}]")
            if end == start and not whole and not share:
                continue
            hour = hour_of(start)
            piece = self._pieces.setdefault((i, hour), Piece(i, hour, start, start, end))
            piece.start_s, piece.end_s = min(piece.start_s, start), max(piece.end_s, end)
            piece.whole += whole
            piece.share += share
            piece.slack += slack
        self._open = (t_s, values)

    def finish(self) -> list[Piece]:
        """All pieces, by time and channel."""
        if self._open is not None:
            self._close(self._t, self._values)
        return sorted(self._pieces.values(), key=lambda p: (p.hour, p.channel))

    @property
    def last(self) -> Values:
        """The latest known values."""
        return self._values


def _following(held: Values, values: list[object]) -> Values:
    """Values by channel, checked against those before; this runs for every sample."""
    known: Values = []
    for i, value in enumerate(values):
        then = held[i]
        if value is None:
            known.append(then)
            continue
        now = check_value(value)
        if then is not None and (now[0] < then[0] or now[1] < then[1]):
            used(then, now, f"v[{i}]")
        known.append(now)
    return known


def _between(a: Values, b: Values, share: float) -> Values:
    """Values a `share` of the way from `a` to `b`; unknown as long as `a` is."""
    return [
        None if x is None or y is None else (x[0] + (y[0] - x[0]) * share, x[1] + (y[1] - x[1]) * share, y[2])
        for x, y in zip(a, b, strict=True)
    ]
