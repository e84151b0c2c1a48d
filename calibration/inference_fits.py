"""Coefficients of the inference estimator: their priors, and the maximum of their posterior given some rows."""

from dataclasses import dataclass

import numpy as np
from inference_rows import Array, Data
from scipy.optimize import least_squares

from treadlight.estimate.inference_diffusion import picture_costs
from treadlight.estimate.inference_fit import LINKS
from treadlight.estimate.roofline import costs, weigh
from treadlight.estimate.tokens import amounts_of

__all__ = ["TASKS", "Fitted", "fit_diffusion", "fit_text", "picture_of", "text_of"]

TEXT = (  # name, link, mean and spread of the prior (on the link's scale; the mean of a log is given as itself)
    ("memory_logit", "identity", 1.0, 0.7),
    ("memory_logit_blackwell", "identity", -0.5, 0.7),
    ("memory_logit_older", "identity", 0.0, 0.7),
    ("memory_logit_moe", "identity", -0.3, 0.7),
    ("compute_efficiency", "logit", 0.5, 0.7),
    ("sequence_s", "log", 4e-5, 1.0),
    ("sequence_hybrid", "log", 1.0, 1.0),
    ("cache_efficiency", "logit", 0.5, 0.7),
    ("context_stall_s", "log", 5e-6, 1.5),
    ("prefill_efficiency", "logit", 0.6, 0.5),
    ("admit_s", "log", 5e-3, 1.0),
    ("layer_s", "log", 3e-5, 1.0),
    ("layer_moe", "log", 0.5, 1.0),
    ("layer_hybrid", "log", 0.5, 1.0),
    ("layer_eager", "log", 10.0, 1.0),
    ("talk_s", "log", 2e-5, 1.0),
    ("step_s", "log", 1e-3, 1.0),
    ("picture_tokens", "log", 1500.0, 0.7),
    ("memory_power", "identity", 0.5, 1.0),
    ("compute_power", "identity", 2.5, 1.0),
    ("overhead_power", "identity", -0.5, 1.0),
    ("cache_power", "identity", 0.5, 1.0),
    ("power_blackwell", "identity", 0.0, 0.5),
    ("power_older", "identity", 0.0, 0.5),
)

TASKS = {  # tokens of the prompt, which the benchmarks do not publish: median and spread of the log of the prior
    "lm-arena-chat": (250.0, 0.7),
    "gpqa": (250.0, 0.4),
    "image-chat": (60.0, 0.5),
    "sourcegraph-fim": (1000.0, 0.8),
    "chat": (60.0, 0.5),
    "chat load test": (120.0, 0.8),
    "synthetic long context": (4096.0, 0.01),
}

DIFFUSION = (
    ("efficiency", "identity", 0.0, 1.0),
    ("efficiency_size", "identity", 0.3, 0.3),
    ("efficiency_blackwell", "identity", -0.5, 0.5),
    ("efficiency_parallel", "identity", -0.1, 0.2),
    ("efficiency_video", "identity", 0.0, 0.5),
    ("layer_s", "log", 3e-4, 1.0),
    ("talk_s", "log", 5e-4, 1.0),
    ("busy", "identity", 3.0, 1.0),
    ("waiting", "identity", -1.0, 1.0),
    ("power_blackwell", "identity", 0.0, 0.5),
)

SPREAD = {"wh": 0.2, "time": 0.25, "power": 0.2}  # expected misfit of the three observations, in logs


@dataclass
class Fitted:
    """Values and covariance of a fit, and tokens in by task."""

    specification: tuple
    values: Array
    covariance: Array
    tokens_in: dict[str, float]

    def natural(self) -> dict[str, float]:
        """The coefficients."""
        return natural(self.specification, self.values)


def fit_text(data: Data) -> Fitted:
    """Maximum of the posterior with a robust loss, and its Laplace covariance."""
    centre, spread = start(TEXT)
    names = list(TASKS)
    task_centre = np.log([TASKS[name][0] for name in names])
    task_spread = np.array([TASKS[name][1] for name in names])
    k = len(centre)

    def misfit(z: Array) -> Array:
        wh, device_s = predict_text(data, natural(TEXT, z[:k]), dict(zip(names, np.exp(z[k:]), strict=True)))
        return np.concatenate([_observed(data, wh, device_s), (z - start_at) / width])

    start_at, width = np.concatenate([centre, task_centre]), np.concatenate([spread, task_spread])
    found = least_squares(misfit, start_at)
    covariance = np.linalg.inv(found.jac.T @ found.jac)[:k, :k]
    return Fitted(TEXT, found.x[:k], covariance, dict(zip(names, np.exp(found.x[k:]).tolist(), strict=True)))


def fit_diffusion(data: Data) -> Fitted:
    """As `fit_text`, for images and video."""
    centre, spread = start(DIFFUSION)

    def misfit(z: Array) -> Array:
        wh, device_s = predict_picture(data, natural(DIFFUSION, z))
        return np.concatenate([_observed(data, wh, device_s), (z - centre) / spread])

    found = least_squares(misfit, centre)
    return Fitted(DIFFUSION, found.x, np.linalg.inv(found.jac.T @ found.jac), {})


def text_of(data: Data, fit: Fitted) -> tuple[Array, Array]:
    return predict_text(data, fit.natural(), fit.tokens_in)


def picture_of(data: Data, fit: Fitted) -> tuple[Array, Array]:
    return predict_picture(data, fit.natural())


def predict_text(data: Data, fit: dict[str, float], tokens_in: dict[str, float]) -> tuple[Array, Array]:
    """Wh and device-seconds per request."""
    total_in = np.array([tokens_in[task] for task in data.task])
    amounts = amounts_of(total_in, np.zeros_like(total_in), data.out)
    cost = costs(data.server, fit)
    return weigh(cost.joules, amounts) / 3600, weigh(cost.device_s, amounts)


def predict_picture(data: Data, fit: dict[str, float]) -> tuple[Array, Array]:
    """Wh and device-seconds per image or video."""
    device_s, joules = picture_costs(data.server, data.picture, fit)
    return joules / 3600, device_s


def start(specification) -> tuple[Array, Array]:
    """Mean and spread of the prior on the scale that is fitted."""
    back = {"identity": float, "log": np.log, "logit": lambda x: np.log(x / (1 - x))}
    return (
        np.array([back[link](mean) for _, link, mean, _ in specification]),
        np.array([spread for *_, spread in specification]),
    )


def natural(specification, values: Array) -> dict[str, float]:
    """Coefficients of fitted values."""
    return {name: LINKS[link](value) for (name, link, *_), value in zip(specification, values, strict=True)}


def _observed(data: Data, wh: Array, device_s: Array) -> Array:
    off = np.concatenate(
        [
            np.log(wh / data.wh) / SPREAD["wh"],
            np.nan_to_num(np.log(device_s / data.device_s) / SPREAD["time"]),
            np.nan_to_num(np.log(wh * 3600 / device_s / data.power_w) / SPREAD["power"]),
        ]
    )
    return np.sign(off) * np.sqrt(2 * (np.sqrt(1 + off**2) - 1))  # quadratic near nothing, linear far from it
