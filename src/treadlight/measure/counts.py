"""Counts: functional units that a run or a window did, such as samples, tokens or requests."""

import math
from collections.abc import Mapping

from treadlight.core.errors import InputError

__all__ = ["checked_counts"]


def checked_counts(counts: Mapping[str, float]) -> dict[str, float]:
    """The counts as plain numbers; those of numpy and torch are welcome.

    Raises
    ------
    InputError
        If a count is no number, not finite, or below 0.
    """
    return {name: _checked(name, value) for name, value in counts.items()}


def _checked(name: str, value: object) -> float:
    try:
        number = value if isinstance(value, int) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = math.nan
    if isinstance(value, bool) or not math.isfinite(number) or number < 0:
        raise InputError("is no count", field=f"count {name}", value=value, remedy="give a finite number ≥ 0")
    return number
