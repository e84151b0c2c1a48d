"""What a report is made of, and the few words that all its parts use."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from treadlight.assess.draws import Array
from treadlight.assess.footprint import quantity
from treadlight.assess.lifecycle.result import StudyResult, SystemResult
from treadlight.assess.lifecycle.tornado import Swing
from treadlight.core.quantity import Quantity
from treadlight.library.process import Process, Source
from treadlight.share.findings import short_name
from treadlight.share.numbers import show
from treadlight.share.studies.document import Cell, Heading

__all__ = [
    "Material",
    "Moved",
    "dictated",
    "interval",
    "known",
    "listed",
    "named",
    "of_stage",
    "scored",
    "stage_unknown",
    "whole",
]


@dataclass(frozen=True)
class Moved:
    """How far inputs move the results: those with all at their medians, shape (systems, categories), and the swings."""

    base: Array
    swings: tuple[Swing, ...]


@dataclass(frozen=True)
class Material:
    """An assessed study with what its interpretation needs.

    Parameters
    ----------
    moved
        Inputs moved one at a time.
    scenarios
        The study in its other scenarios, by name, with the same draws.
    """

    result: StudyResult
    moved: Moved
    scenarios: Mapping[str, StudyResult]
    made: datetime
    version: str

    @property
    def systems(self) -> tuple[SystemResult, ...]:
        """The systems that are reported on."""
        return self.result.systems

    @cached_property
    def processes(self) -> tuple[Process, ...]:
        """Every process that the systems call forth, those outside the boundary and credits among them."""
        found: dict[str, Process] = {}
        for system in self.systems:
            lines = (*system.lines, *system.outside, *system.credits)
            open_ids = [line.part.process for line in lines if line.part.process]
            while open_ids:
                process = system.unit.processes[open_ids.pop()]
                if process.id not in found:
                    found[process.id] = process
                    open_ids += [e.target for e in process.exchanges if not e.is_impact]
        return tuple(found[name] for name in sorted(found))

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """Sources of the factors, each once, in the order of their citations."""
        found = {e.source: None for p in self.processes for e in p.exchanges if not e.source.id.startswith("study:")}
        return tuple(sorted(found, key=lambda s: (s.citation, s.locator, s.id)))

    def numbers(self, process: Process) -> list[int]:
        """Numbers of the sources of a process in the list of sources."""
        return sorted({self._numbered[e.source] for e in process.exchanges if e.source in self._numbered})

    @cached_property
    def _numbered(self) -> dict[Source, int]:
        return {source: i for i, source in enumerate(self.sources, 1)}

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know, with the title of the system that it is about where there are several."""
        titles = {system.id: f"{system.title}: " for system in self.systems} if len(self.systems) > 1 else {}
        return tuple(f"{titles.get(w.system, '')}{w.text}" for w in self.result.warnings)

    def heading(self, text: str, system: SystemResult) -> Heading:
        """A heading, with the system's title where there are several."""
        return Heading(f"{text}: {system.title}" if len(self.systems) > 1 else text)


def interval(quantity: Quantity | None, unit: str = "") -> tuple[Cell, Cell]:
    """Value with its unit, and interval, of a quantity; the word where it is unknown."""
    if quantity is None:
        return Cell("unknown"), Cell("")
    shown = show(quantity, unit)
    return Cell(shown.text), Cell(shown.interval)


def known(system: SystemResult) -> list[str]:
    """Categories of which something is known."""
    return [name for name in system.categories if system.total(name) is not None]


def stage_unknown(system: SystemResult, stage: str, category: str) -> bool:
    """Whether nothing is known of a category in a stage; that does not mean zero."""
    return category not in system.known_by_stage().get(stage, ())


def of_stage(system: SystemResult, stage: str, category: str) -> tuple[Quantity | None, float | None]:
    """What a stage makes of a category, and its share of the mean; None where that is not known, or is of nothing."""
    if stage_unknown(system, stage, category):
        return None, None
    samples, all_ = system.by_stage()[stage][system.row(category)], whole(system, category)
    return quantity(samples, category), float(samples.mean()) / all_ if all_ else None


def whole(system: SystemResult, category: str) -> float:
    """Mean of a category's total: what shares are shares of."""
    return float(system.samples[system.row(category)].mean())


def named(categories: Iterable[str]) -> str:
    """Short names of categories, in a sentence."""
    return listed([short_name(name).lower() for name in categories])


def listed(words: Sequence[str]) -> str:
    """``a, b and c``."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def dictated(quantity: Quantity) -> str:
    """A quantity in a sentence, with its interval."""
    shown = show(quantity)
    ends = f" (p05–p95: {shown.interval})" if shown.interval else ""
    return f"{shown.text}{ends}"


def scored(pedigree: Sequence[int]) -> Cell:
    """Five scores, kept in one line."""
    words = [str(score) for score in pedigree] or ["not", "scored"]
    return Cell("\N{NO-BREAK SPACE}".join(words))
