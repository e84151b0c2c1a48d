"""Overview: how much, since when, of what, why it changed, and what is not known."""

from treadlight.app.server.answers import Answer
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.web import sentences
from treadlight.app.web.asking import check_names
from treadlight.app.web.book import Book
from treadlight.app.web.figures import Plate, download, kind_of, plate
from treadlight.app.web.overview import DIMENSIONS, Overview
from treadlight.app.web.render import keep, render

PATHS = ("/", "/overview/{figure:str}")
TITLE = "Overview"
NAV = 10


def page(desk: Desk, request: PageRequest) -> Answer:
    """The overview, or its figure as a file."""
    check_names(request, "by")
    book = Book(desk, request)
    overview = Overview(book, request.get("by", "project"))
    if "figure" in request.params:
        _, kind = kind_of(request.params["figure"], "trend")
        return download(overview.trend(), kind, request.get("theme"))
    sections = ("hero", "trend", "changed", "split", "unknown")
    trend = None if overview.empty or overview.nothing else trend_plate(overview)
    overview.prepare(sections)
    return render(
        desk,
        request,
        "overview.html.jinja",
        title=TITLE,
        o=overview,
        trend=trend,
        book=book,
        sections=sections,
        dimensions=DIMENSIONS,
        sentence=sentences.overview(book),
    )


def trend_plate(overview: Overview) -> Plate:
    """The figure of the months, for every page that shows it."""
    book = overview.book
    query = keep(book.request, filters=True)
    return plate(overview.trend, "/overview/trend", query, why=book.link("/why/total"))
