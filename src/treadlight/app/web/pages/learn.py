"""Learn: short lessons on one's own data, the glossary, and comparisons with daily life."""

from treadlight.app.server.answers import Answer
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.web import sentences
from treadlight.app.web.book import Book
from treadlight.app.web.lessons import equivalents, lessons
from treadlight.app.web.render import render
from treadlight.app.web.terms import terms

PATHS = ("/learn",)
TITLE = "Learn"
NAV = 70


def page(desk: Desk, request: PageRequest) -> Answer:
    """The lessons that the months shown can teach, and every term."""
    book = Book(desk, request)
    likes = equivalents(book)
    return render(
        desk,
        request,
        "learn.html.jinja",
        title=TITLE,
        book=book,
        lessons=lessons(book),
        terms=terms(),
        names={anchor: term for anchor, term, _ in terms()},
        counted_likes=[like for like in likes if like.times],
        other_likes=[like for like in likes if not like.times],
        sentence=sentences.learn(book),
    )
