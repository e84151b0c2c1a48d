"""What tracking costs, beside CodeCarbon in the same run: import, start, stop, processor time at 1 Hz, memory.

    python benchmarks/tracker_cost.py [--seconds 20] [--repeats 5]

CodeCarbon is installed in an environment of its own (``benchmarks/.envs/codecarbon``), so neither changes the other.
Each figure is the median of fresh processes; the bare interpreter's own cost is measured likewise and
taken off where a row says *added*. Exit code 1: a limit was missed.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from environments import HERE, environment, machine, save

_MEASURE = """
import json, os, resource, sys, time
def cpu(): return time.process_time()
def rss():
    with open("/proc/self/statm") as f: return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
def peak():
    with open("/proc/self/status") as f:
        return next(int(l.split()[1]) for l in f if l.startswith("VmHWM")) * 1024 / 1e6
out = {"bare_cpu_s": cpu(), "bare_rss_mb": rss()}
seconds = float(sys.argv[1])
begun = time.perf_counter()
"""

_TREADLIGHT = (
    _MEASURE
    + """
import treadlight
out["import_cpu_s"] = cpu(); out["import_s"] = time.perf_counter() - begun
t = time.perf_counter(); run = treadlight.track("cost"); out["construct_s"] = time.perf_counter() - t
t = time.perf_counter(); run.start(); out["start_s"] = time.perf_counter() - t
out["ready_s"] = time.perf_counter() - begun
c = cpu(); time.sleep(seconds); out["cpu_share"] = (cpu() - c) / seconds
out["rss_mb"] = rss()
t = time.perf_counter(); run.stop(); out["stop_s"] = time.perf_counter() - t
out["peak_mb"] = peak()
print(json.dumps(out))
"""
)

_CODECARBON = (
    _MEASURE
    + """
import logging
from codecarbon import OfflineEmissionsTracker
out["import_cpu_s"] = cpu(); out["import_s"] = time.perf_counter() - begun
logging.disable(logging.CRITICAL)
t = time.perf_counter()
run = OfflineEmissionsTracker(country_iso_code="FRA", measure_power_secs=1, save_to_file=True, log_level="critical",
                              output_dir=os.environ["TREADLIGHT_HOME"], allow_multiple_runs=True)
out["construct_s"] = time.perf_counter() - t
t = time.perf_counter(); run.start(); out["start_s"] = time.perf_counter() - t
out["ready_s"] = time.perf_counter() - begun
c = cpu(); time.sleep(seconds); out["cpu_share"] = (cpu() - c) / seconds
out["rss_mb"] = rss()
t = time.perf_counter(); run.stop(); out["stop_s"] = time.perf_counter() - t
out["peak_mb"] = peak()
print(json.dumps(out))
"""
)

_BARE = (
    _MEASURE
    + """
c = cpu(); time.sleep(seconds); out["cpu_share"] = (cpu() - c) / seconds
out["rss_mb"] = rss(); out["peak_mb"] = peak()
print(json.dumps(out))
"""
)

OURS = (_TREADLIGHT, "import treadlight", "from treadlight import track")
THEIRS = (_CODECARBON, "import codecarbon", "from codecarbon import OfflineEmissionsTracker")

_IMPORT = "import time; a = time.process_time()\n{0}\nprint(time.process_time())"

LIMITS = {
    "import_ratio": (3.0, "import treadlight: processor time ÷ bare interpreter"),
    "start_ms": (20.0, "start [ms]"),
    "stop_ms": (20.0, "stop [ms]"),
    "cpu_percent": (0.2, "processor at 1 Hz [% of one core]"),
    "added_mb": (20.0, "memory added, peak [MB]"),
}
"""What we hold ourselves to, and how the table calls it."""


def measured(python: Path, code: str, seconds: float) -> dict[str, float]:
    """One fresh process."""
    with tempfile.TemporaryDirectory() as home:
        env = {k: v for k, v in os.environ.items() if k not in ("PYTHONDONTWRITEBYTECODE",)}
        env |= {"TREADLIGHT_HOME": home, "PYTHONPATH": str(HERE.parent / "src")}
        done = subprocess.run(
            [str(python), "-c", code, str(seconds)], env=env, cwd=home, capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise SystemExit(f"a measurement failed:\n{done.stderr}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def import_cpu_s(python: Path, statement: str, repeats: int) -> float:
    """Processor time of an interpreter that only runs `statement`, median [s]."""
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    env["PYTHONPATH"] = str(HERE.parent / "src")
    times = []
    for _ in range(repeats):
        command = [str(python), "-c", _IMPORT.format(statement)]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
        times.append(float(done.stdout))
    return statistics.median(times)


def figures(python: Path, code: str, statement: str, tracker: str, seconds: float, repeats: int) -> dict[str, float]:
    """All figures of one tool, medians; `statement` imports the package, `tracker` also loads what tracks."""
    measured(python, code, 0.1)  # fills caches of byte code and disk
    bare = [measured(python, _BARE, 0.1) for _ in range(repeats)]
    short = [measured(python, code, 0.3) for _ in range(repeats)]
    long = [measured(python, code, seconds) for _ in range(max(1, repeats // 3))]
    idle = measured(python, _BARE, seconds)

    def median(rows: list[dict[str, float]], name: str) -> float:
        return statistics.median(row[name] for row in rows)

    bare_cpu_s = import_cpu_s(python, "pass", repeats * 3)
    return {
        "import_ratio": import_cpu_s(python, statement, repeats * 3) / bare_cpu_s,
        "tracker_ratio": import_cpu_s(python, tracker, repeats * 3) / bare_cpu_s,
        "import_ms": 1e3 * median(short, "import_s"),
        "construct_ms": 1e3 * median(short, "construct_s"),
        "start_ms": 1e3 * median(short, "start_s"),
        "ready_ms": 1e3 * median(short, "ready_s"),
        "stop_ms": 1e3 * median(short, "stop_s"),
        "cpu_percent": 100 * (median(long, "cpu_share") - idle["cpu_share"]),
        "added_mb": median(long, "peak_mb") - median(bare, "peak_mb"),
    }


ROWS = {
    "import_ratio": "import: processor time ÷ bare interpreter",
    "tracker_ratio": "import with tracker: the same",
    "import_ms": "import [ms]",
    "construct_ms": "construct [ms]",
    "start_ms": "start [ms]",
    "ready_ms": "import to first measured moment [ms]",
    "stop_ms": "stop [ms]",
    "cpu_percent": "processor at 1 Hz [% of one core]",
    "added_mb": "memory added, peak [MB]",
}


def table(ours: dict[str, float], theirs: dict[str, float]) -> str:
    lines = [f"{'':44}{'treadlight':>12}{'limit':>9}{'CodeCarbon':>13}{'ratio':>11}"]
    for key, label in ROWS.items():
        limit = f"{LIMITS[key][0]:g}" if key in LIMITS else ""
        peer = f"{theirs[key]:.4g}"
        ratio = f"{theirs[key] / ours[key]:.3g}x" if ours[key] > 0 else "–"
        lines.append(f"{label:44}{ours[key]:>12.3g}{limit:>9}{peer:>13}{ratio:>11}")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20.0, help="length of the run that tells processor time")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    ours = figures(
        Path(sys.executable),
        _TREADLIGHT,
        "import treadlight",
        "from treadlight import track",
        options.seconds,
        options.repeats,
    )
    python = environment("codecarbon", ["codecarbon"])
    theirs = figures(
        python,
        _CODECARBON,
        "import codecarbon",
        "from codecarbon import OfflineEmissionsTracker",
        options.seconds,
        options.repeats,
    )
    missed = [f"{LIMITS[k][1]}: {ours[k]:.3g} > {LIMITS[k][0]:g}" for k in LIMITS if ours[k] > LIMITS[k][0]]
    print(table(ours, theirs))
    print("all limits kept" if not missed else "MISSED: " + "; ".join(missed))
    save(
        "tracker_cost",
        {
            "machine": machine(),
            "seconds": options.seconds,
            "repeats": options.repeats,
            "treadlight": ours,
            "codecarbon": theirs,
            "limits": {key: limit for key, (limit, _) in LIMITS.items()},
            "missed": missed,
        },
    )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
