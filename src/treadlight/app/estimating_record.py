"""An estimate as activities of a run in the ledger, so that show, why, runs and compare answer for it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import numpy as np

from treadlight.app.estimating_answer import Estimate
from treadlight.assess.fitting import fitted
from treadlight.core.activity import Activity, Evidence, EvidenceMethod, Subject
from treadlight.core.distribution import Point
from treadlight.core.errors import InputError
from treadlight.core.ids import derived_id
from treadlight.estimate.scope import includes_overhead
from treadlight.ledger.records import ChannelState, Run, RunStatus
from treadlight.ledger.store import Appended, Ledger

__all__ = ["check_recordable", "check_when", "fit_of", "ledger_adds", "record", "recorded"]

_COMPONENTS = {"accelerators": "gpu", "idle": "gpu", "host": "rest", "storage": "rest"}
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


def record(
    estimate: Estimate, ledger: Ledger, when: datetime, subject: Subject, name: str, stage: str
) -> tuple[Run, Appended]:
    """Append an estimate to a ledger; the same estimate at the same time adds nothing.

    Raises
    ------
    InputError
        If it holds what the ledger would count differently.
    """
    run, activities = recorded(estimate, when, subject, name, stage)
    return run, ledger.append([run, *activities], whole=True)


def recorded(estimate: Estimate, when: datetime, subject: Subject, name: str, stage: str) -> tuple[Run, list[Activity]]:
    """The run and its activities.

    Raises
    ------
    InputError
        If a PUE or a carbon intensity was stated: the ledger holds energy at the devices, and the place gives both.
    """
    question = estimate.question
    check_recordable(estimate)
    start = when.astimezone(UTC)
    lasted_h = _lasted_h(estimate)
    end = start + timedelta(hours=lasted_h)
    asked = [repr(question.key), estimate.count, estimate.transfer_gb, estimate.network, fit_of(question.kind)]
    stated = json.dumps(asked, sort_keys=True)
    digest = sha256(stated.encode()).hexdigest()
    run_id = derived_id(start, "estimate", digest, name, str(subject), stage)
    stage = stage or question.kind
    activities = list(_activities(estimate, run_id, start, end, subject, stage, digest))
    run = Run(
        id=run_id,
        name=name or f"{question.kind} estimate",
        status=RunStatus.FINISHED,
        start=start,
        end=end,
        duration_s=lasted_h * 3600,
        subject=subject,
        stage=stage,
        location=question.location,
        labels=_labels(estimate),
        counts={f"{estimate.unit}s": estimate.count} if question.kind == "inference" else {},
        attribution="estimated",
        channels=tuple(_channel(activity) for activity in activities),
        notes=tuple(f"not counted: {note}; {_remedy(note)}" for note in estimate.notes if "cooling" not in note),
    )
    return run, activities


def _lasted_h(estimate: Estimate) -> float:
    """How long it went on, where that is known [h]; 0 otherwise."""
    known = estimate.question.known
    if known.get("wall_hours") is not None:
        return float(known["wall_hours"])
    devices = float(known.get("n_devices") or 0.0)
    if not devices or estimate.question.kind != "training":
        return 0.0
    return float(np.median(estimate.device_hours_draws)) / devices


def _remedy(note: str) -> str:
    if "scope" in note:
        return "estimate with --scope facility"
    return "give it to the estimate" if "unknown" in note else "no figure of them enters an estimate"


def check_recordable(estimate: Estimate) -> None:
    """Refuse what the ledger would count differently.

    Raises
    ------
    InputError
        If a PUE or a carbon intensity was stated: the ledger holds energy at the devices, and the place gives both.
    """
    question = estimate.question
    if question.known.get("pue") is not None and "pue" not in question.filled:
        remedy = "leave it out and give --region, or --site here after `treadlight config set site.pue 1.1`"
        what = "cannot be recorded: the ledger takes it from the place"
        raise InputError(what, field="--pue", value=question.known["pue"], remedy=remedy)
    if question.intensity_g_per_kwh is not None:
        remedy = "give --zone or --region instead, or leave --record out"
        what = "cannot be recorded: the ledger takes it from the place"
        value = question.intensity_g_per_kwh
        raise InputError(what, field="--carbon-intensity", value=value, remedy=remedy)


def check_when(when: datetime) -> None:
    """Refuse a day that no run can have begun on.

    Raises
    ------
    InputError
        If it is before 1970 or in the future.
    """
    if when < _EARLIEST:
        remedy = "give the day it began, from 1970 on"
        raise InputError("is before 1970", field="--when", value=when.isoformat(), remedy=remedy)
    if when > datetime.now(UTC):
        remedy = "record what has begun; leave --record out to estimate a plan"
        raise InputError("is in the future", field="--when", value=when.isoformat(), remedy=remedy)


def ledger_adds(estimate: Estimate) -> str:
    """What `show` counts of a recorded estimate beyond its scope, in a sentence; empty where nothing."""
    scope = estimate.question.scope
    if includes_overhead(scope):
        return ""
    return f"the ledger adds the place's overhead (PUE), which --scope {scope} leaves out: show says more than here"


@lru_cache(maxsize=2)
def fit_of(kind: str) -> str:
    """The coefficients that an estimator ships with: the day of the fit, and a part of their digest."""
    from treadlight import estimate

    data = Path(estimate.__file__).with_name("data").joinpath(f"{kind}.json").read_bytes()
    return f"{json.loads(data)['fitted']}-{sha256(data).hexdigest()[:8]}"


def _labels(estimate: Estimate) -> dict[str, str]:
    question = estimate.question
    known = {name: f"{value:g}" if isinstance(value, float) else str(value) for name, value in question.known.items()}
    models = dict.fromkeys(question.filled.values())
    told = {"estimate_scope": question.scope, "estimate_fit": fit_of(question.kind)}
    return {**known, **told, **({"model": ", ".join(models)} if models else {})}


def _activities(
    estimate: Estimate, run_id: str, start: datetime, end: datetime, subject: Subject, stage: str, digest: str
) -> Iterator[Activity]:
    question = estimate.question
    source = f"estimate-{question.kind}"
    evidence = Evidence(EvidenceMethod.MODELLED, estimate.answer.basis, source, fit_of(question.kind), digest)
    device_lines = {n: samples for n, samples in estimate.lines.items() if n not in ("overhead", "network")}
    whole = np.sum(list(device_lines.values()), axis=0)
    slug = estimate.answer.accelerator or "generic"
    rows = [
        (name, "electricity.it", float(np.median(whole) * samples.mean() / whole.mean()), fitted(whole))
        for name, samples in device_lines.items()
    ]
    hours = estimate.device_hours_draws
    rows.append(("hours", f"hardware.accelerator.{slug}", float(np.median(hours)), fitted(hours)))
    if estimate.transfer_gb:
        rows.append(("network", f"data.transfer.{estimate.network}", estimate.transfer_gb, Point(1.0)))
    for name, flow, amount, uncertainty in rows:
        if amount <= 0:
            continue
        yield Activity(
            id=derived_id(start, run_id, name),
            start=start,
            end=end,
            flow=flow,
            amount=amount,
            evidence=evidence,
            uncertainty=uncertainty,
            cause=source,
            component="network" if name == "network" else _COMPONENTS.get(name, "gpu"),
            subject=subject,
            stage=stage,
            location=question.location,
            parent=run_id,
            labels={"line": name},
        )


def _channel(activity: Activity) -> ChannelState:
    return ChannelState(
        key=f"{activity.evidence.source}:{activity.labels['line']}",
        component=activity.component,
        device=activity.labels["line"],
        meter=activity.evidence.source,
        method=str(activity.evidence.method),
        basis=activity.evidence.basis,
        flow=activity.flow,
        state="read",
        whole=None,
        amount=activity.amount,
        uncertainty=str(activity.uncertainty),
    )
