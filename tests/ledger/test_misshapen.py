"""Journals with random faults: each is absorbed or named, and whatever was absorbed can be read."""

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest

from strategies import CHANNEL, start_record
from treadlight.ledger.absorb import absorb
from treadlight.ledger.store import Ledger

AT = 1_760_000_400.0
VALUES: list[Any] = [
    None, True, "", -1, 0, 1e308, -0.0, 1e-320, 10**400, 1 << 60, "\ud800", "a\0", [], {}, [[]], {"a": {}}, 1e10,
    "-inf", "last", [1, 2, 3], "electricity.it", "normal(1,0)", "uniform(5,6)", "point(0)", "empirical(1e300)",
]  # fmt: skip


def journal(run: str) -> list[dict[str, Any]]:
    """A run with one of everything."""
    refusal = {"key": "nvml:0", "component": "gpu", "device": "gpu0", "state": "absent", "reason": "r", "remedy": "m"}

    def at(t: float, channels: int = 1) -> dict[str, Any]:
        return {"t": t, "at": AT + t, "v": [[t * 1e-5, t * 5e-6, 1e-9]] * channels}

    return [
        start_record(run, AT, refusals=[refusal]),
        {"kind": "sample", **at(0.0)},
        {"kind": "window-begin", "id": f"{run}-w", "name": "epoch", **at(5.0)},
        {"kind": "channel", "t": 6.0, **CHANNEL, "key": "nvml:gpu0"},
        {"kind": "sample", **at(4000.0, 2), "s": {"0": "stale: stands still"}, "edge": True},
        {"kind": "count", "t": 4000.0, "counts": {"samples": 5}, "window": f"{run}-w"},
        {"kind": "window", "id": f"{run}-w", "name": "epoch", **at(4001.0, 2), "status": "finished"},
        {"kind": "gap", "t0": 4001.0, "t1": 4002.0, "at0": AT + 4001, "at1": AT + 9000, "reason": "suspend"},
        {"kind": "note", "t": 4002.0, "text": "n"},
        {"kind": "sample", **at(5000.0, 2), "at": AT + 9998},
        {"kind": "end", "t": 5000.0, "at": AT + 9998, "status": "finished", "exit_code": 0, "error": ""},
    ]


def spoilt(rng: random.Random, part: Any) -> Any:
    """`part` with one fault somewhere within."""
    if isinstance(part, dict) and part:
        key, lot = rng.choice(list(part)), rng.random()
        if lot < 0.25:
            part[key] = rng.choice(VALUES)
        elif lot < 0.3:
            del part[key]
        elif lot < 0.35:
            part[rng.choice(["zz", "kind", "t", "v"])] = rng.choice(VALUES)
        else:
            part[key] = spoilt(rng, part[key])
        return part
    if isinstance(part, list) and part:
        i = rng.randrange(len(part))
        part[i] = spoilt(rng, part[i]) if rng.random() < 0.7 else rng.choice(VALUES)
        return part
    return rng.choice(VALUES)


@pytest.mark.parametrize("seed", range(3))
def test_a_misshapen_journal_is_absorbed_or_named_and_stops_nothing(lite: Ledger, tmp_path: Path, seed: int) -> None:
    rng, count, folder = random.Random(seed), 250, tmp_path / "j"
    folder.mkdir()
    for number in range(count):
        records = copy.deepcopy(journal(f"r{number}"))
        for _ in range(rng.choice([1, 1, 2])):
            i = rng.choice([0, 0, rng.randrange(len(records))])
            records[i] = spoilt(rng, records[i])
        (folder / f"{number:03}.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records))
    done = absorb(lite, folder)
    assert len(done.runs) + len(done.broken) == count
    assert 0 < len(done.runs) < count
    assert all(reason.isprintable() for _, reason in done.broken)
    for run in lite.runs():
        lite.windows(run.id)
        lite.trace(run.id)
    list(lite.activities())
    assert lite.verify().ok
