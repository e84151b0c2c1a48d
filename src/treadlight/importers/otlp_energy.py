"""Energy of hardware as OpenTelemetry sees it: counters and power by host and component, nothing held twice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from treadlight.core.text import clean
from treadlight.importers.otlp import DELTA, Point
from treadlight.importers.power import integrate

__all__ = ["Amount", "energies", "is_energy_metric"]

_HOST = ("hw.host.energy", "hw.host.power")
_PARTS = ("hw.energy", "hw.power")
_FACTORS = {"J": 1 / 3.6e6, "kJ": 1 / 3.6e3, "Wh": 1e-3, "kWh": 1.0, "W": 1.0, "kW": 1e3, "mW": 1e-3}
"""kWh or W of one of a unit."""
_COMPONENTS = {
    "cpu": "cpu",
    "gpu": "gpu",
    "memory": "memory",
    "physical_disk": "storage",
    "logical_disk": "storage",
    "disk_controller": "storage",
    "network": "network",
    "power_supply": "node",
    "enclosure": "node",
}
_WHOLE = ("power_supply", "enclosure")  # what feeds or holds all the others


@dataclass(frozen=True, slots=True)
class Amount:
    """Energy of one component between two moments [s since 1970].

    Parameters
    ----------
    kwh
        None where the series tells nothing: a counter that stays at 0, power with a single sample.
    measured
        Whether it was counted; else integrated from power.
    """

    host: str
    component: str
    device: str
    model: str
    metric: str
    key: str
    start_s: float
    end_s: float
    kwh: float | None
    measured: bool


def is_energy_metric(name: str) -> bool:
    """Whether a metric is energy or power of hardware."""
    return name in (*_HOST, *_PARTS)


def energies(points: Sequence[Point]) -> tuple[list[Amount], list[tuple[str, str]]]:
    """Energy of every host, and (host, metric) of series left out because another holds them."""
    amounts: list[Amount] = []
    lost: list[tuple[str, str]] = []
    for host, series in _by_host(points).items():
        chosen = _chosen(series)
        for name, same in series.items():
            if name in chosen:
                amounts += _amounts(host, same)
            else:
                lost.append((host, same[0].metric))
    return amounts, lost


def _by_host(points: Sequence[Point]) -> dict[str, dict[str, list[Point]]]:
    found: dict[str, dict[str, list[Point]]] = {}
    for point in {(p.series, p.time_s): p for p in points}.values():  # once, if sent twice
        names = ("host.name", "host.id", "k8s.node.name", "service.instance.id", "service.name")
        host = next((clean(point.resource[name]) for name in names if point.resource.get(name)), "")
        found.setdefault(host, {}).setdefault(point.series, []).append(point)
    for series in found.values():
        for same in series.values():
            same.sort(key=lambda p: p.time_s)
    return found


def _chosen(series: Mapping[str, Sequence[Point]]) -> set[str]:
    """Series that hold nothing of each other: the host, or what feeds it, or its parts; energy before power."""
    first = {name: points[0] for name, points in series.items()}
    whole = {name for name, point in first.items() if point.metric in _HOST}
    if not whole:
        whole = {name for name, point in first.items() if _type(point) in _WHOLE and _grows(series[name])}
    kept = whole or {name for name, point in first.items() if not _is_held(point, first.values())}
    counted = {_thing(first[name]) for name in kept if first[name].metric.endswith("energy") and _grows(series[name])}
    return {name for name in kept if first[name].metric.endswith("energy") or _thing(first[name]) not in counted}


def _type(point: Point) -> str:
    return str(point.attributes.get("hw.type", ""))


def _thing(point: Point) -> str:
    """The component, whichever metric tells of it."""
    return "host" if point.metric in _HOST else f"{_type(point)} {point.attributes.get('hw.id', '')}"


def _is_held(point: Point, others: Iterable[Point]) -> bool:
    """Whether the component's parent has a series of its own."""
    parent = point.attributes.get("hw.parent")
    ids = {other.attributes.get("hw.id") for other in others}
    return bool(parent) and parent in ids and parent != point.attributes.get("hw.id")


def _grows(points: Sequence[Point]) -> bool:
    return any(point.value > 0 for point in points)


def _amounts(host: str, points: Sequence[Point]) -> list[Amount]:
    first = points[0]
    if first.metric.endswith("power"):
        return [_power(host, points)]
    if first.temporality == DELTA:
        start_s = first.start_s or first.time_s
        total = sum(point.value for point in points)
        return [_amount(host, points, f"delta {start_s:.3f}", start_s, points[-1].time_s, total)]
    return _cumulative(host, points)


def _cumulative(host: str, points: Sequence[Point]) -> list[Amount]:
    """What a counter shows at last for each time it began; where it does not say when, what it grew while seen."""
    found = []
    for start_s in dict.fromkeys(point.start_s for point in points):
        same = [point for point in points if point.start_s == start_s]
        known = 0 < start_s < same[0].time_s
        begin_s, base = (start_s, 0.0) if known else (same[0].time_s, same[0].value)
        total, before = 0.0, base
        for point in same:  # a counter that falls without a new start began anew all the same
            total += point.value if point.value < before else point.value - before
            before = point.value
        found.append(_amount(host, same, f"since {begin_s:.3f}", begin_s, same[-1].time_s, total))
    return found


def _amount(host: str, points: Sequence[Point], key: str, start_s: float, end_s: float, total: float) -> Amount:
    factor = _FACTORS.get(points[0].unit, _FACTORS["J"])
    return _made(host, points[0], key, start_s, end_s, total * factor if total > 0 else None, True)


def _power(host: str, points: Sequence[Point]) -> Amount:
    factor = _FACTORS.get(points[0].unit, _FACTORS["W"])
    samples = [(point.time_s, point.value * factor) for point in points if point.value >= 0]
    start_s, end_s = points[0].time_s, points[-1].time_s
    found = integrate(samples, start_s, end_s)
    kwh = found.seen_kwh + found.bridged_kwh
    return _made(host, points[0], f"power {start_s:.3f}", start_s, end_s, kwh if kwh > 0 else None, False)


def _made(host: str, point: Point, key: str, start_s: float, end_s: float, kwh: float | None, measured: bool) -> Amount:
    component = "node" if point.metric in _HOST else _COMPONENTS.get(_type(point), "rest")
    device = clean(point.attributes.get("hw.id", "") or point.attributes.get("hw.name", ""))
    model = clean(point.attributes.get("hw.model", ""))
    return Amount(host, component, device, model, point.metric, f"{point.series} {key}", start_s, end_s, kwh, measured)
