"""Eight processes write 10,000 activities each into one SQLite ledger; beside it, what bare sqlite3 can do at most.

Run: ``python benchmarks/ledger_writers.py [--writers 8] [--each 10000] [--batch 1000]``

The limit is a loop over sqlite3 that inserts the same bodies into one table with one index, in batches of the same
size, with the same durability (WAL, synchronous FULL): no canonical JSON, no hashes, no chain, no query tables, one
process.
"""

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from environments import machine, save

from treadlight.core.activity import Activity, Evidence, EvidenceMethod, Location, Subject
from treadlight.core.distribution import Lognormal
from treadlight.core.ids import derived_id
from treadlight.ledger.codec import body_of
from treadlight.ledger.store import Ledger

START = datetime(2026, 1, 1, tzinfo=UTC)


def activities(writer: int, count: int) -> list[Activity]:
    """`count` activities of one writer, a minute each."""
    found = []
    for i in range(count):
        start = START + timedelta(minutes=i)
        found.append(
            Activity(
                id=derived_id(start, str(writer), str(i)),
                start=start,
                end=start + timedelta(minutes=1),
                flow="electricity.it",
                amount=1e-3 * (i + 1),
                evidence=Evidence(EvidenceMethod.METERED, "energy counter of the package", "rapl"),
                uncertainty=Lognormal(1.0, 1.05),
                cause="meter:rapl",
                component="cpu",
                subject=Subject(project=f"project {i % 10}"),
                location=Location(zone="FR"),
                parent=f"run {writer}",
            )
        )
    return found


def batches(items: list[Activity], size: int) -> list[list[Activity]]:
    return [items[i : i + size] for i in range(0, len(items), size)]


def write(path: str, writer: int, each: int, batch: int) -> None:
    """One writer: waits for the line that starts all, then appends and prints how long each batch took [s]."""
    work = batches(activities(writer, each), batch)
    with Ledger.open(path) as ledger:
        print("ready", flush=True)
        sys.stdin.readline()
        took = []
        for items in work:
            begin = time.perf_counter()
            ledger.append(items)
            took.append(time.perf_counter() - begin)
    print(json.dumps(took))


def bare(folder: Path, bodies: list[tuple[str, str]], batch: int) -> float:
    """Rows per second of the plainest insert loop."""
    connection = sqlite3.connect(folder / "bare.sqlite", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE entry (seq INTEGER PRIMARY KEY, id TEXT UNIQUE, body TEXT)")
    begin = time.perf_counter()
    for i in range(0, len(bodies), batch):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO entry (id, body) VALUES (?, ?)", bodies[i : i + batch])
        connection.execute("COMMIT")
    took = time.perf_counter() - begin
    connection.close()
    return len(bodies) / took


def alone(folder: Path, items: list[Activity], batch: int) -> float:
    """Activities per second of one writer."""
    with Ledger.open(folder / "alone.sqlite") as ledger:
        begin = time.perf_counter()
        for part in batches(items, batch):
            ledger.append(part)
        return len(items) / (time.perf_counter() - begin)


def together(folder: Path, writers: int, each: int, batch: int) -> tuple[float, list[float], str]:
    """Activities per second of all writers, the waits of single batches, and the path of the ledger."""
    path = str(folder / "ledger.sqlite")
    Ledger.open(path).close()
    command = [sys.executable, __file__, "--writer", path, "--each", str(each), "--batch", str(batch)]
    processes = [
        subprocess.Popen([*command, "--number", str(n)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for n in range(writers)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    begin = time.perf_counter()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate()[0] for process in processes]
    took = time.perf_counter() - begin
    if any(process.returncode for process in processes):
        raise SystemExit("a writer failed")
    return writers * each / took, sorted(t for a in answers for t in json.loads(a)), path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--each", type=int, default=10_000)
    parser.add_argument("--batch", type=int, default=1000)
    parser.add_argument("--writer", help=argparse.SUPPRESS)
    parser.add_argument("--number", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.writer:
        write(options.writer, options.number, options.each, options.batch)
        return
    with tempfile.TemporaryDirectory(prefix="ledger-writers-", dir=os.environ.get("TMPDIR")) as name:
        folder = Path(name)
        items = activities(99, 20_000)
        limit = bare(folder, [(a.id, body_of(a)) for a in items], options.batch)
        single = alone(folder, items, options.batch)
        rate, waits, path = together(folder, options.writers, options.each, options.batch)
        with Ledger.open(path) as ledger:
            begin = time.perf_counter()
            found = ledger.verify()
            verify_s = time.perf_counter() - begin
            kept = sum(g.count for g in ledger.sums())
    total = options.writers * options.each
    print(f"bare sqlite3 loop, one process (limit)   {limit:>10,.0f} rows/s")
    print(
        f"ledger, one process                      {single:>10,.0f} activities/s"
        f"   {limit / single:.1f}x the limit's time"
    )
    print(f"ledger, {options.writers} processes at once              {rate:>10,.0f} activities/s")
    print(f"  wait for a batch of {options.batch}: median {waits[len(waits) // 2]:.2f} s, worst {waits[-1]:.2f} s")
    print(f"  kept {kept:,} of {total:,}; chain {'valid' if found.ok else found.reason}, verified in {verify_s:.1f} s")
    save(
        "ledger_writers",
        {
            "machine": machine(),
            "bare_rows_per_s": limit,
            "one_process_per_s": single,
            "together_per_s": rate,
            "worst_wait_s": waits[-1],
            "kept": kept,
            "written": total,
            "chain_ok": found.ok,
        },
    )
    if kept != total or not found.ok or found.entries != total:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
