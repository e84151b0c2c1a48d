"""The ledger's totals for Prometheus: counters by project, team, stage, component and method, and intervals.

Notes
-----
Prometheus takes a counter that falls for one that began anew, and would count all of it again. A corrected activity
can make a true total fall, so a counter keeps the highest value it has shown, as read from the previous page, until
the total has passed it; the gauges show what holds now. Impacts carry the library's version as a label: restating the
ledger under newer factors begins a new series instead of looking like consumption."""

from collections.abc import Iterator, Mapping
from typing import Any, TextIO

from treadlight.core.errors import MissingExtraError
from treadlight.share.export import Cell, ExportInfo, Material, Totals

__all__ = ["INFO", "page", "write"]

INFO = ExportInfo(
    "prometheus",
    "totals as counters and gauges in Prometheus' text form, as a file or served",
    ".prom",
    serves=True,
    extra="prometheus",
)

_J_PER_KWH = 3.6e6

_IMPACTS: dict[str, tuple[str, float, str]] = {
    "gwp": ("ghg_grams", 1e3, "Greenhouse gases over the life cycle, CO2 equivalents"),
    "water": ("water_litres", 1.0, "Water consumed"),
    "energy": ("grid_energy_joules", _J_PER_KWH, "Electricity drawn from the grid, cooling and conversion included"),
    "pe": ("primary_energy_joules", 1e6, "Primary energy"),
    "adpe": ("minerals_sb_eq_grams", 1e3, "Depletion of minerals and metals, antimony equivalents"),
    "ewaste": ("ewaste_grams", 1e3, "Electronic waste"),
}
"""Category to the metric's name, its unit per canonical unit, and what it means."""

_DIMENSIONS = ("project", "team", "stage", "component", "method")
_METHOD = ("library", "accounting", "scope")
_ENERGY = "treadlight_energy_joules"

Key = tuple[str, tuple[tuple[str, str], ...]]


def write(material: Material, out: TextIO, previous: str = "") -> None:
    """Write the page; `previous` is what stood there before, whose counters are not undercut."""
    out.write(page(material, previous)[0].decode())


def page(material: Material, previous: str = "", accept: str = "") -> tuple[bytes, str]:
    """The page of metrics and its content type.

    Parameters
    ----------
    previous
        The page as it was in Prometheus' text form; counters do not fall below it. Empty: none.
    accept
        The scraper's Accept header, which chooses text or OpenMetrics.

    Raises
    ------
    MissingExtraError
        If prometheus_client is not installed.
    """
    try:
        from prometheus_client.exposition import choose_encoder
        from prometheus_client.registry import CollectorRegistry
    except ImportError:
        raise MissingExtraError("prometheus_client", "prometheus", "the Prometheus export") from None

    totals = material.totals()
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Page(list(_families(totals, _marks(previous, totals)))))
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


class _Page:
    """A collector whose families are made already."""

    def __init__(self, families: list[Any]) -> None:
        self._families = families

    def collect(self) -> list[Any]:
        return self._families


def _families(totals: Totals, marks: Mapping[Key, float]) -> Iterator[Any]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily

    stamp = {"library": totals.library, "accounting": totals.accounting, "scope": totals.scope}
    energy = CounterMetricFamily(_ENERGY, "Electricity at the devices, central value.", labels=_DIMENSIONS)
    for cell in totals.cells:
        if cell.device_kwh is not None:
            _count(energy, f"{_ENERGY}_total", cell.labels, cell.device_kwh * _J_PER_KWH, marks)
    yield energy
    for category, (name, factor, text) in _IMPACTS.items():
        full = f"treadlight_{name}"
        counter = CounterMetricFamily(full, f"{text}, central value.", labels=(*_DIMENSIONS, *_METHOD))
        for cell in _known(totals.cells, category):
            _count(counter, f"{full}_total", cell.labels | stamp, cell.impacts[category] * factor, marks)
        yield counter
        yield _interval(totals, category, stamp)
    coverage = GaugeMetricFamily(
        "treadlight_coverage_ratio", "Share of the distinct flows of which a category is known.", labels=("category",)
    )
    for category, share in totals.coverage.items():
        coverage.add_metric((category,), share)
    yield coverage
    entries = GaugeMetricFamily("treadlight_ledger_entries", "Entries of the ledger, corrections included.")
    if totals.root:  # whoever sees only a part of the ledger is not told
        entries.add_metric((), totals.entries)
        yield entries
    build = InfoMetricFamily("treadlight_export", "What these numbers were computed with.")
    build.add_metric((), {"version": totals.version, "selection": totals.selection} | stamp)
    yield build


def _known(cells: tuple[Cell, ...], category: str) -> Iterator[Cell]:
    return (cell for cell in cells if category in cell.impacts)


def _interval(totals: Totals, category: str, stamp: Mapping[str, str]) -> Any:
    """The gauge with the interval of a category, for the whole and along each dimension."""
    from prometheus_client.core import GaugeMetricFamily

    name, factor, text = _IMPACTS[category]
    about = f"{text}: interval of nine plausible values in ten, as it stands now."
    found = GaugeMetricFamily(f"treadlight_{name}_interval", about, labels=("by", "name", "quantile", *_METHOD))
    for interval in totals.intervals:
        if interval.category == category:
            quantity = interval.quantity
            for quantile, value in (("0.05", quantity.p05), ("0.5", quantity.p50), ("0.95", quantity.p95)):
                found.add_metric((interval.by, interval.name, quantile, *stamp.values()), value * factor)
    return found


def _count(family: Any, name: str, labels: Mapping[str, str], value: float, marks: Mapping[Key, float]) -> None:
    family.add_metric(tuple(labels.values()), max(value, marks.get(_key(name, labels), value)))


def _key(name: str, labels: Mapping[str, str]) -> Key:
    return name, tuple(sorted(labels.items()))


def _marks(previous: str, totals: Totals) -> dict[Key, float]:
    """Counters of the previous page; none where it was of another selection, or of another ledger with more entries."""
    from prometheus_client.parser import text_string_to_metric_families

    marks: dict[Key, float] = {}
    try:
        for family in text_string_to_metric_families(previous):
            for sample in family.samples:
                if _differs(sample, totals):
                    return {}
                if family.type == "counter" and sample.name.startswith("treadlight_"):
                    marks[_key(sample.name, sample.labels)] = float(sample.value)
    except ValueError:  # what stands there is no such page
        return {}
    return marks


def _differs(sample: Any, totals: Totals) -> bool:
    if sample.name == "treadlight_export_info":
        return bool(sample.labels.get("selection", "") != totals.selection)
    told = sample.name == "treadlight_ledger_entries" and totals.root
    return bool(told and sample.value > totals.entries)
