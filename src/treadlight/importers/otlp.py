"""OTLP in JSON: spans and points of metrics, with their attributes as plain values."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from treadlight.core.errors import InputError
from treadlight.core.text import clean

__all__ = ["DELTA", "OURS", "Point", "Span", "points_of", "spans_of"]

DELTA = 1
"""AggregationTemporality: each point holds what came since the one before; 2, cumulative: since its start."""
OURS = "treadlight"
"""Scope of what treadlight itself exports."""

_TEMPORALITIES = {"AGGREGATION_TEMPORALITY_DELTA": 1, "AGGREGATION_TEMPORALITY_CUMULATIVE": 2}
_NS = 1e-9

Attributes = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Span:
    """A span: ids, times [s since 1970], attributes of it and of its resource."""

    trace: str
    ident: str
    parent: str
    name: str
    start_s: float
    end_s: float
    attributes: Attributes
    resource: Attributes
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a metric.

    Parameters
    ----------
    kind
        ``sum``, ``gauge`` or ``histogram``.
    temporality
        1 delta, 2 cumulative, 0 none.
    start_s, time_s
        [s since 1970]; a start of 0 is not known.
    value
        Of a histogram: its sum.
    count
        Of a histogram: how many values; else 0.
    """

    metric: str
    unit: str
    kind: str
    temporality: int
    start_s: float
    time_s: float
    value: float
    count: float
    attributes: Attributes
    resource: Attributes
    scope: str

    @property
    def series(self) -> str:
        """What tells this series from others, as text."""
        labels = {**{f"resource.{k}": v for k, v in self.resource.items()}, **self.attributes}
        return f"{self.metric} {','.join(f'{name}={labels[name]}' for name in sorted(labels))}"


def spans_of(document: Any) -> Iterator[Span]:
    """Spans of an ExportTraceServiceRequest, or of anything with ``resourceSpans``.

    Raises
    ------
    InputError
        If one is misshapen.
    """
    for group in _list(document, "resourceSpans"):
        resource = _attributes(_dict(group.get("resource")).get("attributes"))
        for scope in (*_list(group, "scopeSpans"), *_list(group, "instrumentationLibrarySpans")):
            for span in _list(scope, "spans"):
                start_s = _seconds(span.get("startTimeUnixNano"), "startTimeUnixNano")
                yield Span(
                    trace=str(span.get("traceId", "")),
                    ident=str(span.get("spanId", "")),
                    parent=str(span.get("parentSpanId", "")),
                    name=clean(span.get("name", "")),
                    start_s=start_s,
                    end_s=max(start_s, _seconds(span.get("endTimeUnixNano"), "endTimeUnixNano")),
                    attributes=_attributes(span.get("attributes")),
                    resource=resource,
                    failed=_dict(span.get("status")).get("code") in (2, "STATUS_CODE_ERROR"),
                )


def points_of(document: Any) -> Iterator[Point]:
    """Points of an ExportMetricsServiceRequest, or of anything with ``resourceMetrics``.

    Raises
    ------
    InputError
        If one is misshapen.
    """
    for group in _list(document, "resourceMetrics"):
        resource = _attributes(_dict(group.get("resource")).get("attributes"))
        for scope in (*_list(group, "scopeMetrics"), *_list(group, "instrumentationLibraryMetrics")):
            name = str(_dict(scope.get("scope")).get("name", ""))
            for metric in _list(scope, "metrics"):
                yield from _points(metric, resource, name)


def _points(metric: Mapping[str, Any], resource: Attributes, scope: str) -> Iterator[Point]:
    for key, kind in (
        ("sum", "sum"),
        ("gauge", "gauge"),
        ("histogram", "histogram"),
        ("exponentialHistogram", "histogram"),
    ):
        data = _dict(metric.get(key))
        stated = data.get("aggregationTemporality", 0)
        temporality = stated if isinstance(stated, int) else _TEMPORALITIES.get(str(stated), 0)
        for point in _list(data, "dataPoints"):
            value = _value(point, kind)
            if value is None or point.get("flags") in (1, "1"):  # "no recorded value"
                continue
            yield Point(
                metric=str(metric.get("name", "")),
                unit=str(metric.get("unit", "")),
                kind=kind,
                temporality=temporality,
                start_s=_seconds(point.get("startTimeUnixNano", 0), "startTimeUnixNano"),
                time_s=_seconds(point.get("timeUnixNano"), "timeUnixNano"),
                value=value,
                count=_number(point.get("count", 0), "count"),
                attributes=_attributes(point.get("attributes")),
                resource=resource,
                scope=scope,
            )


def _value(point: Mapping[str, Any], kind: str) -> float | None:
    """Value of a point; None where it has none."""
    if kind == "histogram":
        return _number(point["sum"], "sum") if point.get("sum") is not None else None
    for name in ("asDouble", "asInt"):
        if point.get(name) is not None:
            return _number(point[name], name)
    return None


def _number(value: Any, field: str) -> float:
    """A number; 64-bit integers are text in OTLP, and so are NaN and infinities."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        raise InputError("is no number", field=field, value=clean(value)[:40]) from None
    if not math.isfinite(found):
        raise InputError("is not finite", field=field, value=found)
    return found


def _seconds(value: Any, field: str) -> float:
    if value is None:
        raise InputError("is missing", field=field)
    return _number(value, field) * _NS


def _attributes(items: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in items if isinstance(items, list) else ():
        value = _dict(_dict(item).get("value"))
        for kind in ("stringValue", "intValue", "doubleValue", "boolValue"):
            if kind in value:
                found[str(item.get("key", ""))] = clean(value[kind]) if kind == "stringValue" else value[kind]
    return found


def _list(value: Any, key: str) -> Iterable[Mapping[str, Any]]:
    found = value.get(key) if isinstance(value, dict) else None
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else ()


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
