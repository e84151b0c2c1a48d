"""Attribution: what share of a machine a run is given, and the process trees behind it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking import python
from treadlight.core.errors import ConfigError
from treadlight.measure.attribution import (
    CgroupMemory,
    CgroupTime,
    DeviceProcesses,
    MemoryShare,
    ProcessCpuTime,
    Usage,
    UsageReader,
    rule_for,
)
from treadlight.measure.tree import ProcessTree

BURN = "import time\nend = time.process_time() + {0}\nwhile time.process_time() < end: pass\n"


def _usage(t_s: float, tree_s: float = 0.0, busy_s: float | None = 0.0, **other: object) -> Usage:
    return Usage(t_s, tree_s, busy_s, **other)  # type: ignore[arg-type]


# -- rules -------------------------------------------------------------------------------------------------------------


def test_share_is_own_time_over_busy_time() -> None:
    rule = ProcessCpuTime()
    rule.share(_usage(0.0, 0.0, 100.0), None)
    assert rule.share(_usage(1.0, 0.5, 102.0), None) == pytest.approx(0.25)
    assert rule.share(_usage(2.0, 1.5, 104.0), None) == pytest.approx(0.5)


def test_shares_of_all_tenants_add_up_to_one() -> None:
    rules = [ProcessCpuTime() for _ in range(4)]
    for rule in rules:
        rule.share(_usage(0.0, 0.0, 10.0), None)
    used = [0.1, 0.4, 0.7, 0.8]
    shares = [r.share(_usage(1.0, u, 10.0 + sum(used)), None) for r, u in zip(rules, used, strict=True)]
    assert sum(shares) == pytest.approx(1.0)


def test_a_run_alone_within_one_tick_bears_the_whole() -> None:
    rule = ProcessCpuTime()
    rule.share(_usage(0.0, 0.0, 10.0), None)
    assert rule.share(_usage(0.004, 0.003, 10.0), None) == 1.0


def test_short_intervals_take_their_share_from_a_longer_one() -> None:
    rule = ProcessCpuTime()
    rule.share(_usage(0.0, 0.0, 10.0), None)
    rule.share(_usage(1.0, 0.5, 11.0), None)
    assert rule.share(_usage(1.005, 0.503, 11.0), None) == pytest.approx(0.503)


@given(
    st.lists(st.tuples(st.floats(0.001, 2), st.floats(0, 8), st.floats(0, 8)), min_size=1, max_size=20),
)
def test_a_share_lies_between_nothing_and_all(steps: list[tuple[float, float, float]]) -> None:
    rule, t, own, busy = ProcessCpuTime(), 0.0, 0.0, 50.0
    for dt, d_own, d_busy in steps:
        t, own, busy = t + dt, own + d_own, busy + d_busy
        assert 0.0 <= rule.share(_usage(t, own, busy), None) <= 1.0


def test_without_proc_the_run_bears_the_whole() -> None:
    assert ProcessCpuTime().share(_usage(1.0, 0.5, None), None) == 1.0


@pytest.mark.parametrize("busy_s", [10.0, 12.0, None])
def test_a_command_that_has_used_nothing_yet_bears_nothing(busy_s: float | None) -> None:
    time_rule, memory_rule = ProcessCpuTime(), MemoryShare()
    for usage in (
        _usage(0.0, 0.0, 10.0, used_bytes=4 << 30, begun=False),
        _usage(0.5, 0.0, busy_s, used_bytes=4 << 30, begun=False),
    ):
        assert (time_rule.share(usage, None), memory_rule.share(usage, None)) == (0.0, 0.0)
    begun = _usage(1.5, 0.5, 12.0, tree_rss_bytes=1 << 30, used_bytes=4 << 30)
    assert time_rule.share(begun, None) == pytest.approx(0.25)
    assert memory_rule.share(begun, None) == 0.25


def test_memory_that_is_known_to_be_none_is_no_share() -> None:
    assert MemoryShare().share(_usage(1.0, 0.5, used_bytes=4 << 30), None) == 0.0


def test_exclusive_gives_a_command_the_whole_from_the_first_moment() -> None:
    assert rule_for("exclusive", "cpu", "node").share(_usage(0.0, begun=False), None) == 1.0


def test_memory_is_shared_by_resident_memory() -> None:
    rule = MemoryShare()
    first = rule.share(_usage(0.0, tree_rss_bytes=1 << 30, used_bytes=4 << 30), None)
    second = rule.share(_usage(1.0, tree_rss_bytes=3 << 30, used_bytes=4 << 30), None)
    assert (first, second) == (0.25, 0.5)


def test_cgroup_rules_use_the_group() -> None:
    cpu, memory = CgroupTime(), CgroupMemory()
    cpu.share(_usage(0.0, 0.0, 10.0, cgroup_cpu_s=5.0), None)
    assert cpu.share(_usage(1.0, 0.9, 11.0, cgroup_cpu_s=5.5), None) == pytest.approx(0.5)
    assert memory.share(_usage(0.0, used_bytes=8 << 30, cgroup_bytes=2 << 30), None) == 0.25


def test_a_gpu_is_shared_among_the_processes_on_it() -> None:
    rule = DeviceProcesses("gpu0", environ={})
    mine = _usage(0.0, pids=frozenset({10, 11}))
    assert rule.share(mine, (10, 11, 99, 98)) == 0.5
    assert rule.share(mine, ()) == 0.5  # who was there when the interval began used it, too
    assert rule.share(mine, ()) == 0.0


def test_a_gpu_whose_processes_cannot_be_told_is_given_whole_if_visible() -> None:
    for visible, share in ((None, 1.0), ("0,1", 1.0), ("1", 0.0), ("", 0.0), ("-1,0", 0.0), ("GPU-ab", 1.0)):
        environ = {} if visible is None else {"CUDA_VISIBLE_DEVICES": visible}
        rule = DeviceProcesses("gpu0", "GPU-abcdef", environ=environ)
        assert rule.share(_usage(0.0), None) == share, visible


def test_in_a_container_foreign_process_numbers_mean_nothing() -> None:
    rule = DeviceProcesses("gpu0", environ={}, told=False)
    assert rule.share(_usage(0.0, pids=frozenset({7})), (4711,)) == 1.0


def test_every_component_gets_the_rule_that_fits() -> None:
    names = [
        rule_for("process-cpu-time", c, "d", environ={}).name for c in ("cpu", "memory", "gpu", "rest", "platform")
    ]
    assert names == ["process-cpu-time", "process-memory", "device-processes", "process-cpu-time", "process-cpu-time"]
    assert {rule_for("exclusive", c, "d").name for c in ("cpu", "memory", "gpu")} == {"exclusive"}
    assert {rule_for("cgroup", c, "d").name for c in ("cpu", "memory", "rest")} == {"cgroup"}


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(ConfigError, match="unknown rule, got 'fair'"):
        rule_for("fair", "cpu", "d")


# -- trees -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    found: list[subprocess.Popen[bytes]] = []
    yield found
    for process in found:
        process.kill()
        process.wait()


def test_a_tree_counts_own_work_to_the_nanosecond() -> None:
    tree = ProcessTree("/proc", os.getpid())
    before = time.process_time()
    sum(range(300_000))
    spent = time.process_time() - before
    assert tree.read().cpu_s >= spent * 0.99


def test_a_tree_counts_children_alive_and_ended(started: list[subprocess.Popen[bytes]]) -> None:
    tree = ProcessTree("/proc", os.getpid())
    subprocess.run([sys.executable, "-c", BURN.format(0.15)], check=True)
    ended = tree.read().cpu_s
    assert ended >= 0.14
    child = subprocess.Popen([sys.executable, "-c", BURN.format(0.15) + "time.sleep(60)"])
    started.append(child)
    deadline = time.monotonic() + 20
    while tree.read().cpu_s < ended + 0.15 and time.monotonic() < deadline:
        time.sleep(0.02)
    used = tree.read()
    assert used.cpu_s >= ended + 0.15
    assert child.pid in used.pids


def test_the_time_of_a_tree_never_falls_when_members_die(started: list[subprocess.Popen[bytes]]) -> None:
    tree = ProcessTree("/proc", os.getpid())
    script = (
        "import subprocess, sys, time\n"
        f"for _ in range(3): subprocess.Popen([sys.executable, '-c', {BURN.format(0.1)!r}])\n"
        "time.sleep(0.2)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script])
    started.append(parent)
    last, seen = 0.0, set()
    while parent.poll() is None:
        used = tree.read()
        assert used.cpu_s >= last
        last = used.cpu_s
        seen |= used.pids
        time.sleep(0.01)
    assert tree.read().cpu_s >= last
    assert len(seen) >= 4


def test_a_child_nobody_waited_for_keeps_its_time() -> None:
    # the kernel reaps children whose SIGCHLD is ignored, and adds their time to nobody
    code = (
        "import os, signal, sys, time\n"
        "from treadlight.measure.tree import ProcessTree\n"
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        "tree = ProcessTree('/proc', os.getpid())\n"
        "pid = os.fork()\n"
        "if pid == 0:\n"
        "    end = time.process_time() + 0.2\n"
        "    while time.process_time() < end: pass\n"
        "    time.sleep(0.3); os._exit(0)\n"
        "time.sleep(0.25)\n"
        "while tree.read().cpu_s < 0.2: time.sleep(0.01)\n"
        "while os.path.exists(f'/proc/{pid}'): time.sleep(0.01)\n"
        "assert tree.read().cpu_s >= 0.2, tree.read()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, env={**os.environ, "PYTHONPATH": _source()})


def _source() -> str:
    import treadlight

    return str(Path(treadlight.__file__).parents[1])


def test_a_supervisor_does_not_count_itself() -> None:
    tree = ProcessTree("/proc", os.getpid(), own=False)
    before = time.process_time()
    while time.process_time() < before + 0.05:
        pass
    assert tree.read().cpu_s < 0.02


_SUPERVISE = """
import os, sys
from treadlight.measure.tree import ProcessTree
ballast = bytearray(200 << 20)
tree = ProcessTree('/proc', os.getpid(), own=False)
first = tree.read()
pid = os.posix_spawn('/bin/sleep', ['sleep', '0.2'], os.environ)
if sys.argv[1] == 'seen':
    while not tree.read().rss_bytes: pass
os.waitpid(pid, 0)
last = tree.read()
print(first.begun, first.rss_bytes, last.begun, last.cpu_s, last.rss_bytes)
"""


def _supervised(how: str) -> list[str]:
    done = python(_SUPERVISE, how)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("how", ["seen", "unseen"])
def test_a_command_of_less_than_a_tick_has_its_time(how: str) -> None:
    before, rss, after, cpu_s, _ = _supervised(how)
    assert (before, rss, after) == ("False", "0", "True")
    assert 0.0 < float(cpu_s) < 0.2


def test_the_memory_of_a_command_is_not_its_supervisors() -> None:
    rss_bytes = int(_supervised("seen")[-1])
    assert 0 < rss_bytes < 100 << 20


_HURRY = """
import os, resource, threading
from treadlight.measure.tree import ProcessTree
def used():
    own, waited = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + waited.ru_utime + waited.ru_stime
tree, zero, over = ProcessTree('/proc', os.getpid()), used(), threading.Event()
def look():
    while not over.is_set():
        tree.read()
thread = threading.Thread(target=look)
thread.start()
for _ in range(25):
    pid = os.posix_spawn('/bin/sh', ['sh', '-c', 'i=0; while [ $i -lt 120000 ]; do i=$((i+1)); done'], os.environ)
    os.waitpid(pid, 0)
over.set()
thread.join()
print(tree.read().cpu_s / (used() - zero))
"""


def test_a_child_that_ends_while_the_tree_is_read_is_counted_once() -> None:
    done = python(_HURRY)
    assert done.returncode == 0, done.stderr
    assert 0.95 < float(done.stdout) < 1.03


def _recorded(root: Path, processes: dict[int, tuple[int, int, int]], last_pid: int) -> None:
    """Write processes as pid: (parent, own ticks, ticks of children waited for)."""
    for folder in root.glob("[0-9]*"):
        for path in sorted(folder.rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
        folder.rmdir()
    for pid, (parent, own, waited) in processes.items():
        task = root / str(pid) / "task" / str(pid)
        task.mkdir(parents=True)
        rest = f"S {parent} 0 0 0 0 0 0 0 0 0 {own} 0 {waited} 0 20 0 1 0 {pid} 0 100 0"
        (root / str(pid) / "stat").write_text(f"{pid} (a b) c) {rest}\n")
        (task / "children").write_text(" ".join(str(p) for p, (q, _, _) in processes.items() if q == pid))
    (root / "loadavg").write_text(f"0.1 0.1 0.1 1/99 {last_pid}\n")


def test_a_recorded_tree_hands_time_from_child_to_parent(tmp_path: Path) -> None:
    _recorded(tmp_path, {10: (1, 100, 0), 11: (10, 0, 0)}, 11)
    tree = ProcessTree(tmp_path, 10)
    _recorded(tmp_path, {10: (1, 100, 0), 11: (10, 50, 0)}, 11)
    assert tree.read().cpu_s == pytest.approx(0.5)
    _recorded(tmp_path, {10: (1, 100, 60)}, 11)
    assert tree.read().cpu_s == pytest.approx(0.6)


def test_a_recorded_orphan_stays_in_the_tree(tmp_path: Path) -> None:
    _recorded(tmp_path, {10: (1, 0, 0), 11: (10, 0, 0), 12: (11, 0, 0)}, 12)
    tree = ProcessTree(tmp_path, 10)
    _recorded(tmp_path, {10: (1, 0, 0), 12: (1, 30, 0), 13: (12, 20, 0)}, 13)
    used = tree.read()
    assert used.pids == {10, 12, 13}
    assert used.cpu_s == pytest.approx(0.5)
    _recorded(tmp_path, {10: (1, 0, 0)}, 13)
    assert tree.read().cpu_s == pytest.approx(0.5)


def test_a_reused_process_number_is_not_a_member(tmp_path: Path) -> None:
    _recorded(tmp_path, {10: (1, 0, 0), 11: (10, 40, 0)}, 11)
    tree = ProcessTree(tmp_path, 10)
    _recorded(tmp_path, {10: (1, 0, 0), 11: (1, 900, 0)}, 11)
    stat = tmp_path / "11" / "stat"
    stat.write_text(stat.read_text().replace(" 1 0 11 0 100", " 1 0 77 0 100"))
    (tmp_path / "loadavg").write_text("0.1 0.1 0.1 1/99 4711\n")
    used = tree.read()
    assert used.pids == {10}
    assert used.cpu_s == 0.0


def test_usage_never_raises_where_nothing_can_be_read(tmp_path: Path) -> None:
    tree = ProcessTree(tmp_path, os.getpid())
    used = UsageReader(tmp_path, tmp_path, tree, cgroup=True).read(1.0)
    assert (used.busy_s, used.used_bytes, used.cgroup_cpu_s) == (None, None, None)
    assert used.tree_cpu_s >= 0.0


def test_orphans_of_a_killed_parent_are_still_counted(started: list[subprocess.Popen[bytes]]) -> None:
    tree = ProcessTree("/proc", os.getpid())
    inner = "import time; time.sleep(60)"
    script = (
        "import subprocess, sys, time\n"
        f"print(subprocess.Popen([sys.executable, '-c', {inner!r}]).pid, flush=True)\n"
        "time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    started.append(parent)
    assert parent.stdout is not None
    orphan = int(parent.stdout.readline())
    assert orphan in tree.read().pids
    parent.kill()
    parent.wait()
    parent.stdout.close()
    try:
        assert orphan in tree.read().pids
    finally:
        os.kill(orphan, signal.SIGKILL)
