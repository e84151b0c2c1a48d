"""What the ledger holds beside activities: runs, their windows, their power traces; and sums of activities."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import msgspec

from treadlight.core.activity import Location, Subject

__all__ = ["ChannelState", "Gap", "GroupSum", "Run", "RunStatus", "Trace", "TraceSeries", "Window"]


class RunStatus(StrEnum):
    """How a run stands.

    Interrupted: its tracker was killed; what it metered until then is known. Withdrawn: all that was recorded of it was
    taken back; this follows from its activities, and is never recorded itself.
    """

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ChannelState:
    """How one channel of a run was metered.

    Parameters
    ----------
    key
        Meter and device, such as ``rapl:package-0``.
    component, device, meter, method, basis
        As in the activity's evidence.
    flow
        What the channel counts, such as ``electricity.it`` or ``hardware.memory.dram``.
    state
        ``read``, ``stale``, ``unreadable`` or ``absent``; unknown is never zero.
    whole, amount
        What the whole device used, and the run's attributed share of it [canonical unit of the flow];
        None where nothing could be read.
    uncertainty
        Distribution of true ÷ stated amount, as text.
    detail
        What went wrong and how to mend it, in one line; empty where nothing did.
    """

    key: str
    component: str
    device: str
    meter: str
    method: str
    basis: str
    flow: str
    state: str
    whole: float | None
    amount: float | None
    uncertainty: str = "point(1.0)"
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which nothing was metered, or in which the wall clock moved: ``suspend`` or ``clock-step``."""

    t0_s: float
    t1_s: float
    reason: str
    step_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Run:
    """One metered run. Times of the wall clock in UTC, durations of the monotonic clock [s]."""

    id: str
    name: str
    status: RunStatus
    start: datetime
    end: datetime
    duration_s: float
    subject: Subject = Subject()
    stage: str = ""
    location: Location = Location()
    labels: dict[str, str] = field(default_factory=dict)
    counts: dict[str, float] = field(default_factory=dict)
    interval_s: float = 1.0
    attribution: str = ""
    host: dict[str, str] = field(default_factory=dict)
    channels: tuple[ChannelState, ...] = ()
    gaps: tuple[Gap, ...] = ()
    exit_code: int | None = None
    notes: tuple[str, ...] = ()
    journal_digest: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """A named part of a run; windows may nest and overlap, so they are views of the run and never summed.

    `amounts` holds (key, component, whole, attributed amount, uncertainty text) per energy channel [kWh].
    """

    id: str
    run: str
    name: str
    start: datetime
    t0_s: float
    t1_s: float
    amounts: tuple[tuple[str, str, float, float, str], ...]
    counts: dict[str, float] = field(default_factory=dict)
    status: str = "finished"


@dataclass(frozen=True, slots=True)
class TraceSeries:
    """Mean power of one energy channel between consecutive times of its trace [W]; None where nothing was read."""

    key: str
    component: str
    whole_w: tuple[float | None, ...]
    run_w: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """Power of a run over time, thinned to a few hundred points: `t_s` has one value more than each series [s]."""

    id: str
    run: str
    t_s: tuple[float, ...]
    series: tuple[TraceSeries, ...]


class GroupSum(msgspec.Struct, frozen=True, gc=False):
    """Activities that share flow, place, period, cause, uncertainty and the dimensions asked for, summed in SQL.

    Parameters
    ----------
    amount
        Sum of amounts [canonical unit of the flow].
    period
        ``"2026"`` by year, or ``"2026-11-22T13"`` by UTC hour.
    count
        How many activities were summed.
    """

    flow: str
    zone: str
    region: str
    site: str
    period: str
    cause: str
    uncertainty: str
    method: str
    component: str
    stage: str
    project: str
    team: str
    run: str
    amount: float
    count: int
