"""Resolution of what else a kilowatt-hour of grid electricity takes: water, minerals and metals, primary energy."""

from collections.abc import Iterator

from treadlight.core.errors import LibraryError
from treadlight.library.answer import Answer
from treadlight.library.loader import Store
from treadlight.library.places import Place
from treadlight.library.process import Rung
from treadlight.library.tables.grid_other import GridOtherRow
from treadlight.library.tables.water import WaterRow

__all__ = ["grid_other", "grid_water"]


def _rungs(place: Place) -> Iterator[str]:
    """Keys to look for, from the nearest to the world."""
    if place.zone:
        yield place.zone.zone
    if place.country and place.country is not place.zone:
        yield place.country.zone
    if place.country and place.country.continent:
        yield place.country.continent
    yield "WORLD"


def grid_water(store: Store, place: Place) -> Answer:
    """Water consumed where the electricity is generated [L/kWh]; the world's row carries the spread of countries.

    Raises
    ------
    LibraryError
        If the table lacks the world.
    """
    tried: list[Rung] = []
    for key in _rungs(place):
        row = store.row("water", WaterRow, key)
        if row:
            rungs = (*tried, Rung(f"water: {key}", True, row.locator))
            return Answer(row.water_l_per_kwh, store.source(row), f"grid-water:{key}", rungs)
        tried.append(Rung(f"water: {key}", False, "no figure"))
    raise LibraryError("has no row for the world", field="water.csv", value="WORLD", remedy="keep the row WORLD")


def grid_other(store: Store, place: Place, category: str) -> Answer | None:
    """Minerals and metals [kgSb-eq/kWh] or primary energy [MJ/kWh]; None where nothing is known."""
    tried: list[Rung] = []
    for key in _rungs(place):
        row = store.row("grid_other", GridOtherRow, key, category)
        if row:
            rungs = (*tried, Rung(f"{category}: {key}", True, row.locator))
            return Answer(row.amount_per_kwh, store.source(row), f"grid-{category}:{key}", rungs)
        tried.append(Rung(f"{category}: {key}", False, "no figure"))
    return None
