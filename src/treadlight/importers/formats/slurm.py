"""Jobs of Slurm, as `sacct` prints them: gathered energy where there is some, else the electricity of what was held.

Notes
-----
One job is one run. The job's own row counts; its steps (123.batch, 123.extern, 123.0) hold the same energy once more
and are used only where the job's row has none. ``ConsumedEnergyRaw`` of 0 or nothing means that no plug-in gathered
energy (AcctGatherEnergyType), never that none was used. The plug-in reads whole nodes: where jobs share a node, each
is given all of it, and their sum is too large."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise

from treadlight.core.activity import Activity, EvidenceMethod, Subject
from treadlight.core.distribution import Distribution, Lognormal
from treadlight.core.errors import InputError
from treadlight.core.text import clean
from treadlight.importers.frame import Imported, ImporterInfo, Note, Option, Options, moment, rejection, time_zone
from treadlight.importers.held import accelerator_draw, processor_share, vcpu_draw
from treadlight.importers.runs import ELECTRICITY, Outline, spread, unread
from treadlight.importers.slurm_json import json_rows
from treadlight.importers.slurm_text import Allocation, allocation, duration_s, energy_j
from treadlight.importers.source import MAX_LINE, Source
from treadlight.ledger.records import ChannelState, RunStatus

__all__ = ["INFO", "read"]

INFO = ImporterInfo(
    name="slurm",
    title="Slurm jobs",
    reads="sacct -P --noconvert --format=JobIDRaw,JobID,JobName,Account,Cluster,Partition,State,Start,End,ElapsedRaw,"
    "AllocTRES,ConsumedEnergyRaw, or sacct --json",
    accepts="columns in any order, with or without steps; JobID or JobIDRaw, Elapsed or ElapsedRaw, AllocTRES or "
    "AllocGRES and AllocCPUS; energies with suffix; sacct -p; sacct -n with --set columns=…; arrays and heterogeneous "
    "jobs",
    gives="one run a job: gathered energy (reported), else electricity of the GPUs and CPUs held (modelled); "
    "hours of accelerators, processors and memory (reported)",
    error="gathered energy: GSD 1.1, for what the plug-in leaves out; modelled: 0.2 to 1.0 of board power and 0.74 to "
    "3.5 W per CPU for nine of ten",
    elsewhere=True,
    options=(
        Option(
            "timezone", "time zone of the cluster's clock, which sacct prints; without it UTC is taken, and flagged"
        ),
        Option("columns", "names of the columns, as given to --format, where sacct -n printed no header"),
        Option("gpu", "GPUs of the cluster where sacct gives no type, or a better name, such as A100-SXM4-80GB"),
        Option("model", "no: leave energy unknown where none was gathered", "yes"),
    ),
)

_ENDED = (
    *("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "OUT_OF_MEMORY", "NODE_FAIL", "PREEMPTED", "REQUEUED"),
    *("BOOT_FAIL", "DEADLINE", "REVOKED", ""),
)
_GOING = ("RUNNING", "SUSPENDED", "COMPLETING", "CONFIGURING", "RESIZING", "STOPPED", "SIGNALING", "STAGE_OUT")
_NAMES = ("slurm.jobid", "slurm.jobidraw")
_J_PER_KWH = 3.6e6
_GATHERED = Lognormal(1.0, 1.1)

Row = Mapping[str, str]


@dataclass(slots=True)
class _Job:
    """A job's own row, if it is there, and its steps."""

    where: str
    ident: str
    row: Row | None = None
    steps: dict[str, Row] = field(default_factory=dict)

    @property
    def facts(self) -> Row:
        """The row that says most."""
        return self.row if self.row is not None else next(iter(self.steps.values()))

    def text(self, *columns: str) -> str:
        """The first of these columns that says something."""
        return next((value for name in columns if (value := self.facts.get(name, "").strip())), "")


def read(source: Source, options: Options) -> Iterator[Imported]:
    """One run for each job that has ended."""
    zone = time_zone(options.text("timezone"))
    passed: dict[str, int] = {}
    stated = False
    for job in _jobs(source, options):
        if isinstance(job, Imported):
            yield job
            continue
        try:
            reason = _passed_over(job)
            if reason:
                passed[reason] = passed.get(reason, 0) + 1
            else:
                stated = stated or not job.text("Start").replace(".", "").isdecimal()
                yield _imported(source, job, zone, options)
        except InputError as error:
            yield rejection(f"job {job.ident}", error)
    notes = [Note("", reason, f"{count} jobs") for reason, count in passed.items()]
    if stated and not options.text("timezone"):
        notes.append(Note("", "times have no zone: taken as UTC; give the cluster's with --set timezone=Europe/Paris"))
    if notes:
        yield Imported(flags=tuple(notes))


def _passed_over(job: _Job) -> str:
    """Why a job is no run yet, or never will be; empty where it is one."""
    state = job.text("State").split(" ")[0].rstrip("+").upper()
    if state in _GOING:
        return "still running, left out: import again when they have ended"
    start = job.text("Start").lower()
    if state == "PENDING" or start in ("", "unknown", "none"):
        return "never started, left out"
    if state not in _ENDED:
        raise InputError("unknown state", field="State", value=state)
    return ""


def _jobs(source: Source, options: Options) -> Iterator[_Job | Imported]:
    """Jobs in the order of the file; a job that was requeued has a row for each time it ran."""
    current: _Job | None = None
    for where, row in _rows(source, options):
        if isinstance(row, InputError):
            yield rejection(where, row)
            continue
        name = row.get("JobIDRaw") or row.get("JobID") or ""
        ident, _, step = name.strip().partition(".")
        if not ident:
            yield rejection(where, InputError("is missing", field="JobID"))
        elif step and current is not None and current.ident == ident:
            current.steps[step] = row
        else:
            if current is not None:
                yield current
            current = _Job(where, ident)
            if step:
                current.steps[step] = row
            else:
                current.row = row
    if current is not None:
        yield current


def _rows(source: Source, options: Options) -> Iterator[tuple[str, Row | InputError]]:
    """Rows of pipe-separated text, or of JSON.

    Slurm quotes nothing, so a bar within a name makes a row that cannot be read.
    """
    first = next((line for _, line in source.lines() if line and line.strip()), "")
    if first.lstrip().startswith("{"):
        yield from json_rows(source.json())
        return
    header = [name.partition("%")[0].strip() for name in options.text("columns").split(",") if name.strip()]
    if header:
        header = [*header, ""] if first.rstrip().endswith("|") else header
        _check_header(source, header)
    for number, line in source.lines():
        if line is None:
            yield f"line {number}", InputError(f"is longer than {MAX_LINE >> 20} Mi characters", field="row")
            continue
        if not line.strip():
            continue
        cells = line.rstrip("\n").split("|")
        if not header:
            header = [clean(cell).strip() for cell in cells]
            _check_header(source, header)
        elif len(cells) != len(header):
            more = "more" if len(cells) > len(header) else "fewer"
            yield f"line {number}", InputError(f"has {more} cells than the header", field="row", value=len(cells))
        else:
            yield f"line {number}", dict(zip(header, (cell.strip() for cell in cells), strict=True))


def _check_header(source: Source, header: Sequence[str]) -> None:
    missing = [" or ".join(pair) for pair in _NEEDED if not set(pair) & set(header)]
    if missing:
        what = f"lacks the columns {', '.join(missing)}"
        raise source.error(what, f"print it with: {INFO.reads}; if sacct -n printed it, add --set columns=…")


_NEEDED = (("JobID", "JobIDRaw"), ("Start",), ("Elapsed", "ElapsedRaw", "End"))


def _imported(source: Source, job: _Job, zone: tzinfo, options: Options) -> Imported:
    start = moment(job.text("Start"), "Start", zone)
    end = start + timedelta(seconds=_elapsed_s(job, start, zone))
    given = _allocation(job)
    outline = _outline(source, job, start, end)
    joules, flags = _energy(job, given)
    activities = _held(outline, given, options)
    if not job.text("JobIDRaw") and not job.ident.isdecimal():
        what = "part of an array or a set, named by JobID alone: JobIDRaw alone would count it again; print both"
        flags = [*flags, Note(f"job {job.ident}", what)]
    lost: list[ChannelState] = []
    if joules is not None:
        activities.append(_gathered(outline, joules))
    elif options.text("model").lower() == "no" or (modelled := _modelled(outline, given, options)) is None:
        lost.append(unread(INFO, "node", "no energy was gathered: ConsumedEnergyRaw is 0; set AcctGatherEnergyType"))
    else:
        activities.append(modelled)
        flags.append(Note(f"job {job.ident}", "no energy was gathered: modelled from what the job held"))
    host = {"nodes": f"{given.nodes:g}"} if given.nodes else {}
    run = outline.run(activities, lost=lost, status=_status(job), host=host)
    names = frozenset((name, value) for name, value in outline.common.items() if name in _NAMES)
    return Imported(run=run, activities=tuple(activities), flags=tuple(flags), restated=names)


def _elapsed_s(job: _Job, start: datetime, zone: tzinfo) -> float:
    """How long the job ran [s]; by its own count, which knows no clock changes, or else by its end."""
    elapsed = duration_s(job.text("ElapsedRaw", "Elapsed"), "Elapsed")
    if elapsed is not None:
        return elapsed
    if job.text("End").lower() in ("", "unknown", "none"):
        raise InputError("is not known, nor is Elapsed", field="End", value=job.text("End"))
    seconds = (moment(job.text("End"), "End", zone) - start).total_seconds()
    if seconds < 0:
        raise InputError("lies before Start", field="End", value=job.text("End"))
    return seconds


def _allocation(job: _Job) -> Allocation:
    found = allocation(job.text("AllocTRES", "ReqTRES"), job.text("AllocGRES", "ReqGRES"))
    if found.cpus is not None or not job.text("AllocCPUS", "NCPUS").isdecimal():
        return found
    cpus = float(job.text("AllocCPUS", "NCPUS"))
    return Allocation(cpus, found.nodes, found.memory_gb, found.gpus, found.energy_j)


def _outline(source: Source, job: _Job, start: datetime, end: datetime) -> Outline:
    cluster = job.text("Cluster")
    labels = {"slurm.cluster": cluster, "slurm.partition": job.text("Partition")}
    labels["slurm.job"] = job.text("JobID", "JobIDRaw")
    return Outline(
        INFO,
        source,
        key="\x1f".join((cluster, job.ident, job.text("Start"))),
        name=clean(job.text("JobName")) or f"job {job.ident}",
        start=start,
        end=end,
        subject=Subject(project=clean(job.text("Account"))),
        labels={name: clean(value) for name, value in labels.items() if value},
        common=_names(job, start),
    )


def _names(job: _Job, start: datetime) -> dict[str, str]:
    """Names of one run of a job, by either number: what another export says under one of them is the same job."""
    stated = (job.text("JobID"), job.text("JobIDRaw") or (job.ident if job.ident.isdecimal() else ""))
    where = f"@{start:%Y-%m-%dT%H:%M:%SZ} {job.text('Cluster')}".strip()
    named = (clean(text).partition(".")[0] for text in stated)
    return {label: f"{name} {where}" for label, name in zip(_NAMES, named, strict=True) if name}


def _status(job: _Job) -> RunStatus:
    state = job.text("State").split(" ")[0].rstrip("+").upper()
    if state in ("COMPLETED", ""):
        return RunStatus.FINISHED
    return RunStatus.INTERRUPTED if state in ("REQUEUED", "PREEMPTED", "REVOKED") else RunStatus.FAILED


def _energy(job: _Job, given: Allocation) -> tuple[float | None, list[Note]]:
    """Energy that was gathered [J]: the job's own, or else that of its steps, which is never added to it."""
    own = _row_energy_j(job.row) if job.row is not None else None
    if own is None:
        own = given.energy_j
    if own is not None:
        return own, []
    steps = {name: joules for name, row in job.steps.items() if (joules := _row_energy_j(row)) is not None}
    if not steps:
        return None, []
    note = Note(f"job {job.ident}", "the job's own row has no energy: taken from its steps")
    return _of_steps(job, steps), [note]


def _row_energy_j(row: Row) -> float | None:
    raw = energy_j(row.get("ConsumedEnergyRaw", ""), "ConsumedEnergyRaw")
    return raw if raw is not None else energy_j(row.get("ConsumedEnergy", ""), "ConsumedEnergy")


def _of_steps(job: _Job, steps: Mapping[str, float]) -> float:
    """Energy of a job by its steps [J].

    ``extern`` and ``batch`` last as long as the job. Steps that follow each other add up; those at the same time hold
    the same nodes' energy, of which the largest is taken.
    """
    whole = max((steps.get(name, 0.0) for name in ("extern", "batch")), default=0.0)
    numbered = sorted((job.steps[name].get("Start", ""), job.steps[name].get("End", ""), name) for name in steps)
    parts = [(start, end, steps[name]) for start, end, name in numbered if name not in ("extern", "batch")]
    overlap = any(later[0] < earlier[1] for earlier, later in pairwise(parts))
    values = [joules for _, _, joules in parts]
    return max(whole, max(values, default=0.0) if overlap else sum(values))


def _gathered(outline: Outline, joules: float) -> Activity:
    basis = "ConsumedEnergyRaw of the job: its nodes, by the cluster's energy plug-in"
    kwh = joules / _J_PER_KWH
    return _electricity(outline, kwh, EvidenceMethod.REPORTED, basis, _GATHERED, "slurm:energy")


def _held(outline: Outline, given: Allocation, options: Options) -> list[Activity]:
    """Hours of the hardware that the job held, for its making."""
    found: list[Activity] = []
    for kind, count in given.gpus.items():
        found += outline.accelerators(_gpu_name(kind, options), count, device=kind)
    if given.cpus and outline.hours > 0:
        flow, amount, doubt = processor_share(given.cpus * outline.hours)
        basis = f"{given.cpus:g} CPUs, as a share of a median server processor"
        found.append(
            outline.activity(
                flow, amount, EvidenceMethod.MODELLED, basis, uncertainty=doubt, cause="held:vcpu:making",
                component="cpu", part="hardware",
            )
        )  # fmt: skip
    return found + outline.memory(given.memory_gb)


def _modelled(outline: Outline, given: Allocation, options: Options) -> Activity | None:
    """Electricity of GPUs and CPUs while held; None where the job held none, or none whose power is known.

    One activity with the id of the gathered energy, so that energy which comes to be known replaces it. Its interval
    adds up the ends of the parts: whoever lets GPUs wait lets CPUs wait.
    """
    named = [(count, accelerator_draw(_gpu_name(kind, options))) for kind, count in given.gpus.items()]
    parts = [(count, draw) for count, draw in (*named, (given.cpus or 0.0, vcpu_draw())) if draw and count]
    if not parts or outline.hours <= 0:
        return None
    low, high = (
        sum(draw.kwh(count * outline.hours) * draw.uncertainty.quantile(at) for count, draw in parts)
        for at in (0.05, 0.95)
    )
    largest = max(parts, key=lambda part: part[0] * part[1].power_w)[1]
    basis = "; ".join(f"{count:g} held: {draw.basis}" for count, draw in parts)
    doubt = spread(low / math.sqrt(low * high), high / math.sqrt(low * high))
    return _electricity(outline, math.sqrt(low * high), EvidenceMethod.MODELLED, basis, doubt, largest.cause)


def _electricity(
    outline: Outline, kwh: float, method: EvidenceMethod, basis: str, doubt: Distribution, cause: str
) -> Activity:
    return outline.activity(
        ELECTRICITY, kwh, method, basis, uncertainty=doubt, cause=cause, component="node", part="energy"
    )


def _gpu_name(kind: str, options: Options) -> str:
    """What the cluster's word for its GPUs means: the option's word goes before it."""
    return options.text("gpu") or kind.replace("_", " ")
