"""Uncertainty of a metered amount: the relative error of its meter and the slack of its readings, made one."""

import math

from treadlight.core.distribution import Distribution, Lognormal, Normal
from treadlight.core.errors import InputError

__all__ = ["SWITCH", "ln_sd", "widened"]

SWITCH = 0.2
"""Relative standard deviation from which a normal would reach below zero too often, and a lognormal is used."""


def ln_sd(relative_sd: float) -> float:
    """Standard deviation of the logarithm of a lognormal whose standard deviation ÷ mean is `relative_sd`.

    Notes
    -----
    sigma = sqrt(ln(1 + relative_sd²)).
    """
    return math.sqrt(math.log1p(relative_sd * relative_sd))


def widened(relative: Distribution, slack_fraction: float) -> Distribution:
    """Distribution of true ÷ stated amount when the reading itself may also be off by a share of the amount.

    Parameters
    ----------
    relative
        Relative error of the meter: true ÷ stated energy.
    slack_fraction
        One standard deviation of the additional error ÷ the amount (0: none). Independent of the meter's error.

    Returns
    -------
    Distribution
        `relative` itself where there is no slack. A lognormal stays one, with the two spreads of the logarithm added in
        quadrature. Anything else becomes a normal of the same mean while the combined relative standard deviation is
        below 0.2, and from there a lognormal with that mean as its median.

    Raises
    ------
    InputError
        If the fraction is negative or not finite.
    """
    if not (math.isfinite(slack_fraction) and slack_fraction >= 0):
        raise InputError(
            "a slack is a finite number ≥ 0", field="slack_fraction", value=slack_fraction, remedy="give slack ÷ amount"
        )
    if slack_fraction == 0:
        return relative
    if isinstance(relative, Lognormal):
        return Lognormal(relative.median_, math.exp(math.hypot(relative.sigma, ln_sd(slack_fraction))))
    centre = relative.mean
    if centre <= 0:
        raise InputError(
            "the ratio of true to stated amount lies above 0",
            field="relative",
            value=str(relative),
            remedy="give a distribution around 1",
        )
    spread = math.hypot(relative.sd / centre, slack_fraction)
    if spread < SWITCH:
        return Normal(centre, centre * spread)
    return Lognormal(centre, math.exp(ln_sd(spread)))
