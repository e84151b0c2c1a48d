"""Designs of a test and the tier of evidence each supports; kinds of sources and whether they can carry a claim."""

from dataclasses import dataclass

from treadlight.assess.netimpact.claim import Evidence

__all__ = ["DESIGNS", "LOT", "SOURCES", "TIERS", "WORST_FOR_A_CLAIM", "Design", "offered_of", "tier_of"]

TIERS = {
    1: "randomised trial with a control group",
    2: "measured against a control group, or switched on and off in turn",
    3: "measured without control, or modelled",
    4: "scenario or forecast",
    5: "statement without data",
}
"""Evidence from best to worst."""

WORST_FOR_A_CLAIM = 2


@dataclass(frozen=True, slots=True)
class Design:
    """How an effect was found: the best tier it supports, whether it was in use, and whether it has a control group.

    The last is None where it may or may not have one.
    """

    tier: int
    text: str
    in_use: bool = True
    control: bool | None = None


DESIGNS = {
    "randomised": Design(1, "a lot decided who was offered it", control=True),
    "controlled": Design(2, "a control group was measured over the same time", control=True),
    "alternating": Design(2, "switched on and off in turn at the same place"),
    "before-after": Design(3, "the same place before and after, without a control", control=False),
    "modelled": Design(3, "what would have been is computed by a model, without a control", control=False),
    "scenario": Design(4, "a scenario of what could be", in_use=False),
    "forecast": Design(4, "a forecast made before use", in_use=False),
    "statement": Design(5, "a statement without data", in_use=False),
}
"""How an effect may have been found, by the word that claims use."""

LOT = "randomised"
"""The design in which a lot drew those to whom it was offered from all who were eligible."""

SOURCES = {
    "peer-reviewed": True,
    "preprint": True,
    "report": True,
    "own measurement": True,
    "press": None,
    "client experience": False,
}
"""Kinds of sources: whether one can carry a claim; None where what it reports is not at hand."""


def offered_of(evidence: Evidence) -> float | None:
    """To how many it was offered: the treated, else all who were eligible, unless a lot left some of them out."""
    if evidence.treated is not None:
        return evidence.treated
    return None if evidence.design == LOT else evidence.eligible


def tier_of(evidence: Evidence) -> int:
    """Tier of evidence, 1 (best) to 5."""
    return max(DESIGNS[evidence.design].tier, evidence.tier or 1)
