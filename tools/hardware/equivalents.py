"""Equivalents: the comparisons that are fair, with vintage and expiry."""

from collections.abc import Sequence

from hardware.common import Cells

__all__ = ["equivalent_rows"]

_IMPACT = "impactco2-2026-07"

_CARRIED = (
    # id in the facts, slug, label, unit, region, use, source, expires
    ("car_ice_avg_fr_km", "car-km", "km in an average combustion car", "kgCO2e", "", "default", _IMPACT, "2028-07-01"),
    (
        "flight_paris_nyc_return",
        "flight-paris-new-york",
        "return flights Paris–New York",
        "kgCO2e",
        "",
        "default",
        _IMPACT,
        "2028-07-01",
    ),
    (
        "flight_short_km",
        "flight-short-km",
        "passenger-km on a short flight",
        "kgCO2e",
        "",
        "named",
        _IMPACT,
        "2028-07-01",
    ),
    ("flight_long_km", "flight-long-km", "passenger-km on a long flight", "kgCO2e", "", "named", _IMPACT, "2028-07-01"),
    (
        "car_ev_avg_fr_km",
        "electric-car-km",
        "km in an average electric car on French electricity",
        "kgCO2e",
        "FR",
        "named",
        _IMPACT,
        "2028-07-01",
    ),
    ("tgv_km", "tgv-km", "passenger-km by TGV", "kgCO2e", "FR", "named", _IMPACT, "2028-07-01"),
    (
        "video_stream_hour",
        "video-hour",
        "hours of video streaming in France",
        "kgCO2e",
        "FR",
        "named",
        _IMPACT,
        "2028-07-01",
    ),
    (
        "video_call_hour",
        "video-call-hour",
        "hours of video conference in France",
        "kgCO2e",
        "FR",
        "named",
        _IMPACT,
        "2028-07-01",
    ),
    ("smartphone_new", "smartphone", "new smartphones", "kgCO2e", "", "default", _IMPACT, "2028-07-01"),
    ("laptop_new", "laptop", "new laptops", "kgCO2e", "", "named", _IMPACT, "2028-07-01"),
    ("meal_vegetarian", "meal-vegetarian", "vegetarian meals", "kgCO2e", "", "named", _IMPACT, "2028-07-01"),
    ("meal_beef", "meal-beef", "meals with beef", "kgCO2e", "", "named", _IMPACT, "2028-07-01"),
    (
        "epa_mile_car_2024",
        "car-mile-us",
        "miles in an average US passenger car, tailpipe only",
        "kgCO2e",
        "US",
        "named",
        "epa-2024",
        "2027-12-31",
    ),
    (
        "ev_km_energy",
        "electric-car-km-energy",
        "km by electric car",
        "kWh",
        "",
        "default",
        "ecologits-calculator",
        "2028-11-01",
    ),
    ("kettle_litre", "kettle-litre", "litres of water brought to the boil", "kWh", "", "default", "physics", ""),
    ("led_bulb_hour", "lamp-hour", "hours of an 8 W lamp", "kWh", "", "default", "physics", ""),
    ("shower_8min", "shower", "showers of 8 minutes", "L", "", "default", "physics", ""),
    ("olympic_pool", "olympic-pool", "Olympic pools", "L", "", "named", "physics", ""),
)


def equivalent_rows(facts: Sequence[Cells]) -> list[dict[str, object]]:
    """Rows of the equivalents table; the metre is the kilometre's thousandth, for small amounts."""
    by_id = {row["id"]: row for row in facts}
    rows = []
    for id_, slug, label, unit, region, use, source, expires in _CARRIED:
        fact = by_id[id_]
        assert fact["confidence"] != "low", id_
        row: dict[str, object] = {
            "slug": slug,
            "label": label,
            "value": fact["value"],
            "unit": unit,
            "perimeter": fact["perimeter"],
            "region": region,
            "vintage": fact["vintage"] if fact["vintage"] != "-" else "2026-11",
            "expires": expires,
            "use": use,
            "source": source,
            "locator": _locator(fact),
            "year": int((fact["vintage"] + "2026")[:4].replace("-202", "2026")),
            "confidence": "high" if fact["confidence"] == "high" else "medium",
            "note": "per vehicle, not per passenger; France" if slug == "car-km" else "",
        }
        rows.append(row)
        if slug == "car-km":
            metre = {"slug": "car-m", "label": "m in an average combustion car", "value": float(fact["value"]) / 1000}
            rows.append(row | metre | {"locator": _locator(fact) + " ÷ 1000"})
    return rows


def _locator(fact: Cells) -> str:
    if "computed" in fact["source"] or fact["source"] == "definition":
        return f"{fact['perimeter']}: {fact['notes']}".strip(": ")
    first = fact["notes"].split(";")[0]
    return first if first.startswith("id ") else f"as stated for {fact['label']}"
