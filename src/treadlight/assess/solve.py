"""Impacts of a system of processes: substitution along its order, and linear solves where processes need each other.

Notes
-----
With direct impacts B (categories × processes) and inputs A (processes × processes, per unit of the column's process)
the impacts of one unit of each process are

    U = B + U A      that is      U = B (I - A)^-1

solved from the suppliers upwards. The impacts of one demand f need no U: from the users downwards

    s = (I - A)^-1 f      and      g = B s

costs one column for each process instead of one for each process and category. Processes that need each other (a
strongly connected component) are solved together by dense LU for every draw, or by sparse LU where there are more than
`DENSE_LIMIT` of them.

References
----------
Heijungs, Suh: The Computational Structure of Life Cycle Assessment, Springer 2002. Tarjan: Depth-First
Search and Linear Graph Algorithms, SIAM J. Comput. 1(2), 1972.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from treadlight.assess.draws import Array, Draws
from treadlight.core.category import CATEGORIES
from treadlight.core.distribution import Distribution, Point
from treadlight.core.errors import GraphError, MissingExtraError
from treadlight.library.process import Process

__all__ = ["DENSE_LIMIT", "UnitImpacts", "called_forth", "components", "impacts", "impacts_by_process", "unit_impacts"]

_BLOCK = 1 << 20  # numbers in a block: 8 MB
_IMPACTS = frozenset(CATEGORIES)
_NOTHING: frozenset[str] = frozenset()

DENSE_LIMIT = 300
"""Largest group of mutually dependent processes that is solved densely."""


@dataclass(frozen=True)
class UnitImpacts:
    """Impacts per unit of each process, computed when first asked for.

    Parameters
    ----------
    processes
        The processes by id.
    categories
        Impact categories, in the order of the arrays' first axis.
    order
        Groups of process ids, suppliers first; more than one id in a group means a loop.
    loops
        The groups whose processes need each other, or themselves.
    unknown
        Process id to the categories of which something in its supply is unknown.
    reached
        Process id to the categories to which something in its supply contributes.
    draws
        The draws that are used.
    """

    processes: Mapping[str, Process]
    categories: tuple[str, ...]
    order: tuple[tuple[str, ...], ...]
    loops: frozenset[tuple[str, ...]]
    unknown: Mapping[str, frozenset[str]]
    reached: Mapping[str, frozenset[str]]
    draws: Draws

    @cached_property
    def worlds(self) -> Mapping[str, Array]:
        """Process id to impacts in every draw, and last with every input at its median; shape (categories, n + 1).

        Raises
        ------
        GraphError
            If a loop of processes consumes at least as much as it makes.
        """
        rows = {name: i for i, name in enumerate(self.categories)}
        space = _space(len(rows), self.draws.n + 1)
        worlds: dict[str, Array] = {}
        for group in self.order:
            if group in self.loops:
                worlds |= _solve_loop([self.processes[name] for name in group], rows, self.draws, worlds)
            else:
                worlds[group[0]] = _substitute(self.processes[group[0]], rows, self.draws, worlds, space)
        return worlds

    def samples(self, process: str) -> Array:
        """Draws of the impacts per unit of a process, shape (categories, n)."""
        return self.worlds[process][:, : self.draws.n]

    def central(self, process: str) -> Array:
        """Impacts per unit of a process with every input at its median, shape (categories,)."""
        return self.worlds[process][:, self.draws.n]


def components(processes: Mapping[str, Process]) -> tuple[tuple[str, ...], ...]:
    """Groups of mutually dependent processes, suppliers before those they supply.

    Raises
    ------
    GraphError
        If an input is missing.
    """
    return _as_given(processes) or _tarjan(processes)


def _as_given(processes: Mapping[str, Process]) -> tuple[tuple[str, ...], ...] | None:
    """The order in which they are given, one by one, if that puts suppliers first already: the library's own does."""
    seen: set[str] = set()
    for name, process in processes.items():
        for exchange in process.exchanges:
            if exchange.target not in seen and exchange.target not in CATEGORIES:
                return None
        seen.add(name)
    return tuple((name,) for name in processes)


def _tarjan(processes: Mapping[str, Process]) -> tuple[tuple[str, ...], ...]:
    """The groups by Tarjan's search, without recursion."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    waiting: set[str] = set()
    groups: list[tuple[str, ...]] = []
    for root in processes:
        if root in index:
            continue
        work = [(root, iter(_suppliers(processes, root)))]
        index[root] = low[root] = len(index)
        stack.append(root)
        waiting.add(root)
        while work:
            here, suppliers = work[-1]
            child = next(suppliers, None)
            if child is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[here])
                if low[here] == index[here]:
                    cut = stack.index(here)
                    groups.append(tuple(stack[cut:]))
                    waiting.difference_update(stack[cut:])
                    del stack[cut:]
            elif child not in index:
                index[child] = low[child] = len(index)
                stack.append(child)
                waiting.add(child)
                work.append((child, iter(_suppliers(processes, child))))
            elif child in waiting:
                low[here] = min(low[here], index[child])
    return tuple(groups)


def _suppliers(processes: Mapping[str, Process], name: str) -> list[str]:
    wanted = [e.target for e in processes[name].exchanges if not e.is_impact]
    for target in wanted:
        if target not in processes:
            raise GraphError("needs a process the system lacks", field=name, value=target, remedy="add the process")
    return wanted


def unit_impacts(processes: Mapping[str, Process], categories: Sequence[str], draws: Draws) -> UnitImpacts:
    """The system, put in order: its impacts per unit can be asked for.

    Raises
    ------
    GraphError
        If an input is missing.
    """
    order = components(processes)
    hidden = _IMPACTS.difference(categories)
    loops: set[tuple[str, ...]] = set()
    unknown: dict[str, frozenset[str]] = {}
    reached: dict[str, frozenset[str]] = {}
    for group in order:
        targets = {exchange.target for name in group for exchange in processes[name].exchanges}
        suppliers = targets - _IMPACTS
        found = targets - suppliers
        lost = _NOTHING.union(*[processes[name].unknown for name in group])
        for supplier in suppliers:
            if supplier in reached:
                found |= reached[supplier]
                lost |= unknown[supplier]
            else:  # not before the group: in it
                loops.add(group)
        marks = lost - hidden, frozenset(found - hidden)
        for name in group:
            unknown[name], reached[name] = marks
    return UnitImpacts(processes, tuple(categories), order, frozenset(loops), unknown, reached, draws)


def _is(amount: Distribution, value: float) -> bool:
    return type(amount) is Point and amount.value == value


def _space(rows: int, columns: int) -> Iterator[Array]:
    """Empty arrays (rows, columns), cut from blocks so large that the system hands them out in huge pages."""
    while True:
        yield from np.empty((max(1, _BLOCK // (rows * columns)), rows, columns))


def _substitute(
    process: Process, rows: Mapping[str, int], draws: Draws, worlds: Mapping[str, Array], space: Iterator[Array]
) -> Array:
    inputs = [(draws.worlds(e.amount, e.cause), worlds[e.target]) for e in process.exchanges if not e.is_impact]
    if len(inputs) == len(process.exchanges) == 1 and _is(process.exchanges[0].amount, 1.0):
        return inputs[0][1]  # one for one of its only input
    impacts = next(space)
    if inputs:
        np.multiply(*inputs[0], out=impacts)
    else:
        impacts.fill(0.0)
    for amount, supplied in inputs[1:]:
        impacts += amount * supplied
    for exchange in process.exchanges:
        if exchange.target in rows:
            impacts[rows[exchange.target]] += draws.worlds(exchange.amount, exchange.cause)
    return impacts


def _solve_loop(
    group: Sequence[Process], rows: Mapping[str, int], draws: Draws, worlds: Mapping[str, Array]
) -> dict[str, Array]:
    """Solve (I - A) X = B for the processes of a loop; shapes: A (n + 1, k, k), B and X (n + 1, k, categories)."""
    at = {process.id: i for i, process in enumerate(group)}
    shape = (draws.n + 1, len(group))
    inputs, direct = np.zeros((*shape, len(group))), np.zeros((*shape, len(rows)))
    for i, process in enumerate(group):
        for exchange in process.exchanges:
            amount = draws.worlds(exchange.amount, exchange.cause)
            if exchange.target in at:
                inputs[:, i, at[exchange.target]] += amount
            elif not exchange.is_impact:
                direct[:, i, :] += (amount * worlds[exchange.target]).T
            elif exchange.target in rows:
                direct[:, i, rows[exchange.target]] += amount
    solution = _solve(inputs, direct, ", ".join(at))
    return {name: np.ascontiguousarray(solution[:, i, :].T) for name, i in at.items()}


def _solve(inputs: Array, direct: Array, names: str) -> Array:
    """(I - A)^-1 B for each draw, refusing loops that do not pay for themselves."""
    k = inputs.shape[1]
    solved: Array = np.full_like(direct, np.nan)
    with contextlib.suppress(np.linalg.LinAlgError, RuntimeError):  # singular: stays not a number
        if k <= DENSE_LIMIT:
            solved = np.asarray(np.linalg.solve(np.eye(k) - inputs, direct), dtype=np.float64)
        else:
            solved = _sparse_solve(inputs, direct)
    may_grow = k <= DENSE_LIMIT and np.abs(inputs).sum(axis=2).max() >= 1
    if not np.isfinite(solved).all() or (may_grow and _radius(inputs) >= 1):
        raise GraphError(
            "the loop consumes at least as much as it makes", field=names, remedy="check the amounts in the loop"
        )
    return solved


def _radius(inputs: Array) -> float:
    """Largest spectral radius over the draws."""
    return float(np.abs(np.linalg.eigvals(inputs)).max())


def _sparse_solve(inputs: Array, direct: Array) -> Array:
    try:
        from scipy.sparse import csc_matrix, identity
        from scipy.sparse.linalg import splu
    except ImportError:
        raise MissingExtraError("scipy", "solve", f"a loop of {inputs.shape[1]} processes") from None
    eye = identity(inputs.shape[1], format="csc")
    return np.stack([splu(eye - csc_matrix(a)).solve(b) for a, b in zip(inputs, direct, strict=True)])


def called_forth(unit: UnitImpacts, demand: Mapping[str, Array]) -> Iterator[tuple[Process, Array]]:
    """Each process that a demand calls forth, users first, and how much of it.

    Parameters
    ----------
    demand
        Process id to the amount demanded of it, shape (n + 1,): the draws, and last the median's.

    Raises
    ------
    GraphError
        If a loop of processes consumes at least as much as it makes.
    """
    draws = unit.draws
    scale = dict(demand)
    for group in reversed(unit.order):
        looped = group in unit.loops
        if looped and any(name in scale for name in group):
            _scale_loop(group, unit, scale)
        for name in group:
            amount = scale.pop(name, None)
            if amount is None:
                continue
            process = unit.processes[name]
            for exchange in process.exchanges:
                target = exchange.target
                if target in CATEGORIES or (looped and target in group):
                    continue
                share = amount if _is(exchange.amount, 1.0) else amount * draws.worlds(exchange.amount, exchange.cause)
                scale[target] = scale[target] + share if target in scale else share
            yield process, amount


def impacts(unit: UnitImpacts, demand: Mapping[str, Array]) -> Array:
    """Impacts of a demand in every draw, and last with every input at its median; shape (categories, n + 1).

    Parameters
    ----------
    demand
        Process id to the amount demanded of it, shape (n + 1,): the draws, and last the median's.

    Raises
    ------
    GraphError
        If a loop of processes consumes at least as much as it makes.
    """
    draws = unit.draws
    total = np.zeros((len(unit.categories), draws.n + 1))
    rows = dict(zip(unit.categories, total, strict=True))
    part = np.empty(draws.n + 1)
    for process, amount in called_forth(unit, demand):
        for exchange in process.exchanges:
            row = rows.get(exchange.target)
            if row is None:
                continue
            if _is(exchange.amount, 1.0):
                row += amount
            else:
                np.multiply(amount, draws.worlds(exchange.amount, exchange.cause), out=part)
                row += part
    return total


def impacts_by_process(unit: UnitImpacts, demand: Mapping[str, Array]) -> dict[str, Array]:
    """Draws of the impacts of a demand by the process in which they arise, shape (categories, n)."""
    draws = unit.draws
    rows = {name: i for i, name in enumerate(unit.categories)}
    parts: dict[str, Array] = {}
    for process, amount in called_forth(unit, demand):
        found = np.zeros((len(rows), draws.n))
        for exchange in process.exchanges:
            if exchange.target in rows:
                found[rows[exchange.target]] += amount[:-1] * draws.column(exchange.amount, exchange.cause)
        if found.any():
            parts[process.id] = found
    return parts


def _scale_loop(group: Sequence[str], unit: UnitImpacts, scale: dict[str, Array]) -> None:
    """Scaling within a loop: s (I - A) = demand, in every world."""
    at = {name: i for i, name in enumerate(group)}
    worlds = unit.draws.n + 1
    inputs = np.zeros((worlds, len(group), len(group)))
    for name, i in at.items():
        for exchange in unit.processes[name].exchanges:
            if exchange.target in at:
                inputs[:, at[exchange.target], i] += unit.draws.worlds(exchange.amount, exchange.cause)
    demand = np.stack([scale.get(name, np.zeros(worlds)) for name in group], axis=1)[:, :, None]
    solved = _solve(inputs, demand, ", ".join(group))[:, :, 0]
    for name, i in at.items():
        scale[name] = np.ascontiguousarray(solved[:, i])
