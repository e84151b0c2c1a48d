"""Dimensions of amounts: whether arithmetic over parameters comes to the unit in which it is asked for.

Units are products and quotients of the units of `core.units`, such as ``kWh/request`` or ``W·h``. A word that is no
unit there, such as ``request``, counts something: an amount per request is often stated without saying so, so counts
are compared with counts only, and never with what is measured. A parameter without a unit is not checked. A plain
number in a product may be a quantity whose unit nobody wrote, such as the 0.02 kW of ``hours * 0.02``.

Notes
-----
A quantity is a map of base dimension to exponent, and a scale; energy is power × time, so that ``W * h`` is an energy.
"""

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from treadlight.assess.lifecycle.expression import Expression
from treadlight.core.errors import InputError, UnitError
from treadlight.core.units import dimension, factor

__all__ = ["Measure", "Verdict", "measure_of", "measured", "verdict"]

Verdict = Literal["fits", "unsure", "amiss"]

_COUNT = "count: "
_BASES: dict[str, tuple[Mapping[str, int], float]] = {
    "energy": ({"power": 1, "time": 1}, 1e3),
    "device time": ({"time": 1}, 1.0),
    "capacity time": ({"data": 1, "time": 1}, 1.0),
    "transport": ({"mass": 1, "distance": 1}, 1e3),
    "count": ({}, 1.0),
    "ratio": ({}, 1.0),
}
"""Dimension to what it is made of, and its canonical unit in theirs (1 kWh = 1,000 W·h); others are their own base."""

_ALIASES = {"µJ": "uJ", "µg": "ug", "µL": "uL", "µWh": "uWh", "hour": "h", "hours": "h", "second": "s", "seconds": "s"}
_NEAR = 1e-6
_PARTS = re.compile(r"\s*(?:(/| per )|[·*×])\s*")


@dataclass(frozen=True)
class Measure:
    """What a value measures: exponents of what it is made of, and the scale in base units.

    Parameters
    ----------
    known
        False where a part of it has no unit: nothing can be said.
    numbers
        Plain numbers that are factors: 0 where there is none.
    named
        Parameters with a measured unit that went into it.
    """

    powers: Mapping[str, float] = field(default_factory=dict)
    scale: float = 1.0
    known: bool = True
    numbers: int = 0
    named: int = 0

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
                       self.known and other.known, self.numbers + other.numbers, self.named + other.named)  # fmt: skip

    def to(self, power: float) -> "Measure":
        """This to a power."""
        powers = {name: n * power for name, n in self.powers.items() if power}
        return Measure(powers, self.scale**power, self.known, self.numbers, self.named)


_UNKNOWN = Measure(known=False)
_NUMBER = Measure(numbers=1)


def measure_of(unit: str) -> Measure:
    """What a unit measures; an empty one nobody knows."""
    if not unit.strip():
        return _UNKNOWN
    found = Measure(named=1)
    pieces = _PARTS.split(unit.strip())
    for word, divides in zip(pieces[::2], [None, *pieces[1::2]], strict=True):
        found = found.times(_word(word.strip("() ")), -1 if divides else 1)
    return found


def _word(word: str) -> Measure:
    name = _ALIASES.get(word, word)
    try:
        kind = dimension(name)
    except UnitError:
        return Measure({_COUNT + word: 1})
    powers, scale = _BASES.get(kind, ({kind: 1}, 1.0))
    return Measure(powers, scale * factor(name))


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
        case ast.Constant():
            return _NUMBER
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
    if verdict(one, other) == "amiss" or (one.counts and other.counts and one.powers != other.powers):
        raise InputError("adds or compares what is of different units", field="expression", value=ast.unparse(node),
                         remedy="convert one of them first: the units are those of the parameters")  # fmt: skip
    return one


def verdict(found: Measure, wanted: Measure, per: Measure | None = None) -> Verdict:
    """Whether a value that measures `found` may stand where `wanted` is asked for, or `wanted` per `per`.

    ``unsure`` where a plain number may carry the unit that is missing.
    """
    if not (found.known and wanted.known) or found.bare:
        return "fits"
    if _fits(found, wanted) or (per is not None and _fits(found, wanted.times(per, -1))):
        return "fits"
    if found.numbers and found.counts:
        return "fits"  # the number is a figure per thing that is counted, as in 3 * requests
    return "unsure" if found.numbers and found.named > 1 else "amiss"


def _fits(found: Measure, wanted: Measure) -> bool:
    if found.measured != wanted.measured:
        return False
    if wanted.counts and any(found.powers.get(name) != n for name, n in wanted.powers.items()):
        return False
    return bool(found.numbers) or abs(found.scale / wanted.scale - 1) < _NEAR
