"""Selection: one meter for each thing, no energy twice, a reason for the others; and what stands in for a lost one."""

from pathlib import Path

import pytest

from measure.fakes.powercap import PowercapTree
from treadlight.core.activity import EvidenceMethod
from treadlight.core.distribution import Normal
from treadlight.measure.discover import Meters, discover, meter_names
from treadlight.measure.meter import Channel, Context, Discovery, Refusal, State
from treadlight.measure.selection import Verdict, select


def channel(key: str, component: str, rank: int = 0, device: str = "") -> Channel:
    meter, _, name = key.partition(":")
    return Channel(
        key=key,
        meter=meter,
        component=component,
        device=device or name,
        method=EvidenceMethod.METERED,
        basis="basis",
        uncertainty=Normal(1.0, 0.03),
        cause=meter,
        rank=rank,
    )


PACKAGE_0, PACKAGE_1 = channel("rapl:package-0", "cpu"), channel("rapl:package-1", "cpu")
DRAM = channel("rapl:dram-0", "memory")
CPU, MEMORY, REST = (channel(f"model:{c}", c, 20) for c in ("cpu", "memory", "rest"))
MODEL = Discovery((CPU, MEMORY, REST))


def keys(channels: list[Channel]) -> set[str]:
    return {c.key for c in channels}


def test_counters_of_two_sockets_replace_the_models_one_processor() -> None:
    selection = select([MODEL, Discovery((PACKAGE_0, PACKAGE_1))])
    assert keys(selection.chosen) == {"rapl:package-0", "rapl:package-1", "model:memory", "model:rest"}
    ((passed, reason),) = selection.passed_over
    assert passed == CPU
    assert reason.startswith("duplicate of rapl:package-0, rapl:package-1")


def test_an_unreadable_counter_leaves_the_model_and_its_refusal() -> None:
    refusal = Refusal("rapl:package-0", "cpu", "package-0", State.UNREADABLE, "closed", "open it")
    selection = select([Discovery(refusals=(refusal,)), MODEL])
    assert keys(selection.chosen) == {"model:cpu", "model:memory", "model:rest"}
    assert selection.refusals == [refusal]


def test_memory_with_a_counter_and_a_processor_without_take_one_each() -> None:
    selection = select([MODEL, Discovery((DRAM,))])
    assert keys(selection.chosen) == {"model:cpu", "rapl:dram-0", "model:rest"}


def test_gpus_are_chosen_one_by_one() -> None:
    counter = channel("nvml:gpu0", "gpu", 0, "gpu0")
    polled = [channel(f"nvml:gpu{i}:power", "gpu", 10, f"gpu{i}") for i in (0, 1)]
    selection = select([Discovery((counter, *polled))])
    assert keys(selection.chosen) == {"nvml:gpu0", "nvml:gpu1:power"}
    assert selection.standbys(counter) == [polled[0]]
    assert selection.standbys(polled[1]) == []


def test_a_platform_counter_covers_processor_memory_and_rest() -> None:
    platform = channel("rapl:psys", "platform")
    selection = select([MODEL, Discovery((platform,))])
    assert keys(selection.chosen) == {"rapl:psys"}
    assert {c.key: why for c, why in selection.passed_over} == dict.fromkeys(
        ("model:cpu", "model:memory", "model:rest"), "duplicate: its energy is inside rapl:psys"
    )
    assert keys(selection.standbys(platform)) == {"model:cpu", "model:memory", "model:rest"}


def test_a_platform_known_worse_than_what_is_inside_is_passed_over() -> None:
    selection = select([Discovery((channel("x:board", "platform", 10), PACKAGE_0))])
    assert keys(selection.chosen) == {"rapl:package-0"}


def test_the_model_stands_in_only_when_the_last_counter_of_its_component_is_lost() -> None:
    selection = select([MODEL, Discovery((PACKAGE_0, PACKAGE_1))])
    assert selection.standbys(PACKAGE_1) == []
    assert selection.standbys(PACKAGE_0) == [CPU]
    assert selection.standbys(CPU) == []
    assert keys(selection.chosen) == {"model:memory", "model:rest"}


def test_a_lost_channel_does_not_come_back() -> None:
    counter, polled = channel("nvml:gpu0", "gpu", 0, "gpu0"), channel("nvml:gpu0:power", "gpu", 10, "gpu0")
    selection = select([Discovery((counter, polled))])
    assert selection.standbys(counter) == [polled]
    assert selection.standbys(polled) == []


def test_a_replayed_trace_replaces_all_hardware() -> None:
    played = channel("replay:cpu:package-0", "cpu")
    selection = select([Discovery((PACKAGE_0,)), MODEL, Discovery((played,))])
    assert selection.chosen == [played]
    assert len(selection.passed_over) == 4


def test_a_trace_that_cannot_be_played_is_not_replaced_by_hardware() -> None:
    refusal = Refusal("replay", "", "", State.UNREADABLE, "no such file")
    selection = select([Discovery((PACKAGE_0,)), MODEL, Discovery(refusals=(refusal,))])
    assert (selection.chosen, selection.refusals) == ([], [refusal])


def test_every_finding_has_its_verdict_and_reason() -> None:
    refusal = Refusal("nvml", "gpu", "", State.ABSENT, "no card")
    findings = select([MODEL, Discovery((PACKAGE_0,), (refusal,))]).findings()
    assert {(f.key, f.verdict) for f in findings} == {
        ("rapl:package-0", Verdict.USED),
        ("model:memory", Verdict.USED),
        ("model:rest", Verdict.USED),
        ("model:cpu", Verdict.DUPLICATE),
        ("nvml", Verdict.REFUSED),
    }
    assert all(f.reason for f in findings)


# -- the meters of a machine -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", meter_names())
def test_every_meter_keeps_its_contract_on_an_empty_machine(name: str, tmp_path: Path) -> None:
    meters = discover(Context(sysfs_root=tmp_path / "sys", procfs_root=tmp_path / "proc"), [name])
    info, found = meters.infos[name], meters.discoveries[name]
    assert info.name == name
    assert all((info.title, info.scope, info.resolution, info.wrap, info.privileges, info.error))
    assert all(r.state is not State.READ and r.reason for r in found.refusals)
    for reading in meters.read(0.0).values():
        given = [v for v in (reading.joules, reading.power_w) if v is not None]
        assert len(given) == (1 if reading.state is State.READ else 0)
    meters.close()


def test_meters_read_only_what_was_chosen(tmp_path: Path) -> None:
    tree = PowercapTree(tmp_path)
    tree.add("intel-rapl:0", "package-0", 50.0)
    meters = discover(Context(sysfs_root=tmp_path))
    selection = meters.select()
    readings = meters.read(0.0)
    assert set(readings) == keys(selection.chosen)
    assert "rapl:package-0" in readings and "model:cpu" not in readings
    standbys = selection.standbys(PACKAGE_0)
    meters.use(c.key for c in selection.chosen)
    assert keys(standbys) <= set(meters.read(1.0))
    meters.close()
    tree.close()


def test_a_faulty_meter_is_a_refusal_and_ends_nothing(tmp_path: Path) -> None:
    meters = Meters(Context(sysfs_root=tmp_path), ["no-such-meter", "rapl"])
    (refusal,) = meters.discoveries["no-such-meter"].refusals
    assert refusal.state is State.UNREADABLE
    assert meters.discoveries["rapl"].refusals[0].state is State.ABSENT
    meters.close()
