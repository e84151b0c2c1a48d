"""What a log becomes in the ledger: a run, and activities by hour, place, system and team, with the log's digest.

Recording follows from the content alone: ids are made of the log's SHA-256 and of the group, so recording twice adds
nothing. What was recorded of the log under other options and is no longer said is withdrawn, so nothing is counted
twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from treadlight.core.activity import Activity, Evidence, EvidenceMethod, Location, Subject
from treadlight.core.distribution import Distribution, Lognormal, Point, lognormal_between
from treadlight.core.ids import derived_id
from treadlight.ledger.records import ChannelState, Run, RunStatus
from treadlight.requests.expression import SUMS
from treadlight.requests.groups import Groups
from treadlight.requests.impacts import CLOUD
from treadlight.requests.serving import Array, Serving, Setting, weights

__all__ = ["Recording", "recorded", "settled"]

METHOD_VERSION = "1"
_STAGE = "inference"
_BLOCK = 1000
_HOUR = timedelta(hours=1)
_KEYS = ("zone", "region", "team", *Setting._fields)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Recording:
    """The run of one log and its activities."""

    run: Run
    activities: tuple[Activity, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """One flow of a group: what is recorded of it, and from which coefficients it follows."""

    flow: str
    component: str
    basis: str


def recorded(
    groups: Groups,
    served: Mapping[Setting, Serving],
    *,
    digest: str,
    path: str,
    name: str,
    project: str,
    notes: Sequence[str] = (),
) -> Recording:
    """The run and the activities of one log.

    Parameters
    ----------
    groups
        Its sums by hour.
    served
        Coefficients of whole nodes at the device, without the overhead of the hall: the library adds it.
    digest
        SHA-256 of the log.
    path, name
        Where it lies, and what the run is called.
    notes
        What a reader of the run must know.
    """
    start = groups.column("start_s")
    first, last = (_moment(int(s)) for s in (np.min(start), np.max(start)))
    run_id = derived_id(first, "requests", digest)
    activities = tuple(_activities(groups, served, digest, run_id, project))
    teams = sorted({a.subject.team for a in activities})
    places = {(a.location.zone, a.location.region) for a in activities}
    zone, region = places.pop() if len(places) == 1 else ("", "")
    totals = {key: float(np.sum(groups.column(key))) for key in SUMS}
    run = Run(
        id=run_id,
        name=name,
        status=RunStatus.FINISHED,
        start=first,
        end=last + _HOUR,
        duration_s=(last + _HOUR - first).total_seconds(),
        subject=Subject(project=project, team=teams[0] if len(teams) == 1 else ""),
        stage=_STAGE,
        location=Location(zone, region),
        labels={"log": path},
        counts={
            "requests": totals["n"],
            "tokens_in": totals["tokens_in"],
            "tokens_out": totals["tokens_out"],
        },
        channels=tuple(_channels(activities)),
        notes=tuple(notes),
        journal_digest=digest,
    )
    return Recording(run, activities)


def _activities(
    groups: Groups, served: Mapping[Setting, Serving], digest: str, run_id: str, project: str
) -> Iterator[Activity]:
    table = groups.table.select(["start_s", *_KEYS, *SUMS]).group_by(["start_s", *_KEYS], use_threads=False)
    summed = table.aggregate([(name, "sum") for name in SUMS]).rename_columns(["start_s", *_KEYS, *SUMS])
    order = [(name, "ascending") for name in ("start_s", *_KEYS)]
    summed = summed.sort_by(order)
    for first in range(0, summed.num_rows, _BLOCK):
        block = summed.slice(first, _BLOCK)
        loads = weights(np.stack([block.column(name).to_numpy() for name in SUMS], axis=1))
        for keys, load in zip(block.select(["start_s", *_KEYS]).to_pylist(), loads, strict=True):
            setting = Setting(*(keys[name] for name in Setting._fields))
            yield from _of_group(keys, load, setting, served[setting], digest, run_id, project)


def _of_group(
    keys: Mapping[str, Any], load: Array, setting: Setting, serving: Serving, digest: str, run_id: str, project: str
) -> Iterator[Activity]:
    start = _moment(keys["start_s"])
    system = serving.model_id or setting.model
    basis = f"{load[0]:.0f} requests to {system}"
    parts = (
        (_Part("electricity.it", "inference", basis), serving.energy_kwh @ load),
        (_Part(f"hardware.accelerator.{serving.accelerator}", "accelerator", basis), serving.device_hours @ load),
    )
    for part, samples in parts:
        amount, uncertainty = _spread(samples)
        yield Activity(
            id=derived_id(start, digest, part.component, *(keys[name] for name in _KEYS)),
            start=start,
            end=start + _HOUR,
            flow=part.flow,
            amount=amount,
            evidence=Evidence(EvidenceMethod.MODELLED, part.basis, "requests", METHOD_VERSION, digest),
            uncertainty=uncertainty,
            cause=setting.cause,
            component=part.component,
            subject=Subject(project=project, team=keys["team"], system=system),
            stage=_STAGE,
            location=Location(keys["zone"], keys["region"], "" if keys["region"] else CLOUD),
            parent=run_id,
        )


def _spread(samples: Array) -> tuple[float, Distribution]:
    """Median of the draws, and the doubt about it with their 5th and 95th percentile; three decimals are enough."""
    p05, p50, p95 = (float(x) for x in np.quantile(samples, (0.05, 0.5, 0.95)))
    if not 0 < p05 < p95:
        return p50, Point(1.0)
    fitted = lognormal_between(p05, p95)
    return p50, Lognormal(1.0, round(fitted.gsd, 3)) if isinstance(fitted, Lognormal) else Point(1.0)


def _channels(activities: Sequence[Activity]) -> Iterator[ChannelState]:
    """One channel for each flow: what was summed."""
    amounts: dict[tuple[str, str], float] = {}
    for record in activities:
        key = record.component, record.flow
        amounts[key] = amounts.get(key, 0.0) + record.amount
    for (component, flow), amount in amounts.items():
        name, basis = f"requests:{component}:{flow}", "sums of a request log"
        yield ChannelState(name, component, "", "requests", "modelled", basis, flow, "read", None, amount)


def settled(new: Recording, standing: Sequence[Activity], known: frozenset[str]) -> tuple[Activity, ...]:
    """The activities to append, so that exactly those of `new` stand for its log.

    Parameters
    ----------
    standing
        Activities of the same run that the ledger holds now, superseded ones left out.
    known
        Ids of all activities of that run, superseded ones too.

    Notes
    -----
    An activity that stands and is no longer said is superseded by one of amount 0. One that was withdrawn earlier and
    is said again gets a new id.
    """
    stands = {_place(a): a.id for a in standing if not a.supersedes or a.amount > 0}
    found = []
    for record in new.activities:
        ident = stands.pop(_place(record), None) or _fresh(record, known)
        found.append(replace(record, id=ident))
    gone = set(stands.values())
    found += [withdrawal(a, known) for a in standing if a.id in gone]
    return tuple(found)


def withdrawal(record: Activity, known: frozenset[str]) -> Activity:
    """An activity of amount 0 in the place of another one."""
    empty = replace(record, amount=0.0, uncertainty=Point(1.0), supersedes=record.id)
    return replace(empty, id=_fresh(replace(empty, id=derived_id(record.start, "withdrawn", record.id)), known))


def _place(record: Activity) -> tuple[object, ...]:
    """What tells an activity of a log from the others."""
    where = record.location
    return (
        record.start,
        record.flow,
        where.zone,
        where.region,
        record.subject.team,
        record.subject.system,
        record.cause,
    )


def _fresh(record: Activity, known: frozenset[str]) -> str:
    """The activity's own id, or the next one that follows from it and is not taken."""
    ident = record.id
    while ident in known:
        ident = derived_id(record.start, "again", ident)
    return ident


def _moment(seconds: int) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)
