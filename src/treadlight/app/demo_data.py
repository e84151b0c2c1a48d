"""Demo data: a plausible, clearly marked year of an invented organisation, for trying out, for lessons and for tests.

Every activity and run carries the label ``demo=true`` and belongs to "Demo organisation". The same seed and end give
the same items with the same ids, so filling a ledger twice adds nothing.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from treadlight.app.demo_plan import BOUGHT, MACHINES, ORGANISATION, WORKS, Machine, Work
from treadlight.app.demo_power import Curve, curve
from treadlight.core.activity import Activity, Allocation, Evidence, EvidenceMethod, Location, Subject
from treadlight.core.distribution import Distribution, Lognormal, Normal, Point
from treadlight.core.errors import InputError
from treadlight.core.flow import flow_unit
from treadlight.core.ids import derived_id
from treadlight.ledger.append import Appended
from treadlight.ledger.codec import Item
from treadlight.ledger.records import ChannelState, Run, RunStatus, Trace, TraceSeries, Window
from treadlight.ledger.store import Ledger

__all__ = ["LABELS", "demo_items", "fill", "first_real", "is_demo"]

LABELS = {"demo": "true"}
"""What marks an item as invented."""

_BASIS = "invented for demonstration"
_METERS: dict[str, tuple[EvidenceMethod, Distribution]] = {
    "nvml": (EvidenceMethod.METERED, Normal(1.0, 0.05 / 1.645)),
    "rapl": (EvidenceMethod.METERED, Normal(1.0, 0.06 / 1.645)),
    "model": (EvidenceMethod.MODELLED, Lognormal(1.0, 1.35)),
}
_OUTAGE = (1, 2)  # months in which the counters of hall A could not be read, and a model stood in
_MOVED = 7  # month of the second year from which the speech archive is worked on in the north


INTERVAL_S = 10.0
"""How often the power of an invented run is said to be read [s]."""


def fill(
    ledger: Ledger, *, years: int = 2, seed: int = 0, until: datetime | None = None, force: bool = False
) -> Appended:
    """Append the demo data to a ledger.

    Parameters
    ----------
    years
        How many years end at `until`; 1 to 10.
    until
        End of the data, the beginning of this month by default.
    force
        Fill a ledger that holds real activities too.

    Raises
    ------
    InputError
        If the ledger holds real activities and `force` is not given, or `years` is out of range.
    """
    if not 1 <= years <= 10:
        raise InputError("is out of range", field="--years", value=years, remedy="give 1 to 10")
    real = None if force else first_real(ledger)
    if real is not None:
        remedy = "name a new ledger with --ledger PATH, or add --force to mix them"
        raise InputError("holds real activities", field="ledger", value=f"{ledger.name} ({real.id})", remedy=remedy)
    return ledger.append(demo_items(years=years, seed=seed, until=until or _this_month()))


def first_real(ledger: Ledger) -> Activity | None:
    """The first activity of a ledger that is not demo data; None where there is none."""
    return next((a for a in ledger.activities(superseded=True) if not is_demo(a.labels)), None)


def is_demo(labels: dict[str, str]) -> bool:
    """Whether these are the labels of an invented item."""
    return labels.get("demo") == "true"


def demo_items(*, years: int, seed: int, until: datetime) -> Iterator[Item]:
    """Everything that is filled in, month by month."""
    months = [_month_before(until, n) for n in range(12 * years, -1, -1)]
    for index, (start, end) in enumerate(pairwise(months)):
        for work in WORKS:
            yield from _works(work, start, end, index, seed)
        yield from _bought(start, end, index, months, seed)
        yield from _transfers(start, end, index, seed)


def _this_month() -> datetime:
    return datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _month_before(until: datetime, n: int) -> datetime:
    months = until.year * 12 + until.month - 1 - n
    return until.replace(year=months // 12, month=months % 12 + 1)


def _random(seed: int, *key: object) -> random.Random:
    return random.Random(":".join(map(str, (seed, *key))))


def _works(work: Work, start: datetime, end: datetime, index: int, seed: int) -> Iterator[Item]:
    rng = _random(seed, work.name, f"{start:%Y-%m}")
    amount = work.per_month * work.growth ** (index / 12)
    times = int(amount) + (rng.random() < amount % 1)
    machine = _machine(work, start, index)
    if not work.hours:
        yield from _run(
            work, machine, start, (end - start).total_seconds(), f"{start:%B %Y}", rng, work.growth ** (index / 12)
        )
        return
    for n in range(times):
        hours = work.hours * math.exp(rng.gauss(0, 0.25))
        latest = max((end - start).total_seconds() - hours * 3600, 0)
        begun = start + timedelta(seconds=round(rng.uniform(0, latest)))
        yield from _run(work, machine, begun, hours * 3600, f"{begun:%Y-%m} no. {n + 1}", rng)


def _machine(work: Work, start: datetime, index: int) -> Machine:
    machine = MACHINES[work.machine]
    if work.name == "speech-archive" and index >= 12 + _MOVED:
        return MACHINES["north-node-2"]
    if machine.name == "hall-a-node-1" and index >= 12 and start.month in _OUTAGE:
        return replace(machine, meters=dict.fromkeys(machine.meters, "model"))
    return machine


def _run(
    work: Work,
    machine: Machine,
    start: datetime,
    duration_s: float,
    suffix: str,
    rng: random.Random,
    scale: float = 1.0,
) -> Iterator[Item]:
    status = _status(rng) if work.hours else RunStatus.FINISHED
    if status is not RunStatus.FINISHED:
        duration_s *= rng.uniform(0.2, 0.9)
    run_id = derived_id(start, "demo", work.name, suffix)
    shape = curve(duration_s, work.load * scale, service=not work.hours, rng=rng)
    subject = Subject(ORGANISATION, work.project, work.team, work.system, work.version)
    channels = list(_channels(machine, shape, start, duration_s))
    yield Run(
        id=run_id,
        name=f"{work.name} {suffix}",
        status=status,
        start=start,
        end=start + timedelta(seconds=duration_s),
        duration_s=duration_s,
        subject=subject,
        stage=work.stage,
        location=machine.location,
        labels=LABELS,
        counts={name: round(per_hour * scale * duration_s / 3600, 2) for name, per_hour in work.counts.items()},
        interval_s=INTERVAL_S,
        attribution="exclusive",
        host=_host(machine),
        channels=tuple(channel for channel, _ in channels),
        exit_code={RunStatus.FINISHED: 0, RunStatus.FAILED: 1}.get(status),
        notes=("every figure of this run is invented: it was made by treadlight demo-data",),
    )
    for channel, pieces in channels:
        for at, to, amount in pieces:
            yield _activity(channel, at, to, amount, run_id, subject, work.stage, machine)
    yield from _parts(run_id, start, duration_s, shape, machine, work, status)


def _status(rng: random.Random) -> RunStatus:
    chance = rng.random()
    return RunStatus.FAILED if chance < 0.05 else RunStatus.INTERRUPTED if chance < 0.08 else RunStatus.FINISHED


def _host(machine: Machine) -> dict[str, str]:
    card = {"accelerator": f"{machine.cards} × {machine.accelerator}"} if machine.cards else {}
    return {"hostname": machine.name, "cpu": machine.cpu, "memory_gb": f"{machine.memory_gb:g}", **card}


_Pieces = list[tuple[datetime, datetime, float]]


def _channels(
    machine: Machine, shape: Curve, start: datetime, duration_s: float
) -> Iterator[tuple[ChannelState, _Pieces]]:
    """Channels of electricity, then of hardware, each with its pieces (from, to, amount)."""
    for component, full_w in machine.power_w.items():
        meter = machine.meters[component]
        if not meter:
            yield _unread(component), []
            continue
        pieces = [
            (start + timedelta(seconds=a), start + timedelta(seconds=b), full_w * load * (b - a) / 3.6e6)
            for a, b, load in shape.pieces(component)
        ]
        yield _channel(f"{meter}:{component}", component, meter, "electricity.it", pieces), pieces
    whole = [(start, start + timedelta(seconds=duration_s))]
    for component, flow, units in _hardware(machine):
        held = [(a, b, units * (b - a).total_seconds() / 3600) for a, b in whole]
        yield _channel(f"hardware:{component}", component, "hardware", flow, held), held


def _hardware(machine: Machine) -> Iterator[tuple[str, str, float]]:
    if machine.cards:
        yield "gpu", f"hardware.accelerator.{machine.accelerator}", machine.cards
    yield "cpu", f"hardware.cpu.{machine.cpu}", 2.0
    yield "memory", "hardware.memory.dram", machine.memory_gb
    yield "rest", "hardware.server.base", 1.0


def _channel(key: str, component: str, meter: str, flow: str, pieces: _Pieces) -> ChannelState:
    amount = math.fsum(piece[2] for piece in pieces)
    method, spread = _METERS.get(meter, (EvidenceMethod.ASSUMED, Lognormal(1.0, 1.15)))
    return ChannelState(
        key, component, "node", meter, str(method), _BASIS, flow, "read", amount, amount, str(spread)
    )  # fmt: skip


def _unread(component: str) -> ChannelState:
    detail = "the driver's device file cannot be opened: permission denied; chmod a+r /dev/nvidia0"
    return ChannelState(
        f"nvml:{component}",
        component,
        "node",
        "nvml",
        "",
        "",
        "electricity.it",
        "unreadable",
        None,
        None,
        detail=detail,
    )


def _activity(
    channel: ChannelState, start: datetime, end: datetime, amount: float, run: str, subject: Subject, stage: str,
    machine: Machine,
) -> Activity:  # fmt: skip
    method, spread = _METERS.get(channel.meter, (EvidenceMethod.ASSUMED, Lognormal(1.0, 1.15)))
    return Activity(
        id=derived_id(start, run, channel.key, start.isoformat()),
        start=start,
        end=end,
        flow=channel.flow,
        amount=amount,
        evidence=Evidence(method, _BASIS, channel.meter),
        uncertainty=spread,
        cause=f"{channel.key}:{machine.name}",
        component=channel.component,
        subject=subject,
        stage=stage,
        location=replace(machine.location, device="node"),
        allocation=Allocation("exclusive", amount),
        parent=run,
        labels=LABELS,
    )


def _parts(
    run: str, start: datetime, duration_s: float, shape: Curve, machine: Machine, work: Work, status: RunStatus
) -> Iterator[Item]:
    """The trace of a run, and its windows where it lasts an hour or more."""
    held = max(math.ceil(INTERVAL_S * (len(shape.times_s) - 1) / duration_s), 1)  # steps of the curve to a reading
    read = {c: w for c, w in machine.power_w.items() if machine.meters[c]}
    series = []
    for component, full_w in read.items():
        watts = tuple(round(full_w * load, 1) for load in _means(shape.loads(component), held))
        series.append(TraceSeries(f"{machine.meters[component]}:{component}", component, watts, watts))
    yield Trace(derived_id(start, run, "trace"), run, (*shape.times_s[:-1:held], shape.times_s[-1]), tuple(series))
    for name, t0_s, t1_s in shape.windows if work.hours and duration_s >= 3600 else ():
        inside = [p for c in read for p in [(c, shape.energy_kwh(c, t0_s, t1_s) * read[c] / 1000)]]
        amounts = tuple(
            (f"{machine.meters[c]}:{c}", c, kwh, kwh, str(_METERS[machine.meters[c]][1])) for c, kwh in inside
        )
        ended = "finished" if t1_s < duration_s or status is RunStatus.FINISHED else str(status)
        at = start + timedelta(seconds=t0_s)
        yield Window(derived_id(at, run, name), run, name, at, t0_s, t1_s, amounts, status=ended)


def _means(values: tuple[float, ...], n: int) -> Iterator[float]:
    """Means of `n` values after `n` values."""
    for at in range(0, len(values), n):
        yield math.fsum(values[at : at + n]) / len(values[at : at + n])


def _bought(start: datetime, end: datetime, index: int, months: list[datetime], seed: int) -> Iterator[Item]:
    """Calls to a provider's model: assumed at first; every third month the provider reports, which corrects them."""
    rng = _random(seed, "bought", f"{start:%Y-%m}")
    team, project, system = BOUGHT
    subject = Subject(ORGANISATION, project, team, system, "")
    calls = 16_000 * 1.5 ** (index / 12) * rng.uniform(0.8, 1.2)
    first = Activity(
        id=derived_id(start, "demo", "bought", str(index)),
        start=start,
        end=end,
        flow="electricity.it",
        amount=calls * 3e-3,
        evidence=Evidence(
            EvidenceMethod.ASSUMED, f"{_BASIS}: {calls:.0f} calls × 3 Wh, a figure of another model", "demo-estimate"
        ),
        uncertainty=Lognormal(1.0, 2.2),
        cause="bought:energy per call",
        component="gpu",
        subject=subject,
        stage="inference",
        labels=LABELS,
    )
    yield first
    if index % 3 == 2 and index < len(months) - 2:
        yield replace(
            first,
            id=derived_id(end, "demo", "bought", "report", str(index)),
            amount=first.amount * rng.uniform(0.6, 1.3),
            evidence=Evidence(EvidenceMethod.REPORTED, f"{_BASIS}: statement of the provider", "demo-report"),
            uncertainty=Lognormal(1.0, 1.15),
            cause="bought:statement",
            location=Location(zone="US"),
            supersedes=first.id,
        )


def _transfers(start: datetime, end: datetime, index: int, seed: int) -> Iterator[Item]:
    """Data carried to users; and archives on tape, for which the library has no process: unknown."""
    rng = _random(seed, "transfer", f"{start:%Y-%m}")
    language = Subject(ORGANISATION, "Claims assistant", "Language", "claims-assistant", "2")
    archive = Subject(ORGANISATION, "Speech archive", "Language", "speech-archive", "1")
    gigabytes = 900.0 * 1.35 ** (index / 12) * rng.uniform(0.9, 1.1)
    plans = (
        (
            "data.transfer.generic",
            gigabytes,
            EvidenceMethod.REPORTED,
            Lognormal(1.0, 1.1),
            "network",
            language,
            "inference",
        ),
        ("storage.tape", 14_000.0 + 300 * index, EvidenceMethod.REPORTED, Point(1.0), "storage", archive, "storage"),
    )
    for flow, amount, method, spread, component, subject, stage in plans:
        yield Activity(
            id=derived_id(start, "demo", flow, str(index)),
            start=start,
            end=end,
            flow=flow,
            amount=amount,
            evidence=Evidence(method, f"{_BASIS}: bill, in {flow_unit(flow)}", "demo-bill"),
            uncertainty=spread,
            cause=f"bill:{flow}",
            component=component,
            subject=subject,
            stage=stage,
            location=Location(region="gcp/europe-west4") if component == "network" else Location(zone="DE"),
            labels=LABELS,
        )
