"""Lineage: the tree behind a number, whose steps multiply and add up to it, each with its source and its doubt.

Notes
-----
Every step is computed with each input at its median. The median of a sum of skewed draws differs a little from the sum
of the medians; that difference is one visible line under the root, so that the tree adds up to the number shown.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

import numpy as np

from treadlight.assess.doubt import shares_of_doubt
from treadlight.assess.draws import Array, Draws, quantiles
from treadlight.assess.footprint import Footprint, Line
from treadlight.assess.solve import UnitImpacts
from treadlight.assess.unfit import is_fit
from treadlight.assess.why import WhyNode, skew_of_draws
from treadlight.core.activity import Activity
from treadlight.core.category import CATEGORIES
from treadlight.core.distribution import Point
from treadlight.core.marks import weakest
from treadlight.core.texts import counted, say
from treadlight.library.process import Exchange, Process, Source

__all__ = ["PAGES", "PHASES", "causes_of", "doubt_of", "line_id", "process_tree", "root_id", "why_tree"]

_SHOWN = 24
"""So many activities are listed singly under an amount."""

_CONFIDENCE = {"metered": "high", "reported": "medium", "modelled": "medium", "assumed": "assumed"}

PAGES = {"hardware": "hardware-share", "requests": "request-logs"} | {
    page: page
    for page in (
        "codecarbon", "ecologits", "estimate-inference", "estimate-training", "focus", "huggingface", "mlflow", "model",
        "nvml", "opentelemetry", "prometheus", "rapl", "replay", "slurm", "wandb",
    )
}  # fmt: skip
"""Page of docs/methodology by source of evidence; a source that is not ours has none."""

PHASES = {"use": "Use", "embodied": "Embodied", "end-of-life": "End of life"}
"""Phases in the order of reports, with their names."""


@dataclass(frozen=True, slots=True)
class _Scene:
    """What every step needs: impacts per unit, one category, the shares of doubt by cause, lines and activities.

    Parameters
    ----------
    beneath
        The causes that a computed one rests on; None where none is computed.
    """

    impacts: UnitImpacts
    category: str
    row: int
    unit: str
    doubt: Mapping[str, float]
    lines: tuple[Line, ...] = ()
    activities: Mapping[tuple[str, ...], Sequence[Activity]] = field(default_factory=dict)
    beneath: Callable[[str], Set[str]] | None = None

    def share(self, causes: Iterable[str]) -> float | None:
        if not self.doubt:
            return None
        held = set(causes)
        if self.beneath is not None:
            held = {each for cause in held for each in self.beneath(cause)}
        return sum(self.doubt.get(cause, 0.0) for cause in held)


def causes_of(
    unit: UnitImpacts, process: str, category: str = "", seen: frozenset[str] = frozenset()
) -> dict[str, str]:
    """Uncertain causes within the supply of a process, each with a label for people.

    With a category, only those on a path to it: a grid's intensity has no part in the doubt of electronic waste.
    """
    found: dict[str, str] = {}
    for exchange in unit.processes[process].exchanges:
        if category and not _reaches(unit, exchange, category):
            continue
        if not isinstance(exchange.amount, Point):
            found[exchange.cause] = exchange.label or exchange.cause
        if not exchange.is_impact and exchange.target not in seen:
            found |= causes_of(unit, exchange.target, category, seen | {process})
    return found


def _reaches(unit: UnitImpacts, exchange: Exchange, category: str) -> bool:
    if exchange.is_impact:
        return exchange.target == category
    return category in unit.reached[exchange.target]


def doubt_of(footprint: Footprint, category: str) -> dict[str, float]:
    """Share of the doubt of a footprint's category by cause, largest first."""
    row = footprint.categories.index(category)
    causes: dict[str, None] = {}
    for process in dict.fromkeys(line.process for line in footprint.lines):
        causes |= dict.fromkeys(causes_of(footprint.unit, process, category))
    for line in footprint.lines:
        if category in footprint.unit.reached[line.process]:
            causes[line.group.cause] = None
    return shares_of_doubt(footprint.samples[row], causes, footprint.draws)


def root_id(subject: str, category: str) -> str:
    """Id of the tree of a category of a run or activity: its own id for climate change, else with the category."""
    return subject if category == "gwp" else f"{subject}.{category}"


def line_id(footprint: Footprint, root: str, line: Line) -> str:
    """Id of the step that stands for a line, in the tree with this root."""
    return _line_id(footprint.unit, footprint.lines, root, line)


def _line_id(impacts: UnitImpacts, lines: Sequence[Line], root: str, line: Line) -> str:
    group = line.group
    here = f"{root}/{impacts.processes[line.process].phase}/{group.component or group.flow}:{group.flow}"
    alone = len({other.process for other in lines if other.group.flow == group.flow}) == 1
    return here if alone else f"{here}@{line.process}"


def _drawer(activity: Activity, period: str) -> tuple[str, ...]:
    place = activity.location
    return activity.component, activity.flow, place.zone, place.region, place.site, period


def why_tree(
    footprint: Footprint,
    category: str,
    *,
    root: str,
    label: str,
    activities: Iterable[Activity] = (),
) -> WhyNode:
    """The tree behind one category of a footprint.

    Parameters
    ----------
    root, label
        Id of the root, as `root_id` makes it, and its name for people.
    activities
        The activities that were summed, to be listed under the amounts, the largest singly; may be left out.
    """
    filed: dict[tuple[str, ...], list[Activity]] = {}
    for activity in activities:
        begun = activity.start.isoformat()
        for period in (begun[:4], begun[:13]) if is_fit(activity) else ():
            filed.setdefault(_drawer(activity, period), []).append(activity)
    row = footprint.categories.index(category)
    unit = CATEGORIES[category].unit
    doubt = doubt_of(footprint, category)
    scene = _Scene(footprint.unit, category, row, unit, doubt, footprint.lines, filed)
    known = footprint.total(category)
    children = [_phase(scene, phase, root) for phase in PHASES]
    children = [child for child in children if child.children]
    if known is None:
        return WhyNode(root, "footprint", label, None, scene.unit, "sum", children=tuple(children))
    skew = known.p50 - float(footprint.central[row])
    children.append(skew_of_draws(root, skew, scene.unit))
    return WhyNode(
        root,
        "footprint",
        label,
        known.p50,
        scene.unit,
        "sum",
        known.p05,
        known.p95,
        1.0 if scene.doubt else None,
        children=tuple(children),
    )


def _interval(samples: Array | float) -> tuple[float | None, float | None]:
    if not isinstance(samples, np.ndarray) or np.ptp(samples) == 0:
        return None, None
    p05, p95 = quantiles(samples, (0.05, 0.95))
    return p05, p95


def _phase(scene: _Scene, phase: str, parent: str) -> WhyNode:
    merged: dict[tuple[str, str, str], list[Line]] = {}
    for line in scene.lines:
        if scene.impacts.processes[line.process].phase == phase:
            merged.setdefault((line.group.component, line.group.flow, line.process), []).append(line)
    here = f"{parent}/{phase}"
    children = [_line(scene, lines, here) for lines in merged.values()]
    children.sort(key=lambda node: -(node.amount or 0.0))
    samples = [
        line.amount * scene.impacts.samples(line.process)[scene.row] for lines in merged.values() for line in lines
    ]
    low, high = _interval(np.sum(samples, axis=0)) if samples else (None, None)
    causes = [cause for lines in merged.values() for cause in _line_causes(scene, lines)]
    known = [child.amount for child in children if child.amount is not None]
    amount = sum(known) if known else None
    return WhyNode(
        here,
        "group",
        say(PHASES[phase]),
        amount,
        scene.unit,
        "sum",
        low,
        high,
        scene.share(causes),
        children=tuple(children),
    )


def _line_causes(scene: _Scene, lines: Sequence[Line]) -> set[str]:
    return {line.group.cause for line in lines} | set(causes_of(scene.impacts, lines[0].process, scene.category))


def _line(scene: _Scene, lines: Sequence[Line], parent: str) -> WhyNode:
    """Amount of a flow × impact of its process, for the lines that share component, flow and process."""
    first = lines[0].group
    here = _line_id(scene.impacts, scene.lines, parent.rpartition("/")[0], lines[0])
    process = scene.impacts.processes[lines[0].process]
    name = f"{_component_name(first.component)}: {process.name}" if first.component else process.name
    if scene.category in scene.impacts.unknown[process.id] and not scene.impacts.central(process.id)[scene.row]:
        note = process.resolution.remedy or say("no sourced figure is in the library")
        return WhyNode(here, "unknown", name, None, scene.unit, note=note)
    amount_node = _amount(scene, lines, here)
    process_node = process_tree(scene.impacts, process.id, scene.category, parent=here, doubt=scene.doubt)
    samples = np.sum([line.amount * scene.impacts.samples(line.process)[scene.row] for line in lines], axis=0)
    low, high = _interval(samples)
    return WhyNode(
        here,
        "activity",
        name,
        (amount_node.amount or 0.0) * (process_node.amount or 0.0),
        scene.unit,
        "product",
        low,
        high,
        scene.share(_line_causes(scene, lines)),
        method=amount_node.method,
        children=(amount_node, process_node),
    )


def _counted(n: int) -> str:
    return counted(n, "{n} activity", "{n} activities", n=n)


def _component_name(component: str) -> str:
    return {"cpu": "CPU", "gpu": "GPU"}.get(component, component.capitalize())


def _amount(scene: _Scene, lines: Sequence[Line], parent: str) -> WhyNode:
    """The amount used: the sum of the activities behind these lines."""
    here = f"{parent}/amount"
    process = scene.impacts.processes[lines[0].process]
    amount = sum(line.group.amount * line.uncertainty.median for line in lines)
    low, high = _interval(np.sum([line.amount for line in lines], axis=0))
    first, method = lines[0].group, weakest((line.group.method, line.group.amount) for line in lines)
    records = _records(scene, lines)
    listed = math.fsum(record.amount * record.uncertainty.median for record in records)
    children = _listed(records, here, process.unit)
    if abs(listed - amount) > 1e-9 * max(abs(amount), 1e-300):
        children = _known_how(scene, lines, here)
    basis = records[0].evidence.basis if records else ""
    return WhyNode(
        here,
        "activity",
        f"{process.flow}, {say(method)}",
        amount,
        process.unit,
        "sum" if children else "leaf",
        low,
        high,
        scene.share(line.group.cause for line in lines),
        cause=first.cause,
        method=method,
        note=basis or _counted(sum(line.group.count for line in lines)),
        children=children,
    )


def _known_how(scene: _Scene, lines: Sequence[Line], parent: str) -> tuple[WhyNode, ...]:
    """The amounts by how they are known, where that is not the same of all."""
    merged: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        merged.setdefault((line.group.method, line.group.cause), []).append(line)
    if len(merged) < 2:
        return ()
    unit = scene.impacts.processes[lines[0].process].unit
    steps = [_sum_of(scene, some, f"{parent}/{cause or method}", unit) for (method, cause), some in merged.items()]
    return tuple(sorted(steps, key=lambda step: -(step.amount or 0.0)))


def _sum_of(scene: _Scene, lines: Sequence[Line], here: str, unit: str) -> WhyNode:
    """The sum of activities that are all known in the same way."""
    group = lines[0].group
    low, high = _interval(np.sum([line.amount for line in lines], axis=0))
    return WhyNode(
        here,
        "activity",
        _counted(sum(line.group.count for line in lines)) + f", {say(group.method)}",
        sum(line.group.amount * line.uncertainty.median for line in lines),
        unit,
        p05=low,
        p95=high,
        share_of_doubt=scene.share([group.cause]),
        cause=group.cause,
        method=group.method,
        note=group.cause,
    )


def _records(scene: _Scene, lines: Sequence[Line]) -> list[Activity]:
    """The activities behind some lines, largest first."""
    drawers = {(g.component, g.flow, g.zone, g.region, g.site, g.period): None for g in (line.group for line in lines)}
    found = [record for drawer in drawers for record in scene.activities.get(drawer, ())]
    return sorted(found, key=lambda record: -record.amount)


def _listed(records: Sequence[Activity], parent: str, unit: str) -> tuple[WhyNode, ...]:
    """The largest activities singly, in the order of time, and the rest as one step."""
    shown = sorted(records[:_SHOWN], key=lambda record: record.start)
    rest = records[_SHOWN:]
    steps = [_activity(record) for record in shown]
    if rest:
        amount = math.fsum(record.amount * record.uncertainty.median for record in rest)
        label = counted(len(rest), "{n} smaller activity", "{n} smaller activities", n=len(rest))
        steps.append(WhyNode(f"{parent}/rest", "activity", label, amount, unit, source=_evidence(rest[0])))
    return tuple(steps)


def _activity(record: Activity) -> WhyNode:
    low, high = record.uncertainty.quantile(0.05), record.uncertainty.quantile(0.95)
    evidence = record.evidence
    return WhyNode(
        record.id,
        "activity",
        f"{record.start:%Y-%m-%d %H:%M:%S}–{record.end:%H:%M:%S} UTC, {record.location.device or record.component}",
        record.amount * record.uncertainty.median,
        record.unit,
        p05=record.amount * low,
        p95=record.amount * high,
        source=_evidence(record),
        method=str(evidence.method),
        note=say("journal {digest}", digest=evidence.digest[:12]) if evidence.digest else "",
    )


def _evidence(record: Activity) -> Source:
    """How an activity is known, in the form of a source: who said it, by which method, from which reading."""
    evidence = record.evidence
    page = PAGES.get(evidence.source)
    rests = f": docs/methodology/{page}.md names what it rests on" if page else ""
    return Source(
        f"evidence:{evidence.source}",
        f"treadlight, {evidence.source}, method {evidence.version}{rests}",
        record.start.year,
        "Apache-2.0",
        evidence.basis or say("no basis is recorded"),
        _CONFIDENCE[str(evidence.method)],
    )


def process_tree(
    impacts: UnitImpacts,
    process_id: str,
    category: str,
    *,
    parent: str = "",
    doubt: Mapping[str, float] | None = None,
    beneath: Callable[[str], Set[str]] | None = None,
    above: tuple[str, ...] = (),
) -> WhyNode:
    """Impact per unit of a process, down to the exchanges and their sources.

    Parameters
    ----------
    beneath
        The causes that a computed one rests on, for the shares of `doubt`.
    """
    process = impacts.processes[process_id]
    row = impacts.categories.index(category)
    here = f"{parent}/{process_id}" if parent else process_id
    unit = f"{CATEGORIES[category].unit}/{process.unit}"
    low, high = _interval(impacts.samples(process_id)[row])
    central = float(impacts.central(process_id)[row])
    rungs = tuple((rung.name, rung.found, rung.detail) for rung in process.resolution.rungs)
    scene = _Scene(impacts, category, row, unit, doubt or {}, beneath=beneath)
    if process_id in above:
        note = "already above: these processes need each other and are solved together"
        return WhyNode(here, "process", process.name, central, unit, p05=low, p95=high, note=note)
    children = tuple(
        node
        for i, exchange in enumerate(process.exchanges)
        if (node := _exchange(scene, process, exchange, f"{here}/{i}", (*above, process_id))) is not None
    )
    return WhyNode(
        here,
        "process",
        process.name,
        central,
        unit,
        "sum",
        low,
        high,
        scene.share(causes_of(impacts, process_id, category)) if doubt else None,
        note=process.resolution.remedy,
        rungs=rungs,
        children=children,
    )


def _exchange(scene: _Scene, process: Process, exchange: Exchange, here: str, above: tuple[str, ...]) -> WhyNode | None:
    """An input with its supplier, or a direct impact; None where it adds nothing to this category."""
    if exchange.is_impact:
        return _leaf(scene, exchange, here, scene.unit) if exchange.target == scene.category else None
    supplier = process_tree(scene.impacts, exchange.target, scene.category, parent=here, doubt=scene.doubt,
                            beneath=scene.beneath, above=above)  # fmt: skip
    if not supplier.amount:
        return None
    unit = scene.impacts.processes[exchange.target].unit
    coefficient = _leaf(scene, exchange, f"{here}/amount", f"{unit}/{process.unit}")
    samples = scene.impacts.draws.column(exchange.amount, exchange.cause)
    low, high = _interval(samples * scene.impacts.samples(exchange.target)[scene.row])
    causes = {exchange.cause} | set(causes_of(scene.impacts, exchange.target, scene.category))
    return WhyNode(
        here,
        "exchange",
        f"{exchange.label or 'input'} × {supplier.label}",
        (coefficient.amount or 0.0) * supplier.amount,
        scene.unit,
        "product",
        low,
        high,
        scene.share(causes),
        children=(coefficient, supplier),
    )


def _leaf(scene: _Scene, exchange: Exchange, here: str, unit: str) -> WhyNode:
    central, low, high = _amount_of(scene.impacts.draws, exchange)
    exact = low is None
    return WhyNode(
        here,
        "exchange",
        exchange.label or exchange.target,
        central,
        unit,
        p05=low,
        p95=high,
        share_of_doubt=None if exact else scene.share((exchange.cause,)),
        source=exchange.source,
        cause="" if exact else exchange.cause,
        method="assumed" if exchange.source.confidence == "assumed" else "reported",
    )


def _amount_of(draws: Draws, exchange: Exchange) -> tuple[float, float | None, float | None]:
    """Median and interval of an exchange: of its distribution, or of its column where that is computed."""
    amount = exchange.amount
    if draws.computed(exchange.cause):
        worlds = draws.worlds(amount, exchange.cause)
        return (worlds, None, None) if isinstance(worlds, float) else (float(worlds[-1]), *_interval(worlds[:-1]))
    if isinstance(amount, Point):
        return amount.value, None, None
    return amount.median, amount.quantile(0.05), amount.quantile(0.95)
