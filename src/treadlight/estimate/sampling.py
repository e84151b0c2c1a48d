"""Random columns of an estimate: even normal quantiles, shuffled by the seed and the name of their cause."""

from functools import lru_cache
from hashlib import blake2b
from statistics import NormalDist
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["Array", "Indices", "choices", "evens", "generator", "kept", "lognormals", "normals", "shocks"]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
T = TypeVar("T", bound=np.generic)


def generator(seed: int, cause: str) -> np.random.Generator:
    """The random numbers of one cause: the same for the same seed and name, whatever else is drawn."""
    key = blake2b(f"{seed}\0{cause}".encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(key, "big")))


@lru_cache(maxsize=16)
def _quantiles(n: int) -> Array:
    inverse = NormalDist().inv_cdf
    grid = np.array([inverse((i + 0.5) / n) for i in range(n)])
    grid.flags.writeable = False
    return grid


def normals(rng: np.random.Generator, n: int) -> Array:
    """Standard normal draws, shape (n,): the quantiles of an even grid in random order, so that the median is exact."""
    return rng.permutation(_quantiles(n))


@lru_cache(maxsize=256)
def shocks(seed: int, cause: str, n: int) -> Array:
    """Standard normal draws of one cause, shape (n,), not to be written to; rows of a table share them."""
    return kept(normals(generator(seed, cause), n))


@lru_cache(maxsize=64)
def evens(seed: int, cause: str, n: int) -> Array:
    """Draws of one cause that are spread evenly between 0 and 1, shape (n,), not to be written to."""
    return kept(generator(seed, cause).permutation((np.arange(n) + 0.5) / n))


@lru_cache(maxsize=64)
def choices(seed: int, cause: str, n: int, weights: tuple[float, ...]) -> Indices:
    """Which of several things each draw of one cause has, shape (n,), not to be written to.

    Each gets its share of the draws exactly, for they are spread evenly.
    """
    edges = np.cumsum(weights) / np.sum(weights)
    return kept(np.searchsorted(edges, evens(seed, cause, n)).clip(0, len(weights) - 1))


def kept(column: NDArray[T]) -> NDArray[T]:
    """The column itself, which nobody can write to from now on: it is shared."""
    column.flags.writeable = False
    return column


def lognormals(shock: Array, median: Array | float, gsd: Array | float) -> Array:
    """Lognormal draws in the unit of `median` from standard normal ones; median and spread may be those of each."""
    drawn: Array = median * np.exp(np.log(gsd) * shock)
    return drawn
