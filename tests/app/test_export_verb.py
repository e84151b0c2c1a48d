"""`treadlight export` as a person uses it: files whole or not at all, a page that is scraped, rows that read back."""

import csv
import json
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tracking import environment
from treadlight.app.serving import Scraped, address
from treadlight.core.errors import InputError, LedgerError
from treadlight.ledger.store import Ledger

BUSY = "import time; t = time.time()\nwhile time.time() - t < 0.3: sum(range(1000))"


def treadlight(home: Path, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "treadlight", *arguments],
        env=environment(TREADLIGHT_HOME=str(home), NO_COLOR="1"),
        cwd=home.parent,
        text=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("exported") / "home"
    for name, project in (("one", "vision"), ("two", "speech")):
        options = ("--name", name, "--project", project, "--stage", "training", "--zone", "FR", "--quiet")
        treadlight(made, "track", *options, "--", sys.executable, "-c", BUSY)
    return made


def page(text: str) -> dict[str, float]:
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


@pytest.mark.parametrize("form", ["jsonl", "codecarbon", "prometheus"])
@pytest.mark.parametrize("target", ["home/ledger.sqlite", "link.csv", "home/journals/absorbed/run.jsonl.gz"])
def test_an_export_never_replaces_the_ledger_or_a_journal(tmp_path: Path, form: str, target: str) -> None:
    treadlight(tmp_path / "home", "track", "--zone", "FR", "--quiet", "--", sys.executable, "-c", "pass")
    (tmp_path / "link.csv").symlink_to(tmp_path / "home/ledger.sqlite")
    (tmp_path / "home/journals/absorbed").mkdir(exist_ok=True)
    (tmp_path / "home/journals/absorbed/run.jsonl.gz").write_bytes(b"kept")
    treadlight(tmp_path / "home", "runs")
    before = (tmp_path / target).read_bytes()
    done = treadlight(tmp_path / "home", "export", form, target, code=2)
    assert done.stderr.startswith("error: FILE: is a file that is read")
    assert (tmp_path / target).read_bytes() == before


def test_another_ledger_is_not_replaced_either(home: Path, tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "other.sqlite"):
        pass
    before = (tmp_path / "other.sqlite").read_bytes()
    assert "is a database" in treadlight(home, "export", str(tmp_path / "other.sqlite"), code=2).stderr
    assert (tmp_path / "other.sqlite").read_bytes() == before


def test_an_export_takes_the_place_of_no_other_kind_of_file(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "study.toml"
    file.write_text("[goal]\nx = 1\n")
    for form in ("jsonl", "codecarbon"):
        assert "holds TOML, not " in treadlight(home, "export", form, str(file), code=2).stderr
    assert file.read_text() == "[goal]\nx = 1\n"
    for _ in range(2):
        treadlight(home, "export", "codecarbon", str(tmp_path / "emissions.csv"))


def test_without_a_format_the_ledgers_own_lines_are_written_as_ever(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "ledger.jsonl"
    treadlight(home, "export", str(file))
    assert json.loads(file.read_text().splitlines()[0]) == {"schema": "treadlight.ledger/1"}
    assert treadlight(home, "export").stdout == file.read_text() == treadlight(home, "export", "jsonl").stdout
    assert "skipped 0" in treadlight(tmp_path / "home", "import", str(file)).stderr


def test_the_formats_are_listed(home: Path) -> None:
    listed = json.loads(treadlight(home, "export", "--list", "--json").stdout)
    assert {"jsonl", "prometheus", "opentelemetry", "codecarbon"} <= {form["name"] for form in listed}


def test_counters_of_parts_add_up_to_the_account_of_the_runs(home: Path) -> None:
    found = page(treadlight(home, "export", "prometheus").stdout)
    whole = sum(value for name, value in found.items() if name.startswith("treadlight_energy_joules_total"))
    runs = json.loads(treadlight(home, "runs", "--json").stdout)
    bounds = [sum(run["energy_kwh"][p] for run in runs) * 3.6e6 for p in ("p05", "p95")]
    assert bounds[0] < whole < bounds[1]
    parts = sum(v for n, v in found.items() if n.startswith("treadlight_ghg_grams_total"))
    low, high = (
        next(v for n, v in found.items() if "ghg_grams_interval" in n and 'by="all"' in n and f'quantile="{q}"' in n)
        for q in ("0.05", "0.95")
    )
    assert low < parts < high


def test_an_export_can_be_of_some_runs_only(home: Path) -> None:
    text = treadlight(home, "export", "prometheus", "--project", "vision").stdout
    assert 'project="vision"' in text
    assert 'project="speech"' not in text


def test_emissions_csv_is_read_back_by_the_codecarbon_importer(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "emissions.csv"
    done = treadlight(home, "export", "codecarbon", str(file), "--json")
    assert json.loads(done.stdout) == {"schema": "treadlight.export/1", "format": "codecarbon", "file": str(file)}
    rows = list(csv.DictReader(file.read_text().splitlines()))
    assert [row["project_name"] for row in rows] == ["vision", "speech"]
    assert {row["country_iso_code"] for row in rows} == {"FRA"}
    assert all(float(row["emissions"]) > 0 and row["gpu_energy"] == "" for row in rows)
    refused = treadlight(tmp_path / "home", "import", "codecarbon", str(file), code=2).stderr
    assert "is a run of treadlight" in refused  # it would be counted twice
    for row in rows:
        file.write_text(file.read_text().replace(row["run_id"], f"another-{row['project_name']}"))
    treadlight(tmp_path / "home", "import", "codecarbon", str(file))
    with Ledger.open(tmp_path / "home/ledger.sqlite") as ledger:
        assert {run.subject.project for run in ledger.runs()} == {"vision", "speech"}
        energy = sum(a.amount for a in ledger.activities() if a.flow.startswith("electricity"))
    stated = sum(float(row["energy_consumed"]) for row in rows)
    assert 0.5 * stated < energy <= stated * 1.001


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["promethius"], ["FORMAT", "prometheus"]),
        (["nosuchformat", "file"], ["FORMAT", "nosuchformat", "codecarbon"]),
        (["codecarbon", "--serve"], ["cannot be served"]),
        (["codecarbon", "--endpoint", "http://x"], ["cannot be sent"]),
        (["prometheus", "--refresh", "3"], ["--serve"]),
        (["prometheus", "--serve", "here"], ["--serve", "HOST:PORT"]),
        (["prometheus", "--serve", ":99999"], ["--serve", "HOST:PORT"]),
        (["prometheus", "file", "--serve", ":0"], ["exclude each other"]),
        (["prometheus", "--serve", ":0", "--refresh", "soon"], ["--refresh", "soon"]),
        (["jsonl", "--project", "x"], ["--project", "whole ledger"]),
        (["--json"], ["--json", "FILE"]),
        (["codecarbon", "/no/such/folder/x.csv"], ["FILE", "folder"]),
        (["prometheus", "--since", "yesterday"], ["--since", "yesterday"]),
        (["opentelemetry", "--endpoint", "collector:4318"], ["--endpoint", "http://"]),
    ],
)
def test_mistakes_are_one_line(home: Path, arguments: list[str], words: list[str]) -> None:
    done = treadlight(home, "export", *arguments, code=2)
    (line,) = done.stderr.splitlines()
    assert done.stdout == ""
    assert all(word in line for word in words), line


def test_a_file_that_cannot_be_finished_is_not_there(home: Path, tmp_path: Path) -> None:
    overlay = tmp_path / "broken"
    overlay.mkdir()
    (overlay / "grid.csv").write_text("zone\nFR\n")
    env = environment(TREADLIGHT_HOME=str(home), TREADLIGHT_OVERLAY=str(overlay))
    command = [sys.executable, "-m", "treadlight", "export", "codecarbon", str(tmp_path / "x.csv")]
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    assert done.returncode == 2
    assert [p.name for p in tmp_path.iterdir()] == ["broken"]


def test_a_page_is_served_scraped_and_stopped(home: Path) -> None:
    command = [sys.executable, "-m", "treadlight", "export", "prometheus", "--serve", ":0", "--refresh", "0"]
    env = environment(TREADLIGHT_HOME=str(home))
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as serving:
        assert serving.stderr is not None
        url = serving.stderr.readline().split()[1].rstrip(";")
        assert url.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(url) as answer:
            assert answer.headers["Content-Type"].startswith("text/plain; version=")
            first = page(answer.read().decode())
        treadlight(home, "track", "--project", "later", "--quiet", "--", sys.executable, "-c", BUSY)
        with urllib.request.urlopen(url) as answer:
            second = page(answer.read().decode())
        assert any('project="later"' in name for name in second)
        counters = [name for name in first if "_total{" in name]
        assert counters
        assert all(second[name] >= first[name] for name in counters)
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(url + "/nothing")
        serving.send_signal(signal.SIGTERM)
        assert serving.wait(timeout=20) == 0
        assert "Traceback" not in serving.stderr.read()


class _Collector(BaseHTTPRequestHandler):
    got: list[tuple[str, bytes]] = []  # noqa: RUF012 (one collector a test run)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((self.path, body))
        self.send_response(200 if "refuse" not in self.path else 400)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def collector() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Collector) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()
        thread.join()


def test_metrics_reach_a_collector(home: Path, collector: str) -> None:
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

    _Collector.got.clear()
    treadlight(home, "export", "opentelemetry", "--endpoint", collector)
    ((path, body),) = _Collector.got
    assert path == "/v1/metrics"
    request = ExportMetricsServiceRequest.FromString(body)
    assert any(m.name == "hw.energy" for m in request.resource_metrics[0].scope_metrics[0].metrics)


def test_a_collector_that_refuses_is_told_in_one_line(home: Path, collector: str) -> None:
    done = treadlight(home, "export", "opentelemetry", "--endpoint", f"{collector}/refuse", code=2)
    (line,) = done.stderr.splitlines()
    assert "--endpoint" in line


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("9464", ("127.0.0.1", 9464)),
        (":9464", ("127.0.0.1", 9464)),
        ("0.0.0.0:1", ("0.0.0.0", 1)),
        ("[::1]:2", ("::1", 2)),
    ],
)
def test_addresses(text: str, found: tuple[str, int]) -> None:
    assert address(text, "--serve") == found


def test_scrapes_within_the_refresh_time_share_one_answer_and_faults_are_not_kept() -> None:
    now, asked = [0.0], []

    def made(material: Any, previous: str, accept: str) -> tuple[bytes, str]:
        material.totals()
        return f"{len(asked)} {accept}".encode(), "text/plain"

    class Material:
        broken = False

        def totals(self) -> None:
            asked.append(1)
            if self.broken:
                raise LedgerError("is gone", field="ledger")

    material = Material()
    scraped = Scraped(made, material, 15.0, clock=lambda: now[0])  # type: ignore[arg-type]
    assert scraped.answer() == scraped.answer()
    assert len(asked) == 1
    now[0], material.broken = 20.0, True
    with pytest.raises(LedgerError):
        scraped.answer()
    material.broken = False
    scraped.answer()
    assert len(asked) == 3


def test_a_port_in_use_is_said() -> None:
    import socket

    from treadlight.app.serving import serve

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        scraped = Scraped(lambda *_: (b"", ""), None, 1.0)  # type: ignore[arg-type]
        with pytest.raises(InputError, match="--serve"):
            serve(scraped, "127.0.0.1", taken.getsockname()[1], lambda _: None)


@pytest.mark.parametrize(
    ("form", "package", "extra"),
    [("prometheus", "prometheus_client", "prometheus"), ("opentelemetry", "opentelemetry", "otel")],
)
@pytest.mark.parametrize("how", ["file", "serve"])
def test_what_an_export_lacks_is_named_and_no_file_is_left(
    home: Path, tmp_path: Path, form: str, package: str, extra: str, how: str
) -> None:
    places = {"file": ("out.txt",), "serve": ("--serve",) if form == "prometheus" else ("--endpoint", "http://[::1]:9")}
    absent = f"import sys; sys.modules[{package!r}] = None; sys.argv = ['treadlight', *sys.argv[1:]]"
    code = f"{absent}\nfrom treadlight.app.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "export", form, *places[how]],
        env=environment(TREADLIGHT_HOME=str(home), NO_COLOR="1"),
        cwd=tmp_path,
        text=True,
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert f"pip install 'treadlight[{extra}]'" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
