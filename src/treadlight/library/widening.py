"""How much an answer widens when it is of another place or another time than was asked for.

Each constant is a geometric standard deviation (GSD) or the log-sd behind one, and says what it was calibrated on.
`tools/calibrate_widening.py` computes them again from the facts.

======================  =====================  ======================================================================
step                    widening               calibrated on
======================  =====================  ======================================================================
sub-zone → country      GSD 2.2                8 sub-zones of `grid.csv` against the US: log-sd 0.8; 64 others: 0.92
country → continent     the row's own spread   members of the continent, each counted once
anything → world        GSD 1.92               213 countries about the world's average, weighted by generation: 0.65
year → nearest year     log-sd 0.12 √years     OWID/Ember histories: 0.08–0.10, 0.14–0.17, 0.19–0.20 over 1, 2, 3 years
hour → month            spread of the month    the recorded hours of that month themselves
hour → year             GSD 1.27               8 US balancing areas, 2022: hourly values about their mean, log-sd 0.24
unknown network         GSD 1.5                assumed
======================  =====================  ======================================================================
"""

import math

from treadlight.core.distribution import Distribution, Empirical, Lognormal, Point, lognormal_between, product

__all__ = ["COUNTRY", "HOUR_TO_YEAR", "NETWORK", "WORLD", "nearest_year", "thinned", "together", "widen"]

COUNTRY = 2.2
"""A country's average stands for a part of it."""

WORLD = 1.92
"""The world's average stands for a place that is not known."""

HOUR_TO_YEAR = 1.27
"""A year's average stands for an hour."""

NETWORK = 1.5
"""The generic network stands for one that is not in the library."""

_YEAR_LOG_SD = 0.12


def nearest_year(years: int) -> float:
    """GSD of a figure that is `years` away from the year asked for."""
    return math.exp(_YEAR_LOG_SD * math.sqrt(abs(years)))


def together(*gsds: float) -> float:
    """GSD of independent widenings taken together."""
    return math.exp(math.hypot(*(math.log(gsd) for gsd in gsds)))


def widen(amount: Distribution, gsd: float) -> Distribution:
    """`amount` times an independent lognormal error of median 1: its median stays, its interval never narrows.

    Distributions that are neither points nor lognormals are first fitted between their 5th and 95th percentile where
    these lie above 0, and otherwise sampled and thinned.
    """
    if isinstance(amount, Lognormal):
        return Lognormal(amount.median_, together(amount.gsd, gsd)) if gsd > 1.0 else amount
    if gsd <= 1.0 or amount.quantile(0.95) <= 0:
        return amount
    if not isinstance(amount, Point) and amount.quantile(0.05) > 0:
        fitted = lognormal_between(amount.quantile(0.05), amount.quantile(0.95))
        amount = fitted.scaled(amount.median / fitted.median)
    return thinned(product([amount, Lognormal(1.0, gsd)]))


def thinned(amount: Distribution, points: int = 41) -> Distribution:
    """An empirical distribution as `points` evenly spaced quantiles; others as they are."""
    if not isinstance(amount, Empirical) or len(amount.values) <= points:
        return amount
    return Empirical(tuple(amount.quantile((i + 0.5) / points) for i in range(points)))
