"""Killed at a random moment: one interval is lost at most, the journal is never corrupt, the run is interrupted."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import supervising
from measure.fakes.powercap import PowercapTree
from supervising import account, journals
from treadlight.ledger.fold import fold
from treadlight.ledger.journal import is_live, read_journal

WATTS = 40.0
INTERVAL_S = 0.1
KEY = "rapl:package-0"
LATE_S = 1.0
"""A busy machine may run a sampler late by this much [s]."""


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[PowercapTree]:
    made = PowercapTree(tmp_path / "sys")
    made.add("intel-rapl:0", "package-0", WATTS)
    with made.live():
        yield made


def _began(home: Path) -> Path:
    """The journal, once its run has taken a second sample."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for path in journals(home):
            if path.read_text().count('"kind":"sample"') >= 2:
                return path
        time.sleep(0.01)
    raise AssertionError("the run did not begin")


def _check_interrupted(path: Path, killed_at_s: float) -> None:
    records = list(read_journal(path))
    assert not is_live(path)
    folded = fold(records)
    assert folded.run.status == "interrupted"
    (whole,) = [c.whole for c in folded.run.channels if c.key == KEY]
    assert whole is not None
    last = [r for r in records if r["kind"] == "sample"][-1]
    assert killed_at_s - last["at"] <= INTERVAL_S + LATE_S
    # what was metered is what had flowed by the last sample; on a busy machine the fake counter moves late
    assert whole * 3.6e6 == pytest.approx(WATTS * last["t"], abs=WATTS * 0.25)
    assert sum(a.allocation.whole or 0.0 for a in folded.activities if a.evidence.source == "rapl") == pytest.approx(
        whole
    )


def _kill_everything(home: Path, tree: PowercapTree, rng: random.Random) -> None:
    command = "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'while True: pass'])"
    env = {"TREADLIGHT_SYSFS_ROOT": str(tree.root), "TEST_INTERVAL": str(INTERVAL_S)}
    with supervising.start(home, sys.executable, "-c", command, env=dict(env), start_new_session=True) as process:
        path = _began(home)
        time.sleep(rng.uniform(0.0, 0.5))
        killed_at_s = time.time()
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    _check_interrupted(path, killed_at_s)


@pytest.mark.parametrize("seed", range(4))
def test_a_killed_tree_and_tracker_leave_all_but_one_interval(tmp_path: Path, tree: PowercapTree, seed: int) -> None:
    _kill_everything(tmp_path / "home", tree, random.Random(seed))


@pytest.mark.slow
def test_fifty_kills_at_random_leave_fifty_good_journals(tmp_path: Path, tree: PowercapTree) -> None:
    for seed in range(50):
        _kill_everything(tmp_path / f"home{seed}", tree, random.Random(1000 + seed))


def test_a_killed_command_is_a_failed_run_that_is_complete(tmp_path: Path, tree: PowercapTree) -> None:
    home = tmp_path / "home"
    env = {"TREADLIGHT_SYSFS_ROOT": str(tree.root)}
    with supervising.start(home, "sleep", "30", env=dict(env)) as process:
        _began(home)
        (child,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(child), signal.SIGKILL)
        assert process.wait(20) == -signal.SIGKILL
    run = account(home).run
    assert (run.status, run.exit_code) == ("failed", 137)


def test_a_killed_tracker_does_not_harm_the_command(tmp_path: Path, tree: PowercapTree) -> None:
    home, done = tmp_path / "home", tmp_path / "done"
    env = {"TREADLIGHT_SYSFS_ROOT": str(tree.root), "TEST_INTERVAL": str(INTERVAL_S)}
    with supervising.start(home, "sh", "-c", f"sleep 1; echo fine > {done}", env=dict(env)) as process:
        path = _began(home)
        killed_at_s = time.time()
        process.kill()
        process.wait()
    _check_interrupted(path, killed_at_s)
    deadline = time.monotonic() + 20
    while not done.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert done.exists()


def test_a_killed_program_with_track_inside_leaves_its_journal(tmp_path: Path, tree: PowercapTree) -> None:
    home = tmp_path / "home"
    code = (
        "import treadlight\n"
        f"with treadlight.track('inside', interval_s={INTERVAL_S}) as run:\n"
        "    with run.window('open'):\n"
        "        while True: pass\n"
    )
    env = supervising.environment(TREADLIGHT_HOME=str(home), TREADLIGHT_SYSFS_ROOT=str(tree.root))
    with subprocess.Popen([sys.executable, "-c", code], env=env) as process:
        path = _began(home)
        killed_at_s = time.time()
        process.kill()
        process.wait()
    _check_interrupted(path, killed_at_s)
    (window,) = fold(read_journal(path)).windows
    assert (window.name, window.status) == ("open", "interrupted")


def test_forked_workers_do_not_keep_a_dead_run_alive(tmp_path: Path, tree: PowercapTree) -> None:
    home = tmp_path / "home"
    code = (
        "import os, time, treadlight\n"
        f"with treadlight.track('pool', interval_s={INTERVAL_S}):\n"
        "    if os.fork() == 0:\n"
        "        time.sleep(5); os._exit(0)\n"
        "    time.sleep(60)\n"
    )
    env = supervising.environment(TREADLIGHT_HOME=str(home), TREADLIGHT_SYSFS_ROOT=str(tree.root))
    with subprocess.Popen([sys.executable, "-c", code], env=env, start_new_session=True) as process:
        path = _began(home)
        killed_at_s = time.time()
        process.kill()
        process.wait()
        try:
            _check_interrupted(path, killed_at_s)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
