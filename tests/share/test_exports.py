"""Every export: its facts as data, what is unknown left out and never zero, the same text for the same ledger."""

import csv
import io
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TextIO

import pytest

from treadlight.core.category import CATEGORIES
from treadlight.core.errors import InputError
from treadlight.core.plugins import names, plugin
from treadlight.core.quantity import Quantity
from treadlight.ledger.records import ChannelState, Run, RunStatus
from treadlight.share.export import Cell, ExportInfo, Interval, RunTotal, Totals
from treadlight.share.exports import codecarbon, opentelemetry, prometheus

EXPORTS = "treadlight.share.exports"
START = datetime(2026, 9, 1, 10, tzinfo=UTC)
HOUR = datetime(2026, 9, 1, 11, tzinfo=UTC)
CELLS = (
    Cell("vision", "estuary", "training", "gpu", "metered", 2.0, {"gwp": 0.5, "energy": 2.4}),
    Cell("vision", "estuary", "training", "node", "reported", None, {"gwp": 0.25}),
    Cell("", "", "", "cpu", "modelled", 0.5, {"water": 3.0}),
)
INTERVALS = (
    Interval("all", "", "gwp", Quantity("kgCO2e", 0.4, 0.75, 1.5)),
    Interval("project", "vision", "gwp", Quantity("kgCO2e", 0.4, 0.7, 1.2)),
)
TOTALS = Totals(
    CELLS, INTERVALS, {"gwp": 1.0, "water": 0.5}, (), "2026.11", "location", "life-cycle", START, HOUR, 7, "ab", "0.1.0"
)
GPU = ChannelState("nvml:0", "gpu", "gpu0", "nvml", "metered", "", "electricity.it", "read", 1.0, 1.0)
CARD = replace(GPU, key="hw", flow="hardware.accelerator.h100-sxm5-80gb")
RUN = Run("id-1", "train", RunStatus.FINISHED, START, HOUR, 3600.0, channels=(GPU, CARD), attribution="exclusive")


@dataclass
class Given:
    """A ledger told beforehand."""

    told: Totals = TOTALS
    rows: tuple[RunTotal, ...] = field(
        default=(RunTotal(RUN, {"gpu": 2.0}, {"gpu": 2.4}, 2.4, 0.6, None, "France", "FRA"),)
    )

    def totals(self) -> Totals:
        return self.told

    def runs(self) -> Iterator[RunTotal]:
        return iter(self.rows)

    def entries(self, out: TextIO) -> int:
        out.write('{"schema":"treadlight.ledger/1"}\n')
        return 0


def text_of(module: Any, material: Given | None = None, *more: str) -> str:
    out = io.StringIO()
    module.write(material or Given(), out, *more)
    return out.getvalue()


def samples(text: str) -> dict[str, float]:
    """Series of a Prometheus page and their values."""
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def only(found: dict[str, float], *words: str) -> float:
    (value,) = [value for name, value in found.items() if all(word in name for word in words)]
    return value


@pytest.mark.parametrize("name", names(EXPORTS))
def test_every_export_states_its_facts_as_data(name: str) -> None:
    module: Any = plugin(EXPORTS, name)
    info = module.INFO
    assert isinstance(info, ExportInfo)
    assert info.name == name
    assert info.summary and info.suffix.startswith(".")
    assert callable(module.write)
    assert hasattr(module, "send") == info.sends
    assert hasattr(module, "page") == info.serves


@pytest.mark.parametrize("name", names(EXPORTS))
def test_every_export_writes_the_same_text_twice_and_no_nan(name: str) -> None:
    module = plugin(EXPORTS, name)
    assert text_of(module) == text_of(module)
    assert not re.search(r"\bnan\b|\binf", text_of(module), re.IGNORECASE)


@pytest.mark.parametrize("name", names(EXPORTS))
def test_every_export_writes_an_empty_ledger(name: str) -> None:
    empty = replace(TOTALS, cells=(), intervals=(), coverage={}, since=None, entries=0)
    assert text_of(plugin(EXPORTS, name), Given(empty, ()))


def test_prometheus_counts_in_joules_and_grams() -> None:
    found = samples(text_of(prometheus))
    assert only(found, "treadlight_energy_joules_total", 'component="gpu"') == 7.2e6
    assert only(found, "treadlight_ghg_grams_total", 'component="gpu"', 'team="estuary"') == 500
    assert only(found, "treadlight_grid_energy_joules_total") == pytest.approx(2.4 * 3.6e6)
    assert only(found, "treadlight_ghg_grams_interval", 'by="all"', 'quantile="0.95"') == 1500
    assert only(found, "treadlight_coverage_ratio", 'category="water"') == 0.5


def test_prometheus_leaves_out_what_is_unknown() -> None:
    found = samples(text_of(prometheus))
    assert not [name for name in found if "energy_joules_total" in name and 'component="node"' in name]
    assert not [name for name in found if "water_litres_total" in name and 'component="gpu"' in name]
    assert not [name for name in found if name.startswith(("treadlight_ewaste", "treadlight_minerals"))]


def test_a_counter_never_falls_and_the_gauge_tells_the_truth() -> None:
    before = text_of(prometheus)
    corrected = replace(
        TOTALS,
        cells=(replace(CELLS[0], device_kwh=1.0), *CELLS[1:]),
        intervals=(Interval("all", "", "gwp", Quantity("kgCO2e", 0.1, 0.2, 0.3)),),
        entries=8,
    )
    found = samples(text_of(prometheus, Given(corrected), before))
    assert only(found, "treadlight_energy_joules_total", 'component="gpu"') == 7.2e6
    assert only(found, "interval", 'by="all"', 'quantile="0.5"') == 200
    grown = replace(corrected, cells=(replace(CELLS[0], device_kwh=3.0), *CELLS[1:]))
    assert only(samples(text_of(prometheus, Given(grown), before)), "treadlight_energy_joules_total", "gpu") == 10.8e6


@pytest.mark.parametrize("change", [{"entries": 6}, {"selection": "project=vision"}])
def test_another_ledger_or_another_selection_starts_counting_anew(change: dict[str, Any]) -> None:
    less = replace(TOTALS, cells=(replace(CELLS[0], device_kwh=1.0),), **change)
    found = samples(text_of(prometheus, Given(less), text_of(prometheus)))
    assert only(found, "treadlight_energy_joules_total") == 3.6e6


def test_a_file_that_was_no_page_is_replaced() -> None:
    assert text_of(prometheus, None, 'not { a page="') == text_of(prometheus)


def test_restating_begins_new_series() -> None:
    newer = replace(TOTALS, library="2027.05", cells=(replace(CELLS[0], impacts={"gwp": 0.1}),))
    found = samples(text_of(prometheus, Given(newer), text_of(prometheus)))
    assert only(found, "treadlight_ghg_grams_total", 'library="2027.05"') == 100


def test_labels_are_escaped() -> None:
    odd = replace(TOTALS, cells=(replace(CELLS[0], project='a"b\\c\nd'),))
    from prometheus_client.parser import text_string_to_metric_families

    families = text_string_to_metric_families(text_of(prometheus, Given(odd)))
    projects = {s.labels.get("project") for f in families for s in f.samples}
    assert 'a"b\\c\nd' in projects


def test_openmetrics_is_given_to_who_asks_for_it() -> None:
    page, content_type = prometheus.page(Given(), "", "application/openmetrics-text; version=1.0.0")
    assert content_type.startswith("application/openmetrics-text")
    assert page.endswith(b"# EOF\n")


def test_opentelemetry_is_an_otlp_request_that_its_own_types_read() -> None:
    from google.protobuf.json_format import Parse  # type: ignore[import-untyped]
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

    request = Parse(text_of(opentelemetry), ExportMetricsServiceRequest())
    found = {m.name: m for m in request.resource_metrics[0].scope_metrics[0].metrics}
    (point,) = [p for p in found["hw.energy"].sum.data_points if p.as_double == 7.2e6]
    assert {a.key: a.value.string_value for a in point.attributes}["hw.type"] == "gpu"
    assert found["hw.energy"].sum.is_monotonic
    assert found["hw.energy"].unit == "J"
    assert not found["treadlight.ghg"].sum.is_monotonic
    assert sum(p.as_double for p in found["treadlight.ghg"].sum.data_points) == pytest.approx(750)
    assert "hw.host.energy" not in found


def test_opentelemetry_gives_no_component_without_a_type_as_hardware() -> None:
    document = json.loads(text_of(opentelemetry, Given(replace(TOTALS, cells=(replace(CELLS[1], device_kwh=1.0),)))))
    metrics = document["resourceMetrics"][0]["scopeMetrics"][0]["metrics"]
    assert "hw.energy" not in {m["name"] for m in metrics}
    assert len(next(m for m in metrics if m["name"] == "treadlight.energy")["sum"]["dataPoints"]) == 1


@pytest.mark.parametrize("address", ["localhost:4318", "ftp://host", "http://", ""])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(InputError, match="--endpoint"):
        opentelemetry.send(Given(), address)


def test_codecarbon_has_its_columns_and_units() -> None:
    (row,) = csv.DictReader(io.StringIO(text_of(codecarbon)))
    assert tuple(row) == codecarbon.COLUMNS
    assert len(codecarbon.COLUMNS) == 38
    assert (row["duration"], row["emissions"], row["energy_consumed"]) == ("3600.0", "0.6", "2.4")
    assert float(row["gpu_power"]) == pytest.approx(2000)
    assert float(row["gpu_energy"]) == 2.4
    assert float(row["pue"]) == pytest.approx(1.2)
    assert float(row["emissions_rate"]) == pytest.approx(0.6 / 3600)
    assert (row["country_iso_code"], row["gpu_count"], row["gpu_model"]) == ("FRA", "1", "h100-sxm5-80gb")
    assert row["tracking_mode"] == "machine"


def test_codecarbon_leaves_unknown_cells_empty() -> None:
    unknown = RunTotal(replace(RUN, channels=(), attribution=""))
    (row,) = csv.DictReader(io.StringIO(text_of(codecarbon, Given(TOTALS, (unknown,)))))
    for column in ("emissions", "energy_consumed", "cpu_energy", "gpu_power", "water_consumed", "pue", "gpu_count"):
        assert row[column] == "", column


def test_every_category_has_its_metric() -> None:
    cell = replace(CELLS[0], impacts=dict.fromkeys(CATEGORIES, 1.0))
    totals = replace(TOTALS, cells=(cell,))
    assert len([n for n in samples(text_of(prometheus, Given(totals))) if "_total{" in n]) == 1 + len(CATEGORIES)
    document = json.loads(text_of(opentelemetry, Given(totals)))
    sums = [m for m in document["resourceMetrics"][0]["scopeMetrics"][0]["metrics"] if "sum" in m]
    assert len(sums) == 2 + len(CATEGORIES)
    assert all(math.isfinite(p["asDouble"]) for m in sums for p in m["sum"]["dataPoints"])


def test_names_and_units_of_metrics_follow_the_conventions_of_opentelemetry() -> None:
    document = json.loads(text_of(opentelemetry))
    metrics = document["resourceMetrics"][0]["scopeMetrics"][0]["metrics"]
    for metric in metrics:
        assert re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+", metric["name"])
        assert metric["unit"] in ("J", "g", "L", "1"), "case-sensitive codes of UCUM"
        assert not metric["name"].endswith(("total", "joules", "grams")), "units and kinds stand beside the name"
    names = [metric["name"] for metric in metrics]
    assert len(names) == len(set(names))
    assert not any(a.startswith(f"{b}.") and not a.endswith(".interval") for a in names for b in names)
