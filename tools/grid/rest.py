"""Technologies, water, minerals and primary energy of electricity."""

import csv
import math
from collections.abc import Iterator
from pathlib import Path
from statistics import geometric_mean, pstdev

from grid.common import Row, facts, gsd_between, gsd_of, iso2, lognormal, write

COAL_GSD = 1.17
"""90 % interval of 718 to 1,203 g/kWh: it holds the ranges of IPCC (740 to 910) and UNECE (751 to 1,095)."""

WIDEST = 3.0
"""GSD at most: a few reservoirs of the tropics (2,200 g/kWh) do not speak for hydropower."""

WATER = 0.4
"""Log-sd of a national water factor: reservoir evaporation can be allocated in several ways."""

WATER_HYDRO = 0.7
"""The same where hydropower dominates: bottom-up values with hydropower lie a factor of two away."""

OTHER = {"adpe": 0.5, "pe": 0.25}
"""Log-sd of figures for 2011 used today (own assumption): the mix of most countries has changed by less."""

_RENEWABLE_MJ = 3.6  # 1 kWh of hydro, wind or solar electricity counts as 3.6 MJ (physical energy content)


def carry() -> dict[str, int]:
    """Write technology.csv, water.csv and grid_other.csv."""
    v = "2026.11"
    return {
        "technology": write(v, "technology", ("technology", "gwp_gco2e_per_kwh"), technologies()),
        "water": write(v, "water", ("zone", "water_l_per_kwh"), _water()),
        "grid_other": write(v, "grid_other", ("zone", "category", "amount_per_kwh"), _other()),
    }


def technologies() -> Iterator[Row]:
    """Rows of technology.csv."""
    for fact in facts("grid_lifecycle.csv"):
        if fact["confidence_gwp_median"] != "low":
            yield _coal(fact) if fact["technology"] == "coal" else _technology(fact)


def _technology(fact: dict[str, str]) -> Row:
    centre, low, high = (fact[f"gwp_{n}"] for n in ("median_gco2e_kwh", "min_ipcc", "max_ipcc"))
    ranged = fact["confidence_gwp_range"] != "low" and low and high
    gsd = max(1.1, gsd_between(float(low), float(high))) if ranged else 1.6
    note = "interval from the source's range" if ranged else "range not read in the source: GSD 1.6 assumed"
    if gsd > WIDEST:
        note = (
            f"GSD capped at {WIDEST:g}: {float(high):,.0f} g/kWh, the end of the source's range, is a reservoir outlier"
        )
    return {
        "technology": fact["technology"],
        "gwp_gco2e_per_kwh": lognormal(float(centre), min(gsd, WIDEST)),
        "source": "ukpost-2014" if fact["technology"] == "oil" else "ipcc-ar5-wg3-annex3",
        "locator": "defaults.yaml, oil" if fact["technology"] == "oil" else "table A.III.2, median",
        "year": 2014,
        "confidence": fact["confidence_gwp_median"],
        "note": note,
    }


def _coal(fact: dict[str, str]) -> Row:
    """Coal: published medians disagree by more than the range of one of them."""
    names = {"IPCC AR5": "median_gco2e_kwh", "NREL harmonised": "nrel_harmonised_median", "UNECE": "unece_2020_eu28"}
    medians = {name: float(fact[f"gwp_{column}"]) for name, column in names.items()}
    stated = ", ".join(f"{name} {value:g}" for name, value in medians.items())
    return {
        "technology": "coal",
        "gwp_gco2e_per_kwh": lognormal(round(geometric_mean(medians.values())), COAL_GSD),
        "source": "coal-medians",
        "locator": f"geometric mean of three published medians: {stated} g/kWh",
        "year": 2021,
        "confidence": "medium",
        "note": "90 % interval holds the published ranges of IPCC (740 to 910) and UNECE (751 to 1,095)",
    }


def _water() -> Iterator[Row]:
    found = facts("water_grid_factors.csv")
    logs = [math.log(float(f["l_per_kwh"])) for f in found if f["confidence"] != "low" and f["iso3"] != "WLD"]
    for fact in found:
        zone, low = iso2(fact["iso3"]), fact["confidence"] == "low"
        hydro = "hydro-dominated" in fact["note"]
        log_sd = pstdev(logs) if zone == "WORLD" else 1.0 if low else WATER_HYDRO if hydro else WATER
        spread = f"; interval: spread of {len(logs)} countries" if zone == "WORLD" else ""
        yield {
            "zone": zone,
            "water_l_per_kwh": lognormal(float(fact["l_per_kwh"]), gsd_of(log_sd)),
            "source": "wri-2020",
            "locator": f"electricity_mixes.csv, wue, {fact['iso3'].replace('WLD', 'WOR')}",
            "year": 2020,
            "confidence": fact["confidence"],
            "unverified": low,
            "note": fact["note"] + spread,
        }


def _other() -> Iterator[Row]:
    path = Path(__file__).parent / "ademe_electricity_2011.csv"
    with path.open(encoding="utf-8", newline="") as file:
        found = [f | {"zone": iso2(f["iso3"])} for f in csv.DictReader(file)]
    found = [f for f in found if f["zone"]]
    wide = {category: _spread(found, category) for category in ("adpe", "pe")}
    for fact in found:
        group = fact["zone"] in ("WORLD", "europe")
        for category, locator in (("adpe", "adpe"), ("pe", "adpf and share of renewable electricity")):
            value = _amount(fact, category)
            if value is None:
                continue
            log_sd = wide[category] if group else OTHER[category]
            note = "" if category == "adpe" else "derived: fossil and nuclear ADPf + 3.6 MJ per renewable kWh"
            yield {
                "zone": fact["zone"],
                "category": category,
                "amount_per_kwh": lognormal(value, gsd_of(log_sd)),
                "source": "ademe-base-impacts-2011" if category == "adpe" else "ademe-irena-pe",
                "locator": f"electrical_mix.csv, {locator}, {fact['iso3']}",
                "year": 2011,
                "confidence": "medium",
                "note": note + ("; interval: spread of countries" if group else ""),
            }


def _amount(fact: dict[str, str], category: str) -> float | None:
    if category == "adpe":
        return float(fact["adpe_kgsbeq_per_kwh"])
    if not fact["renewable_percent_2016"]:
        return None
    return float(fact["adpf_mj_per_kwh"]) + _RENEWABLE_MJ * float(fact["renewable_percent_2016"]) / 100


def _spread(found: list[dict[str, str]], category: str) -> float:
    values = [_amount(f, category) for f in found if len(f["zone"]) == 2]
    return pstdev([math.log(v) for v in values if v])
