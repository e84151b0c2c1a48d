"""Published rows of inference, as arrays: their servers, what was measured, and what they made."""

import csv
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from treadlight.estimate.inference_diffusion import Picture, sample_picture
from treadlight.estimate.inference_fit import InferenceFit
from treadlight.estimate.inference_inputs import InferenceInputs
from treadlight.estimate.inference_priors import Sampler, sample_server
from treadlight.estimate.roofline import Server, with_batch

__all__ = ["FACTS", "Array", "Data", "Row", "diffusion_data", "inputs_of", "read_rows", "text_data"]

FACTS = Path(__file__).resolve().parents[2] / "shared" / "facts" / "validation_inference.csv"

Array = NDArray[np.float64]
Row = dict[str, str]
R = TypeVar("R", Server, Picture)

_NO_FIT = InferenceFit(None, None, {}, {"tokens_in": {}}, "")  # type: ignore[arg-type]


@dataclass(frozen=True)
class Data:
    """Rows of one kind as arrays: their servers, what was measured, and what they made."""

    rows: list[Row]
    server: Server
    wh: Array
    device_s: Array
    power_w: Array
    out: Array
    task: Array
    picture: Picture | None

    def take(self, keep: Array) -> "Data":
        """Some of the rows."""
        rows = [row for row, kept in zip(self.rows, keep, strict=True) if kept]
        arrays = (self.wh[keep], self.device_s[keep], self.power_w[keep], self.out[keep], self.task[keep])
        return Data(rows, _take(self.server, keep), *arrays, self.picture and _take(self.picture, keep))


def read_rows() -> list[Row]:
    """Rows that are measurements of the accelerators with the load known; see `why_not` for the others."""
    with FACTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def number(text: str) -> float | None:
    """A cell as a number; None where it is empty."""
    return float(text) if text else None


def inputs_of(row: Row, *ignored: str) -> InferenceInputs:
    """A row as the estimator takes it, as if the `ignored` columns were empty."""
    known = {key: "" if key in ignored else value for key, value in row.items()}
    floats = (
        "params_total_b",
        "params_active_b",
        "tokens_in",
        "tokens_out",
        "n_devices",
        "batch",
        "output_tokens_per_s",
    )
    floats += ("avg_power_w", "pixels", "steps", "frames")
    words = ("model", "architecture", "task", "hardware", "precision", "unit")
    given = {name: number(known[name]) for name in floats} | {name: known[name] or None for name in words}
    return InferenceInputs(**given)


def text_data(rows: list[Row]) -> Data:
    """Rows with tokens out, batch and accelerators."""
    used = [row for row in rows if row["usable_for"].startswith("tokens") and row["tokens_out"] and row["batch"]]
    return _data(used, "text")


def diffusion_data(rows: list[Row]) -> Data:
    """Images and video with their accelerators."""
    return _data([row for row in rows if row["usable_for"] == "diffusion"], "image")


def _data(rows: list[Row], kind: str) -> Data:
    servers, pictures = [], []
    for row in rows:
        inputs, draw = inputs_of(row), Sampler(0, 0)
        server = sample_server(inputs, _NO_FIT, draw, kind)[0]
        servers.append(server if inputs.batch is None else with_batch(server, np.full(1, inputs.batch)))
        if kind != "text":
            pictures.append(sample_picture(inputs, draw, "video" if inputs.frames else "image"))
    wh = np.array([float(row["reported_wh_per_unit"]) for row in rows])
    out = np.array([number(row["tokens_out"]) or np.nan for row in rows])
    speed = np.array([number(row["output_tokens_per_s"]) or np.nan for row in rows])
    watt = np.array([number(row["avg_power_w"]) or np.nan for row in rows])
    server = _join(servers)
    device_s = server.n * out / speed if kind == "text" else server.n * wh * 3600 / watt
    task = np.array([row["task"] for row in rows])
    return Data(rows, server, wh, device_s, watt / server.n, out, task, _join(pictures) if pictures else None)


def _take(record: R, keep: Array) -> R:
    return type(record)(*(getattr(record, field.name)[keep] for field in fields(record)))


def _join(records: list[R]) -> R:
    return type(records[0])(*(np.concatenate([getattr(r, f.name) for r in records]) for f in fields(records[0])))
