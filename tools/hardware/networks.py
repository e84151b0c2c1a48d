"""Networks: defaults from the readings gathered, average and marginal."""

from collections.abc import Sequence

from hardware.common import Cells, central, gsd, lognormal, triangular

__all__ = ["network_rows"]


def network_rows(facts: Sequence[Cells]) -> list[dict[str, object]]:
    """Rows of the networks table; readings of confidence low and of before 2015 do not count."""
    fixed = _readings(facts, "fixed", 2019, without="projection")
    mobile = _readings(facts, "mobile", 2019)
    four = _readings(facts, "mobile_4g", 2015)
    five = _readings(facts, "mobile_5g", 2019)
    highest = max(
        float(r["high"]) for r in facts if r["access_type"] == "fixed" and r["high"] and r["confidence"] != "low"
    )
    centre = central(fixed)
    carbon_trust, scope3 = "carbon-trust-2021", "scope3-data-transfer"
    table = "table 3, conventional average"
    return [
        _row("generic", "Internet, access not known", triangular(min(fixed), centre, max(mobile)), "average", 2020)
        | _source("treadlight-assumption", "lowest fixed to highest mobile reading", "assumed"),
        _row(
            "fixed",
            "Fixed line, without the customer's equipment",
            triangular(min(fixed), centre, highest),
            "average",
            2020,
        )
        | _source(
            scope3, "EU ICT impact study 2020: 0.03", "medium", f"readings of 2019 and later: {_list(fixed)} kWh/GB"
        ),
        _row("mobile", "Mobile network", lognormal(0.1, gsd(mobile)), "average", 2020)
        | _source(carbon_trust, table, "medium", f"readings: {_list(mobile)} kWh/GB; the lower is used by two works"),
        _row("mobile-3g", "Mobile 3G, radio access only", lognormal(2.8, 2.0), "average", 2019)
        | _source(scope3, "base station energy use in dense urban and suburban areas", "medium"),
        _row("mobile-4g", "Mobile 4G, radio access only", lognormal(central(four), gsd(four)), "average", 2019)
        | _source(scope3, "base station studies of 2015 and 2019", "medium", f"readings: {_list(four)} kWh/GB"),
        _row("mobile-5g", "Mobile 5G, radio access only", lognormal(central(five), gsd(five)), "average", 2020)
        | _source(
            scope3, "base station studies of 2019 and 2020, modelled", "medium", f"readings: {_list(five)} kWh/GB"
        ),
        _row("internet-core", "Internet core, edge and metro", lognormal(0.008, 1.6), "average", 2019)
        | _source("mytton-2024", "model/model.ipynb: 0.0080 (0.0071 to 0.0089) from 116 traceroutes", "high"),
        _row("home-router", "Home router", lognormal(0.025, 2.0), "average", 2020)
        | _source(carbon_trust, table, "medium", "nearly constant power: sharing it out by volume overstates savings"),
        _row("datacentre-wan", "Between hyperscale data centres", lognormal(0.001, 2.0), "average", 2020)
        | _source("ccf-methodology", "networking coefficient", "medium", "an assumption of its source"),
        _row("fixed-marginal", "Fixed line, one more gigabyte", lognormal(_kwh_per_gb(0.02), 2.0), "marginal", 2020)
        | _source("malmodin-2020", "customer equipment 0.02 W per Mbit/s of the session", "medium"),
        _row("core-marginal", "Internet core, one more gigabyte", lognormal(_kwh_per_gb(0.03), 2.0), "marginal", 2021)
        | _source(carbon_trust, "core 1.5 W + 0.03 W per Mbit/s", "medium"),
        _row("mobile-marginal", "Mobile, one more gigabyte", lognormal(_kwh_per_gb(1.5), 2.0), "marginal", 2020)
        | _source("malmodin-2020", "access and device 1.5 W per Mbit/s", "medium"),
    ]


def _kwh_per_gb(w_per_mbps: float) -> float:
    """[kWh/GB] of a power per rate: 1 W per Mbit/s is 1 J/Mbit, and a gigabyte has 8000 Mbit."""
    return w_per_mbps * 8000 / 3.6e6


def _readings(facts: Sequence[Cells], access: str, since: int, without: str = "") -> list[float]:
    return [
        float(r["kwh_per_gb"])
        for r in facts
        if r["access_type"] == access
        and r["confidence"] != "low"
        and r["model"] == "average"
        and int(r["year"]) >= since
        and not (without and without in r["scope"])
    ]


def _list(values: Sequence[float]) -> str:
    return ", ".join(f"{value:g}" for value in sorted(values))


def _row(network: str, name: str, amount: str, model: str, year: int) -> dict[str, object]:
    return {"network": network, "name": name, "energy_kwh_per_gb": amount, "model": model, "year": year}


def _source(source: str, locator: str, confidence: str, note: str = "") -> dict[str, object]:
    return {"source": source, "locator": locator, "confidence": confidence, "note": note}
