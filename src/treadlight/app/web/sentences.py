"""The sentences at the head of the pages: what is shown, in words, each underlined phrase a choice."""

from treadlight.app.web.book import Book, Span
from treadlight.app.web.phrases import Phrase, accounting, category, choice, scope
from treadlight.ledger.months import month_after

__all__ = ["Sentence", "overview", "period", "project"]

Sentence = tuple[str | Phrase, ...]


def overview(book: Book) -> Sentence:
    """``Showing carbon of all projects for Nov 2025 to Oct 2026, location-based, whole life cycle, beside …``"""
    desk, request = book.desk, book.request
    found: list[str | Phrase] = ["Showing", category(desk, request), "of", project(book), "for", period(book)]
    found += [",", accounting(desk, request), ",", scope(desk, request)]
    if book.span is not None:
        before = book.span.before().text
        options = [("", before), ("nothing", "nothing")]
        found += [", beside", choice(request, "beside", "comparison", request.get("beside"), options)]
    return tuple(found)


def project(book: Book) -> Phrase:
    """Of which project."""
    desk = book.desk
    names = desk.cached(("projects",), lambda: sorted({g.project for g in desk.ledger.sums(None, ("project",))}))
    options = [("", "all projects"), *((name, name) for name in names if name)]
    return choice(book.request, "project", "project", desk.filter.project or "", options, others=("page",))


def period(book: Book) -> Phrase:
    """For which months; the last twelve that hold anything, years, quarters and single months."""
    if book.extent is None or book.span is None:
        return Phrase("period", "the last 12 months", ())
    extent, chosen = book.extent, book.span
    spans = [Span(month_after(extent.until, -12), extent.until), Span(month_after(extent.until, -3), extent.until)]
    spans.append(Span(month_after(extent.until, -1), extent.until))
    years = range(extent.until.year if extent.until.month > 1 else extent.until.year - 1, extent.since.year - 1, -1)
    for year in list(years)[:12]:
        january = extent.since.replace(year=year, month=1)
        spans.append(Span(january, month_after(january, 12)))
    if chosen not in spans:
        spans.insert(0, chosen)
    options = tuple((span.text, book.request.url(**{**span.query, "page": None}), span == chosen) for span in spans)
    return Phrase("period", chosen.text, options)
