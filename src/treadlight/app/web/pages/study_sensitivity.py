"""A study's sensitivity: what moves it, one by one and together, scenarios, sliders, and where two are equal."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from treadlight.app.lifecycle_analysis import Sensitivity, sensitivity
from treadlight.app.server.answers import Answer
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.web.assessed import STUDY_SHEETS, Assessed, opened
from treadlight.app.web.figures import Plate, download, kind_of, plate
from treadlight.app.web.moved import what_if
from treadlight.app.web.render import fragment, render
from treadlight.assess.lifecycle.breakeven import OTHERS, BreakEven, break_even, side_of
from treadlight.assess.lifecycle.tornado import Swing
from treadlight.core.category import CATEGORIES
from treadlight.core.errors import InputError, NotFoundError
from treadlight.core.quantity import Quantity
from treadlight.core.texts import say
from treadlight.share.charts import Chart
from treadlight.share.findings import short_name
from treadlight.share.numbers import plain_number, shared_unit, unit_label
from treadlight.share.studies.moving import Bar, Meeting, meeting_chart, scaled, tornado_chart

PATHS = ("/studies/{name:str}/sensitivity", "/studies/{name:str}/sensitivity/{part:str}")
TITLE = "Sensitivity"
WHOLE = True

_SHOWN = 12


def page(desk: Desk, request: PageRequest) -> Answer:
    """The page, the sliders' answer, or a figure as a file; one line where the study is broken."""
    name, part = request.params["name"], request.params.get("part", "")
    study = opened(desk, request, name)
    if not isinstance(study, Assessed):
        return study
    if part == "what-if":
        return fragment(desk, request, "_study_tried.html.jinja", study=study, **what_if(study))
    moving = Moving(study)
    if part:
        figure, kind = kind_of(part, "tornado", "break-even")
        return download(moving.tornado() if figure == "tornado" else moving.meeting(), kind, request.get("theme"))
    return render(desk, request, "study_sensitivity.html.jinja", **_context(study, moving))


def _context(study: Assessed, moving: "Moving") -> dict[str, Any]:
    path = study.href("sensitivity").partition("?")[0]
    known = study.total is not None
    return {
        "title": say("Sensitivity of {study}", study=study.title),
        "sheets": STUDY_SHEETS,
        "study": study,
        "moving": moving,
        "warnings": [w for w in study.result.warnings if w.system in ("", study.system.id)],
        "tornado": plate(moving.tornado, f"{path}/tornado", study.query, width=900) if known and moving.rows else None,
        "turn": moving.turn,
        "turn_plate": _turn_plate(moving, f"{path}/break-even", study.query),
        "sentence": study.sentence(
            say("What moves {category} of {system} in the study {study}, per {unit}, {scenario}")
        ),
        **what_if(study),
    }


def _turn_plate(moving: "Moving", path: str, query: str) -> Plate | None:
    if moving.turn.found is None:
        return None
    asked = PageRequest("", query={n: [v] for n, v in moving.turn.asked.items()}).url("").partition("?")[2]
    return plate(moving.meeting, path, "&".join(part for part in (query, asked) if part), width=900)


@dataclass(frozen=True, slots=True)
class Row:
    """An input: its swing, and its shares of the variance with their intervals; None where they are not told."""

    swing: Swing
    first: Quantity | None
    total: Quantity | None


@dataclass(frozen=True)
class Turn:
    """Where two quantities are equal: what was asked, what was found, or why nothing could be."""

    asked: dict[str, str]
    found: BreakEven | None
    trouble: str = ""


class Moving:
    """What moves the leading category of the chosen system."""

    def __init__(self, study: Assessed) -> None:
        self.study = study
        self.found: Sensitivity = study.computed(
            "sensitivity",
            lambda: sensitivity(study.desk, study.study, scenario=study.scenario or None),
        )
        self.log = study.total is not None and self.found.rough(study.index, study.category)
        row = study.result.categories.index(study.category)
        self.central = float(self.found.central[study.index, row])
        self._row = row
        self.unit = shared_unit([study.total], CATEGORIES[study.category].unit)
        ranked = self.found.ranked(study.index, study.category, log=self.log) if study.total is not None else []
        told = [self._told(swing) for swing in ranked]
        self.rows = [row for row in told if self._counts(row, told)][:_SHOWN]
        self.more = len(told) - len(self.rows)
        self.turn = self._turn()

    def _told(self, swing: Swing) -> Row:
        indices = self.found.indices
        if swing.name not in indices.names:
            return Row(swing, None, None)
        at, column = indices.names.index(swing.name), self.found.output(
            self.study.index, self.study.category, log=self.log)  # fmt: skip
        return Row(swing, _share(indices.first, indices.first_interval, at, column),
                   _share(indices.total, indices.total_interval, at, column))  # fmt: skip

    def _counts(self, row: Row, rows: list[Row]) -> bool:
        """Whether an input moves it by a hundredth of what the strongest does, or makes that of its variance."""
        widest = max(float(r.swing.width[self.study.index, self._row]) for r in rows)
        share = row.total.p50 if row.total is not None else 0.0
        return float(row.swing.width[self.study.index, self._row]) >= widest / 100 or share >= 1.0

    def at(self, swing: Swing) -> tuple[Quantity, Quantity]:
        """The result with an input at its low and at its high end, all else at its median."""
        unit = CATEGORIES[self.study.category].unit
        low, high = (float(end[self.study.index, self._row]) for end in (swing.at_low, swing.at_high))
        return Quantity.exact(low, unit), Quantity.exact(high, unit)

    def tornado(self, *, narrow: bool = False) -> Chart:
        """The inputs that move it most."""
        unit = CATEGORIES[self.study.category].unit
        to = partial(_in, unit=unit, to=self.unit)
        bars = [
            Bar(r.swing.label, _end(r.swing, r.swing.low), _end(r.swing, r.swing.high),
                to(self.at(r.swing)[0].p50), to(self.at(r.swing)[1].p50)) for r in self.rows
        ]  # fmt: skip
        title = say(
            "{category}, {unit}, with one input at a time at its low end (grey) and at its high end (blue).",
            category=short_name(self.study.category), unit=unit_label(self.unit),
        )  # fmt: skip
        return tornado_chart("tornado", title, bars, to(self.central), self.unit, narrow=narrow)

    @property
    def sides(self) -> list[tuple[str, str]]:
        """What can be set against each other: systems, stages, and all others."""
        systems = self.study.result.systems
        found = [(s.id, s.title) for s in systems] if len(systems) > 1 else []
        for system in systems:
            for stage in system.by_stage():
                found.append(
                    (f"{system.id}/{stage}", f"{stage}, {system.title}") if len(systems) > 1 else (stage, stage)
                )
        return [*found, (OTHERS, say("all other stages"))]

    def named(self, side: str) -> str:
        """A side of a break-even as people call it."""
        return dict(self.sides).get(side, side)

    def _turn(self) -> Turn:
        request, model = self.study.request, self.study.result.model
        names = [held.name for held in model.inputs]
        if not names or self.study.total is None:
            return Turn({}, None)
        asked = {n: request.get(n) for n in ("parameter", "left", "right", "from", "to")}
        given = asked | self._proposed(names) | {n: v for n, v in asked.items() if v}
        try:
            key = ("break-even", self.study.category, tuple(sorted(given.items())))
            return Turn(given, self.study.computed(key, lambda: _break_even(self.study, given)))
        except InputError as error:
            return Turn(given, None, str(error) if any(asked.values()) else "")

    def _proposed(self, names: list[str]) -> dict[str, str]:
        """The first question: two systems, or the largest stage against all others, over what moves them most."""
        systems = self.study.result.systems
        moved = [row.swing.name.removeprefix("parameter:") for row in self.rows]
        parameter = next((name for name in moved if name in names), names[0])
        if len(systems) > 1:
            other = systems[1 if self.study.index == 0 else 0]
            return {"parameter": parameter, "left": self.study.system.id, "right": other.id}
        stages = {s: self.study.share(v) for s, v in self.study.system.by_stage().items()}
        return {"parameter": parameter, "left": max(stages, key=lambda s: stages[s]), "right": OTHERS}

    def meeting(self, *, narrow: bool = False) -> Chart:
        """Two quantities over a parameter."""
        found = self.turn.found
        if found is None:
            raise NotFoundError("cannot be drawn", field="break-even", value=self.turn.trouble or None,
                                remedy="choose two quantities and a parameter that moves them")  # fmt: skip
        left, right = self.named(found.left), self.named(found.right)
        to: Callable[[Any], Any] = partial(scaled, unit=CATEGORIES[self.study.category].unit, to=self.unit)
        met = Meeting(found.input.label, found.curve.values, left, to(found.curve.left), right,
                      to(found.curve.right), found.value)  # fmt: skip
        title = say(
            "{left} (blue) and {right} (grey), {unit}, over {parameter}, {parameter_unit}.",
            left=left, right=right, unit=unit_label(self.unit), parameter=found.input.label,
            parameter_unit=unit_label(found.input.unit) or say("no unit"),
        )  # fmt: skip
        return meeting_chart("break-even", title, met, self.unit, narrow=narrow)


def _break_even(study: Assessed, given: dict[str, str]) -> BreakEven:
    model = study.result.model
    sides = side_of(model, given["left"], given["right"]), side_of(model, given["right"], given["left"])
    low, high = (_number(given, name) for name in ("from", "to"))
    return break_even(model, given["parameter"], *sides, study.category, low=low, high=high)


def _number(given: dict[str, str], name: str) -> float | None:
    text = given.get(name, "")
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise InputError("is not a number", field=name, value=text, remedy="write a number, such as 1e6") from None


def _share(values: Any, ends: Any, at: int, column: int) -> Quantity | None:
    low, mid, high = float(ends[0, at, column]), float(values[at, column]), float(ends[1, at, column])
    if not np.isfinite(mid):
        return None
    low, mid, high = (100 * min(max(v, 0.0), 1.0) for v in (low, mid, high))
    return Quantity("%", min(low, mid), mid, max(high, mid))


def _in(value: float, *, unit: str, to: str) -> float:
    return float(scaled(np.array(value), unit, to))


def _end(swing: Swing, value: float | None) -> str:
    return f"{plain_number(value)} {unit_label(swing.unit)}".strip() if value is not None else ""
