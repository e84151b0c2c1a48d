"""Unit impacts: hand-computed chains, loops against the dense solution, forward against backward passes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assess_systems import by_id, dense, exchange, process, random_acyclic, random_looped
from treadlight.assess.draws import Draws
from treadlight.assess.solve import called_forth, components, impacts, unit_impacts
from treadlight.core.distribution import Lognormal, Normal
from treadlight.core.errors import GraphError


def test_a_chain_multiplies() -> None:
    system = by_id(
        process("it", exchange("facility", 1.2)),
        process("facility", exchange("grid", 1.0)),
        process("grid", exchange("gwp", 0.05), exchange("water", 2.0)),
    )
    unit = unit_impacts(system, ("gwp", "water"), Draws(10))
    assert unit.central("it") == pytest.approx([0.06, 2.4])
    assert unit.samples("it") == pytest.approx(np.tile([[0.06], [2.4]], 10))


def test_an_uncertain_share_of_a_single_supplier_spreads_its_impact() -> None:
    system = by_id(process("use", exchange("thing", Lognormal(0.5, 1.4))), process("thing", exchange("gwp", 3.0)))
    samples = unit_impacts(system, ("gwp",), Draws(2000)).samples("use")[0]
    assert np.quantile(samples, (0.05, 0.5)) == pytest.approx([1.5 * 1.4**-1.645, 1.5], rel=5e-3)


def test_one_for_one_of_a_single_supplier_has_its_impact() -> None:
    system = by_id(process("meter", exchange("grid", 1.0)), process("grid", exchange("gwp", Lognormal(0.4, 1.2))))
    unit = unit_impacts(system, ("gwp",), Draws(50))
    assert np.array_equal(unit.samples("meter"), unit.samples("grid"))


def test_a_loop_pays_for_itself() -> None:
    # Steel needs 0.5 electricity, electricity needs 0.2 steel: x_e = 1 + 0.2 x_s, x_s = 2 + 0.5 x_e
    system = by_id(
        process("electricity", exchange("steel", 0.2), exchange("gwp", 1.0)),
        process("steel", exchange("electricity", 0.5), exchange("gwp", 2.0)),
    )
    unit = unit_impacts(system, ("gwp",), Draws(5))
    assert unit.central("electricity")[0] == pytest.approx(1.4 / 0.9)
    assert unit.central("steel")[0] == pytest.approx(2 + 0.5 * 1.4 / 0.9)


def test_a_process_may_use_its_own_product() -> None:
    system = by_id(process("grid", exchange("grid", 0.08, label="losses"), exchange("gwp", 0.4)))
    assert unit_impacts(system, ("gwp",), Draws(3)).central("grid")[0] == pytest.approx(0.4 / 0.92)


@given(st.integers(0, 10_000))
@settings(max_examples=50, deadline=None)
def test_loops_agree_with_the_dense_solution(seed: int) -> None:
    system = random_looped(seed)
    unit = unit_impacts(system, ("gwp", "pe"), Draws(2))
    found = np.array([unit.central(name)[0] for name in system])
    assert found == pytest.approx(dense(system, "gwp"), rel=1e-9)


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_back_substitution_agrees_with_the_dense_solution_in_any_order(seed: int) -> None:
    system = random_acyclic(seed, n=20, inputs=4)
    backwards = dict(reversed(list(system.items())))
    unit, other = (unit_impacts(s, ("gwp",), Draws(20)) for s in (system, backwards))
    assert np.array([unit.central(name)[0] for name in system]) == pytest.approx(dense(system, "gwp"), rel=1e-9)
    assert all(np.allclose(unit.samples(name), other.samples(name), rtol=1e-12) for name in system)


@pytest.mark.parametrize("system", [random_acyclic(3, n=20, inputs=4), random_looped(3)], ids=["acyclic", "looped"])
def test_what_is_called_forth_adds_up_to_the_impact(system: dict) -> None:
    unit = unit_impacts(system, ("gwp",), Draws(50))
    top = list(system)[-1]
    demand = {top: np.full(51, 2.5)}
    direct = sum(
        amount * unit.draws.worlds(e.amount, e.cause)
        for p, amount in called_forth(unit, demand)
        for e in p.exchanges
        if e.target == "gwp"
    )
    assert direct == pytest.approx(2.5 * unit.worlds[top][0], rel=1e-9)
    assert impacts(unit, demand)[0] == pytest.approx(2.5 * unit.worlds[top][0], rel=1e-9)


def test_a_loop_that_eats_more_than_it_makes_is_refused() -> None:
    system = by_id(
        process("a", exchange("b", 1.5), exchange("gwp", 1.0)),
        process("b", exchange("a", 1.0), exchange("gwp", 1.0)),
    )
    with pytest.raises(GraphError, match="consumes at least as much as it makes"):
        unit_impacts(system, ("gwp",), Draws(3)).central("a")
    with pytest.raises(GraphError, match="consumes at least as much as it makes"):
        impacts(unit_impacts(system, ("gwp",), Draws(3)), {"a": np.ones(4)})


def test_a_missing_supplier_is_named() -> None:
    with pytest.raises(GraphError, match="nowhere"):
        unit_impacts(by_id(process("a", exchange("nowhere", 1.0))), ("gwp",), Draws(3))


def test_what_a_supplier_does_not_know_nobody_above_knows() -> None:
    system = by_id(
        process("it", exchange("grid", 1.0)),
        process("grid", exchange("gwp", 0.05), unknown=("adpe",)),
    )
    unit = unit_impacts(system, ("gwp", "adpe"), Draws(3))
    assert unit.unknown["it"] == {"adpe"}
    assert unit.reached["it"] == {"gwp"}


def test_suppliers_come_first() -> None:
    system = random_acyclic(1, n=15, inputs=3)
    order = {name: i for i, group in enumerate(components(system)) for name in group}
    assert all(order[e.target] < order[p.id] for p in system.values() for e in p.exchanges if not e.is_impact)


def test_one_factor_used_many_times_is_drawn_once() -> None:
    shared = Normal(1.0, 0.1)
    parts = [process(f"s{i}", exchange("gwp", shared, "the same factor")) for i in range(1000)]
    system = by_id(process("all", *(exchange(p.id, 1.0) for p in parts)), *parts)
    total = unit_impacts(system, ("gwp",), Draws(2000)).samples("all")[0]
    assert np.std(total) / np.mean(total) == pytest.approx(0.10, rel=0.02)


def test_large_loops_are_solved_sparsely_and_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("scipy")
    system = random_looped(9)
    small = unit_impacts(system, ("gwp",), Draws(4))
    monkeypatch.setattr("treadlight.assess.solve.DENSE_LIMIT", 3)
    large = unit_impacts(system, ("gwp",), Draws(4))
    assert all(np.allclose(small.samples(n), large.samples(n), rtol=1e-9) for n in system)


def test_monte_carlo_spread_follows_the_lognormal() -> None:
    system = by_id(process("grid", exchange("gwp", Lognormal(0.4, 1.3))))
    samples = unit_impacts(system, ("gwp",), Draws(4000)).samples("grid")[0]
    assert np.quantile(samples, (0.05, 0.5, 0.95)) == pytest.approx(
        [0.4 * 1.3**-1.645, 0.4, 0.4 * 1.3**1.645], rel=5e-3
    )
