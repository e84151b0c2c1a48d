"""Electricity at the devices or at the meter of a hall, from sums of activities: by run, by component, with the doubt
they share.
"""

from collections.abc import Callable, Iterable, Sequence

import msgspec
import numpy as np

from treadlight.assess.draws import Array, Draws
from treadlight.assess.footprint import demand_of
from treadlight.assess.parts import OVERHEAD
from treadlight.assess.unfit import unfit
from treadlight.core.distribution import parse
from treadlight.core.errors import InputError
from treadlight.core.method import Method
from treadlight.core.quantity import Quantity
from treadlight.ledger.records import GroupSum
from treadlight.library.process import Exchange
from treadlight.library.system import Demand, ProcessLibrary

__all__ = ["ELECTRICITY", "FACILITY", "energy_at_hall", "energy_by", "energy_quantity"]

ELECTRICITY = "electricity.it"
"""At the devices."""

FACILITY = "electricity.facility"
"""At the meter of the hall, with cooling and conversion: what some files state, and nothing of the devices alone."""


def energy_by(
    groups: Iterable[GroupSum], key: Callable[[GroupSum], str], draws: Draws, flow: str = ELECTRICITY
) -> dict[str, Array]:
    """Draws of the electricity [kWh], at the devices unless `flow` says otherwise, by a key of the groups.

    What no account can hold (see `treadlight.assess.unfit`) is left out.
    """
    found: dict[str, Array] = {}
    for group in groups:
        if group.flow == flow and not unfit(group):
            column = np.broadcast_to(group.amount * draws.column(parse(group.uncertainty), group.cause), (draws.n,))
            found[key(group)] = found.get(key(group), np.zeros(draws.n)) + column
    return found


def energy_at_hall(
    groups: Sequence[GroupSum], key: Callable[[GroupSum], str], library: ProcessLibrary, draws: Draws
) -> dict[str, Array]:
    """Draws of the electricity [kWh] at the meter of the hall, by a key of the groups.

    It is what is stated of that meter, and what the devices used times the PUE that a footprint takes for their place:
    the site's, the region's, or that of the kind of place. A key of whose electricity the library cannot tell an
    overhead is left out: the whole of it is unknown.
    """
    found = energy_by(groups, key, draws, FACILITY)
    unknown: set[str] = set()
    overheads: dict[Demand, Exchange | None] = {}
    for group in groups:
        if group.flow != ELECTRICITY or unfit(group):
            continue
        demand = demand_of(msgspec.structs.replace(group, period=group.period[:4]))
        if demand not in overheads:
            overheads[demand] = _overhead(library, demand)
        pue = overheads[demand]
        if pue is None:
            unknown.add(key(group))
            continue
        (devices,) = energy_by([group], key, draws).values()
        column = devices * draws.column(pue.amount, pue.cause)
        found[key(group)] = found.get(key(group), np.zeros(draws.n)) + column
    return {name: samples for name, samples in found.items() if name not in unknown}


def _overhead(library: ProcessLibrary, demand: Demand) -> Exchange | None:
    """PUE that a footprint multiplies electricity at the devices with; None where the library cannot tell."""
    try:
        system = library.system([demand], Method())
    except InputError:
        return None
    process = system.processes.get(system.answers[demand] or "")
    exchanges = process.exchanges if process else ()
    return next((e for e in exchanges if e.label == OVERHEAD and not e.is_impact), None)


def energy_quantity(samples: Array, unit: str = "kWh") -> Quantity:
    """Interval of draws."""
    p05, p50, p95 = (float(x) for x in np.quantile(samples, (0.05, 0.5, 0.95)))
    return Quantity(unit, p05, p50, p95)
