"""Pedigree: five scores of a figure's quality, turned into the spread that they add to it.

Notes
-----
Each indicator is scored from 1 (best) to 5. A score adds the variance below to the variance of the figure's logarithm;
the indicators are held to be independent, so that their variances are summed, and

    additional GSD = exp(sqrt(Σ variance)).

References
----------
Weidema, Wesnæs: Data quality management for life cycle inventories, J. Cleaner Production 4(3–4), 1996 (the scores).
Weidema et al.: Overview and methodology, data quality guideline for ecoinvent version 3, 2013, table 10.5 (variances).
"""

import math
from collections.abc import Sequence

from treadlight.core.errors import InputError

__all__ = ["INDICATORS", "additional_gsd"]

INDICATORS: dict[str, tuple[float, ...]] = {
    "reliability": (0.0, 0.0006, 0.002, 0.008, 0.04),
    "completeness": (0.0, 0.0001, 0.0006, 0.002, 0.008),
    "temporal correlation": (0.0, 0.0002, 0.002, 0.008, 0.04),
    "geographical correlation": (0.0, 0.000025, 0.0001, 0.0006, 0.002),
    "technological correlation": (0.0, 0.0006, 0.008, 0.04, 0.12),
}
"""Variance of the logarithm that each score from 1 to 5 adds, by indicator."""


def additional_gsd(scores: Sequence[int]) -> float:
    """Geometric standard deviation that five scores add; 1 where none are given.

    Raises
    ------
    InputError
        If there are not five, or one is not a score.
    """
    if not scores:
        return 1.0
    if len(scores) != len(INDICATORS) or any(not 1 <= score <= 5 for score in scores):
        remedy = f"give five scores from 1 (best) to 5: {', '.join(INDICATORS)}"
        raise InputError("are no pedigree scores", field="pedigree", value=list(scores), remedy=remedy)
    pairs = zip(INDICATORS.values(), scores, strict=True)
    return math.exp(math.sqrt(math.fsum(variances[score - 1] for variances, score in pairs)))
