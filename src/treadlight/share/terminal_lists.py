"""Lists on a terminal: runs, and figures of the library."""

import sys
from collections.abc import Sequence

from treadlight.share import numbers
from treadlight.share.comparison import LibraryRow, RunRow
from treadlight.share.numbers import show
from treadlight.share.terminal_text import Cell, Line, Piece, fit, line, paragraph, table, wrap

__all__ = ["library_rows", "runs_table"]

_ROOMY = 76
_HALL = "†"


def runs_table(rows: Sequence[RunRow], width: int = 0) -> list[Line]:
    """The list of runs, with energy at the devices and its interval."""
    width = fit(width, sys.stdout)
    if not rows:
        text = "Nothing is recorded yet. That does not mean zero: it means unknown."
        return [*paragraph(text, width), *_hint()]
    if width < _ROOMY:
        return _folded_runs(rows, width)
    dated = width >= 96
    head = ["Run", "Name", "Status", *(["Start, UTC"] if dated else []), "Lasted", "Energy", "p05–p95"]
    body = [_run_cells(r, dated) for r in rows]
    aligns = "lll" + ("l" if dated else "") + "rrr"
    return [*table(head, body, aligns, width, flexible=1), *_of_halls(rows, width)]


def _run_cells(r: RunRow, dated: bool) -> list[Cell]:
    energy = show(r.energy) if r.energy else None
    value = energy.text if energy else "" if r.status == "withdrawn" else "unknown"
    style = "warn" if r.status in ("failed", "interrupted") else "accent" if r.status == "running" else ""
    out: list[Cell] = [r.id[:18], r.name or "unnamed", Piece(r.status, style), *([r.start] if dated else [])]
    return [
        *out,
        numbers.duration(r.duration_s),
        f"{value} {_HALL}" if r.at_the_hall else value,
        energy.interval if energy else "",
    ]


def _folded_runs(rows: Sequence[RunRow], width: int) -> list[Line]:
    """The list for a narrow terminal: two lines a run."""
    lines: list[Line] = []
    for r in rows:
        energy = show(r.energy) if r.energy else None
        text = f"{energy.text} ({energy.interval})" if energy else "" if r.status == "withdrawn" else "energy unknown"
        text += f" {_HALL}" if r.at_the_hall else ""
        lines += [line(Piece(w, "bold")) for w in wrap(r.name or "unnamed", width)]
        facts = f"{r.id[:18]}  {r.status}  {r.start}  {numbers.duration(r.duration_s)}  {text}"
        lines += paragraph(facts.rstrip(), width, 2)
    return [*lines, *_of_halls(rows, width)]


def _of_halls(rows: Sequence[RunRow], width: int) -> list[Line]:
    """What the sign means, where it stands."""
    if not any(r.at_the_hall for r in rows):
        return []
    text = f"{_HALL} at the meter of the hall, cooling included: that of the devices alone is not stated."
    return paragraph(text, width, 0, "dim", hanging=2)


def _hint() -> list[Line]:
    return [line("  ", Piece("treadlight track -- python train.py", "accent"))]


def library_rows(rows: Sequence[LibraryRow], width: int = 0) -> list[Line]:
    """Figures of the library, each with its source."""
    width = fit(width, sys.stdout)
    if not rows:
        return [line("Nothing in the library is called so.")]
    lines: list[Line] = []
    for r in rows:
        shown = show(r.quantity) if r.quantity else None
        value = f"{shown.text}  {shown.interval}".rstrip() if shown else "unknown"
        lines += [line(Piece(w, "bold")) for w in wrap(r.id, width)]
        lines += paragraph(r.label, width, 2)
        lines += [line("  ", Piece(value, "accent"))]
        source = f"{r.source}, {r.year}. {r.licence}. {r.locator} (confidence: {r.confidence})"
        lines += paragraph(source, width, 2, "dim")
    return lines
