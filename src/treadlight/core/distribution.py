"""Distributions of uncertain amounts: point, normal, lognormal, uniform, triangular, empirical.

A distribution is a frozen value with a text form (``lognormal(1.0,1.25)``) that tables, journals and the ledger carry.
Sampling here uses the standard library, one number at a time; `treadlight.assess.draws` does the same vectorised and is
tested to agree.

References
----------
Limpert, Stahel, Abbt: Log-normal Distributions across the Sciences, BioScience 51(5), 2001 (median and geometric
standard deviation). ISO/IEC Guide 98-3/Suppl 1:2008 (propagation by sampling).
"""

import math
import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist, fmean, pstdev

from treadlight.core.errors import InputError

__all__ = [
    "RARE",
    "Distribution",
    "Empirical",
    "Lognormal",
    "Normal",
    "Point",
    "Triangular",
    "Uniform",
    "lognormal_between",
    "parse",
    "product",
    "total",
]

_Z = NormalDist()
_Z95 = _Z.inv_cdf(0.95)
RARE = 1e-4
"""Share of a distribution without an end that lies beyond its `least`, and beyond its `most`: few draws are there."""


class Distribution(ABC):
    """What every distribution answers."""

    __slots__ = ()

    @property
    @abstractmethod
    def mean(self) -> float:
        """Mean, in the unit of the amount."""

    @property
    @abstractmethod
    def sd(self) -> float:
        """Standard deviation, in the unit of the amount."""

    @property
    def median(self) -> float:
        """Median, in the unit of the amount."""
        return self.quantile(0.5)

    @property
    def least(self) -> float:
        """Where it begins; of one without a beginning, what one value in ten thousand lies below."""
        end = self.quantile(0.0)
        return end if math.isfinite(end) else self.quantile(RARE)

    @property
    def most(self) -> float:
        """Where it ends; of one without an end, what one value in ten thousand lies above."""
        end = self.quantile(1.0)
        return end if math.isfinite(end) else self.quantile(1 - RARE)

    @abstractmethod
    def quantile(self, p: float) -> float:
        """Value below which a share `p` (0 to 1) of the distribution lies."""

    @abstractmethod
    def scaled(self, factor: float) -> "Distribution":
        """The distribution of `factor` times this amount; `factor` is not negative."""

    def sample(self, rng: random.Random, n: int) -> list[float]:
        """`n` independent draws."""
        return [self.quantile(_open_unit(rng)) for _ in range(n)]


def _open_unit(rng: random.Random) -> float:
    """A draw from the open interval (0, 1)."""
    while True:
        u = rng.random()
        if u > 0.0:
            return u


def _finite(value: float, field: str) -> None:
    if not math.isfinite(value):
        raise InputError("must be a finite number", field=field, value=value, remedy="give a real number")


def _exp(x: float, function: Callable[[float], float] = math.exp) -> float:
    """e to the power of x, infinite where no number can hold it."""
    try:
        return function(x)
    except OverflowError:
        return math.inf


def _check_p(p: float) -> None:
    if not 0.0 <= p <= 1.0:
        raise InputError("a probability lies between 0 and 1", field="p", value=p, remedy="give 0 ≤ p ≤ 1")


def _check_factor(factor: float) -> None:
    _finite(factor, "factor")
    if factor < 0:
        raise InputError("a scale is not negative", field="factor", value=factor, remedy="give a factor ≥ 0")


@dataclass(frozen=True, slots=True)
class Point(Distribution):
    """One value, held to be exact."""

    value: float

    def __post_init__(self) -> None:
        _finite(self.value, "value")

    def __str__(self) -> str:
        return f"point({self.value!r})"

    @property
    def mean(self) -> float:
        return self.value

    @property
    def sd(self) -> float:
        return 0.0

    def quantile(self, p: float) -> float:
        _check_p(p)
        return self.value

    def scaled(self, factor: float) -> "Point":
        _check_factor(factor)
        return Point(self.value * factor)


@dataclass(frozen=True, slots=True)
class Normal(Distribution):
    """Normal by mean and standard deviation `sd_`."""

    mean_: float
    sd_: float

    def __post_init__(self) -> None:
        _finite(self.mean_, "mean")
        _finite(self.sd_, "sd")
        if self.sd_ < 0:
            raise InputError("a spread is not negative", field="sd", value=self.sd_, remedy="give sd ≥ 0")

    def __str__(self) -> str:
        return f"normal({self.mean_!r},{self.sd_!r})"

    @property
    def mean(self) -> float:
        return self.mean_

    @property
    def sd(self) -> float:
        return self.sd_

    def quantile(self, p: float) -> float:
        _check_p(p)
        if self.sd_ == 0:
            return self.mean_
        if p in (0.0, 1.0):
            return math.copysign(math.inf, p - 0.5)
        return self.mean_ + self.sd_ * _Z.inv_cdf(p)

    def scaled(self, factor: float) -> "Normal":
        _check_factor(factor)
        return Normal(self.mean_ * factor, self.sd_ * factor)


@dataclass(frozen=True, slots=True)
class Lognormal(Distribution):
    """Lognormal by median and geometric standard deviation (GSD ≥ 1); 68 % lie within median ÷ GSD and median × GSD."""

    median_: float
    gsd: float

    def __post_init__(self) -> None:
        _finite(self.median_, "median")
        _finite(self.gsd, "gsd")
        if self.median_ <= 0:
            raise InputError("a lognormal's median is above 0", field="median", value=self.median_, remedy="use 0")
        if self.gsd < 1:
            raise InputError("a GSD is at least 1", field="gsd", value=self.gsd, remedy="give gsd ≥ 1, 1 meaning exact")

    def __str__(self) -> str:
        return f"lognormal({self.median_!r},{self.gsd!r})"

    @property
    def median(self) -> float:
        return self.median_

    @property
    def sigma(self) -> float:
        """Standard deviation of the natural logarithm."""
        return math.log(self.gsd)

    @property
    def mean(self) -> float:
        return self.median_ * _exp(self.sigma**2 / 2)

    @property
    def sd(self) -> float:
        return self.mean * math.sqrt(_exp(self.sigma**2, math.expm1))

    def quantile(self, p: float) -> float:
        _check_p(p)
        if self.gsd == 1:
            return self.median_
        if p == 0:
            return 0.0
        if p == 1:
            return math.inf
        return self.median_ * _exp(self.sigma * _Z.inv_cdf(p))

    def scaled(self, factor: float) -> Distribution:
        _check_factor(factor)
        return Lognormal(self.median_ * factor, self.gsd) if factor * self.median_ > 0 else Point(0.0)


@dataclass(frozen=True, slots=True)
class Uniform(Distribution):
    """Every value from `low` to `high` alike."""

    low: float
    high: float

    def __post_init__(self) -> None:
        _finite(self.low, "low")
        _finite(self.high, "high")
        if self.low > self.high:
            raise InputError("low lies above high", field="low", value=self.low, remedy=f"give low ≤ {self.high}")

    def __str__(self) -> str:
        return f"uniform({self.low!r},{self.high!r})"

    @property
    def mean(self) -> float:
        return (self.low + self.high) / 2

    @property
    def sd(self) -> float:
        return (self.high - self.low) / math.sqrt(12)

    def quantile(self, p: float) -> float:
        _check_p(p)
        return self.low + p * (self.high - self.low)

    def scaled(self, factor: float) -> "Uniform":
        _check_factor(factor)
        return Uniform(self.low * factor, self.high * factor)


@dataclass(frozen=True, slots=True)
class Triangular(Distribution):
    """Triangular from `low` over the most likely `mode` to `high`."""

    low: float
    mode: float
    high: float

    def __post_init__(self) -> None:
        for name in ("low", "mode", "high"):
            _finite(getattr(self, name), name)
        if not self.low <= self.mode <= self.high:
            raise InputError(
                "the mode lies between low and high", field="mode", value=self.mode, remedy="give low ≤ mode ≤ high"
            )

    def __str__(self) -> str:
        return f"triangular({self.low!r},{self.mode!r},{self.high!r})"

    @property
    def mean(self) -> float:
        return (self.low + self.mode + self.high) / 3

    @property
    def sd(self) -> float:
        width, rise = self.high - self.low, self.mode - self.low
        return math.sqrt((width * (width - rise) + rise * rise) / 18)

    def quantile(self, p: float) -> float:
        _check_p(p)
        width = self.high - self.low
        if width == 0:
            return self.low
        knee = (self.mode - self.low) / width
        if p < knee:
            return self.low + math.sqrt(p * width * (self.mode - self.low))
        return self.high - math.sqrt((1 - p) * width * (self.high - self.mode))

    def scaled(self, factor: float) -> "Triangular":
        _check_factor(factor)
        return Triangular(self.low * factor, self.mode * factor, self.high * factor)


@dataclass(frozen=True, slots=True)
class Empirical(Distribution):
    """Observed values, each as likely as the others; quantiles interpolate between them."""

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise InputError("holds no value", field="values", remedy="give at least one number")
        for value in self.values:
            _finite(value, "values")
        object.__setattr__(self, "values", tuple(sorted(self.values)))

    def __str__(self) -> str:
        return f"empirical({','.join(map(repr, self.values))})"

    @property
    def mean(self) -> float:
        return fmean(self.values)

    @property
    def sd(self) -> float:
        return pstdev(self.values)

    def quantile(self, p: float) -> float:
        _check_p(p)
        position = p * (len(self.values) - 1)
        i = math.floor(position)
        if i + 1 == len(self.values):
            return self.values[i]
        return self.values[i] + (position - i) * (self.values[i + 1] - self.values[i])

    def scaled(self, factor: float) -> "Empirical":
        _check_factor(factor)
        return Empirical(tuple(v * factor for v in self.values))

    def sample(self, rng: random.Random, n: int) -> list[float]:
        return rng.choices(self.values, k=n)


_KINDS: dict[str, tuple[Callable[..., Distribution], int]] = {
    "point": (Point, 1),
    "normal": (Normal, 2),
    "lognormal": (Lognormal, 2),
    "uniform": (Uniform, 2),
    "triangular": (Triangular, 3),
    "empirical": (lambda *values: Empirical(values), -1),
}


@lru_cache(maxsize=4096)
def parse(text: str) -> Distribution:
    """The distribution whose text form is `text`; a bare number is a point.

    Raises
    ------
    InputError
        If the text is not a number or ``kind(parameter,…)`` with the kind's number of parameters.
    """
    kind, _, rest = text.strip().partition("(")
    maker, arity = _KINDS.get(kind.strip(), (None, 0))
    remedy = "write a number or one of point(v), normal(mean,sd), lognormal(median,gsd), uniform(low,high), …"
    try:
        if maker is None:
            return Point(float(text))
        if not rest.endswith(")"):
            raise ValueError
        numbers = [float(part) for part in rest[:-1].split(",")]
    except ValueError:
        raise InputError("not a distribution", field="distribution", value=text, remedy=remedy) from None
    if arity not in (-1, len(numbers)):
        raise InputError(f"{kind} takes {arity} numbers", field="distribution", value=text, remedy=remedy)
    return maker(*numbers)


def lognormal_between(p05: float, p95: float) -> Distribution:
    """Lognormal whose 5th and 95th percentile are given; a point where they coincide."""
    if not 0 < p05 <= p95:
        raise InputError("an interval above 0 is needed", field="p05", value=p05, remedy="give 0 < p05 ≤ p95")
    if p05 == p95:
        return Point(p05)
    return Lognormal(math.sqrt(p05 * p95), math.exp(math.log(p95 / p05) / (2 * _Z95)))


def _combined(
    parts: Sequence[Distribution], fold: Callable[[Sequence[float]], float], n: int, seed: int
) -> Distribution:
    rng = random.Random(seed)
    columns = [part.sample(rng, n) for part in parts]
    return Empirical(tuple(fold(row) for row in zip(*columns, strict=True)))


def total(parts: Sequence[Distribution], *, n: int = 2000, seed: int = 0) -> Distribution:
    """Distribution of the sum of independent amounts.

    Exact for points and normals; otherwise empirical from `n` draws.
    """
    exact = [p for p in parts if isinstance(p, Point | Normal)]
    if len(exact) == len(parts):
        mean = math.fsum(p.mean for p in exact)
        sd = math.hypot(*(p.sd for p in exact))
        return Normal(mean, sd) if sd else Point(mean)
    return _combined(parts, math.fsum, n, seed)


def product(parts: Sequence[Distribution], *, n: int = 2000, seed: int = 0) -> Distribution:
    """Distribution of the product of independent amounts.

    Exact for lognormals and points (at most one other distribution, scaled by points); otherwise empirical.
    """
    factor = math.prod(p.value for p in parts if isinstance(p, Point))
    rest = [p for p in parts if not isinstance(p, Point)]
    if not rest:
        return Point(factor)
    if factor > 0 and all(isinstance(p, Lognormal) for p in rest):
        lognormals = [p for p in rest if isinstance(p, Lognormal)]
        sigma = math.hypot(*(p.sigma for p in lognormals))
        return Lognormal(factor * math.prod(p.median_ for p in lognormals), math.exp(sigma))
    if len(rest) == 1 and factor >= 0:
        return rest[0].scaled(factor)
    return _combined(parts, math.prod, n, seed)
