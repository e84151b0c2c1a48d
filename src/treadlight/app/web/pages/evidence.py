"""Evidence: how the chain stands, whether it holds, where figures came from, and what was corrected."""

import math

from treadlight.app.server.answers import Answer, Redirect
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.server.principal import Scope
from treadlight.app.web import sentences
from treadlight.app.web.book import Book
from treadlight.app.web.overview import Overview
from treadlight.app.web.render import render

PATHS = ("/evidence",)
TITLE = "Evidence"
NAV = 60

POST_SCOPE = Scope.READ

_SHOWN = 20
_MOMENT_S = 3.0


def post(desk: Desk, request: PageRequest) -> Answer:
    """Have the whole chain checked; where that takes longer than a moment, the page says that it is under way."""
    checker, root = desk.checker, request.form.get("root", "").strip()
    desk.did("verify", "", root[:64])
    checker.start(root)
    checker.wait(_MOMENT_S)
    return Redirect("/evidence#chain")


def page(desk: Desk, request: PageRequest) -> Answer:
    """The chain, how far it was checked, and what the numbers rest on."""
    book = Book(desk, request)
    whole = desk.principal.everything
    root, entries = desk.ledger.head() if whole else ("", 0)
    checker = desk.checker if whole else None
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
        check=checker.last if checker else None,
        broken=checker.broken if checker else None,
        checked=desk.ledger.checked() if whole else None,
        digests=digests,
        corrections=desk.cached(("corrections",), lambda: desk.ledger.corrections(_SHOWN)),
        sources=_sources(book),
        sentence=sentences.evidence(book),
    )


def _sources(book: Book) -> list[tuple[str, str, int, float | None]]:
    """Method, component, number of activities and share of the leading category behind them; None: unknown.

    The shares add up to what the coverage says is known, as in `Book.evidence`.
    """
    import numpy as np

    if book.span is None or not book.now.rows:
        return []
    rows = book.now.rows
    counts = {key: int(n) for key, n in rows.sums("method", "component", of=rows.counts).items()}
    amounts = book.now.along(book.category, "method", "component")
    medians = {key: max(float(np.median(samples)), 0.0) for key, samples in amounts.items()}
    covered = math.fsum(share for method, share in book.evidence if method != "unknown")
    whole = sum(medians.values()) / covered if covered else 1.0
    found = [(*key, count, medians[key] / whole if key in medians else None) for key, count in counts.items()]
    return sorted(found, key=lambda row: -(row[3] or 0.0))
