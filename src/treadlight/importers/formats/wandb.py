"""Weights & Biases runs: system metrics as CSV, JSON or JSON lines, an exported run, or a run's folder."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from treadlight.core.activity import STAGES, Subject
from treadlight.core.errors import InputError
from treadlight.importers.frame import Imported, ImporterInfo, Note, Option, Options, moment, number, rejection
from treadlight.importers.logged import ERROR, gpu_energy, power_of, refuse_without_power
from treadlight.importers.runs import Outline
from treadlight.importers.source import Source
from treadlight.ledger.records import RunStatus

__all__ = ["INFO", "read"]

_SAMPLES = "wandb.samples"
"""Label: the first samples of a run that does not name itself, by which it is known again under another name."""

INFO = ImporterInfo(
    name="wandb",
    title="Weights & Biases",
    reads="run.history(stream='events') as CSV, JSON or JSON lines, wandb-events.jsonl, a table exported from a chart "
    "of the web page, an exported run with its events, or the folder of a run.",
    accepts="Keys system.gpu.0.powerWatts, system/gpu.0.powerWatts and gpu.0.powerWatts, and those of processors where "
    "W&B logs them (Apple). The per-process copies of the same GPUs are passed over.",
    gives="A run with the electricity of its GPUs: metered where samples follow each other, modelled across gaps of up "
    "to an hour. Memory, and processors without a sensor that W&B reads, are unknown.",
    error=ERROR,
    charge_label=_SAMPLES,
    options=(
        Option("run", "id of the run, where the file does not name it"),
        Option("name", "name of the run, where the file does not name it"),
        Option("gpu", "model of the GPUs, where the file does not name it"),
        Option("start", "when the run began, where the file holds relative times only"),
    ),
)

_POWER = re.compile(r"(?:(?P<run>.+) - )?(?:system[./])?(?:gpu\.(?P<gpu>\d+)|(?P<cpu>cpu))\.powerWatts")
_ANY_GPU = re.compile(r"(?:.+ - )?(?:system[./])?gpu\.(\d+)\.\w+")
_RELATIVE = ("_runtime", "Relative Time (Process)", "Relative Time (Wall)")
_MARKS = 2  # samples of each device: two runs may idle at the same power at first, and not twice at the same times
_STATUS = {"failed": RunStatus.FAILED, "crashed": RunStatus.INTERRUPTED, "killed": RunStatus.INTERRUPTED,
           "running": RunStatus.INTERRUPTED}  # fmt: skip


@dataclass(slots=True)
class _Run:
    """A run of W&B as its samples come in.

    Parameters
    ----------
    marks
        The first samples of each device, with their times as they are written.
    """

    facts: Mapping[str, Any] = field(default_factory=dict)
    samples: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    gpus: set[str] = field(default_factory=set)
    first: str = ""
    marks: dict[str, list[str]] = field(default_factory=dict)
    flags: list[Note] = field(default_factory=list)


def read(source: Source, options: Options) -> Iterator[Imported]:
    """Runs of a file or of a folder."""
    for facts, rows in _parts(source):
        runs: dict[str, _Run] = {}
        refused = 0
        for where, row in rows:
            try:
                if isinstance(row, InputError):
                    raise row
                _take(runs, facts, row, options, where)
            except InputError as error:
                refused += 1
                yield rejection(where, error)
        runs = {name: run for name, run in runs.items() if run.samples or not refused}
        if not runs and not refused:
            yield rejection("", InputError("logs no system metrics of a GPU", field="run", value=facts.get("id")))
        for name, run in runs.items():
            try:
                yield _imported(source, options, name, run)
            except InputError as error:
                yield rejection(name, error)


Rows = Iterable[tuple[str, Any]]


def _parts(source: Source) -> Iterator[tuple[Mapping[str, Any], Rows]]:
    """Facts and rows of each run that lies in the source."""
    if source.is_folder:
        yield from _folder(source)
        return
    first = next((line.lstrip()[:1] for _, line in source.lines() if line and line.strip()), "")
    if first not in ("{", "["):
        yield {}, source.rows()
        return
    loose: list[tuple[str, Any]] = []
    for where, value in source.json_values():
        if isinstance(value, dict) and (events := _events(value)) is not None:
            yield value, [(f"{where} event {i}".strip(), event) for i, event in enumerate(events, 1)]
        else:
            loose.append((where, value))
    if loose:
        yield {}, loose


def _events(value: Mapping[str, Any]) -> list[Any] | None:
    """The system metrics within an exported run."""
    for name in ("events", "system_metrics", "systemMetrics", "system", "history"):
        if isinstance(value.get(name), list):
            return list(value[name])
    return None


def _folder(source: Source) -> Iterator[tuple[Mapping[str, Any], Rows]]:
    none = True
    for events in source.files("**/wandb-events.jsonl"):
        none = False
        facts: dict[str, Any] = {}
        folder = Source(events.path.parent)
        for metadata in folder.files("wandb-metadata.json"):
            read_ = metadata.json()
            facts |= {"metadata": read_} if isinstance(read_, dict) else {}
        name = next(
            (part for part in reversed(events.path.parts) if re.match(r"(offline-)?run-\d{8}_\d{6}-", part)), ""
        )
        facts |= {"id": name.rpartition("-")[2]} if name else {}
        yield facts, events.json_values()
    if none:
        raise source.error(
            "holds no wandb-events.jsonl", "write run.history(stream='events') to a file: newer versions keep none"
        )


def _take(runs: dict[str, _Run], facts: Mapping[str, Any], row: Any, options: Options, where: str) -> None:
    """Add the power samples of a row to the runs they belong to."""
    if not isinstance(row, dict):
        raise InputError("is no row of metrics", field="row", value=str(row)[:40])
    t_s: float | None = None
    for key, value in row.items():
        power, any_gpu = _POWER.fullmatch(key), _ANY_GPU.fullmatch(key)
        if power is None and any_gpu is None:
            continue
        run = runs.setdefault((power.group("run") or "") if power else key.rpartition(" - ")[0], _Run(facts))
        if any_gpu:
            run.gpus.add(any_gpu.group(1))
        if power is None or value in ("", None):
            continue
        t_s = _time_s(row, facts, options) if t_s is None else t_s
        try:
            power_w = power_of(value)
        except InputError as error:
            run.flags.append(Note(where, f"a sample of power {error.what}: left out", f"{key}: {value}"))
            continue
        if power_w is not None:
            device = f"gpu{power.group('gpu')}" if power.group("gpu") else "cpu"
            run.first = run.first or f"{key}={value}@{t_s}"
            run.samples.setdefault(device, []).append((t_s, power_w))
            marks = run.marks.setdefault(device, [])
            if len(marks) < _MARKS:
                marks.append(f"{power_w:.6g}@{_written_s(row):.6f}")


def _time_s(row: Mapping[str, Any], facts: Mapping[str, Any], options: Options) -> float:
    """When a row was logged [s since 1970].

    Raises
    ------
    InputError
        If it has only a relative time and nothing says when the run began.
    """
    if row.get("_timestamp") not in ("", None):
        return moment(row["_timestamp"], "_timestamp").timestamp()
    relative_s = next((found for name in _RELATIVE if (found := number(row.get(name), name)) is not None), None)
    if relative_s is None:
        raise InputError("is missing", field="_timestamp")
    start = _created(facts) or (moment(options.text("start"), "start") if options.text("start") else None)
    if start is None:
        raise InputError(
            "is relative, and nothing says to what: give --set start=…", field="_runtime", value=relative_s
        )
    return start.timestamp() + relative_s


def _written_s(row: Mapping[str, Any]) -> float:
    """Time of a row as it is written there, absolute or relative, whatever the person says of its beginning [s]."""
    if row.get("_timestamp") not in ("", None):
        return moment(row["_timestamp"], "_timestamp").timestamp()
    return next((found for name in _RELATIVE if (found := number(row.get(name), name)) is not None), 0.0)


def _samples_id(name: str, run: _Run) -> str:
    """What a run without an id of its own is known by, whatever options it is imported with: its first samples."""
    parts = (mark for device, marks in sorted(run.marks.items()) for mark in (device, *marks))
    return blake2b("\x1f".join((name, *parts)).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def _created(facts: Mapping[str, Any]) -> datetime | None:
    """When the run began, by its own word."""
    metadata = facts.get("metadata")
    stated = facts.get("createdAt") or facts.get("created_at")
    stated = stated or (metadata.get("startedAt") if isinstance(metadata, dict) else None)
    return moment(stated, "created_at") if stated else None


def _imported(source: Source, options: Options, name: str, run: _Run) -> Imported:
    refuse_without_power(run.samples, len(run.gpus))
    facts, metadata = run.facts, run.facts.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    key = str(facts.get("id") or options.text("run") or "")
    times_s = [t_s for points in run.samples.values() for t_s, _ in points]
    start = _created(facts)
    if not times_s and start is None:
        raise InputError("logs no power of a GPU", field="run", remedy="turn its system metrics on")
    first_s = min(times_s) if times_s else 0.0
    start = datetime.fromtimestamp(first_s, UTC) if start is None or start.timestamp() > first_s > 0 else start
    end = datetime.fromtimestamp(max(times_s), UTC) if times_s else start
    gpu = str(metadata.get("gpu") or options.text("gpu"))
    kept = {"wandb.run": key, "wandb.entity": facts.get("entity"), "wandb.group": facts.get("group")}
    known_by = {_SAMPLES: _samples_id(name, run)} if run.marks and not facts.get("id") else {}
    stage = str(facts.get("job_type") or facts.get("jobType") or "")
    outline = Outline(
        INFO,
        source,
        f"{key}\x1f{name}" if key else f"{name}\x1f{run.first}",
        str(facts.get("name") or name or options.text("name") or key or "wandb"),
        start,
        end,
        Subject(project=str(facts.get("project") or "")),
        stage=stage if stage in STAGES else "",
        labels={k: str(v) for k, v in kept.items() if v},
        common=known_by,
    )
    count = int(number(metadata.get("gpu_count"), "gpu_count", most=1e4) or len(run.gpus))
    logged = gpu_energy(outline, run.samples, gpu, max(count, len(run.gpus)), name)
    record = outline.run(
        [a for a in logged.activities if a.flow.startswith("electricity.")],
        lost=logged.lost,
        gaps=logged.gaps,
        status=_STATUS.get(str(facts.get("state", "")).lower(), RunStatus.FINISHED),
        counts=_counts(facts),
        host={"gpu": gpu} if gpu else {},
    )
    flags = (*run.flags, *logged.flags)
    return Imported(record, tuple(logged.activities), flags, restated=frozenset(known_by.items()))


def _counts(facts: Mapping[str, Any]) -> dict[str, float]:
    """Tokens and samples that the run's summary counts."""
    summary = facts.get("summary") or facts.get("summaryMetrics")
    counts: dict[str, float] = {}
    for name, value in summary.items() if isinstance(summary, dict) else ():
        unit = {
            "tokens": "tokens",
            "total_tokens": "tokens",
            "num_input_tokens_seen": "tokens",
            "samples": "samples",
        }.get(str(name).rpartition("/")[2])
        if unit and isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
            counts[unit] = float(value)
    return counts
