"""The tornado: names are whole where two lines hold them, and stand above their bars, on a screen and on a phone."""

from typing import Any

import pytest

from treadlight.share.charts import Chart
from treadlight.share.studies.moving import Bar, tornado_chart

LONG = "data quality of the making of a server without its accelerators, for all of its life"


def _drawn(*labels: str, narrow: bool = False) -> Chart:
    bars = [Bar(label, "0.69", "1.45", 40.0, 60.0 - i) for i, label in enumerate(labels)]
    return tornado_chart("tornado", "What moves it", bars, 50.0, "kgCO2e", narrow=narrow)


def _marks(chart: Chart, kind: str) -> list[dict[str, Any]]:
    return [layer for layer in chart.spec["layer"] if layer["mark"]["type"] == kind]


def _names(chart: Chart) -> list[list[str]]:
    return [layer["mark"]["text"] for layer in _marks(chart, "text")]


@pytest.mark.parametrize("narrow", [False, True])
def test_a_long_name_is_whole(narrow: bool) -> None:
    (lines,) = _names(_drawn(LONG, narrow=narrow))
    assert " ".join(lines).startswith(LONG)
    assert all(len(line) <= (52 if narrow else 110) for line in lines)


def test_a_name_that_two_lines_do_not_hold_is_seen_to_be_cut() -> None:
    (lines,) = _names(_drawn(" and ".join([LONG] * 3), narrow=True))
    assert len(lines) == 2 and lines[1].endswith(" …")


def test_the_ends_of_an_input_stand_with_its_name_where_there_is_room() -> None:
    assert _names(_drawn("years")) == [["years (0.69 … 1.45)"]]


@pytest.mark.parametrize("labels", [("years",), ("years", LONG), (LONG, LONG)])
def test_no_name_reaches_into_a_bar(labels: tuple[str, ...]) -> None:
    chart = _drawn(*labels, narrow=True)
    row_px = chart.height / len(labels)
    bars = [layer["data"]["values"][0] for layer in _marks(chart, "rect")]
    (rule,) = _marks(chart, "rule")
    for i, layer in enumerate(_marks(chart, "text")):
        top = layer["data"]["values"][0]["y"]
        foot = top + len(layer["mark"]["text"]) * layer["mark"]["lineHeight"] / row_px
        first = min([rule["data"]["values"][i]["y"], *(bar["y"] for bar in bars if i <= bar["y"] < i + 1)])
        above = rule["data"]["values"][i - 1]["z"] if i else 0.0
        assert above < top + 1e-9 and foot <= first, i
