"""Grid intensity by zone and year: countries, the EU, the world, continents, and parts of countries."""

import csv
import gzip
import math
from collections import defaultdict
from collections.abc import Iterator
from statistics import median, pstdev

from grid.common import HOURLY, Row, facts, gsd_of, iso2, lognormal, write
from grid.rest import technologies
from grid.zones import CONTINENT

BASE = 0.10
"""Log-sd of an annual national figure: two independent series (generation-based OWID/Ember, consumption-based
GSF metadata) differ by 0.135 rms over 13 single-grid countries, 0.10 each; releases of one series by 0.03."""

MEDIUM = 0.15
"""The same for figures read second-hand, or found in one release only."""

BALANCING = {
    "AZPS": "US-SW-AZPS",
    "BPAT": "US-NW-BPAT",
    "CISO": "US-CAL-CISO",
    "ERCO": "US-TEX-ERCO",
    "MISO": "US-MIDW-MISO",
    "NYIS": "US-NY-NYIS",
    "PJM": "US-MIDA-PJM",
    "SOCO": "US-SE-SOCO",
}
FUELS = {
    "WND": "wind onshore",
    "SUN": "solar PV utility",
    "WAT": "hydropower",
    "OIL": "oil",
    "NG": "gas combined cycle",
    "COL": "coal",
    "NUC": "nuclear",
}
COLUMNS = ("zone", "year", "scope", "basis", "gwp_gco2e_per_kwh")


def carry() -> tuple[int, int]:
    """Write grid.csv of 2026.11 and of 2025.06."""
    current = list(_current())
    older = list(_mid_2025())
    other = [*_older_direct(), *_balancing_areas()]
    new = write("2026.11", "grid", COLUMNS, [*current, *_continents(current), *other])
    return new, write("2025.06", "grid", COLUMNS, [*older, *_continents(older), *other])


def _row(zone: str, year: int, g_per_kwh: float, log_sd: float, **rest: object) -> Row:
    base: Row = {"zone": zone, "year": year, "scope": "life-cycle", "basis": "generation", "confidence": "high"}
    return base | {"gwp_gco2e_per_kwh": lognormal(g_per_kwh, gsd_of(log_sd))} | rest


def _revised(note: str) -> float:
    """Log-sd that a revision between releases adds, from the note of a fact."""
    if not note.startswith("revised by "):
        return 0.0
    return math.log1p(float(note.split()[2].rstrip("%")) / 100)


def _current() -> Iterator[Row]:
    for fact in facts("country_grid.csv"):
        value, zone = float(fact["gCO2e_per_kwh"]), iso2(fact["iso3"])
        if not fact["source"].startswith('OWID "Carbon') or fact["confidence"] == "low" or not zone or value <= 0:
            continue
        base = 0.05 if zone in ("WORLD", "EU") else BASE if fact["confidence"] == "high" else MEDIUM
        yield _row(
            zone,
            int(fact["year"]),
            value,
            math.hypot(base, _revised(fact["note"])),
            source="owid-ember-2026-04",
            locator=f"carbon-intensity-electricity.csv, {fact['country']}, {fact['year']}",
            confidence=fact["confidence"],
            note=fact["note"],
        )


def _latest(rows: list[Row]) -> dict[str, float]:
    """Newest median by zone."""
    newest: dict[str, tuple[int, float]] = {}
    for row in rows:
        value = float(str(row["gwp_gco2e_per_kwh"]).split("(")[1].split(",")[0])
        newest[str(row["zone"])] = max(newest.get(str(row["zone"]), (0, 0.0)), (int(str(row["year"])), value))
    return {zone: value for zone, (_, value) in newest.items()}


def _continents(rows: list[Row]) -> Iterator[Row]:
    members: dict[str, list[float]] = defaultdict(list)
    for zone, value in _latest(rows).items():
        if zone in CONTINENT:
            members[CONTINENT[zone]].append(math.log(value))
    for continent, logs in sorted(members.items()):
        yield _row(
            continent,
            2025,
            math.exp(median(logs)),
            pstdev(logs),
            source="treadlight-derived",
            locator=f"this table: median and spread of {len(logs)} members of {continent}, newest year of each",
            confidence="assumed",
            note="each country counts once: for a place in a country that has no figure of its own",
        )


def _older_direct() -> Iterator[Row]:
    """The older OWID series, combustion only: the direct factors of European countries."""
    for fact in facts("country_grid.csv"):
        zone = iso2(fact["iso3"])
        if fact["kind"] == "generation average (OWID older method)" and zone and fact["confidence"] != "low":
            yield _row(
                zone,
                int(fact["year"]),
                float(fact["gCO2e_per_kwh"]),
                MEDIUM,
                scope="direct",
                source="owid-eea-2020",
                locator=f"eu-carbon-intensity-electricity.csv, {fact['country']}, {fact['year']}",
                confidence="medium",
                note="combustion emissions; method not checked in the source",
            )


def _balancing_areas() -> Iterator[Row]:
    """Parts of the United States from hourly generation by fuel.

    The column ``avg_CI`` of these files is no direct intensity: it is generation by fuel × life-cycle medians of IPCC.
    """
    per_fuel = {str(row["technology"]): _lognormal(str(row["gwp_gco2e_per_kwh"])) for row in technologies()}
    for area, zone in BALANCING.items():
        with gzip.open(HOURLY / "eia" / f"{area}_2022.csv.gz", "rt") as file:
            hours = list(csv.DictReader(file))
        mwh = {fuel: math.fsum(max(0.0, float(h[fuel] or 0)) for h in hours) for fuel in (*FUELS, "OTH")}
        total = math.fsum(mwh.values())
        parts = [(mwh[fuel] * per_fuel[name][0], per_fuel[name][1]) for fuel, name in FUELS.items()]
        emitted = math.fsum(part for part, _ in parts)
        factors = math.hypot(*(part / emitted * log_sd for part, log_sd in parts))
        yield _row(
            zone,
            2022,
            emitted / (total - mwh["OTH"]),
            math.hypot(MEDIUM, factors),
            source="eia-930-2022",
            locator=f"{area}, 8,760 hours of 2022, generation by fuel x medians of the technology table",
            confidence="medium",
            note=f"derived; {mwh['OTH'] / total:.1%} of generation is of no named fuel and left out",
        )


def _lognormal(text: str) -> tuple[float, float]:
    """Median and log-sd of the text of a lognormal."""
    median_text, gsd_text = text.removeprefix("lognormal(").removesuffix(")").split(",")
    return float(median_text), math.log(float(gsd_text))


def _mid_2025() -> Iterator[Row]:
    for fact in facts("country_grid.csv"):
        value, zone = float(fact["gCO2e_per_kwh"]), iso2(fact["iso3"])
        older = fact["note"].startswith("older release")
        world = fact["source"].startswith("Ember July 2024") and fact["iso3"] == "WLD"
        if not (older or world) or not zone or value <= 0 or fact["confidence"] == "low":
            continue
        yield _row(
            zone,
            int(fact["year"]),
            value,
            0.05 if zone in ("WORLD", "EU") else BASE if fact["confidence"] == "high" else MEDIUM,
            source="owid-ember-2025-06" if older else "ember-2024-07",
            locator=f"global_energy_mix.json, {fact['iso3']}, {fact['year']}" if older else f"world, {fact['year']}",
            confidence=fact["confidence"],
            note="older release, as reconstructed" if older else fact["note"],
        )
