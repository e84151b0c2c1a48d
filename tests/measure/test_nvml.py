"""NVIDIA GPUs: the real ctypes path against a library compiled here."""

import time
from pathlib import Path

import pytest

from measure.fakes.nvml import FakeDevice, FakeNvml
from treadlight.core.activity import EvidenceMethod
from treadlight.measure.meter import Context, Discovery, Reading, State
from treadlight.measure.meters.nvml import NvmlMeter, meter
from treadlight.measure.selection import select


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeNvml:
    return FakeNvml(tmp_path, monkeypatch, FakeDevice(pids=[41, 42]))


def found(fake: FakeNvml) -> tuple[NvmlMeter, Discovery]:
    made = meter(Context(nvml_path=fake.path))
    return made, made.discover()


def chosen(discovery: Discovery) -> list[str]:
    return [c.key for c in select([discovery]).chosen]


def by_key(readings: list[Reading]) -> dict[str, Reading]:
    return {r.key: r for r in readings}


def test_the_energy_counter_is_used_where_there_is_one(fake: FakeNvml) -> None:
    made, discovery = found(fake)
    assert chosen(discovery) == ["nvml:gpu0"]
    channel = discovery.channels[0]
    assert (channel.model, channel.uuid) == (fake.devices[0].name, fake.devices[0].uuid)
    assert (channel.method, channel.update_s, channel.max_power_w) == (EvidenceMethod.METERED, 0.1, 600.0)
    fake.show(0, 1250.0, 250.0, 1.0)
    reading = by_key(made.read(1.0))["nvml:gpu0"]
    assert (reading.joules, reading.power_w, reading.pids) == (1250.0, None, (41, 42))
    made.close()


def test_without_a_counter_power_is_integrated_with_a_wider_error(fake: FakeNvml) -> None:
    fake.devices[0].energy_code = 3
    fake.push()
    made, discovery = found(fake)
    assert chosen(discovery) == ["nvml:gpu0:power"]
    assert "Not Supported".lower() in discovery.channels[0].basis.lower()
    assert discovery.channels[0].uncertainty.sd == pytest.approx(0.25 / 1.645)
    assert by_key(made.read(0.0))["nvml:gpu0:power"].power_w == 250.0
    made.close()


def test_without_any_sensor_load_is_modelled(fake: FakeNvml) -> None:
    fake.devices[0].energy_code = fake.devices[0].power_code = 3
    fake.push()
    made, discovery = found(fake)
    assert chosen(discovery) == ["nvml:gpu0:load"]
    assert discovery.channels[0].method is EvidenceMethod.MODELLED
    power_w = by_key(made.read(0.0))["nvml:gpu0:load"].power_w
    assert power_w is not None and 200 < power_w < 400  # half load of a card limited to 400 W
    made.close()


def test_a_card_that_tells_nothing_is_refused_not_zero(fake: FakeNvml) -> None:
    fake.devices[0].energy_code = fake.devices[0].power_code = fake.devices[0].utilisation_code = 3
    fake.push()
    made, discovery = found(fake)
    assert discovery.channels == ()
    assert [(r.key, r.state) for r in discovery.refusals] == [("nvml:gpu0", State.UNREADABLE)]
    assert made.read(0.0) == []
    made.close()


def test_counters_that_say_zero_are_not_believed(fake: FakeNvml) -> None:
    fake.devices[0].energy_j = fake.devices[0].power_w = 0.0
    fake.push()
    made, discovery = found(fake)
    assert chosen(discovery) == ["nvml:gpu0:load"]
    made.close()


def test_one_faulty_card_does_not_hide_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeNvml(tmp_path, monkeypatch, FakeDevice(), FakeDevice(handle_code=15), FakeDevice(uuid="GPU-3"))
    made, discovery = found(fake)
    assert chosen(discovery) == ["nvml:gpu0", "nvml:gpu2"]
    assert [r.key for r in discovery.refusals] == ["nvml:gpu1"]
    fake.devices[2].energy_code = 15
    fake.push()
    readings = by_key(made.read(1.0))
    assert readings["nvml:gpu0"].state is State.READ
    assert readings["nvml:gpu2"].state is State.ABSENT
    assert "lost" in readings["nvml:gpu2"].detail
    made.close()


def test_a_lost_counter_is_replaced_by_polled_power(fake: FakeNvml) -> None:
    made, discovery = found(fake)
    selection = select([discovery])
    (standby,) = selection.standbys(selection.chosen[0])
    assert standby.key == "nvml:gpu0:power"
    made.use([standby.key])
    assert [r.key for r in made.read(0.0)] == ["nvml:gpu0:power"]
    made.close()


def test_mig_is_noted(fake: FakeNvml) -> None:
    fake.devices[0].mig = 1
    fake.push()
    made, discovery = found(fake)
    assert "MIG is on: the whole card" in discovery.channels[0].basis
    made.close()


def test_many_processes_are_all_listed(fake: FakeNvml) -> None:
    fake.devices[0].pids = list(range(100, 160))
    fake.push()
    made, _ = found(fake)
    assert made.read(0.0)[0].pids == tuple(range(100, 160))
    made.close()


def test_a_driver_that_hides_processes_leaves_them_unknown(fake: FakeNvml) -> None:
    fake.devices[0].pids_code = 4
    fake.push()
    made, _ = found(fake)
    assert made.read(0.0)[0].pids is None
    made.close()


@pytest.mark.parametrize(
    ("code", "what", "remedy"),
    [(9, "not loaded", "modprobe"), (18, "different versions", "restart"), (4, "no permission", "group")],
)
def test_a_driver_that_does_not_start_is_refused_with_its_remedy(
    fake: FakeNvml, code: int, what: str, remedy: str
) -> None:
    fake.init_code = code
    fake.push()
    (refusal,) = found(fake)[1].refusals
    assert refusal.state is State.UNREADABLE
    assert what in refusal.reason
    assert remedy in refusal.remedy


def test_a_library_that_cannot_be_loaded_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "libnvidia-ml.so.1"
    broken.write_text("no library")
    (refusal,) = meter(Context(nvml_path=str(broken))).discover().refusals
    assert refusal.state is State.UNREADABLE
    assert "TREADLIGHT_NVML_PATH" in refusal.remedy


def test_a_library_too_old_for_the_calls_is_refused(tmp_path: Path) -> None:
    import ctypes.util

    name = ctypes.util.find_library("m")
    if name is None:
        pytest.skip("needs some shared library")
    (refusal,) = meter(Context(nvml_path=name)).discover().refusals
    assert "too old" in refusal.reason


def test_no_card_and_no_driver_is_absent(tmp_path: Path) -> None:
    if Path("/dev/nvidiactl").exists():
        pytest.skip("there is a card here")
    (refusal,) = meter(Context(sysfs_root=tmp_path)).discover().refusals
    assert (refusal.state, refusal.remedy) == (State.ABSENT, "")


def test_a_card_without_a_driver_is_unreadable(tmp_path: Path) -> None:
    if Path("/dev/nvidiactl").exists():
        pytest.skip("there is a driver here")
    card = tmp_path / "bus/pci/devices/0000:01:00.0"
    card.mkdir(parents=True)
    (card / "vendor").write_text("0x10de\n")
    (card / "class").write_text("0x030200\n")
    (refusal,) = meter(Context(sysfs_root=tmp_path)).discover().refusals
    assert refusal.state is State.UNREADABLE
    assert "0000:01:00.0" in refusal.reason


def test_no_device_in_the_container_is_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeNvml(tmp_path, monkeypatch)
    (refusal,) = found(fake)[1].refusals
    assert refusal.state is State.ABSENT


def test_closing_gives_the_driver_back(fake: FakeNvml) -> None:
    made, _ = found(fake)
    assert fake.inits == 1
    made.close()
    assert fake.inits == 0


def test_a_live_library_steps_its_counter(fake: FakeNvml) -> None:

    fake.devices[0].live = True
    fake.push()
    made, _ = found(fake)
    first = made.read(0.0)[0].joules
    for _ in range(300):
        second = made.read(0.0)[0].joules
        if second != first:
            break
        time.sleep(0.01)
    made.close()
    assert first is not None and second is not None
    assert (second - first) % 25.0 == pytest.approx(0.0, abs=1e-6)  # 250 W in steps of 100 ms
    assert second > first
