"""Dimensions of amounts: whether arithmetic over parameters comes to the unit in which it is asked for.

Units are products and quotients of the units of `core.units`, such as ``kWh/request`` or ``W·h``, and of days, weeks,
months and years. A word that is no unit there, such as ``request``, counts something: an amount per request is often
stated without saying so, so counts are compared with counts only, and never with what is measured. What is counted and
does not cancel, as in ``users * kWh/request``, is told by `left_over`. A number in a unit, as in ``kWh/1000 request``,
and a prefix of what is counted, as in ``Mtoken``, are scales. A word that is a measured unit but for its spelling, such
as ``MWH``, is refused. A parameter without a unit is not checked.

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

from treadlight.assess.lifecycle.counting import counted, leading_number
from treadlight.assess.lifecycle.expression import Expression, written
from treadlight.core.errors import InputError, UnitError
from treadlight.core.units import dimension, factor, spelt, units

__all__ = [
    "Measure",
    "Verdict",
    "amiss_by",
    "composed_factor",
    "is_time",
    "is_word",
    "left_over",
    "measure_of",
    "measured",
    "verdict",
]

Verdict = Literal["fits", "unsure", "amiss"]

_COUNT = "count: "
_BASES: dict[str, tuple[Mapping[str, int], float]] = {
    "energy": ({"power": 1, "time": 1}, 1e3),
    "primary energy": ({"power": 1, "time": 1}, 1e3 / 3.6),
    "device time": ({"time": 1, f"{_COUNT}device": 1}, 1.0),
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
    "hour": "h", "hours": "h", "hr": "h", "hrs": "h", "second": "s", "seconds": "s", "sec": "s",
    "minute": "min", "minutes": "min", "days": "day", "weeks": "week", "months": "month",
    "years": "year", "d": "day", "a": "year", "yr": "year", "yrs": "year", "percent": "%", "per cent": "%",
}  # fmt: skip
_NEAR = 1e-3
"""How far a plain number may be from the factor between two units: 277.8 for 277.78."""

_NEAR_YEAR = 0.0021
"""How far 8,760 or 8,784 hours are from a year, and 8,640 are not."""

_MOST = 8
"""Of so many plain numbers every product is tried as a conversion."""

_PARTS = re.compile(r"\s*(?:(/| per )|[·*×])\s*")
_TEN = re.compile(r"\b10(?:\^|\*\*)(\d+)")
_OPEN_DIVISOR = re.compile(r"(?:/| per )\s*(\d[\d, ]*(?:e\d+)?)\s*[·*×]")
_SPACED = re.compile(r"[\s._\u2010-\u2013-]")
_TIMED = re.compile(r"(.+)[ -]((?:h|hr|hour|min|minute|second|day|week|month|yr|year)s?)")
_POWER_TIME = re.compile(r"([mkMGT]?W)(yr|year|a|d|day|month|week|min|sec|s)s?")
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
    tally
        The part of the scale that is of what is counted: 1e6 for ``Mtoken``.
    odd
        Whether a word that counts looks like a unit.
    divided
        What is counted and was divided by, as in ``energy / servers``: it need not cancel.
    """

    powers: Mapping[str, float] = field(default_factory=dict)
    scale: float = 1.0
    known: bool = True
    numbers: int = 0
    named: int = 0
    literals: tuple[float, ...] = ()
    unstated: bool = False
    tally: float = 1.0
    odd: bool = False
    divided: frozenset[str] = frozenset()

    @property
    def measured(self) -> dict[str, float]:
        """Exponents of what is measured, counts left aside."""
        return {name: n for name, n in self.powers.items() if not name.startswith(_COUNT)}

    @property
    def counts(self) -> bool:
        """Whether only things are counted."""
        return not self.measured and bool(self.powers)

    @property
    def below(self) -> bool:
        """Whether something counted is below the line."""
        return any(name.startswith(_COUNT) and n < 0 for name, n in self.powers.items())

    @property
    def bare(self) -> bool:
        """Whether it is a plain number."""
        return self.known and not self.powers and not self.named and self.numbers > 0

    def times(self, other: "Measure", sign: int = 1) -> "Measure":
        """The product with another, or the quotient where `sign` is -1."""
        powers, divided = dict(self.powers), self.divided | other.divided
        for name, n in other.powers.items():
            powers[name] = powers.get(name, 0) + sign * n
        if sign < 0 and other.counts:
            divided |= other.powers.keys()
        return Measure({name: n for name, n in powers.items() if n}, self.scale * other.scale**sign,
                       self.known and other.known, self.numbers + other.numbers, self.named + other.named,
                       (*self.literals, *_powers(other.literals, sign)), self.unstated or other.unstated,
                       self.tally * other.tally**sign, self.odd or other.odd, divided)  # fmt: skip

    def to(self, power: float) -> "Measure":
        """This to a power."""
        powers = {name: n * power for name, n in self.powers.items() if power}
        return Measure(powers, _power(self.scale, power), self.known, self.numbers, self.named,
                       _powers(self.literals, power), self.unstated, _power(self.tally, power), self.odd,
                       self.divided)  # fmt: skip

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
        If a word in it is a measured unit but for case, blanks, hyphens or plural, or is one that is spelt out; if a
        number in it cannot be read.
    """
    if not unit.strip():
        return _UNKNOWN
    found, divisor = Measure(named=1), False
    text = _TEN.sub(r"1e\1", spelt(unit).strip())
    _check_divisor(text, unit)
    pieces = _PARTS.split(text)
    for word, sign in zip(pieces[::2], [None, *pieces[1::2]], strict=True):
        below = bool(sign) or divisor
        divisor = (divisor or (below and word.startswith("("))) and not word.endswith(")")
        found = found.times(_word(word.strip("() "), unit), -1 if below else 1)
    return replace(found, divided=frozenset())


def _check_divisor(text: str, unit: str) -> None:
    """Refuse a number below a line with a product behind it: it may be meant below or above."""
    open_divisor = _OPEN_DIVISOR.search(text)
    if open_divisor:
        raise UnitError("may be read in two ways", field="unit", value=unit,
                        remedy=f"put what is below in parentheses, as in /({open_divisor[1]} request)")  # fmt: skip


def is_time(word: str) -> bool:
    """Whether a word is a unit of time, such as ``day``."""
    try:
        return measure_of(word).measured == {"time": 1}
    except UnitError:
        return False


def is_word(unit: str) -> bool:
    """Whether a unit is a single word, and no product, quotient or number of others."""
    text = spelt(unit).strip()
    return len(_PARTS.split(text)) == 1 and " " not in text


def composed_factor(unit: str, to: str) -> float | None:
    """How many of `to` a product or quotient of units is, such as 8760 for ``kW·year`` in kWh; None where it is none.

    Primary energy is drawn from nature, and no power × time.
    """
    if len(_PARTS.split(spelt(unit).strip())) == 1 or _is_primary(to):
        return None
    held, wanted = measure_of(unit), measure_of(to)
    alike = held.measured and held.powers == wanted.powers
    return held.scale / wanted.scale if alike else None


def _is_primary(unit: str) -> bool:
    """Whether a unit is one of primary energy."""
    return unit in units() and dimension(unit) == "primary energy"


def _word(word: str, unit: str) -> Measure:
    name = _ALIASES.get(word, word)
    if name in _HOURS:
        return Measure({"time": 1}, _HOURS[name])
    if name in _SHARES or not name:
        return Measure(scale=_SHARES.get(name, 1.0))
    try:
        kind = dimension(name)
    except UnitError:
        return _phrase(name, unit)
    powers, scale = _BASES.get(kind, ({kind: 1}, 1.0))
    return Measure(powers, scale * factor(name))


def _phrase(word: str, unit: str) -> Measure:
    """What a word measures or counts that is no unit by itself: a number and a unit, a unit and a thing, or a thing.

    With a time behind it, such as ``GPU-hour``, a thing counts that of each.
    """
    _check_spelling(word, unit)
    many, rest = leading_number(word, unit)
    if rest != word:
        found = _word(rest, unit)
        return replace(found, scale=found.scale * many, tally=found.tally * (many if found.counts else 1.0))
    first, _, behind = word.partition(" ")
    if behind and _is_measured(first):
        return _word(first, unit).times(_word(behind.strip().removeprefix("of "), unit))
    timed = _TIMED.fullmatch(word)
    if timed:
        return _word(timed[1], unit).times(_word(timed[2], unit))
    glued = _POWER_TIME.fullmatch(word)
    if glued:
        raise UnitError("is two units without a sign between", field="unit", value=unit,
                        remedy=f"write {glued[1]}·{glued[2]}")  # fmt: skip
    thing = counted(word, unit)
    return Measure({_COUNT + thing.thing: 1}, thing.many, tally=thing.many, odd=not thing.plain)


def _is_measured(word: str) -> bool:
    """Whether a word is a unit of what is measured."""
    name = _ALIASES.get(word, word)
    return name in _HOURS or (name in units() and dimension(name) not in ("count", "ratio"))


def _check_spelling(word: str, unit: str) -> None:
    near = _spellings().get(_folded(word), ())
    near = [name for name in near if name == _SPACED.sub("", word)] or near
    if near:
        raise UnitError("is no unit, but for its spelling", field="unit", value=unit,
                        remedy=f"did you mean {' or '.join(near)}?")  # fmt: skip


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
    like, alike = _matched(one, other, [other]), _matched(other, one, [one])
    if "fits" not in (like, alike) or (one.counts and other.counts and one.powers != other.powers):
        raise InputError("adds or compares what is of different units", field="expression", value=written(node),
                         remedy="convert one of them first: the units are those of the parameters")  # fmt: skip
    held = other if like == "fits" != alike else one  # of the one that is converted, the unit is the other's
    shared = tuple(number for number in one.literals if number in other.literals)
    told = next((each for each in (one, other) if each.below and each.measured == held.measured), held)
    return replace(held, powers=told.powers, literals=shared if like == alike else held.literals,
                   numbers=min(one.numbers, other.numbers))  # fmt: skip


def verdict(found: Measure, wanted: Measure, per: Measure | None = None) -> Verdict:
    """Whether a value that measures `found` may stand where `wanted` is asked for, or `wanted` per `per`.

    ``unsure`` where a parameter without a unit, or a plain number where nothing is measured, may carry what is missing;
    and where what is counted does not cancel.
    """
    if not wanted.known or found.bare:
        return "fits"
    asked = _asked(found, wanted, per)
    matched = _matched(found, wanted, asked)
    if matched != "fits" or not found.known:
        return matched
    scaled = (found.odd or found.tally != 1) and not any(_fits(found, each) for each in asked)
    return "unsure" if scaled or left_over(found, wanted, per) else "fits"


def _matched(found: Measure, wanted: Measure, asked: Sequence[Measure]) -> Verdict:
    """Whether a value measures what is asked for, whatever is counted in it."""
    if any(_fits(found, each) for each in asked):
        return "fits"
    if not found.known:
        prefixed = any(found.measured and found.measured == each.measured for each in asked)
        return "unsure" if prefixed else "fits"
    if found.numbers and _each(found, wanted):
        return "fits"
    if found.counts and not _converts(found, found.scale / (found.tally if wanted.measured else 1.0)):
        return "amiss"
    if found.measured and (not found.unstated or any(found.measured == each.measured for each in asked)):
        return "amiss"
    return "unsure" if found.numbers and (found.named > 1 or found.unstated) else "amiss"


def _each(found: Measure, wanted: Measure) -> bool:
    """Whether a plain number may be a figure for each thing or time, as in ``3 * requests`` or ``300 * days``."""
    if wanted.powers.keys() & found.powers.keys():
        return False
    if found.counts:
        return _converts(found, found.scale / (found.tally if wanted.powers else 1.0))
    times = (*_HOURS.values(), 1.0, factor("min"), factor("s"))
    return wanted.counts and found.measured == {"time": 1} and any(map(partial(math.isclose, found.scale), times))


def left_over(found: Measure, wanted: Measure, per: Measure | None = None) -> str:
    """What is counted, and neither cancels nor is asked for, such as ``user/request``; empty where none is below."""
    if not (found.known and wanted.known) or found.bare:
        return ""
    asked = next((each for each in _asked(found, wanted, per) if _fits(found, each)), wanted)
    held = {name: n - asked.powers.get(name, 0) for name, n in found.powers.items() if name.startswith(_COUNT)}
    if all(n >= 0 or name in found.divided for name, n in held.items()):
        return ""  # an amount for each is often stated without saying so
    above, below = ("·".join(name.removeprefix(_COUNT) for name, n in held.items() if sign * n > 0) for sign in (1, -1))
    return f"{above or 1}/{below}"


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
    if per is None:
        return [wanted]
    things = [name for name, n in per.powers.items() if name.startswith(_COUNT) and n > 0]
    stated = bool(things) and all(found.powers.get(name, 0) < 0 for name in things)
    return [wanted.times(per, -1)] if stated else [wanted, wanted.times(per, -1)]


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
