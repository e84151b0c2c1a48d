"""Hugging Face model cards: the carbon they report of a training, turned back into the electricity behind it."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from treadlight.core.activity import ELSEWHERE, EvidenceMethod, Location, Subject
from treadlight.core.distribution import Distribution, Lognormal, lognormal_between
from treadlight.core.errors import InputError
from treadlight.importers.frame import Imported, ImporterInfo, Note, Option, Options, rejection
from treadlight.importers.frontmatter import front_matter, value_of
from treadlight.importers.places import place_of
from treadlight.importers.runs import ELECTRICITY, Outline
from treadlight.importers.source import Source
from treadlight.importers.timing import DATE, period

__all__ = ["INFO", "read"]

INFO = ImporterInfo(
    name="huggingface",
    title="Hugging Face model card",
    reads="README.md of a model, with co2_eq_emissions in its YAML front matter.",
    accepts="A number of grams, or a block with emissions, source, training_type, geographical_location and "
    "hardware_used; units in the text, and figures in the card that tell kilograms from grams.",
    gives="A run, with the electricity that would emit as much where the card says it ran: assumed, reported carbon "
    "divided by the grid's intensity. The reported figure stays beside as a label.",
    error="90 % interval: that of the grid's intensity, and a GSD of 1.3 for the tool's own factor: a factor of 1.6 "
    "either way for most countries, 3.2 where the place is unknown.",
    elsewhere=True,
    options=(
        DATE,
        Option("unit", "unit of the number of emissions where the card does not mean grams, such as kg or t"),
    ),
)

_KEY = "co2_eq_emissions"
_STAGES = {"pre-training": "training", "pretraining": "training", "training": "training", "fine-tuning": "fine-tuning",
           "finetuning": "fine-tuning", "fine tuning": "fine-tuning"}  # fmt: skip
_UNITS = {"g": 1.0, "gram": 1.0, "grams": 1.0, "kg": 1e3, "kgs": 1e3, "kilogram": 1e3, "kilograms": 1e3, "t": 1e6,
          "ton": 1e6, "tons": 1e6, "tonne": 1e6, "tonnes": 1e6, "metric": 1e6, "mg": 1e-3, "lb": 453.592,
          "lbs": 453.592}  # fmt: skip
_NUMBER = re.compile(
    r"^[~≈<≤ ]*(?P<number>[-+]?\d[\d ,_]*(?:\.\d+)?(?:e[-+]?\d+)?|[-+]?\.\d+)\s*(?P<unit>[a-z]*)", re.IGNORECASE
)
_BODY = re.compile(
    r"(?:co2|co₂|carbon)[^\n\d]{0,60}?(?:\((?:in )?(?P<before>grams|g|kg|kilograms|tons|tonnes)\))?[\s:*|=≈~]*"
    r"(?P<number>\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?)\s*(?P<after>kilograms|tonnes|grams|tons|kg|g|t)?\b",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"(?<![\w.,])(?P<number>\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?)[ ~]*(?:metric )?"
    r"(?P<unit>kilograms?|tonnes?|grams?|tons?|kgs?|g|t)[ -]*(?:of )?(?:co2|co₂|carbon)",
    re.IGNORECASE,
)
_HOURS = re.compile(
    r"hours used[\s:*|]*(?P<hours>\d[\d,.]*)|"
    r"(?P<before>\d[\d,.]*)(?P<million>\s*(?:M|million))?\s*(?:[\w-]+\s)?(?:gpu|tpu|accelerator)[- ]?hours",
    re.IGNORECASE,
)
_HARDWARE = re.compile(r"hardware (?:type|used)[\s:*|]*([^\n|]+)", re.IGNORECASE)
_AS_STATED = ("g", "gram", "grams", "")
_GSD_FACTOR = 1.3  # tools take another year's, or another source's, factor for the same grid
_MOST_G = 1e12  # a million tonnes: more than any model is said to have caused
_FAINTEST_G_PER_KWH = 4.0  # no grid is cleaner over its life cycle
_DIRTIEST_G_PER_KWH = 20_000.0  # ten times the dirtiest grid, for machines around the accelerator and idle hours
_LIGHTEST_W, _HEAVIEST_W = 35.0, 1500.0  # an accelerator nobody names: half of the lightest server board, the heaviest
_SAME = 0.01  # two figures are the same where they differ by no more


@dataclass(frozen=True, slots=True)
class _Figure:
    """Reported grams, and what made us doubt them."""

    grams: float
    flags: tuple[Note, ...]


def read(source: Source, options: Options) -> Iterator[Imported]:
    """The one run that a card reports."""
    if options.text("unit"):
        _given(options.text("unit"))
    lines, body = front_matter(source.text().replace("\r\n", "\n"))
    if not lines:
        raise source.error("has no YAML front matter", "give the README.md of a model")
    stated = value_of(lines, _KEY)
    if stated is None or stated == {} or stated == "":
        raise source.error(f"states no {_KEY}", "add it to the card: docs/how-to/import")
    block = stated if isinstance(stated, dict) else {"emissions": stated}
    try:
        yield _imported(source, options, block, lines, body)
    except InputError as error:
        yield rejection(_KEY, error)


def _imported(source: Source, options: Options, block: dict[str, str], lines: list[str], body: str) -> Imported:
    figure = _figure(block.get("emissions", ""), block.get("hardware_used", ""), body, options.text("unit"))
    start, end, labels, doubts = period(options, source, _KEY)
    location = place_of(block.get("geographical_location", ""))
    flags = [*figure.flags, *doubts]
    if block.get("geographical_location") and location == Location():
        flags.append(Note(_KEY, "names a place nobody recognises: left unknown", block["geographical_location"]))
    filled = options.fill
    place = location if location != Location() else Location(filled.zone, filled.region)
    intensity_kg, name = _intensity(place, str(start.year))
    energy_kwh = figure.grams / 1000 / intensity_kg.median
    title = _title(lines, body, source)
    outline = Outline(
        INFO,
        source,
        "\x1f".join([title, *(f"{k}={v}" for k, v in sorted(block.items()))]),
        title,
        start,
        end,
        Subject(system=title),
        stage=_STAGES.get(block.get("training_type", "").lower(), ""),
        location=location,
        labels=_labels(block, figure.grams),
        common=labels,
    )
    activity = outline.activity(
        ELECTRICITY,
        energy_kwh,
        EvidenceMethod.ASSUMED,
        f"{figure.grams:.4g} g CO2e reported, divided by {intensity_kg.median * 1000:.4g} g/kWh, {name}",
        uncertainty=_doubt(intensity_kg),
        cause=f"huggingface:{name}",
        component="machine",
    )
    notes = (
        f"the card reported {figure.grams / 1000:.4g} kg CO₂e: kept as a label; the electricity is worked back from it",
        "what that figure covers is not stated: overhead of the hall is added here, the making of hardware is not",
    )
    host = {"gpu": block["hardware_used"]} if block.get("hardware_used") else {}
    return Imported(outline.run((activity,), host=host, notes=notes, duration_s=0.0), (activity,), tuple(flags))


def _figure(text: str, hardware: str, body: str, unit: str = "") -> _Figure:
    """Grams, in the unit the person gives, as stated, or as the card elsewhere says more plainly.

    Raises
    ------
    InputError
        If there is no number, it is 0, negative or absurd, or nobody recognises the unit.
    """
    amount, stated = _amount(text)
    if unit:
        grams, flags = amount * _given(unit), []
    elif stated != "g":
        note = Note(_KEY, "names a unit of its own, where the field is in grams: it was followed", text)
        grams, flags = amount * _UNITS[stated], [note]
    else:
        grams, flags = _plain(amount, text, body)
    if grams <= 0 or grams > _MOST_G:
        what = "is 0, which says nothing" if grams == 0 else "is no plausible amount of carbon"
        raise InputError(what, field="emissions", value=text)
    return _Figure(grams, (*flags, *_against_hours(grams, hardware, body)))


def _given(unit: str) -> float:
    """Grams in the unit that the person who imports gives."""
    if unit.lower() not in _UNITS:
        remedy = "write g, kg, t, mg or lb"
        raise InputError("has a unit nobody recognises", field="--set", value=f"unit={unit}", remedy=remedy)
    return _UNITS[unit.lower()]


def _plain(amount: float, text: str, body: str) -> tuple[float, list[Note]]:
    """Grams of a number without a unit, and what made us doubt that it is grams."""
    if re.search(r"\d,\d", text):
        return amount, [Note(_KEY, "writes a comma in the number: taken for thousands or decimals as it looks", text)]
    said = _in_body(body)
    for grams, words in said:
        if _is_near(grams, amount * 1000):
            reason = (
                "says the same amount in kilograms or tonnes below: taken for kilograms; --set unit=g if it is grams"
            )
            return amount * 1000, [Note(_KEY, reason, words)]
    return amount, []


def _is_near(a: float, b: float) -> bool:
    return a > 0 and b > 0 and abs(a - b) <= _SAME * b


def _amount(text: str) -> tuple[float, str]:
    match = _NUMBER.match(text.strip())
    if not match:
        raise InputError("is no number" if text else "is missing", field="emissions", value=text or None)
    digits = match["number"].replace(" ", "").replace("_", "")
    if re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?", digits):
        digits = digits.replace(",", "")
    digits = digits.replace(",", ".")
    unit = re.sub(r"co.*|eq$", "", match["unit"].lower()) or "g"
    try:
        amount = float(digits)
    except ValueError:
        raise InputError("is no number", field="emissions", value=text) from None
    if unit not in _UNITS:
        raise InputError("has a unit nobody recognises", field="emissions", value=text)
    if amount < 0 or not math.isfinite(amount):
        raise InputError("is negative", field="emissions", value=text)
    return amount, unit


def _in_body(body: str) -> list[tuple[float, str]]:
    """What the card itself says of carbon with kilograms or tonnes beside it [g], and in which words."""
    found = []
    for match in (*_BODY.finditer(body), *_SAID.finditer(body)):
        parts = match.groupdict()
        unit = (parts.get("unit") or parts.get("after") or parts.get("before") or "").lower()
        if unit not in _AS_STATED:
            grams = float(match["number"].replace(",", "") or 0) * _UNITS[unit]
            found.append((grams, " ".join(match[0].split())[:60]))
    return found


def _against_hours(grams: float, hardware: str, body: str) -> list[Note]:
    """Whether the hours and the hardware that the card names would emit a hundred times as much, or a thousandth."""
    match = _HOURS.search(body)
    if match is None:
        return []
    used = float((match["hours"] or match["before"]).replace(",", "").rstrip(".") or 0)
    used *= 1e6 if match["million"] else 1.0
    named = _HARDWARE.search(body)
    low_kwh, high_kwh = (used * power_w / 1000 for power_w in _power_w(hardware or (named[1].strip() if named else "")))
    if used <= 0 or _FAINTEST_G_PER_KWH * low_kwh <= grams <= _DIRTIEST_G_PER_KWH * high_kwh:
        return []
    few = grams < _FAINTEST_G_PER_KWH * low_kwh
    hint = "kilograms for grams? --set unit=kg takes it for those" if few else "grams for kilograms, or more devices?"
    energy_kwh = low_kwh if few else high_kwh
    return [Note(_KEY, f"does not fit its hours and hardware: {hint}", f"{grams:.4g} g, {energy_kwh:.4g} kWh")]


def _power_w(text: str) -> tuple[float, float]:
    """Least and most that an accelerator may draw [W]: its design power where a text names it."""
    from treadlight.library.catalogue import recognise_accelerator

    match = recognise_accelerator(text) if text else None
    if match is not None and match.row is not None and match.row.tdp_w is not None:
        return match.row.tdp_w, match.row.tdp_w
    return _LIGHTEST_W, _HEAVIEST_W


def _intensity(place: Location, year: str) -> tuple[Distribution, str]:
    """Carbon of the grid at a place [kg CO2e/kWh], and the name of the process it comes from."""
    from treadlight.library.library import Library
    from treadlight.library.system import Demand

    library = Library.load()
    demand = Demand(
        "electricity.grid", Location(place.zone, place.region, "" if place.zone or place.region else ELSEWHERE), year
    )
    system = library.system([demand])
    process = system.processes[system.answers[demand] or ""]
    amount = next(e.amount for e in process.exchanges if e.target == "gwp")
    return amount, f"{process.id}, library {library.version}"


def _doubt(intensity_kg: Distribution) -> Distribution:
    low, middle, high = (intensity_kg.quantile(p) for p in (0.05, 0.5, 0.95))
    fitted = lognormal_between(max(low, middle / 100) / middle, high / middle)
    gsd = fitted.gsd if isinstance(fitted, Lognormal) else 1.0
    return Lognormal(1.0, math.exp(math.hypot(math.log(gsd), math.log(_GSD_FACTOR))))


def _title(lines: list[str], body: str, source: Source) -> str:
    """Name of the model: what the card calls it, or its first heading."""
    for key in ("model_name", "model-name", "name"):
        named = value_of(lines, key)
        if isinstance(named, str) and named:
            return named
    heading = re.search(r"^#\s+(.+)$", body, re.MULTILINE)
    return (
        re.sub(r"^Model Card (?:for|of)\s+", "", heading[1].strip()) if heading else source.path.parent.name or "model"
    )


def _labels(block: dict[str, str], grams: float) -> dict[str, str]:
    kept = {f"huggingface.{name}": block.get(name, "") for name in ("source", "training_type", "geographical_location")}
    return {"reported.gwp_kgco2e": f"{grams / 1000:.6g}"} | {k: v for k, v in kept.items() if v}
