"""What if a run had begun at another hour: its electricity under the recorded hours of its grid, hour by hour.

Notes
-----
With E(s) the draws of what its electricity caused had every hour of it lain `s` hours later, the use of the devices as
tried is what it was times E(s) / E(0): the hall's overhead and the meters keep their draws, so they cancel in it.
Only recorded hours answer. Where the library has none for a zone, it says so, and no hour is made up.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property

import msgspec
import numpy as np

from treadlight.app.account import CATEGORIES
from treadlight.app.server.desk import Desk
from treadlight.assess.cut import cut
from treadlight.assess.draws import Array
from treadlight.core.activity import Location
from treadlight.core.texts import say
from treadlight.ledger.records import GroupSum

__all__ = ["Starts", "moment_text"]

_FARTHEST_H = 168
_STEPS_H = (1, 2, 3, 6, 12, 24)
_MOST_ROWS = 30_000
_HOUR = "%Y-%m-%dT%H"
_FLAT = 0.002


class Starts:
    """Other beginnings of one run in one place.

    Parameters
    ----------
    groups
        Its electricity, summed by UTC hour where the library has recorded hours.
    category
        In which impact category.
    """

    def __init__(self, desk: Desk, groups: Sequence[GroupSum], category: str) -> None:
        self._desk, self._groups, self._category = desk, groups, category

    @cached_property
    def why_not(self) -> str:
        """Why no other hour can be tried, as a sentence; empty where it can."""
        library = self._desk.library
        unknown = [where for where in self._places if not library.recorded_hours(where)]
        if not library.has_hourly or unknown or not self._places:
            names = ", ".join(dict.fromkeys(library.place_name(where) for where in unknown or self._places))
            where = say("for {names}", names=names) if names else say("for an unknown place")
            return say("No hourly factors are recorded {where}: one factor stands for the whole year.", where=where)
        if not self._later and not self._earlier:
            first, last = self._recorded_from_to
            return say("The recorded hours, {first} to {last}, do not hold this run.", first=first, last=last)
        if np.ptp([float(np.median(self.ratio(s))) for s in self.shifts]) < _FLAT:
            return say("Under this category and method, the hour changes nothing.")
        return ""

    @cached_property
    def _places(self) -> list[Location]:
        found = {(g.zone, g.region, g.site): Location(g.zone, g.region, g.site) for g in self._groups}
        return list(found.values())

    @cached_property
    def _recorded(self) -> frozenset[str]:
        """Hours recorded of every place."""
        return frozenset.intersection(*(self._desk.library.recorded_hours(where) for where in self._places))

    @property
    def _recorded_from_to(self) -> tuple[str, str]:
        hours = sorted(self._recorded) or [""]
        return hours[0].replace("T", " "), hours[-1].replace("T", " ")

    @cached_property
    def _hours(self) -> list[datetime]:
        """Hours in which it used electricity."""
        return sorted({_read(g.period) for g in self._groups})

    def _reach(self, sign: int) -> int:
        """How many hours later (or earlier) all of it still lies in recorded hours."""
        for far in range(_FARTHEST_H + 1):
            moved = ((hour + timedelta(hours=sign * far)).strftime(_HOUR) for hour in self._hours)
            if any(hour not in self._recorded for hour in moved):
                return far - 1
        return _FARTHEST_H

    @cached_property
    def _later(self) -> int:
        return max(self._reach(1), 0)

    @cached_property
    def _earlier(self) -> int:
        return max(self._reach(-1), 0)

    @cached_property
    def step(self) -> int:
        """Hours from one beginning to the next that can be tried."""
        rows = len(self._groups) * (_FARTHEST_H + 1)
        return next((step for step in _STEPS_H if rows / step <= _MOST_ROWS), _STEPS_H[-1])

    @cached_property
    def shifts(self) -> list[int]:
        """Beginnings that can be tried, in hours after the real one; before it where nothing later was recorded."""
        if self._later >= self.step:
            return list(range(0, self._later + 1, self.step))
        return [-s for s in range(0, self._earlier + 1, self.step)][::-1]

    def nearest(self, shift: int) -> int:
        """The beginning that can be tried nearest to one that is asked for."""
        return 0 if self.why_not else min(self.shifts, key=lambda s: abs(s - shift))

    def ratio(self, shift: int) -> Array:
        """What its electricity causes if it begins so many hours later, over what it caused."""
        base = np.maximum(self._draws[0], 1e-300)
        return self._draws[shift] / base

    @cached_property
    def _draws(self) -> dict[int, Array]:
        desk = self._desk
        rows = [(s, _moved(group, s)) for s in self.shifts for group in self._groups]
        made = cut(rows, desk.library, desk.method, categories=CATEGORIES, draws=desk.draws, seed=desk.seed)
        found = made.by(self._category, lambda shift, _: shift)
        return {s: found.get(s, np.zeros(desk.draws)) for s in self.shifts}


def _read(hour: str) -> datetime:
    return datetime.strptime(hour, _HOUR).replace(tzinfo=UTC)


def _moved(group: GroupSum, hours: int) -> GroupSum:
    moment = _read(group.period) + timedelta(hours=hours)
    return msgspec.structs.replace(group, period=moment.strftime(_HOUR))


def moment_text(moment: datetime) -> str:
    """``Saturday 06:00``, in UTC."""
    days = (say("Monday"), say("Tuesday"), say("Wednesday"), say("Thursday"), say("Friday"), say("Saturday"),
            say("Sunday"))  # fmt: skip
    return say("{weekday} {time}", weekday=days[moment.weekday()], time=f"{moment:%H:%M}")
