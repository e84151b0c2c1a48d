"""Dimensions of amounts: whether arithmetic over parameters comes to the unit in which it is asked for.

Units are products and quotients of the units of `core.units`, such as ``kWh/request`` or ``W·h``, and of days, weeks,
months and years. A word that is no unit there, such as ``request``, counts something: an amount per request is often
stated without saying so, so counts are compared with counts only, and never with what is measured. A word that is a
measured unit but for its spelling, such as ``MWH``, is refused. A parameter without a unit is not checked.

Prefixes are carried through products: 12 times what is in MWh is in MWh, and no kWh. A plain number changes the unit
only where it is the factor between the two to 0.1 %, such as the 1000 of ``monthly_mwh * 12 * 1000`` in kWh; it never
stands for a unit that is left over, such as the day of ``power * days * 24``.

Notes
-----
A quantity is a map of base dimension to exponent, and a scale; energy is power × time, so that ``W * h`` is an energy.
"""

import ast
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import combinations
from typing import Literal

from treadlight.assess.lifecycle.expression import Expression, written
from treadlight.core.errors import InputError, UnitError
from treadlight.core.units import dimension, factor, units

__all__ = ["Measure", "Verdict", "amiss_by", "is_time", "measure_of", "measured", "verdict"]

Verdict = Literal["fits", "unsure", "amiss"]

_COUNT = "count: "
_BASES: dict[str, tuple[Mapping[str, int], float]] = {
    "energy": ({"power": 1, "time": 1}, 1e3),
    "primary energy": ({"power": 1, "time": 1}, 1e3 / 3.6),
    "device time": ({"time": 1}, 1.0),
    "capacity time": ({"data": 1, "time": 1}, 1.0),
    "transport": ({"mass": 1, "distance": 1}, 1e3),
    "count": ({}, 1.0),
    "ratio": ({}, 1.0),
}
"""Dimension to what it is made of, and its canonical unit in theirs (1 kWh = 1,000 W·h); others are their own base."""

_YEAR_H = 8760.0
_HOURS = {"day": 24.0, "week": 168.0, "month": _YEAR_H / 12, "year": _YEAR_H}
_SHARES = {"%": 1e-2, "ppm": 1e-6}
"""Hours of a time, and scales of a pure number."""

_ALIASES = {
    "µJ": "uJ", "µg": "ug", "µL": "uL", "µWh": "uWh", "hour": "h", "hours": "h", "hr": "h", "hrs": "h", "second": "s",
    "seconds": "s", "sec": "s", "minute": "min", "minutes": "min", "days": "day", "weeks": "week", "months": "month",
    "years": "year", "d": "day", "a": "year", "yr": "year", "yrs": "year", "percent": "%", "per cent": "%",
}  # fmt: skip
_NEAR = 1e-3
"""How far a plain number may be from the factor between two units: 277.8 for 277.78."""

_NEAR_YEAR = 0.0021
"""How far 8,760 or 8,784 hours are from a year, and 8,640 are not."""

_MOST = 8
"""Of so many plain numbers every product is tried as a conversion."""

_PARTS = re.compile(r"\s*(?:(/| per )|[·*×])\s*")
_SPACED = re.compile(r"[\s_\u2010-\u2013-]")
_PREFIXES = {"": "", "nano": "n", "micro": "u", "milli": "m", "kilo": "k", "mega": "M", "giga": "G", "tera": "T"}
_SPELT = {"watt": "W", "watthour": "Wh", "joule": "J", "gram": "g", "litre": "L", "liter": "L", "byte": "B"}


@dataclass(frozen=True)
class Measure:
    """What a value measures: exponents of what it is made of, and the scale in base units.

    Parameters
    ----------
    known
        False where a part of it has no unit: nothing can be said.
    literals
        Plain numbers that are factors: a product of some may be a conversion of units.
    numbers
        How many plain numbers are in it.
    named
        Parameters with a unit that went into it.
    unstated
        Whether a parameter that is computed, and has no unit of its own, went into it.
    """

    powers: Mapping[str, float] = field(default_factory=dict)
    scale: float = 1.0
    known: bool = True
    numbers: int = 0
    named: int = 0
    literals: tuple[float, ...] = ()
    unstated: bool = False

    @property
    def measured(self) -> dict[str, float]:
        """Exponents of what is measured, counts left aside."""
        return {name: n for name, n in self.powers.items() if not name.startswith(_COUNT)}

    @property
    def counts(self) -> bool:
        """Whether only things are counted."""
        return not self.measured and bool(self.powers)

    @property
    def bare(self) -> bool:
        """Whether it is a plain number."""
        return self.known and not self.powers and not self.named and self.numbers > 0

    def times(self, other: "Measure", sign: int = 1) -> "Measure":
        """The product with another, or the quotient where `sign` is -1."""
        powers = dict(self.powers)
        for name, n in other.powers.items():
            powers[name] = powers.get(name, 0) + sign * n
        return Measure({name: n for name, n in powers.items() if n}, self.scale * other.scale**sign,
                       self.known and other.known, self.numbers + other.numbers, self.named + other.named,
                       (*self.literals, *_powers(other.literals, sign)), self.unstated or other.unstated)  # fmt: skip

    def to(self, power: float) -> "Measure":
        """This to a power."""
        powers = {name: n * power for name, n in self.powers.items() if power}
        return Measure(powers, _power(self.scale, power), self.known, self.numbers, self.named,
                       _powers(self.literals, power), self.unstated)  # fmt: skip

    def conversions(self) -> Iterator[float]:
        """Products of the plain numbers in it: each may be the factor by which a unit is converted."""
        held = self.literals if len(self.literals) <= _MOST else (math.prod(self.literals),)
        for n in range(len(held) + 1):
            yield from map(math.prod, combinations(held, n))


def _power(value: float, power: float) -> float:
    """A number to a power; no number where there is none."""
    try:
        found = value**power
    except (OverflowError, ZeroDivisionError):
        return math.nan
    return found if isinstance(found, float) else math.nan


def _powers(values: tuple[float, ...], power: float) -> tuple[float, ...]:
    return tuple(_power(value, power) for value in values)


_HOURS_A_YEAR = Measure({"time": 1}, 8766.0)
"""A year where a lifetime is asked for."""

_UNKNOWN = Measure(known=False)


def measure_of(unit: str) -> Measure:
    """What a unit measures; an empty one nobody knows.

    Raises
    ------
    UnitError
        If a word in it is a measured unit but for case, blanks, hyphens or plural, or is one that is spelt out.
    """
    if not unit.strip():
        return _UNKNOWN
    found, divisor = Measure(named=1), False
    pieces = _PARTS.split(unit.strip())
    for word, sign in zip(pieces[::2], [None, *pieces[1::2]], strict=True):
        below = bool(sign) or divisor
        divisor = (divisor or (below and word.startswith("("))) and not word.endswith(")")
        found = found.times(_word(word.strip("() "), unit), -1 if below else 1)
    return found


def is_time(word: str) -> bool:
    """Whether a word is a unit of time, such as ``day``."""
    try:
        return measure_of(word).measured == {"time": 1}
    except UnitError:
        return False


def _word(word: str, unit: str) -> Measure:
    name = _ALIASES.get(word, word)
    if name in _HOURS:
        return Measure({"time": 1}, _HOURS[name])
    if name in _SHARES or not name:
        return Measure(scale=_SHARES.get(name, 1.0))
    try:
        kind = dimension(name)
    except UnitError:
        return _counted(name, unit)
    powers, scale = _BASES.get(kind, ({kind: 1}, 1.0))
    return Measure(powers, scale * factor(name))


def _counted(word: str, unit: str) -> Measure:
    """What a word counts that is no unit; with a time behind it, such as ``GPU-hour``, it counts that of each."""
    near = _spellings().get(_folded(word), ())
    near = [name for name in near if name == _SPACED.sub("", word)] or near
    if near:
        raise UnitError("is no unit, but for its spelling", field="unit", value=unit,
                        remedy=f"did you mean {' or '.join(near)}?")  # fmt: skip
    thing, _, time = word.rpartition("-")
    hours = 1.0 if _ALIASES.get(time) == "h" else _HOURS.get(_ALIASES.get(time, time))
    return Measure({_COUNT + thing: 1, "time": 1}, hours) if thing and hours else Measure({_COUNT + word: 1})


@cache
def _spellings() -> Mapping[str, Sequence[str]]:
    """The measured units of each way of writing, however it is spaced and in whichever case."""
    names = [name for name in units() if dimension(name) not in ("count", "ratio")]
    spelt = {
        f"{long}{word}": f"{short}{symbol}"
        for long, short in _PREFIXES.items() for word, symbol in _SPELT.items() if f"{short}{symbol}" in names
    }  # fmt: skip
    found: dict[str, list[str]] = {}
    for word, name in [*((name, name) for name in (*names, *_HOURS)), *spelt.items()]:
        found.setdefault(_folded(word), []).append(name)
    return found


def _folded(word: str) -> str:
    bare = _SPACED.sub("", word).casefold()
    return bare.removesuffix("s") if len(bare) > 2 else bare


def measured(parsed: Expression, lookup: Callable[[str], Measure]) -> Measure:
    """What an expression measures, with `lookup` giving the measure of each name.

    Raises
    ------
    InputError
        If it adds or compares what cannot be added or compared.
    """
    return _of(parsed.tree, lookup)


def _of(node: ast.expr, lookup: Callable[[str], Measure]) -> Measure:
    match node:
        case ast.Constant(value=int() | float() as number):
            return Measure(numbers=1, literals=_powers((number,), 1.0))
        case ast.Subscript(slice=ast.Constant(value=str() as unit)):
            return measure_of(unit)
        case ast.Name(id=name):
            return lookup(name)
        case ast.UnaryOp(operand=operand):
            return _of(operand, lookup)
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div() as op, right=right):
            return _of(left, lookup).times(_of(right, lookup), 1 if isinstance(op, ast.Mult) else -1)
        case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int() | float() as power)):
            return _of(left, lookup).to(power)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=right):
            return _like(node, _of(left, lookup), _of(right, lookup))
        case ast.Call(args=arguments):
            found = _of(arguments[0], lookup)
            for argument in arguments[1:]:
                found = _like(node, found, _of(argument, lookup))
            return found
    return _UNKNOWN


def _like(node: ast.expr, one: Measure, other: Measure) -> Measure:
    """What a sum of two measures; a plain number is taken to be of the other's unit."""
    if one.bare or other.bare:
        return other if one.bare else one
    if not (one.known and other.known):
        return _UNKNOWN
    like, alike = verdict(one, other), verdict(other, one)
    if "fits" not in (like, alike) or (one.counts and other.counts and one.powers != other.powers):
        raise InputError("adds or compares what is of different units", field="expression", value=written(node),
                         remedy="convert one of them first: the units are those of the parameters")  # fmt: skip
    held = other if like == "fits" != alike else one  # of the one that is converted, the unit is the other's
    shared = tuple(number for number in one.literals if number in other.literals)
    return replace(held, literals=shared if like == alike else held.literals, numbers=min(one.numbers, other.numbers))


def verdict(found: Measure, wanted: Measure, per: Measure | None = None) -> Verdict:
    """Whether a value that measures `found` may stand where `wanted` is asked for, or `wanted` per `per`.

    ``unsure`` where a parameter without a unit, or a plain number where nothing is measured, may carry what is missing.
    """
    if not wanted.known or found.bare:
        return "fits"
    asked = _asked(found, wanted, per)
    if any(_fits(found, each) for each in asked):
        return "fits"
    if not found.known:
        prefixed = any(found.measured and found.measured == each.measured for each in asked)
        return "unsure" if prefixed else "fits"
    if found.numbers and _each(found, wanted):
        return "fits"
    if found.counts and not _converts(found, found.scale):
        return "amiss"
    if found.measured and (not found.unstated or any(found.measured == each.measured for each in asked)):
        return "amiss"
    return "unsure" if found.numbers and (found.named > 1 or found.unstated) else "amiss"


def _each(found: Measure, wanted: Measure) -> bool:
    """Whether a plain number may be a figure for each thing or time, as in ``3 * requests`` or ``300 * days``."""
    if wanted.powers.keys() & found.powers.keys():
        return False
    if found.counts:
        return _converts(found, found.scale)
    times = (*_HOURS.values(), 1.0, factor("min"), factor("s"))
    return wanted.counts and found.measured == {"time": 1} and any(map(partial(math.isclose, found.scale), times))


def amiss_by(found: Measure, wanted: Measure, per: Measure | None = None) -> float | None:
    """The factor from the unit of a value to the one that is asked for; None where they measure unlike things."""
    for each in _asked(found, wanted, per):
        if found.known and found.measured == each.measured and (found.measured or found.powers == each.powers):
            return found.scale / each.scale
    return None


def _asked(found: Measure, wanted: Measure, per: Measure | None) -> list[Measure]:
    """What may be meant where `wanted` is asked for."""
    if _is_year(wanted) and found.measured == {"time": 1}:
        return [_HOURS_A_YEAR]
    return [wanted] if per is None else [wanted, wanted.times(per, -1)]


def _is_year(wanted: Measure) -> bool:
    return wanted.powers == {"time": 1} and wanted.scale == _YEAR_H


def _fits(found: Measure, wanted: Measure) -> bool:
    if found.measured != wanted.measured:
        return False
    if wanted.counts and any(found.powers.get(name) != n for name, n in wanted.powers.items()):
        return False
    near = _NEAR_YEAR if wanted is _HOURS_A_YEAR else _NEAR
    return _converts(found, found.scale / wanted.scale, near)


def _converts(found: Measure, ratio: float, near: float = _NEAR) -> bool:
    """Whether there is nothing to convert, or plain numbers do it."""
    return ratio != 0 and any(abs(number / ratio - 1) < near for number in (*found.conversions(), 1.0))
