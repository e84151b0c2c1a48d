"""Draws: one column of random numbers per cause, the same for the same seed, whoever asks and in whatever order.

Each cause gets its own permutation of an even grid of probabilities (Latin hypercube sampling), seeded by the run's
seed and the cause's name. So two footprints with the same seed share the draws of every cause they share, quantiles of
a single factor are exact up to the grid, and a cause that is added changes no other column.

References
----------
McKay, Beckman, Conover: A Comparison of Three Methods for Selecting Values of Input Variables, Technometrics 21(2),
1979. Salmon et al.: Parallel Random Numbers: As Easy as 1, 2, 3, SC'11 (Philox).
"""

from functools import lru_cache
from hashlib import blake2b
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from treadlight.core.distribution import Distribution, Empirical, Lognormal, Normal, Point, Triangular, Uniform

__all__ = ["Array", "Draws"]

Array = NDArray[np.float64]


@lru_cache(maxsize=8)
def _grid(n: int) -> tuple[Array, Array]:
    """Probabilities (i + ½)/n and their standard normal quantiles, each of shape (n,)."""
    p = (np.arange(n) + 0.5) / n
    inverse = NormalDist().inv_cdf
    return p, np.array([inverse(float(x)) for x in p])


class Draws:
    """Columns of `n` draws by cause.

    Parameters
    ----------
    n
        Number of draws.
    seed
        Any integer; the same seed gives the same draws.
    """

    def __init__(self, n: int = 1000, seed: int = 0) -> None:
        self.n = n
        self.seed = seed
        self._p, self._z = _grid(n)
        self._orders: dict[str, NDArray[np.intp]] = {}

    def order(self, cause: str) -> NDArray[np.intp]:
        """The permutation of 0 … n-1 that belongs to `cause`."""
        order = self._orders.get(cause)
        if order is None:
            key = blake2b(f"{self.seed}\x1f{cause}".encode(), digest_size=16).digest()
            generator = np.random.Generator(np.random.Philox(key=int.from_bytes(key, "big")))
            order = self._orders[cause] = generator.permutation(self.n)
        return order

    def column(self, distribution: Distribution, cause: str) -> Array | float:
        """Draws of `distribution`, shape (n,); a plain number where it is a point."""
        if isinstance(distribution, Point):
            return distribution.value
        if isinstance(distribution, Lognormal):
            return distribution.median_ * np.exp(distribution.sigma * self._z[self.order(cause)])
        if isinstance(distribution, Normal):
            return distribution.mean_ + distribution.sd_ * self._z[self.order(cause)]
        return self._quantiles(distribution, self._p[self.order(cause)])

    @staticmethod
    def _quantiles(distribution: Distribution, p: Array) -> Array:
        if isinstance(distribution, Uniform):
            return distribution.low + p * (distribution.high - distribution.low)
        if isinstance(distribution, Triangular):
            return _triangular(distribution, p)
        if isinstance(distribution, Empirical):
            values = np.asarray(distribution.values)
            drawn: Array = np.interp(p * (len(values) - 1), np.arange(len(values)), values)
            return drawn
        return np.array([distribution.quantile(float(x)) for x in p])


def _triangular(distribution: Triangular, p: Array) -> Array:
    low, mode, high = distribution.low, distribution.mode, distribution.high
    width = high - low
    if width == 0:
        return np.full_like(p, low)
    rising = low + np.sqrt(p * width * (mode - low))
    falling = high - np.sqrt((1 - p) * width * (high - mode))
    drawn: Array = np.where(p < (mode - low) / width, rising, falling)
    return drawn
