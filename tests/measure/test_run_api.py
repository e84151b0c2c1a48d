"""`track`: context manager, decorator, windows, counts, threads, errors."""

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

import treadlight
from measure.fakes.powercap import PowercapTree
from tracking import HandClock, environment, folded, kinds, settings_in
from treadlight.core.activity import Subject
from treadlight.core.errors import ConfigError, InputError
from treadlight.ledger.fold import fold
from treadlight.ledger.journal import read_journal
from treadlight.ledger.records import Window
from treadlight.measure.run import Run

WATTS = 50.0
KEY = "rapl:package-0"


@pytest.fixture
def tree(tmp_path: Path) -> PowercapTree:
    made = PowercapTree(tmp_path / "sys")
    made.add("intel-rapl:0", "package-0", WATTS)
    return made


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [n for n in os.environ if n.startswith("TREADLIGHT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def _journals(home: Path) -> list[list[dict[str, object]]]:
    return [list(read_journal(path)) for path in sorted((home / "journals").glob("*.jsonl"))]


def _energy_j(window: Window) -> float:
    (whole,) = [amount for key, _, _, amount, _ in window.amounts if key == KEY]
    return whole * 3.6e6


class Hand:
    """A run, a fake counter and clocks, all moved by hand."""

    def __init__(self, tmp_path: Path, tree: PowercapTree) -> None:
        self.clock, self.tree = HandClock(), tree
        settings = settings_in(tmp_path, sysfs_root=tmp_path / "sys")
        self.run = Run(settings, clock=self.clock, threaded=False).start()

    def time(self, seconds: float, *, sample: bool = False) -> None:
        self.clock.run(seconds)
        self.tree.at(self.tree.now_s + seconds)
        if sample:
            assert self.run.tracker is not None
            self.run.tracker.sample()


@pytest.fixture
def hand(tmp_path: Path, tree: PowercapTree) -> Hand:
    return Hand(tmp_path, tree)


# -- windows -----------------------------------------------------------------------------------------------------------


def test_windows_nest_and_overlap(hand: Hand) -> None:
    outer, inner, across = (hand.run.window(n) for n in ("outer", "inner", "across"))
    hand.time(1.0, sample=True)
    outer.begin()
    hand.time(2.0)
    inner.begin()
    hand.time(1.0)
    across.begin()
    hand.time(1.0)
    inner.end()
    hand.time(1.0)
    outer.end()
    hand.time(2.0)
    across.end()
    hand.run.stop()
    found = {w.name: w for w in folded(hand.run).windows}
    assert {n: w.t1_s - w.t0_s for n, w in found.items()} == {"outer": 5.0, "inner": 2.0, "across": 4.0}
    for window in found.values():
        assert _energy_j(window) == pytest.approx(WATTS * (window.t1_s - window.t0_s), rel=0.01)


def test_windows_between_samples_are_interpolated_and_never_zero(hand: Hand) -> None:
    hand.time(1.0, sample=True)
    for name in ("a", "b", "c"):
        with hand.run.window(name):
            hand.time(0.002)
    hand.time(1.0, sample=True)
    hand.run.stop()
    windows = folded(hand.run).windows
    assert len(windows) == 3
    for window in windows:
        assert _energy_j(window) > 0
        assert any("uniform" in spread or "normal" in spread for *_, spread in window.amounts)


def test_a_window_before_the_second_sample_has_energy(hand: Hand) -> None:
    with hand.run.window("first"):
        hand.time(0.001)
    hand.time(1.0, sample=True)
    hand.run.stop()
    (window,) = folded(hand.run).windows
    assert _energy_j(window) > 0


def test_windows_do_not_add_to_the_run(hand: Hand) -> None:
    for _ in range(50):
        with hand.run.window("same"):
            hand.time(0.1)
    hand.run.stop()
    account = folded(hand.run)
    (energy,) = [c.amount for c in account.run.channels if c.key == KEY]
    assert energy == pytest.approx(5.0 * WATTS / 3.6e6, rel=1e-6)
    assert len(account.windows) == 50


def test_a_window_that_fails_is_marked_and_its_error_passes(hand: Hand) -> None:
    with pytest.raises(KeyError), hand.run.window("bad"):
        hand.time(0.5)
        raise KeyError("x")
    hand.run.stop()
    assert [w.status for w in folded(hand.run).windows] == ["failed"]


def test_counts_belong_to_their_window_and_to_the_run(hand: Hand) -> None:
    with hand.run.window("epoch") as window:
        window.count(samples=100)
        hand.time(1.0)
        window.count(samples=50, tokens=7)
    hand.run.count(samples=1)
    hand.run.stop()
    account = folded(hand.run)
    assert account.run.counts == {"samples": 151.0, "tokens": 7.0}
    assert account.windows[0].counts == {"samples": 150.0, "tokens": 7.0}


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), "many", None, True])
def test_a_count_that_is_no_number_is_refused(hand: Hand, value: object) -> None:
    with pytest.raises(InputError, match="count samples: is no count"):
        hand.run.count(samples=value)  # type: ignore[arg-type]
    hand.run.stop()


# -- runs --------------------------------------------------------------------------------------------------------------


def test_an_exception_passes_and_marks_the_run_failed(home: Path) -> None:
    with pytest.raises(ValueError, match="mine"), treadlight.track("x"):
        raise ValueError("mine")
    ((*_, end),) = _journals(home)
    assert (end["status"], end["error"]) == ("failed", "ValueError")


def test_exit_codes_of_a_program_that_exits_inside_are_kept(home: Path) -> None:
    for code, status in ((0, "finished"), (3, "failed"), (None, "finished"), ("words", "failed")):
        with pytest.raises(SystemExit), treadlight.track("x") as run:
            sys.exit(code)
        assert run.records()[-1]["status"] == status


def test_what_track_is_told_stands_in_the_record(home: Path) -> None:
    with treadlight.track(
        "train", project="p", team="t", stage="training", labels={"lr": 0.1}, zone="FR", interval_s=0.5, version="2"
    ) as run:
        assert run.status == "running"
    account = fold(run.records()).run
    assert (account.name, account.stage, account.labels) == ("train", "training", {"lr": "0.1"})
    assert (account.subject.project, account.subject.team, account.subject.version) == ("p", "t", "2")
    assert (account.location.zone, account.interval_s) == ("FR", 0.5)


def test_settings_come_from_environment_and_file_and_arguments_win(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "treadlight.toml").write_text('[project]\nname = "file"\nteam = "file"\norganisation = "file"\n')
    monkeypatch.setenv("TREADLIGHT_TEAM", "environment")
    monkeypatch.setenv("TREADLIGHT_ORGANISATION", "environment")
    with treadlight.track("x", organisation="argument") as run:
        pass
    subject = fold(run.records()).run.subject
    assert (subject.project, subject.team, subject.organisation) == ("file", "environment", "argument")


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"stage": "nonsense"}, "stage"),
        ({"interval_s": 0.0}, "tracker.interval_s"),
        ({"interval_s": float("nan")}, "tracker.interval_s"),
        ({"attribution": "fair"}, "tracker.attribution"),
        ({"labels": {"a": object()}}, "labels.a"),
    ],
)
def test_a_bad_argument_is_refused_before_anything_starts(home: Path, options: dict[str, object], field: str) -> None:
    with pytest.raises((InputError, ConfigError), match=field):
        treadlight.track("x", **options)  # type: ignore[call-overload]
    assert not home.exists()


def test_names_that_are_no_text_are_made_fit(home: Path) -> None:
    with treadlight.track("a\udcffb\nc", labels={"k\n": "v\udc80"}) as run, run.window("w\udcff"):
        run.note("n\udcff")
    account = folded(run)
    assert (account.run.name, account.run.labels) == ("a?b c", {"k": "v?"})
    assert [w.name for w in account.windows] == ["w?"]


@pytest.mark.parametrize("name", ["PROJECT", "TEAM", "SYSTEM", "SITE", "ORGANISATION"])
def test_a_setting_that_is_no_unicode_costs_a_letter_and_not_the_run(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(f"TREADLIGHT_{name}", "caf\udce9\x1b[2J")
    with treadlight.track("x") as run:
        pass
    (records,) = _journals(home)
    assert (records[0]["kind"], run.kept) == ("start", True)
    account = fold(records).run
    assert "caf??[2J" in (*_texts(account.subject), account.location.site)


def _texts(subject: Subject) -> tuple[str, ...]:
    return subject.project, subject.team, subject.system, subject.organisation


def test_a_run_starts_once(home: Path) -> None:
    run = treadlight.track("x")
    with run:
        pass
    with pytest.raises(InputError, match="was started before"):
        run.start()
    run.stop()
    assert len(_journals(home)) == 1


def test_a_run_that_never_started_is_harmless(home: Path) -> None:
    run = treadlight.track("x")
    run.count(samples=1)
    with run.window("w") as window:
        window.count(samples=1)
    run.stop()
    assert (run.id, run.summary()["energy_kwh"], run.records()) == ("", None, [])
    assert not home.exists()


def test_summary_tells_energy_by_component_while_it_runs(hand: Hand) -> None:
    hand.time(2.0, sample=True)
    hand.time(1.0)
    told = hand.run.summary()
    assert told["status"] == "running"
    assert told["components"]["cpu"]["energy_kwh"] == pytest.approx(3 * WATTS / 3.6e6)
    hand.run.stop()
    assert hand.run.summary()["status"] == "finished"


def test_many_threads_may_use_one_run(home: Path) -> None:
    with treadlight.track("x", interval_s=0.05) as run:

        def work() -> None:
            for i in range(40):
                with run.window(f"w{i}") as window:
                    window.count(samples=1)
                    run.count(requests=1)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    account = folded(run)
    assert account.run.counts == {"samples": 160.0, "requests": 160.0}
    assert len(account.windows) == 160


def test_the_sampling_thread_ends_with_the_run(home: Path) -> None:
    with treadlight.track("x"):
        assert "treadlight" in {t.name for t in threading.enumerate()}
    assert "treadlight" not in {t.name for t in threading.enumerate()}


# -- decorator ---------------------------------------------------------------------------------------------------------


def test_each_call_of_a_decorated_function_is_a_run(home: Path) -> None:
    @treadlight.track("fit", project="p")
    def fit(x: int, *, y: int) -> int:
        """Documentation."""
        return x + y

    assert [fit(1, y=2), fit(3, y=4)] == [3, 7]
    assert fit.__doc__ == "Documentation."
    runs = [fold(records).run for records in _journals(home)]
    assert [(r.name, r.subject.project, r.status) for r in runs] == [("fit", "p", "finished")] * 2


def test_a_bare_decorator_takes_the_functions_name(home: Path) -> None:
    @treadlight.track
    def evaluate() -> str:
        return "done"

    assert evaluate() == "done"
    assert fold(_journals(home)[0]).run.name.endswith("evaluate")


def test_a_decorated_function_that_raises_is_a_failed_run(home: Path) -> None:
    @treadlight.track()
    def broken() -> None:
        raise OSError("x")

    with pytest.raises(OSError, match="x"):
        broken()
    assert fold(_journals(home)[0]).run.status == "failed"


def test_coroutines_are_metered_until_they_return(home: Path) -> None:
    @treadlight.track("job")
    async def job() -> int:
        await asyncio.sleep(0.05)
        return 5

    assert asyncio.run(job()) == 5
    assert fold(_journals(home)[0]).run.duration_s >= 0.05


def test_generators_are_metered_until_they_are_exhausted_or_closed(home: Path) -> None:
    @treadlight.track("batches")
    def batches(n: int) -> Iterator[int]:
        for i in range(n):
            time.sleep(0.01)
            yield i

    assert list(batches(3)) == [0, 1, 2]
    early = batches(3)
    next(early)
    early.close()  # type: ignore[attr-defined]
    assert [fold(r).run.status for r in _journals(home)] == ["finished", "finished"]


def test_async_generators_are_metered(home: Path) -> None:
    @treadlight.track("stream")
    async def stream() -> AsyncIterator[int]:
        for i in range(3):
            await asyncio.sleep(0)
            yield i

    async def collect() -> list[int]:
        return [i async for i in stream()]

    assert asyncio.run(collect()) == [0, 1, 2]
    assert fold(_journals(home)[0]).run.status == "finished"


# -- weight ------------------------------------------------------------------------------------------------------------


def test_tracking_imports_nothing_heavy(home: Path) -> None:
    code = (
        "import sys, json, treadlight\n"
        "before = set(sys.modules)\n"
        "with treadlight.track('x') as run:\n"
        "    with run.window('w'): pass\n"
        "print(json.dumps(sorted(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(TREADLIGHT_HOME=str(home)), capture_output=True, check=True
    )
    heavy = {
        "numpy",
        "msgspec",
        "sqlalchemy",
        "click",
        "rich",
        "psutil",
        "pandas",
        "jinja2",
        "asyncio",
        "ssl",
        "socket",
    }
    assert heavy.isdisjoint(json.loads(done.stdout))


def test_importing_the_package_loads_none_of_its_modules() -> None:
    code = "import sys, treadlight; print([m for m in sys.modules if m.startswith('treadlight.')])"
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "[]"


def test_records_are_in_order(home: Path) -> None:
    with treadlight.track("x", interval_s=0.05) as run, run.window("w"):
        time.sleep(0.12)
    order = kinds(run)
    assert (order[0], order[1], order[-1]) == ("start", "sample", "end")
    samples = [r["t"] for r in run.records() if r["kind"] == "sample"]
    assert samples == sorted(samples)
