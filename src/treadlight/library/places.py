"""Where something happened: a location's words matched with sites, regions and zones."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property, lru_cache
from urllib.parse import quote, unquote

from treadlight.core.activity import Location
from treadlight.core.errors import InputError
from treadlight.library.loader import Store
from treadlight.library.process import Rung
from treadlight.library.site import Site
from treadlight.library.tables.grid import GridRow
from treadlight.library.tables.pue import PueRow
from treadlight.library.tables.regions import RegionRow
from treadlight.library.tables.zones import ZoneRow

__all__ = ["Place", "Places", "is_lacking"]


_OF_ZONE = "+"
"""Between a region and a zone other than the region's own, in the key of a place."""
_NO_REGION, _NO_ZONE = "unknown-region:", "unknown-zone:"
"""Before a name that the library lacks, in the key of a place that a record names."""
_NOWHERE = "unknown-place"


@dataclass(frozen=True, slots=True)
class Place:
    """A location, resolved.

    Parameters
    ----------
    key
        Part of the ids of processes there: site, region, zone, region and zone, or ``unknown-place``.
    site
        The configured site.
    kind
        Kind of place that the site's name is, such as a desktop.
    region
        The cloud region.
    zone
        The grid zone; None where it is not known.
    country
        The country of the zone, or the zone itself if it is a country, a group or the world.
    missed
        What was named and is not in the library.
    """

    key: str
    site: Site | None = None
    kind: PueRow | None = None
    region: RegionRow | None = None
    zone: ZoneRow | None = None
    country: ZoneRow | None = None
    missed: tuple[Rung, ...] = field(default=())


class Places:
    """Finds places in the tables of a store and among configured sites."""

    def __init__(self, store: Store, sites: Iterable[Site]) -> None:
        self._store = store
        self._sites = {site.name: site for site in sites}
        self._advice = lru_cache(maxsize=1024)(self._advise)  # a table may repeat what is not in the library

    def find(self, location: Location, *, recorded: bool = False) -> Place:
        """The place of a location.

        Parameters
        ----------
        recorded
            Whether a record names it: a zone that is not in the library is then missed, as a site or region is, and
            what else is known of the place answers, or the world.

        Raises
        ------
        InputError
            If the zone is not in the library, unless it is recorded.
        """
        missed: list[Rung] = []
        site = self._site(location)
        name = location.site or (site.name if site else "")
        kind = self._store.row("pue", PueRow, name) if name else None
        if location.site and not site and not kind:
            missed.append(Rung("site", False, f"no site called {location.site} is configured"))
        region_name = location.region or (site.region if site else "")
        region = self.region(region_name) if region_name else None
        lost = []
        if region_name and region is None:
            missed.append(Rung("region", False, f"no region {region_name} in the library"))
            lost.append(_NO_REGION + quote(region_name, safe=""))
        zone = None
        for zone_name in (location.zone, site.zone if site else "", region.zone if region else ""):
            zone = self.known_zone(zone_name)
            if zone_name and zone is None:
                if not recorded:
                    self.zone(zone_name)
                missed.append(Rung("zone", False, f"no zone {zone_name} in the library"))
                lost.append(_NO_ZONE + quote(zone_name, safe=""))
            if zone is not None:
                break
        country = self._store.row("zones", ZoneRow, zone.parent) if zone and zone.parent else zone
        return Place(_key(site, kind, region, zone, lost), site, kind, region, zone, country, tuple(missed))

    def location_of(self, key: str) -> Location:
        """The location whose place has this key: the way back from an id of a process."""
        what, _, where = key.rpartition("@")
        if not what and (key.startswith("site:") or self._store.row("pue", PueRow, key)):
            what, where = key, ""
        site = what.removeprefix("site:")
        found = {"zone": "", "region": ""}
        for part in where.split(_OF_ZONE):
            role, name = _named(part)
            found[role] = name or found[role]
        return Location(found["zone"], found["region"], "" if site == "here" else site)

    def zone(self, name: str) -> ZoneRow:
        """The zone called `name`: a key, an ISO 3166-1 alpha-3 code or another spelling, in any case.

        Raises
        ------
        InputError
            If there is none; the message names those that are spelt alike.
        """
        found = self.known_zone(name)
        if found is None:
            raise InputError("no such zone", field="zone", value=name, remedy=self._advice(name))
        return found

    def known_zone(self, name: str) -> ZoneRow | None:
        """The zone called `name`, in any case; None where there is none, or no name."""
        return (self._zones.get(name.upper()) or self._of_grid.get(name.upper())) if name else None

    def region(self, name: str) -> RegionRow | None:
        """The cloud region called `name`, in any case; None where there is none."""
        return self._store.row("regions", RegionRow, name.lower())

    def region_advice(self, name: str) -> str:
        """Regions that are spelt like `name`, as a question; empty where there are none."""
        known = [row.region for row in self._store.rows("regions", RegionRow)]
        close = get_close_matches(name.lower(), known, n=2, cutoff=0.8)
        return f"did you mean {' or '.join(close)}?" if close else ""

    @cached_property
    def _of_grid(self) -> dict[str, ZoneRow]:
        """Zones that only a table of grids names, as an overlay may: a place of one's own, in no country."""
        named = {row.zone: row for row in self._store.rows("grid", GridRow) if row.zone.upper() not in self._zones}
        return {
            zone.upper(): ZoneRow(
                zone=zone, name=zone, kind="group", source=row.source, locator=row.locator, year=row.year,
                confidence=row.confidence,
            )
            for zone, row in named.items()
        }  # fmt: skip

    @cached_property
    def _zones(self) -> dict[str, ZoneRow]:
        rows = self._store.rows("zones", ZoneRow)
        index = {row.iso3.upper(): row for row in rows if row.iso3}
        index |= {alias.upper(): row for row in rows for alias in row.aliases.split("|") if alias}
        return index | {row.zone.upper(): row for row in rows}

    def _advise(self, name: str) -> str:
        by_name = {row.name.upper(): row.zone for row in self._zones.values()}
        close = get_close_matches(name.upper(), [*self._zones, *by_name], n=4, cutoff=0.6)
        keys = dict.fromkeys(by_name.get(c) or self._zones[c].zone for c in close)
        if keys:
            return f"did you mean {' or '.join(keys)}? `treadlight library find {name}` searches all"
        return "give an ISO 3166-1 code such as FR, or a part such as US-CAL-CISO"

    def _site(self, location: Location) -> Site | None:
        if location.site:
            return self._sites.get(location.site)
        here = self._sites.get("")
        if here is None:
            return None
        elsewhere = location.zone not in ("", here.zone) or location.region not in ("", here.region)
        return None if elsewhere else here


def _key(
    site: Site | None, kind: PueRow | None, region: RegionRow | None, zone: ZoneRow | None, lost: Iterable[str]
) -> str:
    where = [region.region] if region else []
    if zone and not (region and zone.zone == region.zone):  # a zone that was stated answers in place of the region's
        where.append(zone.zone)
    what = f"site:{site.name or 'here'}" if site else kind.place if kind else ""
    return "@".join(part for part in (what, _OF_ZONE.join([*where, *lost])) if part) or _NOWHERE


def is_lacking(key: str) -> bool:
    """Whether the place of this key has a zone or region that is not in the library."""
    return _NO_REGION in key or _NO_ZONE in key


def _named(part: str) -> tuple[str, str]:
    """What a part of a key names: a region or a zone, and which."""
    for role, mark in (("region", _NO_REGION), ("zone", _NO_ZONE)):
        if part.startswith(mark):
            return role, unquote(part.removeprefix(mark))
    return ("region", part) if "/" in part else ("zone", "" if part == _NOWHERE else part)
