"""Parsing of /proc and of control groups, on recorded trees and on this machine."""

import os
from pathlib import Path

import pytest

from recorded_hosts import Tree, bare_metal_server, cgroup_v1, container_v2
from treadlight.measure import procfs
from treadlight.measure.cgroup import (
    cpu_limit,
    cpu_usage_s,
    find_cgroup,
    members,
    memory_bytes,
    memory_limit_bytes,
)


def test_busy_idle_and_steal_are_told_apart(tmp_path: Path) -> None:
    tree = Tree(tmp_path).write({"proc/stat": "cpu  100 20 30 4000 500 6 7 80 90 10\ncpu0 1 2 3 4"})
    times = procfs.node_cpu_times(tree.procfs)
    # user 1.00 + nice 0.20 + system 0.30 + irq 0.06 + softirq 0.07; guest time is inside user already
    assert times.busy_s == pytest.approx(1.63)
    assert times.idle_s == pytest.approx(45.0)
    assert times.steal_s == pytest.approx(0.8)


def test_old_kernels_with_four_columns_are_read(tmp_path: Path) -> None:
    tree = Tree(tmp_path).write({"proc/stat": "cpu 100 0 50 850"})
    assert procfs.node_cpu_times(tree.procfs) == pytest.approx((1.5, 8.5, 0.0))


@pytest.mark.parametrize("text", ["", "intr 5", "cpu one two three four", "cpu 1 2"])
def test_a_broken_stat_is_an_error_and_not_zero(tmp_path: Path, text: str) -> None:
    tree = Tree(tmp_path).write({"proc/stat": text})
    with pytest.raises(ValueError):
        procfs.node_cpu_times(tree.procfs)


def test_a_process_name_with_blanks_and_brackets_shifts_nothing(tmp_path: Path) -> None:
    tree = Tree(tmp_path).process(7, 1, utime_s=2.5, name="a) (b c")
    times = procfs.process_times(tree.procfs, 7)
    assert times is not None
    assert times.utime_s == pytest.approx(2.5)
    assert (times.stime_s, times.cutime_s, times.cstime_s) == pytest.approx((0.05, 0.07, 0.03))
    assert times.starttime_s == pytest.approx(42.0)
    assert times.ppid == 1
    assert times.rss_bytes == 250 * os.sysconf("SC_PAGE_SIZE")


def test_a_process_that_ended_is_none(tmp_path: Path) -> None:
    assert procfs.process_times(tmp_path, 4242) is None
    assert procfs.children(tmp_path, 4242) == []
    assert procfs.tree(tmp_path, 4242) == []


@pytest.mark.parametrize("listed", [True, False])
def test_the_tree_is_the_same_with_and_without_children_files(tmp_path: Path, listed: bool) -> None:
    tree = Tree(tmp_path)
    for pid, ppid in ((10, 1), (11, 10), (12, 10), (13, 11), (20, 1), (21, 20)):
        tree.process(pid, ppid, listed=listed)
    assert set(procfs.tree(tree.procfs, 10)) == {10, 11, 12, 13}
    assert procfs.tree(tree.procfs, 10)[0] == 10
    assert sorted(procfs.children(tree.procfs, 10)) == [11, 12]
    assert procfs.tree(tree.procfs, 13) == [13]


def test_children_of_every_thread_are_found(tmp_path: Path) -> None:
    tree = Tree(tmp_path).process(10, 1).process(11, 10)
    tree.write({"proc/10/task/15/children": "30 31 "})
    assert sorted(procfs.children(tree.procfs, 10)) == [11, 30, 31]


def test_this_process_is_in_the_tree_of_its_parent() -> None:
    assert os.getpid() in procfs.tree("/proc", os.getppid())
    times = procfs.process_times("/proc", os.getpid())
    assert times is not None
    assert times.ppid == os.getppid()
    assert times.rss_bytes > 1 << 20
    assert procfs.parents("/proc")[os.getpid()] == os.getppid()


def test_memory_without_an_estimate_of_what_is_available_uses_what_is_free(tmp_path: Path) -> None:
    tree = Tree(tmp_path).write({"proc/meminfo": "MemTotal: 2048 kB\nMemFree: 512 kB"})
    assert procfs.memory(tree.procfs) == (2048 * 1024, 512 * 1024)


def test_meminfo_without_a_total_is_an_error(tmp_path: Path) -> None:
    tree = Tree(tmp_path).write({"proc/meminfo": "MemFree: 512 kB"})
    with pytest.raises(ValueError, match="MemTotal"):
        procfs.memory(tree.procfs)


def test_limits_of_a_version_2_group_are_read(tmp_path: Path) -> None:
    tree = container_v2(tmp_path)
    group = find_cgroup(tree.procfs, tree.sysfs)
    assert group.version == 2
    assert cpu_limit(group) == 2.0
    assert cpu_usage_s(group) == pytest.approx(12.5)
    assert memory_limit_bytes(group) == 8 << 30
    assert memory_bytes(group) == 3 << 30
    assert members(group) == [1, 17, 23]


def test_the_narrowest_limit_of_a_group_and_its_ancestors_holds(tmp_path: Path) -> None:
    tree = cgroup_v1(tmp_path)
    group = find_cgroup(tree.procfs, tree.sysfs)
    assert group.version == 1
    assert cpu_limit(group) == 16.0
    assert cpu_usage_s(group) == pytest.approx(4.2)
    assert memory_limit_bytes(group) == 32 << 30
    assert memory_bytes(group) == 5 << 30
    assert members(group) == [400, 401]


def test_max_is_no_limit(tmp_path: Path) -> None:
    tree = container_v2(tmp_path).write({"sys/fs/cgroup/cpu.max": "max 100000", "sys/fs/cgroup/memory.max": "max"})
    group = find_cgroup(tree.procfs, tree.sysfs)
    assert cpu_limit(group) is None
    assert memory_limit_bytes(group) is None


def test_a_path_outside_the_mount_falls_back_to_the_mount(tmp_path: Path) -> None:
    tree = container_v2(tmp_path).write({"proc/self/cgroup": "0::/kubepods/pod1/abc"})
    assert memory_limit_bytes(find_cgroup(tree.procfs, tree.sysfs)) == 8 << 30


def test_no_groups_is_a_stated_state(tmp_path: Path) -> None:
    group = find_cgroup(tmp_path, tmp_path)
    assert group.version == 0
    assert (cpu_usage_s(group), cpu_limit(group), memory_limit_bytes(group), memory_bytes(group)) == (None,) * 4
    assert members(group) == []


def test_a_server_without_limits_has_none(tmp_path: Path) -> None:
    tree = bare_metal_server(tmp_path)
    group = find_cgroup(tree.procfs, tree.sysfs)
    assert (group.version, cpu_limit(group), memory_limit_bytes(group)) == (2, None, None)


@pytest.mark.parametrize(("state", "there"), [("S", True), ("Z", True), ("X", False), ("x", False)])
def test_a_process_that_its_parent_is_taking_over_is_no_more(tmp_path: Path, state: str, there: bool) -> None:
    line = f"7 (sh) {state} 0 7 7 0 -1 0 0 0 0 0 10 5 0 0 20 0 1 0 100 0 300 0"
    tree = Tree(tmp_path).write({"proc/7/stat": line})
    assert (procfs.process_times(tree.procfs, 7) is not None) is there
