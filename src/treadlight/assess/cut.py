"""Cuts: the impacts of many groups of activities by any key, for pages that show fifty numbers at once.

Notes
-----
The groups are merged to the few distinct factors first: process, period, place and cause. With F the draws of the
impact that one unit of each factor stands for, and W the amounts of each key by factor, every number asked for is a row
of W F: one product of matrices, whatever the number of activities. The rows add up to the footprint, draw by draw.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from treadlight.assess.draws import Array, shared_draws
from treadlight.assess.footprint import Footprint, footprint
from treadlight.core.method import Method
from treadlight.ledger.records import GroupSum
from treadlight.library.system import ProcessLibrary

__all__ = ["Cut", "Groups", "Rows", "continued", "cut"]

Codes = NDArray[np.int64]
K = TypeVar("K", bound=Hashable)
TAG = "tag"
_SMALL = 5_000_000
"""Up to so many multiplications one thread is done before a second thread of BLAS has woken up."""


class Groups:
    """What rows have in common, each once: sums whose amounts do not matter.

    Parameters
    ----------
    items
        The groups, in any order.
    """

    def __init__(self, items: Sequence[GroupSum]) -> None:
        self.items = items
        self._codes: dict[str, tuple[list[Any], Codes]] = {}
        self._changed: dict[Hashable, tuple[Callable[[GroupSum], GroupSum], Groups]] = {}

    @cached_property
    def factors(self) -> tuple[list[GroupSum], Codes]:
        """What decides a group's impact per unit, its doubt and its evidence: each once, and which each group has."""
        return _numbered([_factor(group) for group in self.items])

    def codes(self, name: str) -> tuple[list[Any], Codes]:
        """Values of a field, each once, and which each group has."""
        if name not in self._codes:
            self._codes[name] = _numbered([getattr(group, name) for group in self.items])
        return self._codes[name]

    def changed(self, key: Hashable, change: Callable[[GroupSum], GroupSum]) -> "Groups":
        """The groups with something changed; kept by `key`."""
        if key not in self._changed:
            self._changed[key] = change, Groups([change(group) for group in self.items])
        return self._changed[key][1]

    def extended(self, more: Sequence[GroupSum]) -> "Groups":
        """These groups and more, without looking at these again."""
        found = Groups([*self.items, *more])
        for name, known in [*self._codes.items()]:
            found._codes[name] = continued(known, [getattr(group, name) for group in more])
        if "factors" in vars(self):
            vars(found)["factors"] = continued(self.factors, [_factor(group) for group in more])
        for key, (change, groups) in [*self._changed.items()]:
            found._changed[key] = change, groups.extended([change(group) for group in more])
        return found


def _numbered(values: Iterable[K]) -> tuple[list[K], Codes]:
    """Distinct values, and the number of each one's."""
    return continued(([], np.zeros(0, dtype=np.int64)), values)


def continued(known: tuple[list[K], Codes], values: Iterable[K]) -> tuple[list[K], Codes]:
    """Distinct values and the number of each one's, where some of both are known already."""
    numbers = {value: i for i, value in enumerate(known[0])}
    codes = np.fromiter((numbers.setdefault(value, len(numbers)) for value in values), np.int64)
    return list(numbers), np.concatenate([known[1], codes])


class Rows:
    """Sums of activities as columns: a tag (such as a month), a group, an amount and a count.

    Parameters
    ----------
    groups
        What the rows refer to.
    of
        Which group each row is of, shape (rows,).
    tags, tag_of
        Tags, and which each row has.
    amounts, counts
        Amount [unit of the flow] and number of activities of each row.
    """

    def __init__(
        self, groups: Groups, of: Codes, tags: Sequence[Hashable], tag_of: Codes, amounts: Array, counts: Codes
    ) -> None:
        self.groups, self.of, self.tags, self.tag_of = groups, of, tags, tag_of
        self.amounts, self.counts = amounts, counts

    @classmethod
    def collect(cls, pairs: Iterable[tuple[Hashable, GroupSum]]) -> "Rows":
        """Rows from tags and groups with their amounts."""
        listed = list(pairs)
        groups, of = _numbered([msgspec.structs.replace(group, amount=0.0, count=0) for _, group in listed])
        tags, tag_of = _numbered([tag for tag, _ in listed])
        amounts = np.array([group.amount for _, group in listed], dtype=np.float64)
        return cls(Groups(groups), of, tags, tag_of, amounts, np.array([g.count for _, g in listed], dtype=np.int64))

    def __len__(self) -> int:
        return len(self.of)

    def __iter__(self) -> Iterator[tuple[Hashable, GroupSum]]:
        columns = (self.of.tolist(), self.tag_of.tolist(), self.amounts.tolist(), self.counts.tolist())
        for of, tag, amount, count in zip(*columns, strict=True):
            yield self.tags[tag], msgspec.structs.replace(self.groups.items[of], amount=amount, count=count)

    def where(self, chosen: NDArray[np.bool_]) -> "Rows":
        """Some of the rows."""
        columns = (self.of[chosen], self.tags, self.tag_of[chosen], self.amounts[chosen], self.counts[chosen])
        return Rows(self.groups, *columns)

    def having(self, fields: Mapping[str, Any]) -> NDArray[np.bool_]:
        """Which rows have these values of these fields of their groups (or ``tag``)."""
        found = np.ones(len(self), dtype=bool)
        for name, value in fields.items():
            values, codes = self.codes(name)
            found &= codes == values.index(value) if value in values else False
        return found

    def changed(self, key: Hashable, change: Callable[[GroupSum], GroupSum]) -> "Rows":
        """The rows with something changed in their groups; kept by `key`."""
        groups = self.groups.changed(key, change)
        return Rows(groups, self.of, self.tags, self.tag_of, self.amounts, self.counts)

    def codes(self, name: str) -> tuple[Sequence[Any], Codes]:
        """Values of a field (or ``tag``), each once, and which each row has."""
        if name == TAG:
            return self.tags, self.tag_of
        values, codes = self.groups.codes(name)
        return values, codes[self.of]

    def merged(self) -> list[GroupSum]:
        """The distinct factors with their amounts: what the footprint of all rows is computed from."""
        if not len(self):
            return []
        factors, factor_of = self.groups.factors
        of = factor_of[self.of]
        amounts = np.bincount(of, self.amounts, len(factors)).tolist()
        counts = np.bincount(of, self.counts, len(factors)).tolist()
        there = np.unique(of).tolist()
        return [msgspec.structs.replace(factors[i], amount=amounts[i], count=int(counts[i])) for i in there]

    def sums(self, *names: str, of: Array | Codes | None = None) -> dict[Any, float]:
        """Amounts (or what `of` gives for each row) by fields together; by one field its values, else tuples."""
        keys, codes = self.keys(names)
        weights = self.amounts if of is None else of
        return dict(zip(keys, np.bincount(codes, weights, len(keys)).tolist(), strict=True)) if len(self) else {}

    def keys(self, names: Sequence[str]) -> tuple[list[Any], Codes]:
        """Values of fields together that occur, each once, and which each row has."""
        columns = [self.codes(name) for name in names]
        whole = np.zeros(len(self), dtype=np.int64)
        for values, codes in columns:
            whole = whole * max(len(values), 1) + codes
        _, first, number = np.unique(whole, return_index=True, return_inverse=True)
        named = [[values[code] for code in codes[first].tolist()] for values, codes in columns]
        return named[0] if len(names) == 1 else list(zip(*named, strict=True)), number.reshape(-1)


class Cut:
    """Groups of activities, their footprint, and what connects them; made by `cut`.

    Attributes
    ----------
    rows
        What was cut.
    footprint
        Of all rows together.
    """

    def __init__(self, rows: Rows, result: Footprint) -> None:
        self.rows = rows
        self.footprint = result
        factors, factor_of = rows.groups.factors
        line_of = {_factor(line.group): i for i, line in enumerate(result.lines)}
        lines = np.array([line_of.get(factor, -1) for factor in factors], dtype=np.int64)
        self._line = lines[factor_of[rows.of]] if len(rows) else np.zeros(0, dtype=np.int64)
        self._factors: dict[str, Array] = {}
        self._cuts: dict[tuple[Any, ...], dict[Any, Array]] = {}

    def factors(self, category: str) -> Array:
        """Draws of the impact of one stated unit of each factor, shape (factors, n)."""
        if category not in self._factors:
            row = self.footprint.categories.index(category)
            processes, of = _numbered([line.process for line in self.footprint.lines])
            units = [self.footprint.unit.samples(process)[row] for process in processes]
            self._factors[category] = self._true_per_stated * np.array(units)[of] if units else self._true_per_stated
        return self._factors[category]

    @cached_property
    def _true_per_stated(self) -> Array:
        """Draws of the true amount of each factor for one that is stated, shape (factors, n)."""
        found = np.empty((len(self.footprint.lines), self.footprint.draws.n))
        for i, line in enumerate(self.footprint.lines):
            if line.group.amount:
                np.divide(line.amount, line.group.amount, out=found[i])
            else:
                found[i] = line.uncertainty.median
        return found

    def by(self, category: str, key: Callable[[Hashable, GroupSum], K | None]) -> dict[K, Array]:
        """Draws of a category by a key of tag and group, each of shape (n,); rows whose key is None are left out."""
        rows, numbers, codes = self.rows, dict[K, int](), np.full(len(self.rows), -1, dtype=np.int64)
        pairs = zip(rows.of.tolist(), rows.tag_of.tolist(), self._line.tolist(), strict=True)
        for i, (of, tag, line) in enumerate(pairs):
            name = key(rows.tags[tag], rows.groups.items[of]) if line >= 0 else None
            if name is not None:
                codes[i] = numbers.setdefault(name, len(numbers))
        return self._summed(self.factors(category), list(numbers), codes)

    def along(self, category: str, *names: str, **only: Any) -> dict[Any, Array]:
        """Draws of a category by fields of the groups together (or ``tag``), each of shape (n,).

        By one field its values are the keys, else tuples of them. The same as `by`, but without looking at each row.
        `only`: of rows with these values of other fields.
        """
        asked = category, names, tuple(only.items())
        if asked not in self._cuts:
            self._cuts[asked] = self._summed(self.factors(category), *self._keys(names, only))
        return self._cuts[asked]

    def amounts(self, flow: str, *names: str) -> dict[Any, Array]:
        """Draws of the true amount of a flow by fields of the groups together, each of shape (n,)."""
        of_flow = np.array([line.group.flow == flow for line in self.footprint.lines], dtype=bool)
        return self._summed(np.where(of_flow[:, None], self._true_per_stated, 0.0), *self._keys(names, {}))

    def _keys(self, names: Sequence[str], only: Mapping[str, Any]) -> tuple[list[Any], Codes]:
        """Keys of the rows that a process answers and that have what is asked for, and which each row has, -1: none."""
        chosen = (self._line >= 0) & self.rows.having(only)
        keys, codes = self.rows.where(chosen).keys(names)
        whole = np.full(len(self.rows), -1, dtype=np.int64)
        whole[chosen] = codes
        return keys, whole

    def _summed(self, factors: Array, keys: Sequence[K], codes: Codes) -> dict[K, Array]:
        """Draws by key, with what one stated unit of each factor stands for; `codes`: which key each row has, or -1."""
        if not keys:
            return {}
        there, width = codes >= 0, len(self.footprint.lines)
        cells = codes[there] * width + self._line[there]
        amounts = np.bincount(cells, self.rows.amounts[there], len(keys) * width).reshape(len(keys), width)
        if amounts.size * factors.shape[1] > _SMALL:
            totals = amounts @ factors
        else:
            totals = np.einsum("kf,fn->kn", amounts, factors)
        return dict(zip(keys, totals, strict=True))

    def unanswered(self) -> list[GroupSum]:
        """Groups that no process answers: unknown in every category."""
        return [group for why, group in self._lost if not why]

    def unfit(self) -> list[tuple[str, GroupSum]]:
        """Groups that no account can hold, unknown in every category, each with the field that it cannot."""
        return [(why, group) for why, group in self._lost if why]

    @cached_property
    def _lost(self) -> list[tuple[str, GroupSum]]:
        why = {_factor(lost.group): lost.why for lost in self.footprint.unanswered}
        return [(why.get(_factor(group), ""), group) for _, group in self.rows.where(self._line < 0)]


def cut(
    rows: Rows | Iterable[tuple[Hashable, GroupSum]],
    library: ProcessLibrary,
    method: Method | None,
    *,
    categories: Sequence[str],
    draws: int,
    seed: int,
    missing: int = 0,
) -> Cut:
    """Groups with their tags, ready to be cut along any key; parameters as those of `footprint`."""
    table = rows if isinstance(rows, Rows) else Rows.collect(rows)
    result = footprint(
        table.merged(), library, method, categories=categories, draws=draws, seed=seed, missing=missing,
        columns=shared_draws(draws, seed),
    )  # fmt: skip
    return Cut(table, result)


def _factor(group: GroupSum) -> GroupSum:
    """What decides a group's impact per unit, its doubt and its evidence."""
    return msgspec.structs.replace(group, stage="", project="", team="", run="", amount=0.0, count=0)
