"""MLflow runs: the answer of ``runs/get``, an export with histories, or a folder ``mlruns``."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from treadlight.core.activity import STAGES, Subject
from treadlight.core.errors import InputError
from treadlight.importers.frame import Imported, ImporterInfo, Note, Option, Options, moment, rejection
from treadlight.importers.logged import ERROR, gpu_energy, power_of, refuse_without_power
from treadlight.importers.runs import Outline
from treadlight.importers.source import Source
from treadlight.ledger.records import RunStatus

__all__ = ["INFO", "read"]

INFO = ImporterInfo(
    name="mlflow",
    title="MLflow",
    reads="a run as JSON, several as a list or JSON lines, or the folder mlruns of a file store.",
    accepts="Answers of runs/get and runs/search (lists of key and value), exports with objects or histories of "
    "metrics, and metrics/get-history beside; system metrics of NVIDIA and AMD GPUs.",
    gives="A run with the electricity of its GPUs: metered where samples follow each other, modelled across gaps of up "
    "to an hour and from a single sample. Processors and memory are unknown: MLflow logs no power of them. Metrics "
    "that count tokens or samples become counts.",
    error=ERROR,
    options=(Option("gpu", "model of the GPUs, such as NVIDIA A100-SXM4-80GB, where no tag or parameter names it"),),
)

_POWER = re.compile(r"(?:system/)?(?:node_(\w+)/)?gpu_(\d+)_power_usage_watts")
_GPU = re.compile(r"(?:system/)?(?:node_(\w+)/)?gpu_(\d+)_[a-z_]+")
_STATUS = {
    "FAILED": RunStatus.FAILED, "4": RunStatus.FAILED, "KILLED": RunStatus.INTERRUPTED, "5": RunStatus.INTERRUPTED,
    "RUNNING": RunStatus.INTERRUPTED, "1": RunStatus.INTERRUPTED, "SCHEDULED": RunStatus.INTERRUPTED,
}  # fmt: skip
_NAMED_GPU = ("gpu", "gpu_name", "gpu_model", "sys.gpu", "device_name")
_COUNTS = {"tokens": "tokens", "num_tokens": "tokens", "total_tokens": "tokens", "num_input_tokens_seen": "tokens",
           "samples": "samples", "num_samples": "samples"}  # fmt: skip
Point = tuple[float, Any]


class _Run:
    """A run of MLflow, whatever form it came in: facts, and metrics as lists of (time [ms], value)."""

    def __init__(self, info: Mapping[str, Any], metrics: Mapping[str, list[Point]], params: Any, tags: Any) -> None:
        self.info, self.metrics = info, metrics
        self.params, self.tags = _texts(params), _texts(tags)


def read(source: Source, options: Options) -> Iterator[Imported]:
    """Runs of a file or of a folder."""
    found = _folder_runs(source) if source.is_folder else _json_runs(source)
    for where, run in found:
        try:
            if isinstance(run, InputError):
                raise run
            yield _imported(source, options, where, run)
        except InputError as error:
            yield rejection(where, error)


def _imported(source: Source, options: Options, where: str, run: _Run) -> Imported:
    key = str(run.info.get("run_id") or run.info.get("run_uuid") or "")
    if not key:
        raise InputError("has no run_id", field="run")
    if run.info.get("lifecycle_stage") == "deleted":
        raise InputError("was deleted in MLflow", field="run", value=key)
    samples, flags = _samples(run.metrics, where)
    count = len({m.groups() for name in run.metrics if (m := _GPU.fullmatch(name))})
    refuse_without_power(samples, count)
    start, end, doubts = _span(run, samples, where)
    gpu = next((v for name in _NAMED_GPU if (v := run.tags.get(name) or run.params.get(name))), options.text("gpu"))
    stage = run.tags.get("stage", "")
    outline = Outline(
        INFO,
        source,
        key,
        str(run.info.get("run_name") or run.tags.get("mlflow.runName") or key[:8]),
        start,
        end,
        Subject(project=run.tags.get("project", ""), team=run.tags.get("team", "")),
        stage=stage if stage in STAGES else "",
        labels=_labels(run),
    )
    logged = gpu_energy(outline, samples, gpu, count, where)
    status = _STATUS.get(str(run.info.get("status", "")).upper(), RunStatus.FINISHED)
    record = outline.run(
        [a for a in logged.activities if a.flow.startswith("electricity.")],
        lost=logged.lost,
        gaps=logged.gaps,
        status=status,
        counts=_counts(run.metrics),
        host={"gpu": gpu} if gpu else {},
    )
    return Imported(record, tuple(logged.activities), (*flags, *doubts, *logged.flags))


def _samples(metrics: Mapping[str, list[Point]], where: str) -> tuple[dict[str, list[tuple[float, float]]], list[Note]]:
    """Time [s] and power [W] by device; samples that are no power are left out and counted."""
    samples: dict[str, list[tuple[float, float]]] = {}
    flags = []
    for name, points in metrics.items():
        match = _POWER.fullmatch(name)
        for t_ms, value in points if match else ():
            try:
                power_w = power_of(value)
            except InputError as error:
                flags.append(Note(where, f"a sample of power {error.what}: left out", f"{name}: {value}"))
                continue
            if match and power_w is not None:
                samples.setdefault(_device(*match.groups()), []).append((float(t_ms) / 1000, power_w))
    return samples, flags


def _device(node: str | None, gpu: str) -> str:
    """Name of a GPU; with that of its node, where a run of several nodes logs it."""
    return f"gpu{gpu}" if node is None else f"node{node}/gpu{gpu}"


def _span(
    run: _Run, samples: Mapping[str, list[tuple[float, float]]], where: str
) -> tuple[datetime, datetime, list[Note]]:
    times_s = [t_s for points in samples.values() for t_s, _ in points]
    stated = run.info.get("start_time"), run.info.get("end_time")
    start = moment(stated[0], "start_time") if stated[0] else None
    end = moment(stated[1], "end_time") if stated[1] and str(stated[1]) != "0" else None
    flags = []
    if start is None:
        if not times_s:
            raise InputError("is missing", field="start_time")
        start = datetime.fromtimestamp(min(times_s), UTC)
    if end is None:
        end = datetime.fromtimestamp(max(times_s), UTC) if times_s else start
        flags.append(
            Note(where, "has no end: it is taken to end with its last sample", str(run.info.get("status", "")))
        )
    if end < start:
        raise InputError("lies before start_time", field="end_time", value=stated[1])
    return start, end, flags


def _counts(metrics: Mapping[str, list[Point]]) -> dict[str, float]:
    counts: dict[str, float] = {}
    for name, points in metrics.items():
        unit = _COUNTS.get(name.rpartition("/")[2])
        values = [v for _, v in points if isinstance(v, int | float) and not isinstance(v, bool) and v >= 0]
        if unit and values:
            counts[unit] = max(counts.get(unit, 0.0), float(max(values)))
    return counts


def _labels(run: _Run) -> dict[str, str]:
    kept = {
        "mlflow.experiment_id": str(run.info.get("experiment_id", "")),
        "mlflow.user": run.tags.get("mlflow.user", ""),
        "mlflow.source": run.tags.get("mlflow.source.name", ""),
        "mlflow.run_id": str(run.info.get("run_id", "")),
    }
    return {name: value for name, value in kept.items() if value}


def _json_runs(source: Source) -> Iterator[tuple[str, "_Run | InputError"]]:
    """Runs of a file: one, a list, JSON lines, or an answer of runs/search."""
    none = True
    for where, value in source.json_values():
        for place, item in _unfolded(where, value):
            none = False
            yield place, item if isinstance(item, InputError) else _json_run(source, item)
    if none:
        raise source.error("holds no run", "give the answer of runs/get, or a folder mlruns")


def _unfolded(where: str, value: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(value, dict) and isinstance(value.get("runs"), list):
        return [(f"run {i}", item) for i, item in enumerate(value["runs"], 1)]
    return [(where or "run 1", value)]


def _json_run(source: Source, value: Any) -> "_Run | InputError":
    if not isinstance(value, dict):
        return InputError("is no run of MLflow", field="run", value=str(value)[:40])
    inner = value.get("run") or value.get("mlflow") or value
    if not isinstance(inner, dict) or not isinstance(inner.get("info"), dict):
        return InputError("has no info: is no run of MLflow", field="run", value=", ".join(map(str, value))[:60])
    data = inner.get("data") if isinstance(inner.get("data"), dict) else inner
    assert isinstance(data, dict)
    end_ms = inner["info"].get("end_time") or inner["info"].get("start_time") or 0
    metrics: dict[str, list[Point]] = {}
    for part in (data.get("metrics"), value.get("metric_history"), value.get("metrics_history")):
        for name, t_ms, number in _points(part, end_ms):
            if (t_ms, number) not in metrics.setdefault(name, [])[-1:]:
                metrics[name].append((t_ms, number))
    return _Run(inner["info"], metrics, data.get("params"), data.get("tags"))


def _points(part: Any, end_ms: Any) -> Iterator[tuple[str, float, Any]]:
    """Name, time [ms] and value of each point, of a list of points or an object of values or histories."""
    if isinstance(part, dict):
        for name, value in part.items():
            for point in value if isinstance(value, list) else [value]:
                yield from _point(str(name), point, end_ms)
    for point in part if isinstance(part, list) else ():
        if isinstance(point, dict) and "key" in point:
            yield from _point(str(point["key"]), point, end_ms)


def _point(name: str, point: Any, end_ms: Any) -> Iterator[tuple[str, float, Any]]:
    t_ms, value = (point.get("timestamp"), point.get("value")) if isinstance(point, dict) else (None, point)
    try:
        yield name, float(t_ms if t_ms is not None else end_ms), value
    except (TypeError, ValueError):
        return


def _folder_runs(source: Source) -> Iterator[tuple[str, "_Run | InputError"]]:
    """Runs of a file store: folders with a meta.yaml that names a run."""
    none = True
    for meta in source.files("**/meta.yaml"):
        facts = _facts(meta)
        if "run_id" not in facts and "run_uuid" not in facts:
            continue
        none = False
        folder = Source(meta.path.parent)
        where = meta.path.parent.relative_to(source.path).as_posix()
        yield (
            where,
            _Run(facts, _folder_metrics(folder), _folder_texts(folder, "params"), _folder_texts(folder, "tags")),
        )
    if none:
        raise source.error("holds no run of MLflow", "give the folder mlruns, or a run as JSON")


def _facts(meta: Source) -> dict[str, str]:
    """The flat ``name: value`` lines of a meta.yaml."""
    pairs = (line.partition(":") for _, line in meta.lines() if line)
    facts = {name.strip(): value.strip().strip("'\"") for name, _, value in pairs}
    return {name: value for name, value in facts.items() if value not in ("null", "")}


def _folder_metrics(folder: Source) -> dict[str, list[Point]]:
    """Files of ``time value step`` lines, whose path is the name of the metric."""
    metrics: dict[str, list[Point]] = {}
    for file in folder.files("metrics/**/*"):
        name = file.path.relative_to(folder.path / "metrics").as_posix()
        for _, line in file.lines() if file.path.stat().st_size else ():
            cells = (line or "").split()
            if len(cells) >= 2 and cells[0].isdigit():
                metrics.setdefault(name, []).append((float(cells[0]), _value(cells[1])))
    return metrics


def _value(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _folder_texts(folder: Source, part: str) -> dict[str, str]:
    root = folder.path / part
    files = folder.files(f"{part}/**/*")
    return {f.path.relative_to(root).as_posix(): f.text().strip() for f in files if f.path.stat().st_size}


def _texts(value: Any) -> dict[str, str]:
    """Parameters or tags as an object, from an object or a list of key and value."""
    if isinstance(value, list):
        value = {item["key"]: item.get("value", "") for item in value if isinstance(item, dict) and "key" in item}
    return {str(k): str(v) for k, v in value.items()} if isinstance(value, dict) else {}
