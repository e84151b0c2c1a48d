"""Assessed claims on a terminal: footprint beside what is avoided, the net interval, every gate, what may be said."""

import sys
from collections.abc import Sequence

from treadlight.assess.netimpact.result import Gate, NetImpact, Step, Trial
from treadlight.core.quantity import Quantity
from treadlight.share.net_impact import (
    AVOIDED,
    CLAIMED,
    GATE_MARKS,
    LIKELY,
    NET,
    amount,
    column_unit,
    finding,
    foot,
    footprint_name,
    may_be_said,
    notes,
    tally,
)
from treadlight.share.numbers import percent, plain_number, unit_label
from treadlight.share.terminal_text import Cell, Line, Piece, fit, line, paragraph, table

__all__ = ["show_claims"]

_BLANK: Line = ()
_BOLD = ("gross", "avoided", "net", "attributed")
_STYLES = {"pass": "dim", "fail": "warn", "unknown": "warn"}


def show_claims(found: Sequence[NetImpact], width: int = 0) -> list[Line]:
    """Everything that `treadlight net run` says."""
    width = fit(width, sys.stdout)
    lines: list[Line] = []
    for i, impact in enumerate(found):
        lines += [*([_BLANK, line(Piece("─" * width, "dim"))] if i else []), *_claim(impact, width)]
    return lines


def _claim(found: NetImpact, width: int) -> list[Line]:
    return [
        *_head(found, width),
        _BLANK,
        *_beside(found, width),
        *_trial(found.trial, width),
        _BLANK,
        *_steps(found.steps, width),
        _BLANK,
        *_gates(found.gates, width),
        *_notes(notes(found), width),
        _BLANK,
        line(Piece("What may be said", "bold")),
        *paragraph(may_be_said(found), width, 2, "" if found.holds else "warn"),
        _BLANK,
        *paragraph(foot(found), width, style="dim"),
    ]


def _head(found: NetImpact, width: int) -> list[Line]:
    claim = found.claim
    words = (claim.owner, claim.period, claim.geography, f"for {claim.functional_unit.name}")
    return [
        line(Piece(claim.title or claim.id, "bold")),
        *paragraph("; ".join(word for word in words if word), width, style="dim"),
        *paragraph(finding(found), width),
    ]


def _beside(found: NetImpact, width: int) -> list[Line]:
    """Footprint and what is avoided before it, side by side; what both leave is a line of its own."""
    unit = column_unit([found.footprint, found.avoided, found.net])
    likely: Cell = Piece("▨ unknown", "warn") if found.p_benefit is None else percent(found.p_benefit)
    rows: list[list[Cell] | None] = [
        [f"{footprint_name(found)}, whole in every inventory", *_amount(found.footprint, unit)],
        [f"{AVOIDED} ({found.claim.measured})", *_amount(found.avoided, unit)],
        None,
        [NET, *_amount(found.net, unit)],
        [LIKELY, likely, "", ""],
    ]
    told = found.claim.headline
    if told is not None:
        rows += [None, [f"{CLAIMED}: {told.source}", plain_number(told.value), unit_label(told.unit), ""]]
    return table(["Beside each other", "p50", "", "p05–p95"], rows, "lrlr", width)


def _trial(trial: Trial | None, width: int) -> list[Line]:
    if trial is None:
        return []
    rows: list[list[Cell] | None] = [
        ["Over all to whom it was offered (intention to treat)", *_amount(trial.intention_to_treat)],
        ["Over those who followed it (per protocol)", *_amount(trial.per_protocol)],
        ["Per protocol × compliance", *_amount(trial.implied)],
    ]
    counts = [
        f"{plain_number(n)} {name}"
        for name in ("eligible", "treated", "complied")
        if (n := getattr(trial, name)) is not None
    ]
    complied = f"; {percent(trial.compliance)} followed it" if trial.compliance is not None else ""
    text = f"{', '.join(counts)} ({trial.counted or 'units'}){complied}." if counts else "Counts are not known."
    return [
        _BLANK,
        *table(["The trial", "p50", "", "p05–p95"], rows, "lrlr", width),
        *paragraph(text, width, style="dim"),
    ]


def _steps(steps: Sequence[Step], width: int) -> list[Line]:
    rows: list[list[Cell] | None] = []
    unit = column_unit(step.quantity for step in steps)
    for step in steps:
        if step.sign == "=":
            rows.append(None)
        name = f"{step.sign or ' '} {step.name}{f' ({step.note})' if step.note else ''}"
        rows.append([Piece(name, "bold") if step.kind in _BOLD else name, *_amount(step.quantity, unit)])
    return table(["How it is computed", "p50", "", "p05–p95"], rows, "lrlr", width)


def _amount(quantity: Quantity | None, unit: str = "") -> list[Cell]:
    if quantity is None:
        return [Piece("▨ unknown", "warn"), "", ""]
    shown = amount(quantity, unit)
    return [shown.value, shown.unit, shown.interval]


def _gates(gates: Sequence[Gate], width: int) -> list[Line]:
    lines = [line(Piece("Gates", "bold"), Piece(f"  {tally(gates)}", "dim"))]
    for gate in gates:
        lines += paragraph(f"{GATE_MARKS[gate.state]} {gate.state:<7}  {gate.title}", width, 2, _STYLES[gate.state])
        lines += paragraph(gate.reason, width, 13, "dim")
    return lines


def _notes(texts: Sequence[str], width: int) -> list[Line]:
    if not texts:
        return []
    lines: list[Line] = [_BLANK, line(Piece("What a reader must know", "bold"))]
    for note in texts:
        lines += paragraph(note, width, 2, hanging=2)
    return lines
