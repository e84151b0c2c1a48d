"""What is odd about records: places that the library lacks, and what no account can hold; by name, counted."""

from collections.abc import Iterable
from dataclasses import dataclass

from treadlight.assess.footprint import demand_of
from treadlight.assess.unfit import AMOUNT, UNCERTAINTY, unfit
from treadlight.core.bounds import EARLIEST, LATEST
from treadlight.ledger.records import GroupSum
from treadlight.library.library import Library

__all__ = ["AMOUNT", "REGION", "UNCERTAINTY", "YEAR", "ZONE", "Odd", "odd"]

REGION, ZONE, YEAR = "region", "zone", "year"


@dataclass(frozen=True, slots=True)
class Odd:
    """One thing that is odd about some activities.

    Parameters
    ----------
    kind
        ``zone`` or ``region``: the library lacks it; ``year``: far outside of what the library spans; ``amount`` or
        ``uncertainty``: no account can hold it.
    name
        The zone, region or year, the distribution, or the flow of the amount.
    activities
        How many they are.
    projects
        Whose they are, in order; the empty text: of no project.
    """

    kind: str
    name: str
    activities: int
    projects: tuple[str, ...]

    @property
    def missing(self) -> bool:
        """Whether they are left out of the total; else they are counted with a wide interval."""
        return self.kind in (AMOUNT, UNCERTAINTY)


def odd(groups: Iterable[GroupSum], library: Library) -> list[Odd]:
    """What is odd about sums, what is left out first, and then by how many activities it is of."""
    counts: dict[tuple[str, str], int] = {}
    projects: dict[tuple[str, str], dict[str, None]] = {}
    for group in groups:
        for key in _kinds(group, library):
            counts[key] = counts.get(key, 0) + group.count
            projects.setdefault(key, {})[group.project] = None
    found = [Odd(*key, n, tuple(sorted(projects[key]))) for key, n in counts.items()]
    return sorted(found, key=lambda o: (not o.missing, -o.activities, o.kind, o.name))


def _kinds(group: GroupSum, library: Library) -> list[tuple[str, str]]:
    lost = unfit(group)
    if lost:
        return [(lost, group.uncertainty if lost == UNCERTAINTY else group.flow)]
    if group.amount == 0:
        return []
    found = list(library.lacking(demand_of(group).location)) if group.zone or group.region else []
    year = int(group.period[:4])
    return found if EARLIEST.year <= year < LATEST.year else [*found, (YEAR, group.period[:4])]
