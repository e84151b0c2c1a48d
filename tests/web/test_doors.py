"""Doors of the pages: in a file that stands alone, of systems and comparisons, and numbers that stand together."""

import re
from itertools import pairwise

import pytest

from asking import found
from treadlight.app.server.asked import PageRequest
from treadlight.app.web.sliders import curve
from treadlight.core.quantity import Quantity
from treadlight.ledger.records import Run, Trace
from treadlight.share.charts import Series, trend_chart
from treadlight.share.numbers import shared_step, show


def _file(year, path, base):
    page, params = found(path)
    request = PageRequest(path, params=params, query={"as": ["file"]}, base=base)
    return page.show(year.desk(), request).content.decode()


def _hrefs(text):
    return [href for href in re.findall(r'href="([^"]*)"', text) if not href.startswith(("#", "data:"))]


@pytest.mark.parametrize("path", ["/", "/why/total", "/systems/tide-forecast"])
def test_doors_of_a_page_as_one_file_lead_to_the_server_it_is_from(year, path):
    text = _file(year, path, "https://footprints.example")
    assert _hrefs(text) and all(h.startswith(("https://footprints.example/", "http")) for h in _hrefs(text))
    assert "from https://footprints.example" + path in text


def test_a_page_as_one_file_has_no_dead_doors_where_no_server_is_known(year):
    text = _file(year, "/", "")
    assert not [href for href in _hrefs(text) if href.startswith(("/", "?"))]
    assert text.count("<a ") == text.count("</a>")


def test_a_name_of_a_server_cannot_break_out_of_a_file(year):
    assert '"><script>' not in _file(year, "/", 'http://x"><script>')


def test_a_system_has_its_why(year):
    page = year.ask("/systems/tide-forecast").text
    assert re.search(r'class="hero"><a class="door" href="/why/system:tide-forecast', page)
    why = year.ask("/why/system:tide-forecast").text
    assert "In one line" in why and "<code>treadlight why system:tide-forecast</code>" in why


@pytest.mark.parametrize("pair", ["a=system:cell-atlas&b=system:tide-forecast", "a=project:Lab+3&b=project:Cell+atlas"])
def test_numbers_of_a_comparison_are_doors(year, pair):
    text = year.ask(f"/compare?{pair}").text
    for href in set(re.findall(r'<a class="door" href="(/why/[^"]*)"', text)):
        assert "In one line" in year.ask(href.replace("&amp;", "&")).text
    assert text.count('href="/why/') > 4 and 'href="#difference"' in text


def test_a_comparison_asks_the_way_that_is_likelier(year):
    heavier = year.ask("/compare?a=system:cell-atlas&b=system:tide-forecast").text
    lighter = year.ask("/compare?b=system:cell-atlas&a=system:tide-forecast").text
    assert "Is B heavier than A?" in heavier and "Is B lighter than A?" in lighter
    assert "&gt; 99" in heavier and "&gt; 99" in lighter


def test_two_things_to_compare_are_chosen_by_links(year):
    first = year.ask("/compare").text
    assert 'href="/compare?a=system%3Acell-atlas"' in first and "The first you choose is A." in first
    second = year.ask("/compare?a=system:cell-atlas").text
    assert "b=system%3Atide-forecast" in second and "b=system%3Acell-atlas" not in second


def test_a_language_without_texts_says_so(year):
    assert "No catalogue for de is installed" in year.ask("/?lang=de").text
    assert "catalogue" not in year.ask("/").text


def test_every_demo_run_that_was_metered_has_samples(demo_year):
    traced = {item.run: item for item in demo_year if isinstance(item, Trace)}
    runs = [item for item in demo_year if isinstance(item, Run)]
    assert {run.id for run in runs if any(c.meter and c.flow == "electricity.it" for c in run.channels)} <= set(traced)
    short = next(run for run in runs if run.duration_s < 1800)
    times = traced[short.id].t_s
    assert times[-1] == pytest.approx(short.duration_s)
    assert all(b - a >= short.interval_s - 1e-6 for a, b in pairwise(times[:-1]))
    assert all(len(s.run_w) == len(times) - 1 for s in traced[short.id].series)


def test_numbers_that_stand_together_end_at_the_same_digit():
    now, was = Quantity("kg", 150, 254, 420), Quantity("kg", 150, 191, 230)
    step = shared_step([now, was], "kg")
    assert [show(q, "kg", step=step).value for q in (now, was, Quantity("kg", 40, 63, 90))] == ["250", "190", "60"]
    assert show(Quantity.exact(5.66, "kg"), "kg", step=0).value == "6"
    assert shared_step([None, Quantity.exact(1.0, "kg")], "kg") is None


def test_ends_of_a_slider_are_told_apart():
    drawn = str(curve([(2, Quantity("kg", 150, 312, 460)), (8, Quantity("kg", 150, 304, 450))], 4, 4, "kg"))
    assert ">310<" in drawn and ">300<" in drawn


def test_a_month_alone_stands_in_the_middle():
    spec = trend_chart("t", "t", "t", ["May"], [Series("May", (Quantity("kg", 1, 2, 3),))], "kg").spec
    assert spec["encoding"]["x"]["scale"]["domain"] == [-1, 1]
