"""Resolution of overheads: PUE and WUE of the site, the region, the kind of place, or of a place not known."""

from treadlight.core.activity import CLOUD
from treadlight.core.distribution import Distribution
from treadlight.core.errors import LibraryError
from treadlight.library.answer import Answer
from treadlight.library.loader import Store
from treadlight.library.places import Place
from treadlight.library.process import Rung, Source
from treadlight.library.resolve_grid import site_source, site_words
from treadlight.library.tables.pue import PueRow

__all__ = ["pue_of", "wue_of"]


def pue_of(store: Store, place: Place, year: int) -> Answer:
    """Power usage effectiveness of a place; every rung's own row says how wide it is."""
    stated = place.site.pue if place.site else None
    published = place.region.pue if place.region else None
    row = _kind(store, place)
    return _answer(store, place, "PUE", (stated, published, row.pue), (year, row), store.source(row))


def wue_of(store: Store, place: Place, year: int) -> Answer:
    """Water used on site per kWh at the devices [L/kWh]."""
    stated = place.site.wue_l_per_kwh if place.site else None
    published = place.region.wue_l_per_kwh if place.region else None
    row = _kind(store, place)
    default = store.source(row)
    if row.wue_source:
        default = store.named_source(row.wue_source, row.wue_locator or row.locator, row.confidence)
    return _answer(store, place, "WUE", (stated, published, row.wue_l_per_kwh), (year, row), default)


def _answer(
    store: Store,
    place: Place,
    what: str,
    amounts: tuple[Distribution | None, Distribution | None, Distribution],
    when: tuple[int, PueRow],
    default: Source,
) -> Answer:
    stated, published, fallback = amounts
    year, row = when
    tried: list[Rung] = []
    if place.site and stated is not None:
        rung = Rung("site", True, f"{what} of {site_words(place.site)}")
        cause = f"{what.lower()}:site:{place.site.name or 'here'}"
        said = place.site.source_of("pue" if what == "PUE" else "wue_l_per_kwh")
        return Answer(stated, site_source(said, year), cause, (rung,))
    if place.site and not place.kind:
        tried.append(Rung("site", False, f"{what} of {site_words(place.site)} is not configured"))
    if place.region and published is not None:
        region = place.region
        source = store.named_source(region.metrics_source or region.source, region.locator, region.confidence)
        rung = Rung(
            "region", True, f"{what} of {region.region}, {region.pue_year if what == 'PUE' else region.wue_year}"
        )
        return Answer(published, source, f"{what.lower()}:{region.region}", (*tried, rung))
    if place.region and not place.kind:
        tried.append(Rung("region", False, f"{place.region.region} publishes no {what}"))
    named = place.kind is not None
    if not tried and not named:
        tried.append(Rung("site", False, "no site is configured"))
    rung = Rung("kind of place", True, row.note or row.place)
    return Answer(fallback, default, f"{what.lower()}:{row.place}", (*tried, rung))


def _kind(store: Store, place: Place) -> PueRow:
    """The row of the kind of place: as named, a cloud's hall for any cloud region, unknown otherwise."""
    name = place.kind.place if place.kind else CLOUD if place.region else "unknown"
    row = store.row("pue", PueRow, name)
    if row is None:
        raise LibraryError("has no row", field="pue.csv", value=name, remedy="keep the rows unknown and cloud")
    return row
