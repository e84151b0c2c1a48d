"""Draws: one column of random numbers per cause, the same for the same seed, whoever asks and in whatever order.

Each cause gets its own permutation of an even grid of probabilities (Latin hypercube sampling), made from the seed and
the cause's name. So two footprints with the same seed share the draws of every cause they share, quantiles of a single
factor are exact up to the grid, and a cause that is added changes no other column.

Notes
-----
Shuffling afresh for each cause would cost more than all the arithmetic. Instead a pool of random permutations is made
once per seed, and a cause composes four of them, the first begun at a place of its own: the cause's hash chooses among
32^4 n. Two different choices are as uncorrelated as two shuffles.

Every column carries one world more than there are draws: the last, in which each input stands at its median.

References
----------
McKay, Beckman, Conover: A Comparison of Three Methods for Selecting Values of Input Variables, Technometrics 21(2),
1979. Salmon et al.: Parallel Random Numbers: As Easy as 1, 2, 3, SC'11 (Philox).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from statistics import NormalDist
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from treadlight.core.distribution import Distribution, Empirical, Lognormal, Normal, Point, Triangular, Uniform

__all__ = ["Array", "Draws", "quantiles", "shared_draws", "values_at"]

Array = NDArray[np.float64]
_Order = NDArray[np.intp]

T = TypeVar("T", bound=np.generic)

_POOL = 32
_KEPT = 4096  # columns kept: 32 MB at 1,000 draws


@lru_cache(maxsize=8)
def _grid(n: int) -> tuple[Array, Array]:
    """Probabilities (i + ½)/n and their standard normal quantiles; each ends with the median's. Shapes (n + 1,)."""
    p = np.append((np.arange(n) + 0.5) / n, 0.5)
    inverse = NormalDist().inv_cdf
    return p, np.array([inverse(float(x)) for x in p])


@dataclass(frozen=True, slots=True)
class _Pool:
    """Random permutations of 0 … n-1; the same written twice in a row; and the normal quantiles in their order."""

    permutations: list[_Order]
    doubled: list[_Order]
    normals: list[Array]


@lru_cache(maxsize=8)
def _pool(n: int, seed: int) -> _Pool:
    key = int.from_bytes(blake2b(f"{seed}".encode(), digest_size=16).digest(), "big")
    generator = np.random.Generator(np.random.Philox(key=key))
    permutations = generator.permuted(np.tile(np.arange(n), (_POOL, 1)), axis=1)
    doubled = np.concatenate([permutations, permutations], axis=1)
    return _Pool(list(permutations), list(doubled), list(_grid(n)[1][permutations]))


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
        self._p, _ = _grid(n)
        self._pool = _pool(n, seed)
        self._orders: dict[str, _Order] = {}
        self._normals: dict[str, Array] = {}
        self._worlds: dict[tuple[Distribution, str], Array] = {}

    def order(self, cause: str) -> _Order:
        """The permutation of 0 … n-1 that belongs to `cause`."""
        return self._order(cause)[: self.n]

    def _order(self, cause: str) -> _Order:
        """The permutation, and then the median's place."""
        if cause not in self._orders:
            self._orders[cause] = self._arranged(self._pool.permutations, cause, self.n)
        return self._orders[cause]

    def _normal(self, cause: str) -> Array:
        """Standard normal draws of a cause, and then their median."""
        if cause not in self._normals:
            self._normals[cause] = self._arranged(self._pool.normals, cause, 0.0)
        return self._normals[cause]

    def _arranged(self, rows: Sequence[NDArray[T]], cause: str, last: float) -> NDArray[T]:
        """One of the rows, arranged by the three permutations that the cause chooses; and then `last`."""
        chosen = int.from_bytes(blake2b(cause.encode(), digest_size=8).digest(), "big")
        start, pool = (chosen >> 32) % self.n, self._pool
        order = pool.doubled[chosen % _POOL][start : start + self.n]
        for shift in (8, 16):
            order = pool.permutations[(chosen >> shift) % _POOL].take(order)
        row = rows[(chosen >> 24) % _POOL]
        arranged = np.empty(self.n + 1, dtype=row.dtype)
        row.take(order, out=arranged[: self.n], mode="clip")
        arranged[self.n] = last
        return arranged

    def computed(self, cause: str) -> bool:
        """Whether the column of a cause is computed from others, so that no distribution describes it: here never."""
        return False

    def column(self, distribution: Distribution, cause: str) -> Array | float:
        """Draws of `distribution`, shape (n,); a plain number where it is a point."""
        worlds = self.worlds(distribution, cause)
        return worlds if isinstance(worlds, float) else worlds[: self.n]

    def worlds(self, distribution: Distribution, cause: str) -> Array | float:
        """The draws and then the median, shape (n + 1,); a plain number where it is a point. Not to be written to."""
        if type(distribution) is Point:
            return distribution.value
        key = (distribution, cause)
        worlds = self._worlds.get(key)
        if worlds is None:
            if len(self._worlds) >= _KEPT:
                for kept in (self._worlds, self._normals, self._orders):
                    kept.clear()
            worlds = self._worlds[key] = self._drawn(distribution, cause)
        return worlds

    def _drawn(self, distribution: Distribution, cause: str) -> Array:
        if isinstance(distribution, Lognormal):
            worlds = self._normal(cause) * distribution.sigma
            np.exp(worlds, out=worlds)
            worlds *= distribution.median_
            return worlds
        if isinstance(distribution, Normal):
            worlds = self._normal(cause) * distribution.sd_
            worlds += distribution.mean_
            return worlds
        return values_at(distribution, self._p[self._order(cause)])


def quantiles(samples: Array, probabilities: Sequence[float] = (0.05, 0.5, 0.95)) -> list[float]:
    """What `numpy.quantile` gives of one column, to the last bit, in a fifth of the time: pages ask for hundreds."""
    ordered = np.sort(samples)
    last = len(ordered) - 1
    if not -np.inf < ordered[0] <= ordered[last] < np.inf:  # NaN stands last
        return [float(q) for q in np.quantile(samples, probabilities)]
    found = []
    for probability in probabilities:
        place = last * probability
        i = int(place)
        low, high, beyond = float(ordered[i]), float(ordered[min(i + 1, last)]), place - i
        found.append(low + (high - low) * beyond if beyond < 0.5 else high - (high - low) * (1 - beyond))
    return found


@lru_cache(maxsize=2)
def shared_draws(n: int, seed: int) -> Draws:
    """The draws of a seed, kept: for a process that computes many footprints, most of them of the same causes."""
    return Draws(n, seed)


def values_at(distribution: Distribution, p: Array) -> Array:
    """Values below which the shares `p` of a distribution lie, shape of `p`."""
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
