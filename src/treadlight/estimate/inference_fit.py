"""Fitted coefficients of the inference estimator: their medians, their draws, and the residual spread by regime."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from treadlight.estimate.sampling import Array, generator, normals

__all__ = ["LINKS", "Fit", "InferenceFit", "inference_fit", "read_fit"]

LINKS: dict[str, Callable[[Array], Array]] = {
    "identity": lambda x: x,
    "log": np.exp,
    "logit": lambda x: 1 / (1 + np.exp(-x)),
}
"""From a fitted value to the coefficient."""

_DATA = Path(__file__).with_name("data") / "inference.json"


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """One fitted vector.

    Parameters
    ----------
    names, links, centre
        Coefficients, how each is made from its fitted value (a key of `LINKS`), and the fitted values.
    root
        A square root of their covariance.
    """

    names: tuple[str, ...]
    links: tuple[str, ...]
    centre: Array
    root: Array

    def median(self) -> dict[str, float]:
        """The coefficients themselves."""
        return {name: float(value[0]) for name, value in self.natural(self.centre[:, None]).items()}

    def draws(self, n: int, seed: int, cause: str) -> dict[str, Array]:
        """Coefficients drawn together, each of shape (n,); not to be written to. Rows of a table share them."""
        return _drawn(self, n, seed, cause)

    def natural(self, values: Array) -> dict[str, Array]:
        """Coefficients of fitted values of shape (coefficients, n)."""
        return {name: LINKS[link](row) for name, link, row in zip(self.names, self.links, values, strict=True)}


@lru_cache(maxsize=32)
def _drawn(fit: Fit, n: int, seed: int, cause: str) -> dict[str, Array]:
    shocks = np.stack([normals(generator(seed, f"{cause}/{i}"), n) for i in range(len(fit.centre))])
    shared = np.einsum("ij,jn->in", fit.root, shocks)  # threads of a BLAS would spin for so small a product
    return fit.natural(fit.centre[:, None] + shared)


@dataclass(frozen=True, slots=True)
class InferenceFit:
    """Everything in ``data/inference.json`` that estimates need."""

    text: Fit
    diffusion: Fit
    residual_sd: Mapping[str, float]
    priors: Mapping[str, Mapping[str, float]]
    fitted: str


@lru_cache(maxsize=1)
def inference_fit() -> InferenceFit:
    """The fit that ships with the package."""
    return read_fit(json.loads(_DATA.read_text(encoding="utf-8")))


def read_fit(data: Mapping[str, Any]) -> InferenceFit:
    """A fit from the form it is written in."""
    return InferenceFit(
        text=_fit(data["text"]),
        diffusion=_fit(data["diffusion"]),
        residual_sd=data["residual_sd"],
        priors=data["priors"],
        fitted=data["fitted"],
    )


def _fit(data: Mapping[str, Any]) -> Fit:
    rows = data["coefficients"]
    values, vectors = np.linalg.eigh(np.array(data["covariance"], dtype=np.float64))
    return Fit(
        names=tuple(row["name"] for row in rows),
        links=tuple(row["link"] for row in rows),
        centre=np.array([row["value"] for row in rows], dtype=np.float64),
        root=vectors * np.sqrt(np.maximum(values, 0)),
    )
