"""A study as an address asks for it: assessed, in one of its scenarios, led by a category and one of its systems."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qs, quote

from treadlight.app.lifecycle import assess
from treadlight.app.server.answers import Answer
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.web.filed import computed, file_of, files_of, study_facts, trouble_of
from treadlight.app.web.phrases import CATEGORY_WORDS, Phrase, choice
from treadlight.app.web.render import SHEETS, keep, render
from treadlight.app.web.sentences import Sentence, composed
from treadlight.assess.draws import Array
from treadlight.assess.footprint import quantity
from treadlight.assess.lifecycle.comparing import Comparison, comparison, system_of
from treadlight.assess.lifecycle.reading import read_study
from treadlight.assess.lifecycle.result import StudyResult, SystemResult
from treadlight.assess.lifecycle.study import Study
from treadlight.core.errors import NotFoundError, TreadlightError
from treadlight.core.quantity import Quantity
from treadlight.core.texts import say
from treadlight.share.studies.material import of_stage

__all__ = ["BROKEN", "STUDY_SHEETS", "Assessed", "Listed", "listed", "opened"]

T = TypeVar("T")
BROKEN = (TreadlightError, OSError, RecursionError)
"""What a file that cannot be used raises."""

_WITHIN = ("stage", "item", "step")
"""Parts of an address that hold for one system alone."""

STUDY_SHEETS = (*SHEETS[:-1], "studies.css", SHEETS[-1])
"""Stylesheets of a study's pages."""


@dataclass(frozen=True)
class Listed:
    """A study of the folder: its result, or in one line why there is none."""

    name: str
    study: Study | None
    result: StudyResult | None
    trouble: str = ""

    @property
    def href(self) -> str:
        """Address of its page."""
        return f"/studies/{quote(self.name)}"

    def why(self, system: str, category: str, kept: str) -> str:
        """Address that explains a system's total; `kept` is the query that links carry on."""
        asked = {name: values for name, values in parse_qs(kept).items() if name != "category"}
        return PageRequest("", query=asked).url(f"{self.href}/why", system=system, category=category)


def listed(desk: Desk) -> list[Listed]:
    """Every study of the folder."""
    return [_listed(desk, name, path) for name, path in files_of(desk, "studies").items()]


def _listed(desk: Desk, name: str, path: Path) -> Listed:
    try:
        study = read_study(file_of(desk, "studies", name))
        return Listed(name, study, _result(desk, study, ""))
    except BROKEN as error:
        return Listed(name, None, None, trouble_of(error, path))


def _result(desk: Desk, study: Study, scenario: str) -> StudyResult:
    facts = study_facts(study)
    return computed(desk, facts, ("result", scenario), lambda: assess(desk, study, scenario=scenario or None))


class Assessed:
    """One study of the folder, as an address asks for it.

    Parameters
    ----------
    name
        Of its file.

    Raises
    ------
    NotFoundError
        If there is no such study, scenario or system.
    TreadlightError, OSError, RecursionError
        If the file cannot be used.
    """

    def __init__(self, desk: Desk, request: PageRequest, name: str) -> None:
        self.desk, self.request, self.name = desk, request, name
        self.study = read_study(file_of(desk, "studies", name))
        self.scenario = request.get("scenario")
        names = [scenario.name for scenario in self.study.scenarios]
        if self.scenario and self.scenario not in names:
            remedy = f"use one of {', '.join(names)}" if names else "it has none"
            raise NotFoundError("is no scenario of the study", field="scenario", value=self.scenario, remedy=remedy)
        self.result = _result(desk, self.study, self.scenario)
        known = self.result.categories
        self.first = "gwp" if "gwp" in known else known[0]
        self.category = desk.category if request.get("category") and desk.category in known else self.first

    @property
    def title(self) -> str:
        """What is assessed."""
        return self.study.title or self.study.id

    @cached_property
    def index(self) -> int:
        """Place of the system that the address chooses; the first unless it names one."""
        return self._place("system", 0)

    @property
    def system(self) -> SystemResult:
        """The system that the address chooses."""
        return self.result.systems[self.index]

    def _place(self, parameter: str, default: int) -> int:
        wanted = self.request.get(parameter)
        ids = [system.id for system in self.result.systems]
        if not wanted:
            return default
        if wanted not in ids:
            remedy = f"use one of {', '.join(ids)}"
            raise NotFoundError("is no system of the study", field=parameter, value=wanted, remedy=remedy)
        return ids.index(wanted)

    @property
    def total(self) -> Quantity | None:
        """The system's total in the leading category, per functional unit."""
        return self.system.total(self.category)

    @cached_property
    def pair(self) -> Comparison | None:
        """Two of its systems on shared draws; None where it has one only."""
        if len(self.result.systems) < 2:
            return None
        a = self._place("a", 0)
        b = self._place("b", 1 if a == 0 else 0)
        ids = [system.id for system in self.result.systems]
        return comparison(system_of(self.result, ids[a]), system_of(self.result, ids[b]))

    def computed(self, key: Hashable, make: Callable[[], T], *, light: bool = False) -> T:
        """What `make` gives of this study in this scenario, kept by its content."""
        return computed(self.desk, study_facts(self.study), (self.scenario, key), make, light=light)

    def share(self, samples: Array, category: str = "") -> float:
        """Share of the system's mean in a category that draws of all categories make."""
        row = self.system.row(category or self.category)
        whole = float(self.system.samples[row].mean())
        return float(samples[row].mean()) / whole if whole else 0.0

    def of_stage(self, stage: str, category: str = "") -> tuple[Quantity | None, float | None]:
        """What a stage makes of a category, and its share; None where that is not known, or is of nothing."""
        return of_stage(self.system, stage, category or self.category)

    def quantity(self, samples: Array, category: str = "") -> Quantity:
        """Interval in a category of draws of all categories."""
        name = category or self.category
        return quantity(samples[self.system.row(name)], name)

    def href(self, part: str = "", **changes: str) -> str:
        """Address of a part of its pages, with what is chosen."""
        path = f"/studies/{quote(self.name)}" + (f"/{part}" if part else "")
        kept = {
            n: v for n in ("scenario", "system", "a", "b", "category", "library", "lang") if (v := self.request.get(n))
        }
        return PageRequest(path).url(path, **{**kept, **changes})

    def why(self, **changes: str) -> str:
        """Address that explains a number of it: a system's total, a stage of it, or an item."""
        return self.href("why", **{"a": "", "b": "", **changes})

    @property
    def query(self) -> str:
        """What the files of its figures keep of the address."""
        own = PageRequest("", query={n: self.request.all(n) for n in ("scenario", "system", "a", "b")}).url("")
        return "&".join(part for part in (keep(self.request), own.partition("?")[2]) if part)

    def sentence(self, pattern: str, **more: Phrase) -> Sentence:
        """A pattern with its blanks filled: study, unit, category, system, scenario, and `more`."""
        request, category = self.request, self.category
        first = self.first
        categories = [("" if n == first else n, say(CATEGORY_WORDS.get(n, n))) for n in self.result.categories]
        systems = [("" if i == 0 else s.id, s.title) for i, s in enumerate(self.result.systems)]
        scenarios = [("", say("as it is")), *((s.name, s.name) for s in self.study.scenarios)]
        return composed(
            pattern,
            study=Phrase("", self.title, ()),
            unit=Phrase("", self.study.scope.functional_unit.name, ()),
            category=choice(request, "category", say("category"), "" if category == first else category, categories),
            system=choice(request, "system", say("system"), systems[self.index][0], systems, others=_WITHIN),
            scenario=choice(request, "scenario", say("scenario"), self.scenario, scenarios),
            **more,
        )


def opened(desk: Desk, request: PageRequest, name: str) -> Assessed | Answer:
    """The study of a file; or, where the file is broken, the page that says so in one line.

    Raises
    ------
    NotFoundError
        If there is no such file.
    """
    path = file_of(desk, "studies", name)
    try:
        return Assessed(desk, request, name)
    except NotFoundError:
        raise
    except BROKEN as error:
        trouble = trouble_of(error, path)
        return render(desk, request, "study_broken.html.jinja", title=name, trouble=trouble, file=path.name)
