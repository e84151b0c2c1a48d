"""Runs side by side on a terminal, with the difference from shared draws."""

import sys
from collections.abc import Sequence

from treadlight.core.quantity import Quantity
from treadlight.share import findings, numbers
from treadlight.share.comparison import Comparison
from treadlight.share.numbers import shared_unit, show, unit_label
from treadlight.share.terminal_text import Cell, Line, fit, paragraph, table

__all__ = ["compare_table"]

_BLANK: Line = ()


def compare_table(comparison: Comparison, width: int = 0) -> list[Line]:
    """Runs side by side with intervals; then the difference from shared draws and how sure it is."""
    width = fit(width, sys.stdout)
    letters = [chr(ord("A") + i) for i in range(len(comparison.runs))]
    lines: list[Line] = []
    for letter, run in zip(letters, comparison.runs, strict=True):
        text = f"{letter}  {run.name or 'unnamed'} ({run.id[:18]}), {run.status}, {numbers.duration(run.duration_s)}"
        lines += paragraph(text, width, hanging=3)
    lines.append(_BLANK)
    per_group = max((width - 26) // 20, 1)
    for start in range(0, len(letters), per_group):
        lines += _compare_group(comparison, letters, start, start + per_group, width)
        lines.append(_BLANK)
    for d in comparison.differences:
        lines += _difference(d.quantity, d.lower, letters[d.base], letters[d.other], d.category, width)
    for caveat in comparison.caveats:
        lines += paragraph(caveat, width, style="warn")
    noise = (
        "One run of each: how much a run differs from its own repetition is not in these intervals. Repeat runs to see."
    )
    lines += paragraph(noise, width, style="dim")
    if comparison.shared:
        causes = ", ".join(comparison.shared)
        lines += paragraph(f"They share, so that this doubt cancels: {causes}.", width, style="dim")
    text = f"{numbers.plain_number(comparison.draws)} draws, seed {comparison.seed}, library {comparison.library}"
    return [*lines, *paragraph(text, width, style="dim")]


def _compare_group(c: Comparison, letters: Sequence[str], start: int, end: int, width: int) -> list[Line]:
    """One table of as many runs as fit side by side."""
    runs = c.runs[start:end]
    rows: list[list[Cell] | None] = []

    def add(label: str, quantities: Sequence[Quantity | None]) -> None:
        unit = shared_unit(quantities)
        row: list[Cell] = []
        for q in quantities:
            shown = show(q, unit) if q else None
            row += [shown.value, shown.interval] if shown else ["unknown", ""]
        text = f"{label}, {unit_label(unit)}" if unit else label
        rows.append([text, *row])

    add("Electricity at the devices", [r.energy for r in runs])
    for category, _ in runs[0].impacts:
        add(findings.short_name(category), [dict(r.impacts).get(category) for r in runs])
    for name, _ in runs[0].per_unit:
        add(name, [dict(r.per_unit).get(name) for r in runs])
    labels = list(dict.fromkeys(name for r in runs for name, _ in r.parts))
    rows += [None] if labels else []
    for name in labels:
        add(name, [dict(r.parts).get(name) for r in runs])
    head = ["", *(t for letter in letters[start:end] for t in (letter, "p05–p95"))]
    return table(head, rows, "l" + "rr" * len(runs), width)


def _difference(q: Quantity, lower: float, base: str, other: str, category: str, width: int) -> list[Line]:
    shown = show(q, signed=True)
    name = findings.short_name(category).lower()
    if not q.p05 and not q.p95:
        return paragraph(f"{other} − {base}, {name}: no difference.", width, hanging=2)
    text = f"{other} − {base}, {name}: {shown.value} {shown.unit}, between {shown.low} and {shown.high}. "
    chance = round(lower * 100)
    sure = f"{other} is lower in {'more than 99' if 99.5 <= lower * 100 < 100 else chance} % of the draws."
    return paragraph(text + sure, width, hanging=2)
