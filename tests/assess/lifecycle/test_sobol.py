"""Sobol' indices: published functions whose indices are known, linear functions, and what holds of all indices."""

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treadlight.assess.draws import Array
from treadlight.assess.lifecycle.sobol import Indices, Swapped, probabilities, sobol_indices

N = 4096


def on_cube(function: Callable[[Array], Array], inputs: int, n: int = N, seed: int = 0) -> Indices:
    """Indices of a function of points of the unit cube, shape (inputs, n)."""
    names = [f"x{i + 1}" for i in range(inputs)]
    return sobol_indices(holding(function, names, n, seed), names, n, seed)


def holding(function: Callable[[Array], Array], names: list[str], n: int, seed: int) -> Swapped:
    a = probabilities(names, n, seed)

    def swapped(columns: Mapping[str, Array]) -> Array:
        return np.atleast_2d(function(np.array([columns.get(name, a[name]) for name in names])))

    return swapped


def ishigami(p: Array) -> Array:
    x = np.pi * (2 * p - 1)
    found: Array = np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])
    return found


A = np.array([0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0])


def g_function(p: Array) -> Array:
    found: Array = np.prod((np.abs(4 * p - 2) + A[:, None]) / (1 + A[:, None]), axis=0)
    return found


def test_the_ishigami_function_has_its_published_indices() -> None:
    found = on_cube(ishigami, 3, n=1 << 14)
    assert found.variance[0] == pytest.approx(13.8446, rel=0.01)
    assert found.first[:, 0] == pytest.approx([0.3139, 0.4424, 0.0], abs=0.02)
    assert found.total[:, 0] == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.02)


def test_the_g_function_has_its_published_indices() -> None:
    found = on_cube(g_function, 8, n=1 << 14)
    assert found.first[:4, 0] == pytest.approx([0.7165, 0.1791, 0.0237, 0.0072], abs=0.02)
    assert found.total[:4, 0] == pytest.approx([0.7871, 0.2422, 0.0343, 0.0105], abs=0.02)
    assert (np.abs(found.total[4:, 0]) < 0.001).all()


def test_the_g_functions_intervals_hold_its_indices() -> None:
    parts = (1 / 3) / (1 + A) ** 2
    whole = np.prod(1 + parts) - 1
    first, total = parts / whole, parts / (1 + parts) * (whole + 1) / whole
    held = []
    for seed in range(10):
        found = on_cube(g_function, 8, n=1024, seed=seed)
        for interval, truth in ((found.first_interval, first), (found.total_interval, total)):
            low, high = interval[:, :4, 0]
            held += list((low <= truth[:4]) & (truth[:4] <= high))
    assert np.mean(held) > 0.8


def test_a_linear_function_has_the_shares_of_its_squares() -> None:
    weights = np.array([1.0, 2.0, 3.0, 4.0])
    found = on_cube(lambda p: weights @ p, 4)
    shares = weights**2 / (weights**2).sum()
    assert found.first[:, 0] == pytest.approx(shares, abs=0.03)
    assert found.total[:, 0] == pytest.approx(shares, abs=0.02)
    assert found.variance[0] == pytest.approx((weights**2).sum() / 12, rel=0.05)


def test_a_product_of_centred_inputs_is_all_interaction() -> None:
    found = on_cube(lambda p: (p[0] - 0.5) * (p[1] - 0.5), 2)
    assert found.first[:, 0] == pytest.approx([0, 0], abs=0.05)
    assert found.total[:, 0] == pytest.approx([1, 1], abs=0.05)


def test_shift_and_scale_change_nothing() -> None:
    plain = on_cube(ishigami, 3)
    moved = on_cube(lambda p: 1e6 + 1e-3 * ishigami(p), 3)
    assert moved.first == pytest.approx(plain.first, abs=1e-5)
    assert moved.total == pytest.approx(plain.total, abs=1e-5)


def test_outputs_are_analysed_side_by_side() -> None:
    both = on_cube(lambda p: np.vstack([ishigami(p), p[0] + p[2], np.ones_like(p[0])]), 3)
    assert both.total[:, 0] == pytest.approx(on_cube(ishigami, 3).total[:, 0], rel=1e-9)
    assert both.total[:, 1] == pytest.approx([0.5, 0, 0.5], abs=0.02)
    assert np.isnan(both.total[:, 2]).all()
    assert np.isnan(both.first_interval[:, :, 2]).all()
    assert both.variance[2] == 0


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=2, max_size=6), st.integers(0, 1000))
def test_an_additive_function_leaves_nothing_to_interactions(weights: list[float], seed: int) -> None:
    given_weights = np.array([1.0, *weights])
    found = on_cube(lambda p: np.sum(given_weights[:, None] * p**2, axis=0), len(given_weights), n=2048, seed=seed)
    assert found.first[:, 0].sum() == pytest.approx(1, abs=0.12)
    assert found.total[:, 0] == pytest.approx(found.first[:, 0], abs=0.12)
    assert (found.first_interval[0] <= found.first_interval[1]).all()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.05, 1.0), min_size=2, max_size=6), st.integers(0, 1000))
def test_a_product_has_more_in_total_than_alone(spreads: list[float], seed: int) -> None:
    widths = np.array(spreads)[:, None]
    found = on_cube(lambda p: np.prod(1 + widths * (p - 0.5), axis=0), len(spreads), n=2048, seed=seed)
    assert found.first[:, 0].sum() <= 1 + 0.12
    assert (found.total[:, 0] >= found.first[:, 0] - 0.08).all()
    assert (found.total >= 0).all()
