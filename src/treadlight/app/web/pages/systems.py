"""Systems: a model or service over its life, stage by stage."""

from functools import partial

from treadlight.app.server.answers import Answer
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.web import sentences
from treadlight.app.web.book import Book
from treadlight.app.web.figures import download, kind_of, plate
from treadlight.app.web.ink import Axis, why_url
from treadlight.app.web.lives import Life, life, lives
from treadlight.app.web.reasons import SYSTEM
from treadlight.app.web.render import keep, render
from treadlight.core.texts import say
from treadlight.share.charts import Chart
from treadlight.share.findings import short_name
from treadlight.share.flows import flow_chart
from treadlight.share.numbers import shared_unit

PATHS = ("/systems", "/systems/{name:path}", "/systems-figure/{figure:str}")
TITLE = "Systems"
NAV = 30


def page(desk: Desk, request: PageRequest) -> Answer:
    """Every system, one over its life, or its figure as a file."""
    book = Book(desk, request)
    if "figure" in request.params:
        _, kind = kind_of(request.params["figure"], "flow")
        return download(_flow(book, life(book, request.get("system"))), kind, request.get("theme"))
    name = request.params.get("name", "").strip("/")
    return _one(book, life(book, name)) if name else _all(book)


def _all(book: Book) -> Answer:
    found = lives(book)
    unit = shared_unit([one.total for one in found])
    axis = Axis([one.total for one in found], unit, width=300)
    return render(
        book.desk, book.request, "systems.html.jinja", title=say("Systems"), book=book, lives=found, unit=unit,
        axis=axis, sentence=sentences.systems(book, ""),
    )  # fmt: skip


def _one(book: Book, found: Life) -> Answer:
    stages, unit = found.stages, shared_unit([found.total])
    why = why_url(SYSTEM + found.name, keep(book.request))
    query = "&".join(
        part for part in (keep(book.request), book.request.url("", system=found.name).partition("?")[2]) if part
    )
    return render(
        book.desk,
        book.request,
        "system.html.jinja",
        title=found.name,
        book=book,
        life=found,
        stages=stages,
        unit=unit,
        axis=Axis([stage.quantity for stage in stages], unit, width=300),
        flow=plate(partial(_flow, book, found), "/systems-figure/flow", query, why=why, width=900)
        if found.total
        else None,
        why=why,
        sentence=sentences.systems(book, found.name),
    )


def _flow(book: Book, found: Life, *, narrow: bool = False) -> Chart:
    title = say("{category} by stage of its life; the table has the figures.", category=short_name(book.category))
    stages = [
        (say(stage.name) if stage.name else say("no stage"), stage.quantity, stage.share) for stage in found.stages
    ]
    return flow_chart("flow", title, stages, shared_unit([found.total]), narrow=narrow)
