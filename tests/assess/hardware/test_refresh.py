"""Refresh advice: break-even by hand, "never" said plainly, thresholds of the grid, and what shared draws cancel."""

from datetime import date

import numpy as np
import pytest

from own_products import OwnProducts
from treadlight.assess.hardware.description import read_device
from treadlight.assess.hardware.life import Use
from treadlight.assess.hardware.making import HOURS_PER_YEAR, Bench
from treadlight.assess.hardware.refresh import Advice, Candidate, advise, peak_ratio
from treadlight.core.activity import Location
from treadlight.core.distribution import Distribution, Lognormal, Point
from treadlight.core.errors import InputError
from treadlight.library.library import Library

SINCE = date(2026, 11, 22)
BUSY = Point(1.0)


def own_advice(
    library: Library,
    *,
    old_w: float,
    new_w: float,
    ratio: Distribution,
    zone: str = "US",
    years: float = 4.0,
) -> Advice:
    """Old and new of one's own: making the new costs 1,000 kg; both always at work."""
    bench = Bench(library, Location(zone=zone), draws=100)
    old, new = (read_device(name, library) for name in ("old.box", "new.box"))
    use = Use(utilisation=BUSY, power_w=Point(old_w), idle_w=Point(0.0))
    candidate = Candidate(new, ratio, "stated", use=Use(utilisation=BUSY, power_w=Point(new_w), idle_w=Point(0.0)))
    return advise(old, use, [candidate], bench, horizon_years=years, since=SINCE)


@pytest.fixture
def boxes(own_products: OwnProducts) -> Library:
    return own_products(old_box=500.0, new_box=1000.0)


def test_break_even_is_the_making_over_the_yearly_saving(boxes: Library) -> None:
    advice = own_advice(boxes, old_w=1000, new_w=600, ratio=Point(2.0))
    way = advice.ways[-1]
    per_kwh = advice.bench.electricity.samples[advice.bench.row("gwp")]
    # half a new device for one old: 500 kg against (1000 - 300) W
    by_hand = 500 / (0.7 * HOURS_PER_YEAR * per_kwh)
    payback = advice.payback(way, "gwp")
    assert payback is not None
    assert payback.years == pytest.approx(tuple(np.quantile(by_hand, (0.05, 0.5, 0.95), method="inverted_cdf")))
    assert payback.never == 0
    saved = 4 * 0.7 * HOURS_PER_YEAR * per_kwh - 500
    assert payback.saved.p50 == pytest.approx(float(np.median(saved)))


def test_what_draws_more_never_breaks_even_and_the_older_wins_on_any_grid(boxes: Library) -> None:
    advice = own_advice(boxes, old_w=500, new_w=600, ratio=Point(1.0))
    payback = advice.payback(advice.ways[-1], "gwp")
    assert payback is not None
    assert payback.never == 1
    assert payback.dates(SINCE) == (None, None, None)
    assert advice.threshold(advice.ways[-1]) == (np.inf, np.inf, np.inf)
    assert advice.best("gwp")["keep"] == 1


def test_e_waste_never_breaks_even(boxes: Library) -> None:
    advice = own_advice(boxes, old_w=1000, new_w=100, ratio=Point(2.0))
    payback = advice.payback(advice.ways[-1], "ewaste")
    assert payback is not None
    assert payback.never == 1


def test_at_the_threshold_neither_wins(boxes: Library) -> None:
    advice = own_advice(boxes, old_w=1000, new_w=600, ratio=Point(2.0))
    grams = advice.threshold(advice.ways[-1])
    assert grams is not None
    # 500 kg / (4 a x 8766 h x 0.7 kW x PUE), every draw its own PUE
    pue = advice.bench.electricity.samples[advice.bench.row("energy")]
    by_hand = 500_000 / (4 * HOURS_PER_YEAR * 0.7 * pue)
    assert grams == pytest.approx(tuple(np.quantile(by_hand, (0.05, 0.5, 0.95), method="inverted_cdf")))


@pytest.mark.parametrize(("zone", "winner"), [("FR", "keep"), ("PL", "replace: new.box")])
def test_the_grid_decides_who_wins_climate(boxes: Library, zone: str, winner: str) -> None:
    advice = own_advice(boxes, old_w=1000, new_w=900, ratio=Point(1.0), zone=zone, years=3)
    odds = advice.best("gwp")
    assert max(odds, key=lambda name: odds[name]) == winner


def test_an_uncertain_ratio_makes_never_possible(boxes: Library) -> None:
    advice = own_advice(boxes, old_w=1000, new_w=1000, ratio=Lognormal(1.2, 1.5))
    payback = advice.payback(advice.ways[-1], "gwp")
    assert payback is not None
    # the ratio is below 1 in P(Z < -ln 1.2 / ln 1.5) = 32.6 % of draws
    assert payback.never == pytest.approx(0.326, abs=0.02)
    assert payback.years[2] == np.inf


def test_the_answer_differs_by_category(bench: Bench) -> None:
    # as Falk et al. 2025 would have it: use dominates climate, making dominates minerals
    old, new = (read_device(name, bench.library) for name in ("A100 SXM4 80GB", "H100 SXM"))
    advice = advise(old, Use(), [Candidate(new, Point(2.5), "stated")], bench, horizon_years=4, since=SINCE)
    climate, minerals = advice.best("gwp"), advice.best("adpe")
    assert climate["replace: H100 SXM"] > 0.9
    assert minerals["keep"] > 0.9
    assert advice.best("water") == {}
    assert advice.payback(advice.ways[-1], "water") is None


def test_the_same_product_bought_new_saves_nothing_and_second_hand_costs_less(bench: Bench) -> None:
    old = read_device("H100 SXM", bench.library)
    ways = [Candidate(old, Point(1.0), "same", second_hand=used) for used in (False, True)]
    advice = advise(old, Use(), ways, bench, horizon_years=4, since=SINCE)
    keep, extend, new, used = advice.ways
    row = bench.row("gwp")
    assert np.array_equal(new.per_year, keep.per_year)  # what both share cancels draw by draw
    assert (used.once[row] <= new.once[row]).all()
    assert (extend.once[row] < new.once[row]).all()
    assert advice.payback(new, "gwp").never == 1  # type: ignore[union-attr]


def test_extension_stands_in_for_keeping_where_spare_parts_are_needed(boxes: Library) -> None:
    advice = own_advice(boxes, old_w=500, new_w=500, ratio=Point(1.0))
    assert set(advice.best("gwp")) == {"keep", "replace: new.box"}
    assert set(advice.best("gwp", worn=True)) == {"extend", "replace: new.box"}


def test_a_ratio_from_peak_rates_reaches_from_bandwidth_to_arithmetic(bench: Bench) -> None:
    # H100 SXM over A100 SXM 80GB: 3350 / 2039 = 1.64 and 989 / 312 = 3.17
    old, new = (read_device(name, bench.library) for name in ("A100 SXM4 80GB", "H100 SXM"))
    ratio, basis = peak_ratio(old, new, bench)
    assert ratio.quantile(0.159) == pytest.approx(1.64, rel=0.01)
    assert ratio.quantile(0.841) == pytest.approx(3.17, rel=0.01)
    assert "peak rates" in basis


def test_without_rates_the_ratio_has_to_be_stated(bench: Bench) -> None:
    old, new = (read_device(name, bench.library) for name in ("A100 SXM4 80GB", "laptop"))
    with pytest.raises(InputError, match=r'"laptop=2\.5"'):
        peak_ratio(old, new, bench)


@pytest.mark.parametrize("ratio", [Point(0.0), Point(-1.0)])
def test_a_ratio_that_does_no_work_is_refused(boxes: Library, ratio: Distribution) -> None:
    with pytest.raises(InputError, match="ratio"):
        own_advice(boxes, old_w=100, new_w=100, ratio=ratio)


@pytest.mark.parametrize("years", [0.0, -1.0, 90.0])
def test_a_horizon_that_cannot_be_is_refused(boxes: Library, years: float) -> None:
    with pytest.raises(InputError, match="years"):
        own_advice(boxes, old_w=100, new_w=100, ratio=Point(1.0), years=years)


def test_a_power_nobody_knows_is_asked_for(bench: Bench) -> None:
    laptop = read_device("laptop", bench.library)
    with pytest.raises(InputError, match="state its mean power"):
        advise(laptop, Use(), [], bench, horizon_years=4, since=SINCE)


def test_what_pays_back_after_the_device_is_gone_never_does_in_its_life(boxes: Library) -> None:
    advice = own_advice(boxes, old_w=1000, new_w=990, ratio=Point(1.0))  # 10 W less for 1,000 kg
    way = advice.ways[-1]
    payback = advice.payback(way, "gwp")
    assert payback is not None
    assert payback.years[0] > way.life_years > 0
    assert (payback.never, payback.outlived) == (0, 1)
