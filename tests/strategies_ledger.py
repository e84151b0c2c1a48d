"""Ledger items with fixed content, for tests that look at single rows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from treadlight.core.activity import Activity, Evidence, EvidenceMethod, Location, Subject
from treadlight.core.distribution import Lognormal
from treadlight.core.ids import derived_id
from treadlight.ledger.codec import Item
from treadlight.ledger.records import Run, RunStatus, Trace, TraceSeries, Window

__all__ = ["T0", "activity", "mixed", "run"]

T0 = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


def activity(n: int = 0, **changes: Any) -> Activity:
    """The n-th of a series of activities, a minute each."""
    start = T0 + timedelta(minutes=n)
    base = Activity(
        id=derived_id(start, str(n)),
        start=start,
        end=start + timedelta(minutes=1),
        flow="electricity.it",
        amount=1.0 + n,
        evidence=Evidence(EvidenceMethod.METERED, "counter", "rapl"),
        uncertainty=Lognormal(1.0, 1.05),
        cause="rapl",
        component="cpu" if n % 2 else "gpu",
        subject=Subject(project=f"p{n % 3}"),
        location=Location(zone="FR"),
        parent=f"run-{n % 4}",
    )
    return replace(base, **changes)


def run(n: int = 0, **changes: Any) -> Run:
    """The n-th of a series of runs, an hour apart."""
    start = T0 + timedelta(hours=n)
    base = Run(
        id=derived_id(start, "run", str(n)),
        name=f"train {n}",
        status=RunStatus.FINISHED,
        start=start,
        end=start + timedelta(minutes=5),
        duration_s=300.0 - n,
        subject=Subject(project=f"p{n}"),
    )
    return replace(base, **changes)


def mixed() -> list[Item]:
    """Some of everything: three activities, two corrections, two runs, a window and a trace."""
    first = [activity(i) for i in range(3)]
    corrections = [activity(10 + i, supersedes=a.id, amount=0.5) for i, a in enumerate(first[1:])]
    window = Window("w", run(1).id, "epoch", T0, 1.0, 2.0, (("k", "cpu", 1.0, 0.5, "point(1.0)"),))
    trace = Trace("t", run(1).id, (0.0, 1.0), (TraceSeries("k", "cpu", (2.0,), (None,)),))
    return [*first, *corrections, run(1), run(2), window, trace]
