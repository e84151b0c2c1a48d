"""The writer in a process of its own acknowledges what is on disk, says what went wrong, and is begun again."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving import activities
from treadlight.app.server.apart import WriterApart
from treadlight.app.server.problems import Refused
from treadlight.core.distribution import Lognormal
from treadlight.core.errors import InputError, LedgerError
from treadlight.ledger.encoded import encode
from treadlight.ledger.ready import Note, Ready
from treadlight.ledger.store import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / "ledger.sqlite") as opened:
        yield opened


@pytest.fixture
def writer(ledger: Ledger, tmp_path: Path) -> Iterator[WriterApart]:
    found = WriterApart(str(tmp_path / "ledger.sqlite"))
    yield found
    found.close()


def ready(count: int, first: int = 0, **given: object) -> Ready:
    return Ready([encode(a) for a in activities(count, first=first, **given)])


def children() -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(os.getpid()), "-f", "server.writing"], capture_output=True, text=True)
    return [int(pid) for pid in found.stdout.split()]


def until(true: object, seconds: float = 30.0) -> bool:
    end = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def test_what_it_acknowledges_is_in_the_ledger_and_the_chain_holds(ledger: Ledger, writer: WriterApart) -> None:
    futures = [writer.submit(ready(10, 100 * n)) for n in range(20)]
    again = writer.submit(ready(10))
    assert sum(f.result(30).appended for f in futures) == 200
    assert (again.result(30).appended, again.result(30).skipped) == (0, 10)
    assert ledger.head()[1] == 200
    assert ledger.verify().ok


def test_it_writes_what_the_same_activities_give_elsewhere(tmp_path: Path, ledger: Ledger, writer: WriterApart) -> None:
    group = ready(5, cause="meter:a", uncertainty=Lognormal(1.0, 1.05))
    writer.submit(group).result(30)
    with Ledger.open(tmp_path / "other.sqlite") as other:
        other.append_ready([group])
        assert list(other.activities()) == list(ledger.activities())
        assert other.sums() == ledger.sums()


def test_who_sent_it_stands_in_the_audit_log(ledger: Ledger, writer: WriterApart) -> None:
    group = ready(3)
    writer.submit(Ready(group.entries, None, Note("token:a", "3", "10.0.0.1"))).result(30)
    deed = ledger.access().audit.newest(1)[0]
    assert (deed.actor, deed.action, deed.target, deed.detail, deed.address) == (
        "token:a", "ingest", "entries 1-3", "3", "10.0.0.1",
    )  # fmt: skip


def test_what_cannot_be_kept_is_said_as_what_it_is(ledger: Ledger, writer: WriterApart) -> None:
    circle = [encode(a) for a in activities(1, id="a", supersedes="b") + activities(1, id="b", supersedes="a")]
    futures = [writer.submit(group) for group in (ready(3), Ready(circle), ready(3, 20))]
    with pytest.raises(InputError) as caught:
        futures[1].result(30)
    assert caught.value.field == "supersedes"
    assert [futures[0].result(30).appended, futures[2].result(30).appended] == [3, 3]
    assert ledger.head()[1] == 6


def test_what_is_not_the_senders_is_refused(ledger: Ledger, writer: WriterApart) -> None:
    foreign = ready(2, project="theirs")
    writer.submit(foreign).result(30)
    theirs = foreign.entries[0].id
    ours = ready(1, 50, project="ours", supersedes=theirs).entries
    with pytest.raises((InputError, Refused)):
        writer.submit(Ready(ours, frozenset({"ours"}))).result(30)
    assert ledger.head()[1] == 2


def test_one_that_is_killed_says_so_and_the_next_takes_its_place(ledger: Ledger, writer: WriterApart) -> None:
    writer.submit(ready(3)).result(30)
    (pid,) = children()
    os.kill(pid, signal.SIGSTOP)
    lost = writer.submit(ready(3, 10))
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(LedgerError, match="send it again"):
        lost.result(30)
    assert writer.submit(ready(3, 10)).result(30).appended == 3
    assert ledger.head()[1] == 6
    assert ledger.verify().ok


def test_a_signal_does_not_end_it_before_all_is_written(ledger: Ledger, writer: WriterApart) -> None:
    writer.submit(ready(1)).result(30)
    (pid,) = children()
    os.kill(pid, signal.SIGTERM)
    os.kill(pid, signal.SIGINT)
    assert writer.submit(ready(4, 10)).result(30).appended == 4
    assert children() == [pid]


def test_a_ledger_that_cannot_be_opened_is_said_and_tried_again(tmp_path: Path) -> None:
    where = tmp_path / "not yet there"
    writer = WriterApart(str(where / "ledger.sqlite"))
    with pytest.raises(LedgerError, match="does not exist"):
        writer.submit(ready(1)).result(30)
    where.mkdir()
    assert writer.submit(ready(1)).result(30).appended == 1
    writer.close()


def test_what_was_taken_is_written_before_it_stops_and_nothing_is_taken_after(ledger: Ledger, tmp_path: Path) -> None:
    writer = WriterApart(str(tmp_path / "ledger.sqlite"))
    futures = [writer.submit(ready(10, 100 * n)) for n in range(20)]
    writer.close()
    assert sum(f.result(0).appended for f in futures) == 200
    assert not children()
    with pytest.raises(Refused):
        writer.submit(ready(1))


def test_it_says_when_nothing_waits_and_the_sums_lack_nothing(ledger: Ledger, writer: WriterApart) -> None:
    writer.submit(ready(10)).result(30)
    assert until(lambda: writer.idle)
    assert ledger.tally() == 0
    assert until(lambda: writer.quiet(0.1))


def test_it_does_not_outlive_who_began_it(ledger: Ledger, tmp_path: Path) -> None:
    code = (
        "import sys, time; from treadlight.app.server.apart import WriterApart;"
        "w = WriterApart(sys.argv[1]); print(w._process._process.pid, flush=True); time.sleep(60)"
    )
    argv = [sys.executable, "-c", code, str(tmp_path / "ledger.sqlite")]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as begun:
        assert begun.stdout is not None
        pid = int(begun.stdout.readline())
        begun.kill()
    assert until(lambda: not Path(f"/proc/{pid}/cmdline").exists() or not Path(f"/proc/{pid}/cmdline").read_bytes())


def test_one_that_is_told_of_no_ledger_makes_none(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        argv = [sys.executable, "-m", "treadlight.app.server.writing"]
        begun = subprocess.Popen(argv, stdin=theirs.fileno(), cwd=tmp_path)
    ours.close()
    assert begun.wait(60) == 0
    assert not list(tmp_path.iterdir())


def test_more_than_it_can_write_is_refused_for_a_while(
    ledger: Ledger, writer: WriterApart, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.submit(ready(1)).result(30)
    monkeypatch.setattr("treadlight.app.server.writer.WAITING", 5)
    (pid,) = children()
    os.kill(pid, signal.SIGSTOP)
    held = writer.submit(ready(10, 10))
    with pytest.raises(Refused) as caught:
        writer.submit(ready(1, 50))
    assert caught.value.status == 503
    os.kill(pid, signal.SIGCONT)
    assert held.result(30).appended == 10
    assert writer.submit(ready(1, 50)).result(30).appended == 1


def test_what_it_says_and_nobody_can_read_ends_it_and_is_told(ledger: Ledger, writer: WriterApart) -> None:
    (pid,) = children()
    os.kill(pid, signal.SIGSTOP)
    lost = writer.submit(ready(3))
    writer._process._frames._decode = lambda content: 1 / 0
    os.kill(pid, signal.SIGCONT)
    with pytest.raises(LedgerError, match="send it again"):
        lost.result(30)
    assert writer.submit(ready(3)).result(30).appended + writer.submit(ready(3)).result(30).skipped >= 3


def test_one_that_ended_leaves_no_zombie_and_no_code_of_the_folder_is_run(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "queue.py").write_text("raise SystemExit(7)")
    monkeypatch.chdir(tmp_path)
    writer = WriterApart(str(tmp_path / "ledger.sqlite"))
    assert writer.submit(ready(2)).result(30).appended == 2
    (pid,) = children()
    os.kill(pid, signal.SIGKILL)
    assert until(lambda: not Path(f"/proc/{pid}").exists())
    writer.close()
