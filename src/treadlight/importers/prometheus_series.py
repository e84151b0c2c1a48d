"""Series of a Prometheus range query: what their metrics mean, and how much their counters grew."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode, urlsplit

from treadlight.core.errors import InputError
from treadlight.core.text import clean

__all__ = ["LEVELS", "Growth", "Metric", "Series", "grown", "meaning", "queries", "series_of"]

_MOST_POINTS = 10_000  # Prometheus refuses more than 11 000 points of a series
_J_PER_KWH = 3.6e6
_EARLIEST_S, _LATEST_S = 946_684_800.0, 4_102_444_800.0  # 2000 and 2100
_WHOLE_S = 86_400.0  # growth over a longer gap is not shared out: nobody knows when it was

_UNITS = {
    "J": ("counter", 1 / _J_PER_KWH),
    "mJ": ("counter", 1e-3 / _J_PER_KWH),
    "uJ": ("counter", 1e-6 / _J_PER_KWH),
    "kJ": ("counter", 1e3 / _J_PER_KWH),
    "Wh": ("counter", 1e-3),
    "kWh": ("counter", 1.0),
    "W": ("gauge", 1.0),
    "mW": ("gauge", 1e-3),
    "kW": ("gauge", 1e3),
}
_TOKENS = {
    "vllm:prompt_tokens_total": "tokens_in",
    "vllm:prompt_tokens": "tokens_in",
    "vllm:generation_tokens_total": "tokens_out",
    "vllm:generation_tokens": "tokens_out",
    "vllm:request_success_total": "requests",
    "vllm:request_success": "requests",
}
_KEPLER_PARTS = {
    "package": "cpu",
    "cpu": "cpu",
    "core": "cpu",
    "uncore": "cpu",
    "dram": "memory",
    "gpu": "gpu",
    "other": "rest",
    "other_host_components": "rest",
    "platform": "node",
    "psys": "node",
    "": "node",
}
LEVELS = ("node", "vm", "pod", "container", "process")
"""What Kepler tells of, each holding those after it."""


@dataclass(frozen=True, slots=True)
class Series:
    """One series: its labels, and samples (time [s], value) in order of time; NaN marks a stale one."""

    labels: Mapping[str, str]
    samples: tuple[tuple[float, float], ...]

    @property
    def host(self) -> str:
        """The machine, without a port."""
        names = ("Hostname", "hostname", "node_name", "node", "exported_instance", "instance")
        return next((clean(v).partition(":")[0] for n in names if (v := self.labels.get(n))), "")

    @property
    def key(self) -> str:
        """All labels as text, in their order."""
        return ",".join(f"{name}={self.labels[name]}" for name in sorted(self.labels))


@dataclass(frozen=True, slots=True)
class Metric:
    """What a series measures.

    Parameters
    ----------
    kind
        ``counter`` of energy, ``gauge`` of power, or ``count``.
    factor
        kWh or W of one of its unit; 1 for a count.
    component
        Of the machine; for a count its name.
    level
        ``node``, ``vm``, ``pod``, ``container`` or ``process``; each holds those after it.
    part
        Which part of the level: ``package``, ``core``, ``dram``, ``gpu``, ``platform`` …; empty for all of it.
    source
        ``kepler``, ``dcgm``, ``vllm`` or ``other``.
    """

    kind: str
    factor: float
    component: str
    level: str
    part: str
    source: str


@dataclass(frozen=True, slots=True)
class Growth:
    """How much a counter grew between two moments [s]; `resets` tells how often it began anew in between."""

    start_s: float
    end_s: float
    amount: float
    resets: int


def meaning(labels: Mapping[str, str], assumed: str = "", unit: str = "") -> Metric | None:
    """What a series with these labels measures; None where the metric is not known.

    Parameters
    ----------
    assumed
        Name of the metric where the series has none, as after sum() or rate().
    unit
        Unit of a metric that is not known: J, kWh, W, …

    Raises
    ------
    InputError
        If the unit is none of energy or power.
    """
    name = labels.get("__name__") or assumed
    if name in _TOKENS:
        return Metric("count", 1.0, _TOKENS[name], "node", "", "vllm")
    if name.removesuffix("_total") == "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION":
        return Metric("counter", _UNITS["mJ"][1], "gpu", "node", "gpu", "dcgm")
    if name == "DCGM_FI_DEV_POWER_USAGE":
        return Metric("gauge", 1.0, "gpu", "node", "gpu", "dcgm")
    if name.startswith("kepler_") and name.endswith("_joules_total"):
        return _kepler(name, labels)
    if not unit:
        return None
    if unit not in _UNITS:
        raise InputError("is no unit of energy or power", field="unit", value=unit, remedy=f"use {', '.join(_UNITS)}")
    kind, factor = _UNITS[unit]
    return Metric(kind, factor, "node", "node", "", "other")


def _kepler(name: str, labels: Mapping[str, str]) -> Metric | None:
    level, _, rest = name.removeprefix("kepler_").removesuffix("joules_total").rstrip("_").partition("_")
    if level not in LEVELS:
        return None
    for mode in ("active", "idle"):  # parts of the metric without the word
        if rest.endswith(f"cpu_{mode}"):
            return Metric("counter", 1 / _J_PER_KWH, "cpu", level, f"{labels.get('zone', 'cpu')}/{mode}", "kepler")
    part = labels.get("zone", "") if rest == "cpu" else rest
    part = part.partition("-")[0] or rest
    return Metric("counter", 1 / _J_PER_KWH, _KEPLER_PARTS.get(part, "node"), level, part, "kepler")


def series_of(document: Any) -> Iterator[Series]:
    """Series of the answer of ``/api/v1/query_range``.

    Raises
    ------
    InputError
        If it is something else, or the answer is an error.
    """
    if not isinstance(document, dict):
        raise InputError("is no answer of Prometheus", field="status", remedy="save /api/v1/query_range as it comes")
    if document.get("status") == "error":
        said = clean(document.get("error", ""))[:120]
        raise InputError(f"Prometheus refused the query: {said}", field="query", remedy="mend the query")
    data = document.get("data", document)
    kind = data.get("resultType") if isinstance(data, dict) else None
    if kind != "matrix":
        remedy = "ask /api/v1/query_range, with start, end and step"
        raise InputError("is no range of samples", field="resultType", value=clean(kind)[:40], remedy=remedy)
    for item in data.get("result", []):
        labels = {str(k): clean(v) for k, v in (item.get("metric") or {}).items()}
        yield Series(labels, tuple(sorted(_samples(item.get("values") or []))))


def _samples(values: Iterable[Any]) -> Iterator[tuple[float, float]]:
    for pair in values:
        try:
            t_s, value = float(pair[0]), float(pair[1])  # Prometheus writes "NaN", "+Inf" and "-Inf"
        except (TypeError, ValueError, IndexError, KeyError):
            raise InputError("is no sample", field="values", value=clean(pair)[:40]) from None
        if not _EARLIEST_S <= t_s < _LATEST_S:
            raise InputError("lies before 2000 or after 2100", field="values", value=clean(pair)[:40])
        yield t_s, value


def grown(samples: Iterable[tuple[float, float]], period_s: float) -> Iterator[Growth]:
    """Growth of a counter in each period since 1970, between its samples; nothing is guessed beyond the first and last.

    A value below the one before means that the counter began anew, at 0: it grew by what it shows. Growth between two
    samples in different periods is shared out by time, unless they lie more than a day apart.
    """
    finite = [(t_s, value) for t_s, value in samples if math.isfinite(value) and value >= 0]
    sums: dict[int, list[float]] = {}
    for (t0, v0), (t1, v1) in pairwise(finite):
        if t1 <= t0:
            continue
        reset = v1 < v0
        rate = (v1 if reset else v1 - v0) / (t1 - t0)
        here = t0
        while here < t1:
            period = math.floor(here / period_s)
            period += (period + 1) * period_s <= here  # rounding: else this period would never end
            until = t1 if t1 - t0 > _WHOLE_S else min(t1, (period + 1) * period_s)
            found = sums.setdefault(period, [here, until, 0.0, 0])
            found[1], found[2] = until, found[2] + rate * (until - here)
            here = until
        sums[math.floor(t0 / period_s)][3] += reset
    for _, (start_s, end_s, amount, resets) in sorted(sums.items()):
        yield Growth(start_s, end_s, amount, int(resets))


def queries(base: str, query: str, start: datetime, end: datetime, step_s: float) -> Iterator[str]:
    """Addresses of the range queries that together cover a time; neighbours share a sample.

    Raises
    ------
    InputError
        If end is not after start.
    """
    if end <= start:
        raise InputError("lies not after start", field="end", value=end.isoformat(), remedy="give end > start")
    parts = urlsplit(base)
    root = f"{parts.scheme}://{parts.netloc}{parts.path.removesuffix('/').removesuffix('/api/v1/query_range')}"
    here, last = start.timestamp(), end.timestamp()
    while here < last:
        until = min(last, here + _MOST_POINTS * step_s)
        asked = {"query": query, "start": _stamp(here), "end": _stamp(until), "step": f"{step_s:g}"}
        yield f"{root}/api/v1/query_range?{urlencode(asked)}"
        here = until


def _stamp(t_s: float) -> str:
    return datetime.fromtimestamp(t_s, UTC).isoformat().replace("+00:00", "Z")
