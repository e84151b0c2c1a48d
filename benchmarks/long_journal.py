"""Absorb the journal of a run of 1,000,000 samples, beside a loop that only reads its JSON.

    python benchmarks/long_journal.py [--samples 1000000]

Makes a journal of six channels (benchmarks/.work, about 390 MB) and then, each in a process of its own:

- json_loop: `json.loads` for every line of the file and nothing else, the least that anybody's reader does;
- absorb: everything from the file to a ledger on disk and the packed journal.

Prints seconds, lines a second and the peak memory [MB] of both. Exit code 1: a limit was missed.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from environments import HERE, machine, save

WORK = HERE / ".work"
LIMITS = {"seconds": 15.0, "mb": 100.0}
START_S = 1_767_225_600.0
CHANNELS = (
    ("rapl:package-0", "cpu", "electricity.it", 1e-5),
    ("rapl:dram-0", "memory", "electricity.it", 2e-6),
    ("nvml:0", "gpu", "electricity.it", 1e-4),
    ("model:rest", "rest", "electricity.it", 3e-5),
    ("hardware:server", "rest", "hardware.server.base", 1 / 3600),
    ("hardware:memory", "memory", "hardware.memory.dram", 64 / 3600),
)
"""Key, component, flow and amount a second."""

MEASURE = """
import json, resource, sys, time
from pathlib import Path
begin = time.perf_counter()
{body}
seconds = time.perf_counter() - begin
lines = int(sys.argv[2])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
print(json.dumps({{"seconds": seconds, "mb": peak, "lines_per_s": lines / seconds}}))
"""
LOOP = """
with open(sys.argv[1], "rb") as file:
    for line in file:
        json.loads(line)
"""
ABSORB = """
from treadlight.ledger.absorb import absorb
from treadlight.ledger.store import Ledger
path = Path(sys.argv[1])
with Ledger.open(path.parent / "ledger.sqlite") as ledger:
    done = absorb(ledger, path)
    assert done.runs == ["long"] and not done.broken and not path.exists(), done
"""


def start() -> dict[str, object]:
    """The first record."""
    about = {"method": "metered", "basis": "counter", "uncertainty": "lognormal(1.0,1.05)", "rule": "process-cpu-time"}
    channels = [
        {"key": key, "meter": key.partition(":")[0], "component": part, "device": key, "flow": flow, "cause": key}
        for key, part, flow, _ in CHANNELS
    ]
    return {
        "kind": "start",
        "schema": "treadlight.journal/1",
        "run": {"id": "long", "name": "long"},
        "at": START_S,
        "channels": [channel | about for channel in channels],
    }


def make(path: Path, samples: int) -> None:
    """Write the journal as a tracker would: one sample a second, numbers of all digits."""
    encode = json.JSONEncoder(separators=(",", ":")).encode
    with path.open("w") as file:
        file.write(encode(start()) + "\n")
        for i in range(samples):
            t_s = round(i + 0.000123, 6)
            values = [[round(t_s * a, 15), round(t_s * a / 3, 15), 1e-5 * a] for *_, a in CHANNELS]
            file.write(encode({"kind": "sample", "t": t_s, "at": round(START_S + t_s, 6), "v": values}) + "\n")
        end = {"kind": "end", "t": float(samples), "at": START_S + samples, "status": "finished", "exit_code": 0}
        file.write(encode(end) + "\n")


def measured(body: str, path: Path, lines: int) -> dict[str, float]:
    """What a process of its own needs for `body`."""
    code = MEASURE.format(body=body)
    done = subprocess.run([sys.executable, "-c", code, path, str(lines)], check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--samples", type=int, default=1_000_000)
    samples = parser.parse_args().samples
    WORK.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        path = Path(folder) / "long.jsonl"
        make(path, samples)
        size = path.stat().st_size
        result = {name: measured(body, path, samples + 2) for name, body in (("json_loop", LOOP), ("absorb", ABSORB))}
    for name, figures in result.items():
        print(f"{name:10} {figures['seconds']:6.1f} s  {figures['mb']:6.0f} MB  {figures['lines_per_s']:9.0f} lines/s")
    missed = [name for name, limit in LIMITS.items() if result["absorb"][name] > limit]
    kept = {**result, "samples": samples, "journal_mb": size / 1e6, "limits": LIMITS, "missed": missed}
    save("long_journal", {**kept, "machine": machine()})
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
