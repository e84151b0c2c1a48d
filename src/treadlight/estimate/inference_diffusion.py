"""Images and video by diffusion: device-seconds and joules of one, from floating-point operations."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from treadlight.estimate.inference_inputs import InferenceInputs
from treadlight.estimate.inference_priors import Sampler
from treadlight.estimate.roofline import Server
from treadlight.estimate.sampling import Array

__all__ = [
    "Design",
    "Picture",
    "find_design",
    "is_long",
    "latent_tokens",
    "picture_costs",
    "picture_flops",
    "sample_picture",
]

_DATA = Path(__file__).with_name("data") / "diffusion.csv"
_TEXT_TOKENS = 256  # of the prompt, beside the picture's
_PIECE_TOKENS = 120_000.0  # the largest measured at once, 129 frames of 720p; longer films are made in pieces


@dataclass(frozen=True, slots=True)
class Design:
    """How a diffusion model works: runs per step, pixels per token, and whether attention grows linearly."""

    passes: float
    pixels_per_token: float
    frames_per_token: float
    linear_attention: float


@dataclass(frozen=True, slots=True)
class Picture:
    """What is made: width times height, denoising steps, frames (1 for an image); and the model's design."""

    pixels: Array
    steps: Array
    frames: Array
    passes: Array
    pixels_per_token: Array
    frames_per_token: Array
    linear_attention: Array


def find_design(model: str | None) -> Design | None:
    """The design of a model by its name; None where the table has none."""
    if not model:
        return None
    return next((design for pattern, design in _designs() if pattern.search(model)), None)


@lru_cache(maxsize=1)
def _designs() -> tuple[tuple[re.Pattern[str], Design], ...]:
    with _DATA.open(encoding="utf-8", newline="") as file:
        columns = ("passes", "pixels_per_token", "frames_per_token", "linear_attention")
        return tuple(
            (re.compile(row["pattern"], re.I), Design(*(float(row[column]) for column in columns)))
            for row in csv.DictReader(file)
        )


def sample_picture(inputs: InferenceInputs, draw: Sampler, kind: str) -> Picture:
    """The picture, with priors where something is unknown."""
    video = kind == "video"
    design = find_design(inputs.model)
    passes = inputs.guidance_passes or (design.passes if design else None)
    return Picture(
        pixels=_given(inputs.pixels, draw, "pixels", 480 * 832 if video else 1024 * 1024, 1.6),
        steps=_given(inputs.steps, draw, "steps", 40 if video else 28, 1.5),
        frames=_given(inputs.frames, draw, "frames", 81, 1.5) if video else draw.known(1),
        passes=draw.known(passes) if passes else np.array([2.0, 1.0])[draw.choice("guidance_passes", (0.75, 0.25))],
        pixels_per_token=draw.known(design.pixels_per_token)
        if design
        else np.array([256.0, 1024.0])[draw.choice("pixels per token", (0.85, 0.15))],
        frames_per_token=draw.known(design.frames_per_token if design else 4),
        linear_attention=draw.known(design.linear_attention if design else 0),
    )


def _given(value: float | None, draw: Sampler, cause: str, median: float, gsd: float) -> Array:
    return draw.known(value) if value is not None else draw.lognormal(cause, median, gsd)


def latent_tokens(picture: Picture) -> Array:
    """Tokens of the latent: usually 8 x 8 pixels and 4 frames to a cell, 2 x 2 cells to a token."""
    return picture.pixels / picture.pixels_per_token * (1 + (picture.frames - 1) / picture.frames_per_token)


def is_long(picture: Picture) -> bool:
    """Whether in most draws it is more than models attend to at once."""
    return float(np.mean(latent_tokens(picture) > _PIECE_TOKENS)) > 0.5


def picture_flops(server: Server, picture: Picture) -> Array:
    """Operations of one picture: 2 per parameter and token, and attention between all tokens of a piece."""
    tokens = latent_tokens(picture) + _TEXT_TOKENS
    seen = np.minimum(tokens, _PIECE_TOKENS)
    attention = 4 * server.layers * server.hidden * tokens * seen * (1 - picture.linear_attention)
    return picture.steps * picture.passes * (2e9 * server.total_b * tokens + attention)


def picture_costs(server: Server, picture: Picture, fit: Mapping[str, Array | float]) -> tuple[Array, Array]:
    """Device-seconds and joules of one picture."""
    s, f = server, fit
    parallel = np.log2(s.n)
    logit = f["efficiency"] + f["efficiency_size"] * np.log(s.total_b / 5) + f["efficiency_parallel"] * parallel
    logit = logit + f["efficiency_blackwell"] * s.blackwell + f["efficiency_video"] * (picture.frames > 1)
    busy_s = picture_flops(s, picture) / (s.flops / (1 + np.exp(-logit)))
    waiting_s = s.n * picture.steps * s.layers * (f["layer_s"] + f["talk_s"] * parallel) / s.batch
    busy_w, waiting_w = (_power_w(s, f[name] + f["power_blackwell"] * s.blackwell) for name in ("busy", "waiting"))
    return busy_s + waiting_s, busy_s * busy_w + waiting_s * waiting_w


def _power_w(s: Server, logit: Array | float) -> Array:
    power_w: Array = s.idle_w + (s.tdp_w - s.idle_w) / (1 + np.exp(-np.asarray(logit)))
    return power_w
