"""Power over time and bars in characters: eighth blocks over an axis, `╱` where nothing could be read."""

import itertools
from itertools import groupby

from treadlight.core.quantity import Quantity
from treadlight.share.layers import Layers
from treadlight.share.numbers import figure
from treadlight.share.power import power_unit
from treadlight.share.scale import nice_ticks, time_ticks
from treadlight.share.terminal_text import Line, Piece, line

__all__ = ["bar", "power_plot"]

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_UNKNOWN = "╱"


def power_plot(stack: Layers, width: int, height: int = 8) -> list[Line]:
    """Mean power of the run as columns, `width` cells wide in all, with a labelled axis on both sides."""
    total = stack.total_w
    unit, watts = power_unit(max(total, default=0.0))
    top = max(max(total, default=0.0) / watts, 1e-9)
    ticks = nice_ticks(0, top, 4)
    labels = {round(t / ticks[-1] * height): figure(t, 0 if t == int(t) else 1) for t in ticks}
    margin = max(len(text) for text in labels.values()) + 1
    columns = _columns(stack, width - margin - 1)
    lines = [line(Piece(f"{unit}, all components together", "dim"))]
    for row in range(height, 0, -1):
        label = labels.get(row, "")
        cells = "".join(_cell(v / watts / ticks[-1] * height - (row - 1), unknown) for v, unknown in columns)
        lines.append(line(Piece(f"{label:>{margin}}", "dim"), Piece("┤" if label else "│", "dim"), *_coloured(cells)))
    lines.append(line(Piece(f"{labels.get(0, '0'):>{margin}}└" + "─" * len(columns), "dim")))
    lines.append(line(Piece(" " * (margin + 1) + _time_labels(stack.duration_s, len(columns)), "dim")))
    return lines


def _columns(stack: Layers, room: int) -> list[tuple[float, bool]]:
    """Mean power and whether something is unknown, for each of `room` equal times; energy is kept."""
    n, span = max(room, 8), stack.duration_s
    edges = [stack.t_s[0] + span * i / n for i in range(n + 1)]
    total, out, i = stack.total_w, [], 0
    for a, b in itertools.pairwise(edges):
        energy, unknown = 0.0, False
        while i and stack.t_s[i] > a:
            i -= 1
        while i < len(total) and stack.t_s[i] < b:
            overlap = min(stack.t_s[i + 1], b) - max(stack.t_s[i], a)
            if overlap > 0:
                energy += total[i] * overlap
                unknown = unknown or stack.unknown[i]
            i += 1
        i = max(i - 1, 0)
        out.append((energy / (b - a) if b > a else 0.0, unknown))
    return out


def _cell(level: float, unknown: bool) -> str:
    """One cell of a column filled to `level` (1 is full); above what is known, unknown is hatched."""
    if level >= 1:
        return "█"
    eighth = _EIGHTHS[round(max(level, 0) * 8)]
    return _UNKNOWN if unknown and eighth == " " else eighth


def _coloured(cells: str) -> list[Piece]:
    """The cells with what is known in the accent and the unknown pale."""
    groups = groupby(cells.rstrip(), key=lambda c: c == _UNKNOWN)
    return [Piece("".join(group), "dim" if unknown else "accent") for unknown, group in groups]


def _time_labels(duration_s: float, room: int) -> str:
    text = ""
    for at_s, label in time_ticks(duration_s, max(room // 14, 2)):
        at = round(at_s / duration_s * room) if duration_s else 0
        if at >= len(text) and at + len(label) <= room:
            text = text.ljust(at) + label + " "
    return text.rstrip()


def bar(quantity: Quantity | None, top: float, room: int, style: str = "") -> Line:
    """A bar in `room` cells from 0 to `top` [the quantity's unit]: full to p05, pale to p95, ticked at p50."""
    if quantity is None:
        return line(Piece(_UNKNOWN * min(4, room), "dim"))
    low, high = (round(max(v, 0) / top * room) for v in (quantity.p05, quantity.p95))
    middle = min(round(max(quantity.p50, 0) / top * room), room - 1)
    cells = ["█" if i < low else "▒" if i < high else " " for i in range(room)]
    cells[middle] = "│"
    return line(Piece("".join(cells).rstrip(), style))
