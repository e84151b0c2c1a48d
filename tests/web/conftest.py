"""Desks over ledgers that are empty, that hold ten runs, a year of the demo organisation, or ten beside studies."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from asking import Site
from filed_examples import assets, file_examples
from treadlight.app.demo_data import demo_items
from treadlight.app.server.place import Place
from treadlight.app.server.settings import ServerSettings
from treadlight.core.activity import Activity
from treadlight.ledger.records import Run
from treadlight.ledger.store import Ledger

END = datetime(2026, 11, 1, tzinfo=UTC)
KINDS = ("empty", "ten", "year", "studied")


@pytest.fixture(scope="session")
def demo_year() -> list[Any]:
    return list(demo_items(years=1, seed=0, until=END))


def _items(kind: str, items: list[Any]) -> list[Any]:
    if kind == "year":
        return items
    runs = {item.id for item in items if isinstance(item, Run)} if kind != "empty" else set()
    kept = set(sorted(runs)[-10:])
    return [i for i in items if i.id in kept or getattr(i, "parent", getattr(i, "run", "")) in kept]


@pytest.fixture(scope="session")
def sites(tmp_path_factory: pytest.TempPathFactory, demo_year: list[Any]) -> Iterator[Callable[[str], Site]]:
    """A site by kind, opened once; its home is not anybody's."""
    made: dict[str, Site] = {}
    patch = pytest.MonkeyPatch()

    def site(kind: str) -> Site:
        if kind not in made:
            folder: Path = tmp_path_factory.mktemp(f"site-{kind}")
            patch.setenv("TREADLIGHT_HOME", str(folder))
            patch.setenv("TREADLIGHT_DRAWS", "200")
            items = _items(kind, demo_year) + (assets() if kind == "studied" else [])
            if kind == "studied":
                file_examples(folder)
            with Ledger.open(folder / "ledger.sqlite") as ledger:
                ledger.append(items)
            place = Place(ServerSettings(embedded=True))
            place.open()
            made[kind] = Site(place, [item for item in items if isinstance(item, Run)])
        return made[kind]

    yield site
    for one in made.values():
        one.place.close()
    patch.undo()


@pytest.fixture(params=KINDS)
def site(request: pytest.FixtureRequest, sites: Callable[[str], Site]) -> Site:
    return sites(request.param)


@pytest.fixture
def year(sites: Callable[[str], Site]) -> Site:
    return sites("year")


@pytest.fixture
def activities(demo_year: list[Any]) -> list[Activity]:
    return [item for item in demo_year if isinstance(item, Activity)]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Debian's browser, without a window."""
    playwright = pytest.importorskip("playwright.sync_api")
    playwright.expect.set_options(timeout=20_000)
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            timeout=30_000, executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()
