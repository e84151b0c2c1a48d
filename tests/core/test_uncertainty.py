"""Widening: what the meter's error and the slack of its readings make together."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadlight.core.distribution import Lognormal, Normal, Point, Triangular, Uniform
from treadlight.core.errors import InputError
from treadlight.core.uncertainty import widened

FRACTIONS = st.floats(0, 50)


def test_no_slack_changes_nothing() -> None:
    for relative in (Normal(1, 0.03), Lognormal(1, 1.5), Point(1.0), Uniform(0.9, 1.1)):
        assert widened(relative, 0) is relative


def test_small_slack_adds_in_quadrature_and_stays_normal() -> None:
    wide = widened(Normal(1, 0.03), 0.04)
    assert isinstance(wide, Normal)
    assert (wide.mean, wide.sd) == (1, pytest.approx(0.05))


def test_large_slack_turns_a_normal_into_a_lognormal_that_cannot_be_negative() -> None:
    wide = widened(Normal(1, 0.03), 1.0)
    assert isinstance(wide, Lognormal)
    assert wide.median == 1
    assert wide.sigma == pytest.approx(math.sqrt(math.log1p(1.0009)))
    assert wide.quantile(0.001) > 0


def test_a_lognormal_stays_one_and_its_log_spreads_add_in_quadrature() -> None:
    wide = widened(Lognormal(1.1, math.exp(0.3)), 0.5)
    assert isinstance(wide, Lognormal)
    assert (wide.median, wide.sigma) == (1.1, pytest.approx(math.hypot(0.3, math.sqrt(math.log(1.25)))))


@given(FRACTIONS, FRACTIONS)
def test_more_slack_never_narrows(a: float, b: float) -> None:
    low, high = sorted((a, b))
    for relative in (Normal(1, 0.03), Lognormal(1, 1.5), Triangular(0.8, 1.0, 1.3)):
        first, second = widened(relative, low), widened(relative, high)
        if type(first) is type(second):
            assert second.sd >= first.sd * (1 - 1e-12)


@pytest.mark.parametrize("fraction", [-0.1, math.nan, math.inf])
def test_a_slack_that_is_no_size_is_refused(fraction: float) -> None:
    with pytest.raises(InputError, match="slack"):
        widened(Normal(1, 0.03), fraction)


def test_a_ratio_around_zero_is_refused() -> None:
    with pytest.raises(InputError, match="above 0"):
        widened(Normal(0, 0.1), 0.1)


@given(st.floats(1e-6, 1e9), st.floats(0, 1e9))
def test_no_interval_of_an_energy_reaches_below_zero(amount: float, slack: float) -> None:
    truth = widened(Normal(1, 0.03), slack / amount).scaled(amount)
    assert truth.quantile(0.001) >= 0
    assert truth.median == pytest.approx(amount)
