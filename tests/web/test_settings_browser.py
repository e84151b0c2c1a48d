"""The page Settings and the public page in a browser: each main task by keyboard and by mouse, in both themes."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from treadlight.ledger.store import Ledger

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no /usr/bin/chromium; install Debian's chromium"),
]
PAGES = (
    "/settings", "/settings/sites?site=paris", "/settings/projects", "/settings/projects?project=Cell+atlas",
    "/settings/members", "/settings/members?member=MEMBER", "/settings/tokens", "/settings/tokens?token=TOKEN",
    "/settings/public", "/settings/log", "/settings/configuration", "/public", "/public-preview",
)  # fmt: skip
AXE = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, demo_year: list[Any]) -> Iterator[dict[str, str]]:
    """Address of a team's server on a year of demo data, a token of an admin, and ids that addresses name."""
    home = tmp_path_factory.mktemp("settings")
    path = home / "ledger.sqlite"
    with Ledger.open(path) as ledger:
        ledger.append(demo_year)
        access = ledger.access()
        _, secret = access.tokens.create("first", ["admin"], None, None, "test")
        other, _ = access.tokens.create("trainer", ["ingest"], frozenset({"Cell atlas"}), None, "test")
        member = access.members.add("bob@example.org", "lead", frozenset({"Cell atlas"}))
        access.members.add("ada@example.org", "admin", None)
        access.stated.state("site:paris", {"zone": "FR", "pue": "1.2"}, "meter of the hall", "test")
        choice = {"name": "Harbour", "projects": '["Cell atlas"]', "on": "yes"}
        access.stated.state("public:page", choice, "test", "test")
    env = {**os.environ, "TREADLIGHT_HOME": str(home), "TREADLIGHT_DRAWS": "200"}
    argv = [sys.executable, "-m", "treadlight", "serve", "--database", str(path), "--port", "0"]
    running = subprocess.Popen(argv, stderr=subprocess.PIPE, text=True, env=env)
    try:
        assert running.stderr is not None
        said = ""
        for line in running.stderr:
            said += line
            if "Application startup complete" in line:
                break
        port = re.search(r"listens on 127\.0\.0\.1:(\d+)", said)
        assert port, said
        running.stderr.close()
        yield {"address": f"http://127.0.0.1:{port[1]}", "secret": secret, "TOKEN": other.id, "MEMBER": member.id}
    finally:
        running.kill()
        running.wait()


class Visit:
    """A tab of somebody signed in, and everything that went wrong in it."""

    def __init__(self, tab: Any, served: dict[str, str]) -> None:
        self.tab, self._served = tab, served
        self.wrong: list[str] = []
        tab.on("pageerror", lambda error: self.wrong.append(f"pageerror {error}"))
        tab.on("console", lambda said: self.wrong.append(f"console {said.text}") if said.type == "error" else None)
        tab.on("requestfailed", lambda asked: self.wrong.append(f"failed {asked.url}"))
        tab.on("request", lambda asked: self._local(asked.url))

    def _local(self, url: str) -> None:
        if not url.startswith((self._served["address"], "data:", "blob:")):
            self.wrong.append(f"left the machine: {url}")

    def go(self, path: str) -> Any:
        for name in ("TOKEN", "MEMBER"):
            path = path.replace(name, self._served[name])
        self.tab.goto(self._served["address"] + path)
        return self.tab

    def sign_in(self) -> None:
        self.go("/sign-in?to=/settings")
        self.tab.get_by_label("Token").fill(self._served["secret"])
        self.tab.get_by_role("button", name="Sign in").click()
        self.tab.wait_for_url("**/settings")


def _visits(chromium: Any, served: dict[str, str], **options: Any) -> Iterator[Visit]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce", **options)
    context.set_default_timeout(15_000)
    visit = Visit(context.new_page(), served)
    visit.sign_in()
    yield visit
    context.close()
    assert not visit.wrong


@pytest.fixture
def visit(chromium: Any, served: dict[str, str]) -> Iterator[Visit]:
    yield from _visits(chromium, served)


@pytest.fixture
def plain(chromium: Any, served: dict[str, str]) -> Iterator[Visit]:
    """A browser that runs no scripts."""
    yield from _visits(chromium, served, java_script_enabled=False)


@pytest.mark.parametrize("theme", ("light", "dark"))
def test_every_page_is_accessible_and_fits_a_phone(chromium: Any, served: dict[str, str], theme: str) -> None:
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
    for visit in _visits(chromium, served, color_scheme=theme):
        for path in (*PAGES, "/sign-in"):
            visit.tab.set_viewport_size({"width": 1440, "height": 900})
            tab = visit.go(path)
            tab.evaluate(axe)
            found = tab.evaluate("tags => axe.run({runOnly: {type: 'tag', values: tags}})", AXE)
            said = [
                (v["id"], n["target"], n["failureSummary"][:200]) for v in found["violations"] for n in v["nodes"][:3]
            ]
            assert not said, path
            tab.set_viewport_size({"width": 360, "height": 740})
            assert tab.evaluate("document.scrollingElement.scrollWidth") <= 360, path


def test_a_site_is_described_by_keyboard(visit: Visit) -> None:
    tab = visit.go("/settings")
    tab.get_by_role("link", name="Describe a site").focus()
    tab.keyboard.press("Enter")
    tab.wait_for_url("**site=**")
    tab.get_by_label("Name, as activities say it").focus()
    for text in ("cellar", "DE", "", "1.6", "", "", "bill of 2025"):
        tab.keyboard.type(text)
        tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**site=cellar**")
    expect(tab.locator("tr.now")).to_contain_text("bill of 2025")


def test_a_fact_that_cannot_be_is_said_beside_the_form_by_mouse(chromium: Any, served: dict[str, str]) -> None:
    for visit in _visits(chromium, served):
        tab = visit.go("/settings/sites?site=paris")
        tab.get_by_label("PUE").fill("0.4")
        tab.get_by_label("Source of what you change").fill("guess")
        tab.get_by_role("button", name="Keep these facts").click()
        expect(tab.get_by_role("alert")).to_contain_text("pue is below 1")
        expect(tab.get_by_label("PUE")).to_have_value("0.4")
        visit.wrong = [w for w in visit.wrong if "400" not in w]  # the browser says so of the refused form


def test_a_token_is_made_and_revoked_without_scripts(plain: Visit) -> None:
    tab = plain.go("/settings/tokens")
    tab.get_by_label("What it is for").fill("night run")
    tab.get_by_label("Cell atlas").check()
    tab.get_by_role("button", name="Make it").click()
    expect(tab.locator("#made .cmd")).to_contain_text("tlt_")
    plain.go("/settings/tokens")
    assert "tlt_" not in tab.content()
    tab.get_by_role("link", name="Revoke night run").click()
    tab.get_by_role("button", name="Revoke it").click()
    tab.wait_for_url("**/settings/tokens")
    expect(tab.get_by_role("row", name="night run")).to_contain_text("revoked")


def test_to_load_the_page_of_a_new_token_again_makes_no_second_one_and_shows_no_secret(visit: Visit) -> None:
    tab = visit.go("/settings/tokens")
    tab.get_by_label("What it is for").fill("loaded again")
    tab.get_by_label("Cell atlas").check()
    tab.get_by_role("button", name="Make it").click()
    secret = tab.locator("#made .cmd").inner_text()
    assert secret.startswith("tlt_") and secret not in tab.url
    tab.reload()
    expect(tab.get_by_role("row", name="loaded again")).to_have_count(1)
    assert secret not in tab.content()
    visit.go("/settings/log")
    tab.go_back()
    expect(tab.get_by_role("row", name="loaded again")).to_have_count(1)
    assert secret not in tab.content()


def test_a_member_is_added_given_a_role_and_removed(visit: Visit) -> None:
    tab = visit.go("/settings/members")
    tab.get_by_label("E-mail, as the provider knows it").fill("eve@example.org")
    tab.get_by_label("Tide forecast").check()
    tab.get_by_role("button", name="Add them").click()
    tab.get_by_role("link", name="eve@example.org").click()
    tab.get_by_label("Role").select_option("auditor")
    tab.get_by_label("All of them, also those to come").check()
    tab.get_by_role("button", name="Give this role").click()
    expect(tab.get_by_role("row", name="eve@example.org")).to_contain_text("auditor")
    tab.get_by_role("link", name="eve@example.org").click()
    tab.get_by_role("button", name="Remove eve@example.org").click()
    tab.wait_for_url("**/settings/members")
    expect(tab.get_by_role("row", name="eve@example.org")).to_have_count(0)


def test_the_public_page_is_looked_at_taken_back_and_published(visit: Visit) -> None:
    tab = visit.go("/settings/public")
    tab.get_by_role("link", name="Look at the page").click()
    expect(tab.locator("h1")).to_contain_text("Harbour")
    tab.get_by_role("link", name="Back to the settings").click()
    tab.get_by_role("button", name="Take it back").click()
    expect(tab.locator("#state")).to_contain_text("Not published")
    tab.get_by_role("button", name="Publish").click()
    expect(tab.locator("#state")).to_contain_text("Published")


def test_signing_out_ends_it(visit: Visit) -> None:
    tab = visit.go("/settings")
    tab.get_by_role("button", name="Sign out").click()
    tab.wait_for_url("**/sign-in**")
    visit.go("/settings")
    tab.wait_for_url("**/sign-in**")
