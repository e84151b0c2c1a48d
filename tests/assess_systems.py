"""Small systems of processes for the tests of `treadlight.assess`: made by hand or at random."""

import random
from collections.abc import Iterable, Mapping

import numpy as np

from treadlight.core.distribution import Distribution, Lognormal, Point
from treadlight.core.method import Method
from treadlight.ledger.records import GroupSum
from treadlight.library.process import Exchange, Process, Source
from treadlight.library.system import Demand, System

SOURCE = Source("test", "A test's own figure", 2026, "CC0-1.0", "row 1", "high")


def exchange(target: str, amount: Distribution | float, cause: str = "", label: str = "") -> Exchange:
    """An exchange from a number or a distribution; its cause is unique unless given."""
    distribution = amount if isinstance(amount, Distribution) else Point(float(amount))
    return Exchange(target, distribution, SOURCE, cause or f"{target}:{label}:{distribution}", label)


def process(
    name: str, *exchanges: Exchange, unit: str = "kWh", phase: str = "use", unknown: tuple[str, ...] = ()
) -> Process:
    """A process called `name`."""
    return Process(name, name, unit, name.title(), tuple(exchanges), phase=phase, unknown=unknown)


def by_id(*processes: Process) -> dict[str, Process]:
    """Processes by their ids."""
    return {p.id: p for p in processes}


class FixedLibrary:
    """A library whose processes are given; each flow is answered by the process of the same name."""

    def __init__(self, *processes: Process, version: str = "test") -> None:
        self.version = version
        self.digest = version
        self.processes = by_id(*processes)

    def system(self, demands: Iterable[Demand], method: Method) -> System:
        """All processes, whatever is asked."""
        return System(self.processes, {d: d.flow if d.flow in self.processes else None for d in demands})

    def near_flows(self, flow: str) -> tuple[str, ...] | None:
        """Nothing is held against any name."""
        return None


def group(flow: str, amount: float, *, cause: str = "meter", uncertainty: str = "point(1.0)", **dims: str) -> GroupSum:
    """A sum of activities of a flow."""
    names = ("zone", "region", "site", "method", "component", "stage", "project", "team", "run")
    values = {name: dims.get(name, "") for name in names}
    return GroupSum(flow=flow, period="2026", cause=cause, uncertainty=uncertainty, amount=amount, count=1, **values)


def random_acyclic(seed: int, n: int = 50, inputs: int = 9) -> dict[str, Process]:
    """`n` processes with about `inputs` uncertain exchanges each, suppliers numbered below those they supply."""
    rng = random.Random(seed)
    made = []
    for i in range(n):
        chosen = rng.sample(range(i), min(i, rng.randint(1, 2 * inputs - 1))) if i else []
        parts = [
            exchange(f"p{j}", Lognormal(rng.uniform(0.01, 0.2), rng.uniform(1.02, 1.4)), f"{i}-{j}") for j in chosen
        ]
        parts.append(exchange("gwp", Lognormal(rng.uniform(0.1, 2.0), rng.uniform(1.02, 1.5)), f"{i}-gwp"))
        made.append(process(f"p{i}", *parts))
    return by_id(*made)


def random_looped(seed: int, n: int = 12) -> dict[str, Process]:
    """`n` processes that may each need any other, with column sums that keep the loop productive."""
    rng = random.Random(seed)
    made = []
    for i in range(n):
        parts = [
            exchange(f"p{j}", rng.uniform(0.0, 0.9 / n), f"{i}-{j}") for j in range(n) if j != i and rng.random() < 0.5
        ]
        parts += [exchange("gwp", rng.uniform(0.1, 2.0)), exchange("pe", rng.uniform(1.0, 20.0))]
        made.append(process(f"p{i}", *parts))
    return by_id(*made)


def dense(processes: Mapping[str, Process], category: str) -> np.ndarray:
    """Impacts per unit by one dense solve with medians: the textbook formula, independent of the engine."""
    at = {name: i for i, name in enumerate(processes)}
    a, b = np.zeros((len(at), len(at))), np.zeros(len(at))
    for name, i in at.items():
        for e in processes[name].exchanges:
            if e.target in at:
                a[at[e.target], i] += e.amount.median
            elif e.target == category:
                b[i] += e.amount.median
    return np.linalg.solve(np.eye(len(at)) - a.T, b)
