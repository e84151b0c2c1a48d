"""Claims of avoided impact: what is said to be saved, against what, with which evidence, and who shares the saving."""

from datetime import date
from pathlib import Path

import msgspec

from treadlight.assess.lifecycle.study import PLACEHOLDER, Amount, FunctionalUnit, Query
from treadlight.core.canonical import digest
from treadlight.core.category import CATEGORIES

__all__ = [
    "REFERENCE_KINDS",
    "RELATIVE",
    "SCHEMA",
    "Actor",
    "Claim",
    "Effect",
    "Evidence",
    "Figure",
    "FirstOrder",
    "Headline",
    "Rebound",
    "Reference",
    "ShareOf",
    "SideEffect",
    "Solution",
    "said",
]

SCHEMA = "treadlight.claim/1"

REFERENCE_KINDS = ("prior state", "next-best", "market average", "control group")
"""What a saving may be measured against."""

_NOTHING = ("none", "n/a", "na", "nil", "tba", "tbd", "todo", "unknown", "x", "xxx")
"""Words by which people say that they say nothing."""

RELATIVE = ("%", "1")
"""Units of effects that are shares of the reference."""


def said(text: str) -> bool:
    """Whether a text says something: it has a letter or a figure, and stands for nothing else that is yet to come."""
    word = text.strip(" .").casefold()
    return any(map(str.isalnum, text)) and PLACEHOLDER not in text and word not in _NOTHING


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What every part of a claim is: frozen, and refusing keys that it does not know."""


class Reference(_Part, frozen=True):
    """What would be without the solution, written down before the result is known.

    Parameters
    ----------
    kind
        ``prior state``, ``next-best``, ``market average`` or ``control group``.
    evidence
        Why that is what would be.
    dated
        When it was written down.
    amount
        Impact of the functional unit without the solution [`unit`]; without it, effects stay shares of the reference.
    """

    kind: str
    description: str
    evidence: str = ""
    dated: date | None = None
    amount: Amount | None = None
    unit: str = ""
    source: str = ""


class Solution(_Part, frozen=True):
    """What is done instead; `amount` is its impact for the functional unit, apart from the solution's own footprint."""

    description: str = ""
    amount: Amount | None = None
    unit: str = ""
    source: str = ""


class Figure(_Part, frozen=True):
    """A measured effect; positive: less impact than the reference.

    Parameters
    ----------
    value
        A number or a distribution, in the unit of the effect.
    p
        Two-sided p-value of no effect; the standard error follows from it.
    """

    value: Amount
    p: float | None = None
    source: str = ""


class ShareOf(_Part, frozen=True):
    """The share of a larger whole that the part under study makes: cooling of the overhead, that of the site."""

    name: str
    value: Amount
    source: str = ""


class Effect(_Part, frozen=True):
    """What was saved: of a trial over all to whom it was offered, and beside it over those who followed it.

    Parameters
    ----------
    unit
        ``%`` or ``1`` of the reference, or a unit of impact.
    saving
        Where there was no trial.
    intention_to_treat
        Over all to whom the solution was offered, whether they followed it or not.
    per_protocol
        Over those who followed it.
    shares
        From the part that was studied to the functional unit.
    """

    unit: str
    saving: Figure | None = None
    intention_to_treat: Figure | None = None
    per_protocol: Figure | None = None
    shares: list[ShareOf] = msgspec.field(name="share", default_factory=list)


class Evidence(_Part, frozen=True):
    """How it is known.

    Parameters
    ----------
    design
        ``randomised``, ``controlled``, ``alternating``, ``before-after``, ``modelled``, ``scenario``, ``forecast`` or
        ``statement``.
    eligible, treated, complied
        To how many [`unit`] it could apply, was offered, and who followed it.
    results
        When the result was first known.
    use_phase
        Which data of real use there are.
    source_kind
        ``peer-reviewed``, ``preprint``, ``report``, ``own measurement``, ``press`` or ``client experience``.
    tier
        Of the evidence, where it is worse than the design alone would give.
    """

    design: str
    eligible: float | None = None
    treated: float | None = None
    complied: float | None = None
    unit: str = ""
    results: date | None = None
    use_phase: str = ""
    source_kind: str = ""
    source: str = ""
    tier: int | None = None
    reviewer: str = ""
    conflict_of_interest: str = ""
    persistence_checked: date | None = None


class FirstOrder(_Part, frozen=True):
    """A part of the solution's own footprint: exactly one of `ledger`, `study` and `amount` with `unit`.

    Parameters
    ----------
    ledger
        Which activities.
    study, system
        File of a study, and which of its systems; `amount` is then the number of functional units.
    share
        Share of it that serves this solution, at most 1.
    """

    name: str
    ledger: Query | None = None
    study: str = ""
    system: str = ""
    amount: Amount | None = None
    unit: str = ""
    share: Amount = 1.0
    source: str = ""


class SideEffect(_Part, frozen=True):
    """What the solution makes worse elsewhere; positive: more impact. Without `amount` it is unknown."""

    name: str
    amount: Amount | None = None
    unit: str = ""
    stated: str = ""
    source: str = ""


class Rebound(_Part, frozen=True):
    """What the saving sets off: a `fraction` of the gross saving, or an `amount`; with neither it is unknown.

    Parameters
    ----------
    kind
        ``direct``: more of the same; ``indirect``: of something else; ``economy``: through prices and growth.
    """

    name: str
    kind: str
    fraction: Amount | None = None
    amount: Amount | None = None
    unit: str = ""
    source: str = ""


class Actor(_Part, frozen=True):
    """One who claims a share of the saving (0 to 1)."""

    name: str
    share: float
    role: str = ""


class Headline(_Part, frozen=True):
    """What was told to the public."""

    value: float
    unit: str
    source: str = ""


class Claim(_Part, frozen=True):
    """A whole claim.

    Parameters
    ----------
    owner
        Who claims; one of the actors, where these are listed.
    registered
        When the claim was registered.
    category
        Impact category; empty where the effect is measured as something else, which `metric` names.
    saving_id
        What is shared out among claims; the id unless given.
    rule
        By which rule the saving is shared out.
    path
        Where it was read; it does not count in the digest.
    """

    id: str
    owner: str
    functional_unit: FunctionalUnit
    reference: Reference
    evidence: Evidence
    schema: str = SCHEMA
    title: str = ""
    registered: date | None = None
    category: str = ""
    metric: str = ""
    geography: str = ""
    period: str = ""
    saving_id: str = ""
    rule: str = ""
    solution: Solution = Solution()
    effect: Effect | None = None
    headline: Headline | None = None
    first_order: list[FirstOrder] = []
    side_effects: list[SideEffect] = msgspec.field(name="side_effect", default_factory=list)
    rebounds: list[Rebound] = msgspec.field(name="rebound", default_factory=list)
    actors: list[Actor] = msgspec.field(name="actor", default_factory=list)
    notes: list[str] = []
    path: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of the content, whatever the layout of the file."""
        return digest(msgspec.to_builtins(msgspec.structs.replace(self, path="")))

    @property
    def where(self) -> str:
        """The file's name, else the id: how messages name it."""
        return Path(self.path).name or self.id

    @property
    def folder(self) -> Path:
        """Where studies that the claim names lie."""
        return Path(self.path).parent

    @property
    def saving(self) -> str:
        """What is shared out among claims."""
        return self.saving_id or self.id

    @property
    def relative(self) -> bool:
        """Whether effects stay shares of the reference, because its amount is not known."""
        absolute = self.effect is not None and self.effect.unit not in RELATIVE
        return self.reference.amount is None and not absolute

    @property
    def unit(self) -> str:
        """Unit of every saving: that of the category, or per cent of the reference."""
        return "%" if self.relative else CATEGORIES[self.category].unit

    @property
    def footprint_category(self) -> str:
        """Category of the solution's own footprint: the claim's, or climate where it has none."""
        return self.category or "gwp"

    @property
    def measured(self) -> str:
        """What the saving is a saving of."""
        return self.metric or (CATEGORIES[self.category].name.lower() if self.category else "impact")
