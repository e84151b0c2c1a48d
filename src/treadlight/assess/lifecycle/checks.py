"""What a study must hold before anything is computed; each fault is one error that names the place and the remedy."""

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from treadlight.assess.lifecycle.pedigree import additional_gsd
from treadlight.assess.lifecycle.study import STAGES, Allocation, Item, OwnProcess, Parameter, Scope, Study
from treadlight.core.category import CATEGORIES
from treadlight.core.errors import InputError

__all__ = ["SCHEMA", "check_study"]

SCHEMA = "treadlight.study/1"

_RULES = ("time", "energy", "count", "mass", "economic")
_BY_TIME = "time"
_PHASES = ("use", "embodied", "end-of-life")
_EARLIEST = timedelta(hours=14)
"""How far the clocks of the first places on Earth are ahead of UTC."""

_KINDS = ("flow", "process", "estimate", "ledger", "study")


def check_study(study: Study) -> None:
    """Refuse a study that says nothing, says it twice, or says what cannot be.

    Raises
    ------
    InputError
        Naming the file, the field, the value and the remedy.
    """
    where = f"{study.where}: "
    if study.schema != SCHEMA:
        raise InputError("is no form of study known here", field=f"{where}schema", value=study.schema,
                         remedy=f'write schema = "{SCHEMA}"')  # fmt: skip
    _word(study.id, f"{where}id")
    _check_date(study.goal.date, f"{where}goal.date")
    _check_scope(study.scope, f"{where}scope")
    items = [item for system in study.systems for stage in system.stages for item in stage.items]
    _check_rule(study.allocation, any(item.share != 1 for item in items), f"{where}allocation")
    for name, parameter in study.parameters.items():
        if not name.isidentifier():
            raise InputError("is no name", field=f"{where}parameters", value=name, remedy="use letters, digits and _")
        _pedigree(parameter.pedigree, f"{where}parameters.{name}.pedigree")
        _check_range(parameter, f"{where}parameters.{name}")
    _check_scenarios(study, where)
    _check_processes(study, where)
    _check_systems(study, where)


def _check_range(parameter: Parameter, where: str) -> None:
    """The range that a sensitivity analysis may move a parameter in."""
    for name, end in (("low", parameter.low), ("high", parameter.high)):
        if end is not None and not math.isfinite(end):
            raise InputError("is no finite number", field=f"{where}.{name}", value=end, remedy="give a real number")
    if parameter.low is not None and parameter.high is not None and parameter.low >= parameter.high:
        raise InputError(f"is not below high = {parameter.high:g}", field=f"{where}.low", value=parameter.low,
                         remedy="give the smaller end as low, the larger as high")  # fmt: skip


def _check_date(day: str, where: str) -> None:
    """A day of the calendar that has come somewhere on Earth; empty where none is stated."""
    if not day:
        return
    remedy = "write the day on which the study was made, such as 2026-01-31"
    try:
        made = date.fromisoformat(day)
    except ValueError:
        made = None
    if made is None or made.isoformat() != day:
        raise InputError("is no date", field=where, value=day, remedy=remedy)
    if made > (datetime.now(UTC) + _EARLIEST).date():
        raise InputError("is a day to come", field=where, value=day, remedy=remedy)


def _check_scope(scope: Scope, where: str) -> None:
    unit = scope.functional_unit
    if not (math.isfinite(unit.amount) and unit.amount > 0):
        raise InputError("is not above 0", field=f"{where}.functional_unit.amount", value=unit.amount,
                         remedy="say how many units the function is")  # fmt: skip
    _word(unit.unit, f"{where}.functional_unit.unit")
    if not scope.boundary:
        raise InputError("is empty", field=f"{where}.boundary", remedy=f"name stages: {', '.join(STAGES)}")
    for stage in (*scope.boundary, *(left.stage for left in scope.excluded)):
        _one_of(stage, STAGES, f"{where}.boundary", "no stage of an AI system's life")
    for left in scope.excluded:
        if left.stage in scope.boundary:
            raise InputError("is both inside and excluded", field=f"{where}.excluded", value=left.stage,
                             remedy="take it out of the boundary or out of the exclusions")  # fmt: skip
        _word(left.reason, f"{where}.excluded.reason")
    if not 0 <= scope.cut_off_percent < 100:
        raise InputError("is no share", field=f"{where}.cut_off_percent", value=scope.cut_off_percent,
                         remedy="give a percentage, such as 1")  # fmt: skip
    for name in scope.categories:
        _one_of(name, CATEGORIES, f"{where}.categories", "no impact category")
    _once(scope.categories, f"{where}.categories")
    _one_of(scope.electricity, ("location", "market"), f"{where}.electricity", "no way to count electricity")
    remedy = "credits are items with credit = true: they stand beside the total and are never taken off it"
    if scope.end_of_life != "cut-off":
        raise InputError("is no rule known here", field=f"{where}.end_of_life", value=scope.end_of_life, remedy=remedy)


def _check_rule(rule: Allocation, shared: bool, where: str) -> None:
    """A rule that is true of what is computed: hours share out hardware, and only a stated share can follow another."""
    _one_of(rule.rule, _RULES, f"{where}.rule", "no allocation rule")
    if rule.rule == _BY_TIME:
        return
    if rule.share == 1 and not shared:
        raise InputError("shares out nothing here: hardware is shared out by its hours", field=f"{where}.rule",
                         value=rule.rule, remedy="state the share that was found by it, or write time")  # fmt: skip
    if not rule.source.strip():
        raise InputError("has no reason", field=f"{where}.source", value=rule.rule,
                         remedy="say how the shares were found by it, or write time")  # fmt: skip


def _check_scenarios(study: Study, where: str) -> None:
    _once((s.name for s in study.scenarios), f"{where}scenario")
    items = {item.name for system in study.systems for stage in system.stages for item in stage.items}
    for i, scenario in enumerate(study.scenarios):
        for name in scenario.parameters:
            _one_of(name, study.parameters, f"{where}scenario[{i}].parameters", "no parameter of the study")
        for name in scenario.zones:
            _one_of(name, items, f"{where}scenario[{i}].zones", "no item of the study")


def _check_processes(study: Study, where: str) -> None:
    _once((p.id for p in study.processes), f"{where}process")
    for i, process in enumerate(study.processes):
        here = f"{where}process[{i}]"
        _word(process.id, f"{here}.id")
        _word(process.unit, f"{here}.unit")
        _one_of(process.phase, _PHASES, f"{here}.phase", "no phase")
        for name in process.unknown:
            _one_of(name, CATEGORIES, f"{here}.unknown", "no impact category")
        _check_nothing(process, f"{here}.nothing")
        for j, exchange in enumerate(process.exchanges):
            _pedigree(exchange.pedigree, f"{here}.exchanges[{j}].pedigree")


def _check_nothing(process: OwnProcess, where: str) -> None:
    stated = {exchange.target for exchange in process.exchanges}
    for name in process.nothing:
        _one_of(name, CATEGORIES, where, "no impact category")
        if name in process.unknown or name in stated:
            told = "unknown" if name in process.unknown else "stated by an exchange"
            raise InputError(f"is also {told}", field=where, value=name, remedy="say one of the two")


def _check_systems(study: Study, where: str) -> None:
    if not study.systems:
        raise InputError("has no system", field=f"{where}system", remedy="add [[system]] with what it delivers")
    _once((s.id for s in study.systems), f"{where}system")
    for i, system in enumerate(study.systems):
        if not any(stage.items for stage in system.stages):
            raise InputError("holds no item", field=f"{where}system[{i}]", value=system.id,
                             remedy="add [[system.stage]] with [[system.stage.item]]")  # fmt: skip
        for j, stage in enumerate(system.stages):
            here = f"{where}system[{i}].stage[{j}]"
            _one_of(stage.name, STAGES, f"{here}.name", "no stage of an AI system's life")
            for k, item in enumerate(stage.items):
                _check_item(item, f"{here}.item[{k}]")


def _check_item(item: Item, where: str) -> None:
    _word(item.name, f"{where}.name")
    given = [kind for kind in _KINDS if getattr(item, kind)]
    if item.ledger is not None and "ledger" not in given:
        given.append("ledger")
    if len(given) != 1:
        what = "says nothing" if not given else f"says {' and '.join(given)}"
        raise InputError(what, field=where, value=item.name, remedy=f"give exactly one of {', '.join(_KINDS)}")
    if item.ledger is not None and all(getattr(item.ledger, name) is None for name in item.ledger.__struct_fields__):
        raise InputError("would take the whole ledger", field=f"{where}.ledger", value=item.name,
                         remedy="name a project, a run, a stage or a time")  # fmt: skip
    _pedigree(item.pedigree, f"{where}.pedigree")
    if item.allocation is not None:
        _check_rule(item.allocation, item.share != 1, f"{where}.allocation")


def _pedigree(scores: Sequence[int], where: str) -> None:
    try:
        additional_gsd(scores)
    except InputError as error:
        raise error.at(where) from None


def _word(text: str, where: str) -> None:
    if not text.strip():
        raise InputError("is empty", field=where, remedy="say it in a word or two")


def _one_of(value: str, known: Iterable[str], where: str, what: str) -> None:
    names = list(known)
    if value not in names:
        raise InputError(f"is {what}", field=where, value=value, remedy=f"use one of {', '.join(names)}")


def _once(names: Iterable[str], where: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InputError("is there twice", field=where, value=name, remedy="give each its own name")
        seen.add(name)
