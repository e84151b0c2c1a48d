"""Places as people write them, "Quebec, Canada" or "europe-north1", as zones and regions of the library."""

import re
from functools import lru_cache

from treadlight.core.activity import Location

__all__ = ["place_of"]

_THE = re.compile(r"^(the|republic of|state of|kingdom of) ")
_SPELT = {
    "united states of america": "US", "u.s.a.": "US", "u.s.": "US", "america": "US", "england": "GB", "scotland": "GB",
    "great britain": "GB", "korea": "KR", "republic of korea": "KR", "russia": "RU", "czech republic": "CZ",
    "holland": "NL", "uae": "AE", "turkey": "TR",
}  # fmt: skip


def place_of(text: str) -> Location:
    """The place that `text` names: its cloud region, else the country named last; empty where nothing is recognised."""
    zones, regions = _names()
    plain = text.strip().lower()
    for word in (plain, *re.split(r"[\s,;()]+", plain)):
        if word in regions:
            return Location(region=regions[word])
    parts = [part.strip(" .") for part in re.split(r"[,;()/|]", plain) if part.strip(" .")]
    for part in reversed(parts):
        zone = zones.get(part) or zones.get(_THE.sub("", part)) or _SPELT.get(part, "")
        if zone:
            return Location(zone)
    return Location()


@lru_cache(maxsize=1)
def _names() -> tuple[dict[str, str], dict[str, str]]:
    """Zones by name, code and other spelling; regions by full and, where no other provider has it, by short name."""
    from treadlight.library.loader import Store
    from treadlight.library.tables.regions import RegionRow
    from treadlight.library.tables.zones import ZoneRow
    from treadlight.library.version import LATEST, version

    store = Store(version(LATEST))
    zones: dict[str, str] = {}
    for row in store.rows("zones", ZoneRow):
        for name in (row.zone, row.name, row.iso3, *row.aliases.split("|")):
            if name:
                zones.setdefault(name.lower(), row.zone)
    regions: dict[str, str] = {}
    short: dict[str, list[str]] = {}
    for region in store.rows("regions", RegionRow):
        regions[region.region] = region.region
        short.setdefault(region.region.partition("/")[2], []).append(region.region)
    return zones, regions | {name: full[0] for name, full in short.items() if len(full) == 1}
