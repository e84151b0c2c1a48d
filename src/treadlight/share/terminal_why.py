"""Why-trees on a terminal: each step with its numbers, the source under its figure."""

import sys
from collections.abc import Sequence

from treadlight.core.marks import MARKS, mark
from treadlight.core.quantity import Quantity
from treadlight.share import numbers
from treadlight.share.account import WhyNode
from treadlight.share.numbers import show
from treadlight.share.terminal_text import Line, Piece, fit, line, paragraph, wrap
from treadlight.share.unfolding import unfolded_once

__all__ = ["why_tree"]

_BLANK: Line = ()


def why_tree(node: WhyNode, width: int = 0) -> list[Line]:
    """A why-tree: each step is the sum (+) or product (×) of those beneath it; sources stand under their figures."""
    width = fit(width, sys.stdout)
    rows: list[tuple[str, str, WhyNode]] = []
    _collect(unfolded_once(node), "", "", rows)
    texts = [_why_texts(n) for _, _, n in rows]
    widths = [max(len(t[i]) for t in texts) for i in range(4)]
    room = width - sum(widths) - 8
    deepest = max(len(first) for first, _, _ in rows)
    stacked = room < deepest + 14
    lines = (
        [] if stacked else [_why_row(("Step", "", "", ""), ("p50", "", "p05–p95", "doubt"), widths, room, head=True)]
    )
    for (first, later, step), text in zip(rows, texts, strict=True):
        lines += _why_head(first, later, step, text, widths, 0 if stacked else room, width)
        lines += _why_notes(later, step, width)
    lines.append(_BLANK)
    legend = "  ".join(f"{m} {w}" for w, m in MARKS.items())
    lines += paragraph(legend, width, style="dim")
    about = (
        "doubt: share of the uncertainty of the first number; better data narrows it most where this is largest. "
        "A cause that serves several steps counts in each."
    )
    return [*lines, *paragraph(about, width, style="dim")]


def _collect(node: WhyNode, first: str, later: str, rows: list[tuple[str, str, WhyNode]]) -> None:
    rows.append((first, later, node))
    for i, child in enumerate(node.children):
        last = i == len(node.children) - 1
        _collect(child, later + ("└ " if last else "├ "), later + ("  " if last else "│ "), rows)


def _why_texts(node: WhyNode) -> tuple[str, str, str, str]:
    doubt = numbers.percent(node.share_of_doubt) if node.share_of_doubt is not None else ""
    if node.amount is None:
        return "unknown", "", "", doubt
    low, high = (node.amount if e is None else e for e in (node.p05, node.p95))
    shown = show(Quantity(node.unit, min(low, node.amount), node.amount, max(high, node.amount)), at_least=2)
    return shown.value, shown.unit, shown.interval, doubt


def _why_row(
    label: tuple[str, str, str, str], texts: Sequence[str], widths: Sequence[int], room: int, *, head: bool = False
) -> Line:
    first, name, sign, style = label
    pad = " " * max(room - len(first) - len(name), 0)
    value, unit, interval, doubt = (f"{t:>{w}}" if i != 1 else f"{t:<{w}}" for i, (t, w) in
                                    enumerate(zip(texts, widths, strict=True)))  # fmt: skip
    tail = "dim" if head else ""
    parts = (Piece(first, "dim"), Piece(name, style), pad, f" {sign or ' '} ", Piece(value, tail or "bold"), " ")
    rest = (Piece(unit, "dim"), "  ", Piece(interval, tail), "  ", Piece(doubt, tail or "accent"))
    return line(*parts, *rest)


def _why_head(
    first: str, later: str, node: WhyNode, texts: Sequence[str], widths: Sequence[int], room: int, width: int
) -> list[Line]:
    """A step and its numbers: in columns where there is room for them, else on the line beneath."""
    sign = {"sum": " +", "product": " ×", "quotient": " ÷"}.get(node.op, "") if node.children else ""
    known = mark(node.method) if node.method else mark("unknown") if node.amount is None else ""
    names = wrap(node.label + sign, max((room or width) - len(first), 8))
    deeper = [line(Piece(later, "dim"), n) for n in names[1:]]
    if room:
        return [_why_row((first, names[0], known, ""), texts, widths, room), *deeper]
    value, unit, interval, doubt = texts
    facts = ", ".join(t for t in (f"{known} {value} {unit}".strip(), interval, doubt and f"doubt {doubt}") if t)
    beneath = later + ("│ " if node.children else "  ")
    numbers_ = [line(Piece(beneath, "dim"), Piece(w, "bold")) for w in wrap(facts, max(width - len(beneath), 8))]
    return [line(Piece(first, "dim"), names[0]), *deeper, *numbers_]


def _why_notes(later: str, node: WhyNode, width: int) -> list[Line]:
    """What stands under a step: its equation, its source, how it was found."""
    beneath = later + ("│ " if node.children else "  ")
    notes = [node.note] if node.note else []
    if node.source:
        s = node.source
        cited = f"{s.citation}, {s.year}" if s.year else s.citation
        notes.append(f"{cited}. {s.licence}. {s.locator} (confidence: {s.confidence})")
        notes += [s.url] if s.url else []
    notes += [f"{'found' if found else 'not found'}: {rung}{f', {d}' if d else ''}" for rung, found, d in node.rungs]
    wrapped = (w for note in notes for w in wrap(note, max(width - len(beneath), 8)))
    return [line(Piece(beneath, "dim"), Piece(w, "dim")) for w in wrapped]
