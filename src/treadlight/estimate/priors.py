"""Priors: what is sampled where an input is unknown, each with its source, from ``data/priors.csv``."""

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from treadlight.estimate.sampling import Array, generator, kept, lognormals, normals

__all__ = ["Prior", "find_prior", "priors"]

_DATA = Path(__file__).with_name("data") / "priors.csv"


@dataclass(frozen=True, slots=True)
class Prior:
    """A lognormal quantity, with where it is from.

    Parameters
    ----------
    median, gsd
        Median, in `unit`, and geometric standard deviation.
    confidence
        high, medium or assumed: read in the source, read second-hand, our own judgement.
    """

    name: str
    median: float
    gsd: float
    unit: str
    source: str
    locator: str
    year: int
    confidence: str
    note: str

    def draw(self, rng: np.random.Generator, n: int) -> Array:
        """Draws in `unit`, shape (n,)."""
        return lognormals(normals(rng, n), self.median, self.gsd)

    def draws(self, n: int, seed: int, cause: str) -> Array:
        """Draws of one cause in `unit`, shape (n,); not to be written to. Rows of a table share them."""
        return _drawn(self, n, seed, cause)


@lru_cache(maxsize=256)
def _drawn(prior: Prior, n: int, seed: int, cause: str) -> Array:
    return kept(prior.draw(generator(seed, cause), n))


@lru_cache(maxsize=1)
def priors() -> dict[str, Prior]:
    """Every prior by name."""
    with _DATA.open(encoding="utf-8", newline="") as file:
        return {row["name"]: _prior(row) for row in csv.DictReader(file)}


def find_prior(name: str) -> Prior:
    """The prior called `name`."""
    return priors()[name]


def _prior(row: dict[str, str]) -> Prior:
    words = {key: row[key] for key in ("name", "unit", "source", "locator", "confidence", "note")}
    return Prior(median=float(row["median"]), gsd=float(row["gsd"]), year=int(row["year"]), **words)
