"""A quantity of single years as bars: solid to p05, pale to p95, ticked at p50; a year without one stays empty."""

from collections.abc import Sequence
from typing import Any

from treadlight.core.quantity import Quantity
from treadlight.share.charts import Chart
from treadlight.share.numbers import in_unit, show, unit_label
from treadlight.share.scale import nice_ticks

__all__ = ["years_chart"]

_HALF = 0.3  # of a bar [year]


def years_chart(
    name: str, title: str, years: Sequence[tuple[int, Quantity]], unit: str, top: float, *, narrow: bool = False
) -> Chart:
    """One bar a year.

    Parameters
    ----------
    unit
        In which to show.
    top
        Highest value of the axis [unit]: charts that stand side by side share it.
    """
    known = [(year, in_unit(q, unit)) for year, q in years]
    first, last = min(year for year, _ in known), max(year for year, _ in known)
    ticks = nice_ticks(0, top or 1.0, 4)
    every = max(1, -(-(last - first + 1) // (5 if narrow else 8)))
    x: dict[str, Any] = {
        "field": "a", "type": "quantitative", "scale": {"domain": [first - 0.5, last + 0.5], "nice": False},
        "axis": {"title": None, "values": list(range(first, last + 1, every)), "format": "d", "labelAngle": 0},
    }  # fmt: skip
    y: dict[str, Any] = {"type": "quantitative", "axis": {"title": None, "values": list(ticks)},
                         "scale": {"domain": [0, ticks[-1]]}}  # fmt: skip
    box = {"x": x, "x2": {"field": "b"}, "y": {**y, "field": "low"}, "y2": {"field": "high"}}
    solid = [{**_sides(year), "low": 0.0, "high": q.p05} for year, q in known]
    pale = [{**_sides(year), "low": q.p05, "high": q.p95} for year, q in known]
    ticks_at = [{**_sides(year, 0.08), "mid": q.p50} for year, q in known]
    layers = [
        _layer(solid, "rect", "$ink2", 1.0, box),
        _layer(pale, "rect", "$ink2", 0.35, box),
        _layer(ticks_at, "rule", "$ink", 1.0, {"x": x, "x2": {"field": "b"}, "y": {**y, "field": "mid"}}),
    ]
    said = ", ".join(f"{year} {show(q, unit).text}" for year, q in years)
    rows = tuple((year, q.p05, q.p50, q.p95, unit_label(unit)) for year, q in known)
    return Chart(
        name, title, said, {"layer": layers}, ("year", "p05", "p50", "p95", "unit"), rows, 140 if narrow else 170
    )


def _sides(year: int, more: float = 0.0) -> dict[str, float]:
    return {"a": year - _HALF - more, "b": year + _HALF + more}


def _layer(values: list[dict[str, Any]], mark: str, colour: str, opacity: float, encoding: dict[str, Any]) -> Any:
    drawn: dict[str, Any] = {"type": mark, "color": colour, "opacity": opacity}
    if mark == "rule":
        drawn["strokeWidth"] = 1.6
    return {"data": {"values": values}, "mark": drawn, "encoding": encoding}
