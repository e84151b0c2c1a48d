"""A study of 500 processes and five categories, 1,000 draws: treadlight beside bw2calc, same matrices, one run.

    python benchmarks/study.py

The study is written as its author would write it, one TOML file. The peer gets the same exchanges as matrices (see
monte_carlo.py); what is compared is drawing and solving them, without start-up, reading and setting up on either side.
Reading the study, and the whole assessment of it with its contributions, are timed too. Means and spreads of every
category must agree within the sampling error. Exit code 1 if they do not.
"""

import math
import random
import statistics
import sys
import time
from pathlib import Path

import numpy as np

from treadlight.assess.lifecycle.assessment import assess_study
from treadlight.assess.lifecycle.reading import read_study
from treadlight.core.distribution import Lognormal
from treadlight.library.library import Library
from treadlight.library.process import Process

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

from environments import machine, save  # noqa: E402
from monte_carlo import peer  # noqa: E402

from assess_systems import by_id, exchange, process, random_acyclic  # noqa: E402

CATEGORIES = ("gwp", "water", "adpe", "pe", "ewaste")
PROCESSES, DRAWS, REPEATS = 500, 1000, 5
HEAD = """schema = "treadlight.study/1"
id = "benchmark"
[goal]
purpose = "time it"
audience = ["us"]
[scope]
function = "none"
functional_unit = {{ name = "one", amount = 1, unit = "unit" }}
boundary = ["training"]
categories = {categories}
[[system]]
id = "whole"
delivers = 1
[[system.stage]]
name = "training"
[[system.stage.item]]
name = "last process"
process = "{last}"
"""


def made() -> dict[str, Process]:
    """The system: each process with its inputs and a direct impact in every category."""
    rng = random.Random(500)
    found = []
    for p in random_acyclic(seed=2026, n=PROCESSES).values():
        more = [
            exchange(c, Lognormal(rng.uniform(0.1, 2.0), rng.uniform(1.02, 1.5)), f"{p.id}-{c}")
            for c in CATEGORIES
            if c != "gwp"
        ]
        found.append(process(p.id, *p.exchanges, *more))
    return by_id(*found)


def as_study(system: dict[str, Process]) -> str:
    """The same as the text of a study."""
    lines = [HEAD.format(categories=list(CATEGORIES), last=list(system)[-1])]
    for p in system.values():
        lines += ["[[process]]", f'id = "{p.id}"', 'unit = "kWh"', "exchanges = ["]
        lines += [f'  {{ target = "{e.target}", amount = "{e.amount}", cause = "{e.cause}" }},' for e in p.exchanges]
        lines.append("]")
    return "\n".join(lines)


def ours(path: Path, library: Library) -> tuple[np.ndarray, float, float, float]:
    """Draws of the totals, and the medians of the seconds that reading, assessing and drawing and solving took."""
    reading, assessing, solving = [], [], []
    for repeat in range(REPEATS):
        begun = time.perf_counter()
        study = read_study(path)
        read = time.perf_counter()
        result = assess_study(study, library, draws=DRAWS, seed=repeat)
        assessed = time.perf_counter()
        again = result.model.evaluate()
        solving.append(time.perf_counter() - assessed)
        reading.append(read - begun)
        assessing.append(assessed - read)
    if not np.allclose(again[0], result.systems[0].samples, rtol=1e-9):
        raise SystemExit("the model does not repeat its study")
    return again[0], *(statistics.median(seconds) for seconds in (reading, assessing, solving))


def main() -> int:
    """Print the table; 1 if the two disagree."""
    system = made()
    work = HERE / ".work"
    work.mkdir(exist_ok=True)
    path = work / "study.toml"
    path.write_text(as_study(system))
    found, read_s, assess_s, solve_s = ours(path, Library.load())
    theirs = peer(system, DRAWS, CATEGORIES, repeats=1)
    scores = np.array(theirs["scores"]).T
    errors = np.abs(found.mean(axis=1) - scores.mean(axis=1)) / (scores.std(axis=1) / math.sqrt(DRAWS))
    spreads = found.std(axis=1) / scores.std(axis=1)
    uncertain = sum(len(p.exchanges) for p in system.values())
    ratio = theirs["seconds"] / solve_s
    print(f"{len(system)} processes, {uncertain} uncertain exchanges, {len(CATEGORIES)} categories, {DRAWS} draws")
    print(f"bw2calc {theirs['version']:<8} {theirs['seconds']:9.3f} s")
    print(f"treadlight       {solve_s:9.3f} s to draw and solve the same, {ratio:.0f}x (to reach: 80x)")
    print(
        f"treadlight       {assess_s:9.3f} s for the whole assessment (to reach: 0.5), {read_s:.3f} s to read the file"
    )
    print(f"means differ by at most {errors.max():.2f} standard errors, spreads by {np.abs(spreads - 1).max():.1%}")
    save(
        "study",
        {
            "machine": machine(),
            "ratio": ratio,
            "bw2calc_s": theirs["seconds"],
            "solve_s": solve_s,
            "assess_s": assess_s,
            "read_s": read_s,
            "mean_standard_errors": float(errors.max()),
            "spread_difference": float(np.abs(spreads - 1).max()),
        },
    )
    return int(errors.max() > 4.5 or np.abs(spreads - 1).max() > 0.15)


if __name__ == "__main__":
    sys.exit(main())
