"""Numbers as people read them: rounded to what the interval supports, with a readable prefix and unit.

Notes
-----
The last digit shown is the power of ten at or below the smaller of a quarter of the 90 % interval and two fifths of the
value; at most four significant digits. Rounding then moves a number by at most half that step: an eighth of its
interval. An end of the interval smaller than two steps keeps one significant digit of its own, so nothing that is not
zero is ever written as 0; only the median of a difference that may go either way is, as 0.0, beside its interval.
Rounding happens here and nowhere else.

References
----------
ISO/IEC Guide 98-3:2008 (GUM), 7.2.6: a value is given no more digits than its uncertainty supports.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from treadlight.core.errors import UnitError
from treadlight.core.quantity import Quantity
from treadlight.core.texts import say
from treadlight.core.units import convert, dimension

__all__ = [
    "Shown",
    "between",
    "could_add",
    "display_unit",
    "duration",
    "exact",
    "figure",
    "in_unit",
    "ladder",
    "percent",
    "percents",
    "plain_number",
    "sample",
    "shared_step",
    "shared_unit",
    "show",
    "unit_label",
]

NARROW = "\u202f"
"""Narrow no-break space: groups thousands, and stands before %."""
MINUS = "\u2212"
_MAX_DIGITS = 4
_MOST_DECIMALS = 6
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

_LADDERS: dict[str, tuple[str, ...]] = {
    "energy": ("uWh", "mWh", "Wh", "kWh", "MWh", "GWh"),
    "climate": ("ugCO2e", "mgCO2e", "gCO2e", "kgCO2e", "tCO2e"),
    "abiotic depletion": ("ngSb-eq", "ugSb-eq", "mgSb-eq", "gSb-eq", "kgSb-eq"),
    "primary energy": ("mJ-pe", "J-pe", "kJ-pe", "MJ", "GJ", "TJ"),
    "water volume": ("uL", "mL", "L", "m3"),
    "mass": ("ng", "ug", "mg", "g", "kg", "t"),
    "power": ("mW", "W", "kW"),
}
"""Units in which each dimension is shown, small to large."""

_LABELS = {
    "ugCO2e": "µg CO₂e",
    "mgCO2e": "mg CO₂e",
    "gCO2e": "g CO₂e",
    "kgCO2e": "kg CO₂e",
    "tCO2e": "t CO₂e",
    "ngSb-eq": "ng Sb-eq",
    "ugSb-eq": "µg Sb-eq",
    "mgSb-eq": "mg Sb-eq",
    "gSb-eq": "g Sb-eq",
    "kgSb-eq": "kg Sb-eq",
    "mJ-pe": "mJ",
    "J-pe": "J",
    "kJ-pe": "kJ",
    "m3": "m³",
    "m3-world-eq": "m³ world-eq",
    "ug": "µg",
    "uL": "µL",
    "uWh": "µWh",
    "mm2": "mm²",
    "cm2": "cm²",
    "device-hour": "device-hours",
    "1": "",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A quantity as text: value, ends of its interval (empty where exact), and the unit's label."""

    value: str
    low: str
    high: str
    unit: str

    @property
    def interval(self) -> str:
        """``97–118``, or ``−74 to −49`` where a sign would meet the dash; empty where the value is exact."""
        if not self.low:
            return ""
        signed = any(t.startswith((MINUS, "+")) for t in (self.low, self.high))
        return say("{low} to {high}", low=self.low, high=self.high) if signed else f"{self.low}–{self.high}"

    @property
    def text(self) -> str:
        """Value and unit."""
        return f"{self.value} {self.unit}".rstrip()


sample = Quantity("1", 0.75, 1.0, 1.25)
"""The whisker of the legend."""

exact = Quantity.exact
"""A value held to be exact: `treadlight.core.quantity.Quantity.exact`."""


def unit_label(unit: str) -> str:
    """`unit` as people write it: ``kg CO₂e``; ratios part by part."""
    return "/".join(_LABELS.get(part, part) for part in unit.split("/"))


def display_unit(unit: str, size: float) -> str:
    """The largest unit in which `size` [unit] is at least 1; `unit` itself if its dimension has no ladder."""
    rungs = ladder(unit)
    if size == 0 or not rungs:
        return unit
    fitting = [u for u in rungs if abs(_convert(size, unit, u)) >= 0.9995]
    return fitting[-1] if fitting else rungs[0]


def ladder(unit: str) -> tuple[str, ...]:
    """Units in which amounts like `unit` are shown, small to large; empty for one that is not prefixed.

    Of a ratio only the numerator takes a prefix, and of a pure ratio (``kWh/kWh``) neither part does.
    """
    numerator, slash, denominator = unit.partition("/")
    try:
        kind = dimension(numerator)
        if slash and kind == dimension(denominator):
            return ()
    except UnitError:
        return ()
    return tuple(u + slash + denominator for u in _LADDERS.get(kind, ()))


def _convert(value: float, unit: str, to: str) -> float:
    """`value` [`unit`] in `to`, which may be ratios to the same denominator."""
    numerator, _, below = unit.partition("/")
    wanted, _, below_wanted = to.partition("/")
    if below != below_wanted:
        return convert(value, unit, to)
    return convert(value, numerator, wanted)


def in_unit(quantity: Quantity, unit: str) -> Quantity:
    """`quantity` expressed in `unit`."""
    if unit == quantity.unit:
        return quantity
    values = (_convert(v, quantity.unit, unit) for v in (quantity.p05, quantity.p50, quantity.p95))
    return Quantity(unit, *values)


def shared_unit(quantities: Iterable[Quantity | None], fallback: str = "") -> str:
    """One unit for a column: the one that fits its largest median."""
    known = [q for q in quantities if q is not None]
    if not known:
        return fallback
    largest = max(known, key=lambda q: abs(in_unit(q, known[0].unit).p50))
    return display_unit(largest.unit, _size(largest))


def show(
    quantity: Quantity, unit: str = "", *, signed: bool = False, at_least: int = 1, step: int | None = None
) -> Shown:
    """`quantity` as text in `unit` (its own best unit if empty), rounded to what its interval supports.

    Parameters
    ----------
    signed
        For differences: positive numbers get a plus.
    at_least
        Significant digits that a factor (a ratio, or a bare number) keeps even where its interval supports fewer: two
        in a why-tree, whose factors are multiplied by their reader. An amount keeps to its interval, here as anywhere:
        the same amount reads the same in a list, on its page and in its why-tree.
    step
        Exponent of the last digit where several numbers stand together: `shared_step`, in this `unit`.
    """
    q = in_unit(quantity, unit or display_unit(quantity.unit, _size(quantity)))
    label = unit_label(q.unit)
    if q.p05 == q.p95:
        alone = _own(q.p50, 3, signed) if step is None else _rounded(q.p50, step, signed)
        return Shown(alone, "", "", label)
    exponent = _step_exponent(q) if step is None else step
    low, high = (_end(v, exponent, signed) for v in (q.p05, q.p95))
    either_way = signed and q.p05 < 0 < q.p95
    if either_way and abs(q.p50) < 0.5 * 10.0**exponent:
        return Shown(figure(0.0, -exponent), low, high, label)
    kept = min(exponent, _exponent(abs(q.p50)) - _least(q.unit, at_least) + 1) if q.p50 else exponent
    return Shown(_rounded(q.p50, kept, signed), low, high, label)


def shared_step(quantities: Iterable[Quantity | None], unit: str, *, at_least: int = 1) -> int | None:
    """Exponent of the last digit of numbers that stand together in `unit`: the finest that one of them supports, and
    that gives the largest of them no more than four digits.
    """
    known = [in_unit(q, unit) for q in quantities if q is not None and q.p05 != q.p95]
    least = _least(unit, at_least)
    steps = [min(_step_exponent(q), _exponent(abs(q.p50)) - least + 1 if q.p50 else 99) for q in known]
    if not steps:
        return None
    return max(min(steps), _exponent(max(map(_size, known))) - _MAX_DIGITS + 1)


def _least(unit: str, at_least: int) -> int:
    """Least significant digits of a value [unit]: those asked for of a factor, one of an amount."""
    return at_least if "/" in unit or unit in ("", "1", "%") else 1


def between(quantity: Quantity, unit: str = "") -> str:
    """``between 97 and 118 kg CO₂e``: the text alternative of a whisker."""
    shown = show(quantity, unit)
    if not shown.low:
        return shown.text
    if not shown.unit:
        return say("between {low} and {high}", low=shown.low, high=shown.high)
    return say("between {low} and {high} {unit}", low=shown.low, high=shown.high, unit=shown.unit)


def could_add(quantity: Quantity) -> str:
    """``0.1 to 4 kg CO₂e``: what something unknown could add, in the unit that fits its upper end."""
    unit = display_unit(quantity.unit, quantity.p95)
    q = in_unit(quantity, unit)
    if q.p05 == q.p95:
        return show(q, unit).text
    low, high = (_own(v, 2 if v >= 10 else 1, signed=False) for v in (q.p05, q.p95))
    return say("{low} to {high} {unit}", low=low, high=high, unit=unit_label(unit)).rstrip()


def figure(value: float, decimals: int = 0, *, signed: bool = False) -> str:
    """`value` with `decimals`, narrow spaces between thousands and a true minus.

    Where that takes many zeros it is a power of ten: 0.0000000082 is 8.2×10⁻⁹.
    """
    text = f"{abs(value):,.{max(decimals, 0)}f}".replace(",", NARROW)
    if not any(c in "123456789" for c in text):
        return text
    if decimals > _MOST_DECIMALS:
        digits, _, power = f"{abs(value):.{max(decimals + _exponent(abs(value)), 0)}e}".partition("e")
        text = f"{digits}×10{str(int(power)).translate(_RAISED)}"
    return (MINUS if value < 0 else "+" if signed else "") + text


def plain_number(value: float, digits: int = 3) -> str:
    """A number without an interval (count, hours, factor) with `digits` significant ones; integers in full."""
    if value == int(value) and abs(value) < 1e15:
        return figure(value)
    return _own(value, digits, signed=False)


def percent(share: float) -> str:
    """``66 %`` of a share 0 to 1; ``< 1 %`` for less than half of one that is not zero."""
    if 0 < share < 0.005:
        return f"<{NARROW}1{NARROW}%"
    if 0.995 < share < 1:
        return f">{NARROW}99{NARROW}%"
    return f"{figure(share * 100)}{NARROW}%"


def percents(shares: Sequence[float]) -> list[str]:
    """Shares of a whole as `percent` writes them, rounded so that what is written adds up to the whole's."""
    whole = math.fsum(shares)
    points = [100 * share for share in shares]
    rounded = [math.floor(point + 1e-9) if point >= 0.5 else 0 for point in points]
    sizeable = [i for i, point in enumerate(points) if point >= 0.5]
    left = round(100 * whole) - sum(rounded)
    for i in sorted(sizeable, key=lambda i: rounded[i] - points[i])[:left]:
        rounded[i] += 1
    return [
        percent(share if share <= 0.005 or 0.995 < share < 1 else n / 100)
        for share, n in zip(shares, rounded, strict=True)
    ]


def duration(seconds: float) -> str:
    """``18.4 s``, ``2 min 5 s``, ``3 h 12 min``, ``41.2 h`` or ``12 d``: what a person would say."""
    if seconds < 60:
        return f"{_own(seconds, 3, signed=False)} s"
    if seconds < 3600:
        minutes, rest = divmod(round(seconds), 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    if seconds < 24 * 3600:
        hours, minutes = divmod(round(seconds / 60), 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    hours_total = seconds / 3600
    return f"{figure(hours_total, 1)} h" if hours_total < 240 else f"{figure(hours_total / 24, 1)} d"


def _step_exponent(q: Quantity) -> int:
    """Exponent of the last digit that the interval of `q` supports."""
    half, size = (q.p95 - q.p05) / 2, _size(q)
    supported = _exponent(min(half / 2, size / 2.5))
    return max(supported, _exponent(size) - _MAX_DIGITS + 1)


def _size(q: Quantity) -> float:
    """How large `q` is: its median, or half its interval where that crosses zero and is wider."""
    half = (q.p95 - q.p05) / 2
    crosses = q.p05 < 0 < q.p95
    return max(abs(q.p50), half) if crosses else abs(q.p50) or half


def _exponent(value: float) -> int:
    return math.floor(math.log10(value) + 1e-9)


def _rounded(value: float, exponent: int, signed: bool) -> str:
    """`value` rounded at ten to the `exponent`; what would become 0 keeps one digit of its own."""
    if value != 0 and abs(value) < 0.5 * 10**exponent:
        return _own(value, 1, signed)
    return figure(round(value, -exponent), -exponent, signed=signed)


def _end(value: float, exponent: int, signed: bool) -> str:
    if value != 0 and abs(value) < 2 * 10.0**exponent:
        return _own(value, 1, signed)
    return _rounded(value, exponent, signed)


def _own(value: float, digits: int, signed: bool) -> str:
    """`value` with so many significant digits of its own; an integer that is larger stays whole."""
    if value == 0:
        return "0"
    if digits > 1 and value == int(value) and abs(value) < 1e6:
        return figure(value, signed=signed)
    exponent = _exponent(abs(value)) - digits + 1
    rounded = round(value, -exponent)
    exponent = _exponent(abs(rounded)) - digits + 1  # 0.98 becomes 1, not 1.0
    text = figure(rounded, -exponent, signed=signed)
    return text.rstrip("0").rstrip(".") if digits > 1 and "." in text else text
