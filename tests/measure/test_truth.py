"""The truth matrix: meters over fake hardware whose energy is known, through to the ledger's activities.

Real file reads and a real C library through ctypes; only time is simulated. Every case draws random profiles with fixed
seeds. The sensor is off by an error drawn from the class the meter states, so that an interval that covers the truth
covers it for the right reason. ``make truth`` runs this alone and prints the table.
"""

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from measure.fakes.nvml import FakeDevice, FakeNvml
from measure.fakes.powercap import TYPICAL_RANGE_UJ, PowercapTree
from measure.fakes.profiles import Profile, ramp, random_steps, square, steady, steps
from tracking import HandClock, settings_in
from treadlight.core.activity import Activity, EvidenceMethod
from treadlight.core.distribution import Distribution, Lognormal, Normal
from treadlight.core.uncertainty import widened
from treadlight.ledger.fold import fold
from treadlight.measure import run as tracked
from treadlight.measure.accumulate import Accumulator
from treadlight.measure.discover import Meters, discover
from treadlight.measure.meter import Channel, Context, Discovery, Reading, State
from treadlight.measure.selection import Selection, select

pytestmark = pytest.mark.truth

PROFILES = 200
LEAST = 0.85
J_PER_KWH = 3.6e6
START_AT = 1_795_000_000.0  # a moment in November 2026


class Draws(random.Random):
    """Random numbers of one profile, and how far off its sensor is: evenly spread over all profiles of a case."""

    def __init__(self, name: str, number: int) -> None:
        super().__init__(f"{name}/{number}")
        self.off = (0.5 / PROFILES + number * (math.sqrt(5) - 1) / 2) % 1.0


# -- a run in simulated time -------------------------------------------------------------------------------------------


@dataclass
class Run:
    """A run as the tracker makes it: accumulators in, journal records out, folded into activities."""

    chosen: list[Channel]
    at: float = START_AT
    accumulators: dict[str, Accumulator] = field(default_factory=dict)
    records: list[dict[str, object]] = field(default_factory=list)
    last: dict[str, tuple[float, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.accumulators = {c.key: Accumulator(c) for c in self.chosen}
        run = {"id": "01890000-0000-7000-8000-000000000000", "name": "truth", "stage": "", "labels": {}}
        run |= {"subject": {}, "location": {}}
        channels = [_described(c) for c in self.chosen]
        start = {"kind": "start", "schema": "treadlight.journal/1", "run": run, "at": self.at, "interval_s": 1.0}
        self.records = [start | {"attribution": "exclusive", "host": {}, "channels": channels, "refusals": []}]

    def add(self, channel: Channel, t_s: float, since_s: float) -> None:
        """A channel that stands in for a lost one."""
        self.accumulators[channel.key] = Accumulator(channel, since_s=since_s)
        self.records.append({"kind": "channel", "t": t_s} | _described(channel))

    def take(self, t_s: float, readings: dict[str, Reading]) -> None:
        for key, accumulator in self.accumulators.items():
            if key in readings:
                accumulator.update(readings[key])
        values = [(a.joules, a.slack_j) for a in self.accumulators.values()]
        self._sample(t_s, values)
        for key, (joules, slack_j) in zip(self.accumulators, values, strict=True):
            before = self.last.get(key, (0.0, 0.0))
            assert joules is None or joules >= before[0] >= 0, "no energy is negative"
            assert slack_j >= before[1]
            self.last[key] = (joules or 0.0, slack_j)

    def edge(self, t_s: float) -> None:
        """A UTC hour between the last two readings."""
        found = [a.at(t_s) for a in self.accumulators.values()]
        self._sample(t_s, [f if f is not None else (None, 0.0) for f in found], edge=True)

    def _sample(self, t_s: float, values: list[tuple[float | None, float]], *, edge: bool = False) -> None:
        v = [None if j is None else [j / J_PER_KWH, j / J_PER_KWH, s / J_PER_KWH] for j, s in values]
        record: dict[str, object] = {"kind": "sample", "t": t_s, "at": self.at + t_s, "v": v}
        self.records.append(record | {"edge": True} if edge else record)

    def step(self, t0_s: float, t1_s: float, step_s: float, reason: str) -> None:
        record: dict[str, object] = {"kind": "gap", "t0": t0_s, "t1": t1_s, "at0": self.at + t0_s}
        self.at += step_s
        self.records.append(record | {"at1": self.at + t1_s, "reason": reason, "step_s": step_s})

    def activities(self, t_s: float) -> list[Activity]:
        end = {"kind": "end", "t": t_s, "at": self.at + t_s, "status": "finished", "exit_code": 0, "error": ""}
        return fold([*self.records, end]).activities


def _described(c: Channel) -> dict[str, object]:
    told = {"key": c.key, "meter": c.meter, "component": c.component, "device": c.device, "flow": "electricity.it"}
    told |= {"method": str(c.method), "basis": c.basis, "uncertainty": str(c.uncertainty), "cause": c.cause}
    return dict(told) | {"rule": "exclusive", "version": "1"}


@dataclass(frozen=True)
class Outcome:
    """What was reported, and the truth [J]."""

    low: float
    middle: float
    high: float
    truth: float

    @property
    def is_covered(self) -> bool:
        return self.low <= self.truth <= self.high


def summed(activities: list[Activity], truth_j: float, rng: Draws) -> Outcome:
    """Activities with the same cause share their draw, others do not."""
    assert activities, "what was metered is not unknown"
    assert all(a.amount > 0 for a in activities), "nothing unknown is reported as 0"
    causes = sorted({a.cause for a in activities})
    draws = []
    for _ in range(400 if len(causes) > 1 else 0):
        p = {cause: rng.random() for cause in causes}
        draws.append(math.fsum(a.amount * a.uncertainty.quantile(p[a.cause]) for a in activities))
    if draws:
        draws.sort()
        low, middle, high = draws[20], draws[200], draws[379]
    else:
        low, middle, high = (
            math.fsum(a.amount * a.uncertainty.quantile(p) for a in activities) for p in (0.05, 0.5, 0.95)
        )
    return Outcome(low * J_PER_KWH, middle * J_PER_KWH, high * J_PER_KWH, truth_j)


def moments(rng: Draws, length_s: float) -> Iterator[float]:
    """When the tracker reads: about every second, sometimes late."""
    t_s = 0.0
    while t_s < length_s:
        yield t_s
        t_s += 1.0 + (rng.uniform(0, 0.5) if rng.random() < 0.1 else rng.uniform(0, 0.004))
    yield length_s


def sensor_error(uncertainty: Distribution, rng: Draws) -> float:
    """True ÷ stated energy, as this sensor happens to be."""
    return max(0.2, uncertainty.quantile(rng.off))


RAPL = Normal(1.0, 0.05 / 1.645)
POLLED = Normal(1.0, 0.25 / 1.645)


def any_profile(rng: Draws, length_s: float) -> Profile:
    high = rng.uniform(40, 280)
    low = rng.uniform(3, high / 2)
    kinds: list[Callable[[], Profile]] = [
        lambda: steady(high),
        lambda: ramp(low, high, length_s),
        lambda: ramp(high, low, length_s),
        lambda: square(low, high, rng.uniform(0.05, 0.9), rng.uniform(0.1, 0.9), rng.random()),
        lambda: square(low, high, rng.uniform(2, 15), rng.uniform(0.1, 0.9), rng.random()),
        lambda: random_steps(rng, low, high, length_s),
    ]
    return rng.choice(kinds)()


# -- processor cases ---------------------------------------------------------------------------------------------------


@dataclass
class Machine:
    """A fake powercap tree with one package, and a run on it."""

    folder: Path
    rng: Draws
    length_s: float
    profile: Profile
    start_uj: int = -1
    range_uj: int = TYPICAL_RANGE_UJ
    range_file: bool = True
    mirrored: bool = False
    at: float = START_AT

    def __post_init__(self) -> None:
        if self.start_uj < 0:
            self.start_uj = self.rng.randrange(1, self.range_uj)
        self.error = sensor_error(RAPL, self.rng)
        self.tree = PowercapTree(self.folder)
        stated = self.profile.scaled(1 / self.error)
        for i in range(2 if self.mirrored else 1):
            name = f"package-0-die-{i}" if self.mirrored else "package-0"
            self.tree.add(
                f"intel-rapl:{i}",
                name,
                stated,
                start_uj=self.start_uj,
                range_uj=self.range_uj,
                range_file=self.range_file,
                limit_w=300.0,
            )
        self.meters: Meters = discover(Context(sysfs_root=self.folder), ["rapl"])
        self.selection: Selection = self.meters.select()
        self.run = Run(self.selection.chosen, self.at)
        (self.channel,) = self.run.chosen

    def read(self, t_s: float, true_s: float | None = None) -> dict[str, Reading]:
        """Let the hardware be at true time, and read it at the monotonic time `t_s`."""
        self.tree.at(t_s if true_s is None else true_s)
        return self.meters.read(t_s)

    def all(self) -> None:
        for t_s in moments(self.rng, self.length_s):
            self.run.take(t_s, self.read(t_s))

    def outcome(self, truth_j: float | None = None) -> Outcome:
        self.meters.close()
        self.tree.close()
        truth_j = self.profile.energy(self.length_s) if truth_j is None else truth_j
        return summed(self.run.activities(self.length_s), truth_j, self.rng)


Case = Callable[[Path, Draws], list[Outcome]]


def simple(make: Callable[[Draws, float], Profile]) -> Case:
    def case(folder: Path, rng: Draws) -> list[Outcome]:
        length_s = rng.uniform(5, 60)
        machine = Machine(folder, rng, length_s, make(rng, length_s))
        machine.all()
        return [machine.outcome()]

    return case


def faster_than_the_poll(rng: Draws, length_s: float) -> Profile:
    low = rng.uniform(3, 60)
    return square(low, rng.uniform(60, 290), rng.uniform(0.02, 0.9), rng.uniform(0.05, 0.95), rng.random())


def wrap(folder: Path, rng: Draws) -> list[Outcome]:
    length_s = rng.uniform(20, 60)
    range_uj = rng.choice([TYPICAL_RANGE_UJ, 65_532_610_987, 2_000_000_000])
    start_uj = range_uj - rng.randrange(1, 2_000_000_000)
    machine = Machine(folder, rng, length_s, any_profile(rng, length_s), start_uj, range_uj)
    machine.all()
    return [machine.outcome()]


def range_file_missing(folder: Path, rng: Draws) -> list[Outcome]:
    length_s = rng.uniform(20, 60)
    profile = any_profile(rng, length_s)
    range_uj = rng.choice([TYPICAL_RANGE_UJ, 65_532_610_987, 123_456_789_012])
    wraps_at_s = rng.uniform(3, length_s - 2)
    start_uj = range_uj - int(profile.energy(wraps_at_s) * 1e6)
    machine = Machine(folder, rng, length_s, profile, start_uj, range_uj, range_file=False)
    assert not machine.channel.wrap_known
    machine.all()
    return [machine.outcome()]


def unreadable_for_a_while(folder: Path, rng: Draws) -> list[Outcome]:
    length_s = rng.uniform(15, 60)
    machine = Machine(folder, rng, length_s, any_profile(rng, length_s))
    first = rng.uniform(1, length_s - 8)
    last = first + rng.uniform(1, 6)
    for t_s in moments(rng, length_s):
        readings = machine.read(t_s)
        if first < t_s < last:
            (machine.tree.folder("intel-rapl:0") / "energy_uj").write_text("\n")
            readings = machine.meters.read(t_s)
            assert {r.state for r in readings.values()} == {State.UNREADABLE}
        machine.run.take(t_s, readings)
    return [machine.outcome()]


def many_wraps_unread(folder: Path, rng: Draws) -> list[Outcome]:
    """Nothing is read for minutes, in which a counter of a small range wraps several times."""
    first_s, hole_s = rng.uniform(10, 30), rng.uniform(100, 1500)
    high_w = rng.uniform(60, 280)
    length_s = 2 * first_s + hole_s
    profile = rng.choice([steady(high_w), square(high_w / 2, high_w, rng.uniform(2, 15), 0.5, rng.random())])
    machine = Machine(folder, rng, length_s, profile, range_uj=65_532_610_987)
    for t_s in moments(rng, 2 * first_s):
        t_s = t_s if t_s < first_s else t_s + hole_s
        machine.run.take(t_s, machine.read(t_s))
    return [machine.outcome()]


def vanishing(folder: Path, rng: Draws) -> list[Outcome]:
    """The zone goes away and a model, far less certain, stands in."""
    length_s = rng.uniform(15, 60)
    profile = any_profile(rng, length_s)
    machine = Machine(folder, rng, length_s, profile)
    model = Channel(
        "model:cpu", "model", "cpu", "node", EvidenceMethod.MODELLED, "load", Lognormal(1.0, 1.5), "model", rank=20
    )
    error = model.uncertainty.quantile(rng.random())
    selection = select([*machine.meters.discoveries.values(), Discovery((model,))])
    gone_s, good_s, standby = rng.uniform(3, length_s - 5), 0.0, False
    for t_s in moments(rng, length_s):
        if t_s >= gone_s and "intel-rapl:0" in machine.tree.zones:
            machine.tree.vanish("intel-rapl:0")
        readings = machine.read(t_s)
        if standby:
            readings[model.key] = Reading(model.key, State.READ, t_s, power_w=profile.power(t_s) / error)
        elif readings[machine.channel.key].state is State.ABSENT:
            assert selection.standbys(machine.channel) == [model]
            standby = True
            machine.run.add(model, t_s, good_s)
            readings[model.key] = Reading(model.key, State.READ, t_s, power_w=profile.power(t_s) / error)
        else:
            good_s = t_s
        machine.run.take(t_s, readings)
    assert machine.run.accumulators[machine.channel.key].state is State.ABSENT
    return [machine.outcome()]


def mirrored(folder: Path, rng: Draws) -> list[Outcome]:
    length_s = rng.uniform(5, 60)
    machine = Machine(folder, rng, length_s, any_profile(rng, length_s), mirrored=True)
    machine.all()
    return [machine.outcome()]


def reset(folder: Path, rng: Draws) -> list[Outcome]:
    """The counter begins again, unseen, between two readings."""
    length_s = rng.uniform(10, 60)
    machine = Machine(folder, rng, length_s, any_profile(rng, length_s))
    reset_s, done = rng.uniform(2, length_s - 2), False
    for t_s in moments(rng, length_s):
        if t_s > reset_s and not done:
            machine.tree.at(reset_s)
            machine.tree.reset("intel-rapl:0", rng.choice([0, rng.randrange(TYPICAL_RANGE_UJ)]))
            done = True
        machine.run.take(t_s, machine.read(t_s))
    return [machine.outcome()]


def suspend(folder: Path, rng: Draws) -> list[Outcome]:
    """The machine sleeps: monotonic time stands still, the counter goes on slowly or begins again."""
    length_s = rng.uniform(15, 60)
    asleep_s, at_s = rng.uniform(30, 3000), rng.uniform(4, length_s - 3)
    awake = any_profile(rng, length_s)
    profile = awake.paused(at_s, asleep_s, rng.uniform(0.0, 1.5))
    machine = Machine(folder, rng, length_s, profile)
    begins_again, slept, before_s = rng.random() < 0.3, False, 0.0
    for t_s in moments(rng, length_s):
        if t_s > at_s and not slept:
            slept = True
            machine.run.accumulators[machine.channel.key].gap(asleep_s)
            machine.run.step(before_s, t_s, asleep_s, "suspend")
            machine.tree.at(at_s + asleep_s)
            if begins_again:
                machine.tree.reset("intel-rapl:0")
        machine.run.take(t_s, machine.read(t_s, t_s + asleep_s * slept))
        before_s = t_s
    return [machine.outcome(profile.energy(length_s + asleep_s))]


def clock_step(folder: Path, rng: Draws) -> list[Outcome]:
    """Somebody sets the wall clock, forward or back, by up to hours."""
    length_s = rng.uniform(10, 60)
    machine = Machine(folder, rng, length_s, any_profile(rng, length_s))
    step_at_s, done, before_s = rng.uniform(1, length_s - 1), False, 0.0
    for t_s in moments(rng, length_s):
        machine.run.take(t_s, machine.read(t_s))
        if t_s > step_at_s and not done:
            machine.run.step(before_s, t_s, rng.choice([-1, 1]) * rng.uniform(1, 9000), "clock-step")
            done = True
        before_s = t_s
    return [machine.outcome()]


def hour_edge(folder: Path, rng: Draws) -> list[Outcome]:
    """A UTC hour begins during the run: either side is an activity of its own, and each is checked."""
    length_s = rng.uniform(10, 60)
    edge_s = rng.uniform(1.5, length_s - 1.5)
    at = math.floor(START_AT / 3600) * 3600 + 3600 - edge_s
    machine = Machine(folder, rng, length_s, any_profile(rng, length_s), at=at)
    done = False
    for t_s in moments(rng, length_s):
        readings = machine.read(t_s)
        if t_s > edge_s and not done:
            done = True
            for reading in readings.values():
                machine.run.accumulators[reading.key].update(reading)
            machine.run.edge(edge_s)
        machine.run.take(t_s, readings)
    machine.outcome()
    first, second = machine.run.activities(length_s)
    before = machine.profile.energy(edge_s)
    after = machine.profile.energy(length_s) - before
    return [summed([first], before, rng), summed([second], after, rng)]


def short_windows(folder: Path, rng: Draws) -> list[Outcome]:
    """Windows of 10 ms to 2.5 s anywhere in the run, with readings only each second."""
    length_s = rng.uniform(8, 20)
    profile = any_profile(rng, length_s)
    machine = Machine(folder, rng, length_s, profile)
    begin_s = rng.uniform(2.5, length_s - 3)
    end_s = begin_s + 10 ** rng.uniform(-2, 0.4)
    accumulator = machine.run.accumulators[machine.channel.key]
    mark, window = None, None
    for t_s in moments(rng, length_s):
        machine.run.take(t_s, machine.read(t_s))
        if mark is None and t_s > begin_s:
            mark = accumulator.mark(begin_s)
        if mark is not None and window is None and t_s > end_s:
            window = accumulator.since(mark, end_s)
    machine.meters.close()
    machine.tree.close()
    assert window is not None and window[0] > 0
    amount_j, slack_j = window
    truth = widened(machine.channel.uncertainty, slack_j / amount_j).scaled(amount_j)
    low, middle, high = (truth.quantile(p) for p in (0.05, 0.5, 0.95))
    return [Outcome(low, middle, high, profile.energy(end_s) - profile.energy(begin_s))]


# -- GPU cases ---------------------------------------------------------------------------------------------------------


def gpu(*, counter: bool, short: bool = False) -> Case:
    def case(folder: Path, rng: Draws) -> list[Outcome]:
        length_s = rng.uniform(1.5, 4) if short else rng.uniform(10, 60)
        profile = any_profile(rng, length_s).scaled(2.0)
        error = sensor_error(RAPL if counter else POLLED, rng)
        phase_s, start_j = rng.uniform(0, 0.1), rng.uniform(1, 1e6)
        with pytest.MonkeyPatch.context() as patch:
            fake = FakeNvml(folder, patch, FakeDevice(limit_w=700.0, energy_code=0 if counter else 3))
            meters = discover(Context(nvml_path=fake.path), ["nvml"])
            run = Run(meters.select().chosen)
            assert [c.rank for c in run.chosen] == [0 if counter else 10]
            for t_s in moments(rng, length_s):
                shown_j = start_j + profile.energy(fake.ticked(t_s, phase_s)) / error
                fake.show(0, shown_j, profile.power(t_s) / error, t_s)
                run.take(t_s, meters.read(t_s))
            meters.close()
        return [summed(run.activities(length_s), profile.energy(length_s), rng)]

    return case


# -- everything together -----------------------------------------------------------------------------------------------


def whole_tracker(folder: Path, rng: Draws) -> list[Outcome]:
    """The tracker itself, its journal and its folding, with a clock turned by hand."""
    length_s = rng.uniform(3, 20)
    profile = any_profile(rng, length_s)
    tree = PowercapTree(folder / "sys")
    start_uj = rng.randrange(1, TYPICAL_RANGE_UJ)
    stated = profile.scaled(1 / sensor_error(RAPL, rng))
    tree.add("intel-rapl:0", "package-0", stated, start_uj=start_uj, limit_w=300.0)
    clock = HandClock(START_AT + rng.uniform(0, 3600))
    run = tracked.Run(settings_in(folder, sysfs_root=folder / "sys"), clock=clock, threaded=False).start()
    assert run.tracker is not None
    begun_s = clock.mono_s
    for t_s in moments(rng, length_s):
        clock.run(begun_s + t_s - clock.mono_s)
        tree.at(t_s)
        run.tracker.sample()
    run.stop()
    tree.close()
    found = [a for a in fold(run.records()).activities if a.evidence.source == "rapl"]
    return [summed(found, profile.energy(length_s), rng)]


CASES: dict[str, Case] = {
    "steady": simple(lambda rng, _: steady(rng.uniform(3, 290))),
    "ramp": simple(lambda rng, s: ramp(rng.uniform(3, 290), rng.uniform(3, 290), s)),
    "phases": simple(lambda rng, s: random_steps(rng, 5, 290, s)),
    "square wave faster than the poll": simple(faster_than_the_poll),
    "wrap": wrap,
    "range file missing": range_file_missing,
    "unreadable for a while": unreadable_for_a_while,
    "many wraps unread": many_wraps_unread,
    "zone vanishing": vanishing,
    "mirrored zones": mirrored,
    "reset": reset,
    "suspend gap": suspend,
    "clock step": clock_step,
    "UTC hour": hour_edge,
    "short windows": short_windows,
    "GPU with energy counter": gpu(counter=True),
    "GPU with energy counter, seconds": gpu(counter=True, short=True),
    "GPU without energy counter": gpu(counter=False),
    "the whole tracker": whole_tracker,
}


@pytest.mark.parametrize("name", CASES)
def test_the_truth_lies_inside_our_interval(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcomes: list[Outcome] = []
    for seed in range(PROFILES):
        folder = tmp_path / str(seed)
        folder.mkdir()
        outcomes += CASES[name](folder, Draws(name, seed))
    covered = sum(o.is_covered for o in outcomes) / len(outcomes)
    widths = sorted((o.high - o.low) / 2 / o.truth for o in outcomes)
    errors = sorted(abs(o.middle / o.truth - 1) for o in outcomes)
    middle = len(outcomes) // 2
    with capsys.disabled():
        line = f"{covered:7.1%} covered, half-width {widths[middle]:6.1%}, error {errors[middle]:6.1%}"
        print(f"\n  {name:34} {len(outcomes):4} x {line}, worst {errors[-1]:7.1%}", end="")  # noqa: T201
    assert covered >= LEAST
    assert all(o.low >= 0 for o in outcomes)


def test_what_cannot_be_read_from_the_start_is_unknown_and_not_zero(tmp_path: Path) -> None:
    tree = PowercapTree(tmp_path)
    tree.add("intel-rapl:0", "package-0", 50.0)
    (tree.folder("intel-rapl:0") / "energy_uj").write_text("?\n")
    meters = discover(Context(sysfs_root=tmp_path), ["rapl"])
    selection = meters.select()
    assert (selection.chosen, meters.read(0.0)) == ([], {})
    assert [r.state for r in selection.refusals] == [State.UNREADABLE]
    tree.close()


def test_one_reading_tells_no_energy(tmp_path: Path) -> None:
    machine = Machine(tmp_path, Draws("one reading", 0), 0.0, steps([(1, 50)]))
    machine.run.take(0.0, machine.read(0.0))
    assert machine.run.activities(0.0) == []
    machine.meters.close()
    machine.tree.close()


def test_a_counter_that_never_moves_is_replaced_by_the_model(tmp_path: Path) -> None:
    tree = PowercapTree(tmp_path / "sys")
    tree.add("intel-rapl:0", "package-0", 0.0)
    clock = HandClock()
    run = tracked.Run(settings_in(tmp_path, sysfs_root=tmp_path / "sys"), clock=clock, threaded=False).start()
    assert run.tracker is not None
    for _ in range(12):
        clock.run(1.0)
        run.tracker.sample()
    run.stop()
    tree.close()
    account = fold(run.records())
    assert not [a for a in account.activities if a.evidence.source == "rapl"]
    assert [a for a in account.activities if a.component == "cpu" and a.flow == "electricity.it"]
    (channel,) = (c for c in account.run.channels if c.key == "rapl:package-0")
    assert channel.whole is None
