"""Uncertainty of a difference of readings: the channel's relative error and what lies between readings, combined."""

from treadlight.core import uncertainty
from treadlight.core.distribution import Distribution, Lognormal, Normal, Uniform

__all__ = ["Measured", "measured", "widened"]

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
    """`treadlight.core.uncertainty.widened`, its spread rounded to three digits.

    Notes
    -----
    Rounded, so that activities metered alike share one uncertainty and can be summed before they are sampled.
    """
    found = uncertainty.widened(base, max(relative_sd, 0.0))
    if found is base:
        return base
    if isinstance(found, Lognormal):
        return Lognormal(found.median_, 1.0 + _rounded(found.gsd - 1.0))
    return Normal(found.mean, _rounded(found.sd))


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")
