"""The ledger's totals as OpenTelemetry metrics: OTLP JSON in a file, or sent to a collector over HTTP.

Notes
-----
``hw.energy`` [J] holds the electricity at those components for which the conventions have an ``hw.type``;
``treadlight.energy`` holds all of them, so the two must not be added. ``hw.host.energy`` is never written: what runs
used is not all that the host used. Impacts are cumulative sums that are not monotonic, because a correction may lower
them."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TextIO
from urllib.parse import urlsplit

from treadlight.core.errors import InputError, MissingExtraError
from treadlight.share.export import ExportInfo, Material, Totals

__all__ = ["INFO", "send", "write"]

INFO = ExportInfo(
    "opentelemetry",
    "totals as OpenTelemetry metrics, as OTLP JSON or sent to a collector",
    ".json",
    sends=True,
    extra="otel",
)

_J_PER_KWH = 3.6e6
_HW_TYPES = {"cpu": "cpu", "gpu": "gpu", "memory": "memory", "storage": "physical_disk", "network": "network"}
_IMPACTS: dict[str, tuple[str, str, float, str]] = {
    "gwp": ("treadlight.ghg", "g", 1e3, "Greenhouse gases, CO2 equivalents."),
    "water": ("treadlight.water", "L", 1.0, "Water consumed."),
    "energy": ("treadlight.grid_energy", "J", _J_PER_KWH, "Electricity drawn from the grid, overheads included."),
    "pe": ("treadlight.primary_energy", "J", 1e6, "Primary energy."),
    "adpe": ("treadlight.minerals", "g", 1e3, "Minerals and metals, antimony equivalents."),
    "ewaste": ("treadlight.ewaste", "g", 1e3, "Electronic waste."),
}
"""Category to the metric's name, unit, unit per canonical unit, and what it means."""

_TIMEOUT_S = 10.0
_LOGGER = "opentelemetry.exporter"


def write(material: Material, out: TextIO) -> None:
    """Write one OTLP/JSON request (ExportMetricsServiceRequest) and a line's end.

    Raises
    ------
    MissingExtraError
        If OpenTelemetry is not installed.
    """
    data = _metrics_data(material.totals())
    from google.protobuf.json_format import MessageToJson  # type: ignore[import-untyped, unused-ignore]
    from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics

    out.write(MessageToJson(encode_metrics(data), use_integers_for_enums=True, indent=None) + "\n")


def send(material: Material, endpoint: str) -> None:
    """Send the metrics to a collector's OTLP/HTTP address, such as ``http://localhost:4318``.

    Raises
    ------
    MissingExtraError
        If OpenTelemetry is not installed.
    InputError
        If the address is none, or the collector did not take them.
    """
    url = _metrics_url(endpoint)
    data = _metrics_data(material.totals())
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.sdk.metrics.export import MetricExportResult

    exporter = OTLPMetricExporter(endpoint=url, timeout=_TIMEOUT_S)
    with _Heard(_LOGGER) as heard:
        try:
            result = exporter.export(data)
        finally:
            exporter.shutdown()
    if result is not MetricExportResult.SUCCESS:
        what = f"the collector did not take the metrics ({heard.last})" if heard.last else "cannot be reached"
        raise InputError(what, field="--endpoint", value=url, remedy="check that an OTLP/HTTP collector listens there")


def _metrics_url(endpoint: str) -> str:
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise InputError("is no address", field="--endpoint", value=endpoint, remedy="give http://HOST:4318")
    return endpoint if parts.path.strip("/") else endpoint.rstrip("/") + "/v1/metrics"


class _Heard(logging.Handler):
    """What a logger says meanwhile, kept from the terminal."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._logger = logging.getLogger(name)
        self.last = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.last = " ".join(record.getMessage().split())[:200]

    def __enter__(self) -> "_Heard":
        self._propagate, self._logger.propagate = self._logger.propagate, False
        self._logger.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self)
        self._logger.propagate = self._propagate


def _metrics_data(totals: Totals) -> Any:
    try:
        from opentelemetry.sdk.metrics.export import MetricsData, ResourceMetrics, ScopeMetrics
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.util.instrumentation import InstrumentationScope
    except ImportError:
        raise MissingExtraError("opentelemetry-sdk", "otel", "the OpenTelemetry export") from None

    scope = InstrumentationScope("treadlight", totals.version)
    facts = {"service.name": "treadlight", "service.version": totals.version}
    known = [metric for metric in _metrics(totals) if metric.data.data_points]
    metrics = ScopeMetrics(scope, known, "")
    return MetricsData([ResourceMetrics(Resource(facts), [metrics], "")])


def _metrics(totals: Totals) -> Iterable[Any]:
    stamp = {f"treadlight.{name}": getattr(totals, name) for name in ("library", "accounting", "scope")}
    devices = [(cell, cell.device_kwh * _J_PER_KWH) for cell in totals.cells if cell.device_kwh is not None]
    typed = [(cell, joules) for cell, joules in devices if cell.component in _HW_TYPES]
    yield _sum(
        "hw.energy",
        "J",
        "Energy consumed by the component.",
        totals,
        [(_hardware(cell.component) | _attributes(cell.labels), joules) for cell, joules in typed],
        monotonic=True,
    )
    points = [(_attributes(cell.labels), joules) for cell, joules in devices]
    yield _sum("treadlight.energy", "J", "Electricity at the devices, central value.", totals, points)
    for category, (name, unit, factor, text) in _IMPACTS.items():
        known = [cell for cell in totals.cells if category in cell.impacts]
        points = [(_attributes(cell.labels) | stamp, cell.impacts[category] * factor) for cell in known]
        yield _sum(name, unit, text, totals, points)
        yield _gauge(f"{name}.interval", unit, f"{text} Interval.", totals, _quantiles(totals, category, factor, stamp))
    shares = [({"treadlight.category": category}, share) for category, share in totals.coverage.items()]
    yield _gauge("treadlight.coverage", "1", "Share of the distinct flows known.", totals, shares)


Points = list[tuple[dict[str, str], float]]


def _hardware(component: str) -> dict[str, str]:
    return {"hw.id": component, "hw.type": _HW_TYPES[component]}


def _attributes(labels: Mapping[str, str]) -> dict[str, str]:
    """Labels as attributes; what is not stated is left out."""
    return {f"treadlight.{name}": value for name, value in labels.items() if value}


def _quantiles(totals: Totals, category: str, factor: float, stamp: Mapping[str, str]) -> Points:
    points: Points = []
    for interval in totals.intervals:
        if interval.category == category:
            where = {"treadlight.by": interval.by, "treadlight.name": interval.name, **stamp}
            quantity = interval.quantity
            for quantile, value in (("0.05", quantity.p05), ("0.5", quantity.p50), ("0.95", quantity.p95)):
                points.append(({**where, "quantile": quantile}, value * factor))
    return points


def _sum(name: str, unit: str, text: str, totals: Totals, points: Points, *, monotonic: bool = False) -> Any:
    from opentelemetry.sdk.metrics.export import AggregationTemporality, Metric, Sum

    data = Sum(_points(totals, points), AggregationTemporality.CUMULATIVE, monotonic)
    return Metric(name, text, unit, data)


def _gauge(name: str, unit: str, text: str, totals: Totals, points: Points) -> Any:
    from opentelemetry.sdk.metrics.export import Gauge, Metric

    return Metric(name, text, unit, Gauge(_points(totals, points)))


def _points(totals: Totals, points: Points) -> list[Any]:
    from opentelemetry.sdk.metrics.export import NumberDataPoint

    since = _nanoseconds(totals.since or totals.at)
    return [NumberDataPoint(attributes, since, _nanoseconds(totals.at), value) for attributes, value in points]


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000) * 1000
