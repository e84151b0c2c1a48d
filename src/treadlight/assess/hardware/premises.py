"""The rack and the building around a device: shared out by the power that is kept for it, over its years.

Notes
-----
Both come per kW of power for equipment, as they were built for (`hall.rack` and `hall.building` of the library). Of an
amount e per kW, with a life of L years and a share o of the power that equipment takes, a device for which P kW are
kept for T years bears

    e P T / (L o)

so that over their lives rack and building are charged once, empty places with them. Building means shell and plant:
cooling, transformers, batteries, generators. P is stated, or the rated power of what the catalogue knows, and no less
than a stated mean power at work: a hall is sized by what equipment may draw, not by what it does draw.

Servers and accelerators stand in a hall, where electricity has an overhead (PUE above 1); laptops, desktops and modules
at the edge do not. Whoever replaces a device keeps its place, so a comparison of devices leaves both out
(`treadlight.assess.hardware.refresh`).

References
----------
ISO 14044:2006, 4.3.4.2 (allocation by a physical relationship). The rule of the hours of hardware:
`treadlight.library.build_hardware`.
"""

from dataclasses import dataclass

import numpy as np

from treadlight.assess.draws import Array
from treadlight.assess.hardware.description import Device
from treadlight.assess.hardware.making import HOURS_PER_YEAR, Bench, Phase
from treadlight.core.category import CATEGORIES
from treadlight.core.distribution import Distribution, Point

__all__ = ["PREMISES", "Premises", "outside", "premises"]

PREMISES = ("rack", "building")
"""What stands around a device in a data centre; ``hall.<name>`` are its products."""

_IN_A_HALL = ("server", "accelerator")
_W_PER_KW = 1000.0


@dataclass(frozen=True)
class Premises:
    """A device's part of the rack and the building.

    Parameters
    ----------
    watts
        Power kept for it [W], shape (n,); None where it is not known, or it stands in no hall.
    basis
        Where the power comes from.
    phases
        The rack and the building; none where it stands in no hall.
    missing
        What of them is not counted.
    warning
        That less power is kept for it than it draws; empty otherwise.
    """

    watts: Array | None
    basis: str
    phases: tuple[Phase, ...]
    missing: tuple[str, ...]
    warning: str = ""


def outside(device: Device, bench: Bench) -> str:
    """Why a device stands in no data centre: its class, or a place without overhead; empty where it stands in one."""
    if device.lifetime_class not in _IN_A_HALL:
        return f"of class {device.lifetime_class}"
    overhead = bench.electricity.samples[bench.row("energy")]
    return "at a place without overhead, PUE 1" if bool(np.all(overhead == 1.0)) else ""


def premises(
    device: Device,
    kept_w: Distribution | None,
    power_w: Distribution | None,
    load: Distribution,
    years: Array,
    bench: Bench,
) -> Premises:
    """What a device bears of the rack and the building over its years.

    Parameters
    ----------
    kept_w
        Power that a hall keeps for it [W], 0: it stands in none; None: by its class, as much as it may draw.
    power_w
        Stated mean power at work [W]; None where it is not stated.
    load
        Mean power at work over the rated power, where it is not stated.
    years
        Of use [a], shape (n,).
    """
    reason = outside(device, bench) if kept_w is None else "as stated" if kept_w == Point(0.0) else ""
    if reason:
        return Premises(None, reason, (), (f"rack and building: it stands in no data centre, {reason}",))
    watts, basis = _kept_w(device, kept_w, power_w, bench)
    if watts is None:
        unknown = frozenset(bench.categories) - {"energy"}
        nothing = np.zeros((len(bench.categories), bench.draws))
        phases = tuple(Phase(name, nothing, unknown, basis) for name in PREMISES)
        return Premises(
            None, basis, phases, ("rack and building: no power known; state the power that is kept for it",)
        )
    phases = tuple(_share(name, watts / _W_PER_KW * years * HOURS_PER_YEAR, bench) for name in PREMISES)
    missing = (*_unknown(phases), "switches and cables of the hall")
    return Premises(watts, basis, phases, missing, _too_little(watts, device, power_w, load, bench))


def _kept_w(
    device: Device, kept_w: Distribution | None, power_w: Distribution | None, bench: Bench
) -> tuple[Array | None, str]:
    """Power kept for a device [W], and where it comes from."""
    if kept_w is not None:
        return bench.drawn(kept_w, f"hall:{device.text}"), "as stated"
    rated = bench.power_w(device, Point(1.0))
    if power_w is None:
        return rated, "power not known" if rated is None else "rated power of what is known"
    stated = bench.drawn(power_w, f"power:{device.text}")
    least = stated if rated is None else np.maximum(stated, rated)
    return least, "rated power of what is known, at least the stated power"


def _too_little(kept_w: Array, device: Device, power_w: Distribution | None, load: Distribution, bench: Bench) -> str:
    """That a hall keeps less than a device draws at work, by medians; empty where it keeps as much or none is known."""
    drawn = bench.power_w(device, load) if power_w is None else bench.drawn(power_w, f"power:{device.text}")
    if drawn is None or np.median(kept_w) >= np.median(drawn):
        return ""
    kept, used = (f"{float(np.median(watts)):,.4g} W" for watts in (kept_w, drawn))
    return f"{kept} are kept for what draws {used} at work: a hall that keeps less than is drawn cannot feed it"


def _share(name: str, kilowatt_hours: Array, bench: Bench) -> Phase:
    per_hour, unknown = bench.hour(f"hardware.hall.{name}")
    return Phase(name, per_hour * kilowatt_hours, unknown)


def _unknown(phases: tuple[Phase, ...]) -> list[str]:
    found = []
    for phase in phases:
        names = [CATEGORIES[name].name.lower() for name in CATEGORIES if name in phase.unknown]
        found += [f"{phase.name}: {', '.join(names)} not known"] if names else []
    return found
