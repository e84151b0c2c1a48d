"""The JSON form of an assessed study: stable and versioned, in canonical units, nothing rounded."""

from collections.abc import Mapping, Sequence
from typing import Any

from treadlight.app.estimating_answer import spread_of
from treadlight.app.forms import quantity_form
from treadlight.assess.draws import Array
from treadlight.assess.footprint import quantity
from treadlight.assess.lifecycle.result import HotSpot, LeftOut, Line, Quality, StudyResult, SystemResult
from treadlight.assess.lifecycle.water import WaterLine, water_lines
from treadlight.core.category import CATEGORIES

__all__ = ["study_result_form"]


def study_result_form(result: StudyResult) -> dict[str, Any]:
    """``treadlight.study-result/1``."""
    scope = result.study.scope
    unit = scope.functional_unit
    return {
        "schema": "treadlight.study-result/1",
        "study": {"id": result.study.id, "title": result.study.title, "digest": result.digest},
        "scenario": result.scenario or None,
        "overrides": dict(result.overrides),
        "functional_unit": {"name": unit.name, "amount": unit.amount, "unit": unit.unit},
        "boundary": list(scope.boundary),
        "cut_off_percent": scope.cut_off_percent,
        "library": {"version": result.library_version, "digest": result.library_digest},
        "method": {
            "electricity": scope.electricity,
            "end_of_life": scope.end_of_life,
            "allocation": result.study.allocation.rule,
            "draws": result.draws,
            "seed": result.seed,
        },
        "systems": [_system(system, unit.unit) for system in result.systems],
        "warnings": [{"kind": w.kind, "system": w.system or None, "text": w.text} for w in result.warnings],
    }


def _system(system: SystemResult, unit: str) -> dict[str, Any]:
    return {
        "id": system.id,
        "title": system.title,
        "delivers": quantity_form(spread_of(system.delivered, unit), unit),
        "impacts": {name: _impact(system, name) for name in system.categories},
        "water": _water(system),
        "quality": [
            {
                "stage": q.stage,
                "item": q.item,
                "pedigree": list(q.pedigree) or None,
                "additional_gsd": q.additional_gsd,
                "source": q.source or None,
                "shares": _shares(q, system),
            }
            for q in system.quality()
        ],
        "left_out": [
            {"stage": x.stage, "reason": x.reason or None, "would_add": _shares(x, system)} for x in system.left_out
        ],
        "below_cut_off": list(system.below_cut_off),
        "credits": [_beside(line, system) for line in system.credits],
        "unknown": [{"stage": s, "item": i, "categories": list(c)} for s, i, c in system.unknown()],
        "empty_stages": list(system.empty_stages),
    }


def _shares(held: Quality | LeftOut, system: SystemResult) -> dict[str, float | None]:
    """Share of each category; null where nothing is known of it."""
    told = {*held.shares, *held.unknown}
    return {name: held.shares.get(name) for name in system.categories if name in told}


def _water(system: SystemResult) -> dict[str, Any]:
    """Water line by line, of the system and of each of its stages."""
    stages = system.known_by_stage()
    whole = water_lines(system)
    return {**_water_form(whole), "by_stage": {s: _water_form(water_lines(system, s)) for s in stages}} if whole else {}


def _water_form(lines: Mapping[str, WaterLine]) -> dict[str, Any]:
    return {
        name.replace(" ", "_"): {**quantity_form(held.known, CATEGORIES["water"].unit), "partial": held.partial}
        for name, held in lines.items()
    }


def _impact(system: SystemResult, name: str) -> dict[str, Any]:
    row = system.row(name)
    return {
        **quantity_form(system.total(name), CATEGORIES[name].unit),
        "coverage": float(system.coverage[row]),
        "by_stage": _parts(system.by_stage(), system.known_by_stage(), row, name),
        "by_phase": _parts(system.by_phase(), system.known_by_phase(), row, name),
        "hot_spots": _spots(system.hot_spots(name)),
        "processes": _spots(system.hot_processes(name)),
        "doubt": system.doubt(name),
    }


def _parts(
    parts: Mapping[str, Array], known: Mapping[str, frozenset[str]], row: int, name: str
) -> dict[str, dict[str, Any]]:
    """Each part's quantity; without figures where nothing of it is known."""
    unit = CATEGORIES[name].unit
    return {
        part: _part(parts[part], row, name) if part in parts and name in held else quantity_form(None, unit)
        for part, held in known.items()
    }


def _part(samples: Array, row: int, name: str) -> dict[str, Any]:
    return quantity_form(quantity(samples[row], name), CATEGORIES[name].unit)


def _spots(spots: Sequence[HotSpot]) -> list[dict[str, Any]]:
    return [
        {"name": s.name, "in": s.stage, "share": s.share, **quantity_form(s.quantity, s.quantity.unit)} for s in spots
    ]


def _beside(line: Line, system: SystemResult) -> dict[str, Any]:
    """What is avoided; without figures where nothing of it is known."""
    known = system.known_of(line)
    return {
        "stage": line.stage,
        "item": line.item,
        "impacts": {
            name: _part(line.samples, row, name) if name in known else quantity_form(None, CATEGORIES[name].unit)
            for row, name in enumerate(system.categories)
        },
    }
