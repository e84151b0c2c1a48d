"""JSON forms of the life of hardware and of refresh advice: stable and versioned, in canonical units."""

import math
from typing import Any

from treadlight.app.forms import quantity_form
from treadlight.assess.footprint import spread
from treadlight.assess.hardware.life import HardwareLife
from treadlight.assess.hardware.making import Bench, Phase
from treadlight.assess.hardware.refresh import Advice, Payback, Way
from treadlight.core.category import CATEGORIES

__all__ = ["life_form", "refresh_form"]


def life_form(life: HardwareLife) -> dict[str, Any]:
    """``treadlight.hardware-life/1``."""
    categories = life.bench.categories
    return {
        "schema": "treadlight.hardware-life/1",
        "device": _device(life),
        "method": _method(life.bench),
        "impacts": {
            name: {
                **quantity_form(life.total(name), CATEGORIES[name].unit),
                "complete": not life.unknown(name),
                "phases": {phase.name: _phase(life, phase, name) for phase in life.phases},
            }
            for name in categories
        },
        "phase_notes": {phase.name: phase.note for phase in life.phases if phase.note},
        "hall": _hall(life),
        "water": {name: quantity_form(found, "L") for name, found in life.water().items()},
        "waste": {
            "fate": life.waste.fate,
            "mass": quantity_form(life.waste.mass, "kg"),
            "documented_share": life.waste.share,
            "documented": quantity_form(life.waste.collected, "kg"),
            "avoided_beside": [quantity_form(found, found.unit) for found in life.waste.avoided],
        },
        "second_life": _second_life(life),
        "not_counted": list(life.not_counted),
    }


def _device(life: HardwareLife) -> dict[str, Any]:
    device = life.device
    return {
        "text": device.text,
        "parts": [{"product": part.product, "name": part.name, "amount": part.amount} for part in device.parts],
        "lifetime_class": device.lifetime_class,
        "years": quantity_form(spread(life.work.years, "a"), "a"),
        "power_basis": life.work.basis,
    }


def _hall(life: HardwareLife) -> dict[str, Any] | None:
    """By which power it bears rack and building; null where it stands in no data centre."""
    hall = life.hall
    if not hall.phases:
        return None
    kept = None if hall.watts is None else spread(hall.watts, "W")
    return {"rule": "power × years over life × use", "power": quantity_form(kept, "W"), "basis": hall.basis,
            "warning": hall.warning or None}  # fmt: skip


def _method(bench: Bench) -> dict[str, Any]:
    place = bench.location
    return {
        "zone": place.zone or None,
        "region": place.region or None,
        "site": place.site or None,
        "year": bench.year,
        "accounting": bench.method.accounting,
        "end_of_life": "cut-off",
        "library": {"version": bench.library.version, "digest": bench.library.digest},
        "draws": bench.draws,
        "seed": bench.seed,
    }


def _phase(life: HardwareLife, phase: Phase, name: str) -> dict[str, Any]:
    return {
        **quantity_form(life.part(phase, name), CATEGORIES[name].unit),
        "share": life.share(phase, name),
        "complete": name not in phase.unknown,
    }


def _second_life(life: HardwareLife) -> dict[str, Any] | None:
    if life.ours is None:
        return None
    found = {}
    for name in life.bench.categories:
        per_year, passed = life.extension(name), life.passed_on(name)
        if per_year is not None and passed is not None:
            unit = CATEGORIES[name].unit
            found[name] = {
                "per_year_alone": quantity_form(per_year[0], f"{unit}/a"),
                "per_year_with_second_life": quantity_form(per_year[1], f"{unit}/a"),
                "borne_by_second_life": quantity_form(passed, unit),
            }
    return {"rule": "time", "share_of_first_life": quantity_form(spread(life.ours, "1"), "1"), "impacts": found}


def refresh_form(advice: Advice) -> dict[str, Any]:
    """``treadlight.refresh/1``."""
    return {
        "schema": "treadlight.refresh/1",
        "device": advice.old.text,
        "since": advice.since.isoformat(),
        "horizon_years": advice.horizon_years,
        "method": _method(advice.bench),
        "ways": [_way(advice, way) for way in advice.ways],
        "lowest": {name: _lowest(advice, name) for name in advice.bench.categories},
        "not_counted": list(advice.missing),
    }


def _lowest(advice: Advice, name: str) -> dict[str, Any]:
    return {"kept_as_it_is": advice.best(name) or None, "kept_with_spare_parts": advice.best(name, worn=True) or None}


def _way(advice: Advice, way: Way) -> dict[str, Any]:
    threshold = advice.threshold(way)
    return {
        "action": way.action,
        "device": way.device.text,
        "basis": way.basis or None,
        "longest_life_years": way.life_years or None,
        "devices_per_device": quantity_form(spread(way.devices, "1"), "1"),
        "total": {
            name: quantity_form(advice.total(way, name), CATEGORIES[name].unit) for name in advice.bench.categories
        },
        "break_even": {name: _payback(advice.payback(way, name), advice) for name in advice.bench.categories},
        "older_wins_below_g_per_kwh": None
        if threshold is None
        else dict(zip(("p05", "p50", "p95"), map(_finite, threshold), strict=True)),
    }


def _payback(found: Payback | None, advice: Advice) -> dict[str, Any] | None:
    """Years and days; null where it never pays back."""
    if found is None:
        return None
    names = ("p05", "p50", "p95")
    days = [day.isoformat() if day else None for day in found.dates(advice.since)]
    return {
        "years": dict(zip(names, map(_finite, found.years), strict=True)),
        "dates": dict(zip(names, days, strict=True)),
        "never": found.never,
        "never_in_its_life": found.outlived,
        "within_horizon": found.within,
        "saved_over_horizon": quantity_form(found.saved, found.saved.unit),
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
