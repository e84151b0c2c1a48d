"""The public page: what an organisation chose to publish, for anybody, without signing in."""

from collections import Counter
from functools import cached_property

import numpy as np
from markupsafe import Markup

from treadlight.app.account import CATEGORIES
from treadlight.app.energy import energy_by
from treadlight.app.server.answers import Answer
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.web.book import Book
from treadlight.app.web.figures import download, kind_of, plate
from treadlight.app.web.ink import Ink
from treadlight.app.web.overview import Overview
from treadlight.app.web.publication import public_desk, publication
from treadlight.app.web.render import render
from treadlight.assess.draws import Array, Draws
from treadlight.core.category import CATEGORIES as ALL
from treadlight.core.errors import NotFoundError
from treadlight.core.quantity import Quantity
from treadlight.core.texts import say
from treadlight.share.findings import component_name, short_name

PATHS = ("/public", "/public/{figure:str}", "/public-preview", "/public-preview/{figure:str}")
TITLE = "Public page"
SCOPE = None

_PREVIEW = "/public-preview"


def page(desk: Desk, request: PageRequest) -> Answer:
    """The page, its figure as a file, or for admins and auditors a look at it before it is published."""
    found, preview = publication(desk), request.path.startswith(_PREVIEW)
    if preview:
        desk.people()  # refuses whoever is neither auditor nor admin
    elif not found.on:
        remedy = "an admin can choose to publish under Settings, Public page"
        raise NotFoundError("nothing is published here", field="page", value="/public", remedy=remedy)
    opened = public_desk(desk, found)
    asked = PageRequest(request.path, params=request.params, query=_kept(request), base=request.base)
    book = Book(opened, asked)
    overview = Overview(book)
    path = _PREVIEW if preview else "/public"
    if "figure" in request.params:
        _, kind = kind_of(request.params["figure"], "trend")
        return download(overview.trend(), kind, request.get("theme"))
    ready = not overview.empty and not overview.nothing
    return render(
        opened,
        asked,
        "public.html.jinja",
        title=found.name or TITLE,
        public=True,
        navigation=(),
        d=Closed(),
        o=overview,
        book=book,
        found=found,
        preview=preview,
        path=path,
        comparable=Comparable(book).rows if ready else [],
        trend=plate(overview.trend, f"{path}/trend") if ready else None,
        missing=missing(book) if ready else [],
    )


def missing(book: Book) -> list[tuple[str, int, str]]:
    """What is not counted: what, how often, and why; without the names of machines, which nobody outside needs."""
    assert book.span is not None
    runs: Counter[str] = Counter()
    for (component, _, _), n in book.unread(book.span).items():
        runs[component] += n
    found = [(component_name(component), n, "run") for component, n in sorted(runs.items())]
    flows = Counter(group.flow for group in (*book.now.unanswered(), *(lost for _, lost in book.now.unfit())))
    return found + [(flow, n, "flow") for flow, n in sorted(flows.items())]


def _kept(request: PageRequest) -> dict[str, list[str]]:
    """Nothing that an address says changes what is published; only the form in which it is given, and the language."""
    return {name: request.all(name) for name in ("as", "lang") if request.all(name)}


class Closed(Ink):
    """Numbers without doors: what lies behind them is not published."""

    @staticmethod
    def _link(text: Markup, href: str, tip: Markup) -> Markup:
        return Ink._link(text, "", tip)


class Comparable:
    """Figures that can be laid beside those of others: by what was done, not by how large one is."""

    def __init__(self, book: Book) -> None:
        self._book = book

    @property
    def rows(self) -> list[tuple[str, Quantity | None]]:
        """What for each kilowatt-hour at the devices, and how much; None: unknown. Last, electricity for each run."""
        found: list[tuple[str, Quantity | None]] = []
        for category in CATEGORIES:
            if category != "energy":
                unit = f"{ALL[category].unit}/kWh"
                amount = self._ratio(category, self._electricity_kwh)
                found.append((short_name(category), _quantity(amount, unit)))
        runs = len(self._book.runs_of(self._book.span)) if self._book.span else 0
        if runs:
            per_run = None if self._electricity_kwh is None else self._electricity_kwh / runs
            found.append((say("Electricity at the devices, a run"), _quantity(per_run, "kWh")))
        return found

    @cached_property
    def _electricity_kwh(self) -> Array | None:
        """Draws of the electricity at the devices [kWh]; None where none is recorded."""
        desk = self._book.desk
        groups = [group for _, group in self._book.now.rows]
        return energy_by(groups, lambda _: "", Draws(desk.draws, desk.seed)).get("")

    def _ratio(self, category: str, by: Array | None) -> Array | None:
        result = self._book.now.footprint
        if by is None or result.total(category) is None or not np.all(by > 0):
            return None
        found: Array = result.samples[CATEGORIES.index(category)] / by
        return found


def _quantity(samples: Array | None, unit: str) -> Quantity | None:
    if samples is None:
        return None
    p05, p50, p95 = (float(x) for x in np.quantile(samples, (0.05, 0.5, 0.95)))
    return Quantity(unit, p05, p50, p95)
