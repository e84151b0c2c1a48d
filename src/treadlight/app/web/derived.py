"""Numbers that follow from others: a part of a total, a step between two totals, a share, and what one unit costs.

Each is named by the parameter ``of`` of the page *why*: ``part:FIELD:VALUE``, ``share:METHOD``, ``change``,
``change:KEY``, ``per:NAME``, ``piece:PHASE:COMPONENT``; the page then begins with that
number, as the quotient, product or sum that it is.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from treadlight.app.account import CATEGORIES, run_footprint
from treadlight.app.energy import ELECTRICITY
from treadlight.app.web.accounts import account_for, facts_for
from treadlight.app.web.book import Book, Span
from treadlight.app.web.changes import Side, Step, step_of
from treadlight.app.web.ink import why_url
from treadlight.app.web.lives import life
from treadlight.app.web.reasons import SYSTEM, TOTAL, reasons
from treadlight.app.web.render import keep
from treadlight.app.web.tree import Term, equation, quantity_of
from treadlight.app.web.words import size, size_of
from treadlight.app.web.words import span as span_text
from treadlight.assess.cut import Rows, cut
from treadlight.assess.draws import Array
from treadlight.assess.footprint import Footprint, quantity
from treadlight.assess.lineage import process_tree, root_id, why_tree
from treadlight.assess.parts import OVERHEAD, Part, parts
from treadlight.assess.why import WhyNode, skew_of_draws
from treadlight.core.category import CATEGORIES as CATEGORY
from treadlight.core.errors import NotFoundError
from treadlight.core.quantity import Quantity
from treadlight.core.texts import say
from treadlight.share.account import PerUnit
from treadlight.share.findings import component_name, per_text, phase_name, short_name
from treadlight.share.numbers import Shown, percents, plain_number, shared_unit, show

__all__ = ["PLACE", "Derived", "derived"]

PLACE = ("site", "region", "zone")
"""Fields of a place, the finest first."""
_FIELDS = {name: (name,) for name in ("project", "team", "stage", "method")} | {"location": PLACE}


@dataclass(frozen=True, slots=True)
class Derived:
    """A number that follows from others.

    Parameters
    ----------
    root
        Its tree.
    terms
        Its equation; the first is the number itself.
    about
        What it is, in a sentence.
    links
        Pages beside it: text and address.
    """

    root: WhyNode
    terms: Sequence[Term]
    about: str
    links: tuple[tuple[str, str], ...] = ()


def derived(book: Book, identifier: str, of: str) -> Derived:
    """What ``of`` names, of the total, the system or the run that an id names.

    Raises
    ------
    NotFoundError
        If there is no such number.
    """
    kind, _, name = of.partition(":")
    subject = "system" if identifier.startswith(SYSTEM) else "total" if identifier == TOTAL else "run"
    makers: dict[tuple[str, str], Callable[[Book, str, str], Derived | None]] = {
        ("total", "part"): _part,
        ("system", "part"): _part,
        ("total", "share"): _share,
        ("total", "change"): _change,
        ("system", "per"): _per_of_system,
        ("run", "per"): _per_of_run,
        ("total", "piece"): _piece,
        ("system", "piece"): _piece,
        ("run", "piece"): _piece,
    }
    make = makers.get((subject, kind))
    if subject == "total" and (book.span is None or not book.now.rows):
        make = None
    found = make(book, identifier, name) if make else None
    if found is None:
        remedy = say("follow the link of a number to its page")
        raise NotFoundError(say("names no number of this"), field="of", value=of, remedy=remedy)
    return found


def _part(book: Book, identifier: str, name: str) -> Derived | None:
    """The part of a total or a system that some field tells apart, with a tree of its own."""
    field, _, value = name.partition(":")
    if field not in _FIELDS:
        return None
    whole = book.now.rows if identifier == TOTAL else life(book, identifier.removeprefix(SYSTEM)).cut.rows
    rows = whole.where(_chosen(whole, _FIELDS[field], value))
    if not len(rows):
        return None
    desk = book.desk
    key = ("part", identifier, name, book.filter, book.span if identifier == TOTAL else None, desk.method)

    def make() -> WhyNode:
        found = cut(rows, desk.library, desk.method, categories=CATEGORIES, draws=desk.draws, seed=desk.seed)
        return why_tree(found.footprint, desk.category, root=identifier, label=_named(book, field, value))

    root = desk.cached((*key, desk.category), make)
    label = book.span.text if identifier == TOTAL and book.span else identifier.removeprefix(SYSTEM)
    href = book.link("/why/total") if identifier == TOTAL else why_url(identifier, keep(book.request))
    return Derived(root, equation(root), say("A part of {whole}.", whole=label), ((say("Why the whole"), href),))


def _piece(book: Book, identifier: str, name: str) -> Derived | None:
    """The devices of a component, the hall around them, or what it was made of: amounts times what each costs."""
    phase, _, component = name.partition(":")
    result = _footprint(book, identifier)
    found = next((part for part in parts(result) if (part.phase, part.component) == (phase, component)), None)
    if found is None:
        return None
    whole = quantity(found.samples[result.categories.index(book.category)], book.category)
    label = phase_name(phase, component_name(component))
    nodes = _around(result, book.category) if phase == "overhead" else _products(result, found, book.category)
    children = (*nodes, *_skew(whole, [node.amount or 0.0 for node in nodes]))
    root = _node("piece", label, whole, "sum", children)
    terms = equation(root)
    href = book.link("/why/total") if identifier == TOTAL else why_url(identifier, keep(book.request))
    return Derived(root, terms, say("One part of the whole."), ((say("Why the whole"), href),))


def _footprint(book: Book, identifier: str) -> Footprint:
    """Of the total, a system or a run."""
    if identifier == TOTAL:
        return book.now.footprint
    if identifier.startswith(SYSTEM):
        return life(book, identifier.removeprefix(SYSTEM)).cut.footprint
    desk, facts = book.desk, facts_for(book.desk, identifier)
    key = ("footprint of run", facts.run.id, facts.run.duration_s, desk.method)
    return desk.cached(key, lambda: run_footprint(facts, desk, desk.method))


def _products(result: Footprint, found: Part, category: str) -> list[WhyNode]:
    """By process what was used of it, times what one unit costs; of electricity at the devices without the hall."""
    row, amounts = result.categories.index(category), dict[str, Array]()
    units = dict[str, str]()
    for line in found.lines:
        overhead = _overhead(result, line.process) if found.phase == "use" else ""
        process = overhead or line.process
        amounts[process] = amounts[process] + line.amount if process in amounts else line.amount
        units[process] = result.unit.processes[line.process].unit
    made = []
    for i, (process, amount) in enumerate(amounts.items()):
        here = f"piece/{i}"
        used = _node(f"{here}/amount", say("used"), _quantity(amount, units[process]))
        one = process_tree(result.unit, process, category, parent=here)
        cost = _quantity(amount * result.unit.samples(process)[row], CATEGORY[category].unit)
        exact = replace(cost, p05=min(cost.p05, p := _times(used, one)), p50=p, p95=max(cost.p95, p))
        made.append(_node(here, result.unit.processes[process].name, exact, "product", (used, one)))
    return made


def _times(used: WhyNode, one: WhyNode) -> float:
    """A product of medians."""
    return (used.amount or 0.0) * (one.amount or 0.0)


def _overhead(result: Footprint, process: str) -> str:
    """The process that a hall's overhead multiplies; empty where there is none."""
    exchanges = result.unit.processes[process].exchanges
    return next((e.target for e in exchanges if e.label == OVERHEAD and not e.is_impact), "")


def _around(result: Footprint, category: str) -> list[WhyNode]:
    """The hall around the devices: all electricity with its overhead, less that at the devices alone."""
    row = result.categories.index(category)
    lines = [(line, target) for line in result.lines if (target := _overhead(result, line.process))]
    unit, of_ = CATEGORY[category].unit, result.unit.samples
    hall = np.sum([line.amount * of_(line.process)[row] for line, _ in lines], axis=0)
    devices = np.sum([line.amount * of_(target)[row] for line, target in lines], axis=0)
    return [
        _node("piece/hall", say("electricity with the hall’s overhead"), _quantity(hall, unit)),
        _node("piece/devices", say("less that at the devices alone"), _quantity(-devices, unit)),
    ]


def _quantity(samples: Array, unit: str) -> Quantity:
    low, mid, high = (float(x) for x in np.quantile(samples, (0.05, 0.5, 0.95)))
    return Quantity(unit, low, mid, high)


def _skew(whole: Quantity, amounts: Sequence[float]) -> list[WhyNode]:
    """What the median of a sum has beside the sum of the medians; nothing where both are the same."""
    skew = whole.p50 - math.fsum(amounts)
    if abs(skew) <= 1e-6 * max((abs(amount) for amount in amounts), default=0.0):
        return []
    return [skew_of_draws("change", skew, whole.unit)]


def _chosen(rows: Rows, fields: Sequence[str], value: str) -> NDArray[np.bool_]:
    """Rows whose first of these fields that is not empty has a value; empty: rows in which all of them are."""
    found, named = np.zeros(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)
    for name in fields:
        values, codes = rows.codes(name)
        is_ = np.array([str(v or "") == value and bool(v) for v in values], dtype=bool)
        any_ = np.array([bool(v) for v in values], dtype=bool)
        if len(codes):
            found |= ~named & is_[codes]
            named |= any_[codes]
    return found if value else ~named


def _named(book: Book, field: str, value: str) -> str:
    """A part in words."""
    if not value:
        none = {"project": say("No project"), "team": say("No team"), "stage": say("No stage")}
        return none.get(field, say("Place unknown"))
    if field == "location":
        return book.desk.library.zone_name(value) if "/" not in value else value
    text = say(value) if field in ("stage", "method") else value
    return text[0].upper() + text[1:]


def _share(book: Book, identifier: str, method: str) -> Derived | None:
    """The share of the total that rests on one method: its amount, of all that was counted."""
    shares = book.evidence
    part = _part(book, identifier, f"method:{method}") if any(m == method for m, _ in shares) else None
    if part is None or part.root.amount is None:
        return None
    text = percents([share for _, share in shares])[[m for m, _ in shares].index(method)]
    points = 100 * dict(shares)[method]
    covered = float(book.now.footprint.coverage[CATEGORIES.index(book.category)])
    amount = Quantity.exact(part.root.amount * 100 / points, part.root.unit)
    label = say("all methods together")
    if covered < 1:
        label = say("all methods together, and what has no figure")
    root = WhyNode(
        "share", "group", say("{part}, of all", part=part.root.label), points, "%", "quotient",
        children=(part.root, WhyNode("share/all", "group", label, amount.p50, amount.unit)),
    )  # fmt: skip
    terms = [
        Term("", Quantity.exact(points, "%"), root.label, root.id, shown=Shown(text, "", "", "")),
        Term("=", quantity_of(part.root), part.root.label, "", book.link("/why/total", of=f"part:method:{method}")),
        Term("÷", amount, label, "share/all"),
    ]
    about = say("What rests on this method, of all that was counted; rounded so that all methods add up to 100.")
    return Derived(root, terms, about, ((say("Why the whole"), book.link("/why/total")),))


def _change(book: Book, _: str, key: str) -> Derived | None:
    """A step from the total of the months before to that of these; without a key the whole change, as a ratio."""
    now, before = book.span, book.previous
    if now is None or before is None:
        return None
    links = (
        (say("All that changed"), book.link("/") + "#changed"),
        (
            say("Both side by side"),
            book.link("/compare", a=f"period:{span_text(before)}", b=f"period:{span_text(now)}"),
        ),
    )
    if not key:
        return _ratio(book, before, now, links)
    step = step_of(book, before, now, key)
    if step is None:
        return None
    whole = book.now.footprint.total(book.category)
    shown = show(book.quantity(step.samples), shared_unit([whole]) if whole else "", signed=True)
    about = say("One step from {before} to {now}, on the same draws.", before=before.text, now=now.text)
    root, terms = _product(book, step) if step.ratio is not None else _sum(book, step)
    first = Term("", quantity_of(root), root.label, root.id, shown=shown)
    return Derived(root, [first, *terms], about, links)


def _ratio(book: Book, before: Span, now: Span, links: tuple[tuple[str, str], ...]) -> Derived | None:
    """How much more or less it was than in the months before."""
    samples = [book.cut(span).footprint.samples[CATEGORIES.index(book.category)] for span in (now, before)]
    is_, was = (book.cut(span).footprint.total(book.category) for span in (now, before))
    if is_ is None or was is None or np.any(samples[1] <= 0):
        return None
    low, mid, high = (float(x) for x in np.quantile(samples[0] / samples[1] - 1, (0.05, 0.5, 0.95)))
    change = size(Quantity("1", low, mid, high))
    difference = _node("change/difference", say("The difference"), size_of(book.quantity(samples[0] - samples[1])))
    old = _node("change/before", before.text, was)
    label = say("less than in the months before") if mid < 0 else say("more than in the months before")
    root = _node("change", label, change, "quotient", (difference, old))
    terms = [
        Term("", change, label, root.id, shown=show(change, "%")),
        Term("=" if mid >= 0 else "= 1 −", is_, now.text, "", book.link("/why/total")),
        Term("÷", was, before.text, "", book.link("/why/total", **before.query)),
        *([Term("−", Quantity.exact(1.0, "1"), "", root.id)] if mid >= 0 else ()),
    ]
    about = say("The median of the ratio, draw by draw: it may differ a little from the ratio of both medians.")
    return Derived(root, terms, about, links)


def _product(book: Book, step: Step) -> tuple[WhyNode, list[Term]]:
    """A step that is what was there before, times how much more electricity was used."""
    assert step.ratio is not None
    (side,) = step.sides
    was, label = book.quantity(side.samples), say("change in electricity at the devices")
    children = (
        _node("change/before", side.label, was),
        WhyNode("change/ratio", "group", label, step.ratio, "1"),
    )
    root = _node("change", step.cause, book.quantity(step.samples), "product", children)
    more = Term("×", Quantity.exact(step.ratio, "1"), label, "change/ratio")
    return root, [Term("=", was, side.label, "", side.href), more]


def _sum(book: Book, step: Step) -> tuple[WhyNode, list[Term]]:
    """A step that is the sum of amounts, some of them taken away."""
    amounts = [book.quantity(side.samples) for side in step.sides]
    children = [_node(f"change/{i}", s.label, q) for i, (s, q) in enumerate(zip(step.sides, amounts, strict=True))]
    whole = book.quantity(step.samples)
    children += _skew(whole, [q.p50 for q in amounts])
    terms = [_added(i, side, q) for i, (side, q) in enumerate(zip(step.sides, amounts, strict=True))]
    return _node("change", step.cause, whole, "sum", tuple(children)), terms


def _added(i: int, side: Side, amount: Quantity) -> Term:
    """A term of a sum: after the equals sign as it is, then with its sign before it."""
    step = "" if side.href else f"change/{i}"
    if i == 0:
        return Term("=", amount, side.label, step, side.href)
    if amount.p50 >= 0:
        return Term("+", amount, side.label, step, side.href)
    positive = Quantity(amount.unit, -amount.p95, -amount.p50, -amount.p05)
    return Term("−", positive, side.label, step, side.href)


def _node(node_id: str, label: str, amount: Quantity, op: str = "leaf", children: tuple[WhyNode, ...] = ()) -> WhyNode:
    exact = amount.p05 == amount.p95
    low, high = (None, None) if exact else (amount.p05, amount.p95)
    return WhyNode(node_id, "group", label, amount.p50, amount.unit, op, low, high, children=children)


def _per_of_system(book: Book, identifier: str, name: str) -> Derived | None:
    """What a thousand of what a system served cost, over its whole life."""
    found = life(book, identifier.removeprefix(SYSTEM))
    served = next(((count, q) for unit, count, q in found.per_unit if unit == name), None)
    if served is None:
        return None
    per = PerUnit(name, 1000.0, served[0], ())
    return _per(per, served[1], reasons(book, identifier), why_url(identifier, keep(book.request)))


def _per_of_run(book: Book, identifier: str, name: str) -> Derived | None:
    """What one unit of what a run counted cost: in the leading category, or with ``electricity:`` before its name."""
    electric = name.startswith("electricity:")
    wanted = name.removeprefix("electricity:")
    account = account_for(book.desk, identifier)
    per = next((p for p in account.per_unit if p.name == wanted), None)
    result = dict(per.results).get(ELECTRICITY if electric else book.category) if per else None
    if per is None or result is None:
        return None
    if electric:
        times = per.count / per.per
        whole = Quantity(result.unit, *(v * times for v in (result.p05, result.p50, result.p95)))
        tree = _node("per/electricity", short_name(ELECTRICITY), whole)
        return _per(
            per, result, tree, f"/runs/{account.run.id}" + (f"?{keep(book.request)}" * bool(keep(book.request)))
        )
    subject = root_id(account.run.id, book.category)
    return _per(per, result, reasons(book, subject), why_url(subject, keep(book.request)))


def _per(per: PerUnit, result: Quantity, whole: WhyNode, href: str) -> Derived:
    """A total, divided by how many units it served."""
    label = f"{whole.label} {per_text(per)}"
    units = say("{name}, counted", name=say(per.name))
    if per.per != 1:
        units = say("{name}, in units of {n}", name=say(per.name), n=plain_number(per.per))
    count = WhyNode("per/count", "group", units, per.count / per.per, "1")
    root = _node("per", label, result, "quotient", (whole, count))
    counted = Shown(plain_number(per.count), "", "", "")
    terms = [
        Term("", result, label, root.id),
        Term("=", quantity_of(whole), whole.label, "", href),
        Term("÷", Quantity.exact(per.count, "1"), say(per.name), "per/count", shown=counted),
    ]
    if per.per != 1:
        terms.append(Term("×", Quantity.exact(per.per, "1"), per_text(per), "per/count"))
    about = say("The whole, shared out over what it served.")
    return Derived(root, terms, about, ((say("Why the whole"), href),))
