"""Conclusions that follow from the figures by fixed rules, each a sentence with the numbers it rests on."""

from collections.abc import Iterator

import numpy as np

from treadlight.assess.lifecycle.comparing import compared
from treadlight.assess.lifecycle.result import SystemResult
from treadlight.share.findings import short_name
from treadlight.share.numbers import percent
from treadlight.share.studies.material import Material, dictated, known, listed, named, whole

__all__ = ["conclusions"]

_SURE = 0.95
_UNSURE = 0.05
_OFTEN = 0.5


def conclusions(given: Material) -> Iterator[str]:
    """What the figures say: totals, what leads where, use against making, doubt, what is missing, which is lower."""
    for system in given.systems:
        of = f"{system.title}: " if len(given.systems) > 1 else ""
        for sentence in _of_system(given, system):
            yield of + sentence
    if len(given.systems) > 1:
        yield from _which(given)


def _of_system(given: Material, system: SystemResult) -> Iterator[str]:
    names = known(system)
    unit = given.result.study.scope.functional_unit.name
    if not names:
        yield "nothing is known of any category; that does not mean zero."
        return
    first = system.total(names[0])
    if first is not None:
        yield f"{short_name(names[0])} per {unit}: {dictated(first)}."
    for of, some in _by_coverage(system, names):
        yield from (of + sentence for sentence in _leaders(system, some))
        yield from (of + sentence for sentence in _phases(system, some))
    yield from _doubts(system, names)
    yield from _gaps(system)


def _by_coverage(system: SystemResult, names: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Categories that are known throughout, and those of which the sentences hold for what is known only."""
    complete = [name for name in names if system.coverage[system.row(name)] == 1]
    partial = [name for name in names if name not in complete]
    if complete:
        yield "", complete
    if partial:
        yield "Of what is known: ", partial


def _leaders(system: SystemResult, names: list[str]) -> Iterator[str]:
    """Which stage leads each category, and in how many draws it does."""
    stages = system.by_stage()
    if len(stages) < 2:
        return
    grouped: dict[str, list[str]] = {}
    open_: list[str] = []
    for name in (name for name in names if whole(system, name)):
        row = system.row(name)
        stacked = np.stack([samples[row] for samples in stages.values()])
        leader = int(np.argmax(stacked.mean(axis=1)))
        sure = float(np.mean(np.argmax(stacked, axis=0) == leader))
        share = float(stacked[leader].mean()) / whole(system, name)
        told = f"{short_name(name).lower()} ({percent(share)} of the mean, first in {percent(sure)} of draws)"
        if sure >= _OFTEN:
            grouped.setdefault(list(stages)[leader], []).append(told)
        else:
            open_.append(f"{short_name(name).lower()} ({list(stages)[leader]} has the largest mean, {percent(share)}, "
                         f"and is first in {percent(sure)} of draws)")  # fmt: skip
    for stage, told_of in grouped.items():
        yield f"{stage.capitalize()} is the largest stage of {listed(told_of)}."
    if open_:
        yield f"Which stage is the largest is open for {listed(open_)}."
    if len(grouped) > 1:
        yield "Which stage comes first differs between categories: a ranking by carbon alone would mislead."


def _phases(system: SystemResult, names: list[str]) -> Iterator[str]:
    phases, spoken = system.by_phase(), system.known_by_phase()
    if not {"use", "embodied"} <= set(phases):
        return
    names = [name for name in names if name in spoken["use"] and name in spoken["embodied"] and whole(system, name)]
    if not names:
        return
    used: list[str] = []
    made: list[str] = []
    for name in names:
        row = system.row(name)
        use, embodied = float(phases["use"][row].mean()), float(phases["embodied"][row].mean())
        (used if use > embodied else made).append(name)
    if used and made:
        yield f"Use is larger than making for {named(used)}; making is larger than use for {named(made)}."
    else:
        yield f"{'Use is larger than making' if used else 'Making is larger than use'} for {named(names)}."


def _doubts(system: SystemResult, names: list[str]) -> Iterator[str]:
    grouped: dict[str, list[str]] = {}
    for name in names:
        ranked = list(system.doubt(name).items())
        if ranked:
            label, share = ranked[0]
            grouped.setdefault(label, []).append(f"{short_name(name).lower()} ({percent(share)})")
    told = [f"{label} for {listed(categories)}" for label, categories in grouped.items()]
    if told:
        yield f"The largest share of the doubt comes from {'; '.join(told)}."


def _gaps(system: SystemResult) -> Iterator[str]:
    lost = [c for c in system.categories if system.total(c) is None]
    if lost:
        yield f"Nothing is known of {named(lost)}; that does not mean zero."
    large = [left for left in system.left_out if max(left.shares.values(), default=0.0) > 0]
    for left in large:
        name, share = max(left.shares.items(), key=lambda held: held[1])
        yield f"Left out: {left.stage}, which would add up to {percent(share)} ({short_name(name).lower()})."
    if system.credits:
        items = listed(list(dict.fromkeys(line.item for line in system.credits)))
        yield f"Avoided burdens ({items}) stand beside the totals and are not taken off them."


def _which(given: Material) -> Iterator[str]:
    """Which system is lower, category by category, where as much is known of both."""
    first, *others = given.systems
    for other in others:
        told: dict[str, list[str]] = {}
        for name in first.categories:
            found = compared(first, other, name)
            if found.a_lower is None or found.coverage[0] != found.coverage[1]:
                words = "not compared, because not as much is known of both"
            elif found.equal:
                words = "equal"
            elif found.a_lower >= _SURE:
                words = f"“{first.title}” is lower in at least {percent(_SURE)} of draws"
            elif found.a_lower <= _UNSURE:
                words = f"“{other.title}” is lower in at least {percent(_SURE)} of draws"
            else:
                words = f"not told apart, because fewer than {percent(_SURE)} of draws agree"
            told.setdefault(words, []).append(name)
        for words, names in told.items():
            yield f"“{first.title}” beside “{other.title}”: {words}: {named(names)}."
