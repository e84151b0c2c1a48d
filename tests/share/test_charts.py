"""Charts: one theme, every number in the table, nothing that a page or a spreadsheet would run."""

import csv
import io
import json
import xml.etree.ElementTree as ET
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadlight.core.cells import cell
from treadlight.core.quantity import Quantity
from treadlight.share.charts import (
    Curve,
    Series,
    chart_css,
    density_chart,
    png,
    power_chart,
    safe_csv,
    svg,
    svg_file,
    trend_chart,
)
from treadlight.share.layers import Layer, Layers
from treadlight.share.theme import THEMES, tokens

MONTHS = ("Nov", "Dec", "Jan")


def kg(p05, p50, p95):
    return Quantity("kgCO2e", p05, p50, p95)


@pytest.fixture
def trend():
    series = [
        Series("this year", (kg(30, 35, 44), None, kg(28, 33, 41))),
        Series("before", (kg(33, 38, 48), kg(32, 37, 47), kg(31, 36, 46)), "beside"),
    ]
    return trend_chart("trend", "Carbon by month.", "It falls from 35 to 33.", MONTHS, series, "kgCO2e")


@pytest.fixture
def power():
    stack = Layers((0.0, 60.0, 120.0), (Layer("gpu", (300.0, 310.0)), Layer("cpu", (90.0, 80.0))), (False, False))
    names = {"gpu": "GPU", "cpu": "CPU"}
    windows = [("epoch 1", 60.0, 120.0)]
    return power_chart("power", "Power.", "High.", stack, unit="W", watts=1.0, names=names, windows=windows)


@pytest.fixture
def density():
    draws = tuple(float(i % 17) - 8 for i in range(200))
    return density_chart("difference", "B minus A.", "Even.", [Curve("B − A", draws)], "kgCO2e", zero=True)


@pytest.mark.parametrize("name", ("trend", "power", "density"))
def test_a_drawing_is_well_formed_themed_and_carries_its_summary(name, request):
    chart = request.getfixturevalue(name)
    drawn = str(svg(chart, 600))
    root = ET.fromstring(drawn)
    assert root.get("aria-label") == chart.summary and root.get("role") == "img"
    assert "<script" not in drawn and "style=" not in drawn and "<image" not in drawn
    colours = {e.get(a) for e in root.iter() for a in ("fill", "stroke")} - {None, "none", "transparent"}
    assert colours <= set(tokens("light").values())


@pytest.mark.parametrize("theme", THEMES)
def test_files_stand_on_the_paper_of_their_theme(trend, theme):
    drawn = svg_file(trend, 600, theme).decode()
    assert tokens(theme)["paper"] in drawn and tokens(theme)["accent"] in drawn
    assert png(trend, 600, theme).startswith(b"\x89PNG")


def test_every_number_is_in_the_table_and_unknown_months_are_not_drawn_as_zero(trend):
    rows = list(csv.reader(io.StringIO(trend.csv())))
    assert rows[0] == ["when", "series", "p05", "p50", "p95", "unit"]
    assert ["Nov", "this year", "30", "35", "44", "kg CO₂e"] in rows
    assert not any(row[:2] == ["Dec", "this year"] for row in rows)
    assert '"mid": 0' not in json.dumps(trend.sized(600))


def test_a_power_chart_keeps_the_energy_of_the_trace(power):
    joules = sum((row[1] - row[0]) * row[-1] for row in power.rows)
    assert joules == pytest.approx(60 * (390 + 390))


def test_the_specification_is_complete_and_asks_nothing_of_the_network(trend):
    text = json.dumps(trend.sized(600, "dark"))
    spec = json.loads(text)
    assert spec["description"] == trend.summary and spec["width"] == 600
    assert "$accent" not in text
    assert "http" not in text.replace(spec["$schema"], "")


def test_the_rules_that_colour_drawings_follow_the_tokens():
    sheet = files("treadlight.app.web").joinpath("static", "charts.css").read_text("utf-8")
    assert sheet.partition("\n")[2] == chart_css()


@given(st.lists(st.one_of(st.text(), st.floats(allow_nan=False), st.none(), st.integers()), min_size=1, max_size=5))
def test_no_cell_can_become_a_formula(values):
    text = safe_csv(["a"] * len(values), [values])
    for field in list(csv.reader(io.StringIO(text, newline="")))[1] if text.strip() else []:
        number = field.removeprefix("-").replace(".", "").replace("e", "").replace("+", "").replace("-", "").isdigit()
        assert number or not field.startswith(("=", "+", "@", "\t", "\r")) or "inf" in field


@pytest.mark.parametrize("text", ("=1+1", "+1", "-1", "@A1", "\tx", '=HYPERLINK("http://x")'))
def test_what_a_spreadsheet_would_compute_is_kept_as_text(text):
    assert cell(text) == f"'{text}"
