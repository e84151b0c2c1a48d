"""Homes: what concerns each role first, composed of the sections that the other pages have."""

from dataclasses import dataclass

from treadlight.app.server.answers import Answer
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.web import sentences
from treadlight.app.web.asking import check_names
from treadlight.app.web.book import Book
from treadlight.app.web.listing import listed
from treadlight.app.web.overview import DIMENSIONS, Overview
from treadlight.app.web.pages.overview import trend_plate
from treadlight.app.web.render import render
from treadlight.core.errors import NotFoundError
from treadlight.core.texts import say

PATHS = ("/home/{who:str}",)
TITLE = "Home"


@dataclass(frozen=True, slots=True)
class Home:
    """A role's home: its title, whom it is for, its sections in order, and by what it splits first."""

    title: str
    about: str
    sections: tuple[str, ...]
    split: str = "project"


def homes() -> dict[str, Home]:
    """Homes by the last part of their address."""
    return {
        "engineer": Home(
            say("Engineer"),
            say("What ran last, what dominates, and what to do next."),
            ("hero", "runs", "split", "unknown"),
            "component",
        ),
        "lead": Home(
            say("Decision maker"),
            say("Where we stand, and what moved it."),
            ("hero", "trend", "changed", "split", "unknown"),
        ),
        "auditor": Home(
            say("Auditor"),
            say("Can it be recomputed, and what rests on estimates?"),
            ("hero", "proof", "unknown", "split"),
            "stage",
        ),
        "public": Home(
            say("For everybody"),
            say("Comparable figures, with method and completeness."),
            ("hero", "trend", "completeness"),
        ),
    }


def page(desk: Desk, request: PageRequest) -> Answer:
    """The home of a role."""
    home = homes().get(request.params["who"])
    if home is None:
        remedy = f"use one of {', '.join(homes())}"
        raise NotFoundError("no such home", field="home", value=request.params["who"], remedy=remedy)
    check_names(request, "by")
    book = Book(desk, request)
    overview = Overview(book, request.get("by", home.split))
    ready = not overview.empty and not overview.nothing
    trend = trend_plate(overview) if ready and "trend" in home.sections else None
    overview.prepare(home.sections)
    return render(
        desk,
        request,
        "overview.html.jinja",
        title=home.title,
        o=overview,
        book=book,
        home=home,
        trend=trend,
        last=listed(book, book.runs_of(overview.span)[:8]) if ready and "runs" in home.sections else [],
        sections=home.sections,
        dimensions=DIMENSIONS,
        sentence=sentences.overview(book),
    )
