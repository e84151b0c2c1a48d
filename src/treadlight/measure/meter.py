"""The meter interface: what a meter declares as data, and the readings it gives."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from treadlight.core.activity import EvidenceMethod
from treadlight.core.distribution import Distribution

__all__ = ["Channel", "Context", "Discovery", "Meter", "MeterInfo", "Reading", "Refusal", "State"]


class State(StrEnum):
    """What became of a reading. Four different things, none of which is zero."""

    READ = "read"
    STALE = "stale"
    UNREADABLE = "unreadable"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class MeterInfo:
    """What a meter is, as data; every meter's module has one called ``INFO``.

    Parameters
    ----------
    name
        As in ``meters/<name>.py``.
    title
        For people.
    scope
        What its readings cover and what they leave out.
    resolution
        Smallest step and how often the source updates.
    wrap
        When its counters begin again, if they do.
    privileges
        Who may read it, and how to allow others to.
    error
        Relative error assumed, and how it is known.
    """

    name: str
    title: str
    scope: str
    resolution: str
    wrap: str
    privileges: str
    error: str


@dataclass(frozen=True, slots=True)
class Context:
    """Where meters look: every root can be replaced, so that a recorded or fake tree is the test.

    Parameters
    ----------
    sysfs_root, procfs_root
        Usually ``/sys`` and ``/proc``.
    nvml_path
        Path of ``libnvidia-ml.so.1``; empty: the loader's own search.
    replay_path
        A recorded trace to play instead of hardware; empty: none.
    options
        Settings of single meters, such as a stated CPU model.
    """

    sysfs_root: Path = Path("/sys")
    procfs_root: Path = Path("/proc")
    nvml_path: str = ""
    replay_path: str = ""
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Channel:
    """One thing a meter can read, described before it is read.

    Parameters
    ----------
    key
        Unique on this host: meter and device, such as ``rapl:package-0``.
    meter
        Name of the meter.
    component
        cpu, memory, gpu or rest.
    device
        ``package-0``, ``gpu0``, …; channels of different meters for the same component (for GPUs: device) are rivals,
        and the one with the smallest `rank` that can be read is used.
    method, basis
        Evidence of the amounts that come from it.
    uncertainty
        Relative error: distribution of true ÷ stated energy.
    cause
        Name shared by all channels that are wrong together.
    resolution_j
        Smallest step of the counter [J].
    update_s
        How often the source itself updates [s].
    wrap_j
        Where the counter begins again [J]; None: never within a machine's life.
    wrap_known
        False where the counter wraps but the range could not be read: a fall then loses an unknown amount.
    rank
        Order among rivals: 0 energy counter, 10 integrated power, 20 model.
    max_power_w
        No plausible power lies above this [W]; used to bound what a reset or gap can have hidden. None: not known.
    model, uuid
        Product name and identity of the device, as its driver gives them; empty where there is no such thing.
    """

    key: str
    meter: str
    component: str
    device: str
    method: EvidenceMethod
    basis: str
    uncertainty: Distribution
    cause: str
    resolution_j: float = 0.0
    update_s: float = 0.0
    wrap_j: float | None = None
    wrap_known: bool = True
    rank: int = 0
    max_power_w: float | None = None
    model: str = ""
    uuid: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something a meter found and does not read: which, its state, why, and what would change that."""

    key: str
    component: str
    device: str
    state: State
    reason: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a meter found: channels it can read now, and what it refuses with the reason.

    Parameters
    ----------
    passed_over
        What could be read and is not, because its energy is already in another channel; each with the reason.
    """

    channels: tuple[Channel, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    passed_over: tuple[tuple[Channel, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of one channel, as the hardware says it.

    Exactly one of `joules` (cumulative counter, not unwrapped) and `power_w` is given when the state is ``read``;
    both are None otherwise.

    Parameters
    ----------
    t_s
        Monotonic time at which it was taken [s].
    pids
        Processes that use the device, where the meter can tell (GPU); None where it cannot.
    """

    key: str
    state: State
    t_s: float
    joules: float | None = None
    power_w: float | None = None
    detail: str = ""
    pids: tuple[int, ...] | None = None


class Meter(Protocol):
    """A meter: made by the ``meter(context)`` function of its module."""

    def discover(self) -> Discovery:
        """What can be read here. Never raises for missing or unreadable hardware: that is a refusal."""

    def read(self, t_s: float) -> list[Reading]:
        """One reading per channel of the discovery, taken now. Never raises: what fails is a state."""

    def close(self) -> None:
        """Give back handles."""
