"""Comparisons of runs: their footprints under one library, one method and shared draws."""

from collections.abc import Sequence
from typing import Any

from treadlight.app.account import CATEGORIES, run_footprint
from treadlight.app.components import unread
from treadlight.app.energy import ELECTRICITY, energy_by, energy_quantity
from treadlight.app.facts import RunFacts
from treadlight.app.forms import quantity_form
from treadlight.app.runs import run_facts
from treadlight.app.workspace import Workspace
from treadlight.assess.compare import contrast
from treadlight.assess.footprint import Footprint, quantity
from treadlight.assess.lineage import causes_of
from treadlight.assess.parts import Part, parts
from treadlight.core.category import CATEGORIES as ALL
from treadlight.core.errors import InputError
from treadlight.core.method import Method
from treadlight.core.quantity import Quantity
from treadlight.share.comparison import ComparedRun, Comparison, Difference
from treadlight.share.layers import COMPONENTS

__all__ = ["comparison_form", "comparison_of"]


def comparison_of(
    workspace: Workspace, references: Sequence[str], category: str, method: Method, unit: str | None
) -> Comparison:
    """Runs side by side; with `unit`, per functional unit of that name.

    Raises
    ------
    InputError
        If a run did not count the functional unit.
    """
    found = [run_facts(workspace, reference) for reference in references]
    results = [run_footprint(facts, workspace, method) for facts in found]
    counts = [_count(facts, unit) for facts in found]
    differences = []
    for name in CATEGORIES:
        for i in range(1, len(found)):
            made = contrast(results[0], results[i], name, base_count=counts[0], other_count=counts[i])
            if made is not None:
                differences.append(Difference(0, i, name, made.difference, made.probability_lower))
    caveats = tuple(text for facts in found if (text := _caveat(facts)))
    differences.sort(key=lambda d: d.category != category)
    return Comparison(
        category=category,
        runs=tuple(_side(f, r, c, category, unit) for f, r, c in zip(found, results, counts, strict=True)),
        differences=tuple(differences),
        library=workspace.library.version,
        draws=workspace.draws,
        seed=workspace.seed,
        shared=_shared(results),
        caveats=caveats,
    )


def _caveat(facts: RunFacts) -> str:
    """Why a run can hardly be compared: parts that could not be read, or an end before its time."""
    lost = ", ".join(f"{c.component} {c.device}" for c in unread(facts.run))
    name = facts.run.name or facts.run.id[:18]
    if lost:
        return f"{name} lacks the energy of {lost}: what is compared is only what is known."
    return "" if facts.run.status == "finished" else f"{name} is {facts.run.status}: what it did may not be comparable."


def _count(facts: RunFacts, unit: str | None) -> float:
    if unit is None:
        return 1.0
    count = facts.run.counts.get(unit, 0.0)
    if count <= 0:
        counted = ", ".join(facts.run.counts) or "nothing"
        remedy = f"count it with run.count({unit}=…); this run counted {counted}"
        raise InputError(f"run {facts.run.name} did not count it", field="--per", value=unit, remedy=remedy)
    return count


def _side(facts: RunFacts, result: Footprint, count: float, category: str, unit: str | None) -> ComparedRun:
    energy = energy_by(facts.groups, lambda group: "", result.draws).get("")
    row = result.categories.index(category)
    coverage = tuple((name, float(result.coverage[i])) for i, name in enumerate(result.categories))
    impacts = tuple(
        (name, quantity(result.samples[i] / count, name) if result.total(name) is not None else None)
        for i, name in enumerate(result.categories)
    )
    pieces = tuple((_part_name(p), _part(result, p, row, category, count)) for p in parts(result))
    per_unit = ((unit, impacts[row][1]),) if unit and impacts[row][1] else ()
    return ComparedRun(
        facts.run.id,
        facts.run.name,
        str(facts.run.status),
        facts.run.duration_s,
        energy_quantity(energy / count) if energy is not None else None,
        impacts,
        pieces,
        tuple((name, q) for name, q in per_unit if q is not None),
        coverage,
    )


def _part_name(part: Part) -> str:
    if part.phase == "overhead":
        return "Cooling, conversion"
    phase = {"use": "Use of", "embodied": "Making of"}.get(part.phase, "End of")
    return f"{phase} {COMPONENTS.get(part.component, part.component).lower()}".replace("cpu", "CPU").replace(
        "gpu", "GPU"
    )


def _part(result: Footprint, part: Part, row: int, category: str, count: float) -> Quantity | None:
    """One part per functional unit; None where the category is not known of it."""
    known = any(category not in result.unit.unknown[line.process] for line in part.lines)
    return quantity(part.samples[row] / count, category) if known else None


def _shared(results: Sequence[Footprint]) -> tuple[str, ...]:
    """Labels of the causes that all runs share, whose doubt cancels in the differences."""
    labelled = []
    for result in results:
        causes: dict[str, str] = {}
        for line in result.lines:
            causes |= causes_of(result.unit, line.process)
            if line.group.flow == ELECTRICITY:
                causes[line.group.cause] = f"{line.group.component} meter"
        labelled.append(causes)
    common = set.intersection(*(set(causes) for causes in labelled))
    return tuple(dict.fromkeys(labelled[0][cause] for cause in labelled[0] if cause in common))


def comparison_form(comparison: Comparison) -> dict[str, Any]:
    """A comparison as ``treadlight compare --json`` prints it."""
    return {
        "schema": "treadlight.comparison/1",
        "category": comparison.category,
        "library": comparison.library,
        "draws": comparison.draws,
        "seed": comparison.seed,
        "shared_causes": list(comparison.shared),
        "caveats": list(comparison.caveats),
        "runs": [
            {
                "id": run.id,
                "name": run.name,
                "status": run.status,
                "duration_s": run.duration_s,
                "energy_kwh": quantity_form(run.energy, "kWh"),
                "impacts": {
                    name: {**quantity_form(q, ALL[name].unit), "coverage": dict(run.coverage)[name]}
                    for name, q in run.impacts
                },
            }
            for run in comparison.runs
        ],
        "differences": [
            {
                "base": comparison.runs[d.base].id,
                "other": comparison.runs[d.other].id,
                "category": d.category,
                "difference": quantity_form(d.quantity, d.quantity.unit),
                "probability_other_is_lower": d.lower,
            }
            for d in comparison.differences
        ],
    }
