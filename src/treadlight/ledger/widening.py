"""Uncertainty of a difference of readings: the channel's relative error and what lies between readings, combined."""

import math

from treadlight.core.distribution import Distribution, Lognormal, Normal, Point, Uniform

__all__ = ["Measured", "measured", "widened"]

NORMAL_LIMIT = 0.2
"""Above this relative standard deviation a normal distribution reaches below zero too often (p < 3e-7 at 0.2)."""

Measured = tuple[float, float, Distribution]
"""What the whole device used, the run's share [flow's unit], and the distribution of true ÷ stated amount."""


def measured(whole: float, share: float, slack: float, base: Distribution) -> Measured:
    """Amounts with their uncertainty, from differences of cumulative values [flow's unit].

    Parameters
    ----------
    whole, share
        Of the whole device, and the run's part of it.
    slack
        Additional absolute error of `whole`, one standard deviation.
    base
        Relative error of the channel.

    Notes
    -----
    Where slack exceeds the amount itself, the amount is hardly known: then anything between nothing and
    2 × (whole + slack) is held possible, which covers a counter that has not moved at all.
    """
    if slack > whole:
        centre = whole + slack
        return centre, centre * (share / whole if whole > 0 else 1.0), Uniform(0.0, 2.0)
    return whole, share, widened(base, slack / whole if whole > 0 else 0.0)


def widened(base: Distribution, relative_sd: float) -> Distribution:
    """`base` combined with an independent relative error of standard deviation `relative_sd`.

    Notes
    -----
    Normal (and exact) amounts: variances add; beyond a relative spread of 0.2 the result is lognormal, which is never
    negative. Others: variances of the logarithm add, with ``σ² = ln(1 + relative_sd²)``. Spreads are rounded to three
    digits, so that activities metered alike can be summed before they are sampled.
    """
    if relative_sd <= 0:
        return base
    if isinstance(base, Point | Normal):
        centre = base.mean
        spread = math.hypot(base.sd / centre, relative_sd) if centre > 0 else relative_sd
        if centre <= 0 or spread < NORMAL_LIMIT:
            return Normal(centre, _rounded(abs(centre) * spread))
        return Lognormal(centre, _gsd(math.log1p(spread**2)))
    if isinstance(base, Lognormal):
        return Lognormal(base.median_, _gsd(base.sigma**2 + math.log1p(relative_sd**2)))
    own = base.sd / base.mean if base.mean > 0 else 0.0
    return Lognormal(base.median, _gsd(math.log1p(own**2) + math.log1p(relative_sd**2)))


def _gsd(log_variance: float) -> float:
    return 1.0 + _rounded(math.expm1(math.sqrt(log_variance)))


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")
