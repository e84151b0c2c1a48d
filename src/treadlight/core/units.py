"""Units: one table, and the only place where a prefix changes.

Each unit belongs to one dimension and has one factor to the dimension's canonical unit. Litres of water and cubic
metres of *world-equivalent* (scarcity-weighted) water are different dimensions, so they can never be added.
"""

import re
import unicodedata

from treadlight.core.errors import UnitError

__all__ = ["convert", "dimension", "factor", "spelt", "units"]

_UNITS: dict[str, tuple[str, float]] = {
    "kWh": ("energy", 1.0),
    "Wh": ("energy", 1e-3),
    "mWh": ("energy", 1e-6),
    "uWh": ("energy", 1e-9),
    "MWh": ("energy", 1e3),
    "GWh": ("energy", 1e6),
    "TWh": ("energy", 1e9),
    "J": ("energy", 1 / 3.6e6),
    "kJ": ("energy", 1 / 3.6e3),
    "mJ": ("energy", 1 / 3.6e9),
    "uJ": ("energy", 1 / 3.6e12),
    "nJ": ("energy", 1 / 3.6e15),
    "pJ": ("energy", 1 / 3.6e18),
    "MJ": ("primary energy", 1.0),
    "GJ": ("primary energy", 1e3),
    "TJ": ("primary energy", 1e6),
    "PJ": ("primary energy", 1e9),
    "kJ-pe": ("primary energy", 1e-3),
    "J-pe": ("primary energy", 1e-6),
    "mJ-pe": ("primary energy", 1e-9),
    "W": ("power", 1.0),
    "mW": ("power", 1e-3),
    "kW": ("power", 1e3),
    "MW": ("power", 1e6),
    "GW": ("power", 1e9),
    "TW": ("power", 1e12),
    "kgCO2e": ("climate", 1.0),
    "gCO2e": ("climate", 1e-3),
    "tCO2e": ("climate", 1e3),
    "mgCO2e": ("climate", 1e-6),
    "ugCO2e": ("climate", 1e-9),
    "kgSb-eq": ("abiotic depletion", 1.0),
    "gSb-eq": ("abiotic depletion", 1e-3),
    "mgSb-eq": ("abiotic depletion", 1e-6),
    "ugSb-eq": ("abiotic depletion", 1e-9),
    "ngSb-eq": ("abiotic depletion", 1e-12),
    "L": ("water volume", 1.0),
    "mL": ("water volume", 1e-3),
    "uL": ("water volume", 1e-6),
    "m3": ("water volume", 1e3),
    "m3-world-eq": ("scarcity-weighted water", 1.0),
    "kg": ("mass", 1.0),
    "g": ("mass", 1e-3),
    "mg": ("mass", 1e-6),
    "ug": ("mass", 1e-9),
    "ng": ("mass", 1e-12),
    "t": ("mass", 1e3),
    "h": ("time", 1.0),
    "s": ("time", 1 / 3600),
    "min": ("time", 1 / 60),
    "d": ("time", 24.0),
    "device-hour": ("device time", 1.0),
    "GB-hour": ("capacity time", 1.0),
    "TB-hour": ("capacity time", 1e3),
    "GB-month": ("capacity time", 730.5),
    "GB": ("data", 1.0),
    "TB": ("data", 1e3),
    "PB": ("data", 1e6),
    "MB": ("data", 1e-3),
    "kB": ("data", 1e-6),
    "B": ("data", 1e-9),
    "TiB": ("data", 2**40 / 1e9),
    "GiB": ("data", 2**30 / 1e9),
    "MiB": ("data", 2**20 / 1e9),
    "KiB": ("data", 2**10 / 1e9),
    "unit": ("count", 1.0),
    "mm2": ("area", 1.0),
    "cm2": ("area", 100.0),
    "m2": ("area", 1e6),
    "tkm": ("transport", 1.0),
    "kgkm": ("transport", 1e-3),
    "km": ("distance", 1.0),
    "1": ("ratio", 1.0),
    "%": ("ratio", 1e-2),
}


_RAISED = re.compile(r"(?<=\d)([⁰¹²³⁴-⁹]+)|(⁻[⁰¹²³⁴-⁹]+)")
_SIGNS = str.maketrans({"μ": "u", "⋅": "·", "∙": "·", "•": "·", "∕": "/", "−": "-", "‐": "-"})


def spelt(unit: str) -> str:
    """A unit in the letters of the table, such as ``m3`` for ``m³``; blanks are plain, and 10³ is ``10^3``."""
    raised = _RAISED.sub(lambda found: f"^{found[0]}", unit)
    return unicodedata.normalize("NFKC", raised).translate(_SIGNS)


def units() -> tuple[str, ...]:
    """Every unit that is known."""
    return tuple(_UNITS)


def dimension(unit: str) -> str:
    """Dimension of a unit, such as ``"energy"`` for ``"Wh"``.

    Raises
    ------
    UnitError
        If the unit is not in the table.
    """
    return _known(unit)[0]


def factor(unit: str) -> float:
    """How many of its dimension's canonical unit a unit is, such as 0.001 for ``"Wh"``.

    Raises
    ------
    UnitError
        If the unit is not in the table.
    """
    return _known(unit)[1]


def convert(value: float, unit: str, to: str) -> float:
    """`value` [`unit`] expressed in `to`.

    Raises
    ------
    UnitError
        If either unit is unknown or they measure different things.
    """
    if dimension(unit) != dimension(to):
        raise UnitError(
            f"{unit} measures {dimension(unit)} and {to} measures {dimension(to)}",
            field="unit",
            value=unit,
            remedy=f"give the amount in {to}",
        )
    return value * (factor(unit) / factor(to))


def _known(unit: str) -> tuple[str, float]:
    found = _UNITS.get(unit) or _UNITS.get(spelt(unit))
    if found is None:
        raise UnitError("unknown unit", field="unit", value=unit, remedy=f"use one of {', '.join(_UNITS)}")
    return found
