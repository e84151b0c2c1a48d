"""Runs: every run, searched, sorted, and those that are going on now."""

from datetime import UTC, datetime
from typing import Any

from treadlight.app.server.answers import Answer
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.web import sentences
from treadlight.app.web.asking import check_names
from treadlight.app.web.book import Book
from treadlight.app.web.excluding import excluding
from treadlight.app.web.going import going
from treadlight.app.web.listing import arranged, matching
from treadlight.app.web.render import fragment, render
from treadlight.core.errors import InputError
from treadlight.share.numbers import shared_unit

PATHS = ("/runs", "/runs-live")
TITLE = "Runs"
NAV = 20

_PER_PAGE = 50


def page(desk: Desk, request: PageRequest) -> Answer:
    """The list of runs, or the rows of those that are going on."""
    check_names(request, "q", "sort", "order", "page")
    book = Book(desk, request)
    moving = _moving(book)
    if request.path == "/runs-live":
        return fragment(desk, request, "_going.html.jinja", **moving)
    found = matching(book.runs, request.get("q"), request.get("status"))
    if desk.filter.since or desk.filter.until:
        found = [r for r in found if _within(desk, r.start)]
    sort, ascending = request.get("sort", "start"), request.get("order") == "up"
    first = _page(request.get("page", "1"))
    place = slice((first - 1) * _PER_PAGE, first * _PER_PAGE)
    shown = arranged(book, found, sort, place, ascending=ascending)
    unit = shared_unit([row.impact for row in shown])
    return render(
        desk,
        request,
        "runs.html.jinja",
        title=TITLE,
        book=book,
        rows=shown,
        found=len(found),
        whole=len(book.runs),
        page=first,
        pages=max(-(-len(found) // _PER_PAGE), 1),
        sort=sort,
        ascending=ascending,
        **moving,
        unit=unit,
        energy_unit=shared_unit([row.energy for row in shown], "kWh"),
        sentence=sentences.runs(book),
        excluding=None if found else excluding(book),
    )


def _moving(book: Book) -> dict[str, Any]:
    """The table of runs that are going on."""
    found = going(book)
    return {
        "going": found,
        "going_unit": shared_unit([g.impact for g in found], "kgCO2e"),
        "going_energy_unit": shared_unit([g.energy for g in found], "kWh"),
        "asked_at": datetime.now(UTC),
    }


def _within(desk: Desk, moment: object) -> bool:
    since, until = desk.filter.since, desk.filter.until
    return (since is None or moment >= since) and (until is None or moment < until)  # type: ignore[operator]


def _page(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= 1_000_000:
        raise InputError("is no page", field="page", value=text, remedy="give 1 for the first")
    return number
