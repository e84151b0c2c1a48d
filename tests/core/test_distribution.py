import math
import random
from itertools import pairwise
from statistics import fmean, pstdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import distributions
from treadlight.core.distribution import (
    Distribution,
    Empirical,
    Lognormal,
    Normal,
    Point,
    Triangular,
    Uniform,
    lognormal_between,
    parse,
    product,
    total,
)
from treadlight.core.errors import InputError

N = 4000


@settings(max_examples=60, deadline=None)
@given(distributions(), st.integers(0, 1 << 32))
def test_samples_have_the_mean_and_spread_that_are_stated(d: Distribution, seed: int) -> None:
    draws = d.sample(random.Random(seed), N)
    # Five standard errors of the mean; the spread of a lognormal with a wide tail is itself widely spread.
    assert abs(fmean(draws) - d.mean) <= 5 * d.sd / math.sqrt(N) + 1e-9 * abs(d.mean)
    tail = 0.5 if isinstance(d, Lognormal) and d.gsd > 1.6 else 0.15
    assert pstdev(draws) == pytest.approx(d.sd, rel=tail, abs=1e-9 * abs(d.mean))


@settings(max_examples=60, deadline=None)
@given(distributions(), st.sampled_from([0.05, 0.5, 0.95]), st.integers(0, 1 << 32))
def test_a_quantile_has_its_share_of_the_samples_below_it(d: Distribution, p: float, seed: int) -> None:
    if isinstance(d, Point | Empirical) or d.sd <= 1e-9 * abs(d.mean):
        return  # nothing lies between
    q = d.quantile(p)
    below = sum(x <= q for x in d.sample(random.Random(seed), N)) / N
    assert below == pytest.approx(p, abs=5 * math.sqrt(p * (1 - p) / N))


@given(distributions(), st.lists(st.floats(0, 1), min_size=2, max_size=6))
def test_quantiles_never_fall(d: Distribution, shares: list[float]) -> None:
    values = [d.quantile(p) for p in sorted(shares)]
    assert all(a <= b or math.isclose(a, b, rel_tol=1e-12) for a, b in pairwise(values))
    assert d.median == d.quantile(0.5)


@given(distributions())
def test_the_text_form_is_read_back(d: Distribution) -> None:
    assert parse(str(d)) == d


@given(distributions(), st.floats(0, 1e6))
def test_scaling_scales_every_quantile(d: Distribution, factor: float) -> None:
    scaled = d.scaled(factor)
    for p in (0.05, 0.5, 0.95):
        assert scaled.quantile(p) == pytest.approx(d.quantile(p) * factor, rel=1e-9, abs=1e-12)
    assert scaled.sd == pytest.approx(d.sd * factor, rel=1e-6, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.lists(distributions(), min_size=1, max_size=4), st.integers(0, 1 << 32))
def test_a_sum_agrees_with_summing_samples(parts: list[Distribution], seed: int) -> None:
    rng = random.Random(seed)
    rows = [math.fsum(row) for row in zip(*(p.sample(rng, N) for p in parts), strict=True)]
    summed = total(parts)
    sd = math.hypot(*(p.sd for p in parts))
    assert summed.mean == pytest.approx(fmean(rows), abs=10 * sd / math.sqrt(2000) + 1e-9)
    assert summed.mean == pytest.approx(math.fsum(p.mean for p in parts), abs=6 * sd / math.sqrt(2000) + 1e-9)


@settings(max_examples=30, deadline=None)
@given(st.lists(distributions(0.1, 10.0), min_size=1, max_size=3), st.integers(0, 1 << 32))
def test_a_product_agrees_with_multiplying_samples(parts: list[Distribution], seed: int) -> None:
    parts = [p for p in parts if not isinstance(p, Empirical)]  # its draws lie at the ends of its own interval
    rng = random.Random(seed)
    rows = sorted(math.prod(row) for row in zip(*(p.sample(rng, N) for p in parts), strict=True))
    multiplied = product(parts)
    if not parts:
        return
    # A share of the samples between the quantiles of the result, within the sampling error of both sides.
    inside = sum(multiplied.quantile(0.05) - 1e-9 <= x <= multiplied.quantile(0.95) + 1e-9 for x in rows) / N
    assert inside >= 0.90 - 0.05


def test_sums_and_products_of_one_kind_are_exact() -> None:
    assert total([Point(1.0), Point(2.0)]) == Point(3.0)
    assert total([Normal(1.0, 3.0), Normal(2.0, 4.0), Point(1.0)]) == Normal(4.0, 5.0)
    assert total([]) == Point(0)
    assert product([]) == Point(1)
    assert product([Point(2.0), Point(3.0)]) == Point(6.0)
    assert product([Point(2.0), Uniform(1.0, 2.0)]) == Uniform(2.0, 4.0)
    both = product([Lognormal(2.0, 1.5), Lognormal(3.0, 1.2), Point(2.0)])
    assert isinstance(both, Lognormal)
    assert both.median_ == pytest.approx(12.0)
    assert both.sigma == pytest.approx(math.hypot(math.log(1.5), math.log(1.2)))
    assert product([Point(0.0), Lognormal(1.0, 2.0)]) == Point(0.0)
    assert product([Point(0.0), Normal(1.0, 2.0), Uniform(0.0, 1.0)]).quantile(0.95) == 0.0


def test_a_negative_factor_mirrors_what_it_multiplies() -> None:
    mirrored = product([Point(-1.0), Uniform(1.0, 2.0)])
    assert -2.0 <= mirrored.quantile(0.05) <= mirrored.quantile(0.95) <= -1.0


def test_the_same_seed_gives_the_same_result() -> None:
    parts = [Uniform(0.0, 1.0), Lognormal(1.0, 2.0)]
    assert total(parts, seed=3) == total(parts, seed=3)
    assert total(parts, seed=3) != total(parts, seed=4)


@given(st.floats(1e-6, 1e6), st.floats(1.0, 100.0))
def test_a_lognormal_between_two_quantiles_has_them(p05: float, ratio: float) -> None:
    d = lognormal_between(p05, p05 * ratio)
    assert d.quantile(0.05) == pytest.approx(p05, rel=1e-9)
    assert d.quantile(0.95) == pytest.approx(p05 * ratio, rel=1e-9)


def test_limpert_2001_intervals_of_a_lognormal() -> None:
    """68.3 % lie within median ×/÷ GSD, 95.5 % within median ×/÷ GSD² (Limpert et al. 2001, table 1)."""
    d = Lognormal(10.0, 2.0)
    assert d.quantile(0.5 + 0.6827 / 2) == pytest.approx(20.0, rel=1e-3)
    assert d.quantile(0.5 - 0.9545 / 2) == pytest.approx(2.5, rel=1e-3)
    assert d.mean == pytest.approx(10 * math.exp(math.log(2) ** 2 / 2))


def test_quantiles_at_the_ends() -> None:
    assert Normal(0.0, 1.0).quantile(0) == -math.inf
    assert Normal(0.0, 1.0).quantile(1) == math.inf
    assert (Lognormal(1.0, 2.0).quantile(0), Lognormal(1.0, 2.0).quantile(1)) == (0.0, math.inf)
    assert Normal(1.0, 0.0).quantile(0) == 1.0
    assert (Uniform(1.0, 2.0).quantile(0), Triangular(1.0, 1.0, 2.0).quantile(1)) == (1.0, 2.0)
    assert Triangular(1.0, 1.0, 1.0).quantile(0.3) == 1.0


def test_a_distribution_begins_and_ends_where_hardly_a_draw_goes_beyond() -> None:
    assert (Uniform(-1.0, 2.0).least, Uniform(-1.0, 2.0).most) == (-1.0, 2.0)
    assert (Empirical((3.0, 1.0)).least, Triangular(0.0, 1.0, 4.0).most) == (1.0, 4.0)
    assert Lognormal(5.0, 3.0).least == 0.0
    normal = Normal(10.0, 2.0)
    assert normal.least == pytest.approx(10 - 2 * 3.7190, abs=1e-3)  # one in ten thousand below it
    assert normal.most == pytest.approx(10 + 2 * 3.7190, abs=1e-3)


def test_an_empirical_distribution_is_its_values() -> None:
    d = Empirical((3.0, 1.0, 2.0))
    assert d.values == (1.0, 2.0, 3.0)
    assert d.quantile(0.25) == 1.5


@pytest.mark.parametrize(
    "make",
    [
        lambda: Point(math.nan),
        lambda: Normal(0.0, -1.0),
        lambda: Normal(math.inf, 1.0),
        lambda: Lognormal(0.0, 2.0),
        lambda: Lognormal(1.0, 0.9),
        lambda: Uniform(2.0, 1.0),
        lambda: Triangular(1.0, 3.0, 2.0),
        lambda: Empirical(()),
        lambda: Empirical((math.nan,)),
        lambda: Point(1.0).quantile(1.5),
        lambda: Point(1.0).quantile(math.nan),
        lambda: Point(1.0).scaled(-1.0),
        lambda: Point(1.0).scaled(math.nan),
        lambda: lognormal_between(0.0, 1.0),
        lambda: lognormal_between(2.0, 1.0),
    ],
)
def test_parameters_that_make_no_sense_are_refused(make) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError):
        make()


@pytest.mark.parametrize(
    "text",
    ["", "x", "normal(1)", "normal(1,2,3)", "normal(1,2", "normal(a,b)", "empirical()", "lognormal(nan,2)", "nan"],
)
def test_text_that_is_no_distribution_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse(text)


def test_a_bare_number_is_a_point_and_blanks_do_not_matter() -> None:
    assert parse(" 2.5 ") == Point(2.5)
    assert parse("normal( 1 , 2 )") == Normal(1.0, 2.0)
