"""Why a term of a claim is what it is: what it is computed from, down to the figures that the claim states."""

from urllib.parse import quote

from treadlight.app.server.answers import Answer
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.web.filed import folder_of
from treadlight.app.web.own_why import OwnWhy, own_why_page
from treadlight.app.web.pages.net import assessed, broken, doors
from treadlight.app.web.phrases import Phrase
from treadlight.app.web.render import keep
from treadlight.app.web.sentences import composed
from treadlight.app.web.tree import quantity_of
from treadlight.assess.netimpact.result import NetImpact
from treadlight.assess.netimpact.why import claim_why
from treadlight.assess.why import WhyNode
from treadlight.core.texts import say
from treadlight.share.numbers import show

PATHS = ("/net/{name:str}/why",)
TITLE = "Why"
WHOLE = True


def page(desk: Desk, request: PageRequest) -> Answer:
    """The tree behind the term that ``of`` names; one line where the claim is broken."""
    told = assessed(desk, request.params["name"])
    if told.found is None:
        return broken(desk, request, told)
    root = claim_why(told.found, request.get("of"))
    kept = keep(request)
    links = [(say("The claim"), told.href + (f"?{kept}" if kept else ""))]
    below = {node.label.removeprefix(say("less {what}", what="")) for node in _all(root)}
    links += [(say("Why {what}", what=name), href) for name, href in doors(desk, request, told.found).items()
              if {name, name[:1].lower() + name[1:]} & below]  # fmt: skip
    about = say("The terms that it is computed from, each as the claim states it, or as its study or its runs give it.")
    command = f"treadlight net run {folder_of(desk, 'claims').name}/{quote(told.name)}.toml"
    return own_why_page(desk, request, OwnWhy(root, about, tuple(links), _sentence(told.found, root), command))


def _all(node: WhyNode) -> list[WhyNode]:
    return [node, *(below for child in node.children for below in _all(child))]


def _sentence(found: NetImpact, root: WhyNode) -> tuple[str | Phrase, ...]:
    claim, amount = found.claim, quantity_of(root)
    text = show(amount, at_least=2).text if amount else say("unknown")
    pattern = say("Why is {term} of the claim {claim} {amount} for {unit}?")
    named = {"term": root.label, "claim": claim.title or claim.id, "unit": claim.functional_unit.name}
    phrases = {name: Phrase("", value, ()) for name, value in named.items()}
    return composed(pattern, **phrases, amount=Phrase("", text, (), plain=True))
