"""The pen draws what vl-convert draws of the same specification: the same shapes at the same places."""

import re
import xml.etree.ElementTree as ET
from random import Random

import pytest

from treadlight.core.quantity import Quantity
from treadlight.share.charts import Chart, Curve, Series, density_chart, power_chart, svg, svg_file, trend_chart
from treadlight.share.flows import flow_chart
from treadlight.share.layers import Layer, Layers

MONTHS = tuple(f"M{i}" for i in range(12))


def kg(value: float) -> Quantity:
    return Quantity("kgCO2e", value * 0.9, value, value * 1.2)


def trend() -> Chart:
    draw = Random(1)
    values = [kg(draw.uniform(90, 240)) for _ in MONTHS]
    gap = (*values[:4], None, values[5], None, *values[7:])
    older = tuple(kg(q.p50 * 0.8) for q in values)
    series = [Series("now", gap), Series("then", older, "beside")]
    return trend_chart("trend", "t", "s", MONTHS, series, "kgCO2e")


def density() -> Chart:
    draw = Random(2)
    a, b = (tuple(draw.gauss(mean, 2) for _ in range(400)) for mean in (4, 7))
    return density_chart("difference", "t", "s", [Curve("B", b), Curve("A", a, "beside")], "kgCO2e", zero=True)


def power() -> Chart:
    stack = Layers((0.0, 600.0, 1800.0, 7200.0), (Layer("gpu", (300.0, 310.0, 20.0)), Layer("cpu", (90.0, 80.0, 5.0))),
                   (False, False, False))  # fmt: skip
    names = {"gpu": "GPU", "cpu": "CPU"}
    return power_chart("power", "t", "s", stack, unit="W", watts=1.0, names=names, windows=[("e", 600.0, 1800.0)])


def flow() -> Chart:
    return flow_chart("flow", "t", [("training", kg(80), 0.8), ("inference", kg(20), 0.2)], "kgCO2e")


CHARTS = {"trend": trend, "density": density, "power": power, "flow": flow}
_COMMAND = re.compile(r"([MLHVZ])([^MLHVZ]*)")


def _points(path: str) -> list[tuple[float, float]]:
    """The places a path leads to; those on a straight line between others are left out."""
    found: list[tuple[float, float]] = []
    x = y = 0.0
    for command, text in _COMMAND.findall(path):
        numbers = [float(n) for n in re.findall(r"-?[\d.]+", text)]
        if command in "ML":
            x, y = numbers
        elif command in "HV":
            x, y = (numbers[0], y) if command == "H" else (x, numbers[0])
        found.append((x, y))
    return found


def _shapes(drawn: str, alike: str) -> list[tuple[str, list[tuple[float, float]]]]:
    """Colour and corners of each line and area of one of the tokens' colours, as shares of the plot's own size."""
    root = ET.fromstring(drawn)
    shapes = []
    for element in root.iter():
        if not element.tag.endswith("path") or element.get("transform"):
            continue
        opacity = element.get("opacity", "")
        if element.get(alike) and element.get("d", "").count("L") + element.get("d", "").count("H") > 1:
            shapes.append((f"{element.get(alike)} {opacity}", _points(element.get("d", ""))))
    return shapes


def _scaled(points: list[tuple[float, float]], wide: float) -> list[tuple[float, float]]:
    return [(x / wide, y) for x, y in points]


@pytest.mark.parametrize("name", ("trend", "density", "flow"))
def test_the_pen_draws_the_shapes_that_vl_convert_draws(name: str) -> None:
    chart = CHARTS[name]()
    ours, theirs = str(svg(chart, 600)), svg_file(chart, 600).decode()
    assert _shapes(ours, "fill")
    for alike in ("fill", "stroke"):
        mine, known = _shapes(ours, alike), _shapes(theirs, alike)
        known = [shape for shape in known if shape[0].split()[0] not in ("#F7F8FA", "#DDE1E7", "#14181F")]
        mine = [shape for shape in mine if shape[0].split()[0] not in ("#DDE1E7", "#14181F")]
        assert [colour for colour, _ in mine] == [colour for colour, _ in known]
        if not mine:
            continue
        widths = [max(x for _, points in shapes for x, _ in points) for shapes in (mine, known)]
        for (_, a), (_, b) in zip(mine, known, strict=True):
            assert len(a) == len(b)
            for (x, y), (u, v) in zip(_scaled(a, widths[0]), _scaled(b, widths[1]), strict=True):
                assert x == pytest.approx(u, abs=0.002)
                assert y == pytest.approx(v, abs=0.11)


@pytest.mark.parametrize("name", CHARTS)
def test_the_pen_writes_the_words_that_vl_convert_writes(name: str) -> None:
    chart = CHARTS[name]()
    words = [sorted(t for t in ET.fromstring(drawn).itertext() if t.strip())
             for drawn in (str(svg(chart, 600)), svg_file(chart, 600).decode())]  # fmt: skip
    assert words[0] == words[1]
    assert words[0]


@pytest.mark.parametrize("name", CHARTS)
@pytest.mark.parametrize("width", (350, 676))
def test_nothing_is_drawn_beside_the_sheet(name: str, width: int) -> None:
    root = ET.fromstring(str(svg(CHARTS[name](), width)))
    assert int(root.get("width", "0")) == width
    (plot,) = root
    left = float(plot.get("transform", "").removeprefix("translate(").partition(",")[0])
    for element in plot.iter():
        for x, _ in _points(element.get("d", "")) if element.tag.endswith("path") else []:
            assert 0 <= x + left <= width


def test_an_unknown_month_breaks_off_as_in_the_file() -> None:
    """A month in between that is unknown is no zero: no line leads down to the axis."""
    bottom = 230.0
    for colour, points in _shapes(str(svg(trend(), 676)), "stroke"):
        if colour.startswith("#2A3BB7"):
            assert all(y < bottom for _, y in points)
