"""The library: versioned processes, found for a flow, a place and a time, each step of the search recorded."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from treadlight.core.activity import Location
from treadlight.core.canonical import digest
from treadlight.core.errors import InputError
from treadlight.core.method import Method
from treadlight.library import entries, version
from treadlight.library.build import answer_of
from treadlight.library.entries import Entry
from treadlight.library.figures import Figure
from treadlight.library.known import near_flows
from treadlight.library.loader import Store, check_folder
from treadlight.library.places import Place, Places
from treadlight.library.process import Process
from treadlight.library.reader import topics
from treadlight.library.resolve_grid import GridLadder
from treadlight.library.schema import Problem, Row
from treadlight.library.site import Site
from treadlight.library.system import Demand, System
from treadlight.library.web import Web

__all__ = ["Library"]


class Library:
    """One version of the library with overlays and sites; made by `Library.load`.

    Tables are read when first needed; the digest covers all of them, the overlays and the sites.
    """

    def __init__(self, store: Store, sites: Sequence[Site]) -> None:
        self._store = store
        self._sites = tuple(sites)
        self._places = Places(store, self._sites)
        self._ladder = GridLadder(store)

    @classmethod
    def load(cls, name: str | None = None, *, overlays: Sequence[Path] = (), sites: Sequence[Site] = ()) -> "Library":
        """The library of version `name`, the newest by default.

        Parameters
        ----------
        overlays
            Folders of tables in the same schema that add rows or replace them by key; later ones win.
        sites
            What an organisation knows about its own places.

        Raises
        ------
        NotFoundError
            If there is no such version or folder.
        LibraryError
            If an overlay holds what is no table.
        """
        return cls(Store(version.version(name or version.LATEST), overlays), sites)

    @property
    def sites(self) -> tuple[Site, ...]:
        """What is known of one's own places."""
        return self._sites

    def with_sites(self, sites: Sequence[Site]) -> "Library":
        """The same tables with other sites."""
        return Library(self._store, sites)

    @staticmethod
    def versions() -> list[str]:
        """Names of shipped versions, newest first."""
        return version.versions()

    @property
    def version(self) -> str:
        """Calendar version, such as 2026.11."""
        return self._store.described.name

    @cached_property
    def digest(self) -> str:
        """SHA-256 over every file of the version and the overlays in canonical order, and the sites."""
        files = [[name, sha] for name, sha in self._store.parts()]
        sites = [[str(value) for value in _facts(site)] for site in sorted(self._sites, key=lambda s: s.name)]
        return digest({"files": files, "sites": sites})

    @property
    def has_hourly(self) -> bool:
        """Whether an overlay brings recorded hourly grid factors."""
        return bool(self._ladder.hourly)

    def system(self, demands: Iterable[Demand], method: Method | None = None) -> System:
        """Everything that `demands` call for under a method, resolved and joined by id.

        Raises
        ------
        InputError
            If a zone or a period is not one.
        LibraryError
            If a table that is needed holds a row that is refused.
        """
        web = self._web(method, self._places)
        answers: dict[Demand, str | None] = {}
        for demand in demands:
            if demand not in answers:
                answers[demand] = answer_of(web, demand)
        return System(web.processes, answers)

    def _web(self, method: Method | None, places: Places) -> Web:
        return Web(self._store, places, self._ladder, method or Method())

    def supply(self, process_id: str, method: Method | None = None) -> Mapping[str, Process] | None:
        """A process by its id, such as ``electricity.grid/FR/2026``, and all it needs; None if there is none.

        An id that ends without a period means the year of the library.
        """
        flow, _, rest = process_id.partition("/")
        place, _, period = rest.rpartition("/")
        if not place or not period[:4].isdigit():
            place, period = rest, self.version[:4]
        try:
            demand = Demand(flow, self._places.location_of(place), period, recorded=True)
            web = self._web(method, self._places if place.startswith("site:") else Places(self._store, ()))
            answer_of(web, demand)
        except InputError:
            return None
        return web.processes if process_id in web.processes else None

    def near_flows(self, flow: str) -> tuple[str, ...] | None:
        """Known flows spelt like `flow`; None where it is known itself, or of a family without figures.

        Raises
        ------
        InputError
            If no family of flows begins like this one.
        """
        return near_flows(self._store, flow)

    def check_place(self, zone: str = "", region: str = "") -> None:
        """Whether a zone and a region are in the library.

        Raises
        ------
        InputError
            If one is not; the message names those that are spelt alike.
        """
        place = self._places.find(Location(zone=zone, region=region))
        for rung in place.missed:
            remedy = "search with `treadlight library find`, or give the zone alone"
            advice = f"{self._places.region_advice(region)} {remedy}".strip()
            raise InputError(rung.detail, field=rung.name, value=region, remedy=advice)

    def lacking(self, where: Location) -> tuple[tuple[str, str], ...]:
        """What a recorded location names that is not in the library: ``zone`` or ``region``, and its name."""
        regions = [("region", where.region)] if where.region and self._places.region(where.region) is None else []
        zones = [("zone", where.zone)] if where.zone and self._places.known_zone(where.zone) is None else []
        return (*regions, *zones)

    def recorded_hours(self, where: Location) -> frozenset[str]:
        """UTC hours, such as ``2026-11-22T13``, of which the grid at a location was recorded; empty where none was."""
        zone = self._places.find(where, recorded=True).zone if self.has_hourly else None
        return self._ladder.hourly.hours(zone.zone) if zone else frozenset()

    def place(self, where: Location) -> Place:
        """The place of a recorded location, as every answer for it takes it."""
        return self._places.find(where, recorded=True)

    def place_name(self, where: Location) -> str:
        """Name of the grid at a location; empty where it is unknown."""
        zone = self._places.find(where, recorded=True).zone
        return self.zone_name(zone.zone) if zone else ""

    def disagreement(self, zone: str, region: str) -> str:
        """Zone in which a region lies, where that is outside the zone named; empty where both may be.

        Raises
        ------
        InputError
            If the zone is not in the library.
        """
        there = self._places.find(Location(region=region)).zone if region else None
        if there is None or not zone:
            return ""
        named = self._places.zone(zone)
        wide = named.kind not in ("country", "sub-zone")
        alike = wide or named.zone in (there.zone, there.parent) or named.parent == there.zone
        return "" if alike else there.zone

    def zone_name(self, zone: str) -> str:
        """Name of a zone for people; the zone itself if it is not in the library."""
        try:
            return self._places.zone(zone).name
        except InputError:
            return zone

    def tables(self) -> list[tuple[str, str, int]]:
        """Every table: its name, its title, and how many rows it has."""
        loaded = ((topic, self._store.loaded(topic)) for topic in topics())
        return [(topic, found.table.title, len(found.rows)) for topic, found in loaded]

    def find(self, text: str) -> list[Entry]:
        """Rows in which every word of `text` occurs, of all tables."""
        return entries.find(self._store, text)

    def show(self, entry_id: str) -> list[Figure]:
        """Figures of the rows whose id is or begins with `entry_id`, such as ``grid/FR``, each with its source.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        return entries.show(self._store, entry_id)

    def rows(self, table: str) -> tuple[Row, ...]:
        """All rows of a table, checked.

        Raises
        ------
        NotFoundError
            If there is no such table.
        LibraryError
            If a row is refused.
        """
        return self._store.loaded(table).rows

    def check(self, path: Path | None = None) -> list[Problem]:
        """Every problem of every table: of this library, or with the overlay folder `path` on top of it."""
        extra = (Path(path),) if path else ()
        return check_folder(Store(self._store.described, (*self._store.overlays, *extra)))


def _facts(site: Site) -> tuple[object, ...]:
    known = (site.name, site.zone, site.region, site.pue, site.wue_l_per_kwh, site.market_gco2e_per_kwh, site.source)
    return (*known, *(text for pair in site.sources for text in pair))
