"""Zones: ISO 3166-1 codes by continent (UN M49), and parts of countries that have a grid of their own."""

import csv
import gzip

from grid.common import HOURLY, Row, facts, iso2, write

CODES = {
    "africa": "DZ AO BJ BW IO BF BI CM CV CF TD KM CG CD CI DJ EG GQ ER SZ ET TF GA GM GH GN GW KE LS LR LY MG MW ML "
    "MR MU YT MA MZ NA NE NG RE RW SH ST SN SC SL SO ZA SS SD TZ TG TN UG EH ZM ZW",
    "asia": "AF AM AZ BH BD BT BN KH CN CY GE HK IN ID IR IQ IL JP JO KZ KW KG LA LB MO MY MV MN MM NP KP OM PK PS PH "
    "QA KR SA SG LK SY TW TJ TH TL TR TM AE UZ VN YE",
    "europe": "AX AL AD AT BY BE BA BG HR CZ DK EE FO FI FR DE GI GR GG VA HU IS IE IM IT JE LV LI LT LU MT MD MC ME "
    "NL MK NO PL PT RO RU SM RS SK SI ES SJ SE CH UA GB XK",
    "north-america": "AI AG AW BS BB BZ BM BQ CA KY CR CU CW DM DO SV GL GD GP GT HT HN JM MQ MX MS NI PA PR BL KN LC "
    "MF PM VC SX TT TC US VG VI",
    "south-america": "AR BO BV BR CL CO EC FK GF GY PY PE GS SR UY VE",
    "oceania": "AS AU CX CC CK FJ PF GU HM KI MH FM NR NC NZ NU NF MP PW PG PN WS SB TK TO TV UM VU WF",
    "antarctica": "AQ",
}
CONTINENT = {code: continent for continent, codes in CODES.items() for code in codes.split()}
ALIASES = {"GB": "UK", "GR": "EL", "DE": "DE-LU", "BR-CS": "BR-SP", "CL-SEN": "CL-SIC"}


def carry() -> int:
    """Write zones.csv."""
    rows = [*_countries(), *_sub_zones(), *_groups()]
    return write("2026.11", "zones", ("zone", "name", "kind", "iso3", "parent", "continent", "aliases"), rows)


def _countries() -> list[Row]:
    from babel import Locale
    from babel.core import get_global

    names = Locale("en").territories
    alpha3 = {iso2(a3): a3 for a3 in get_global("territory_aliases") if len(a3) == 3 and a3.isalpha() and iso2(a3)}
    alpha3 |= {
        "XK": "XKX",
        "FR": "FRA",
        "RS": "SRB",
        "DE": "DEU",
        "YE": "YEM",
        "RU": "RUS",
        "MM": "MMR",
        "CD": "COD",
        "TL": "TLS",
    }
    return [
        {
            "zone": code,
            "name": names[code].replace("’", "'"),
            "kind": "country",
            "iso3": alpha3[code],
            "continent": continent,
            "aliases": ALIASES.get(code, ""),
            "source": "iso-3166-1",
            "locator": f"alpha-2 {code}",
            "year": 2020,
            "confidence": "high",
            "note": "user-assigned code, not in ISO 3166-1" if code == "XK" else "",
        }
        for code, continent in CONTINENT.items()
    ]


def _sub_zones() -> list[Row]:
    keys = {row["grid_zone"] for row in facts("cloud_regions.csv")} | {"US-NY-NYIS"}
    with gzip.open(HOURLY / "lca2022" / "zones_lca_2022.csv.gz", "rt") as file:
        keys |= set(next(csv.reader(file)))
    rows: list[Row] = []
    for key in sorted(keys):
        if "-" in key and key.partition("-")[0] in CONTINENT and key not in ALIASES.values():
            parent = key.partition("-")[0]
            rows.append(
                {
                    "zone": key,
                    "name": key,
                    "kind": "sub-zone",
                    "parent": parent,
                    "continent": CONTINENT[parent],
                    "aliases": ALIASES.get(key, ""),
                    "source": "electricitymaps-contrib",
                    "locator": f"config/zones, key {key}",
                    "year": 2024,
                    "confidence": "medium",
                }
            )
    return rows


def _groups() -> list[Row]:
    base: Row = {"source": "un-m49", "locator": "regions", "year": 2024, "confidence": "high"}
    rows: list[Row] = [base | {"zone": c, "name": c.replace("-", " ").title(), "kind": "continent"} for c in CODES]
    rows.append(base | {"zone": "WORLD", "name": "World", "kind": "world", "aliases": "WLD|GLOBAL"})
    eu: Row = {"zone": "EU", "name": "European Union (27)", "kind": "group", "continent": "europe"}
    return [*rows, base | eu | {"aliases": "EUU|EU27"}]
