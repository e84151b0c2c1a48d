"""The door of a number opens a page on which this number stands first, with the same digits."""

import html
import re

import pytest

_DOOR = re.compile(r'<a class="door" href="(/why/[^"]*)">(.*?)</a>', re.DOTALL)
_FIRST = re.compile(r'<p class="equation[^>]*>\s*<span>(.*?)</span>\s*(?:<span class="op">|</p>)', re.DOTALL)


def _text(markup):
    plain = re.sub(r'<span class="(?:tip|sr)".*?</span>', "", markup, flags=re.DOTALL)
    return html.unescape(re.sub("<[^>]*>", "", plain)).strip()


def _digits(text):
    """The significant digits of a number: its sign, unit and power of ten do not count."""
    found = re.search(r"\d[\d\u202f]*(?:\.\d+)?", text)
    return re.sub(r"[\u202f.]", "", found[0]).strip("0") if found else text


def _doors(page):
    main = page[page.index("<main") : page.index("</main>")]
    return {(html.unescape(href), _text(inner)) for href, inner in _DOOR.findall(main)}


def _wrong(site, address):
    doors = _doors(site.ask(address).text)
    wrong = []
    for href, number in sorted(doors):
        first = _FIRST.search(site.ask(href).text)
        shown = _text(first[1]) if first else "no equation"
        if number != "unknown" and _digits(number) != _digits(shown):
            wrong.append((number, shown, href))
    return doors, wrong


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/?by=location",
        "/?by=stage",
        "/?by=team",
        "/?by=component",
        "/?category=water&since=2026-03-01",
        "/home/engineer",
        "/home/lead",
        "/home/auditor",
        "/home/public",
        "/systems",
        "/systems/tide-forecast",
        "/systems/cell-atlas?category=pe",
        "/compare?a=system:cell-atlas&b=system:tide-forecast",
        "/compare?a=project:Lab+3&b=project:Cell+atlas",
        "/compare?a=period:2026-03..2026-05&b=period:2026-05..2026-07&category=adpe",
    ],
)
def test_each_door_leads_to_its_own_number(year, address):
    doors, wrong = _wrong(year, address)
    assert doors
    assert not wrong


@pytest.mark.parametrize("category", ["gwp", "water"])
def test_each_door_of_a_run_leads_to_its_own_number(year, category):
    counted = [run for run in year.runs if run.counts]
    for run in (counted[0], counted[-1]):
        doors, wrong = _wrong(year, f"/runs/{run.id}?category={category}")
        assert any("of=per%3A" in href for href, _ in doors)
        assert not wrong, "\n".join(map(str, wrong))


def test_what_changed_is_explained_step_by_step(year):
    doors, wrong = _wrong(year, "/?since=2026-05-01&until=2026-11-01")
    steps = [(href, number) for href, number in doors if "of=change%3A" in href]
    assert not wrong and len(steps) > 3
    assert any("change%3Asmaller" in href for href, _ in steps)
    assert any("of=change&" in href or href.endswith("of=change") for href, _ in doors)
    assert any("of=share%3Ametered" in href for href, _ in doors)


def test_what_names_no_number_is_refused(year):
    from treadlight.core.errors import NotFoundError

    for address in ("/why/total?of=change:nonsense", "/why/total?of=part:colour:red", "/why/system:tide-forecast?of=x"):
        with pytest.raises(NotFoundError, match="names no number of this"):
            year.ask(address)


def test_each_door_of_two_runs_beside_each_other_leads_to_its_own_number(year):
    a, b = year.runs[0], year.runs[-1]
    doors, wrong = _wrong(year, f"/compare?a={a.id}&b={b.id}")
    assert any("of=piece%3A" in href for href, _ in doors)
    assert not wrong, "\n".join(map(str, wrong))


def test_a_page_beyond_the_last_says_so(year):
    text = year.ask("/runs?page=9999").text
    assert "beyond the last" in text and "No run matches" not in text
    last = html.unescape(re.search(r'href="([^"]*)">To the last page', text)[1])
    assert "<tbody>" in year.ask(last).text


def test_the_power_of_a_run_has_its_specification(year):
    found = [re.search(r'href="([^"]*/power\.json)"', year.ask(f"/runs/{run.id}").text) for run in year.runs[-3:]]
    hrefs = [match[1] for match in found if match]
    assert hrefs
    assert b"vega-lite" in year.ask(hrefs[0]).content


def test_other_categories_have_their_intervals_in_digits(year):
    text = year.ask("/").text
    head = text[: text.index('id="months"')]
    assert head.count('class="ends-text"') == 5
