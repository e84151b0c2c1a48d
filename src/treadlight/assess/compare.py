"""Comparisons: two footprints side by side, on shared draws, so that what both share cancels."""

from dataclasses import dataclass

import numpy as np

from treadlight.assess.footprint import Footprint, quantity
from treadlight.core.errors import InputError
from treadlight.core.quantity import Quantity

__all__ = ["Contrast", "contrast"]


@dataclass(frozen=True, slots=True)
class Contrast:
    """Other minus base in one category, and the probability that the other is lower."""

    category: str
    difference: Quantity
    probability_lower: float


def contrast(
    base: Footprint, other: Footprint, category: str, *, base_count: float = 1.0, other_count: float = 1.0
) -> Contrast | None:
    """`other` minus `base` in one category, each divided by its count of functional units; None where one is unknown.

    Raises
    ------
    InputError
        If the two were not computed with the same library, method, seed and number of draws.
    """
    for name in ("library_digest", "method"):
        if getattr(base, name) != getattr(other, name):
            raise InputError("differs between the two", field=name, remedy="compute both under one library and method")
    if (base.draws.n, base.draws.seed) != (other.draws.n, other.draws.seed):
        raise InputError("differ between the two", field="draws", remedy="compute both with one seed and number")
    row = base.categories.index(category)
    if base.total(category) is None or other.total(category) is None:
        return None
    gap = other.samples[row] / other_count - base.samples[row] / base_count
    lower = float(np.mean(gap < 0) + np.mean(gap == 0) / 2)
    return Contrast(category, quantity(gap, category), lower)
