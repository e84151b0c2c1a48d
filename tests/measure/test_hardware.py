"""The hardware a run occupies, on recorded machines."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorded_hosts import Tree, bare_metal_server, cgroup_v1, container_v2, laptop, virtual_machine
from treadlight.core.activity import EvidenceMethod
from treadlight.core.flow import flow_unit
from treadlight.measure.hardware import HardwareItem, hardware_items, unknowns
from treadlight.measure.host import Host, host_facts

MAKERS = [bare_metal_server, laptop, virtual_machine, container_v2, cgroup_v1]


def _items(tree: Tree, *gpus: tuple[str, str], **options: str) -> dict[str, HardwareItem]:
    return {item.key: item for item in hardware_items(host_facts(tree.context(**options)), gpus)}


@pytest.fixture(scope="module")
def vm_host(tmp_path_factory: pytest.TempPathFactory) -> Host:
    return host_facts(virtual_machine(tmp_path_factory.mktemp("vm")).context())


def test_a_physical_server_is_its_parts(tmp_path: Path) -> None:
    items = _items(bare_metal_server(tmp_path))
    assert {item.flow.rpartition(".")[0] for item in items.values()} >= {"hardware.cpu", "hardware.storage"}
    assert items["hardware:cpu"].amount == 2
    assert items["hardware:memory"].flow == "hardware.memory.dram"
    assert items["hardware:memory"].amount == pytest.approx(251.5)
    assert (items["hardware:base"].flow, items["hardware:base"].amount) == ("hardware.server.base", 1)
    assert items["hardware:nvme0n1"].flow == "hardware.storage.ssd"
    assert items["hardware:sda"].flow == "hardware.storage.hdd"
    assert items["hardware:cpu"].method is EvidenceMethod.MODELLED


def test_a_virtual_machine_is_its_share_with_doubt(tmp_path: Path) -> None:
    items = _items(virtual_machine(tmp_path))
    assert items["hardware:cpu"].amount == pytest.approx(4 / 128)
    assert items["hardware:base"].amount == pytest.approx(4 / 256)
    assert items["hardware:base"].method is EvidenceMethod.ASSUMED
    assert items["hardware:base"].uncertainty.quantile(0.95) > 1.5
    assert items["hardware:base"].cause == items["hardware:cpu"].cause == "hardware:share"
    assert items["hardware:vda"].uncertainty.quantile(0.95) > 2


def test_stating_the_physical_host_narrows_the_share(tmp_path: Path) -> None:
    assumed = _items(virtual_machine(tmp_path))["hardware:base"]
    stated = _items(virtual_machine(tmp_path), host_vm_threads_of_host="128")["hardware:base"]
    assert stated.amount == pytest.approx(4 / 128)
    assert stated.uncertainty.quantile(0.95) < assumed.uncertainty.quantile(0.95)


def test_a_laptop_is_one_product_and_its_parts_are_not_counted_again(tmp_path: Path) -> None:
    (item,) = _items(laptop(tmp_path)).values()
    assert (item.flow, item.amount) == ("hardware.laptop.generic", 1)


def test_a_desktop_is_one_workstation(tmp_path: Path) -> None:
    (item,) = _items(laptop(tmp_path), host_klass="desktop").values()
    assert (item.flow, item.amount) == ("hardware.workstation.generic", 1)


def test_accelerators_are_one_device_each_and_the_unknown_one_is_doubted(tmp_path: Path) -> None:
    items = _items(
        bare_metal_server(tmp_path), ("gpu0", "NVIDIA A100-SXM4-80GB"), ("gpu1", "Frobnicator Tensor Engine 3")
    )
    known, unknown = items["hardware:gpu0"], items["hardware:gpu1"]
    assert known.flow.startswith("hardware.accelerator.")
    assert known.amount == unknown.amount == 1
    assert (known.component, known.device) == ("gpu", "gpu0")
    assert known.method is EvidenceMethod.MODELLED
    assert unknown.method is EvidenceMethod.ASSUMED
    assert unknown.uncertainty.quantile(0.95) > known.uncertainty.quantile(0.95)


def test_an_accelerator_without_a_name_is_a_generic_one(tmp_path: Path) -> None:
    item = _items(bare_metal_server(tmp_path), ("gpu0", ""))["hardware:gpu0"]
    assert item.flow == "hardware.accelerator.generic"
    assert item.basis.startswith("nobody names it")


def test_a_job_with_a_limit_holds_the_memory_of_its_limit(tmp_path: Path) -> None:
    item = _items(cgroup_v1(tmp_path))["hardware:memory"]
    assert item.amount == 32
    assert "limit of the control group" in item.basis


def test_a_processor_nobody_knows_is_a_generic_one_and_a_stated_unknown(tmp_path: Path) -> None:
    context = bare_metal_server(tmp_path).context(host_cpu="Frobnicator 9000")
    host = host_facts(context)
    item = next(i for i in hardware_items(host) if i.key == "hardware:cpu")
    assert item.method is EvidenceMethod.ASSUMED
    assert "not recognised" in item.basis
    assert item.flow == "hardware.cpu.generic"
    assert any("Frobnicator 9000" in what and "host.cpu" in remedy for what, remedy, _ in unknowns(host))


@pytest.mark.parametrize("make", MAKERS)
def test_every_item_can_be_booked(make: Callable[[Path], Tree], tmp_path: Path) -> None:
    host = host_facts(make(tmp_path).context())
    items = hardware_items(host, [("gpu0", "Tesla T4")])
    assert len({item.key for item in items}) == len(items)
    for item in items:
        assert flow_unit(item.flow) in ("device-hour", "GB-hour")
        assert item.amount > 0
        assert item.uncertainty.quantile(0.5) == pytest.approx(1, rel=0.01)
        assert item.basis
        assert item.cause


@pytest.mark.parametrize("make", MAKERS)
def test_what_is_not_counted_is_said_with_a_remedy(make: Callable[[Path], Tree], tmp_path: Path) -> None:
    found = unknowns(host_facts(make(tmp_path).context()))
    assert any("network" in what for what, _, _ in found)
    assert all(what and remedy and "\n" not in remedy for what, remedy, _ in found)


def test_the_physical_host_of_a_virtual_machine_is_unknown_until_stated(tmp_path: Path) -> None:
    tree = virtual_machine(tmp_path)
    option = "host.vm_threads_of_host"
    assert any(option in remedy for _, remedy, _ in unknowns(host_facts(tree.context())))
    stated = host_facts(tree.context(host_vm_threads_of_host="128"))
    assert not any(option in remedy for _, remedy, _ in unknowns(stated))


def test_a_small_board_is_the_nearest_kind_and_says_so(tmp_path: Path) -> None:
    text = "processor : 0\nCPU implementer : 0x41\nCPU part : 0xd08\n\nModel : Raspberry Pi 4"
    tree = Tree(tmp_path).write({"proc/cpuinfo": text, "proc/device-tree/model": "Raspberry Pi 4 Model B"})
    host = host_facts(tree.context())
    assert (host.klass, host.product) == ("laptop", "Raspberry Pi 4 Model B")
    assert any("small board" in what for what, _, _ in unknowns(host))


def test_a_server_that_shows_no_disk_says_so(tmp_path: Path) -> None:
    host = replace(host_facts(bare_metal_server(tmp_path).context()), disks=())
    assert any(what.startswith("storage") for what, _, _ in unknowns(host))


@given(vcpus=st.integers(1, 2048), stated=st.integers(0, 512))
def test_a_virtual_machine_is_never_more_than_one_server(vm_host: Host, vcpus: int, stated: int) -> None:
    host = replace(vm_host, threads=vcpus, threads_of_host=stated)
    base = next(item for item in hardware_items(host) if item.flow == "hardware.server.base")
    assert 0 < base.amount <= 1
