"""Kill tree and tracker with ``kill -9`` at random moments, then ask the ledger what is left.

    python benchmarks/crash.py [--rounds 50]

Each round runs ``treadlight track`` on a process tree, under a fake counter that grows at 40 W, and kills the whole
process group at a random moment while the command still runs. Afterwards: no journal may be damaged, the ledger's chain
must hold, and every run is listed as interrupted; what it lost is the time from its last sample to the kill, and its
energy is held against 40 W over the time it recorded. Exit code 1: a limit was missed.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from environments import HERE, machine, save

sys.path.insert(0, str(HERE.parent / "tests"))
from measure.fakes.powercap import PowercapTree

WATTS = 40.0
INTERVAL_S = 0.2
LATE_S = 0.5
"""A sampler on a busy machine may come late by this much [s]; it is not an interval lost."""
COMMAND = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(30)'])"
CLI = [sys.executable, "-c", "from treadlight.app.cli.main import main; main()"]


def environment_of(home: Path, sysfs: Path) -> dict[str, str]:
    found = {k: v for k, v in os.environ.items() if not k.startswith("TREADLIGHT_")}
    return found | {
        "PYTHONPATH": str(HERE.parent / "src"),
        "TREADLIGHT_HOME": str(home),
        "TREADLIGHT_SYSFS_ROOT": str(sysfs),
        "TREADLIGHT_ATTRIBUTION": "exclusive",
    }


def killed(name: str, env: dict[str, str], rng: random.Random) -> float:
    """One round; the time at which everything was killed [s since 1970], or 0 where it had ended before."""
    command = [*CLI, "track", "--quiet", "--name", name, "--interval", str(INTERVAL_S), "--"]
    with subprocess.Popen([*command, sys.executable, "-c", COMMAND], env=env, start_new_session=True) as process:
        try:
            process.wait(rng.uniform(0.6, 3.0))
        except subprocess.TimeoutExpired:
            at_s = time.time()
            os.killpg(process.pid, signal.SIGKILL)
            return at_s
    return 0.0


def asked(env: dict[str, str], *verb: str) -> Any:
    done = subprocess.run([*CLI, *verb, "--json"], env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"treadlight {' '.join(verb)} failed: {done.stderr}")
    return json.loads(done.stdout)


def cpu_joules(env: dict[str, str], run: str) -> float:
    """Energy of the counter's component as the account states it [J]."""
    parts = asked(env, "show", run)["components"]
    return next(p["energy_kwh"]["p50"] for p in parts if p["component"] == "cpu") * 3.6e6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        home, tree = Path(folder) / "home", PowercapTree(Path(folder) / "sys")
        tree.add("intel-rapl:0", "package-0", WATTS)
        env = environment_of(home, tree.root)
        with tree.live():
            ends = {f"round {i}": killed(f"round {i}", env, rng) for i in range(options.rounds)}
        runs = {run["name"]: run for run in asked(env, "runs")}
        chain = asked(env, "verify")
        left = sorted(path.name for path in (home / "journals").glob("*.jsonl"))
        cut = {name: at_s for name, at_s in ends.items() if at_s}
        lost_s, errors = [], []
        for name, at_s in cut.items():
            run = runs.get(name)
            if run is not None and run["status"] == "interrupted" and run["duration_s"] > 0:
                end_s = datetime.fromisoformat(run["end"].replace("Z", "+00:00")).timestamp()
                lost_s.append(at_s - end_s)
                errors.append(abs(cpu_joules(env, run["id"]) / (WATTS * run["duration_s"]) - 1))
    statuses = [runs[name]["status"] if name in runs else "not begun" for name in ends]
    worst_s = max(lost_s, default=0.0)
    over = sum(lost > INTERVAL_S for lost in lost_s)
    missed = []
    if not chain["ok"]:
        missed.append("the ledger's chain is broken")
    if statuses.count("interrupted") != options.rounds:
        missed.append("not every round is listed as interrupted")
    if len(lost_s) != options.rounds:
        missed.append(f"only {len(lost_s)} runs had begun to meter")
    if worst_s > INTERVAL_S + LATE_S:
        missed.append(f"{worst_s:.2f} s were lost")
    if left:
        missed.append(f"{len(left)} journals were not absorbed")
    counts = {status: statuses.count(status) for status in sorted(set(statuses))}
    told = ", ".join(f"{count} {status}" for status, count in counts.items())
    print(f"{options.rounds} rounds, {len(cut)} killed; listed as: {told}; chain ok: {chain['ok']}")
    print(f"lost at most {worst_s:.3f} s, the interval being {INTERVAL_S:g} s (limit: it and {LATE_S:g} s of lateness)")
    print(f"runs that lost more than one interval: {over}; energy off by at most {max(errors, default=0):.1%} of 40 W")
    print("all limits kept" if not missed else "MISSED: " + "; ".join(missed))
    save(
        "crash",
        {
            "machine": machine(),
            "rounds": options.rounds,
            "killed": len(cut),
            "statuses": counts,
            "interval_s": INTERVAL_S,
            "measured": len(lost_s),
            "worst_lost_s": worst_s,
            "over_one_interval": over,
            "worst_energy_error": max(errors, default=0.0),
            "chain_ok": bool(chain["ok"]),
            "missed": missed,
        },
    )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
