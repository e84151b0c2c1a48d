"""What a log becomes in the ledger: a run, and activities by hour, place, system and team, with the log's digest.

Recording follows from the content alone: ids are made of the log's SHA-256 and of the group, so recording twice adds
nothing. What was recorded of the log under other options and is no longer said is withdrawn, so nothing is counted
twice.

Notes
-----
All that is recorded shares one cause, the estimator's, so in the ledger every group is high and low together. That is
nearly so in the account: the draws of two models from one estimator have rank correlations of 0.95 to 0.97 where they
are served alike. What is left is put right here. With the sorted draws q of a class of groups (one way of serving, and
intervals about as wide) and those of all classes together, Q, the doubt recorded of a class is

    q'_k(p)  =  q_k(p) · Q(p) / Σ_k q_k(p),

so that the classes, drawn together, add up to Q: the ledger gives the account's p05, p50 and p95 of a log's energy and
device-hours. A group gets its share of its class's median, by its mean. The ledger has a few distributions to draw,
not one for every hour.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from treadlight.assess.fitting import fitted
from treadlight.core.activity import CLOUD, Activity, Evidence, EvidenceMethod, Location, Subject
from treadlight.core.distribution import Distribution, Point
from treadlight.core.ids import derived_id
from treadlight.ledger.records import ChannelState, Run, RunStatus
from treadlight.requests.expression import SUMS
from treadlight.requests.groups import Groups
from treadlight.requests.serving import Array, Serving, Setting, weights

__all__ = ["Recording", "recorded", "settled"]

METHOD_VERSION = "2"
_CAUSE = "estimate-inference"
_STAGE = "inference"
_BLOCK = 1000
_STEP = 0.05
_NOTHING = 1e-300
_HOUR = timedelta(hours=1)
_KEYS = ("zone", "region", "team", *Setting._fields)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Recording:
    """The run of one log and its activities."""

    run: Run
    activities: tuple[Activity, ...]


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
    summed = summed.sort_by([(name, "ascending") for name in ("start_s", *_KEYS)])
    keys = summed.select(["start_s", *_KEYS]).to_pylist()
    loads = weights(np.stack([summed.column(name).to_numpy() for name in SUMS], axis=1))
    settings = [Setting(*(key[name] for name in Setting._fields)) for key in keys]
    energy, hours = _amounts(settings, loads, served)
    for i, (key, setting) in enumerate(zip(keys, settings, strict=True)):
        serving = served[setting]
        system = serving.model_id or setting.model
        basis = f"{loads[i, 0]:.0f} requests to {system}"
        like = Activity(
            id=derived_id(_moment(key["start_s"]), digest, "inference", *(key[name] for name in _KEYS)),
            start=_moment(key["start_s"]),
            end=_moment(key["start_s"]) + _HOUR,
            flow="electricity.it",
            amount=float(energy.amount[i]),
            evidence=Evidence(EvidenceMethod.MODELLED, basis, "requests", METHOD_VERSION, digest),
            uncertainty=energy.doubt[i],
            cause=_CAUSE,
            component="inference",
            subject=Subject(project=project, team=key["team"], system=system),
            stage=_STAGE,
            location=Location(key["zone"], key["region"], "" if key["region"] else CLOUD),
            parent=run_id,
            labels=setting.stated,
        )
        yield like
        yield replace(
            like,
            id=derived_id(like.start, digest, "accelerator", *(key[name] for name in _KEYS)),
            flow=f"hardware.accelerator.{serving.accelerator}",
            amount=float(hours.amount[i]),
            uncertainty=hours.doubt[i],
            component="accelerator",
        )


def _amounts(
    settings: Sequence[Setting], loads: Array, served: Mapping[Setting, Serving]
) -> tuple["_Amounts", "_Amounts"]:
    """Electricity and accelerator hours of every group."""
    owned: dict[Setting, list[int]] = {}
    for i, setting in enumerate(settings):
        owned.setdefault(setting, []).append(i)
    energy, hours = _Amounts(len(settings)), _Amounts(len(settings))
    for setting, rows in owned.items():
        energy.put(np.array(rows), loads[rows], served[setting].energy_kwh)
        hours.put(np.array(rows), loads[rows], served[setting].device_hours)
    energy.settle()
    hours.settle()
    return energy, hours


class _Amounts:
    """Amount and doubt of one flow of every group, put in by way of serving."""

    def __init__(self, groups: int) -> None:
        self.amount: Array = np.zeros(groups)
        self.doubt: list[Distribution] = [Point(1.0)] * groups
        self._classes: list[tuple[Any, Array, Array]] = []

    def put(self, rows: Any, loads: Array, coefficients: Array) -> None:
        """Groups `rows` of one way of serving, whose sums are `loads`, shape (groups, parts)."""
        classes = _classes(loads, coefficients)
        means = loads @ coefficients.mean(axis=0)
        for number in np.unique(classes):
            mine = classes == number
            self._classes.append((rows[mine], means[mine], coefficients @ loads[mine].sum(axis=0)))

    def settle(self) -> None:
        """Work out amounts and doubts, when all groups are put in."""
        samples = np.stack([samples for _, _, samples in self._classes])
        ordered = np.sort(samples, axis=1)
        ordered *= np.sort(samples.sum(axis=0)) / np.maximum(ordered.sum(axis=0), _NOTHING)
        for (rows, means, _), draws in zip(self._classes, ordered, strict=True):
            self.amount[rows] = float(np.median(draws)) * means / max(float(means.sum()), _NOTHING)
            doubt = fitted(draws)
            for row in rows:
                self.doubt[row] = doubt


def _classes(loads: Array, coefficients: Array) -> Any:
    """Number of the class of each group: the width of its interval, in steps of a twentieth."""
    found = []
    for first in range(0, len(loads), _BLOCK):
        p05, p95 = np.quantile(loads[first : first + _BLOCK] @ coefficients.T, (0.05, 0.95), axis=1)
        found.append(np.log(np.maximum(p95, _NOTHING) / np.maximum(p05, _NOTHING)))
    return np.floor(np.concatenate(found) / _STEP).astype(np.int64)


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
        tuple(sorted(record.labels.items())),
    )


def _fresh(record: Activity, known: frozenset[str]) -> str:
    """The activity's own id, or the next one that follows from it and is not taken."""
    ident = record.id
    while ident in known:
        ident = derived_id(record.start, "again", ident)
    return ident


def _moment(seconds: int) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)
