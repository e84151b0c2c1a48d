"""Electricity: from the device over the hall's meter to the grid, and the grid's impacts.

``electricity.it`` × PUE → ``electricity.facility`` × 1 → ``electricity.grid`` → gwp, water, energy, pe, adpe.
Water used on site (WUE) is an impact of ``electricity.it``; transmission and distribution losses are not included.
"""

import msgspec

from treadlight.core.distribution import Point
from treadlight.library.answer import Answer
from treadlight.library.period import Period
from treadlight.library.places import Place, is_lacking
from treadlight.library.process import Exchange, Process, Resolution
from treadlight.library.resolve_grid import BRING, LOCATE
from treadlight.library.resolve_other import grid_other, grid_water
from treadlight.library.resolve_overhead import pue_of, wue_of
from treadlight.library.web import Web

__all__ = ["ELECTRICITY", "WATER_ON_SITE", "electricity", "grid"]

ELECTRICITY = ("electricity.it", "electricity.facility", "electricity.grid")
"""At the device, at the door of the data centre, and from the grid."""

WATER_ON_SITE = "water on site"
"""Label of water that is used where the devices stand."""

_KG_PER_G = 1e-3


def electricity(web: Web, flow: str, place: Place, period: Period) -> str | None:
    """Id of the process of an electricity flow at a place; None where the flow is unknown."""
    maker = dict(zip(ELECTRICITY, (_it, _facility, grid), strict=True)).get(flow)
    return maker(web, place, period) if maker else None


def _it(web: Web, place: Place, period: Period) -> str | None:
    process_id = f"electricity.it/{place.key}/{period.text}"

    def make() -> Process | None:
        facility = _facility(web, place, period)
        year = period.year if place.site else 0  # a site's facts are of the year asked for, others of their row's
        pue, water, found = web.kept(("overhead", place.key, year), lambda: _overhead(web, place, period.year))
        exchanges = (msgspec.structs.replace(pue, target=facility or ""), water)
        name = "Electricity at the device"
        return web.process(
            process_id, "electricity.it", name, exchanges, place=place.key, period=period, resolution=found
        )

    return web.once(process_id, make)


def _overhead(web: Web, place: Place, year: int) -> tuple[Exchange, Exchange, Resolution]:
    """PUE, still without its supplier, and water on site of a place; and how the PUE was found."""
    pue, wue = pue_of(web.store, place, year), wue_of(web.store, place, year)
    remedy = "" if pue.rungs[0].found else "treadlight config set site.pue 1.2"
    return (
        Exchange("", pue.widened, pue.source, pue.cause, "PUE"),
        Exchange("water", wue.widened, wue.source, wue.cause, WATER_ON_SITE),
        Resolution(pue.rungs, remedy),
    )


def _facility(web: Web, place: Place, period: Period) -> str | None:
    process_id = f"electricity.facility/{place.key}/{period.text}"

    def make() -> Process | None:
        supply = grid(web, place, period)
        exchanges = (Exchange(supply or "", Point(1.0), web.convention, "", "grid connection"),)
        name = "Electricity at the hall's meter"
        return web.process(process_id, "electricity.facility", name, exchanges, place=place.key, period=period)

    return web.once(process_id, make)


def grid(web: Web, place: Place, period: Period) -> str | None:
    """Id of grid electricity at a place."""
    answer, tried = web.ladder.answer(place, period, web.method)
    key = _grid_key(place, answer)
    process_id = f"electricity.grid/{key}/{period.text}"

    def make() -> Process | None:
        exchanges, unknown = _impacts(web, place, answer)
        rungs = answer.rungs if answer else tried
        found = Resolution(rungs, _remedy(place, web.method.signal, answer))
        name = f"Grid electricity, {_label(place)} (at generation; losses of transmission not included)"
        return web.process(
            process_id,
            "electricity.grid",
            name,
            exchanges,
            place=key,
            period=period,
            resolution=found,
            unknown=unknown,
        )

    return web.once(process_id, make)


def _grid_key(place: Place, answer: Answer | None) -> str:
    """Places of one zone share their grid, unless a site or region has an answer of its own."""
    if place.missed or (answer and answer.own):
        return place.key
    return place.zone.zone if place.zone else "unknown-place"


def _impacts(web: Web, place: Place, answer: Answer | None) -> tuple[tuple[Exchange, ...], tuple[str, ...]]:
    exchanges: list[Exchange] = []
    unknown: list[str] = []
    if answer:
        amount = answer.widened.scaled(_KG_PER_G)
        exchanges.append(Exchange("gwp", amount, answer.source, answer.cause, "grid intensity"))
    else:
        unknown.append("gwp")
    steady, missing = web.kept(("grid", place.key), lambda: _steady(web, place))
    return (*exchanges, *steady), (*unknown, *missing)


def _steady(web: Web, place: Place) -> tuple[tuple[Exchange, ...], tuple[str, ...]]:
    """Impacts of grid electricity for which no table has years, and categories without a figure."""
    exchanges = [Exchange("energy", Point(1.0), web.convention, "", "electricity drawn")]
    unknown: list[str] = []
    water = grid_water(web.store, place)
    exchanges.append(Exchange("water", water.widened, water.source, water.cause, "water of power plants"))
    for category, label in (("pe", "primary energy of electricity"), ("adpe", "minerals and metals of electricity")):
        other = grid_other(web.store, place, category) if web.method.scope == "life-cycle" else None
        if other:
            exchanges.append(Exchange(category, other.widened, other.source, other.cause, label))
        else:
            unknown.append(category)
    return tuple(exchanges), tuple(unknown)


def _remedy(place: Place, signal: str, answer: Answer | None) -> str:
    if place.zone is None:
        return BRING if is_lacking(place.key) else LOCATE
    if answer is None and signal == "marginal":
        return (
            "ask for the average signal, or bring marginal figures of your own: an overlay's regions.csv, direct scope"
        )
    if answer is None:
        return "add the zone's figure as an overlay's grid.csv, or ask for life-cycle scope"
    return ""


def _label(place: Place) -> str:
    if place.zone is None:
        return "place not known: world average"
    return place.zone.name if place.zone.name == place.zone.zone else f"{place.zone.name} ({place.zone.zone})"
