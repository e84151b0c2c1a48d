"""Studies: what is assessed, for whom, within which boundary and by which rules; from a file, or made in Python."""

from pathlib import Path

import msgspec

from treadlight.core.canonical import digest

__all__ = [
    "PLACEHOLDER",
    "STAGES",
    "Allocation",
    "Amount",
    "Excluded",
    "FunctionalUnit",
    "Goal",
    "Item",
    "OwnExchange",
    "OwnProcess",
    "Parameter",
    "ProcessTable",
    "Query",
    "Scenario",
    "Scope",
    "Stage",
    "Study",
    "StudySystem",
]

STAGES = (
    "data",
    "storage",
    "experiments",
    "training",
    "evaluation",
    "deployment",
    "serving",
    "networks",
    "devices",
    "manufacturing",
    "end-of-life",
)
"""Stages of the life of an AI system, in the order of reports."""

PLACEHOLDER = "FILL IN"
"""What a study that was begun says where its author has to give a figure or a reason."""

Amount = str | int | float
"""A number, a distribution such as ``lognormal(3e8, 1.3)``, or arithmetic over parameters such as ``3 * requests``."""


class _Noun(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What every part of a study is: frozen, and refusing keys that it does not know."""


class Goal(_Noun, frozen=True):
    """Why the study is made, for whom, by whom; and whether it compares, and is told to the public."""

    purpose: str
    audience: list[str]
    author: str = ""
    commissioner: str = ""
    date: str = ""
    comparative: bool = False
    public: bool = False
    reviewers: list[str] = []


class FunctionalUnit(_Noun, frozen=True):
    """What all systems deliver and every number is given for: ``1,000 answers`` is 1000 of the unit ``request``."""

    name: str
    amount: float
    unit: str


class Excluded(_Noun, frozen=True):
    """A stage that is left out, and why."""

    stage: str
    reason: str


class Scope(_Noun, frozen=True):
    """What is inside, by which rules, and what holds where an item does not say.

    Parameters
    ----------
    boundary
        Stages that are counted.
    excluded
        Stages that are not, each with its reason; items of them are computed, and stand beside the total.
    cut_off_percent
        Share of every category below which a part would not matter; nothing is dropped, such parts are named.
    zone, region, period
        Where and when things happen unless an item says otherwise; the year of the library if no period is given.
    library
        Version of the library that the study was made with; empty: the one at hand.
    electricity
        ``location`` or ``market``.
    end_of_life
        ``cut-off``: what is recovered leaves without burden or credit.
    data_quality
        What the data have to be: how old, from where, how measured.
    """

    function: str
    functional_unit: FunctionalUnit
    boundary: list[str]
    geography: str = ""
    zone: str = ""
    region: str = ""
    period: str = ""
    excluded: list[Excluded] = []
    cut_off_percent: float = 1.0
    categories: list[str] = []
    library: str = ""
    electricity: str = "location"
    end_of_life: str = "cut-off"
    data_quality: list[str] = []
    assumptions: list[str] = []
    limitations: list[str] = []
    deviations: list[str] = []


class Allocation(_Noun, frozen=True):
    """The rule by which the life of hardware is shared out, named and recorded.

    Parameters
    ----------
    rule
        ``time``, ``energy``, ``count``, ``mass`` or ``economic``: by what the shares that are stated were found. The
        life of hardware is shared out by its hours whatever the rule; one other than ``time`` needs a share, and its
        reason as `source`.
    lifetime_years, utilisation, hours_per_year
        A device-hour is 1 ÷ (lifetime × hours a year × utilisation) of a device. Without a lifetime, the library's.
    share
        Share of the device that serves the system, at most 1.
    """

    rule: str = "time"
    lifetime_years: Amount | None = None
    utilisation: Amount = 1.0
    hours_per_year: Amount = 8766.0
    share: Amount = 1.0
    source: str = ""

    @property
    def told(self) -> str:
        """What is done by it, in words."""
        others = "" if self.rule == "time" else f"; stated shares by {self.rule}"
        return f"hardware by time over its life and use{others}"


class Parameter(_Noun, frozen=True):
    """A named number: its value, where it comes from, how good it is, and how far a scenario may move it."""

    value: Amount
    unit: str = ""
    source: str = ""
    pedigree: list[int] = []
    low: float | None = None
    high: float | None = None
    label: str = ""


class Scenario(_Noun, frozen=True):
    """Another state of the world: parameters that take another value, and another grid.

    Parameters
    ----------
    zone
        Replaces the zone of the scope.
    zones
        Item by name to its zone.
    """

    name: str
    parameters: dict[str, float] = {}
    zone: str = ""
    zones: dict[str, str] = {}


class OwnExchange(_Noun, frozen=True):
    """An input of a process of the study's own, or an impact: per unit of the process.

    Parameters
    ----------
    target
        A process of the study, a flow of the library, or an impact category.
    cause
        Exchanges of one cause share a draw; by default each has its own.
    credit
        A burden that is avoided elsewhere: shown beside the total, never taken off it; its amount is above 0.
    """

    target: str
    amount: Amount
    unit: str = ""
    zone: str = ""
    region: str = ""
    period: str = ""
    source: str = ""
    pedigree: list[int] = []
    cause: str = ""
    label: str = ""
    credit: bool = False


class OwnProcess(_Noun, frozen=True):
    """A unit process of the study's own; processes may need each other.

    Parameters
    ----------
    phase
        ``use``, ``embodied`` or ``end-of-life``.
    unknown
        Categories of which nothing is known although they are not zero. If the process states an impact itself, every
        category that it neither states nor names in `nothing` is unknown, too.
    nothing
        Categories of which nothing arises beyond what it needs, to the author's knowledge.
    """

    id: str
    unit: str
    exchanges: list[OwnExchange]
    name: str = ""
    phase: str = "use"
    location: str = ""
    unknown: list[str] = []
    nothing: list[str] = []


class ProcessTable(_Noun, frozen=True):
    """Unit processes of the study's own in a table, CSV or Parquet beside the study: one row an exchange."""

    file: str


class Query(_Noun, frozen=True):
    """Which activities of the ledger are meant; dates as ``2026-01-31`` or with a time, in UTC."""

    project: str | None = None
    team: str | None = None
    stage: str | None = None
    run: str | None = None
    since: str | None = None
    until: str | None = None


class Item(_Noun, frozen=True):
    """One thing a stage needs: exactly one of `flow`, `process`, `estimate`, `ledger` and `study`.

    Parameters
    ----------
    amount
        How much: of the flow or process [`unit`], of estimates (how many times), of functional units of a study.
    share
        Share of it that serves this system, at most 1; `whole` names what is shared out among several items.
    credit
        A burden that is avoided elsewhere: shown beside the total, never taken off it.
    allocation
        Instead of the study's.
    """

    name: str
    flow: str = ""
    process: str = ""
    estimate: dict[str, Amount] = {}
    ledger: Query | None = None
    study: str = ""
    system: str = ""
    amount: Amount = 1.0
    unit: str = ""
    zone: str = ""
    region: str = ""
    site: str = ""
    period: str = ""
    share: Amount = 1.0
    whole: str = ""
    credit: bool = False
    allocation: Allocation | None = None
    source: str = ""
    pedigree: list[int] = []
    note: str = ""


class Stage(_Noun, frozen=True):
    """A stage of a system's life and what it needs."""

    name: str
    items: list[Item] = msgspec.field(name="item", default_factory=list)


class StudySystem(_Noun, frozen=True):
    """One way to deliver the function.

    Parameters
    ----------
    delivers
        How many of the functional unit's unit it delivers over its life.
    """

    id: str
    delivers: Amount
    title: str = ""
    stages: list[Stage] = msgspec.field(name="stage", default_factory=list)


class Study(_Noun, frozen=True):
    """A whole study.

    Parameters
    ----------
    process_tables
        Tables whose processes are among `processes` once the study is read.
    studies
        The studies that items include, by the path as it is written there; filled in by who reads the file.
    path
        Where it was read, for messages; it does not count in the digest.
    """

    id: str
    goal: Goal
    scope: Scope
    schema: str = "treadlight.study/1"
    title: str = ""
    allocation: Allocation = Allocation()
    parameters: dict[str, Parameter] = {}
    scenarios: list[Scenario] = msgspec.field(name="scenario", default_factory=list)
    processes: list[OwnProcess] = msgspec.field(name="process", default_factory=list)
    process_tables: list[ProcessTable] = msgspec.field(name="process_table", default_factory=list)
    systems: list[StudySystem] = msgspec.field(name="system", default_factory=list)
    studies: dict[str, "Study"] = {}
    path: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of the content, that of included studies among it, whatever the layout of the file."""
        return digest(_content(self))

    @property
    def where(self) -> str:
        """The file's name, else the id: how messages name it."""
        return Path(self.path).name or self.id


def _content(study: Study) -> dict[str, object]:
    held: dict[str, object] = msgspec.to_builtins(msgspec.structs.replace(study, studies={}, path=""))
    return {**held, "studies": {name: inner.digest for name, inner in study.studies.items()}}
