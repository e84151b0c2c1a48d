"""Charts of what moves a study: inputs one by one as a tornado, and two quantities over a parameter where they meet."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from treadlight.assess.draws import Array
from treadlight.core.quantity import Quantity
from treadlight.core.texts import say
from treadlight.share.charts import Chart
from treadlight.share.numbers import in_unit, plain_number, unit_label
from treadlight.share.scale import nice_ticks

__all__ = ["Bar", "Meeting", "meeting_chart", "scaled", "tornado_chart"]

_LINE = 15  # height of a line of an input's name [px]
_BAR = 26  # height of its bar, with what is left free around it [px]
_LINES = 2  # so many lines a name may have
_SHORT = "datum.value >= 10000 ? format(datum.value, '~s') : format(datum.value, '~g')"
_SIGNED = "replace(format(datum.value, '~g'), '-', '\u2212')"


@dataclass(frozen=True, slots=True)
class Bar:
    """An input: its name, from what to what it is moved, and the result [unit of the chart] at either end."""

    label: str
    low: str
    high: str
    at_low: float
    at_high: float


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two quantities over a parameter, and where they meet.

    Parameters
    ----------
    values
        Of the parameter, ascending, shape (m,).
    left, right
        p05, p50, p95 of each [unit], shape (m, 3).
    at
        Value at which they are equal; None where they never are.
    """

    parameter: str
    values: Array
    left_name: str
    left: Array
    right_name: str
    right: Array
    at: Quantity | None


def tornado_chart(
    name: str, title: str, bars: Sequence[Bar], central: float, unit: str, *, narrow: bool = False
) -> Chart:
    """One row an input, its name above its bar: from the result at its low end to that at its high end (in accent)."""
    ends = [end for bar in bars for end in (bar.at_low, bar.at_high)]
    ticks = nice_ticks(min([central, *ends]), max([central, *ends]), 4 if narrow else 7)
    x = {"field": "a", "type": "quantitative", "scale": {"domain": [ticks[0], ticks[-1]], "nice": False},
         "axis": {"title": None, "values": list(ticks), "labelAngle": 0, "labelExpr": _SIGNED}}  # fmt: skip
    y = {"field": "y", "type": "quantitative", "axis": None, "scale": {"domain": [len(bars), 0]}}
    named = [_within(bar, 52 if narrow else 110) for bar in bars]
    name_px = _LINE * max(map(len, named), default=1)
    row_px = name_px + _BAR
    top, foot = (name_px + 4) / row_px, 1 - 9 / row_px
    layers: list[dict[str, Any]] = []
    for i, bar in enumerate(bars):
        for end, colour, opacity in ((bar.at_low, "$ink2", 0.35), (bar.at_high, "$accent", 0.6)):
            box = {"a": central, "b": end, "y": i + top, "z": i + foot}
            layers.append({"data": {"values": [box]}, "mark": {"type": "rect", "color": colour, "opacity": opacity},
                           "encoding": {"x": x, "x2": {"field": "b"}, "y": y, "y2": {"field": "z"}}})  # fmt: skip
        mark = {"type": "text", "align": "left", "baseline": "top", "color": "$ink", "fontSize": 12,
                "lineHeight": _LINE, "text": named[i]}  # fmt: skip
        at = {
            "data": {"values": [{"a": ticks[0], "y": i + top - (4 + _LINE * len(named[i])) / row_px}]},
            "mark": mark,
            "encoding": {"x": x, "y": y},
        }
        layers.append(at)
    middles = [{"a": central, "y": i + top - 2 / row_px, "z": i + foot + 2 / row_px} for i in range(len(bars))]
    rule = {"data": {"values": middles}, "mark": {"type": "rule", "color": "$ink", "strokeWidth": 1},
            "encoding": {"x": x, "y": y, "y2": {"field": "z"}}}  # fmt: skip
    said = "; ".join(f"{b.label}: {plain_number(b.at_low)} … {plain_number(b.at_high)}" for b in bars)
    rows = tuple((b.label, b.low, b.high, b.at_low, b.at_high, unit_label(unit)) for b in bars)
    columns = ("input", "low", "high", "result at low", "result at high", "unit")
    height = row_px * max(len(bars), 1)
    return Chart(name, title, said, {"layer": [*layers, rule]}, columns, rows, height)


def _within(bar: Bar, most: int) -> list[str]:
    """What is varied, in lines, with its ends where there is room for them; the table beside it has the whole."""
    whole = f"{bar.label} ({bar.low} … {bar.high})" if bar.low else bar.label
    lines = wrap(whole, most)
    return lines if len(lines) <= _LINES else wrap(bar.label, most, max_lines=_LINES, placeholder=" …")


def meeting_chart(name: str, title: str, found: Meeting, unit: str, *, narrow: bool = False) -> Chart:
    """Both quantities with their bands over the parameter; a rule where they are equal."""
    low, high = float(found.values[0]), float(found.values[-1])
    shown = {"title": None, "labelAngle": 0, "values": _marks(low, high, 4 if narrow else 8), "labelExpr": _SHORT}
    kind = "log" if _in_ratios(low, high) else "linear"
    x = {"field": "x", "type": "quantitative", "axis": shown,
         "scale": {"type": kind, "domain": [low, high], "nice": False}}  # fmt: skip
    y = _upwards(found)
    layers = [*_banded(found.values, found.right, "$ink2", x, y), *_banded(found.values, found.left, "$accent", x, y)]
    if found.at is not None:
        mark = {"type": "rule", "color": "$ink", "strokeDash": [2, 3]}
        layers.append({"data": {"values": [{"x": found.at.p50}]}, "mark": mark, "encoding": {"x": x}})
    rows = tuple(
        (found.parameter, float(v), label, *map(float, p), unit_label(unit))
        for label, side in ((found.left_name, found.left), (found.right_name, found.right))
        for v, p in zip(found.values, side, strict=True)
    )
    columns = ("parameter", "value", "series", "p05", "p50", "p95", "unit")
    return Chart(name, title, _said(found), {"layer": layers}, columns, rows, 170 if narrow else 230)


def _in_ratios(low: float, high: float) -> bool:
    """Whether values run over more than a power of ten, and so stand in equal ratios."""
    return low > 0 and high / low >= 10


def _upwards(found: Meeting) -> dict[str, Any]:
    """The axis of results: from zero, or in equal ratios where they run very far."""
    least = min(float(found.left.min()), float(found.right.min()))
    most = max(float(found.left.max()), float(found.right.max()))
    steep = least > 0 and most / least > 30
    scale: dict[str, Any] = {"type": "log", "nice": True} if steep else {"zero": True}
    return {"type": "quantitative", "axis": {"title": None, "tickCount": 4, "labelExpr": _SHORT}, "scale": scale}


def _banded(values: Array, side: Array, colour: str, x: dict[str, Any], y: dict[str, Any]) -> list[dict[str, Any]]:
    """A quantity as a line with its band."""
    points = [
        {"x": float(v), "low": float(p[0]), "mid": float(p[1]), "high": float(p[2])}
        for v, p in zip(values, side, strict=True)
    ]
    ends = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
    mid = {"x": x, "y": {**y, "field": "mid"}}
    return [
        {"data": {"values": points}, "mark": {"type": "area", "color": colour, "opacity": 0.16}, "encoding": ends},
        {"data": {"values": points}, "mark": {"type": "line", "color": colour, "strokeWidth": 2}, "encoding": mid},
    ]


def _marks(low: float, high: float, most: int) -> list[float]:
    """Where an axis is labelled: on powers of ten where it runs over them, at most so many."""
    if not _in_ratios(low, high):
        return [tick for tick in nice_ticks(low, high, most) if low <= tick <= high]
    powers = range(math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9) + 1)
    every = max(1, -(-len(powers) // most))
    steps = (1, 3) if 2 * len(powers) <= most else (1,)
    return [v for p in powers[::every] for s in steps if low <= (v := s * 10.0**p) <= high * (1 + 1e-9)]


def _said(found: Meeting) -> str:
    names = {"left": found.left_name, "right": found.right_name, "parameter": found.parameter}
    if found.at is None:
        return say("{left} and {right} over {parameter}: they never meet.", **names)
    return say("{left} and {right} over {parameter}: equal at {value}.", value=plain_number(found.at.p50), **names)


def scaled(values: Array, unit: str, to: str) -> Array:
    """Amounts in another unit."""
    factor = in_unit(Quantity.exact(1.0, unit), to).p50
    found: Array = values * factor
    return found
