"""Fits of the training estimator: power, utilisation, their spread for new families, priors from published models."""

import csv
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares
from training_rows import FACTS, GROUPS, Row, has_measured_energy, measured_w, operations, typical_size_b

from treadlight.core.errors import InputError
from treadlight.estimate.accelerator import Trainer, find_trainer
from treadlight.estimate.priors import find_prior
from treadlight.estimate.training_fit import HOST, MFU, POWER, TOKENS_YEAR, host_ratio, log_mfu, log_power_share

# Priors of the coefficients: mean and standard deviation. They carry what is known before the rows are seen.
MFU_PRIOR = {
    "log_ceiling": (math.log(0.38), 0.2),  # steps of large models reach 40 to 50 %; restarts and evaluation cost some
    "balance": (-0.2, 0.2),  # more arithmetic per byte of bandwidth is harder to feed
    "log_half_b": (math.log(0.05), 1.0),
    "steepness": (1.0, 0.1),  # a fixed overhead a step would give 1
    "half_per_peak": (1.0, 0.4),  # a faster device needs a larger model in proportion
    "moe": (-0.15, 0.2),  # routing and all-to-all
    "counted": (0.2, 0.3),  # counted operations include recomputation and attention, 6ND does not
    "scale": (-0.05, 0.05),
}
POWER_PRIOR = {
    "log_share_small": (math.log(0.55), 0.25),
    "log_share_large": (math.log(0.8), 0.15),
    "log_share_tpu": (math.log(0.49), 0.15),  # Google's documentation: 220 W mean of TPU v3 of 450 W design power
}
HOST_PRIOR = {
    "log_host_server": (math.log(0.38), 0.3),
    "log_host_tpu": (math.log(0.25), 0.5),
    "tpu-v2": (0.0, 0.5),
    "tpu-v3": (0.0, 0.5),
    "tpu-v4": (0.0, 0.5),
}
POWER_FAMILY_SD, POWER_RUN_SD = 0.15, 0.12
MFU_FAMILY_SD, MFU_RUN_SD = 0.25, 0.2
DEGREES = 4  # of the t distribution of residuals: one odd run must not move the line
EXTERNAL_NODE = {"node_w": 0.76 * 10_200 / 8, "power_w": 700.0}
"""Mean power of an HGX H100 node at high load, 76 % of 10.2 kW: Newkirk et al. 2025, arXiv 2506.14551, abstract."""


def fit_power(rows: Sequence[Row]) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Coefficients of POWER then HOST with their covariance, by weighted least squares with their priors."""
    used = [row for row in rows if measured_w(row) is not None]
    mean, sd = _prior({**POWER_PRIOR, **HOST_PRIOR})
    observed = np.log([measured_w(row) or 0.0 for row in used] + [EXTERNAL_NODE["node_w"]])

    def predicted(theta: np.ndarray) -> np.ndarray:
        values = [_power_w(theta, row) for row in used]
        large = math.exp(theta[1]) + math.exp(theta[len(POWER)])
        return np.log([*values, large * EXTERNAL_NODE["power_w"]])

    families = [row.family for row in used] + ["newkirk"]
    whiten = _whitener(families, POWER_FAMILY_SD, np.full(len(families), POWER_RUN_SD))
    solved = least_squares(lambda t: np.concatenate([whiten @ (observed - predicted(t)), (t - mean) / sd]), mean)
    return solved.x, np.linalg.inv(solved.jac.T @ solved.jac), [row.id for row in used]


def _power_w(theta: np.ndarray, row: Row) -> float:
    trainer = find_trainer(row.cells["hardware"], row.number("tdp_w"))
    design_w = trainer.tdp_w if trainer.is_tpu else row.number("tdp_w") or trainer.tdp_w
    share = math.exp(float(log_power_share(theta[: len(POWER)], params_b=typical_size_b(row), tpu=trainer.is_tpu)))
    host = 0.0
    if row.cells["estimate_scope"] in ("it", "facility"):
        host = float(host_ratio(theta[len(POWER) :], trainer.device.slug, tpu=trainer.is_tpu))
    return (share + host) * design_w


def fit_mfu(rows: Sequence[Row], power: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Coefficients of MFU with their covariance: iteratively reweighted, so that odd runs count less."""
    used = [row for row in rows if row.is_6nd and _utilisation(row, power) is not None]
    mean, sd = _prior(MFU_PRIOR)
    observed = np.log([_utilisation(row, power) or 1.0 for row in used])
    features = [_features(row) for row in used]
    columns = {name: np.array([feature[name] for feature in features]) for name in features[0]}
    noise = np.array([math.hypot(MFU_RUN_SD, 0.0 if _from_hours(row) else 0.2) for row in used])
    weights, theta = np.ones(len(used)), mean
    for _ in range(15):
        whiten = _whitener([row.family for row in used], MFU_FAMILY_SD, noise, weights)
        solved = least_squares(
            lambda t, w=whiten: np.concatenate([w @ (observed - log_mfu(t, **columns)), (t - mean) / sd]), theta
        )
        theta = solved.x
        z = (observed - log_mfu(theta, **columns)) / np.hypot(MFU_FAMILY_SD, noise)
        weights = (DEGREES + 1) / (DEGREES + z**2)
    return theta, np.linalg.inv(solved.jac.T @ solved.jac), [row.id for row in used]


def _from_hours(row: Row) -> bool:
    return row.number("device_hours") is not None and (
        "hours" in row.cells["usable_for"] or bool(row.cells["total_flops"])
    )


def _utilisation(row: Row, power: np.ndarray) -> float | None:
    """Share of the peak rate in 16 bits: from hours, else from measured energy and the fitted power."""
    work = operations(row)
    if work is None or not row.cells["hardware"] or any(w in row.cells["architecture"] for w in ("lora", "finetune")):
        return None
    trainer = find_trainer(row.cells["hardware"], row.number("tdp_w"))
    if _from_hours(row):
        hours = row.number("device_hours")
    elif has_measured_energy(row):
        with_pue = row.cells["estimate_scope"] in ("gpu_pue", "facility")
        pue = (row.number("pue") or 1.0) if with_pue else 1.0
        hours = (row.number("reported_energy_mwh") or 0.0) * 1e6 / pue / _power_w(power, row)
    else:
        return None
    return work / ((hours or 0.0) * 3600 * trainer.peak_tflops * 1e12 * _speed(row, trainer))


def _speed(row: Row, trainer: Trainer) -> float:
    """Speed over that in 16 bits; what says nothing of its precision ran in 16 bits."""
    if row.precision != "fp8" or trainer.peak_8_bit_tflops is None:
        return 1.0
    share = find_prior("matrix_share").median
    return 1 / (1 - share + share * trainer.peak_tflops / trainer.peak_8_bit_tflops)


def _features(row: Row) -> dict[str, float]:
    trainer = find_trainer(row.cells["hardware"], row.number("tdp_w"))
    active = row.number("params_active_b") or 1.0
    return {
        "peak_tflops": trainer.peak_tflops,
        "bandwidth_gb_per_s": trainer.bandwidth_gb_per_s,
        "params_b": math.sqrt(active * (row.number("params_total_b") or active)),
        "moe": float("moe" in row.cells["architecture"]),
        "counted": float(bool(row.cells["total_flops"])),
        "n_devices": row.number("n_devices") or 1.0,
    }


def _prior(table: dict[str, tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([m for m, _ in table.values()]), np.array([s for _, s in table.values()])


def _whitener(
    families: Sequence[str], family_sd: float, noise: np.ndarray, weights: np.ndarray | None = None
) -> np.ndarray:
    """Matrix that turns residuals, alike within a family, into independent ones of variance 1."""
    same = np.array([[a == b for a in families] for b in families], dtype=float)
    covariance = same * family_sd**2 + np.diag(noise**2)
    if weights is not None:
        covariance /= np.sqrt(np.outer(weights, weights))
    return np.linalg.inv(np.linalg.cholesky(covariance))


def fit_models() -> dict[str, object]:
    """Priors from the table of models: tokens by size, active share, size, and accelerators used."""
    with (FACTS / "models.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            row for row in csv.DictReader(file) if row["confidence"] != "low" and row["params_basis"] == "published"
        ]
    known = [
        (math.log(float(r["params_active_b"])), year, math.log(float(r["training_tokens_b"])))
        for r in rows
        if r["params_active_b"] and r["training_tokens_b"] and (year := _year(r)) is not None
    ]
    x, years, y = np.array(known).T
    design = np.stack([np.ones_like(x), x, years - TOKENS_YEAR]).T
    line, squares, *_ = np.linalg.lstsq(design, y, rcond=None)
    sd = float(np.sqrt(squares[0] / (len(x) - design.shape[1])))
    share = np.log(
        [
            float(r["params_active_b"]) / float(r["params_total_b"])
            for r in rows
            if r["architecture"] == "moe" and r["params_active_b"] and r["params_total_b"]
        ]
    )
    size = np.log([float(r["params_total_b"]) for r in rows if r["params_total_b"]])
    return {
        "tokens": {
            "equation": f"ln tokens_b = a + b ln params_active_b + c (year - {TOKENS_YEAR:g})",
            "mean": {"a": line[0], "b": line[1], "c": line[2]},
            "covariance": (sd**2 * np.linalg.inv(design.T @ design)).tolist(),
            "log_sd": sd,
            "rows": len(known),
        },
        "years": _years(rows, years),
        "active_share": {
            "median": math.exp(float(np.median(share))),
            "gsd": math.exp(float(np.std(share))),
            "rows": len(share),
        },
        "size": {"median": math.exp(float(np.median(size))), "gsd": math.exp(float(np.std(size))), "rows": len(size)},
        "accelerators": {"weights": _accelerator_weights(rows)},
    }


def _year(row: dict[str, str]) -> float | None:
    """When a model appeared; None where not even the month is known."""
    year, _, rest = row["release"].partition("-")
    return int(year) + (int(rest[:2]) - 0.5) / 12 if rest else None


def _years(rows: Iterable[dict[str, str]], all_years: np.ndarray) -> dict[str, object]:
    """When models appeared: all of those whose tokens are known, and those trained on each accelerator.

    An accelerator of few models is drawn towards all: one model at large counts beside its own.
    """
    mean, sd = float(all_years.mean()), float(all_years.std())
    found: dict[str, list[float]] = {}
    for row in rows:
        slug, year = _trained_on(row), _year(row)
        if slug and year is not None:
            found.setdefault(slug, []).append(year)
    within = math.sqrt(np.mean([(y - np.mean(own)) ** 2 for own in found.values() if len(own) > 2 for y in own]))
    by_accelerator = {
        slug: [(sum(own) + mean) / (len(own) + 1), math.hypot(within, sd / math.sqrt(len(own) + 1))]
        for slug, own in sorted(found.items())
    }
    return {"mean": mean, "sd": sd, "by_accelerator": by_accelerator}


def _trained_on(row: dict[str, str]) -> str:
    """Slug of the accelerator a model was trained on; empty where it is not known, of several kinds, or not listed."""
    try:
        return find_trainer(row["training_device"]).device.slug if row["training_device"] else ""
    except InputError:
        return ""


def _accelerator_weights(rows: Iterable[dict[str, str]]) -> dict[str, float]:
    counts: dict[str, int] = {}
    for row in rows:
        slug = _trained_on(row)
        if slug and not slug.endswith("-median"):
            counts[slug] = counts.get(slug, 0) + 1
    total = sum(counts.values())
    return {slug: round(count / total, 4) for slug, count in sorted(counts.items(), key=lambda item: -item[1])}


@dataclass(frozen=True)
class Spreads:
    """Standard deviations of the logarithm for families not in the fit."""

    mfu: float
    power: float
    host: float = 0.3  # own judgement: no host is measured apart from its accelerators


def spreads_of(rows: Sequence[Row]) -> Spreads:
    """Spread about the fitted lines of rows whose family, size class or card was left out.

    A row of a new family errs by more than the rows of the fit, and what is asked about next is a new family. The
    spread is what, beside the doubt about the coefficients, makes nine in ten of these rows lie within 1.645 of it. Of
    utilisation: over the three ways together. Of power, which fewer rows tell: the hardest of the three ways.
    """
    found = [_left_out(rows, GROUPS[name]) for name in ("family", "size class", "hardware")]
    together = [error for mfu, _ in found for error in mfu]
    return Spreads(_spread(together, len(found[0][0])), max(_spread(power, len(power)) for _, power in found))


Errors = list[tuple[float, float]]
"""Error of the logarithm, and how much of it the doubt about the coefficients explains."""


def _left_out(rows: Sequence[Row], group: Callable[[Row], str]) -> tuple[Errors, Errors]:
    utilisation: Errors = []
    watts: Errors = []
    for left_out in sorted({group(row) for row in rows}):
        seen = [row for row in rows if group(row) != left_out]
        theta, covariance, _ = fit_power(seen)
        line, line_covariance, _ = fit_mfu(seen, theta)
        for row in (row for row in rows if group(row) == left_out):
            if (used := _utilisation(row, theta)) is not None:
                features = _features(row)
                logs = np.array([float(log_mfu(t, **features)) for t in _samples(line, line_covariance)])
                utilisation.append((math.log(used) - logs.mean(), float(logs.std())))
            if (measured := measured_w(row)) is not None:
                logs = np.array([math.log(_power_w(t, row)) for t in _samples(theta, covariance)])
                watts.append((math.log(measured) - logs.mean(), float(logs.std())))
    return utilisation, watts


def _samples(mean: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    return np.random.default_rng(0).multivariate_normal(mean, covariance, size=100)


def _spread(errors: Errors, rows: int) -> float:
    """The s for which the 90 % quantile of |error| / sqrt(s² + doubt²) is 1.645, by bisection.

    The quantile is that of split conformal prediction, a little above 90 %: the next row is one more than those seen.
    """
    error, doubt = np.abs(np.array(errors)).T
    level = min(1.0, 0.9 * (1 + 1 / rows))
    low, high = 0.0, 2.0
    for _ in range(40):
        middle = (low + high) / 2
        wide = float(np.quantile(error / np.hypot(middle, doubt), level)) < 1.645
        low, high = (low, middle) if wide else (middle, high)
    return high


def fit_all(rows: Sequence[Row], models: dict[str, object], spreads: Spreads) -> dict[str, object]:
    """The form that is shipped."""
    power, power_cov, power_ids = fit_power(rows)
    mfu, mfu_cov, mfu_ids = fit_mfu(rows, power)
    k = len(POWER)
    return {
        "mfu": _form(MFU, mfu, mfu_cov, spreads.mfu, mfu_ids),
        "power": _form(POWER, power[:k], power_cov[:k, :k], spreads.power, power_ids),
        "host": _form(HOST, power[k:], power_cov[k:, k:], spreads.host, power_ids),
        **models,
    }


def _form(
    names: Sequence[str], mean: np.ndarray, covariance: np.ndarray, log_sd: float, ids: list[str]
) -> dict[str, object]:
    return {
        "mean": dict(zip(names, mean.tolist(), strict=True)),
        "covariance": covariance.tolist(),
        "log_sd": log_sd,
        "rows": ids,
    }
