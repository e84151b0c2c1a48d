"""Where something happened: a location's words matched with sites, regions and zones."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property

from treadlight.core.activity import Location
from treadlight.core.errors import InputError
from treadlight.library.loader import Store
from treadlight.library.process import Rung
from treadlight.library.site import Site
from treadlight.library.tables.pue import PueRow
from treadlight.library.tables.regions import RegionRow
from treadlight.library.tables.zones import ZoneRow

__all__ = ["Place", "Places"]


_OF_ZONE = "+"
"""Between a region and a zone other than the region's own, in the key of a place."""


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

    def find(self, location: Location) -> Place:
        """The place of a location.

        Raises
        ------
        InputError
            If the zone is not in the library.
        """
        missed: list[Rung] = []
        site = self._site(location)
        name = location.site or (site.name if site else "")
        kind = self._store.row("pue", PueRow, name) if name else None
        if location.site and not site and not kind:
            missed.append(Rung("site", False, f"no site called {location.site} is configured"))
        region = self._region(location.region or (site.region if site else ""), missed)
        zone_name = location.zone or (site.zone if site else "") or (region.zone if region else "")
        zone = self.zone(zone_name) if zone_name else None
        country = self._store.row("zones", ZoneRow, zone.parent) if zone and zone.parent else zone
        return Place(_key(site, kind, region, zone), site, kind, region, zone, country, tuple(missed))

    def location_of(self, key: str) -> Location:
        """The location whose place has this key: the way back from an id of a process."""
        what, _, where = key.rpartition("@")
        if not what and (key.startswith("site:") or self._store.row("pue", PueRow, key)):
            what, where = key, ""
        site = what.removeprefix("site:")
        region, _, zone = where.partition(_OF_ZONE) if "/" in where else ("", "", where)
        return Location("" if zone == "unknown-place" else zone, region, "" if site == "here" else site)

    def zone(self, name: str) -> ZoneRow:
        """The zone called `name`: a key, an ISO 3166-1 alpha-3 code or another spelling, in any case.

        Raises
        ------
        InputError
            If there is none; the message names those that are spelt alike.
        """
        found = self._zones.get(name.upper())
        if found is None:
            raise InputError("no such zone", field="zone", value=name, remedy=self._advice(name))
        return found

    @cached_property
    def _zones(self) -> dict[str, ZoneRow]:
        rows = self._store.rows("zones", ZoneRow)
        index = {row.iso3.upper(): row for row in rows if row.iso3}
        index |= {alias.upper(): row for row in rows for alias in row.aliases.split("|") if alias}
        return index | {row.zone.upper(): row for row in rows}

    def _advice(self, name: str) -> str:
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

    def _region(self, name: str, missed: list[Rung]) -> RegionRow | None:
        if not name:
            return None
        found = self._store.row("regions", RegionRow, name.lower())
        if found is None:
            known = [row.region for row in self._store.rows("regions", RegionRow)]
            close = get_close_matches(name.lower(), known, n=2, cutoff=0.8)
            advice = f"; did you mean {' or '.join(close)}?" if close else ""
            missed.append(Rung("region", False, f"no region {name} in the library{advice}"))
        return found


def _key(site: Site | None, kind: PueRow | None, region: RegionRow | None, zone: ZoneRow | None) -> str:
    where = region.region if region else zone.zone if zone else ""
    if region and zone and zone.zone != region.zone:  # a zone that was stated answers in place of the region's
        where += _OF_ZONE + zone.zone
    what = f"site:{site.name or 'here'}" if site else kind.place if kind else ""
    return "@".join(part for part in (what, where) if part) or "unknown-place"
