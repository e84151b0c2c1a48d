"""The whole ledger's sums as columns, so that every filter of every page is a mask over them and no question to SQL."""

from collections.abc import Hashable, Iterable, Sequence
from copy import copy
from datetime import UTC, datetime
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from treadlight.assess.cut import Codes, Groups, Rows, continued
from treadlight.assess.draws import Array
from treadlight.ledger.months import month_of_text
from treadlight.ledger.query import Filter

__all__ = ["Sum", "Table"]

Sum = tuple[int, str, str, float, int]
"""Profile, month, run, amount and count."""

_OF_GROUP = ("project", "team", "stage", "component", "flow")


class Table:
    """Sums of all standing activities by profile, month and run.

    Parameters
    ----------
    sums
        Profile, month, run, amount and count, as `Ledger.counts` gives them.
    groups
        What the profiles' activities have in common.
    places
        At which place among the groups each profile stands.
    """

    def __init__(self, sums: Iterable[Sum], groups: Groups, places: dict[int, int]) -> None:
        nothing = np.zeros(0, dtype=np.int64)
        self._groups = groups
        self._of, self._month, self._run, self._counts, self._month_of = [nothing] * 5
        self._amounts: Array = np.zeros(0)
        self._months: list[str] = []
        self.runs: list[str] = []
        self._take(sums, places)

    def extended(self, sums: Iterable[Sum], groups: Groups, places: dict[int, int]) -> "Table":
        """This table and more sums; `groups` begin with those of this table."""
        found = copy(self)
        for name in ("states", "nothing"):
            vars(found).pop(name, None)
        found._groups = groups
        found._take(sums, places)
        return found

    def _take(self, sums: Iterable[Sum], places: dict[int, int]) -> None:
        columns = list(zip(*sums, strict=True)) or [()] * 5
        of = np.fromiter((places[number] for number in columns[0]), np.int64)
        self._of = np.concatenate([self._of, of])
        self._months, self._month = continued((self._months, self._month), columns[1])
        self._month_of = np.array([_month_number(text) for text in self._months], dtype=np.int64)
        self.runs, self._run = continued((self.runs, self._run), columns[2])
        self._amounts = np.concatenate([self._amounts, np.array(columns[3], dtype=np.float64)])
        self._counts = np.concatenate([self._counts, np.array(columns[4], dtype=np.int64)])
        self._run_number = {run: i for i, run in enumerate(self.runs)}

    def __len__(self) -> int:
        return len(self._of)

    def months(self, f: Filter) -> Rows:
        """The sums chosen, tagged with the beginning of their month."""
        moments: list[Hashable] = [month_of_text(text) for text in self._months]
        return self._rows(moments, self._month).where(self._chosen(f))

    def by_run(self, f: Filter) -> Rows:
        """The sums chosen, tagged with the id of their run."""
        return self._rows(self.runs, self._run).where(self._chosen(f))

    def of_runs(self, f: Filter, tags: dict[str, Hashable]) -> Rows:
        """The sums chosen of these runs, each run's tagged as `tags` says."""
        names = list(dict.fromkeys(tags.values()))
        number = {name: i for i, name in enumerate(names)}
        codes = np.fromiter((number[tags[run]] if run in tags else -1 for run in self.runs), np.int64)
        tag_of = codes[self._run] if len(self.runs) else self._run
        return self._rows(names, tag_of).where(self._chosen(f) & (tag_of >= 0))

    def extent(self, f: Filter) -> tuple[datetime, datetime] | None:
        """Beginnings of the first and the last month with an activity; None where there is none."""
        there = self._month[self._chosen(f)]
        texts = [self._months[i] for i in np.unique(there).tolist()]
        return (month_of_text(min(texts)), month_of_text(max(texts))) if texts else None

    def runs_with(self, f: Filter) -> set[str]:
        """Runs that have an activity that is chosen."""
        return {self.runs[i] for i in np.unique(self._run[self._chosen(f)]).tolist()}

    @cached_property
    def nothing(self) -> frozenset[str]:
        """Runs whose activities come to nothing."""
        if not self.runs:
            return frozenset()
        amounts = np.bincount(self._run, np.abs(self._amounts), len(self.runs)).tolist()
        return frozenset(run for run, amount in zip(self.runs, amounts, strict=True) if amount == 0)

    @cached_property
    def states(self) -> dict[str, int]:
        """What tells whether the activities of a run changed, by run."""
        if not len(self._of):
            return {}
        order = np.argsort(self._run, kind="stable")
        first = np.searchsorted(self._run[order], np.arange(len(self.runs) + 1)).tolist()
        columns = [c[order] for c in (self._of, self._amounts, self._counts, self._month_of[self._month])]
        return {
            run: hash(tuple(c[first[i] : first[i + 1]].tobytes() for c in columns)) for i, run in enumerate(self.runs)
        }

    def _rows(self, tags: Sequence[Hashable], tag_of: Codes) -> Rows:
        return Rows(self._groups, self._of, tags, tag_of, self._amounts, self._counts)

    def _chosen(self, f: Filter) -> NDArray[np.bool_]:
        """Which sums a filter chooses, its times being whole months, whatever the state and name of runs."""
        groups = np.ones(len(self._groups.items), dtype=bool)
        for name in _OF_GROUP:
            value = getattr(f, name)
            if value is not None:
                groups &= self._has(name, {value})
        if f.projects is not None:
            groups &= self._has("project", f.projects)
        found = groups[self._of]
        month = self._month_of[self._month] if len(self._of) else self._month
        if f.since is not None:
            found &= month >= _number_of(f.since)
        if f.until is not None:
            found &= month < _number_of(f.until)
        wanted = ({f.run} if f.run is not None else None, f.runs)
        for runs in wanted:
            if runs is not None:
                found &= np.isin(self._run, [self._run_number[run] for run in runs if run in self._run_number])
        return found

    def _has(self, name: str, wanted: Iterable[str]) -> NDArray[np.bool_]:
        values, codes = self._groups.codes(name)
        kept = set(wanted)
        there: NDArray[np.bool_] = np.array([value in kept for value in values], dtype=bool)
        return there[codes] if len(codes) else there


def _month_number(text: str) -> int:
    return int(text[:4]) * 12 + int(text[5:7]) - 1


def _number_of(moment: datetime) -> int:
    utc = moment.astimezone(UTC)
    return utc.year * 12 + utc.month - 1
