"""What if: a run elsewhere, later, in another hall, on machines that live longer; recomputed on the run's own draws.

Notes
-----
With U the use of the devices, r the hall's overhead as it was and M the making of the machines,

    total = U r + M.

Another zone gives other draws of U (the same activities, other factors); another PUE p takes the place of r; machines
that live L years instead of the library's l carry M l/L; another hour multiplies U by what the recorded hours of the
grid say (`starts`). Everything else keeps its draw, so the difference is exact.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import msgspec
import numpy as np

from treadlight.app.account import CATEGORIES, run_footprint
from treadlight.app.facts import RunFacts
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.web.starts import Starts
from treadlight.assess.draws import Array
from treadlight.assess.footprint import Footprint, footprint, quantity
from treadlight.assess.parts import parts
from treadlight.core.errors import InputError
from treadlight.core.quantity import Quantity
from treadlight.ledger.records import GroupSum

__all__ = ["LIFE_RANGE", "PUE_RANGE", "START_RANGE", "ZONES", "Tried", "WhatIf"]

ZONES = ("SE", "FR", "ES", "GB", "DE", "US", "PL")
"""Zones that are offered: from little to much carbon, most computing halls of Europe and the US among them."""

PUE_RANGE = (1.0, 2.0)
LIFE_RANGE = (2.0, 8.0)
START_RANGE = 168
_POINTS = 13
_HOUR_POINTS = 56
_NEAR_PUE, _NEAR_LIFE = 0.0051, 0.01
_ELECTRIC = "electricity."


@dataclass(frozen=True, slots=True)
class Tried:
    """What is tried: a zone (empty: its own), a PUE, a lifetime [years] (None: as they were), hours it begins later."""

    zone: str = ""
    pue: float | None = None
    life: float | None = None
    start: int = 0

    @classmethod
    def of(cls, request: PageRequest) -> "Tried":
        """What the address asks for.

        Raises
        ------
        InputError
            If a value is out of range.
        """
        start = _number(request, "start", -START_RANGE, START_RANGE)
        return cls(
            request.get("zone"),
            _number(request, "pue", *PUE_RANGE),
            _number(request, "life", *LIFE_RANGE),
            round(start or 0.0),
        )


def _number(request: PageRequest, name: str, low: float, high: float) -> float | None:
    text = request.get(name)
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise InputError("is out of range", field=name, value=text, remedy=f"give {low:g} to {high:g}")
    return value


class WhatIf:
    """The answers for one run in one category.

    Parameters
    ----------
    facts
        What is recorded of the run.
    """

    def __init__(self, desk: Desk, facts: RunFacts, category: str) -> None:
        self._desk, self._facts, self.category = desk, facts, category
        self._base = run_footprint(facts, desk, desk.method)
        self._zones: dict[str, Array] = {}
        self._starts: dict[str, Starts] = {}

    @cached_property
    def possible(self) -> bool:
        """Whether the run used electricity that the library knows."""
        return bool(np.any(self._use))

    @cached_property
    def _use(self) -> Array:
        return self._phase(self._base, "use")

    @cached_property
    def _ratio(self) -> Array:
        """The hall's overhead as it was, draw by draw."""
        ratio: Array = 1 + self._phase(self._base, "overhead") / np.maximum(self._use, 1e-300)
        return ratio

    @cached_property
    def _other(self) -> Array:
        row = CATEGORIES.index(self.category)
        whole: Array = self._base.samples[row] - self._use - self._phase(self._base, "overhead") - self._made(None)
        return whole

    def _phase(self, result: Footprint, phase: str) -> Array:
        row = CATEGORIES.index(self.category)
        found = [part.samples[row] for part in parts(result) if part.phase == phase]
        return np.sum(found, axis=0) if found else np.zeros(self._desk.draws)

    def _made(self, life: float | None) -> Array:
        """Making of the machines, with the library's lifetimes or with one of `life` years."""
        total = np.zeros(self._desk.draws)
        for years, samples in self._made_by_life.items():
            total = total + samples * (1.0 if life is None else years / life)
        return total

    @cached_property
    def _made_by_life(self) -> dict[float, Array]:
        """Making and end of life of the machines, by the lifetime that the library gives them [years]."""
        row = CATEGORIES.index(self.category)
        found: dict[float, Array] = {}
        for part in parts(self._base):
            for line in part.lines if part.phase in ("embodied", "end-of-life") else ():
                years = self._life_of(line.group.flow)
                found[years] = found.get(years, np.zeros(self._desk.draws)) + self._base.line_impacts(line)[row]
        return found

    @cached_property
    def lives(self) -> dict[str, float]:
        """Median lifetime by class of machine, as the library has it [years]."""
        rows = self._desk.library.rows("lifetimes")
        return {row.lifetime_class: row.lifetime_y.median for row in rows}  # type: ignore[attr-defined]

    def _life_of(self, flow: str) -> float:
        kind = "accelerator" if flow.startswith("hardware.accelerator") else "server"
        return self.lives.get(kind, 5.0)

    @cached_property
    def pue_was(self) -> float:
        """The hall's overhead as it was, the median."""
        return float(np.median(self._ratio))

    @cached_property
    def life_was(self) -> float:
        """Lifetime as it was: of the machines that make most of what is embodied [years]."""
        flows = [g.flow for g in self._facts.groups if g.flow.startswith("hardware.")]
        return self._life_of(
            "hardware.accelerator" if any("accelerator" in flow for flow in flows) else "hardware.server"
        )

    def _in_zone(self, zone: str) -> Array:
        """Use of the devices in a zone."""
        if not zone:
            return self._use
        if zone not in self._zones:
            desk = self._desk
            desk.library.check_place(zone=zone)
            groups = self._electric(zone)
            result = footprint(
                groups, desk.library, desk.method, categories=CATEGORIES, draws=desk.draws, seed=desk.seed
            )
            self._zones[zone] = self._phase(result, "use")
        return self._zones[zone]

    def _electric(self, zone: str) -> list[GroupSum]:
        """The run's electricity, in a zone."""
        found = [group for group in self._facts.groups if group.flow.startswith(_ELECTRIC)]
        return [_moved(group, zone) for group in found] if zone else found

    def starts(self, zone: str) -> Starts:
        """Other beginnings in a zone (empty: where it was)."""
        if zone not in self._starts:
            self._starts[zone] = Starts(self._desk, self._electric(zone), self.category)
        return self._starts[zone]

    def moved(self, tried: Tried) -> Tried:
        """What is tried, less what was left where it was: a form without scripts sends every slider."""
        pue = tried.pue if tried.pue is not None and abs(tried.pue - self.pue_was) > _NEAR_PUE else None
        life = tried.life if tried.life is not None and abs(tried.life - self.life_was) > _NEAR_LIFE else None
        return replace(tried, pue=pue, life=life, start=self.starts(tried.zone).nearest(tried.start))

    def draws(self, tried: Tried) -> Array:
        """Draws of the total, as tried."""
        ratio: Array | float = self._ratio if tried.pue is None else tried.pue
        use = self._in_zone(tried.zone)
        shift = self.starts(tried.zone).nearest(tried.start) if tried.start else 0
        if shift:
            use = use * self.starts(tried.zone).ratio(shift)
        found: Array = use * ratio + self._made(tried.life) + self._other
        return found

    def total(self, tried: Tried) -> Quantity:
        """The total, as tried."""
        return quantity(self.draws(tried), self.category)

    def difference(self, tried: Tried) -> Quantity:
        """What is tried, less what was."""
        return quantity(self.draws(tried) - self.draws(Tried()), self.category)

    def zones(self, tried: Tried) -> list[tuple[str, str, Quantity]]:
        """Zone, its name and the total there, the rest as tried."""
        library = self._desk.library
        return [(z, library.zone_name(z), self.total(replace(tried, zone=z))) for z in ZONES]

    def over_pue(self, tried: Tried) -> list[tuple[float, Quantity]]:
        """The total over the whole range of PUE, the rest as tried."""
        return [(p, self.total(replace(tried, pue=p))) for p in _range(*PUE_RANGE)]

    def over_life(self, tried: Tried) -> list[tuple[float, Quantity]]:
        """The total over the whole range of lifetimes, the rest as tried."""
        return [(y, self.total(replace(tried, life=y))) for y in _range(*LIFE_RANGE)]

    def over_start(self, tried: Tried) -> list[tuple[float, Quantity]]:
        """The total over all hours at which it could begin, the rest as tried; empty where none can be tried."""
        starts = self.starts(tried.zone)
        if starts.why_not:
            return []
        thin = starts.shifts[:: max(len(starts.shifts) // _HOUR_POINTS, 1)]
        shifts = sorted({*thin, starts.shifts[0], starts.shifts[-1]})
        return [(float(s), self.total(replace(tried, start=s))) for s in shifts]


def _moved(group: GroupSum, zone: str) -> GroupSum:
    return msgspec.structs.replace(group, zone=zone, region="", site="")


def _range(low: float, high: float) -> list[float]:
    return [low + (high - low) * i / (_POINTS - 1) for i in range(_POINTS)]
