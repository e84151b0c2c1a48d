"""The items of one study as parts: names looked up, units converted, amounts made terms.

Items with a flow ask the library; items with a process, the study's own; an estimate is asked of an estimator, a query
of the ledger; another study brings its own items, scaled to what is taken of it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import MAXYEAR
from difflib import get_close_matches
from functools import lru_cache

import msgspec
import numpy as np

from treadlight.assess.draws import Array
from treadlight.assess.lifecycle.columns import Columns, Term, Value, constant, times
from treadlight.assess.lifecycle.dimensions import (
    Measure,
    amiss_by,
    composed_factor,
    is_time,
    is_word,
    left_over,
    measure_of,
    measured,
    verdict,
)
from treadlight.assess.lifecycle.expression import Expression, expression
from treadlight.assess.lifecycle.mending import mended, multiplied
from treadlight.assess.lifecycle.parts import Estimator, LedgerSums, Part, Parts, Share
from treadlight.assess.lifecycle.pedigree import additional_gsd
from treadlight.assess.lifecycle.study import (
    Allocation,
    Amount,
    Item,
    OwnExchange,
    OwnProcess,
    Parameter,
    Query,
    Study,
    StudySystem,
)
from treadlight.core.activity import Location
from treadlight.core.category import CATEGORIES
from treadlight.core.distribution import Distribution, Empirical, Lognormal, Point, parse
from treadlight.core.errors import InputError, UnitError
from treadlight.core.flow import flow_unit
from treadlight.core.method import Method
from treadlight.core.units import convert
from treadlight.library.process import Exchange, Source
from treadlight.library.system import Demand, ProcessLibrary

__all__ = ["Gathered", "Scoped", "Stated", "at"]

_DISTRIBUTION = re.compile(r"\s*(point|normal|lognormal|uniform|triangular|empirical)\s*\(")
_HARDWARE = "hardware."
_ALLOCATED = (_HARDWARE, "product.")
_RULE_UNITS = {
    "lifetime_years": ("year", ""),
    "utilisation": ("1", ""),
    "hours_per_year": ("h", "year"),
    "share": ("1", ""),
}
"""Unit of each figure of an allocation, and per what it may be given."""

_NEAR_YEAR = 1e-3
"""How far 12 months may be from the mean year of a lifetime."""

_LISTED = 12
"""So many sources behind an item are named."""

_Backing = tuple[str, tuple[int, ...]]

_LIFE = ("lifetime_years", "utilisation", "hours_per_year")
_LONGEST_YEAR_H = 8784.0
_STATED_YEAR = re.compile(r"(?<![\d.,\w-])((?:19[89]|20)\d\d)(?=\s*(?:$|[,;:)\]]|-\d\d))")
"""A year as a citation names it: with nothing after it that it would be a number of."""

_FORMULA = Empirical((1.0,))
"""Stands in an exchange whose amount is a term: the column comes from there."""


@contextmanager
def at(where: str) -> Iterator[None]:
    """Errors from within name the place in the study first, then their own field."""
    try:
        yield
    except InputError as error:
        if error.field.startswith(where.partition(":")[0] + ":"):
            raise
        told = error.field in ("", "expression", "distribution") or where.endswith(error.field)
        inner = where if told else f"{where}.{error.field}"
        raise error.at(inner) from None


@dataclass(frozen=True)
class Asker:
    """Where in a study a demand is written: the item, and what says its place and its period."""

    where: str
    place: str
    period: str

    def of(self, name: str) -> str:
        """Where the field of an error stands."""
        return {"zone": self.place, "region": self.place, "period": self.period}.get(name, self.where)


@dataclass(frozen=True)
class Stated:
    """An exchange of a process of a study, and where it is written; `target` is a process, a category, or a demand."""

    target: str | Demand
    exchange: Exchange
    credit: bool
    where: str


@dataclass
class Gathered:
    """What is gathered on the way, over the study and those it includes.

    Parameters
    ----------
    unsure
        Amounts of which the units cannot be told, by where they stand.
    metered
        Causes that are the ledger's: their distributions are no figures of the study.
    """

    library: ProcessLibrary
    categories: tuple[str, ...]
    ledger: LedgerSums | None
    estimator: Estimator | None
    method: Method
    terms: dict[str, Term] = field(default_factory=dict)
    parameters: dict[str, tuple[Parameter, Distribution | None, str]] = field(default_factory=dict)
    drawn: dict[str, tuple[str, Distribution]] = field(default_factory=dict)
    demands: dict[Demand, Asker] = field(default_factory=dict)
    unsure: list[str] = field(default_factory=list)
    metered: set[str] = field(default_factory=set)
    own: list[tuple[str, "Study", OwnProcess, tuple[Stated, ...]]] = field(default_factory=list)
    included: dict[str, Study] = field(default_factory=dict)


class Scoped:
    """One study among those included: its names are looked up among its own parameters and processes."""

    def __init__(self, work: Gathered, study: Study, prefix: str) -> None:
        self.work, self.study, self.prefix = work, study, prefix
        self.where = study.where
        self.own = {process.id: process for process in study.processes}
        self.shares: list[Share] = []
        self._backings: dict[str, list[_Backing]] = {}
        known = work.included.setdefault(study.id, study)
        if known is not study and known.digest != study.digest:
            raise InputError("is the id of two different studies", field=f"{study.where}: id", value=study.id,
                             remedy="give one of them another id")  # fmt: skip
        self._check_circles()
        for name, parameter in study.parameters.items():
            self._parameter(name, parameter)
        if not any(held[1] is study for held in work.own):
            for i, process in enumerate(study.processes):
                self._own_process(process, f"{study.where}: process[{i}]")

    # names and amounts

    def _key(self, name: str) -> str:
        return f"parameter:{self.prefix}{name}"

    def _parameter(self, name: str, parameter: Parameter) -> None:
        where = f"{self.where}: parameters.{name}"
        cause = f"{name} = {parameter.value} [{parameter.source}]"
        with at(where):
            measure_of(parameter.unit)  # refuses one that is misspelt, whether it is used or not
            distribution = _distribution(parameter.value)
            term = self.amount(parameter.value, cause, parameter.pedigree, parameter.label or name, where=where,
                               unit=parameter.unit)  # fmt: skip
        self.work.terms[self._key(name)] = term
        self.work.parameters[f"{self.prefix}{name}"] = parameter, distribution, cause

    def _check_circles(self) -> None:
        """Refuse a parameter that is computed from itself."""
        known = self.study.parameters
        needs = {name: sorted(_names(held.value) & known.keys()) for name, held in known.items()}
        done: set[str] = set()
        for name in known:
            path: list[str] = []
            if _circles(name, needs, path, done):
                circle = " → ".join(path[path.index(path[-1]) :])
                raise InputError("needs itself", field=f"{self.where}: parameters.{path[-1]}.value", value=circle,
                                 remedy="let one of these parameters be a number")  # fmt: skip

    def amount(
        self, amount: Amount, cause: str, pedigree: Sequence[int] = (), label: str = "", *,
        where: str, unit: str = "", per: str = "",
    ) -> Term:  # fmt: skip
        """The term of an amount [`unit`, or `unit` per `per`] that stands at `where`, widened by its pedigree."""
        distribution = _distribution(amount)
        if distribution is None:
            term = self._expression(str(amount), where, unit, per)
        elif isinstance(distribution, Point):
            term = constant(distribution.value)
        else:
            term = self._draw(cause, label or cause, distribution)
        gsd = additional_gsd(pedigree)
        if gsd == 1.0:
            return term
        return times(term, self._draw(f"pedigree: {cause}", f"data quality of {label or cause}", Lognormal(1.0, gsd)))

    def _draw(self, cause: str, label: str, distribution: Distribution) -> Term:
        self.work.drawn[cause] = label, distribution
        return lambda columns: columns.worlds(distribution, cause)

    def _expression(self, text: str, where: str, unit: str, per: str) -> Term:
        parsed = expression(text)
        for name in sorted(parsed.names - set(self.study.parameters)):
            near = get_close_matches(name, self.study.parameters, 1)
            remedy = f"did you mean {near[0]}?" if near else f"add [parameters.{name}] with its value and source"
            if not near and is_time(name):
                remedy = f"write the number with its unit, such as 365 {name}, or {remedy}"
            raise InputError("is no parameter of the study", field="expression", value=name, remedy=remedy)
        self._check_unit(parsed, where, unit, per)
        key = self._key

        def found(columns: Columns) -> Value:
            with at(where):
                return parsed.value(lambda name: columns.named(key(name)))

        return found

    def _check_unit(self, parsed: Expression, where: str, unit: str, per: str) -> None:
        held, wanted, each = measured(parsed, self._measure), measure_of(unit), measure_of(per) if per else None
        found = verdict(held, wanted, each)
        if found == "amiss":
            instead = mended(parsed.text, self._measure, wanted, each)
            raise self._unfit(parsed, unit, amiss_by(held, wanted, each), held.numbers > 0, instead)
        if found == "unsure":
            left = left_over(held, wanted, each)
            self.work.unsure.append(f"{where} ({left} does not cancel)" if left else where)

    def _unfit(self, parsed: Expression, unit: str, factor: float | None, numbered: bool, instead: str) -> UnitError:
        """The error over an amount in another unit; `factor` of them are one of what it comes to, if both are alike."""
        units = {name: self.study.parameters[name].unit for name in sorted(parsed.names)}
        known = {name: held for name, held in units.items() if held}
        told = "; ".join(f"{name} is in {held}" for name, held in known.items())
        what = f"does not come to {unit}"
        remedy = "mend the unit that is wrong, or multiply by a parameter that has the unit that is missing"
        if factor is not None:
            alone = len(known) == 1 and not parsed.units
            named = next(iter(known.values())) if alone else f"{factor:.6g} {unit}"
            what += f" but to {named}"
            stated = f', such as unit = "{named}" of an item' if _convertible(named, unit) else ""
            times_it = multiplied(factor, _NEAR_YEAR if unit == "year" else 1e-9)
            remedy = f"state the unit that it comes to{stated}, or {times_it}"
            remedy = f"a plain number has no unit; {remedy} as a number of its own" if numbered else remedy
            remedy += f", or by a parameter in {unit}/{named}" if alone and is_word(named) else ""
        elif instead:
            remedy = f"write {instead}"
        elif numbered:
            remedy = "mend the unit that is wrong, or make the plain number a parameter with the unit that is missing"
        return UnitError(what, field="expression", value=parsed.text, remedy=f"{told}: {remedy}" if told else remedy)

    def _measure(self, name: str) -> Measure:
        """What a parameter measures: by its unit, else by what it is computed from."""
        parameter = self.study.parameters.get(name)
        if parameter is None or parameter.unit or _distribution(parameter.value) is not None:
            return measure_of(parameter.unit if parameter else "")
        found = measured(expression(str(parameter.value)), self._measure)
        return replace(found, unstated=True)  # it may carry a unit that nobody wrote

    # own processes

    def _process_id(self, name: str) -> str:
        return f"{self.study.id}/{name}"

    def _own_process(self, process: OwnProcess, where: str) -> None:
        exchanges = tuple(
            self._exchange(process, exchange, f"{where}.exchanges[{i}]") for i, exchange in enumerate(process.exchanges)
        )
        self.work.own.append((self._process_id(process.id), self.study, process, exchanges))

    def _exchange(self, process: OwnProcess, given: OwnExchange, where: str) -> Stated:
        with at(where):
            target, unit = self._target(given, where)
            factor = _factor(given.unit, unit)
            label = given.label or f"{given.target} of {process.name or process.id}"
            cause = given.cause or f"{self.study.id}/{process.id} → {given.target}: {given.amount} [{given.source}]"
            distribution = _distribution(given.amount)
            plain = distribution is not None and not given.pedigree and (factor > 0)
            if plain and distribution is not None:
                amount = distribution.scaled(factor) if factor != 1.0 else distribution
                if not isinstance(amount, Point):
                    self.work.drawn[cause] = label, amount
            else:
                term = times(constant(factor), self.amount(
                    given.amount, cause, given.pedigree, label, where=f"{where}.amount", unit=given.unit or unit,
                    per=process.unit))  # fmt: skip
                cause, amount = f"amount: {self.prefix}{cause}", _FORMULA
                self.work.terms[cause] = term
        source = self._source(_named_once([given.source, *(text for text, _ in self._behind(given.amount))]))
        return Stated(target, Exchange("", amount, source, cause, label), given.credit, where)

    def _source(self, text: str) -> Source:
        return _source(text, self.study.id, self.where, self.study.goal.date)

    def _target(self, given: OwnExchange, where: str) -> tuple[str | Demand, str]:
        """What an exchange asks for, and in which unit."""
        if given.target in self.own:
            return self._process_id(given.target), self.own[given.target].unit
        if given.target in CATEGORIES:
            return given.target, CATEGORIES[given.target].unit
        if "." not in given.target:
            near = get_close_matches(given.target, [*self.own, *CATEGORIES], 1)
            remedy = f"did you mean {near[0]}?" if near else "name a process of the study, a flow, or a category"
            raise InputError("is neither process, flow nor category", field="target", value=given.target, remedy=remedy)
        unit = flow_unit(given.target)
        self._check_flow(given.target, "target")
        place = Location(
            given.zone or ("" if given.region else self.study.scope.zone),
            given.region or ("" if given.zone else self.study.scope.region),
        )
        placed = where if given.zone or given.region else ""
        return self._demand(given.target, place, given.period, where, placed), unit

    def _check_flow(self, flow: str, name: str) -> None:
        """Refuse a flow that the library does not know by its name: a slip would be answered by something else."""
        near = self.work.library.near_flows(flow)
        if near is not None:
            remedy = f"did you mean {' or '.join(near)}?" if near else "search with `treadlight library find`"
            raise InputError("is no flow of the library", field=name, value=flow,
                             remedy=f"{remedy} {self._instead(flow)}".rstrip())  # fmt: skip

    def _instead(self, flow: str) -> str:
        """The name of what stands for all hardware of a kind, where there is one."""
        parts = flow.split(".")
        generic = ".".join([*parts[:2], "generic"])
        known = len(parts) > 2 and flow.startswith(_ALLOCATED) and self.work.library.near_flows(generic) is None
        return f"The generic one of its kind is {generic}" if known else ""

    def _demand(self, flow: str, place: Location, period: str, where: str, placed: str) -> Demand:
        """A demand written at `where`; `placed` is where its place is written, empty for the scope."""
        scope = f"{self.where}: scope"
        demand = Demand(flow, place, period or self.study.scope.period or self.work.library.version[:4])
        self.work.demands.setdefault(demand, Asker(where, placed or scope, where if period else scope))
        return demand

    # systems

    def systems(self) -> tuple[Parts, ...]:
        return tuple(self.system(system, i) for i, system in enumerate(self.study.systems))

    def system(self, system: StudySystem, i: int) -> Parts:
        where = f"{self.where}: system[{i}]"
        with at(f"{where}.delivers"):
            delivered = self.amount(system.delivers, f"{self.study.id}: {system.id} delivers {system.delivers}",
                                    where=f"{where}.delivers", unit=self.study.scope.functional_unit.unit)  # fmt: skip
        parts: list[Part] = []
        self.shares = []
        for j, stage in enumerate(system.stages):
            for k, item in enumerate(stage.items):
                here = f"{where}.stage[{j}].item[{k}]"
                with at(here):
                    parts += self._item(item, stage.name, here)
                    self.shares.append(Share(f"{here}.share", item.whole or here, self._share(item, here)))
        return Parts(system.id, system.title or system.id, delivered, tuple(parts), tuple(self.shares))

    def _share(self, item: Item, where: str) -> Term:
        cause, label = f"share of {item.name} = {item.share}", f"share of {item.name}"
        with at("share"):
            return self.amount(item.share, cause, label=label, where=f"{where}.share", unit="1")

    def _unit(self, item: Item) -> str:
        """The unit in which an item's amount is; estimates and queries are taken so many times."""
        process = self.own.get(item.process)
        known = process.unit if process else flow_unit(item.flow) if item.flow else ""
        return item.unit or known or ("" if item.process else "1")

    def _item(self, item: Item, stage: str, where: str) -> list[Part]:
        _check_times(item)
        cause = f"{item.name} = {item.amount} [{item.source}]"
        unit, here = self._unit(item), f"{where}.amount"
        with at("amount"):
            held = self.amount(item.amount, cause, item.pedigree, item.name, where=here, unit=unit)
        amount = times(held, self._share(item, where))
        source, scores = self._backing(item)
        stated = _named_once([item.source, *(s for a in (item.amount, item.share) for s, _ in self._behind(a))])
        part = Part(stage, item.name, item.flow, "", "", stage in self.study.scope.boundary, item.credit, amount,
                    source, scores, "", "", cause, where, stated)  # fmt: skip
        if item.flow:
            return [self._flow(item, part)]
        if item.process:
            return [self._use(item, part)]
        if item.estimate:
            return self._estimate(item, part)
        if item.ledger is not None:
            return self._ledger(item, part)
        return self._study(item, part)

    def _backing(self, item: Item) -> tuple[str, tuple[int, ...]]:
        """Sources and scores behind an item: its own, and of every indicator the worst of what it is computed from."""
        backing = [(item.source, tuple(item.pedigree)), *self._behind(item.amount), *self._behind(item.share)]
        backing += self._behind_process(item.process)
        return _named_once([source for source, _ in backing]), _worst(*(scores for _, scores in backing))

    def _behind_process(self, name: str) -> list[_Backing]:
        """Sources and scores of what a process of the study is made of, and of those that it needs."""
        if name not in self.own:
            return []
        if name not in self._backings:
            met, open_names = {name}, [name]
            found: dict[_Backing, None] = {}
            while open_names:
                for exchange in self.own[open_names.pop(0)].exchanges:
                    if exchange.credit:
                        continue  # beside the item, not in it
                    held = [(exchange.source, tuple(exchange.pedigree)), *self._behind(exchange.amount)]
                    found |= dict.fromkeys(held)
                    if exchange.target in self.own and exchange.target not in met:
                        met.add(exchange.target)
                        open_names.append(exchange.target)
            self._backings[name] = list(found)
        return self._backings[name]

    def _behind(self, amount: Amount) -> list[_Backing]:
        """Sources and scores of the parameters that an amount is computed from, however far behind."""
        found: dict[str, Parameter] = {}
        open_amounts = [amount]
        while open_amounts:
            current = open_amounts.pop()
            if _distribution(current) is None:
                new = expression(str(current)).names - found.keys()
                found |= {name: self.study.parameters[name] for name in sorted(new)}
                open_amounts += [found[name].value for name in sorted(new)]
        return [(parameter.source, tuple(parameter.pedigree)) for parameter in found.values()]

    @contextmanager
    def _placed(self, item: Item) -> Iterator[None]:
        """Errors over a place name what says it: the item, else the scope."""
        try:
            yield
        except InputError as error:
            name = error.field.removeprefix("estimate.")
            if name not in ("zone", "region") or item.estimate.get(name):
                raise
            place = name if item.zone or item.region or item.site else f"{self.where}: scope.{name}"
            raise error.at(place) from None

    def _place(self, item: Item) -> Location:
        scope = self.study.scope
        if item.zone or item.region or item.site:
            return Location(item.zone, item.region, item.site)
        return Location(scope.zone, scope.region)

    def _flow(self, item: Item, part: Part) -> Part:
        self._check_flow(item.flow, "flow")
        factor = _factor(item.unit, flow_unit(item.flow))
        amount = times(part.amount, constant(factor))
        return self._demanded(item, part, item.flow, amount, self._place(item), item.period)

    def _demanded(self, item: Item, part: Part, flow: str, amount: Term, place: Location, period: str) -> Part:
        """A demand for a flow of the library; of hardware, by the rule that holds for the item."""
        if flow.startswith(_ALLOCATED):
            flow, amount = self._allocated(flow, amount, item.allocation or self.study.allocation, part.where)
        own = item.zone or item.region or item.site or place != self._place(item)
        demand = self._demand(flow, place, period, part.where, part.where if own else "")
        return replace(part, flow=flow, unit=flow_unit(flow), amount=amount, place=_named(place), demand=demand)

    def _allocated(self, flow: str, amount: Term, rule: Allocation, where: str) -> tuple[str, Term]:
        """Hours of hardware as a share of its life by the study's rule, where that states a lifetime."""
        terms: dict[str, Term] = {}
        for name, (unit, per) in _RULE_UNITS.items():
            value = getattr(rule, name)
            if value is not None:
                with at(f"{self.where}: allocation.{name}"):
                    cause = f"allocation {name} = {value} [{rule.source}]"
                    here = f"{self.where}: allocation.{name}"
                    terms[name] = self.amount(value, cause, label=f"allocation: {name}", where=here,
                                              unit=unit, per=per)  # fmt: skip
        self._share_out(where, terms)
        amount = times(amount, terms["share"])
        if "lifetime_years" not in terms or not flow.startswith(_HARDWARE):
            return flow, amount
        here = f"{self.where}: allocation"
        terms["hours_per_year"] = _at_most(terms["hours_per_year"], _LONGEST_YEAR_H, f"{here}.hours_per_year")
        each = times(*(_inverse(terms[name], f"{here}.{name}") for name in _LIFE))
        return f"product.{flow.removeprefix(_HARDWARE)}", times(amount, each)

    def _share_out(self, where: str, terms: Mapping[str, Term]) -> None:
        """Note the shares of an item's hardware for checking: once an item, for all its parts share one."""
        noted = {share.whole for share in self.shares}
        for name in ("share", "utilisation"):
            if f"{where} {name}" not in noted:
                self.shares.append(Share(f"{self.where}: allocation.{name}", f"{where} {name}", terms[name]))

    def _use(self, item: Item, part: Part) -> Part:
        own = self.own.get(item.process)
        if own is None:
            near = get_close_matches(item.process, self.own, 1)
            remedy = f"did you mean {near[0]}?" if near else "add it as [[process]]"
            raise InputError("is no process of the study", field="process", value=item.process, remedy=remedy)
        amount = times(part.amount, constant(_factor(item.unit, own.unit)))
        return replace(
            part, flow=own.id, unit=own.unit, process=self._process_id(own.id), amount=amount, place=own.location
        )

    def _estimate(self, item: Item, part: Part) -> list[Part]:
        if self.work.estimator is None:
            raise InputError(
                "needs an estimator", field="estimate", remedy="assess the study with treadlight.app.lifecycle"
            )
        place, period = self._place(item), item.period or self.study.scope.period
        with self._placed(item), at("estimate"):
            found = self.work.estimator(item.estimate, place, period)
        parts = (replace(part, basis=each.basis) for each in found)
        return [
            self._demanded(item, p, each.flow, times(p.amount, _column(each.worlds)), each.location, each.period)
            for p, each in zip(parts, found, strict=True)
        ]

    def _ledger(self, item: Item, part: Part) -> list[Part]:
        if self.work.ledger is None or item.ledger is None:
            raise InputError("needs a ledger", field="ledger", remedy="assess the study with treadlight.app.lifecycle")
        with at("ledger"):
            sums = self.work.ledger(item.ledger)
            if not sums:
                raise InputError(
                    "finds no activity", field="ledger", value=_asked(item.ledger), remedy="see treadlight runs"
                )
        parts = []
        for group in sums:
            place = Location(group.zone, group.region, group.site)
            self.work.metered.add(group.cause)
            term = self._draw(group.cause, f"meter: {group.cause or group.method}", parse(group.uncertainty))
            amount = times(part.amount, constant(group.amount), term)
            told = replace(part, basis=f"{group.count} activities of the ledger, {group.method}")
            parts.append(self._demanded(item, told, group.flow, amount, place, group.period))
        return parts

    def _study(self, item: Item, part: Part) -> list[Part]:
        """The parts of another study's system, each for the functional units that are taken of it."""
        inner = self.study.studies.get(item.study)
        if inner is None:
            raise InputError("was not read", field="study", value=item.study, remedy="read the study from its file")
        ours, theirs = self.study.scope.electricity, inner.scope.electricity
        if ours != theirs:
            what = f"counts electricity by {theirs}, this study by {ours}: unlike figures are never summed"
            raise InputError(what, field="study", value=item.study, remedy="let both count alike")
        unit = inner.scope.functional_unit
        if item.unit and item.unit != unit.unit:
            raise InputError(
                f"{inner.id} delivers {unit.unit}",
                field="unit",
                value=item.unit,
                remedy=f"give the amount in {unit.unit}",
            )
        taken = Scoped(self.work, inner, f"{inner.id}.")
        ids = [system.id for system in inner.systems]
        if item.system not in ids and (item.system or len(ids) != 1):
            raise InputError(
                "is no system of the study", field="system", value=item.system, remedy=f"use one of {', '.join(ids)}"
            )
        held = taken.system(inner.systems[ids.index(item.system or ids[0])], ids.index(item.system or ids[0]))
        self.shares += [replace(share, whole=f"{part.where}: {share.whole}") for share in held.shares]
        share = constant(1.0 if item.unit else unit.amount)
        each = times(part.amount, share, _inverse(held.delivered, f"{inner.where}: system.delivers"))
        return [
            replace(p, stage=part.stage, item=f"{item.name}: {p.item}", inside=part.inside and p.inside,
                    credit=part.credit or p.credit, amount=times(each, p.amount),
                    source=_named_once([part.source, p.source]), stated=_named_once([part.stated, p.stated]),
                    pedigree=_worst(part.pedigree, p.pedigree))
            for p in held.parts
        ]  # fmt: skip


def _distribution(amount: Amount) -> Distribution | None:
    """The distribution that an amount is; None where it is an expression."""
    if not isinstance(amount, str):
        return Point(_float(amount))
    if _DISTRIBUTION.match(amount):
        return parse(amount.replace(" ", ""))
    try:
        return Point(float(amount))
    except ValueError:
        return None


def _names(amount: Amount) -> frozenset[str]:
    """Names in an amount; none in what is no expression, or is refused as none when its turn comes."""
    try:
        return expression(str(amount)).names if _distribution(amount) is None else frozenset()
    except InputError:
        return frozenset()


def _circles(name: str, needs: Mapping[str, Sequence[str]], path: list[str], done: set[str]) -> bool:
    """Whether a name is needed by itself; `path` then ends with the name that comes twice."""
    if name in done:
        return False
    path.append(name)
    if path.count(name) > 1 or any(_circles(each, needs, path, done) for each in needs[name]):
        return True
    path.pop()
    done.add(name)
    return False


def _float(amount: float) -> float:
    try:
        return float(amount)
    except OverflowError:
        raise InputError("is too large", field="amount", remedy="give a number below 1e308") from None


def _check_times(item: Item) -> None:
    """Estimates and sums of the ledger bring their own units: their amount says how many times they are taken."""
    measure = measure_of(item.unit)
    if (item.estimate or item.ledger is not None) and measure.known and (measure.measured or measure.scale != 1.0):
        raise InputError("is no count: this item is taken so many times", field="unit", value=item.unit,
                         remedy="leave it out, and let amount be a plain number")  # fmt: skip


def _factor(unit: str, to: str) -> float:
    """By what an amount in `unit` is multiplied to be in `to`."""
    if unit in ("", to):
        return 1.0
    composed = composed_factor(unit, to)
    return convert(1.0, unit, to) if composed is None else composed


def _convertible(unit: str, to: str) -> bool:
    """Whether an amount in `unit` may be stated where one in `to` is asked for."""
    try:
        return bool(_factor(unit, to))
    except UnitError:
        return False


@lru_cache(maxsize=1024)
def _source(text: str, study_id: str, where: str, date: str) -> Source:
    """The source of a figure of a study, as the study states it; its year is the one that it names, else 0."""
    latest = int(date[:4]) if date[:4].isdigit() else MAXYEAR
    years = {int(year) for year in _STATED_YEAR.findall(text) if int(year) <= latest}
    year = years.pop() if len(years) == 1 else 0
    confidence = "medium" if text else "assumed"
    citation = text or f"study {study_id}: no source is stated"
    return Source(f"study:{study_id}", citation, year, "as the source states", where, confidence)


def _at_most(term: Term, limit: float, where: str) -> Term:
    """A term that may nowhere be above a limit."""

    def found(columns: Columns) -> Value:
        value = term(columns)
        if np.max(value) > limit:
            raise InputError("is more than a year has", field=where, value=f"{float(np.max(value)):.6g}",
                             remedy=f"give at most {limit:g}; a mean year has 8766 hours")  # fmt: skip
        return value

    return found


def _inverse(term: Term, where: str) -> Term:
    """One over a term that must be above 0."""

    def found(columns: Columns) -> Value:
        value = term(columns)
        if not np.min(value) > 0:
            raise InputError("is not above 0 in every draw", field=where, remedy="give a number or a range above 0")
        return 1.0 / value

    return found


def _column(worlds: Array) -> Term:
    """Draws that came from elsewhere; where the columns are others, their median."""

    def found(columns: Columns) -> Value:
        fits = not columns.still and columns.n + 1 == len(worlds)
        return worlds if fits else float(worlds[-1])

    return found


def _named(place: Location) -> str:
    return place.region or place.site or place.zone


def _worst(*scores: Sequence[int]) -> tuple[int, ...]:
    """Of every indicator the worst score; none where nothing is scored."""
    return tuple(max(column) for column in zip(*(held for held in scores if held), strict=True))


def _named_once(sources: Sequence[str]) -> str:
    """The sources that are stated, each once."""
    named = [source for source in dict.fromkeys(sources) if source.strip()]
    more = len(named) - _LISTED
    return "; ".join([*named[:_LISTED], *([f"and {more} more"] if more > 0 else [])])


def _asked(query: Query) -> str:
    told = msgspec.to_builtins(query)
    return ", ".join(f"{name} {value}" for name, value in told.items())
