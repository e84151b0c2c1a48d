"""Evidence: how the chain stands, whether it holds, where figures came from, and what was corrected."""

from treadlight.app.server.answers import Answer
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.web import sentences
from treadlight.app.web.book import Book
from treadlight.app.web.overview import Overview
from treadlight.app.web.render import render

PATHS = ("/evidence",)
TITLE = "Evidence"
NAV = 60

_SHOWN = 20


def page(desk: Desk, request: PageRequest) -> Answer:
    """The chain, its verification where that is asked for, and what the numbers rest on."""
    book = Book(desk, request)
    whole = desk.principal.everything
    root, entries = desk.ledger.head() if whole else ("", 0)
    published = request.get("root").strip()
    asked = whole and request.get("verify") == "now"
    verdict = desk.cached(("verify", published), lambda: desk.ledger.verify(published or None)) if asked else None
    digests = [run for run in book.runs if run.journal_digest][:_SHOWN]
    return render(
        desk,
        request,
        "evidence.html.jinja",
        title=TITLE,
        book=book,
        o=Overview(book),
        whole=whole,
        head=root,
        count=entries,
        verdict=verdict,
        published=published,
        digests=digests,
        corrections=desk.cached(("corrections",), lambda: desk.ledger.corrections(_SHOWN)),
        sources=_sources(book),
        sentence=sentences.evidence(book),
    )


def _sources(book: Book) -> list[tuple[str, str, int, float | None]]:
    """Method, component, number of activities and share of the leading category behind them; None: unknown."""
    import numpy as np

    if book.span is None or not book.now.rows:
        return []
    counts: dict[tuple[str, str], int] = {}
    for _, group in book.now.rows:
        key = (group.method, group.component)
        counts[key] = counts.get(key, 0) + group.count
    amounts = book.now.by(book.category, lambda _, group: (group.method, group.component))
    medians = {key: max(float(np.median(samples)), 0.0) for key, samples in amounts.items()}
    whole = sum(medians.values()) or 1.0
    rows = [(*key, count, medians[key] / whole if key in medians else None) for key, count in counts.items()]
    return sorted(rows, key=lambda row: -(row[3] or 0.0))
