"""Impacts per unit of each process of a system: back-substitution, and linear solves where processes need each other.

Notes
-----
With direct impacts B (categories × processes) and inputs A (processes × processes, per unit of the column's process)
the impacts of one unit of each process are

    U = B + U A      that is      U = B (I - A)^-1

solved from the suppliers upwards. Processes that need each other (a strongly connected component) are solved together
by dense LU for every draw, or by sparse LU where there are more than `DENSE_LIMIT` of them.

References
----------
Heijungs, Suh: The Computational Structure of Life Cycle Assessment, Springer 2002. Tarjan: Depth-First
Search and Linear Graph Algorithms, SIAM J. Comput. 1(2), 1972.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from treadlight.assess.draws import Array, Draws
from treadlight.core.distribution import Point
from treadlight.core.errors import GraphError, MissingExtraError
from treadlight.core.process import Exchange, Process

__all__ = ["DENSE_LIMIT", "UnitImpacts", "components", "supplies", "unit_impacts"]

_ONE = Point(1.0)
_BLOCK = 1 << 20  # numbers in a block: 8 MB

DENSE_LIMIT = 300
"""Largest group of mutually dependent processes that is solved densely."""


@dataclass(frozen=True, slots=True)
class UnitImpacts:
    """Impacts per unit of each process.

    Parameters
    ----------
    processes
        The processes by id.
    categories
        Impact categories, in the order of the arrays' first axis.
    order
        Groups of process ids, suppliers first; more than one id in a group means a loop.
    worlds
        Process id to impacts in every draw, and last with every input at its median; shape (categories, n + 1).
    known
        Process id to whether each category is known throughout its supply, shape (categories,).
    draws
        The draws that were used.
    """

    processes: Mapping[str, Process]
    categories: tuple[str, ...]
    order: tuple[tuple[str, ...], ...]
    worlds: Mapping[str, Array]
    known: Mapping[str, NDArray[np.bool_]]
    draws: Draws

    def samples(self, process: str) -> Array:
        """Draws of the impacts per unit of a process, shape (categories, n)."""
        return self.worlds[process][:, : self.draws.n]

    def central(self, process: str) -> Array:
        """Impacts per unit of a process with every input at its median, shape (categories,)."""
        return self.worlds[process][:, self.draws.n]


def components(processes: Mapping[str, Process]) -> tuple[tuple[str, ...], ...]:
    """Groups of mutually dependent processes, suppliers before those they supply (Tarjan, without recursion)."""
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


def _looped(group: Sequence[str], processes: Mapping[str, Process]) -> bool:
    """Whether the processes of a group need each other, or the only one needs itself."""
    return len(group) > 1 or any(exchange.target == group[0] for exchange in processes[group[0]].exchanges)


def unit_impacts(processes: Mapping[str, Process], categories: Sequence[str], draws: Draws) -> UnitImpacts:
    """Impacts of one unit of every process, as draws and with medians.

    Raises
    ------
    GraphError
        If an input is missing, or a loop of processes consumes at least as much as it makes.
    """
    rows = {name: i for i, name in enumerate(categories)}
    order = components(processes)
    space = _space(len(rows), draws.n + 1)
    worlds: dict[str, Array] = {}
    known: dict[str, NDArray[np.bool_]] = {}
    for group in order:
        if not _looped(group, processes):
            worlds[group[0]] = _substitute(processes[group[0]], rows, draws, worlds, space)
        else:
            worlds |= _solve_loop([processes[name] for name in group], rows, draws, worlds)
        _mark_known(group, processes, rows, known)
    return UnitImpacts(processes, tuple(categories), order, worlds, known, draws)


def _space(rows: int, columns: int) -> Iterator[Array]:
    """Empty arrays (rows, columns), cut from blocks so large that the system hands them out in huge pages."""
    while True:
        yield from np.empty((max(1, _BLOCK // (rows * columns)), rows, columns))


def _substitute(
    process: Process, rows: Mapping[str, int], draws: Draws, worlds: Mapping[str, Array], space: Iterator[Array]
) -> Array:
    inputs = [(draws.worlds(e.amount, e.cause), worlds[e.target]) for e in process.exchanges if not e.is_impact]
    if len(inputs) == len(process.exchanges) == 1 and process.exchanges[0].amount == _ONE:
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


def _mark_known(
    group: Sequence[str], processes: Mapping[str, Process], rows: Mapping[str, int], known: dict[str, NDArray[np.bool_]]
) -> None:
    mark = np.ones(len(rows), dtype=bool)
    for name in group:
        for category in processes[name].unknown:
            if category in rows:
                mark[rows[category]] = False
        for exchange in processes[name].exchanges:
            if exchange.target in known:
                mark &= known[exchange.target]
    for name in group:
        known[name] = mark


def supplies(unit: UnitImpacts, demand: Mapping[str, Array | float]) -> dict[str, Array]:
    """How much of each process a demand calls forth, draws of shape (n,): the forward pass of the same system.

    Parameters
    ----------
    demand
        Process id to the amount demanded of it, draws of shape (n,) or a number.
    """
    draws = unit.draws
    scale = {name: np.zeros(draws.n) for name in unit.processes}
    for name, amount in demand.items():
        scale[name] = scale[name] + amount
    for group in reversed(unit.order):
        if _looped(group, unit.processes):
            _scale_loop(group, unit, scale)
        for name in group:
            for exchange in unit.processes[name].exchanges:
                if not exchange.is_impact and exchange.target not in group:
                    scale[exchange.target] = scale[exchange.target] + scale[name] * _amount(exchange, draws)
    return scale


def _scale_loop(group: Sequence[str], unit: UnitImpacts, scale: dict[str, Array]) -> None:
    """Scaling within a loop: s (I - A) = demand, for every draw."""
    at = {name: i for i, name in enumerate(group)}
    inputs = np.zeros((unit.draws.n, len(group), len(group)))
    for name, i in at.items():
        for exchange in unit.processes[name].exchanges:
            if exchange.target in at:
                inputs[:, at[exchange.target], i] += _amount(exchange, unit.draws)
    demand = np.stack([scale[name] for name in group], axis=1)[:, :, None]
    solved = _solve(inputs, demand, ", ".join(group))[:, :, 0]
    for name, i in at.items():
        scale[name] = np.ascontiguousarray(solved[:, i])


def _amount(exchange: Exchange, draws: Draws) -> Array | float:
    return draws.column(exchange.amount, exchange.cause)
