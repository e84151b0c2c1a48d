"""Random studies: linear in demand, independent of the order of processes, balances kept, loops as solved densely."""

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from assess_systems import FixedLibrary, dense, random_acyclic, random_looped
from studies_made import assessed, given, item, stage, system
from treadlight.core.units import convert
from treadlight.library.process import Process

SEEDS = st.integers(0, 10_000)
EMPTY = FixedLibrary()


def own(processes: dict[str, Process]) -> list[dict[str, Any]]:
    """Processes as a study writes them."""
    return [
        {
            "id": p.id,
            "unit": "kWh",
            "exchanges": [{"target": e.target, "amount": str(e.amount), "cause": e.cause} for e in p.exchanges],
        }
        for p in processes.values()
    ]


def study(processes: list[dict[str, Any]], demand: dict[str, Any], **rest: Any) -> dict[str, Any]:
    items = [item(name, process=name, amount=amount) for name, amount in demand.items()]
    return given(system(stage("training", *items)), scope={"categories": ["gwp", "pe"]}, process=processes, **rest)


@over(SEEDS, st.floats(1e-3, 1e3))
@settings(max_examples=25, deadline=None)
def test_impacts_are_linear_in_demand(seed: int, factor: float) -> None:
    processes = own(random_acyclic(seed, n=12, inputs=3))
    one, other = ({"p11": a, "p5": b} for a, b in ((1.0, 2.0), (factor, 2 * factor)))
    first, second = (assessed(study(processes, d), EMPTY, draws=20).systems[0].samples for d in (one, other))
    assert second == pytest.approx(factor * first, rel=1e-9)
    apart = [assessed(study(processes, {n: a}), EMPTY, draws=20).systems[0].samples for n, a in one.items()]
    assert sum(apart) == pytest.approx(first, rel=1e-9)


@over(SEEDS)
@settings(max_examples=25, deadline=None)
def test_the_order_of_processes_and_exchanges_does_not_matter(seed: int) -> None:
    processes = own(random_looped(seed, n=8))
    shuffled = [{**p, "exchanges": random.Random(seed).sample(p["exchanges"], len(p["exchanges"]))} for p in processes]
    random.Random(seed + 1).shuffle(shuffled)
    first, second = (
        assessed(study(p, {"p0": 1, "p7": 3}), EMPTY, draws=10).systems[0].samples for p in (processes, shuffled)
    )
    assert second == pytest.approx(first, rel=1e-9)


@over(SEEDS)
@settings(max_examples=25, deadline=None)
def test_loops_are_solved_to_the_dense_solution(seed: int) -> None:
    system = random_looped(seed)
    found = assessed(study(own(system), dict.fromkeys(system, 1)), EMPTY, draws=2).systems[0].central
    for row, category in enumerate(("gwp", "pe")):
        assert found[row] == pytest.approx(dense(system, category).sum(), rel=1e-9)


@over(SEEDS)
@settings(max_examples=25, deadline=None)
def test_balances_are_kept_in_every_draw(seed: int) -> None:
    result = assessed(study(own(random_acyclic(seed, n=12, inputs=3)), {"p11": 2}), EMPTY, draws=30).systems[0]
    assert sum(result.by_process().values()) == pytest.approx(result.samples, rel=1e-9)
    assert sum(result.by_item().values()) == pytest.approx(result.samples, rel=1e-9)


@over(SEEDS, st.sampled_from(["Wh", "MWh", "J", "GWh"]))
@settings(max_examples=25, deadline=None)
def test_the_unit_an_amount_is_written_in_does_not_matter(seed: int, unit: str) -> None:
    amount = random.Random(seed).uniform(0.1, 100)
    plain, other = (
        assessed(given(system(stage("training", item(amount=a, unit=u)))), draws=5).systems[0].samples
        for a, u in ((amount, "kWh"), (convert(amount, "kWh", unit), unit))
    )
    assert np.allclose(plain, other, rtol=1e-12)
