"""Pedigree scores: the published variances, and that better scores never spread more."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadlight.assess.lifecycle.pedigree import additional_gsd
from treadlight.core.errors import InputError

SCORES = st.lists(st.integers(1, 5), min_size=5, max_size=5)


def test_no_scores_and_the_best_scores_add_nothing() -> None:
    assert additional_gsd(()) == additional_gsd((1, 1, 1, 1, 1)) == 1.0


def test_the_guidelines_own_factors_come_out() -> None:
    # ecoinvent 2 stated squared GSDs; the variances of version 3 are those: 1.50 for the worst reliability, 2.00 for
    # the worst technology, and 1.05 for the second score of both.
    assert additional_gsd((5, 1, 1, 1, 1)) ** 2 == pytest.approx(1.50, abs=0.01)
    assert additional_gsd((1, 1, 1, 1, 5)) ** 2 == pytest.approx(2.00, abs=0.01)
    assert additional_gsd((2, 1, 1, 1, 1)) ** 2 == pytest.approx(1.05, abs=0.001)


def test_indicators_add_up_in_quadrature() -> None:
    alone = [additional_gsd([3 if i == j else 1 for i in range(5)]) for j in range(5)]
    assert math.log(additional_gsd([3] * 5)) == pytest.approx(math.hypot(*map(math.log, alone)))


@given(SCORES, st.integers(0, 4))
def test_a_worse_score_never_narrows(scores: list[int], at: int) -> None:
    worse = [*scores[:at], min(5, scores[at] + 1), *scores[at + 1 :]]
    assert additional_gsd(worse) >= additional_gsd(scores)


@pytest.mark.parametrize("scores", [(1, 2, 3), (0, 1, 1, 1, 1), (1, 1, 1, 1, 6)])
def test_what_is_no_score_is_refused(scores: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="are no pedigree scores"):
        additional_gsd(scores)
