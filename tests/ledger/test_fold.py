import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies import CHANNEL, journals, start_record
from treadlight.core.distribution import Lognormal, Normal, Point, Uniform
from treadlight.core.errors import LedgerError
from treadlight.ledger.fold import fold
from treadlight.ledger.records import RunStatus
from treadlight.ledger.tracing import Tracer
from treadlight.ledger.widening import measured, widened

HOUR = 1_760_000_400 - 1_760_000_400 % 3600
"""A UTC hour's beginning [s]."""


def samples(at: float, *values: list[Any], step: float = 1.0) -> list[dict[str, Any]]:
    return [{"kind": "sample", "t": i * step, "at": at + i * step, "v": v} for i, v in enumerate(values)]


def ramp(at: float, n: int, kwh: float = 1e-3, step: float = 1.0) -> list[dict[str, Any]]:
    return samples(at, *[[[i * kwh, i * kwh / 2, 0.0]] for i in range(n)], step=step)


def end(t: float, at: float, **changes: Any) -> dict[str, Any]:
    return {"kind": "end", "t": t, "at": at + t, "status": "finished", "exit_code": 0, "error": "", **changes}


def test_a_run_is_what_its_journal_says() -> None:
    folded = fold([start_record(at=HOUR), *ramp(HOUR, 11), end(10, HOUR)], digest="d")
    run = folded.run
    assert (run.status, run.duration_s, run.exit_code) == (RunStatus.FINISHED, 10.0, 0)
    assert run.subject.project == "digits"
    assert run.location.zone == "FR"
    assert run.labels == {"k": "v"}
    (activity,) = folded.activities
    assert activity.amount == pytest.approx(0.005)
    assert activity.allocation.rule == "process-cpu-time"
    assert activity.allocation.whole == pytest.approx(0.01)
    assert activity.evidence.digest == run.journal_digest == "d"
    assert activity.evidence.source == "rapl"
    assert activity.parent == run.id
    assert activity.location.device == "package-0"
    assert (activity.start, activity.end) == (run.start, run.end)
    (state,) = run.channels
    assert (state.state, state.whole, state.amount) == ("read", pytest.approx(0.01), pytest.approx(0.005))


def test_energy_is_split_where_a_utc_hour_begins() -> None:
    at = HOUR - 10.0
    edge = {"kind": "sample", "t": 10.0, "at": HOUR, "v": [[0.01, 0.005, 0.0]], "edge": True}
    records = [start_record(at=at), *ramp(at, 10), edge, *[r | {"t": r["t"] + 11} for r in _later(at)]]
    first, second = fold(records).activities
    assert first.end == second.start == datetime.fromtimestamp(HOUR, UTC)
    assert (first.amount, second.amount) == (pytest.approx(0.005), pytest.approx(0.005))
    assert first.id != second.id


def _later(at: float) -> list[dict[str, Any]]:
    return [r | {"v": [[0.01 + (i + 1) * 1e-3, 0.005 + (i + 1) * 5e-4, 0.0]]} for i, r in enumerate(ramp(at, 10))]


def test_an_hour_edge_without_a_sample_is_interpolated() -> None:
    at = HOUR - 1.0
    records = [start_record(at=at), *samples(at, [[0.0, 0.0, 0.0]], [[0.004, 0.004, 0.0]], step=4.0)]
    first, second = fold(records).activities
    assert (first.amount, second.amount) == (pytest.approx(0.001), pytest.approx(0.003))


@settings(max_examples=60, deadline=None)
@given(journals())
def test_folding_loses_no_energy_and_makes_none(records: list[dict[str, Any]]) -> None:
    folded = fold(records)
    values = next((r["v"] for r in reversed(records) if r["kind"] == "sample"), [])
    total = math.fsum(v[1] for v in values)
    known = [a for a in folded.activities if not isinstance(a.uncertainty, Uniform)]
    if len(known) == len(folded.activities):
        assert math.fsum(a.amount for a in known) == pytest.approx(total, rel=1e-9, abs=1e-12)
    for activity in folded.activities:
        assert activity.amount >= 0
        assert (activity.end - activity.start).total_seconds() <= 3600
    assert len({a.id for a in folded.activities}) == len(folded.activities)
    if folded.trace:
        steps = [b - a for a, b in zip(folded.trace.t_s, folded.trace.t_s[1:], strict=False)]
        for series, value in zip(folded.trace.series, values, strict=True):
            joules = math.fsum((w or 0.0) * s for w, s in zip(series.whole_w, steps, strict=True))
            first = next(r for r in records if r["kind"] == "sample")["v"][list(folded.trace.series).index(series)]
            assert joules == pytest.approx((value[0] - first[0]) * 3.6e6, rel=1e-6, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(journals())
def test_a_longer_copy_finds_the_ids_of_a_shorter_one(records: list[dict[str, Any]]) -> None:
    whole = {a.id for a in fold(records).activities}
    for cut in range(1, len(records)):
        assert {a.id for a in fold(records[:cut]).activities} <= whole


def test_a_journal_without_samples_has_unknown_energy_not_zero() -> None:
    folded = fold([start_record()])
    assert folded.run.status is RunStatus.INTERRUPTED
    assert folded.activities == []
    assert folded.trace is None
    (state,) = folded.run.channels
    assert (state.whole, state.amount, state.state) == (None, None, "unreadable")


def test_a_channel_that_was_never_read_gives_no_activity() -> None:
    two = [CHANNEL, CHANNEL | {"key": "nvml:gpu0", "component": "gpu", "device": "gpu0"}]
    values = [[[i * 1e-3, i * 1e-3, 0.0], None] for i in range(5)]
    folded = fold([start_record(at=HOUR, channels=two), *samples(HOUR, *values)])
    assert {a.component for a in folded.activities} == {"cpu"}
    assert folded.run.channels[1].amount is None
    assert folded.trace is not None
    assert set(folded.trace.series[1].whole_w) == {None}


def test_without_an_end_a_run_is_running_or_interrupted() -> None:
    records = [start_record(at=HOUR), *ramp(HOUR, 4)]
    assert fold(records, live=True).run.status is RunStatus.RUNNING
    killed = fold(records)
    assert killed.run.status is RunStatus.INTERRUPTED
    assert killed.activities[0].amount == pytest.approx(1.5e-3)


def test_a_failed_run_keeps_its_error() -> None:
    run = fold([start_record(at=HOUR), *ramp(HOUR, 3), end(2, HOUR, status="failed", error="ValueError")]).run
    assert (run.status, run.error) == (RunStatus.FAILED, "ValueError")


def test_windows_nest_and_keep_their_counts() -> None:
    def v(i: float) -> list[list[float]]:
        return [[i * 1e-3, i * 5e-4, 0.0]]

    records = [
        start_record(at=HOUR),
        *ramp(HOUR, 3),
        {"kind": "window-begin", "id": "w1", "name": "epoch 1", "t": 2.0, "at": HOUR + 2, "v": v(2)},
        {"kind": "window-begin", "id": "w2", "name": "inner", "t": 2.5, "at": HOUR + 2.5, "v": v(2.5)},
        {"kind": "count", "t": 2.6, "counts": {"samples": 10}, "window": "w2"},
        {"kind": "count", "t": 2.7, "counts": {"samples": 5}, "window": ""},
        {"kind": "window", "id": "w2", "name": "inner", "t": 3.0, "at": HOUR + 3, "v": v(3), "status": "finished"},
        {"kind": "sample", "t": 4.0, "at": HOUR + 4, "v": v(4)},
    ]
    folded = fold(records)
    outer, inner = folded.windows
    assert (outer.status, outer.t1_s) == ("interrupted", 4.0)
    assert outer.amounts[0][2:4] == (pytest.approx(2e-3), pytest.approx(1e-3))
    assert inner.amounts[0][2] == pytest.approx(5e-4)
    assert (inner.status, inner.counts) == ("finished", {"samples": 10})
    assert folded.run.counts == {"samples": 15}
    assert fold(records, live=True).windows[0].status == "running"


def test_a_window_that_began_after_the_last_sample_has_used_nothing_yet() -> None:
    begin = {"kind": "window-begin", "id": "w", "name": "late", "t": 2.5, "at": HOUR + 2.5, "v": [[9e-3, 5e-3, 0.0]]}
    for live, status in ((True, "running"), (False, "interrupted")):
        folded = fold([start_record(at=HOUR), *ramp(HOUR, 3), begin], live=live)
        (window,) = folded.windows
        assert (window.status, [amount[2:4] for amount in window.amounts]) == (status, [(0.0, 0.0)])
        assert folded.activities[0].amount == pytest.approx(1e-3)


def test_a_later_channel_counts_from_where_it_appears() -> None:
    records = [
        start_record(at=HOUR),
        *ramp(HOUR, 3),
        {"kind": "channel", "t": 2.5, **CHANNEL, "key": "nvml:gpu0", "component": "gpu", "device": "gpu0"},
        {"kind": "sample", "t": 3.0, "at": HOUR + 3, "v": [[3e-3, 1e-3, 0.0], [2e-3, 2e-3, 0.0]]},
    ]
    gpu = fold(records).activities[1]
    assert (gpu.component, gpu.amount) == ("gpu", pytest.approx(2e-3))


def test_states_follow_the_journal_and_come_back() -> None:
    stale, back = ramp(HOUR, 3)[1:]
    folded = fold([start_record(at=HOUR), stale | {"s": {"0": "stale: stands still"}}])
    assert (folded.run.channels[0].state, folded.run.channels[0].detail) == ("stale", "stands still")
    folded = fold([start_record(at=HOUR), stale | {"s": {"0": "stale: stands still"}}, back | {"s": {"0": "read"}}])
    assert (folded.run.channels[0].state, folded.run.channels[0].detail) == ("read", "")


def test_refusals_are_states_unless_another_channel_reads_the_device() -> None:
    refused = {"key": "rapl:dram", "component": "memory", "device": "dram", "state": "unreadable", "reason": "no right",
               "remedy": "chmod"}  # fmt: skip
    covered = refused | {"component": "cpu", "device": "package-0"}
    run = fold([start_record(at=HOUR, refusals=[refused, covered])]).run
    assert [(c.key, c.state, c.amount) for c in run.channels[1:]] == [("rapl:dram", "unreadable", None)]
    assert run.channels[1].detail == "no right; chmod"


def test_a_clock_step_moves_stamps_and_never_durations() -> None:
    gap = {"kind": "gap", "t0": 2.0, "t1": 3.0, "at0": HOUR + 2, "at1": HOUR + 7203, "reason": "clock-step",
           "step_s": 7200.0}  # fmt: skip
    before, after = ramp(HOUR, 3), [r | {"t": r["t"] + 3, "v": [[4e-3, 2e-3, 0]]} for r in ramp(HOUR, 2)]
    folded = fold([start_record(at=HOUR), *before, gap, *after])
    assert folded.run.duration_s == 4.0
    assert folded.run.gaps[0].step_s == 7200.0
    assert folded.run.end == datetime.fromtimestamp(HOUR + 7204, UTC)
    assert math.fsum(a.amount for a in folded.activities) == pytest.approx(2e-3)
    assert [a.start.hour for a in folded.activities] == [datetime.fromtimestamp(HOUR + s, UTC).hour for s in (0, 7203)]


def test_a_clock_set_back_still_gives_one_piece_an_hour() -> None:
    gap = {"kind": "gap", "t0": 2.0, "t1": 2.0, "at0": HOUR + 2, "at1": HOUR - 598, "reason": "clock-step"}
    back = [r | {"t": r["t"] + 3, "v": [[4e-3 + r["t"] * 1e-6, 2e-3, 0]]} for r in ramp(HOUR, 700)]
    folded = fold([start_record(at=HOUR), *ramp(HOUR, 3), gap, *back])
    assert len(folded.activities) == 2
    assert all(a.end >= a.start for a in folded.activities)
    assert math.fsum(a.amount for a in folded.activities) == pytest.approx(2e-3)


def test_slack_widens_the_interval() -> None:
    values = [[[i * 1e-3, i * 5e-4, i * 1e-4]] for i in range(11)]
    (activity,) = fold([start_record(at=HOUR), *samples(HOUR, *values)]).activities
    assert isinstance(activity.uncertainty, Lognormal)
    assert math.log(activity.uncertainty.gsd) == pytest.approx(math.hypot(math.log(1.05), 0.1), rel=0.02)


def test_widening_keeps_a_narrow_normal_and_makes_a_wide_one_lognormal() -> None:
    assert widened(Normal(1.0, 0.03), 0.04) == Normal(1.0, 0.05)
    assert widened(Point(1.0), 0.1) == Normal(1.0, 0.1)
    wide = widened(Normal(1.0, 0.3), 0.4)
    assert isinstance(wide, Lognormal)
    assert wide.sigma == pytest.approx(math.sqrt(math.log1p(0.25)), rel=0.01)
    assert widened(Lognormal(1.0, 1.5), 0.0) == Lognormal(1.0, 1.5)


def test_a_counter_that_did_not_move_is_uncertain_not_zero() -> None:
    whole, amount, spread = measured(0.0, 0.0, 2e-6, Lognormal(1.0, 1.05))
    assert (whole, amount) == (2e-6, 2e-6)
    assert spread == Uniform(0.0, 2.0)
    assert measured(1.0, 0.0, 0.0, Point(1.0))[1] == 0.0


def test_a_long_trace_is_thinned_and_keeps_its_energy() -> None:
    records = ramp(HOUR, 20_000)
    trace = fold([start_record(at=HOUR), *records]).trace
    assert trace is not None
    steps = [b - a for a, b in zip(trace.t_s, trace.t_s[1:], strict=False)]
    assert len(steps) <= 400
    joules = math.fsum((w or 0.0) * s for w, s in zip(trace.series[0].whole_w, steps, strict=True))
    assert joules == pytest.approx(19_999 * 1e-3 * 3.6e6)


def test_a_trace_of_a_very_long_run_is_evenly_spread() -> None:
    def lines() -> Iterator[dict[str, Any]]:
        yield start_record(at=HOUR)
        for i in range(100_001):
            yield {"kind": "sample", "t": i * 10.0, "at": HOUR + i * 10.0, "v": [[i * 1e-3, i * 1e-3, 0.0]]}

    trace = fold(lines()).trace
    assert trace is not None
    steps = [b - a for a, b in zip(trace.t_s, trace.t_s[1:], strict=False)]
    assert (trace.t_s[0], trace.t_s[-1]) == (0.0, 1e6)
    assert 300 < len(steps) <= 400
    assert max(steps) < 2 * min(steps) < 10_000
    joules = math.fsum((w or 0.0) * s for w, s in zip(trace.series[0].whole_w, steps, strict=True))
    assert joules == pytest.approx(100 * 3.6e6)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(1e-3, 1e5), min_size=1, max_size=60), st.integers(1, 120))
def test_a_trace_of_any_rhythm_keeps_ends_order_and_energy(pattern: list[float], times: int) -> None:
    t_s, tracer = 0.0, Tracer()
    tracer.sample(0.0, [(0.0, 0.0, 0.0)])
    for i, step in enumerate(pattern * times, 1):
        t_s += step
        tracer.sample(t_s, [(i * 1e-3, i * 1e-3, 0.0)])
    trace = tracer.trace("run", datetime.fromtimestamp(HOUR, UTC), [(0, "k", "cpu")])
    assert trace is not None
    assert (trace.t_s[0], trace.t_s[-1]) == (0.0, t_s)
    steps = [b - a for a, b in zip(trace.t_s, trace.t_s[1:], strict=False)]
    assert len(steps) <= 400
    assert min(steps) > 0
    joules = math.fsum((w or 0.0) * s for w, s in zip(trace.series[0].whole_w, steps, strict=True))
    assert joules == pytest.approx(len(pattern) * times * 3600)


GOOD = [start_record(at=HOUR), *ramp(HOUR, 3)]
BAD: list[tuple[str, list[dict[str, Any]], str]] = [
    ("first record", GOOD[1:], "journal:1"),
    ("nothing", [], "journal:0"),
    ("second start", [*GOOD, GOOD[0]], "journal:5"),
    ("after the end", [*GOOD, end(3, HOUR), end(4, HOUR)], "journal:6"),
    ("unknown kind", [*GOOD, {"kind": "smaple"}], "smaple"),
    ("unknown field", [*GOOD, GOOD[1] | {"t": 9.0, "edg": True}], "edg"),
    ("missing field", [*GOOD, {"kind": "note", "t": 1.0}], "text"),
    ("wrong type", [*GOOD, {"kind": "note", "t": "1", "text": ""}], "t: has the wrong type"),
    ("too few values", [*GOOD, GOOD[1] | {"t": 9.0, "v": []}], "journal:5: v"),
    ("negative value", [*GOOD, GOOD[1] | {"t": 9.0, "v": [[-1.0, 0, 0]]}], "journal:5: v|v: is no value"),
    ("infinite value", [*GOOD, GOOD[1] | {"t": 9.0, "v": [[math.inf, 0, 0]]}], "v"),
    ("falling value", [*GOOD, GOOD[1] | {"t": 9.0}], "falls"),
    ("time backwards", [*GOOD, GOOD[1] | {"v": [[1.0, 1.0, 0.0]], "t": 0.5}], "lies before"),
    ("not a time", [start_record(at=1e300)], "at"),
    ("unknown schema", [start_record(schema="treadlight.journal/9")], "newer"),
    ("unknown flow", [start_record(channels=[CHANNEL | {"flow": "steam"}])], "flow"),
    ("unknown method", [start_record(channels=[CHANNEL | {"method": "guessed"}])], "method"),
    ("bad distribution", [start_record(channels=[CHANNEL | {"uncertainty": "normal(nan,1)"}])], "distribution|mean"),
    ("unknown window", [*GOOD, {"kind": "count", "t": 3, "counts": {}, "window": "w"}], "window"),
    ("negative count", [*GOOD, {"kind": "count", "t": 3, "counts": {"n": -1}}], "n: is no count"),
    ("a run of centuries", [*GOOD, GOOD[1] | {"t": 1e10}], "t: is no time of a run"),
    ("a wall clock that runs away", [*GOOD, GOOD[1] | {"t": 2e5}], "at: lies days away"),
    (
        "a gap of centuries",
        [*GOOD, {"kind": "gap", "t0": 3, "t1": 1e10, "at0": 0, "at1": 0, "reason": "x"}],
        "t1: is no",
    ),
    ("two channels of one key", [start_record(channels=[CHANNEL, CHANNEL])], "names two channels"),
    ("a later channel of a known key", [*GOOD, {"kind": "channel", "t": 2.5, **CHANNEL}], "names two channels"),
    ("share above the whole", [*GOOD, GOOD[1] | {"t": 9.0, "v": [[1.0, 5.0, 0.0]]}], "share exceeds the whole"),
    ("share above the whole, as integers", [*GOOD, GOOD[1] | {"t": 9.0, "v": [[1, 5, 0]]}], "share exceeds the whole"),
    ("NUL in a text", [*GOOD, {"kind": "note", "t": 3.0, "text": "a\0"}], "NUL"),
    ("half a pair in a state", [*GOOD, GOOD[1] | {"t": 9.0, "s": {"0": "read: \ud800"}}], "surrogate"),
    (
        "a label that is no text",
        [start_record() | {"run": {"id": "a", "name": "b", "labels": {"a": 1}}}],
        "must be text",
    ),
    ("a count beyond reason", [*GOOD, {"kind": "count", "t": 3, "counts": {"n": 10**400}}], "n: is no count"),
    ("an exit code beyond reason", [*GOOD, end(3, HOUR, exit_code=1 << 60)], "beyond 2"),
    ("before 1970", [start_record(at=-3e10)], "is no time"),
    ("a window without id", [*GOOD, GOOD[1] | {"kind": "window-begin", "id": "", "name": "w"}], "id: is missing"),
    ("unknown status", [*GOOD, end(3, HOUR, status="great")], "status"),
]


@pytest.mark.parametrize(("records", "message"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_what_is_no_journal_is_refused_with_the_records_number(records: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(LedgerError, match=message):
        fold(records)


def test_rounding_of_a_share_is_no_fault() -> None:
    values = [[[i * 1e-3, i * 1e-3 * (1 + 1e-9), 0.0]] for i in range(3)]
    (activity,) = fold([start_record(at=HOUR), *samples(HOUR, *values)]).activities
    assert activity.amount == pytest.approx(2e-3)
