"""Studies, net impact and inventory in a browser: accessible in both themes, narrow enough, and moved by keyboard."""

import os
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from filed_examples import assets, file_examples
from serving import pages_of
from treadlight.ledger.store import Ledger

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no /usr/bin/chromium; install Debian's chromium"),
]
PAGES = (
    "/studies", "/studies/vision-edge", "/studies/mended-later", "/studies/accelerators/sensitivity",
    "/studies/bloom/sensitivity", "/studies/chatbot/why", "/inventory",
    "/inventory/why/amortised/2025", "/net", "/net/chatbot/why?of=net", "/net/chatbot", "/net/contrails-2026",
)  # fmt: skip
AXE = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SENSITIVITY = "/studies/chatbot/sensitivity"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where ``treadlight ui`` answers, over the examples and an inventory."""
    home = tmp_path_factory.mktemp("studied")
    file_examples(home)
    with Ledger.open(home / "ledger.sqlite") as ledger:
        ledger.append(assets())
    env = {**os.environ, "TREADLIGHT_HOME": str(home), "TREADLIGHT_DRAWS": "200"}
    with pages_of(env) as there:
        yield there


def _tab(chromium: Any, **options: Any) -> Iterator[tuple[Any, list[str]]]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce", **options)
    context.set_default_timeout(30_000)
    tab, wrong = context.new_page(), list[str]()
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    tab.on("response", lambda got: wrong.append(f"{got.status} {got.url}") if got.status >= 400 else None)
    yield tab, wrong
    context.close()
    assert not wrong


def _open(tab: Any, url: str) -> None:
    for _ in range(60):
        try:
            tab.goto(url)
            return
        except Exception as error:
            if "ERR_CONNECTION_REFUSED" not in str(error):
                raise
            tab.wait_for_timeout(250)
    raise AssertionError("the server does not answer")


@pytest.mark.parametrize("theme", ("light", "dark"))
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible_and_fits_a_phone(chromium, address, path, theme):
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
    for tab, _ in _tab(chromium, color_scheme=theme):
        _open(tab, address + path)
        tab.evaluate(axe)
        found = tab.evaluate("tags => axe.run({runOnly: {type: 'tag', values: tags}})", AXE)
        said = [(v["id"], n["target"], n["failureSummary"][:200]) for v in found["violations"] for n in v["nodes"][:3]]
        assert not said, path
        tab.set_viewport_size({"width": 360, "height": 740})
        assert tab.evaluate("document.scrollingElement.scrollWidth") <= 360


def test_a_slider_is_moved_by_keyboard_and_goes_back_with_escape(chromium, address):
    for tab, _ in _tab(chromium):
        _open(tab, address + SENSITIVITY)
        before = tab.locator("#answer").inner_text()
        tab.locator("#k0").focus()
        tab.keyboard.press("End")
        tab.get_by_text("1 parameter is held at one value").wait_for()
        expect(tab.locator("#answer")).not_to_have_text(before, use_inner_text=True)
        expect(tab).to_have_url(re.compile("p\\.people=4000"))
        tab.keyboard.press("Escape")
        tab.locator("#answer").get_by_text("As it was.").wait_for()
        expect(tab.locator("#answer")).to_have_text(before, use_inner_text=True)
        expect(tab).not_to_have_url(re.compile("p\\.people"))


def test_without_scripts_what_if_is_a_form(chromium, address):
    for tab, _ in _tab(chromium, java_script_enabled=False):
        _open(tab, address + SENSITIVITY)
        tab.locator("#k0").focus()
        tab.keyboard.press("End")
        tab.get_by_role("button", name="Recompute").click()
        tab.wait_for_url("**p.people=4000**")
        expect(tab.locator("#answer")).to_contain_text("1 parameter is held at one value")


_RIGHT = """row => [...row.querySelectorAll('.p50 .door, .p50 > span')]
    .filter(e => e.getClientRects().length && !e.classList.contains('ghost'))
    .map(e => row.querySelector('.u').getBoundingClientRect().left - e.getBoundingClientRect().right)"""


@pytest.mark.parametrize("path", ("/studies/bloom/why", "/inventory/why/amortised/2025"))
def test_no_number_of_a_tree_touches_its_unit(chromium, address, path):
    for tab, _ in _tab(chromium):
        _open(tab, address + path)
        between = [gap for row in tab.locator(".why .row").all() if row.is_visible() for gap in row.evaluate(_RIGHT)]
        assert between and min(between) >= 4


def test_a_number_of_the_list_is_a_door_to_what_it_rests_on(chromium, address):
    for tab, _ in _tab(chromium):
        _open(tab, address + "/studies")
        tab.locator("a.door[href*='vision-edge'][href*='category=water']").first.click()
        tab.wait_for_url("**/studies/vision-edge/why?**category=water")
        expect(tab.locator(".sentence")).to_contain_text("water")
        tab.locator(".why a.door").nth(1).click()
        tab.wait_for_url("**step=**#step")
        expect(tab.locator("#step h3")).not_to_be_empty()
