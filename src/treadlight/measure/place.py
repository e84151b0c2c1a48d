"""The place a run names, checked as it starts against the tables by which it is accounted for later.

The tables are read with the standard library's csv alone, once, and only where a zone or region is given.
"""

import csv
from functools import lru_cache
from pathlib import Path

from treadlight import library
from treadlight.core.config import SETTINGS, Config
from treadlight.core.errors import InputError

__all__ = ["check_place"]

_DATA = Path(library.__file__).with_name("data")


def check_place(config: Config) -> None:
    """Whether the library knows the zone and region that the configuration names, directly or by its site.

    Names are taken as `treadlight.library.places` takes them: zones by key, ISO 3166-1 alpha-3 code or alias, in any
    case; regions in any case. Those of the overlay that is configured count, too.

    Raises
    ------
    InputError
        If it does not; the message names field, value and what is spelt alike.
    """
    overlay = config.get("library.overlay")
    for fact, check in (("zone", _check_zone), ("region", _check_region)):
        named = config.get(f"site.{fact}")
        if named:
            check(named, _field(config, fact), overlay)
    site = config.get("site.name")
    facts = config.sites.get(site, {})
    if facts.get("zone"):
        _check_zone(facts["zone"], f"sites.{site}.zone", overlay)
    if facts.get("region"):
        _check_region(facts["region"], f"sites.{site}.region", overlay)


def _field(config: Config, fact: str) -> str:
    """What the user calls it: the argument, the variable, or the file with its key."""
    key = f"site.{fact}"
    origin = config.origin(key)
    if origin == "command line":
        return fact
    return origin if origin == SETTINGS[key].env else f"{origin}: {key}"


def _check_zone(name: str, field: str, overlay: str) -> None:
    zones, names = _zones(overlay)
    if name.upper() in zones:
        return
    from difflib import get_close_matches

    close = get_close_matches(name.upper(), [*zones, *names], n=4, cutoff=0.6)
    keys = dict.fromkeys(names.get(c) or zones[c] for c in close)
    remedy = "give an ISO 3166-1 code such as FR, or a part such as US-CAL-CISO"
    if keys:
        remedy = f"did you mean {' or '.join(keys)}? `treadlight library find {name}` searches all"
    raise InputError("no such zone", field=field, value=name, remedy=remedy)


def _check_region(name: str, field: str, overlay: str) -> None:
    regions = _regions(overlay)
    if name.lower() in regions:
        return
    from difflib import get_close_matches

    close = get_close_matches(name.lower(), regions, n=2, cutoff=0.8)
    advice = f"did you mean {' or '.join(close)}? " if close else ""
    remedy = f"{advice}search with `treadlight library find`, or give the zone alone"
    raise InputError("no such region", field=field, value=name, remedy=remedy)


@lru_cache(maxsize=4)
def _zones(overlay: str) -> tuple[dict[str, str], dict[str, str]]:
    """Keys of zones by every spelling, and by name, both in capitals."""
    rows = [row for row in _rows("zones", overlay) if row.get("zone")]
    names = {(row.get("name") or row["zone"]).upper(): row["zone"] for row in rows}
    zones = {row["zone"].upper(): row["zone"] for row in rows}
    for row in rows:
        for spelling in (row.get("iso3") or "", *(row.get("aliases") or "").split("|")):
            if spelling:
                zones.setdefault(spelling.upper(), row["zone"])
    for row in _own_rows("grid", overlay):  # a zone that only a grid table of one's own names
        if row.get("zone"):
            zones.setdefault(row["zone"].upper(), row["zone"])
    return zones, names


@lru_cache(maxsize=4)
def _regions(overlay: str) -> frozenset[str]:
    return frozenset(row.get("region") or "" for row in _rows("regions", overlay))


def _rows(topic: str, overlay: str) -> list[dict[str, str]]:
    """Rows of the newest table shipped, then those of the overlay."""
    return _read(max(_DATA.glob(f"*/{topic}.csv"))) + _own_rows(topic, overlay)


def _own_rows(topic: str, overlay: str) -> list[dict[str, str]]:
    path = Path(overlay) / f"{topic}.csv"
    return _read(path) if overlay and path.is_file() else []


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
