"""The JSON form of an estimate: stable and versioned, in canonical units, nothing rounded."""

from typing import Any

from treadlight.app.estimating_answer import Estimate, spread_of
from treadlight.app.forms import quantity_form
from treadlight.core.category import CATEGORIES

__all__ = ["estimate_form"]


def estimate_form(estimate: Estimate) -> dict[str, Any]:
    """``treadlight.estimate/1``."""
    question, answer = estimate.question, estimate.answer
    return {
        "schema": "treadlight.estimate/1",
        "kind": question.kind,
        "scope": question.scope,
        "count": estimate.count,
        "unit": estimate.unit,
        "inputs": dict(question.known),
        "ranges": {
            name: {p: spread.quantile(q) for p, q in (("p05", 0.05), ("p50", 0.5), ("p95", 0.95))}
            for name, spread in question.ranges.items()
        },
        "from_library": dict(question.filled),
        "place": {
            "zone": question.zone or None,
            "region": question.region or None,
            "carbon_intensity_g_per_kwh": question.intensity_g_per_kwh,
        },
        "accelerator": answer.accelerator or None,
        "energy_kwh": quantity_form(estimate.energy_kwh, "kWh"),
        "energy_wh_per_unit": quantity_form(estimate.energy_wh_per_unit, "Wh"),
        "lines_kwh": {n: quantity_form(spread_of(line, "kWh"), "kWh") for n, line in estimate.lines.items()},
        "accelerators_by_phase_kwh": {
            n: quantity_form(spread_of(phase, "kWh"), "kWh") for n, phase in estimate.phases.items()
        },
        "device_hours": quantity_form(estimate.device_hours, "h"),
        "impacts": {
            impact.category: {
                **quantity_form(estimate.impact(impact.category), CATEGORIES[impact.category].unit),
                "use": _part(impact.use, impact.category),
                "embodied": _part(impact.embodied, impact.category),
            }
            for impact in estimate.impacts
        },
        "basis": answer.basis,
        "assumed": list(answer.assumed),
        "would_narrow": [{"input": g.name, "p95_over_p05": g.now, "if_known": g.known} for g in estimate.gains],
        "not_counted": list(estimate.notes),
        "library": {"version": estimate.library[0], "digest": estimate.library[1]},
        "draws": estimate.draws,
        "seed": estimate.seed,
    }


def _part(samples: Any, category: str) -> dict[str, Any]:
    unit = CATEGORIES[category].unit
    return quantity_form(None if samples is None else spread_of(samples, unit), unit)
