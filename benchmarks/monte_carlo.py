"""Monte Carlo of a system of 50 processes and about 450 uncertain exchanges: treadlight beside bw2calc, same matrices.

    python benchmarks/monte_carlo.py

The peer runs in an environment of its own (benchmarks/.envs/brightway, made on first use) in the same script, on the
matrices that treadlight solves, handed over as a file. Both are timed without start-up, median of five; means and
spreads must agree within the sampling error, and a looped system to 1e-9. Exit code 1 if they do not.
"""

import json
import math
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from treadlight.assess.draws import Draws
from treadlight.assess.solve import impacts, unit_impacts
from treadlight.library.process import Process

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

from environments import environment, machine, save  # noqa: E402

from assess_systems import random_acyclic, random_looped  # noqa: E402

DRAWS = 1000
REPEATS = 5


def as_matrices(system: dict[str, Process], categories: tuple[str, ...] = ("gwp",)) -> dict[str, object]:
    """Exchanges as (row, column, median, sigma): the technosphere's inputs and the direct impacts."""
    at = {name: i for i, name in enumerate(system)}
    rows = {name: i for i, name in enumerate(categories)}
    inputs, direct = [], []
    for name, process in system.items():
        for e in process.exchanges:
            spread = getattr(e.amount, "sigma", 0.0)
            if e.target in at:
                inputs.append([at[e.target], at[name], e.amount.median, spread])
            elif e.target in rows:
                direct.append([rows[e.target], at[name], e.amount.median, spread])
    return {"n": len(at), "categories": len(rows), "inputs": inputs, "direct": direct}


def peer(
    system: dict[str, Process], draws: int, categories: tuple[str, ...] = ("gwp",), repeats: int = REPEATS
) -> dict[str, object]:
    """Scores and seconds of bw2calc on the same system; `draws` 0 asks for the static score only."""
    python = environment("brightway", ["bw2calc", "bw_processing"])
    work = HERE / ".work"
    work.mkdir(exist_ok=True)
    given = work / "system.json"
    given.write_text(json.dumps(as_matrices(system, categories)))
    script = HERE / "peers" / "brightway_scores.py"
    done = subprocess.run(
        [python, script, given, str(draws), str(repeats)], check=True, text=True, stdout=subprocess.PIPE
    )
    return json.loads(done.stdout.splitlines()[-1])


def ours(system: dict[str, Process], draws: int) -> tuple[np.ndarray, float]:
    """Draws of the last process's score, and the median of the seconds they took."""
    seconds = []
    for repeat in range(REPEATS):
        begun = time.perf_counter()
        unit = unit_impacts(system, ("gwp",), Draws(draws, seed=repeat))
        scores = impacts(unit, {list(system)[-1]: np.ones(draws + 1)})[0, :draws]
        seconds.append(time.perf_counter() - begun)
    return scores, statistics.median(seconds)


def main() -> int:
    """Print the table; 1 if the two disagree."""
    system = random_acyclic(seed=2026)
    uncertain = sum(len(p.exchanges) for p in system.values())
    found, our_seconds = ours(system, DRAWS)
    theirs = peer(system, DRAWS)
    scores = np.array(theirs["scores"])
    ratio = theirs["seconds"] / our_seconds
    mean_error = abs(found.mean() - scores.mean()) / (scores.std() / math.sqrt(len(scores)))
    spread = found.std() / scores.std()
    looped = random_looped(seed=2026, n=40)
    loop_ours = float(unit_impacts(looped, ("gwp",), Draws(2)).central(list(looped)[-1])[0])
    loop_theirs = float(peer(looped, 0)["static"])
    loop_error = abs(loop_ours - loop_theirs) / abs(loop_theirs)
    print(f"{len(system)} processes, {uncertain} uncertain exchanges, {DRAWS} draws")
    print(
        f"bw2calc {theirs['version']:<8} {theirs['seconds']:9.3f} s   mean {scores.mean():.6g}   sd {scores.std():.4g}"
    )
    print(f"treadlight       {our_seconds:9.3f} s   mean {found.mean():.6g}   sd {found.std():.4g}")
    print(
        f"ratio {ratio:.0f}x (to reach: 100x); means differ by {mean_error:.2f} standard errors, "
        f"spreads by {spread - 1:+.1%}"
    )
    print(f"looped system of {len(looped)}: relative difference {loop_error:.1e} (to reach: 1e-9)")
    save(
        "monte_carlo",
        {
            "machine": machine(),
            "ratio": ratio,
            "bw2calc_s": theirs["seconds"],
            "treadlight_s": our_seconds,
            "mean_standard_errors": mean_error,
            "spread_ratio": spread,
            "loop_relative_difference": loop_error,
        },
    )
    return int(mean_error > 4 or abs(spread - 1) > 0.15 or loop_error > 1e-9)


if __name__ == "__main__":
    sys.exit(main())
