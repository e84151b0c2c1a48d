"""Fit the inference estimator to published measurements, judge it on families it has not seen, and write the result.

    python calibration/fit_inference.py          fit, score, print; two minutes
    python calibration/fit_inference.py --write  and write src/treadlight/estimate/data/inference.json and the plot

Reads ../shared/facts. Nothing is scored on what it was fitted to: coefficients and spread for a row come from a fit
without its group, where groups are model families, models, accelerators, tasks or sizes. Needs scipy.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from inference_fits import Fitted, fit_diffusion, fit_text, picture_of, text_of
from inference_peers import ecologits_wh, tdp_wh
from inference_plot import residual_plot
from inference_rows import FACTS, Array, Data, Row, diffusion_data, read_rows, text_data
from inference_scores import ROUTES, SCHEMES, Off, coverage, family, judge, off_of, out_of_group, parts_of, score

from treadlight.estimate.inference_fit import InferenceFit, read_fit

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "src" / "treadlight" / "estimate" / "data" / "inference.json"
PLOT = ROOT / "docs" / "methodology" / "estimate-inference-residuals.svg"
DATE = "2026-11-22"

Numbers = dict[str, float]

BATCH = {"median": 60.0, "gsd": 4.2}  # what public benchmarks of serving span: 8 to some thousands; see the score

BATCH_OF_FEW = {"median": 2.0, "gsd": 6.0}  # before Hopper nearly all rows are of one request at a time

WIDE = {"encoder": 1.3, "audio": 0.7, "power and speed": 0.05}  # few or no rows: set by hand, wide


def main() -> None:
    """Fit, judge, print; write if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write coefficients and plot")
    asked = parser.parse_args()
    if not FACTS.exists():
        raise SystemExit(f"{FACTS} is not there: the published rows stand beside the repository")
    rows = read_rows()
    text, pictures = text_data(rows), diffusion_data(rows)
    text_off, speed = off_of(text, fit_text, text_of)
    pictures_off, _ = off_of(pictures, fit_diffusion, picture_of)
    whole = fit_text(text), fit_diffusion(pictures)
    fits = _fits_without(text_off, pictures_off, whole, speed)
    found = {route: _judged(route, text.rows + pictures.rows, fits) for route in ROUTES}
    spreads = text_off.spreads_without("") | pictures_off.spreads_without("") | WIDE
    data = {
        "script": "calibration/fit_inference.py",
        "source": "published measurements in ../shared/facts/validation_inference.csv; see rows",
        **assemble(*whole, spreads, speed),
        "rows": {"text": [row["id"] for row in text.rows], "diffusion": [row["id"] for row in pictures.rows]},
        "held_out": {route: _scored(route, *judged) for route, judged in found.items()},
        "left_out": _other_schemes(text, pictures),
        "peers": _peers(text),
    }
    if asked.write:
        OUT.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
        panels = {route: quantiles for route, (_, quantiles) in found.items() if "unknown" not in route}
        PLOT.write_text(residual_plot(panels), encoding="utf-8")


def _fits_without(text: Off, pictures: Off, whole: tuple[Fitted, Fitted], speed: Numbers) -> dict[str, InferenceFit]:
    """A fit for each family that has seen neither its rows nor their misfit."""
    fits = {}
    for name in {*text.fits, *pictures.fits}:
        spreads = text.spreads_without(name) | pictures.spreads_without(name) | WIDE
        fitted = text.fits.get(name, whole[0]), pictures.fits.get(name, whole[1])
        fits[name] = read_fit(assemble(*fitted, spreads, speed))
    return fits


def _judged(route: str, rows: list[Row], fits: dict[str, InferenceFit]) -> tuple[list[Row], dict[str, Array]]:
    timed = route == "measured speed too"
    used = [row for row in rows if row["output_tokens_per_s"] or not timed]
    return used, judge(used, lambda row: fits[family(row)], ROUTES[route])


def _scored(route: str, rows: list[Row], found: dict[str, Array]) -> dict[str, Numbers]:
    return {
        part: coverage(f"{route}: {part}", {name: values[chosen] for name, values in found.items()})
        for part, chosen in parts_of(rows).items()
        if chosen.any()
    }


def _other_schemes(text: Data, pictures: Data) -> dict[str, Numbers]:
    scores = {}
    for name, group in SCHEMES.items():
        wh, _, _ = out_of_group(text, group, fit_text, text_of)
        scores[f"text by {name}"] = score(f"text, leaving out each {name}", wh, text.wh)
        if name in ("family", "model", "accelerator"):
            wh, _, _ = out_of_group(pictures, group, fit_diffusion, picture_of)
            scores[f"pictures by {name}"] = score(f"pictures, leaving out each {name}", wh, pictures.wh)
    return scores


def _peers(text: Data) -> dict[str, Numbers]:
    timed = np.isfinite(text.device_s)
    return {
        "EcoLogits 0.11.3": score("EcoLogits' formula, its own 16 bits", ecologits_wh(text), text.wh),
        "time x design power": score("measured time x design power", tdp_wh(text)[timed], text.wh[timed]),
    }


def assemble(text: Fitted, diffusion: Fitted, spreads: dict[str, float], speed: dict[str, float]) -> dict[str, object]:
    """Everything estimates need."""
    tokens = {task: round(value) for task, value in text.tokens_in.items() if task not in ("synthetic long context",)}
    priors = {"tokens_in": tokens, "batch": BATCH, "batch of few": BATCH_OF_FEW, "measured_speed": speed}
    return {
        "fitted": DATE,
        "text": written(text),
        "diffusion": written(diffusion),
        "residual_sd": {name: round(value, 4) for name, value in spreads.items()},
        "priors": priors,
    }


def written(fit: Fitted) -> dict[str, object]:
    """A fit as JSON holds it."""
    rows = [
        {"name": name, "link": link, "value": round(float(value), 5), "prior": [mean, spread]}
        for (name, link, mean, spread), value in zip(fit.specification, fit.values, strict=True)
    ]
    return {"coefficients": rows, "covariance": np.round(fit.covariance, 7).tolist()}


if __name__ == "__main__":
    main()
