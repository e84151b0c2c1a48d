"""Prometheus: growth of counters over resets and gaps, zeros that are unknown, nothing held twice."""

import json
import math
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reading_imports import SAMPLES, Reading, reading
from treadlight.core.activity import EvidenceMethod
from treadlight.core.errors import InputError
from treadlight.importers.formats import prometheus
from treadlight.importers.frame import Options
from treadlight.importers.prometheus_series import grown
from treadlight.importers.runs import ELECTRICITY
from treadlight.importers.source import Source

T0 = 1788256800  # 2026-09-01T10:00:00Z


def answer(*series: tuple[dict[str, str], list[tuple[float, str]]]) -> str:
    result = [{"metric": labels, "values": [[t, v] for t, v in values]} for labels, values in series]
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}})


def steady(
    name: str, per_s: float, seconds: int = 600, **labels: str
) -> tuple[dict[str, str], list[tuple[float, str]]]:
    """A counter that grows steadily, sampled every minute."""
    labels = {"__name__": name, "instance": "n:1"} | labels
    return labels, [(T0 + t, str(per_s * t)) for t in range(0, seconds + 1, 60)]


def of(folder: Path, *series: tuple[dict[str, str], list[tuple[float, str]]], **settings: str) -> Reading:
    path = folder / "answer.json"
    path.write_text(answer(*series))
    return reading("prometheus", path, **settings)


@pytest.fixture(scope="module")
def kepler() -> Reading:
    return reading("prometheus", SAMPLES / "prometheus_kepler.json")


@pytest.fixture(scope="module")
def dcgm() -> Reading:
    return reading("prometheus", SAMPLES / "prometheus_dcgm_vllm.json")


def test_a_counter_that_began_anew_loses_only_what_it_never_showed(kepler: Reading) -> None:
    # dynamic: 60 min of 60 W, restart, 1800 J and 59 min of 60 W; idle: two hours of 20 W
    assert kepler.total(ELECTRICITY, "cpu") == pytest.approx((216_000 + 1800 + 212_400 + 144_000) / 3.6e6)
    assert any("began anew" in reason for reason in kepler.reasons())


def test_samples_that_are_no_number_are_passed_over(kepler: Reading) -> None:
    assert kepler.total(ELECTRICITY, "memory") == pytest.approx(36_000 / 3.6e6)
    assert any("NaN" in reason for reason in kepler.reasons())


def test_cores_are_part_of_their_package_and_containers_of_their_node(kepler: Reading) -> None:
    assert kepler.flows() == {ELECTRICITY}
    assert {"cpu", "memory"} == {activity.component for activity in kepler.activities}
    lost = {note.value for note in kepler.flags if "held by another" in note.reason}
    assert lost == {"kepler_node_core_joules_total", "kepler_container_joules_total"}


def test_a_counter_that_stays_at_zero_is_unknown(kepler: Reading) -> None:
    run = kepler.run("vm-b")
    assert not [a for a in kepler.activities if a.parent == run.id]
    (lost,) = run.channels
    assert (lost.amount, lost.state) == (None, "unreadable")
    assert "virtual machines" in lost.detail


def test_containers_count_instead_of_the_node_where_they_are_asked_for() -> None:
    found = reading("prometheus", SAMPLES / "prometheus_kepler.json", level="container")
    assert found.total(ELECTRICITY) == pytest.approx(2500 * 120 / 3.6e6)


def test_a_label_names_the_project() -> None:
    settings = {"level": "container", "project_label": "container_namespace"}
    found = reading("prometheus", SAMPLES / "prometheus_kepler.json", **settings)
    assert {a.subject.project for a in found.activities} == {"vision"}


def test_of_a_gpu_the_energy_counter_goes_before_its_power(dcgm: Reading) -> None:
    # 300 W for two hours by the counter; 250 W for two hours by power, of which 20 minutes lack samples
    assert dcgm.total(ELECTRICITY) == pytest.approx(0.6 + 0.5, rel=1e-6)
    bridged = sum(
        a.amount for a in dcgm.activities if a.evidence.method is EvidenceMethod.MODELLED and a.flow == ELECTRICITY
    )
    assert bridged == pytest.approx(0.25 * 20 / 60, rel=1e-6)


def test_gpus_that_dcgm_names_have_hours(dcgm: Reading) -> None:
    assert dcgm.total("hardware.accelerator.a100-sxm4-80gb") == pytest.approx(4.0)


def test_tokens_are_counts_over_a_reset(dcgm: Reading) -> None:
    assert dcgm.run("node-a").counts == {"tokens_in": 120_000, "tokens_out": 23_800}


def test_energy_is_split_by_hour(dcgm: Reading) -> None:
    starts = {a.start.isoformat() for a in dcgm.activities if a.flow == ELECTRICITY}
    assert starts == {"2026-09-01T10:00:00+00:00", "2026-09-01T11:00:00+00:00"}


def test_ranges_that_follow_each_other_at_the_hour_add_up(tmp_path: Path) -> None:
    labels, values = steady("kepler_node_package_joules_total", 50.0, 7200)
    whole = of(tmp_path, (labels, values))
    early = of(tmp_path, (labels, values[:61]))
    late = of(tmp_path, (labels, values[60:]))
    assert {a.id: a.amount for a in (*early.activities, *late.activities)} == pytest.approx(
        {a.id: a.amount for a in whole.activities}
    )


@given(
    st.lists(st.floats(0, 1e6), min_size=2, max_size=40),
    st.sets(st.integers(0, 39)),
    st.floats(1, 4000),
)
def test_growth_is_the_same_however_the_time_is_cut(steps: list[float], resets: set[int], every_s: float) -> None:
    value, truth, samples = 1e6, 0.0, []
    for i, step in enumerate(steps):
        if i in resets and i > 0 and step < value:
            value = step  # began anew, and shows what came since
        else:
            value += step if i else 0.0
        truth += step if i else 0.0
        samples.append((T0 + i * 61.0, value))
    for period_s in (every_s, 3600.0, 1e9):
        assert math.fsum(g.amount for g in grown(samples, period_s)) == pytest.approx(truth, rel=1e-9, abs=1e-6)


def test_a_period_whose_bound_is_rounded_before_itself_comes_to_an_end() -> None:
    period_s, number = 723.9551898477555, 98456259
    bound_s = (number + 1) * period_s
    assert math.floor(bound_s / period_s) == number, "the bound seems to lie in the period that it ends"
    found = [*grown([(number * period_s, 0.0), (bound_s + period_s, 2.0)], period_s)]
    assert math.fsum(g.amount for g in found) == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        (("kepler_node_cpu_joules_total", "kepler_node_cpu_active_joules_total"), {"kepler_node_cpu_joules_total"}),
        (("kepler_pod_cpu_joules_total", "kepler_container_cpu_joules_total"), {"kepler_pod_cpu_joules_total"}),
        (
            ("kepler_node_platform_joules_total", "kepler_node_package_joules_total"),
            {"kepler_node_package_joules_total"},
        ),
        (("kepler_node_platform_joules_total", "kepler_node_dram_joules_total"), None),
        (("kepler_container_joules_total", "kepler_container_dram_joules_total"), {"kepler_container_joules_total"}),
        (("kepler_node_gpu_joules_total", "DCGM_FI_DEV_POWER_USAGE"), {"DCGM_FI_DEV_POWER_USAGE"}),
    ],
)
def test_nothing_is_counted_twice(tmp_path: Path, names: tuple[str, ...], kept: set[str] | None) -> None:
    found = of(tmp_path, *(steady(name, 10.0, zone="package") for name in names))
    seen = {a.evidence.basis.partition(":")[0] for a in found.activities if a.flow == ELECTRICITY}
    assert seen == (kept or set(names))


def test_slices_of_a_gpu_show_the_whole_gpu_and_count_once(tmp_path: Path) -> None:
    energy = "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"
    found = of(tmp_path, *(steady(energy, 300_000.0, UUID="GPU-1", GPU_I_ID=str(i)) for i in range(3)))
    assert found.total(ELECTRICITY) == pytest.approx(300 * 600 / 3.6e6)


def test_a_metric_we_do_not_know_needs_its_unit(tmp_path: Path) -> None:
    series = steady("pdu_energy", 1.0)
    with pytest.raises(InputError, match="unit=J"):
        of(tmp_path, series)
    assert of(tmp_path, series, unit="Wh").total(ELECTRICITY) == pytest.approx(0.6)
    with pytest.raises(InputError, match="is no unit"):
        of(tmp_path, series, unit="calories")


def test_a_sum_without_a_name_is_named_by_an_option(tmp_path: Path) -> None:
    labels, values = steady("", 10.0)
    found = of(tmp_path, ({}, values), metric="kepler_node_package_joules_total")
    assert found.total(ELECTRICITY) == pytest.approx(6000 / 3.6e6)
    assert labels


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"status": "error", "error": "parse error"}, "parse error"),
        ({"status": "success", "data": {"resultType": "vector", "result": []}}, "query_range"),
        ({"status": "success", "data": {"resultType": "matrix", "result": []}}, "no series"),
    ],
)
def test_what_is_no_range_is_refused(tmp_path: Path, document: object, words: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document))
    with pytest.raises(InputError, match=words):
        reading("prometheus", path)


class _Prometheus(BaseHTTPRequestHandler):
    """Answers range queries for one counter of 50 W, as Prometheus does, and no more than 11 000 points."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        body = b"<html>front page</html>"
        if parts.path == "/api/v1/query_range":
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            start, end = (prometheus.moment(asked[name], name).timestamp() for name in ("start", "end"))
            step = float(asked["step"])
            count = int((end - start) / step) + 1
            assert count <= 11_000
            values = [(start + i * step, str(50.0 * (start + i * step))) for i in range(count)]
            body = answer(({"__name__": asked["query"], "instance": "n:1"}, values)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Prometheus) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()
        thread.join()


def test_a_server_is_asked_in_pieces_that_it_allows(server: str) -> None:
    given = {
        "query": "kepler_node_package_joules_total",
        "start": "2026-09-01T00:00Z",
        "end": "2026-09-01T06:00Z",
        "step": "1",
    }
    with Source.open(server) as source:
        front = source.digest
        found = list(prometheus.read(source, Options.of(prometheus.INFO, given=given)))
        assert source.digest != front
        activities = [a for imported in found for a in imported.activities]
        assert sum(a.amount for a in activities) == pytest.approx(50 * 6 * 3600 / 3.6e6, rel=1e-9)
        assert {a.evidence.digest for a in activities} == {source.digest}


def test_a_query_needs_a_server(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="query"):
        of(tmp_path, steady("kepler_node_package_joules_total", 1.0), query="up")


def test_energy_of_dcgm_that_openmetrics_renamed_is_the_same_metric(tmp_path: Path) -> None:
    labels = {"Hostname": "n", "UUID": "GPU-1", "modelName": "NVIDIA A100-SXM4-80GB"}
    samples = [(T0 + i * 60, i * 1.8e7) for i in range(61)]  # mJ: 300 W
    for name in ("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION_total"):
        found = of(tmp_path, (labels | {"__name__": name}, samples))
        assert found.total(ELECTRICITY) == pytest.approx(0.3)
