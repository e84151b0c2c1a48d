"""A ledger as a large organisation has it: 1,000,000 activities of 2,000 runs in 50 projects over two years.

``from million_ledger import items``: everything, in the order in which it was metered. 24 machines in 12 zones, eight
channels each, cut by the hour as the tracker cuts them; every run has a trace of 400 points and two windows.
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from treadlight.core.activity import Activity, Allocation, Evidence, EvidenceMethod, Location, Subject
from treadlight.core.distribution import Distribution, Lognormal, Normal
from treadlight.core.ids import derived_id
from treadlight.ledger.codec import Item
from treadlight.ledger.records import ChannelState, Run, RunStatus, Trace, TraceSeries, Window

__all__ = ["ACTIVITIES", "PROJECTS", "RUNS", "START", "ZONES", "items", "run_id"]

RUNS, PROJECTS, ACTIVITIES = 2000, 50, 1_000_000
START = datetime(2024, 11, 1, tzinfo=UTC)
ZONES = ("DE", "FR", "PL", "SE", "GB", "ES", "IT", "NL", "FI", "US", "IE", "DK")
STAGES = ("training", "training", "fine-tuning", "evaluation", "inference")
_HOURS = 730 * 24
_EACH = ACTIVITIES // RUNS
_LONG = 63  # hours of a run: 62 with eight channels each, and a last one of which only electricity is metered
_POINTS = 400
_POWER_W = {"gpu": 2800.0, "cpu": 360.0, "memory": 120.0, "rest": 400.0}
_METERS: dict[str, tuple[str, EvidenceMethod, Distribution]] = {
    "gpu": ("nvml", EvidenceMethod.METERED, Normal(1.0, 0.0304)),
    "cpu": ("rapl", EvidenceMethod.METERED, Normal(1.0, 0.0365)),
    "memory": ("rapl", EvidenceMethod.METERED, Normal(1.0, 0.0365)),
    "rest": ("model", EvidenceMethod.MODELLED, Lognormal(1.0, 1.35)),
}
_HARDWARE = {
    "gpu": ("hardware.accelerator.h100-sxm5-80gb", 4.0),
    "cpu": ("hardware.cpu.epyc-9554", 2.0),
    "memory": ("hardware.memory.dram", 512.0),
    "rest": ("hardware.server.base", 1.0),
}
_ASSUMED = Lognormal(1.0, 1.15)


def run_id(n: int) -> str:
    """Id of the n-th run."""
    return derived_id(_begin(n), "million", str(n))


def _begin(n: int) -> datetime:
    """Runs begin evenly over the two years, the last in time to end within them."""
    return START + timedelta(seconds=(_HOURS - _LONG - 1) * 3600 * n // RUNS)


def items(first: int = 0, last: int = RUNS) -> Iterator[Item]:
    """Everything of the runs from `first` to before `last`."""
    for n in range(first, last):
        yield from _run(n)


def _run(n: int) -> Iterator[Item]:
    rng, machine, begin, ident = random.Random(n), n % 24, _begin(n), run_id(n)
    project = (n * 7 + n // 50) % PROJECTS
    subject = Subject(
        "Benchmark", f"project {project:02d}", f"team {project % 10}", f"system {project // 2:02d}", f"{n // 700 + 1}"
    )
    run = Run(
        id=ident,
        name=f"job {n:04d}",
        status=RunStatus.FAILED if n % 17 == 5 else RunStatus.FINISHED,
        start=begin,
        end=begin + timedelta(hours=_LONG),
        duration_s=_LONG * 3600.0,
        subject=subject,
        stage=STAGES[n % len(STAGES)],
        location=Location(zone=ZONES[machine % len(ZONES)]),
        counts={"samples": 1000.0 + n} if n % 5 else {"requests": 5e5 + n},
        interval_s=1.0,
        attribution="exclusive",
        host={"hostname": f"node-{machine:02d}", "cpu": "epyc-9554", "memory_gb": "512"},
        channels=tuple(_channels(machine)),
        exit_code=1 if n % 17 == 5 else 0,
    )
    yield run
    yield from _activities(run, machine, rng)
    yield from _parts(run, rng)


def _channels(machine: int) -> Iterator[ChannelState]:
    for component, (meter, method, spread) in _METERS.items():
        kwh = _POWER_W[component] * _LONG / 1000
        yield ChannelState(
            f"{meter}:{component}", component, "node", meter, str(method), "benchmark", "electricity.it", "read", kwh,
            kwh, str(spread),
        )  # fmt: skip
    for component, (flow, units) in _HARDWARE.items():
        yield ChannelState(
            f"hardware:{component}", component, "node", "hardware", "assumed", "benchmark", flow, "read",
            units * _LONG, units * _LONG, str(_ASSUMED),
        )  # fmt: skip


def _activities(run: Run, machine: int, rng: random.Random) -> Iterator[Activity]:
    made = 0
    for hour in range(_LONG):
        at = run.start + timedelta(hours=hour)
        base = Activity(
            id="-",
            start=at,
            end=at + timedelta(hours=1),
            flow="electricity.it",
            amount=1.0,
            evidence=Evidence(EvidenceMethod.METERED, "benchmark", "nvml"),
            subject=run.subject,
            stage=run.stage,
            location=replace(run.location, device="node"),
            parent=run.id,
        )
        for component, (meter, method, spread) in _METERS.items():
            # the first hour of a run is metered a little less surely, as readings lie less evenly in it
            widened = Normal(1.0, 0.031) if hour == 0 and meter == "nvml" else spread
            amount = _POWER_W[component] / 1000 * rng.uniform(0.6, 1.0)
            made += 1
            yield replace(
                base,
                id=derived_id(at, run.id, component, str(hour)),
                amount=amount,
                evidence=Evidence(method, "benchmark", meter),
                uncertainty=widened,
                cause=f"{meter}:{component}:node-{machine:02d}",
                component=component,
                allocation=Allocation("exclusive", amount),
            )
        for component, (flow, units) in _HARDWARE.items() if made + 4 <= _EACH else ():
            made += 1
            yield replace(
                base,
                id=derived_id(at, run.id, flow, str(hour)),
                flow=flow,
                amount=units,
                evidence=Evidence(EvidenceMethod.ASSUMED, "benchmark", "hardware"),
                uncertainty=_ASSUMED,
                cause=f"hardware:{component}:node-{machine:02d}",
                component=component,
                allocation=Allocation("exclusive", units),
            )
    assert made == _EACH, made


def _parts(run: Run, rng: random.Random) -> Iterator[Item]:
    times = tuple(run.duration_s * i / _POINTS for i in range(_POINTS + 1))
    series = []
    for component, (meter, _, _) in _METERS.items():
        watts = tuple(round(_POWER_W[component] * rng.uniform(0.6, 1.0), 1) for _ in range(_POINTS))
        series.append(TraceSeries(f"{meter}:{component}", component, watts, watts))
    yield Trace(derived_id(run.start, run.id, "trace"), run.id, times, tuple(series))
    for name, t0_s, t1_s in (("warm-up", 0.0, 3600.0), ("epochs", 3600.0, run.duration_s)):
        hours = (t1_s - t0_s) / 3600
        amounts = tuple(
            (f"{m}:{c}", c, _POWER_W[c] * hours / 1000, _POWER_W[c] * hours / 1000, str(spread))
            for c, (m, _, spread) in _METERS.items()
        )
        at = run.start + timedelta(seconds=t0_s)
        yield Window(derived_id(at, run.id, name), run.id, name, at, t0_s, t1_s, amounts)
