"""Widening never narrows, and keeps the middle."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies import distributions
from treadlight.core.distribution import Distribution, Lognormal, Point, Uniform
from treadlight.library.widening import nearest_year, thinned, together, widen


@given(distributions(), st.floats(1.0, 4.0))
def test_widening_never_narrows_and_keeps_the_median(amount: Distribution, gsd: float) -> None:
    wide = widen(amount, gsd)
    assert wide.median == pytest.approx(amount.median, rel=0.05)
    if amount.quantile(0.05) > 0:
        before, after = (d.quantile(0.95) / d.quantile(0.05) for d in (amount, wide))
        assert after >= before * 0.999


def test_widening_a_point_gives_a_lognormal_and_of_nothing_gives_nothing() -> None:
    assert widen(Point(2.0), 1.5) == Lognormal(2.0, 1.5)
    assert widen(Point(0.0), 1.5) == Point(0.0)
    assert widen(Uniform(1.0, 3.0), 1.0) == Uniform(1.0, 3.0)


def test_independent_widenings_add_in_quadrature() -> None:
    assert together() == 1.0
    assert together(1.5) == pytest.approx(1.5)
    assert together(1.5, 1.5) == pytest.approx(1.5 ** (2**0.5))


@given(st.integers(0, 30), st.integers(0, 30))
def test_a_year_further_away_widens_more(near: int, far: int) -> None:
    assert (nearest_year(near) <= nearest_year(far)) == (near <= far)
    assert nearest_year(-near) == nearest_year(near)


@given(st.lists(st.floats(0.1, 10.0), min_size=50, max_size=400))
def test_thinning_keeps_the_quantiles(values: list[float]) -> None:
    from treadlight.core.distribution import Empirical

    whole = Empirical(tuple(values))
    thin = thinned(whole)
    assert isinstance(thin, Empirical)
    assert len(thin.values) == 41
    assert thin.median == pytest.approx(whole.median, rel=0.2, abs=0.3)
    assert thin.quantile(0.0) >= whole.quantile(0.0)
    assert thin.quantile(1.0) <= whole.quantile(1.0)
