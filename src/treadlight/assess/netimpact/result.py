"""What the assessment of a claim gives: the net interval, what it is computed from, and every gate."""

from dataclasses import dataclass
from datetime import date

from treadlight.assess.draws import Array
from treadlight.assess.netimpact.claim import Claim
from treadlight.assess.netimpact.first_order import OwnImpact
from treadlight.core.quantity import Quantity

__all__ = ["Gate", "NetImpact", "Step", "Trial"]


@dataclass(frozen=True, slots=True)
class Step:
    """One term of the net impact, in the order in which they are taken.

    Parameters
    ----------
    sign
        ``""`` to begin with, ``×``, ``−``, ``=``.
    kind
        ``reference``, ``solution``, ``effect``, ``share``, ``gross``, ``rebound``, ``side effect``, ``avoided``,
        ``own footprint``, ``net``, ``attribution`` or ``attributed``.
    quantity
        None where it is unknown.
    """

    sign: str
    kind: str
    name: str
    quantity: Quantity | None
    source: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a trial found, over all to whom it was offered and over those who followed it [% of reference, or a unit].

    Parameters
    ----------
    implied
        Per-protocol × compliance.
    compliance
        Share of those to whom it was offered that followed it.
    counted
        What is counted, such as ``flight``.
    """

    intention_to_treat: Quantity | None
    per_protocol: Quantity | None
    implied: Quantity | None
    eligible: float | None
    treated: float | None
    complied: float | None
    compliance: float | None
    counted: str

    @property
    def contradicts(self) -> bool:
        """Whether what is implied for all lies wholly beside what was found over all."""
        found, implied = self.intention_to_treat, self.implied
        return found is not None and implied is not None and (implied.p95 < found.p05 or found.p95 < implied.p05)

    @property
    def more_over_all(self) -> bool:
        """Whether the effect over those who followed it lies wholly below what was found over all."""
        found, followed = self.intention_to_treat, self.per_protocol
        return found is not None and followed is not None and followed.p50 < found.p05


@dataclass(frozen=True, slots=True)
class Gate:
    """A condition of the claim: ``pass``, ``fail`` or ``unknown``, and why; what is missing never passes."""

    id: str
    title: str
    state: str
    reason: str


@dataclass(frozen=True)
class NetImpact:
    """A claim, assessed.

    Parameters
    ----------
    unit
        Of every saving: the category's, or ``%`` of the reference where its amount is not known.
    steps
        From the reference to what is attributed.
    effect
        Saving as per cent of the reference, for the functional unit; None where it is not known.
    own
        The solution's own footprint, part by part: it stays whole in every inventory, whatever is avoided.
    avoided
        What is left after rebound and side effects, before the footprint is taken off; None while one is not known.
    net
        `avoided` less `footprint`; None while a term is not known.
    at_most
        What the terms that are known leave: the net effect is no better. None where the saving is not known, or where
        the footprint has another unit.
    net_samples, attributed_samples
        Draws of `net`, and of the owner's share of it.
    today
        When it was assessed: what lies after it is a forecast.
    unknown
        Terms of the net effect that are not known: with any, there is no probability and no sentence.
    overclaim
        Headline over what was found; None where there is no headline or nothing to hold it against.
    basis
        What the saving rests on, in words.
    exact
        Whether the saving is stated as one number, so that nothing is known of how sure it is.
    """

    claim: Claim
    digest: str
    unit: str
    steps: tuple[Step, ...]
    trial: Trial | None
    effect: Quantity | None
    gross: Quantity | None
    own: tuple[OwnImpact, ...]
    footprint: Quantity | None
    avoided: Quantity | None
    net: Quantity | None
    at_most: Quantity | None
    attributed: Quantity | None
    share: float | None
    p_benefit: float | None
    overclaim: float | None
    unknown: tuple[str, ...]
    gates: tuple[Gate, ...]
    basis: str
    exact: bool
    net_samples: Array | None
    attributed_samples: Array | None
    tier: int
    library_version: str
    library_digest: str
    draws: int
    seed: int
    today: date

    @property
    def relative(self) -> bool:
        """Whether savings are per cent of the reference."""
        return self.claim.relative

    @property
    def stated_as_zero(self) -> bool:
        """Whether the solution's own footprint is known, and nothing at all."""
        return self.footprint is not None and self.footprint.p95 == 0

    @property
    def holds(self) -> bool:
        """Whether every gate passed: only then may anything be said."""
        return bool(self.gates) and all(gate.state == "pass" for gate in self.gates)

    @property
    def outcome(self) -> str:
        """``benefit``, ``harm``, ``undecided`` or ``unknown``: where the interval of the net effect lies."""
        if self.at_most is not None and self.at_most.p95 < 0:
            return "harm"
        if self.net is None:
            return "unknown"
        return "benefit" if self.net.p05 > 0 else "undecided"
