"""Charts: Vega-Lite specifications with one theme made from the tokens, and what stands beside each of them.

A chart is data first: its rows are its table and its CSV, its summary is its text alternative, and its specification is
drawn into pages by `treadlight.share.pen`, to files by vl-convert and, with the same theme, by the browser. Colours of
a drawing that is put into a page are turned into the page's own by ``charts.css``, so one drawing serves light, dark
and print.
"""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from treadlight.core.cells import cell
from treadlight.core.errors import MissingExtraError
from treadlight.core.quantity import Quantity
from treadlight.share.engraved import inlined
from treadlight.share.layers import Layers
from treadlight.share.numbers import in_unit, unit_label
from treadlight.share.pen import can_draw, draw
from treadlight.share.scale import nice_ticks
from treadlight.share.theme import config, tokens

__all__ = [
    "KINDS",
    "Chart",
    "Curve",
    "Series",
    "chart_css",
    "density",
    "density_chart",
    "png",
    "power_chart",
    "safe_csv",
    "svg",
    "svg_file",
    "trend_chart",
    "warm",
]

KINDS = ("svg", "png", "csv", "json")
"""Forms in which every chart can be downloaded."""

_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
_VERSION = "6.1"
_THOUSANDS = {"labelExpr": "replace(datum.label, regexp(',', 'g'), '\u202f')"}
_CLEAR = {"labelOverlap": "greedy", "labelSeparation": 4}  # on a plot too narrow for all of them
_SIGNED = "replace('' + datum.value, '-', '\u2212')"
_LINE = 15  # height of a line of text [px]
_ONE = 110  # height of a plot of one position alone [px]
_END = 92  # room for the names of lines at their ends [px]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with all that stands beside it.

    Parameters
    ----------
    name
        Of its files.
    title
        One sentence for the caption.
    summary
        What it shows, in words: its text alternative.
    spec
        Vega-Lite specification without size and theme.
    columns, rows
        The same as a table: heads, and values as they are.
    height
        Of its plot [px].
    right
        Room beside it for names at the ends of lines [px].
    """

    name: str
    title: str
    summary: str
    spec: Mapping[str, Any]
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    height: int = 230
    right: int = 0

    def csv(self) -> str:
        """The table as CSV in which no cell can become a formula."""
        return safe_csv(self.columns, self.rows)

    def sized(self, width: int, theme: str = "light") -> dict[str, Any]:
        """The whole specification at a width [px], in a theme."""
        colours = tokens(theme)
        spec = json.loads(re.sub(r'"\$(\w+)"', lambda m: f'"{colours[m[1]]}"', json.dumps(self.spec)))
        fit = {"type": "fit-x", "contains": "padding"}
        about = {"$schema": _SCHEMA, "description": self.summary, "config": config(theme), "autosize": fit}
        about["padding"] = {"left": 0, "right": self.right, "top": 6, "bottom": 6}
        return {**about, **spec, "width": width, "height": self.height}


@dataclass(frozen=True, slots=True)
class Series:
    """A line with its band: values by position (None: unknown); ``kind`` is ``main`` or ``beside``.

    `nudge` moves the name at its end [px], so that two names do not meet; `when` names its positions in full, for the
    table, where the labels of the axis are shorter.
    """

    label: str
    values: tuple[Quantity | None, ...]
    kind: str = "main"
    nudge: int = 0
    when: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Curve:
    """A distribution: density over values, ``kind`` ``main`` or ``beside``."""

    label: str
    draws: tuple[float, ...]
    kind: str = "main"


def trend_chart(
    name: str,
    title: str,
    summary: str,
    labels: Sequence[str],
    series: Sequence[Series],
    unit: str,
    *,
    narrow: bool = False,
) -> Chart:
    """Values over time with their bands, the comparison in grey; the axis begins at zero.

    Parameters
    ----------
    labels
        One per position on the axis, such as months.
    unit
        In which to show [as in `treadlight.core.units`].
    narrow
        Fewer labels, for a phone.
    """
    known = [(s, i, in_unit(q, unit)) for s in series for i, q in enumerate(s.values) if q is not None]
    values: list[dict[str, Any]] = [
        {"i": i, "series": s.label, "low": q.p05, "mid": q.p50, "high": q.p95, "when": labels[i]} for s, i, q in known
    ]
    top = nice_ticks(0, max((v["high"] for v in values), default=1.0) or 1.0, 4)
    layers: list[dict[str, Any]] = []
    for s in _apart(series, top[-1], unit, 170 if narrow else 230):
        layers += _band([v for v in values if v["series"] == s.label], s)
    every = 3 if narrow else 1 if len(labels) <= 14 else 2
    shown = [i for i in range(len(labels)) if i % every == 0]
    names = json.dumps(list(labels))
    expr = f"{names}[datum.value]"
    x_axis = {"title": None, "values": shown, "labelExpr": expr, "labelAngle": 0, "labelFlush": True, **_CLEAR}
    encoding = {
        "x": {
            "field": "i",
            "type": "quantitative",
            "axis": x_axis,
            "scale": {"domain": [0, len(labels) - 1] if len(labels) > 1 else [-1, 1]},
        },
        "y": {
            "type": "quantitative",
            "axis": {"title": None, "values": top, **_THOUSANDS},
            "scale": {"domain": [0, top[-1]]},
        },
    }
    rows = tuple(
        (s.when[i] if s.when else labels[i], s.label, q.p05, q.p50, q.p95, unit_label(unit))
        for s, i, q in sorted(known, key=lambda k: (k[1], k[0].label))
    )
    columns = ("when", "series", "p05", "p50", "p95", "unit")
    layers = _with_axis(layers, encoding["y"])
    height = _ONE if len(labels) == 1 else 170 if narrow else 230
    return Chart(name, title, summary, {"encoding": encoding, "layer": layers}, columns, rows, height, _END)


def _apart(series: Sequence[Series], top: float, unit: str, height: int) -> list[Series]:
    """The comparison first, then what is in question; names at their ends at least a line apart."""
    ordered = sorted(series, key=lambda s: s.kind == "main")
    ends = [next((in_unit(q, unit).p50 for q in reversed(s.values) if q is not None), 0.0) for s in ordered]
    if len(ordered) == 2 and abs(ends[0] - ends[1]) / top * height < _LINE:
        way = 1 if ends[0] > ends[1] else -1
        return [replace(s, nudge=sign * way * _LINE // 2) for s, sign in zip(ordered, (-1, 1), strict=True)]
    return ordered


def _with_axis(layers: list[dict[str, Any]], y: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The layers, whose first says how the shared axis looks: Vega-Lite takes it from a layer that names a field."""
    first, *others = layers or [{}]
    named = {**y, **first.get("encoding", {}).get("y", {})}
    return [{**first, "encoding": {**first.get("encoding", {}), "y": named}}, *others] if layers else []


def _band(values: list[dict[str, Any]], series: Series) -> list[dict[str, Any]]:
    main = series.kind == "main"
    colour = "$accent" if main else "$ink3"
    data = {"values": values}
    mid = {"y": {"field": "mid", "type": "quantitative"}}
    ends = {"y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}}
    edge = {"color": colour, "strokeWidth": 0.9, "opacity": 0.7}
    found = [
        {"data": data, "mark": {"type": "area", "color": colour, "opacity": 0.16}, "encoding": ends},
        {"data": data, "mark": {"type": "line", "color": colour, "strokeWidth": 2.2 if main else 1.4}, "encoding": mid},
    ]
    if main:
        found += [
            {"data": data, "mark": {"type": "line", **edge}, "encoding": {"y": {"field": end, "type": "quantitative"}}}
            for end in ("low", "high")
        ]
        found.append(
            {"data": data, "mark": {"type": "point", "filled": True, "size": 26, "color": colour}, "encoding": mid}
        )
    alone = [v for v in values if not {v["i"] - 1, v["i"] + 1} & {other["i"] for other in values}]
    if alone:
        rule = {"type": "rule", "color": colour, "strokeWidth": 1.3}
        found.append({"data": {"values": alone}, "mark": rule, "encoding": ends})
    if values:
        weight = 600 if main else 400
        mark = {
            "type": "text",
            "align": "left",
            "dx": 8,
            "dy": series.nudge,
            "color": colour,
            "fontWeight": weight,
            "text": series.label,
        }
        found.append({"data": {"values": values[-1:]}, "mark": mark, "encoding": mid})
    return found


def power_chart(
    name: str, title: str, summary: str, stack: Layers, *, unit: str, watts: float, names: Mapping[str, str],
    windows: Sequence[tuple[str, float, float]] = (), narrow: bool = False,
) -> Chart:  # fmt: skip
    """Power over time, stacked by component: a half tint under a full edge; windows on a line beneath.

    Parameters
    ----------
    unit, watts
        Label of the unit of the axis, and how many watts it is.
    names
        Of the components, for people.
    """
    hours = [t / 3600 for t in stack.t_s]
    below = [0.0] * len(stack.total_w)
    layers: list[dict[str, Any]] = []
    for layer in stack.layers:
        above = [b + w / watts for b, w in zip(below, layer.watts, strict=True)]
        values = [
            {
                "a": round(hours[i], 4),
                "b": round(hours[i + 1], 4),
                "low": round(below[i], 4),
                "high": round(above[i], 4),
            }
            for i in range(len(above))
        ]
        layers += _layer(values, _colour(layer.component))
        below = above
    top = nice_ticks(0, max(below, default=1.0) or 1.0, 4)
    ticks = [t for t in nice_ticks(0, hours[-1], 4 if narrow else 7) if t <= hours[-1] * 1.001]
    x_axis = {"title": None, "values": ticks, "labelExpr": "datum.value + ' h'", "labelAngle": 0, "labelFlush": True}
    encoding = {
        "x": {"field": "a", "type": "quantitative", "axis": x_axis, "scale": {"domain": [0, hours[-1]], "nice": False}},
        "y": {
            "type": "quantitative",
            "axis": {"title": None, "values": top, **_THOUSANDS},
            "scale": {"domain": [0, top[-1]]},
        },
    }
    layers += _windows(windows, top[-1])
    heads = ("from s", "to s", *(f"{names.get(layer.component, layer.component)} W" for layer in stack.layers), "all W")
    rows = tuple(
        (stack.t_s[i], stack.t_s[i + 1], *(layer.watts[i] for layer in stack.layers), stack.total_w[i])
        for i in range(len(stack.total_w))
    )
    spec = {"encoding": encoding, "layer": _with_axis(layers, encoding["y"])}
    return Chart(name, title, summary, spec, heads, rows, 180 if narrow else 230)


def _layer(values: list[dict[str, Any]], colour: str) -> list[dict[str, Any]]:
    ends = {"y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}}
    edge = {"y": {"field": "high", "type": "quantitative"}}
    return [
        {
            "data": {"values": values},
            "mark": {"type": "area", "interpolate": "step-after", "color": colour, "opacity": 0.5},
            "encoding": ends,
        },
        {
            "data": {"values": values},
            "mark": {"type": "line", "interpolate": "step-after", "color": colour, "strokeWidth": 1.2},
            "encoding": edge,
        },
    ]


def _windows(windows: Sequence[tuple[str, float, float]], top: float) -> list[dict[str, Any]]:
    """Where named windows begin: fine lines in ink, so that they are told from the layers."""
    values = [{"a": round(t0 / 3600, 4), "low": 0, "high": top} for _, t0, _ in windows if t0 > 0]
    if not values:
        return []
    mark = {"type": "rule", "color": "$ink", "strokeWidth": 0.7, "strokeDash": [2, 3], "opacity": 0.6}
    ends = {"y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}}
    return [{"data": {"values": values}, "mark": mark, "encoding": ends}]


def _colour(component: str) -> str:
    fixed = {"gpu", "cpu", "memory", "facility", "embodied"}
    return f"${component}" if component in fixed else "$rest"


def density_chart(
    name: str, title: str, summary: str, curves: Sequence[Curve], unit: str, *, zero: bool = False, narrow: bool = False
) -> Chart:
    """Distributions side by side: likelier values higher; with `zero`, the line at which a difference changes sides."""
    shapes = [(curve, density(curve.draws)) for curve in curves if len(curve.draws) > 1]
    low = min((xs[0] for _, (xs, _) in shapes), default=0.0)
    high = max((xs[-1] for _, (xs, _) in shapes), default=1.0)
    low, high = (min(low, 0.0), max(high, 0.0)) if zero else (low, high)
    ticks = [t for t in nice_ticks(low, high, 5 if narrow else 8) if low <= t <= high]
    layers: list[dict[str, Any]] = []
    for curve, (xs, ys) in shapes:
        layers += _shape(curve, xs, ys)
    if zero:
        rule = {"type": "rule", "color": "$ink", "strokeWidth": 1}
        at = {"x": {"field": "x", "type": "quantitative"}, "y": {"value": 0}, "y2": {"value": 150 if narrow else 200}}
        layers.append({"data": {"values": [{"x": 0}]}, "mark": rule, "encoding": at})
    x_axis = {"title": None, "values": ticks, "labelAngle": 0, "labelExpr": _SIGNED}
    encoding = {
        "x": {"field": "x", "type": "quantitative", "axis": x_axis, "scale": {"domain": [low, high], "nice": False}},
        "y": {"type": "quantitative", "axis": None, "scale": {"domain": [0, 1.12]}},
    }
    rows = tuple((c.label, x, y) for c, (xs, ys) in shapes for x, y in zip(xs, ys, strict=True))
    columns = ("series", f"value, {unit_label(unit)}", "density, highest = 1")
    return Chart(name, title, summary, {"encoding": encoding, "layer": layers}, columns, rows, 150 if narrow else 200)


def _shape(curve: Curve, xs: Sequence[float], ys: Sequence[float]) -> list[dict[str, Any]]:
    main = curve.kind == "main"
    colour = "$accent" if main else "$ink2"
    values = [{"x": x, "y": y, "zero": 0} for x, y in zip(xs, ys, strict=True)]
    y = {"y": {"field": "y", "type": "quantitative"}}
    peak = max(values, key=lambda v: v["y"])
    label = {"type": "text", "dy": -8, "color": colour, "fontWeight": 600, "text": curve.label}
    return [
        {
            "data": {"values": values},
            "mark": {"type": "area", "color": colour, "opacity": 0.16},
            "encoding": {**y, "y2": {"field": "zero"}},
        },
        {"data": {"values": values}, "mark": {"type": "line", "color": colour, "strokeWidth": 1.8}, "encoding": y},
        {"data": {"values": [peak]}, "mark": label, "encoding": y},
    ]


def density(draws: Sequence[float], points: int = 96) -> tuple[list[float], list[float]]:
    """A smoothed histogram: Gaussian kernel, Silverman's width; the highest value is 1."""
    import numpy as np

    values = np.asarray(draws)
    low, high = np.quantile(values, (0.002, 0.998))
    spread = min(float(values.std()), float(np.subtract(*np.quantile(values, (0.75, 0.25)))) / 1.34) or 1e-9
    width = 0.9 * spread * len(values) ** -0.2
    xs = np.linspace(low - 2 * width, high + 2 * width, points)
    ys = np.exp(-0.5 * ((xs[:, None] - values[None, :]) / width) ** 2).sum(axis=1)
    return [float(x) for x in xs], [round(float(y), 5) for y in ys / ys.max()]


def warm() -> None:
    """Draw something, so that the first who downloads a chart does not wait until the drawing machine has started."""
    one = Quantity.exact(1.0, "kgCO2e")
    svg_file(trend_chart("warm", "", "", ["a", "b"], [Series("a", (one, one))], "kgCO2e"), 100)


def svg_file(chart: Chart, width: int, theme: str = "light") -> bytes:
    """The chart as an SVG file on paper of its theme."""
    drawn = _converter().vegalite_to_svg(_paper(chart.sized(width, theme), theme), vl_version=_VERSION)
    return str(drawn).encode()


def png(chart: Chart, width: int, theme: str = "light") -> bytes:
    """The chart as a PNG of twice the pixels, on paper of its theme."""
    drawn = _converter().vegalite_to_png(_paper(chart.sized(width, theme), theme), vl_version=_VERSION, scale=2.0)
    return bytes(drawn)


def svg(chart: Chart, width: int) -> Markup:
    """The chart as an element of a page, with its summary as text alternative and the page's own colours."""
    spec = chart.sized(width)
    return Markup(draw(spec, chart.summary) if can_draw(spec) else _engraved(json.dumps(spec), chart.summary))


@lru_cache(maxsize=64)
def _engraved(spec: str, summary: str) -> str:
    """What the pen cannot draw, such as scales of equal ratios."""
    return inlined(_converter().vegalite_to_svg(json.loads(spec), vl_version=_VERSION), summary)


def _paper(spec: dict[str, Any], theme: str) -> dict[str, Any]:
    room = {side: 16 + int(size) for side, size in spec["padding"].items()}
    return {**spec, "background": tokens(theme)["paper"], "padding": room}


def _converter() -> Any:
    try:
        import vl_convert
    except ImportError:
        raise MissingExtraError("vl-convert-python", "server", "drawing a chart") from None
    return vl_convert


def chart_css() -> str:
    """Rules that give a drawn chart the page's own colours, by the colours it was drawn in."""
    lines = []
    for name, colour in tokens("light").items():
        for attribute in ("fill", "stroke"):
            lines.append(f'.vl [{attribute}="{colour}" i] {{ {attribute}: var(--{name}); }}')
    return "\n".join(lines) + "\n"


def safe_csv(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """CSV in which no text cell can become a formula of a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([cell(c) for c in columns])
    writer.writerows([cell(value) for value in row] for row in rows)
    return out.getvalue()
