"""The command line against a server: the same answers as against the ledger itself."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from serving import activities, bodies, process, secret, whole_run
from treadlight.app.client import Client
from treadlight.app.remote import RemoteLedger
from treadlight.core.errors import InputError, NotFoundError
from treadlight.ledger.query import Filter
from treadlight.ledger.store import Ledger


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, str]]:
    """Path of a ledger, the address of a server on it, and a token."""
    folder = tmp_path_factory.mktemp("remote")
    path = folder / "ledger.sqlite"
    token = secret(path, ["ingest", "read"])
    env = {**os.environ, "TREADLIGHT_HOME": str(folder)}
    with process(str(path), env=env) as (_, port):
        address = f"http://127.0.0.1:{port}"
        headers = {"authorization": f"Bearer {token}"}
        sent = [httpx.post(f"{address}/api/v1/runs", json=whole_run(n), headers=headers) for n in range(4)]
        batch = {"activities": bodies(activities(1200))}
        sent.append(httpx.post(f"{address}/api/v1/activities", json=batch, headers=headers))
        assert {answer.status_code for answer in sent} == {200}
        yield path, address, token


def _run(both: tuple[Path, str, str], remote: bool, *arguments: str) -> Any:
    path, address, token = both
    where = {"TREADLIGHT_LEDGER": address, "TREADLIGHT_TOKEN": token} if remote else {"TREADLIGHT_LEDGER": str(path)}
    env = {**os.environ, "TREADLIGHT_HOME": str(path.parent / "home"), **where}
    argv = [sys.executable, "-m", "treadlight", *arguments]
    return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize(
    "arguments",
    [
        ("runs", "--json"),
        ("runs", "--json", "--sort", "name", "--project", "vision", "--since", "2026-03-01"),
        ("show", "train 1", "--json"),
        ("why", "last", "--json"),
        ("compare", "train 0", "train 1", "--json"),
        ("restate", "--from", "2025.06", "--json"),
    ],
)
def test_a_verb_says_the_same_of_a_server_as_of_its_ledger(
    both: tuple[Path, str, str], arguments: tuple[str, ...]
) -> None:
    here, there = _run(both, False, *arguments), _run(both, True, *arguments)
    assert (here.returncode, here.stderr) == (0, "")
    assert (there.returncode, there.stderr) == (0, "")
    assert json.loads(there.stdout) == json.loads(here.stdout)


def test_what_needs_the_ledger_itself_says_so(both: tuple[Path, str, str]) -> None:
    done = _run(both, True, "export")
    assert done.returncode == 2
    assert "not done over the network" in done.stderr


def test_every_reading_is_that_of_the_ledger(both: tuple[Path, str, str]) -> None:
    path, address, token = both
    remote = RemoteLedger(Client(address, token))
    with Ledger.open(path) as ledger:
        chosen = Filter(project="vision", since=datetime(2026, 3, 1, 13, tzinfo=UTC))
        run = ledger.run("train 2")
        assert list(remote.activities(chosen)) == list(ledger.activities(chosen))
        for period in ("year", "hour"):
            assert remote.sums(chosen, ("run", "stage"), period) == ledger.sums(chosen, ("run", "stage"), period)
        for sort in ("start", "name", "duration"):
            for descending in (True, False):
                assert remote.runs(sort=sort, descending=descending, limit=2) == ledger.runs(
                    sort=sort, descending=descending, limit=2
                )
        assert remote.run(run.id[:13]) == ledger.run(run.id[:13])
        assert remote.windows(run.id) == ledger.windows(run.id)
        assert remote.trace(run.id) == ledger.trace(run.id)
        assert remote.head() == ledger.head()
        first = next(ledger.activities())
        assert remote.activity(first.id) == first
    with pytest.raises(NotFoundError):
        remote.run("nobody")
    with pytest.raises(InputError, match="unknown order"):
        remote.runs(sort="mood")
    remote.close()


def test_pages_are_not_opened_on_the_address_of_a_server(both: tuple[Path, str, str]) -> None:
    done = _run(both, True, "ui", "--port", "0")
    assert done.returncode == 2
    assert "is the address of a server" in done.stderr
