"""Library: every factor with its interval, source, vintage and licence; several estimates of one thing together."""

from collections.abc import Sequence

from treadlight.app.server.answers import Answer
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.web import sentences
from treadlight.app.web.book import Book
from treadlight.app.web.columns import entry_words, figure_words
from treadlight.app.web.ink import Axis
from treadlight.app.web.render import render
from treadlight.core.quantity import Quantity
from treadlight.library.figures import Figure

PATHS = ("/library", "/library/{id:path}")
TITLE = "Library"
NAV = 50

_MOST = 60


def page(desk: Desk, request: PageRequest) -> Answer:
    """The tables, what a search finds, or one entry's figures."""
    book = Book(desk, request)
    wanted, text = request.params.get("id", "").strip("/"), request.get("q")
    context = {"title": TITLE, "book": book, "text": text, "sentence": sentences.library(desk, request, wanted)}
    if wanted:
        shown = desk.library.show(wanted)
        groups = [Estimates(unit, found) for unit, found in _by_unit(shown).items()]
        used = _used(book, wanted)
        return render(
            desk, request, "entry.html.jinja", **context, id=wanted, groups=groups, used=used, found=len(shown),
            words_of=figure_words, about=_about(shown),
        )  # fmt: skip
    tables = desk.cached(("tables",), desk.library.tables)
    entries = desk.cached(("find", text), lambda: desk.library.find(text)) if text else []
    return render(
        desk, request, "library.html.jinja", **context, tables=tables, entries=entries[:_MOST], found=len(entries),
        words_of=entry_words,
    )  # fmt: skip


def _about(shown: Sequence[Figure]) -> str:
    """What all of these figures are about; empty where they are about several things."""
    found = {about for about, word, _ in (figure_words(figure.label) for figure in shown) if word}
    return found.pop() if len(found) == 1 and len(shown) > 1 else ""


class Estimates:
    """Figures of one unit, on one axis."""

    def __init__(self, unit: str, figures: Sequence[Figure]) -> None:
        self.unit = unit
        self.rows = [(figure, _quantity(figure)) for figure in figures[:_MOST]]
        self.left_out = max(len(figures) - _MOST, 0)
        known = [q for _, q in self.rows if q is not None]
        self.axis = Axis(known, unit, zero=all(q.p05 >= 0 for q in known), width=260)


def _by_unit(figures: Sequence[Figure]) -> dict[str, list[Figure]]:
    found: dict[str, list[Figure]] = {}
    for figure in figures:
        found.setdefault(figure.unit, []).append(figure)
    return found


def _quantity(figure: Figure) -> Quantity | None:
    if figure.amount is None:
        return None
    low, mid, high = (figure.amount.quantile(p) for p in (0.05, 0.5, 0.95))
    return Quantity(figure.unit, low, mid, high)


def _used(book: Book, entry: str) -> list[tuple[str, int]]:
    """Projects whose activities rest on an entry, with how many of them do."""
    if book.span is None:
        return []
    table, _, rest = entry.partition("/")
    name = rest.partition("/")[0]
    rows = book.rows(book.span)
    found: dict[str, int] = {}
    for (project, zone, flow), count in rows.sums("project", "zone", "flow", of=rows.counts).items():
        of_place = table in ("grid", "zones", "grid_other") and zone == name and flow.startswith("electricity")
        of_device = table in ("embodied", "products") and name and flow == f"hardware.{name}"
        if of_place or of_device:
            found[project] = found.get(project, 0) + int(count)
    return sorted(found.items(), key=lambda item: -item[1])
