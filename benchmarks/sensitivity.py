"""Global sensitivity of a study with 30 uncertain inputs in five categories: seconds, and the indices beside the truth.

    python benchmarks/sensitivity.py

The study takes 30 lognormal amounts of its own processes, of which it has 30, and then 500 in a chain. What is timed is
the tornado and all first-order and total indices with their intervals, at 4,096 samples: 32 evaluations of it. Its
results are sums of the inputs, so that the indices follow by hand. Exit code 1 if one is off by more than 0.05.
"""

import statistics
import sys
import time

import numpy as np
from environments import machine, save

from treadlight.assess.lifecycle.model import Model
from treadlight.assess.lifecycle.reading import study_of
from treadlight.assess.lifecycle.tornado import global_indices, tornado, varied
from treadlight.library.library import Library

CATEGORIES = ["gwp", "water", "adpe", "pe", "ewaste"]
INPUTS, SAMPLES, REPEATS = 30, 4096, 3
SPREADS = [0.02 * (i + 1) for i in range(INPUTS)]


def made(processes: int) -> dict[str, object]:
    """A study of a chain of processes that ends in one that takes 30 uncertain amounts of others."""
    chain = [
        {
            "id": f"p{i}",
            "unit": "unit",
            "exchanges": [
                *({"target": c, "amount": 1.0 + 0.001 * i} for c in CATEGORIES),
                *([{"target": f"p{i - 1}", "amount": 0.3}] if i else []),
            ],
        }
        for i in range(processes)
    ]
    items = [
        {"name": f"x{i}", "process": f"p{i * (processes // INPUTS)}", "amount": f"lognormal(1, {1 + SPREADS[i]})"}
        for i in range(INPUTS)
    ]
    return {
        "schema": "treadlight.study/1",
        "id": "benchmark",
        "goal": {"purpose": "time it", "audience": ["us"]},
        "scope": {
            "function": "none",
            "functional_unit": {"name": "one", "amount": 1, "unit": "unit"},
            "boundary": ["training"],
            "categories": CATEGORIES,
        },
        "process": chain,
        "system": [{"id": "whole", "delivers": 1, "stage": [{"name": "training", "item": items}]}],
    }


def timed(processes: int) -> tuple[float, float, float]:
    """Seconds to set up, seconds of the whole analysis, and the largest error of a total index."""
    study = study_of(made(processes))
    library = Library.load()
    setting, analysing = [], []
    error = 0.0
    for seed in range(REPEATS):
        begun = time.perf_counter()
        model = Model(study, library, draws=SAMPLES, seed=seed)
        ready = time.perf_counter()
        causes = varied(model)
        tornado(model, causes)
        found = global_indices(model, list(causes), rest=False)
        analysing.append(time.perf_counter() - ready)
        setting.append(ready - begun)
        error = max(error, float(np.abs(found.total[:, 0] - _truth(model)).max()))
    return statistics.median(setting), statistics.median(analysing), error


def _truth(model: Model) -> np.ndarray:
    """Shares of the variance of a sum of lognormals, each times what one unit of its process costs."""
    parts = model.systems[0].parts
    costs = np.array([model.unit.central(part.process)[0] for part in parts])
    sigma = np.log1p(SPREADS)
    variances = costs**2 * np.expm1(sigma**2) * np.exp(sigma**2)
    found: np.ndarray = variances / variances.sum()
    return found


def main() -> int:
    """Print the table; 1 if an index is off."""
    results: dict[str, object] = {"machine": machine(), "inputs": INPUTS, "samples": SAMPLES}
    worst = 0.0
    for processes in (30, 500):
        setting, analysing, error = timed(processes)
        worst = max(worst, error)
        print(f"{processes:4d} processes, {INPUTS} inputs, {len(CATEGORIES)} categories, {SAMPLES} samples:")
        print(f"     {analysing:6.2f} s for tornado and indices (to reach: 10), {setting:.2f} s to set up")
        print(f"     total indices are off by at most {error:.3f}")
        results[f"seconds_{processes}"] = analysing
        results[f"error_{processes}"] = error
    save("sensitivity", results)
    return int(worst > 0.05)


if __name__ == "__main__":
    sys.exit(main())
