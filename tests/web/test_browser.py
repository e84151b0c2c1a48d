"""The pages in a browser: each main task by keyboard and by mouse, in both themes, and nothing fails."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from playwright.sync_api import expect

from serving import pages_of
from treadlight.ledger.records import Run
from treadlight.ledger.store import Ledger

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no /usr/bin/chromium; install Debian's chromium"),
]
PAGES = (
    "/", "/?by=component", "/runs", "/runs/RUN", "/systems", "/systems/claims-assistant",
    "/compare", "/compare?a=RUN&b=OTHER", "/why/RUN", "/why/total", "/library", "/library/grid/DE", "/evidence",
    "/learn", "/home/engineer", "/home/auditor", "/home/public",
)  # fmt: skip
AXE = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, demo_year: list[Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """Address of ``treadlight ui`` on a year of demo data, and the runs that the addresses name."""
    home = tmp_path_factory.mktemp("browser")
    with Ledger.open(home / "ledger.sqlite") as ledger:
        ledger.append(demo_year)
    runs = [item for item in demo_year if isinstance(item, Run) and item.duration_s > 7200 and item.subject.system]
    env = {**os.environ, "TREADLIGHT_HOME": str(home), "TREADLIGHT_DRAWS": "200"}
    with pages_of(env) as there:
        yield there, {"RUN": runs[0].id, "OTHER": runs[-1].id}


class Visit:
    """A tab, and everything that went wrong in it."""

    def __init__(self, tab: Any, address: str, names: dict[str, str]) -> None:
        self.tab, self._address, self._names = tab, address, names
        self.wrong: list[str] = []
        tab.on("pageerror", lambda error: self.wrong.append(f"pageerror {error}"))
        tab.on("console", lambda said: self.wrong.append(f"console {said.text}") if said.type == "error" else None)
        tab.on("requestfailed", lambda asked: self.wrong.append(f"failed {asked.url}") if not _aborted(asked) else None)
        tab.on("response", lambda got: self.wrong.append(f"{got.status} {got.url}") if got.status >= 400 else None)
        tab.on("request", lambda asked: self._local(asked.url))

    def _local(self, url: str) -> None:
        if not url.startswith((self._address, "data:", "blob:")):
            self.wrong.append(f"left the machine: {url}")

    def go(self, path: str) -> Any:
        for name, ident in self._names.items():
            path = path.replace(name, ident)
        self.tab.goto(self._address + path)
        return self.tab


def _aborted(asked: Any) -> bool:
    return "ERR_ABORTED" in str(asked.failure)


def _visit(chromium: Any, served: tuple[str, dict[str, str]], **options: Any) -> Iterator[Visit]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce", **options)
    context.set_default_timeout(10_000)
    visit = Visit(context.new_page(), *served)
    yield visit
    context.close()
    assert not visit.wrong


@pytest.fixture
def visit(chromium: Any, served: tuple[str, dict[str, str]]) -> Iterator[Visit]:
    yield from _visit(chromium, served)


@pytest.fixture
def plain(chromium: Any, served: tuple[str, dict[str, str]]) -> Iterator[Visit]:
    """A browser that runs no scripts."""
    yield from _visit(chromium, served, java_script_enabled=False)


@pytest.mark.parametrize("theme", ("light", "dark"))
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible_and_nothing_fails(chromium, served, path, theme):
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
    for visit in _visit(chromium, served, color_scheme=theme):
        tab = visit.go(path)
        tab.evaluate(axe)
        found = tab.evaluate("tags => axe.run({runOnly: {type: 'tag', values: tags}})", AXE)
        said = [(v["id"], n["target"], n["failureSummary"][:200]) for v in found["violations"] for n in v["nodes"][:3]]
        assert not said, path


@pytest.mark.parametrize("width", (900, 1024, 1180, 1280, 1440))
def test_the_titles_of_the_pages_stand_in_one_row(visit, width):
    visit.tab.set_viewport_size({"width": width, "height": 740})
    tab = visit.go("/")
    assert tab.evaluate("new Set([...document.querySelectorAll('.nav a')].map((a) => a.offsetTop)).size") == 1
    assert tab.evaluate("document.scrollingElement.scrollWidth") <= width


def test_on_paper_the_tables_stand_without_their_controls_and_every_page_says_where_it_is_from(visit):
    tab = visit.go("/runs")
    tab.emulate_media(media="print")
    expect(tab.locator("table.long tbody tr").first).to_be_visible()
    expect(tab.locator("table.long td.iv").first).to_be_visible()
    for control in ("form.line", "table.long input", "form button", ".nav", ".pages"):
        expect(tab.locator(control).first).to_be_hidden()
    assert tab.evaluate("getComputedStyle(document.querySelector('footer')).display") == "table-footer-group"
    expect(tab.locator("footer .on-paper")).to_contain_text("root")


@pytest.mark.parametrize("path", PAGES)
def test_nothing_scrolls_sideways_on_a_phone(chromium, served, path):
    for visit in _visit(chromium, served):
        visit.tab.set_viewport_size({"width": 360, "height": 740})
        tab = visit.go(path)
        assert tab.evaluate("document.scrollingElement.scrollWidth") <= 360


def test_the_sentence_is_changed_by_keyboard(visit):
    tab = visit.go("/")
    tab.locator(".phrase summary").first.focus()
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**category=water**")
    expect(tab.locator(".sentence")).to_contain_text("water")


def test_escape_closes_a_list_of_the_sentence(visit):
    tab = visit.go("/")
    tab.locator(".phrase summary").first.click()
    expect(tab.locator(".phrase[open]")).to_have_count(1)
    tab.keyboard.press("Escape")
    expect(tab.locator(".phrase[open]")).to_have_count(0)


def test_the_sentence_is_changed_by_mouse(visit):
    tab = visit.go("/")
    tab.locator(".phrase").nth(1).locator("summary").click()
    tab.get_by_role("link", name="Cell atlas").first.click()
    tab.wait_for_url("**project=Cell+atlas**")
    expect(tab.locator(".sentence")).to_contain_text("Cell atlas")


def test_a_number_is_a_door_to_its_why(visit):
    tab = visit.go("/")
    tab.locator(".hero a.door").click()
    tab.wait_for_url("**/why/total**")
    expect(tab.locator(".equation")).to_be_visible()
    tab.locator("ul.why a.door").nth(3).click()
    tab.wait_for_url("**step=**")
    expect(tab.locator("#step h3")).not_to_be_empty()


def test_the_tree_is_walked_by_arrows(visit):
    tab = visit.go("/why/RUN")
    tab.locator("ul.why summary.row").first.focus()
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("ArrowLeft")
    assert tab.evaluate("document.activeElement.parentElement.open") is False
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate("document.activeElement.parentElement.open") is True


def test_a_run_is_found_opened_and_compared(visit):
    tab = visit.go("/")
    tab.keyboard.press("/")
    tab.wait_for_url("**/runs**")
    tab.locator("input[name=q]:focus").wait_for()
    tab.keyboard.type("cell-atlas-eval")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**q=cell-atlas-eval**")
    boxes = tab.locator("td.pick input")
    boxes.nth(0).check()
    boxes.nth(1).check()
    tab.get_by_role("button", name="Compare what is ticked").click()
    tab.wait_for_url("**/compare**")
    expect(tab.locator(".hero")).to_contain_text("% sure")


def test_heads_sort_and_say_so(visit):
    tab = visit.go("/runs")
    tab.locator("thead a", has_text="CO₂e").click()
    expect(tab.locator("th[aria-sort=descending]")).to_have_count(1)
    tab.locator("th[aria-sort] a").click()
    expect(tab.locator("th[aria-sort=ascending]")).to_have_count(1)


def test_what_if_answers_at_once_by_keyboard_and_escape_goes_back(visit):
    tab = visit.go("/runs/RUN")
    before = tab.locator("#answer .hero").inner_text()
    tab.locator("#zone").select_option("PL")
    expect(tab.locator("#answer .hero")).not_to_have_text(before)
    as_it_was = tab.locator("[data-part=now-pue] .now").inner_text()
    tab.locator("#pue").focus()
    tab.keyboard.press("End")
    expect(tab.locator("[data-part=now-pue] .now")).to_have_text("2.00")
    expect(tab).to_have_url(re.compile("pue=2"))
    tab.keyboard.press("Escape")
    expect(tab.locator("[data-part=now-pue] .now")).to_have_text(as_it_was)
    expect(tab.locator("#pue")).to_have_value(tab.locator("#pue").get_attribute("data-was"))
    expect(tab).not_to_have_url(re.compile("pue="))


def test_without_recorded_hours_the_start_cannot_be_moved_and_says_why(visit):
    tab = visit.go("/runs/RUN")
    assert tab.locator("#start").is_disabled()
    assert "No hourly factors are recorded" in tab.locator("[data-part=curve-start]").inner_text()


def test_what_if_is_a_form_without_scripts(plain):
    tab = plain.go("/runs/RUN")
    tab.locator("#zone").select_option("SE")
    tab.get_by_role("button", name="Recompute").click()
    tab.wait_for_url("**zone=SE**")
    expect(tab.locator("#answer .finding")).to_contain_text("less")


def test_without_scripts_tables_and_drawings_tell_everything(plain):
    tab = plain.go("/")
    assert tab.locator(".figure svg").first.is_visible() and tab.locator(".months-table tbody tr").count() >= 12
    tab.locator(".phrase summary").first.click()
    expect(tab.get_by_role("link", name="water")).to_be_visible()


def test_a_chart_can_be_explored_with_the_runtime_of_this_server(visit):
    tab = visit.go("/")
    tab.get_by_role("button", name="Explore").click()
    tab.wait_for_selector(".explored canvas, .explored svg", timeout=30_000)


def test_the_chain_is_verified_by_a_button(visit):
    tab = visit.go("/evidence")
    tab.get_by_role("button", name="Verify").click()
    tab.locator("#verdict", has_text="Verified.").wait_for(timeout=60_000)


def test_the_library_is_searched(visit):
    tab = visit.go("/library")
    tab.keyboard.press("/")
    tab.keyboard.type("h100 sxm5")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**q=h100**")
    tab.locator("tbody th a").first.click()
    tab.wait_for_url("**/library/*/**")
    expect(tab.locator("table").first).to_be_visible()


def test_a_term_of_a_lesson_leads_to_the_glossary(visit):
    tab = visit.go("/learn")
    tab.locator(".lesson .margin a").first.click()
    tab.wait_for_url("**#**")
    expect(tab.locator("dt:target")).to_have_count(1)


def test_the_skip_link_is_first_and_focus_is_seen(visit):
    tab = visit.go("/")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    tab.keyboard.press("Tab")
    outline = tab.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert outline == "2px"


def test_a_phone_has_a_menu(visit):
    visit.tab.set_viewport_size({"width": 390, "height": 800})
    tab = visit.go("/")
    tab.locator(".menu summary").click()
    tab.locator(".menu").get_by_role("link", name="Library").click()
    tab.wait_for_url("**/library**")


def test_a_systems_flow_can_be_taken_away_as_a_file(visit):
    tab = visit.go("/systems")
    tab.locator("tbody th a").first.click()
    tab.wait_for_url("**/systems/*")
    with tab.expect_download() as taken:
        tab.get_by_role("link", name="CSV").click()
    assert Path(taken.value.path()).read_text("utf-8-sig").startswith("stage,p05,p50,p95,unit,share")


def test_a_term_leads_to_what_it_means_by_keyboard(visit):
    tab = visit.go("/")
    tab.locator("thead a.term").first.focus()
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/learn#interval")
    expect(tab.locator("dt:target")).to_have_text("Interval")


@pytest.fixture
def tracked(tmp_path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """``treadlight ui`` in a home of its own, in which ``treadlight track`` is metering a sleep."""
    env = {**os.environ, "TREADLIGHT_HOME": str(tmp_path), "TREADLIGHT_DRAWS": "200"}
    treadlight = [sys.executable, "-m", "treadlight"]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": env}
    argv = [*treadlight, "track", "--name", "a-live-one", "--", sys.executable, "-c", "import time; time.sleep(300)"]
    metering = subprocess.Popen(argv, **quiet)
    try:
        with pages_of(env) as there:
            yield there, {}
    finally:
        metering.terminate()
        metering.communicate()


def test_a_live_run_moves_can_be_paused_and_without_scripts_asked_again(chromium, tracked):
    for visit in _visit(chromium, tracked):
        tab = visit.go("/runs")
        for _ in range(40):
            if tab.locator("#live tbody tr").count():
                break
            sleep(0.5)
            tab.reload()
        tab.locator("#live tbody th a").click()
        tab.wait_for_selector("#as-of")
        before = tab.locator("#as-of").inner_text()
        expect(tab.locator("#as-of")).not_to_have_text(before, timeout=20_000)
        tab.get_by_role("button", name="Pause").click()
        expect(tab.get_by_role("button", name="Go on")).to_have_count(1)
    for visit in _visit(chromium, tracked, java_script_enabled=False):
        tab = visit.go("/runs")
        expect(tab.locator("#live tbody tr")).to_have_count(1)
        tab.locator("#live").get_by_role("link", name="Ask again").click()
        expect(tab.locator("#live")).to_contain_text("As of")


def test_the_search_key_leads_from_another_page_into_the_field(visit):
    page = visit.go("/evidence")
    page.keyboard.press("/")
    page.wait_for_url("**/runs**#search")
    page.wait_for_function("document.activeElement.id === 'search'")
    page.keyboard.type("abc")
    expect(page.locator("#search")).to_have_value("abc")


PHONE = {"width": 390, "height": 844}
_PAPER, _SHEET, _ACCENT = "rgb(14, 18, 23)", "rgb(20, 25, 32)", "rgb(169, 182, 255)"  # of the dark theme


@pytest.fixture
def dark(chromium: Any, served: tuple[str, dict[str, str]]) -> Iterator[Visit]:
    yield from _visit(chromium, served, color_scheme="dark")


def test_a_box_to_tick_is_of_the_pages_own_ink_in_the_dark(dark):
    boxes = dark.go("/runs").locator("td.pick input")
    expect(boxes.first).to_have_css("background-color", _SHEET)
    boxes.first.check()
    expect(boxes.first).to_have_css("background-color", _ACCENT)
    expect(boxes.nth(1)).to_have_css("background-color", _SHEET)
    tick = "box => [getComputedStyle(box, '::before').visibility, getComputedStyle(box, '::before').borderLeftColor]"
    assert boxes.first.evaluate(tick) == ["visible", _PAPER]
    assert boxes.nth(1).evaluate(tick)[0] == "hidden"
    boxes.first.focus()
    dark.tab.keyboard.press("Space")
    expect(boxes.first).not_to_be_checked()
    expect(boxes.first).to_have_css("background-color", _SHEET)


def test_the_line_under_a_number_of_the_tree_crosses_no_unit_on_a_phone(visit):
    visit.tab.set_viewport_size(PHONE)
    tab = visit.go("/why/total")
    door = tab.locator("ul.why .over .door").first
    expect(door).to_have_css("border-bottom-width", "0px")
    expect(door).to_have_css("text-decoration-line", "underline")
    rows = tab.evaluate(
        """() => [...document.querySelectorAll("ul.why li.n:has(> .over)")].map((li) => {
            const box = (what) => li.querySelector(what).getBoundingClientRect();
            const [door, number] = [box(":scope > .over .door"), box(":scope > details > summary .ghost")];
            return [door.height, door.right - number.right, door.top + 11 - (number.top + number.height / 2)];
        }).filter(([height]) => height)"""
    )
    assert len(rows) > 5
    assert all(height >= 24 and abs(across) < 1.5 and abs(down) < 2.5 for height, across, down in rows), rows[:5]


def test_what_unfolds_a_step_stays_with_its_last_word(visit):
    signs = visit.go("/why/total").evaluate(
        """() => [...document.querySelectorAll("summary .step .name")]
            .map((name) => getComputedStyle(name, "::after").content.replaceAll('"', ""))"""
    )
    assert set(signs) == {"\xa0+", "\xa0−"}


@pytest.mark.parametrize("path", ("/learn", "/systems", "/runs/RUN"))
def test_the_heads_of_a_table_stand_on_one_line_on_a_phone(visit, path):
    visit.tab.set_viewport_size(PHONE)
    tops = visit.go(path).evaluate(
        """() => [...document.querySelectorAll("main thead tr:has(a.term)")].map((row) =>
            [...row.cells].filter((cell) => cell.offsetHeight && cell.innerText.trim() && !cell.querySelector(".sr"))
            .map((cell) => {
                const range = document.createRange();
                range.selectNodeContents(cell.querySelector("a") ?? cell);
                return range.getBoundingClientRect().bottom;
            })).filter((row) => row.length > 1)"""
    )
    assert tops
    assert all(max(row) - min(row) <= 1.5 for row in tops), tops


def test_the_menu_of_a_phone_opens_beneath_its_own_word(visit):
    visit.tab.set_viewport_size(PHONE)
    tab = visit.go("/runs")
    word = tab.locator(".menu > summary")
    before = word.bounding_box()
    word.click()
    expect(tab.locator(".menu nav")).to_be_visible()
    after = word.bounding_box()
    assert abs(before["y"] - after["y"]) <= 1
    assert abs(before["x"] + before["width"] - after["x"] - after["width"]) <= 1
    assert tab.locator(".menu nav").bounding_box()["y"] >= after["y"] + 40
    word.click()
    expect(tab.locator(".menu nav")).to_be_hidden()


def test_the_links_of_a_caption_begin_at_its_edge_where_they_wrap(visit):
    visit.tab.set_viewport_size({"width": 360, "height": 740})
    tab = visit.go("/")
    expect(tab.locator("figcaption .explore").first).to_be_visible()
    gaps = tab.evaluate(
        """() => { const caption = document.querySelector("figcaption");
            const rows = Map.groupBy(caption.querySelectorAll("a, button"), (a) => Math.round(a.offsetTop / 8));
            const left = (what) => what.getBoundingClientRect().left;
            return [...rows.values()].map((row) => left(row[0]) - left(caption));
        }"""
    )
    assert gaps
    assert all(gap < 1 or gap > 60 for gap in gaps), "at the edge, or after the words of the caption"


def test_a_command_stands_apart_from_the_link_above_it(visit):
    tab = visit.go("/settings/sites")
    link, command = tab.locator("p.do a").bounding_box(), tab.locator("p.do + .cmd-box").bounding_box()
    assert command["y"] - link["y"] - link["height"] >= 10
