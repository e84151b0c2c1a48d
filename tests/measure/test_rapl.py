"""RAPL through powercap: every layout of the tree is a real folder, read as the kernel's is."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from measure.fakes.powercap import PowercapTree
from treadlight.measure.meter import Context, Discovery, Reading, State
from treadlight.measure.meters.rapl import REMEDY, RaplMeter, meter


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[PowercapTree]:
    made = PowercapTree(tmp_path)
    yield made
    made.close()


def found(tree: PowercapTree) -> tuple[RaplMeter, Discovery]:
    made = meter(Context(sysfs_root=tree.root))
    return made, made.discover()


def keys(discovery: Discovery) -> set[str]:
    return {c.key for c in discovery.channels}


def reasons(discovery: Discovery) -> dict[str, str]:
    return {c.key: why for c, why in discovery.passed_over}


def by_key(readings: list[Reading]) -> dict[str, Reading]:
    return {r.key: r for r in readings}


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without root's right to read everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_machine_without_powercap_is_absent_not_zero(tmp_path: Path) -> None:
    made = meter(Context(sysfs_root=tmp_path))
    discovery = made.discover()
    assert discovery.channels == ()
    assert [r.state for r in discovery.refusals] == [State.ABSENT]
    assert "virtual machines" in discovery.refusals[0].remedy
    assert made.read(0.0) == []


def test_packages_and_memory_are_read_and_parts_of_a_package_are_not(tree: PowercapTree) -> None:
    tree.add("intel-rapl:0", "package-0", 50.0, start_uj=7_000_000)
    tree.add("intel-rapl:0:0", "core", 30.0)
    tree.add("intel-rapl:0:1", "uncore", 5.0)
    tree.add("intel-rapl:0:2", "dram", 4.0)
    made, discovery = found(tree)
    assert keys(discovery) == {"rapl:package-0", "rapl:dram-0"}
    assert {c.component for c in discovery.channels} == {"cpu", "memory"}
    assert "inside package-0" in reasons(discovery)["rapl:intel-rapl:0:0"]
    assert "inside package-0" in reasons(discovery)["rapl:intel-rapl:0:1"]
    tree.at(2.0)
    assert by_key(made.read(2.0))["rapl:package-0"].joules == pytest.approx(107.0)


def test_a_nested_tree_reads_like_a_flat_one(tmp_path: Path) -> None:
    tree = PowercapTree(tmp_path, nested=True, subsystem=True)
    tree.add("intel-rapl:0", "package-0", 50.0)
    tree.add("intel-rapl:0:0", "dram", 4.0)
    assert keys(found(tree)[1]) == {"rapl:package-0", "rapl:dram-0"}
    tree.close()


def test_two_sockets_are_two_channels(tree: PowercapTree) -> None:
    tree.add("intel-rapl:0", "package-0", 50.0, start_uj=3_000_000)
    tree.add("intel-rapl:1", "package-1", 60.0, start_uj=9_000_000)
    assert keys(found(tree)[1]) == {"rapl:package-0", "rapl:package-1"}


def test_counters_that_never_moved_are_not_taken_for_mirrors(tree: PowercapTree) -> None:
    tree.add("intel-rapl:0", "package-0", 0.0, start_uj=0)
    tree.add("intel-rapl:1", "package-1", 0.0, start_uj=0)
    assert len(found(tree)[1].channels) == 2


@pytest.mark.parametrize(
    "names",
    [("package-0", "package-0"), ("package-0-die-0", "package-0-die-1"), ("package-0", "package-1")],
)
def test_dies_that_mirror_one_counter_count_once(tree: PowercapTree, names: tuple[str, str]) -> None:
    for i, name in enumerate(names):
        tree.add(f"intel-rapl:{i}", name, 68.0, start_uj=5_000_000)
    discovery = found(tree)[1]
    assert len(discovery.channels) == 1
    assert ["mirror" in why for why in reasons(discovery).values()] == [True]


def test_dies_with_counters_of_their_own_count_both(tree: PowercapTree) -> None:
    tree.add("intel-rapl:0", "package-0-die-0", 68.0, start_uj=5_000_000)
    tree.add("intel-rapl:1", "package-0-die-1", 60.0, start_uj=8_000_000_000)
    assert keys(found(tree)[1]) == {"rapl:package-0-die-0", "rapl:package-0-die-1"}


def test_a_second_provider_of_the_same_counter_is_a_duplicate(tree: PowercapTree) -> None:
    tree.add("intel-rapl:0", "package-0", 50.0)
    tree.add("intel-rapl-mmio:0", "package-0", 50.0, start_uj=77)
    discovery = found(tree)[1]
    assert keys(discovery) == {"rapl:package-0"}
    assert "by another way" in reasons(discovery)["rapl:package-0@intel-rapl-mmio"]


def test_a_second_provider_stands_in_where_the_first_cannot_be_read(tree: PowercapTree) -> None:
    tree.add("intel-rapl:0", "package-0", 50.0)
    tree.add("intel-rapl-mmio:0", "package-0", 50.0)
    (tree.folder("intel-rapl:0") / "energy_uj").unlink()
    discovery = found(tree)[1]
    assert keys(discovery) == {"rapl:package-0@intel-rapl-mmio"}
    assert discovery.refusals == ()


def test_wrap_is_where_the_tree_says(tree: PowercapTree) -> None:
    tree.add("intel-rapl:0", "package-0", 50.0, range_uj=1_000_000_000, limit_w=100.0)
    (channel,) = found(tree)[1].channels
    assert (channel.wrap_j, channel.wrap_known, channel.max_power_w) == (pytest.approx(1000.0), True, 150.0)


def test_a_missing_range_file_is_stated(tree: PowercapTree) -> None:
    tree.add("intel-rapl:0", "package-0", 50.0, range_file=False)
    (channel,) = found(tree)[1].channels
    assert (channel.wrap_j, channel.wrap_known) == (None, False)


def test_a_counter_closed_to_the_user_is_refused_with_the_remedy(tmp_path: Path) -> None:
    tree = PowercapTree(tmp_path)
    tree.add("intel-rapl:0", "package-0", 50.0)
    for path in (tmp_path, *tmp_path.parents):
        if path.stat().st_mode & 0o001:
            break
        path.chmod(path.stat().st_mode | 0o011)
    (tree.folder("intel-rapl:0") / "energy_uj").chmod(0o400)
    with as_nobody():
        discovery = found(tree)[1]
    tree.close()
    assert discovery.channels == ()
    (refusal,) = discovery.refusals
    assert (refusal.state, refusal.component, refusal.remedy) == (State.UNREADABLE, "cpu", REMEDY)
    assert "\n" not in refusal.remedy
    assert "tmpfiles.d" in refusal.remedy


def test_a_counter_that_holds_no_number_is_unreadable(tree: PowercapTree) -> None:
    tree.add("intel-rapl:0", "package-0", 50.0)
    made, _ = found(tree)
    (tree.folder("intel-rapl:0") / "energy_uj").write_text("-12                 \n")
    (reading,) = made.read(1.0)
    assert (reading.state, reading.joules) == (State.UNREADABLE, None)


def test_a_zone_that_vanishes_is_absent_and_comes_back(tree: PowercapTree) -> None:
    tree.add("intel-rapl:0", "package-0", 50.0, start_uj=1)
    tree.add("intel-rapl:1", "package-1", 50.0, start_uj=2_000_000)
    made, _ = found(tree)
    tree.vanish("intel-rapl:1")
    readings = by_key(made.read(1.0))
    assert readings["rapl:package-0"].state is State.READ
    assert readings["rapl:package-1"].state is State.ABSENT
    assert readings["rapl:package-1"].joules is None
    tree.add("intel-rapl:1", "package-1", 50.0, start_uj=5_000_000)
    assert by_key(made.read(2.0))["rapl:package-1"].joules == pytest.approx(5.0)


def test_a_platform_counter_beside_packages_is_a_duplicate(tree: PowercapTree) -> None:
    tree.add("intel-rapl:0", "package-0", 50.0)
    tree.add("intel-rapl:1", "psys", 80.0, start_uj=3)
    discovery = found(tree)[1]
    assert keys(discovery) == {"rapl:package-0"}
    assert "duplicate of rapl:package-0" in reasons(discovery)["rapl:psys"]


def test_what_a_platform_counter_holds_beyond_its_parts_is_the_rest(tree: PowercapTree) -> None:
    tree.add("intel-rapl:0", "package-0", 50.0, start_uj=262_143_000_000)  # wraps on the way
    tree.add("intel-rapl:0:0", "dram", 5.0)
    tree.add("intel-rapl:1", "psys", 80.0, start_uj=3)
    made, discovery = found(tree)
    assert keys(discovery) == {"rapl:package-0", "rapl:dram-0", "rapl:psys-rest"}
    made.read(0.0)
    for t_s in range(1, 21):
        tree.at(t_s)
        readings = by_key(made.read(t_s))
    assert readings["rapl:psys-rest"].joules == pytest.approx(20 * 25.0, abs=0.01)
    assert set(readings) == keys(discovery)


def test_the_rest_is_unreadable_when_the_platform_counts_less_than_its_parts(tree: PowercapTree) -> None:
    tree.add("intel-rapl:0", "package-0", 50.0)
    tree.add("intel-rapl:0:0", "dram", 5.0)
    tree.add("intel-rapl:1", "psys", 20.0, start_uj=3)
    made, _ = found(tree)
    made.read(0.0)
    tree.at(1.0)
    assert by_key(made.read(1.0))["rapl:psys-rest"].state is State.UNREADABLE


def test_a_platform_counter_alone_is_used_whole(tree: PowercapTree) -> None:
    tree.add("intel-rapl:0", "psys", 80.0, start_uj=0)
    made, discovery = found(tree)
    assert [(c.key, c.component) for c in discovery.channels] == [("rapl:psys", "platform")]
    tree.at(2.0)
    assert [r.joules for r in made.read(2.0)] == [pytest.approx(160.0)]


def test_only_channels_in_use_are_read(tree: PowercapTree) -> None:
    tree.add("intel-rapl:0", "package-0", 50.0)
    tree.add("intel-rapl:0:0", "dram", 5.0)
    made, _ = found(tree)
    made.use(["rapl:dram-0"])
    assert [r.key for r in made.read(0.0)] == ["rapl:dram-0"]


def test_closing_gives_back_every_handle(tree: PowercapTree) -> None:
    tree.add("intel-rapl:0", "package-0", 50.0)
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    made, _ = found(tree)
    made.read(0.0)
    made.close()
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_a_live_tree_grows_in_real_time(tree: PowercapTree) -> None:
    tree.add("intel-rapl:0", "package-0", 50.0)
    made, _ = found(tree)
    (first,) = made.read(0.0)
    with tree.live():
        for _ in range(2000):
            (second,) = made.read(0.0)
            if second.joules != first.joules:
                break
            time.sleep(0.001)
    assert first.joules is not None and second.joules is not None
    assert second.joules > first.joules
