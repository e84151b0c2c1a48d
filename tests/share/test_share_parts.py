"""Marks, layers, axes, doors and small drawings."""

import itertools
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

import share_examples as examples
from treadlight.core.marks import mark, weakest
from treadlight.core.quantity import Quantity
from treadlight.ledger.records import Trace, TraceSeries
from treadlight.share import svg
from treadlight.share.account import WhyNode
from treadlight.share.doors import Doors
from treadlight.share.layers import layers, merge
from treadlight.share.plot import bar
from treadlight.share.power import power_chart
from treadlight.share.scale import nice_ticks, time_ticks

KG = "kgCO2e"


def trace(*series: TraceSeries, t: tuple[float, ...] = (0.0, 1.0, 2.0, 4.0)) -> Trace:
    return Trace("t", "r", t, series)


def test_a_sum_carries_the_mark_of_its_weakest_part_that_makes_a_tenth():
    assert weakest([("metered", 91), ("assumed", 9)]) == "metered"
    assert weakest([("metered", 90), ("assumed", 10)]) == "assumed"
    assert weakest([]) == "unknown"
    assert mark("no such method") == mark("unknown")


def test_layers_add_up_devices_of_one_component_and_flag_what_is_unknown():
    stack = layers(
        trace(
            TraceSeries("a", "gpu", (1.0, 1.0, 1.0), (1.0, 2.0, None)),
            TraceSeries("b", "gpu", (1.0, 1.0, 1.0), (10.0, 20.0, 30.0)),
            TraceSeries("c", "cpu", (1.0, 1.0, 1.0), (5.0, 5.0, 5.0)),
        )
    )
    assert stack is not None
    assert [x.component for x in stack.layers] == ["gpu", "cpu"]
    assert stack.layers[0].watts == (11.0, 22.0, 30.0)
    assert stack.unknown == (False, False, True)
    assert stack.total_w == (16.0, 27.0, 35.0)


def test_a_trace_of_which_nothing_was_read_has_no_layers():
    assert layers(trace(TraceSeries("a", "gpu", (None,) * 3, (None,) * 3))) is None
    assert layers(None) is None


@given(st.lists(st.tuples(st.floats(0.01, 100), st.floats(0, 1e4)), min_size=1, max_size=60), st.integers(1, 20))
def test_thinning_keeps_energy(steps, most):
    times = (0.0, *itertools.accumulate(dt for dt, _ in steps))
    watts = tuple(w for _, w in steps)
    stack = layers(Trace("t", "r", times, (TraceSeries("a", "cpu", watts, watts),)))
    assert stack is not None
    thin = merge(stack, most)
    assert len(thin.unknown) <= most

    def energy(s):
        return sum(w * (b - a) for w, (a, b) in zip(s.total_w, itertools.pairwise(s.t_s), strict=True))

    assert energy(thin) == pytest.approx(energy(stack), rel=1e-9, abs=1e-6)


@given(st.floats(0, 1e6), st.floats(1e-6, 1e6), st.integers(3, 9))
def test_ticks_enclose_their_range_and_are_few(low, width, about):
    ticks = nice_ticks(low, low + width, about)
    assert ticks[0] <= low + 1e-6 * (low + width)
    assert ticks[-1] >= (low + width) * (1 - 1e-9)
    assert 2 <= len(ticks) <= 2 * about + 2


def test_time_ticks_use_one_unit():
    assert time_ticks(21.4, 5) == [(0, "0 s"), (5, "5 s"), (10, "10 s"), (15, "15 s"), (20, "20 s")]
    assert time_ticks(148_320, 4)[-1] == (129_600, "36 h")
    assert time_ticks(20 * 86_400, 5)[1] == (4 * 86_400, "4 d")


def test_doors_number_the_sources_beneath_a_node():
    doors = Doors(examples.long_account().why)
    assert [s.id for s in doors.sources] == ["invented-hall", "invented-grid-2026", "invented-server"]
    assert doors.footnotes("gwp") == "1–3"
    assert doors.footnotes("pue") == "1"
    assert doors.footnotes("it/gpu") == ""
    assert doors.href("nowhere") == ""


def test_ids_that_look_alike_have_different_anchors_and_each_only_once():
    trees = {"gwp": WhyNode("a/b", "group", "x", 1, KG, children=(WhyNode("a-b", "group", "y", 1, KG),))}
    doors = Doors(trees)
    assert doors.href("a/b") != doors.href("a-b")
    assert doors.anchor("a/b") == doors.href("a/b")[1:]
    assert doors.anchor("a/b") == ""


@pytest.mark.parametrize(
    "quantity",
    [Quantity(KG, 97, 107, 118), Quantity(KG, 0, 0, 0), Quantity(KG, 1e-9, 1e-8, 5), Quantity.exact(3.0, KG)],
)
def test_drawings_are_well_formed_whatever_the_interval(quantity):
    for drawing in (
        svg.whisker(quantity),
        svg.bar(quantity, 200.0, "gpu"),
        svg.scale_bar(quantity, 350, 4),
        svg.unknown_bar(quantity, 200.0),
        svg.unknown_bar(None, 0.0),
        svg.hatched(56, 11),
        svg.evidence_rule([("metered", 0.9), ("unknown", 0.1)]),
        svg.hatch_definition(),
    ):
        if drawing:
            ElementTree.fromstring(str(drawing))


def test_a_whisker_that_runs_off_its_scale_ends_in_an_arrow():
    assert "L2 5.5L" in svg.whisker(Quantity(KG, 1, 10, 11))
    assert "L54 5.5L" in svg.whisker(Quantity(KG, 9, 10, 100))
    assert "L" not in svg.whisker(Quantity(KG, 9, 10, 11)).replace("Line", "")


def test_the_whiskers_text_says_between():
    assert 'aria-label="between 97 and 118 kg CO₂e"' in svg.whisker(Quantity(KG, 97, 107, 118))


def test_the_power_chart_hatches_gaps_and_stretches_that_could_not_be_read():
    account = examples.long_account()
    stack = layers(account.trace)
    assert stack is not None
    drawing = str(power_chart(stack, width=640, height=200, windows=account.windows, gaps=account.run.gaps[:1]))
    ElementTree.fromstring(drawing)
    assert drawing.count('class="hatch"') == 2


def test_a_bar_of_characters_is_full_to_p05_pale_to_p95_and_ticked_at_the_median():
    text = "".join(p.text for p in bar(Quantity(KG, 4, 6, 9), 10.0, 10))
    assert text == "████▒▒│▒▒"
    assert "╱" in "".join(p.text for p in bar(None, 10.0, 10))
