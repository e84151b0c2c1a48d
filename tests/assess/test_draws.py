"""Draws: shared by cause, faithful to their distribution."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadlight.assess.draws import Draws, quantiles
from treadlight.core.distribution import Distribution, Empirical, Lognormal, Normal, Point, Triangular, Uniform

DISTRIBUTIONS = [
    Normal(10.0, 2.0),
    Lognormal(3.0, 1.5),
    Uniform(-1.0, 4.0),
    Triangular(0.0, 1.0, 5.0),
    Empirical((1.0, 2.0, 2.5, 9.0)),
]


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=str)
@pytest.mark.parametrize("p", [0.05, 0.5, 0.95])
def test_quantiles_of_a_column_are_those_of_its_distribution(distribution: Distribution, p: float) -> None:
    column = Draws(4000).column(distribution, "cause")
    assert np.quantile(column, p) == pytest.approx(distribution.quantile(p), rel=0.01, abs=0.01)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS[:4], ids=str)
def test_vectorised_draws_agree_with_one_by_one_sampling(distribution: Distribution) -> None:
    column = Draws(20_000).column(distribution, "cause")
    listed = distribution.sample(random.Random(1), 20_000)
    standard_error = distribution.sd / np.sqrt(20_000)
    assert np.mean(column) == pytest.approx(np.mean(listed), abs=5 * standard_error)
    assert np.std(column) == pytest.approx(np.std(listed), rel=0.05)


def test_same_seed_and_cause_give_the_same_draws_whatever_was_asked_before() -> None:
    one, other = Draws(500, seed=7), Draws(500, seed=7)
    other.column(Uniform(0, 1), "something else")
    assert np.array_equal(one.column(Lognormal(1, 1.2), "grid"), other.column(Lognormal(1, 1.2), "grid"))


def test_another_seed_gives_other_draws() -> None:
    assert not np.array_equal(Draws(500, seed=1).order("grid"), Draws(500, seed=2).order("grid"))


def test_two_causes_are_independent() -> None:
    draws = Draws(2000)
    r = np.corrcoef(draws.column(Normal(0, 1), "a"), draws.column(Normal(0, 1), "b"))[0, 1]
    assert abs(r) < 4 / np.sqrt(2000)


def test_a_point_stays_a_number() -> None:
    assert Draws(10).column(Point(3.5), "x") == 3.5


@given(st.floats(0, 1e6), st.floats(1.0, 3.0))
def test_widths_of_one_cause_move_together(median: float, gsd: float) -> None:
    draws = Draws(200)
    narrow = draws.column(Lognormal(1.0, 1.1), "meter")
    wide = draws.column(Lognormal(max(median, 1e-6), max(gsd, 1.01)), "meter")
    assert np.array_equal(np.argsort(narrow), np.argsort(wide))


numbers = st.one_of(st.floats(-1e9, 1e9), st.sampled_from([0.0, np.nan, np.inf, -np.inf, 1e-300]))


@given(st.lists(numbers, min_size=1, max_size=40), st.lists(st.floats(0, 1), min_size=1, max_size=4))
def test_quantiles_of_draws_are_those_of_numpy_to_the_last_bit(samples: list[float], at: list[float]) -> None:
    with np.errstate(invalid="ignore"):
        expected = np.quantile(np.array(samples), at)
        assert np.array_equal(quantiles(np.array(samples), at), expected, equal_nan=True)
