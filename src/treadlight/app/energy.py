"""Electricity at the devices or at the meter of a hall, from sums of activities: by run, by component, with the doubt
they share.
"""

from collections.abc import Callable, Iterable

import numpy as np

from treadlight.assess.draws import Array, Draws
from treadlight.core.distribution import parse
from treadlight.core.quantity import Quantity
from treadlight.ledger.records import GroupSum

__all__ = ["ELECTRICITY", "FACILITY", "energy_by", "energy_quantity"]

ELECTRICITY = "electricity.it"
"""At the devices."""

FACILITY = "electricity.facility"
"""At the meter of the hall, with cooling and conversion: what some files state, and nothing of the devices alone."""


def energy_by(
    groups: Iterable[GroupSum], key: Callable[[GroupSum], str], draws: Draws, flow: str = ELECTRICITY
) -> dict[str, Array]:
    """Draws of the electricity [kWh], at the devices unless `flow` says otherwise, by a key of the groups."""
    found: dict[str, Array] = {}
    for group in groups:
        if group.flow == flow:
            column = np.broadcast_to(group.amount * draws.column(parse(group.uncertainty), group.cause), (draws.n,))
            found[key(group)] = found.get(key(group), np.zeros(draws.n)) + column
    return found


def energy_quantity(samples: Array, unit: str = "kWh") -> Quantity:
    """Interval of draws."""
    p05, p50, p95 = (float(x) for x in np.quantile(samples, (0.05, 0.5, 0.95)))
    return Quantity(unit, p05, p50, p95)
