"""What a claim must hold before anything is computed; each fault is one error that names the place and the remedy."""

import math
from collections.abc import Iterable
from itertools import pairwise

from treadlight.assess.netimpact.attribution import check_actors
from treadlight.assess.netimpact.claim import REFERENCE_KINDS, RELATIVE, SCHEMA, Claim, Effect, Evidence, Figure
from treadlight.assess.netimpact.evidence import DESIGNS, LOT, SOURCES, TIERS
from treadlight.core.category import CATEGORIES
from treadlight.core.errors import InputError

__all__ = ["check_claim"]

_LARGEST = 1e30
_REBOUNDS = ("direct", "indirect", "economy")


def check_claim(claim: Claim) -> None:
    """Refuse a claim that says nothing, says it twice, or says what cannot be.

    Raises
    ------
    InputError
        Naming the file, the field, the value and the remedy.
    """
    where = f"{claim.where}: "
    _one_of(claim.schema, (SCHEMA,), f"{where}schema", "is no form of claim known here")
    _word(claim.id, f"{where}id")
    _word(claim.owner, f"{where}owner")
    _positive(claim.functional_unit.amount, f"{where}functional_unit.amount")
    if claim.category:
        _one_of(claim.category, CATEGORIES, f"{where}category", "is no impact category")
    _one_of(claim.reference.kind, REFERENCE_KINDS, f"{where}reference.kind", "is no reference scenario")
    _check_evidence(claim.evidence, f"{where}evidence")
    _check_control(claim, where)
    _check_order(claim, where)
    _check_effect(claim, where)
    _check_parts(claim, where)
    if claim.headline is not None and not 0 < claim.headline.value <= _LARGEST:
        raise InputError("is no saving", field=f"{where}headline.value", value=claim.headline.value,
                         remedy="give the figure that was told")  # fmt: skip
    check_actors(claim.actors, f"{where}actor")
    if claim.actors and claim.owner not in (actor.name for actor in claim.actors):
        names = ", ".join(actor.name for actor in claim.actors)
        raise InputError("is none of the actors", field=f"{where}owner", value=claim.owner, remedy=f"name {names}")


def _check_evidence(evidence: Evidence, where: str) -> None:
    _one_of(evidence.design, DESIGNS, f"{where}.design", "is no design")
    if evidence.source_kind:
        _one_of(evidence.source_kind, SOURCES, f"{where}.source_kind", "is no kind of source")
    if evidence.tier is not None:
        best = DESIGNS[evidence.design].tier
        _one_of(str(evidence.tier), [str(tier) for tier in TIERS], f"{where}.tier", "is no tier")
        if evidence.tier < best:
            raise InputError(f"is better than the design {evidence.design} supports", field=f"{where}.tier",
                             value=evidence.tier, remedy=f"give {best} or worse, or leave it out")  # fmt: skip
    counts = [(name, getattr(evidence, name)) for name in ("eligible", "treated", "complied")]
    known = [(name, n) for name, n in counts if n is not None]
    for name, n in known:
        if not (math.isfinite(n) and n >= 0 and n == int(n)):
            raise InputError("is no count", field=f"{where}.{name}", value=n, remedy="give a whole number ≥ 0")
    for (larger, n), (smaller, m) in pairwise(known):
        if m > n:
            raise InputError(f"is more than were {larger}, {n:g}", field=f"{where}.{smaller}", value=m,
                             remedy="count the complied among the treated, these among the eligible")  # fmt: skip


def _check_control(claim: Claim, where: str) -> None:
    """A lot draws from all who are eligible, so that where all of them are treated it drew no control group."""
    evidence, left = claim.evidence, claim.evidence.eligible
    drawn = evidence.design == LOT and claim.reference.kind == "control group"
    if drawn and left and left == evidence.treated:
        raise InputError(f"is all who were eligible, {left:g}: the lot left nobody in the control group",
                         field=f"{where}evidence.treated",
                         remedy="count the control group among the eligible, and not among the treated; where the same "
                         "places take turns, count turns or say alternating")  # fmt: skip


def _check_order(claim: Claim, where: str) -> None:
    """A reference that was chosen when the result was known can be chosen to suit it."""
    dated, results = claim.reference.dated, claim.evidence.results
    if dated is not None and results is not None and dated > results:
        raise InputError(f"is after the result of {results}: a reference is written before the result is known",
                         field=f"{where}reference.dated", value=str(dated),
                         remedy="test again against the reference as it now stands")  # fmt: skip
    _check_persistence(claim, f"{where}evidence.persistence_checked")


def _check_persistence(claim: Claim, where: str) -> None:
    """Whether a saving lasts can only be seen after it was found."""
    checked = claim.evidence.persistence_checked
    for what, day in (("result", claim.evidence.results), ("registration", claim.registered)):
        if checked is not None and day is not None and checked <= day:
            raise InputError(f"is not after the {what} of {day}: whether a saving lasts is seen later", field=where,
                             value=str(checked), remedy="leave it out until it was checked")  # fmt: skip


def _check_effect(claim: Claim, where: str) -> None:
    effect, solution = claim.effect, claim.solution
    if (effect is None) == (solution.amount is None):
        what = "says nothing of what is saved" if effect is None else "is said twice, by solution.amount and by effect"
        raise InputError(
            what, field=f"{where}effect", remedy="give [effect], or solution.amount beside reference.amount"
        )
    if solution.amount is not None and claim.reference.amount is None:
        raise InputError(
            "is missing", field=f"{where}reference.amount", remedy="give what solution.amount is held against"
        )
    if effect is not None:
        for i, share in enumerate(effect.shares):
            _word(share.name, f"{where}effect.share[{i}].name")
        evidence = claim.evidence
        _check_figures(effect, f"{where}effect", evidence.complied, due=evidence.results is not None)
        if effect.shares and effect.unit not in RELATIVE:
            raise InputError("do not go with an amount", field=f"{where}effect.share", value=effect.unit,
                             remedy="give the effect in %")  # fmt: skip
    if not claim.relative and not claim.category:
        raise InputError("is missing", field=f"{where}category", remedy=f"use one of {', '.join(CATEGORIES)}")


def _check_figures(effect: Effect, where: str, complied: float | None, *, due: bool) -> None:
    """Figures of an effect; they may be missing as long as the result is not `due`."""
    trial = {"intention_to_treat": effect.intention_to_treat, "per_protocol": effect.per_protocol}
    figures = {name: figure for name, figure in ({"saving": effect.saving} | trial).items() if figure is not None}
    if not figures and due:
        raise InputError("says nothing of what is saved", field=where,
                         remedy="give saving, or intention_to_treat and per_protocol of a trial")  # fmt: skip
    if "saving" in figures and len(figures) > 1:
        raise InputError("is said twice", field=f"{where}.saving",
                         remedy="of a trial give intention_to_treat and per_protocol alone")  # fmt: skip
    if "per_protocol" in figures and complied == 0:
        raise InputError("is over those who followed it, and nobody did (evidence.complied = 0)",
                         field=f"{where}.per_protocol",
                         remedy="leave it out, or say how many complied")  # fmt: skip
    for name, figure in figures.items():
        _check_p(figure, f"{where}.{name}")


def _check_p(figure: Figure, where: str) -> None:
    if figure.p is None:
        return
    if not 0 < figure.p < 1:
        raise InputError("is no p-value", field=f"{where}.p", value=figure.p, remedy="give a number between 0 and 1")
    if isinstance(figure.value, str) or figure.value == 0:
        raise InputError("goes with a number other than 0 only", field=f"{where}.p", value=figure.p,
                         remedy="give the value as a number, or its distribution without p")  # fmt: skip


def _check_parts(claim: Claim, where: str) -> None:
    for i, part in enumerate(claim.first_order):
        here = f"{where}first_order[{i}]"
        _word(part.name, f"{here}.name")
        if part.ledger is not None and part.study:
            raise InputError("says ledger and study", field=here, value=part.name, remedy="give exactly one of them")
        if part.ledger is not None and part.amount is not None:
            raise InputError(
                "says ledger and amount", field=here, value=part.name, remedy="give share, or amount alone"
            )
        if part.ledger is not None and not any(getattr(part.ledger, n) for n in part.ledger.__struct_fields__):
            raise InputError("would take the whole ledger", field=f"{here}.ledger", value=part.name,
                             remedy="name a project, a run, a stage or a time")  # fmt: skip
        if part.study and part.amount is None:
            raise InputError("is missing", field=f"{here}.amount", remedy="say how many functional units of the study")
    for i, effect in enumerate(claim.side_effects):
        _word(effect.name, f"{where}side_effect[{i}].name")
    for i, rebound in enumerate(claim.rebounds):
        here = f"{where}rebound[{i}]"
        _word(rebound.name, f"{here}.name")
        _one_of(rebound.kind, _REBOUNDS, f"{here}.kind", "is no kind of rebound")
        if rebound.fraction is not None and rebound.amount is not None:
            raise InputError("is said twice", field=here, value=rebound.name, remedy="give fraction or amount")


def _one_of(value: str, known: Iterable[str], where: str, what: str) -> None:
    names = list(known)
    if value not in names:
        raise InputError(what, field=where, value=value, remedy=f"use {' or '.join(names)}")


def _word(text: str, where: str) -> None:
    if not text.strip():
        raise InputError("is empty", field=where, remedy="say it in a word or two")


def _positive(value: float, where: str) -> None:
    if not (math.isfinite(value) and value > 0):
        raise InputError("is not above 0", field=where, value=value, remedy="say how many units the function is")
