"""Activities: immutable records that an amount of a flow was used."""

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from treadlight.core.distribution import Distribution, Point
from treadlight.core.errors import InputError
from treadlight.core.flow import flow_unit

__all__ = [
    "CLOUD",
    "ELSEWHERE",
    "STAGES",
    "Activity",
    "Allocation",
    "Evidence",
    "EvidenceMethod",
    "Location",
    "Subject",
]

STAGES = (
    "data",
    "training",
    "fine-tuning",
    "evaluation",
    "deployment",
    "inference",
    "storage",
    "manufacturing",
    "end-of-life",
)
"""Life-cycle stages of an AI system to which an activity can belong."""


CLOUD = "cloud"
"""Site that stands for a hall of which nothing is known: never the machine that asks."""

ELSEWHERE = "elsewhere"
"""Site of what did not happen on this machine: the configuration of this machine's site does not hold for it."""


class EvidenceMethod(StrEnum):
    """How we know, from best to worst."""

    METERED = "metered"
    REPORTED = "reported"
    MODELLED = "modelled"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class Evidence:
    """How an amount is known.

    Parameters
    ----------
    method
        Metered, reported, modelled or assumed.
    basis
        What was read or assumed, in a few words ("energy counter of the package").
    source
        Meter, importer or estimator, such as ``rapl``.
    version
        Version of that source's method.
    digest
        SHA-256 of the raw data, hexadecimal; empty where there is none.
    """

    method: EvidenceMethod
    basis: str
    source: str
    version: str = "1"
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """For whom and for what: organisation, project, team, system and its version. Empty means not stated."""

    organisation: str = ""
    project: str = ""
    team: str = ""
    system: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Location:
    """Where. Empty means not known, which is a state of its own and never a default country.

    Parameters
    ----------
    zone
        Grid zone or country: ISO 3166-1 alpha-2, or a sub-zone such as ``US-CAL-CISO``.
    region
        Cloud region as ``provider/region``, such as ``aws/eu-west-3``.
    site
        Name of a site described in the configuration.
    device
        The device that was used, such as ``gpu0``.
    """

    zone: str = ""
    region: str = ""
    site: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class Allocation:
    """The named rule by which a share of a whole was given to this activity, and the whole itself [flow's unit]."""

    rule: str = ""
    whole: float | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """An amount of a flow that was used between `start` and `end`.

    Parameters
    ----------
    id
        UUIDv7.
    start, end
        UTC, aware; end is not before start.
    flow
        What was used, such as ``electricity.it``.
    amount
        How much [canonical unit of the flow], the central value; not negative unless it corrects another record.
    uncertainty
        Distribution of true ÷ stated amount, with a median near 1.
    cause
        Name of what the uncertainty comes from. Activities with the same cause share its draw: they are wrong together.
    component
        Part of the machine or service: cpu, memory, gpu, rest, storage, network, …
    parent
        Id of the run this belongs to.
    supersedes
        Id of the activity this one replaces.
    """

    id: str
    start: datetime
    end: datetime
    flow: str
    amount: float
    evidence: Evidence
    uncertainty: Distribution = Point(1.0)
    cause: str = ""
    component: str = ""
    subject: Subject = Subject()
    stage: str = ""
    location: Location = Location()
    allocation: Allocation = Allocation()
    parent: str = ""
    supersedes: str = ""
    labels: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.id:
            raise InputError("is missing", field="id", remedy="give every activity an id")
        for name in ("start", "end"):
            stamp = getattr(self, name)
            if stamp.tzinfo is None:
                raise InputError("has no time zone", field=name, value=stamp.isoformat(), remedy="give it in UTC (…Z)")
            object.__setattr__(self, name, stamp.astimezone(UTC))
        if self.end < self.start:
            raise InputError(
                "lies before start", field="end", value=self.end.isoformat(), remedy=f"give end ≥ {self.start}"
            )
        if not math.isfinite(self.amount):
            raise InputError("must be a finite number", field="amount", value=self.amount, remedy="leave unknown out")
        if self.amount < 0 and not self.supersedes:
            raise InputError(
                "is negative", field="amount", value=self.amount, remedy="give amount ≥ 0, or name what it supersedes"
            )
        if self.stage and self.stage not in STAGES:
            raise InputError("unknown stage", field="stage", value=self.stage, remedy=f"use one of {', '.join(STAGES)}")
        flow_unit(self.flow)

    @property
    def unit(self) -> str:
        """Canonical unit of the flow."""
        return flow_unit(self.flow)
