"""An assessed study as one graph of unit processes, one of them for each system: what every exchange form writes."""

from collections.abc import Iterator
from dataclasses import dataclass

from treadlight.assess.draws import Array
from treadlight.assess.lifecycle.result import StudyResult, SystemResult
from treadlight.core.distribution import Distribution, Point
from treadlight.library.process import Exchange, Process, Source

__all__ = ["Edge", "Graph", "Node", "graph_of"]


@dataclass(frozen=True)
class Edge:
    """What one unit of a process needs, or causes.

    Parameters
    ----------
    target
        Id of a process or of an impact category.
    worlds
        Its draws and, last, the value with every input at its median, shape (n + 1,); a number where it is exact.
    stated
        Its distribution as stated; None where it is computed from other figures.
    """

    target: str
    worlds: Array | float
    stated: Distribution | None
    label: str
    source: Source | None

    @property
    def central(self) -> float:
        """The value with every input at its median."""
        return self.worlds if isinstance(self.worlds, float) else float(self.worlds[-1])


@dataclass(frozen=True)
class Node:
    """A unit process; `unknown` are categories of which nothing is known although they are not zero."""

    id: str
    name: str
    unit: str
    phase: str
    location: str
    unknown: tuple[str, ...]
    edges: tuple[Edge, ...]


@dataclass(frozen=True)
class Graph:
    """All processes of a study.

    Parameters
    ----------
    nodes
        Systems first, each delivering one functional unit; then what they call forth, by id.
    systems
        System to the id of its node.
    """

    result: StudyResult
    nodes: tuple[Node, ...]
    systems: dict[str, str]

    @property
    def categories(self) -> tuple[str, ...]:
        """Impact categories, in the order of the results."""
        return self.result.categories


def graph_of(result: StudyResult) -> Graph:
    """The graph of everything that the systems call forth within their boundaries."""
    systems = {s.id: f"{result.study.id}: {s.id}" for s in result.systems}
    heads = [_head(result, s, systems[s.id]) for s in result.systems]
    found: dict[str, Node] = {}
    for system in result.systems:
        for process in _called(system):
            found.setdefault(process.id, _node(result, system, process))
    return Graph(result, (*heads, *(found[name] for name in sorted(found))), systems)


def _called(system: SystemResult) -> Iterator[Process]:
    """Every process that a system's demand reaches, each once."""
    seen, open_ids = set(system.demand), list(system.demand)
    while open_ids:
        process = system.unit.processes[open_ids.pop()]
        yield process
        for exchange in process.exchanges:
            if not exchange.is_impact and exchange.target not in seen:
                seen.add(exchange.target)
                open_ids.append(exchange.target)


def _head(result: StudyResult, system: SystemResult, node_id: str) -> Node:
    unit = result.study.scope.functional_unit.name
    edges = tuple(Edge(name, amount, None, f"{unit} of {system.title}", None) for name, amount in system.demand.items())
    lost = tuple(c for c in system.categories if any(c in line.unknown for line in system.lines))
    return Node(node_id, f"{system.title}: {unit}", "functional unit", "system", "", lost, edges)


def _node(result: StudyResult, system: SystemResult, process: Process) -> Node:
    kept = [e for e in process.exchanges if not e.is_impact or e.target in result.categories]
    edges = tuple(_edge(result, system, exchange) for exchange in kept)
    place = process.location
    return Node(process.id, process.name, process.unit, process.phase, place, process.unknown, edges)


def _edge(result: StudyResult, system: SystemResult, exchange: Exchange) -> Edge:
    worlds = system.unit.draws.worlds(exchange.amount, exchange.cause)
    computed = exchange.cause in result.model.inventory.terms
    stated = None if computed else exchange.amount
    if isinstance(stated, Point):
        worlds = float(stated.value)
    return Edge(exchange.target, worlds, stated, exchange.label, exchange.source)
