"""A study to begin with: a file that runs as it is, with a place for every figure that the author must give."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from treadlight.app.scaffolding import check_words, id_of, toml_text
from treadlight.assess.lifecycle.dimensions import measure_of
from treadlight.assess.lifecycle.study import STAGES
from treadlight.core.errors import InputError

__all__ = ["Outline", "scaffold"]

_DISK = "stored * years * 8766"
_FILLS = {
    "data": f'flow = "hardware.storage.ssd"\namount = "{_DISK}"\nunit = "GB-hour"',
    "storage": f'flow = "hardware.storage.ssd"\namount = "{_DISK}"\nunit = "GB-hour"',
    "experiments": 'estimate = { kind = "training", device_hours = 100, hardware = "H100" }',
    "training": 'estimate = { kind = "training", device_hours = 1000, hardware = "H100" }',
    "evaluation": 'estimate = { kind = "inference", tokens_in = 500, tokens_out = 300, params_total_b = 8 }\n'
    "amount = 10000",
    "deployment": 'flow = "data.transfer.fixed"\namount = 20\nunit = "GB"',
    "serving": 'estimate = { kind = "inference", tokens_in = 500, tokens_out = 300, params_total_b = 8 }\n'
    'amount = "uses_a_year * years"',
    "networks": 'flow = "data.transfer.fixed"\namount = "uses_a_year * years * 50 / 1e6"\nunit = "GB"',
    "devices": 'flow = "hardware.laptop.generic"\namount = "uses_a_year * years * 40 / 3600"\nunit = "device-hour"',
    "manufacturing": 'flow = "product.accelerator.generic"\namount = 1',
    "end-of-life": 'flow = "treatment.ewaste.cutoff"\namount = 1\nunit = "kg"',
}
"""An item to begin with for each stage; its figures are placeholders and say so."""


@dataclass(frozen=True)
class Outline:
    """What the questions ask.

    Parameters
    ----------
    per
        How many units the functional unit is.
    zone
        Grid zone; empty: not known, the world's average.
    stages
        Inside the boundary.
    """

    title: str
    function: str
    unit: str
    per: float
    uses_a_year: float
    years: float
    zone: str
    stages: Sequence[str]
    author: str = ""


def scaffold(outline: Outline, today: date) -> str:
    """The text of a study.

    Raises
    ------
    InputError
        If a stage is none, an amount is not above 0, or a text is empty.
    """
    for stage in outline.stages:
        if stage not in STAGES:
            raise InputError("is no stage of an AI system's life", field="--stage", value=stage,
                             remedy=f"use {', '.join(STAGES)}")  # fmt: skip
    for name in ("per", "uses_a_year", "years"):
        if not 0 < getattr(outline, name) < math.inf:
            raise InputError("is not above 0 and finite", field=f"--{name.replace('_', '-')}",
                             value=getattr(outline, name), remedy="give a number above 0")  # fmt: skip
    check_words(outline, ("title", "function", "unit"))
    measure = measure_of(outline.unit)
    if measure.measured or measure.scale != measure.tally or measure.powers == measure_of("year").powers:
        raise InputError("is measured, not counted", field="--unit", value=outline.unit,
                         remedy="say what one use is called, such as request")  # fmt: skip
    inside = [stage for stage in STAGES if stage in outline.stages]
    return "\n".join([*_head(outline, inside, today), *_figures(outline, inside), *_system(outline, inside)]) + "\n"


def _head(outline: Outline, inside: Sequence[str], today: date) -> list[str]:
    left = [stage for stage in STAGES if stage not in inside]
    per, unit = f"{outline.per:,.12g}", outline.unit
    return [
        "# A study of the whole life of an AI system. Every key: docs/how-to/lca.md.",
        "# Figures marked FILL IN are placeholders: put your own in their place, each with its source and its",
        "# pedigree (reliability, completeness, time, geography, technology: 1 is best, 5 is worst).",
        "",
        'schema = "treadlight.study/1"',
        f"id = {toml_text(id_of(outline.title, 'study'))}",
        f"title = {toml_text(outline.title)}",
        "",
        "[goal]",
        'purpose = "FILL IN: what is to be decided"',
        'audience = ["FILL IN: who will read it"]',
        f"author = {toml_text(outline.author)}",
        f'date = "{today:%Y-%m-%d}"',
        "comparative = false",
        "public = false",
        "",
        "[scope]",
        f"function = {toml_text(outline.function)}",
        f"functional_unit = {{ name = {toml_text(f'{per} × {unit}')}, amount = {outline.per!r}, "
        f"unit = {toml_text(unit)} }}",
        f"zone = {toml_text(outline.zone)}",
        f'period = "{today:%Y}"',
        f"boundary = [{', '.join(map(toml_text, inside))}]",
        "excluded = [",
        *(f'  {{ stage = "{stage}", reason = "FILL IN: why it is left out" }},' for stage in left),
        "]",
        "cut_off_percent = 1.0",
        "",
        "[allocation]",
        'rule = "time"',
    ]


def _figures(outline: Outline, inside: Sequence[str]) -> list[str]:
    stored = ["", "[parameters.stored]", "value = 1000", 'unit = "GB"', 'source = "FILL IN"']
    return [
        "",
        "[parameters.uses_a_year]",
        f'value = "lognormal({outline.uses_a_year!r}, 1.5)"',
        f"unit = {toml_text(f'{outline.unit}/year')}",
        'source = "FILL IN"',
        "pedigree = [4, 4, 1, 1, 3]",
        "",
        "[parameters.years]",
        f"value = {outline.years!r}",
        'unit = "year"',
        'source = "FILL IN"',
        *(stored if {"data", "storage"} & set(inside) else []),
    ]


def _system(outline: Outline, inside: Sequence[str]) -> list[str]:
    lines = ["", "[[system]]", 'id = "now"', f"title = {toml_text(outline.title)}", 'delivers = "uses_a_year * years"']
    for stage in inside:
        lines += ["", "[[system.stage]]", f'name = "{stage}"', "[[system.stage.item]]",
                  f'name = "{stage}, to begin with"', *_FILLS[stage].splitlines(),
                  'note = "FILL IN: what it is, how much, and its source"']  # fmt: skip
    return lines
