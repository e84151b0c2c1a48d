import gzip
import json
import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from treadlight.core.errors import InputError, LedgerError
from treadlight.ledger.journal import JournalWriter, is_live, read_journal


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "run.jsonl"
    with JournalWriter(path) as writer:
        writer.write({"kind": "note", "t": 0.5, "text": "é\n\u2028"})
        writer.write({"kind": "note", "t": 1.5, "text": ""})
    assert [r["t"] for r in read_journal(path)] == [0.5, 1.5]
    assert next(read_journal(path))["text"] == "é\n\u2028"


def test_a_record_is_in_the_file_before_write_returns(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with JournalWriter(path) as writer:
        writer.write({"kind": "note"})
        assert path.read_text() == '{"kind":"note"}\n'


def test_a_journal_never_overwrites_another(tmp_path: Path) -> None:
    (tmp_path / "run.jsonl").write_text("{}\n")
    with pytest.raises(FileExistsError):
        JournalWriter(tmp_path / "run.jsonl")


def test_nan_is_refused_and_leaves_no_trace(tmp_path: Path) -> None:
    with JournalWriter(tmp_path / "run.jsonl") as writer:
        with pytest.raises(InputError, match="journal sample"):
            writer.write({"kind": "sample", "v": [float("nan")]})
        writer.write({"kind": "note"})
    assert len(list(read_journal(tmp_path / "run.jsonl"))) == 1


def test_names_that_no_reader_could_keep_are_written_so_that_they_can(tmp_path: Path) -> None:
    with JournalWriter(tmp_path / "run.jsonl") as writer:
        writer.write({"kind": "note", "text": "caf\udce9", "more": {"a\0": ["b\0", "\\u0000"]}})
    (record,) = read_journal(tmp_path / "run.jsonl")
    assert record == {"kind": "note", "text": "caf?", "more": {"a?": ["b?", "\\u0000"]}}


@pytest.mark.parametrize("keep", range(1, 14))
def test_a_torn_last_line_is_left_out(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "run.jsonl"
    line = b'{"kind":"note"}\n'
    path.write_bytes(line + line[:keep])
    assert len(list(read_journal(path))) == 1


def test_a_last_line_without_line_feed_counts_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(b'{"a":1}\n{"b":2}')
    assert list(read_journal(path)) == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize("line", ['{"kind":"no', "[1]", '{"v":NaN}', "", "\x00\x00"])
def test_a_broken_line_in_the_middle_is_named_by_file_and_number(tmp_path: Path, line: str) -> None:
    path = tmp_path / "run.jsonl"
    path.write_text(f'{{"kind":"start"}}\n{line}\n{{"kind":"end"}}\n')
    with pytest.raises(LedgerError, match=r"run\.jsonl:2"):
        list(read_journal(path))


def test_a_packed_journal_reads_alike_and_a_damaged_pack_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"a":1}\n{"a":2}\n{"a"'))
    assert list(read_journal(path)) == [{"a": 1}, {"a": 2}]
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(LedgerError, match="cannot be read"):
        list(read_journal(path))
    path.write_bytes(b"no gzip at all")
    with pytest.raises(LedgerError, match="cannot be read"):
        list(read_journal(path))


def test_a_missing_journal_is_named(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=r"gone\.jsonl.*No such file"):
        list(read_journal(tmp_path / "gone.jsonl"))
    assert not is_live(tmp_path / "gone.jsonl")


def test_a_journal_is_live_exactly_as_long_as_its_writer(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    writer = JournalWriter(path)
    assert is_live(path)
    writer.close()
    writer.close()
    assert not is_live(path)
    with pytest.raises(OSError, match="closed"):
        writer.write({})


WRITE_AND_DIE = """
import os, signal, sys
from treadlight.ledger.journal import JournalWriter
w = JournalWriter(sys.argv[1])
for i in range(100):
    w.write({"kind": "note", "t": i})
print("ready", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_writer_loses_nothing_it_wrote_and_its_lock(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    done = subprocess.run(
        [sys.executable, "-c", WRITE_AND_DIE, str(path)], env=_env(), capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert [r["t"] for r in read_journal(path)] == list(range(100))
    assert not is_live(path)


def test_a_forked_child_does_not_keep_a_dead_trackers_journal_alive(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    writer = JournalWriter(path)
    context = multiprocessing.get_context("fork")
    ready, gate = context.Event(), context.Event()

    def outlive() -> None:
        ready.set()
        gate.wait(30)

    child = context.Process(target=outlive)
    child.start()
    try:
        assert ready.wait(30)
        assert is_live(path)
        writer.close()
        assert not is_live(path)
    finally:
        gate.set()
        child.join()


FILL = """
import resource, sys
from treadlight.ledger.journal import JournalWriter
w = JournalWriter(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
n = 0
try:
    while True:
        w.write({"kind": "note", "t": n, "text": "x" * 50}); n += 1
except OSError as error:
    print(n)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
w.write({"kind": "note", "t": n, "text": "after"})
"""


def test_a_full_disk_leaves_no_half_line_and_writing_can_go_on(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    done = subprocess.run(
        [sys.executable, "-c", FILL, str(path)], env=_env(), capture_output=True, check=True, text=True
    )
    written = int(done.stdout)
    records = list(read_journal(path))
    assert [r["t"] for r in records] == list(range(written + 1))
    assert records[-1]["text"] == "after"
    assert json.loads(path.read_text().splitlines()[-1])["text"] == "after"


def test_importing_the_journal_loads_no_database() -> None:
    code = "import sys, treadlight.ledger.journal; print([m for m in sys.modules if m.split('.')[0] in sys.argv[1:]])"
    heavy = ["sqlalchemy", "msgspec", "numpy", "alembic", "dataclasses"]
    done = subprocess.run([sys.executable, "-c", code, *heavy], env=_env(), capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "[]"


def _env() -> dict[str, str]:
    import treadlight

    return os.environ | {"PYTHONPATH": str(Path(treadlight.__file__).parents[1])}
