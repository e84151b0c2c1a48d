"""Hugging Face model cards: the carbon they report of a training, turned back into the electricity behind it."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from treadlight.core.activity import EvidenceMethod, Location, Subject
from treadlight.core.distribution import Distribution, Lognormal, lognormal_between
from treadlight.core.errors import InputError
from treadlight.importers.frame import Imported, ImporterInfo, Note, Options, rejection
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
    options=(DATE,),
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
_HOURS = re.compile(r"hours used[\s:*|]*(?P<hours>\d[\d,.]*)", re.IGNORECASE)
_GSD_FACTOR = 1.3  # tools take another year's, or another source's, factor for the same grid
_MOST_G = 1e12  # a million tonnes: more than any model is said to have caused
_FAINTEST_G_PER_KWH = 4.0  # no grid is cleaner over its life cycle


@dataclass(frozen=True, slots=True)
class _Figure:
    """Reported grams, and what made us doubt them."""

    grams: float
    flags: tuple[Note, ...]


def read(source: Source, options: Options) -> Iterator[Imported]:
    """The one run that a card reports."""
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
    figure = _figure(block.get("emissions", ""), block.get("hardware_used", ""), body)
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


def _figure(text: str, hardware: str, body: str) -> _Figure:
    """Grams, as stated or as the card elsewhere says more plainly.

    Raises
    ------
    InputError
        If there is no number, or it is 0, negative or absurd.
    """
    amount, unit = _amount(text)
    flags = []
    grams = amount * _UNITS[unit]
    if unit != "g":
        flags.append(Note(_KEY, "names a unit of its own, where the field is in grams: it was followed", text))
    elif re.search(r"\d,\d", text):
        flags.append(Note(_KEY, "writes a comma in the number: taken for thousands or decimals as it looks", text))
    else:
        better = _in_body(amount, body)
        if better:
            grams = amount * 1000
            flags.append(Note(_KEY, "says the same number in kilograms below: taken for kilograms", better))
    if grams <= 0 or grams > _MOST_G:
        what = "is 0, which says nothing" if grams == 0 else "is no plausible amount of carbon"
        raise InputError(what, field="emissions", value=text)
    flags += _against_hours(grams, hardware, body)
    return _Figure(grams, tuple(flags))


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


def _in_body(amount: float, body: str) -> str:
    """Where the card itself says the same number with kilograms behind it; empty where it does not."""
    for match in _BODY.finditer(body):
        unit = (match["after"] or match["before"] or "").lower()
        said = float(match["number"].replace(",", "") or 0)
        if unit in ("kg", "kilograms") and amount > 0 and abs(said - amount) <= 0.01 * amount:
            return " ".join(match[0].split())[:60]
    return ""


def _against_hours(grams: float, hardware: str, body: str) -> list[Note]:
    """Whether the hours and the hardware that the card names would emit a hundred times as much, or a thousandth."""
    from treadlight.library.catalogue import recognise_accelerator

    hours = _HOURS.search(body)
    match = recognise_accelerator(hardware) if hardware and hours else None
    if hours is None or match is None or match.row is None or match.row.tdp_w is None:
        return []
    used = float(hours["hours"].replace(",", "").rstrip(".") or 0)
    energy_kwh = used * match.row.tdp_w / 1000
    if energy_kwh <= 0 or _FAINTEST_G_PER_KWH <= grams / energy_kwh <= 20_000:
        return []
    hint = "kilograms for grams?" if grams < energy_kwh else "grams for kilograms, or more devices?"
    return [Note(_KEY, f"does not fit its hours and hardware: {hint}", f"{grams:.4g} g, {energy_kwh:.4g} kWh")]


def _intensity(place: Location, year: str) -> tuple[Distribution, str]:
    """Carbon of the grid at a place [kg CO2e/kWh], and the name of the process it comes from."""
    from treadlight.library.library import Library
    from treadlight.library.system import Demand

    library = Library.load()
    demand = Demand(
        "electricity.grid", Location(place.zone, place.region, "" if place.zone or place.region else "elsewhere"), year
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
