"""Claims as people have them: options, a table of published trainings, the card of a model on Hugging Face."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from treadlight.app.estimating_inputs import number
from treadlight.core.distribution import Point
from treadlight.core.errors import InputError
from treadlight.estimate.accelerator import find_trainer, near_names
from treadlight.estimate.claims import Claim, Finding
from treadlight.estimate.scope import SCOPES
from treadlight.importers.frontmatter import front_matter, value_of
from treadlight.library.models import Models

__all__ = ["check_hardware", "claim_of", "finding_form", "read_claims"]

_WORDS = ("name", "family", "architecture", "hardware", "scope")
_NUMBERS = tuple(f.name for f in fields(Claim) if f.name not in (*_WORDS, "net"))
_RENAMED = {
    "model": "name",
    "estimate_scope": "scope",
    "reported_energy_mwh": "energy_mwh",
    "reported_tco2e": "carbon_t",
    "tco2e": "carbon_t",
}
_SCALED = {
    "energy_kwh": ("energy_mwh", 1e-3),
    "reported_energy_kwh": ("energy_mwh", 1e-3),
    "kgco2e": ("carbon_t", 1e-3),
    "reported_kgco2e": ("carbon_t", 1e-3),
    "gco2e": ("carbon_t", 1e-6),
}
_GRAMS = "co2_eq_emissions"
_LARGEST = 1 << 24

_NUMBER = r"(?P<number>\d[\d,]*(?:\.\d+)?)"
_HOURS_USED = re.compile(rf"\bhours[ _]used\b[\W_]*{_NUMBER}", re.IGNORECASE)
_DEVICE_HOURS = (
    re.compile(rf"\b(?:gpu|tpu|accelerator|device)[- _]?hours\b[\W_]*{_NUMBER}", re.IGNORECASE),
    re.compile(rf"{_NUMBER}\s+(?:\S+\s+)?(?:gpu|tpu|accelerator|device)[- ]?hours\b", re.IGNORECASE),
)
_HARDWARE_USED = re.compile(r"\bhardware[ _](?:type|used)\b[\s:*|]*([^\n|*]+)", re.IGNORECASE)
_COUNTED = re.compile(r"^\s*(\d+)\s*[x×]?\s+(.+?)(?:\s+GPUs?)?$")


def claim_of(cells: Mapping[str, object]) -> Claim:
    """The claim of a row or of options; other columns are left alone.

    Raises
    ------
    InputError
        For a value that is no number, or negative.
    """
    found: dict[str, Any] = {}
    for column, value in cells.items():
        if column == "scope" and str(cells.get("estimate_scope") or "").strip():
            continue  # a remark in words beside the one that is meant
        name, factor = _SCALED.get(column, (_RENAMED.get(column, column), 1.0))
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        if name in _WORDS:
            found.setdefault(name, str(value).strip())
        elif name in _NUMBERS:
            found.setdefault(name, number(value, column) * factor)
    if "scope" in found and found["scope"] not in SCOPES:
        raise InputError(
            "is no scope", field="estimate_scope", value=found["scope"], remedy=f"use one of {', '.join(SCOPES)}"
        )
    accounting = str(cells.get("carbon_method") or "").lower()
    return Claim(**found, net="market" in accounting and "location" not in accounting)


def read_claims(path: str, models: Models) -> list[Claim]:
    """Claims of a file: a CSV or JSON of rows, or the card of a model (README.md).

    Raises
    ------
    InputError
        If it cannot be read, or holds no claim.
    """
    text = _text(path)
    if Path(path).suffix.lower() in (".md", ".markdown") or text.lstrip().startswith("---"):
        return [_card(text, path, models)]
    rows = _json_rows(text, path) if Path(path).suffix.lower() == ".json" else _csv_rows(text, path)
    claims = [_placed(cells, where) for where, cells in rows]
    if not any(claim.energy_mwh or claim.carbon_t or claim.hours or claim.pue for claim in claims):
        remedy = "name columns such as reported_energy_mwh, reported_tco2e, device_hours, tdp_w, pue"
        raise InputError("states no energy, carbon or hours", field="FILE", value=path, remedy=remedy)
    return claims


def finding_form(finding: Finding) -> dict[str, Any]:
    """A finding as JSON shows it."""
    return asdict(finding) | {"numbers": dict(finding.numbers)}


def _text(path: str) -> str:
    try:
        with Path(path).open("rb") as file:
            found = file.read(_LARGEST + 1)  # a device or a pipe has no size to ask for
        if len(found) > _LARGEST:
            raise InputError("is too large for a list of claims", field="FILE", value=path, remedy="give fewer rows")
        return found.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        what = f"cannot be read ({getattr(error, 'strerror', None) or error})"
        raise InputError(what, field="FILE", value=path, remedy="give a CSV, JSON or Markdown file in UTF-8") from None


def _placed(cells: Mapping[str, object], where: str) -> Claim:
    try:
        claim = claim_of(cells)
    except InputError as error:
        raise error.at(f"{where} {error.field}") from None
    return claim if claim.name else replace(claim, name=str(cells.get("id") or where))


def _csv_rows(text: str, path: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        if not header:
            raise InputError("is empty", field="FILE", value=path, remedy="its first line names the columns")
        twice = next((name for name in header if header.count(name) > 1), None)
        if twice is not None:
            raise InputError("appears twice in the header", field=path, value=twice, remedy="keep one of the two")
        for cells in reader:
            if cells:
                yield f"{Path(path).name} line {reader.line_num}", dict(zip(header, cells, strict=False))
    except csv.Error as error:
        what = f"is no CSV at line {reader.line_num} ({error})"
        raise InputError(what, field="FILE", value=path, remedy="quote cells that hold commas") from None


def _json_rows(text: str, path: str) -> list[tuple[str, Mapping[str, object]]]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise InputError(f"is no JSON ({error})", field="FILE", value=path, remedy="give a list of objects") from None
    rows = found if isinstance(found, list) else [found]
    if not all(isinstance(row, dict) for row in rows):
        raise InputError("holds no objects", field="FILE", value=path, remedy="give a list of objects")
    return [(f"{Path(path).name} item {i + 1}", row) for i, row in enumerate(rows)]


def _card(text: str, path: str, models: Models) -> Claim:
    """The claim of a model's card: ``co2_eq_emissions`` in grams, as a number or a block, in its front matter."""
    block, _ = front_matter(text.replace("\r\n", "\n"))
    if not block:
        remedy = "a card begins with a block between two lines of ---"
        raise InputError("has no front matter", field="FILE", value=path, remedy=remedy)
    grams, facts = _emissions(block, path)
    named = (value_of(block, key) for key in ("model_name", "base_model"))
    title = re.search(r"^#\s+(.+?)\s*$", text, re.MULTILINE)
    otherwise = title.group(1) if title else Path(path).resolve().parent.name
    name = next((found for found in named if found and isinstance(found, str)), otherwise)
    claim = Claim(name=name, carbon_t=grams / 1e6, net=False, **_used(facts, text))
    kind = facts.get("training_type", "").lower()
    return claim if "fine" in kind else _sized(claim, models)


def check_hardware(claim: Claim) -> None:
    """Refuse a name that is no accelerator; the nearest are offered.

    Raises
    ------
    InputError
        If nothing listed is called so; a card that is like none of them may stand with its design power.
    """
    if claim.hardware and not (claim.tdp_w and not near_names(claim.hardware)):
        find_trainer(claim.hardware, claim.tdp_w)


def _used(facts: Mapping[str, str], text: str) -> dict[str, Any]:
    """Accelerators and their hours, as the block or the text of a card says."""
    body = _HARDWARE_USED.search(text)
    hardware = facts.get("hardware_used") or (body.group(1).strip() if body else "")
    count = _COUNTED.match(hardware)
    found: dict[str, Any] = {"hardware": (count.group(2) if count else hardware) or None}
    if count:
        found["n_devices"] = float(count.group(1))
    hours = next((match for pattern in _DEVICE_HOURS if (match := pattern.search(text))), None)
    if hours is not None:
        return {**found, "device_hours": number(hours["number"].replace(",", ""), "GPU hours")}
    hours = _HOURS_USED.search(text)
    if hours is not None:
        found["wall_hours" if count else "device_hours"] = number(hours["number"].replace(",", ""), "hours used")
    return found


def _sized(claim: Claim, models: Models) -> Claim:
    model = models.get(claim.name)
    if model is None:
        return claim
    total, active = model.params_total_b, model.params_active_b
    return replace(
        claim,
        params_total_b=total.value if isinstance(total, Point) else None,
        params_active_b=active.value if isinstance(active, Point) else None,
        tokens_b=model.training_tokens_b,
        architecture=model.architecture or None,
        hardware=claim.hardware or model.training_hardware or None,
    )


def _emissions(block: Sequence[str], path: str) -> tuple[float, dict[str, str]]:
    """Grams, and the other fields of the block."""
    stated = value_of(block, _GRAMS)
    if stated is None:
        remedy = "the card says nothing about carbon"
        raise InputError(f"has no {_GRAMS}", field="FILE", value=path, remedy=remedy)
    if isinstance(stated, str):
        return number(stated, _GRAMS), {}
    if not stated.get("emissions"):
        raise InputError("states no emissions", field=f"{path} {_GRAMS}", remedy="give emissions in grams")
    return number(stated["emissions"], f"{_GRAMS}.emissions"), stated
