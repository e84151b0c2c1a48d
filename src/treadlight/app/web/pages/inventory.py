"""Inventory: the assets, by year of purchase and spread over their lives, side by side and never added; e-waste."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from treadlight.app.hardware import Place
from treadlight.app.inventory import report
from treadlight.app.server.answers import Answer
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.web import sentences
from treadlight.app.web.figures import download, kind_of, plate
from treadlight.app.web.phrases import category, choice
from treadlight.app.web.render import SHEETS, keep, render
from treadlight.assess.hardware.perspectives import Holdings
from treadlight.core.quantity import Quantity
from treadlight.core.texts import say
from treadlight.share.charts import Chart
from treadlight.share.findings import short_name
from treadlight.share.numbers import in_unit, shared_unit, unit_label
from treadlight.share.studies.years import years_chart

PATHS = ("/inventory", "/inventory/{figure:str}")
TITLE = "Inventory"
NAV = 36

_SHEETS = (*SHEETS[:-1], "studies.css", SHEETS[-1])
_MOST = 200


@dataclass(frozen=True, slots=True)
class Year:
    """One year of a view: devices, and the leading category; `incomplete` where something of it is not known."""

    year: int
    devices: int
    quantity: Quantity | None
    incomplete: bool
    discarded: Quantity | None = None


def page(desk: Desk, request: PageRequest) -> Answer:
    """Both views, or one of their figures as a file."""
    project = desk.filter.project or ""
    key = ("inventory", project, desk.now().year, desk.method.accounting)
    place = Place(accounting=desk.method.accounting)
    found = desk.cached(key, lambda: report(desk, place, project), large=True)
    views = Views(found, desk.category)
    if "figure" in request.params:
        name, kind = kind_of(request.params["figure"], "purchased", "amortised")
        return download(views.chart(name), kind, request.get("theme"))
    return render(desk, request, "inventory.html.jinja", **_context(desk, request, views))


def _context(desk: Desk, request: PageRequest, views: "Views") -> Mapping[str, Any]:
    query = kept(request)
    drawn = views.total is not None
    return {
        "title": TITLE,
        "sheets": _SHEETS,
        "views": views,
        "found": views.found,
        "assets": views.found.assets[-_MOST:][::-1],
        "more": max(len(views.found.assets) - _MOST, 0),
        "unit": views.unit,
        "plates": [
            plate(lambda narrow=False, n=name: views.chart(n, narrow=narrow), f"/inventory/{name}", query, width=500)
            for name in ("purchased", "amortised")
        ] if drawn else [],
        "sentence": _sentence(desk, request),
        "why": lambda view, year: f"/inventory/why/{view}/{year}" + (f"?{query}" if query else ""),
    }  # fmt: skip


def kept(request: PageRequest) -> str:
    """Query that leads on: category and method, and whose assets."""
    only = {name: (request.get(name) or None) if name == "project" else None for name in request.query}
    return "&".join(part for part in (keep(request), request.url("", **only).partition("?")[2]) if part)


def _sentence(desk: Desk, request: PageRequest) -> sentences.Sentence:
    names = desk.cached(("owners",), lambda: sorted({a.project for a in desk.ledger.assets() if a.project}))
    options = [("", say("all owners")), *((name, name) for name in names)]
    owner = choice(request, "project", say("owner"), desk.filter.project or "", options)
    pattern = say("Assets of {owner}, shown as {category}, under two views that are never added")
    return sentences.composed(pattern, owner=owner, category=category(desk, request))


class Views:
    """Both views of an inventory in one category; they are separate lists, and nothing here sums over both."""

    def __init__(self, found: Holdings, category_: str) -> None:
        self.found, self.category = found, category_
        self.purchased = [
            Year(
                y.year,
                y.devices,
                y.bought.get(category_),
                category_ in y.incomplete,
                _above(y.discarded.get(category_)),
            )
            for y in found.purchases
        ]
        self.amortised = [
            Year(y.year, y.devices, y.impacts.get(category_), category_ in y.incomplete) for y in found.amortised
        ]
        self.unit = shared_unit([self.total, *(y.quantity for y in (*self.purchased, *self.amortised))])

    @property
    def total(self) -> Quantity | None:
        """Any year's quantity above zero; None where nothing is known."""
        return next((y.quantity for y in self.purchased if y.quantity is not None and y.quantity.p95 > 0), None)

    def chart(self, name: str, *, narrow: bool = False) -> Chart:
        """One view over the years."""
        rows: Sequence[Year] = self.purchased if name == "purchased" else self.amortised
        drawn = [(y.year, y.quantity) for y in rows if y.quantity is not None and y.quantity.p95 > 0]
        whole = say("{category}, {unit}: the whole device in its year of purchase.", **self._named)
        spread = say("{category}, {unit}: a share of each life in every year of it.", **self._named)
        title = whole if name == "purchased" else spread
        return years_chart(name, title, drawn, self.unit, self._top, narrow=narrow)

    @property
    def _named(self) -> dict[str, str]:
        return {"category": short_name(self.category), "unit": unit_label(self.unit)}

    @property
    def _top(self) -> float:
        """Highest value of either view: their axes are the same."""
        both = (*self.purchased, *self.amortised)
        return max((in_unit(y.quantity, self.unit).p95 for y in both if y.quantity is not None), default=1.0)


def _above(quantity: Quantity | None) -> Quantity | None:
    return quantity if quantity is not None and quantity.p95 > 0 else None
