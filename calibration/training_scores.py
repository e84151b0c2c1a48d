"""What the training estimator is asked of rows it has not seen, and how well it answers."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from training_rows import Row, has_hours, has_measured_energy, measured_w, operations

from treadlight.estimate.accelerator import find_trainer
from treadlight.estimate.training import TrainingEstimate, estimate_training
from treadlight.estimate.training_fit import TrainingFit


@dataclass(frozen=True)
class Task:
    """What is asked of a row, and what it is held against."""

    name: str
    ignored: tuple[str, ...]
    chosen: Callable[[Row], bool]
    truth: Callable[[Row], float]
    answer: Callable[[TrainingEstimate], np.ndarray]
    baseline: Callable[[Row], float]
    baseline_name: str
    goal: str


HOURS = ("device_hours", "wall_hours", "n_devices", "avg_power_w")


def hours_at_40_percent(row: Row) -> float:
    """Device-hours as 6ND at 40 % utilisation gives them."""
    trainer = find_trainer(row.cells["hardware"], row.number("tdp_w"))
    return (operations(row) or 0.0) / (0.4 * trainer.peak_tflops * 3.6e15)


def kwh_at_full_power(row: Row, hours: float) -> float:
    """Hours x design power x PUE; of the TPU v4, without published design power, its measured maximum."""
    return hours * (row.number("tdp_w") or 192.0) / 1000 * (row.number("pue") or 1.0)


TASKS = (
    Task(
        "energy from device-hours",
        ("avg_power_w", "tokens_b", "total_flops"),
        lambda row: measured_w(row) is not None,
        lambda row: (row.number("reported_energy_mwh") or 0.0) * 1000,
        lambda estimate: estimate.energy_kwh,
        lambda row: kwh_at_full_power(row, row.number("device_hours") or 0.0),
        "hours x TDP x PUE",
        "<= 20 %, all within 2x",
    ),
    Task(
        "device-hours from parameters, tokens, hardware",
        HOURS,
        lambda row: has_hours(row) and bool(row.cells["hardware"]),
        lambda row: row.number("device_hours") or 0.0,
        lambda estimate: estimate.device_hours,
        hours_at_40_percent,
        "6ND at 40 %",
        "<= 20 %, >= 90 % within 2x",
    ),
    Task(
        "energy from parameters, tokens, hardware",
        HOURS,
        lambda row: has_measured_energy(row) and operations(row) is not None and bool(row.cells["hardware"]),
        lambda row: (row.number("reported_energy_mwh") or 0.0) * 1000,
        lambda estimate: estimate.energy_kwh,
        lambda row: kwh_at_full_power(row, hours_at_40_percent(row)),
        "6ND at 40 % x TDP x PUE",
        "<= 35 %, 90 % intervals that hold >= 85 %",
    ),
)


@dataclass(frozen=True)
class Held:
    """A row estimated by a fit that had not seen its group."""

    row: Row
    truth: float
    p05: float
    p50: float
    p95: float
    log_sd: float
    baseline: float


def folds(
    rows: Sequence[Row], group: Callable[[Row], str], fit: Callable[[Sequence[Row]], TrainingFit]
) -> list[tuple[TrainingFit, list[Row]]]:
    return [
        (fit([row for row in rows if group(row) != name]), [row for row in rows if group(row) == name])
        for name in sorted({group(row) for row in rows})
    ]


def held_out(task: Task, parts: Iterable[tuple[TrainingFit, list[Row]]]) -> list[Held]:
    return [_held(task, row, fit) for fit, rows in parts for row in rows if task.chosen(row)]


def _held(task: Task, row: Row, fit: TrainingFit) -> Held:
    scope = row.cells["estimate_scope"] or "gpu_only"
    drawn = task.answer(estimate_training(row.inputs(*task.ignored), scope, fit=fit))
    p05, p50, p95 = np.quantile(drawn, (0.05, 0.5, 0.95))
    return Held(
        row, task.truth(row), float(p05), float(p50), float(p95), float(np.log(drawn).std()), task.baseline(row)
    )


def score(held: Sequence[Held]) -> dict[str, float]:
    ratio = np.array([h.p50 / h.truth for h in held])
    inside = np.array([h.p05 <= h.truth <= h.p95 for h in held])
    return {
        **errors_of(ratio),
        "coverage": float(inside.mean()),
        "p95_over_p05": float(np.median([h.p95 / h.p05 for h in held])),
    }


def errors_of(ratio: Sequence[float]) -> dict[str, float]:
    """Median error, median ratio and share within a factor of two of estimates over what was published."""
    ratios = np.asarray(ratio)
    return {
        "rows": len(ratios),
        "median_abs_error": float(np.median(np.abs(ratios - 1))),
        "bias": float(np.median(ratios)),
        "within_2x": float(np.mean(np.abs(np.log(ratios)) <= math.log(2))),
    }
