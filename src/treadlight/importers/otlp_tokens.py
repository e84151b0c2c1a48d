"""Requests to models as OpenTelemetry sees them: tokens by service, provider and model, from spans or from metrics.

Names of attributes and metrics, old and new, after the semantic conventions for generative AI (1.27 to 1.37, and the
repository semantic-conventions-genai since). Tokens of a cache are among the input tokens, those of reasoning among
the output."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from treadlight.core.errors import InputError
from treadlight.core.text import clean
from treadlight.importers.frame import number
from treadlight.importers.otlp import DELTA, Attributes, Point, Span

__all__ = ["Usage", "is_token_metric", "usages_of_points", "usages_of_spans"]

_SPAN_TOKENS = {
    "tokens_in": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens"),
    "tokens_out": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens"),
    "tokens_cached": ("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens"),
    "tokens_reasoning": ("gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens"),
}
"""Count to attributes that hold it, the newest first; a span that has several of them says the same in each."""

_OLD_METRIC = "gen_ai.client.token.usage"
_OLD_TYPES = {"input": "tokens_in", "prompt": "tokens_in", "output": "tokens_out", "completion": "tokens_out"}
_NEW_METRIC = re.compile(
    r"gen_ai\.client\.inference\.usage\.(input_tokens|output_tokens|cache_read\.input_tokens|reasoning\.output_tokens)"
)
_NEW_COUNTS = {
    "input_tokens": "tokens_in",
    "output_tokens": "tokens_out",
    "cache_read.input_tokens": "tokens_cached",
    "reasoning.output_tokens": "tokens_reasoning",
}
_AROUND_REQUESTS = ("invoke_agent", "create_agent", "invoke_workflow", "workflow", "chain")
_MOST_TOKENS = 1e9  # of one request: beyond it, a slip of units


@dataclass(slots=True)
class Usage:
    """Requests of one service to one model, summed.

    Parameters
    ----------
    key
        What tells it from other sums: the first span or the start of the counter, so that a file that has grown gives
        the same key.
    """

    service: str
    provider: str
    model: str
    key: str
    start_s: float
    end_s: float
    counts: dict[str, float] = field(default_factory=dict)

    def add(self, counts: Mapping[str, float], start_s: float, end_s: float) -> None:
        """Take in some requests."""
        self.start_s, self.end_s = min(self.start_s, start_s), max(self.end_s, end_s)
        for name, count in counts.items():
            self.counts[name] = self.counts.get(name, 0.0) + count


def usages_of_spans(spans: Sequence[Span]) -> tuple[list[Usage], list[tuple[str, str, InputError]], int]:
    """Requests by service, provider, model and day; spans that cannot be used; and how many hold others' tokens again.

    A span above others repeats their tokens if it is that of an agent or workflow, or if those of the same model hold
    at least as many: then only the inner ones count. Otherwise it is a request of its own.
    """
    found: dict[tuple[str, ...], Usage] = {}
    refused: list[tuple[str, str, InputError]] = []
    counted = {(span.trace, span.ident): span for span in spans if _has_tokens(span)}  # once, if sent twice
    holders = _holders(spans, counted)
    for key, span in counted.items():  # as they stand in the file: the first names the sum, however the file grows
        if key in holders:
            continue
        try:
            counts = {"requests": 1.0} | _counts(span.attributes)
        except InputError as error:
            refused.append((f"span {span.ident}", span.name, error))
            continue
        day = datetime.fromtimestamp(span.start_s, UTC).date().isoformat()
        who = (*_who(span.attributes, span.resource), day)
        first = Usage(*who[:3], key=f"{day} {span.trace}{span.ident}", start_s=span.start_s, end_s=span.end_s)
        found.setdefault(who, first).add(counts, span.start_s, span.end_s)
    return list(found.values()), refused, len(holders)


def _has_tokens(span: Span) -> bool:
    return any(name in span.attributes for names in _SPAN_TOKENS.values() for name in names)


def _holders(spans: Iterable[Span], counted: Mapping[tuple[str, str], Span]) -> set[tuple[str, str]]:
    """Spans with tokens that repeat those of the nearest such spans below them."""
    above = {(span.trace, span.ident): (span.trace, span.parent) for span in spans if span.parent}
    below: dict[tuple[str, str], list[Span]] = {}
    for key, span in counted.items():
        seen = {key}
        parent = above.get(key)
        while parent is not None and parent not in seen:
            seen.add(parent)
            if parent in counted:
                below.setdefault(parent, []).append(span)
                break
            parent = above.get(parent)
    return {key for key, spans_below in below.items() if _repeats(counted[key], spans_below)}


def _repeats(span: Span, below: Sequence[Span]) -> bool:
    """Whether the tokens of a span are those of the spans below it."""
    if str(span.attributes.get("gen_ai.operation.name", "")).lower() in _AROUND_REQUESTS:
        return True
    model = _who(span.attributes, span.resource)[2]
    same = [one for one in below if not model or _who(one.attributes, one.resource)[2] in (model, "")]
    return bool(same) and sum(map(_tokens_of, same)) >= _tokens_of(span)


def _tokens_of(span: Span) -> float:
    """Tokens in and out; none where they cannot be read, which the caller finds as well."""
    try:
        counts = _counts(span.attributes)
    except InputError:
        return 0.0
    return counts.get("tokens_in", 0.0) + counts.get("tokens_out", 0.0)


def _counts(attributes: Attributes) -> dict[str, float]:
    found = {}
    for count, names in _SPAN_TOKENS.items():
        stated = (number(attributes[name], name, most=_MOST_TOKENS) for name in names if name in attributes)
        value = next((v for v in stated if v is not None), None)
        if value is not None:
            found[count] = value
    return found


def _who(attributes: Attributes, resource: Attributes) -> tuple[str, str, str]:
    def first(*names: str) -> str:
        return next((clean(attributes[name]) for name in names if attributes.get(name)), "")

    service = clean(resource.get("service.name", ""))
    model = first("gen_ai.response.model", "gen_ai.request.model", "llm.response.model", "llm.request.model")
    return service, first("gen_ai.provider.name", "gen_ai.system", "llm.vendor"), model


def is_token_metric(name: str) -> bool:
    """Whether a metric counts tokens."""
    return name == _OLD_METRIC or _NEW_METRIC.fullmatch(name) is not None


def usages_of_points(points: Sequence[Point]) -> list[Usage]:
    """Tokens by service, provider and model; of the old histogram only where the new counters say nothing."""
    new = {_who(p.attributes, p.resource) for p in points if p.metric != _OLD_METRIC}
    kept = [p for p in points if p.metric != _OLD_METRIC or _who(p.attributes, p.resource) not in new]
    found: dict[tuple[str, ...], Usage] = {}
    for who, key, start_s, end_s, counts in _amounts(kept):
        usage = found.setdefault((*who, key), Usage(*who, key=key, start_s=start_s, end_s=end_s))
        usage.add(counts, start_s, end_s)
    return list(found.values())


def _amounts(
    points: Sequence[Point],
) -> Iterator[tuple[tuple[str, str, str], str, float, float, dict[str, float]]]:
    """Tokens of each series: all points of a delta, the last point of a cumulative one for each time it began."""
    last: dict[tuple[str, float], Point] = {}
    first_delta: dict[str, Point] = {}
    for point in sorted(points, key=lambda p: p.time_s):
        if point.temporality != DELTA:
            last[point.series, point.start_s] = point
    deltas = {(p.series, p.time_s): p for p in points if p.temporality == DELTA}  # once, if sent twice
    for point in sorted(deltas.values(), key=lambda p: p.time_s):
        first = first_delta.setdefault(point.series, point)
        yield _who(point.attributes, point.resource), f"delta {first.start_s:.3f}", *_span_of(point), _tokens(point)
    for point in last.values():
        yield _who(point.attributes, point.resource), f"since {point.start_s:.3f}", *_span_of(point), _tokens(point)


def _span_of(point: Point) -> tuple[float, float]:
    return (point.start_s if 0 < point.start_s <= point.time_s else point.time_s), point.time_s


def _tokens(point: Point) -> dict[str, float]:
    new = _NEW_METRIC.fullmatch(point.metric)
    if new is not None:
        return {_NEW_COUNTS[new[1]]: point.value}
    name = _OLD_TYPES.get(str(point.attributes.get("gen_ai.token.type", "")))
    if name is None:
        return {}
    requests = {"requests": point.count} if name == "tokens_in" and point.count else {}
    return {name: point.value} | requests
