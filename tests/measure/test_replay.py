"""Replay: a recorded trace is a meter like any other, and says where it comes from."""

from pathlib import Path

import pytest

from treadlight.core.activity import EvidenceMethod
from treadlight.core.errors import MeterError
from treadlight.measure.accumulate import Accumulator
from treadlight.measure.meter import Context, Discovery, Reading, State
from treadlight.measure.meters.replay import ReplayMeter, meter
from treadlight.measure.trace import read_recording

SYNTHETIC = """\
# treadlight.trace/1
# title: two phases
# provenance: written by hand for this test
# synthetic: yes
# method: reported
# uncertainty: normal(1.0,0.03)
# wrap_j: 1000
t_s,cpu:package-0:joules,gpu:gpu0:watts
100,950,50
101,0,50
102,50,150
103,,150
104,150,150
"""


def played(path: Path, text: str = SYNTHETIC) -> tuple[ReplayMeter, Discovery]:
    file = path / "trace.csv"
    file.write_text(text)
    made = meter(Context(replay_path=str(file)))
    return made, made.discover()


def by_key(readings: list[Reading]) -> dict[str, Reading]:
    return {r.key: r for r in readings}


def test_nothing_is_played_unless_a_trace_is_named() -> None:
    made = meter(Context())
    assert made.discover() == Discovery()
    assert made.read(0.0) == []


def test_a_trace_says_what_it_is(tmp_path: Path) -> None:
    _, discovery = played(tmp_path)
    cpu, gpu = discovery.channels
    assert (cpu.key, cpu.component, cpu.device) == ("replay:cpu:package-0", "cpu", "package-0")
    assert (cpu.method, str(cpu.uncertainty), cpu.wrap_j) == (EvidenceMethod.REPORTED, "normal(1.0,0.03)", 1000.0)
    assert cpu.basis == "synthetic trace “two phases”: written by hand for this test"
    assert gpu.update_s == 1.0


def test_played_energy_is_that_of_the_trace_wrap_included(tmp_path: Path) -> None:
    made, discovery = played(tmp_path)
    sums = {c.key: Accumulator(c) for c in discovery.channels}
    for i in range(17):
        for reading in made.read(7.0 + i / 4):
            sums[reading.key].update(reading)
    assert sums["replay:cpu:package-0"].joules == pytest.approx(200)
    assert sums["replay:gpu:gpu0"].joules == pytest.approx(50 + 100 + 150 + 150)


def test_what_was_not_read_is_unreadable_when_played(tmp_path: Path) -> None:
    made, _ = played(tmp_path)
    made.read(0.0)
    readings = by_key(made.read(2.5))
    assert readings["replay:cpu:package-0"].state is State.UNREADABLE
    assert readings["replay:gpu:gpu0"].state is State.READ
    assert by_key(made.read(4.0))["replay:cpu:package-0"].joules == pytest.approx(150)


def test_after_its_end_a_trace_is_absent(tmp_path: Path) -> None:
    made, _ = played(tmp_path)
    made.read(0.0)
    assert {(r.state, r.detail) for r in made.read(4.5)} == {(State.ABSENT, "the trace ended after 4 s")}


def test_without_a_stated_error_the_interval_is_wide(tmp_path: Path) -> None:
    text = "t_s,cpu:a:watts\n0,1\n1,1\n"
    (channel,) = played(tmp_path, text)[1].channels
    assert channel.uncertainty.quantile(0.95) > 1.4


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("t_s,cpu:a:watts\n0,1\n", "fewer than two rows"),
        ("time,cpu:a:watts\n0,1\n1,1\n", "not the header"),
        ("t_s,cpu:a:volts\n0,1\n1,1\n", "not a channel"),
        ("t_s,toaster:a:watts\n0,1\n1,1\n", "not a channel"),
        ("t_s,cpu:a:watts,cpu:a:joules\n0,1,1\n1,1,1\n", "twice"),
        ("t_s,cpu:a:watts\n1,1\n0,1\n", "must rise"),
        ("t_s,cpu:a:watts\n0,1\n1,1,1\n", "3 cells"),
        ("t_s,cpu:a:watts\n0,1\n1,nan\n", "not a number"),
        ("t_s,cpu:a:watts\n0,1\n1,-5\n", "not a number"),
        ("t_s,cpu:a:watts\n0,1\n1,\n", "fewer than two values"),
        ("t_s,cpu:a:joules\n0,10\n1,5\n", "falls at 1 s"),
        ("# method: guessed\nt_s,cpu:a:joules\n0,1\n1,5\n", "unknown method"),
        ("# uncertainty: some\nt_s,cpu:a:joules\n0,1\n1,5\n", "not a distribution"),
        ("# wrap_j: -3\nt_s,cpu:a:joules\n0,1\n1,5\n", "above 0"),
    ],
)
def test_a_broken_trace_is_refused_in_one_line(tmp_path: Path, text: str, what: str) -> None:
    _, discovery = played(tmp_path, text)
    (refusal,) = discovery.refusals
    assert (refusal.key, refusal.state, discovery.channels) == ("replay", State.UNREADABLE, ())
    assert what in refusal.reason
    assert "trace.csv" in refusal.reason
    with pytest.raises(MeterError, match=r"trace\.csv"):
        read_recording(tmp_path / "trace.csv")


def test_a_missing_trace_is_refused(tmp_path: Path) -> None:
    (refusal,) = meter(Context(replay_path=str(tmp_path / "none.csv"))).discover().refusals
    assert "No such file" in refusal.reason
