"""The inventory of a study: every item as a demand for a process, its amount as a term, all resolved at once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgspec

from treadlight.assess.lifecycle.items import Gathered, Scoped, at
from treadlight.assess.lifecycle.parts import Estimator, Inventory, LedgerSums, Part
from treadlight.assess.lifecycle.study import OwnProcess, Study
from treadlight.core.errors import InputError
from treadlight.core.method import Method
from treadlight.library.process import Exchange, Process
from treadlight.library.system import Demand, ProcessLibrary, System

__all__ = ["compile_study"]


def compile_study(
    study: Study,
    library: ProcessLibrary,
    categories: Sequence[str],
    *,
    ledger: LedgerSums | None = None,
    estimator: Estimator | None = None,
) -> Inventory:
    """The inventory of a study that was checked.

    Raises
    ------
    InputError
        For a name that stands for nothing, a unit that does not fit, an item nobody can answer.
    """
    work = Gathered(library, tuple(categories), ledger, estimator, Method(accounting=study.scope.electricity))
    systems = Scoped(work, study, "").systems()
    processes, answers = _resolved(work)
    return Inventory(
        tuple(replace(s, parts=tuple(_answered(p, answers) for p in s.parts)) for s in systems),
        processes,
        work.terms,
        work.parameters,
        work.drawn,
        work.method,
        tuple(dict.fromkeys(work.unsure)),
    )


def _answered(part: Part, answers: Mapping[Demand, str | None]) -> Part:
    return part if part.demand is None else replace(part, process=answers[part.demand] or "")


def _resolved(work: Gathered) -> tuple[dict[str, Process], Mapping[Demand, str | None]]:
    """All processes, and which of them answers each demand."""
    system = _system(work)
    processes = dict(system.processes)
    for process_id, study, own, exchanges in work.own:
        processes[process_id] = _process(process_id, study, own, exchanges, system.answers, work.categories)
    return processes, system.answers


def _system(work: Gathered) -> System:
    try:
        return work.library.system(work.demands, work.method)
    except InputError:
        for demand, asker in work.demands.items():  # which of them was it?
            try:
                work.library.system([demand], work.method)
            except InputError as error:
                with at(asker.of(error.field)):
                    raise
        raise


def _process(
    process_id: str,
    study: Study,
    own: OwnProcess,
    exchanges: Sequence[tuple[str | Demand, Exchange]],
    answers: Mapping[Demand, str | None],
    categories: Sequence[str],
) -> Process:
    found, unknown = [], list(own.unknown)
    for target, exchange in exchanges:
        answer = answers[target] if isinstance(target, Demand) else target
        if answer is None:
            unknown += categories
        else:
            found.append(msgspec.structs.replace(exchange, target=answer))
    lost = tuple(dict.fromkeys(unknown))
    name = own.name or own.id
    return Process(process_id, process_id, own.unit, name, tuple(found), own.phase, own.location, None, unknown=lost)
