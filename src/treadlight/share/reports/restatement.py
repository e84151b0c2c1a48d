"""Restatements on a terminal: what changed between two libraries, by how much, by which factor."""

from collections.abc import Sequence

from treadlight.assess.restate import Change, Restatement
from treadlight.core.category import CATEGORIES
from treadlight.core.quantity import Quantity
from treadlight.share.numbers import show
from treadlight.share.terminal_text import Line, Piece, fit, line, paragraph, table

__all__ = ["restatement_table"]

_SHOWN = 8
_BLANK: Line = ()


def restatement_table(
    old: str, new: str, activities: int, categories: Sequence[Restatement], width: int = 0
) -> list[Line]:
    """Totals under both libraries, then each changed factor with what it moves."""
    width = fit(width)
    rows = [[CATEGORIES[r.category].name, _text(r.old), _text(r.new), _change(r)] for r in categories]
    lines = [
        line(Piece(f"{activities} activities under library {old} and {new}", "bold")),
        _BLANK,
        *table(["Category", old, new, "Change"], rows, "lrrr", width),
    ]
    for restated in categories:
        lines += _factors(restated, width)
    if not any(r.changes for r in categories):
        lines += [_BLANK, *paragraph("No factor that these activities need has changed.", width)]
    return [*lines, _BLANK, *paragraph("The activities did not change; factors did.", width, style="dim")]


def _text(quantity: Quantity | None) -> str:
    return show(quantity).text if quantity else "unknown"


def _change(restated: Restatement) -> str:
    difference = restated.new_central - restated.old_central
    if not difference:
        return "none"
    if not restated.old_central:
        return "newly known"
    return f"{difference / restated.old_central:+.1%}".replace("-", "−")


def _factors(restated: Restatement, width: int) -> list[Line]:
    if not restated.changes:
        return []
    unit = CATEGORIES[restated.category].unit
    lines: list[Line] = [_BLANK, line(Piece(CATEGORIES[restated.category].name, "bold"))]
    for change in restated.changes[:_SHOWN]:
        moved = f"{change.effect:+.3g} {unit}".replace("-", "−")
        lines += paragraph(f"{moved}  {change.process}: {change.factor}, {_values(change)}", width, 2, hanging=2)
        if change.old_source != change.new_source:
            for what, source in (("from", change.old_source), ("to", change.new_source)):
                if source:
                    lines += paragraph(f"{what} {source}", width, 6, "dim", hanging=2)
    rest = restated.changes[_SHOWN:]
    if rest:
        moved = f"{sum(c.effect for c in rest):+.3g} {unit}".replace("-", "−")
        lines += paragraph(f"{moved}  {len(rest)} more", width, 2)
    return lines


def _values(change: Change) -> str:
    old = "not there" if change.old is None else f"{change.old:.4g}"
    new = "not there" if change.new is None else f"{change.new:.4g}"
    unit = "" if change.unit == "per unit" else f" {change.unit}"
    return f"{old} before, {new} now{unit}"
