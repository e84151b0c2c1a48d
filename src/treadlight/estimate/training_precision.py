"""Precision of a training: what its names mean, and how much faster or slower than 16 bits it makes a step.

Only multiplications of matrices run at the peak rate of a precision; the rest of a step does not.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from treadlight.core.errors import InputError
from treadlight.estimate.priors import find_prior
from treadlight.estimate.sampling import Array, evens

__all__ = ["PRECISIONS", "PeakRatios", "precision_name", "speed_of"]

PRECISIONS: Mapping[str, tuple[str, ...]] = {
    "bf16": ("bfloat16", "16", "16bit", "mixed", "bf16mixed"),
    "fp16": ("float16", "f16", "half", "amp", "fp16mixed"),
    "fp8": ("float8", "f8", "8", "8bit", "e4m3", "e5m2", "mxfp8"),
    "tf32": ("tensorfloat32",),
    "fp32": ("float32", "f32", "float", "single", "full", "32", "32bit"),
}
"""What matrices are multiplied in, and further names of it."""

_MOST_MATRICES = 0.95
_NARROW, _WIDE = 0.10, 0.03
"""How often trainings that do not say it compute in 8 bits where their card does, and in 32: own judgement."""


@dataclass(frozen=True, slots=True)
class PeakRatios:
    """Peak rate that `peak_tflops` means over that of another precision, shape (n,); 1 where none is listed.

    Parameters
    ----------
    narrow
        Over the rate in 8 bits: 0.5 on an H100.
    wide
        Over the rate in 32 bits: 16 on an A100.
    tensor
        Over the rate of matrix units fed with 32 bits (TF32).
    """

    narrow: Array
    wide: Array
    tensor: Array

    def of(self, name: str) -> Array:
        """The ratio of one of `PRECISIONS`."""
        one = np.ones_like(self.narrow)
        return {"fp8": self.narrow, "fp32": self.wide, "tf32": self.tensor}.get(name, one)


def precision_name(text: str | None) -> str | None:
    """One of `PRECISIONS`; None where nothing is said.

    Raises
    ------
    InputError
        If no training is known to run so.
    """
    if text is None or not text.strip():
        return None
    bare = re.sub(r"[\s_\-]", "", text.lower()).removeprefix("torch.")
    for name, others in PRECISIONS.items():
        if bare == name or bare in others:
            return name
    remedy = f"use one of {', '.join(PRECISIONS)}: what matrices are multiplied in"
    raise InputError("no such precision of a training", field="precision", value=text, remedy=remedy)


def speed_of(name: str | None, ratios: PeakRatios, seed: int) -> tuple[Array, Array, tuple[str, ...]]:
    """Speed over that in 16 bits, the ratio of peak rates behind it, both of shape (n,), and what was assumed.

    Parameters
    ----------
    name
        One of `PRECISIONS`; None draws one.

    Notes
    -----
    .. math:: v = \\frac{1}{1 - f + f \\, P_{16} / P}

    with f the share of a step that multiplies matrices, and P the peak rate of the precision.
    """
    n = len(ratios.narrow)
    notes: tuple[str, ...] = ()
    if name is None:
        ratio, notes = _drawn(ratios, n, seed)
    else:
        ratio = ratios.of(name)
        if name not in ("bf16", "fp16") and bool((ratio == 1).any()):
            notes = (f"no rate in {name} is listed of the accelerator: taken as in 16 bits",)
    share = find_prior("matrix_share").draws(n, seed, "training:matrix-share")
    share = np.minimum(share, _MOST_MATRICES)
    return 1 / (1 - share + share * ratio), ratio, notes


def _drawn(ratios: PeakRatios, n: int, seed: int) -> tuple[Array, tuple[str, ...]]:
    """Ratios of precisions drawn as often as trainings use them, and the note that says so."""
    probability = evens(seed, "training:precision", n)
    ratio = np.where(probability < _NARROW, ratios.narrow, np.where(probability > 1 - _WIDE, ratios.wide, 1.0))
    others = [
        f"{share:.0%} of the draws in {bits} bits"
        for bits, share, possible in ((8, _NARROW, ratios.narrow), (32, _WIDE, ratios.wide))
        if bool((possible != 1).any())
    ]
    note = f"precision not known: 16 bits, but {', '.join(others)}" if others else ""
    return ratio, (note,) if note else ()
