"""The account of a run: ledger, library and footprint brought together for pages, terminals and JSON."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from treadlight import __version__
from treadlight.app.energy import ELECTRICITY, energy_by, energy_quantity
from treadlight.app.gaps import other_notes, unknowns, unread
from treadlight.app.workspace import Workspace
from treadlight.assess.draws import Array
from treadlight.assess.footprint import Footprint, footprint, quantity
from treadlight.assess.lineage import causes_of, doubt_of, why_tree
from treadlight.assess.parts import Part, parts
from treadlight.core.activity import Activity
from treadlight.core.distribution import parse
from treadlight.core.method import Method
from treadlight.core.quantity import Quantity
from treadlight.core.why import WhyNode
from treadlight.ledger.records import ChannelState, GroupSum, Run, Trace, Window
from treadlight.share.account import (
    Account,
    Chain,
    ComponentEnergy,
    Contribution,
    Doubt,
    Equivalent,
    EvidenceShare,
    Impact,
    LibraryStamp,
    PerUnit,
    WindowAccount,
)

__all__ = ["CATEGORIES", "COMPONENTS", "RunFacts", "account_of", "run_footprint"]

CATEGORIES = ("gwp", "water", "adpe", "pe", "ewaste", "energy")
"""Categories of an account; the first leads."""

_STRENGTH = ("metered", "reported", "modelled", "assumed", "unknown")
_SIZEABLE = 0.1
COMPONENTS = {"cpu": "CPU", "gpu": "GPU", "memory": "Memory", "rest": "Rest of machine", "storage": "Storage"}


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What is recorded of one run, from the ledger or from a journal still being written."""

    run: Run
    activities: tuple[Activity, ...]
    groups: tuple[GroupSum, ...]
    windows: tuple[Window, ...] = ()
    trace: Trace | None = None


def run_footprint(facts: RunFacts, workspace: Workspace, method: Method | None = None) -> Footprint:
    """Footprint of one run under the workspace's library, seed and number of draws."""
    return footprint(
        facts.groups,
        workspace.library,
        method,
        categories=CATEGORIES,
        draws=workspace.draws,
        seed=workspace.seed,
        missing=len(unread(facts.run)),
    )


def account_of(
    facts: RunFacts, workspace: Workspace, method: Method | None = None, *, chain: Chain | None = None
) -> Account:
    """Everything there is to show of one run."""
    method = method or Method()
    result = run_footprint(facts, workspace, method)
    pieces = parts(result)
    trees = {category: _why(result, category, facts) for category in CATEGORIES}
    by_component = energy_by(facts.groups, lambda group: group.component, result.draws)
    whole = sum(by_component.values(), np.zeros(result.draws.n)) if by_component else None
    impacts = tuple(_impact(result, pieces, category, facts.run.id) for category in CATEGORIES)
    energy = energy_quantity(whole) if whole is not None else None
    return Account(
        run=replace(facts.run, notes=other_notes(facts.run)),
        library=LibraryStamp(result.library_version, result.library_digest),
        method=method,
        made_at=datetime.now(UTC),
        energy=energy,
        node_energy=_node_energy(facts.run, by_component),
        mean_power_w=_mean_power_w(facts.run, facts.run.channels) if energy else None,
        components=_components(facts.run, by_component),
        impacts=impacts,
        contributions=tuple(c for category in CATEGORIES for c in _contributions(result, pieces, category, facts.run)),
        windows=tuple(_window(w, facts, workspace, method) for w in facts.windows),
        per_unit=_per_units(facts.run.counts, result, whole, facts.run.id),
        unknown=unknowns(facts.run, result),
        equivalent=_equivalent(impacts[0].total, facts.run.end),
        trace=facts.trace,
        evidence=_evidence(result),
        doubt=_doubt(result, trees["gwp"]),
        why=trees,
        chain=chain,
        draws=result.draws.n,
        seed=result.draws.seed,
        place=_place(facts.run, workspace),
        version=__version__,
    )


def _why(result: Footprint, category: str, facts: RunFacts) -> WhyNode:
    root_id = facts.run.id if category == "gwp" else f"{facts.run.id}.{category}"
    label = f"Run {facts.run.name or facts.run.id}"
    return why_tree(result, category, root_id=root_id, label=label, activities=facts.activities)


def _weakest(methods: Mapping[str, float]) -> str:
    """Mark of the weakest method that makes at least a tenth of the whole; `methods` maps method to amount."""
    whole = sum(methods.values())
    sizeable = [m for m, amount in methods.items() if whole <= 0 or amount >= _SIZEABLE * whole]
    return max(sizeable or methods or ["unknown"], key=_STRENGTH.index)


def _components(run: Run, energy: Mapping[str, Array]) -> tuple[ComponentEnergy, ...]:
    """Components that are there; one whose every channel is absent, such as a GPU in a machine without, is left out."""
    channels: dict[str, list[ChannelState]] = {}
    for channel in run.channels:
        if channel.flow == ELECTRICITY:
            channels.setdefault(channel.component, []).append(channel)
    for component in energy:
        channels.setdefault(component, [])
    return tuple(
        _component(run, name, found, energy.get(name))
        for name, found in channels.items()
        if name in energy or any(channel.state != "absent" for channel in found)
    )


def _component(run: Run, name: str, channels: Sequence[ChannelState], samples: Array | None) -> ComponentEnergy:
    used = [c for c in channels if c.amount is not None] or list(channels)
    quantity_ = energy_quantity(samples) if samples is not None else None
    devices = len({c.device for c in used})
    return ComponentEnergy(
        component=name,
        label=COMPONENTS.get(name, name.capitalize()) + (f", {devices} cards" if name == "gpu" and devices > 1 else ""),
        method=_weakest({c.method: c.amount or 0.0 for c in used}) if quantity_ else "unknown",
        meter=", ".join(dict.fromkeys(c.meter for c in used)),
        state=next((c.state for c in used if c.state != "read"), "read") if used else "read",
        energy=quantity_,
        node_energy=_whole(used, samples),
        mean_power_w=_mean_power_w(run, used) if quantity_ else None,
        detail="; ".join(dict.fromkeys(c.detail for c in channels if c.detail)),
        why=f"{run.id}.energy/use/{name}:{ELECTRICITY}" if quantity_ else "",
    )


def _mean_power_w(run: Run, channels: Sequence[ChannelState]) -> float | None:
    """Mean power of the run's share as stated [W]: it adds up over components and to the curve over time."""
    stated = [c.amount for c in channels if c.flow == ELECTRICITY and c.amount is not None]
    return math.fsum(stated) / (run.duration_s / 3600) * 1000 if stated and run.duration_s > 0 else None


def _whole(channels: Sequence[ChannelState], samples: Array | None) -> Quantity | None:
    """Energy of the whole devices, as uncertain as the run's share of it."""
    stated = sum(c.whole for c in channels if c.whole is not None)
    if samples is None or not any(c.whole is not None for c in channels):
        return None
    amount = sum(c.amount or 0.0 for c in channels)
    if amount <= 0:
        widest = max((parse(c.uncertainty) for c in channels), key=lambda d: d.sd)
        return Quantity("kWh", *(stated * widest.quantile(p) for p in (0.05, 0.5, 0.95)))
    return energy_quantity(samples * (stated / amount))


def _node_energy(run: Run, energy: Mapping[str, Array]) -> Quantity | None:
    total, seen = None, False
    for name, samples in energy.items():
        used = [c for c in run.channels if c.component == name and c.flow == ELECTRICITY and c.amount]
        amount, stated = sum(c.amount or 0.0 for c in used), sum(c.whole or 0.0 for c in used)
        if amount > 0:
            scaled = samples * (stated / amount)
            total, seen = (scaled if total is None else total + scaled), True
    return energy_quantity(total) if seen and total is not None else None


def _impact(result: Footprint, pieces: Sequence[Part], category: str, run_id: str) -> Impact:
    row = result.categories.index(category)

    def portion(*phases: str) -> Quantity | None:
        chosen = [p for p in pieces if p.phase in phases]
        known = any(result.unit.known[line.process][row] for p in chosen for line in p.lines)
        return quantity(np.sum([p.samples[row] for p in chosen], axis=0), category) if known else None

    methods: dict[str, float] = {}
    for line in result.lines:
        value = line.group.amount * float(result.unit.central(line.process)[row])
        methods[line.group.method] = methods.get(line.group.method, 0.0) + value
    total = result.total(category)
    return Impact(
        category,
        total,
        portion("use", "overhead"),
        portion("embodied", "end-of-life"),
        float(result.coverage[row]),
        _weakest(methods) if total else "unknown",
        run_id if category == "gwp" else f"{run_id}.{category}",
    )


def _contributions(result: Footprint, pieces: Sequence[Part], category: str, run: Run) -> list[Contribution]:
    row = result.categories.index(category)
    root = run.id if category == "gwp" else f"{run.id}.{category}"
    found = []
    for piece in pieces:
        known = any(result.unit.known[line.process][row] for line in piece.lines)
        samples = piece.samples[row]
        if known and not np.any(samples):
            continue
        flow = piece.lines[0].group.flow
        phase = "use" if piece.phase in ("use", "overhead") else piece.phase
        component = piece.lines[0].group.component
        label = COMPONENTS.get(piece.component, piece.component.capitalize())
        found.append(
            Contribution(
                category,
                "Cooling, conversion" if piece.phase == "overhead" else label,
                "embodied" if phase == "end-of-life" else piece.phase,
                "facility" if piece.phase == "overhead" else "embodied" if phase == "embodied" else piece.component,
                "assumed" if piece.phase == "overhead" else _weakest(dict.fromkeys(piece.methods, 1.0)),
                quantity(samples, category) if known else None,
                why=f"{root}/{phase}/{component}:{flow}" if piece.phase != "overhead" else f"{root}/use",
            )
        )
    return sorted(
        found, key=lambda c: (("use", "overhead", "embodied").index(c.phase), -(c.quantity.p50 if c.quantity else 0))
    )


def _window(window: Window, facts: RunFacts, workspace: Workspace, method: Method) -> WindowAccount:
    """Energy of a window, also per unit, and the climate impact of its use; embodied impacts stay with the run."""
    model = {g.component: g for g in facts.groups if g.flow == ELECTRICITY}
    groups = []
    for key, component, _, amount, uncertainty in window.amounts:
        like = model.get(component)
        if like is not None:
            groups.append(_like(like, amount, uncertainty, key))
    if not groups:
        return WindowAccount(window.id, window.name, window.t0_s, window.t1_s, None, counts=window.counts)
    result = footprint(
        groups, workspace.library, method, categories=("gwp",), draws=workspace.draws, seed=workspace.seed
    )
    whole = sum(energy_by(groups, lambda g: "", result.draws).values(), np.zeros(result.draws.n))
    methods: dict[str, float] = {}
    for group in groups:
        methods[group.method] = methods.get(group.method, 0.0) + group.amount
    return WindowAccount(
        window.id,
        window.name,
        window.t0_s,
        window.t1_s,
        energy_quantity(whole),
        result.total("gwp"),
        _weakest(methods),
        window.counts,
        tuple(replace(p, results=p.results[:1]) for p in _per_units(window.counts, result, whole, "")),
        window.status,
    )


def _like(group: GroupSum, amount: float, uncertainty: str, key: str) -> GroupSum:
    """A sum like `group` with another amount and uncertainty."""
    return replace(group, amount=amount, uncertainty=uncertainty, count=1)


def _per_units(counts: Mapping[str, float], result: Footprint, energy: Array | None, why: str) -> tuple[PerUnit, ...]:
    """Results per functional unit, per thousand of them where there are as many."""
    found = []
    for name, count in counts.items():
        if count <= 0:
            continue
        per = 1000.0 if count >= 1000 else 1.0
        results: list[tuple[str, Quantity]] = []
        if energy is not None:
            results.append((ELECTRICITY, energy_quantity(energy * (per / count))))
        for category in result.categories:
            if category != "energy" and result.total(category) is not None:
                row = result.categories.index(category)
                results.append((category, quantity(result.samples[row] * (per / count), category)))
        found.append(PerUnit(name, per, count, tuple(results), why))
    return tuple(found)


def _evidence(result: Footprint) -> tuple[EvidenceShare, ...]:
    """Shares of the leading category by method of evidence; what no process answers is counted as unknown lines."""
    amounts: dict[str, float] = {}
    for line in result.lines:
        value = line.group.amount * float(result.unit.central(line.process)[0])
        amounts[line.group.method] = amounts.get(line.group.method, 0.0) + value
    whole = math.fsum(amounts.values())
    if whole <= 0:
        return ()
    return tuple(EvidenceShare(m, amounts[m] / whole) for m in _STRENGTH if amounts.get(m))


def _doubt(result: Footprint, tree: WhyNode) -> tuple[Doubt, ...]:
    doors = _doors(tree)
    labels: dict[str, str] = {}
    for line in result.lines:
        labels |= causes_of(result.unit, line.process)
        name = COMPONENTS.get(line.group.component, line.group.component)
        kind = "energy" if line.group.flow == ELECTRICITY else "hardware share"
        labels.setdefault(line.group.cause, f"{name} {kind}, {line.group.method}")
    shares = doubt_of(result, "gwp")
    return tuple(
        Doubt(_begun(labels.get(cause, cause)), share, doors.get(cause, "")) for cause, share in shares.items()
    )


def _begun(text: str) -> str:
    """`text` with a capital letter."""
    return text[:1].upper() + text[1:]


def _doors(node: WhyNode) -> dict[str, str]:
    """Cause to the first step that it makes uncertain."""
    found = {node.cause: node.id} if node.cause else {}
    for child in node.children:
        found = _doors(child) | found
    return found


def _equivalent(total: Quantity | None, when: datetime) -> Equivalent | None:
    from treadlight.library.tables.equivalents import relatable

    if total is None or total.p50 <= 0:
        return None
    found = relatable(total.p50, when.date())
    return Equivalent(found.text, str(found.row.vintage), found.row.perimeter) if found else None


def _place(run: Run, workspace: Workspace) -> str:
    recorded = run.location
    if recorded.zone or recorded.region or recorded.site:
        return _named(recorded.zone, recorded.region, workspace)
    here = workspace.sites[0]
    today = _named(here.zone, here.region, workspace)
    return f"{today}, as configured today: none was recorded" if today else ""


def _named(zone: str, region: str, workspace: Workspace) -> str:
    return f"{workspace.library.zone_name(zone)} ({zone})" if zone else region
