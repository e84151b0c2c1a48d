"""Net impact: claims of the folder, each with its footprint beside what it avoids, its gates, and what may be said."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, quote

from treadlight.app.netimpact import assess
from treadlight.app.server.answers import Answer, File
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.web.assessed import BROKEN
from treadlight.app.web.filed import claim_facts, computed, file_of, files_of, folder_of, trouble_of
from treadlight.app.web.ink import why_url
from treadlight.app.web.phrases import Phrase
from treadlight.app.web.render import SHEETS, keep, render
from treadlight.app.web.sentences import composed
from treadlight.assess.netimpact.attribution import check_together
from treadlight.assess.netimpact.reading import read_claim
from treadlight.assess.netimpact.result import NetImpact
from treadlight.assess.netimpact.why import step_keys
from treadlight.core.errors import InputError
from treadlight.core.texts import say
from treadlight.share import net_impact
from treadlight.share.reports.net_impact import Terms, benefit_dots, net_page

PATHS = ("/net", "/net/{name:str}", "/net/{name:str}/report.html")
TITLE = "Net impact"
NAV = 38
WHOLE = True

_SHEETS = (*SHEETS[:-1], "net.css", "studies.css", SHEETS[-1])
EXAMPLES = ("contrails-2026", "heating", "chatbot")


@dataclass(frozen=True)
class Told:
    """A claim of the folder: what was found, or in one line why nothing was."""

    name: str
    found: NetImpact | None
    trouble: str = ""

    @property
    def href(self) -> str:
        """Address of its page."""
        return f"/net/{quote(self.name)}"

    def why(self, of: str) -> str:
        """Address that explains one of its terms."""
        return f"{self.href}/why?of={quote(of)}"


def page(desk: Desk, request: PageRequest) -> Answer:
    """The list, one claim, or its page as a file."""
    name = request.params.get("name", "")
    if not name:
        return _list(desk, request)
    told = assessed(desk, name)
    if told.found is None:
        return broken(desk, request, told)
    if request.path.endswith("/report.html"):
        return File(net_page(told.found).encode(), "text/html; charset=utf-8", f"{name}.html")
    return _one(desk, request, told, told.found)


def assessed(desk: Desk, name: str) -> Told:
    """The claim of a file, or why it cannot be read.

    Raises
    ------
    NotFoundError
        If there is no such file.
    """
    return _told(desk, name, file_of(desk, "claims", name))


def broken(desk: Desk, request: PageRequest, told: Told) -> Answer:
    """The page of a claim that cannot be read."""
    name = told.name
    return render(desk, request, "net_broken.html.jinja", title=name, trouble=told.trouble, file=f"{name}.toml")


def _told(desk: Desk, name: str, path: Path) -> Told:
    try:
        claim = read_claim(file_of(desk, "claims", name))
        return Told(
            name,
            computed(desk, claim_facts(claim), ("net", datetime.now(UTC).date()), lambda: assess(desk, [claim])[0]),
        )
    except BROKEN as error:
        return Told(name, None, trouble_of(error, path))


def _list(desk: Desk, request: PageRequest) -> Answer:
    told = [_told(desk, name, path) for name, path in files_of(desk, "claims").items()]
    return render(
        desk, request, "net.html.jinja", title=TITLE, told=told, t=net_impact, sheets=_SHEETS, examples=EXAMPLES,
        together=_together(told), folder=folder_of(desk, "claims").name,
    )  # fmt: skip


def _together(told: list[Told]) -> str:
    """Why the claims cannot stand beside each other: claimants of one saving at more than all of it; else empty."""
    try:
        check_together([one.found.claim for one in told if one.found is not None])
    except InputError as error:
        return str(error)
    return ""


def doors(desk: Desk, request: PageRequest, found: NetImpact) -> dict[str, str]:
    """Where what the parts of the footprint rest on is explained: studies of the folder, and single runs."""
    studies = {path.resolve(): name for name, path in files_of(desk, "studies").items()}
    kept, led = keep(request), dict[str, str]()
    for part in found.claim.first_order:
        name = studies.get((found.claim.folder / part.study).resolve()) if part.study else None
        if name is not None:
            asked = {"system": part.system, "category": found.claim.footprint_category}
            led[part.name] = PageRequest("", query=parse_qs(kept)).url(f"/studies/{quote(name)}/why", **asked)
        elif part.ledger is not None and part.ledger.run:
            led[part.name] = why_url(part.ledger.run, kept)
    return led


def _one(desk: Desk, request: PageRequest, told: Told, found: NetImpact) -> Answer:
    claim = found.claim
    facts = {"what": claim.measured, "unit": claim.functional_unit.name, "owner": claim.owner}
    pattern = say("Net impact on {what} of {unit}, claimed by {owner}, against the {reference}")
    phrases = {name: Phrase("", value, ()) for name, value in facts.items()}
    keys = step_keys(found.steps)
    return render(
        desk, request, "net_one.html.jinja", title=claim.title or claim.id, told=told, i=found, c=claim,
        t=net_impact, terms=Terms(found.steps, found.unit), sheets=_SHEETS,
        unit=net_impact.column_unit([found.footprint, found.avoided, found.net]),
        why=told.why, keys=keys, own_keys=[key for key in keys if key.startswith("own-footprint")],
        dots=None if found.p_benefit is None else benefit_dots(found.p_benefit),
        sentence=composed(pattern, **phrases, reference=Phrase("", claim.reference.kind, ())),
    )  # fmt: skip
