"""Run: one run's account, its power over time, and what it would have cost otherwise."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from markupsafe import Markup

from treadlight.app.energy import ELECTRICITY
from treadlight.app.server.answers import Answer
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.web import sentences, sliders
from treadlight.app.web.accounts import account_for, facts_for
from treadlight.app.web.book import Book
from treadlight.app.web.figures import download, kind_of
from treadlight.app.web.going import is_going, silence
from treadlight.app.web.ink import Axis, why_url
from treadlight.app.web.listing import Listed, listed
from treadlight.app.web.render import fragment, keep, render
from treadlight.app.web.starts import moment_text
from treadlight.app.web.whatif import LIFE_RANGE, PUE_RANGE, Tried, WhatIf
from treadlight.app.web.words import in_category, of
from treadlight.core.errors import NotFoundError
from treadlight.core.texts import say
from treadlight.ledger.records import Run
from treadlight.share.account import Account, Contribution, Impact, PerUnit
from treadlight.share.charts import Chart, power_chart
from treadlight.share.findings import component_name
from treadlight.share.numbers import duration, plain_number, shared_step, shared_unit
from treadlight.share.power import power_unit
from treadlight.share.reports.html import Power, Split

PATHS = ("/runs/{ref:str}", "/runs/{ref:str}/{part:str}")
TITLE = "Run"


def page(desk: Desk, request: PageRequest) -> Answer:
    """The page of a run, its figure as a file, or its answer to what if."""
    book = Book(desk, request)
    account = account_for(desk, request.params["ref"])
    part = request.params.get("part", "")
    if part == "what-if":
        return fragment(desk, request, "_tried.html.jinja", **_what_if(desk, request, account))
    if part:
        _, kind = kind_of(part, "power")
        return download(_chart(account), kind, request.get("theme"))
    return render(desk, request, "run.page.html.jinja", **_context(desk, request, book, account))


def _context(desk: Desk, request: PageRequest, book: Book, account: Account) -> dict[str, Any]:
    run, query = account.run, keep(request)
    account = replace(
        account,
        per_unit=tuple(_leading(p, desk.category) for p in account.per_unit),
        components=tuple(replace(c, why=f"{c.why}/amount" if c.why else "") for c in account.components),
        impacts=tuple(_of_its_category(impact, run, query) for impact in account.impacts),
        contributions=tuple(_apart(c, run, query) for c in account.contributions),
    )
    files = [
        (kind.upper(), f"/runs/{run.id}/power.{kind}" + (f"?{query}" if query else ""))
        for kind in ("svg", "png", "csv", "json")
    ]
    return {
        "title": run.name or run.id[:18],
        "a": account,
        "run": run,
        "hero": account.hero,
        "short": run.id[-4:],
        "doors": Links(query),
        "power": Power(account),
        "split": Split(account),
        "categories": [i for i in account.impacts if i is not account.hero],
        "power_files": files,
        "similar": _similar(book, run),
        "sentence": sentences.run(desk, request, account),
        "book": book,
        "moving": is_going(run),
        "silent": silence(desk, run),
        **_what_if(desk, request, account),
    }


def _of_its_category(impact: Impact, run: Run, query: str) -> Impact:
    """A category with a page of its own: the id of climate change names none, so that it would be led by another."""
    if impact.why != run.id:
        return impact
    return replace(impact, why=in_category(why_url(run.id, query), impact.category))


def _apart(found: Contribution, run: Run, query: str) -> Contribution:
    """A part with the page of its own number: devices and hall apart, and the median of its own draws."""
    if found.phase == "overhead":
        name = f"overhead:{found.component}"
    elif found.why:
        _, phase, step = found.why.split("/", 2)
        component, _, flow = step.partition("@")[0].partition(":")
        name = f"{phase}:{'' if component == flow else component}"
    else:
        return found
    return replace(found, why=of(why_url(run.id, query), f"piece:{name}"))


def _leading(per: PerUnit, category: str) -> PerUnit:
    """Results per unit in the leading category and in electricity alone."""
    kept = tuple((name, q) for name, q in per.results if name == category or name.startswith("electricity"))
    return replace(per, results=kept)


class Links:
    """Where numbers of a run lead: to the page *why*."""

    sources: tuple[object, ...] = ()

    def __init__(self, keep: str) -> None:
        self._keep = keep

    def href(self, node_id: str) -> str:
        """Address that explains a step; empty where there is none."""
        if node_id.startswith("/"):
            return node_id
        return why_url(node_id, self._keep) if node_id else ""

    def per_unit(self, per: PerUnit, category: str) -> str:
        """Address that explains a result per functional unit."""
        what = "per:electricity:" if category == ELECTRICITY else "per:"
        return of(why_url(per.why, self._keep), what + per.name) if per.why else ""


def _similar(book: Book, run: Run) -> list[Listed]:
    """Runs of the same project and stage that began last."""
    kin = [r for r in book.runs if r.id != run.id and r.subject.project == run.subject.project and r.stage == run.stage]
    return listed(book, kin[:6])


def _what_if(desk: Desk, request: PageRequest, account: Account) -> dict[str, Any]:
    facts = facts_for(desk, account.run.id)
    key = ("what if", facts.run.id, facts.run.duration_s, desk.category, desk.method)
    what = desk.cached(key, lambda: WhatIf(desk, facts, desk.category))
    if not what.possible:
        return {"what": None}
    tried = what.moved(Tried.of(request))
    unit = shared_unit([account.hero.total if account.hero else None])
    pue, life = (was if got is None else got for was, got in ((what.pue_was, tried.pue), (what.life_was, tried.life)))
    was, now = what.total(Tried()), what.total(tried)
    zones = what.zones(tried)
    curves: dict[str, Markup] = {
        "zone": sliders.steps(zones, tried.zone, unit),
        "pue": sliders.curve(what.over_pue(tried), what.pue_was, pue, unit),
        "life": sliders.curve(what.over_life(tried), what.life_was, life, unit),
    }
    hours = what.over_start(tried)
    start = what.starts(tried.zone).nearest(tried.start)
    if hours:
        curves["start"] = sliders.curve(hours, 0.0, float(start), unit)
    return {
        "what": what,
        "tried": tried,
        "was": was,
        "now": now,
        "difference": what.difference(tried),
        "curves": curves,
        "pue": pue,
        "life": life,
        "zones": [(zone, name) for zone, name, _ in zones],
        "ranges": {"pue": PUE_RANGE, "life": LIFE_RANGE},
        "answer_axis": Axis([was, now], unit, zero=False, width=300),
        "what_unit": unit,
        "what_step": shared_step([was, now], unit),
        "run": account.run,
        "a": account,
        "start": start,
        "starts": what.starts(tried.zone),
        "begins": moment_text(account.run.start + timedelta(hours=start)),
        "began": moment_text(account.run.start),
    }


def _chart(account: Account) -> Chart:
    power = Power(account)
    if power.stack is None:
        remedy = "the run was too short to be sampled, or nothing could be read"
        raise NotFoundError("has no power over time", field="run", value=account.run.id, remedy=remedy)
    peak = max(power.stack.total_w, default=0.0)
    unit, watts = power_unit(peak)
    highest = plain_number(peak / watts)
    names = {layer.component: component_name(layer.component) for layer in power.stack.layers}
    title = say("Mean power between readings, {unit}, by component.", unit=unit)
    summary = say(
        "Power over {time}, highest {peak} {unit}.", time=duration(account.run.duration_s), peak=highest, unit=unit
    )
    windows = [(w.name, w.t0_s, w.t1_s) for w in account.windows]
    return power_chart("power", title, summary, power.stack, unit=unit, watts=watts, names=names, windows=windows)
