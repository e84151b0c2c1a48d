"""Many processes writing one ledger, and writers that are killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import treadlight
from treadlight.ledger.store import Ledger

WRITE = """
import sys
from strategies_ledger import activity
from treadlight.ledger.store import Ledger
place, number, count, batch = sys.argv[1], *map(int, sys.argv[2:])
with Ledger.open(place) as ledger:
    for i in range(0, count, batch):
        ledger.append([activity(number * 100_000 + i + j) for j in range(batch)])
        print(i + batch, flush=True)
"""


def start(place: str, number: int, count: int, batch: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", WRITE, place, str(number), str(count), str(batch)],
        env=os.environ | {"PYTHONPATH": f"{Path(treadlight.__file__).parents[1]}:{Path(__file__).parents[1]}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_eight_processes_lose_nothing_and_keep_the_chain(place: str) -> None:
    writers = [start(place, number, 200, 20) for number in range(8)]
    for writer in writers:
        _, errors = writer.communicate(timeout=120)
        assert writer.returncode == 0, errors
    with Ledger.open(place) as ledger:
        found = ledger.verify()
        assert (found.ok, found.entries) == (True, 1600)
        assert sum(g.count for g in ledger.sums()) == 1600


@pytest.mark.parametrize("patience_s", [0.0, 0.01, 0.05])
def test_a_killed_writer_loses_nothing_it_acknowledged(place: str, patience_s: float) -> None:
    writer = start(place, 0, 10_000, 10)
    assert writer.stdout is not None
    assert writer.stdout.readline()
    time.sleep(patience_s)
    writer.send_signal(signal.SIGKILL)
    rest, _ = writer.communicate()
    acknowledged = int(rest.split()[-1]) if rest.split() else 10
    with Ledger.open(place) as ledger:
        found = ledger.verify()
        assert found.ok
        assert found.entries >= acknowledged
        assert found.entries % 10 == 0
        ledger.append(ledger.activities())
        assert ledger.verify().entries == found.entries
