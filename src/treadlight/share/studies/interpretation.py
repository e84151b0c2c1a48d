"""Interpretation: what dominates, what is missing, what moves the result, what is consistent, and what follows."""

from markupsafe import Markup

from treadlight.assess.lifecycle.comparing import Compared, compared
from treadlight.assess.lifecycle.pedigree import INDICATORS
from treadlight.assess.lifecycle.result import SystemResult
from treadlight.assess.lifecycle.tornado import Swing
from treadlight.core.category import CATEGORIES
from treadlight.core.quantity import Quantity
from treadlight.share import svg
from treadlight.share.findings import short_name
from treadlight.share.numbers import percent, plain_number, show
from treadlight.share.scale import Scale
from treadlight.share.studies.conclusions import conclusions
from treadlight.share.studies.consistency import consistency
from treadlight.share.studies.document import Block, Cell, Column, Heading, Points, Section, Table, Text
from treadlight.share.studies.material import Material, interval, known, named, scored

__all__ = ["interpretation_section"]

_MOST = 5
_AXIS = 240  # width of a swing's drawing [px]


def interpretation_section(given: Material) -> Section:
    """Checks of contribution, completeness, sensitivity and consistency; data quality; conclusions; limitations."""
    blocks: list[Block] = [Heading("Conclusions"), Points(tuple(conclusions(given)))]
    for i, system in enumerate(given.systems):
        suffix = f"-{system.id}" if i else ""
        blocks += [given.heading("Completeness check", system), *_completeness(given, system, suffix)]
        blocks += [given.heading("Sensitivity check, one input at a time", system), *_tornado(given, i, suffix)]
        blocks += [given.heading("Where the doubt lies", system), _doubt(system, suffix)]
        blocks += [given.heading("Data quality", system), _quality(system, suffix)]
    blocks += [Heading("Scenarios"), *_scenarios(given)]
    if len(given.systems) > 1:
        blocks += [Heading("The systems side by side"), *_side_by_side(given)]
    blocks += [Heading("Consistency check"), consistency(given), Heading("Limitations"), *_limitations(given)]
    notes = (
        "Conclusions follow from the figures by fixed rules; nobody wrote them.",
        "A swing is the result with one input at its p05 and at its p95, all else at its median.",
    )
    return Section("interpretation", "Interpretation", notes, tuple(blocks))


def _completeness(given: Material, system: SystemResult, suffix: str) -> list[Block]:
    unknown = {(stage, item): names for stage, item, names in system.unknown()}
    rows, data = [], []
    for stage in given.result.study.scope.boundary:
        items = list(dict.fromkeys(line.item for line in system.lines if line.stage == stage))
        lost = {c for item in items for c in unknown.get((stage, item), ())}
        told = named(c for c in system.categories if c in lost) or "none" if items else "everything: no item"
        rows.append((Cell(stage.capitalize()), Cell(str(len(items))), Cell(told)))
        data += [(system.id, stage, item, " ".join(unknown.get((stage, item), ()))) for item in items or [""]]
    columns = (Column("Stage within the boundary"), Column("items", "r"), Column("unknown"))
    heads = ("system", "stage", "item", "unknown categories")
    table = Table(f"completeness{suffix}", "Completeness", columns, tuple(rows), heads, tuple(data))
    return [table, *_left_out(system, suffix), *_below(given, system)]


def _left_out(system: SystemResult, suffix: str) -> list[Block]:
    if not system.left_out:
        return []
    rows: list[tuple[Cell, ...]] = []
    data: list[tuple[object, ...]] = []
    for left in system.left_out:
        told = [f"{percent(share)} of {short_name(c).lower()}" for c, share in left.shares.items() if share]
        lost = [c for c in system.categories if c in left.unknown and c not in left.shares]
        added = ", ".join([*told, *([f"unknown of {named(lost)}"] if told and lost else [])])
        rows.append(
            (Cell(left.stage.capitalize()), Cell(left.reason or "no reason given"), Cell(added or "not estimated"))
        )
        shares = {c: left.shares.get(c) for c in system.categories if c in left.shares or c in left.unknown}
        data += [(system.id, left.stage, left.reason, c, share) for c, share in shares.items()] or [
            (system.id, left.stage, left.reason, None, None)
        ]
    columns = (Column("Left out"), Column("Why"), Column("would add to what is counted"))
    heads = ("system", "stage", "reason", "category", "share of the total")
    return [Table(f"left-out{suffix}", "Left out", columns, tuple(rows), heads, tuple(data))]


def _below(given: Material, system: SystemResult) -> list[Block]:
    least = plain_number(given.result.study.scope.cut_off_percent)
    if not system.below_cut_off:
        return [Text(f"No part lies below {least} % of every category.")]
    return [Text(f"Below {least} % of every category, and counted all the same: {', '.join(system.below_cut_off)}.")]


def _tornado(given: Material, i: int, suffix: str) -> list[Block]:
    system = given.systems[i]
    rows, data = [], []
    for name in known(system):
        row = system.row(name)
        base = float(given.moved.base[i, row])
        moved = sorted((s for s in given.moved.swings if s.width[i, row] > 0), key=lambda s: -s.width[i, row])
        ends = [float(x) for s in moved[:_MOST] for x in (s.at_low[i, row], s.at_high[i, row])]
        for k, swing in enumerate(moved[:_MOST]):
            low, high = float(swing.at_low[i, row]), float(swing.at_high[i, row])
            drawn = _swing(low, high, base, min([*ends, base]), max([*ends, base]))
            rows.append(
                (
                    Cell(short_name(name) if k == 0 else ""),
                    Cell(swing.label, drawn, small=_ends(swing)),
                    *_results(low, high, name, base),
                )
            )
        for swing in moved:
            data.append(
                (
                    system.id,
                    name,
                    swing.label,
                    swing.kind,
                    swing.low,
                    swing.high,
                    swing.unit,
                    float(swing.at_low[i, row]),
                    base,
                    float(swing.at_high[i, row]),
                    CATEGORIES[name].unit,
                )
            )
    if not rows:
        return [Text("Nothing in this system is uncertain.")]
    columns = (Column("Category"), Column("Input"), Column("at its low", "r"), Column("at its high", "r"))
    heads = (
        "system",
        "category",
        "input",
        "kind",
        "low",
        "high",
        "input unit",
        "result at low",
        "result at medians",
        "result at high",
        "unit",
    )
    note = "The tick is the result with every input at its median. The CSV holds every input."
    return [Table(f"sensitivity{suffix}", "Sensitivity", columns, tuple(rows), heads, tuple(data), note=note)]


def _results(low: float, high: float, category: str, base: float) -> tuple[Cell, Cell]:
    """Both results, in the unit and to the digits that the middle one is shown with."""
    unit = CATEGORIES[category].unit
    shown = show(Quantity(unit, *sorted((low, base, high))))
    ends = (shown.low, shown.high) if low <= high else (shown.high, shown.low)
    return Cell(f"{ends[0]} {shown.unit}"), Cell(f"{ends[1]} {shown.unit}")


def _ends(swing: Swing) -> str:
    if swing.low is None or swing.high is None:
        return "p05 and p95 of the results"
    unit = f" {swing.unit}" if swing.unit not in ("", "1") else ""
    return f"{plain_number(swing.low)} to {plain_number(swing.high)}{unit}"


def _swing(low: float, high: float, base: float, first: float, last: float) -> Markup:
    at = Scale(first, last, 1, _AXIS - 1)
    x0, x1 = sorted((at(low), at(high)))
    parts = [
        svg.tag("rect", x=x0, y=2, width=max(x1 - x0, 1.0), height=8, class_="doubtbar"),
        svg.tag("path", d=f"M{at(base):.1f} 0V12", class_="tick"),
    ]
    return svg.svg(_AXIS, 12, "", *parts, class_="swing")


def _doubt(system: SystemResult, suffix: str) -> Table:
    rows, data = [], []
    for name in known(system):
        ranked = list(system.doubt(name).items())
        for k, (label, share) in enumerate(ranked[:3]):
            rows.append(
                (
                    Cell(short_name(name) if k == 0 else ""),
                    Cell(label),
                    Cell("", svg.share_bar(min(share, 1.0))),
                    Cell(percent(share)),
                )
            )
        data += [(system.id, name, label, share) for label, share in ranked]
    columns = (Column("Category"), Column("Uncertain"), Column("", "d", folds=True), Column("share of doubt", "r"))
    return Table(
        f"doubt{suffix}",
        "Where the doubt lies",
        columns,
        tuple(rows),
        ("system", "category", "cause", "share"),
        tuple(data),
        note="Better data on the first of each category would narrow it most.",
    )


def _quality(system: SystemResult, suffix: str) -> Table:
    rows, data = [], []
    for q in system.quality():
        largest = max(q.shares.items(), key=lambda held: held[1], default=None)
        at_most = f"{percent(largest[1])} of {short_name(largest[0]).lower()}" if largest else ""
        at_most = at_most or ("unknown" if q.unknown else "")
        rows.append(
            (
                Cell(q.item, small=q.stage),
                scored(q.pedigree),
                Cell(f"{q.additional_gsd:.2f}" if q.pedigree else ""),
                Cell(at_most),
            )
        )
        padded = q.pedigree or (None,) * len(INDICATORS)
        data.append(
            (
                system.id,
                q.stage,
                q.item,
                *padded,
                q.additional_gsd,
                q.source,
                *(q.shares.get(c, "unknown" if c in q.unknown else None) for c in system.categories),
            )
        )
    columns = (
        Column("Item"),
        Column("pedigree", "n"),
        Column("adds GSD", "r", folds=True),
        Column("largest known share", "r"),
    )
    heads = (
        "system",
        "stage",
        "item",
        *INDICATORS,
        "additional GSD",
        "source",
        *(f"share of {c}" for c in system.categories),
    )
    return Table(f"quality{suffix}", "Data quality", columns, tuple(rows), heads, tuple(data))


def _scenarios(given: Material) -> list[Block]:
    if not given.scenarios:
        return [Text("The study describes no other scenario.")]
    rows, data = [], []
    for i, system in enumerate(given.systems):
        for name in known(system):
            base = given.result.systems[i].total(name)
            title = f"{system.title}: {short_name(name)}" if len(given.systems) > 1 else short_name(name)
            rows.append((Cell(title), Cell(given.result.scenario or "as written"), *interval(base), Cell("")))
            for scenario, result in given.scenarios.items():
                moved = compared(result.systems[i], system, name)
                rows.append((Cell(""), Cell(scenario), *interval(moved.a), Cell(_lower(moved))))
                data.append(_scenario_data(system, name, scenario, moved.a, moved.a_lower))
            data.append(_scenario_data(system, name, given.result.scenario or "as written", base, None))
    columns = (
        Column("Category"),
        Column("Scenario"),
        Column("p50", "r"),
        Column("p05–p95", "r"),
        Column("lower in", "r"),
    )
    heads = ("system", "category", "scenario", "p05", "p50", "p95", "unit", "probability that it is lower")
    return [
        Table(
            "scenarios",
            "Scenarios",
            columns,
            tuple(rows),
            heads,
            tuple(data),
            note="Lower in: the share of draws in which the scenario lies below the study as written.",
        )
    ]


def _scenario_data(
    system: SystemResult, name: str, scenario: str, q: Quantity | None, lower: float | None
) -> tuple[object, ...]:
    ends = (q.p05, q.p50, q.p95, q.unit) if q else (None, None, None, CATEGORIES[name].unit)
    return (system.id, name, scenario, *ends, lower)


def _lower(found: Compared) -> str:
    """In how large a share of draws the first is lower, or that there is nothing between them."""
    if found.equal:
        return "equal"
    return "" if found.a_lower is None else percent(found.a_lower)


def _side_by_side(given: Material) -> list[Block]:
    first, *others = given.systems
    rows, data = [], []
    for other in others:
        for name in first.categories:
            found = compared(first, other, name)
            uneven = found.coverage[0] != found.coverage[1]
            told = _lower(found) or "unknown of one"
            difference, ends = interval(found.difference)
            rows.append(
                (
                    Cell(short_name(name), small="more is known of one than of the other" if uneven else ""),
                    interval(found.a)[0],
                    interval(found.b)[0],
                    difference,
                    ends,
                    Cell(told),
                )
            )
            q = found.difference
            data.append(
                (
                    first.id,
                    other.id,
                    name,
                    *((q.p05, q.p50, q.p95, q.unit) if q else (None,) * 4),
                    found.a_lower,
                    *found.coverage,
                )
            )
    columns = (
        Column("Category"),
        Column(first.title, "r"),
        Column(" / ".join(o.title for o in others), "r"),
        Column("difference", "r"),
        Column("p05–p95", "r", folds=True),
        Column("first is lower in", "r"),
    )
    heads = (
        "first",
        "other",
        "category",
        "p05",
        "p50",
        "p95",
        "unit",
        "probability that the first is lower",
        "coverage of the first",
        "coverage of the other",
    )
    note = "Both share the draws of what they have in common, so that doubt cancels."
    return [Table("side-by-side", "Side by side", columns, tuple(rows), heads, tuple(data), note=note)]


def _limitations(given: Material) -> list[Block]:
    said = list(given.result.study.scope.limitations)
    said += [f"{text}." for text in given.warnings]
    for system in given.systems:
        partial = [c for c in system.categories if system.coverage[system.row(c)] < 1]
        if partial:
            where = f"{system.title}: " if len(given.systems) > 1 else ""
            said.append(f"{where}known in part only, so a lower bound of what it is meant to be: {named(partial)}.")
    return [Points(tuple(dict.fromkeys(said))) if said else Text("None are stated, and none were found.")]
