"""Lineage of a claim: the tree behind each of its terms, down to the figures that it states and to their sources.

Notes
-----
Terms are medians of their draws. The median of a sum or a product of draws differs a little from that of the medians;
that difference is one line of each step, so that every step adds up to, or multiplies to, the number above it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from treadlight.assess.netimpact.amounts import distribution_of
from treadlight.assess.netimpact.claim import RELATIVE, Rebound, said
from treadlight.assess.netimpact.first_order import Factor, OwnImpact
from treadlight.assess.netimpact.result import NetImpact, Step
from treadlight.assess.why import WhyNode, skew_of_draws
from treadlight.core.errors import NotFoundError
from treadlight.core.quantity import Quantity
from treadlight.core.texts import say
from treadlight.core.units import convert
from treadlight.library.process import Source

__all__ = ["FOOTPRINT", "claim_why", "step_keys"]

FOOTPRINT = "footprint"
"""Names the whole of the solution's own footprint."""

_NOISE = 1e-9
_STATED = "as the source states"


def step_keys(steps: Sequence[Step]) -> list[str]:
    """A name of each step, for addresses: its kind, and from the second of a kind on its place among them."""
    seen: dict[str, int] = {}
    keys = []
    for step in steps:
        kind = step.kind.replace(" ", "-")
        seen[kind] = seen.get(kind, 0) + 1
        keys.append(kind if seen[kind] == 1 else f"{kind}:{seen[kind]}")
    return keys


def claim_why(found: NetImpact, of: str) -> WhyNode:
    """The tree behind a term of a claim.

    Parameters
    ----------
    of
        One of `step_keys`, or `FOOTPRINT`.

    Raises
    ------
    NotFoundError
        If the claim has no such term.
    """
    held = _Terms(found)
    if of == FOOTPRINT:
        return held.footprint()
    if of not in held.steps:
        remedy = say("follow the link of a number to its page")
        raise NotFoundError(say("names no number of this"), field="of", value=of, remedy=remedy)
    return held.node(of)


@dataclass(frozen=True)
class _Terms:
    found: NetImpact

    @property
    def steps(self) -> dict[str, Step]:
        return dict(zip(step_keys(self.found.steps), self.found.steps, strict=True))

    def node(self, key: str) -> WhyNode:
        """A step with what it is computed from."""
        step = self.steps[key]
        if step.kind == "gross":
            return self._gross(key, step)
        if step.kind == "effect":
            return self._effect(key, step)
        if step.kind == "rebound":
            return self._rebound(key, step)
        if step.kind == "avoided":
            return self._sum(key, step, ["gross"], self._keys("rebound", "side effect"))
        if step.kind == "own footprint" and self.found.own:
            return self._own(key, self.found.own[self._keys("own footprint").index(key)])
        if step.kind == "net":
            return self._sum(key, step, ["avoided"], self._keys("own footprint"))
        if step.kind == "attributed":
            share = _shared(self.node("attribution"))
            return _settled(key, step.name, step.quantity, [_product(key, [self.node("net"), share])], self._missing())
        return self._stated(key, step)

    def footprint(self) -> WhyNode:
        """The solution's own footprint: the sum of its parts."""
        children = [self.node(key) for key in self._keys("own footprint")]
        label = say("Its own footprint")
        return _settled(FOOTPRINT, label, self.found.footprint, children, say("no part of it is known"))

    def _keys(self, *kinds: str) -> list[str]:
        return [key for key, step in self.steps.items() if step.kind in kinds]

    def _missing(self) -> str:
        return say("not known: {names}", names="; ".join(self.found.unknown)) if self.found.unknown else ""

    def _sum(self, key: str, step: Step, first: Sequence[str], taken: Sequence[str]) -> WhyNode:
        children = [*map(self.node, first), *(_less(self.node(each)) for each in taken)]
        return _settled(key, step.name, step.quantity, children, self._missing())

    def _gross(self, key: str, step: Step) -> WhyNode:
        """Reference less solution; or the reference, the effect and the shares of it."""
        before = self._keys("reference", "solution", "effect", "share")
        missing = say("the saving over all to whom it was offered is not known")
        if "solution" in before:
            children = [self.node("reference"), _less(self.node("solution"))]
            return _settled(key, step.name, step.quantity, children, missing)
        factors = [self.node(each) for each in before]
        factors = [_shared(node) if node.unit == "%" and node.amount is not None else node for node in factors]
        if step.quantity is not None and step.quantity.unit == "%":
            factors = [_percent(node) if node.id == "effect" else node for node in factors]
        elif "reference" not in before:
            factors = [_in(node, self.found.unit) for node in factors]
        return _settled(key, step.name, step.quantity, [_product(key, factors)], missing)

    def _effect(self, key: str, step: Step) -> WhyNode:
        """The effect as it was measured; or that over those who followed it, times how many they were."""
        trial, plain = self.found.trial, self._stated(key, step)
        if trial is None or trial.intention_to_treat is not None or not trial.compliance or trial.per_protocol is None:
            return plain
        counted = say("share of those to whom it was offered that followed it")
        over = _leaf(f"{key}/per-protocol", say("effect over those who followed it"), trial.per_protocol)
        over = replace(over, source=plain.source)
        part = WhyNode(f"{key}/compliance", "activity", counted, trial.compliance, "1")
        return _settled(key, step.name, step.quantity, [_product(key, [over, part])], "")

    def _rebound(self, key: str, step: Step) -> WhyNode:
        """A share of the gross saving, or an amount."""
        rebound, gross = self._of_rebound(key), self.steps["gross"].quantity
        if rebound is None or rebound.fraction is None or gross is None or gross.p50 <= 0 or step.quantity is None:
            return self._stated(key, step)
        distribution = distribution_of(rebound.fraction, "rebound.fraction")
        ends = Quantity("1", *(distribution.quantile(p) for p in (0.05, 0.5, 0.95)))
        share = replace(_leaf(f"{key}/fraction", say("share of the gross saving"), ends), source=self._source(step))
        of = _leaf(f"{key}/gross", self.steps["gross"].name, gross)
        return _settled(key, step.name, step.quantity, [_product(key, [share, of])], "", step.note)

    def _of_rebound(self, key: str) -> Rebound | None:
        at = self._keys("rebound").index(key)
        return self.found.claim.rebounds[at] if at < len(self.found.claim.rebounds) else None

    def _own(self, key: str, part: OwnImpact) -> WhyNode:
        """A part of the footprint: what it is computed from, as far as that is kept."""
        note = part.basis if not part.gap else f"{part.basis}; {say('not in it: {what}', what=part.gap)}"
        step = self.steps[key]
        if not part.factors or part.quantity is None:
            return replace(self._stated(key, step), note=note)
        factors = [self._factor(f"{key}/{i}", held, step) for i, held in enumerate(part.factors, 1)]
        return _settled(key, part.name, part.quantity, [_product(key, factors)], "", note)

    def _factor(self, key: str, held: Factor, step: Step) -> WhyNode:
        node = _leaf(key, held.name, held.quantity)
        return replace(node, source=self._source(step) if held.stated else None, note=held.note)

    def _stated(self, key: str, step: Step) -> WhyNode:
        """A term that the claim states; of one without a figure, that there is none."""
        if step.quantity is None:
            return _unknown(key, step.name, self.found.unit, step.note or say("no figure is stated"))
        return replace(_leaf(key, step.name, step.quantity), source=self._source(step), note=step.note)

    def _source(self, step: Step) -> Source | None:
        """Where the claim says that a figure comes from."""
        claim = self.found.claim
        if not said(step.source):
            return None
        return Source(f"claim:{claim.id}", step.source, 0, _STATED, claim.where, "medium")


def _leaf(key: str, label: str, quantity: Quantity) -> WhyNode:
    narrow = quantity.p95 - quantity.p05 <= _NOISE * abs(quantity.p50)
    low, high = (None, None) if narrow else (quantity.p05, quantity.p95)
    return WhyNode(key, "activity", label, quantity.p50, quantity.unit, "leaf", low, high)


def _unknown(key: str, label: str, unit: str, note: str, children: Sequence[WhyNode] = ()) -> WhyNode:
    return WhyNode(key, "unknown", label, None, unit, "sum" if children else "leaf", note=note,
                   children=tuple(children))  # fmt: skip


def _settled(
    key: str, label: str, quantity: Quantity | None, children: Sequence[WhyNode], missing: str, note: str = ""
) -> WhyNode:
    """A step as the sum of what is known of it, with the skew of the draws; unknown with what is missing."""
    if quantity is None:
        unit = children[0].unit if children else ""
        return _unknown(key, label, unit, missing, children)
    skew = quantity.p50 - math.fsum(child.amount or 0.0 for child in children)
    largest = max((abs(child.amount or 0.0) for child in children), default=0.0)
    if abs(skew) > _NOISE * max(largest, abs(quantity.p50)):
        children = [*children, skew_of_draws(key, skew, quantity.unit)]
    leaf = _leaf(key, label, quantity)
    amount = quantity.p50 if len(children) > 1 else math.fsum(child.amount or 0.0 for child in children)
    return replace(leaf, kind="group", op="sum", amount=amount, note=note, children=tuple(children))


def _product(key: str, factors: Sequence[WhyNode]) -> WhyNode:
    """The product of steps, in the unit of the one that has one."""
    unit = next((node.unit for node in factors if node.unit not in ("1", "")), "1")
    if any(node.amount is None for node in factors):
        return _unknown(f"{key}/product", say("the product"), unit, "", factors)
    amount = math.prod(node.amount or 0.0 for node in factors)
    return WhyNode(f"{key}/product", "activity", say("the product"), amount, unit, "product", children=tuple(factors))


def _less(node: WhyNode) -> WhyNode:
    """A step that is taken off: it and all beneath it that adds up to it, negative."""
    label = say("less {what}", what=node.label[:1].lower() + node.label[1:])
    return replace(_turned(node), label=label)


def _turned(node: WhyNode) -> WhyNode:
    if node.amount is None:
        return node
    children = list(node.children)
    turned = children if node.op == "sum" else children[:1]
    children[: len(turned)] = map(_turned, turned)
    low, high = (None if end is None else 0.0 - end for end in (node.p95, node.p05))
    return replace(node, amount=0.0 - node.amount, p05=low, p95=high, children=tuple(children))


def _times(node: WhyNode, factor: float, unit: str) -> WhyNode:
    """A step in another unit, and all beneath it of the old one."""
    ends = [None if end is None else end * factor for end in (node.amount, node.p05, node.p95)]
    children = tuple(_times(c, factor, unit) if c.unit == node.unit else c for c in node.children)
    return replace(node, amount=ends[0], p05=ends[1], p95=ends[2], unit=unit, children=children)


def _shared(node: WhyNode) -> WhyNode:
    """A step in per cent as a share."""
    return _times(node, 0.01, "1") if node.unit == "%" else node


def _percent(node: WhyNode) -> WhyNode:
    return _times(node, 100.0, "%") if node.unit in RELATIVE and node.unit != "%" else node


def _in(node: WhyNode, unit: str) -> WhyNode:
    """An amount in another unit of its kind."""
    plain = node.unit in ("1", "", unit)
    return node if plain else _times(node, convert(1.0, node.unit, unit), unit)
