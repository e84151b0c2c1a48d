"""The account of a run: ledger, library and footprint brought together for pages, terminals and JSON."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from treadlight import __version__
from treadlight.app.components import components, mean_power_w, node_energy, part_name, unread
from treadlight.app.energy import FACILITY, energy_at_hall, energy_by, energy_quantity
from treadlight.app.facts import RunFacts
from treadlight.app.gaps import other_notes, unknowns
from treadlight.app.units import per_units
from treadlight.app.windowing import window_account
from treadlight.app.workspace import Workspace
from treadlight.assess.draws import Array
from treadlight.assess.footprint import Footprint, footprint, quantity
from treadlight.assess.lineage import causes_of, doubt_of, line_id, root_id, why_tree
from treadlight.assess.parts import Part, parts
from treadlight.assess.why import WhyNode
from treadlight.core.marks import WORDS, weakest
from treadlight.core.method import Method
from treadlight.core.quantity import Quantity
from treadlight.core.texts import say
from treadlight.ledger.records import Run
from treadlight.share.account import (
    Account,
    Chain,
    Contribution,
    Doubt,
    Equivalent,
    EvidenceShare,
    Impact,
    LibraryStamp,
    Slice,
)

__all__ = ["CATEGORIES", "account_of", "run_footprint"]

CATEGORIES = ("gwp", "water", "adpe", "pe", "ewaste", "energy")
"""Categories of an account; the first leads."""

_DIMENSIONS = ("stage", "component", "period", "project")


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
        facility_energy=_known(energy_at_hall(facts.groups, lambda _: "", workspace.library, result.draws)),
        facility_stated=_known(energy_by(facts.groups, lambda _: "", result.draws, FACILITY)),
        node_energy=node_energy(facts.run, by_component, result.draws),
        mean_power_w=mean_power_w(facts.run, facts.run.channels) if energy else None,
        components=components(facts.run, by_component, result.draws),
        impacts=impacts,
        contributions=tuple(c for category in CATEGORIES for c in _contributions(result, pieces, category, facts.run)),
        windows=tuple(window_account(w, facts, workspace, method) for w in facts.windows),
        per_unit=per_units(facts.run.counts, result, whole, facts.run.id),
        unknown=unknowns(facts.run, result, workspace.library),
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
        slices=tuple(_slices(result)),
    )


def _known(energy: Mapping[str, Array]) -> Quantity | None:
    """Electricity that was summed under no name; None where there is none."""
    return energy_quantity(energy[""]) if "" in energy else None


def _why(result: Footprint, category: str, facts: RunFacts) -> WhyNode:
    label = f"Run {facts.run.name or facts.run.id}"
    activities = facts.activities if category == CATEGORIES[0] else ()
    return why_tree(result, category, root=root_id(facts.run.id, category), label=label, activities=activities)


def _impact(result: Footprint, pieces: Sequence[Part], category: str, run_id: str) -> Impact:
    row = result.categories.index(category)

    def portion(*phases: str) -> Quantity | None:
        chosen = [p for p in pieces if p.phase in phases]
        known = any(category not in result.unit.unknown[line.process] for p in chosen for line in p.lines)
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
        weakest(methods.items()) if total else "unknown",
        root_id(run_id, category),
    )


def _contributions(result: Footprint, pieces: Sequence[Part], category: str, run: Run) -> list[Contribution]:
    row = result.categories.index(category)
    root = root_id(run.id, category)
    found = []
    for piece in pieces:
        known = any(category not in result.unit.unknown[line.process] for line in piece.lines)
        samples = piece.samples[row]
        if known and not np.any(samples):
            continue
        phase = "use" if piece.phase in ("use", "overhead") else piece.phase
        label = part_name(piece.component)
        found.append(
            Contribution(
                category,
                say("Cooling, conversion") if piece.phase == "overhead" else label,
                "embodied" if phase == "end-of-life" else piece.phase,
                "facility" if piece.phase == "overhead" else "embodied" if phase == "embodied" else piece.component,
                "assumed" if piece.phase == "overhead" else weakest((method, 1.0) for method in piece.methods),
                quantity(samples, category) if known else None,
                why=line_id(result, root, piece.lines[0]) if piece.phase != "overhead" else f"{root}/use",
            )
        )
    return sorted(
        found, key=lambda c: (("use", "overhead", "embodied").index(c.phase), -(c.quantity.p50 if c.quantity else 0))
    )


def _slices(result: Footprint) -> Iterator[Slice]:
    """Totals cut along each dimension; what adds nothing to a category is left out of it."""
    cuts = {"process": result.by_process()} | {name: result.by(name) for name in _DIMENSIONS}
    for dimension, found in cuts.items():
        for key, samples in found.items():
            label = result.unit.processes[key].name if dimension == "process" else key
            for row, category in enumerate(result.categories):
                if samples[row].any():
                    yield Slice(dimension, key, label, category, quantity(samples[row], category))


def _evidence(result: Footprint) -> tuple[EvidenceShare, ...]:
    """Shares of the leading category by method of evidence; what no process answers is counted as unknown lines."""
    amounts: dict[str, float] = {}
    for line in result.lines:
        value = line.group.amount * float(result.unit.central(line.process)[0])
        amounts[line.group.method] = amounts.get(line.group.method, 0.0) + value
    whole = math.fsum(amounts.values())
    if whole <= 0:
        return ()
    return tuple(EvidenceShare(m, amounts[m] / whole) for m in WORDS if amounts.get(m))


def _doubt(result: Footprint, tree: WhyNode) -> tuple[Doubt, ...]:
    doors = _doors(tree)
    labels: dict[str, str] = {}
    for line in result.lines:
        labels |= causes_of(result.unit, line.process)
        name, method = part_name(line.group.component), say(line.group.method)
        if line.group.flow.startswith("electricity."):
            label = say("{part} energy, {method}", part=name, method=method)
        else:
            label = say("{part} hardware share, {method}", part=name, method=method)
        labels.setdefault(line.group.cause, label)
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
    """Where it ran, as the footprint takes it: what was recorded, and what is stated of the site that it names."""
    recorded = run.location
    there = workspace.library.place(recorded)
    named = _named(recorded.zone, recorded.region, workspace)
    if not named and there.site:
        named = _named(there.site.zone, there.site.region, workspace)
    if not named:
        return ""
    if recorded.site and there.site:
        return say("{place}, site {site}", place=named, site=recorded.site)
    stated = recorded.zone or recorded.region
    return named if stated else say("{place}, as configured today: none was recorded", place=named)


def _named(zone: str, region: str, workspace: Workspace) -> str:
    return f"{workspace.library.zone_name(zone)} ({zone})" if zone else region
