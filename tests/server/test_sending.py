"""Journals reach the server once, whatever happens on the way, and the run never waits."""

import json
import os
import socket
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from serving import T0, journal, process, secret
from treadlight.app.client import Client, Unreachable
from treadlight.app.outbox import Outbox
from treadlight.app.sending import Sent, send
from treadlight.core.errors import ConfigError, InputError, NotFoundError
from treadlight.ledger.absorb import absorb
from treadlight.ledger.store import Ledger


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home" / "journals"
    folder.mkdir(parents=True)
    return folder


def energies(url: str) -> dict[str, float]:
    """Energy of each run that a ledger holds [kWh]."""
    with Ledger.open(url) as ledger:
        assert ledger.verify().ok
        return {g.run[-2:]: round(g.amount, 9) for g in ledger.sums(dims=("run",))}


def test_journals_arrive_once_absorbed_or_not_and_sent_twice_or_not(tmp_path: Path, home: Path) -> None:
    url = str(tmp_path / "team.sqlite")
    token = secret(url, ["ingest"], ["vision"])
    for n in range(3):
        journal(home, n)
    with Ledger.open(tmp_path / "own.sqlite") as own:
        absorb(own, home)
    journal(home, 3)
    with process(url) as (_, port):
        client = Client(f"http://127.0.0.1:{port}", token)
        assert len(send(home, client).runs) == 4
        assert send(home, client).runs == []
        for mark in Outbox(home, client.url).marks.iterdir():
            mark.unlink()
        assert len(send(home, client).runs) == 4
        client.close()
    assert energies(url) == {"00": 1.0, "01": 2.0, "02": 3.0, "03": 4.0}


def test_a_journal_that_grew_after_it_was_sent_is_sent_again(tmp_path: Path, home: Path) -> None:
    url = str(tmp_path / "team.sqlite")
    token = secret(url, ["ingest"])
    path = journal(home, 0, ended=False)
    with process(url) as (_, port):
        client = Client(f"http://127.0.0.1:{port}", token)
        assert len(send(home, client).runs) == 1
        with path.open("a") as file:
            file.write(json.dumps({"kind": "sample", "t": 700.0, "at": T0 + 700, "v": [[5.0, 5.0, 0.0]]}) + "\n")
        assert len(send(home, client).runs) == 1
        client.close()
    assert energies(url) == {"00": 5.0}


def test_what_is_refused_is_named_kept_and_sent_again_only_on_request(tmp_path: Path, home: Path) -> None:
    url = str(tmp_path / "team.sqlite")
    token = secret(url, ["ingest"], ["vision"])
    journal(home, 0, "speech")
    journal(home, 1, "vision")
    (home / "broken.jsonl").write_text("{\n")
    with process(url) as (_, port):
        client = Client(f"http://127.0.0.1:{port}", token)
        first, second, third = send(home, client), send(home, client), send(home, client, again=True)
        client.close()
    assert len(first.runs) == 1
    assert sorted("project" in reason for _, reason in first.refused) == [False, True]
    assert (second.runs, second.waiting) == ([], 0)
    assert second.refused == first.refused == third.refused  # still named, though not sent again
    assert len(list(home.glob("*.jsonl"))) == 3


def test_the_command_names_what_was_refused_before_and_ends_non_zero(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.testing import CliRunner

    from treadlight.app.cli.verbs.send import command

    url = str(tmp_path / "team.sqlite")
    token = secret(url, ["ingest"], ["vision"])
    path = journal(home, 0, "speech")
    monkeypatch.setenv("TREADLIGHT_HOME", str(home.parent))
    with process(url) as (_, port):
        monkeypatch.setenv("TREADLIGHT_SERVER", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("TREADLIGHT_TOKEN", token)
        done = [CliRunner().invoke(command) for _ in range(2)]
    for result in done:
        assert result.exit_code == 1
        assert str(path) in result.output and "speech" in result.output
        assert "treadlight send --again" in result.output


def test_journals_that_another_process_is_sending_are_said_to_be_with_a_remedy(home: Path) -> None:
    from treadlight.app.sending import alone

    journal(home, 0)
    url = "http://127.0.0.1:9"
    with alone(home, Outbox(home, url).name("lock")) as turn:
        assert turn is not None
        done = send(home, Client(url))
    assert done.waiting == 1
    assert "by another process" in done.trouble and "again in a minute" in done.trouble
    assert "answers" not in done.trouble  # nothing is known against the server


@pytest.fixture
def hung() -> Iterator[str]:
    """Address of a server that takes every connection and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_sender_to_a_server_that_hangs_keeps_no_other_server_from_its_runs(
    tmp_path: Path, home: Path, hung: str
) -> None:
    url = str(tmp_path / "team.sqlite")
    token = secret(url, ["ingest"])
    journal(home, 0)
    done: list[Sent] = []
    slow = Client(hung, token, answer_s=5.0)
    with process(url) as (_, port):
        thread = Thread(target=lambda: done.append(send(home, slow)))
        thread.start()
        until = time.monotonic() + 10
        while not list((home / "sent").glob(f".{Outbox(home, hung).name('lock')}")) and time.monotonic() < until:
            time.sleep(0.01)
        client = Client(f"http://127.0.0.1:{port}", token)
        good = send(home, client)
        client.close()
        assert not done  # the other waits still
        thread.join()
    assert (len(good.runs), good.waiting, good.trouble) == (1, 0, "")
    assert (done[0].runs, done[0].waiting) == ([], 1)
    assert hung in done[0].trouble
    assert energies(url) == {"00": 1.0}


def test_a_connection_that_hangs_is_given_up(home: Path, hung: str) -> None:
    journal(home, 0)
    done = send(home, Client(hung, answer_s=0.2))
    assert done.waiting == 1
    assert "timed out" in done.trouble and f"{hung}/readyz" in done.trouble


def test_while_one_waits_for_the_server_another_may_send(home: Path, odd: Any) -> None:
    journal(home, 0)
    ok = (200, {}, b"{}")
    _Odd.script = [(503, {}, b"{}"), *[ok] * 6]
    url = f"http://127.0.0.1:{odd.server_address[1]}"
    other: list[Sent] = []
    client = Client(url, patience_s=60.0, sleep=lambda _: other.append(send(home, Client(url))))
    done = send(home, client)
    assert [len(o.runs) for o in other] == [1]
    assert (done.waiting, done.trouble) == (0, "")


def test_of_those_that_find_the_server_away_one_goes_on_waiting(home: Path) -> None:
    journal(home, 0)
    url, other, pauses, now = "http://127.0.0.1:9", list[Sent](), list[float](), [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds
        if not other:
            other.append(send(home, Client(url, patience_s=3600.0, sleep=pauses.append)))

    done = send(home, Client(url, patience_s=30.0, sleep=sleep, clock=lambda: now[0]))
    assert not pauses
    assert now[0] > 1
    assert "cannot be reached" in other[0].trouble
    assert done.waiting == other[0].waiting == 1


def test_without_a_token_that_holds_nothing_is_lost(tmp_path: Path, home: Path) -> None:
    url = str(tmp_path / "team.sqlite")
    secret(url, ["ingest"])
    journal(home, 0)
    with process(url) as (_, port):
        client = Client(f"http://127.0.0.1:{port}", "tlt_x_y")
        done = send(home, client)
        client.close()
    assert (done.runs, done.waiting) == ([], 1)
    assert "TREADLIGHT_TOKEN" in done.trouble


def test_a_server_that_is_away_is_asked_ever_less_often_and_then_left_alone(home: Path) -> None:
    journal(home, 0)
    now, pauses = [0.0], []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        now[0] += seconds

    client = Client("http://127.0.0.1:9", patience_s=300.0, sleep=sleep, clock=lambda: now[0])
    done = send(home, client)
    assert (done.runs, done.waiting) == ([], 1)
    assert "cannot be reached" in done.trouble
    assert len(pauses) > 5
    assert pauses[4] > 2 * pauses[0]
    assert max(pauses) <= 60.0


@pytest.mark.parametrize("server", ["ftp://x", "x", "http://", ""])
def test_an_unfit_address_is_refused(server: str) -> None:
    with pytest.raises(ConfigError, match="is no address"):
        Client(server)


class _Odd(BaseHTTPRequestHandler):
    """Gives the answers of its script, one a request."""

    script: list[tuple[int, dict[str, str], bytes]]

    def do_GET(self) -> None:
        status, headers, body = self.script.pop(0)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if headers.get("X-Cut") else body)
        if headers.get("X-Cut"):
            self.close_connection = True

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def odd() -> Iterator[Any]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Odd)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("status", "headers", "body", "error"),
    [
        (404, {}, b"{}", NotFoundError),
        (400, {}, b'{"detail":"x","remedy":"y"}', InputError),
        (401, {}, b"", ConfigError),
        (502, {}, b"<html>", Unreachable),
        (200, {"X-Cut": "1"}, b'{"a":1}' * 100, Unreachable),
    ],
)
def test_every_answer_becomes_one_of_our_errors(
    odd: Any, status: int, headers: dict[str, str], body: bytes, error: type[Exception]
) -> None:
    _Odd.script = [(status, headers, body)]
    client = Client(f"http://127.0.0.1:{odd.server_address[1]}")
    with pytest.raises(error):
        client.get("/me")
    client.close()


def test_a_server_that_says_when_to_come_again_is_asked_then(odd: Any) -> None:
    _Odd.script = [(429, {"Retry-After": "7"}, b"{}"), (200, {}, b'{"id":"x"}')]
    pauses: list[float] = []
    client = Client(f"http://127.0.0.1:{odd.server_address[1]}", patience_s=60.0, sleep=pauses.append)
    assert client.get("/me") == {"id": "x"}
    assert pauses == [7.0]
    client.close()


def test_the_end_of_a_run_sends_it_without_being_asked(tmp_path: Path) -> None:
    import subprocess
    import sys

    url = str(tmp_path / "team.sqlite")
    token = secret(url, ["ingest"])
    with process(url) as (_, port):
        env = {
            **os.environ, "TREADLIGHT_HOME": str(tmp_path / "home"), "TREADLIGHT_TOKEN": token,
            "TREADLIGHT_SERVER": f"http://127.0.0.1:{port}", "TREADLIGHT_PROJECT": "vision",
        }  # fmt: skip
        program = "import treadlight\nwith treadlight.track('sent'): sum(range(10**6))"
        subprocess.run([sys.executable, "-c", program], env=env, check=True, timeout=60)
        with Ledger.open(url) as ledger:
            until = time.monotonic() + 60
            while not ledger.runs() and time.monotonic() < until:
                time.sleep(0.1)
            assert [r.name for r in ledger.runs()] == ["sent"]


def test_a_run_ends_well_where_no_server_is(tmp_path: Path) -> None:
    import subprocess
    import sys

    env = {**os.environ, "TREADLIGHT_HOME": str(tmp_path), "TREADLIGHT_SERVER": "http://127.0.0.1:9"}
    program = (
        "import os, treadlight\nwith treadlight.track('kept'): pass\n"
        "try: os.waitpid(-1, os.WNOHANG)\nexcept ChildProcessError: print('no children')"
    )
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "no children", "")
    sender = subprocess.run(["pgrep", "-f", f"^{sys.executable} -m treadlight send"], capture_output=True, text=True)
    for pid in sender.stdout.split():  # ours is the one whose home is this test's folder
        try:
            if str(tmp_path) in Path(f"/proc/{pid}/environ").read_text():
                os.kill(int(pid), 9)
        except (OSError, ProcessLookupError):
            continue
