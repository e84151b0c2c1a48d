"""Columns: draws of which some are computed from others, and some are set by whoever asks what would happen if.

An amount of a study is a number, a distribution with a cause, or arithmetic over parameters. All of them are terms:
asked for their column in one set of draws, they give it. So one compiled study answers for its own draws, for a
slider's value, and for ten thousand points of a sensitivity analysis alike.
"""

from collections.abc import Callable, Mapping
from statistics import NormalDist

import numpy as np

from treadlight.assess.draws import Array, Draws, values_at
from treadlight.core.distribution import Distribution, Lognormal, Normal, Point
from treadlight.core.errors import InputError

__all__ = ["Columns", "Term", "Value", "constant", "times"]

Value = Array | float
Term = Callable[["Columns"], Value]


class Columns(Draws):
    """Draws by cause, of which some are given.

    Parameters
    ----------
    terms
        Columns that are computed, by cause.
    given
        Columns that are set, by cause; shape (n + 1,).
    levels
        Probabilities at which causes stand instead of being drawn, by cause; shape (n + 1,).
    still
        Whether every other cause stands at its median.
    """

    def __init__(
        self,
        n: int,
        seed: int,
        terms: Mapping[str, Term],
        *,
        given: Mapping[str, Array] | None = None,
        levels: Mapping[str, Array] | None = None,
        still: bool = False,
    ) -> None:
        super().__init__(n, seed)
        self.still = still
        self._terms = terms
        self._given = given or {}
        self._levels = levels or {}
        self._computed: dict[str, Value] = {}
        self._open: set[str] = set()

    def worlds(self, distribution: Distribution, cause: str) -> Value:
        """As in `Draws`, unless the cause is computed or given."""
        if self.computed(cause):
            return self.named(cause)
        if cause in self._levels:
            return _at_levels(distribution, self._levels[cause])
        return distribution.median if self.still else super().worlds(distribution, cause)

    def computed(self, cause: str) -> bool:
        """As in `Draws`."""
        return cause in self._given or cause in self._terms

    def named(self, cause: str) -> Value:
        """The column of a cause that is given or computed.

        Raises
        ------
        InputError
            If it needs itself.
        """
        if cause in self._given:
            return self._given[cause]
        if cause not in self._computed:
            if cause in self._open:
                raise InputError("needs itself", field=cause, remedy="let one of the parameters be a number")
            self._open.add(cause)
            self._computed[cause] = self._terms[cause](self)
            self._open.discard(cause)
        return self._computed[cause]

    @property
    def given(self) -> bool:
        """Whether a column is set by whoever asks."""
        return bool(self._given)

    def full(self, value: Value) -> Array:
        """A value as a column, shape (n + 1,)."""
        return value if isinstance(value, np.ndarray) else np.full(self.n + 1, float(value))


def constant(value: float) -> Term:
    """The term that is one number."""
    return lambda _: value


def times(*terms: Term) -> Term:
    """The product of terms."""

    def product(columns: Columns) -> Value:
        found: Value = 1.0
        for term in terms:
            found = found * term(columns)
        return found

    return product


def _at_levels(distribution: Distribution, p: Array) -> Value:
    if isinstance(distribution, Point):
        return distribution.value
    if isinstance(distribution, Normal):
        return distribution.mean_ + distribution.sd_ * _normal(p)
    if isinstance(distribution, Lognormal):
        column: Array = distribution.median_ * np.exp(distribution.sigma * _normal(p))
        return column
    return values_at(distribution, p)


def _normal(p: Array) -> Array:
    """Standard normal quantiles of probabilities."""
    inverse = NormalDist().inv_cdf
    return np.array([inverse(float(x)) for x in p])
