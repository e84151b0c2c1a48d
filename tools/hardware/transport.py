"""Transport per tonne-kilometre, and treatment of discarded equipment per kilogram."""

from collections.abc import Iterator, Mapping, Sequence

from hardware.common import Cells, lognormal

__all__ = ["transport_rows", "treatment_rows"]

_CATEGORIES = {"gwp": "gwp_kgco2e", "adpe": "adpe_kgsbeq", "pe": "pe_mj"}
_FACTORS = "boaviztapi-factors"


def transport_rows(factors: Mapping[str, Cells]) -> list[dict[str, object]]:
    """Rows of the transport table; facts give kg·km, a tonne has 1000 kg."""
    return [
        {
            "mode": mode,
            "category": category,
            "amount_per_tkm": lognormal(float(factors[f"transport {mode}"][column]) * 1000, 1.5),
            "source": _FACTORS,
            "locator": f"transport {mode} per kg·km × 1000",
            "year": 2026,
            "confidence": "high",
            "outlier_reason": "aircraft burn that much more than ships" if mode == "plane" else "",
            "note": "one source; GSD 1.5 is our assumption",
        }
        for mode in ("truck", "boat", "plane")
        for category, column in _CATEGORIES.items()
    ]


def treatment_rows(facts: Sequence[Cells], factors: Mapping[str, Cells]) -> list[dict[str, object]]:
    """Rows of the treatment table."""
    values = {row["item"]: row["value"] for row in facts if row["confidence"] != "low"}
    share = float(values["documented formal collection and recycling rate 2022"])
    avoided = 52 / (float(values["global e-waste 2022"]) * share)
    return list(_rows(factors, share, avoided))


def _rows(factors: Mapping[str, Cells], share: float, avoided: float) -> Iterator[dict[str, object]]:
    for treatment in ("ewaste.cutoff", "ewaste.formal-recycling"):
        for category, column in _CATEGORIES.items():
            value = float(factors["gpu end of life"][column])
            row: dict[str, object] = {
                "treatment": treatment,
                "category": category,
                "amount_per_kg": lognormal(value, 2.0),
                "avoided_per_kg": "",
                "documented_share": "",
                "source": _FACTORS,
                "locator": "gpu end of life, per kg of card",
                "year": 2026,
                "confidence": "medium",
                "note": "of accelerator cards, taken for all equipment; water (730 m³-eq/kg) is implausible, left out",
            }
            if treatment == "ewaste.formal-recycling":
                row["documented_share"] = share
                row["note"] = "same burden as the default; share documented in 2022: Global E-waste Monitor 2024"
                if category == "gwp":
                    row["avoided_per_kg"] = lognormal(avoided, 2.0)
                    row["source"] = "ewaste-monitor-2024"
                    row["locator"] = "avoided burden and share of 2022; burden itself as ewaste.cutoff"
                    row["note"] = (
                        "avoided: 52 Mt CO2e of mining ÷ (62 Mt × 22.3 %) in 2022, Global E-waste Monitor; never netted"
                    )
            yield row
