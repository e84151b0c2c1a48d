"""Fit the training estimator to published runs, cross-validate it, and write its coefficients and its residual plot.

    python calibration/fit_training.py             fit, score, print; some minutes
    python calibration/fit_training.py --write     and write src/treadlight/estimate/data/training.json and the plot
    python calibration/fit_training.py --rows      and print each row that was held out with its family

Reads ../shared/facts. Rows of confidence low, and energies that are hours times design power, teach nothing and are
left out. Every score is of rows whose group neither the coefficients nor their spread have seen. Needs scipy.
"""

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from training_fits import fit_all, fit_models, spreads_of
from training_plot import residual_plot
from training_rows import FACTS, GROUPS, Row, read_rows
from training_scores import TASKS, Held, Task, errors_of, folds, held_out, score

from treadlight.estimate.training_fit import TOKENS_YEAR, TrainingFit, fit_from

ROOT = Path(__file__).parents[1]
OUT = ROOT / "src" / "treadlight" / "estimate" / "data" / "training.json"
PLOT = ROOT / "docs" / "methodology" / "estimate-training-residuals.svg"
DATE = "2026-11-22"


def main() -> None:
    """Fit, score, print; write if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write coefficients and plot")
    parser.add_argument("--rows", action="store_true", help="print each row held out with its family")
    asked = parser.parse_args()
    if not FACTS.is_dir():
        raise SystemExit(f"{FACTS} is not there: the published rows stand beside the repository")
    rows, models = read_rows(), fit_models()

    def fit(chosen: Sequence[Row]) -> TrainingFit:
        return fit_from(fit_all(chosen, models, spreads_of(chosen)))

    form = fit_all(rows, models, spreads_of(rows))
    show_coefficients(form)
    parts = {name: folds(rows, group, fit) for name, group in GROUPS.items()}
    held = {task: {name: held_out(task, parts[name]) for name in GROUPS} for task in TASKS}
    scores = {task.name: show_task(task, held[task]) for task in TASKS}
    if asked.rows:
        for task in TASKS:
            show_rows(task, held[task]["family"])
    if asked.write:
        write(form, scores, {task.name: held[task]["family"] for task in TASKS})


def show_coefficients(form: Mapping[str, Any]) -> None:
    """Print each coefficient with its standard deviation."""
    for part in ("mfu", "power", "host"):
        found = form[part]
        print(f"{part}: {len(found['rows'])} rows, spread of a new family {found['log_sd']:.3f}")
        deviations = np.sqrt(np.diag(found["covariance"]))
        for (name, value), sd in zip(found["mean"].items(), deviations, strict=True):
            print(f"  {name:18} {value:7.3f} +- {sd:.3f}")
    line, share = form["tokens"], form["active_share"]
    a, b, c = line["mean"].values()
    years = f"+ {c:.2f} (year - {TOKENS_YEAR:g})"
    print(f"tokens: ln D = {a:.2f} + {b:.2f} ln N {years} +- {line['log_sd']:.2f}, {line['rows']} models")
    print(f"active share: {share['median']:.3f}, GSD {share['gsd']:.2f}, {share['rows']} mixtures of experts")


def show_task(task: Task, held: Mapping[str, Sequence[Held]]) -> dict[str, object]:
    """Print and return the scores of a task."""
    print(f"\n{task.name} (goal: {task.goal})\n  left out                   rows   error   bias  in 2x  holds  p95/p05")
    left_out = {name: score(rows) for name, rows in held.items()}
    for name, found in left_out.items():
        tail = f"  {found['coverage']:5.0%}  {found['p95_over_p05']:7.2f}"
        print(f"  {name:24} {_errors_line(found)}{tail}")
    baseline = errors_of([h.baseline / h.truth for h in held["family"]])
    print(f"  {task.baseline_name:24} {_errors_line(baseline)}")
    form = {"goal": task.goal, "left_out": left_out, "baseline": {"name": task.baseline_name, **baseline}}
    return {**form, **show_peer(held["family"])}


def show_peer(held: Sequence[Held]) -> dict[str, object]:
    """Print and return the scores of LLMCarbon, and of ours on the same rows; nothing where it has no answer."""
    both = [h for h in held if h.peer is not None]
    if not both:
        return {}
    peer, ours = errors_of([(h.peer or 0.0) / h.truth for h in both]), errors_of([h.p50 / h.truth for h in both])
    print(f"  {'LLMCarbon, GPUs':24} {_errors_line(peer)}")
    print(f"  {'ours, the same rows':24} {_errors_line(ours)}")
    return {"peer": {"name": "LLMCarbon, GPUs", **peer, "ours_on_the_same_rows": ours}}


def _errors_line(found: Mapping[str, float]) -> str:
    return f"{found['rows']:6.0f}  {found['median_abs_error']:6.1%}  {found['bias']:5.2f}  {found['within_2x']:5.0%}"


def show_rows(task: Task, held: Sequence[Held]) -> None:
    """Print each row: estimate over published, how many standard deviations that is, baseline over published."""
    print(f"\n{task.name}: estimate / published")
    for h in held:
        ratio = h.p50 / h.truth
        cells = f"{h.row.id:50} {h.row.cells['hardware']:10} {h.row.cells['estimate_scope']:8}"
        print(f"  {cells} {ratio:5.2f}  z {math.log(ratio) / h.log_sd:5.2f}  baseline {h.baseline / h.truth:5.2f}")


def write(form: Mapping[str, object], scores: Mapping[str, object], held: Mapping[str, Sequence[Held]]) -> None:
    """Write coefficients, scores and plot."""
    source = "shared/facts/validation_training.csv and models.csv; sources of each row stand there"
    head = {"fitted": DATE, "script": "calibration/fit_training.py", "source": source}
    text = json.dumps(_rounded({**head, **form, "cross_validation": scores}), indent=1)
    OUT.write_text(text + "\n", encoding="utf-8")
    PLOT.write_text(residual_plot(held), encoding="utf-8")
    print(f"\nwritten: {OUT.relative_to(ROOT)}, {PLOT.relative_to(ROOT)}")


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list) else value


if __name__ == "__main__":
    main()
