"""Host facts, on recorded machines."""

from pathlib import Path

import pytest

from recorded_hosts import Tree, bare_metal_server, cgroup_v1, container_v2, laptop, virtual_machine
from treadlight.core.errors import ConfigError
from treadlight.measure.cpuinfo import parse_cpuinfo
from treadlight.measure.host import host_facts, host_report
from treadlight.measure.meter import Context


def test_a_bare_metal_server_is_recognised_whole(tmp_path: Path) -> None:
    host = host_facts(bare_metal_server(tmp_path).context())
    assert (host.klass, host.klass_known) == ("server", "chassis type 23")
    assert (host.sockets, host.cores, host.threads) == (2, 128, 256)
    assert not host.is_vm
    assert not host.is_container
    assert host.cpu.quality == "exact"
    assert host.cpu_row is not None
    assert host.cpu_row.tdp_w == 280
    assert host.memory_gb == pytest.approx(251.5)
    assert (host.hostname, host.boot_id) == ("node-17", "b0b0")
    assert host.product == "Dell Inc. PowerEdge R6525"


def test_only_disks_that_are_disks_are_counted(tmp_path: Path) -> None:
    disks = {disk.name: disk for disk in host_facts(bare_metal_server(tmp_path).context()).disks}
    assert set(disks) == {"nvme0n1", "sda"}
    assert (disks["nvme0n1"].kind, disks["sda"].kind) == ("ssd", "hdd")
    assert disks["nvme0n1"].gb == pytest.approx(1920.38, rel=1e-4)
    assert not any(disk.virtual for disk in disks.values())


def test_a_laptop_is_told_by_its_chassis(tmp_path: Path) -> None:
    host = host_facts(laptop(tmp_path).context())
    assert host.klass == "laptop"
    assert host.threads == 8
    assert not host.is_vm


def test_a_laptop_without_firmware_tables_is_told_by_its_battery(tmp_path: Path) -> None:
    tree = laptop(tmp_path)
    (tree.sysfs / "class/dmi/id/chassis_type").unlink()
    assert host_facts(tree.context()).klass_known == "has a battery"


def test_the_battery_of_a_mouse_makes_no_laptop(tmp_path: Path) -> None:
    tree = laptop(tmp_path)
    (tree.sysfs / "class/dmi/id/chassis_type").unlink()
    (tree.sysfs / "class/power_supply/BAT0/type").unlink()
    assert host_facts(tree.context()).klass_known != "has a battery"


def test_a_virtual_machine_is_told_by_the_processor_and_named_by_its_firmware(tmp_path: Path) -> None:
    host = host_facts(virtual_machine(tmp_path).context())
    assert host.is_vm
    assert host.hypervisor == "QEMU"
    assert host.klass == "server"
    assert [(d.kind, d.virtual) for d in host.disks] == [("ssd", True)]


def test_cloud_bare_metal_is_not_virtual_although_its_firmware_names_the_cloud(tmp_path: Path) -> None:
    tree = bare_metal_server(tmp_path).write(
        {"sys/class/dmi/id/sys_vendor": "Amazon EC2", "sys/class/dmi/id/product_name": "m6a.metal"}
    )
    assert not host_facts(tree.context()).is_vm


def test_arm_in_the_cloud_is_named_by_the_product(tmp_path: Path) -> None:
    text = "\n\n".join(f"processor\t: {n}\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c" for n in range(4))
    tree = Tree(tmp_path).write(
        {
            "proc/cpuinfo": text,
            "sys/class/dmi/id/sys_vendor": "Amazon EC2",
            "sys/class/dmi/id/product_name": "c6g.xlarge",
        }
    )
    host = host_facts(tree.context())
    assert host.cpu_model == "Graviton2"
    assert host.is_vm
    tree.write({"sys/class/dmi/id/sys_vendor": "Oracle", "sys/class/dmi/id/product_name": "BM.Standard.A1.160"})
    host = host_facts(tree.context())
    assert host.cpu_model == "Neoverse-N1"
    assert not host.is_vm


def test_a_container_knows_its_limits_and_the_machine_below(tmp_path: Path) -> None:
    host = host_facts(container_v2(tmp_path).context())
    assert host.is_container
    assert host.memory_limit_gb == 8
    assert host.cpu_limit == 2
    assert host.threads == 256


def test_a_batch_job_knows_its_limits(tmp_path: Path) -> None:
    host = host_facts(cgroup_v1(tmp_path).context())
    assert host.memory_limit_gb == 32
    assert host.cpu_limit == 16


def test_a_limit_above_the_memory_there_is_limits_nothing(tmp_path: Path) -> None:
    tree = container_v2(tmp_path).write({"sys/fs/cgroup/memory.max": str(1 << 50)})
    assert host_facts(tree.context()).memory_limit_gb is None


def test_what_the_user_states_goes_before_what_is_found(tmp_path: Path) -> None:
    tree = virtual_machine(tmp_path)
    context = tree.context(host_cpu="EPYC 7302", host_klass="desktop", host_vm_threads_of_host="96")
    host = host_facts(context)
    assert host.cpu_row is not None
    assert host.cpu_row.tdp_w == 155
    assert (host.klass, host.klass_known, host.threads_of_host) == ("desktop", "stated", 96)


@pytest.mark.parametrize("name", ["AMD EPYC 7302 16-Core Processor", "EPYC 7302", "epyc 7302", "epyc-7302"])
def test_a_stated_processor_is_found_by_its_name_with_or_without_maker_and_by_its_slug(
    tmp_path: Path, name: str
) -> None:
    host = host_facts(bare_metal_server(tmp_path).context(host_cpu=name))
    assert host.cpu.quality == "exact"
    assert host.cpu_row is not None
    assert host.cpu_row.tdp_w == 155


@pytest.mark.parametrize(
    ("option", "value"),
    [("host_klass", "toaster"), ("host_vm_threads_of_host", "many"), ("host_vm_threads_of_host", "0")],
)
def test_an_option_that_cannot_be_used_is_refused_by_name(tmp_path: Path, option: str, value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        host_facts(virtual_machine(tmp_path).context(**{option: value}))
    assert caught.value.field == option.replace("host_", "host.", 1)
    assert caught.value.value == value
    assert caught.value.remedy


def test_an_empty_tree_gives_unknowns_and_no_error(tmp_path: Path) -> None:
    host = host_facts(Tree(tmp_path).context())
    assert (host.cpu_model, host.memory_gb, host.disks, host.boot_id) == ("", 0.0, (), "")
    assert (host.sockets, host.cores, host.threads) == (1, 1, 1)
    assert host.cpu_row is None
    assert "cpu_model" not in host.facts()
    assert "memory_gb" not in host.facts()


def test_facts_are_text_and_the_report_says_how_each_is_known(tmp_path: Path) -> None:
    host = host_facts(virtual_machine(tmp_path).context())
    assert all(isinstance(value, str) and value for value in host.facts().values())
    report = host_report(host)
    labels = [label for label, _, _ in report]
    assert len(labels) == len(set(labels))
    assert all(value and known for _, value, known in report)
    assert ("threads of the physical host", "not known", "set host.vm_threads_of_host to state it") in report


def test_this_machine_has_facts() -> None:
    host = host_facts(Context())
    assert host.threads >= 1
    assert host.memory_gb > 0
    assert host.hostname


def test_cpuinfo_of_arm_and_of_nothing() -> None:
    arm = parse_cpuinfo("processor : 0\nCPU implementer : 0x41\nCPU part : 0xd4f\n")
    assert (arm.model, arm.threads, arm.hypervisor, arm.cpuid) == ("Neoverse-V2", 1, None, None)
    assert parse_cpuinfo("processor : 0\nCPU implementer : 0x99\nCPU part : 0xabc").model == (
        "ARM implementer 0x99 part 0xabc"
    )
    assert parse_cpuinfo("").threads == 0


def test_a_raspberry_pi_has_no_part_of_the_name_of_its_board_as_processor() -> None:
    text = (
        "processor : 0\nCPU implementer : 0x41\nCPU part : 0xd08\n\nHardware : BCM2835\nModel : Raspberry Pi 4 Model B"
    )
    assert parse_cpuinfo(text).model == "Cortex-A72"
