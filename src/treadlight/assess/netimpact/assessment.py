"""The net impact of claims: what is avoided, less rebound, side effects and the solution's own footprint.

Notes
-----
In every draw, with the gross saving G (reference minus solution, or R e Π s_i), rebound fractions b_j and amounts B_k,
side effects S_l and the solution's own footprint F,

    net = G − (Σ b_j) max(G, 0) − Σ B_k − Σ S_l − F          attributed = net × share

so rebound never makes a harm smaller. What is avoided before the footprint is net + F: it stands beside F. Terms that
are not known are named, and are not zero: what rests on them is unknown, and there is no probability and no claim. As
whatever is missing only takes off, what is known bounds the net effect from above, so that a harm is told. Nothing here
reaches a ledger, an inventory, a target or a score.

References
----------
ITU-T L.1480 (12/2022): Enabling the net zero transition: assessing how the use of ICT solutions impacts GHG emissions
of other sectors (reference scenario; first-, second- and higher-order effects).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from treadlight.assess.draws import Array, Draws
from treadlight.assess.netimpact.amounts import Amounts
from treadlight.assess.netimpact.attribution import check_together, share_of
from treadlight.assess.netimpact.claim import RELATIVE, Claim
from treadlight.assess.netimpact.effect import AS_CLAIMED, Saving, compliance_of, saving_of
from treadlight.assess.netimpact.evidence import tier_of
from treadlight.assess.netimpact.first_order import Answerers, OwnImpact, own_footprint
from treadlight.assess.netimpact.gates import gates_of
from treadlight.assess.netimpact.headline import overclaim
from treadlight.assess.netimpact.result import NetImpact, Step, Trial
from treadlight.core.category import CATEGORIES
from treadlight.core.errors import InputError
from treadlight.core.quantity import Quantity
from treadlight.core.units import convert

__all__ = ["assess_claims"]

_TAKES_OFF = "a rebound takes off; give uniform, triangular or lognormal above 0"
_ADDS = "a side effect adds impact: count a saving in the effect; give uniform, triangular or lognormal above 0"


@dataclass(frozen=True, slots=True)
class _Cost:
    """Something that is taken off: its draws [the claim's unit], None where they are not known."""

    kind: str
    name: str
    samples: Array | None
    source: str
    note: str = ""


def assess_claims(
    claims: Sequence[Claim], answer: Answerers, *, today: date, draws: int = 1000, seed: int = 0
) -> tuple[NetImpact, ...]:
    """Net impacts of claims that are seen together.

    Parameters
    ----------
    claims
        Checked claims; those of one saving must not add up to more than all of it.
    answer
        Who answers queries of the ledger, studies, and the library.
    today
        What lies after it is a forecast.
    draws, seed
        Number of draws and their seed; causes that claims share are drawn alike.

    Raises
    ------
    InputError
        For claimants above 100 %, a unit that does not fit, a share out of range, a query that finds nothing.
    """
    check_together(claims)
    for claim in claims:
        _check_persistence(claim, today)
    drawn = Draws(draws, seed)
    return tuple(_assessed(claim, answer, drawn, today) for claim in claims)


def _check_persistence(claim: Claim, today: date) -> None:
    checked = claim.evidence.persistence_checked
    if checked is not None and checked > today:
        raise InputError("lies in the future", field=f"{claim.where}: evidence.persistence_checked", value=str(checked),
                         remedy="leave it out until it was checked")  # fmt: skip


def _assessed(claim: Claim, answer: Answerers, draws: Draws, today: date) -> NetImpact:
    amounts = Amounts(claim, draws)
    saving = saving_of(claim, amounts)
    own = own_footprint(claim.first_order, amounts, answer)
    costs = [*_rebounds(claim, amounts, saving.gross), *_side_effects(claim, amounts)]
    lowering = _unknown_costs(saving, costs)
    unknown = [*_unknown(claim, saving, own), *lowering]
    left = _less(saving.gross, [cost.samples for cost in costs])
    at_most = None if claim.relative else _less(left, [part.samples for part in own])
    avoided, net = None if lowering else left, None if unknown else at_most
    share = share_of(claim)
    attributed = None if net is None or share is None else net * share
    effect = _effect_percent(claim, saving)
    shown = NetImpact(
        claim=claim,
        digest=claim.digest,
        unit=claim.unit,
        steps=_steps(claim, saving, costs, own, avoided, net, attributed, share),
        trial=_trial(claim, saving),
        effect=effect,
        gross=_interval(saving.gross, claim.unit),
        own=tuple(own),
        footprint=_interval(_total(own), CATEGORIES[claim.footprint_category].unit),
        avoided=_interval(avoided, claim.unit),
        net=_interval(net, claim.unit),
        at_most=_interval(at_most, claim.unit),
        attributed=_interval(attributed, claim.unit),
        share=share,
        p_benefit=None if net is None else float((net > 0).mean()),
        overclaim=None,
        unknown=tuple(unknown),
        gates=(),
        basis=saving.basis,
        exact=saving.exact,
        net_samples=net,
        attributed_samples=attributed,
        tier=tier_of(claim.evidence),
        library_version=answer.library.version,
        library_digest=answer.library.digest,
        draws=draws.n,
        seed=draws.seed,
        today=today,
    )
    held = replace(shown, overclaim=overclaim(shown))
    return replace(held, gates=gates_of(held))


def _rebounds(claim: Claim, amounts: Amounts, gross: Array | None) -> list[_Cost]:
    found = []
    for i, rebound in enumerate(claim.rebounds):
        field, source = f"rebound[{i}]", rebound.source
        samples: Array | None = None
        note = f"{rebound.kind} rebound"
        if rebound.fraction is not None:
            fraction = amounts.not_negative(rebound.fraction, rebound.name, source, f"{field}.fraction", _TAKES_OFF)
            low, high = (float(x) * 100 for x in np.quantile(fraction, (0.05, 0.95)))
            note = f"{note}, {low:.2g} to {high:.2g} % of the gross saving" if high else f"{note}, stated as none"
            samples = None if gross is None else fraction * np.maximum(gross, 0.0)
        elif rebound.amount is not None:
            amounts.not_negative(rebound.amount, rebound.name, source, f"{field}.amount", _TAKES_OFF)
            samples = amounts.cost(rebound.amount, rebound.unit, rebound.name, source, field)
        found.append(_Cost("rebound", rebound.name, samples, source, note))
    return found


def _side_effects(claim: Claim, amounts: Amounts) -> list[_Cost]:
    found = []
    for i, effect in enumerate(claim.side_effects):
        field = f"side_effect[{i}]"
        samples = None
        if effect.amount is not None:
            amounts.not_negative(effect.amount, effect.name, effect.source, f"{field}.amount", _ADDS)
            samples = amounts.cost(effect.amount, effect.unit, effect.name, effect.source, field)
        found.append(_Cost("side effect", effect.name, samples, effect.source, effect.stated))
    return found


def _less(left: Array | None, taken: Iterable[Array | None]) -> Array | None:
    """What is left after everything that is known is taken off."""
    for samples in taken:
        if left is not None and samples is not None:
            left = left - samples
    return left


def _unknown(claim: Claim, saving: Saving, own: Sequence[OwnImpact]) -> list[str]:
    """What is not known of the saving, its reference and the footprint."""
    found = []
    if saving.gross is None:
        found.append("the saving over all to whom it was offered")
    if claim.relative:
        found.append("the reference as an amount, from which the footprint could be taken off")
    if not own:
        found.append("the footprint of the solution")
    partly = [part for part in own if part.coverage < 1]
    return found + [part.name if part.samples is None else f"the whole of {part.name}" for part in partly]


def _unknown_costs(saving: Saving, costs: Sequence[_Cost]) -> list[str]:
    """What is not known of rebound and side effects."""
    found = []
    for kind, what in (("rebound", "rebound"), ("side effect", "side effects")):
        if not any(cost.kind == kind for cost in costs):
            found.append(what)
    relative_gross = {cost.name for cost in costs if cost.kind == "rebound" and saving.gross is None}
    return found + [cost.name for cost in costs if cost.samples is None and cost.name not in relative_gross]


def _interval(samples: Array | None, unit: str) -> Quantity | None:
    if samples is None:
        return None
    p05, p50, p95 = (float(x) for x in np.quantile(samples, (0.05, 0.5, 0.95)))
    return Quantity(unit, p05, p50, p95)


def _total(own: Sequence[OwnImpact]) -> Array | None:
    known = [part.samples for part in own if part.samples is not None]
    return np.sum(known, axis=0) if known else None


def _effect_percent(claim: Claim, saving: Saving) -> Quantity | None:
    if saving.gross is None:
        return None
    if claim.relative:
        return _interval(saving.gross, "%")
    if saving.reference is None or not (saving.reference > 0).all():
        return None
    return _interval(saving.gross / saving.reference * 100.0, "%")


def _trial(claim: Claim, saving: Saving) -> Trial | None:
    effect, evidence = claim.effect, claim.evidence
    if effect is None or (saving.intention_to_treat is None and saving.per_protocol is None):
        return None
    unit = "%" if effect.unit in RELATIVE else effect.unit
    factor = convert(1.0, effect.unit, unit)

    def shown(samples: Array | None) -> Quantity | None:
        return None if samples is None else _interval(samples * factor, unit)

    return Trial(
        shown(saving.intention_to_treat),
        shown(saving.per_protocol),
        shown(saving.implied),
        evidence.eligible,
        evidence.treated,
        evidence.complied,
        compliance_of(evidence),
        evidence.unit,
    )


def _steps(
    claim: Claim,
    saving: Saving,
    costs: Sequence[_Cost],
    own: Sequence[OwnImpact],
    avoided: Array | None,
    net: Array | None,
    attributed: Array | None,
    share: float | None,
) -> tuple[Step, ...]:
    unit = claim.unit
    steps = _saving_steps(claim, saving)
    only_told = net is None and saving.basis == AS_CLAIMED
    gross = "Gross saving, as claimed" if only_told else "Gross saving"
    steps.append(Step("=", "gross", gross, _interval(saving.gross, unit)))
    steps += [Step("−", c.kind, c.name, _interval(c.samples, unit), c.source, c.note) for c in costs]
    spoken = {c.kind for c in costs}
    missing = (("rebound", "Rebound"), ("side effect", "Side effects"))
    steps += [Step("−", kind, name, None) for kind, name in missing if kind not in spoken]
    steps.append(Step("=", "avoided", "Avoided, before the footprint", _interval(avoided, unit)))
    steps += [Step("−", "own footprint", p.name, p.quantity, p.source, _known(p)) for p in own]
    if not own:
        steps.append(Step("−", "own footprint", "Footprint of the solution", None))
    steps.append(Step("=", "net", "Net: avoided less footprint", _interval(net, unit)))
    percent = None if share is None else Quantity.exact(share * 100, "%")
    steps.append(Step("×", "attribution", f"Share of {claim.owner}", percent, claim.rule))
    steps.append(Step("=", "attributed", "Attributed saving", _interval(attributed, unit)))
    return tuple(steps)


def _saving_steps(claim: Claim, saving: Saving) -> list[Step]:
    steps = []
    reference, effect = claim.reference, claim.effect
    if saving.reference is not None and (effect is None or effect.unit in RELATIVE):
        steps.append(Step("", "reference", f"Reference: {reference.kind}", _interval(saving.reference, claim.unit),
                          reference.source or reference.evidence))  # fmt: skip
    if saving.solution is not None:
        steps.append(Step("−", "solution", "With the solution", _interval(saving.solution, claim.unit),
                          claim.solution.source))  # fmt: skip
    if effect is None:
        return steps
    unit = "%" if effect.unit in RELATIVE else effect.unit
    measured = None if saving.measured is None else _interval(saving.measured * convert(1.0, effect.unit, unit), unit)
    figure = effect.saving or effect.intention_to_treat or effect.per_protocol
    sign = "×" if steps and unit == "%" else ""
    steps.append(Step(sign, "effect", f"Effect, {saving.basis.partition(':')[0]}", measured,
                      (figure.source if figure else "") or claim.evidence.source))  # fmt: skip
    for share, samples in zip(effect.shares, saving.shares, strict=True):
        steps.append(Step("×", "share", share.name, _interval(samples * 100, "%"), share.source))
    return steps


def _known(part: OwnImpact) -> str:
    return part.basis if part.coverage >= 1 else f"{part.basis}, {part.coverage:.0%} of it known"
