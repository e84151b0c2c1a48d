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
    peer: Callable[[Row], float | None]
    goal: str


HOURS = ("device_hours", "wall_hours", "n_devices", "avg_power_w")


def hours_at_40_percent(row: Row) -> float:
    """Device-hours as 6ND at 40 % utilisation gives them."""
    trainer = find_trainer(row.cells["hardware"], row.number("tdp_w"))
    return (operations(row) or 0.0) / (0.4 * trainer.peak_tflops * 3.6e15)


_LLMCARBON_INTRA = (-8.82079068e-20, 1.68591116e-09, 133.954735)  # TFLOPS by parameters, within a node
_LLMCARBON_INTER = (-5.60233749e-23, 8.45435587e-11, 134.546129)  # and over several
_LLMCARBON_CARD_GB, _LLMCARBON_NODE, _LLMCARBON_SMALLER = 80, 8, (1 - 7.76 / 33.46) * 125 / 312


def hours_by_llmcarbon(row: Row) -> float | None:
    """Device-hours as the curves of LLMCarbon's public code give them; None of what is no GPU, for which it has none.

    Notes
    -----
    TFLOPS of a card by all parameters: one curve for cards of 80 GB, whatever they are, a part of it for all others.
    The paper's own table takes the efficiency of each run from what was published of it, so it cannot be held out.

    References
    ----------
    Faiz et al.: LLMCarbon, arXiv 2309.14393, 2024; github.com/SotaroKaneda/MLCarbon, gpu_training.py, commit 186d42a.
    """
    device, total = find_trainer(row.cells["hardware"], row.number("tdp_w")).device, row.number("params_total_b")
    if device.vendor == "Google" or total is None or device.memory_gb is None:
        return None
    within = total < _LLMCARBON_NODE * 0.03 * device.memory_gb
    tflops = float(np.polyval(_LLMCARBON_INTRA if within else _LLMCARBON_INTER, total * 1e9))
    if round(device.memory_gb) != _LLMCARBON_CARD_GB:
        tflops *= _LLMCARBON_SMALLER
    return (operations(row) or 0.0) / (tflops * 3.6e15)


def kwh_by_llmcarbon(row: Row) -> float | None:
    """Those hours x design power x PUE."""
    hours = hours_by_llmcarbon(row)
    return None if hours is None else kwh_at_full_power(row, hours)


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
        lambda _: None,  # LLMCarbon has the hours for an answer, not for a question
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
        hours_by_llmcarbon,
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
        kwh_by_llmcarbon,
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
    peer: float | None


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
    log_sd = float(np.log(drawn).std())
    return Held(row, task.truth(row), float(p05), float(p50), float(p95), log_sd, task.baseline(row), task.peer(row))


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
