"""What if, of a study: its parameters as sliders, each with its own answer, recomputed on the study's own draws.

A parameter that is moved is held at one value; all others keep their intervals and their draws.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from treadlight.app.server.asked import PageRequest
from treadlight.app.web import sliders
from treadlight.app.web.assessed import Assessed
from treadlight.app.web.ink import Axis
from treadlight.assess.draws import Array
from treadlight.assess.footprint import quantity
from treadlight.assess.lifecycle.parts import Input
from treadlight.core.distribution import Point
from treadlight.core.errors import InputError
from treadlight.core.quantity import Quantity
from treadlight.core.texts import say
from treadlight.share.numbers import plain_number, shared_unit, unit_label

__all__ = ["Knob", "knobs", "tried_in", "what_if"]

_MOST, _POINTS = 12, 13
_NEAR = 0.005


@dataclass(frozen=True, slots=True)
class Knob:
    """A slider: a parameter of the study, between which values it moves, and where it stood.

    Parameters
    ----------
    ratios
        Whether it moves in equal ratios: its field then holds the logarithm to the base 10.
    """

    index: int
    input: Input
    low: float
    high: float
    was: float
    ratios: bool

    @property
    def field(self) -> str:
        """Name in an address."""
        return f"{'log10' if self.ratios else 'p'}.{self.input.name}"

    def place(self, value: float) -> float:
        """Where a value stands on the track."""
        return math.log10(value) if self.ratios else value

    def text(self, value: float) -> str:
        """A value with its unit."""
        return f"{plain_number(value)} {unit_label(self.input.unit)}".strip()


def knobs(inputs: Sequence[Input]) -> list[Knob]:
    """Sliders of the parameters that are no arithmetic, in the order of the file."""
    moved = [found for held in inputs if not held.is_expression and (found := _range(held))]
    return [
        Knob(i, held, low, high, min(max(held.distribution.median, low), high), low > 0 and high / low >= 10)
        for i, (held, low, high) in enumerate(moved[:_MOST])
    ]


def _range(held: Input) -> tuple[Input, float, float] | None:
    """From where to where a parameter moves: its bounds, else its p05 and p95, else half to double of a number."""
    d = held.distribution
    if isinstance(d, Point):
        low, high = sorted((d.median / 2, d.median * 2))
    else:
        low, high = d.quantile(0.05), d.quantile(0.95)
    low, high = (low if held.low is None else held.low), (high if held.high is None else held.high)
    return (held, low, high) if math.isfinite(low) and math.isfinite(high) and low < high else None


def tried_in(request: PageRequest, found: Sequence[Knob]) -> dict[str, float]:
    """Parameters that an address moves; what stands where it was is not moved: a form without scripts sends all."""
    moved = {}
    for knob in found:
        text = request.get(knob.field)
        if not text:
            continue
        try:
            place = float(text)
        except ValueError:
            place = math.nan
        low, high = knob.place(knob.low), knob.place(knob.high)
        slack = 1e-5 * (high - low)
        if not low - slack <= place <= high + slack:
            raise InputError("is out of range", field=knob.field, value=text, remedy=f"give {low:.6g} to {high:.6g}")
        if abs(place - knob.place(knob.was)) > _NEAR * (high - low):
            moved[knob.input.name] = 10**place if knob.ratios else place
    return moved


def what_if(study: Assessed) -> dict[str, Any]:
    """What the sliders of a study show: the answer as it was and as tried, and above each its own answer."""
    found = knobs(study.result.model.inputs)
    if study.total is None or not found:
        return {"knobs": []}
    tried = tried_in(study.request, found)
    key = ("what if", study.category, study.index, tuple(sorted(tried.items())))
    answer = study.computed((key, "answer"), lambda: _answer(study, tried), light=True)
    unit = shared_unit([q for was, now in answer for q in (was, now)])
    drawn = study.computed((key, "curves"), lambda: [_curves(study, knob, tried) for knob in found], light=True)
    return {
        "knobs": found,
        "tried": tried,
        "asked": {k.field: study.request.get(k.field) for k in found if k.input.name in tried},
        "answers": [(s.title, *pair) for s, pair in zip(study.result.systems, answer, strict=True)],
        "what_unit": unit,
        "answer_axis": Axis([q for pair in answer for q in pair], unit, zero=False, width=300),
        "curves": [_drawn(knob, tried, curves, unit) for knob, curves in zip(found, drawn, strict=True)],
        "places": [
            (f"{k.place(k.low):.6g}", f"{k.place(k.high):.6g}", f"{k.place(k.was):.6g}",
             f"{k.place(tried.get(k.input.name, k.was)):.6g}") for k in found
        ],
    }  # fmt: skip


def _answer(study: Assessed, tried: Mapping[str, float]) -> list[tuple[Quantity | None, Quantity | None]]:
    """As it was and as tried, system by system; None where nothing is known of a system."""
    row = study.result.categories.index(study.category)
    now = study.result.model.evaluate(tried)
    return [
        (None, None) if (was := system.total(study.category)) is None else (was, quantity(samples[row], study.category))
        for system, samples in zip(study.result.systems, now, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Curves:
    """The system's total over the range of a knob, another system's, and where the two are equal."""

    own: list[tuple[float, Quantity]]
    other: list[tuple[float, Quantity]]
    meets: float | None


def _curves(study: Assessed, knob: Knob, tried: Mapping[str, float]) -> _Curves:
    row, systems = study.result.categories.index(study.category), study.result.systems
    beside = next((i for i, s in enumerate(systems) if i != study.index and s.total(study.category)), None)
    own: list[tuple[float, Quantity]] = []
    other: list[tuple[float, Quantity]] = []
    for place in np.linspace(knob.place(knob.low), knob.place(knob.high), _POINTS):
        value = 10.0**place if knob.ratios else float(place)
        value = min(max(value, knob.low), knob.high)
        samples = _evaluated(study, {**tried, knob.input.name: value})
        if samples is None:
            continue
        own.append((float(place), quantity(samples[study.index, row], study.category)))
        if beside is not None:
            other.append((float(place), quantity(samples[beside, row], study.category)))
    return _Curves(own, other, _meets(own, other))


def _evaluated(study: Assessed, values: Mapping[str, float]) -> Array | None:
    """All results at some values; None where these cannot be, such as a share above the whole."""
    try:
        return study.result.model.evaluate(values)
    except InputError:
        return None


def _meets(own: Sequence[tuple[float, Quantity]], other: Sequence[tuple[float, Quantity]]) -> float | None:
    """Where the medians are first equal, between the points on either side."""
    gaps = [(x, a.p50 - b.p50) for (x, a), (_, b) in zip(own, other, strict=False)]
    for (x0, before), (x1, after) in pairwise(gaps):
        if before * after < 0:
            return x0 + (x1 - x0) * before / (before - after)
    return None


def _drawn(knob: Knob, tried: Mapping[str, float], found: _Curves, unit: str) -> tuple[Any, str]:
    """The drawing above a slider, and where two systems are equal, in words."""
    if len(found.own) < 2:
        return "", say("No value of it is possible with the others as they are.")
    now = knob.place(tried.get(knob.input.name, knob.was))
    picture = sliders.curve(found.own, knob.place(knob.was), now, unit, beside=found.other, meets=found.meets)
    if found.meets is None:
        return picture, ""
    value = 10**found.meets if knob.ratios else found.meets
    return picture, say("Equal at {value}.", value=knob.text(value))
