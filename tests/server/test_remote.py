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
        sent = [httpx.post(f"{address}/api/v1/runs", json=whole_run(n), headers=headers, timeout=60) for n in range(4)]
        batch = {"activities": bodies(activities(1200))}
        sent.append(httpx.post(f"{address}/api/v1/activities", json=batch, headers=headers, timeout=60))
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


@pytest.mark.parametrize(
    "arguments",
    [
        ("export",),
        ("export", "codecarbon"),
        ("export", "prometheus"),
        ("estimate", "training", "--params", "8", "--tokens", "100", "--json"),
        ("library", "find", "h100", "--json"),
        ("show", "train 1"),
        ("verify", "--json"),
    ],
)
def test_what_a_verb_writes_is_the_same(both: tuple[Path, str, str], arguments: tuple[str, ...]) -> None:
    here, there = _run(both, False, *arguments), _run(both, True, *arguments)
    assert (here.returncode, there.returncode) == (0, 0), there.stderr
    assert there.stdout.splitlines() == here.stdout.splitlines()


def test_a_wrong_root_is_found_by_the_server_too(both: tuple[Path, str, str]) -> None:
    done = _run(both, True, "verify", "--root", "1" * 64)
    assert done.returncode == 1
    assert done.stdout == _run(both, False, "verify", "--root", "1" * 64).stdout


def test_an_export_and_a_file_are_taken_in_by_a_server(both: tuple[Path, str, str], tmp_path: Path) -> None:
    exported = _run(both, True, "export").stdout
    (tmp_path / "export.jsonl").write_text(exported)
    other = tmp_path / "other.sqlite"
    with process(str(other)) as (_, port):
        to = (tmp_path / "x", f"http://127.0.0.1:{port}", "")
        first = json.loads(_run(to, True, "import", str(tmp_path / "export.jsonl"), "--json").stdout)
        again = json.loads(_run(to, True, "import", str(tmp_path / "export.jsonl"), "--json").stdout)
        made = _run(to, True, "estimate", "training", "--params", "8", "--tokens", "100", "--record")
        assert made.returncode == 0, made.stderr
    assert first["appended"] == exported.count("\n") - 2
    assert (again["appended"], again["skipped"]) == (0, first["appended"])
    with Ledger.open(other) as there, Ledger.open(both[0]) as here:
        mine = list(there.activities(Filter(project="vision")))
        assert mine == list(here.activities(Filter(project="vision")))
        assert there.verify().ok
        assert len(there.runs()) == len(here.runs()) + 1


def test_an_altered_export_is_not_sent(both: tuple[Path, str, str], tmp_path: Path) -> None:
    exported = _run(both, True, "export").stdout.replace("vision", "fusion", 1)
    (tmp_path / "export.jsonl").write_text(exported)
    with Ledger.open(both[0]) as ledger:
        before = ledger.head()
        done = _run(both, True, "import", str(tmp_path / "export.jsonl"))
        assert (done.returncode, ledger.head()) == (2, before)


def test_a_token_of_one_project_neither_exports_nor_verifies_nor_copies(both: tuple[Path, str, str]) -> None:
    path, address, _ = both
    own = secret(path, ["ingest", "read"], ["vision"])
    for arguments in (("export",), ("verify",)):
        done = _run((path, address, own), True, *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert "other projects" in done.stderr
    headers = {"authorization": f"Bearer {own}"}
    body = {"activities": bodies(activities(1)), "copy": True}
    assert httpx.post(f"{address}/api/v1/entries", json=body, headers=headers, timeout=60).status_code == 403


def test_replaced_activities_are_read_over_the_network(both: tuple[Path, str, str]) -> None:
    path, address, token = both
    headers = {"authorization": f"Bearer {token}"}
    old = activities(1, first=5000)
    new = activities(1, first=5001, supersedes=old[0].id)
    answer = httpx.post(
        f"{address}/api/v1/activities", json={"activities": bodies([*old, *new])}, headers=headers, timeout=60
    )
    assert answer.status_code == 200
    remote = RemoteLedger(Client(address, token))
    with Ledger.open(path) as ledger:
        chosen = Filter(project="vision")
        assert list(remote.activities(chosen, superseded=True)) == list(ledger.activities(chosen, superseded=True))
        assert old[0].id not in {a.id for a in remote.activities(chosen)}
    remote.close()


def test_a_site_is_stated_over_the_network_and_counts_for_estimates_there(both: tuple[Path, str, str]) -> None:
    path, address, _ = both
    stating = ("site", "set", "far", "zone=SE", "pue=2.5", "--source", "meter of the hall")
    assert "scope" in _run(both, True, *stating).stderr  # a token that may only read
    admin = (path, address, secret(path, ["admin"]))
    done = _run(admin, True, *stating, "--json")
    assert set(json.loads(done.stdout)["changed"]) == {"zone", "pue"}
    assert "meter of the hall; stated 20" in _run(admin, True, "site", "list").stdout
    asked = ("estimate", "training", "--params", "8", "--tokens", "100", "--site", "far", "--json")
    there = _run(both, True, *asked)
    assert there.returncode == 0, there.stderr
    assert "lines_kwh" in json.loads(there.stdout)


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
