"""The inventory of a study: every item as a demand for a process, its amount as a term, all resolved at once.

Notes
-----
A process of the study that states an impact itself knows the categories that it states, and those of which it says
that nothing arises beyond what it needs. Every other one is unknown, whatever comes from what it needs: a declaration
of carbon says nothing of the water behind the same thing. A process made of others alone knows what they know. A 0
without a source states nothing.

Burdens that its exchanges avoid are a process beside it: what needs the process takes the avoided burdens as a credit,
and never as less.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import msgspec
import numpy as np

from treadlight.assess.lifecycle.columns import Columns
from treadlight.assess.lifecycle.items import Gathered, Scoped, Stated, at
from treadlight.assess.lifecycle.parts import Estimator, Inventory, LedgerSums, Part
from treadlight.assess.lifecycle.study import OwnProcess, Study
from treadlight.core.category import CATEGORIES
from treadlight.core.distribution import Point
from treadlight.core.errors import InputError
from treadlight.core.method import Method
from treadlight.library.process import Exchange, Process, Source
from treadlight.library.system import Demand, ProcessLibrary, System

__all__ = ["compile_study"]

_Answers = Mapping[Demand, str | None]
_Held = tuple[str | Demand, Exchange]

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
        frozenset(work.metered),
        tuple(dict.fromkeys(_unsourced(work))),
        {process_id: frozenset(_untold(process, _kept(stated), work)) for process_id, _, process, stated in work.own},
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
        own[process_id] = _process(process_id, study, process, _kept(stated), system.answers, work)
        if process_id in avoided:
            name, beside = f"{process.name or process.id}, avoided", avoided[process_id]
            bare = msgspec.structs.replace(process, nothing=[], unknown=[], name=name)
            credits = list(_credits(stated, avoided))
            own[beside] = _process(beside, study, bare, credits, system.answers, work)
    return {**system.processes, **own}, system.answers, avoided


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


def _credits(stated: Sequence[Stated], avoided: Mapping[str, str]) -> Iterator[_Held]:
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
    exchanges: Sequence[_Held],
    answers: _Answers,
    work: Gathered,
) -> Process:
    source = Source(f"study:{study.id}", f"study {study.id}: as stated", 0, "as the study", study.where, "medium")
    found = [Exchange(name, Point(0.0), source, "", _NOTHING) for name in own.nothing]
    unknown = _untold(own, exchanges, work)
    for target, exchange in exchanges:
        answer = answers[target] if isinstance(target, Demand) else target
        if answer is None:
            unknown.update(work.categories)
        else:
            found.append(msgspec.structs.replace(exchange, target=answer))
    lost = tuple(c for c in CATEGORIES if c in unknown)
    name = own.name or own.id
    return Process(process_id, process_id, own.unit, name, tuple(found), own.phase, own.location, None, unknown=lost)


def _kept(stated: Sequence[Stated]) -> list[_Held]:
    """The exchanges of a process that are no credits."""
    return [(s.target, s.exchange) for s in stated if not s.credit]


def _untold(own: OwnProcess, exchanges: Sequence[_Held], work: Gathered) -> set[str]:
    """Categories that a process does not know: those that it names, and those of which it says nothing."""
    return {*own.unknown, *_silent(own, exchanges, work)}


def _silent(own: OwnProcess, exchanges: Sequence[_Held], work: Gathered) -> set[str]:
    """Categories of which a process says nothing: none but bare zeros of one that is made of others alone."""
    stated: dict[str, bool] = {}
    for target, exchange in exchanges:
        if isinstance(target, str) and target in CATEGORIES:
            stated[target] = stated.get(target, False) or not _bare_zero(exchange, work)
    said = {target for target, told in stated.items() if told}
    bare = stated.keys() - said
    if not said and any(target not in CATEGORIES and not _bare_zero(held, work) for target, held in exchanges):
        return bare  # made of others
    none = {"energy"} if own.phase != "use" else set()  # electricity drawn is that of use
    return bare | (set(work.categories) - said - set(own.nothing) - none)


def _unsourced(work: Gathered) -> Iterator[str]:
    """Impacts that are stated, and of which nobody says where they are from; a bare 0 states nothing."""
    for _, _, process, stated in work.own:
        for s in stated:
            assumed = s.exchange.source.confidence == "assumed"
            if isinstance(s.target, str) and s.target in CATEGORIES and assumed and not _bare_zero(s.exchange, work):
                yield f"{CATEGORIES[s.target].name.lower()} of {process.name or process.id}"


def _bare_zero(exchange: Exchange, work: Gathered) -> bool:
    """Whether an amount is 0 and nobody says why."""
    if exchange.source.confidence != "assumed":
        return False
    return not np.any(Columns(1, 0, work.terms, still=True).worlds(exchange.amount, exchange.cause))
