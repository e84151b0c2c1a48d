"""Refresh advice: keep, replace, extend or buy second-hand, for the same work, category by category.

Notes
-----
A candidate that does r times the work of the device in use takes 1/r of it. With what is charged once F (making,
transport, disposal; the old device's own is spent and stays out) and the yearly use A of each way to do the work,

    break-even  t = (F_new - F_keep) / (A_keep - A_new)        never where A_new >= A_keep
    threshold   g = (F_new - F_keep) / (H (E_keep - E_new))    the older wins below this grid intensity over H years

with E the electricity at the grid connection in a year. The whole device is charged to the change, also where it
serves longer than H. Discarding the old device happens either way, sooner or later, and cancels. So do the rack and the
building: what replaces a device takes its place, and the hall stands either way.

References
----------
Wang et al., Nature Computational Science, 2024 (life extension as a lever). Falk et al. 2025 (use dominates climate,
manufacture minerals), so the answer differs by category.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from treadlight.assess.draws import Array
from treadlight.assess.footprint import quantity
from treadlight.assess.hardware.description import Device, peak_rates
from treadlight.assess.hardware.life import Use, work
from treadlight.assess.hardware.making import Bench
from treadlight.assess.hardware.premises import outside
from treadlight.core.distribution import Distribution, Lognormal, Uniform
from treadlight.core.errors import InputError
from treadlight.core.quantity import Quantity

__all__ = ["SECOND_HAND", "SPARE_PARTS", "Advice", "Candidate", "Payback", "Way", "advise", "peak_ratio"]

SECOND_HAND = Uniform(0.0, 0.5)
"""Share of its making that a second-hand device bears: none (cut-off) to half (time, half of its life left)."""

SPARE_PARTS = Uniform(0.0, 0.2)
"""Share of a device replaced by spare parts when its life is extended: our assumption."""

_PLACE_STAYS = "rack and building: they stand whichever device is in them, and cancel"
_LEAST_GSD = 1.3
_DAYS_PER_YEAR = 365.25
_LAST = date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Another device that could do the work.

    Parameters
    ----------
    ratio
        Work of the candidate ÷ work of the device in use, in the same time.
    basis
        Where the ratio comes from.
    second_hand
        Bought used: it bears a part of its making only.
    use
        How it would be used; its power may differ.
    """

    device: Device
    ratio: Distribution
    basis: str
    second_hand: bool = False
    use: Use | None = None


@dataclass(frozen=True)
class Way:
    """One way to get the work done.

    Parameters
    ----------
    action
        ``keep``, ``extend``, ``replace`` or ``second-hand``.
    devices
        Devices needed for each one in use, shape (n,).
    once
        What is charged once, shape (categories, n).
    per_year
        What use costs in a year, shape (categories, n).
    kwh_per_year
        At the devices, shape (n,).
    unknown
        Categories of which what is charged once is not known.
    life_years
        Longest life of such a device [a]: what breaks even later never does.
    """

    action: str
    device: Device
    devices: Array
    once: Array
    per_year: Array
    kwh_per_year: Array
    unknown: frozenset[str] = frozenset()
    basis: str = ""
    life_years: float = 0.0

    @property
    def title(self) -> str:
        """``replace: H100 SXM``."""
        return f"{self.action}: {self.device.text}" if self.action in ("replace", "second-hand") else self.action


@dataclass(frozen=True, slots=True)
class Payback:
    """When a way has paid back in a category.

    Parameters
    ----------
    years
        5th, 50th and 95th percentile [a]; infinite: never.
    never
        Share of draws in which it never does.
    within
        Share of draws in which it does within the horizon.
    saved
        What it saves over the horizon; negative where it costs more.
    outlived
        Share of draws in which it never does, or later than the longest life of such a device.
    """

    category: str
    years: tuple[float, float, float]
    never: float
    within: float
    saved: Quantity
    outlived: float

    def dates(self, since: date) -> tuple[date | None, date | None, date | None]:
        """The percentiles as days after `since`; None: never."""
        early, middle, late = (_day(since, years) for years in self.years)
        return early, middle, late


@dataclass(frozen=True)
class Advice:
    """Ways to do the same work over the years to come."""

    bench: Bench
    old: Device
    ways: tuple[Way, ...]
    horizon_years: float
    since: date
    missing: tuple[str, ...]

    @property
    def keep(self) -> Way:
        """Going on as it is."""
        return self.ways[0]

    def total(self, way: Way, category: str) -> Quantity | None:
        """What a way costs over the horizon; None where what is charged once is not known."""
        if category in way.unknown:
            return None
        return quantity(self._over(way)[self.bench.row(category)], category)

    def payback(self, way: Way, category: str) -> Payback | None:
        """When a way has paid back against keeping; None where it cannot be known."""
        if category in way.unknown or way is self.keep:
            return None
        row = self.bench.row(category)
        years = _payback_years(way.once[row] - self.keep.once[row], self.keep.per_year[row] - way.per_year[row])
        p05, p50, p95 = np.quantile(years, (0.05, 0.5, 0.95), method="inverted_cdf")
        saved = self._over(self.keep)[row] - self._over(way)[row]
        never = float(np.mean(np.isinf(years)))
        within = float(np.mean(years <= self.horizon_years))
        outlived = float(np.mean(np.isinf(years) | (years > (way.life_years or np.inf))))
        ends = float(p05), float(p50), float(p95)
        return Payback(category, ends, never, within, quantity(saved, category), outlived)

    def threshold(self, way: Way) -> tuple[float, float, float] | None:
        """Grid intensity below which keeping wins over the horizon [g CO2e/kWh]: p05, p50, p95; infinite: always.

        None where it cannot be known.
        """
        if "gwp" in way.unknown or way is self.keep:
            return None
        row = self.bench.row("gwp")
        kwh = (self.keep.kwh_per_year - way.kwh_per_year) * self._grid_kwh_per_kwh * self.horizon_years
        extra = np.maximum(way.once[row] - self.keep.once[row], 0.0) * 1000
        grams = np.where(kwh > 0, extra / np.where(kwh > 0, kwh, 1.0), np.inf)
        p05, p50, p95 = np.quantile(grams, (0.05, 0.5, 0.95), method="inverted_cdf")
        return float(p05), float(p50), float(p95)

    @cached_property
    def _grid_kwh_per_kwh(self) -> Array:
        found: Array = self.bench.electricity.samples[self.bench.row("energy")]
        return found

    def best(self, category: str, *, worn: bool = False) -> dict[str, float]:
        """Probability that each way has the lowest total over the horizon, by title; empty where one is not known.

        The device in use is kept as it is, or, if it is `worn`, with spare parts.
        """
        row = self.bench.row(category)
        known = [way for way in self.ways if way.action != ("keep" if worn else "extend")]
        if any(category in way.unknown for way in known):
            return {}
        totals = np.stack([self._over(way)[row] for way in known])
        lowest = totals == totals.min(axis=0)
        shares = (lowest / lowest.sum(axis=0)).mean(axis=1)
        return {way.title: float(share) for way, share in zip(known, shares, strict=True)}

    def _over(self, way: Way) -> Array:
        found: Array = way.once + way.per_year * self.horizon_years
        return found


def peak_ratio(old: Device, new: Device, bench: Bench) -> tuple[Distribution, str]:
    """Work of `new` ÷ work of `old` from peak rates: the interval reaches from memory bandwidth to arithmetic.

    Raises
    ------
    InputError
        If the library does not know the rates of both.
    """
    ratios: list[float] = []
    if len(old.accelerators) == len(new.accelerators) == 1:
        (before, reach_before), (after, reach_after) = (
            peak_rates(device.accelerators[0], bench.library) for device in (old, new)
        )
        count = new.accelerators[0].amount / old.accelerators[0].amount
        shared = next((name for name in before if name in after), None)
        ratios += [count * after[shared] / before[shared]] if shared else []
        ratios += [count * reach_after / reach_before] if reach_after and reach_before else []
    if not ratios:
        remedy = f'state how much more work it does: "{new.text}=2.5"'
        raise InputError(
            "its peak rates are not known beside the other's", field="candidate", value=new.text, remedy=remedy
        )
    low, high = min(ratios), max(ratios)
    gsd = max(_LEAST_GSD, (high / low) ** 0.5)
    return Lognormal((low * high) ** 0.5, gsd), f"peak rates of the library: {low:.3g} to {high:.3g} times"


def advise(
    old: Device,
    use: Use,
    candidates: Sequence[Candidate],
    bench: Bench,
    *,
    horizon_years: float,
    since: date,
    spare_parts: Distribution = SPARE_PARTS,
    second_hand: Distribution = SECOND_HAND,
) -> Advice:
    """Keep, extend, and every candidate, for the work that one device in use does.

    Parameters
    ----------
    use
        How the device is used; candidates are used alike unless they say otherwise.
    horizon_years
        For how long the work goes on [a].
    since
        Day from which break-even is counted.
    spare_parts
        Share of the device in use replaced when its life is extended.
    second_hand
        Share of its making that a second-hand device bears.

    Raises
    ------
    InputError
        If the horizon is not above 0, or a power is not known.
    """
    if not 0 < horizon_years <= 50:
        raise InputError("is out of range", field="years", value=horizon_years, remedy="give above 0 and up to 50")
    keep, missing = _keep(old, use, bench)
    own = bench.made(old)
    parts = own.total * bench.drawn(spare_parts, "refresh:spare-parts")
    extend = replace(keep, action="extend", once=parts, unknown=own.unknown, basis="spare parts")
    ways = [keep, extend]
    for candidate in candidates:
        way, lost = _way(candidate, use, bench, second_hand)
        ways.append(way)
        missing += [text for text in lost if text not in missing]
    missing += [] if outside(old, bench) else [_PLACE_STAYS]
    return Advice(bench, old, tuple(ways), horizon_years, since, tuple(missing))


def _keep(old: Device, use: Use, bench: Bench) -> tuple[Way, list[str]]:
    kwh, missing = _kwh(old, use, bench)
    none = np.zeros((len(bench.categories), bench.draws))
    return Way("keep", old, np.ones(bench.draws), none, bench.electricity.samples * kwh, kwh), missing


def _way(candidate: Candidate, use: Use, bench: Bench, second_hand: Distribution) -> tuple[Way, list[str]]:
    device = candidate.device
    if candidate.ratio.quantile(0.001) <= 0:
        remedy = "give a ratio above 0, such as 2.5 or lognormal(2.5,1.2)"
        raise InputError("does no work by this ratio", field="candidate", value=device.text, remedy=remedy)
    devices = 1 / bench.drawn(candidate.ratio, f"ratio:{device.text}")
    kwh, missing = _kwh(device, candidate.use or replace(use, power_w=None, idle_w=None), bench)
    made = bench.made(device)
    once = made.total * devices
    if candidate.second_hand:
        once = once * bench.drawn(second_hand, "refresh:second-hand")
    action = "second-hand" if candidate.second_hand else "replace"
    kwh = kwh * devices
    life = bench.lifetime(device).lifetime_y.quantile(0.999)
    yearly = bench.electricity.samples * kwh
    return Way(action, device, devices, once, yearly, kwh, made.unknown, candidate.basis, life), missing


def _kwh(device: Device, use: Use, bench: Bench) -> tuple[Array, list[str]]:
    done = work(device, use, bench)
    if done.kwh_per_year is None:
        remedy = "state its mean power at work"
        raise InputError("power is not known", field="power", value=device.text, remedy=remedy)
    return done.kwh_per_year, [f"{device.text}: {text}" for text in done.missing]


def _payback_years(extra: Array, saved_per_year: Array) -> Array:
    """Years until what is saved has paid what it costs; 0 where it costs nothing, infinite where nothing is saved."""
    pays = saved_per_year > 0
    years: Array = np.where(pays, extra / np.where(pays, saved_per_year, 1.0), np.inf)
    return np.where((extra <= 0) & (saved_per_year >= 0), 0.0, np.maximum(years, 0.0))


def _day(since: date, years: float) -> date | None:
    days = years * _DAYS_PER_YEAR
    return since + timedelta(days=days) if days < (_LAST - since).days else None
