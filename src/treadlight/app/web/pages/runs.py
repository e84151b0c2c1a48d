"""Runs: every run, searched, sorted, and those that are going on now."""

from treadlight.app.runs import live
from treadlight.app.server.answers import Answer
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.web import sentences
from treadlight.app.web.book import Book
from treadlight.app.web.listing import listed, matching, ordered
from treadlight.app.web.render import fragment, render
from treadlight.core.errors import InputError
from treadlight.share.numbers import shared_unit

PATHS = ("/runs", "/runs-live")
TITLE = "Runs"
NAV = 20

_PER_PAGE = 50


def page(desk: Desk, request: PageRequest) -> Answer:
    """The list of runs, or the rows of those that are going on."""
    book = Book(desk, request)
    going = live(desk) if desk.embedded and desk.journals.is_dir() else []
    if request.path == "/runs-live":
        return fragment(desk, request, "_live.html.jinja", going=going)
    found = matching(book.runs, request.get("q"), request.get("status"))
    if desk.filter.since or desk.filter.until:
        found = [r for r in found if _within(desk, r.start)]
    sort, ascending = request.get("sort", "start"), request.get("order") == "up"
    rows = ordered(listed(book, found), sort, ascending=ascending)
    first = _page(request.get("page", "1"))
    shown = rows[(first - 1) * _PER_PAGE : first * _PER_PAGE]
    unit = shared_unit([row.impact for row in rows])
    return render(
        desk,
        request,
        "runs.html.jinja",
        title=TITLE,
        book=book,
        rows=shown,
        found=len(rows),
        whole=len(book.runs),
        page=first,
        pages=max(-(-len(rows) // _PER_PAGE), 1),
        sort=sort,
        ascending=ascending,
        going=going,
        unit=unit,
        energy_unit=shared_unit([row.energy for row in rows], "kWh"),
        sentence=sentences.runs(book),
    )


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
