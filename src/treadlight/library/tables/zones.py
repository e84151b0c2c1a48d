"""Zones: countries and territories (ISO 3166-1), parts of countries with their own grid, groups, and the world."""

from collections.abc import Iterator
from typing import Literal

from treadlight.library.schema import Row, Table

__all__ = ["CONTINENTS", "TABLE", "ZoneRow"]

CONTINENTS = ("africa", "antarctica", "asia", "europe", "north-america", "oceania", "south-america")
"""Continents by the names that their rows in the grid tables carry, too."""


class ZoneRow(Row, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One place electricity comes from.

    Parameters
    ----------
    zone
        ISO 3166-1 alpha-2 of a country, else a key such as ``US-CAL-CISO``, ``EU`` or ``WORLD``.
    kind
        country (territories included), sub-zone, group, continent or world.
    iso3
        ISO 3166-1 alpha-3; empty for what is no country.
    parent
        The country of a sub-zone.
    continent
        Continent of a country, as in the grid tables.
    aliases
        Other spellings, separated by ``|``.
    """

    zone: str
    name: str
    kind: Literal["country", "sub-zone", "group", "continent", "world"]
    iso3: str = ""
    parent: str = ""
    continent: str = ""
    aliases: str = ""


def _check(row: ZoneRow) -> Iterator[tuple[str, object, str, str]]:
    if row.kind == "country" and row.continent not in CONTINENTS:
        yield "continent", row.continent, "is no continent", f"use one of {', '.join(CONTINENTS)}"
    if row.kind == "country" and len(row.iso3) != 3:
        yield "iso3", row.iso3, "is no ISO 3166-1 alpha-3 code", "give three letters"
    if row.kind == "sub-zone" and not row.parent:
        yield "parent", row.parent, "is missing", "name the country of a sub-zone"


TABLE = Table(title="Zones", row=ZoneRow, key=("zone",), check=_check)
