"""The life of a device: what it costs from manufacture to disposal, phase by phase and category by category.

Notes
-----
With the years of use T, the share u of them at work, the mean power P at work and P0 without work, the electricity is

    E = 8766 h T (u P + (1 - u) P0)

and its impacts are those of E at the place of use (`treadlight.library`). Making, transport and disposal are charged
once. Repair replaces a share r of the device each year: r T times what is charged once. A second life of T2 years, by
somebody else, bears T2 / (T + T2) of what is charged once (rule: time); without a second life, this one bears all. What
stands in a data centre bears its part of the rack and of the building for the years T
(`treadlight.assess.hardware.premises`).

References
----------
ISO 14044:2006, 4.3.4 (allocation, reuse and recycling); cut-off as in `treadlight.library.build_disposal`.
"""

from dataclasses import dataclass, replace

import numpy as np

from treadlight.assess.draws import Array
from treadlight.assess.footprint import quantity
from treadlight.assess.hardware.description import Device
from treadlight.assess.hardware.making import HOURS_PER_YEAR, Bench, Made, Phase
from treadlight.assess.hardware.premises import Premises, premises
from treadlight.core.distribution import Distribution, Point, Triangular
from treadlight.core.errors import InputError
from treadlight.core.quantity import Quantity
from treadlight.ledger.assets import FATES

__all__ = ["LOAD", "HardwareLife", "Use", "Waste", "Work", "hardware_life", "work"]

LOAD = Triangular(0.4, 0.7, 1.0)
"""Mean power at work as a share of board power: our assumption where none is stated."""


@dataclass(frozen=True, slots=True)
class Use:
    """How a device is used.

    Parameters
    ----------
    years
        Of use [a]; None: as the library says of its class.
    utilisation
        Share of the time at work, 0 to 1; None: as the library says.
    power_w
        Mean power of the whole device at work [W]; None: board power of what the catalogue knows, times `load`.
    idle_w
        Power of the whole device without work [W]; None: what the catalogue knows.
    load
        Mean power at work as a share of board power.
    repair_per_year
        Share of the device replaced each year by spare parts; None: not known.
    second_life_years
        Years of use by somebody else afterwards [a].
    fate
        What becomes of it at the end (`treadlight.ledger.assets.FATES`).
    hall_w
        Power that a data centre keeps for it [W], by which it bears rack and building; 0: it stands in none; None: by
        its class, as much as it may draw.
    """

    years: Distribution | None = None
    utilisation: Distribution | None = None
    power_w: Distribution | None = None
    idle_w: Distribution | None = None
    load: Distribution = LOAD
    repair_per_year: Distribution | None = None
    second_life_years: Distribution | None = None
    fate: str = "unknown"
    hall_w: Distribution | None = None

    def __post_init__(self) -> None:
        _within("years", self.years, 0.0, 50.0, open_low=True)
        _within("utilisation", self.utilisation, 0.0, 1.0)
        _within("power_w", self.power_w, 0.0, 1e6)
        _within("idle_w", self.idle_w, 0.0, 1e6)
        _within("load", self.load, 0.0, 1.5)
        _within("repair_per_year", self.repair_per_year, 0.0, 1.0)
        _within("second_life_years", self.second_life_years, 0.0, 50.0, open_low=True)
        _within("hall_w", self.hall_w, 0.0, 1e6)
        if self.fate not in FATES:
            raise InputError("is no fate", field="fate", value=self.fate, remedy=f"use one of {', '.join(FATES)}")


@dataclass(frozen=True, slots=True)
class Work:
    """Electricity of one year of a device [kWh/a] and its years [a], draws of shape (n,); and what it rests on."""

    kwh_per_year: Array | None
    years: Array
    basis: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Waste:
    """What becomes of the mass: its fate, how much of it is documented to be collected, and what that avoids elsewhere.

    Parameters
    ----------
    mass, collected
        [kg]; None where not known.
    avoided
        By category, beside the total and never taken off it.
    """

    fate: str
    mass: Quantity | None
    share: float | None
    collected: Quantity | None
    avoided: tuple[Quantity, ...]


@dataclass(frozen=True)
class HardwareLife:
    """The life of a device, and everything needed to explain it.

    Parameters
    ----------
    phases
        Manufacture, transport, rack and building (in a data centre), use, repair (if stated), end of life; they add up
        to the total.
    hall
        What it bears of rack and building, and by which power.
    ours
        Share of what is charged once that this life bears where a second one follows, shape (n,); else None.
    not_counted
        What is known to be missing.
    """

    device: Device
    use: Use
    bench: Bench
    made: Made
    work: Work
    phases: tuple[Phase, ...]
    hall: Premises
    waste: Waste
    ours: Array | None
    not_counted: tuple[str, ...]

    def total(self, category: str) -> Quantity | None:
        """What is known of a category over the whole life; None where nothing is."""
        row = self.bench.row(category)
        return _known(np.sum([phase.samples[row] for phase in self.phases], axis=0), category, self.unknown(category))

    def part(self, phase: Phase, category: str) -> Quantity | None:
        """A category of a phase; None where it is not known."""
        return _known(phase.samples[self.bench.row(category)], category, category in phase.unknown)

    def share(self, phase: Phase, category: str) -> float | None:
        """Share of a phase in what is known of a category, by means; None where nothing is."""
        row = self.bench.row(category)
        whole = sum(float(p.samples[row].mean()) for p in self.phases)
        return float(phase.samples[row].mean()) / whole if whole else None

    def unknown(self, category: str) -> bool:
        """Whether something of a category is not known."""
        return any(category in phase.unknown for phase in self.phases)

    def water(self) -> dict[str, Quantity | None]:
        """Water [L]: on site, upstream of electricity and embodied, each its own line; None where not known."""
        row = self.bench.row("water")
        once = [phase for phase in self.phases if phase.name != "use"]
        embodied = np.sum([phase.samples[row] for phase in once], axis=0)
        lines: dict[str, Quantity | None] = {"on site": None, "upstream of electricity": None}
        if self.work.kwh_per_year is not None:
            kwh, supply = self.work.kwh_per_year * self.work.years, self.bench.electricity
            lines["on site"] = quantity(kwh * supply.water_on_site, "water")
            lines["upstream of electricity"] = quantity(kwh * (supply.samples[row] - supply.water_on_site), "water")
        lines["embodied"] = _known(embodied, "water", any("water" in phase.unknown for phase in once))
        return lines

    def extension(self, category: str) -> tuple[Quantity, Quantity] | None:
        """What is charged once, per year of use: without and with the second life; None where there is none."""
        row = self.bench.row(category)
        if self.ours is None or category in self.made.unknown:
            return None
        alone = self.made.total[row] / self.work.years
        return quantity(alone, category), quantity(alone * self.ours, category)

    def passed_on(self, category: str) -> Quantity | None:
        """What the second life bears of what is charged once; None where there is none."""
        if self.ours is None or category in self.made.unknown:
            return None
        return quantity(self.made.total[self.bench.row(category)] * (1 - self.ours), category)


def hardware_life(device: Device, use: Use, bench: Bench) -> HardwareLife:
    """What a device costs from manufacture to disposal under a use."""
    made, done = bench.made(device), work(device, use, bench)
    disposal, waste = _disposal(made, use, bench)
    charged = (made.phase("manufacture"), made.phase("transport"))
    repair = _repair((*charged, disposal), use.repair_per_year, done.years, bench)
    hall = premises(device, use.hall_w, use.power_w, use.load, done.years, bench)
    phases = (*charged, *hall.phases, _used(done, bench), *repair, disposal)
    ours = None
    if use.second_life_years is not None:
        ours = done.years / (done.years + bench.drawn(use.second_life_years, "hardware:second-life"))
    lost = [*done.missing, *([] if repair else ["repair: no share of spare parts stated"]), *hall.missing]
    return HardwareLife(device, use, bench, made, done, phases, hall, waste, ours, tuple(lost))


def work(device: Device, use: Use, bench: Bench) -> Work:
    """Electricity of a device in a year, and its years of use."""
    row = bench.lifetime(device)
    years = bench.drawn(use.years or row.lifetime_y, f"years:{row.lifetime_class}")
    busy = bench.drawn(use.utilisation or row.utilisation, f"busy:{row.lifetime_class}")
    missing: list[str] = []
    if use.power_w is not None:
        power, basis = bench.drawn(use.power_w, f"power:{device.text}"), "power as stated"
    else:
        found = bench.power_w(device, use.load)
        if found is None:
            return Work(None, years, "power not known", ("use: no power known; state the mean power at work",))
        power, basis = found, "board power × load"
        without = [part.text for part in device.parts if part.tdp_w is None]
        missing += [f"power of {', '.join(without)}"] if without else []
    idle, silent = _idle(device, use, bench)
    missing += [f"hours without work of {', '.join(silent)}: idle power not known"] if silent else []
    return Work((busy * power + (1 - busy) * idle) * HOURS_PER_YEAR / 1000, years, basis, tuple(missing))


def _idle(device: Device, use: Use, bench: Bench) -> tuple[Array, list[str]]:
    """Power without work [W], and the parts of which it is not known."""
    if use.idle_w is not None:
        return bench.drawn(use.idle_w, f"idle:{device.text}"), []
    powered = [part for part in device.parts if part.tdp_w is not None]
    watts = sum(part.amount * (part.idle_w or 0.0) for part in powered)
    return np.full(bench.draws, watts), [part.text for part in powered if part.idle_w is None]


def _used(done: Work, bench: Bench) -> Phase:
    supply = bench.electricity
    if done.kwh_per_year is None:
        return Phase("use", np.zeros_like(supply.samples), frozenset(bench.categories) - {"ewaste"}, "power not known")
    return Phase("use", supply.samples * (done.kwh_per_year * done.years), supply.unknown, done.basis)


def _repair(once: tuple[Phase, ...], per_year: Distribution | None, years: Array, bench: Bench) -> tuple[Phase, ...]:
    if per_year is None:
        return ()
    share = bench.drawn(per_year, "hardware:repair") * years
    unknown = frozenset[str]().union(*(phase.unknown for phase in once))
    note = f"{per_year.median:.3g} of the device replaced each year"
    return (Phase("repair", np.sum([phase.samples for phase in once], axis=0) * share, unknown, note),)


def _disposal(made: Made, use: Use, bench: Bench) -> tuple[Phase, Waste]:
    """The end of life under its fate, and what becomes of the mass."""
    phase, mass = made.phase("end of life"), made.mass
    avoided, documented = bench.recycling
    share = {"unknown": documented, "landfill": 0.0, "reused": 0.0}.get(use.fate, 1.0)
    if use.fate == "reused":
        note = "its next user discards it; nothing is waste yet"
        return Phase(phase.name, np.zeros_like(phase.samples), frozenset(), note), _waste(use.fate, None, share, {})
    if use.fate == "landfill":
        row = bench.row("ewaste")
        samples = np.zeros_like(phase.samples)
        samples[row] = phase.samples[row]
        unknown = frozenset(c for c in bench.categories if c not in ("ewaste", "energy")) | phase.unknown
        phase = replace(phase, samples=samples, unknown=unknown, note="no sourced figure for a landfill; mass only")
    return phase, _waste(use.fate, mass, share, avoided)


def _waste(fate: str, mass: Array | None, share: float | None, avoided: dict[str, Array]) -> Waste:
    if mass is None:
        return Waste(fate, None, share, None, ())
    whole = quantity(mass, "ewaste")
    if share is None:
        return Waste(fate, whole, None, None, ())
    beside = tuple(quantity(mass * share * per_kg, name) for name, per_kg in avoided.items()) if share else ()
    return Waste(fate, whole, share, quantity(mass * share, "ewaste"), beside)


def _known(samples: Array, category: str, unknown: bool) -> Quantity | None:
    """What is known of a category; None where it is unknown throughout."""
    return None if unknown and not samples.any() else quantity(samples, category)


def _within(name: str, amount: Distribution | None, low: float, high: float, *, open_low: bool = False) -> None:
    if amount is None:
        return
    ends = amount.quantile(0.001), amount.quantile(0.999)
    if ends[0] < low or ends[1] > high or (open_low and ends[0] <= low):
        words = f"above {low:g}" if open_low else f"from {low:g}"
        shown = amount.value if isinstance(amount, Point) else str(amount)
        raise InputError("is out of range", field=name, value=shown, remedy=f"give {words} up to {high:g}")
