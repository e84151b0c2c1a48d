"""Servers to test: an application without a socket, and whole processes."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import sleep
from typing import Any
from urllib.request import urlopen

import strategies_ledger
from treadlight.app.server.application import create_app
from treadlight.app.server.place import Place
from treadlight.app.server.settings import ServerSettings
from treadlight.core.activity import Subject
from treadlight.ledger.codec import Item, body_of
from treadlight.ledger.journal import JOURNAL_SCHEMA, JournalWriter
from treadlight.ledger.store import Ledger

__all__ = [
    "T0",
    "Admin",
    "Served",
    "activities",
    "bodies",
    "journal",
    "pages_of",
    "process",
    "secret",
    "served",
    "whole_run",
]

T0 = 1_780_000_000.0


class Served:
    """A client of an application; `token` is sent along where there is one."""

    def __init__(self, client: Any, app: Any, place: Any, token: str = "") -> None:
        self.client, self.app, self.place, self.token = client, app, place, token

    def with_token(self, token: str) -> "Served":
        return Served(self.client, self.app, self.place, token)

    def _headers(self, more: dict[str, str] | None) -> dict[str, str]:
        return ({"authorization": f"Bearer {self.token}"} if self.token else {}) | (more or {})

    def get(self, path: str, headers: dict[str, str] | None = None, **options: Any) -> Any:
        return self.client.get(path, headers=self._headers(headers), follow_redirects=False, **options)

    def post(self, path: str, headers: dict[str, str] | None = None, **options: Any) -> Any:
        return self.client.post(path, headers=self._headers(headers), follow_redirects=False, **options)

    def send(self, items: Sequence[Any]) -> Any:
        """Send activities, as nouns or as decoded bodies."""
        return self.post("/api/v1/activities", json={"activities": bodies(items)})


class Admin:
    """Somebody with a token who reads pages and sends their forms."""

    def __init__(self, api: Served) -> None:
        self.api = api

    def get(self, part: str) -> Any:
        return self.api.get(f"/settings/{part}")

    def post(self, part: str, do: str, **fields: str) -> Any:
        form = self.api.get("/settings/sites?site=")
        csrf = re.search(r'name="_csrf" value="(\w+)"', form.text)
        visit = {"_csrf": csrf[1]} if csrf else {}
        return self.api.post(f"/settings/{part}", data={**visit, "do": do, **fields})


@contextmanager
def served(url: str | Path, settings: ServerSettings | None = None, token: str = "") -> Iterator[Served]:
    """An application on this ledger."""
    from litestar.testing import TestClient

    place = Place(replace(settings or ServerSettings(), database=str(url)))
    app = create_app(place.settings, place)
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield Served(client, app, place, token)


def secret(url: str | Path, scopes: Sequence[str] = ("ingest", "read"), projects: Sequence[str] | None = None) -> str:
    """A token of the ledger at `url`."""
    with Ledger.open(url) as ledger:
        wanted = None if projects is None else frozenset(projects)
        return ledger.access().tokens.create("test", list(scopes), wanted, None, "test")[1]


def bodies(items: Sequence[Any]) -> list[Any]:
    """JSON values of items; what is decoded already stays as it is."""
    return [item if isinstance(item, dict) else json.loads(body_of(item)) for item in items]


def activities(count: int, project: str = "vision", first: int = 0, **changes: Any) -> list[Any]:
    """Activities of one project and of no run."""
    subject = Subject(project=project)
    made = {"subject": subject, "parent": ""} | changes
    return [strategies_ledger.activity(first + i, **made) for i in range(count)]


def whole_run(n: int = 0, project: str = "vision") -> dict[str, Any]:
    """The body of a run with an activity, a window and a trace."""
    from treadlight.ledger.records import Trace, TraceSeries, Window

    run = strategies_ledger.run(n, subject=Subject(project=project))
    start = run.start
    window = Window(f"window {run.id}", run.id, "epoch", start, 1.0, 2.0, (("k", "cpu", 1.0, 0.5, "point(1.0)"),))
    trace = Trace(f"trace {run.id}", run.id, (0.0, 1.0), (TraceSeries("k", "cpu", (2.0,), (1.0,)),))
    record = strategies_ledger.activity(500 + n, subject=Subject(project=project), parent=run.id)
    parts: list[Item] = [run, record, window, trace]
    body, activity, made_window, made_trace = bodies(parts)
    return {"run": body, "activities": [activity], "windows": [made_window], "trace": made_trace}


def journal(folder: Path, n: int, project: str = "vision", *, ended: bool = True) -> Path:
    """A journal of a run of an hour that used n + 1 kWh."""
    ident = f"019c0000-0000-7000-8000-{n:012d}"
    channel = {
        "key": "rapl:package-0", "component": "cpu", "device": "package-0", "meter": "rapl", "method": "metered",
        "basis": "energy counter", "version": "1", "flow": "electricity.it",
        "uncertainty": "lognormal(1.0,1.05)", "cause": "meter:rapl", "rule": "exclusive",
    }  # fmt: skip
    run = {"id": ident, "name": f"run {n}", "stage": "training", "labels": {}, "location": {"zone": "FR"},
           "subject": {"project": project}}  # fmt: skip
    writer = JournalWriter(folder / f"{ident}.jsonl")
    writer.write({"kind": "start", "schema": JOURNAL_SCHEMA, "run": run, "at": T0, "interval_s": 1.0,
                  "attribution": "exclusive", "host": {}, "channels": [channel], "refusals": []})  # fmt: skip
    writer.write({"kind": "sample", "t": 0.0, "at": T0, "v": [[0.0, 0.0, 0.0]]})
    writer.write({"kind": "sample", "t": 600.0, "at": T0 + 600, "v": [[1.0 + n, 1.0 + n, 0.0]]})
    if ended:
        writer.write({"kind": "end", "t": 600.0, "at": T0 + 600, "status": "finished", "exit_code": 0, "error": ""})
    writer.close()
    return writer.path


@contextmanager
def process(
    url: str, *more: str, env: dict[str, str] | None = None, file_limit_kib: int | None = None
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server of its own process on this ledger, and its port; it is killed at the end if it still runs.

    `file_limit_kib`: no file of it may become larger, as if the disk were full [KiB].
    """
    argv = [sys.executable, "-m", "treadlight", "serve", "--database", url, "--port", "0", *more]
    if file_limit_kib is not None:
        argv = ["bash", "-c", f'ulimit -f {file_limit_kib} && exec "$@"', "bash", *argv]
    running = subprocess.Popen(argv, stderr=subprocess.PIPE, text=True, env=env)
    try:
        yield running, _port(running)
    finally:
        running.kill()
        running.wait()
        if running.stderr is not None:
            running.stderr.close()


def _port(running: subprocess.Popen[str]) -> int:
    assert running.stderr is not None
    said = []
    for line in running.stderr:
        said.append(line)
        found = re.search(r"listens on \S+:(\d+)", line)
        if found:
            threading.Thread(target=_drain, args=(running,), daemon=True).start()
            return int(found[1])
    raise AssertionError(f"the server did not start: {''.join(said)}")


def _drain(running: subprocess.Popen[str]) -> None:
    try:
        for _ in running.stderr or ():
            pass
    except ValueError:  # closed meanwhile
        return


@contextmanager
def pages_of(env: Mapping[str, str]) -> Iterator[str]:
    """Address of ``treadlight ui`` in an environment, once it answers."""
    argv = [sys.executable, "-m", "treadlight", "ui", "--port", "0"]
    running = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=dict(env))
    try:
        assert running.stdout is not None
        said = re.search(r"http://127\.0\.0\.1:\d+", running.stdout.readline())
        assert said, "the server did not say where it listens"
        _wait(said[0])
        yield said[0]
    finally:
        running.terminate()
        running.communicate()


def _wait(address: str) -> None:
    """Until the server answers, half a minute at most."""
    for _ in range(120):
        try:
            with urlopen(f"{address}/static/page.css", timeout=5):  # the address is our own
                return
        except OSError:
            sleep(0.25)
    raise AssertionError("the server does not answer")
