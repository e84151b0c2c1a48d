"""The tracker: cumulative truth, UTC hours, clocks that jump, meters that vanish, disks that fill."""

import json
import os
from itertools import pairwise
from pathlib import Path

import pytest

from measure.fakes.nvml import FakeDevice, FakeNvml
from measure.fakes.powercap import PowercapTree
from recorded_hosts import Tree
from tracking import NOON_S, HandClock, energy_kwh, environment, folded, kinds, python, settings_in
from treadlight.ledger.journal import is_live, read_journal
from treadlight.measure.clock import RunClock
from treadlight.measure.recorder import Recorder
from treadlight.measure.run import Run

KEY = "rapl:package-0"
WATTS = 50.0


@pytest.fixture
def tree(tmp_path: Path) -> PowercapTree:
    made = PowercapTree(tmp_path / "sys")
    made.add("intel-rapl:0", "package-0", WATTS)
    return made


def _by_hand(tmp_path: Path, clock: HandClock, **options: object) -> Run:
    settings = settings_in(tmp_path, sysfs_root=tmp_path / "sys", **options)  # type: ignore[arg-type]
    return Run(settings, clock=clock, threaded=False)


def _pass(run: Run, tree: PowercapTree, clock: HandClock, seconds: float, *, sample: bool = True) -> None:
    clock.run(seconds)
    tree.at(tree.now_s + seconds)
    if sample:
        assert run.tracker is not None
        run.tracker.sample()


def test_energy_is_the_difference_of_the_counter(tmp_path: Path, tree: PowercapTree) -> None:
    clock = HandClock()
    run = _by_hand(tmp_path, clock).start()
    for _ in range(10):
        _pass(run, tree, clock, 1.0)
    run.stop()
    account = folded(run)
    assert energy_kwh(account, KEY) == pytest.approx(WATTS * 10 / 3.6e6, rel=1e-9)
    assert account.run.duration_s == 10.0
    assert account.run.status == "finished"


def test_a_run_between_two_samples_has_energy(tmp_path: Path, tree: PowercapTree) -> None:
    clock = HandClock()
    run = _by_hand(tmp_path, clock).start()
    _pass(run, tree, clock, 0.05, sample=False)
    run.stop()
    assert energy_kwh(folded(run), KEY) == pytest.approx(WATTS * 0.05 / 3.6e6, rel=1e-6)


def test_a_real_short_run_is_never_zero(tmp_path: Path, tree: PowercapTree) -> None:
    with tree.live(0.0005), Run(settings_in(tmp_path, sysfs_root=tmp_path / "sys")) as run:
        sum(range(500_000))
    assert energy_kwh(folded(run), KEY) > 0


def test_energy_is_split_at_the_utc_hour(tmp_path: Path, tree: PowercapTree) -> None:
    clock = HandClock(NOON_S - 1.5)
    run = _by_hand(tmp_path, clock).start()
    for _ in range(4):
        _pass(run, tree, clock, 1.0)
    run.stop()
    edges = [r for r in run.records() if r.get("edge")]
    assert [r["at"] for r in edges] == [NOON_S]
    pieces = [a for a in folded(run).activities if a.evidence.source == "rapl"]
    assert [a.start.minute for a in pieces] == [59, 0]
    assert [a.amount * 3.6e6 for a in pieces] == pytest.approx([1.5 * WATTS, 2.5 * WATTS], rel=1e-6)


def test_a_long_interval_is_split_at_every_hour(tmp_path: Path, tree: PowercapTree) -> None:
    clock = HandClock(NOON_S - 600)
    run = _by_hand(tmp_path, clock).start()
    _pass(run, tree, clock, 1.0)
    _pass(run, tree, clock, 7999.0)
    run.stop()
    assert [r["at"] for r in run.records() if r.get("edge")] == [NOON_S, NOON_S + 3600, NOON_S + 7200]
    assert len({a.start.hour for a in folded(run).activities if a.evidence.source == "rapl"}) == 4


def test_a_clock_step_becomes_a_gap_and_moves_no_energy(tmp_path: Path, tree: PowercapTree) -> None:
    clock = HandClock()
    run = _by_hand(tmp_path, clock).start()
    _pass(run, tree, clock, 1.0)
    clock.step(-7200.0)
    _pass(run, tree, clock, 1.0)
    _pass(run, tree, clock, 1.0)
    run.stop()
    account = folded(run)
    (gap,) = account.run.gaps
    assert (gap.reason, gap.step_s) == ("clock-step", -7200.0)
    assert account.run.duration_s == 3.0
    assert energy_kwh(account, KEY) == pytest.approx(3 * WATTS / 3.6e6, rel=1e-9)
    assert min(a.amount for a in account.activities) >= 0


def test_slewing_is_not_a_step(tmp_path: Path, tree: PowercapTree) -> None:
    clock = HandClock()
    run = _by_hand(tmp_path, clock).start()
    for _ in range(5):
        clock.step(0.0005)
        _pass(run, tree, clock, 1.0)
    run.stop()
    assert "gap" not in kinds(run)


def test_being_put_aside_between_two_clocks_is_no_gap() -> None:
    class Slow(HandClock):
        reads = 0

        def wall(self) -> float:
            self.reads += 1
            if self.reads == 3:
                self.run(0.8)
            return self.wall_s

    clock = Slow()
    times = RunClock(clock)
    for _ in range(5):
        clock.run(1.0)
        t_s, gaps = times.look()
        assert gaps == []
    assert t_s == pytest.approx(5.8)


def test_a_suspend_becomes_a_gap(tmp_path: Path, tree: PowercapTree) -> None:
    clock = HandClock()
    run = _by_hand(tmp_path, clock).start()
    for _ in range(3):
        _pass(run, tree, clock, 1.0)
    clock.sleep(5000.0)
    _pass(run, tree, clock, 1.0)
    _pass(run, tree, clock, 1.0)
    run.stop()
    account = folded(run)
    (gap,) = account.run.gaps
    assert (gap.reason, gap.step_s) == ("suspend", 5000.0)
    assert account.run.duration_s == 5.0
    assert (account.run.end - account.run.start).total_seconds() == 5005.0


def test_a_lost_counter_is_replaced_and_said_so(tmp_path: Path, tree: PowercapTree) -> None:
    clock = HandClock()
    run = _by_hand(tmp_path, clock).start()
    for _ in range(3):
        _pass(run, tree, clock, 1.0)
    tree.vanish("intel-rapl:0")
    for _ in range(6):
        _pass(run, tree, clock, 1.0)
    run.stop()
    account = folded(run)
    assert energy_kwh(account, KEY) == pytest.approx(3 * WATTS / 3.6e6, rel=1e-6)
    assert energy_kwh(account, "model:cpu") >= 0
    assert any("rapl:package-0 was lost" in note for note in account.run.notes)
    lost = next(c for c in account.run.channels if c.key == KEY)
    assert lost.state in ("absent", "unreadable")


def test_a_gpu_is_the_runs_if_its_processes_are_on_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if str(Path("/proc/self/ns/pid").readlink()) != "pid:[4026531836]":
        pytest.skip("process numbers here are not the driver's")
    mine, foreign = FakeDevice(pids=[os.getpid()]), FakeDevice(uuid="GPU-2", pids=[1])
    driver = FakeNvml(tmp_path, monkeypatch, mine, foreign)
    clock = HandClock()
    settings = settings_in(tmp_path, attribution="process-cpu-time", nvml_path=driver.path, sysfs_root=tmp_path)
    run = Run(settings, clock=clock, threaded=False).start()
    assert run.tracker is not None
    for second in range(1, 6):
        clock.run(1.0)
        for index in (0, 1):
            driver.show(index, 1000.0 + 200.0 * second, 200.0, float(second))
        run.tracker.sample()
    run.stop()
    found = {(c.device, c.flow.partition(".")[0]): c for c in folded(run).run.channels if c.component == "gpu"}
    for device, share in (("gpu0", 1.0), ("gpu1", 0.0)):
        energy, hardware = found[device, "electricity"], found[device, "hardware"]
        assert energy.whole == pytest.approx(1000.0 / 3.6e6, rel=0.01)
        assert hardware.whole == pytest.approx(5 / 3600)
        assert energy.amount == pytest.approx(share * (energy.whole or 0.0))
        assert hardware.amount == pytest.approx(share * (hardware.whole or 0.0))


def test_until_a_command_has_begun_nothing_is_its(tmp_path: Path, tree: PowercapTree) -> None:
    machine = Tree(tmp_path).cpu_times(100.0, 900.0).process(7, 1)
    machine.write({"proc/meminfo": "MemTotal: 8000000 kB\nMemAvailable: 4000000 kB"})
    tree.add("intel-rapl:0:0", "dram", 10.0)
    clock = HandClock()
    settings = settings_in(
        tmp_path, sysfs_root=tmp_path / "sys", procfs_root=machine.procfs, attribution="process-cpu-time"
    )
    run = Run(settings, pid=7, own=False, clock=clock, threaded=False).start()
    _pass(run, tree, clock, 0.3)
    assert run.tracker is not None
    energies = {line.key: line.value() for line in run.tracker.lines if line.component in ("cpu", "memory", "rest")}
    assert len(energies) > 3
    assert all(value is None or value[1] == 0.0 for value in energies.values()), energies
    assert energies[KEY] is not None
    run.stop()


def test_what_is_refused_is_recorded(tmp_path: Path) -> None:
    run = _by_hand(tmp_path, HandClock()).start()
    run.stop()
    refused = [r["key"] for r in run.records()[0]["refusals"]]
    assert "rapl" in refused


def test_the_journal_grows_with_every_sample_and_is_locked(tmp_path: Path, tree: PowercapTree) -> None:
    clock = HandClock()
    run = _by_hand(tmp_path, clock).start()
    assert run.journal is not None
    assert is_live(run.journal)
    for count in (2, 3):
        _pass(run, tree, clock, 1.0)
        assert sum(r["kind"] == "sample" for r in read_journal(run.journal)) == count
    run.stop()
    assert not is_live(run.journal)


def test_cumulative_values_never_fall(tmp_path: Path, tree: PowercapTree) -> None:
    clock = HandClock()
    run = _by_hand(tmp_path, clock, attribution="process-cpu-time").start()
    for i in range(20):
        if i == 10:
            tree.reset("intel-rapl:0")
        _pass(run, tree, clock, 1.0)
    run.stop()
    samples = [r["v"] for r in run.records() if r["kind"] == "sample"]
    for before, after in pairwise(samples):
        for a, b in zip(before, after, strict=False):
            assert a is None or all(x <= y for x, y in zip(a, b, strict=True))
            assert b is None or b[1] <= b[0] * (1 + 1e-9)


def test_two_runs_at_once_do_not_disturb_each_other(tmp_path: Path, tree: PowercapTree) -> None:
    clock = HandClock()
    one, two = _by_hand(tmp_path, clock).start(), _by_hand(tmp_path, clock).start()
    _pass(one, tree, clock, 1.0)
    two.stop()
    _pass(one, tree, clock, 1.0)
    one.stop()
    assert energy_kwh(folded(one), KEY) == pytest.approx(2 * WATTS / 3.6e6)
    assert energy_kwh(folded(two), KEY) == pytest.approx(1 * WATTS / 3.6e6)


def test_a_forked_child_does_not_track(tmp_path: Path, tree: PowercapTree) -> None:
    clock = HandClock()
    run = _by_hand(tmp_path, clock).start()
    pid = os.fork()
    if pid == 0:
        try:
            run.count(samples=1)
            with run.window("in the child"):
                pass
            run.stop()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    assert run.journal is not None
    assert is_live(run.journal)
    _pass(run, tree, clock, 1.0)
    run.stop()
    assert kinds(run).count("end") == 1
    assert "count" not in kinds(run)
    assert "window" not in kinds(run)


# -- when the journal cannot be written --------------------------------------------------------------------------------

_SCRIPT = """
import resource, sys, treadlight
run = treadlight.track("job", interval_s=0.05)
with run:
    if "--small" in sys.argv:
        resource.setrlimit(resource.RLIMIT_FSIZE, (run.journal.stat().st_size + 300,) * 2)
    import time
    time.sleep(0.4)
print("energy", run.summary()["energy_kwh"] is not None, run.kept, len(run.records()), flush=True)
"""


def test_without_a_home_the_program_runs_and_is_told_once(tmp_path: Path) -> None:
    done = python(_SCRIPT, env=environment(HOME=None, XDG_DATA_HOME=None), cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("energy True False")
    assert len(done.stderr.splitlines()) == 1
    assert "no home folder" in done.stderr


def test_with_a_home_that_cannot_be_written_the_program_runs(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    done = python(_SCRIPT, env=environment(TREADLIGHT_HOME=str(tmp_path / "file/home")), cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.startswith("energy True False")
    assert len(done.stderr.splitlines()) == 1
    assert "cannot be written" in done.stderr


def test_a_full_disk_costs_detail_but_neither_program_nor_journal(tmp_path: Path) -> None:
    done = python(_SCRIPT, "--small", env=environment(TREADLIGHT_HOME=str(tmp_path)), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(done.stderr.splitlines()) == 1
    (journal,) = (tmp_path / "journals").glob("*.jsonl")
    assert journal.read_bytes().endswith(b"\n")
    kept = list(read_journal(journal))
    in_all = int(done.stdout.split()[-1])
    assert len(kept) < in_all


def test_records_that_waited_are_written_when_there_is_room_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warnings: list[str] = []
    recorder = Recorder(tmp_path, "run", warnings.append)
    recorder.write({"kind": "a"})
    writer = recorder._writer
    assert writer is not None

    def full(record: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(writer, "write", full)
        recorder.write({"kind": "b"})
        recorder.write({"kind": "c"})
    assert not recorder.kept
    assert [r["kind"] for r in recorder.records()] == ["a", "b", "c"]
    recorder.write({"kind": "d"}, last=True)
    recorder.close()
    assert [r["kind"] for r in read_journal(tmp_path / "run.jsonl")] == ["a", "b", "c", "d"]
    assert len(warnings) == 1


def test_a_record_that_holds_no_unicode_is_written_with_question_marks(tmp_path: Path) -> None:
    warnings: list[str] = []
    recorder = Recorder(tmp_path, "run", warnings.append)
    recorder.write({"kind": "start", "run": {"name": "caf\udce9", "home": Path("/x\udcff"), "of": [1, None, True]}})
    recorder.close()
    (record,) = read_journal(tmp_path / "run.jsonl")
    assert record["run"] == {"name": "caf?", "home": "/x?", "of": [1, None, True]}
    assert (recorder.kept, warnings) == (True, [])


def test_a_run_of_which_a_record_was_left_out_is_not_kept_whole(tmp_path: Path) -> None:
    warnings: list[str] = []
    recorder = Recorder(tmp_path, "run", warnings.append)
    recorder.write({"kind": "start"})
    recorder.write({"kind": "sample", "v": [[float("nan"), 0.0, 0.0]]})
    recorder.write({"kind": "end"})
    recorder.close()
    assert [r["kind"] for r in read_journal(tmp_path / "run.jsonl")] == ["start", "end"]
    assert not recorder.kept
    assert len(warnings) == 1


def test_records_in_memory_are_as_fit_as_those_in_a_file(tmp_path: Path) -> None:
    recorder = Recorder(None, "run", lambda _: None)
    recorder.write({"kind": "note", "text": "n\udcff"})
    assert recorder.records() == [{"kind": "note", "text": "n?"}]


def test_a_program_that_never_ends_its_run_ends_it_at_exit(tmp_path: Path) -> None:
    code = "import treadlight; run = treadlight.track('x').start()"
    for tail, status in (("", "finished"), ("; 1 / 0", "failed")):
        home = tmp_path / status
        python(code + tail, env=environment(TREADLIGHT_HOME=str(home)), cwd=tmp_path)
        (journal,) = (home / "journals").glob("*.jsonl")
        end = json.loads(journal.read_text().splitlines()[-1])
        assert (end["kind"], end["status"]) == ("end", status)


def test_a_faulty_meter_does_not_reach_the_program(tmp_path: Path, tree: PowercapTree) -> None:
    warnings: list[str] = []
    clock = HandClock()
    settings = settings_in(tmp_path, sysfs_root=tmp_path / "sys")
    run = Run(settings, clock=clock, threaded=False, warn=warnings.append).start()
    assert run.tracker is not None
    for line in run.tracker.lines:
        line.take = lambda *_: 1 / 0  # type: ignore[method-assign, assignment]
    _pass(run, tree, clock, 1.0, sample=False)
    with run.window("w"):
        clock.run(1.0)
    run.stop()
    assert len(warnings) == 1
    assert "ZeroDivisionError" in warnings[0]
    assert kinds(run)[-1] == "end"
