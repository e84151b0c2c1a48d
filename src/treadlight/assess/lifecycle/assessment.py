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

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import msgspec
import numpy as np

from treadlight.assess.draws import Array
from treadlight.assess.lifecycle.columns import Columns
from treadlight.assess.lifecycle.model import Model, counted, demanded, in_scenario
from treadlight.assess.lifecycle.parts import Estimator, LedgerSums, Part, Parts
from treadlight.assess.lifecycle.result import LeftOut, Line, StudyResult, StudyWarning, SystemResult
from treadlight.assess.lifecycle.study import PLACEHOLDER, STAGES, Study
from treadlight.assess.solve import UnitImpacts, impacts
from treadlight.core.category import CATEGORIES
from treadlight.core.errors import InputError
from treadlight.library.system import ProcessLibrary

__all__ = ["StudyResult", "StudyWarning", "SystemResult", "assess_study"]


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
        tuple(_warnings(chosen, systems, library.version, model.inventory.unsure)),
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
                    raise type(error)(
                        error.what, field=f"{here}.zone", value=error.value, remedy=error.remedy
                    ) from None
                for item, zone in scenario.zones.items():
                    if zone == error.value:
                        raise type(error)(error.what, field=f"{here}.zones.{item}", value=zone,
                                          remedy=error.remedy) from None  # fmt: skip
        raise


def _system(model: Model, parts: Parts, unit: UnitImpacts, columns: Columns, causes: Mapping[str, str]) -> SystemResult:
    scale = model.per_unit(parts, columns)
    each = _unit_worlds(parts, unit, columns)
    lines = [_line(part, unit, columns, scale, each) for part in parts.parts]
    inside = tuple(line for line in lines if line.part.inside and not line.part.credit)
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
    return Line(part, process.phase, process.name, amount, samples, unit.unknown[part.process])


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
        samples = [line.samples for line in result.outside if line.stage == stage and line.part.process]
        added = np.sum(samples, axis=0).mean(axis=1) if samples else None
        rows = zip(result.categories, [] if added is None else added, whole, strict=added is not None)
        shares = {c: float(a / w) for c, a, w in rows if w}
        found.append(LeftOut(stage, reasons.get(stage, ""), shares))
    return tuple(found)


def _below(study: Study, result: SystemResult) -> tuple[str, ...]:
    """Items that make less than the cut-off of every category: counted all the same, and named."""
    least = study.scope.cut_off_percent / 100
    return tuple(
        f"{quality.stage}: {quality.item}"
        for quality in result.quality()
        if all(share < least for share in quality.shares.values())
    )


def _warnings(study: Study, systems: Sequence[SystemResult], library: str, unsure: Sequence[str]) -> list[StudyWarning]:
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
    if unsure:
        places = ", ".join(where.removeprefix(f"{study.where}: ") for where in unsure)
        found.append(StudyWarning("units", f"units not checked, as a plain number may carry one: {places}"))
    if scope.library and scope.library != library:
        found.append(StudyWarning("library", f"made with library {scope.library}, computed with {library}"))
    if goal.comparative and goal.public and len(goal.reviewers) < 3:
        text = "a comparison told to the public needs a panel of at least three reviewers (ISO 14044, critical review)"
        found.append(StudyWarning("public", text))
    return found


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
    bare = [q.item for q in system.quality() if not q.source and max(q.shares.values(), default=0.0) >= 0.1]
    if bare:
        found.append(StudyWarning("sources", f"large, and without a source: {', '.join(bare)}", system.id))
    return [warning for warning in found if warning is not None]


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
