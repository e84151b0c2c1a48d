"""The page of a why-tree that a page of its own makes: the equation, the tree, and where it leads back to."""

from dataclasses import dataclass, replace

from treadlight.app.server.answers import Answer
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.web.render import SHEETS, render
from treadlight.app.web.sentences import Sentence
from treadlight.app.web.tree import Term, equation
from treadlight.app.web.unfolded import unfolded, why_file
from treadlight.assess.why import WhyNode
from treadlight.core.quantity import Quantity
from treadlight.core.texts import say

__all__ = ["OwnWhy", "own_why_page"]

_SHEETS = (*SHEETS[:-1], "studies.css", SHEETS[-1])
_KEPT = ("of", "project", "category", "accounting", "library", "lang")


@dataclass(frozen=True, slots=True)
class OwnWhy:
    """A number that is explained.

    Parameters
    ----------
    about
        How to read it, in a sentence.
    links
        Pages beside it: text and address.
    command
        What shows it in a terminal; empty: nothing does.
    """

    root: WhyNode
    about: str
    links: tuple[tuple[str, str], ...]
    sentence: Sentence
    command: str = ""


def own_why_page(desk: Desk, request: PageRequest, found: OwnWhy) -> Answer:
    """The tree behind a number, as a page or as JSON."""
    if request.get("as") == "json":
        return why_file(found.root, found.root.id)
    kept = PageRequest("", query={name: request.all(name) for name in _KEPT}).url("").partition("?")[2]
    return render(
        desk,
        request,
        "own_why.html.jinja",
        title=say("Why {what}", what=found.root.label),
        sheets=_SHEETS,
        found=found,
        terms=[_signed(term) for term in equation(found.root)],
        answers=(),
        identifier=found.root.id,
        sentence=found.sentence,
        **{**unfolded(desk, found.root, request.get("step"), kept), "named": True},
    )


def _signed(term: Term) -> Term:
    """A term that is added and negative as one that is taken off."""
    q = term.quantity
    if term.op != "+" or q is None or q.p50 >= 0:
        return term
    label = term.label.removeprefix(say("less {what}", what=""))
    return replace(term, op="−", quantity=Quantity(q.unit, -q.p95, -q.p50, -q.p05), label=label)
