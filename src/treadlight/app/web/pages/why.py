"""Why: the number in one line, unfolded step by step, each with its source; and the answer under earlier libraries."""

import json

from treadlight.app.forms import why_form
from treadlight.app.server.answers import Answer, File
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.web import sentences
from treadlight.app.web.book import Book
from treadlight.app.web.ink import Axis
from treadlight.app.web.reasons import TOTAL, answers, estimates, reasons
from treadlight.app.web.render import keep, render
from treadlight.app.web.tree import Term, chosen, equation, flattened, quantity_of, shortened, tag_of
from treadlight.assess.why import WhyNode
from treadlight.core.category import CATEGORIES
from treadlight.core.quantity import Quantity
from treadlight.core.texts import say
from treadlight.library.figures import Figure
from treadlight.share.numbers import display_unit, in_unit, ladder, shared_step, shared_unit
from treadlight.share.unfolding import unfolded_once

PATHS = ("/why/{id:path}",)
TITLE = "Why"


def page(desk: Desk, request: PageRequest) -> Answer:
    """The tree behind a number, as a page or as JSON."""
    book = Book(desk, request)
    identifier = request.params["id"].strip("/")
    root = reasons(book, identifier)
    if request.get("as") == "json":
        text = json.dumps(why_form(root), ensure_ascii=False, indent=1)
        return File(text.encode(), "application/json", f"why-{identifier[:40].replace('/', '-')}.json")
    flat = flattened(unfolded_once(root))
    step = chosen(flat, request.get("step"))
    found = [(figure, _quantity(figure)) for figure in estimates(desk, step)]
    kept = keep(request, filters=identifier == TOTAL)
    return render(
        desk,
        request,
        "why.page.html.jinja",
        title=say("Why {what}", what=root.label),
        book=book,
        root=shortened(flat, step.id),
        terms=[*equation(root), *_unknown(book, identifier)],
        step=step,
        step_url=lambda node_id: _step_url(node_id, kept),
        quantity_of=quantity_of,
        tree_unit=lambda node: _unit(node, root),
        tree_step=lambda node: _last_digit(node, root),
        estimates=found,
        estimates_axis=Axis([q for _, q in found], shared_unit([q for _, q in found]), zero=False, width=250),
        answers=answers(book, identifier),
        identifier=identifier,
        category_name=CATEGORIES[desk.category].name,
        sentence=sentences.why(book, root),
    )


def _unknown(book: Book, identifier: str) -> list[Term]:
    """The hatched term of a total of which something is not known."""
    missing = identifier == TOTAL and book.span is not None and (book.now.unanswered() or book.unread(book.span))
    return [Term("+", None, say("unknown"), TOTAL)] if missing else []


def _step_url(node_id: str, kept: str) -> str:
    query = f"{kept}&step={tag_of(node_id)}" if kept else f"step={tag_of(node_id)}"
    return f"?{query}#step"


def _unit(node: WhyNode, root: WhyNode) -> str:
    """Unit of a step: the root's where both measure the same and the figure stays readable, else its own best."""
    unit = display_unit(root.unit, root.amount or 0.0)
    units = ladder(root.unit)
    if node.amount is None or node.unit not in units or unit not in units:
        return ""
    shown = in_unit(Quantity.exact(node.amount, node.unit), unit).p50
    return unit if 0.01 <= abs(shown) < 1e5 else ""


def _last_digit(node: WhyNode, root: WhyNode) -> int | None:
    """Last digit of a sum without an interval of its own, such as the skew of the draws: no finer than the root's."""
    unit = _unit(node, root)
    if node.p05 is not None or node.kind != "group" or not unit:
        return None
    return shared_step([quantity_of(root)], unit, at_least=2)


def _quantity(figure: Figure) -> Quantity:
    assert figure.amount is not None
    low, mid, high = (figure.amount.quantile(p) for p in (0.05, 0.5, 0.95))
    return Quantity(figure.unit, low, mid, high)
