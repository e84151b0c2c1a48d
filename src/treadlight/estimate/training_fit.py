"""The fitted part of training estimates: utilisation, power of accelerators and of their hosts, and how far they err.

``data/training.json`` holds the coefficients with their covariance, the rows they were fitted to, and the score of
the cross-validation; ``calibration/fit_training.py`` writes it, and evaluates the same equations as given here.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from treadlight.estimate.sampling import Array, generator, kept, normals

__all__ = [
    "HOST",
    "MFU",
    "POWER",
    "TOKENS_YEAR",
    "Fit",
    "TrainingFit",
    "Years",
    "log_mfu",
    "log_power_share",
    "shipped_fit",
]

MFU = ("log_ceiling", "balance", "log_half_b", "steepness", "half_per_peak", "moe", "counted", "scale")
"""Coefficients of `log_mfu`, in order."""

POWER = ("log_share_small", "log_share_large", "log_share_tpu")
"""Coefficients of `log_power_share`, in order."""

HOST = ("log_host_server", "log_host_tpu", "tpu-v2", "tpu-v3", "tpu-v4")
"""Host power over design power, on a logarithmic scale; of single devices: the deviation from their class."""

TOKENS_YEAR = 2023.0
"""Year at which the tokens' intercept holds."""

_BALANCE = 0.153  # TFLOPS per GB/s of an A100 80GB
_PEAK_TFLOPS = 312.0  # of an A100
_MANY = 2000.0  # devices from which scaling is felt
_MFU_MAX = 0.8
_LARGE_B = 0.5  # parameters [10^9] at which power lies half-way between that of small and of large models

_DATA = Path(__file__).with_name("data") / "training.json"


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Coefficients, their covariance, and the spread of a new family about what they give.

    Parameters
    ----------
    mean, covariance
        Of the coefficients, shapes (p,) and (p, p).
    log_sd
        Standard deviation of the logarithm for a family that was not in the fit, from cross-validation.
    """

    mean: Array
    covariance: Array
    log_sd: float

    def draw(self, rng: np.random.Generator, n: int) -> Array:
        """Draws of the coefficients, shape (p, n)."""
        # Cholesky needs full rank, which a covariance rounded for the file may lack
        root = np.linalg.cholesky(self.covariance + 1e-12 * np.eye(len(self.mean)))
        columns = np.stack([normals(rng, n) for _ in self.mean])
        drawn: Array = self.mean[:, None] + np.einsum("ij,jn->in", root, columns)  # too small for a BLAS's threads
        return drawn

    def draws(self, n: int, seed: int, cause: str) -> Array:
        """Draws of one cause, shape (p, n); not to be written to. Rows of a table share them."""
        return _drawn(self, n, seed, cause)


@lru_cache(maxsize=64)
def _drawn(fit: Fit, n: int, seed: int, cause: str) -> Array:
    return kept(fit.draw(generator(seed, cause), n))


@dataclass(frozen=True, slots=True)
class Years:
    """When published models appeared.

    Parameters
    ----------
    mean, sd
        Of all.
    by_accelerator
        Slug of an accelerator to the mean and standard deviation of those trained on it.
    """

    mean: float
    sd: float
    by_accelerator: Mapping[str, tuple[float, float]]

    def of(self, slug: str) -> tuple[float, float]:
        """Mean and standard deviation of models trained on an accelerator; of all, where none is."""
        return self.by_accelerator.get(slug, (self.mean, self.sd))


@dataclass(frozen=True, slots=True)
class TrainingFit:
    """Everything fitted to published training runs.

    Parameters
    ----------
    mfu, power, host
        As `MFU`, `POWER` and `HOST` name their coefficients.
    tokens
        Of log tokens [10^9] over log parameters [10^9] and the year: intercept at `TOKENS_YEAR` and slopes.
    years
        When models appeared.
    active_share
        Median and GSD of active over total parameters of mixtures of experts.
    size
        Median [10^9] and GSD of the parameters of a model of which nothing is known.
    accelerators
        Slugs and weights of the accelerators that published models were trained on.
    """

    mfu: Fit
    power: Fit
    host: Fit
    tokens: Fit
    years: Years
    active_share: tuple[float, float]
    size: tuple[float, float]
    accelerators: Mapping[str, float]


def log_mfu(
    coefficients: Array,
    *,
    peak_tflops: ArrayLike,
    bandwidth_gb_per_s: ArrayLike,
    params_b: ArrayLike,
    moe: ArrayLike = 0.0,
    counted: ArrayLike = 0.0,
    n_devices: ArrayLike = 1.0,
) -> Array:
    """Logarithm of the share of the peak rate that training turns into 6ND.

    Parameters
    ----------
    coefficients
        As `MFU` names them, shape (p,) or (p, n).
    peak_tflops, bandwidth_gb_per_s
        Of the accelerator.
    params_b
        Size that decides how well the device is filled [10^9]: the geometric mean of active and total parameters.
    moe
        1 for a mixture of experts.
    counted
        1 where the number of operations was counted or given and is not 6ND.
    n_devices
        Devices used at once.

    Notes
    -----
    .. math:: \\ln u = c + \\beta \\ln\\frac{B}{B_0} - \\ln(1 + (N_{½}/N)^s) + \\mu\\,[moe] + \\kappa\\,[counted]
              - \\sigma \\ln\\max(1, n/2000), \\quad \\ln N_{½} = h + k \\ln\\frac{F}{F_0}

    with B the balance of the device, peak rate F over bandwidth. With s above 1 a larger model would take less time.
    """
    peak, bandwidth = np.asarray(peak_tflops, dtype=float), np.asarray(bandwidth_gb_per_s, dtype=float)
    ceiling, balance, half, steepness, per_peak, mixture, given, scale = coefficients
    log_balance = np.clip(np.log(peak / bandwidth / _BALANCE), -0.7, 1.2)
    log_half = half + per_peak * np.log(peak / _PEAK_TFLOPS)
    emptiness = np.log1p(np.exp(np.minimum(steepness * (log_half - np.log(params_b)), 50.0)))
    crowd = np.log(np.maximum(1.0, np.asarray(n_devices, dtype=float) / _MANY))
    value = ceiling + balance * log_balance - emptiness
    value = value + mixture * np.asarray(moe) + given * np.asarray(counted) + scale * crowd
    result: Array = np.minimum(value, np.log(_MFU_MAX))
    return result


def log_power_share(coefficients: Array, *, params_b: ArrayLike, tpu: ArrayLike = 0.0) -> Array:
    """Logarithm of an accelerator's mean power in training over its design power.

    Parameters
    ----------
    coefficients
        As `POWER` names them, shape (p,) or (p, n).
    params_b
        Active parameters [10^9].
    tpu
        1 for Google's chips, whose published design power lies far above their measured one.

    Notes
    -----
    .. math:: \\ln a = (1-w) \\ln a_{small} + w \\ln a_{large}, \\quad w = \\frac{N}{N + 0.5}
    """
    small, large, chip = coefficients
    size = np.asarray(params_b, dtype=float)
    weight = size / (size + _LARGE_B)
    value: Array = np.where(np.asarray(tpu, dtype=bool), chip, (1 - weight) * small + weight * large)
    return value


def host_ratio(coefficients: Array, slug: str, *, tpu: bool) -> Array:
    """Power of the host over the design power of the accelerator it serves; `coefficients` as `HOST` names them."""
    server, chip, *single = coefficients
    own = dict(zip(HOST[2:], single, strict=True)).get(slug, 0.0)
    ratio: Array = np.exp(np.asarray(chip) + own if tpu else np.asarray(server))
    return ratio


@lru_cache(maxsize=1)
def shipped_fit() -> TrainingFit:
    """The fit this release ships."""
    return fit_from(json.loads(_DATA.read_text(encoding="utf-8")))


def fit_from(form: Mapping[str, object]) -> TrainingFit:
    """The fit that a JSON form holds."""
    names = ("mfu", "power", "host", "tokens", "years", "active_share", "size", "accelerators")
    parts = {name: form[name] for name in names}
    fits = {name: _fit(parts[name]) for name in ("mfu", "power", "host", "tokens")}
    share, size = (_lognormal(parts[name]) for name in ("active_share", "size"))
    weights = parts["accelerators"]
    assert isinstance(weights, Mapping)
    return TrainingFit(
        **fits, years=_years(parts["years"]), active_share=share, size=size, accelerators=weights["weights"]
    )


def _fit(part: object) -> Fit:
    assert isinstance(part, Mapping)
    return Fit(np.array(_numbers(part["mean"])), np.array(part["covariance"], dtype=float), float(part["log_sd"]))


def _years(part: object) -> Years:
    assert isinstance(part, Mapping)
    found = {slug: (float(mean), float(sd)) for slug, (mean, sd) in part["by_accelerator"].items()}
    return Years(float(part["mean"]), float(part["sd"]), found)


def _numbers(values: Mapping[str, float] | Sequence[float]) -> list[float]:
    return list(values.values()) if isinstance(values, Mapping) else list(values)


def _lognormal(part: object) -> tuple[float, float]:
    assert isinstance(part, Mapping)
    return float(part["median"]), float(part["gsd"])
