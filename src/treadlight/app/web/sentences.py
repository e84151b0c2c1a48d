"""The sentences at the head of the pages: what is shown, in words, each underlined phrase a choice."""

from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.web.book import Book, Span
from treadlight.app.web.phrases import Phrase, accounting, category, choice, scope
from treadlight.app.web.tree import quantity_of
from treadlight.assess.why import WhyNode
from treadlight.ledger.months import month_after
from treadlight.share.account import Account
from treadlight.share.numbers import show

__all__ = [
    "Sentence",
    "compare",
    "evidence",
    "library",
    "overview",
    "period",
    "project",
    "run",
    "runs",
    "systems",
    "why",
]

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


def runs(book: Book) -> Sentence:
    """``Runs of all projects, any state, shown as carbon, location-based, whole life cycle``"""
    desk, request = book.desk, book.request
    states = [("", "in any state"), *((state, state) for state in ("running", "finished", "failed", "interrupted"))]
    state = choice(request, "status", "state", request.get("status"), states, others=("page",))
    found: list[str | Phrase] = ["Runs of", project(book), ",", state, ", shown as", category(desk, request)]
    return (*found, ",", accounting(desk, request), ",", scope(desk, request))


def run(desk: Desk, request: PageRequest, account: Account) -> Sentence:
    """``Training tide-forecast of Tide forecast by team Forecasting on hall-a-node-1 in Germany, shown as …``"""
    about, recorded = account.run, [str(account.run.stage or "run").capitalize()]
    words = [
        ("", about.name),
        ("of", about.subject.project),
        ("by team", about.subject.team),
        ("on", about.host.get("hostname", "")),
        ("in", account.place or "a place unknown"),
    ]
    found: list[str | Phrase] = [recorded[0]]
    for before, value in words:
        if value:
            found += [*([before] if before else []), Phrase("", value, ())]
    found += [", shown as", category(desk, request), ",", accounting(desk, request), ",", scope(desk, request)]
    return tuple(found)


def why(book: Book, root: WhyNode) -> Sentence:
    """``Why is the carbon of Run tide-forecast 110 kg CO₂e, location-based, with library 2026.11?``"""
    desk, request = book.desk, book.request
    amount = quantity_of(root)
    shown = show(amount).text if amount else "unknown"
    versions = [("", desk.library.version if not desk.choice.library else desk.library.versions()[0])]
    versions += [(v, v) for v in desk.library.versions() if v != versions[0][1]]
    now = desk.choice.library if desk.choice.library != versions[0][1] else ""
    found: list[str | Phrase] = [
        "Why is the",
        category(desk, request),
        "of",
        Phrase("", root.label, ()),
        ",",
        shown,
        ",",
    ]
    found += [accounting(desk, request), ",", scope(desk, request), ", with library"]
    return (*found, choice(request, "library", "library", now, versions), "?")


def library(desk: Desk, request: PageRequest, entry: str) -> Sentence:
    """``Factors of library 2026.11``"""
    versions = desk.library.versions()
    options = [("", versions[0]), *((v, v) for v in versions[1:])]
    now = desk.choice.library if desk.choice.library != versions[0] else ""
    what = f"Figures of {entry} in library" if entry else "Factors of library"
    return (what, choice(request, "library", "library", now, options))


def evidence(book: Book) -> Sentence:
    """``Evidence of all projects for Nov 2025 to Oct 2026``"""
    return ("Evidence of", project(book), "for", period(book), ", shares of", category(book.desk, book.request))


def compare(book: Book, names: tuple[str, str]) -> Sentence:
    """``A, claims-finetune, beside B, cell-atlas, by carbon, location-based, whole life cycle``"""
    desk, request = book.desk, book.request
    a, b = (Phrase("", name, ()) for name in names)
    found: list[str | Phrase] = ["A,", a, ", beside B,", b, ", by", category(desk, request)]
    return (*found, ",", accounting(desk, request), ",", scope(desk, request))


def systems(book: Book, name: str) -> Sentence:
    """``Systems of all projects, shown as carbon …``"""
    desk, request = book.desk, book.request
    first: list[str | Phrase] = ["The system", Phrase("", name, ())] if name else ["Systems of", project(book)]
    life = ", over its life, shown as" if name else ", over their lives, shown as"
    found = [*first, life, category(desk, request)]
    return (*found, ",", accounting(desk, request), ",", scope(desk, request))


def learn(book: Book) -> Sentence:
    """``Lessons on carbon of all projects for Nov 2025 to Oct 2026``"""
    return ("Lessons on", category(book.desk, book.request), "of", project(book), "for", period(book))
