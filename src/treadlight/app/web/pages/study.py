"""A study's report: goal and scope, totals, stages, hot spots, quality, credits beside, and its systems compared."""

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from treadlight.app.server.answers import Answer, File
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.web.assessed import STUDY_SHEETS, Assessed, opened
from treadlight.app.web.figures import download, kind_of, plate
from treadlight.app.web.ink import Axis
from treadlight.app.web.render import render
from treadlight.assess.lifecycle.result import Line
from treadlight.assess.lifecycle.water import water_lines
from treadlight.core.category import CATEGORIES
from treadlight.core.errors import InputError
from treadlight.core.quantity import Quantity
from treadlight.core.texts import say
from treadlight.share.charts import Chart
from treadlight.share.findings import short_name
from treadlight.share.flows import flow_chart
from treadlight.share.numbers import in_unit, shared_unit
from treadlight.share.studies.figures import flow_diagram

PATHS = ("/studies/{name:str}", "/studies/{name:str}/report/{form:str}", "/studies/{name:str}/figure/{figure:str}")
TITLE = "Study"
WHOLE = True

_FORMS = {"html": "text/html; charset=utf-8", "md": "text/markdown; charset=utf-8", "json": "application/json"}
_SPOTS, _DOUBTS = 3, 8
_LEAST = 0.005
"""In the unit of its column, below which a quantity stands in one of its own."""


def page(desk: Desk, request: PageRequest) -> Answer:
    """The report as a page, the whole report as a file, or a figure as a file; one line where the study is broken."""
    study = opened(desk, request, request.params["name"])
    if not isinstance(study, Assessed):
        return study
    if "form" in request.params:
        return _file(study, request.params["form"])
    if "figure" in request.params:
        _, kind = kind_of(request.params["figure"], "stages")
        return download(_flow(study), kind, request.get("theme"))
    return render(desk, request, "study.page.html.jinja", **_context(study))


def _context(study: Assessed) -> dict[str, Any]:
    stages = study.system.known_by_stage()
    drawn = [study.of_stage(stage)[0] for stage in stages]
    shares = {(s, c): study.of_stage(s, c)[1] for s in stages for c in study.result.categories}
    unit = shared_unit([study.total, *drawn], CATEGORIES[study.category].unit)
    return {
        "title": study.title,
        "sheets": STUDY_SHEETS,
        "study": study,
        "goal": study.study.goal,
        "scope": study.study.scope,
        "system": study.system,
        "unit": unit,
        "warnings": [w for w in study.result.warnings if w.system in ("", study.system.id)],
        "stages": list(zip(stages, drawn, strict=True)),
        "fitting": _fitting,
        "axis": Axis([*drawn, study.total], unit, width=260),
        "water": water_lines(study.system),
        "shares": shares,
        "tops": {c: max((shares[s, c] or 0.0 for s in stages), default=0.0) for c in study.result.categories},
        "known": [c for c in study.result.categories if study.system.total(c) is not None],
        "spots": {c: study.system.hot_spots(c, _SPOTS) for c in study.result.categories},
        "items": _items(study),
        "doubts": list(study.system.doubt(study.category).items())[:_DOUBTS],
        "credits": _beside(study, study.system.credits),
        "outside": _beside(study, study.system.outside),
        "boundary": study.computed(("boundary", study.system.id), lambda: flow_diagram(study.study, study.system)),
        "flow": plate(partial(_flow, study), study.href("figure/stages").partition("?")[0], study.query, width=900)
        if study.total
        else None,
        "sentence": study.sentence(_pattern(study)),
    }


def _fitting(quantity: Quantity | None, unit: str) -> str:
    """The unit of a column, or for what would be many zeros in it one that fits the quantity."""
    if quantity is None:
        return unit
    largest = max(abs(in_unit(quantity, unit).p50), abs(in_unit(quantity, unit).p95))
    return shared_unit([quantity]) if 0 < largest < _LEAST else unit


def _pattern(study: Assessed) -> str:
    one, still = len(study.result.systems) < 2, not study.study.scenarios
    if one and still:
        return say("The study {study}, per {unit}, shown as {category}")
    if still:
        return say("The study {study}, per {unit}, shown as {category} of {system}")
    if one:
        return say("The study {study}, per {unit}, shown as {category}, {scenario}")
    return say("The study {study}, per {unit}, shown as {category} of {system}, {scenario}")


def _items(study: Assessed) -> list[tuple[Any, Quantity | None, float | None]]:
    """Quality, amount and share of every item in the leading category, largest first, what is unknown last."""
    drawn, known = study.system.by_item(), study.system.known_by_item()
    rows: list[tuple[Any, Quantity | None, float | None]] = []
    for row in study.system.quality():
        held = study.category in known[row.stage, row.item]
        samples = drawn[row.stage, row.item] if held else None
        rows.append((row, None if samples is None else study.quantity(samples), row.shares.get(study.category)))
    return sorted(rows, key=lambda row: -1.0 if row[2] is None else row[2], reverse=True)


def _beside(study: Assessed, lines: Sequence[Line]) -> list[tuple[str, str, Quantity | None]]:
    """Stage, item and amount in the leading category of what stands beside the total; None where it is unknown."""
    return [
        (line.stage, line.item,
         study.quantity(line.samples) if study.category in study.system.known_of(line) else None)
        for line in lines
    ]  # fmt: skip


def _flow(study: Assessed, *, narrow: bool = False) -> Chart:
    title = say("{category} by stage, as shares of the mean; the table has the figures.",
                category=short_name(study.category))  # fmt: skip
    held = [(say(stage), *study.of_stage(stage)) for stage in study.system.known_by_stage()]
    stages = [(stage, q, share or 0.0) for stage, q, share in held]
    return flow_chart("stages", title, stages, shared_unit([study.total]), narrow=narrow)


def _file(study: Assessed, form: str) -> File:
    """The whole report, in the order that ISO 14044 asks for."""
    from treadlight.app.lifecycle_report import report
    from treadlight.share.reports.study_html import study_page
    from treadlight.share.reports.study_json import study_report_form
    from treadlight.share.reports.study_markdown import study_markdown

    if form not in _FORMS:
        raise InputError("is no form of a report", field="report", value=form, remedy=f"use {', '.join(_FORMS)}")
    document = study.computed("report", lambda: report(study.desk, study.study, scenario=study.scenario or None))
    if form == "json":
        text = json.dumps(study_report_form(document), ensure_ascii=False, indent=1)
    else:
        text = study_page(document) if form == "html" else study_markdown(document)
    return File(text.encode(), _FORMS[form], f"{study.name}.{form}")
