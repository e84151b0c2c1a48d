"""An estimate on a terminal: energy by line, impacts, what it rests on, and what would narrow it."""

import sys
from datetime import date

from treadlight.app.estimating_answer import Estimate, Impact, spread_of
from treadlight.app.estimating_options import OPTIONS
from treadlight.core.category import CATEGORIES
from treadlight.core.quantity import Quantity
from treadlight.share.numbers import plain_number, shared_unit, show, unit_label
from treadlight.share.terminal_text import Cell, Line, Piece, fit, line, paragraph, table

__all__ = ["show_estimate"]

_BLANK: Line = ()
_LINES = {
    "accelerators": "Accelerators",
    "host": "Rest of the nodes",
    "idle": "Accelerators, idle",
    "storage": "Storage",
    "overhead": "Cooling, conversion",
    "network": "Network",
}
_SCOPES = {
    "gpu_only": "accelerators only",
    "gpu_pue": "accelerators and the hall's overhead",
    "it": "whole nodes",
    "facility": "whole nodes and the hall's overhead",
}


def show_estimate(estimate: Estimate, when: date, width: int = 0) -> list[Line]:
    """Everything there is to say of an estimate."""
    width = fit(width, sys.stdout)
    return [
        *_head(estimate, width),
        _BLANK,
        *_energy(estimate, width),
        _BLANK,
        *_impacts(estimate, width),
        *_rests_on(estimate, width),
        *_narrowing(estimate, width),
        _BLANK,
        *paragraph(f"Not counted: {'; '.join(estimate.notes)}.", width, hanging=2),
        *_equivalent(estimate, when, width),
        _BLANK,
        *paragraph("p05–p95 holds nine of ten plausible values. --record keeps it in the ledger.", width, style="dim"),
    ]


def _head(estimate: Estimate, width: int) -> list[Line]:
    question = estimate.question
    title = "Training" if question.kind == "training" else "Inference"
    if question.kind == "inference":
        title += f", {plain_number(estimate.count)} {estimate.unit}{'s' if estimate.count != 1 else ''}"
    place = estimate.place or "place unknown: the world average is used"
    words = f"{_SCOPES[question.scope]}; {place}; library {estimate.library[0]}"
    return [line(Piece(f"{title}: estimated, not metered", "bold")), *paragraph(words, width, style="dim")]


def _energy(estimate: Estimate, width: int) -> list[Line]:
    parts = {name: spread_of(samples, "kWh") for name, samples in estimate.lines.items()}
    unit = shared_unit([estimate.energy_kwh, *parts.values()], "kWh")
    rows: list[list[Cell] | None] = []
    for name, quantity in parts.items():
        shown = show(quantity, unit)
        rows.append([_LINES.get(name, name.capitalize()), shown.value, shown.interval])
        if name == "accelerators":
            rows += _phases(estimate, unit)
    total = show(estimate.energy_kwh, unit)
    rows += [None, [Piece("In all", "bold"), Piece(total.value, "bold"), total.interval]]
    if estimate.question.kind == "inference" and estimate.count != 1:
        one = show(estimate.energy_wh_per_unit)
        rows.append([f"One {estimate.unit}, {one.unit}", one.value, one.interval])
    hours = show(estimate.device_hours)
    if estimate.question.kind == "training":
        rows.append(["Device-hours, h", hours.value, hours.interval])
    return table(["Energy", unit_label(unit), "p05–p95"], rows, "lrr", width)


def _phases(estimate: Estimate, unit: str) -> list[list[Cell] | None]:
    """Energy of the accelerators by phase, beneath their line."""
    shown = {name: show(spread_of(samples, "kWh"), unit) for name, samples in estimate.phases.items()}
    return [[Piece(f"  {name}", "dim"), Piece(s.value, "dim"), Piece(s.interval, "dim")] for name, s in shown.items()]


def _impacts(estimate: Estimate, width: int) -> list[Line]:
    rows: list[list[Cell] | None] = []
    for impact in estimate.impacts:
        total = estimate.impact(impact.category)
        name = CATEGORIES[impact.category].name
        if total is None:
            rows.append([name, "unknown", "", "", ""])
            continue
        shown = show(total)
        unit = _unit_of(total)
        rows.append([name, Piece(shown.text, "bold"), shown.interval, *_parts(impact, unit)])
    return table(["Impact", "", "p05–p95", "use", "making"], rows, "lrrrr", width)


def _unit_of(quantity: Quantity) -> str:
    return shared_unit([quantity])


def _parts(impact: Impact, unit: str) -> list[Cell]:
    known = CATEGORIES[impact.category].unit
    parts = [None if p is None else spread_of(p, known) for p in (impact.use, impact.embodied)]
    return ["unknown" if p is None else show(p, unit).value for p in parts]


def _rests_on(estimate: Estimate, width: int) -> list[Line]:
    lines = [_BLANK, *paragraph(f"Rests on: {estimate.answer.basis}.", width, hanging=2)]
    more = [text for text in estimate.answer.assumed if text not in estimate.answer.basis]
    return lines + (paragraph(f"Assumed: {'; '.join(more)}.", width, hanging=2) if more else [])


def _narrowing(estimate: Estimate, width: int) -> list[Line]:
    lines = [
        f"{OPTIONS.get(gain.name, gain.name)}: p95 is {_times(gain.now)} p05 now, about {_times(gain.known)} with it"
        for gain in estimate.gains
    ]
    if not estimate.place:
        lines.append("--zone or --region: carbon and water of that grid instead of the world's")
    if not lines:
        return []
    found = [_BLANK, line(Piece("What would narrow it", "bold"))]
    return [*found, *(piece for text in lines for piece in paragraph(text, width, 2, hanging=2))]


def _times(ratio: float) -> str:
    return f"{plain_number(float(f'{ratio:.2g}'), 2)} ×"


def _equivalent(estimate: Estimate, when: date, width: int) -> list[Line]:
    from treadlight.library.tables.equivalents import relatable

    total = estimate.impact("gwp")
    found = relatable(total.p50, when) if total is not None and total.p50 > 0 else None
    if found is None:
        return []
    text = f"As much carbon as {found.text} ({found.row.perimeter}, {found.row.vintage})."
    return [_BLANK, *paragraph(text, width)]
