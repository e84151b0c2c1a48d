"""Footprints: linear, independent of order and split, correlated by cause, and explained by a tree that adds up."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assess_systems import FixedLibrary, exchange, group, process
from treadlight.assess.compare import contrast
from treadlight.assess.footprint import footprint
from treadlight.assess.lineage import doubt_of, why_tree
from treadlight.assess.restate import restate
from treadlight.assess.why import WhyNode
from treadlight.core.distribution import Lognormal, Uniform
from treadlight.core.errors import InputError

GRID = process(
    "electricity.grid",
    exchange("gwp", Lognormal(0.3, 1.2), "grid", "grid intensity"),
    exchange("energy", 1),
    unknown=("adpe",),
)
IT = process(
    "electricity.it",
    exchange("electricity.grid", Uniform(1.1, 1.5), "pue", "PUE"),
    exchange("water", 0.4, label="on site"),
)
CARD = process(
    "product.card",
    exchange("gwp", Lognormal(150.0, 1.6), "making", "making"),
    exchange("adpe", 0.005),
    unit="unit",
    phase="embodied",
)
HOURS = process(
    "hardware.card", exchange("product.card", 1 / 30_000, label="1 / lifetime"), unit="device-hour", phase="embodied"
)
LIBRARY = FixedLibrary(GRID, IT, CARD, HOURS)
CPU = group("electricity.it", 2.0, component="cpu", uncertainty="normal(1.0,0.03)", cause="rapl", method="metered")
GPU = group("electricity.it", 5.0, component="gpu", uncertainty="normal(1.0,0.03)", cause="nvml", method="metered")
MADE = group("hardware.card", 100.0, component="gpu", method="assumed", cause="count")


def test_medians_multiply_through() -> None:
    result = footprint([CPU, GPU, MADE], LIBRARY)
    expected = 7.0 * 1.3 * 0.3 + 100 / 30_000 * 150
    assert result.central[result.categories.index("gwp")] == pytest.approx(expected)


@given(st.floats(0.0, 1e6), st.integers(0, 5))
@settings(max_examples=25, deadline=None)
def test_footprints_are_linear_in_the_activity(scale: float, seed: int) -> None:
    one = footprint([group("electricity.it", 1.0, uncertainty="lognormal(1.0,1.3)")], LIBRARY, draws=200, seed=seed)
    many = footprint([group("electricity.it", scale, uncertainty="lognormal(1.0,1.3)")], LIBRARY, draws=200, seed=seed)
    assert many.samples == pytest.approx(one.samples * scale, rel=1e-9)


@given(st.lists(st.floats(0.0, 100.0), min_size=1, max_size=8), st.randoms())
@settings(max_examples=25, deadline=None)
def test_footprints_do_not_depend_on_order_or_split(amounts: list[float], rng) -> None:
    def part(amount: float):
        return group("electricity.it", amount, uncertainty="normal(1.0,0.1)")

    whole = footprint([part(math.fsum(amounts))], LIBRARY, draws=200)
    shuffled = amounts[:]
    rng.shuffle(shuffled)
    split = footprint([part(a) for a in shuffled], LIBRARY, draws=200)
    assert split.samples == pytest.approx(whole.samples, rel=1e-9, abs=1e-12)


def test_a_thousand_impacts_that_share_one_factor_keep_its_spread() -> None:
    groups = [
        group("electricity.it", 1.0, component=f"c{i}", cause="meter", uncertainty="normal(1.0,0.1)")
        for i in range(1000)
    ]
    library = FixedLibrary(process("electricity.it", exchange("gwp", 0.5)))
    row = footprint(groups, library).samples[0]
    assert np.std(row) / np.mean(row) == pytest.approx(0.1, rel=0.02)


def test_parts_add_up_to_the_total_in_every_dimension() -> None:
    result = footprint([CPU, GPU, MADE], LIBRARY)
    for parts in (result.by("component"), result.by("phase"), result.by_process()):
        assert sum(parts.values()) == pytest.approx(result.samples)


def test_what_no_process_answers_is_unknown_and_not_zero() -> None:
    result = footprint([CPU, group("data.transfer.wan", 10.0)], LIBRARY)
    assert [u.flow for u in result.unanswered] == ["data.transfer.wan"]
    assert result.coverage[result.categories.index("gwp")] == 0.5


def test_a_category_nobody_knows_has_no_total() -> None:
    result = footprint([CPU], LIBRARY)
    assert result.total("adpe") is None
    assert result.total("gwp") is not None


def test_comparing_on_shared_draws_cancels_what_is_shared() -> None:
    less = footprint([group("electricity.it", 6.9, uncertainty="normal(1.0,0.03)", cause="rapl")], LIBRARY)
    more = footprint([group("electricity.it", 7.0, uncertainty="normal(1.0,0.03)", cause="rapl")], LIBRARY)
    found = contrast(more, less, "gwp")
    assert found is not None
    assert found.probability_lower == 1.0
    assert found.difference.p95 < 0
    assert more.total("gwp").p05 < less.total("gwp").p95  # seen apart, the two overlap


def test_a_comparison_across_seeds_is_refused() -> None:
    with pytest.raises(InputError, match="draws"):
        contrast(footprint([CPU], LIBRARY, seed=1), footprint([CPU], LIBRARY, seed=2), "gwp")


def test_shares_of_doubt_add_up_and_name_the_widest_cause() -> None:
    shares = doubt_of(footprint([CPU, GPU], LIBRARY), "gwp")
    assert sum(shares.values()) == pytest.approx(1.0)
    assert next(iter(shares)) == "grid"


def _check(node: WhyNode) -> None:
    if node.children and node.amount is not None:
        values = [child.amount for child in node.children if child.amount is not None]
        combined = math.prod(values) if node.op == "product" else math.fsum(values)
        assert combined == pytest.approx(node.amount, rel=1e-9), node.label
    if not node.children and node.kind == "exchange":
        assert node.source is not None
    for child in node.children:
        _check(child)


@pytest.mark.parametrize("category", ["gwp", "water", "adpe", "energy"])
def test_every_step_of_why_multiplies_or_adds_up_to_the_number_above(category: str) -> None:
    result = footprint([CPU, GPU, MADE], LIBRARY)
    tree = why_tree(result, category, root="run", label="a run")
    _check(tree)
    assert tree.amount == result.total(category).p50


def test_why_shows_what_is_unknown() -> None:
    tree = why_tree(footprint([CPU, MADE], LIBRARY), "adpe", root="run", label="a run")
    kinds = {child.kind for phase in tree.children for child in phase.children}
    assert "unknown" in kinds


def test_restatement_gives_each_changed_factor_its_part() -> None:
    newer = FixedLibrary(
        process(
            "electricity.grid", exchange("gwp", Lognormal(0.2, 1.2), "grid", "grid intensity"), exchange("energy", 1)
        ),
        process(
            "electricity.it", exchange("electricity.grid", 1.2, "pue", "PUE"), exchange("water", 0.4, label="on site")
        ),
        CARD,
        HOURS,
        version="newer",
    )
    found = next(r for r in restate([CPU, GPU, MADE], LIBRARY, newer) if r.category == "gwp")
    assert {c.factor for c in found.changes} == {"PUE", "grid intensity"}
    assert sum(c.effect for c in found.changes) == pytest.approx(found.new_central - found.old_central)


def test_restating_under_the_same_library_changes_nothing() -> None:
    assert all(not r.changes and r.old == r.new for r in restate([CPU, MADE], LIBRARY, LIBRARY))
