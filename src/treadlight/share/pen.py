"""The pen: draws into a page what a Vega-Lite specification of `treadlight.share.charts` says, in a millisecond.

Files and PNG are drawn by vl-convert from the same specification; tests hold the two drawings together. It draws what
those charts use: lines, areas, rules, points and texts over two linear scales whose domains and ticks are stated.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from math import ceil, pi
from typing import Any

from markupsafe import escape

from treadlight.share.scale import Scale

__all__ = ["can_draw", "draw"]

_FONT_PX = 12
_BELOW_PX = 18  # a line of labels under the plot
_EDGE_PX = 2
_NARROW_SIGNS = frozenset(".,:;'|!ijl \u202f\u2009\u00a0")
_ANCHORS = {None: "middle", "left": "start", "right": "end"}
_REPLACED = re.compile(r"datum\.value \+ '(.*)'")

Spec = Mapping[str, Any]


def can_draw(spec: Spec) -> bool:
    """Whether a specification is one of those the pen knows: two scales that all layers share."""
    return "encoding" in spec


def draw(spec: Spec, alt: str) -> str:
    """A sized specification as an element of a page, with `alt` as its text alternative."""
    x_axis, y_axis = (spec["encoding"][name].get("axis") for name in ("x", "y"))
    padding, axis = spec["padding"], spec["config"]["axisY"]
    y_labels = [_text_of(tick, y_axis) for tick in y_axis["values"]] if y_axis else []
    left = max((ceil(_width(text)) for text in y_labels), default=0) + (axis["labelPadding"] if y_labels else 0)
    left, top = left + _EDGE_PX, padding["top"] + _FONT_PX // 2
    plot = Plot(spec, spec["width"] - left - padding["right"] - _EDGE_PX, spec["height"])
    body = [*plot.grid(y_axis), *plot.x_labels(x_axis), *plot.y_labels(y_axis, y_labels), *plot.marks()]
    high = top + spec["height"] + (_BELOW_PX if x_axis else _EDGE_PX)
    head = f'<svg class="vl" width="{spec["width"]}" height="{high}" viewBox="0 0 {spec["width"]} {high}"'
    drawn = f'<g fill="none" transform="translate({left},{top})">{"".join(body)}</g>'
    return f'{head} role="img" aria-label="{escape(alt)}">{drawn}</svg>'


class Plot:
    """The area between the axes.

    Parameters
    ----------
    spec
        The sized specification.
    width, height
        Of the area [px].
    """

    def __init__(self, spec: Spec, width: float, height: float) -> None:
        self._spec, self._config, self.width, self.height = spec, spec["config"], width, height
        (west, east), (south, north) = (spec["encoding"][name]["scale"]["domain"] for name in ("x", "y"))
        self._x, self._y = Scale(west, east, 0, width), Scale(south, north, height, 0)
        self._x_field = spec["encoding"]["x"]["field"]

    def grid(self, axis: Spec | None) -> Iterator[str]:
        """A line for each tick of the upright axis."""
        if axis:
            path = "".join(f"M0,{_short(self._y(tick))}H{_short(self.width)}" for tick in axis["values"])
            yield f'<path d="{path}" stroke="{self._config["axisY"]["gridColor"]}"/>'

    def x_labels(self, axis: Spec | None) -> Iterator[str]:
        """The lower axis: its line and its labels, those at its ends within it."""
        if not axis:
            return
        line = self._config["axisX"]["domainColor"]
        yield f'<path d="M0,{_short(self.height)}H{_short(self.width)}" stroke="{line}"/>'
        yield f'<g font-size="{_FONT_PX}" fill="{self._config["axisX"]["labelColor"]}" text-anchor="middle">'
        for tick in axis["values"]:
            x, text = self._x(tick), _text_of(tick, axis)
            half = _width(text) / 2
            anchor = "start" if x < min(half, 1) else "end" if x > self.width - min(half, 1) else ""
            said = f' text-anchor="{anchor}"' if anchor else ""
            yield f'<text x="{_short(x)}" y="{_short(self.height + 15)}"{said}>{escape(text)}</text>'
        yield "</g>"

    def y_labels(self, axis: Spec | None, texts: Sequence[str]) -> Iterator[str]:
        """Labels of the upright axis, left of it."""
        if not axis:
            return
        look = self._config["axisY"]
        yield f'<g font-size="{_FONT_PX}" fill="{look["labelColor"]}" text-anchor="end">'
        for tick, text in zip(axis["values"], texts, strict=True):
            yield f'<text x="-{look["labelPadding"]}" y="{_short(self._y(tick) + 4)}">{escape(text)}</text>'
        yield "</g>"

    def marks(self) -> Iterator[str]:
        """What the layers show, in their order."""
        ways = {"area": self._area, "line": self._line, "rule": self._rule, "point": self._point, "text": self._text}
        for layer in self._spec["layer"]:
            values, mark, encoding = layer["data"]["values"], layer["mark"], layer["encoding"]
            if values:
                yield ways[mark["type"]](values, mark, encoding)

    def _points(self, values: Sequence[Spec], encoding: Spec, name: str = "y") -> list[tuple[float, float]]:
        """Places of the values; one that names a number, not a field, is that many pixels from above."""
        at = encoding[name]
        field = encoding.get("x", {}).get("field", self._x_field)
        return [(self._x(v[field]), at["value"] if "value" in at else self._y(v[at["field"]])) for v in values]

    def _area(self, values: Sequence[Spec], mark: Spec, encoding: Spec) -> str:
        there = self._points(values, encoding)
        back = self._points(values, encoding, "y2")
        step = mark.get("interpolate") == "step-after"
        path = _path(there, step) + "L" + _path(back[::-1], step, backward=True)[1:] + "Z"
        return f'<path d="{path}" fill="{mark["color"]}" opacity="{mark["opacity"]}"/>'

    def _line(self, values: Sequence[Spec], mark: Spec, encoding: Spec) -> str:
        path = _path(self._points(values, encoding), mark.get("interpolate") == "step-after")
        opacity = f' opacity="{mark["opacity"]}"' if "opacity" in mark else ""
        look = f'stroke="{mark["color"]}" stroke-width="{mark["strokeWidth"]}" stroke-linejoin="round"{opacity}'
        return f'<path d="{path}" {look}/>'

    def _rule(self, values: Sequence[Spec], mark: Spec, encoding: Spec) -> str:
        pairs = zip(self._points(values, encoding), self._points(values, encoding, "y2"), strict=True)
        path = "".join(f"M{_short(x)},{_short(y)}V{_short(end)}" for (x, y), (_, end) in pairs)
        dash = f' stroke-dasharray="{",".join(map(str, mark["strokeDash"]))}"' if "strokeDash" in mark else ""
        opacity = f' opacity="{mark["opacity"]}"' if "opacity" in mark else ""
        return f'<path d="{path}" stroke="{mark["color"]}" stroke-width="{mark["strokeWidth"]}"{dash}{opacity}/>'

    def _point(self, values: Sequence[Spec], mark: Spec, encoding: Spec) -> str:
        radius = _short((mark["size"] / pi) ** 0.5)
        dots = (f'<circle cx="{_short(x)}" cy="{_short(y)}" r="{radius}"/>' for x, y in self._points(values, encoding))
        return f'<g fill="{mark["color"]}" opacity="0.7">{"".join(dots)}</g>'  # Vega's own opacity of points

    def _text(self, values: Sequence[Spec], mark: Spec, encoding: Spec) -> str:
        ((x, y),) = self._points(values[:1], encoding)
        x, y = x + mark.get("dx", 0), y + mark.get("dy", 0) + (4 if mark.get("align") else 0)
        anchor = _ANCHORS[mark.get("align")]
        look = f'font-size="{_FONT_PX}" font-weight="{mark.get("fontWeight", 400)}" fill="{mark["color"]}"'
        return f'<text x="{_short(x)}" y="{_short(y)}" text-anchor="{anchor}" {look}>{escape(mark["text"])}</text>'


def _path(points: Sequence[tuple[float, float]], step: bool = False, *, backward: bool = False) -> str:
    """A line through the points; with `step` each value holds until the next point (`backward`: drawn from the end)."""
    first, *others = points
    found = [f"M{_short(first[0])},{_short(first[1])}"]
    here = first
    for x, y in others:
        if step:
            found.append(f"V{_short(y)}H{_short(x)}" if backward else f"H{_short(x)}V{_short(y)}")
        elif round(y, 1) == round(here[1], 1):
            found.append(f"H{_short(x)}")
        else:
            found.append(f"L{_short(x)},{_short(y)}")
        here = x, y
    return "".join(found)


def _short(value: float) -> str:
    """A coordinate with one decimal."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _text_of(tick: float, axis: Spec) -> str:
    """What a tick says, by the axis's label expression."""
    how = str(axis.get("labelExpr", ""))
    plain = f"{tick:.12g}"
    if how.startswith("["):
        return str(json.loads(how.removesuffix("[datum.value]"))[int(tick)])
    if found := _REPLACED.fullmatch(how):
        return plain + found[1]
    if "datum.label" in how:
        return f"{tick:,.12g}".replace(",", "\u202f").replace("-", "\u2212")
    return plain.replace("-", "\u2212")


def _width(text: str) -> float:
    """About how wide a text is in the pages' font [px]."""
    return sum(0.28 if sign in _NARROW_SIGNS else 0.57 for sign in text) * _FONT_PX
