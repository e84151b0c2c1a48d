"""Range queries of Prometheus: energy counters of Kepler and DCGM, power gauges, token counters of vLLM.

Notes
-----
The growth of a counter is summed between samples; where it falls, it began anew at 0. Power is integrated by
trapezoids. Nothing is added twice: a node holds its pods, a pod its containers, a container its processes; a package
its cores; a GPU's energy counter goes before its power gauge, and DCGM before Kepler's view of GPUs. A counter that
never grows is one that nobody fills, as Kepler's on virtual machines: unknown, and never zero."""

import hashlib
import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from treadlight.core.activity import Activity, EvidenceMethod, Location, Subject
from treadlight.core.distribution import Distribution
from treadlight.core.errors import InputError
from treadlight.core.text import clean
from treadlight.importers.frame import Imported, ImporterInfo, Note, Option, Options, content_id, moment, rejection
from treadlight.importers.power import integrate
from treadlight.importers.prometheus_series import LEVELS, Metric, Series, grown, meaning, queries, series_of
from treadlight.importers.runs import ELECTRICITY, Outline, spread, unread
from treadlight.importers.slurm_text import duration_s
from treadlight.importers.source import Source
from treadlight.ledger.records import ChannelState

__all__ = ["INFO", "read"]

_SERIES = "prometheus.series"

INFO = ImporterInfo(
    name="prometheus",
    title="Prometheus",
    reads="the JSON answer of /api/v1/query_range as a file or address, or the address of a server with --set query=…",
    accepts="Kepler before and since 0.10 (kepler_node_*, kepler_container_*, … joules), DCGM "
    "(DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION, DCGM_FI_DEV_POWER_USAGE), vLLM (prompt and generation tokens), "
    "any other metric with --set unit=J or W",
    gives="one run a machine, exporter and day: electricity by hour (metered), hours of GPUs that DCGM names, "
    "tokens as counts",
    error="Kepler and other counters -10/+10 %, DCGM -5/+5 %, integrated power -7/+7 % (meter and sampling); judged",
    version="2",
    elsewhere=True,
    partial=True,
    series_label=_SERIES,
    options=(
        Option("query", "PromQL to ask a server whose address is given"),
        Option("start", "beginning of the range, such as 2026-09-01T00:00Z"),
        Option("end", "end of the range"),
        Option("step", "seconds between samples", "60"),
        Option("metric", "name of the metric where a function such as sum() took it away"),
        Option("unit", "unit of a metric we do not know: J, kJ, mJ, Wh, kWh (counters); W, mW, kW (power)"),
        Option("level", "count pods, containers or processes instead of the whole node: pod, container, process"),
        Option("project-label", "label that names the project, such as namespace"),
    ),
)

_HOUR_S = 3600.0
_ERRORS = {"kepler": (0.9, 1.1), "dcgm": (0.95, 1.05), "other": (0.9, 1.1), "vllm": (1.0, 1.0)}
_POWER_ERROR = (0.93, 1.07)
_BRIDGED_ERROR = (0.5, 2.0)
_DEVICES = (
    "UUID",
    "gpu",
    "device",
    "package",
    "zone",
    "mode",
    "path",
    "pod_name",
    "pod",
    "container_name",
    "container",
)

Found = tuple[Series, Metric]


def read(source: Source, options: Options) -> Iterator[Imported]:
    """One run for each machine (and project), exporter and day."""
    series, rejected = _all_series(source, options)
    yield Imported(rejected=tuple(rejected))
    known, notes = _known(series, options)
    chosen, left_out = _chosen(known, options.text("level"))
    yield Imported(flags=(*notes, *left_out))
    if not chosen and not rejected:
        raise source.error("holds no series that is known", "name its unit: --set unit=J, or --set metric=NAME")
    yield from _runs(source, chosen, options)


def _all_series(source: Source, options: Options) -> tuple[list[Series], list[Note]]:
    """Series of all answers; those with the same labels are joined, samples at the same time counted once."""
    merged: dict[str, Series] = {}
    rejected: list[Note] = []
    for where, document in _documents(source, options):
        try:
            if isinstance(document, InputError):
                raise document
            for series in series_of(document):
                before = merged.get(series.key)
                samples = dict(before.samples) | dict(series.samples) if before else dict(series.samples)
                merged[series.key] = Series(series.labels, tuple(sorted(samples.items())))
        except InputError as error:
            if not where:
                raise
            rejected += rejection(where, error).rejected
    return list(merged.values()), rejected


def _documents(source: Source, options: Options) -> Iterator[tuple[str, object]]:
    """Answers of a file, or of a server that is asked for them."""
    query = options.text("query")
    if not query:
        yield from source.json_values()
        return
    if not source.name.lower().startswith(("http://", "https://")):
        raise InputError("is for the address of a server", field="query", value=query, remedy="leave it out for a file")
    step_s = duration_s(options.text("step"), "step")
    if not step_s:
        raise InputError("is no time", field="step", value=options.text("step"), remedy="give seconds, such as 60")
    start, end = (moment(options.text(name), name) for name in ("start", "end"))
    whole = hashlib.sha256()
    for url in queries(source.name, query, start, end, step_s):
        with Source.open(url) as answer:
            whole.update(answer.digest.encode())
            yield "", answer.json()
    source.digest = whole.hexdigest()  # of the answers, not of the server's front page


def _known(series: Sequence[Series], options: Options) -> tuple[list[Found], list[Note]]:
    found, unknown = [], []
    for one in series:
        metric = meaning(one.labels, options.text("metric"), options.text("unit"))
        if metric is None:
            name = one.labels.get("__name__") or "a series without a name"
            unknown.append(
                Note(one.host, "unknown metric, left out: name it with --set metric, or its --set unit", name)
            )
        else:
            found.append((one, metric))
    return found, unknown


def _chosen(found: Sequence[Found], level: str) -> tuple[list[Found], list[Note]]:
    """Series that hold nothing of each other, and what was left out because another holds it."""
    if level and level not in LEVELS:
        raise InputError("unknown level", field="level", value=level, remedy=f"use one of {', '.join(LEVELS)}")
    chosen: list[Found] = []
    notes: list[Note] = []
    for host in dict.fromkeys(one.host for one, _ in found):
        here = [(one, metric) for one, metric in found if one.host == host]
        kept = _without_parts(_of_level(_one_view_of_gpus(here), level))
        chosen += kept
        keys = {one.key for one, _ in kept}
        lost = [one.labels.get("__name__", "") for one, _ in here if one.key not in keys]
        notes += [
            Note(host, "left out: held by another series, or seen better by it", name) for name in sorted(set(lost))
        ]
    return chosen, notes


def _one_view_of_gpus(found: Sequence[Found]) -> list[Found]:
    """Of each GPU the energy counter, else the power; of DCGM rather than of Kepler; once, whatever its slices."""
    dcgm = [(one, metric) for one, metric in found if metric.source == "dcgm"]
    best: dict[str, Found] = {}
    for one, metric in sorted(dcgm, key=lambda f: (f[1].kind != "counter", f[0].key)):
        best.setdefault(_gpu(one), (one, metric))
    others = [f for f in found if f[1].source != "dcgm" and not (dcgm and f[1].part == "gpu")]
    return [*others, *best.values()]


def _gpu(series: Series) -> str:
    return series.labels.get("UUID") or series.labels.get("gpu") or series.labels.get("device") or series.key


def _of_level(found: Sequence[Found], level: str) -> list[Found]:
    """Of Kepler's levels the one asked for, or the widest that is there."""
    kepler = {metric.level for _, metric in found if metric.source == "kepler"}
    wanted = level or next((name for name in LEVELS if name in kepler), "")
    return [(one, metric) for one, metric in found if metric.source != "kepler" or metric.level == wanted]


def _without_parts(found: Sequence[Found]) -> list[Found]:
    """Leave out cores where the package is there, modes where their sum is, the platform where its parts are."""
    parts = {metric.part for _, metric in found if metric.source == "kepler"}

    def is_part(part: str) -> bool:
        zone, _, mode = part.partition("/")
        if mode:
            return zone in parts or (zone in ("core", "uncore") and bool({"package/active", "package"} & parts))
        if part in ("core", "uncore"):
            return bool({"package", "cpu"} & parts)
        if part in ("platform", "psys"):
            return "package" in parts
        return part != "" and "" in parts

    return [(one, metric) for one, metric in found if metric.source != "kepler" or not is_part(metric.part)]


def _runs(source: Source, chosen: Sequence[Found], options: Options) -> Iterator[Imported]:
    """Runs by machine, project, exporter and day; tokens are counts of the run of the GPUs beside them."""
    label = options.text("project-label")
    groups: dict[tuple[str, str, str], list[Found]] = {}
    for one, metric in chosen:
        project = one.labels.get(label, "") if label else ""
        groups.setdefault((one.host, project, metric.source), []).append((one, metric))
    for host, project, exporter in list(groups):
        if exporter == "vllm" and (host, project, "dcgm") in groups:
            groups[host, project, "dcgm"] += groups.pop((host, project, exporter))
    for (host, project, exporter), found in groups.items():
        yield from _days(source, host, project, exporter, found)


def _days(source: Source, host: str, project: str, exporter: str, found: Sequence[Found]) -> Iterator[Imported]:
    by_day: dict[str, list[tuple[Series, Metric, list[_Piece]]]] = {}
    lost: list[ChannelState] = []
    flags: list[Note] = []
    for one, metric in found:
        pieces = _pieces(one, metric, flags)
        if metric.kind != "count" and not any(piece.amount for piece in pieces):
            lost.append(_unread(one, metric, _why_nothing(one, pieces)))
        for day in dict.fromkeys(piece.day for piece in pieces):
            by_day.setdefault(day, []).append((one, metric, [piece for piece in pieces if piece.day == day]))
    if not by_day:
        yield Imported(flags=(*flags, *(Note(host, f"unknown: {channel.detail}") for channel in lost)))
    for day, parts in sorted(by_day.items()):
        yield _day(source, (host, project, exporter, day), parts, lost, tuple(flags))
        flags = []


def _why_nothing(one: Series, pieces: Sequence["_Piece"]) -> str:
    name = one.labels.get("__name__", "a series")
    if not pieces:
        return f"{name} has fewer than two samples that are numbers; ask for a longer range"
    return f"{name} stays at 0: nothing fills it, as on virtual machines"


class _Piece:
    """An amount between two moments, and how it is known."""

    def __init__(
        self, start_s: float, end_s: float, amount: float, method: EvidenceMethod, doubt: Distribution
    ) -> None:
        self.start, self.end = datetime.fromtimestamp(start_s, UTC), datetime.fromtimestamp(end_s, UTC)
        self.amount, self.method, self.doubt = amount, method, doubt

    @property
    def day(self) -> str:
        """The UTC day in which it lies."""
        return f"{self.start:%Y-%m-%d}"


def _pieces(one: Series, metric: Metric, flags: list[Note]) -> list[_Piece]:
    """Amounts of a series by hour [kWh, or counted]."""
    name = one.labels.get("__name__", "")
    broken = sum(not math.isfinite(value) for _, value in one.samples)
    if broken:
        flags.append(Note(one.host, "samples that are no number (NaN, Inf) were passed over", f"{broken} of {name}"))
    if metric.kind == "gauge":
        return _integrated(one, metric, flags)
    doubt = spread(*_ERRORS[metric.source])
    growths = list(grown(one.samples, _HOUR_S))
    resets = sum(growth.resets for growth in growths)
    if resets:
        flags.append(Note(one.host, "a counter began anew: what it had not yet shown is lost", f"{resets} × {name}"))
    return [_Piece(g.start_s, g.end_s, g.amount * metric.factor, EvidenceMethod.METERED, doubt) for g in growths]


def _integrated(one: Series, metric: Metric, flags: list[Note]) -> list[_Piece]:
    """Energy of power samples by hour [kWh]; gaps of up to an hour are bridged, longer ones unknown."""
    finite = [(t_s, value * metric.factor) for t_s, value in one.samples if 0 <= value < math.inf]
    if not finite:
        return []
    pieces = []
    start_s, last_s = finite[0][0], finite[-1][0]
    whole = integrate(finite, start_s, last_s)
    for gap_start_s, gap_end_s in whole.unknown:
        hours = (gap_end_s - gap_start_s) / _HOUR_S
        flags.append(Note(one.host, "no samples for more than an hour: that energy is unknown", f"{hours:.1f} h"))
    while start_s < last_s:
        end_s = min(last_s, (start_s // _HOUR_S + 1) * _HOUR_S)
        seen, bridged = _between(finite, start_s, end_s, whole.unknown)
        for kwh, method, error in (
            (seen, EvidenceMethod.METERED, _POWER_ERROR),
            (bridged, EvidenceMethod.MODELLED, _BRIDGED_ERROR),
        ):
            if kwh:
                pieces.append(_Piece(start_s, end_s, kwh, method, spread(*error)))
        start_s = end_s
    return pieces


def _between(
    samples: Sequence[tuple[float, float]], start_s: float, end_s: float, unknown: Sequence[tuple[float, float]]
) -> tuple[float, float]:
    """Energy seen and bridged between two moments [kWh], from samples with power at both ends interpolated."""
    inside = [(t_s, power_w) for t_s, power_w in samples if start_s <= t_s <= end_s]
    for t_s in (start_s, end_s):
        if not any(low < t_s < high for low, high in unknown):
            power_w = _interpolated(samples, t_s)
            inside.append((t_s, power_w))
    found = integrate(inside, start_s, end_s)
    return found.seen_kwh, found.bridged_kwh


def _interpolated(samples: Sequence[tuple[float, float]], t_s: float) -> float:
    i = bisect_left(samples, (t_s, -math.inf))
    if i == 0 or (i < len(samples) and samples[i][0] == t_s):
        return samples[i][1]
    if i == len(samples):
        return samples[-1][1]
    (t0, p0), (t1, p1) = samples[i - 1], samples[i]
    return p0 + (p1 - p0) * (t_s - t0) / (t1 - t0)


def _day(
    source: Source,
    key: tuple[str, str, str, str],
    parts: Sequence[tuple[Series, Metric, list[_Piece]]],
    lost: Sequence[ChannelState],
    flags: tuple[Note, ...],
) -> Imported:
    host, project, exporter, day = key
    pieces = [piece for _, _, some in parts for piece in some]
    outline = Outline(
        INFO,
        source,
        key="\x1f".join(key),
        name=" ".join(part for part in (host or "prometheus", project, exporter, day) if part),
        start=min(piece.start for piece in pieces),
        end=max(piece.end for piece in pieces),
        subject=Subject(project=project),
        labels={"prometheus.host": host} if host else {},
    )
    activities: list[Activity] = []
    counts: dict[str, float] = {}
    for one, metric, some in parts:
        if metric.kind == "count":
            counts[metric.component] = counts.get(metric.component, 0.0) + sum(piece.amount for piece in some)
        else:
            activities += _activities(outline, one, metric, some)
    run = outline.run(_sums(activities), lost=lost, counts={name: round(count) for name, count in counts.items()})
    return Imported(run=run, activities=tuple(activities), flags=flags)


def _activities(outline: Outline, one: Series, metric: Metric, pieces: Sequence[_Piece]) -> list[Activity]:
    found = []
    name = one.labels.get("__name__") or "series"
    device = _device(one)
    series = content_id(INFO.name, "series", one.key)
    outline = replace(outline, common=outline.common | {_SERIES: series})
    for piece in pieces:
        if piece.amount <= 0:
            continue
        here = replace(outline, start=piece.start, end=piece.end)
        how = "growth of the counter" if metric.kind == "counter" else "power samples, integrated"
        if piece.method is EvidenceMethod.MODELLED:
            how = "mean of the power on either side of a gap"
        found.append(
            here.activity(
                ELECTRICITY,
                piece.amount,
                piece.method,
                f"{name}: {how}",
                uncertainty=piece.doubt,
                cause=f"prometheus:{metric.source}:{metric.component}:{metric.kind}",
                component=metric.component,
                device=device,
                part=f"{one.key} {piece.start:%Y-%m-%dT%H} {piece.method}",
            )
        )
    model = one.labels.get("modelName", "")
    if metric.source == "dcgm" and model and found:
        for piece in _apart(pieces):
            here = replace(outline, start=piece.start, end=piece.end)
            hour = f"{piece.start:%Y-%m-%dT%H}"
            found += [
                replace(held, id=content_id(INFO.name, outline.key, held.flow, device, series, hour))
                for held in here.accelerators(model, 1, device=device)
            ]
    return found


def _apart(pieces: Sequence[_Piece]) -> list[_Piece]:
    """One piece for each hour: what was seen and what was bridged in the same hour last it only once."""
    return list({piece.start: piece for piece in pieces}.values())


def _device(one: Series) -> str:
    return "/".join(clean(one.labels[name]) for name in _DEVICES if one.labels.get(name))[:120]


def _unread(one: Series, metric: Metric, detail: str) -> ChannelState:
    return unread(INFO, metric.component, detail, _device(one))


def _sums(activities: Sequence[Activity]) -> list[Activity]:
    """One activity for each channel, summed over the hours."""
    sums: dict[tuple[str, Location, str, str], Activity] = {}
    for activity in activities:
        key = (activity.flow, activity.location, activity.component, str(activity.evidence.method))
        sums[key] = replace(sums[key], amount=sums[key].amount + activity.amount) if key in sums else activity
    return list(sums.values())
