"""OpenTelemetry in OTLP JSON: tokens of GenAI spans and metrics become counts, energy of hardware becomes electricity.

Notes
-----
Tokens tell no energy: a run of requests has counts, and its electricity is unknown until it is estimated. Where spans
and metrics tell of the same service and model, the spans count. A host's total goes before its parts, energy before
power."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from treadlight.core.activity import Activity, EvidenceMethod, Subject
from treadlight.core.errors import InputError
from treadlight.importers.frame import Imported, ImporterInfo, Note, Options, rejection
from treadlight.importers.otlp import OURS, Point, Span, points_of, spans_of
from treadlight.importers.otlp_energy import Amount, energies, is_energy_metric
from treadlight.importers.otlp_tokens import Usage, is_token_metric, usages_of_points, usages_of_spans
from treadlight.importers.runs import ELECTRICITY, Outline, spread, unread
from treadlight.importers.source import Source

__all__ = ["INFO", "read"]

INFO = ImporterInfo(
    name="opentelemetry",
    title="OpenTelemetry",
    reads="OTLP JSON (resourceSpans, resourceMetrics), one document, or one a line as the collector writes",
    accepts="GenAI attributes old (prompt_tokens, gen_ai.system) and new (input_tokens, gen_ai.provider.name), the "
    "histogram gen_ai.client.token.usage and the newer counters, delta and cumulative; hw.energy, hw.power, "
    "hw.host.energy, hw.host.power",
    gives="requests and tokens as counts of a run for each service, model and day; electricity of hosts (metered; "
    "power integrated: modelled); hours of GPUs with hw.model",
    error="energy -10/+10 %, integrated power -15/+15 %, judged: the conventions state none",
    elsewhere=True,
    partial=True,
)

_ENERGY_ERROR, _POWER_ERROR = (0.9, 1.1), (0.85, 1.15)


def read(source: Source, options: Options) -> Iterator[Imported]:
    """Runs of requests and of hosts."""
    spans, points, rejected = _collected(source)
    yield Imported(rejected=tuple(rejected))
    tokens = [point for point in points if is_token_metric(point.metric)]
    hardware = [point for point in points if is_energy_metric(point.metric)]
    usages, refused, again = usages_of_spans(spans)
    for where, _, error in refused:
        yield rejection(where, error)
    if again:
        yield Imported(
            flags=(Note("", "spans that repeat the tokens of spans below them, left out", f"{again} spans"),)
        )
    yield from _requests(source, usages, tokens)
    amounts, held = energies(hardware)
    flags = [Note(host, "left out: held by another series", metric) for host, metric in dict.fromkeys(held)]
    yield Imported(flags=tuple(flags))
    yield from _hosts(source, amounts)
    if not (usages or tokens or hardware or refused or rejected):
        raise source.error("holds no GenAI span, no token metric and no energy", "give OTLP JSON with some of them")


def _collected(source: Source) -> tuple[list[Span], list[Point], list[Note]]:
    """Spans and points of all documents of a file; what treadlight itself exported is left out."""
    spans: list[Span] = []
    points: list[Point] = []
    rejected: list[Note] = []
    for where, document in source.json_values():
        try:
            if isinstance(document, InputError):
                raise document
            new_spans, new_points = list(spans_of(document)), list(points_of(document))
        except InputError as error:
            rejected += rejection(where, error).rejected
            continue
        spans += new_spans
        ours = [point for point in new_points if point.scope == OURS]
        points += [point for point in new_points if point.scope != OURS]
        if ours:
            rejected.append(
                Note(where, "treadlight's own export: import its JSON lines instead", f"{len(ours)} points")
            )
    return spans, points, rejected


def _requests(source: Source, usages: Sequence[Usage], points: Sequence[Point]) -> Iterator[Imported]:
    """Runs of requests: by spans, and by metrics of services and models without spans."""
    seen = {(usage.service, usage.model) for usage in usages}
    by_metrics = usages_of_points(points)
    twice = [usage for usage in by_metrics if (usage.service, usage.model) in seen]
    if twice:
        names = ", ".join(dict.fromkeys(usage.model or "a model without a name" for usage in twice))
        yield Imported(flags=(Note("", "metrics of requests whose spans are here too, left out", names),))
    for usage in (*usages, *(usage for usage in by_metrics if usage not in twice)):
        yield _request_run(source, usage)


def _request_run(source: Source, usage: Usage) -> Imported:
    model = usage.model or "a model without a name"
    outline = Outline(
        INFO,
        source,
        key="\x1f".join((usage.service, usage.provider, usage.model, usage.key)),
        name=" ".join(part for part in (usage.service, model, f"{_moment(usage.start_s):%Y-%m-%d}") if part),
        start=_moment(usage.start_s),
        end=_moment(usage.end_s),
        subject=Subject(system=usage.service),
        stage="inference",
        labels={
            name: value for name, value in (("gen_ai.model", usage.model), ("gen_ai.provider", usage.provider)) if value
        },
    )
    lost = unread(INFO, "inference", f"only tokens are known; {_remedy(usage)}", model)
    return Imported(run=outline.run((), lost=(lost,), counts=usage.counts))


def _remedy(usage: Usage) -> str:
    """The command that estimates what the requests took, with their mean tokens."""
    command = "treadlight estimate inference"
    command += f" --model {usage.model}" if usage.model else ""
    requests = usage.counts.get("requests", 0.0)
    if requests:
        for option, count in (("--tokens-in", "tokens_in"), ("--tokens-out", "tokens_out")):
            command += f" {option} {usage.counts[count] / requests:.0f}" if count in usage.counts else ""
        command += f" --requests {requests:.0f}"
    return command


def _hosts(source: Source, amounts: Sequence[Amount]) -> Iterator[Imported]:
    """One run for each host."""
    for host in dict.fromkeys(amount.host for amount in amounts):
        own = [amount for amount in amounts if amount.host == host]
        start_s = own[0].start_s  # of the first series in the file, which stays the first when the file grows
        outline = Outline(
            INFO,
            source,
            key="\x1f".join(("host", host, f"{start_s:.3f}")),
            name=" ".join(part for part in (host or "a host without a name", f"{_moment(start_s):%Y-%m-%d}") if part),
            start=_moment(min(amount.start_s for amount in own)),
            end=_moment(max(amount.end_s for amount in own)),
            labels={"host.name": host} if host else {},
        )
        activities = [activity for amount in own for activity in _activities(outline, amount)]
        lost = [
            unread(INFO, amount.component, f"{amount.metric} tells nothing: 0, or a single sample", amount.device)
            for amount in own
            if amount.kwh is None
        ]
        yield Imported(run=outline.run(activities, lost=lost), activities=tuple(activities))


def _activities(outline: Outline, amount: Amount) -> list[Activity]:
    if amount.kwh is None:
        return []
    here = replace(outline, start=_moment(amount.start_s), end=_moment(amount.end_s))
    found = [
        here.activity(
            ELECTRICITY,
            amount.kwh,
            EvidenceMethod.METERED if amount.measured else EvidenceMethod.MODELLED,
            f"{amount.metric}, {'counted' if amount.measured else 'power integrated over time'}",
            uncertainty=spread(*(_ENERGY_ERROR if amount.measured else _POWER_ERROR)),
            cause=f"opentelemetry:{amount.metric}:{amount.component}",
            component=amount.component,
            device=amount.device,
            part=amount.key,
        )
    ]
    if amount.component == "gpu" and amount.model:
        hours = (amount.end_s - amount.start_s) / 3600
        found += here.accelerators(amount.model, 1, hours, amount.device)
    return found


def _moment(t_s: float) -> datetime:
    try:
        return datetime.fromtimestamp(t_s, UTC)
    except (OverflowError, OSError, ValueError):
        raise InputError("is no time", field="timeUnixNano", value=t_s) from None
