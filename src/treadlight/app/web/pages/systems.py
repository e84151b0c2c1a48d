"""Systems: a model or service over its life, stage by stage."""

from treadlight.app.server.answers import Answer
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.web import sentences
from treadlight.app.web.book import Book
from treadlight.app.web.flow import flow
from treadlight.app.web.ink import Axis
from treadlight.app.web.lives import lives
from treadlight.app.web.render import render
from treadlight.core.errors import NotFoundError
from treadlight.share.numbers import shared_unit

PATHS = ("/systems", "/systems/{name:path}")
TITLE = "Systems"
NAV = 30


def page(desk: Desk, request: PageRequest) -> Answer:
    """Every system, or one over its life."""
    book = Book(desk, request)
    found, name = lives(book), request.params.get("name", "").strip("/")
    sentence = sentences.systems(book, name)
    if not name:
        unit = shared_unit([life.total for life in found])
        axis = Axis([life.total for life in found], unit, width=300)
        return render(
            desk,
            request,
            "systems.html.jinja",
            title=TITLE,
            book=book,
            lives=found,
            unit=unit,
            axis=axis,
            sentence=sentence,
        )
    life = next((life for life in found if life.name == name), None)
    if life is None:
        raise NotFoundError("no run belongs to this system", field="system", value=name, remedy="see the page Systems")
    stages = life.stages
    unit = shared_unit([life.total])
    return render(
        desk,
        request,
        "system.html.jinja",
        title=name,
        book=book,
        life=life,
        stages=stages,
        unit=unit,
        axis=Axis([stage.quantity for stage in stages], unit, width=300),
        flow=lambda width, height: flow([(stage.name, stage.share) for stage in stages], width, height),
        sentence=sentence,
    )
