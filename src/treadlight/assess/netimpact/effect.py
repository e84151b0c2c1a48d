"""The gross saving of a claim: reference minus solution, or the effect of a trial over all to whom it was offered."""

from dataclasses import dataclass

import numpy as np

from treadlight.assess.draws import Array
from treadlight.assess.netimpact.amounts import Amounts
from treadlight.assess.netimpact.claim import RELATIVE, Claim, Effect, Evidence
from treadlight.assess.netimpact.evidence import offered_of
from treadlight.core.errors import InputError
from treadlight.core.units import convert

__all__ = ["AS_CLAIMED", "Saving", "compliance_of", "saving_of"]

AS_CLAIMED = "as claimed"
"""Basis of a saving that no trial found."""


@dataclass(frozen=True, slots=True)
class Saving:
    """What is saved before anything is taken off.

    Parameters
    ----------
    gross
        Draws for the functional unit [the claim's unit]; None where it cannot be known.
    measured
        Draws of the effect that `gross` rests on, over the part that was studied [unit of the effect]; None likewise.
    basis
        Where `measured` comes from, in words.
    intention_to_treat, per_protocol
        Draws as the trial found them [unit of the effect].
    implied
        Draws of per-protocol × compliance: the effect over all if those who did not comply had none.
    shares
        Draws of each share of `effect.share`.
    reference
        Draws of the reference [unit of the category].
    solution
        Draws of what replaces it.
    """

    gross: Array | None
    measured: Array | None
    basis: str
    intention_to_treat: Array | None = None
    per_protocol: Array | None = None
    implied: Array | None = None
    shares: tuple[Array, ...] = ()
    reference: Array | None = None
    solution: Array | None = None

    @property
    def exact(self) -> bool:
        """Whether it is stated as one number, as if nothing of it could be otherwise."""
        stated = self.gross if self.measured is None else self.measured
        return stated is not None and np.ptp(stated) == 0


def compliance_of(evidence: Evidence) -> float | None:
    """Share of those to whom it was offered that followed it; None where that is not known."""
    offered = offered_of(evidence)
    return evidence.complied / offered if offered and evidence.complied is not None else None


def saving_of(claim: Claim, amounts: Amounts) -> Saving:
    """The gross saving of a claim in every draw.

    Notes
    -----
    With shares s_i from the part under study to the whole and the reference R, the saving of a relative effect e is
    R e Π s_i. The effect of a trial is that over all to whom the solution was offered (intention to treat); where only
    the effect over those who followed it is known, it is multiplied by the share of these, which supposes that the
    others had none.

    References
    ----------
    Hernán, Hernández-Díaz: Beyond the intention-to-treat in comparative effectiveness research, Clinical Trials 9(1),
    2012.
    """
    reference = amounts.reference("effect") if claim.reference.amount is not None else None
    if claim.effect is None:
        saving = _difference(claim, amounts, reference)
    else:
        saving = _from_effect(claim, claim.effect, amounts, reference)
    _no_more_than_there_is(saving, amounts.at("solution.amount" if claim.effect is None else "effect"))
    return saving


def _no_more_than_there_is(saving: Saving, where: str) -> None:
    gross, reference = saving.gross, saving.reference
    if gross is not None and reference is not None and np.median(gross - reference) > 0:
        raise InputError("saves more than there is", field=where, value="over 100 %",
                         remedy="give at most what is without the solution, reference.amount")  # fmt: skip


def _difference(claim: Claim, amounts: Amounts, reference: Array | None) -> Saving:
    solution = claim.solution
    assert solution.amount is not None and reference is not None
    replaced = amounts.cost(solution.amount, solution.unit, "solution", solution.source, "solution")
    return Saving(reference - replaced, None, "reference − solution", reference=reference, solution=replaced)


def _from_effect(claim: Claim, effect: Effect, amounts: Amounts, reference: Array | None) -> Saving:
    over_all, over_compliers, implied = _trial(claim, effect, amounts)
    plain = None
    if effect.saving is not None:
        plain = amounts.effect(effect.saving, "saving", "effect.saving")
    measured, basis = _chosen(plain, over_all, over_compliers, implied)
    if measured is not None and effect.unit in RELATIVE and np.median(measured) > convert(1.0, "1", effect.unit):
        raise InputError("saves more than there is", field=amounts.at("effect"), value="over 100 %",
                         remedy="give the effect as a share of the reference")  # fmt: skip
    shares = tuple(amounts.chain(effect.shares))
    gross = None
    if measured is not None:
        whole = np.prod(shares, axis=0) if shares else 1.0
        gross = measured * whole * amounts.factor(effect.unit, "effect")
    return Saving(gross, measured, basis, over_all, over_compliers, implied, shares, reference)


def _trial(claim: Claim, effect: Effect, amounts: Amounts) -> tuple[Array | None, Array | None, Array | None]:
    """Effects over all who were offered it, over those who followed it, and what the latter implies for the former."""
    found = []
    for name in ("intention_to_treat", "per_protocol"):
        figure = getattr(effect, name)
        found.append(None if figure is None else amounts.effect(figure, name, f"effect.{name}"))
    over_all, over_compliers = found
    compliance = compliance_of(claim.evidence)
    if over_compliers is None or compliance is None:
        return over_all, over_compliers, None
    return over_all, over_compliers, over_compliers * compliance


def _chosen(
    plain: Array | None, over_all: Array | None, over_compliers: Array | None, implied: Array | None
) -> tuple[Array | None, str]:
    """The effect over all, and where it comes from."""
    if plain is not None:
        return plain, AS_CLAIMED
    if over_all is not None:
        return over_all, "intention to treat"
    if implied is not None:
        return implied, "per protocol × compliance: those who did not follow it are taken to have had no effect"
    if over_compliers is not None:
        return None, "unknown: only those who followed it were counted, and not how many they were"
    return None, "unknown: there is no result yet"
