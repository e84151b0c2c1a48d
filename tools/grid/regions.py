"""Cloud regions: where they are, and what their owners publish."""

from collections.abc import Iterator

from grid.common import Row, facts, lognormal, write

COLUMNS = (
    "region",
    "name",
    "zone",
    "country",
    "pue",
    "pue_year",
    "wue_l_per_kwh",
    "wue_year",
    "market_gco2e_per_kwh",
    "market_year",
    "cfe_hourly_percent",
    "cfe_annual_percent",
    "cfe_year",
    "metrics_source",
)

MISSING_COUNTRY = {"aws/cn-north-1": "CN", "aws/cn-northwest-1": "CN", "gcp/us-central2": "US", "gcp/us-east2": "US"}
"""Countries that the region's own name states."""

OFFSETS = {"gcp"}
"""Owners whose market-based figure counts carbon offsets by their own account; it is left out."""

CLAIM = "market-based 0: the owner's claim; the field may count carbon offsets"
"""Said of every market-based figure: the standard's definition of the field includes offsets."""


def carry() -> int:
    """Write regions.csv."""
    return write("2026.11", "regions", COLUMNS, [_region(fact) for fact in facts("cloud_regions.csv")])


def _region(fact: dict[str, str]) -> Row:
    name = f"{fact['provider']}/{fact['region']}"
    country = fact["country_iso2"] or MISSING_COUNTRY.get(name, "")
    low = fact["confidence"] == "low"
    unsourced = fact["source_location"] in ("", "unsourced (analyst memory)")
    row: Row = {
        "region": name,
        "name": fact["location"] or fact["region"],
        "zone": country if low or unsourced else fact["grid_zone"] or country,
        "country": country,
        "source": "provider-regions" if unsourced or low else _location_source(fact),
        "locator": f"{fact['provider']}, {fact['region']}",
        "year": 2024,
        "confidence": "low" if low else "medium" if unsourced else fact["confidence"],
        "unverified": low,
        "note": "country from the region's public name; grid zone and overheads not verified" if low else fact["note"],
    }
    return row if low else row | dict(_metrics(fact))


def _location_source(fact: dict[str, str]) -> str:
    return "electricitymaps-contrib" if "electricitymaps" in fact["source_location"] else "gsf-real-time-cloud"


def _metrics(fact: dict[str, str]) -> Iterator[tuple[str, object]]:
    if "GreenAlgorithms" in fact["source_metrics"]:
        return
    if fact["pue"]:
        yield "pue", published_pue(float(fact["pue"]))
        yield "pue_year", fact["pue_year"]
    if fact["wue_l_per_kwh"]:
        yield "wue_l_per_kwh", published_wue(float(fact["wue_l_per_kwh"]))
        yield "wue_year", fact["wue_l_per_kwh_year"]
    if fact["market_gco2_per_kwh"] and fact["provider"] not in OFFSETS:
        yield "market_gco2e_per_kwh", lognormal(float(fact["market_gco2_per_kwh"]), 1.1)
        yield "market_year", fact["market_gco2_per_kwh_year"]
        yield "confidence", "medium"
        yield "note", "; ".join(filter(None, (fact["note"], CLAIM)))
    for kind in ("hourly", "annual"):
        if fact[f"cfe_{kind}_pct"]:
            yield f"cfe_{kind}_percent", fact[f"cfe_{kind}_pct"]
            yield "cfe_year", fact[f"cfe_{kind}_pct_year"] or "2024"
    if fact["source_metrics"]:
        yield "metrics_source", "gsf-real-time-cloud"


def published_pue(pue: float) -> str:
    """A published annual PUE: the overhead of one hall and season may lie 20 % below or 30 % above it."""
    over = pue - 1
    return f"triangular({1 + 0.8 * over:.4g},{pue:.4g},{1 + 1.3 * over:.4g})" if over > 0 else "point(1.0)"


def published_wue(l_per_kwh: float) -> str:
    """A published annual WUE: fleet and fiscal-year averages stand for single regions."""
    return lognormal(l_per_kwh, 1.4) if l_per_kwh > 0 else "point(0.0)"
