"""Resolution of grid intensity: site → region → zone → country → continent → world, and hour → month → year."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from treadlight.core.distribution import Distribution
from treadlight.core.method import Method
from treadlight.library.answer import Answer
from treadlight.library.grid_hourly import HourlyGrid
from treadlight.library.loader import Store
from treadlight.library.period import Period
from treadlight.library.places import Place
from treadlight.library.process import Rung, Source
from treadlight.library.site import Site
from treadlight.library.tables.grid import GridRow
from treadlight.library.tables.regions import RegionRow
from treadlight.library.tables.zones import ZoneRow
from treadlight.library.widening import COUNTRY, HOUR_TO_YEAR, WORLD, nearest_year

__all__ = ["BRING", "LOCATE", "GridLadder", "site_source", "site_words"]

LOCATE = "treadlight config set site.zone FR"
"""The command that makes a location known."""

BRING = "treadlight config set library.overlay FOLDER"
"""The command that brings figures of one's own for a place that the library lacks."""

_STACKS = {
    "market-based": "a certificate figure covers stacks only",
    "marginal": "a marginal figure covers stacks only",
}
"""Why a published figure of each kind answers no life-cycle question."""


@dataclass(frozen=True, slots=True)
class _Published:
    """A figure that a region's owner publishes."""

    amount: Distribution | None
    year: int | None
    source: str


class GridLadder:
    """Finds grid intensities [g CO2e/kWh] in a store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._names: dict[str, str] = {}

    @cached_property
    def hourly(self) -> HourlyGrid:
        """Recorded hours, if an overlay brings any."""
        return HourlyGrid(self._store)

    def answer(self, place: Place, period: Period, method: Method) -> tuple[Answer | None, tuple[Rung, ...]]:
        """The intensity, or None and the rungs that were tried in vain."""
        tried: list[Rung] = list(place.missed)
        for step in (self._own(place, period, method), self._zones(place, period, method)):
            for found in step:
                if isinstance(found, Answer):
                    return found.after(tuple(tried)), ()
                tried.append(found)
        return None, tuple(tried)

    def _own(self, place: Place, period: Period, method: Method) -> Iterator[Answer | Rung]:
        """Answers of the very site or region.

        A site's contract answers as its owner states it; what a cloud region publishes counts stacks only.
        """
        site, region = place.site, place.region
        market = method.accounting == "market" and method.signal == "average"
        if market and site and site.market_gco2e_per_kwh is not None:
            source = site_source(site.source_of("market_gco2e_per_kwh"), period.year)
            rung = Rung("site", True, f"contract of {site_words(site)}")
            yield Answer(site.market_gco2e_per_kwh, source, f"market:site:{site.name}", (rung,), own=True)
        if region:
            yield from self._region(region, period, method)
        if market:
            yield Rung("market", False, "no contract is known here; the location-based average stands in for it")

    def _region(self, region: RegionRow, period: Period, method: Method) -> Iterator[Answer | Rung]:
        found = _published(region, method)
        if found is None:
            return
        kind, published = found
        if published.amount is None:
            yield Rung("region", False, f"no {kind} intensity of {region.region} is known")
            return
        if method.scope == "life-cycle":
            yield Rung("region", False, f"the {kind} intensity of {region.region} is passed over: {_STACKS[kind]}")
            return
        source = self._store.named_source(published.source or region.source, region.locator, region.confidence)
        rungs = (Rung("region", True, f"{kind} intensity of {region.region}"), *_year_rungs(published.year, period))
        yield Answer(published.amount, source, f"grid:{region.region}:{kind}", rungs, own=True)

    def _zones(self, place: Place, period: Period, method: Method) -> Iterator[Answer | Rung]:
        if method.signal == "marginal":
            yield Rung(
                "zone", False, "no marginal intensity may be shipped: an overlay's regions.csv can bring your own"
            )
            return
        zone, country = place.zone, place.country
        if zone is None or country is None:
            yield Rung("country", False, "no location is known")
            yield from self._row("world", "WORLD", period, method, WORLD)
            return
        if zone is not country:
            yield from self._row("zone", zone.zone, period, method, 1.0)
        guess = place.region is not None and place.region.unverified and self._has_parts(country.zone)
        if guess:
            yield Rung("zone", False, f"the grid zone of {place.key} is not verified")
        name = "country" if country.kind == "country" else country.kind
        for found in self._row(name, country.zone, period, method, COUNTRY if guess or zone is not country else 1.0):
            yield _owned(found) if guess and isinstance(found, Answer) else found
        if country.continent:
            yield from self._row("continent", country.continent, period, method, 1.0)
        if country.kind != "world":
            yield from self._row("world", "WORLD", period, method, WORLD)

    def _row(self, rung: str, zone: str, period: Period, method: Method, gsd: float) -> Iterator[Answer | Rung]:
        recorded = self.hourly.answer(zone, period) if period.hour and method.scope == "life-cycle" else None
        if recorded is not None:
            yield recorded.after((Rung(rung, True, self._name(zone), gsd),))
            return
        row = self._nearest(zone, method.scope, period.year)
        if row is None:
            yield Rung(rung, False, f"no {method.scope} figure for {self._name(zone)}")
            return
        rungs = (Rung(rung, True, f"{self._name(zone)}, {row.year}", gsd), *self._hour_rungs(zone, period))
        cause = f"grid:{zone}:{row.scope}"
        yield Answer(row.gwp_gco2e_per_kwh, self._store.source(row), cause, (*rungs, *_year_rungs(row.year, period)))

    def _name(self, zone: str) -> str:
        if zone not in self._names:
            row = self._store.row("zones", ZoneRow, zone)
            self._names[zone] = _words(row) if row else zone
        return self._names[zone]

    def _hour_rungs(self, zone: str, period: Period) -> tuple[Rung, ...]:
        if not period.hour:
            return ()
        return (
            Rung("hour", False, f"no recorded series for {zone}"),
            Rung("year", True, "a year's average stands for an hour", HOUR_TO_YEAR),
        )

    @cached_property
    def _by_zone(self) -> dict[tuple[str, str], dict[int, GridRow]]:
        """Rows of each zone and scope by their year."""
        index: dict[tuple[str, str], dict[int, GridRow]] = {}
        for row in self._store.rows("grid", GridRow):
            index.setdefault((row.zone, row.scope), {})[row.year] = row
        return index

    def _nearest(self, zone: str, scope: str, year: int) -> GridRow | None:
        rows = self._by_zone.get((zone, scope), {})
        if year in rows:
            return rows[year]
        return min(rows.values(), key=lambda row: (abs(row.year - year), -row.year), default=None)

    def _has_parts(self, country: str) -> bool:
        return any(zone.startswith(f"{country}-") for zone, _ in self._by_zone)


def _words(row: ZoneRow) -> str:
    if row.kind == "world":
        return "world average"
    return f"average of {row.name}" if row.kind in ("continent", "group") else row.name


def _owned(answer: Answer) -> Answer:
    return Answer(answer.amount, answer.source, answer.cause, answer.rungs, own=True)


def _published(region: RegionRow, method: Method) -> tuple[str, _Published] | None:
    """Which figure of a region the method asks for: its kind, and the figure; None where none applies."""
    if method.signal == "marginal":
        amount, source = region.grid_marginal_gco2e_per_kwh, region.grid_marginal_source
        return "marginal", _Published(amount, region.grid_marginal_year, source)
    if method.accounting == "market":
        return "market-based", _Published(region.market_gco2e_per_kwh, region.market_year, region.metrics_source)
    return None


def _year_rungs(found: int | None, period: Period) -> tuple[Rung, ...]:
    if found is None or found == period.year:
        return ()
    gap = found - period.year
    return (
        Rung("year", False, f"no figure for {period.year}"),
        Rung("nearest year", True, f"{found} stands for {period.year}", nearest_year(gap)),
    )


def site_words(site: Site) -> str:
    """A site as people call it."""
    return f"site {site.name}" if site.name else "this machine's site"


def site_source(stated: str, year: int) -> Source:
    """The source of a fact that the configuration states about a site."""
    return Source("site", stated or "this site's own configuration, source not stated", year, "own", "site", "assumed")
