"""A study, compiled: resolved once, and then evaluated for any values of its parameters and factors."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import msgspec
import numpy as np

from treadlight.assess.draws import Array
from treadlight.assess.lifecycle.columns import Columns, Value
from treadlight.assess.lifecycle.inventory import compile_study
from treadlight.assess.lifecycle.parts import Estimator, Input, Inventory, LedgerSums, Part, Parts
from treadlight.assess.lifecycle.study import Study, StudySystem
from treadlight.assess.solve import UnitImpacts, impacts, unit_impacts
from treadlight.core.category import CATEGORIES
from treadlight.core.distribution import RARE, Distribution, Empirical, Lognormal, Normal, Point
from treadlight.core.errors import GraphError, InputError
from treadlight.library.process import Exchange
from treadlight.library.system import ProcessLibrary

__all__ = ["Model", "demanded", "in_scenario"]

_QUANTILES = tuple((i + 0.5) / 41 for i in range(41))
_WHOLE = 1.0 + 1e-9


class Model:
    """A compiled study.

    Parameters
    ----------
    study
        A study that was checked: `reading.read_study` and `study_of` do.
    library
        What a unit of each flow costs.
    ledger, estimator
        Who answers items with a query and with an estimate.
    draws, seed
        Of every number; studies to be compared share both.

    Raises
    ------
    InputError
        For what cannot be resolved, for a share above 100 %, for a negative amount.
    GraphError
        For a loop of processes that consumes at least as much as it makes.
    """

    def __init__(
        self,
        study: Study,
        library: ProcessLibrary,
        *,
        ledger: LedgerSums | None = None,
        estimator: Estimator | None = None,
        draws: int = 1000,
        seed: int = 0,
    ) -> None:
        self.study = study
        self.library = library.version, library.digest
        self.categories = tuple(study.scope.categories or CATEGORIES)
        self.draws = draws
        self.seed = seed
        self.inventory: Inventory = compile_study(study, library, self.categories, ledger=ledger, estimator=estimator)
        self.base = self.columns()
        self.unit: UnitImpacts = unit_impacts(self.inventory.processes, self.categories, self.base)
        self._check(self.base)
        self._check_ends()

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Errors over a loop of processes name the file, and where in it they stand."""
        try:
            yield
        except GraphError as error:
            where = self._loop(error.field)
            raise GraphError(error.what, field=where, value=error.value, remedy=error.remedy) from None

    def _loop(self, names: str) -> str:
        """Where the processes of a loop are written: the file, and their places there."""
        places = {
            f"{study.id}/{process.id}": f"{study.where}: process[{i}] {process.id}"
            for study in (self.study, *included(self.study))
            for i, process in enumerate(study.processes)
        }
        return ", ".join(places.get(name, name) for name in names.split(", "))

    @property
    def systems(self) -> tuple[Parts, ...]:
        """The systems, each with its parts."""
        return self.inventory.systems

    @property
    def inputs(self) -> tuple[Input, ...]:
        """Parameters of the study, and of those it includes, in the order of the file."""
        return tuple(
            Input(
                name,
                parameter.label or name,
                parameter.unit,
                distribution or _comes_to(self.base.named(f"parameter:{name}")),
                parameter.low,
                parameter.high,
                parameter.source,
                tuple(parameter.pedigree),
                cause,
                distribution is None,
            )
            for name, (parameter, distribution, cause) in self.inventory.parameters.items()
        )

    @property
    def causes(self) -> dict[str, tuple[str, Distribution]]:
        """Everything uncertain that is drawn, by cause: a label for people and the distribution.

        The study's own figures and their data quality first, then the factors of the library.
        """
        found = {cause: held for cause, held in self.inventory.drawn.items() if not isinstance(held[1], Point)}
        for process in self.inventory.processes.values():
            for exchange in process.exchanges:
                if not isinstance(exchange.amount, Point) and exchange.cause not in self.inventory.terms:
                    label = exchange.label or exchange.cause
                    named = f"{label}, {process.name.partition(' (')[0]}"
                    found.setdefault(exchange.cause, (named, exchange.amount))
        return found

    def amount_of(self, exchange: Exchange) -> Distribution:
        """Distribution of an exchange of a process: as stated, or what its arithmetic comes to."""
        if exchange.cause not in self.inventory.terms:
            return exchange.amount
        return _comes_to(self.base.worlds(exchange.amount, exchange.cause))

    def columns(
        self,
        parameters: Mapping[str, Array | float] | None = None,
        levels: Mapping[str, Array] | None = None,
        *,
        still: bool = False,
    ) -> Columns:
        """The columns of an evaluation: see `evaluate`."""
        n = _length([*(parameters or {}).values(), *(levels or {}).values()], 1 if still else self.draws)
        if n != self.draws and not still:
            raise InputError("columns are of another length than the draws", field="parameters", value=n,
                             remedy=f"give {self.draws} values, or let the rest stand still")  # fmt: skip
        given = {}
        for name, value in (parameters or {}).items():
            if name not in self.inventory.parameters:
                known = ", ".join(self.inventory.parameters) or "none"
                raise InputError("is no parameter of the study", field="parameters", value=name,
                                 remedy=f"use one of {known}")  # fmt: skip
            if not np.isfinite(value).all():
                raise InputError("is no finite number", field=f"parameters.{name}", remedy="give a real number")
            given[f"parameter:{name}"] = _worlds(value, n)
        held = {cause: np.append(p, 0.5) for cause, p in (levels or {}).items()}
        columns = Columns(n, self.seed, self.inventory.terms, given=given, levels=held, still=still)
        if given:
            self._check(columns)
        return columns

    def _check(self, columns: Columns) -> None:
        """Refuse shares above the whole and negative amounts."""
        _check_exchanges(self.inventory, columns, every=not columns.given)
        for system in self.systems:
            _check_shares(system, columns)
            _check_amounts(system, columns)

    def _check_ends(self) -> None:
        """Refuse amounts that are negative where one figure alone is at an end of its distribution.

        Draws may miss an end: what is refused would depend on their number.
        """
        levels = _ends(self.inventory)
        if levels:
            ends = Columns(len(next(iter(levels.values()))) - 1, 0, self.inventory.terms, levels=levels, still=True)
            _check_exchanges(self.inventory, ends, every=True)
            for system in self.systems:
                _check_amounts(system, ends)

    def evaluate(
        self,
        parameters: Mapping[str, Array | float] | None = None,
        levels: Mapping[str, Array] | None = None,
        *,
        still: bool = False,
    ) -> Array:
        """Impacts per functional unit, shape (systems, categories, n).

        Parameters
        ----------
        parameters
            Parameter to its value, or its column of shape (n,).
        levels
            Cause, as in `causes`, to probabilities in (0, 1) at which it stands, shape (n,).
        still
            Whether everything else stands at its median, and n is free; otherwise it is drawn, and n is that of the
            draws.
        """
        columns = self.columns(parameters, levels, still=still)
        unit = dataclasses.replace(self.unit, draws=columns)
        with self.telling():
            found = [self._per_unit(system, unit, columns) for system in self.systems]
        return np.stack(found)[:, :, : columns.n]

    def _per_unit(self, system: Parts, unit: UnitImpacts, columns: Columns) -> Array:
        demand = demanded(counted(system), columns)
        return impacts(unit, demand) * self.per_unit(system, columns)

    def per_unit(self, system: Parts, columns: Columns) -> Array:
        """By what an amount of a system's life is multiplied to be one functional unit's, shape (n + 1,).

        Raises
        ------
        InputError
            If the system delivers nothing.
        """
        delivered = columns.full(system.delivered(columns))
        if not (delivered > 0).all():
            raise InputError("delivers nothing in some draws", field=f"{self.study.where}: system.delivers",
                             value=system.id, remedy="give an amount above 0, such as a lognormal")  # fmt: skip
        scaled: Array = self.study.scope.functional_unit.amount / delivered
        return scaled


def included(study: Study) -> list[Study]:
    """The studies that a study includes, and those that they include."""
    return [each for inner in study.studies.values() for each in (inner, *included(inner))]


def counted(system: Parts) -> list[Part]:
    """Parts within the boundary, credits left aside."""
    return [part for part in system.parts if part.inside and not part.credit]


def demanded(parts: Sequence[Part], columns: Columns) -> dict[str, Array]:
    """How much of each process the parts demand, shape (n + 1,)."""
    demand: dict[str, Array] = {}
    for part in parts:
        if part.process:
            amount = columns.full(part.amount(columns))
            demand[part.process] = demand[part.process] + amount if part.process in demand else amount
    return demand


def in_scenario(study: Study, name: str) -> Study:
    """The study in one of its scenarios.

    Raises
    ------
    InputError
        If it has no such scenario.
    """
    scenario = next((s for s in study.scenarios if s.name == name), None)
    if scenario is None:
        known = ", ".join(s.name for s in study.scenarios) or "none"
        raise InputError("is no scenario of the study", field="scenario", value=name, remedy=f"use one of {known}")
    replace = msgspec.structs.replace
    parameters = {
        key: replace(held, value=scenario.parameters[key], pedigree=[]) if key in scenario.parameters else held
        for key, held in study.parameters.items()
    }
    scope = replace(study.scope, zone=scenario.zone, region="") if scenario.zone else study.scope
    systems = [_moved(system, scenario.zones) for system in study.systems]
    return replace(study, parameters=parameters, scope=scope, systems=systems)


def _moved(system: StudySystem, zones: Mapping[str, str]) -> StudySystem:
    """The system with items in other zones, by name."""
    replace = msgspec.structs.replace
    stages = [
        replace(stage, items=[
            replace(item, zone=zones[item.name], region="", site="") if item.name in zones else item
            for item in stage.items
        ])
        for stage in system.stages
    ]  # fmt: skip
    return replace(system, stages=stages)


def _length(values: Sequence[Array | float], default: int) -> int:
    sizes = {len(value) for value in values if isinstance(value, np.ndarray)}
    if len(sizes) > 1:
        raise InputError("columns differ in length", field="parameters", value=sorted(sizes), remedy="give equal ones")
    return sizes.pop() if sizes else default


def _worlds(value: Array | float, n: int) -> Array:
    column = value if isinstance(value, np.ndarray) else np.full(n, float(value))
    return np.append(column, np.median(column))


def _comes_to(value: Value) -> Distribution:
    if not isinstance(value, np.ndarray) or np.ptp(value) == 0:
        return Point(float(np.median(value)))
    return Empirical(tuple(float(x) for x in np.quantile(value[:-1], _QUANTILES)))


def _ends(inventory: Inventory) -> dict[str, Array]:
    """Probabilities at which figures stand that may be negative, or go into arithmetic: each in turn at its ends."""
    parameters = {cause for _, _, cause in inventory.parameters.values()}
    moved = {
        cause: [RARE] if isinstance(held, Normal) else [0.0, 1.0]
        for cause, (_, held) in inventory.drawn.items()
        if (held.least < 0 and cause not in inventory.metered)
        or (cause in parameters and not isinstance(held, Normal | Lognormal))
    }
    width, at, levels = sum(map(len, moved.values())), 0, dict[str, Array]()
    for cause, ends in moved.items():
        levels[cause] = np.full(width + 1, 0.5)
        levels[cause][at : at + len(ends)] = ends
        at += len(ends)
    return levels


def _check_shares(system: Parts, columns: Columns) -> None:
    wholes: dict[str, Value] = {}
    for share in system.shares:
        wholes[share.whole] = wholes.get(share.whole, 0.0) + share.term(columns)
        if np.min(share.term(columns)) < 0:
            raise InputError("is negative", field=share.where, remedy="give a share from 0 to 1")
        if np.max(wholes[share.whole]) > _WHOLE:
            taken = float(np.max(wholes[share.whole]))
            raise InputError("more than the whole is allocated", field=share.where, value=f"{taken:.3g}",
                             remedy="shares of one whole come to 1 at most, in every draw")  # fmt: skip


def _check_exchanges(inventory: Inventory, columns: Columns, *, every: bool) -> None:
    for where, exchange in inventory.stated:
        if isinstance(exchange.amount, Lognormal) or not (every or exchange.cause in inventory.terms):
            continue  # never below 0, or no other than it was
        least = np.min(columns.worlds(exchange.amount, exchange.cause))
        if least < 0:
            raise InputError("is negative in its range", field=f"{where}.amount", value=f"{float(least):.3g}",
                             remedy="a burden avoided elsewhere says credit = true, with an amount above 0, and stands "
                             "beside the total")  # fmt: skip


def _check_amounts(system: Parts, columns: Columns) -> None:
    for part in system.parts:
        if np.min(part.amount(columns)) < 0:
            raise InputError("is negative in its range", field=f"{part.where}.amount", value=part.item,
                             remedy="burdens that are avoided are items with credit = true and an amount above 0; "
                             "a lognormal never falls below 0")  # fmt: skip
