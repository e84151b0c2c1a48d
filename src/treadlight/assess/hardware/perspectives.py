"""An inventory of assets seen in two ways that must not be added: by year of purchase, and spread over their lives.

Notes
-----
Organisation's view: the whole device in the year of its purchase (making and transport), and its disposal in the year
of its retirement. Amortised view: making, transport and disposal spread by time over the planned life; what is left at
an earlier retirement is charged to that year, and years beyond the plan bear nothing. Over all years both views charge
the same, so their sum would count everything twice: they are types of their own and cannot be added.

References
----------
GHG Protocol, Corporate Value Chain (Scope 3) Standard, 2011: category 2 (capital goods, no depreciation), category 5
(waste generated in operations).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from treadlight.assess.draws import Array
from treadlight.assess.footprint import quantity
from treadlight.assess.hardware.description import read_device
from treadlight.assess.hardware.making import Bench, Made
from treadlight.core.errors import NotFoundError
from treadlight.core.quantity import Quantity
from treadlight.ledger.assets import Asset

__all__ = [
    "AMORTISED",
    "BOUGHT",
    "DISPOSAL",
    "ORGANISATION",
    "AmortisedYear",
    "Charge",
    "DiscardedYear",
    "Holdings",
    "PurchaseYear",
    "charges",
    "holdings",
    "shares_by_year",
]

ORGANISATION = "organisation"
AMORTISED = "amortised"
BOUGHT, DISPOSAL = "bought", "disposal"
"""Figures of the organisation's view: what was bought in a year, and the disposal of what left in it."""

_DAYS_PER_YEAR = 365.25
_DOCUMENTED_BY_OWNER = ("recycled", "take-back")


@dataclass(frozen=True, slots=True)
class PurchaseYear:
    """Organisation's view of a year: the whole of what was bought in it, and the disposal of what was retired in it.

    Parameters
    ----------
    devices
        How many were bought.
    bought, discarded
        By category; a category of which nothing is known is absent.
    incomplete
        Categories of which something is not known.
    """

    year: int
    devices: int
    bought: dict[str, Quantity]
    discarded: dict[str, Quantity]
    incomplete: frozenset[str]
    perspective: str = ORGANISATION


@dataclass(frozen=True, slots=True)
class AmortisedYear:
    """Amortised view of a year: the share of the lives that fall into it."""

    year: int
    devices: int
    impacts: dict[str, Quantity]
    incomplete: frozenset[str]
    perspective: str = AMORTISED


@dataclass(frozen=True, slots=True)
class DiscardedYear:
    """Electronic waste of a year and fate.

    Parameters
    ----------
    mass, documented
        [kg]; None where not known. What is reused is mass passed on, not waste.
    basis
        Where the documented share comes from.
    """

    year: int
    fate: str
    devices: int
    mass: Quantity | None
    documented: Quantity | None
    basis: str


@dataclass(frozen=True)
class Holdings:
    """An inventory under both views, side by side.

    Parameters
    ----------
    unreadable
        Assets whose product the library does not know, and why: unknown, not zero.
    """

    assets: tuple[Asset, ...]
    purchases: tuple[PurchaseYear, ...]
    amortised: tuple[AmortisedYear, ...]
    discarded: tuple[DiscardedYear, ...]
    unreadable: tuple[tuple[Asset, str], ...]


@dataclass(frozen=True)
class Charge:
    """What one asset is charged in a year: its devices × `share` of their life × `samples`.

    Parameters
    ----------
    view
        As given to `charges`.
    share
        Of the life, in this year; 1 where the whole device is charged.
    samples
        Draws of what one device is charged over its life, shape (categories, n).
    """

    view: str
    asset: Asset
    made: Made
    lifetime_years: float
    share: float
    samples: Array


@dataclass(frozen=True)
class _Held:
    asset: Asset
    made: Made
    lifetime_years: float
    shares: dict[int, float]


def holdings(assets: Sequence[Asset], bench: Bench, until: int | None = None) -> Holdings:
    """An inventory under both views.

    Parameters
    ----------
    until
        Last year of the amortised view; None: to the end of the longest plan.
    """
    held, unreadable = _read(assets, bench)
    return Holdings(
        tuple(assets),
        tuple(_purchases(held, bench)),
        tuple(year for year in _amortised(held, bench) if until is None or year.year <= until),
        tuple(_discarded(held, bench)),
        tuple(unreadable),
    )


def charges(assets: Sequence[Asset], bench: Bench, view: str, year: int) -> list[Charge]:
    """What stands behind one figure of a year, asset by asset.

    Parameters
    ----------
    view
        `BOUGHT`, `DISPOSAL` or `AMORTISED`.
    """
    held, _ = _read(assets, bench)
    if view == BOUGHT:
        found = [(h, 1.0, _new(h)) for h in held if h.asset.purchased.year == year]
    elif view == DISPOSAL:
        found = [(h, 1.0, _end(h, bench)) for h in held if h.asset.retired and h.asset.retired.year == year]
    elif view == AMORTISED:
        found = [(h, h.shares[year], _whole(h, bench)) for h in held if year in h.shares]
    else:
        found = []
    return [Charge(view, h.asset, h.made, h.lifetime_years, share, samples) for h, share, samples in found]


def shares_by_year(purchased: date, lifetime_years: float, retired: date | None = None) -> dict[int, float]:
    """Share of a life that falls into each calendar year; together 1.

    What is left of the plan at an earlier retirement falls into the year of the retirement.
    """
    life_days = lifetime_years * _DAYS_PER_YEAR
    left = 0.0 if retired is None else max(0.0, 1 - (retired - purchased).days / life_days)
    used = 1.0 - left
    shares: dict[int, float] = {}
    before, year = 0.0, purchased.year
    while before < used:
        past = min(((date(year, 12, 31) - purchased).days + 1) / life_days, used)
        shares[year] = past - before
        before, year = past, year + 1
    if left and retired is not None:
        shares[retired.year] = shares.get(retired.year, 0.0) + left
    return shares


def _read(assets: Iterable[Asset], bench: Bench) -> tuple[list[_Held], list[tuple[Asset, str]]]:
    """Assets with what they were made of, each product once."""
    known: dict[str, Made] = {}
    held, unreadable = [], []
    for asset in assets:
        try:
            if asset.product not in known:
                known[asset.product] = bench.made(read_device(asset.product, bench.library, "product"))
        except NotFoundError as error:
            unreadable.append((asset, str(error)))
            continue
        made = known[asset.product]
        years = asset.lifetime_years or bench.lifetime(made.device).lifetime_y.median
        held.append(_Held(asset, made, years, shares_by_year(asset.purchased, years, asset.retired)))
    return held, unreadable


def _purchases(held: Sequence[_Held], bench: Bench) -> Iterable[PurchaseYear]:
    bought_in = {h.asset.purchased.year for h in held}
    gone_in = {h.asset.retired.year for h in held if h.asset.retired}
    for year in sorted(bought_in | gone_in):
        bought = [h for h in held if h.asset.purchased.year == year]
        gone = [h for h in held if h.asset.retired and h.asset.retired.year == year]
        new = [(h.asset.count, _new(h)) for h in bought]
        old = [(h.asset.count, _end(h, bench)) for h in gone]
        lost = frozenset[str]().union(*(_lost(h) for h in (*bought, *gone)))
        devices = sum(h.asset.count for h in bought)
        yield PurchaseYear(year, devices, _impacts(new, lost, bench), _impacts(old, lost, bench), lost)


def _amortised(held: Sequence[_Held], bench: Bench) -> Iterable[AmortisedYear]:
    for year in sorted({year for h in held for year in h.shares}):
        here = [h for h in held if year in h.shares]
        lost = frozenset[str]().union(*(_lost(h) for h in here))
        parts = [(h.asset.count * h.shares[year], _whole(h, bench)) for h in here]
        yield AmortisedYear(year, sum(h.asset.count for h in here), _impacts(parts, lost, bench), lost)


def _new(held: _Held) -> Array:
    """What is charged with the purchase."""
    found: Array = held.made.phase("manufacture").samples + held.made.phase("transport").samples
    return found


def _whole(held: _Held, bench: Bench) -> Array:
    """What is charged once, under its fate."""
    return _new(held) + _end(held, bench)


def _end(held: _Held, bench: Bench) -> Array:
    """Disposal under its fate: who goes on using it discards it; of a landfill only the mass is known."""
    samples = held.made.phase("end of life").samples
    if held.asset.fate not in ("reused", "landfill"):
        return samples
    kept = np.zeros_like(samples)
    if held.asset.fate == "landfill":
        kept[bench.row("ewaste")] = samples[bench.row("ewaste")]
    return kept


def _lost(held: _Held) -> frozenset[str]:
    """Categories of which something is not known."""
    of_landfill = frozenset(("gwp", "adpe", "pe")) if held.asset.fate == "landfill" else frozenset[str]()
    return held.made.unknown | of_landfill


def _impacts(parts: Iterable[tuple[float, Array]], lost: frozenset[str], bench: Bench) -> dict[str, Quantity]:
    total = np.zeros((len(bench.categories), bench.draws))
    for factor, samples in parts:
        total += factor * samples
    found = {}
    for row, name in enumerate(bench.categories):
        if name != "energy" and (total[row].any() or name not in lost):
            found[name] = quantity(total[row], name)
    return found


def _discarded(held: Sequence[_Held], bench: Bench) -> Iterable[DiscardedYear]:
    gone = [(h.asset.retired.year, h.asset.fate, h) for h in held if h.asset.retired]
    share = bench.recycling[1]
    for year, fate in sorted({(year, fate) for year, fate, _ in gone}):
        here = [h for y, f, h in gone if (y, f) == (year, fate)]
        devices = sum(h.asset.count for h in here)
        masses = [h.made.mass for h in here]
        if any(mass is None for mass in masses):
            yield DiscardedYear(year, fate, devices, None, None, "mass not known")
            continue
        mass = np.sum([h.asset.count * m for h, m in zip(here, masses, strict=True) if m is not None], axis=0)
        part, basis = _documented(fate, share)
        collected = None if part is None else quantity(mass * part, "ewaste")
        yield DiscardedYear(year, fate, devices, quantity(mass, "ewaste"), collected, basis)


def _documented(fate: str, share: float | None) -> tuple[float | None, str]:
    """Share of the mass that is documented to be collected under a fate, and how that is known."""
    if fate in _DOCUMENTED_BY_OWNER:
        return 1.0, "as recorded here"
    if fate == "unknown":
        return share, "world's documented rate (Global E-waste Monitor 2024)"
    return 0.0, "passed on, not waste yet" if fate == "reused" else "not collected"
