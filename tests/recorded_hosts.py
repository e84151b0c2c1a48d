"""Small recorded trees of ``/proc`` and ``/sys``, as five kinds of machine show them, written into a folder."""

from dataclasses import dataclass
from pathlib import Path

from treadlight.measure.meter import Context

__all__ = ["Tree", "bare_metal_server", "cgroup_v1", "container_v2", "laptop", "virtual_machine"]

GIB_KB = 1 << 20


@dataclass(frozen=True)
class Tree:
    """A recorded machine under one folder."""

    root: Path

    @property
    def procfs(self) -> Path:
        return self.root / "proc"

    @property
    def sysfs(self) -> Path:
        return self.root / "sys"

    def write(self, files: dict[str, str]) -> "Tree":
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text if text.endswith("\n") else f"{text}\n", encoding="utf-8")
        return self

    def context(self, **options: str) -> Context:
        named = {name.replace("host_", "host.", 1): value for name, value in options.items()}
        return Context(sysfs_root=self.sysfs, procfs_root=self.procfs, options=named)

    def cpu_times(self, busy_s: float, idle_s: float, steal_s: float = 0.0) -> "Tree":
        ticks = [round(seconds * 100) for seconds in (busy_s, 0, 0, idle_s, 0, 0, 0, steal_s, 0, 0)]
        return self.write({"proc/stat": f"cpu  {' '.join(map(str, ticks))}\nintr 1 2 3\nbtime 1700000000"})

    def process(
        self, pid: int, ppid: int, utime_s: float = 0.0, name: str = "python", *, listed: bool = True
    ) -> "Tree":
        ticks = round(utime_s * 100)
        rest = f"S {ppid} {pid} {pid} 0 -1 4194304 9 9 0 0 {ticks} 5 7 3 20 0 1 0 4200 999 250 0"
        self.write({f"proc/{pid}/stat": f"{pid} ({name}) {rest}"})
        if listed:
            self.write({f"proc/{pid}/task/{pid}/children": ""})
            parent = self.root / f"proc/{ppid}/task/{ppid}/children"
            if parent.exists():
                parent.write_text(f"{parent.read_text().strip()} {pid} ", encoding="utf-8")
        else:
            (self.root / f"proc/{pid}/task/{pid}").mkdir(parents=True, exist_ok=True)
        return self


def _cpuinfo(
    model: str, sockets: int, cores: int, flags: str, *, smt: int = 2, family: int = 25, number: int = 1
) -> str:
    blocks = []
    for processor in range(sockets * cores * smt):
        socket, core = processor // smt // cores, processor // smt % cores
        blocks.append(
            f"processor\t: {processor}\nvendor_id\t: AuthenticAMD\ncpu family\t: {family}\nmodel\t\t: {number}\n"
            f"model name\t: {model}\nphysical id\t: {socket}\ncore id\t\t: {core}\ncpu cores\t: {cores}\n"
            f"flags\t\t: {flags}"
        )
    return "\n\n".join(blocks)


def _common(gib: float, boot: str) -> dict[str, str]:
    return {
        "proc/meminfo": f"MemTotal:    {round(gib * GIB_KB)} kB\nMemFree:      1024 kB\nMemAvailable: {GIB_KB} kB",
        "proc/sys/kernel/hostname": "node-17",
        "proc/sys/kernel/ostype": "Linux",
        "proc/sys/kernel/osrelease": "6.1.0-18-amd64",
        "proc/sys/kernel/random/boot_id": boot,
        "proc/self/mountinfo": "21 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw",
    }


def bare_metal_server(root: Path) -> Tree:
    """Two EPYC 7763 in a rack-mounted chassis, 256 GB, an NVMe drive and a rotating one."""
    return (
        Tree(root)
        .write(
            _common(251.5, "b0b0")
            | {
                "proc/cpuinfo": _cpuinfo("AMD EPYC 7763 64-Core Processor", 2, 64, "fpu sse avx2"),
                "proc/self/cgroup": "0::/user.slice/session-3.scope",
                "proc/1/cgroup": "0::/init.scope",
                "sys/fs/cgroup/cgroup.controllers": "cpu memory",
                "sys/class/dmi/id/sys_vendor": "Dell Inc.",
                "sys/class/dmi/id/product_name": "PowerEdge R6525",
                "sys/class/dmi/id/chassis_type": "23",
                "sys/block/nvme0n1/size": "3750748848",
                "sys/block/nvme0n1/queue/rotational": "0",
                "sys/block/sda/size": "7814037168",
                "sys/block/sda/queue/rotational": "1",
                "sys/block/sda/device/model": "ST4000NM000A",
                "sys/block/sr0/size": "2097151",
                "sys/block/loop0/size": "4096",
                "sys/block/dm-0/size": "3750748848",
                "sys/block/sdb/size": "60000000",
                "sys/block/sdb/removable": "1",
            }
        )
        .cpu_times(1000.0, 9000.0)
    )


def laptop(root: Path) -> Tree:
    """A notebook with a Core i5-1135G7, 16 GB, an SSD, and a mouse with a battery of its own."""
    return (
        Tree(root)
        .write(
            _common(15.4, "1a1a")
            | {
                "proc/cpuinfo": _cpuinfo(
                    "11th Gen Intel(R) Core(TM) i5-1135G7 @ 2.40GHz", 1, 4, "fpu sse", family=6, number=140
                ),
                "sys/class/dmi/id/sys_vendor": "LENOVO",
                "sys/class/dmi/id/product_name": "20XW",
                "sys/class/dmi/id/chassis_type": "10",
                "sys/class/power_supply/BAT0/type": "Battery",
                "sys/class/power_supply/hidpp_battery_0/type": "Battery",
                "sys/class/power_supply/hidpp_battery_0/scope": "Device",
                "sys/block/nvme0n1/size": "1000215216",
                "sys/block/nvme0n1/queue/rotational": "0",
            }
        )
        .cpu_times(50.0, 750.0)
    )


def virtual_machine(root: Path) -> Tree:
    """Four vCPUs of an EPYC 7763 under KVM, 16 GB, a virtual disk that calls itself rotating."""
    return (
        Tree(root)
        .write(
            _common(15.6, "c3c3")
            | {
                "proc/cpuinfo": _cpuinfo("AMD EPYC 7763 64-Core Processor", 1, 2, "fpu sse hypervisor"),
                "sys/class/dmi/id/sys_vendor": "QEMU",
                "sys/class/dmi/id/product_name": "Standard PC (Q35 + ICH9, 2009)",
                "sys/class/dmi/id/chassis_type": "1",
                "sys/block/vda/size": "209715200",
                "sys/block/vda/queue/rotational": "1",
            }
        )
        .cpu_times(20.0, 380.0, 1.0)
    )


def container_v2(root: Path) -> Tree:
    """A container of two processors and 8 GB on the bare-metal server, control groups version 2, own namespace."""
    return bare_metal_server(root).write(
        {
            "proc/self/cgroup": "0::/",
            "proc/1/cgroup": "0::/",
            "proc/self/mountinfo": "733 590 0:61 / / rw,relatime - overlay overlay rw,lowerdir=/var/lib/x",
            "sys/fs/cgroup/cpu.max": "200000 100000",
            "sys/fs/cgroup/cpu.stat": "usage_usec 12500000\nuser_usec 12000000\nsystem_usec 500000",
            "sys/fs/cgroup/memory.max": str(8 << 30),
            "sys/fs/cgroup/memory.current": str(3 << 30),
            "sys/fs/cgroup/cgroup.procs": "1\n17\n23",
        }
    )


def cgroup_v1(root: Path) -> Tree:
    """A batch job in control groups version 1: 32 GB for the job, and no limit on its step."""
    path = "slurm/uid_1000/job_77"
    tree = bare_metal_server(root)
    (tree.sysfs / "fs/cgroup/cgroup.controllers").unlink()
    return tree.write(
        {
            "proc/self/cgroup": f"6:memory:/{path}/step_0\n4:cpu,cpuacct:/{path}/step_0\n1:name=systemd:/x\n0::/",
            f"sys/fs/cgroup/cpu,cpuacct/{path}/step_0/cpuacct.usage": "4200000000",
            f"sys/fs/cgroup/cpu,cpuacct/{path}/step_0/cpu.cfs_quota_us": "-1",
            f"sys/fs/cgroup/cpu,cpuacct/{path}/step_0/cgroup.procs": "400\n401",
            f"sys/fs/cgroup/cpu,cpuacct/{path}/cpu.cfs_quota_us": "1600000",
            f"sys/fs/cgroup/cpu,cpuacct/{path}/cpu.cfs_period_us": "100000",
            f"sys/fs/cgroup/memory/{path}/step_0/memory.limit_in_bytes": "9223372036854771712",
            f"sys/fs/cgroup/memory/{path}/step_0/memory.usage_in_bytes": str(5 << 30),
            f"sys/fs/cgroup/memory/{path}/memory.limit_in_bytes": str(32 << 30),
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
        }
    )
