import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

import treadlight
from strategies import journals, start_record
from treadlight.core.errors import NotFoundError
from treadlight.ledger.absorb import absorb, fold_journal, live_runs
from treadlight.ledger.journal import JournalWriter
from treadlight.ledger.records import RunStatus
from treadlight.ledger.store import Ledger

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
