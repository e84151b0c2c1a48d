"""What a study asked of library, estimators and ledger, with the answers: recorded, and given again without them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from treadlight.assess.lifecycle.parts import Estimated, Estimator, LedgerSums
from treadlight.assess.lifecycle.study import Amount, Query
from treadlight.core.activity import Location
from treadlight.core.errors import InputError
from treadlight.core.method import Method
from treadlight.ledger.records import GroupSum
from treadlight.library.process import Process
from treadlight.library.system import Demand, ProcessLibrary, System

__all__ = ["Answers", "Asked", "Recalled", "Recording"]

_REMEDY = "assess the study itself, where its library and its ledger are at hand"


@dataclass
class Answers:
    """Everything that was asked, with what was answered.

    Parameters
    ----------
    version, digest
        Of the library.
    estimates, sums
        By what was asked, as JSON.
    """

    version: str
    digest: str
    processes: dict[str, Process] = field(default_factory=dict)
    answers: dict[Demand, str | None] = field(default_factory=dict)
    estimates: dict[str, list[Estimated]] = field(default_factory=dict)
    sums: dict[str, list[GroupSum]] = field(default_factory=dict)


class Asked(ProcessLibrary, Protocol):
    """Whoever answers a study: library, estimator and ledger in one."""

    def estimated(self, question: Mapping[str, Amount], place: Location, period: str, /) -> Sequence[Estimated]:
        """Flows of an estimate."""

    def summed(self, query: Query, /) -> Sequence[GroupSum]:
        """Sums of activities."""


class Recording:
    """Library, estimator and ledger that answer as those they were given do, and remember it."""

    def __init__(self, library: ProcessLibrary, estimator: Estimator, ledger: LedgerSums) -> None:
        self._library, self._estimator, self._ledger = library, estimator, ledger
        self.held = Answers(library.version, library.digest)

    @property
    def version(self) -> str:
        """Version of the library."""
        return self._library.version

    @property
    def digest(self) -> str:
        """Digest of the library."""
        return self._library.digest

    def system(self, demands: Iterable[Demand], method: Method) -> System:
        """Everything the demands need, resolved."""
        found = self._library.system(demands, method)
        self.held.processes.update(found.processes)
        self.held.answers.update(found.answers)
        return found

    def near_flows(self, flow: str) -> tuple[str, ...] | None:
        """Known flows that are spelt like one that is not known."""
        return self._library.near_flows(flow)

    def estimated(self, question: Mapping[str, Amount], place: Location, period: str) -> Sequence[Estimated]:
        """Flows of an estimate."""
        found = self._estimator(question, place, period)
        self.held.estimates[_asked(question, place, period)] = list(found)
        return found

    def summed(self, query: Query) -> Sequence[GroupSum]:
        """Sums of activities."""
        found = self._ledger(query)
        self.held.sums[_asked(query)] = list(found)
        return found


class Recalled:
    """Library, estimator and ledger that answer what was asked before, and nothing else."""

    def __init__(self, held: Answers) -> None:
        self._held = held

    @property
    def version(self) -> str:
        """Version of the library that answered."""
        return self._held.version

    @property
    def digest(self) -> str:
        """Digest of the library that answered."""
        return self._held.digest

    def system(self, demands: Iterable[Demand], method: Method) -> System:
        """Everything the demands need, as it was resolved."""
        wanted = list(demands)
        for demand in wanted:
            if demand not in self._held.answers:
                place = demand.location.zone or demand.location.region or demand.location.site or "no place"
                raise _missing("flow", f"{demand.flow} in {place}, {demand.period}")
        return System(self._held.processes, {demand: self._held.answers[demand] for demand in wanted})

    def near_flows(self, flow: str) -> tuple[str, ...] | None:
        """Nothing is held against a name: what was answered stands, what was not is refused."""
        return None

    def estimated(self, question: Mapping[str, Amount], place: Location, period: str) -> Sequence[Estimated]:
        """Flows of an estimate, as it was answered."""
        key = _asked(question, place, period)
        if key not in self._held.estimates:
            raise _missing("estimate", ", ".join(f"{name} {value}" for name, value in question.items()))
        return self._held.estimates[key]

    def summed(self, query: Query) -> Sequence[GroupSum]:
        """Sums of activities, as they were."""
        if _asked(query) not in self._held.sums:
            raise _missing("ledger", msgspec.json.encode(query).decode())
        return self._held.sums[_asked(query)]


def _asked(*what: object) -> str:
    return msgspec.json.encode(what, order="sorted").decode()


def _missing(field_: str, value: str) -> InputError:
    return InputError("is not in the archive", field=field_, value=value, remedy=_REMEDY)
