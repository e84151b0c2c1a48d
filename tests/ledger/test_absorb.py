import gzip
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

import treadlight
from strategies import journals, start_record
from treadlight.core.errors import LedgerError, NotFoundError
from treadlight.ledger.absorb import absorb, fold_journal, live_runs
from treadlight.ledger.archive import pack
from treadlight.ledger.journal import JournalWriter
from treadlight.ledger.records import RunStatus
from treadlight.ledger.store import Ledger

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
AT = 1_760_000_400.0


def records(run: str, n: int = 5, end: bool = True, at: float = AT) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [start_record(run, at)]
    found += [{"kind": "sample", "t": float(i), "at": at + i, "v": [[i * 1e-3, i * 1e-3, 0.0]]} for i in range(n)]
    if end:
        found.append({"kind": "end", "t": n - 1.0, "at": at + n - 1, "status": "finished", "exit_code": 0})
    return found


def write(folder: Path, name: str, found: list[dict[str, Any]]) -> Path:
    path = folder / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(r) + "\n" for r in found))
    return path


def long_ago(path: Path) -> None:
    """Let the journal look as if nobody had written it for two hours."""
    os.utime(path, (time.time() - 7200,) * 2)


def test_a_journal_becomes_a_run_and_is_packed(ledger: Ledger, tmp_path: Path) -> None:
    path = write(tmp_path / "j", "a", records("a"))
    text = path.read_bytes()
    done = absorb(ledger, tmp_path / "j")
    assert (done.runs, done.live, done.broken) == (["a"], 0, [])
    assert done.appended == 3  # the run, one activity, its trace
    assert not path.exists()
    assert gzip.decompress((tmp_path / "j" / "absorbed" / "a.jsonl.gz").read_bytes()) == text
    run = ledger.run("a")
    assert (run.status, run.name) == (RunStatus.FINISHED, "train")
    assert [a.amount for a in ledger.activities()] == [pytest.approx(4e-3)]
    assert ledger.trace("a") is not None
    assert ledger.verify().ok


def test_absorbing_twice_or_from_the_archive_changes_nothing(lite: Ledger, tmp_path: Path) -> None:
    write(tmp_path / "j", "a", records("a"))
    absorb(lite, tmp_path / "j", archive=False)
    root = lite.verify().root
    assert absorb(lite, tmp_path / "j").appended == 0
    again = absorb(lite, tmp_path / "j" / "absorbed")
    assert (again.appended, again.skipped, again.runs) == (0, 3, ["a"])
    assert lite.verify().root == root


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(journals())
def test_any_journal_can_be_absorbed_and_verifies(tmp_path: Path, found: list[dict[str, Any]]) -> None:
    run = found[0]["run"]["id"]
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    path = write(folder, "x", found)
    folded = fold_journal(path)
    with Ledger.open(folder / "l.sqlite") as ledger:
        absorb(ledger, path)
        assert ledger.run(run) == folded.run
        assert ledger.trace(run) == folded.trace
        assert list(ledger.activities()) == folded.activities
        assert ledger.verify().ok


def test_a_live_journal_is_left_alone_and_listed(lite: Ledger, tmp_path: Path) -> None:
    with JournalWriter(tmp_path / "a.jsonl") as writer:
        assert live_runs(tmp_path) == []
        for record in records("a", end=False):
            writer.write(record)
        done = absorb(lite, tmp_path)
        assert (done.live, done.runs) == (1, [])
        (live,) = live_runs(tmp_path)
        assert live.run.status is RunStatus.RUNNING
        assert live.run.channels[0].amount == pytest.approx(4e-3)
    assert live_runs(tmp_path) == []
    assert absorb(lite, tmp_path).runs == ["a"]
    assert lite.run("a").status is RunStatus.INTERRUPTED


def test_a_broken_journal_is_reported_and_does_not_stop_the_others(lite: Ledger, tmp_path: Path) -> None:
    write(tmp_path, "a", records("a"))
    (tmp_path / "b.jsonl").write_text('{"kind":"start"\n{"kind":"end"}\n')
    (tmp_path / "c.jsonl").write_text("")
    (tmp_path / "d.jsonl.gz").write_bytes(b"no gzip")
    write(tmp_path, "e", [*records("e"), *records("e")])
    write(tmp_path, "z", records("z"))
    done = absorb(lite, tmp_path)
    assert done.runs == ["a", "z"]
    reasons = {Path(path).name: reason for path, reason in done.broken}
    assert set(reasons) == {"b.jsonl", "c.jsonl", "d.jsonl.gz", "e.jsonl"}
    assert "b.jsonl:1" in reasons["b.jsonl"]
    assert "e.jsonl:8" in reasons["e.jsonl"]
    assert all("\n" not in reason for reason in reasons.values())
    assert {p.name for p in tmp_path.glob("*.jsonl*")} == set(reasons)
    assert lite.verify().ok


def test_a_longer_copy_replaces_a_shorter_one_and_never_the_reverse(lite: Ledger, tmp_path: Path) -> None:
    short = write(tmp_path / "1", "a", records("a", 3, end=False))
    long_ago(short)
    whole = write(tmp_path / "2", "a", records("a", 9))
    stale = write(tmp_path / "3", "a", records("a", 5, end=False))
    absorb(lite, short)
    assert lite.run("a").status is RunStatus.INTERRUPTED
    absorb(lite, whole)
    absorb(lite, stale)
    absorb(lite, tmp_path / "1" / "absorbed")
    assert (lite.run("a").status, lite.run("a").duration_s) == (RunStatus.FINISHED, 8.0)
    assert sum(g.amount for g in lite.sums()) == pytest.approx(8e-3)
    assert lite.verify().ok


def test_two_journals_of_one_name_are_both_kept(lite: Ledger, tmp_path: Path) -> None:
    for run in ("a", "b"):
        write(tmp_path, "same", records(run))
        absorb(lite, tmp_path)
    assert len(list((tmp_path / "absorbed").glob("same*.jsonl.gz"))) == 2
    assert len(lite.runs()) == 2


def test_a_directory_that_is_not_there_is_named(lite: Ledger, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such directory"):
        absorb(lite, tmp_path / "gone")


ABSORB = """
import os, sys
from treadlight.ledger.absorb import absorb
from treadlight.ledger.store import Ledger
with Ledger.open(sys.argv[1]) as ledger:
    ledger.runs()
    if len(sys.argv) > 3:
        list(ledger.activities())
        os.setgid(65534); os.setuid(65534)
    done = absorb(ledger, sys.argv[2])
    assert not done.broken, done.broken
    print(done.appended)
"""


def absorber(*arguments: str) -> "subprocess.Popen[str]":
    env = os.environ | {"PYTHONPATH": str(Path(treadlight.__file__).parents[1])}
    return subprocess.Popen([sys.executable, "-c", ABSORB, *arguments], env=env, stdout=subprocess.PIPE, text=True)


def test_processes_that_absorb_at_once_lose_and_double_nothing(place: str, tmp_path: Path) -> None:
    for i in range(20):
        write(tmp_path / "j", f"r{i}", records(f"r{i}", at=AT + i * 100))
    workers = [absorber(place, str(tmp_path / "j")) for _ in range(4)]
    appended = [int(worker.communicate(timeout=60)[0]) for worker in workers]
    assert [w.returncode for w in workers] == [0] * 4
    assert sum(appended) == 60
    with Ledger.open(place) as ledger:
        assert len(ledger.runs()) == 20
        assert sum(g.count for g in ledger.sums()) == 20
        assert ledger.verify().entries == 60
        assert ledger.verify().ok
    assert len(list((tmp_path / "j" / "absorbed").glob("*.gz"))) == 20


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become nobody")
def test_a_read_only_directory_is_absorbed_and_left_as_it_is() -> None:
    folder = Path(tempfile.mkdtemp(prefix="tl-abs-"))
    try:
        journals_ = folder / "j"
        path = write(journals_, "a", records("a"))
        database = folder / "db"
        database.mkdir()
        for place in (folder, database):
            place.chmod(0o777)
        journals_.chmod(0o555)
        Ledger.open(database / "l.sqlite").close()
        for file in database.iterdir():
            file.chmod(0o666)
        worker = absorber(str(database / "l.sqlite"), str(journals_), "as-nobody")
        assert worker.communicate(timeout=60)[0].strip() == "3"
        assert path.exists()
        assert not (journals_ / "absorbed").exists()
    finally:
        shutil.rmtree(folder)


MISFITS = {
    "half a surrogate pair in its name": {"name": "\ud800bad"},
    "NUL in its name": {"name": "a\0b"},
    "a label that is no text": {"labels": {"a": 1 << 60}},
    "a label with parts": {"labels": {"a": {"b": 1}}},
    "no id": {"id": ""},
    "a stage that does not exist": {"stage": "nonsense"},
}


@pytest.mark.parametrize("about", MISFITS.values(), ids=MISFITS)
def test_a_journal_that_cannot_be_kept_is_named_and_stops_nothing(
    ledger: Ledger, tmp_path: Path, about: dict[str, Any]
) -> None:
    bad = records("bad")
    bad[0]["run"] |= about
    write(tmp_path, "a", bad)
    write(tmp_path, "b", records("b"))
    done = absorb(ledger, tmp_path)
    assert done.runs == ["b"]
    ((path, reason),) = done.broken
    assert Path(path).exists()
    assert "a.jsonl" in reason
    assert reason.isprintable()
    assert len(ledger.runs()) == 1
    assert ledger.verify().ok


def test_host_facts_must_be_text(lite: Ledger, tmp_path: Path) -> None:
    bad = records("bad")
    bad[0]["host"] = {"x": [1]}
    write(tmp_path, "a", bad)
    ((_, reason),) = absorb(lite, tmp_path).broken
    assert "host.x: must be text" in reason


def test_a_window_with_the_id_of_a_run_leaves_nothing_of_its_journal(ledger: Ledger, tmp_path: Path) -> None:
    v = [[0.0, 0.0, 0.0]]
    window = {"kind": "window-begin", "id": "a", "name": "w", "t": 0.0, "at": AT, "v": v}
    absorb(ledger, write(tmp_path, "a", records("a")))
    start, *rest = records("b")
    write(tmp_path, "b", [start, window, *rest])
    write(tmp_path, "c", records("c"))
    done = absorb(ledger, tmp_path)
    assert done.runs == ["c"]
    assert "id of another kind" in done.broken[0][1]
    assert {r.id for r in ledger.runs()} == {"a", "c"}
    assert {a.parent for a in ledger.activities()} == {"a", "c"}
    assert ledger.verify().ok


@pytest.mark.parametrize("value", [1e308, 10**400])
def test_amounts_beyond_all_measure_stop_nothing(lite: Ledger, tmp_path: Path, value: float) -> None:
    write(tmp_path, "a", [*records("a", end=False), {"kind": "sample", "t": 9.0, "at": AT + 9, "v": [[value] * 3]}])
    write(tmp_path, "b", records("b"))
    done = absorb(lite, tmp_path)
    assert done.runs == ["b"]
    assert len(done.broken) == 1


def test_a_journal_nested_beyond_reason_stops_nothing(lite: Ledger, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("[" * 200_000 + "\n\n")
    write(tmp_path, "b", records("b"))
    done = absorb(lite, tmp_path)
    assert (done.runs, len(done.broken)) == (["b"], 1)


def test_a_ledger_that_cannot_be_written_is_no_fault_of_the_journal(lite: Ledger, tmp_path: Path) -> None:
    path = write(tmp_path / "j", "a", records("a"))
    with sqlite3.connect(tmp_path / "ledger.sqlite") as connection:
        connection.execute("DROP TABLE part")
    connection.close()
    with pytest.raises(LedgerError, match="the database says"):
        absorb(lite, tmp_path / "j")
    assert path.exists()


def growing(n: int) -> list[dict[str, Any]]:
    """A run of three hours with nested windows and counts, as far as its first `n` records."""
    found: list[dict[str, Any]] = [start_record("a", AT)]
    for i in range(40):
        t, v = i * 300.0, [[i * 1e-3, i * 5e-4, 0.0]]
        at = {"t": t, "at": AT + t, "v": v}
        found.append({"kind": "sample", **at})
        if i % 10 == 2:
            found.append({"kind": "window-begin", "id": f"w{i}", "name": f"epoch {i}", **at})
        if i % 10 == 7:
            found.append({"kind": "count", "t": t, "counts": {"samples": 5}, "window": f"w{i - 5}"})
            found.append({"kind": "window", "id": f"w{i - 5}", "name": f"epoch {i}", "status": "finished", **at})
    found.append({"kind": "end", "t": 11_700.0, "at": AT + 11_700, "status": "finished", "exit_code": 0})
    return found[:n] if n else found


def test_a_journal_whose_lock_is_not_seen_is_never_taken_away(lite: Ledger, tmp_path: Path) -> None:
    with (tmp_path / "a.jsonl").open("w") as writer:  # as on a network file system whose locks are local
        for record in growing(0):
            writer.write(json.dumps(record) + "\n")
            writer.flush()
            if record["kind"] != "sample":
                done = absorb(lite, tmp_path)
                assert (done.runs, done.broken) == (["a"], [])
                assert (tmp_path / "a.jsonl").exists() is (record["kind"] != "end")
    with Ledger.open(tmp_path / "fresh.sqlite") as fresh:
        absorb(fresh, tmp_path / "absorbed")
        for a, b in ((lite.runs(), fresh.runs()), (lite.windows("a"), fresh.windows("a"))):
            assert a == b
        assert sorted(lite.activities(), key=lambda a: a.id) == sorted(fresh.activities(), key=lambda a: a.id)
        assert lite.trace("a") == fresh.trace("a")
        assert sum(g.amount for g in lite.sums()) == pytest.approx(39 * 5e-4)
    assert lite.run("a").status is RunStatus.FINISHED
    assert [w.counts for w in lite.windows("a")] == [{"samples": 5}] * 4
    assert not (tmp_path / "a.jsonl").exists()
    assert lite.verify().ok


def test_what_was_absorbed_early_and_did_not_grow_is_not_read_anew(lite: Ledger, tmp_path: Path) -> None:
    path = write(tmp_path, "a", growing(20))
    first = absorb(lite, tmp_path)
    root = lite.verify().root
    again = absorb(lite, tmp_path)
    assert (again.appended, again.skipped, again.runs) == (0, first.appended, ["a"])
    assert lite.verify().root == root
    assert path.exists()
    long_ago(path)
    absorb(lite, tmp_path)
    assert not path.exists()


@pytest.mark.skipif(not BOOT_ID.exists(), reason="this system has no boot id")
def test_a_run_that_was_killed_on_this_system_is_packed_at_once(lite: Ledger, tmp_path: Path) -> None:
    start, *rest = records("a", end=False)
    for boot, gone in (("another", False), (BOOT_ID.read_text().strip(), True)):
        path = write(tmp_path, "a", [start | {"host": {"boot_id": boot}}, *rest])
        absorb(lite, tmp_path)
        assert path.exists() is not gone


def test_a_journal_that_grows_while_it_is_absorbed_stays(tmp_path: Path) -> None:
    path = write(tmp_path, "a", records("a"))
    pack(path, path.stat().st_size - 1)
    assert path.exists()
    assert list((tmp_path / "absorbed").iterdir()) == []
