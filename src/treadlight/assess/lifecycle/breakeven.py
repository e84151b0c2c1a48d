"""Break-even: at which value of a parameter two quantities are equal, and what holds where they never are.

A quantity is a system, a stage of a system, or all other stages of it. Each draw is one possible world with a crossing
of its own: the difference is followed over a grid of values, and its first change of sign is halved down.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from treadlight.assess.draws import Array
from treadlight.assess.lifecycle.model import Model, counted, demanded
from treadlight.assess.lifecycle.parts import Input, Part, Parts
from treadlight.assess.lifecycle.study import STAGES
from treadlight.assess.solve import impacts
from treadlight.core.category import category as category_named
from treadlight.core.errors import InputError
from treadlight.core.quantity import Quantity

__all__ = ["OTHERS", "BreakEven", "Curve", "Side", "break_even", "response", "side_of"]

_Flags = NDArray[np.bool_]

OTHERS = "others"
"""Names all stages of a system but the one it is compared with."""

_POINTS = 41
_HALVINGS = 40
_WIDE = 1000.0
_STILL = 1e-12
_QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class Side:
    """A quantity: the parts of a system that make it."""

    name: str
    system: Parts
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Curve:
    """Two quantities over the values of a parameter.

    Parameters
    ----------
    values
        Of the parameter, ascending, shape (m,).
    left, right
        p05, p50 and p95 of each per functional unit, shape (m, 3).
    left_lower
        Probability that the left one is lower, shape (m,).
    """

    values: Array
    left: Array
    right: Array
    left_lower: Array


@dataclass(frozen=True)
class BreakEven:
    """Where two quantities are equal.

    Parameters
    ----------
    low, high
        Between which values the parameter was followed.
    crosses, left_larger, right_larger, equal
        Shares of the draws: with a value at which they are equal; with one of the two larger at every value; with no
        difference anywhere. They add up to 1.
    value
        The first such value, over the draws that have one; None where none has.
    central
        The same with all else at its median.
    left_larger_below
        Of the draws that have one, the share in which the left is the larger one below it.
    several
        Share of the draws with more than one.
    gaps
        What is unknown of either side, and so is not in it.
    """

    input: Input
    category: str
    left: str
    right: str
    low: float
    high: float
    crosses: float
    left_larger: float
    right_larger: float
    equal: float
    value: Quantity | None
    central: float | None
    left_larger_below: float
    several: float
    curve: Curve
    gaps: tuple[str, ...]


def side_of(model: Model, text: str, against: str = "") -> Side:
    """The quantity that is meant by ``SYSTEM``, ``STAGE``, ``SYSTEM/STAGE`` or ``others``.

    Parameters
    ----------
    against
        What stands on the other side: its system is taken where none is named, and its stage is what others are not.

    Raises
    ------
    InputError
        If there is no such system or stage, or if it is not said of which system.
    """
    system_id, stage = _split(model, text)
    other_id, other_stage = _split(model, against) if against and against != OTHERS else ("", "")
    system = _system(model, system_id or other_id, text)
    parts = counted(system)
    if stage == OTHERS:
        if not other_stage:
            raise InputError("others than what", field="--between", value=text, remedy="name a stage beside it")
        parts = [part for part in parts if part.stage != other_stage]
    elif stage:
        parts = [part for part in parts if part.stage == stage]
    if not parts:
        held = ", ".join(dict.fromkeys(part.stage for part in counted(system)))
        raise InputError(f"{system.id} has nothing there within the boundary", field="--between", value=text,
                         remedy=f"use one of {held}")  # fmt: skip
    called = "everything else" if stage == OTHERS else stage
    name = f"{called} of {system.id}" if stage and len(model.systems) > 1 else called or system.id
    return Side(name, system, tuple(parts))


def _split(model: Model, text: str) -> tuple[str, str]:
    """System and stage that a text names; either may be empty."""
    first, slash, second = text.partition("/")
    if slash:
        return first, second
    return (first, "") if first in {system.id for system in model.systems} else ("", first)


def _system(model: Model, name: str, text: str) -> Parts:
    known = {system.id: system for system in model.systems}
    if not name and len(known) == 1:
        return next(iter(known.values()))
    if name in known:
        return known[name]
    _, stage = _split(model, text)
    listed = ", ".join(known)
    if stage in (*STAGES, OTHERS) and not name:
        remedy = f"write SYSTEM/{stage} with one of {listed}"
        raise InputError("is a stage of several systems", field="--between", value=text, remedy=remedy)
    remedy = f"name a system ({listed}), a stage such as training, or SYSTEM/STAGE"
    raise InputError("is neither a system nor a stage", field="--between", value=text, remedy=remedy)


def break_even(
    model: Model,
    parameter: str,
    left: Side,
    right: Side,
    category: str,
    *,
    low: float | None = None,
    high: float | None = None,
    points: int = _POINTS,
) -> BreakEven:
    """The value of a parameter at which two quantities are equal in a category.

    Parameters
    ----------
    low, high
        Between which values to look; else the parameter's own bounds, else a thousandth to a thousand times its median.

    Raises
    ------
    InputError
        If the parameter, or the category of a side, is not known; if the parameter moves neither side.
    """
    found = _input(model, parameter)
    pair = _Pair(model, parameter, left, right, _row(model, category))
    gaps = tuple(text for side in (left, right) for text in _unknown(model, side, category))
    values = _grid(found, low, high, points)
    drawn = np.array([pair.at(value) for value in values])
    if (np.ptp(drawn, axis=0) <= _STILL * np.abs(drawn).max(axis=0)).all():
        raise InputError("moves neither of the two", field="--break-even", value=parameter,
                         remedy="use a parameter that one of them is computed from")  # fmt: skip
    crossed = _crossings(pair, values, drawn)
    still = replace(pair, still=True)
    central = _crossings(still, values, np.array([still.at(value) for value in values]))
    return BreakEven(
        found,
        category,
        left.name,
        right.name,
        float(values[0]),
        float(values[-1]),
        *crossed.shares,
        _interval(crossed.values, found.unit),
        float(central.values[0]) if len(central.values) else None,
        crossed.left_larger_below,
        crossed.several,
        _curve(values, drawn),
        gaps,
    )


def response(model: Model, parameter: str, values: Sequence[float]) -> Array:
    """p05, p50 and p95 of all systems and categories over a parameter, shape (values, systems, categories, 3)."""
    found = [np.quantile(model.evaluate({parameter: float(v)}), _QUANTILES, axis=2) for v in values]
    return np.moveaxis(np.array(found), 1, -1)


def _input(model: Model, name: str) -> Input:
    known = {held.name: held for held in model.inputs}
    if name not in known:
        remedy = f"use one of {', '.join(known)}" if known else "give the study a parameter"
        raise InputError("is no parameter of the study", field="--break-even", value=name, remedy=remedy)
    return known[name]


def _row(model: Model, name: str) -> int:
    category_named(name)
    if name not in model.categories:
        remedy = f"use one of {', '.join(model.categories)}"
        raise InputError("is no category of the study", field="--category", value=name, remedy=remedy)
    return model.categories.index(name)


def _unknown(model: Model, side: Side, category: str) -> list[str]:
    """What is not known of a side in a category, as sentences.

    Raises
    ------
    InputError
        If nothing of it is known.
    """
    lost = [p.item for p in side.parts if not p.process or category in model.unit.unknown[p.process]]
    reached = [p for p in side.parts if p.process and category in model.unit.reached[p.process]]
    if lost and not reached:
        raise InputError(f"is not known of {side.name}", field="--category", value=category,
                         remedy="use a category that is known of both sides")  # fmt: skip
    return [f"not known of {side.name}, and so not in it: {', '.join(dict.fromkeys(lost))}"] if lost else []


def _grid(held: Input, low: float | None, high: float | None, points: int) -> Array:
    """Values from low to high: in equal ratios where they span a factor of ten or more, else in equal steps."""
    middle = held.distribution.median
    if (low is None or high is None) and held.low is None and middle <= 0:
        raise InputError("has no bounds", field="--break-even", value=held.name, remedy="give --from and --to")
    start = low if low is not None else held.low if held.low is not None else middle / _WIDE
    stop = high if high is not None else held.high if held.high is not None else middle * _WIDE
    if not (np.isfinite(start) and np.isfinite(stop) and start < stop):
        raise InputError("is no range", field="--from, --to", value=f"{start:g} to {stop:g}",
                         remedy="let --from be below --to")  # fmt: skip
    return np.geomspace(start, stop, points) if _in_ratios(start, stop) else np.linspace(start, stop, points)


def _in_ratios(low: float, high: float) -> bool:
    return low > 0 and high / low >= 10


@dataclass(frozen=True)
class _Pair:
    """Both sides as functions of the parameter: in every draw, or with all else at its median."""

    model: Model
    name: str
    left: Side
    right: Side
    row: int
    still: bool = False

    def at(self, value: float | Array) -> Array:
        """Both sides per functional unit with the parameter at a value, shape (2, n)."""
        columns = self.model.columns({self.name: value}, still=self.still)
        unit = replace(self.model.unit, draws=columns)
        found = []
        for side in (self.left, self.right):
            whole = impacts(unit, demanded(side.parts, columns))[self.row] * self.model.per_unit(side.system, columns)
            found.append(whole[: columns.n])
        return np.array(found)


@dataclass(frozen=True)
class _Crossings:
    """Crossings of the draws that have one, and the shares of those that cross, stay above, stay below, are equal."""

    values: Array
    shares: tuple[float, float, float, float]
    left_larger_below: float
    several: float


def _crossings(pair: _Pair, values: Array, worlds: Array) -> _Crossings:
    gap = worlds[:, 0] - worlds[:, 1]
    above = gap > 0
    equal = (np.abs(gap) <= _STILL * np.abs(worlds).max(axis=(0, 1))).all(axis=0)
    changes = above[1:] != above[:-1]
    crosses = changes.any(axis=0) & ~equal
    never = ~crosses & ~equal
    found = _halved(pair, values, above, changes)[crosses] if crosses.any() else np.empty(0)
    shares = [float(np.mean(part)) for part in (crosses, never & above[0], never & ~above[0], equal)]
    several = float(np.mean((changes.sum(axis=0) > 1) & crosses))
    below = float(np.mean(above[0][crosses])) if crosses.any() else 0.0
    return _Crossings(found, (shares[0], shares[1], shares[2], shares[3]), below, several)


def _halved(pair: _Pair, values: Array, above: _Flags, changes: _Flags) -> Array:
    """The first crossing of each draw, by halving its step of the grid; without meaning where there is none."""
    ratios = _in_ratios(values[0], values[-1])
    ends = np.log(values) if ratios else values
    step = np.argmax(changes, axis=0)
    low, high, began = ends[step], ends[step + 1], above[step, np.arange(len(step))]
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        left, right = pair.at(np.exp(middle) if ratios else middle)
        before = (left > right) == began
        low, high = np.where(before, middle, low), np.where(before, high, middle)
    found: Array = np.exp((low + high) / 2) if ratios else (low + high) / 2
    return found


def _interval(values: Array, unit: str) -> Quantity | None:
    return Quantity(unit or "1", *(float(x) for x in np.quantile(values, _QUANTILES))) if len(values) else None


def _curve(values: Array, worlds: Array) -> Curve:
    sides = np.moveaxis(np.quantile(worlds, _QUANTILES, axis=2), 0, -1)
    lower = np.mean(worlds[:, 0] < worlds[:, 1], axis=1) + np.mean(worlds[:, 0] == worlds[:, 1], axis=1) / 2
    return Curve(values, sides[:, 0], sides[:, 1], lower)
