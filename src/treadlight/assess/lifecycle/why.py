"""The tree behind a figure of a study: total, stage, item, process, factor, each step with its source and its doubt.

Notes
-----
Every step stands at the medians of all inputs, as in `treadlight.assess.lineage`. A part of an item is

    amount over the life of the system × functional unit ÷ what the system delivers × impact of one unit of its process

so that the parts add up to the items, the items to the stages, and the stages, with the skew of the draws, to the
median of the total. Shares of doubt are of the number that is explained: the total, the stage, or the item.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from treadlight.assess.doubt import shares_of_doubt
from treadlight.assess.draws import Array, quantiles
from treadlight.assess.lifecycle.columns import Columns, Term, Value
from treadlight.assess.lifecycle.parts import Parts
from treadlight.assess.lifecycle.result import Line, StudyResult, SystemResult
from treadlight.assess.lineage import causes_of, process_tree
from treadlight.assess.why import WhyNode, skew_of_draws
from treadlight.core.category import category as category_named
from treadlight.core.distribution import Distribution
from treadlight.core.errors import InputError, NotFoundError
from treadlight.core.texts import say

__all__ = ["study_why"]

_NOISE = 1e-9
"""Medians that differ by less, relative to the larger, differ by arithmetic alone."""


class _Traced(Columns):
    """Columns at their medians that remember which causes a term asked for."""

    def __init__(self, columns: Columns, terms: Mapping[str, Term]) -> None:
        super().__init__(1, columns.seed, terms, still=True)
        self.asked: set[str] = set()

    def worlds(self, distribution: Distribution, cause: str) -> Value:
        """As in `Columns`."""
        self.asked.add(cause)
        return super().worlds(distribution, cause)


@dataclass(frozen=True)
class _Scene:
    """What every step needs; `samples` are the draws of the number that is explained, whose doubt is shared out."""

    result: StudyResult
    system: SystemResult
    category: str
    samples: Array

    @cached_property
    def row(self) -> int:
        return self.system.row(self.category)

    @cached_property
    def unit(self) -> str:
        return category_named(self.category).unit

    @cached_property
    def columns(self) -> Columns:
        held = self.system.unit.draws
        return held if isinstance(held, Columns) else self.result.model.base

    @cached_property
    def doubt(self) -> dict[str, float]:
        return shares_of_doubt(self.samples, self.system.causes, self.columns)

    @cached_property
    def scale(self) -> Array:
        return self.result.model.per_unit(self._parts, self.columns)

    @cached_property
    def scale_causes(self) -> set[str]:
        return self.causes(self._parts.delivered)

    @property
    def _parts(self) -> Parts:
        return next(parts for parts in self.result.model.systems if parts.id == self.system.id)

    def causes(self, term: Term) -> set[str]:
        """What a term is uncertain by."""
        traced = _Traced(self.columns, self.result.model.inventory.terms)
        term(traced)
        return traced.asked

    def share(self, causes: set[str]) -> float | None:
        return sum(self.doubt.get(cause, 0.0) for cause in causes) if self.doubt else None

    def line_causes(self, line: Line) -> set[str]:
        factors = causes_of(self.system.unit, line.part.process, self.category)
        through = {c for cause in factors for c in self.beneath(cause)}
        return self.causes(line.part.amount) | self.scale_causes | through

    def untold(self, process_id: str) -> str:
        """That the study itself does not know the category, where one of its processes in the supply says so."""
        own, processes = self.result.model.inventory.own, self.system.unit.processes
        met, open_ids = {process_id}, [process_id]
        while open_ids:
            name = open_ids.pop()
            if self.category in own.get(name, ()):
                return say("the study does not know it")
            new = {e.target for e in processes[name].exchanges if not e.is_impact} - met if name in own else set()
            met |= new
            open_ids += new
        return ""

    def beneath(self, cause: str) -> set[str]:
        """A cause, or those that the arithmetic behind it rests on."""
        term = self.result.model.inventory.terms.get(cause)
        return self.causes(term) if term else {cause}


def study_why(result: StudyResult, path: str = "", category: str = "gwp") -> WhyNode:
    """The tree behind a system's total in one category, or behind one of its stages or items.

    Parameters
    ----------
    path
        ``SYSTEM``, ``SYSTEM/STAGE``, ``SYSTEM/STAGE/ITEM`` or ``SYSTEM/ITEM``; the system may be left out if there is
        one only. Or the id of a process that the study calls forth. Items that stand beside the total, credits and
        those outside the boundary, have their paths, too.

    Raises
    ------
    InputError
        If the study has several systems and none is named, or does not count the category.
    NotFoundError
        If the system has no such stage or item.
    """
    category_named(category)
    if category not in result.categories:
        remedy = f"use one of {', '.join(result.categories)}"
        raise InputError("is not counted by the study", field="category", value=category, remedy=remedy)
    return _settled(_why(result, path, category))


def _why(result: StudyResult, path: str, category: str) -> WhyNode:
    owner = next((system for system in result.systems if path in system.unit.processes), None)
    if owner is not None:
        scene = _Scene(result, owner, category, owner.samples[owner.row(category)])
        return process_tree(owner.unit, path, category, doubt=scene.doubt, beneath=scene.beneath)
    system, inner = _named(result, path)
    if not inner:
        return _tree(_Scene(result, system, category, system.samples[system.row(category)]))
    return _step(result, system, category, inner)


def _settled(node: WhyNode, nothing: bool = False) -> WhyNode:
    """The tree, in which no step of 0, and none beneath it, has a part in the doubt."""
    here = nothing or (node.amount == 0 and not node.p95)
    share = None if here else node.share_of_doubt
    return replace(node, share_of_doubt=share, children=tuple(_settled(child, here) for child in node.children))


def _named(result: StudyResult, path: str) -> tuple[SystemResult, str]:
    """The system that a path names, and the rest of the path; the only system need not be named."""
    known = {system.id: system for system in result.systems}
    name, _, inner = path.partition("/")
    if name in known:
        return known[name], inner
    if len(known) == 1:
        return result.systems[0], path
    what = "is no system of the study" if name else "has to name a system: the study has several"
    raise InputError(what, field="PATH", value=path or None, remedy=f"begin with one of {', '.join(known)}")


def _step(result: StudyResult, system: SystemResult, category: str, inner: str) -> WhyNode:
    """A stage or an item: by its stage and its name, or by its name alone."""
    if inner in system.empty_stages:
        return _empty(f"{system.id}/{inner}", inner, category)
    stage, item, lines = _lines(system, inner)
    row = system.row(category)
    drawn = [line.samples[row] for line in lines if line.part.process]
    scene = _Scene(result, system, category, np.sum(drawn, axis=0) if drawn else np.zeros(system.samples.shape[1]))
    here = f"{system.id}/{stage}"
    return _skewed(scene, _item(scene, here, item, lines) if item else _stage(scene, here, stage, lines))


def _lines(system: SystemResult, inner: str) -> tuple[str, str, list[Line]]:
    """Stage, item (empty: the whole stage) and lines that a path within a system names."""
    every = (*system.lines, *system.outside, *system.credits)
    items = {(line.stage, line.item) for line in every}
    stages = {(line.stage, "") for line in system.lines if line.stage == inner}
    found = sorted(stages | {(s, i) for s, i in items if inner in (f"{s}/{i}", i)})
    if not found:
        known = ", ".join(dict.fromkeys(f"{line.stage}/{line.item}" for line in every))
        raise NotFoundError("no such stage or item", field="PATH", value=inner, remedy=f"use one of {known}")
    if len(found) > 1:
        named = ", ".join("/".join(filter(None, (system.id, *pair))) for pair in found)
        raise InputError("is in several stages", field="PATH", value=inner, remedy=f"use one of {named}")
    stage, item = found[0]
    inside = [line for line in system.lines if line.stage == stage and item in ("", line.item)]
    return stage, item, inside or [line for line in every if (line.stage, line.item) == (stage, item)]


def _empty(here: str, stage: str, category: str) -> WhyNode:
    unit = category_named(category).unit
    return WhyNode(here, "unknown", say(stage).capitalize(), None, unit, note=say("no item: unknown"))


def _stage(scene: _Scene, here: str, stage: str, lines: Sequence[Line]) -> WhyNode:
    items: dict[str, list[Line]] = {}
    for line in lines:
        items.setdefault(line.item, []).append(line)
    children = [_item(scene, here, name, held) for name, held in items.items()]
    return _summed(scene, here, say(stage).capitalize(), lines, children)


def _tree(scene: _Scene) -> WhyNode:
    system = scene.system
    here = system.id
    stages: dict[str, list[Line]] = {}
    for line in system.lines:
        stages.setdefault(line.stage, []).append(line)
    children = [_stage(scene, f"{here}/{stage}", stage, lines) for stage, lines in stages.items()]
    children += [_empty(f"{here}/{stage}", stage, scene.category) for stage in system.empty_stages]
    total = system.total(scene.category)
    label = say("{what}, per {unit}", what=system.title, unit=scene.result.study.scope.functional_unit.name)
    if total is None:
        return WhyNode(here, "footprint", label, None, scene.unit, "sum", children=tuple(children))
    children.append(skew_of_draws(here, total.p50 - float(system.central[scene.row]), scene.unit))
    whole = 1.0 if scene.doubt else None
    return WhyNode(here, "footprint", label, total.p50, scene.unit, "sum", total.p05, total.p95, whole,
                   children=tuple(children))  # fmt: skip


def _skewed(scene: _Scene, node: WhyNode) -> WhyNode:
    """A stage or an item as the number that is explained: the median of its own draws, with their skew."""
    if node.amount is None:
        return node
    median = float(np.median(scene.samples))
    skew = median - node.amount
    if abs(skew) <= _NOISE * abs(median):
        return node
    whole = 1.0 if scene.doubt else None
    children = (*node.children, skew_of_draws(node.id, skew, scene.unit))
    return replace(node, amount=median, share_of_doubt=whole, children=children)


def _item(scene: _Scene, above: str, name: str, lines: Sequence[Line]) -> WhyNode:
    here = f"{above}/{name}"
    return _summed(scene, here, name, lines, [_line(scene, f"{here}/{i}", line) for i, line in enumerate(lines, 1)])


def _summed(scene: _Scene, here: str, label: str, lines: Sequence[Line], children: Sequence[WhyNode]) -> WhyNode:
    """A stage or an item as the sum of what is known of it; unknown where nothing is."""
    known = [child.amount for child in children if child.amount is not None]
    if not known:
        return WhyNode(here, "group", label, None, scene.unit, "sum", children=tuple(children))
    held = [line for line in lines if line.part.process]
    low, high = _ends(np.sum([line.samples[scene.row] for line in held], axis=0))
    causes = {cause for line in held for cause in scene.line_causes(line)}
    ordered = sorted(children, key=lambda node: -(node.amount or 0.0))
    return WhyNode(here, "group", label, sum(known), scene.unit, "sum", low, high, scene.share(causes),
                   children=tuple(ordered))  # fmt: skip


def _line(scene: _Scene, here: str, line: Line) -> WhyNode:
    """A part: its amount × its share of the functional unit × the impact of its process."""
    name = line.process_name or line.part.flow
    known = line.samples[scene.row]
    if scene.category in line.unknown and not known.any():
        process = scene.system.unit.processes.get(line.part.process)
        note = (process.resolution.remedy if process else "") or scene.untold(line.part.process)
        note = note or say("no sourced figure is in the library")
        return WhyNode(here, "unknown", name, None, scene.unit, note=note)
    tree = process_tree(scene.system.unit, line.part.process, scene.category, parent=here, doubt=scene.doubt,
                        beneath=scene.beneath)  # fmt: skip
    factors = (*_amount(scene, here, line), tree)
    amount = float(np.prod([factor.amount or 0.0 for factor in factors]))
    low, high = _ends(known)
    causes = scene.line_causes(line)
    note = say("known in part") if scene.category in line.unknown else ""
    return WhyNode(here, "activity", name, amount, scene.unit, "product", low, high, scene.share(causes), note=note,
                   children=factors)  # fmt: skip


def _amount(scene: _Scene, here: str, line: Line) -> tuple[WhyNode, WhyNode]:
    """What the item takes over the life of the system, and the functional unit over what the system delivers."""
    part, unit = line.part, scene.result.study.scope.functional_unit
    taken = scene.columns.full(part.amount(scene.columns))
    source = say("source: {source}", source=part.stated) if part.stated else say("no source is stated")
    told = (source, part.basis, part.place)
    low, high = _ends(taken[:-1])
    label = say("{what}, over the life of the system", what=line.process_name or part.flow or line.item)
    amount = WhyNode(f"{here}/amount", "activity", label,
                     float(taken[-1]), part.unit, "leaf", low, high, scene.share(scene.causes(part.amount)),
                     note="; ".join(dict.fromkeys(word for word in told if word)))  # fmt: skip
    low, high = _ends(scene.scale[:-1])
    label = say("{unit}, of what the system delivers over its life", unit=unit.name)
    share = WhyNode(f"{here}/share", "allocation", label, float(scene.scale[-1]), "1", "leaf", low, high,
                    scene.share(scene.scale_causes), note=say("functional unit ÷ delivered"))  # fmt: skip
    return amount, share


def _ends(samples: Array) -> tuple[float | None, float | None]:
    if np.ptp(samples) == 0:
        return None, None
    low, high = quantiles(samples, (0.05, 0.95))
    return low, high
