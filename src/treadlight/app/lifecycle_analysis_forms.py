"""JSON forms of what moves a study, where it turns, and how two systems compare: stable, versioned, nothing rounded."""

import math
from collections.abc import Sequence
from typing import Any

from treadlight.app.forms import quantity_form
from treadlight.app.lifecycle_analysis import BreakEvens, InScenario, Sensitivity
from treadlight.assess.draws import Array
from treadlight.assess.lifecycle.breakeven import BreakEven
from treadlight.assess.lifecycle.comparing import Chosen, Compared, Comparison
from treadlight.assess.lifecycle.result import StudyResult
from treadlight.assess.lifecycle.sobol import Indices
from treadlight.assess.lifecycle.tornado import Swing
from treadlight.core.category import CATEGORIES

__all__ = ["break_even_form", "comparison_form", "sensitivity_form"]


def sensitivity_form(found: Sensitivity, categories: Sequence[str]) -> dict[str, Any]:
    """``treadlight.study-sensitivity/1``."""
    return {
        "schema": "treadlight.study-sensitivity/1",
        **_about(found.result),
        "systems": [
            {
                "id": system.id,
                "title": system.title,
                "impacts": {name: _moved(found, i, name) for name in categories},
            }
            for i, system in enumerate(found.result.systems)
        ],
        "scenarios": [_scenario(found.result, held, categories) for held in found.scenarios],
        "warnings": [{"kind": w.kind, "system": w.system or None, "text": w.text} for w in found.result.warnings],
    }


def _about(result: StudyResult) -> dict[str, Any]:
    unit = result.study.scope.functional_unit
    return {
        "study": {"id": result.study.id, "title": result.study.title, "digest": result.digest},
        "scenario": result.scenario or None,
        "functional_unit": {"name": unit.name, "amount": unit.amount, "unit": unit.unit},
        "library": {"version": result.library_version, "digest": result.library_digest},
        "draws": result.draws,
        "seed": result.seed,
    }


def _moved(found: Sensitivity, i: int, name: str) -> dict[str, Any]:
    system, row = found.result.systems[i], found.result.categories.index(name)
    total = system.total(name)
    swings = found.ranked(i, name) if total is not None else []
    return {
        **quantity_form(total, CATEGORIES[name].unit),
        "coverage": float(system.coverage[row]),
        "at_medians": float(found.central[i, row]) if total is not None else None,
        "rough": found.rough(i, name),
        "inputs": [_input(found, swing, i, name) for swing in swings],
    }


def _input(found: Sensitivity, swing: Swing, i: int, name: str) -> dict[str, Any]:
    row = found.result.categories.index(name)
    return {
        "cause": swing.name,
        "label": swing.label,
        "kind": swing.kind,
        "unit": swing.unit,
        "low": swing.low,
        "high": swing.high,
        "impact_at_low": float(swing.at_low[i, row]),
        "impact_at_high": float(swing.at_high[i, row]),
        **_indices(found.indices, swing.name, found.output(i, name)),
        "of_logarithm": _indices(found.indices, swing.name, found.output(i, name, log=True)),
    }


def _indices(indices: Indices, name: str, column: int) -> dict[str, Any]:
    """First-order and total index; null for what is not drawn, and where nothing varies."""
    if name not in indices.names:
        return {"first_order": None, "total": None}
    at = indices.names.index(name)
    return {
        "first_order": _index(indices.first, indices.first_interval, at, column),
        "total": _index(indices.total, indices.total_interval, at, column),
    }


def _index(values: Array, interval: Array, at: int, column: int) -> dict[str, float] | None:
    if math.isnan(values[at, column]):
        return None
    low, high = interval[:, at, column]
    return {"value": float(values[at, column]), "p05": float(low), "p95": float(high)}


def _scenario(result: StudyResult, held: InScenario, categories: Sequence[str]) -> dict[str, Any]:
    return {
        "name": held.name,
        "systems": [
            {
                "id": system.id,
                "impacts": {
                    row.category: _contrast(row, "scenario", "study") for row in rows if row.category in categories
                },
            }
            for system, rows in zip(result.systems, held.rows, strict=True)
        ],
    }


def _contrast(row: Compared, a: str, b: str) -> dict[str, Any]:
    unit = CATEGORIES[row.category].unit
    return {
        a: {**quantity_form(row.a, unit), "coverage": row.coverage[0]},
        b: {**quantity_form(row.b, unit), "coverage": row.coverage[1]},
        "difference": quantity_form(row.difference, unit),
        "ratio": quantity_form(row.ratio, "1"),
        f"probability_{a}_is_lower": row.a_lower,
    }


def break_even_form(found: BreakEvens) -> dict[str, Any]:
    """``treadlight.study-break-even/1``."""
    first = found.found[0]
    return {
        "schema": "treadlight.study-break-even/1",
        **_about(found.result),
        "parameter": {"name": first.input.name, "label": first.input.label, "unit": first.input.unit},
        "left": first.left,
        "right": first.right,
        "from": first.low,
        "to": first.high,
        "impacts": {held.category: _break_even(held) for held in found.found},
        "skipped": dict(found.skipped),
    }


def _break_even(held: BreakEven) -> dict[str, Any]:
    unit, curve = CATEGORIES[held.category].unit, held.curve
    return {
        "value": quantity_form(held.value, held.input.unit or "1"),
        "at_medians": held.central,
        "share_of_draws": {
            "crossing": held.crosses,
            "left_larger_throughout": held.left_larger,
            "right_larger_throughout": held.right_larger,
            "equal_throughout": held.equal,
            "crossing_more_than_once": held.several,
        },
        "left_larger_below": held.left_larger_below if held.value is not None else None,
        "gaps": list(held.gaps),
        "curve": {
            "unit": unit,
            "values": curve.values.tolist(),
            "left": _percentiles(curve.left),
            "right": _percentiles(curve.right),
            "probability_left_is_lower": curve.left_lower.tolist(),
        },
    }


def _percentiles(rows: Array) -> dict[str, list[float]]:
    return {name: rows[:, i].tolist() for i, name in enumerate(("p05", "p50", "p95"))}


def comparison_form(found: Comparison) -> dict[str, Any]:
    """``treadlight.study-comparison/1``."""
    return {
        "schema": "treadlight.study-comparison/1",
        "comparable": found.comparable,
        "a": _chosen(found.a),
        "b": _chosen(found.b),
        "draws": found.a.result.draws,
        "seed": found.a.result.seed,
        "mismatches": [
            {"topic": m.topic, "what": m.what, "a": m.a, "b": m.b, "remedy": m.remedy} for m in found.mismatches
        ],
        "impacts": {row.category: _contrast(row, "a", "b") for row in found.rows},
        "caveats": list(found.caveats),
    }


def _chosen(chosen: Chosen) -> dict[str, Any]:
    about = _about(chosen.result)
    return {
        "study": about["study"],
        "system": {"id": chosen.system.id, "title": chosen.system.title},
        "functional_unit": about["functional_unit"],
        "library": about["library"],
    }
