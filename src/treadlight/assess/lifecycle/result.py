"""What an assessment gives: impacts per functional unit, what they come from, how good the data are."""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from treadlight.assess.doubt import shares_of_doubt
from treadlight.assess.draws import Array
from treadlight.assess.footprint import quantity
from treadlight.assess.lifecycle.model import Model
from treadlight.assess.lifecycle.parts import Part
from treadlight.assess.lifecycle.pedigree import additional_gsd
from treadlight.assess.lifecycle.study import STAGES, Study
from treadlight.assess.solve import UnitImpacts, impacts_by_process
from treadlight.core.quantity import Quantity

__all__ = ["HotSpot", "LeftOut", "Line", "Quality", "StudyResult", "StudyWarning", "SystemResult"]

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class StudyWarning:
    """Something a reader of the result must know; it stays with it in every report.

    Parameters
    ----------
    kind
        ``boundary``, ``incomplete``, ``unknown``, ``public``, ``library``, ``sources``, ``units`` or ``placeholders``.
    """

    kind: str
    text: str
    system: str = ""


@dataclass(frozen=True)
class Line:
    """One part of a system, with the draws of its impacts per functional unit, shape (categories, n)."""

    part: Part
    phase: str
    process_name: str
    amount: Array
    samples: Array
    unknown: frozenset[str]

    @property
    def stage(self) -> str:
        """Stage of the item."""
        return self.part.stage

    @property
    def item(self) -> str:
        """Name of the item."""
        return self.part.item


@dataclass(frozen=True, slots=True)
class HotSpot:
    """A part of a category's total: its name, where it belongs, its share of the total's mean, its interval."""

    name: str
    stage: str
    share: float
    quantity: Quantity


@dataclass(frozen=True, slots=True)
class Quality:
    """How good an item's figure is: its pedigree scores, the spread they add, its source, its shares.

    Parameters
    ----------
    shares
        Category to the item's share of the total's mean; without those of which nothing is known of the item.
    unknown
        Categories of which something of the item is not known: their shares, where there are any, are of what is.
    """

    stage: str
    item: str
    pedigree: tuple[int, ...]
    additional_gsd: float
    source: str
    shares: Mapping[str, float]
    unknown: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A stage outside the boundary.

    Parameters
    ----------
    shares
        Category to what it would add, over the total within the boundary; empty where it cannot be estimated, without
        those of which nothing is known.
    unknown
        Categories of which something of it is not known, where it is estimated.
    """

    stage: str
    reason: str
    shares: Mapping[str, float]
    unknown: frozenset[str] = frozenset()


@dataclass(frozen=True)
class SystemResult:
    """One system per functional unit.

    Parameters
    ----------
    samples
        Draws of the total, shape (categories, n).
    central
        The total with every input at its median, shape (categories,).
    delivered
        Draws of what the system delivers over its life [unit of the functional unit].
    lines
        Parts within the boundary; they add up to the total.
    outside, credits
        Parts outside the boundary, and avoided burdens: beside the total, never in it.
    coverage
        Share of the items and flows of which a category is known throughout, shape (categories,).
    empty_stages
        Stages of the boundary without an item: unknown.
    """

    id: str
    title: str
    categories: tuple[str, ...]
    samples: Array
    central: Array
    delivered: Array
    lines: tuple[Line, ...]
    outside: tuple[Line, ...]
    credits: tuple[Line, ...]
    coverage: Array
    empty_stages: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    below_cut_off: tuple[str, ...]
    unit: UnitImpacts
    demand: Mapping[str, Array]
    causes: Mapping[str, str]

    def row(self, category: str) -> int:
        """Row of a category in the arrays."""
        return self.categories.index(category)

    def total(self, category: str) -> Quantity | None:
        """What is known of a category; None where nothing is."""
        row = self.row(category)
        nothing = self.coverage[row] < 1 and not self.samples[row].any()
        return None if nothing else quantity(self.samples[row], category)

    def by_stage(self) -> dict[str, Array]:
        """Draws of the impacts by stage, in the order of life, each of shape (categories, n); they add up."""
        return self._by_stage

    @cached_property
    def _by_stage(self) -> dict[str, Array]:
        parts = self._by(lambda line: line.stage)
        return {stage: parts[stage] for stage in STAGES if stage in parts}

    def by_phase(self) -> dict[str, Array]:
        """Draws of the impacts by phase of the process: use, embodied, end-of-life."""
        return self._by(lambda line: line.phase)

    def known_by_stage(self) -> dict[str, frozenset[str]]:
        """Categories of which something is known, by stage, in the order of life.

        Stages within the boundary without an item, and those whose items nobody answers, are among them: empty.
        """
        return self._known_by_stage

    @cached_property
    def _known_by_stage(self) -> dict[str, frozenset[str]]:
        parts = self._known(lambda line: line.stage)
        return {s: parts.get(s, frozenset()) for s in STAGES if s in parts or s in self.empty_stages}

    def known_by_phase(self) -> dict[str, frozenset[str]]:
        """Categories of which something is known, by the phase of the process."""
        return {phase: known for phase, known in self._known(lambda line: line.phase).items() if phase}

    def known_by_item(self) -> dict[tuple[str, str], frozenset[str]]:
        """Categories of which something is known, by stage and item; items that nobody answers are among them."""
        return self._known(lambda line: (line.stage, line.item))

    def _known(self, key: Callable[[Line], K]) -> dict[K, frozenset[str]]:
        parts: dict[K, list[Line]] = {}
        for line in self.lines:
            parts.setdefault(key(line), []).append(line)
        return {name: self.known_of(*lines) for name, lines in parts.items()}

    def known_of(self, *lines: Line) -> frozenset[str]:
        """Categories of which something is known of lines together: nothing of them is lost, or they are not zero."""
        return frozenset(
            name
            for row, name in enumerate(self.categories)
            if not any(name in line.unknown for line in lines)
            or any(line.part.process and line.samples[row].any() for line in lines)
        )

    def by_item(self) -> dict[tuple[str, str], Array]:
        """Draws of the impacts by stage and item."""
        return self._by(lambda line: (line.stage, line.item))

    def _by(self, key: Callable[[Line], K]) -> dict[K, Array]:
        parts: dict[K, Array] = {}
        for line in self.lines:
            if line.part.process:
                name = key(line)
                parts[name] = parts[name] + line.samples if name in parts else line.samples
        return parts

    @cached_property
    def _processes(self) -> dict[str, Array]:
        return impacts_by_process(self.unit, self.demand)

    def by_process(self) -> dict[str, Array]:
        """Draws of the impacts by the process in which they arise, shape (categories, n); they add up."""
        return self._processes

    def hot_spots(self, category: str, most: int = 5) -> list[HotSpot]:
        """The items that make most of a category, largest first."""
        named = {key: (key[1], key[0], samples) for key, samples in self.by_item().items()}
        return self._ranked(category, list(named.values()), most)

    def hot_processes(self, category: str, most: int = 5) -> list[HotSpot]:
        """The processes in which most of a category arises, largest first."""
        named = [(self.unit.processes[key].name, key, samples) for key, samples in self.by_process().items()]
        return self._ranked(category, named, most)

    def _ranked(self, category: str, parts: Sequence[tuple[str, str, Array]], most: int) -> list[HotSpot]:
        row = self.row(category)
        whole = float(self.samples[row].mean())
        found = [
            HotSpot(name, stage, float(samples[row].mean()) / whole, quantity(samples[row], category))
            for name, stage, samples in parts
            if whole and samples[row].any()
        ]
        return sorted(found, key=lambda spot: -spot.share)[:most]

    def unknown(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """Stage, item and the categories that are not known of it."""
        merged: dict[tuple[str, str], set[str]] = {}
        for line in self.lines:
            if line.unknown:
                merged.setdefault((line.stage, line.item), set()).update(line.unknown)
        return [(*key, tuple(c for c in self.categories if c in lost)) for key, lost in merged.items()]

    def doubt(self, category: str) -> dict[str, float]:
        """Share of the doubt of a category by what is uncertain, largest first, by label."""
        shares = shares_of_doubt(self.samples[self.row(category)], self.causes, self.unit.draws)
        named: dict[str, float] = {}
        for cause, share in shares.items():
            named[self.causes[cause]] = named.get(self.causes[cause], 0.0) + share
        return named

    def quality(self) -> list[Quality]:
        """Data quality, item by item, the largest share of any category first."""
        parts, lost = self.by_item(), {(stage, item): frozenset(names) for stage, item, names in self.unknown()}
        rows: list[Quality] = []
        for key, known in self.known_by_item().items():
            part = next(line.part for line in self.lines if (line.stage, line.item) == key)
            shares = self._shares(parts[key], known) if key in parts else {}
            gsd, unknown = additional_gsd(part.pedigree), lost.get(key, frozenset())
            rows.append(Quality(*key, part.pedigree, gsd, part.source or part.basis, shares, unknown))
        return sorted(rows, key=lambda row: -max(row.shares.values(), default=0.0))

    def _shares(self, samples: Array, known: Collection[str]) -> dict[str, float]:
        """Of the mean of each category that is known, where that is not zero."""
        rows = zip(self.categories, samples.mean(axis=1), self.samples.mean(axis=1), strict=True)
        return {name: float(part / whole) for name, part, whole in rows if whole and name in known}


@dataclass(frozen=True)
class StudyResult:
    """An assessed study.

    Parameters
    ----------
    study
        As it was assessed: in the scenario, if one was named.
    source
        As it was read.
    overrides
        Parameters that were set for this assessment.
    """

    study: Study
    source: Study
    scenario: str
    overrides: Mapping[str, float]
    categories: tuple[str, ...]
    systems: tuple[SystemResult, ...]
    warnings: tuple[StudyWarning, ...]
    library_version: str
    library_digest: str
    draws: int
    seed: int
    model: Model

    @property
    def digest(self) -> str:
        """Digest of the study as it was read."""
        return self.source.digest

    @property
    def comparable(self) -> tuple[object, ...]:
        """What two results must share to be put side by side: draws, seed, categories and library."""
        return self.draws, self.seed, self.categories, self.library_digest
