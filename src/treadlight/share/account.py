"""The account of a run: everything that its page and its terminal block draw, as plain data.

An account is made by the application from the ledger (run, trace, windows), the library (version, sources) and the
footprint engine (impacts, contributions, doubt). Nothing here computes: a figure that is absent from the account is
absent from the page, and ``None`` means *unknown*, which is drawn hatched and never as zero.
"""

from dataclasses import dataclass, field
from datetime import datetime

from treadlight.assess.why import WhyNode
from treadlight.core.method import Method
from treadlight.core.quantity import Quantity
from treadlight.ledger.records import Run, Trace

__all__ = [
    "Account",
    "Chain",
    "ComponentEnergy",
    "Contribution",
    "Doubt",
    "Equivalent",
    "EvidenceShare",
    "Impact",
    "LibraryStamp",
    "PerUnit",
    "Slice",
    "Unknown",
    "WhyNode",
    "WindowAccount",
]


@dataclass(frozen=True, slots=True)
class ComponentEnergy:
    """Electricity of one component of the machine, at the devices.

    Parameters
    ----------
    component
        ``gpu``, ``cpu``, ``memory``, ``rest``, ``storage``, ``network``: chooses the colour.
    label
        For people: "GPU, 8 cards".
    method
        ``metered``, ``reported``, ``modelled``, ``assumed``; the weakest sizeable part where several channels add up.
    meter
        Name of the meter, such as ``rapl``; several joined by ", ".
    state
        ``read``, ``stale``, ``unreadable`` or ``absent``.
    energy
        The run's attributed share [kWh]; None where nothing could be read.
    node_energy
        The whole device's energy in the same time [kWh].
    mean_power_w
        Mean power of the run's share [W]; None where unknown.
    detail
        What went wrong and how to mend it; empty where nothing did.
    why
        Id of the node of the why-tree behind `energy`; empty: none.
    """

    component: str
    label: str
    method: str
    meter: str
    state: str
    energy: Quantity | None
    node_energy: Quantity | None = None
    mean_power_w: float | None = None
    detail: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Impact:
    """The total of one impact category, and its split into use and embodied.

    Parameters
    ----------
    category
        Id as in `treadlight.core.category` (``gwp``, ``water``, ``adpe``, ``pe``, ``ewaste``, ``energy``).
    total
        What is known so far [category's unit]; None where nothing is.
    use, embodied
        The two parts; None where that part is unknown (not zero).
    coverage
        Share of what was demanded of which this category is known, 0 to 1.
    method
        Mark of the weakest part that makes at least a tenth of the total.
    why
        Id of the root of this category's why-tree; empty: none.
    """

    category: str
    total: Quantity | None
    use: Quantity | None = None
    embodied: Quantity | None = None
    coverage: float = 1.0
    method: str = "modelled"
    why: str = ""


@dataclass(frozen=True, slots=True)
class Contribution:
    """One part of a category's total.

    Parameters
    ----------
    phase
        ``use``, ``overhead`` (cooling and conversion) or ``embodied``.
    component
        Key of the colour: gpu, cpu, memory, rest, storage, network, facility, embodied.
    quantity
        The part [category's unit]; None where unknown.
    note
        A few words under the label: "41 of 27 200 h".
    """

    category: str
    label: str
    phase: str
    component: str
    method: str
    quantity: Quantity | None
    note: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class PerUnit:
    """Results per functional unit, such as per 1 000 samples.

    `results` holds (category or ``energy.it``, quantity) in the order to show them; `why` is the door to the total.
    """

    name: str
    per: float
    count: float
    results: tuple[tuple[str, Quantity], ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class WindowAccount:
    """A named window of the run, `t0_s` to `t1_s` seconds after its start; windows may overlap and are never summed."""

    id: str
    name: str
    t0_s: float
    t1_s: float
    energy: Quantity | None
    gwp: Quantity | None = None
    method: str = "modelled"
    counts: dict[str, float] = field(default_factory=dict)
    per_unit: tuple[PerUnit, ...] = ()
    status: str = "finished"


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that is not known, what it could add, and the command that closes it.

    Parameters
    ----------
    what, why
        "Data transfer, 1.8 TB" and "no network was recorded".
    could_add
        Interval of what it could add, where one can be given; never summed into a total.
    remedy
        Command that makes it known; empty: none is offered.
    category
        The impact category it is missing from; empty: all.
    missing
        Whether an amount is left out of the total. False: nothing is left out, but the answer is wider than it need
        be, as without a place; it then has no row in the table of parts.
    """

    what: str
    why: str
    could_add: Quantity | None = None
    remedy: str = ""
    category: str = ""
    missing: bool = True


@dataclass(frozen=True, slots=True)
class Doubt:
    """A cause of uncertainty and its share of the doubt of the hero number, 0 to 1."""

    label: str
    share: float
    why: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class EvidenceShare:
    """Share of the hero number by method (metered, reported, modelled, assumed, unknown), 0 to 1."""

    method: str
    share: float


@dataclass(frozen=True, slots=True)
class Equivalent:
    """One relatable sentence, with the year and source of its comparison."""

    text: str
    vintage: str
    citation: str = ""


@dataclass(frozen=True, slots=True)
class LibraryStamp:
    """Version and digest of the library of factors."""

    version: str
    digest: str


@dataclass(frozen=True, slots=True)
class Chain:
    """Where the ledger's hash chain stood: root, number of entries; `ok` None: not verified for this account.

    An empty root: only a part of the ledger is seen, so nothing is told of its chain.
    """

    root: str
    entries: int
    ok: bool | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """What one value of a dimension contributes to a category: ``process``, ``stage``, ``component``, ``period``, …

    The slices of a dimension add up to the category's total, draw by draw.
    """

    dimension: str
    key: str
    label: str
    category: str
    quantity: Quantity


@dataclass(frozen=True, slots=True)
class Account:
    """Everything there is to show of one run.

    Parameters
    ----------
    run
        The ledger's record.
    energy
        Electricity at the devices, the run's share [kWh]; None where nothing was read.
    facility_energy
        Electricity at the meter of the hall, with its cooling and conversion [kWh]: what was stated of that meter, and
        `energy` times the PUE of the account; None where no electricity is known.
    facility_stated
        The part of it that was stated at that meter [kWh]; None where none is. It is no part of `energy`.
    node_energy
        The same of the whole node.
    mean_power_w
        Mean power of the run's share [W].
    impacts
        One per category, in the order to show them; the first is the hero.
    contributions
        Parts of the totals, largest first within each phase and category.
    evidence
        Shares of the hero number by method; they add up to 1.
    doubt
        Largest first.
    why
        Root of the why-tree by category.
    trace
        Power over time; None where no sample was taken.
    draws, seed
        Of the Monte Carlo behind the intervals.
    made_at
        When this account was computed, UTC.
    place
        Where it ran, for people: "France (FR)"; empty: unknown.
    version
        Version of treadlight itself.
    slices
        The totals cut by process, stage, component, period and project, for programs.
    """

    run: Run
    library: LibraryStamp
    method: Method
    made_at: datetime
    energy: Quantity | None = None
    facility_energy: Quantity | None = None
    facility_stated: Quantity | None = None
    node_energy: Quantity | None = None
    mean_power_w: float | None = None
    components: tuple[ComponentEnergy, ...] = ()
    impacts: tuple[Impact, ...] = ()
    contributions: tuple[Contribution, ...] = ()
    windows: tuple[WindowAccount, ...] = ()
    per_unit: tuple[PerUnit, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    equivalent: Equivalent | None = None
    trace: Trace | None = None
    evidence: tuple[EvidenceShare, ...] = ()
    doubt: tuple[Doubt, ...] = ()
    why: dict[str, WhyNode] = field(default_factory=dict)
    chain: Chain | None = None
    draws: int = 0
    seed: int = 0
    place: str = ""
    version: str = ""
    slices: tuple[Slice, ...] = ()

    def impact(self, category: str) -> Impact | None:
        """The impact of `category`, if the account has one."""
        return next((i for i in self.impacts if i.category == category), None)

    @property
    def hero(self) -> Impact | None:
        """The category that the page and the summary lead with."""
        return self.impacts[0] if self.impacts else None

    def parts(self, category: str) -> tuple[Contribution, ...]:
        """Contributions to `category`, in the order given."""
        return tuple(c for c in self.contributions if c.category == category)
