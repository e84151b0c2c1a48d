"""Hypothesis strategies shared by all tests: distributions, activities, runs, journals."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from treadlight.core.activity import STAGES, Activity, Allocation, Evidence, EvidenceMethod, Location, Subject
from treadlight.core.distribution import Distribution, Empirical, Lognormal, Normal, Point, Triangular, Uniform
from treadlight.core.ids import derived_id
from treadlight.ledger.assets import FATES, Asset
from treadlight.ledger.records import ChannelState, Gap, Run, RunStatus, Trace, TraceSeries, Window

FLOWS = ("electricity.it", "hardware.memory.dram", "hardware.cpu.generic", "data.transfer.wan", "water.site")

finite = st.floats(-1e12, 1e12, allow_nan=False)
amounts = st.floats(0, 1e9, allow_nan=False)
positive = st.floats(1e-9, 1e9)
names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
"""Text that people type: any script, no control characters."""


def distributions(low: float = 1e-3, high: float = 1e3) -> st.SearchStrategy[Distribution]:
    """Any distribution whose centre lies between `low` and `high`, which are above 0."""
    centre = st.floats(low, high)
    spread = st.floats(0, 0.25)
    return st.one_of(
        st.builds(Point, centre),
        st.builds(lambda m, s: Normal(m, m * s), centre, spread),
        st.builds(Lognormal, centre, st.floats(1.0, 2.5)),
        st.builds(lambda a, b: Uniform(min(a, b), max(a, b)), centre, centre),
        st.lists(centre, min_size=3, max_size=3).map(sorted).map(lambda v: Triangular(*v)),
        st.lists(centre, min_size=1, max_size=8).map(tuple).map(Empirical),
    )


moments = st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (bounds)
subjects = st.builds(Subject, names, names, names, names, names)
locations = st.builds(Location, st.sampled_from(["", "FR", "DE", "US-CAL-CISO"]), names, names, names)
evidence = st.builds(Evidence, st.sampled_from(EvidenceMethod), names, names, st.sampled_from(["1", "2"]), names)
allocations = st.builds(Allocation, names, st.none() | amounts)
labels = st.dictionaries(names, names, max_size=3)


@st.composite
def activities(draw: Callable[[st.SearchStrategy[Any]], Any], parent: str | None = None) -> Activity:
    """An activity with a fresh id that follows from its start."""
    start = draw(moments)
    return Activity(
        id=derived_id(start, draw(st.uuids()).hex),
        start=start,
        end=start + draw(st.timedeltas(timedelta(0), timedelta(days=1))),
        flow=draw(st.sampled_from(FLOWS)),
        amount=draw(amounts),
        evidence=draw(evidence),
        uncertainty=draw(distributions(0.5, 2.0)),
        cause=draw(names),
        component=draw(st.sampled_from(["", "cpu", "memory", "gpu", "rest"])),
        subject=draw(subjects),
        stage=draw(st.sampled_from(["", *STAGES])),
        location=draw(locations),
        allocation=draw(allocations),
        parent=draw(names) if parent is None else parent,
        labels=draw(labels),
    )


channel_states = st.builds(
    ChannelState, names, names, names, names, names, names, st.sampled_from(FLOWS),
    st.sampled_from(["read", "stale", "unreadable", "absent"]), st.none() | amounts, st.none() | amounts,
    distributions(0.5, 2.0).map(str), names,
)  # fmt: skip
gaps = st.builds(Gap, amounts, amounts, st.sampled_from(["suspend", "clock-step"]), finite)


@st.composite
def runs(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Run:
    """A run that need not come from a journal."""
    start = draw(moments)
    duration = draw(st.floats(0, 1e6))
    return Run(
        id=derived_id(start, draw(st.uuids()).hex),
        name=draw(names),
        status=draw(st.sampled_from(RunStatus)),
        start=start,
        end=start + timedelta(seconds=duration),
        duration_s=duration,
        subject=draw(subjects),
        stage=draw(st.sampled_from(["", *STAGES])),
        location=draw(locations),
        labels=draw(labels),
        counts=draw(st.dictionaries(names, amounts, max_size=2)),
        channels=tuple(draw(st.lists(channel_states, max_size=2))),
        gaps=tuple(draw(st.lists(gaps, max_size=2))),
        exit_code=draw(st.none() | st.integers(0, 255)),
        notes=tuple(draw(st.lists(names, max_size=2))),
        journal_digest=draw(names),
        error=draw(names),
    )


@st.composite
def windows(draw: Callable[[st.SearchStrategy[Any]], Any], run: str = "run") -> Window:
    """A window of a run."""
    start = draw(moments)
    amount = st.tuples(names, names, amounts, amounts, distributions(0.5, 2.0).map(str))
    return Window(
        derived_id(start, draw(st.uuids()).hex), run, draw(names), start, draw(amounts), draw(amounts),
        tuple(draw(st.lists(amount, max_size=2))), draw(st.dictionaries(names, amounts, max_size=2)),
    )  # fmt: skip


@st.composite
def traces(draw: Callable[[st.SearchStrategy[Any]], Any], run: str = "run") -> Trace:
    """A power trace of a run."""
    times = sorted(draw(st.sets(amounts, min_size=2, max_size=5)))
    power = st.lists(st.none() | amounts, min_size=len(times) - 1, max_size=len(times) - 1).map(tuple)
    series = st.builds(TraceSeries, names, names, power, power)
    ident = derived_id(draw(moments), draw(st.uuids()).hex)
    return Trace(ident, run, tuple(times), tuple(draw(st.lists(series, max_size=2))))


@st.composite
def assets(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Asset:
    """An asset, kept or retired."""
    bought = draw(st.dates(date(1970, 1, 1), date(2100, 12, 31)))
    retired = draw(st.none() | st.dates(bought, date(2199, 12, 31)))
    return Asset(
        derived_id(draw(moments), draw(st.uuids()).hex),
        draw(names.filter(str.strip)),
        bought,
        draw(st.integers(1, 10_000)),
        lifetime_years=draw(st.none() | st.floats(0.1, 50)),
        project=draw(names),
        retired=retired,
        fate=draw(st.sampled_from(FATES)) if retired else "",
        note=draw(names),
    )


items = st.one_of(activities(), runs(), windows(), traces(), assets())
"""Anything a ledger holds."""

CHANNEL = {
    "key": "rapl:package-0", "meter": "rapl", "component": "cpu", "device": "package-0", "flow": "electricity.it",
    "method": "metered", "basis": "energy counter of the package", "uncertainty": "lognormal(1.0,1.05)",
    "cause": "meter:rapl", "rule": "process-cpu-time", "version": "1",
}  # fmt: skip
"""A channel of a journal."""


def start_record(run: str = "run-1", at: float = 1_760_000_400.0, **changes: Any) -> dict[str, Any]:
    """The first record of a journal with one channel."""
    about = {
        "id": run, "name": "train", "stage": "training", "labels": {"k": "v"},
        "subject": {"project": "digits"}, "location": {"zone": "FR"},
    }  # fmt: skip
    return {
        "kind": "start", "schema": "treadlight.journal/1", "run": about, "at": at, "interval_s": 1.0,
        "attribution": "process-cpu-time", "host": {"os": "Linux"}, "channels": [CHANNEL], "refusals": [], **changes,
    }  # fmt: skip


@st.composite
def journals(draw: Callable[[st.SearchStrategy[Any]], Any]) -> list[dict[str, Any]]:
    """The records of a whole journal: some channels that grow at changing power, samples up to a few hours apart."""
    at = draw(st.integers(1_700_000_000, 1_900_000_000)) + draw(st.integers(0, 999)) / 1000
    keys = [f"rapl:package-{i}" for i in range(draw(st.integers(1, 3)))]
    channels = [CHANNEL | {"key": k, "device": k.partition(":")[2]} for k in keys]
    records = [start_record(draw(st.uuids()).hex, at, channels=channels)]
    t, values = 0.0, [[0.0, 0.0, 0.0] for _ in keys]
    for step in draw(st.lists(st.floats(0.01, 9000), max_size=12)):
        t += step
        for value in values:
            value[0] += (whole := draw(st.floats(0, 1)))
            value[1] += whole * draw(st.floats(0, 1))
            value[2] += draw(st.sampled_from([0.0, 1e-6, 0.01]))
        records.append({"kind": "sample", "t": t, "at": at + t, "v": [list(v) for v in values]})
    if draw(st.booleans()):
        records.append({"kind": "end", "t": t, "at": at + t, "status": "finished", "exit_code": 0, "error": ""})
    return records
