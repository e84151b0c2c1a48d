"""What moves a study's results, where they turn, and how two systems compare: with what the workspace holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from treadlight.app.lifecycle import Given, assess, given
from treadlight.app.workspace import Workspace
from treadlight.assess.draws import Array
from treadlight.assess.lifecycle.breakeven import BreakEven, break_even, side_of
from treadlight.assess.lifecycle.comparing import Compared, Comparison, compared, comparison, system_of
from treadlight.assess.lifecycle.model import Model
from treadlight.assess.lifecycle.result import StudyResult
from treadlight.assess.lifecycle.sobol import Indices
from treadlight.assess.lifecycle.study import Study
from treadlight.assess.lifecycle.tornado import REST, Swing, global_indices, tornado, varied
from treadlight.core.category import category as category_named
from treadlight.core.errors import InputError

__all__ = ["BreakEvens", "InScenario", "Sensitivity", "break_evens", "chosen_categories", "compare", "sensitivity"]

SAMPLES = 4096
"""Rows of a global analysis: enough for indices to within some hundredths."""

_ROUGH = 0.2


@dataclass(frozen=True)
class InScenario:
    """A study in one of its scenarios; rows are the scenario (A) against the study as it is (B), system by system."""

    name: str
    rows: tuple[tuple[Compared, ...], ...]


@dataclass(frozen=True)
class Sensitivity:
    """What moves the results of a study.

    Parameters
    ----------
    central
        Impacts with every input at its median, shape (systems, categories).
    indices
        Of the results and of their logarithms: `output` says which column is which.
    """

    result: StudyResult
    central: Array
    swings: tuple[Swing, ...]
    indices: Indices
    scenarios: tuple[InScenario, ...]

    def output(self, system: int, category: str, *, log: bool = False) -> int:
        """Column of the indices of a result, or of its logarithm."""
        at = system + len(self.result.systems) if log else system
        return at * len(self.result.categories) + self.result.categories.index(category)

    def rough(self, system: int, category: str) -> bool:
        """Whether shares of a result's variance are not told within a fifth: a few extreme draws make most of it."""
        low, high = self.indices.total_interval[:, :, self.output(system, category)]
        return bool(((high - low) / 2 > _ROUGH).any())

    def ranked(self, system: int, category: str, *, log: bool = False) -> list[Swing]:
        """The inputs that move a result, those with the largest total index first."""
        column, row = self.output(system, category, log=log), self.result.categories.index(category)
        totals = dict(zip(self.indices.names, self.indices.total[:, column], strict=True))
        variance = float(self.result.systems[system].samples[row].var()) or 1.0

        def weight(swing: Swing) -> float:
            guess = (float(swing.width[system, row]) / 3.29) ** 2 / variance  # as if p05 and p95 of a normal
            return float(totals.get(swing.name, guess))

        moved = [swing for swing in self.swings if swing.width[system, row] > 0 or weight(swing) > 0]
        return sorted(moved, key=lambda swing: -weight(swing))


@dataclass(frozen=True)
class BreakEvens:
    """Break-even in several categories; `skipped` says of the others why there is none."""

    result: StudyResult
    found: tuple[BreakEven, ...]
    skipped: tuple[tuple[str, str], ...]


def sensitivity(
    workspace: Workspace,
    study: str | Path | Study,
    *,
    samples: int | None = None,
    seed: int | None = None,
    scenario: str | None = None,
) -> Sensitivity:
    """What moves the results of a study: one at a time, all together, and in its scenarios.

    Parameters
    ----------
    samples
        Rows of the analysis; None: `SAMPLES`, or as many as an archived study can answer.
    """
    held = given(workspace, study)
    result = held.assess(draws=samples or held.draws or SAMPLES, seed=seed, scenario=scenario)
    causes = varied(result.model)
    central, swings = tornado(result.model, causes)
    rest = any(swing.name == REST for swing in swings)
    indices = global_indices(result.model, list(causes), rest=rest)
    scenarios = [_in_scenario(held, s.name, result) for s in held.study.scenarios if s.name != result.scenario]
    return Sensitivity(result, central, tuple(swings), indices, tuple(scenarios))


def _in_scenario(held: Given, name: str, base: StudyResult) -> InScenario:
    result = held.assess(draws=base.draws, seed=base.seed, scenario=name)
    pairs = zip(result.systems, base.systems, strict=True)
    return InScenario(name, tuple(tuple(compared(a, b, c) for c in base.categories) for a, b in pairs))


def break_evens(
    workspace: Workspace,
    study: str | Path | Study,
    parameter: str,
    *,
    between: tuple[str, str] | None = None,
    category: str | None = None,
    low: float | None = None,
    high: float | None = None,
    draws: int | None = None,
    seed: int | None = None,
    scenario: str | None = None,
) -> BreakEvens:
    """Where two quantities of a study are equal: in one category, or in each where both are known and one moves.

    Raises
    ------
    InputError
        If there is no such parameter or quantity, or if it can be said of no category.
    """
    result = assess(workspace, study, draws=draws, seed=seed, scenario=scenario)
    left, right = between or _two_systems(result.model)
    sides = side_of(result.model, left, right), side_of(result.model, right, left)
    found: list[BreakEven] = []
    refused: list[tuple[str, InputError]] = []
    for name in [category] if category else result.categories:
        try:
            found.append(break_even(result.model, parameter, *sides, name, low=low, high=high))
        except InputError as error:
            refused.append((name, error))
    if not found:
        raise refused[0][1]
    return BreakEvens(result, tuple(found), tuple((name, error.what) for name, error in refused))


def _two_systems(model: Model) -> tuple[str, str]:
    names = [system.id for system in model.systems]
    if len(names) != 2:
        remedy = "give two of: a system, a stage, SYSTEM/STAGE, others; such as --between training others"
        raise InputError("is not given", field="--between", remedy=remedy)
    return names[0], names[1]


def compare(
    workspace: Workspace, sides: Sequence[str], *, draws: int | None = None, seed: int | None = None
) -> Comparison:
    """Two systems beside each other, or what keeps them from being compared.

    Parameters
    ----------
    sides
        ``FILE`` or ``FILE:SYSTEM``; one file alone means the two systems that it holds.

    Raises
    ------
    InputError
        If a side is no study, or does not say which of its systems is meant.
    """
    given = [_side(text) for text in sides]
    results = {path: assess(workspace, path, draws=draws, seed=seed) for path in dict.fromkeys(p for p, _ in given)}
    if len(given) == 1:
        result = results[given[0][0]]
        names = [system.id for system in result.systems]
        if len(names) != 2 or given[0][1]:
            remedy = f"give two of FILE or FILE:SYSTEM; the systems here are {', '.join(names)}"
            raise InputError("is one side of a comparison", field="A B", value=sides[0], remedy=remedy)
        return comparison(system_of(result, names[0]), system_of(result, names[1]))
    (path_a, system_a), (path_b, system_b) = given
    if (path_a, system_a) == (path_b, system_b):
        raise InputError("is both sides", field="A B", value=sides[1], remedy="name another system or study")
    return comparison(system_of(results[path_a], system_a), system_of(results[path_b], system_b))


def _side(text: str) -> tuple[str, str]:
    """File and system that a side names; a file whose name holds a colon is that file."""
    path, colon, system = text.rpartition(":")
    return (path, system) if colon and path and not Path(text).exists() else (text, "")


def chosen_categories(result: StudyResult, category: str | None) -> tuple[str, ...]:
    """The category that was asked for, else all of the study.

    Raises
    ------
    InputError
        If the study does not assess it.
    """
    if category is None:
        return result.categories
    category_named(category)
    if category not in result.categories:
        remedy = f"use one of {', '.join(result.categories)}"
        raise InputError("is no category of the study", field="--category", value=category, remedy=remedy)
    return (category,)
