"""What moves a study's results: the inputs that are varied, one at a time and all together.

An input is something that is drawn: a parameter, a figure's data quality, a factor of the library. A parameter that is
one number is varied too where the study says between which values. Of very many inputs those that go along with the
results most are taken one by one; all others, and what estimates of training and inference do not know, move as one:
the *rest*.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from treadlight.assess.draws import Array
from treadlight.assess.lifecycle.model import Model
from treadlight.assess.lifecycle.sobol import Indices, probabilities, sobol_indices
from treadlight.assess.lifecycle.study import Study
from treadlight.core.distribution import Distribution, Point

__all__ = ["REST", "Swing", "global_indices", "tornado", "varied"]

REST = "the rest"
"""Name of the input that stands for all that is not varied by itself."""

_LOW, _MIDDLE, _HIGH = 0.05, 0.5, 0.95
_STILL = 1e-12


@dataclass(frozen=True)
class Swing:
    """One input moved from low to high while all else stands at its median.

    Parameters
    ----------
    name
        Its cause; the name of a parameter that is not drawn; `REST`.
    kind
        ``parameter``, ``amount`` (of an item or exchange of the study), ``data quality``, ``factor`` (of the library),
        ``range`` (a parameter between the bounds that the study states) or ``rest``.
    low, high
        Its p05 and p95, or its bounds; None for the rest.
    at_low, at_high
        Impacts per functional unit there, shape (systems, categories); for the rest, p05 and p95 of the impacts.
    """

    name: str
    label: str
    kind: str
    unit: str
    low: float | None
    high: float | None
    at_low: Array
    at_high: Array

    @property
    def width(self) -> Array:
        """How far the impacts move, shape (systems, categories)."""
        found: Array = np.abs(self.at_high - self.at_low)
        return found


def varied(model: Model, most: int = 40) -> dict[str, tuple[str, Distribution]]:
    """Causes that are taken one by one: those that go along with any result most, at most so many."""
    causes = model.causes
    if len(causes) <= most:
        return causes
    results = model.evaluate().reshape(-1, model.draws)
    results = results[np.ptp(results, axis=1) > 0]
    ranks = _standard(np.argsort(np.argsort(results, axis=1), axis=1))
    strength = {c: float(np.max((ranks @ _standard(model.base.order(c))) ** 2, initial=0.0)) for c in causes}
    kept = set(sorted(causes, key=lambda cause: -strength[cause])[:most])
    return {cause: held for cause, held in causes.items() if cause in kept}


def _standard(orders: NDArray[np.intp]) -> Array:
    """Ranks, centred and of length 1."""
    n = orders.shape[-1]
    found: Array = (orders - (n - 1) / 2) / np.sqrt(n * (n * n - 1) / 12)
    return found


def tornado(model: Model, causes: Mapping[str, tuple[str, Distribution]]) -> tuple[Array, list[Swing]]:
    """Impacts with every input at its median, shape (systems, categories), and each input's swing.

    Parameters
    ----------
    causes
        Those to vary one by one: `varied`.
    """
    rows = 1 + 2 * len(causes)
    levels = {cause: _column(rows, i, _MIDDLE, _LOW, _HIGH) for i, cause in enumerate(causes)}
    found = model.evaluate(levels=levels, still=True)
    units = {held.cause: held.unit for held in model.inputs}
    swings = []
    for i, (cause, (label, distribution)) in enumerate(causes.items()):
        ends = distribution.quantile(_LOW), distribution.quantile(_HIGH)
        swings.append(Swing(cause, label, _kind(model, cause), units.get(cause, ""), *ends, *_ends(found, i)))
    rest = _rest(model, causes)
    return found[:, :, 0], [*swings, *_ranges(model), *([rest] if rest else [])]


def _kind(model: Model, cause: str) -> str:
    if cause.startswith("pedigree: "):
        return "data quality"
    if any(held.cause == cause for held in model.inputs):
        return "parameter"
    return "amount" if cause in model.inventory.drawn else "factor"


def _ranges(model: Model) -> list[Swing]:
    """Parameters that are one number, between their bounds."""
    bounds = [
        (held, held.low, held.high)
        for held in model.inputs
        if isinstance(held.distribution, Point) and held.low is not None and held.high is not None
    ]
    if not bounds:
        return []
    rows = 1 + 2 * len(bounds)
    given = {
        held.name: _column(rows, i, held.distribution.median, low, high) for i, (held, low, high) in enumerate(bounds)
    }
    found = model.evaluate(given, still=True)
    return [
        Swing(held.name, held.label, "range", held.unit, low, high, *_ends(found, i))
        for i, (held, low, high) in enumerate(bounds)
    ]


def _ends(found: Array, i: int) -> tuple[Array, Array]:
    """Results at the low and at the high end of the input that is moved as number i."""
    return found[:, :, 1 + 2 * i], found[:, :, 2 + 2 * i]


def _column(rows: int, i: int, middle: float, low: float, high: float) -> Array:
    """One input over the rows: at its middle, but for the two in which it is moved as number i."""
    column = np.full(rows, middle)
    column[1 + 2 * i], column[2 + 2 * i] = low, high
    return column


def _rest(model: Model, causes: Mapping[str, tuple[str, Distribution]]) -> Swing | None:
    """What moves while all of these stand at their medians; None where nothing does."""
    middle = np.full(model.draws, _MIDDLE)
    found = model.evaluate(levels=dict.fromkeys(causes, middle))
    if (np.ptp(found, axis=2) <= _STILL * np.abs(found).max(axis=2)).all():
        return None
    low, high = np.quantile(found, (_LOW, _HIGH), axis=2)
    return Swing(REST, _rest_label(model, causes), "rest", "", None, None, low, high)


def _rest_label(model: Model, causes: Mapping[str, tuple[str, Distribution]]) -> str:
    others = len(model.causes) - len(causes)
    smaller = f"{others} smaller inputs" if others else ""
    estimates = "the estimates" if _estimates(model.study) else ""
    return f"{' and '.join(filter(None, (smaller, estimates)))}, together"


def _estimates(study: Study) -> bool:
    items = (item for system in study.systems for stage in system.stages for item in stage.items)
    return any(item.estimate for item in items) or any(_estimates(inner) for inner in study.studies.values())


def global_indices(model: Model, causes: Sequence[str], *, rest: bool) -> Indices:
    """Sobol' indices of the model's inputs, for its results and for their logarithms.

    Outputs are the categories of each system, system by system; and then the same of the logarithms, for results whose
    tail is so long that a few draws make most of the variance.

    Parameters
    ----------
    causes
        Those taken one by one.
    rest
        Whether all others vary too, as one input.
    """
    n, seed = model.draws, model.seed
    names = [*causes, *([REST] if rest else [])]
    a = probabilities(causes, n, seed)

    def swapped(columns: Mapping[str, Array]) -> Array:
        found = _together(model, a, columns) if REST in columns else model.evaluate(levels=columns)
        flat = found.reshape(-1, n)
        return np.vstack([flat, np.log(np.maximum(flat, 1e-300))])

    return sobol_indices(swapped, names, n, seed)


def _together(model: Model, a: Mapping[str, Array], columns: Mapping[str, Array]) -> Array:
    """Results with the rest swapped: the rest keeps its rows, and all others move to the rows they belong to."""
    rows = np.floor(columns[REST] * model.draws).astype(np.intp)
    place = np.argsort(rows)
    levels = {cause: columns.get(cause, a[cause])[place] for cause in a}
    return model.evaluate(levels=levels)[:, :, rows]
