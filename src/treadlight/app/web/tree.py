"""Trees of why for pages: the equation in one line, the step that is chosen, a tree no longer than a page."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import blake2b

from treadlight.assess.why import WhyNode
from treadlight.core.quantity import Quantity
from treadlight.core.texts import say
from treadlight.share.numbers import Shown

__all__ = ["Term", "chosen", "equation", "find", "flattened", "quantity_of", "shortened", "tag_of"]

_CHILDREN = 10
_LEAVES = 5
_DEEP, _DOUBTLESS = 2, 0.004
_PRODUCTS = 2
_SEEN = 0.01


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the equation: what stands before it, its number (None: unknown), and the step that explains it.

    `href`: the page that explains it instead. `shown`: its number as the page that it is from shows it.
    """

    op: str
    quantity: Quantity | None
    label: str
    step: str
    href: str = ""
    shown: Shown | None = None


def quantity_of(node: WhyNode) -> Quantity | None:
    """The number of a step with its interval; exact where it has none."""
    if node.amount is None:
        return None
    low, high = (node.amount if end is None else end for end in (node.p05, node.p95))
    return Quantity(node.unit, min(low, node.amount), node.amount, max(high, node.amount))


def tag_of(node_id: str) -> str:
    """A short name of a step, for addresses."""
    return blake2b(node_id.encode(), digest_size=6).hexdigest()


def find(node: WhyNode, wanted: str) -> WhyNode | None:
    """The step with this id or tag."""
    if wanted in (node.id, tag_of(node.id)):
        return node
    return next((found for child in node.children if (found := find(child, wanted))), None)


def chosen(root: WhyNode, wanted: str) -> WhyNode:
    """The step that stands in the card: the one asked for, else the sourced one with the largest share of doubt."""
    found = find(root, wanted) if wanted else None
    if found is not None:
        return found
    sourced = [node for node in _walk(root) if node.source is not None and node.share_of_doubt is not None]
    return max(sourced, key=lambda node: node.share_of_doubt or 0.0, default=root)


def _walk(node: WhyNode) -> Iterator[WhyNode]:
    yield node
    for child in node.children:
        yield from _walk(child)


def flattened(node: WhyNode) -> WhyNode:
    """The tree without steps that only pass a number on: a factor of exactly one, and a step of one step alone."""
    children = tuple(flattened(child) for child in node.children if not _is_one(child, node))
    if len(children) == 1 and children[0].children and node.kind in ("process", "exchange"):
        only = children[0]
        return replace(only, label=node.label if node.kind == "process" else only.label, rungs=node.rungs or only.rungs)
    return replace(node, children=children)


def _is_one(child: WhyNode, parent: WhyNode) -> bool:
    return parent.op == "product" and child.op == "leaf" and child.amount == 1.0 and child.p05 is None


def shortened(node: WhyNode, keep: str = "", depth: int = 0) -> WhyNode:
    """The tree with at most ten steps under each: the rest, the smallest, as one line; `keep` stays in any case."""
    children = node.children
    doubtless = node.share_of_doubt is not None and node.share_of_doubt < _DOUBTLESS
    if depth > _DEEP and doubtless and children and not (keep and find(node, keep)):
        return replace(node, children=(), note=node.note or say("its steps stand in the JSON"))
    most = _LEAVES if all(child.op == "leaf" for child in children) else _CHILDREN
    if len(children) > most and node.op != "product":
        ranked = sorted(children, key=lambda c: (find(c, keep) is None if keep else True, -abs(c.amount or math.inf)))
        kept = {id(child) for child in ranked[: most - 1] if not child.id.endswith("/rest")}
        rest = [child for child in children if id(child) not in kept]
        amount = math.fsum(child.amount or 0.0 for child in rest)
        label = say("the smaller steps")
        line = WhyNode(f"{node.id}/smaller", "group", label, amount, node.unit, note=say("the JSON lists them all"))
        children = (*(child for child in children if id(child) in kept), line)
    return replace(node, children=tuple(shortened(child, keep, depth + 1) for child in children))


def equation(root: WhyNode) -> list[Term]:
    """The number as a line of terms: devices × overhead × grid, then the machines, then what is unknown."""
    terms = [Term("", quantity_of(root), root.label, root.id)]
    products = [part for part in root.children if part.op == "product"]
    if (
        root.kind == "group"
        and len(products) == 1
        and all(part in products or _is_skew(part) for part in root.children)
    ):
        skew = [part for part in root.children if part not in products and _weighs(part, root)]
        return [*terms, *_factors(products[0]), *(Term("+", quantity_of(part), part.label, part.id) for part in skew)]
    added: list[list[Term]] = []
    for part in root.children:
        if part.label == say("Use") and part.children:
            added += _use(part)
        elif part.amount is None:
            added.append([Term("+", None, part.label, part.id)])
        elif _weighs(part, root):
            added.append([Term("+", quantity_of(part), part.label, part.id)])
    for i, product in enumerate(added):
        terms += [replace(term, op="=" if i == 0 and j == 0 else term.op) for j, term in enumerate(product)]
    return terms if len(terms) > 1 else terms + _process(root)


def _weighs(part: WhyNode, root: WhyNode) -> bool:
    return abs(part.amount or 0.0) >= _SEEN * abs(root.amount or 1.0)


def _is_skew(part: WhyNode) -> bool:
    return part.op == "leaf" and part.id.endswith("/skew")


def _use(part: WhyNode) -> list[list[Term]]:
    """Products of the use phase, one per place; where there are more than two, the rest is one sum."""
    places: dict[tuple[str, float | None], list[WhyNode]] = {}
    unknown = [child for child in part.children if child.amount is None]
    for child in part.children:
        if len(child.children) == 2 and child.op == "product":
            places.setdefault((child.children[1].label, child.children[1].amount), []).append(child)
    ranked = sorted(places.values(), key=lambda lines: -math.fsum(line.amount or 0.0 for line in lines))
    found = [_product(lines) for lines in ranked[:_PRODUCTS]]
    if ranked[_PRODUCTS:]:
        amount = math.fsum(line.amount or 0.0 for lines in ranked[_PRODUCTS:] for line in lines)
        found.append([Term("+", Quantity.exact(amount, part.unit), say("use elsewhere"), part.id)])
    if unknown:
        found.append([Term("+", None, say("unknown"), unknown[0].id)])
    return found


def _product(lines: list[WhyNode]) -> list[Term]:
    amounts = [line.children[0] for line in lines]
    total = math.fsum(node.amount or 0.0 for node in amounts)
    same = len({node.unit for node in amounts}) == 1
    if not same:
        value = Quantity.exact(math.fsum(line.amount or 0.0 for line in lines), lines[0].unit)
        return [Term("+", value, lines[0].label, lines[0].id)]
    step = amounts[0].id if len(amounts) == 1 else lines[0].id.rpartition("/")[0]
    first = Term("+", Quantity.exact(total, amounts[0].unit), say("at the devices"), step)
    return [first, *_process(lines[0].children[1])]


def _factors(line: WhyNode) -> list[Term]:
    """A product with all of its factors: amounts and shares as they are, and at last what one unit of it costs."""
    *amounts, process = line.children
    stated = [Term("×", quantity_of(node), node.label, node.id) for node in amounts if node.amount != 1.0]
    found = [*stated, *_process(process)]
    return [replace(found[0], op="="), *found[1:]]


def _process(node: WhyNode) -> list[Term]:
    """Factors of a process as long as it needs one thing alone: its coefficients, and what stands at the end."""
    found: list[Term] = []
    while len(node.children) == 1 and node.children[0].op == "product" and len(node.children[0].children) == 2:
        coefficient, supplier = node.children[0].children
        if coefficient.amount != 1.0:
            found.append(Term("×", quantity_of(coefficient), coefficient.label, coefficient.id))
        node = supplier
    return [*found, Term("×", quantity_of(node), node.label, node.id)]
