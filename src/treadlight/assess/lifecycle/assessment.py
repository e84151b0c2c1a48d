"""The assessment of a study: impacts per functional unit, what they come from, how good the data are, what is left out.

Notes
-----
With the amount a_i of part i over the life of a system, the impacts U_p of one unit of the process p(i) that answers
it, the amount D that the system delivers over its life and F that the functional unit stands for,

    h = F / D · Σ_i a_i U_p(i)

in every draw. The sum runs over the parts within the boundary; parts outside it and credits are computed alike, and
stand beside the total. What no process answers is unknown, lowers the coverage, and is never counted as zero.

References
----------
ISO 14040:2006 and ISO 14044:2006 (structure: goal and scope, inventory, impact assessment, interpretation).
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import msgspec
import numpy as np

from treadlight.assess.draws import Array
from treadlight.assess.lifecycle.columns import Columns
from treadlight.assess.lifecycle.expression import expression
from treadlight.assess.lifecycle.model import Model, counted, demanded, in_scenario
from treadlight.assess.lifecycle.parts import Estimator, Inventory, LedgerSums, Part, Parts
from treadlight.assess.lifecycle.result import LeftOut, Line, StudyResult, StudyWarning, SystemResult
from treadlight.assess.lifecycle.study import PLACEHOLDER, STAGES, Allocation, Study
from treadlight.assess.solve import UnitImpacts, impacts
from treadlight.core.category import CATEGORIES
from treadlight.core.errors import InputError
from treadlight.library.system import ProcessLibrary

__all__ = ["StudyResult", "StudyWarning", "SystemResult", "assess_study"]

_HOURS_OF_360_DAYS = 360 * 24.0
_LARGE = 0.1
"""Share of a category from which on a figure is worth a word of its own."""


_TRANSFER = "data.transfer."


def assess_study(
    study: Study,
    library: ProcessLibrary,
    *,
    ledger: LedgerSums | None = None,
    estimator: Estimator | None = None,
    draws: int = 1000,
    seed: int = 0,
    parameters: Mapping[str, float] | None = None,
    scenario: str | None = None,
) -> StudyResult:
    """Impacts of every system of a study per functional unit.

    Parameters
    ----------
    study, library, ledger, estimator, draws, seed
        As of `model.Model`.
    parameters
        Values in the place of the study's.
    scenario
        One of the study's.

    Raises
    ------
    InputError
        For what cannot be resolved, for an allocation above 100 %, for a unit that does not fit.
    GraphError
        For a loop of processes that consumes at least as much as it makes.
    """
    chosen = in_scenario(study, scenario) if scenario else study
    with _said_in(study, scenario or ""):
        model = Model(chosen, library, ledger=ledger, estimator=estimator, draws=draws, seed=seed)
    columns = model.columns(parameters) if parameters else model.base
    unit = model.unit if not parameters else replace(model.unit, draws=columns)
    causes = {cause: label for cause, (label, _) in model.causes.items()}
    with model.telling(), np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused by name
        systems = tuple(_system(model, parts, unit, columns, causes) for parts in model.systems)
    return StudyResult(
        chosen,
        study,
        scenario or "",
        dict(parameters or {}),
        model.categories,
        systems,
        tuple(_warnings(chosen, systems, library.version, model.inventory)),
        *model.library,
        draws,
        seed,
        model,
    )


@contextmanager
def _said_in(study: Study, name: str) -> Iterator[None]:
    """Errors over a zone that a scenario set name the scenario."""
    try:
        yield
    except InputError as error:
        for i, scenario in enumerate(study.scenarios):
            here = f"{study.where}: scenario[{i}]"
            if scenario.name == name and error.field.endswith(".zone"):
                if error.field.endswith("scope.zone") and scenario.zone == error.value:
                    raise error.at(f"{here}.zone") from None
                for item, zone in scenario.zones.items():
                    if zone == error.value:
                        raise error.at(f"{here}.zones.{item}") from None
        raise


def _system(model: Model, parts: Parts, unit: UnitImpacts, columns: Columns, causes: Mapping[str, str]) -> SystemResult:
    scale = model.per_unit(parts, columns)
    each = _unit_worlds(parts, unit, columns)
    lines = [_line(part, unit, columns, scale, each) for part in parts.parts]
    lines = [line if line.part.inside and not line.part.credit else _alone(line, unit) for line in lines]
    inside = _spoken([line for line in lines if line.part.inside and not line.part.credit], unit)
    shape = (len(unit.categories), columns.n + 1)
    total = np.sum([line.samples for line in inside if line.part.process], axis=0) if inside else np.zeros(shape)
    total = np.broadcast_to(total, shape)
    if not np.isfinite(total).all():
        remedy = "look for an amount in the wrong unit"
        raise InputError(
            "comes to no finite number", field=f"{model.study.where}: system", value=parts.id, remedy=remedy
        )
    empty = tuple(s for s in model.study.scope.boundary if not any(p.stage == s for p in parts.parts))
    outside = tuple(line for line in lines if not line.part.inside and not line.part.credit)
    trimmed = tuple(_trimmed(line) for line in inside)
    result = SystemResult(
        parts.id,
        parts.title,
        unit.categories,
        total[:, :-1],
        total[:, -1],
        columns.full(parts.delivered(columns))[:-1],
        trimmed,
        tuple(_trimmed(line) for line in outside),
        tuple(_trimmed(line) for line in lines if line.part.credit),
        _coverage(inside, len(empty), unit.categories),
        empty,
        (),
        (),
        unit,
        {name: amount * scale for name, amount in demanded(counted(parts), columns).items()},
        causes,
    )
    return replace(result, left_out=_left_out(model.study, result), below_cut_off=_below(model.study, result))


def _unit_worlds(parts: Parts, unit: UnitImpacts, columns: Columns) -> Mapping[str, Array]:
    """Impacts of one unit of each process that the parts ask for: from the users downwards where they are few."""
    asked = dict.fromkeys(part.process for part in parts.parts if part.process)
    if len(asked) > len(unit.categories):
        return unit.worlds
    one = np.ones(columns.n + 1)
    return {name: impacts(unit, {name: one}) for name in asked}


def _line(part: Part, unit: UnitImpacts, columns: Columns, scale: Array, each: Mapping[str, Array]) -> Line:
    amount = columns.full(part.amount(columns)) * scale
    if not part.process:
        nothing = np.zeros((len(unit.categories), columns.n + 1))
        return Line(part, "", part.flow, amount, nothing, frozenset(unit.categories))
    process = unit.processes[part.process]
    samples = amount * each[part.process]
    lost = unit.unknown[part.process] if amount.any() else frozenset[str]()  # nothing of it is nothing of all
    return Line(part, process.phase, process.name, amount, samples, lost)


def _spoken(lines: Sequence[Line], unit: UnitImpacts) -> tuple[Line, ...]:
    """The lines; a category of which none of them says anything is unknown of all of which there is something."""
    some = [line for line in lines if line.amount.any()]
    known = {category for line in some for category in unit.categories if _speaks(line, category, unit)}
    silent = frozenset(unit.categories) - known
    return tuple(replace(line, unknown=line.unknown | silent) if line.amount.any() else line for line in lines)


def _alone(line: Line, unit: UnitImpacts) -> Line:
    """A line that stands beside the total: what it says nothing of is unknown of it."""
    (spoken,) = _spoken([line], unit)
    return spoken


def _speaks(line: Line, category: str, unit: UnitImpacts) -> bool:
    """Whether a line says something of a category; electricity drawn is that of use, of which making has none."""
    reached = unit.reached.get(line.part.process, frozenset())
    return category in reached or (category == "energy" and line.phase not in ("", "use"))


def _trimmed(line: Line) -> Line:
    """The line without the world in which everything stands at its median."""
    return replace(line, amount=line.amount[:-1], samples=line.samples[:, :-1])


def _coverage(lines: Sequence[Line], empty: int, categories: Sequence[str]) -> Array:
    """Share of the distinct (item, flow) pairs known throughout; a stage that holds nothing counts as one unknown."""
    lost: dict[tuple[str, str, str], frozenset[str]] = {}
    for line in lines:
        key = (line.stage, line.item, line.part.flow)
        lost[key] = lost.get(key, frozenset()) | line.unknown
    known = [sum(category not in names for names in lost.values()) for category in categories]
    return np.array(known) / max(1, len(lost) + empty)


def _left_out(study: Study, result: SystemResult) -> tuple[LeftOut, ...]:
    """Stages outside the boundary: those that are named, and those that hold items."""
    reasons = {left.stage: left.reason for left in study.scope.excluded}
    stages = dict.fromkeys([*reasons, *(line.stage for line in result.outside)])
    whole = result.samples.mean(axis=1)
    found = []
    for stage in stages:
        lines = [line for line in result.outside if line.stage == stage]
        added = np.sum([line.samples for line in lines], axis=0).mean(axis=1) if lines else whole
        known = result.known_of(*lines) if lines else frozenset[str]()
        shares = {c: float(a / w) for c, a, w in zip(result.categories, added, whole, strict=True) if w and c in known}
        unknown = frozenset[str]().union(*(line.unknown for line in lines))
        found.append(LeftOut(stage, reasons.get(stage, ""), shares, unknown))
    return tuple(found)


def _below(study: Study, result: SystemResult) -> tuple[str, ...]:
    """Items that make less than the cut-off of every category: counted all the same, and named.

    An item of which something is not known is none of them: what is not known may be large.
    """
    least = study.scope.cut_off_percent / 100
    return tuple(
        f"{quality.stage}: {quality.item}"
        for quality in result.quality()
        if not quality.unknown and all(share < least for share in quality.shares.values())
    )


def _warnings(study: Study, systems: Sequence[SystemResult], library: str, inventory: Inventory) -> list[StudyWarning]:
    found = [warning for system in systems for warning in _of_system(study, system)]
    scope, goal = study.scope, study.goal
    named = {*scope.boundary, *(left.stage for left in scope.excluded)}
    silent = [stage for stage in STAGES if stage not in named]
    blank = msgspec.json.encode(study).count(PLACEHOLDER.encode())
    if blank:
        found.append(StudyWarning("placeholders", f"{blank} places still say {PLACEHOLDER}"))
    if silent:
        text = f"neither inside the boundary nor excluded with a reason: {', '.join(silent)}"
        found.append(StudyWarning("incomplete", text))
    bare = [p.name or p.id for p in study.processes if not p.exchanges and not p.nothing]
    if bare:
        found.append(StudyWarning("incomplete", f"says nothing, so all of it is unknown: {', '.join(bare)}"))
    if inventory.unsourced:
        found.append(StudyWarning("sources", f"stated, and no source given: {', '.join(inventory.unsourced)}"))
    if inventory.unsure:
        places = ", ".join(where.removeprefix(f"{study.where}: ") for where in inventory.unsure)
        found.append(StudyWarning("units", f"units not checked, or what is counted does not cancel: {places}"))
    slips = [name for name, rule in _rules(study) if _hours(rule) == _HOURS_OF_360_DAYS]
    if slips:
        text = f"8640 hours a year are 360 days, a year has 8760 to 8784: {', '.join(slips)}"
        found.append(StudyWarning("allocation", text))
    if scope.library and scope.library != library:
        found.append(StudyWarning("library", f"made with library {scope.library}, computed with {library}"))
    if goal.comparative and goal.public and len(goal.reviewers) < 3:
        text = "a comparison told to the public needs a panel of at least three reviewers (ISO 14044, critical review)"
        found.append(StudyWarning("public", text))
    return found


def _rules(study: Study) -> list[tuple[str, Allocation]]:
    """Every allocation of a study, by where it stands."""
    items = [item for system in study.systems for stage in system.stages for item in stage.items]
    own = {item.name: item.allocation for item in items if item.allocation is not None}
    return [("allocation", study.allocation), *own.items()]


def _hours(rule: Allocation) -> float | None:
    """Hours a year of an allocation where they are a plain number or arithmetic of plain numbers."""
    try:
        found = expression(str(rule.hours_per_year))
        return None if found.names else float(found.value(lambda name: math.nan))
    except InputError:
        return None


def _of_system(study: Study, system: SystemResult) -> list[StudyWarning]:
    found = [_boundary(study, system, left) for left in system.left_out]
    if system.empty_stages:
        text = f"inside the boundary, but without an item, so unknown: {', '.join(system.empty_stages)}"
        found.append(StudyWarning("incomplete", text, system.id))
    lost: dict[tuple[str, ...], list[str]] = {}
    for _, item, names in system.unknown():
        lost.setdefault(names, []).append(item)
    for names, items in lost.items():
        text = f"{', '.join(CATEGORIES[c].name.lower() for c in names)}: not known of {', '.join(items)}"
        found.append(StudyWarning("unknown", text, system.id))
    moved = [line.item for line in system.lines if line.part.flow.startswith(_TRANSFER) and line.amount.any()]
    if moved:
        text = f"the electricity of networks alone, their making is not known: {', '.join(dict.fromkeys(moved))}"
        found.append(StudyWarning("unknown", text, system.id))
    found += [StudyWarning("stand-in", text, system.id) for text in _stand_ins(system)]
    bare = [q.item for q in system.quality() if not q.source and max(q.shares.values(), default=0.0) >= _LARGE]
    if bare:
        found.append(StudyWarning("sources", f"large, and without a source: {', '.join(bare)}", system.id))
    return [warning for warning in found if warning is not None]


def _stand_ins(system: SystemResult) -> list[str]:
    """Products that make a tenth of a category, and of whose making other hardware's figures stand in."""
    whole = system.samples.mean(axis=1)
    found = []
    for name, samples in system.by_process().items():
        process = system.unit.processes[name]
        resolution = process.resolution
        if process.flow.startswith("product.") and not resolution.exact:
            made = samples.mean(axis=1)
            if any(part >= _LARGE * all_ > 0 for part, all_ in zip(made, whole, strict=True)):
                found.append(f"{resolution.rungs[0].detail}; in its place: {resolution.rungs[-1].detail}")
    return found


def _boundary(study: Study, system: SystemResult, left: LeftOut) -> StudyWarning | None:
    """A stage left out that would matter: more than the cut-off of some category."""
    least = study.scope.cut_off_percent / 100
    large = {name: share for name, share in left.shares.items() if share > least}
    if not large:
        return None
    stages = system.by_stage()
    whole = system.samples.mean(axis=1)
    hot = [
        CATEGORIES[name].name.lower()
        for name, share in large.items()
        if all(share * whole[system.row(name)] > part.mean(axis=1)[system.row(name)] for part in stages.values())
    ]
    added = ", ".join(f"{_much(share)} {CATEGORIES[name].name.lower()}" for name, share in large.items())
    text = f"the boundary leaves out {left.stage}, which would add {added}"
    if hot:
        text += f"; it would be the hot spot of {', '.join(hot)}"
    return StudyWarning("boundary", text, system.id)


def _much(share: float) -> str:
    return f"{share * 100:.2g} % of the" if share < 1 else f"{float(f'{share:.2g}'):,g} × the"
