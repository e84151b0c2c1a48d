"""What moves a study, where it turns, and how two systems compare, on a terminal."""

import math
import sys
from collections.abc import Sequence

from treadlight.app.lifecycle_analysis import BreakEvens, InScenario, Sensitivity
from treadlight.assess.lifecycle.breakeven import BreakEven
from treadlight.assess.lifecycle.comparing import Compared, Comparison
from treadlight.assess.lifecycle.result import StudyResult
from treadlight.assess.lifecycle.tornado import Swing
from treadlight.core.category import CATEGORIES
from treadlight.core.quantity import Quantity
from treadlight.share.findings import short_name
from treadlight.share.numbers import (
    MINUS,
    display_unit,
    exact,
    figure,
    percent,
    plain_number,
    shared_unit,
    show,
    unit_label,
)
from treadlight.share.terminal_text import Cell, Line, Piece, fit, line, paragraph, table

__all__ = ["show_break_evens", "show_comparison", "show_sensitivity"]

_BLANK: Line = ()
_BAR = 12
_CERTAIN = 0.995
_LOG = "Shares of the logarithm's variance: a few extreme draws make most of that of the value."


def show_sensitivity(
    found: Sensitivity, categories: Sequence[str], most: int, *, log: bool = False, width: int = 0
) -> list[Line]:
    """Bars, indices and scenarios; with `log`, shares of the logarithm's variance in every category."""
    width = fit(width, sys.stdout)
    lines = _head(found.result, width)
    text = (
        "Bars: the result while one input goes from its p05 to its p95 and all others stand at their medians. "
        "Alone, total: share of the variance when all vary together."
    )
    lines += paragraph(text, width, style="dim")
    for i, system in enumerate(found.result.systems):
        for name in categories:
            lines += [_BLANK, *_moved(found, i, name, most, log or found.rough(i, name), width)]
        for scenario in found.scenarios:
            lines += [_BLANK, *_scenario(scenario, i, system.title, categories, width)]
    return [*lines, _BLANK, *_foot(found.result, width)]


def _head(result: StudyResult, width: int) -> list[Line]:
    unit = result.study.scope.functional_unit
    scenario = f" Scenario {result.scenario}." if result.scenario else ""
    return [
        line(Piece(result.study.title or result.study.id, "bold")),
        *paragraph(f"Every number is for {unit.name}.{scenario}", width),
    ]


def _foot(result: StudyResult, width: int) -> list[Line]:
    text = f"{plain_number(result.draws)} draws, seed {result.seed}, library {result.library_version}"
    return paragraph(text, width, style="dim")


def _moved(found: Sensitivity, i: int, name: str, most: int, log: bool, width: int) -> list[Line]:
    """One category of one system: its inputs as a tornado, with their indices."""
    system, row = found.result.systems[i], found.result.categories.index(name)
    titled = f"{system.title}: " if len(found.result.systems) > 1 else ""
    heading = Piece(f"{titled}{short_name(name).lower() if titled else short_name(name)}", "bold")
    total = system.total(name)
    if total is None:
        return [line(heading, ": unknown")]
    central = float(found.central[i, row])
    unit = display_unit(CATEGORIES[name].unit, abs(central) or total.p50)
    ranked = found.ranked(i, name, log=log)
    swings = ranked[:most]
    if not swings:
        return [line(heading, ": nothing that varies moves it")]
    ends = [float(x) for s in swings for x in (s.at_low[i, row], s.at_high[i, row])]
    span = min([*ends, central]), max([*ends, central])
    rows: list[list[Cell] | None] = []
    for swing in swings:
        low, high = float(swing.at_low[i, row]), float(swing.at_high[i, row])
        moved = f"{_figure(low, name, unit)} → {_figure(high, name, unit)}"
        rows.append(
            [
                swing.label,
                _range(swing),
                _bar(low, high, central, span),
                moved,
                *_shares(found, swing, found.output(i, name, log=log)),
            ]
        )
    middle = f", {_figure(central, name, unit)} {unit_label(unit)} with all at their medians"
    head = ["Input", "from–to", "", unit_label(unit), "alone", "total"]
    lines = [*_headed(heading.text, middle, width), *(paragraph(_LOG, width, style="dim") if log else [])]
    lines += table(head, rows, "lrlrrr", width)
    others = len(ranked) - len(swings)
    return [*lines, *(paragraph(f"and {others} more: --top, --json", width, style="dim") if others else [])]


def _headed(heading: str, rest: str, width: int) -> list[Line]:
    """A heading and what stands behind it; beneath it where both are too wide for one line."""
    if len(heading) + len(rest) <= width:
        return [line(Piece(heading, "bold"), Piece(rest, "dim"))]
    return [*paragraph(heading, width, style="bold"), *paragraph(rest.removeprefix(", "), width, 2, "dim")]


def _figure(value: float, name: str, unit: str) -> str:
    return show(exact(value, CATEGORIES[name].unit), unit).value


def _range(swing: Swing) -> str:
    if swing.low is None or swing.high is None:
        return ""
    return f"{_short(swing.low)}–{_short(swing.high)}"


def _short(value: float) -> str:
    """Two significant digits, and a power of ten where there would be many zeros."""
    if value and not 1e-3 <= abs(value) < 1e5:
        return f"{value:.1e}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e").replace("-", MINUS)
    return plain_number(float(f"{value:.2g}"), 2)


def _bar(low: float, high: float, central: float, span: tuple[float, float]) -> Line:
    """From the lower to the upper result, marked at the median: what lies below it is light, what lies above full."""
    width = span[1] - span[0]
    if not width:
        return line(" " * _BAR + "│")
    at = [round((x - span[0]) / width * _BAR) for x in (min(low, high), central, max(low, high))]
    left, middle, right = min(at[0], at[1]), at[1], max(at[2], at[1])
    return line(" " * left, Piece("▒" * (middle - left), "dim"), "│", Piece("█" * (right - middle), "accent"))


def _shares(found: Sensitivity, swing: Swing, column: int) -> list[Cell]:
    """First-order and total index, the latter with half its interval."""
    indices = found.indices
    if swing.name not in indices.names:
        return ["", ""]
    at = indices.names.index(swing.name)
    first, total = float(indices.first[at, column]), float(indices.total[at, column])
    if math.isnan(total):
        return ["", ""]
    low, high = indices.total_interval[:, at, column]
    half = round((high - low) * 50)
    return [percent(max(first, 0.0)), f"{figure(total * 100)} ± {half}{percent(0)[1:]}" if half else percent(total)]


def _scenario(held: InScenario, i: int, title: str, categories: Sequence[str], width: int) -> list[Line]:
    rows: list[list[Cell] | None] = []
    for row in held.rows[i]:
        if row.category in categories:
            rows.append([short_name(row.category), *_quantity(row.a), *_ratio(row.ratio), _told(row)])
    head = ["", "p50", "", "p05–p95", "× the study", "p05–p95", "lower in"]
    return [*_headed(f"Scenario {held.name}", f", {title}", width), *table(head, rows, "lrlrrrr", width)]


def _quantity(quantity: Quantity | None) -> list[Cell]:
    if quantity is None:
        return ["unknown", "", ""]
    shown = show(quantity)
    return [Piece(shown.value, "bold"), shown.unit, shown.interval]


def _ratio(ratio: Quantity | None) -> list[Cell]:
    if ratio is None:
        return ["", ""]
    shown = show(ratio, at_least=2)
    return [shown.value, shown.interval]


def _told(row: Compared) -> str:
    return "equal" if row.equal else _chance(row.a_lower)


def _chance(lower: float | None) -> str:
    return "" if lower is None else percent(lower)


def show_break_evens(found: BreakEvens, width: int = 0) -> list[Line]:
    """For each category where the two are equal, as a sentence and a small curve."""
    width = fit(width, sys.stdout)
    lines = _head(found.result, width)
    first = found.found[0]
    label = first.input.name if first.input.label == first.input.name else f"{first.input.label} ({first.input.name})"
    text = (
        f"Where {first.left} and {first.right} are equal, as {label} goes from {_short(first.low)} to "
        f"{_short(first.high)}{f' {first.input.unit}' if first.input.unit else ''}."
    )
    lines += paragraph(text, width)
    for held in found.found:
        lines += [_BLANK, line(Piece(short_name(held.category), "bold"))]
        for sentence in _sentences(held):
            lines += paragraph(sentence, width, 2)
        for gap in held.gaps:
            lines += paragraph(gap, width, 2, "warn")
        lines += _curve(held, width)
    for name, why in found.skipped:
        lines += [_BLANK, *paragraph(f"{short_name(name)}: {why}.", width)]
    return [*lines, _BLANK, *_foot(found.result, width)]


def _sentences(held: BreakEven) -> list[str]:
    """What is found, in plain words: where it turns, or that it never does."""
    if held.value is None:
        return [_never(held)]
    value, unit = held.value, held.input.unit
    shown = f"{_short(value.p50)}{f' {unit}' if unit else ''} ({_short(value.p05)}–{_short(value.p95)})"
    lines = [f"Equal at {shown}. {_direction(held)}"]
    if held.crosses < 1:
        lines.append(f"That holds in {percent(held.crosses)} of the draws. {_rest(held)}")
    if held.several:
        lines.append(f"In {percent(held.several)} of the draws they are equal at several values; the first is given.")
    return lines


def _direction(held: BreakEven) -> str:
    share = held.left_larger_below
    below, above = (held.left, held.right) if share >= 0.5 else (held.right, held.left)
    sure = max(share, 1 - share)
    some = "" if sure >= _CERTAIN else f", in {percent(sure)} of these draws; in the others the reverse"
    return f"Below it {below} is larger, above it {above}{some}."


def _rest(held: BreakEven) -> str:
    parts = [(held.left_larger, f"{held.left} is larger"), (held.right_larger, f"{held.right} is larger")]
    said = [f"in {percent(share)} {text}" for share, text in parts if share]
    said += [f"in {percent(held.equal)} they are equal"] if held.equal else []
    return f"In the others they never meet: {', '.join(said)} at every value." if said else ""


def _never(held: BreakEven) -> str:
    if held.equal == 1:
        return "Always equal."
    if held.left_larger in (0.0, 1.0) and not held.equal:
        larger = held.left if held.left_larger else held.right
        return f"Never: {larger} is always the larger one."
    both = f"{held.left} is larger in {percent(held.left_larger)} of the draws, {held.right} in "
    return f"Never: {both}{percent(held.right_larger)}, whatever the value."


def _curve(held: BreakEven, width: int) -> list[Line]:
    """Both sides at some values between the bounds."""
    curve, unit = held.curve, CATEGORIES[held.category].unit
    steps = range(0, len(curve.values), max((len(curve.values) - 1) // 6, 1))
    rows: list[list[Cell] | None] = []
    for i in steps:
        cells: list[Cell] = [_short(float(curve.values[i]))]
        for side in (curve.left, curve.right):
            shown = show(Quantity(unit, *(float(x) for x in side[i])))
            cells += [shown.text, shown.interval]
        rows.append([*cells, percent(float(curve.left_lower[i]))])
    head = [held.input.unit or held.input.name, held.left, "p05–p95", held.right, "p05–p95", f"{held.left} lower in"]
    return table(head, rows, "rrrrrr", width, flexible=5, indent=2)


def show_comparison(found: Comparison, width: int = 0) -> list[Line]:
    """How A and B compare; or that they cannot be compared, and what would make them comparable."""
    width = fit(width, sys.stdout)
    lines: list[Line] = []
    for letter, chosen in (("A", found.a), ("B", found.b)):
        study = chosen.study
        text = f"{letter}  {chosen.system.title}, {study.title or study.id} ({study.where})"
        lines += paragraph(text, width, hanging=3)
    lines += [_BLANK, *(_compared(found, width) if found.comparable else _refused(found, width))]
    for caveat in found.caveats:
        lines += paragraph(caveat, width, style="warn", hanging=2)
    return [*lines, *_foot(found.a.result, width)]


def _refused(found: Comparison, width: int) -> list[Line]:
    rows: list[list[Cell] | None] = [[f"{m.topic}: {m.what}", m.a, m.b] for m in found.mismatches]
    lines = [line(Piece("Not comparable", "bold"), ": the two do not answer one question by one set of rules.")]
    widest = max(max(len(m.a), len(m.b)) for m in found.mismatches)
    if widest <= (width - 34) // 2:
        lines += [_BLANK, *table(["", "A", "B"], rows, "lll", width), _BLANK]
    else:
        for m in found.mismatches:
            lines += [_BLANK, line(f"{m.topic}: {m.what}")]
            lines += [text for letter, held in (("A", m.a), ("B", m.b)) for text in
                      paragraph(f"{letter}  {held}", width, 2, hanging=3)]  # fmt: skip
        lines.append(_BLANK)
    remedies = dict.fromkeys(f"{m.remedy} ({m.topic})" for m in found.mismatches)
    return [*lines, *paragraph(f"To compare them: {'; '.join(remedies)}.", width), _BLANK]


def _compared(found: Comparison, width: int) -> list[Line]:
    unit = found.a.study.scope.functional_unit.name
    sides: list[list[Cell] | None] = [[_named(row), *_side(row, row.a), *_side(row, row.b)] for row in found.rows]
    gaps: list[list[Cell] | None] = [_gap(row) for row in found.rows if row.difference is not None]
    lines = paragraph(f"Every number is for {unit}.", width)
    lines += table(["", "A", "p05–p95", "B", "p05–p95"], sides, "lrrrr", width)
    if gaps:
        head = ["On shared draws", "A − B", "p05–p95", "A ÷ B", "p05–p95", "A lower in"]
        lines += [_BLANK, *table(head, gaps, "lrrrrr", width)]
    return [*lines, _BLANK]


def _unit(row: Compared) -> str:
    """One unit for the row: that of the larger side."""
    return shared_unit([row.a, row.b], CATEGORIES[row.category].unit)


def _named(row: Compared) -> str:
    return f"{short_name(row.category)}, {unit_label(_unit(row))}"


def _side(row: Compared, quantity: Quantity | None) -> list[Cell]:
    if quantity is None:
        return ["unknown", ""]
    shown = show(quantity, _unit(row))
    return [Piece(shown.value, "bold"), shown.interval]


def _gap(row: Compared) -> list[Cell]:
    if row.difference is None:
        return []
    if row.difference.p05 == row.difference.p95 == 0:
        return [_named(row), "none", "", *_ratio(row.ratio), ""]
    shown = show(row.difference, _unit(row), signed=True)
    return [_named(row), shown.value, shown.interval, *_ratio(row.ratio), _chance(row.a_lower)]
