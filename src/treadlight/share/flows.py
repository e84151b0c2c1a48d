"""A life as a flow: stages on the left, each as high as its share, run together into the whole on the right."""

from collections.abc import Iterator, Sequence
from typing import Any

from treadlight.core.quantity import Quantity
from treadlight.core.texts import say
from treadlight.share.charts import Chart
from treadlight.share.numbers import in_unit, percent, unit_label

__all__ = ["flow_chart"]

_GAP, _LEAST = 0.07, 0.012  # between bands, and the height of one too small to see, over that of the drawing
_RIGHT, _POINTS = 0.99, 24
_WIDE, _NARROW, _SIGN, _MOST = 900, 350, 7.0, 0.5  # drawing, and a sign of a name [px]; room for names at most
_BAR = 0.006


def flow_chart(
    name: str, title: str, stages: Sequence[tuple[str, Quantity | None, float]], unit: str, *, narrow: bool = False
) -> Chart:
    """Bands from each stage (name, impact or None where unknown, share 0 to 1) to the whole; the largest in accent.

    Parameters
    ----------
    unit
        In which the table counts.
    """
    shown = [(stage, share) for stage, _, share in stages if share > 0]
    largest = max((share for _, share in shown), default=0.0)
    names = [f"{stage}, {percent(share)}" for stage, share in shown]
    room = (_SIGN * max(map(len, names), default=0) + 20) / (_NARROW if narrow else _WIDE)
    left = min(room, _MOST)
    layers: list[dict[str, Any]] = []
    for (_, share), text, (y0, z0, high) in zip(shown, names, _places([share for _, share in shown]), strict=True):
        colour, opacity = ("$accent", 0.24) if share == largest else ("$ink2", 0.2)
        layers.append(_area(_band(left, y0, z0, high), colour, opacity))
        layers.append(_area([{"x": left - _BAR, "a": y0, "b": y0 + high}, {"x": left, "a": y0, "b": y0 + high}]))
        mark = {"type": "text", "align": "left", "fontSize": 12, "color": "$ink", "text": text}
        layers.append({"data": {"values": [{"x": 0, "a": y0 + high / 2}]}, "mark": mark, "encoding": _AT})
    if shown:
        top, bottom = (1 - _room(len(shown))) / 2, (1 + _room(len(shown))) / 2
        layers.append(_area([{"x": x, "a": top, "b": bottom} for x in (_RIGHT, _RIGHT + _BAR)]))
    unknown = [f"{stage} {say('unknown')}" for stage, q, _ in stages if q is None]
    said = ", ".join([*(f"{stage} {percent(share)}" for stage, share in shown), *unknown]) or say("nothing is known")
    label = unit_label(unit)
    rows = tuple((stage, *_numbers(q, unit), label, None if q is None else share) for stage, q, share in stages)
    columns = ("stage", "p05", "p50", "p95", "unit", "share")
    height = min((60 if narrow else 80) * max(len(shown), 1), 170 if narrow else 220)
    return Chart(name, title, said, {"encoding": _AT, "layer": layers}, columns, rows, height)


def _numbers(quantity: Quantity | None, unit: str) -> tuple[float | None, ...]:
    """p05, p50 and p95; without numbers where it is unknown."""
    if quantity is None:
        return None, None, None
    q = in_unit(quantity, unit)
    return q.p05, q.p50, q.p95


_AT: dict[str, Any] = {
    "x": {"field": "x", "type": "quantitative", "axis": None, "scale": {"domain": [0, 1]}},
    "y": {"field": "a", "type": "quantitative", "axis": None, "scale": {"domain": [1, 0]}},
}


def _room(n: int) -> float:
    """Height of the whole: what the gaps between `n` bands leave."""
    return 1 - _GAP * (n - 1)


def _places(shares: Sequence[float]) -> Iterator[tuple[float, float, float]]:
    """Where each band begins on the left and on the right, and how high it is."""
    sizes = [max(share / sum(shares), _LEAST) for share in shares]
    room = _room(len(shares))
    y, z = 0.0, (1 - room) / 2
    for size in sizes:
        high = size / sum(sizes) * room
        yield y, z, high
        y, z = y + high + _GAP, z + high


def _band(left: float, y0: float, z0: float, high: float) -> list[dict[str, float]]:
    points = []
    for i in range(_POINTS + 1):
        t = i / _POINTS
        y = y0 + (z0 - y0) * t * t * (3 - 2 * t)
        points.append({"x": round(left + (_RIGHT - left) * t, 4), "a": round(y, 4), "b": round(y + high, 4)})
    return points


def _area(values: Sequence[dict[str, float]], colour: str = "$ink", opacity: float = 1.0) -> dict[str, Any]:
    mark = {"type": "area", "color": colour, "opacity": opacity}
    return {"data": {"values": list(values)}, "mark": mark, "encoding": {**_AT, "y2": {"field": "b"}}}
