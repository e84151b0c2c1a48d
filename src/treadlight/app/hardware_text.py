"""The life of a device, and refresh advice, on a terminal."""

import math
import sys
from collections.abc import Sequence
from datetime import date

from treadlight.assess.footprint import spread
from treadlight.assess.hardware.life import HardwareLife
from treadlight.assess.hardware.making import Bench, Phase
from treadlight.assess.hardware.refresh import Advice, Payback, Way
from treadlight.core.quantity import Quantity
from treadlight.share.findings import short_name
from treadlight.share.numbers import figure, percent, plain_number, shared_unit, show, unit_label
from treadlight.share.terminal_text import Cell, Line, Piece, fit, line, paragraph, table

__all__ = ["amount_text", "show_advice", "show_life"]

_BLANK: Line = ()
_SOON_YEARS = 2.0
_HEADS = {"manufacture": "making", "end of life": "disposal"}
_SHORTER = {"energy": "Energy", "pe": "Primary"}


def amount_text(quantity: Quantity | None, unit: str = "") -> str:
    """``294 kg CO₂e (94–918)``; ``unknown`` where it is not known."""
    if quantity is None:
        return "unknown"
    shown = show(quantity, unit)
    return f"{shown.text} ({shown.interval})" if shown.interval else shown.text


def show_life(life: HardwareLife, width: int = 0) -> list[Line]:
    """Everything that `treadlight hardware life` says."""
    width = fit(width, sys.stdout)
    years = show(spread(life.work.years, "a"))
    parts = "; ".join(part.text for part in life.device.parts)
    return [
        line(Piece(life.device.text, "bold")),
        *paragraph(f"{parts}. Used for {years.text.replace(' a', '')} years; {life.work.basis}.", width, style="dim"),
        _BLANK,
        *_phases(life, width),
        *_notes(life, width),
        _BLANK,
        *_water(life, width),
        *_waste(life, width),
        *_second_life(life, width),
        *_listed("Not counted", life.not_counted, width),
        _BLANK,
        *_foot(life.bench, width),
    ]


def _phases(life: HardwareLife, width: int) -> list[Line]:
    """A table of totals by category, and one of what each phase is of them; all electricity is use."""
    rows: list[list[Cell] | None] = []
    for name in life.bench.categories:
        total = life.total(name)
        if name == "energy" and total is not None and total.p95 == 0:
            continue
        shown = show(total) if total is not None else None
        value: list[Cell] = [Piece(shown.value, "bold"), shown.unit, shown.interval] if shown else ["unknown", "", ""]
        gap = "▨" if life.unknown(name) and total is not None else ""
        rows.append([_name(name), *value, Piece(gap, "warn")])
    of = [name for name in life.bench.categories if name != "energy"]
    shares: list[list[Cell] | None] = [
        [_HEADS.get(phase.name, phase.name), *(_share(life, phase, name) for name in of)] for phase in life.phases
    ]
    return [
        *table(["Impact", "p50", "", "p05–p95", ""], rows, "lrlrl", width),
        _BLANK,
        *table(["Of which", *(_name(name) for name in of)], shares, "l" + "r" * len(of), width),
    ]


def _name(category: str) -> str:
    return _SHORTER.get(category) or short_name(category)


def _share(life: HardwareLife, phase: Phase, name: str) -> str:
    found = life.share(phase, name)
    if life.part(phase, name) is None:
        return "unknown"
    inside = phase.note.startswith("inside") and not phase.samples[life.bench.row(name)].any()
    if inside and name != "ewaste":
        return "inside"
    return percent(found) if found else "–"


def _notes(life: HardwareLife, width: int) -> list[Line]:
    lines: list[Line] = []
    for phase in life.phases:
        if phase.note and phase.name != "use":
            lines += paragraph(f"{phase.name}: {phase.note}", width, 2, "dim", 2)
    lost = [short_name(n).lower() for n in life.bench.categories if life.unknown(n) and life.total(n) is not None]
    if life.hall.watts is not None:
        kept = amount_text(spread(life.hall.watts, "W"))
        text = f"rack and building: by {kept} that a data centre keeps for it, {life.hall.basis}"
        lines += paragraph(f"{text}; --hall-w 0 where it stands in none", width, 2, "dim", 2)
    if life.hall.warning:
        lines += paragraph(f"! {life.hall.warning}", width, 2, "warn", 2)
    if lost:
        lines += paragraph(
            f"▨ something of {', '.join(lost)} is not known: the true total is higher", width, 2, "warn", 2
        )
    return lines


def _water(life: HardwareLife, width: int) -> list[Line]:
    rows: list[list[Cell] | None] = [[name, amount_text(found)] for name, found in life.water().items()]
    return table(["Water", ""], rows, "ll", width)


def _waste(life: HardwareLife, width: int) -> list[Line]:
    waste = life.waste
    lines = [_BLANK, line(Piece("At the end", "bold"))]
    text = f"{amount_text(waste.mass)} of electronic waste, fate {waste.fate}"
    if waste.fate == "reused":
        text = "passed on to its next user; no waste yet"
    elif waste.collected is not None and waste.share is not None:
        text += f"; documented as collected: {percent(waste.share)}, {amount_text(waste.collected)}"
    lines += paragraph(text, width, 2, hanging=2)
    for found in waste.avoided:
        beside = f"avoided elsewhere by recycling, beside the total and never taken off it: {amount_text(found)}"
        lines += paragraph(beside, width, 2, hanging=2)
    return lines


def _second_life(life: HardwareLife, width: int) -> list[Line]:
    if life.ours is None:
        return []
    rows: list[list[Cell] | None] = []
    for name in life.bench.categories:
        found, passed = life.extension(name), life.passed_on(name)
        if found and passed and found[0].p95 > 0:
            unit = shared_unit(found)
            per_year = [f"{show(q, unit).value} ({show(q, unit).interval})" for q in found]
            rows.append([_name(name), *per_year, f"{unit_label(unit)}/year", amount_text(passed)])
    head = ["Per year", "alone", "with it", "", "it bears in all"]
    return [
        _BLANK,
        line(Piece("A second life shares what is charged once", "bold")),
        *table(head, rows, "lrrll", width),
    ]


def _listed(title: str, texts: Sequence[str], width: int) -> list[Line]:
    if not texts:
        return []
    lines = [piece for text in texts for piece in paragraph(text, width, 2, hanging=2)]
    return [_BLANK, line(Piece(title, "bold")), *lines]


def _foot(bench: Bench, width: int) -> list[Line]:
    place = bench.location.site or bench.location.region or bench.location.zone or "this machine's place, as configured"
    text = (
        f"Electricity of {place}, {bench.year}, {bench.method.accounting}-based; end of life cut-off; p05–p95 holds "
        f"nine of ten plausible values; {plain_number(bench.draws)} draws, seed {bench.seed}; library "
        f"{bench.library.version}."
    )
    return paragraph(text, width, style="dim")


def show_advice(advice: Advice, width: int = 0) -> list[Line]:
    """Everything that `treadlight refresh` says."""
    width = fit(width, sys.stdout)
    years = plain_number(advice.horizon_years)
    lines = [
        line(Piece(f"{advice.old.text}: the same work for {years} years from {advice.since}", "bold")),
        *_bases(advice, width),
        _BLANK,
        *_totals(advice, width),
    ]
    for way in advice.ways:
        if way.action in ("replace", "second-hand"):
            lines += [_BLANK, *_break_even(advice, way, width)]
    lines += [_BLANK, *_verdicts(advice, width), *_listed("Not counted", advice.missing, width), _BLANK]
    return [*lines, *_foot(advice.bench, width)]


def _bases(advice: Advice, width: int) -> list[Line]:
    lines: list[Line] = []
    for way in advice.ways:
        if way.action in ("replace", "second-hand"):
            count = show(spread(way.devices, "1"))
            text = f"{way.title}: {count.value} ({count.interval}) of it do the work of one; {way.basis}"
            lines += paragraph(text if count.interval else text.replace(" ()", ""), width, style="dim", hanging=2)
    return lines


def _totals(advice: Advice, width: int) -> list[Line]:
    names = [n for n in advice.bench.categories if n != "energy"]
    rows: list[list[Cell] | None] = []
    for name in names:
        totals = [advice.total(way, name) for way in advice.ways]
        unit = shared_unit(totals)
        cells = [_value(total, unit) for total in totals]
        rows.append([_name(name), *cells, unit_label(unit)])
    head = [f"In {plain_number(advice.horizon_years)} years", *(way.action for way in advice.ways), ""]
    return table(head, rows, "l" + "r" * len(advice.ways) + "l", width)


def _value(total: Quantity | None, unit: str) -> str:
    if total is None:
        return "unknown"
    shown = show(total, unit)
    return f"{shown.value} ({shown.interval})" if shown.interval else shown.value


def _break_even(advice: Advice, way: Way, width: int) -> list[Line]:
    rows: list[list[Cell] | None] = []
    for name in advice.bench.categories:
        if name == "energy":
            continue
        found = advice.payback(way, name)
        if found is None:
            rows.append([_name(name), "unknown", "", "", ""])
            continue
        when, between = _when(found, way, advice.since), _between(found, way, advice.since)
        rows.append([_name(name), when, between, percent(found.within), percent(found.outlived)])
    head = ["Breaks even", "", "p05–p95", f"within {plain_number(advice.horizon_years)} a", "never"]
    title = line(Piece(way.title, "bold"))
    return [title, *table(head, rows, "lllrr", width), *_threshold(advice, way, width)]


def _when(found: Payback, way: Way, since: date) -> Piece:
    """The day, or plainly: never; also where it comes after the longest life of such a device."""
    middle = found.dates(since)[1]
    if found.years[1] == 0:
        return Piece("at once", "bold")
    if middle is None:
        return Piece("never", "bold")
    return Piece("never in its life" if _outlives(found.years[1], way) else _moment(middle, found.years[1]), "bold")


def _between(found: Payback, way: Way, since: date) -> str:
    early, _, late = found.dates(since)
    if early is None or _outlives(found.years[0], way):
        return ""
    ends = [_moment(day, years) if day and not _outlives(years, way) else "never"
            for day, years in zip((early, late), found.years[::2], strict=True)]  # fmt: skip
    return ends[0] if ends[0] == ends[1] else " – ".join(ends)


def _outlives(years: float, way: Way) -> bool:
    """Whether so many years are more than the longest life of such a device."""
    return 0 < way.life_years < years


def _moment(day: date, years: float) -> str:
    """A day that is near, the month of one that is not, or so many years."""
    if years <= _SOON_YEARS:
        return day.isoformat()
    return f"{day:%Y-%m}" if years <= 10 else f"in {plain_number(years, 2)} years"


def _threshold(advice: Advice, way: Way, width: int) -> list[Line]:
    found = advice.threshold(way)
    if found is None:
        return []
    years = plain_number(advice.horizon_years)
    low, middle, high = (f"{figure(g)} g" if math.isfinite(g) else "any" for g in found)
    if not math.isfinite(found[1]):
        text = f"Climate: the older device wins on any grid over {years} years, because this one draws no less."
    else:
        text = f"Climate: below {middle} CO₂e/kWh ({low} to {high}) the older device wins over {years} years."
    return paragraph(text, width, 2, hanging=2)


def _verdicts(advice: Advice, width: int) -> list[Line]:
    """In plain words, category by category: the answers differ, and no category stands for another."""
    lines = [line(Piece("Lowest over the years, category by category", "bold"))]
    for name in advice.bench.categories:
        if name == "energy":
            continue
        odds, worn = advice.best(name), advice.best(name, worn=True)
        if not odds:
            lines += paragraph(f"{short_name(name)}: cannot be said, making is not known", width, 2, hanging=2)
            continue
        best, other = max(odds, key=lambda k: odds[k]), max(worn, key=lambda k: worn[k])
        text = f"{short_name(name)}: {best} ({percent(odds[best])} likely)"
        if other != best and not (best == "keep" and other == "extend"):
            text += f"; if it needs spare parts to go on, {other} ({percent(worn[other])})"
        lines += paragraph(text, width, 2, hanging=2)
    return lines
