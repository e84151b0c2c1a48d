"""Scores of rows held out: each predicted by a fit that has not seen its group."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from inference_fits import Fitted
from inference_rows import Array, Data, Row, inputs_of
from scipy.stats import t

from treadlight.estimate.inference import estimate_inference
from treadlight.estimate.inference_fit import InferenceFit

__all__ = ["ROUTES", "SCHEMES", "Off", "coverage", "family", "judge", "off_of", "out_of_group", "parts_of", "score"]

Fitter = Callable[[Data], Fitted]
Predictor = Callable[[Data, Fitted], tuple[Array, Array]]


def family(row: Row) -> str:
    """The broad family of a model: what shares its design or its measurement campaign."""
    name = row["model"].lower()
    if row["id"].startswith("mle1"):
        return f"2023 {row['split_group']}"
    known = ("qwen", "llama", "gemma", "nemotron", "gpt-oss", "stable-diffusion", "wan", "hunyuan")
    return next((word for word in known if word in name), row["split_group"])


SCHEMES: dict[str, Callable[[Row], str]] = {
    "family": family,
    "model": lambda row: row["split_group"],
    "accelerator": lambda row: row["hardware"],
    "task": lambda row: row["task"],
    "size": lambda row: str(np.searchsorted([6, 11, 20, 60], float(row["params_total_b"]))),
}

ROUTES = {  # columns that the estimator may not see
    "load and accelerators known": ("avg_power_w", "output_tokens_per_s"),
    "measured speed too": ("avg_power_w",),
    "batch unknown": ("avg_power_w", "output_tokens_per_s", "batch"),
    "batch and accelerators unknown": ("avg_power_w", "output_tokens_per_s", "batch", "hardware", "n_devices"),
}


@dataclass
class Off:
    """Logs of misfit out of group, their groups and regimes, and the fits."""

    groups: Array
    regimes: dict[str, Array]
    off: dict[str, Array]
    fits: dict[str, Fitted]

    def spreads_without(self, group: str) -> dict[str, float]:
        """Residual spread of the other groups by regime."""
        found = {}
        for name, off in self.off.items():
            used = (self.groups != group) & self.regimes[name] & np.isfinite(off)
            found[name] = spread_of(off[used], len(set(self.groups[used])))
        return found


def out_of_group(
    data: Data, group: Callable[[Row], str], fitter: Fitter, predict: Predictor
) -> tuple[Array, Array, dict[str, Fitted]]:
    """Predictions of every row by fits without its group; and those fits."""
    groups = np.array([group(row) for row in data.rows])
    wh, device_s, fits = np.zeros(len(groups)), np.zeros(len(groups)), {}
    for name in sorted(set(groups)):
        held = groups == name
        fits[name] = fitter(data.take(~held))
        wh[held], device_s[held] = predict(data.take(held), fits[name])
    return wh, device_s, fits


def off_of(data: Data, fitter: Fitter, predict: Predictor) -> tuple[Off, dict[str, float]]:
    """Misfit of every row by a fit without its family; and what speed adds, for text."""
    wh, device_s, fits = out_of_group(data, family, fitter, predict)
    groups = np.array([family(row) for row in data.rows])
    off = np.log(data.wh / wh)
    if data.picture is None:
        speed = measured_speed(data, wh, device_s)
        timed = np.log(data.wh / (wh * speed["scale"] * (data.device_s / device_s) ** speed["exponent"]))
        whole = np.full(len(off), True)
        return Off(groups, {"text": whole, "speed": whole}, {"text": off, "speed": timed}, fits), speed
    video = data.picture.frames > 1
    return Off(groups, {"image": ~video, "video": video}, {"image": off, "video": off}, fits), {}


def measured_speed(data: Data, wh: Array, device_s: Array) -> dict[str, float]:
    """Scale and exponent of energy against measured over modelled time; exponent against power likewise."""
    known = np.isfinite(data.device_s)
    x, y = np.log(data.device_s / device_s)[known], np.log(data.wh / wh)[known]
    design = np.stack([np.ones_like(x), x], axis=1)
    intercept, slope = np.linalg.lstsq(design, y, rcond=None)[0]
    watt = np.log(data.power_w / (wh * 3600 / device_s))[known]
    power_slope = np.polyfit(watt, y, 1)[0]
    return {"scale": float(np.exp(intercept)), "exponent": float(slope), "power_exponent": float(power_slope)}


def spread_of(off: Array, families: int) -> float:
    """Standard deviation for a normal 90 % interval that holds 90 % of these; wider where they are of few families."""
    few = t.ppf(0.95, max(families - 1, 2)) / 1.645 if families < 10 else 1.0
    return float(few * max(np.quantile(np.abs(off), 0.9) / 1.645, np.std(off)))


def judge(rows: list[Row], fit_of: Callable[[Row], InferenceFit], ignored: tuple[str, ...]) -> dict[str, Array]:
    """Medians and 90 % intervals by the estimator itself, each row with a fit that has not seen its family."""
    drawn = [estimate_inference(inputs_of(row, *ignored), "gpu_only", 1000, 0, fit_of(row)).wh for row in rows]
    low, middle, high = np.percentile(np.stack(drawn), [5, 50, 95], axis=1)
    return {"low": low, "wh": middle, "high": high, "truth": np.array([float(r["reported_wh_per_unit"]) for r in rows])}


def parts_of(rows: list[Row]) -> dict[str, Array]:
    unit = np.array([row["unit"] for row in rows])
    return {
        "all": np.full(len(rows), True),
        "without video": unit != "video",
        "text": unit == "request",
        "benchmark of 2026": np.array([row["id"].startswith("mle3") and row["unit"] == "request" for row in rows]),
        "image": unit == "image",
        "video": unit == "video",
    }


def score(name: str, wh: Array, truth: Array) -> dict[str, float]:
    """Accuracy of medians, printed."""
    off = np.log(wh / truth)
    found = {
        "rows": len(off),
        "median_abs_error": float(np.median(np.abs(wh / truth - 1))),
        "bias": float(np.exp(np.median(off))),
        "within_2x": float(np.mean(np.abs(off) < np.log(2))),
        "worst_factor": float(np.exp(np.max(np.abs(off)))),
    }
    print(
        f"{name:46} n={len(off):3} error {found['median_abs_error']:5.1%} bias {found['bias']:.2f}"
        f" within 2x {found['within_2x']:4.0%} worst {found['worst_factor']:.1f}x"
    )
    return found


def coverage(name: str, found: dict[str, Array]) -> dict[str, float]:
    """`score`, and how often the intervals hold and how wide they are, printed."""
    said = score(name, found["wh"], found["truth"])
    held = np.mean((found["low"] <= found["truth"]) & (found["truth"] <= found["high"]))
    width = np.median(found["high"] / found["low"])
    print(f"{'':46} 90 % intervals hold {held:.0%}, p95/p05 median {width:.1f}")
    return said | {"held": float(held), "p95_over_p05": float(width)}
