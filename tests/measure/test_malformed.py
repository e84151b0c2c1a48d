"""Third parties' meters: whatever they declare or give, a run goes on and says what is wrong with them."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tracking import folded, settings_in
from treadlight.core.activity import EvidenceMethod
from treadlight.core.distribution import Normal
from treadlight.measure.discover import Meters, discover
from treadlight.measure.malformed import malformed
from treadlight.measure.meter import Channel, Context, State
from treadlight.measure.run import Run

Install = Callable[..., None]

METER = """
from pathlib import Path
from treadlight.core.activity import EvidenceMethod
from treadlight.core.distribution import Normal, Point
from treadlight.measure.meter import Channel, Discovery, MeterInfo, Reading, State

INFO = MeterInfo("third", "Third", "", "", "", "", "")

def channel(key="third:a", meter="third", component="cpu", device="a", method=EvidenceMethod.METERED, basis="b",
            uncertainty=Normal(1.0, 0.1), cause="third", **other):
    return Channel(key, meter, component, device, method, basis, uncertainty, cause, **other)

class Third:
    def discover(self):
        return {found}
    def read(self, t_s):
        return {read}
    def close(self):
        pass

def meter(context):
    return Third()
"""


@pytest.fixture
def third(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs a third party's meter with what it finds and reads."""

    def install(found: str, read: str = "[]") -> None:
        (tmp_path / "tl_third_meter.py").write_text(METER.replace("{found}", found).replace("{read}", read))
        info = tmp_path / "tl_third-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tl-third\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[treadlight.measure.meters]\nthird = tl_third_meter\n")
        monkeypatch.syspath_prepend(str(tmp_path))

    yield install
    sys.modules.pop("tl_third_meter", None)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ("uncertainty='normal(1.0,0.1)'", "uncertainty is no Distribution, got 'normal(1.0,0.1)'"),
        ("uncertainty=None", "uncertainty is no Distribution, got None"),
        ("uncertainty=Point(0.0)", "uncertainty is no ratio of true to stated energy"),
        ("method='metered'", "method is no EvidenceMethod, got 'metered'"),
        ("key=''", "key is empty"),
        ("basis=3", "basis is no text, got 3"),
        ("rank='0'", "rank is no whole number, got '0'"),
        ("wrap_j='262143'", "wrap_j is no amount, got '262143'"),
        ("resolution_j=None", "resolution_j is no amount, got None"),
        ("max_power_w=float('nan')", "max_power_w is no amount, got nan"),
    ],
)
def test_a_malformed_channel_is_refused_and_the_others_stay(third: Install, fields: str, reason: str) -> None:
    third(f"Discovery((channel({fields}), channel('third:good', device='good')))")
    found = discover(Context(), ["third"]).discoveries["third"]
    assert [c.key for c in found.channels] == ["third:good"]
    (refusal,) = found.refusals
    assert reason in refusal.reason
    assert (refusal.state, refusal.remedy) == (State.UNREADABLE, "mend or update the meter third")


@pytest.mark.parametrize("found", ["None", "[channel()]", "Discovery(None)", "Discovery(('third:a',))"])
def test_a_malformed_discovery_is_a_refusal(third: Install, found: str) -> None:
    third(found)
    meters = discover(Context(), ["third"])
    assert meters.discoveries["third"].channels == ()
    assert len(meters.discoveries["third"].refusals) == 1
    assert meters.read(1.0) == {}


@pytest.mark.parametrize(
    ("read", "detail"),
    [
        ("None", "TypeError"),
        ("[Reading('third:a', State.READ, t_s, joules='5')]", "joules that is no number, got '5'"),
        ("[Reading('third:a', State.READ, None, joules=5)]", "t_s that is no number, got None"),
        ("[Reading('third:a', State.READ, t_s, joules=5, pids=7)]", "pids that are no numbers, got 7"),
        ("[Reading('third:a', 'read', t_s, joules=5)]", "no State, got 'read'"),
    ],
)
def test_a_malformed_reading_is_unreadable(third: Install, read: str, detail: str) -> None:
    third("Discovery((channel(),))", read)
    readings = discover(Context(), ["third"]).read(1.0)
    assert readings["third:a"].state is State.UNREADABLE
    assert detail in readings["third:a"].detail


def test_a_run_with_a_malformed_meter_uses_its_rival_and_records_why(third: Install, tmp_path: Path) -> None:
    third("Discovery((channel(uncertainty='normal(1,0.1)'),))")
    warnings: list[str] = []
    run = Run(settings_in(tmp_path), threaded=False, warn=warnings.append).start()
    run.stop()
    assert "model:cpu" in {c.key for c in folded(run).run.channels}
    assert "uncertainty is no Distribution" in str(run.records()[0]["refusals"])
    assert warnings == []


def test_channels_of_the_meters_shipped_are_sound() -> None:
    meters = Meters(Context())
    assert [malformed(c) for d in meters.discoveries.values() for c in d.channels if malformed(c)] == []
    meters.close()


def test_a_channel_that_is_whole_has_no_problem() -> None:
    whole = Channel("a:b", "a", "cpu", "b", EvidenceMethod.METERED, "basis", Normal(1.0, 0.1), "", wrap_j=1.0)
    assert malformed(whole) == ""
