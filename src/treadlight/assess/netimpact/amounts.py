"""Amounts of a claim as draws: numbers, distributions, plain arithmetic, and effects whose p-value is known.

Figures of the same name, text and source share their draws, so claims of one saving are drawn alike.
"""

import math
import re
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from treadlight.assess.draws import Array, Draws
from treadlight.assess.lifecycle.expression import expression
from treadlight.assess.lifecycle.study import Amount
from treadlight.assess.netimpact.claim import RELATIVE, Claim, Figure, ShareOf
from treadlight.core.distribution import Distribution, Normal, Point, parse
from treadlight.core.errors import InputError
from treadlight.core.units import convert

__all__ = ["Amounts", "distribution_of", "effect_distribution"]

_Z = NormalDist()
_LARGEST = 1e30
_STATED = re.compile(r"\s*(point|normal|lognormal|uniform|triangular|empirical)\s*\(")


def distribution_of(amount: Amount, where: str) -> Distribution:
    """The distribution that an amount states; of arithmetic, its outcome.

    Raises
    ------
    InputError
        If it is neither a number nor a distribution nor arithmetic.
    """
    try:
        if not isinstance(amount, str):
            if not math.isfinite(amount):
                raise InputError("must be a finite number", remedy="give one")
            return Point(float(amount))
        return parse(amount) if _STATED.match(amount) else Point(_arithmetic(amount))
    except OverflowError:
        raise InputError("is too large", field=where, remedy="give a number below 1e308") from None
    except InputError as error:
        raise error.at(where, amount) from None


def _arithmetic(text: str) -> float:
    parsed = expression(text)
    for unit in parsed.units:
        raise InputError(f"names {unit}", remedy="write numbers only: the unit stands beside it")
    return float(parsed.value(_nameless))


def _nameless(name: str) -> float:
    raise InputError(f"names {name}", remedy="write numbers only")


def effect_distribution(figure: Figure, where: str) -> Distribution:
    """Distribution of a measured effect, in its unit.

    Notes
    -----
    Where the two-sided p-value p of no effect is known, the standard error of an effect x whose estimate is normal is
    |x| / z(1 − p/2). A published bound such as p < 0.001 is given as 0.001: the interval is then too wide, never too
    narrow.
    """
    if figure.p is None:
        return distribution_of(figure.value, where)
    value = float(figure.value)
    return Normal(value, abs(value) / -_Z.inv_cdf(figure.p / 2))


class Amounts:
    """Columns of draws for the amounts of one claim.

    Parameters
    ----------
    claim
        Whose reference and unit hold.
    draws
        The same for every claim that is assessed together.
    """

    def __init__(self, claim: Claim, draws: Draws) -> None:
        self.claim, self.draws = claim, draws

    def drawn(self, amount: Amount, name: str, source: str, field: str) -> Array:
        """Draws of an amount in its own unit, shape (n,)."""
        distribution = distribution_of(amount, self.at(field))
        return self._column(distribution, f"claim: {name} = {amount} [{source}]", self.at(field))

    def effect(self, figure: Figure, name: str, field: str) -> Array:
        """Draws of a measured effect in its own unit, shape (n,)."""
        source = figure.source or self.claim.evidence.source
        distribution = effect_distribution(figure, self.at(field))
        return self._column(distribution, f"claim: {name} = {figure.value}, p {figure.p} [{source}]", self.at(field))

    def share(self, amount: Amount, name: str, source: str, field: str) -> Array:
        """Draws of a share, 0 to 1, shape (n,)."""
        drawn, distribution = self.drawn(amount, name, source, field), distribution_of(amount, self.at(field))
        if distribution.least < 0 or distribution.most > 1:
            raise InputError("leaves the range of a share, 0 to 1", field=self.at(field), value=amount,
                             remedy="give a number, uniform or triangular within it")  # fmt: skip
        return drawn

    def not_negative(self, amount: Amount, name: str, source: str, field: str, remedy: str) -> Array:
        """Draws of an amount in its own unit that never fall below 0, as its distribution does not, shape (n,)."""
        drawn = self.drawn(amount, name, source, field)
        if distribution_of(amount, self.at(field)).least < 0:
            raise InputError("falls below 0", field=self.at(field), value=amount, remedy=remedy)
        return drawn

    def cost(self, amount: Amount, unit: str, name: str, source: str, field: str) -> Array:
        """Draws of an additional impact in the claim's unit, shape (n,); shares of the reference are taken of it."""
        drawn = self.drawn(amount, name, source, field)
        return drawn * self.factor(unit, field)

    def factor(self, unit: str, field: str) -> Array | float:
        """By what an amount in `unit` is multiplied to be in the claim's unit."""
        if unit in RELATIVE:
            share = convert(1.0, unit, "1")
            return share * (100.0 if self.claim.relative else self.reference(field))
        if self.claim.relative:
            raise InputError("cannot be taken off a share of the reference", field=self.at(f"{field}.unit"), value=unit,
                             remedy="give it in % of the reference, or give reference.amount")  # fmt: skip
        return self._converted(unit, f"{field}.unit")

    def reference(self, field: str) -> Array:
        """Draws of the reference in the category's unit, shape (n,)."""
        reference = self.claim.reference
        if reference.amount is None:
            raise InputError("is missing", field=self.at("reference.amount"),
                             remedy=f"{field} is a share of the reference: give its amount")  # fmt: skip
        drawn = self.drawn(reference.amount, "reference", reference.source, "reference.amount")
        if np.median(drawn) <= 0:
            raise InputError("is not above 0", field=self.at("reference.amount"), value=reference.amount,
                             remedy="give the impact without the solution")  # fmt: skip
        return drawn * self._converted(reference.unit, "reference.unit")

    def chain(self, shares: Sequence[ShareOf]) -> list[Array]:
        """Draws of the shares that lead from the part that was studied to the whole."""
        return [self.share(s.value, s.name, s.source, f"effect.share[{i}].value") for i, s in enumerate(shares)]

    def at(self, field: str) -> str:
        """A field as messages name it."""
        return f"{self.claim.where}: {field}"

    def _converted(self, unit: str, field: str) -> float:
        try:
            return convert(1.0, unit, self.claim.unit)
        except InputError as error:
            raise error.at(self.at(field), unit) from None

    def _column(self, distribution: Distribution, cause: str, where: str) -> Array:
        with np.errstate(all="ignore"):
            column = np.asarray(self.draws.column(distribution, cause), dtype=np.float64)
        if not (np.abs(column) <= _LARGEST).all():
            raise InputError("is larger than anything there is", field=where, value=str(distribution),
                             remedy=f"give an amount below {_LARGEST:g}")  # fmt: skip
        return np.broadcast_to(column, (self.draws.n,))
