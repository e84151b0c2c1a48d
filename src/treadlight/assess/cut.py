"""Cuts: the impacts of many groups of activities by any key, for pages that show fifty numbers at once.

Notes
-----
The groups are merged to the few distinct factors first: process, period, place and cause. With F the draws of the
impact that one unit of each factor stands for, and W the amounts of each key by factor, every number asked for is a row
of W F: one product of matrices, whatever the number of activities. The rows add up to the footprint, draw by draw.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

import msgspec
import numpy as np

from treadlight.assess.draws import Array
from treadlight.assess.footprint import Footprint, Line, footprint
from treadlight.core.method import Method
from treadlight.ledger.records import GroupSum
from treadlight.library.system import ProcessLibrary

__all__ = ["Cut", "cut"]

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Cut:
    """Groups of activities, their footprint, and what connects them; made by `cut`.

    Attributes
    ----------
    rows
        What was cut: a tag (such as a month) and a group.
    footprint
        Of all rows together.
    """

    def __init__(self, rows: Sequence[tuple[Hashable, GroupSum]], result: Footprint) -> None:
        self.rows = tuple(rows)
        self.footprint = result
        self._index = {line.group: i for i, line in enumerate(result.lines)}
        merged = {_factor(line.group): i for i, line in enumerate(result.lines)}
        self._of_row = [merged.get(_factor(group), -1) for _, group in self.rows]
        self._factors: dict[str, Array] = {}

    def factors(self, category: str) -> Array:
        """Draws of the impact of one stated unit of each factor, shape (factors, n)."""
        if category not in self._factors:
            row = self.footprint.categories.index(category)
            lines = self.footprint.lines
            found = np.empty((len(lines), self.footprint.draws.n))
            for i, line in enumerate(lines):
                found[i] = _true_per_stated(line) * self.footprint.unit.samples(line.process)[row]
            self._factors[category] = found
        return self._factors[category]

    def by(
        self,
        category: str,
        key: Callable[[Hashable, GroupSum], K | None],
    ) -> dict[K, Array]:
        """Draws of a category by a key of tag and group, each of shape (n,); rows whose key is None are left out."""
        weights: dict[K, Array] = {}
        for (tag, group), factor in zip(self.rows, self._of_row, strict=True):
            name = key(tag, group)
            if name is None or factor < 0:
                continue
            if name not in weights:
                weights[name] = np.zeros(len(self.footprint.lines))
            weights[name][factor] += group.amount
        if not weights:
            return {}
        amounts = np.stack(list(weights.values()))
        # einsum, not @: matrices this small are multiplied before a second thread of BLAS has woken up
        totals = np.einsum("kf,fn->kn", amounts, self.factors(category))
        return dict(zip(weights, totals, strict=True))

    def unanswered(self) -> list[GroupSum]:
        """Groups that no process answers: unknown in every category."""
        return [group for (_, group), factor in zip(self.rows, self._of_row, strict=True) if factor < 0]


def cut(
    rows: Iterable[tuple[Hashable, GroupSum]],
    library: ProcessLibrary,
    method: Method | None,
    *,
    categories: Sequence[str],
    draws: int,
    seed: int,
    missing: int = 0,
) -> Cut:
    """Groups with their tags, ready to be cut along any key; parameters as those of `footprint`."""
    listed = list(rows)
    merged: dict[GroupSum, list[float]] = {}
    for _, group in listed:
        held = merged.setdefault(_factor(group), [0.0, 0])
        held[0] += group.amount
        held[1] += group.count
    groups = [msgspec.structs.replace(g, amount=a, count=int(n)) for g, (a, n) in merged.items()]
    result = footprint(groups, library, method, categories=categories, draws=draws, seed=seed, missing=missing)
    return Cut(listed, result)


def _factor(group: GroupSum) -> GroupSum:
    """What decides a group's impact per unit, its doubt and its evidence."""
    return msgspec.structs.replace(group, stage="", project="", team="", run="", amount=0.0, count=0)


def _true_per_stated(line: Line) -> Array | float:
    return line.amount / line.group.amount if line.group.amount else line.uncertainty.median
