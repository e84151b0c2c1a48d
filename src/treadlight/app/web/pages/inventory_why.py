"""Why a number of the inventory is what it is: a year of a view, unfolded to assets, their parts and each source."""

from treadlight.app.hardware import Place, bench_of
from treadlight.app.server.answers import Answer
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.web.own_why import OwnWhy, own_why_page
from treadlight.app.web.pages.inventory import kept
from treadlight.app.web.phrases import Phrase, category
from treadlight.app.web.sentences import composed
from treadlight.app.web.tree import quantity_of
from treadlight.assess.hardware.inventory_why import inventory_why
from treadlight.assess.hardware.perspectives import AMORTISED, BOUGHT, DISPOSAL
from treadlight.assess.why import WhyNode
from treadlight.core.errors import NotFoundError
from treadlight.core.texts import language, say
from treadlight.share.numbers import show

PATHS = ("/inventory/why/{view:str}/{year:str}",)
TITLE = "Why"


def page(desk: Desk, request: PageRequest) -> Answer:
    """The tree behind a year of what was ``bought``, of its ``disposal``, or of lives, ``amortised``."""
    view, year = _named(request.params["view"], request.params["year"])
    project, accounting = desk.filter.project or "", desk.method.accounting
    key = ("inventory why", view, year, project, desk.category, desk.now().year, accounting, language())
    root = desk.cached(key, lambda: _tree(desk, view, year, project), large=True)
    query = kept(request)
    links = ((say("The inventory"), "/inventory" + (f"?{query}" if query else "")),)
    return own_why_page(desk, request, OwnWhy(root, _about(view), links, _sentence(desk, request, root)))


def _named(view: str, year: str) -> tuple[str, int]:
    if view not in (BOUGHT, DISPOSAL, AMORTISED) or not (year.isascii() and year.isdigit() and len(year) == 4):
        remedy = say("follow the link of a number to its page")
        raise NotFoundError(say("names no number of this"), field="inventory", value=f"{view}/{year}", remedy=remedy)
    return view, int(year)


def _tree(desk: Desk, view: str, year: int, project: str) -> WhyNode:
    assets = [asset for asset in desk.ledger.assets() if not project or asset.project == project]
    bench = bench_of(desk, Place(accounting=desk.method.accounting))
    return inventory_why(assets, bench, view, year, desk.category)


def _about(view: str) -> str:
    if view == AMORTISED:
        return say(
            "Devices, times the share of their lives that falls into the year, times what one takes over its life."
        )
    if view == BOUGHT:
        return say(
            "Devices, times what the making and the transport of one take; its disposal is charged when it leaves."
        )
    return say("Devices that left, times what the disposal of one takes.")


def _sentence(desk: Desk, request: PageRequest, root: WhyNode) -> tuple[str | Phrase, ...]:
    amount = quantity_of(root)
    text = show(amount, at_least=2).text if amount else say("unknown")
    pattern = say("Why is the {category} of the inventory, {what}, {amount}?")
    what, told = Phrase("", root.label, ()), Phrase("", text, (), plain=True)
    return composed(pattern, category=category(desk, request), what=what, amount=told)
