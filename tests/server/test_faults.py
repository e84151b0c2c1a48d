"""Servers that are killed, databases that go away, two that start at once: nothing acknowledged is lost or doubled."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from serving import activities, bodies, process, secret, served
from treadlight.app.server.logs import AsJson
from treadlight.ledger.database import Database
from treadlight.ledger.migrate import prepare, upgrade
from treadlight.ledger.schema import VERSION
from treadlight.ledger.store import Ledger

_PROJECTS = 10


def _keep_sending(port: int, token: str, client: int, acknowledged: set[str], taken: threading.Event) -> None:
    """Send batches until the server is gone; what it acknowledges is written down, and that it does is told."""
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers) as http:
        for n in range(1_000):
            batch = bodies(activities(20, f"p{client % _PROJECTS}", client * 20_000 + n * 20))
            try:
                answer = http.post("/api/v1/activities", json={"activities": batch})
            except httpx.HTTPError:
                return
            if answer.status_code == 200:
                acknowledged.update(b["id"] for b in batch)
                taken.set()


def _killed(url: str, rounds: int, signal_: int) -> tuple[set[str], list[str]]:
    """Ids that servers acknowledged before each was killed in the middle, and those that the ledger holds."""
    token = secret(url, ["ingest"])
    chance = random.Random(7)
    acknowledged: set[str] = set()
    for i in range(rounds):
        taken = threading.Event()
        with process(url, "--log-level", "info") as (running, port), ThreadPoolExecutor(3) as pool:
            senders = [pool.submit(_keep_sending, port, token, i * 3 + c, acknowledged, taken) for c in range(3)]
            assert taken.wait(60)
            time.sleep(chance.uniform(0.05, 0.4))
            running.send_signal(signal_)
            running.wait(30)
            for sender in senders:
                sender.result()
    with Ledger.open(url) as ledger:
        assert ledger.verify().ok
        return acknowledged, [a.id for a in ledger.activities()]


@pytest.mark.slow
def test_a_server_killed_fifty_times_loses_and_doubles_nothing(tmp_path: Path) -> None:
    acknowledged, kept = _killed(str(tmp_path / "ledger.sqlite"), 50, signal.SIGKILL)
    assert acknowledged
    assert acknowledged <= set(kept)
    assert len(kept) == len(set(kept))


def test_a_server_killed_in_the_middle_loses_nothing(tmp_path: Path) -> None:
    acknowledged, kept = _killed(str(tmp_path / "ledger.sqlite"), 3, signal.SIGKILL)
    assert acknowledged <= set(kept)
    assert len(kept) == len(set(kept))


def test_a_server_that_is_told_to_stop_answers_what_it_took_in_and_exits_well(tmp_path: Path) -> None:
    url = str(tmp_path / "ledger.sqlite")
    token = secret(url, ["ingest"])
    with process(url) as (running, port):
        headers = {"authorization": f"Bearer {token}"}
        body = {"activities": bodies(activities(500))}
        answer = httpx.post(f"http://127.0.0.1:{port}/api/v1/activities", json=body, headers=headers, timeout=60)
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == 0
    assert answer.json()["appended"] == 500
    with Ledger.open(url) as ledger:
        assert ledger.head()[1] == 500


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_two_servers_that_start_at_once_both_run(tmp_path: Path, request: pytest.FixtureRequest, kind: str) -> None:
    url = str(tmp_path / "l.sqlite") if kind == "sqlite" else request.getfixturevalue("postgres")()
    older = Database(url)
    with older.writing() as connection:
        upgrade(connection, "0001")
    older.close()

    def start(_: int) -> None:
        database = Database(url)
        prepare(database)
        with database.reading() as connection:
            assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == VERSION
        database.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(start, range(4)))


def test_a_ledger_of_the_first_schema_that_cannot_be_written_is_still_read(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everything")
    path = tmp_path / "l.sqlite"
    older = Database(path)
    with older.writing() as connection:
        upgrade(connection, "0001")
    older.close()
    path.chmod(0o444)
    with Ledger.open(path) as ledger:
        assert ledger.head()[1] == 0


def test_a_database_that_is_down_at_the_start_is_named_in_one_line(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "treadlight", "serve", "--port", "0", "--database", "postgresql://127.0.0.1:9/x"]
    env = {**os.environ, "TREADLIGHT_HOME": str(tmp_path)}
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1


def test_a_port_that_is_taken_is_named_in_one_line(tmp_path: Path) -> None:
    with process(str(tmp_path / "l.sqlite")) as (_, port):
        argv = [sys.executable, "-m", "treadlight", "ui", "--port", str(port)]
        env = {**os.environ, "TREADLIGHT_HOME": str(tmp_path)}
        done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert f"127.0.0.1:{port}" in done.stderr


def test_a_database_that_goes_away_is_told_and_found_again_when_it_is_back(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with served(path) as api:
        assert api.send(activities(2)).status_code == 200
        with api.place.ledger._database.writing() as connection:
            connection.execute(text("ALTER TABLE entry RENAME TO away"))
        for address in ("/readyz", "/api/v1/health", "/metrics"):
            answer = api.get(address)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert api.send(activities(2, first=50)).status_code == 503
        assert api.get("/healthz").status_code == 200
        with api.place.ledger._database.writing() as connection:
            connection.execute(text("ALTER TABLE away RENAME TO entry"))
        assert api.get("/readyz").status_code == 200
        assert api.send(activities(2, first=50)).json()["appended"] == 2


def test_where_a_database_lies_is_told_to_nobody_who_is_not_known(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "s3cret place" / "ledger.sqlite"
    path.parent.mkdir()
    token = secret(path, ["read"])
    with served(path) as api:
        known = api.with_token(token)
        assert known.get("/api/v1/health").status_code == 200
        with api.place.ledger._database.writing() as connection:
            connection.execute(text("ALTER TABLE entry RENAME TO away"))
        for address in ("/readyz", "/metrics"):
            told = api.get(address)
            assert (told.status_code, told.json()["detail"].partition(";")[0]) == (503, "the database does not answer")
            assert "s3cret" not in told.text and "entry" not in told.text
        assert "s3cret place" in known.get("/api/v1/health").json()["detail"]
        api.place.changed()  # whoever was known is known no longer, and nobody can be asked
        with api.place.ledger._database.writing() as connection:
            connection.execute(text("ALTER TABLE token RENAME TO gone"))
        for address in ("/api/v1/health", "/runs"):
            assert "s3cret" not in known.get(address).text
    assert any("s3cret place" in AsJson().format(record) for record in caplog.records)


def test_postgresql_that_drops_its_connections_is_found_again(postgres: object) -> None:
    url = postgres()  # type: ignore[operator]
    with served(url) as api:
        assert api.send(activities(5)).status_code == 200
        with api.place.ledger._database.reading() as connection:
            mine = connection.execute(text("SELECT pg_backend_pid()")).scalar()
        import psycopg

        with psycopg.connect(url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        assert mine is not None
        assert api.send(activities(5) + activities(5, first=60)).json() == {
            "appended": 5, "skipped": 5, "superseded": 0,
        }  # fmt: skip
        assert api.get("/readyz").json()["entries"] == 10


@pytest.mark.parametrize("field", ["cause", "component"])
def test_text_that_postgresql_cannot_keep_is_refused_and_the_rest_is_kept(postgres: object, field: str) -> None:
    with served(postgres()) as api:  # type: ignore[operator]
        answer = api.send(activities(1, **{field: "a\0b"}))
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
        assert api.send(activities(3)).json()["appended"] == 3
