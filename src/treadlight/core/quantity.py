"""A quantity with its interval: what every drawn number is."""

import math
from dataclasses import dataclass

from treadlight.core.errors import InputError

__all__ = ["Quantity"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount with the interval that holds nine of ten plausible values.

    Parameters
    ----------
    unit
        As in `treadlight.core.units` (``kgCO2e``, ``kWh``), or a ratio of such units (``gCO2e/kWh``).
    p05, p50, p95
        Percentiles [unit], in this order; a value held to be exact has all three alike.
    """

    unit: str
    p05: float
    p50: float
    p95: float

    def __post_init__(self) -> None:
        for name in ("p05", "p50", "p95"):
            if not math.isfinite(getattr(self, name)):
                remedy = "leave an unknown quantity out (None)"
                raise InputError("must be a finite number", field=name, value=getattr(self, name), remedy=remedy)
        if not self.p05 <= self.p50 <= self.p95:
            text = f"{self.p05}, {self.p50}, {self.p95}"
            raise InputError("percentiles must ascend", field="quantity", value=text, remedy="give p05 ≤ p50 ≤ p95")

    @classmethod
    def exact(cls, value: float, unit: str) -> "Quantity":
        """A value held to be exact."""
        return cls(unit, value, value, value)
