"""The power model: bounds, order, splitting, published servers."""

import math
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorded_hosts import Tree, bare_metal_server, cgroup_v1, container_v2, laptop, virtual_machine
from treadlight.core.activity import EvidenceMethod
from treadlight.core.distribution import Lognormal, total
from treadlight.measure.accumulate import Accumulator
from treadlight.measure.host import Host, host_facts
from treadlight.measure.meter import Context, State
from treadlight.measure.meters import model
from treadlight.measure.power import (
    CURVE,
    GSD_LOAD_TDP,
    GSD_MEMORY,
    GSD_REST,
    GSD_VM,
    LOSS,
    STEEPEST_W_PER_TDP,
    capacity,
    cpu_fraction,
    gsd_between,
    host_threads,
    memory_w,
)

LOADS = st.floats(0.0, 1.0)


def test_the_curve_goes_through_its_published_points() -> None:
    assert [cpu_fraction(load) for load, _ in CURVE] == pytest.approx([0.08, 0.32, 0.75, 1.02])
    assert cpu_fraction(0.3) == pytest.approx(0.535)  # half way between 0.32 and 0.75


@given(LOADS, LOADS)
def test_power_lies_between_idle_and_full_and_grows_with_load(a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert cpu_fraction(0) <= cpu_fraction(low) <= cpu_fraction(high) <= cpu_fraction(1)


@given(LOADS, LOADS, LOADS)
def test_the_curve_is_concave(a: float, b: float, weight: float) -> None:
    mixed = cpu_fraction(weight * a + (1 - weight) * b)
    assert mixed >= weight * cpu_fraction(a) + (1 - weight) * cpu_fraction(b) - 1e-9


@given(st.floats(-1e6, 1e6))
def test_loads_out_of_range_are_taken_for_the_nearest(load: float) -> None:
    assert 0.08 <= cpu_fraction(load) <= 1.02


@given(load=LOADS, cuts=st.lists(st.floats(0.001, 59.0), max_size=40), threads=st.integers(1, 512))
def test_energy_of_a_steady_load_is_independent_of_the_splitting(load: float, cuts: list[float], threads: int) -> None:
    integral = model.LoadIntegral(lambda x: 200 * cpu_fraction(x), threads)
    for t in [0.0, *sorted(cuts), 60.0]:
        joules = integral.at(t, load * threads * t)
    assert joules == pytest.approx(200 * cpu_fraction(load) * 60, rel=1e-9)


@given(
    st.lists(LOADS, min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(0, 11), st.floats(0.01, 0.89)), max_size=30),
)
def test_readings_in_between_never_change_what_later_readings_say(
    loads: list[float], extra: list[tuple[int, float]]
) -> None:
    def busy_s(t: float) -> float:
        whole = min(int(t), len(loads) - 1)
        return 4 * (sum(loads[:whole]) + loads[whole] * (t - whole))

    def power_w(load: float) -> float:
        return 100 * cpu_fraction(load)

    plain, dense = model.LoadIntegral(power_w, 4), model.LoadIntegral(power_w, 4)
    times = [float(t) for t in range(len(loads) + 1)]
    wanted = {t: plain.at(t, busy_s(t)) for t in times}
    between = [second + part for second, part in extra if second < len(loads)]
    for t in sorted({*times, *between}):
        joules = dense.at(t, busy_s(t))
        if t in wanted:
            assert joules == pytest.approx(wanted[t], rel=1e-9)


@given(st.lists(st.tuples(st.floats(0.001, 5.0), LOADS), min_size=1, max_size=40), st.integers(1, 256))
def test_energy_never_falls_and_a_running_machine_is_never_at_zero(
    steps: list[tuple[float, float]], threads: int
) -> None:
    integral = model.LoadIntegral(lambda x: 50 * cpu_fraction(x), threads)
    t = busy = 0.0
    before = integral.at(t, busy)
    for step_s, load in steps:
        t += step_s
        busy += load * threads * step_s
        joules = integral.at(t, busy)
        assert joules >= before
        assert joules <= before + 50 * STEEPEST_W_PER_TDP * step_s + 1e-9
        before = joules
    assert 50 * 0.08 * t <= before * (1 + 1e-9) <= 50 * 1.02 * t * (1 + 2e-9)


def test_busy_time_that_falls_costs_idle_power_and_nothing_negative() -> None:
    integral = model.LoadIntegral(lambda x: 100 * cpu_fraction(x), 2)
    integral.at(0.0, 1000.0)
    assert integral.at(10.0, 3.0) == pytest.approx(100 * 0.08 * 10)
    assert integral.at(20.0, 23.0) == pytest.approx(100 * 0.08 * 10 + 100 * 1.02 * 10)


def test_intervals_are_the_stated_ones() -> None:
    # 90 %: -50/+100 % and, in a virtual machine, a band as wide as -70/+150 %
    assert Lognormal(1, GSD_LOAD_TDP).quantile(0.05) == pytest.approx(0.5)
    assert Lognormal(1, GSD_LOAD_TDP).quantile(0.95) == pytest.approx(2.0)
    assert Lognormal(1, GSD_VM).quantile(0.95) / Lognormal(1, GSD_VM).quantile(0.05) == pytest.approx(2.5 / 0.3)
    assert memory_w(1) * Lognormal(1, GSD_MEMORY).quantile(0.95) == pytest.approx(0.3725 * 1.6)
    assert gsd_between(1.0, 1.0) == 1.0


def test_a_physical_machine_has_the_whole_power_of_its_sockets(tmp_path: Path) -> None:
    own = capacity(host_facts(bare_metal_server(tmp_path).context()))
    assert own.tdp_w == 560
    assert own.share == 1
    assert own.cpu_gsd == pytest.approx(GSD_LOAD_TDP)
    assert own.cause.startswith("model:cpu:")


def test_a_virtual_machine_has_its_share_of_one_processor_and_a_wider_interval(tmp_path: Path) -> None:
    host = host_facts(virtual_machine(tmp_path).context())
    own = capacity(host)
    assert own.tdp_w == pytest.approx(280 * 4 / 128)
    assert host_threads(host) == 256
    assert own.share == pytest.approx(4 / 256)
    assert own.cpu_gsd >= GSD_VM


@pytest.fixture(scope="module")
def vm_tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return virtual_machine(tmp_path_factory.mktemp("vm"))


@pytest.fixture(scope="module")
def vm_host(tmp_path_factory: pytest.TempPathFactory) -> Host:
    return host_facts(virtual_machine(tmp_path_factory.mktemp("vm")).context())


@given(vcpus=st.integers(1, 1024), stated=st.sampled_from(["", "64", "256"]), known=st.booleans())
def test_a_share_of_a_machine_is_above_zero_and_at_most_one(
    vm_host: Host, vcpus: int, stated: str, known: bool
) -> None:
    host = replace(vm_host, threads=vcpus, threads_of_host=int(stated or 0))
    if not known:
        host = replace(host, cpu=replace(host.cpu, row=None, quality="none"))
    own = capacity(host)
    assert 0 < own.share <= 1
    assert own.tdp_w > 0
    assert own.cpu_gsd >= GSD_VM
    assert math.isfinite(own.cpu_uncertainty.quantile(0.95))


def test_a_processor_nobody_knows_is_wider_than_one_that_is_known(tmp_path: Path) -> None:
    known = capacity(host_facts(bare_metal_server(tmp_path).context()))
    unknown = capacity(host_facts(bare_metal_server(tmp_path).context(host_cpu="Frobnicator 9000")))
    assert unknown.cpu_gsd > known.cpu_gsd
    assert "not recognised" in unknown.basis


@pytest.mark.parametrize("make", [bare_metal_server, laptop, virtual_machine, container_v2, cgroup_v1])
def test_every_kind_of_machine_has_all_three_channels(make: object, tmp_path: Path) -> None:
    tree = make(tmp_path)  # type: ignore[operator]
    meter = model.meter(tree.context())
    discovery = meter.discover()
    assert [c.component for c in discovery.channels] == ["cpu", "memory", "rest"]
    assert not discovery.refusals
    for channel in discovery.channels:
        assert channel.method is EvidenceMethod.MODELLED
        assert channel.rank == 20
        assert channel.uncertainty.quantile(0.95) > 1.4
        assert channel.max_power_w is not None
        assert channel.max_power_w > 0


def test_joules_follow_the_load_that_proc_shows(tmp_path: Path) -> None:
    tree = bare_metal_server(tmp_path)
    meter = model.meter(tree.context())
    meter.discover()
    assert [r.joules for r in meter.read(100.0)] == [0, 0, 0]
    tree.cpu_times(1000.0 + 0.5 * 256 * 60, 9000.0)
    cpu, memory, rest = meter.read(160.0)
    assert cpu.joules == pytest.approx(0.75 * 560 * 60)
    assert memory.joules == pytest.approx(memory_w(251.5) * 60)
    assert cpu.joules is not None
    assert memory.joules is not None
    assert rest.joules == pytest.approx(20 * 60 + LOSS * (cpu.joules + memory.joules))


def test_memory_is_that_of_the_limit_and_not_of_the_whole_node(tmp_path: Path) -> None:
    """378 W of memory beside 102 W of GPU, because a job of 32 GB was charged the terabyte of its node: not here."""
    meter = model.meter(cgroup_v1(tmp_path).context())
    channel = meter.discover().channels[1]
    assert channel.max_power_w == pytest.approx(memory_w(32))
    assert "limit of the control group" in channel.basis


def test_no_processor_time_is_a_refusal_with_a_remedy_and_not_zero(tmp_path: Path) -> None:
    tree = bare_metal_server(tmp_path)
    (tree.procfs / "stat").unlink()
    discovery = model.meter(tree.context()).discover()
    assert [c.key for c in discovery.channels] == ["model:memory"]
    assert {r.component for r in discovery.refusals} == {"cpu", "rest"}
    assert all(r.state is State.ABSENT and r.remedy for r in discovery.refusals)


def test_a_sandbox_that_hides_processor_time_is_a_refusal(tmp_path: Path) -> None:
    discovery = model.meter(bare_metal_server(tmp_path).cpu_times(0, 0).context()).discover()
    assert {r.state for r in discovery.refusals} == {State.UNREADABLE}


def test_an_empty_tree_refuses_everything(tmp_path: Path) -> None:
    discovery = model.meter(Tree(tmp_path).context()).discover()
    assert not discovery.channels
    assert {r.component for r in discovery.refusals} == {"cpu", "memory", "rest"}


def test_processor_time_that_vanishes_and_returns_is_a_state_and_loses_nothing(tmp_path: Path) -> None:
    tree = bare_metal_server(tmp_path)
    meter = model.meter(tree.context())
    meter.discover()
    meter.read(0.0)
    (tree.procfs / "stat").unlink()
    states = {r.key: r for r in meter.read(10.0)}
    assert states["model:cpu"].state is State.ABSENT
    assert states["model:cpu"].joules is None
    assert states["model:memory"].state is State.READ
    tree.write({"proc/stat": "garbage"})
    assert meter.read(15.0)[0].state is State.UNREADABLE
    tree.cpu_times(1000.0 + 256 * 20, 9000.0)
    assert meter.read(20.0)[0].joules == pytest.approx(1.02 * 560 * 20)


def test_this_machine_can_be_modelled_for_a_moment() -> None:
    meter = model.meter(Context())
    assert len(meter.discover().channels) == 3
    start = time.monotonic()
    meter.read(start)
    readings = meter.read(start + 1.0)
    meter.close()
    assert all(r.joules is not None and r.joules > 0 for r in readings)


# System, sockets, TDP of one [W], threads, memory [GB], watts when idle, watts at 100 %: SPECpower_ssj2008 results
# published 2017-2023, as collected in cloud-carbon-footprint/cloud-carbon-coefficients (Apache-2.0),
# data/SPECpower-2023-05-01.csv; TDP as the makers state it.
_SPECPOWER = [
    ("Lenovo SR665 V3, EPYC 9654", 2, 360, 384, 117.0, 634.0),
    ("ASUS RS720A-E12, EPYC 9654", 2, 360, 384, 128.0, 817.0),
    ("Lenovo SR635 V3, EPYC 9654", 1, 360, 192, 67.5, 369.0),
    ("Lenovo SR645, EPYC 7763", 2, 280, 256, 104.0, 459.0),
    ("Lenovo SR655, EPYC 7763", 1, 280, 128, 53.0, 228.0),
    ("Lenovo SR645, EPYC 7742", 2, 225, 256, 99.5, 403.0),
    ("ASUS RS500A, EPYC 7742", 1, 225, 128, 51.4, 214.0),
    ("Inspur NF5180M6, Platinum 8380", 2, 270, 256, 129.0, 625.0),
    ("Inspur NF5180M6, Platinum 8352Y", 2, 205, 512, 156.0, 680.0),
    ("Inspur NF5180M6, Gold 6336Y", 2, 185, 256, 176.0, 650.0),
    ("Inspur NF5280M5, Gold 5218", 2, 125, 384, 114.0, 367.0),
    ("Inspur NF5280M5, Silver 4214", 2, 85, 384, 112.0, 289.0),
    ("Inspur NF5280M5, Gold 6252", 1, 150, 384, 93.6, 262.0),
    ("LTechKorea LKG-2212, Gold 6226R", 2, 150, 512, 96.6, 377.0),
    ("LSDtech L224S, Gold 6136", 2, 150, 196, 131.0, 432.0),
    ("Inspur NF5280M5, Platinum 8280", 2, 205, 192, 48.6, 410.0),
    ("Lenovo SR650, Platinum 8176", 2, 165, 192, 67.7, 352.0),
]

# The same source; none of these took part in choosing any constant.
_HELD_OUT = [
    ("Inspur i24LM6, Platinum 8368Q", 2, 270, 512, 348.0, 769.0),
    ("Inspur i24M6, Platinum 8360Y", 2, 250, 256, 221.0, 689.0),
    ("Lenovo SR850, Platinum 8276L", 4, 165, 384, 121.0, 672.0),
    ("Lenovo SR950, Platinum 8276L", 8, 165, 768, 281.0, 1329.0),
    ("Inspur NF5280 M4, E5-2699 v4", 2, 145, 128, 45.7, 245.0),
    ("IBM x3550 M4, E5-2660", 2, 95, 24, 60.6, 265.0),
    ("IBM x3650 M3, X5675", 2, 95, 16, 56.1, 218.0),
    ("HP DL360 G7, L5640", 2, 60, 16, 54.6, 178.0),
    ("HP DL385p Gen8, Opteron 6380", 2, 115, 64, 66.6, 306.0),
    ("ASUS RS720-E9, Platinum 8280L", 2, 205, 192, 47.4, 405.0),
    ("Lenovo SR150, E-2176G", 1, 80, 32, 16.8, 87.2),
]


def _whole_server(tdp_w: float, memory_gb: float, load: float) -> tuple[float, float]:
    cpu, memory = tdp_w * cpu_fraction(load), memory_w(memory_gb)
    rest = 20 + LOSS * (cpu + memory)
    sum_w = total([Lognormal(cpu, GSD_LOAD_TDP), Lognormal(memory, GSD_MEMORY), Lognormal(rest, GSD_REST)])
    return sum_w.quantile(0.05), sum_w.quantile(0.95)


def _inside(rows: list[tuple[str, int, int, int, float, float]], load: float) -> float:
    """Share of the servers whose published power lies inside our 90 % interval."""
    hits = []
    for _, sockets, tdp_w, memory_gb, idle_w, full_w in rows:
        low, high = _whole_server(sockets * tdp_w, memory_gb, load)
        hits.append(low <= (full_w if load else idle_w) <= high)
    return sum(hits) / len(hits)


@pytest.mark.parametrize("rows", [_SPECPOWER, _HELD_OUT])
def test_published_servers_at_full_load_lie_inside_the_interval(
    rows: list[tuple[str, int, int, int, float, float]],
) -> None:
    assert _inside(rows, 1.0) >= 0.85


@pytest.mark.parametrize("rows", [_SPECPOWER, _HELD_OUT])
def test_published_servers_at_rest_mostly_lie_inside_the_interval(
    rows: list[tuple[str, int, int, int, float, float]],
) -> None:
    """They are tuned for the benchmark's idle step and lie low: the page says by how much."""
    assert _inside(rows, 0.0) >= 0.7


@given(st.lists(st.tuples(st.floats(0.05, 5.0), LOADS), min_size=2, max_size=30))
def test_the_accumulator_takes_every_reading_of_the_model(vm_tree: Tree, steps: list[tuple[float, float]]) -> None:
    """A model is never held for a broken counter: no reading lies above the power it declares."""
    meter = model.meter(vm_tree.cpu_times(20.0, 380.0).context())
    channels = meter.discover().channels
    accumulators = {c.key: Accumulator(c) for c in channels}
    t, busy = 0.0, 20.0
    for step_s, load in [(0.0, 0.0), *steps]:
        t += step_s
        busy += load * 4 * step_s
        vm_tree.cpu_times(busy, 400.0 + 4 * t - busy)
        for reading in meter.read(t):
            accumulators[reading.key].update(reading)
            assert accumulators[reading.key].state is State.READ
    for accumulator in accumulators.values():
        assert accumulator.joules is not None
        assert accumulator.joules > 0
        assert not accumulator.notes
