"""Two systems per functional unit on shared draws: compared only if they answer one question by one set of rules."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from treadlight.assess.footprint import quantity
from treadlight.assess.lifecycle.result import StudyResult, SystemResult
from treadlight.assess.lifecycle.study import Allocation, Amount, Study
from treadlight.core.category import CATEGORIES
from treadlight.core.errors import InputError
from treadlight.core.quantity import Quantity

__all__ = ["Chosen", "Compared", "Comparison", "Mismatch", "compared", "comparison", "mismatches", "system_of"]

_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class Chosen:
    """One system of an assessed study."""

    result: StudyResult
    system: SystemResult

    @property
    def study(self) -> Study:
        """The study it belongs to."""
        return self.result.study


@dataclass(frozen=True, slots=True)
class Mismatch:
    """What two studies do not share, with both values and what would make them comparable."""

    topic: str
    what: str
    a: str
    b: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A and B in one category; all but the two are None where one of them is unknown.

    Parameters
    ----------
    difference, ratio
        A − B and A ÷ B, on shared draws; no ratio where B is 0 in some draw.
    a_lower
        Probability that A is lower.
    coverage
        Share of the items of A and of B that is known.
    """

    category: str
    a: Quantity | None
    b: Quantity | None
    difference: Quantity | None
    ratio: Quantity | None
    a_lower: float | None
    coverage: tuple[float, float]

    @property
    def equal(self) -> bool:
        """Whether both come to the same, as far as is known of them."""
        gap = self.difference
        return gap is not None and gap.p05 == gap.p50 == gap.p95 == 0


@dataclass(frozen=True)
class Comparison:
    """Two systems: either what keeps them from being compared, or how they compare.

    Parameters
    ----------
    mismatches
        Where there is one, `rows` is empty.
    caveats
        What a reader has to know of either or of both.
    """

    a: Chosen
    b: Chosen
    mismatches: tuple[Mismatch, ...]
    rows: tuple[Compared, ...]
    caveats: tuple[str, ...]

    @property
    def comparable(self) -> bool:
        """Whether nothing keeps them from being compared."""
        return not self.mismatches


def system_of(result: StudyResult, name: str = "") -> Chosen:
    """A system of an assessed study, by id; its only one where no name is given.

    Raises
    ------
    InputError
        If there is no such system, or if there are several and none is named.
    """
    known = {system.id: system for system in result.systems}
    if not name and len(known) == 1:
        return Chosen(result, next(iter(known.values())))
    if name in known:
        return Chosen(result, known[name])
    what = "is no system of the study" if name else "has several systems"
    remedy = f"write {result.study.where}:SYSTEM with one of {', '.join(known)}"
    raise InputError(what, field=result.study.where, value=name or None, remedy=remedy)


def comparison(a: Chosen, b: Chosen) -> Comparison:
    """A beside B, or what keeps them from being compared."""
    found = mismatches(a.result, b.result)
    if found:
        return Comparison(a, b, found, (), ())
    rows = tuple(compared(a.system, b.system, category) for category in a.result.categories)
    return Comparison(a, b, (), rows, tuple(_caveats(a, b)))


def compared(a: SystemResult, b: SystemResult, category: str) -> Compared:
    """A and B in one category, both assessed with the same draws."""
    coverage = float(a.coverage[a.row(category)]), float(b.coverage[b.row(category)])
    left, right = a.total(category), b.total(category)
    if left is None or right is None:
        return Compared(category, left, right, None, None, None, coverage)
    ours, theirs = a.samples[a.row(category)], b.samples[b.row(category)]
    gap = ours - theirs
    lower = float(np.mean(gap < 0) + np.mean(gap == 0) / 2)
    ratio = None
    if (theirs > 0).all():
        ratio = Quantity("1", *(float(x) for x in np.quantile(ours / theirs, (0.05, 0.5, 0.95))))
    return Compared(category, left, right, quantity(gap, category), ratio, lower, coverage)


def mismatches(a: StudyResult, b: StudyResult) -> tuple[Mismatch, ...]:
    """What two results do not share of what a comparison needs; empty where they may be compared.

    References
    ----------
    ISO 14044:2006 (comparisons between systems: same functional unit, and equivalent boundary, data quality, allocation
    and impact assessment; differences are identified and reported).
    """
    one, other = _rules(a), _rules(b)
    return tuple(
        Mismatch(topic, what, shown, other[topic, what][0], remedy)
        for (topic, what), (shown, remedy) in one.items()
        if shown != other[topic, what][0]
    )


def _rules(result: StudyResult) -> dict[tuple[str, str], tuple[str, str]]:
    """What two studies must share: topic and name, to the value as people read it and what to do where it differs."""
    scope = result.study.scope
    unit = scope.functional_unit
    boundary = sorted(scope.boundary)
    both = "let both count"
    return {
        ("functional unit", "name"): (unit.name, "let both be for the same function"),
        ("functional unit", "amount"): (f"{unit.amount:,.15g} {unit.unit}", "let both be for the same amount"),
        ("boundary", "stages"): (", ".join(boundary), "count the same stages in both"),
        ("boundary", "cut-off"): (f"{scope.cut_off_percent:g} %", "use one cut_off_percent"),
        **_allocation(result.study),
        ("method", "electricity"): (f"{scope.electricity}-based", f"{both} electricity alike"),
        ("method", "end of life"): (scope.end_of_life, f"{both} the end of life alike"),
        ("method", "study format"): (result.study.schema, "write both in one version of the format"),
        ("method", "draws"): (f"{result.draws} from seed {result.seed}", "assess both with the same draws"),
        ("categories", "categories"): (", ".join(sorted(result.categories)), "assess the same categories"),
        ("data vintage", "period"): (scope.period or result.library_version[:4], "let both be of one period"),
        ("data vintage", "library"): (scope.library or result.library_version, "make both with one library"),
        ("data vintage", "library's content"): (result.library_digest[:12], "compute both with one library"),
    }


def _allocation(study: Study) -> dict[tuple[str, str], tuple[str, str]]:
    rule = study.allocation
    fields = {
        "rule": rule.rule,
        "lifetime": "as the library" if rule.lifetime_years is None else f"{_said(study, rule.lifetime_years)} years",
        "utilisation": _said(study, rule.utilisation),
        "hours a year": _said(study, rule.hours_per_year),
        "share": _said(study, rule.share),
    }
    return {("allocation", name): (shown, "share out hardware alike") for name, shown in fields.items()}


def _said(study: Study, amount: Amount) -> str:
    """An amount as people read it, with the values of the parameters that it is computed from."""
    try:
        return f"{float(amount):g}"
    except ValueError:
        text = "".join(str(amount).split())
    used = dict.fromkeys(name for name in _NAME.findall(text) if name in study.parameters)
    values = (f"{name} = {_said(study, study.parameters[name].value)}" for name in used)
    return f"{text} ({', '.join(values)})" if used else text


def _caveats(a: Chosen, b: Chosen) -> list[str]:
    one, other = a.study.scope, b.study.scope
    found = []
    if one.function != other.function:
        found.append(f"the functions are worded differently: “{one.function}” and “{other.function}”")
    if one.geography != other.geography:
        found.append(f"the places differ: {one.geography or 'not stated'} and {other.geography or 'not stated'}")
    if any(held.study.goal.public and not held.study.goal.comparative for held in (a, b)):
        found.append(
            "a study that is told to the public does not say that it compares: with goal.comparative = true, "
            "what a public comparison needs is checked"
        )
    found += _coverages(a, b)
    ours, theirs = _exceptions(a), _exceptions(b)
    if ours != theirs:
        text = f"some items have an allocation of their own: in A {ours or 'none'}, in B {theirs or 'none'}"
        found.append(text)
    seen: dict[str, str] = {}
    for letter, chosen in (("A", a), ("B", b)):
        for warning in chosen.result.warnings:
            if warning.system in ("", chosen.system.id):
                seen[warning.text] = "A and B" if seen.get(warning.text, letter) != letter else letter
    return [*found, *(f"{letter}: {text}" for text, letter in seen.items())]


def _coverages(a: Chosen, b: Chosen) -> list[str]:
    """Categories of which unequal shares are known: what is compared there is only what is known."""
    uneven = [
        CATEGORIES[name].name.lower()
        for name in a.result.categories
        if a.system.coverage[a.system.row(name)] != b.system.coverage[b.system.row(name)]
    ]
    return [f"more is known of one than of the other, so compare with care: {', '.join(uneven)}"] if uneven else []


def _exceptions(chosen: Chosen) -> str:
    """Allocations of single items of the system that differ from the study's."""
    system = next(system for system in chosen.study.systems if system.id == chosen.system.id)
    own = [item.allocation for stage in system.stages for item in stage.items if item.allocation is not None]
    return "; ".join(sorted({_told(rule) for rule in own}))


def _told(rule: Allocation) -> str:
    held: dict[str, object] = msgspec.to_builtins(rule)
    return ", ".join(_words({name: held[name] for name in held if name != "source"})) or "by time"


def _words(held: dict[str, object]) -> Sequence[str]:
    return [f"{name.replace('_', ' ')} {value}" for name, value in held.items()]
