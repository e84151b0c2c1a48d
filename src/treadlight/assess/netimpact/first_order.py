"""The footprint of the solution itself: from the ledger, from a study, or as it is stated."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from treadlight.assess.draws import Array
from treadlight.assess.footprint import footprint, quantity
from treadlight.assess.lifecycle.assessment import SystemResult, assess_study
from treadlight.assess.lifecycle.parts import Estimator, LedgerSums
from treadlight.assess.lifecycle.reading import read_study
from treadlight.assess.netimpact.amounts import Amounts
from treadlight.assess.netimpact.claim import FirstOrder
from treadlight.core.category import CATEGORIES
from treadlight.core.errors import InputError
from treadlight.core.quantity import Quantity
from treadlight.core.units import convert
from treadlight.library.system import ProcessLibrary

__all__ = ["AS_STATED", "Answerers", "Factor", "OwnImpact", "own_footprint"]

AS_STATED = "as stated"
"""Basis of a part that is neither of the ledger nor of a study."""

_NEVER_NEGATIVE = "a footprint is never negative; count a saving in the effect"


@dataclass(frozen=True, slots=True)
class Answerers:
    """Who answers what a claim asks of elsewhere: the library, the ledger, and an estimator for studies."""

    library: ProcessLibrary
    ledger: LedgerSums | None = None
    estimator: Estimator | None = None


@dataclass(frozen=True, slots=True)
class Factor:
    """A factor of a part; `stated`: the claim itself says it."""

    name: str
    quantity: Quantity
    note: str = ""
    stated: bool = False


@dataclass(frozen=True, slots=True)
class OwnImpact:
    """One part of the solution's own footprint.

    Parameters
    ----------
    samples
        Draws of what is known of it [unit of the category], shape (n,); None where nothing is.
    coverage
        Share of it that is known, 0 to 1.
    basis
        Where it comes from.
    gap
        What is not in it, as far as can be told; empty otherwise.
    factors
        What it is the product of, draw by draw; empty where that is one figure, or is not kept.
    """

    name: str
    category: str
    samples: Array | None
    coverage: float
    basis: str
    source: str = ""
    gap: str = ""
    factors: tuple[Factor, ...] = ()

    @property
    def quantity(self) -> Quantity | None:
        """Its interval; None where nothing is known."""
        return None if self.samples is None else quantity(self.samples, self.category)


def own_footprint(parts: Sequence[FirstOrder], amounts: Amounts, answer: Answerers) -> list[OwnImpact]:
    """The footprint of the solution, part by part, in the claim's category.

    Raises
    ------
    InputError
        For a query that finds nothing, a study that cannot be assessed, a unit that does not fit.
    """
    found = []
    for i, part in enumerate(parts):
        field = f"first_order[{i}]"
        share = amounts.share(part.share, f"share of {part.name}", part.source, f"{field}.share")
        own = _part(part, amounts, answer, field)
        if own.samples is not None and np.median(own.samples) < 0:
            raise InputError("has a footprint below 0", field=amounts.at(field), value=part.name,
                             remedy=f"see what {own.basis} takes off; a saving is counted in the effect")  # fmt: skip
        samples = None if own.samples is None else own.samples * share
        factors = own.factors
        if np.ptp(share) or share[0] != 1:
            whole = own.factors or tuple(Factor("the whole", q) for q in (own.quantity,) if q is not None)
            factors = (*whole, Factor("share that serves this solution", _interval(share, "1"), stated=True))
        found.append(replace(own, samples=samples, source=part.source, factors=factors))
    return found


def _interval(samples: Array, unit: str) -> Quantity:
    return Quantity(unit, *(float(q) for q in np.quantile(samples, (0.05, 0.5, 0.95))))


def _part(part: FirstOrder, amounts: Amounts, answer: Answerers, field: str) -> OwnImpact:
    category = amounts.claim.footprint_category
    if part.ledger is not None:
        return _of_ledger(part, amounts, answer, category, field)
    if part.study:
        return _of_study(part, amounts, answer, category, field)
    if part.amount is None:
        return OwnImpact(part.name, category, None, 0.0, "not stated")
    try:
        factor = convert(1.0, part.unit, CATEGORIES[category].unit)
    except InputError as error:
        raise error.at(amounts.at(f"{field}.unit"), part.unit) from None
    drawn = amounts.not_negative(part.amount, part.name, part.source, f"{field}.amount", _NEVER_NEGATIVE)
    return OwnImpact(part.name, category, drawn * factor, 1.0, AS_STATED)


def _of_ledger(part: FirstOrder, amounts: Amounts, answer: Answerers, category: str, field: str) -> OwnImpact:
    assert part.ledger is not None
    if answer.ledger is None:
        raise InputError("needs a ledger", field=amounts.at(f"{field}.ledger"),
                         remedy="assess the claim with treadlight.app.netimpact")  # fmt: skip
    sums = answer.ledger(part.ledger)
    if not sums:
        raise InputError("finds no activity", field=amounts.at(f"{field}.ledger"), value=part.name,
                         remedy="see treadlight runs")  # fmt: skip
    draws = amounts.draws
    found = footprint(sums, answer.library, categories=(category,), draws=draws.n, seed=draws.seed)
    known = found.total(category) is not None
    count = sum(group.count for group in sums)
    return OwnImpact(part.name, category, found.samples[0] if known else None, float(found.coverage[0]),
                     f"{count} activities of the ledger")  # fmt: skip


def _of_study(part: FirstOrder, amounts: Amounts, answer: Answerers, category: str, field: str) -> OwnImpact:
    study = read_study(amounts.claim.folder / part.study)
    result = assess_study(study, answer.library, ledger=answer.ledger, estimator=answer.estimator,
                          draws=amounts.draws.n, seed=amounts.draws.seed)  # fmt: skip
    system = _system(result.systems, part, amounts.at(f"{field}.system"))
    unit = study.scope.functional_unit
    if part.unit and part.unit != unit.unit:
        raise InputError(f"{study.id} delivers {unit.unit}", field=amounts.at(f"{field}.unit"), value=part.unit,
                         remedy=f"give the amount in {unit.unit}, or without unit in times {unit.name}")  # fmt: skip
    if category not in result.categories:
        raise InputError(f"does not compute {category}", field=amounts.at(f"{field}.study"), value=part.study,
                         remedy="add the category to its scope")  # fmt: skip
    assert part.amount is not None
    taken = amounts.not_negative(part.amount, part.name, part.source, f"{field}.amount", _NEVER_NEGATIVE)
    times = taken / unit.amount if part.unit else taken
    row = system.row(category)
    known = system.total(category) is not None
    filled = 1 - len(system.empty_stages) / len(study.scope.boundary)
    basis = f"study {study.id} ({study.digest[:12]})"
    factors = (
        Factor(f"times {unit.name}", _interval(times, "1"), stated=True),
        Factor(f"{system.title or system.id}, per {unit.name}", quantity(system.samples[row], category), basis),
    )
    return OwnImpact(part.name, category, np.asarray(system.samples[row] * times) if known else None,
                     float(system.coverage[row]) * filled, basis,
                     gap=_unmade(system, category), factors=factors if known else ())  # fmt: skip


def _unmade(system: SystemResult, category: str) -> str:
    """What to say of a system that draws electricity and counts no making of what draws it; empty otherwise."""
    row, processes = system.row(category), system.unit.processes
    arising = [processes[name] for name, found in system.by_process().items() if found[row].any()]
    drawn = any(held.flow.startswith("electricity") for held in arising)
    made = category == "energy" or any(held.phase != "use" for held in arising)
    return "the making of what draws its electricity" if drawn and not made else ""


def _system(systems: Sequence[SystemResult], part: FirstOrder, where: str) -> SystemResult:
    named = [system for system in systems if system.id == part.system or (not part.system and len(systems) == 1)]
    if not named:
        names = ", ".join(system.id for system in systems)
        raise InputError("is no system of the study", field=where, value=part.system, remedy=f"use one of {names}")
    return named[0]
