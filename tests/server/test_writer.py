"""The writer acknowledges what is on disk, and nothing else."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving import activities
from treadlight.app.server.problems import Refused
from treadlight.app.server.writer import Writer
from treadlight.core.errors import InputError, LedgerError
from treadlight.ledger.encoded import encode
from treadlight.ledger.ready import Ready
from treadlight.ledger.store import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / "ledger.sqlite") as opened:
        yield opened


def ready(count: int, first: int = 0) -> Ready:
    return Ready([encode(a) for a in activities(count, first=first)])


def test_nothing_is_acknowledged_before_the_disk_has_it(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, may = threading.Event(), threading.Event()
    real = ledger.sync

    def sync() -> None:
        asked.set()
        may.wait(30)
        real()

    monkeypatch.setattr(ledger, "sync", sync)
    writer = Writer(ledger)
    first = writer.submit(ready(5))
    assert asked.wait(30)
    second = writer.submit(ready(5, 50))
    assert not first.done()
    assert not second.done()
    may.set()
    assert [first.result(30).appended, second.result(30).appended] == [5, 5]
    writer.close()


def test_a_disk_that_does_not_take_it_is_told_to_who_sent_it(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    def sync() -> None:
        raise LedgerError("the disk does not take it", field="ledger")

    monkeypatch.setattr(ledger, "sync", sync)
    writer = Writer(ledger)
    with pytest.raises(LedgerError):
        writer.submit(ready(2)).result(30)
    writer.close()


def test_what_cannot_be_kept_does_not_keep_others_from_being_kept(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = threading.Event()
    real = ledger.append_ready
    calls = []

    def append(groups: list[Ready]) -> list[object]:
        held.wait(30)
        calls.append(len(groups))
        return list(real(groups))

    monkeypatch.setattr(ledger, "append_ready", append)
    writer = Writer(ledger)
    circle = [encode(a) for a in activities(1, id="a", supersedes="b") + activities(1, id="b", supersedes="a")]
    futures = [writer.submit(group) for group in (ready(3), ready(3, 10), Ready(circle), ready(3, 20))]
    held.set()
    assert [f.result(30).appended for f in (futures[0], futures[1], futures[3])] == [3, 3, 3]
    with pytest.raises(InputError):
        futures[2].result(30)
    assert max(calls) > 1
    writer.close()
    assert ledger.head()[1] == 9
    assert ledger.verify().ok


def test_what_was_taken_is_written_before_it_stops_and_nothing_is_taken_after(ledger: Ledger) -> None:
    writer = Writer(ledger)
    futures = [writer.submit(ready(10, 100 * n)) for n in range(20)]
    writer.close()
    assert sum(f.result(0).appended for f in futures) == 200
    with pytest.raises(Refused):
        writer.submit(ready(1))


def test_more_than_it_can_write_is_refused_for_a_while(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("treadlight.app.server.writer.WAITING", 5)
    may = threading.Event()
    monkeypatch.setattr(ledger, "sync", lambda: may.wait(30))
    writer = Writer(ledger)
    first = writer.submit(ready(10))
    with pytest.raises(Refused) as caught:
        writer.submit(ready(1, 50))
    assert caught.value.status == 503
    may.set()
    first.result(30)
    writer.close()
