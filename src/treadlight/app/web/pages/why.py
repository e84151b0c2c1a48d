"""Why: the number in one line, unfolded step by step, each with its source; and the answer under earlier libraries."""

from urllib.parse import urlencode

from treadlight.app.server.answers import Answer
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.web import sentences
from treadlight.app.web.book import Book
from treadlight.app.web.derived import derived
from treadlight.app.web.reasons import TOTAL, answers, reasons
from treadlight.app.web.render import keep, render
from treadlight.app.web.tree import Term, equation
from treadlight.app.web.unfolded import unfolded, why_file
from treadlight.core.category import CATEGORIES
from treadlight.core.texts import say

PATHS = ("/why/{id:path}",)
TITLE = "Why"


def page(desk: Desk, request: PageRequest) -> Answer:
    """The tree behind a number, as a page or as JSON."""
    book = Book(desk, request)
    identifier = request.params["id"].strip("/")
    of = request.get("of")
    found = derived(book, identifier, of) if of else None
    root = found.root if found else reasons(book, identifier)
    if request.get("as") == "json":
        return why_file(root, identifier)
    kept = "&".join(p for p in (keep(request, filters=identifier == TOTAL), urlencode({"of": of}) if of else "") if p)
    return render(
        desk,
        request,
        "why.page.html.jinja",
        title=say("Why {what}", what=root.label),
        book=book,
        terms=found.terms if found else [*equation(root), *_unknown(book, identifier)],
        derived=found,
        answers=() if found else answers(book, identifier),
        identifier=identifier,
        category_name=CATEGORIES[desk.category].name,
        sentence=sentences.why(book, root, found.terms[0].shown if found else None),
        **{
            **unfolded(desk, root, request.get("step"), kept),
            "named": found is not None and not of.startswith("part:"),
        },
    )


def _unknown(book: Book, identifier: str) -> list[Term]:
    """The hatched term of a total of which something is not known."""
    missing = (
        identifier == TOTAL and book.span is not None and bool(book.now.footprint.unanswered or book.unread(book.span))
    )
    return [Term("+", None, say("unknown"), TOTAL)] if missing else []
