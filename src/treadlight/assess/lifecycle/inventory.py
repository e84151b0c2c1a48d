"""The inventory of a study: every item as a demand for a process, its amount as a term, all resolved at once.

Notes
-----
A process of the study that states impacts itself knows the categories that it states or needs, and those of which it
says that nothing arises; every other one is unknown. Burdens that its exchanges avoid are a process beside it: what
needs the process takes the avoided burdens as a credit, and never as less.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import msgspec

from treadlight.assess.draws import Draws
from treadlight.assess.lifecycle.items import Gathered, Scoped, Stated, at
from treadlight.assess.lifecycle.parts import Estimator, Inventory, LedgerSums, Part
from treadlight.assess.lifecycle.study import OwnProcess, Study
from treadlight.assess.solve import unit_impacts
from treadlight.core.category import CATEGORIES
from treadlight.core.distribution import Point
from treadlight.core.errors import InputError
from treadlight.core.method import Method
from treadlight.library.process import Exchange, Process, Source
from treadlight.library.system import Demand, ProcessLibrary, System

__all__ = ["compile_study"]

_Answers = Mapping[Demand, str | None]

_REMEDY = "make it an item with credit = true beside them"
_NOTHING = "nothing arises, as the study says"


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
    processes, answers, avoided = _resolved(work)
    return Inventory(
        tuple(replace(s, parts=tuple(_with_credits(s.parts, answers, avoided))) for s in systems),
        processes,
        work.terms,
        work.parameters,
        work.drawn,
        work.method,
        tuple((s.where, s.exchange) for _, _, _, exchanges in work.own for s in exchanges),
        tuple(dict.fromkeys(work.unsure)),
    )


def _with_credits(parts: Sequence[Part], answers: _Answers, avoided: Mapping[str, str]) -> Iterator[Part]:
    """The parts, answered; after each the burdens that its process avoids, as a credit."""
    for part in parts:
        answered = part if part.demand is None else replace(part, process=answers[part.demand] or "")
        yield answered
        if answered.process in avoided:
            if part.credit:
                raise InputError("avoids a process that takes credits itself", field=part.where, value=part.item,
                                 remedy=_REMEDY)  # fmt: skip
            beside = avoided[answered.process]
            yield replace(answered, process=beside, credit=True, item=f"{part.item}: avoided")


def _resolved(work: Gathered) -> tuple[dict[str, Process], _Answers, Mapping[str, str]]:
    """All processes, which of them answers each demand, and which of them avoids what, beside another."""
    system = _system(work)
    avoided = _avoiding(work)
    own: dict[str, Process] = {}
    for process_id, study, process, stated in work.own:
        kept = [(s.target, s.exchange) for s in stated if not s.credit]
        own[process_id] = _process(process_id, study, process, kept, system.answers, work.categories)
        if process_id in avoided:
            name, beside = f"{process.name or process.id}, avoided", avoided[process_id]
            bare = msgspec.structs.replace(process, nothing=[], unknown=[], name=name)
            credits = list(_credits(stated, avoided))
            own[beside] = _process(beside, study, bare, credits, system.answers, work.categories)
    return _with_unknown({**system.processes, **own}, own, work.categories), system.answers, avoided


def _avoiding(work: Gathered) -> dict[str, str]:
    """Processes with credits, and those that need one, each with the id of what it avoids."""
    found = {process_id for process_id, _, _, stated in work.own if any(s.credit for s in stated)}
    users: dict[str, list[str]] = {}
    for process_id, _, _, stated in work.own:
        for s in stated:
            if isinstance(s.target, str) and not s.credit:
                users.setdefault(s.target, []).append(process_id)
    open_ids = list(found)
    while open_ids:
        new = [user for user in users.get(open_ids.pop(), ()) if user not in found]
        found.update(new)
        open_ids += new
    return {process_id: f"{process_id}, avoided" for process_id in found}


def _credits(stated: Sequence[Stated], avoided: Mapping[str, str]) -> Iterator[tuple[str | Demand, Exchange]]:
    """What a process avoids by its own exchanges, and through the processes that it needs."""
    for s in stated:
        through = avoided.get(s.target) if isinstance(s.target, str) else None
        if s.credit and through:
            raise InputError("avoids a process that takes credits itself", field=s.where, value=s.exchange.label,
                             remedy=_REMEDY)  # fmt: skip
        if s.credit:
            yield s.target, s.exchange
        elif through:
            yield through, s.exchange


def _with_unknown(
    processes: dict[str, Process], own: Mapping[str, Process], categories: Sequence[str]
) -> dict[str, Process]:
    """The processes; of those that state impacts themselves, whatever nothing in them states is unknown."""
    stating = [held for held in own.values() if _states(held)]
    if not stating:
        return processes
    reached = unit_impacts(processes, tuple(CATEGORIES), Draws(1, 0)).reached
    for held in stating:
        silent = {c for c in categories if c not in reached[held.id] and not (c == "energy" and held.phase != "use")}
        lost = tuple(c for c in CATEGORIES if c in silent or c in held.unknown)
        processes[held.id] = msgspec.structs.replace(held, unknown=lost)
    return processes


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


def _states(process: Process) -> bool:
    """Whether a process states impacts itself, or nothing at all."""
    said = [exchange for exchange in process.exchanges if exchange.label != _NOTHING]
    return not said or any(exchange.is_impact for exchange in said)


def _process(
    process_id: str,
    study: Study,
    own: OwnProcess,
    exchanges: Sequence[tuple[str | Demand, Exchange]],
    answers: _Answers,
    categories: Sequence[str],
) -> Process:
    source = Source(f"study:{study.id}", f"study {study.id}: as stated", 0, "as the study", study.where, "medium")
    found, unknown = [Exchange(name, Point(0.0), source, "", _NOTHING) for name in own.nothing], list(own.unknown)
    for target, exchange in exchanges:
        answer = answers[target] if isinstance(target, Demand) else target
        if answer is None:
            unknown += categories
        else:
            found.append(msgspec.structs.replace(exchange, target=answer))
    lost = tuple(dict.fromkeys(unknown))
    name = own.name or own.id
    return Process(process_id, process_id, own.unit, name, tuple(found), own.phase, own.location, None, unknown=lost)
