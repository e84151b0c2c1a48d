"""Shares of doubt: how much of a number's variance comes from each cause, so that one knows where to look closer.

Notes
-----
First-order indices by squared correlation of the ranks: a cause's draws against the number's draws. Footprints are
sums of products of independent, mostly lognormal causes, for which ranks are close to linear; interactions are shared
out in proportion by normalising to 1.

References
----------
Saltelli et al.: Global Sensitivity Analysis, The Primer, Wiley 2008.
"""

from collections.abc import Iterable

import numpy as np

from treadlight.assess.draws import Array, Draws

__all__ = ["shares_of_doubt"]

_NOISE = 11.0
"""A squared correlation below this many times 1/n is not told apart from chance (one in a thousand causes is)."""


def shares_of_doubt(total: Array, causes: Iterable[str], draws: Draws) -> dict[str, float]:
    """Share of the doubt of `total` [draws, shape (n,)] by cause, largest first; empty where there is no doubt."""
    ranks = np.argsort(np.argsort(total)).astype(float)
    if np.ptp(total) <= 1e-12 * max(abs(float(total.mean())), 1e-300):
        return {}
    squared = {}
    for cause in dict.fromkeys(causes):
        r = float(np.corrcoef(draws.order(cause), ranks)[0, 1])
        if r * r > _NOISE / draws.n:
            squared[cause] = r * r
    whole = sum(squared.values())
    return {cause: share / whole for cause, share in sorted(squared.items(), key=lambda item: -item[1])}
