"""Differences of counters, and what they add up to, whatever the counter does."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from measure.fakes.profiles import ramp, square, steady
from treadlight.core.activity import EvidenceMethod
from treadlight.core.distribution import Normal
from treadlight.core.uncertainty import widened
from treadlight.measure.accumulate import Accumulator
from treadlight.measure.difference import counter_difference
from treadlight.measure.meter import Channel, Reading, State

WRAP_J = 262_143.328850


def channel(
    *,
    wrap_j: float | None = WRAP_J,
    wrap_known: bool = True,
    max_power_w: float | None = 300.0,
    update_s: float = 0.001,
) -> Channel:
    return Channel(
        key="rapl:package-0",
        meter="rapl",
        component="cpu",
        device="package-0",
        method=EvidenceMethod.METERED,
        basis="energy counter of the package",
        uncertainty=Normal(1.0, 0.03),
        cause="rapl:package",
        resolution_j=6e-5,
        update_s=update_s,
        wrap_j=wrap_j,
        wrap_known=wrap_known,
        max_power_w=max_power_w,
    )


def counted(t_s: float, joules: float) -> Reading:
    return Reading("rapl:package-0", State.READ, t_s, joules=joules)


def polled(t_s: float, power_w: float) -> Reading:
    return Reading("rapl:package-0", State.READ, t_s, power_w=power_w)


def failed(t_s: float, state: State = State.UNREADABLE) -> Reading:
    return Reading("rapl:package-0", state, t_s, detail="Input/output error")


def fed(accumulator: Accumulator, *readings: Reading) -> Accumulator:
    for reading in readings:
        accumulator.update(reading)
    return accumulator


# -- differences -------------------------------------------------------------------------------------------------------


@given(st.floats(0, WRAP_J, exclude_max=True), st.floats(0, 300))
def test_counter_wrap_loses_no_energy(before: float, flowed: float) -> None:
    after = math.fmod(before + flowed, WRAP_J)
    step = counter_difference(before, after, elapsed_s=1.0, wrap_j=WRAP_J, max_power_w=300.0)
    assert step is not None
    assert step.joules == pytest.approx(flowed, abs=1e-6)
    assert step.slack_j == 0


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(1e-3, 1e6), st.floats(1, 1e3), st.floats(0, 1e3) | st.none())
def test_no_difference_is_negative_or_beyond_the_largest_power(
    before: float, after: float, elapsed: float, most: float, mean: float | None
) -> None:
    for wrap, known in ((WRAP_J, True), (None, True), (None, False)):
        step = counter_difference(
            before, after, elapsed_s=elapsed, wrap_j=wrap, wrap_known=known, max_power_w=most, mean_power_w=mean
        )
        if step is not None:
            assert 0 <= step.joules <= most * (1.1 * elapsed + 0.25)
            assert step.slack_j >= 0


def test_more_than_one_wrap_is_possible_only_when_power_and_time_allow_it() -> None:
    once = counter_difference(100.0, 90.0, elapsed_s=600.0, wrap_j=WRAP_J, max_power_w=450.0, mean_power_w=430.0)
    assert once is not None and (once.joules, once.slack_j) == (pytest.approx(WRAP_J - 10), 0)
    twice = counter_difference(100.0, 90.0, elapsed_s=2000.0, wrap_j=WRAP_J, max_power_w=450.0, mean_power_w=262.0)
    assert twice is not None
    assert twice.joules == pytest.approx(2 * WRAP_J - 10)
    assert twice.slack_j > WRAP_J / 4


def test_a_fall_that_a_wrap_cannot_explain_is_no_energy_but_unknown() -> None:
    assert counter_difference(5000.0, 20.0, elapsed_s=1.0, wrap_j=WRAP_J, max_power_w=300.0) is None
    assert counter_difference(5000.0, 20.0, elapsed_s=1.0, wrap_j=None) is None


def test_a_fall_that_needs_much_of_the_range_and_far_more_power_than_before_is_a_reset() -> None:
    told = {"elapsed_s": 600.0, "wrap_j": WRAP_J, "max_power_w": 300.0, "mean_power_w": 20.0}
    assert counter_difference(WRAP_J - 100_000, 20.0, **told) is None
    near = counter_difference(WRAP_J - 10_000, 20.0, **told)
    assert near is not None and near.joules == pytest.approx(10_020)


def test_a_fall_across_a_suspend_is_a_reset_unless_too_much_is_shown_afterwards() -> None:
    told = {"elapsed_s": 1.0, "suspended_s": 3000.0, "wrap_j": WRAP_J, "max_power_w": 300.0, "mean_power_w": 50.0}
    assert counter_difference(WRAP_J - 1000, 30.0, **told) is None
    wrapped = counter_difference(WRAP_J - 1000, 2000.0, **told)
    assert wrapped is not None and wrapped.joules == pytest.approx(3000)


def test_a_jump_no_hardware_can_make_is_unknown() -> None:
    assert counter_difference(0.0, 1e6, elapsed_s=1.0, wrap_j=None, max_power_w=300.0) is None


def test_a_fall_without_known_range_is_a_usual_range_if_that_fits_the_power() -> None:
    step = counter_difference(
        WRAP_J - 20, 30.0, elapsed_s=1.0, wrap_j=None, wrap_known=False, max_power_w=300.0, mean_power_w=50.0
    )
    assert step is not None and step.joules == pytest.approx(50.0, abs=0.01)
    odd = counter_difference(
        100_000.0, 30.0, elapsed_s=1.0, wrap_j=None, wrap_known=False, max_power_w=300.0, mean_power_w=50.0
    )
    assert odd is None


# -- sums --------------------------------------------------------------------------------------------------------------


def test_nothing_is_known_before_two_readings() -> None:
    acc = Accumulator(channel())
    assert (acc.joules, acc.state, acc.at(0.0)) == (None, State.ABSENT, None)
    acc.update(counted(0.0, 100.0))
    assert (acc.joules, acc.state, acc.at(0.0)) == (None, State.READ, None)
    acc.update(counted(1.0, 150.0))
    assert acc.joules == pytest.approx(50.0)


@given(
    st.floats(0, WRAP_J, exclude_max=True),
    st.lists(st.tuples(st.floats(0.01, 30.0), st.floats(0.5, 290.0)), min_size=1, max_size=30),
)
def test_energy_does_not_depend_on_where_the_counter_stood(start: float, parts: list[tuple[float, float]]) -> None:
    acc, t_s, truth = Accumulator(channel()), 0.0, 0.0
    acc.update(counted(0.0, start))
    for seconds, power_w in parts:
        t_s, truth = t_s + seconds, truth + seconds * power_w
        acc.update(counted(t_s, math.fmod(start + truth, WRAP_J)))
    assert acc.joules == pytest.approx(truth, rel=1e-6, abs=1e-4)


READINGS = st.lists(
    st.tuples(
        st.floats(-1, 100),
        st.sampled_from(["joules", "power", "failed", "gap", "at"]),
        st.floats(allow_nan=True, allow_infinity=True),
    ),
    max_size=40,
)


@given(READINGS, st.sampled_from([(WRAP_J, True), (None, True), (None, False)]))
def test_whatever_is_read_energy_and_slack_never_fall(
    events: list[tuple[float, str, float]], wrap: tuple[float | None, bool]
) -> None:
    acc = Accumulator(channel(wrap_j=wrap[0], wrap_known=wrap[1]))
    t_s, energy, slack = 0.0, 0.0, 0.0
    for seconds, kind, value in events:
        t_s += seconds
        if kind == "gap":
            acc.gap(seconds)
        elif kind == "at":
            acc.at(t_s)
        elif kind == "failed":
            acc.update(failed(t_s))
        else:
            acc.update(counted(t_s, value) if kind == "joules" else polled(t_s, value))
        assert acc.slack_j >= slack
        assert acc.joules is None or (math.isfinite(acc.joules) and acc.joules >= energy)
        assert math.isfinite(acc.slack_j)
        energy, slack = acc.joules or energy, acc.slack_j


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0])
def test_a_reading_that_is_no_number_is_unreadable_and_loses_nothing(value: float) -> None:
    acc = fed(Accumulator(channel()), counted(0, 0), counted(1, 50), counted(2, value))
    assert (acc.state, acc.joules) == (State.UNREADABLE, 50)
    acc.update(counted(3, 150))
    assert (acc.state, acc.joules) == (State.READ, 150)


def test_power_beyond_the_device_is_unreadable() -> None:
    acc = fed(Accumulator(channel()), polled(0, 100), polled(1, 100), polled(2, 5000))
    assert (acc.state, acc.joules) == (State.UNREADABLE, 100)


def test_a_failed_reading_loses_no_energy() -> None:
    acc = fed(Accumulator(channel()), counted(0, 0), counted(1, 50), failed(2), failed(3))
    assert (acc.state, acc.detail, acc.joules) == (State.UNREADABLE, "Input/output error", 50)
    acc.update(counted(4, 200))
    assert (acc.state, acc.joules) == (State.READ, 200)


def test_a_reset_is_filled_in_at_the_power_before_and_after_and_widens() -> None:
    acc = fed(Accumulator(channel()), *(counted(t, 50_000 + 50 * t) for t in range(6)))
    before = acc.slack_j
    acc.update(counted(6, 10))
    assert acc.joules == pytest.approx(300)
    assert acc.slack_j > before
    assert "reset" in acc.notes[0]
    acc.update(counted(7, 110))  # 100 W now: the lost second lay between 50 and 100 W
    assert acc.joules == pytest.approx(250 + 75 + 100)


def test_a_reset_before_anything_is_known_is_filled_in_later() -> None:
    acc = fed(Accumulator(channel()), counted(0, 5000), counted(1, 10))
    assert acc.joules is None
    acc.update(counted(2, 60))
    assert acc.joules == pytest.approx(100)
    assert acc.slack_j >= 25


def test_a_counter_that_stands_still_is_stale_not_zero() -> None:
    acc = fed(Accumulator(channel()), *(counted(t, 100.0) for t in range(10)))
    assert (acc.state, acc.joules) == (State.STALE, None)


def test_a_counter_that_stopped_is_stale_and_resumes_wider() -> None:
    acc = fed(Accumulator(channel()), counted(0, 0), counted(1, 50), counted(2, 100))
    before = acc.slack_j
    fed(acc, *(counted(t, 100) for t in range(3, 9)))
    assert (acc.state, acc.joules) == (State.STALE, 100)
    acc.update(counted(9, 150))
    assert (acc.state, acc.joules) == (State.READ, 150)
    assert acc.slack_j > before + 100


def test_reading_faster_than_the_counter_steps_is_not_stale() -> None:
    acc = Accumulator(channel(update_s=0.1, wrap_j=None))
    for i in range(100):
        t_s = i * 0.01
        acc.update(counted(t_s, 250 * (t_s // 0.1) * 0.1))
        assert acc.state is State.READ
    assert acc.joules == pytest.approx(225, abs=26)


@pytest.mark.parametrize("length_s", [0.001, 0.01, 0.1, 0.5])
def test_a_short_window_is_interpolated_and_never_zero(length_s: float) -> None:
    acc = Accumulator(channel(update_s=0.1, wrap_j=None))
    fed(acc, counted(0, 0), counted(1, 250), counted(2, 500))
    mark = acc.mark(2.3)
    window = acc.since(mark, 2.3 + length_s)
    assert window is not None
    amount_j, slack_j = window
    truth = widened(Normal(1, 0.03), slack_j / amount_j).scaled(amount_j)
    assert truth.quantile(0.05) <= 250 * length_s <= truth.quantile(0.95)
    assert window[0] > 0
    acc.update(counted(3, 750))
    again = acc.since(mark, 2.3 + length_s)
    assert again is not None and again[0] == pytest.approx(250 * length_s, rel=0.01)


def test_a_window_that_began_before_anything_was_known_is_known_later() -> None:
    acc = Accumulator(channel())
    acc.update(counted(0, 0))
    mark = acc.mark(0.0)
    assert acc.since(mark, 0.5) is None
    acc.update(counted(1, 50))
    window = acc.since(mark, 1.0)
    assert window is not None and window[0] == pytest.approx(50)


def test_windows_do_not_widen_the_run_and_edges_of_the_record_do() -> None:
    acc = fed(Accumulator(channel()), counted(0, 0), counted(1, 50), counted(2, 150))
    before = acc.slack_j
    for _ in range(100):
        acc.since(acc.mark(0.5), 1.5)
    assert acc.slack_j == before
    edge = acc.at(1.5)
    assert edge is not None and edge[0] == pytest.approx(100)
    assert acc.slack_j == edge[1] > before


def test_what_was_said_ahead_is_never_taken_back() -> None:
    acc = fed(Accumulator(channel()), counted(0, 0), counted(1, 100))
    ahead = acc.at(2.0)
    assert ahead is not None and ahead[0] == pytest.approx(200)
    acc.update(counted(2.0, 110))
    assert acc.joules == pytest.approx(200)
    acc.update(counted(4.0, 400))
    assert acc.joules == pytest.approx(400)


def test_a_suspend_within_the_largest_power_is_counted() -> None:
    acc = fed(Accumulator(channel()), counted(0, 0), counted(1, 50))
    acc.gap(3600.0)
    acc.update(counted(2, 3600 + 100))
    assert acc.joules == pytest.approx(3700)


def test_a_jump_that_no_gap_explains_is_filled_in() -> None:
    acc = fed(Accumulator(channel(wrap_j=None)), counted(0, 0), counted(1, 50), counted(2, 90_000))
    assert acc.joules == pytest.approx(100)


def test_power_is_integrated_by_trapezoids_and_widens_with_its_swings() -> None:
    calm = fed(Accumulator(channel()), *(polled(t, 100) for t in range(11)))
    rough = fed(Accumulator(channel()), *(polled(t, 50 + 100 * (t % 2)) for t in range(11)))
    assert (calm.joules, rough.joules) == (1000, 1000)
    assert rough.slack_j > 3 * calm.slack_j


def test_a_standby_fills_the_time_since_the_last_good_reading() -> None:
    acc = fed(Accumulator(channel(), since_s=7.0), counted(10, 0), counted(11, 50))
    assert acc.joules == pytest.approx(200)
    assert acc.slack_j > 50


def test_a_counter_above_its_stated_range_is_not_wrapped_there() -> None:
    acc = fed(Accumulator(channel(wrap_j=1000.0)), counted(0, 5000), counted(1, 5050), counted(2, 5100))
    assert acc.joules == pytest.approx(100)
    assert "range" in acc.notes[0]


@given(st.floats(1, 290), st.floats(1, 290), st.floats(0.3, 3.0), st.floats(0.05, 0.95))
def test_a_counter_tells_swings_faster_than_it_is_read(low: float, high: float, period: float, duty: float) -> None:
    profile = square(min(low, high), max(low, high), period, duty)
    acc = fed(Accumulator(channel()), *(counted(t, profile.energy(t)) for t in range(30)))
    assert acc.joules == pytest.approx(profile.energy(29), rel=1e-9)


def test_readings_out_of_order_change_nothing() -> None:
    acc = fed(Accumulator(channel()), counted(0, 0), counted(2, 100), counted(1, 50), counted(2, 100))
    assert acc.joules == 100


def test_a_long_run_keeps_little_and_forgets_no_energy() -> None:
    acc, profile = Accumulator(channel()), ramp(10, 200, 5000)
    for t in range(5001):
        acc.update(counted(t, math.fmod(profile.energy(t), WRAP_J)))
    assert acc.joules == pytest.approx(profile.energy(5000), rel=1e-9)
    assert len(acc._points) <= 256
    assert acc.since(acc.mark(5000), 5001) == (
        pytest.approx(steady(200).energy(1), rel=0.1),
        pytest.approx(60, rel=0.6),
    )
