"""Parts: what a study's items have become once they are resolved, and who answers those that ask elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from treadlight.assess.draws import Array
from treadlight.assess.lifecycle.columns import Term
from treadlight.assess.lifecycle.study import Amount, Parameter, Query
from treadlight.core.activity import Location
from treadlight.core.distribution import Distribution
from treadlight.core.method import Method
from treadlight.ledger.records import GroupSum
from treadlight.library.process import Exchange, Process
from treadlight.library.system import Demand

__all__ = ["Estimated", "Estimator", "Input", "Inventory", "LedgerSums", "Part", "Parts", "Share"]


@dataclass(frozen=True)
class Estimated:
    """One flow of an estimate: draws and median of one unit of what was estimated, shape (n + 1,)."""

    flow: str
    worlds: Array
    location: Location
    period: str
    label: str
    basis: str


class Estimator(Protocol):
    """Who answers items with an estimate: filled in by `treadlight.app`."""

    def __call__(self, question: Mapping[str, Amount], place: Location, period: str, /) -> Sequence[Estimated]:
        """Flows of one unit of what is asked, under the study's draws and seed."""


class LedgerSums(Protocol):
    """Who answers items with a query: sums of activities of the ledger."""

    def __call__(self, query: Query, /) -> Sequence[GroupSum]:
        """Sums of the standing activities that are meant."""


@dataclass(frozen=True)
class Input:
    """A number of the study that a sensitivity analysis may move.

    Parameters
    ----------
    name
        Under which `Model.evaluate` takes it: the parameter's name, with that of an included study before it.
    distribution
        As stated; of an expression, the distribution it comes to.
    """

    name: str
    label: str
    unit: str
    distribution: Distribution
    low: float | None
    high: float | None
    source: str
    pedigree: tuple[int, ...]
    cause: str
    is_expression: bool


@dataclass(frozen=True)
class Share:
    """A share of a whole that a system takes, to be checked against 100 %."""

    where: str
    whole: str
    term: Term


@dataclass(frozen=True)
class Part:
    """One demand of one item.

    Parameters
    ----------
    process
        Id of the process that answers it; empty where the library knows none.
    inside
        Whether its stage is within the boundary.
    amount
        Of the flow or process, for all that the system delivers.
    source, stated
        What is named of all that stands behind the item, and of its amount alone.
    """

    stage: str
    item: str
    flow: str
    unit: str
    process: str
    inside: bool
    credit: bool
    amount: Term
    source: str
    pedigree: tuple[int, ...]
    place: str
    basis: str
    cause: str
    where: str
    stated: str = ""
    demand: Demand | None = None


@dataclass(frozen=True)
class Parts:
    """A system: what it delivers and what that takes."""

    id: str
    title: str
    delivered: Term
    parts: tuple[Part, ...]
    shares: tuple[Share, ...]


@dataclass(frozen=True)
class Inventory:
    """Everything a model needs, resolved.

    Parameters
    ----------
    processes
        Those of the library and of the studies, by id.
    terms
        Columns that are computed, by cause: parameters and amounts of own exchanges.
    parameters
        Parameters by qualified name, each with its cause in `terms` and its own distribution, None for an expression.
    drawn
        What is drawn for the study's own figures, by cause: label and distribution.
    stated
        Every exchange of the studies' own processes, and where it is written.
    unsure
        Where amounts stand whose units cannot be told.
    metered
        Causes in `drawn` that are the ledger's.
    unsourced
        Impacts that the studies' own processes state, and of which no source is named.
    own
        Ids of the studies' own processes, each with the categories that it does not know, whatever it needs.
    """

    systems: tuple[Parts, ...]
    processes: Mapping[str, Process]
    terms: Mapping[str, Term]
    parameters: Mapping[str, tuple[Parameter, Distribution | None, str]]
    drawn: Mapping[str, tuple[str, Distribution]]
    method: Method
    stated: tuple[tuple[str, Exchange], ...] = ()
    unsure: tuple[str, ...] = ()
    metered: frozenset[str] = frozenset()
    unsourced: tuple[str, ...] = ()
    own: Mapping[str, frozenset[str]] = field(default_factory=dict)
