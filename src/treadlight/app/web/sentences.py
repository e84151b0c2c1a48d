"""The sentences at the head of the pages: what is shown, in words, each underlined phrase a choice."""

from string import Formatter

from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.web.book import Book, Span
from treadlight.app.web.phrases import Phrase, accounting, category, choice, scope
from treadlight.app.web.tree import quantity_of
from treadlight.assess.why import WhyNode
from treadlight.core.texts import say
from treadlight.ledger.months import month_after
from treadlight.share.account import Account
from treadlight.share.numbers import Shown, show

__all__ = [
    "Sentence",
    "compare",
    "composed",
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


def composed(pattern: str, **phrases: Phrase) -> Sentence:
    """A pattern, already in the reader's language, with a phrase in each of its blanks."""
    found: list[str | Phrase] = []
    for text, blank, _, _ in Formatter().parse(pattern):
        found += [*([text] if text else []), *([phrases[blank]] if blank else [])]
    return tuple(found)


def _shown_as(desk: Desk, request: PageRequest) -> dict[str, Phrase]:
    """Under which category and method: what stands in every sentence with a number."""
    return {
        "category": category(desk, request),
        "accounting": accounting(desk, request),
        "scope": scope(desk, request),
    }


def overview(book: Book) -> Sentence:
    """``Showing carbon of all projects for Nov 2025 to Oct 2026, location-based, whole life cycle, beside …``"""
    desk, request = book.desk, book.request
    phrases = {**_shown_as(desk, request), "project": project(book), "period": period(book)}
    if book.span is None:
        return composed(say("Showing {category} of {project} for {period}, {accounting}, {scope}"), **phrases)
    options = [("", book.span.before().text), ("nothing", say("nothing"))]
    beside = choice(request, "beside", say("comparison"), request.get("beside"), options)
    pattern = say("Showing {category} of {project} for {period}, {accounting}, {scope}, beside {beside}")
    return composed(pattern, **phrases, beside=beside)


def project(book: Book) -> Phrase:
    """Of which project."""
    desk = book.desk
    names = desk.cached(("projects",), desk.ledger.project_names)
    options = [("", say("all projects")), *((name, name) for name in names if name)]
    return choice(book.request, "project", say("project"), desk.filter.project or "", options, others=("page",))


def period(book: Book) -> Phrase:
    """For which months; the last twelve that hold anything, years, quarters and single months."""
    if book.extent is None or book.span is None:
        return Phrase(say("period"), say("the last 12 months"), ())
    extent, chosen, until = book.extent, book.span, book.latest
    spans = [Span(month_after(until, -n), until) for n in (12, 3, 1)]
    if extent.until > until:
        spans.append(Span(max(until, month_after(extent.until, -12)), extent.until))
    years = range(until.year if until.month > 1 else until.year - 1, extent.since.year - 1, -1)
    for year in list(years)[:12]:
        january = extent.since.replace(year=year, month=1)
        spans.append(Span(january, month_after(january, 12)))
    if chosen not in spans:
        spans.insert(0, chosen)
    options = tuple((span.text, book.request.url(**{**span.query, "page": None}), span == chosen) for span in spans)
    return Phrase(say("period"), chosen.text, options)


def runs(book: Book) -> Sentence:
    """``Runs of all projects, any state, shown as carbon, location-based, whole life cycle``"""
    request = book.request
    states = [
        ("", say("in any state")), ("running", say("running")), ("finished", say("finished")),
        ("failed", say("failed")), ("interrupted", say("interrupted")), ("withdrawn", say("withdrawn")),
    ]  # fmt: skip
    state = choice(request, "status", say("state"), request.get("status"), states, others=("page",))
    pattern = say("Runs of {project}, {state}, shown as {category}, {accounting}, {scope}")
    return composed(pattern, project=project(book), state=state, **_shown_as(book.desk, request))


def run(desk: Desk, request: PageRequest, account: Account) -> Sentence:
    """``Training tide-forecast of Tide forecast by team Forecasting on hall-a-node-1 in Germany, shown as …``"""
    about = account.run
    named = {
        "project": about.subject.project,
        "team": about.subject.team,
        "machine": about.host.get("hostname", ""),
        "place": account.place or say("a place unknown"),
    }
    clauses = {
        "project": say(" of {project}"),
        "team": say(" by team {team}"),
        "machine": say(" on {machine}"),
        "place": say(" in {place}"),
    }
    pattern = "{stage} {name}" if about.name else "{stage}"
    pattern += "".join(clauses[key] for key, value in named.items() if value)
    pattern += say(", shown as {category}, {accounting}, {scope}")
    stage = say(str(about.stage)) if about.stage else say("run")
    facts = {key: Phrase("", value, ()) for key, value in named.items()}
    name = Phrase("", about.name, ())
    begun = Phrase("", stage[:1].upper() + stage[1:], (), plain=True)
    return composed(pattern, stage=begun, name=name, **facts, **_shown_as(desk, request))


def why(book: Book, root: WhyNode, shown: Shown | None = None) -> Sentence:
    """``Why is the carbon of Run tide-forecast, 110 kg CO₂e, as it is: location-based, with library 2026.11?``"""
    desk, request = book.desk, book.request
    amount = quantity_of(root)
    text = show(amount, at_least=2).text if amount else say("unknown")
    versions = [("", desk.library.version if not desk.choice.library else desk.library.versions()[0])]
    versions += [(v, v) for v in desk.library.versions() if v != versions[0][1]]
    now = desk.choice.library if desk.choice.library != versions[0][1] else ""
    return composed(
        say("Why is the {category} of {what}, {amount}, as it is: {accounting}, {scope}, with library {library}?"),
        what=Phrase("", root.label, ()),
        amount=Phrase("", shown.text if shown else text, (), plain=True),
        library=choice(request, "library", say("library"), now, versions),
        **_shown_as(desk, request),
    )


def library(desk: Desk, request: PageRequest, entry: str) -> Sentence:
    """``Factors of library 2026.11``"""
    versions = desk.library.versions()
    options = [("", versions[0]), *((v, v) for v in versions[1:])]
    now = desk.choice.library if desk.choice.library != versions[0] else ""
    version = choice(request, "library", say("library"), now, options)
    if not entry:
        return composed(say("Factors of library {library}"), library=version)
    return composed(say("Figures of {entry} in library {library}"), entry=Phrase("", entry, ()), library=version)


def evidence(book: Book) -> Sentence:
    """``Evidence of all projects for Nov 2025 to Oct 2026``"""
    pattern = say("Evidence of {project} for {period}, shares of {category}")
    leading = category(book.desk, book.request)
    return composed(pattern, project=project(book), period=period(book), category=leading)


def compare(book: Book, names: tuple[str, str]) -> Sentence:
    """``A, claims-finetune, beside B, cell-atlas, by carbon, location-based, whole life cycle``"""
    a, b = (Phrase("", name, ()) for name in names)
    pattern = say("A, {a}, beside B, {b}, by {category}, {accounting}, {scope}")
    return composed(pattern, a=a, b=b, **_shown_as(book.desk, book.request))


def systems(book: Book, name: str) -> Sentence:
    """``Systems of all projects, shown as carbon …``"""
    shown = _shown_as(book.desk, book.request)
    if name:
        pattern = say("The system {name}, over its life, shown as {category}, {accounting}, {scope}")
        return composed(pattern, name=Phrase("", name, ()), **shown)
    pattern = say("Systems of {project}, over their lives, shown as {category}, {accounting}, {scope}")
    return composed(pattern, project=project(book), **shown)


def learn(book: Book) -> Sentence:
    """``Lessons on carbon of all projects for Nov 2025 to Oct 2026``"""
    pattern = say("Lessons on {category} of {project} for {period}")
    leading = category(book.desk, book.request)
    return composed(pattern, category=leading, project=project(book), period=period(book))
