"""EcoLogits: the impacts it computes for each request to a model behind an API."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from treadlight.core.activity import Activity, EvidenceMethod, Location, Subject
from treadlight.core.canonical import canonical_json
from treadlight.core.errors import InputError
from treadlight.core.units import convert
from treadlight.importers.frame import (
    Imported,
    ImporterInfo,
    Note,
    Occurrences,
    Options,
    content_id,
    evidence,
    moment,
    number,
    rejection,
)
from treadlight.importers.places import place_of
from treadlight.importers.runs import Outline, spread
from treadlight.importers.source import Source
from treadlight.importers.timing import DATE, period

__all__ = ["INFO", "read"]

INFO = ImporterInfo(
    name="ecologits",
    title="EcoLogits",
    reads="response.impacts as JSON, one, a list or JSON lines; alone, or under the key impacts of a record that also "
    "names time, model, provider and tokens.",
    accepts="Values as numbers (older versions), as ranges of min and max, and as bare numbers with energy_unit; with "
    "and without wcf, usage, embodied, warnings and errors.",
    gives="An activity a request: electricity with the data centre's overhead, modelled, as EcoLogits states it. "
    "And a run for the file with the number of requests and tokens. Its carbon, minerals, primary energy and water, of "
    "use and of making, stay beside as labels.",
    error="90 % interval: a quarter of its lower to four times its upper bound. Its ranges cover guessed model sizes, "
    "not batch, hardware or the error of its fit: against published measurements it is off by 65 to 74 %, median.",
    elsewhere=True,
    partial=True,
    options=(DATE,),
)

_TIMES = ("timestamp", "created", "created_at", "time", "datetime", "date", "start_time")
_ZONES = ("electricity_mix_zone", "zone", "location", "region")
_TOKENS_IN, _TOKENS_OUT = (
    ("input_tokens", "prompt_tokens", "tokens_in"),
    ("output_tokens", "completion_tokens", "tokens_out"),
)
_CATEGORIES = (("gwp", "gwp_kgco2e"), ("adpe", "adpe_kgsb"), ("pe", "pe_mj"), ("wcf", "water_l"))
_MAX_KWH = 50.0  # of one request: beyond this it is a slip of units, even for a film
_BEYOND = 4.0
Range = tuple[float, float]


@dataclass(slots=True)
class _Sums:
    """What the run of the file counts and reports."""

    first: str = ""
    ids: set[str] = field(default_factory=set)
    starts: list[datetime] = field(default_factory=list)
    ends: list[datetime] = field(default_factory=list)
    counts: dict[str, float] = field(default_factory=dict)
    reported: dict[str, Range] = field(default_factory=dict)
    models: set[str] = field(default_factory=set)
    labels: dict[str, str] = field(default_factory=dict)


def read(source: Source, options: Options) -> Iterator[Imported]:
    """Requests of the file, and the run that holds them."""
    sums, seen = _Sums(), Occurrences()
    activities: list[Activity] = []
    flags: list[Note] = []
    for where, value in source.json_values():
        try:
            if isinstance(value, InputError):
                raise value
            activity, doubts = _request(source, options, sums, seen, where, value)
        except InputError as error:
            yield rejection(where, error)
            continue
        activities.append(activity)
        flags += doubts
    if activities:
        yield _whole(source, sums, activities, flags)


def _request(
    source: Source, options: Options, sums: _Sums, seen: Occurrences, where: str, value: Any
) -> tuple[Activity, list[Note]]:
    impacts, record = _impacts(value)
    low_kwh, high_kwh = _energy(impacts)
    start, end, labels, flags = _when(record, options, source, where)
    text = canonical_json(_jsonable(value)).decode()
    content = str(record.get("id") or "") or f"{text}\x1f{seen.next(text)}"
    sums.first = sums.first or content
    model = str(record.get("model") or record.get("model_name") or "")
    key = content_id(INFO.name, "run", sums.first)
    middle_kwh = (low_kwh + high_kwh) / 2
    activity = Activity(
        id=content_id(INFO.name, content),
        start=start,
        end=end,
        flow="electricity.facility",
        amount=middle_kwh,
        evidence=evidence(INFO, source, EvidenceMethod.MODELLED, f"EcoLogits, {low_kwh:.3g} to {high_kwh:.3g} kWh"),
        uncertainty=spread(low_kwh / middle_kwh / _BEYOND, high_kwh / middle_kwh * _BEYOND),
        cause="ecologits",
        component="inference",
        subject=Subject(system=model),
        stage="inference",
        location=_where(record),
        parent=key,
        labels=labels | ({"model": model} if model else {}),
    )
    if activity.id in sums.ids:
        return activity, [*flags, Note(where, "a request with the id of one before: counted once", content[:80])]
    _count(sums, activity, impacts, record, model)
    sums.ids.add(activity.id)
    sums.labels |= labels
    return activity, flags


def _impacts(value: Any) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The impacts, and the record they stand in, which may be they themselves."""
    if not isinstance(value, dict):
        raise InputError("is no object", field="impacts", value=str(value)[:40])
    inner = value.get("impacts", value)
    if not isinstance(inner, dict):
        raise InputError("has no impacts", field="impacts", value=", ".join(map(str, value))[:60])
    if inner.get("energy") is None:
        errors = inner.get("errors") or value.get("errors")
        if errors:
            codes = [str(e.get("code") or e.get("message")) if isinstance(e, dict) else str(e) for e in errors]
            raise InputError("EcoLogits had no estimate", field="impacts", value=", ".join(codes)[:80])
        raise InputError("has no energy", field="impacts", value=", ".join(map(str, inner))[:60])
    return inner, value if inner is not value else {}


def _energy(impacts: Mapping[str, Any]) -> Range:
    energy = impacts["energy"]
    unit = energy.get("unit", "kWh") if isinstance(energy, dict) else impacts.get("energy_unit", "kWh")
    bounds = _range(energy, "energy")
    if bounds is None:
        raise InputError("states no value", field="energy")
    low_kwh, high_kwh = (convert(bound, str(unit), "kWh") for bound in bounds)
    if not high_kwh:
        raise InputError("is 0, which says nothing", field="energy")
    if high_kwh > _MAX_KWH:
        raise InputError(
            "is more than a request can use: a slip of units?", field="energy", value=f"{high_kwh:.4g} kWh"
        )
    return low_kwh or high_kwh / 100, high_kwh


def _range(impact: Any, name: str) -> Range | None:
    """Bounds of an impact: an object with a value, a number or a range; or a bare number."""
    value = impact.get("value") if isinstance(impact, dict) and "value" in impact else impact
    if isinstance(value, dict):
        low, high = number(value.get("min"), f"{name}.min"), number(value.get("max"), f"{name}.max")
        if low is None or high is None:
            return None
        if low > high:
            raise InputError("lies above max", field=f"{name}.min", value=low)
        return low, high
    found = number(value, name)
    return None if found is None else (found, found)


def _when(
    record: Mapping[str, Any], options: Options, source: Source, where: str
) -> tuple[datetime, datetime, dict[str, str], list[Note]]:
    stated = next((record[name] for name in _TIMES if record.get(name)), None)
    if stated is None:
        return period(options, source, where)
    found = moment(stated, "timestamp")
    return found, found, {}, []


def _where(record: Mapping[str, Any]) -> Location:
    text = next((str(record[name]) for name in _ZONES if record.get(name)), "")
    return Location("" if text == "WOR" else place_of(text).zone, place_of(text).region)


def _count(sums: _Sums, activity: Activity, impacts: Mapping[str, Any], record: Mapping[str, Any], model: str) -> None:
    sums.starts.append(activity.start)
    sums.ends.append(activity.end)
    sums.models |= {model} if model else set()
    usage = record.get("usage")
    facts = {**record, **usage} if isinstance(usage, dict) else record
    found = {"requests": 1.0}
    for unit, names in (("tokens in", _TOKENS_IN), ("tokens out", _TOKENS_OUT)):
        tokens = next((number(facts[name], name) for name in names if name in facts), None)
        found |= {} if tokens is None else {unit: tokens}
    for unit, amount in found.items():
        sums.counts[unit] = sums.counts.get(unit, 0.0) + amount
    for phase, part in (("", impacts), ("embodied.", impacts.get("embodied"))):
        for name, label in _CATEGORIES:
            bounds = _range(part[name], name) if isinstance(part, dict) and part.get(name) is not None else None
            if bounds is not None:
                low, high = sums.reported.get(f"reported.{phase}{label}", (0.0, 0.0))
                sums.reported[f"reported.{phase}{label}"] = low + bounds[0], high + bounds[1]


def _whole(source: Source, sums: _Sums, activities: list[Activity], flags: list[Note]) -> Imported:
    places = {activity.location for activity in activities}
    reported = {
        name: f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}" for name, (low, high) in sums.reported.items()
    }
    outline = Outline(
        INFO,
        source,
        sums.first,
        f"EcoLogits, {', '.join(sorted(sums.models)[:3]) or 'models not named'}",
        min(sums.starts),
        max(sums.ends),
        stage="inference",
        location=places.pop() if len(places) == 1 else Location(),
        labels=reported | sums.labels,
    )
    carbon = reported.get("reported.gwp_kgco2e")
    notes = [f"EcoLogits itself reported {carbon} kg CO₂e: kept as a label, no part of this account"] if carbon else []
    notes.append("the making of hardware is not in this account: EcoLogits states its impacts, not the hardware")
    return Imported(outline.run((), counts=sums.counts, notes=notes), tuple(activities), tuple(flags))


def _jsonable(value: Any) -> Any:
    """`value` with large whole numbers as text, as canonical JSON asks."""
    if isinstance(value, dict):
        return {str(k): _jsonable(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_jsonable(v) for v in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 1 << 53:
        return str(value)
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
