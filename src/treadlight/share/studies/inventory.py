"""Inventory: what each stage needs per functional unit, where each figure comes from, and how good it is."""

from treadlight.assess.footprint import spread
from treadlight.assess.lifecycle.result import Line, SystemResult
from treadlight.core.quantity import Quantity
from treadlight.library.process import Process
from treadlight.share.numbers import plain_number, unit_label
from treadlight.share.studies.document import Block, Cell, Column, Heading, Section, Table, Text
from treadlight.share.studies.material import Material, interval, scored

__all__ = ["inventory_section"]

_ITEMS = ("system", "stage", "item", "flow or process", "p05", "p50", "p95", "unit", "place", "source", "pedigree")


def inventory_section(given: Material) -> Section:
    """Parameters, items and processes."""
    blocks: list[Block] = [*_parameters(given)]
    for i, system in enumerate(given.systems):
        blocks += [given.heading("Items, per functional unit", system), _items(given, system, i)]
    blocks += [Heading("Unit processes"), _processes(given)]
    notes = (
        "Amounts are medians, with the interval that holds nine of ten plausible values.",
        "Pedigree: reliability, completeness, time, place and technology, from 1 (best) to 5.",
    )
    return Section("inventory", "Inventory", notes, tuple(blocks))


def _parameters(given: Material) -> list[Block]:
    inputs = given.result.model.inputs
    if not inputs:
        return [Heading("Parameters"), Text("The study has none.")]
    rows, data = [], []
    for held in inputs:
        ends = [held.distribution.quantile(p) for p in (0.05, 0.5, 0.95)]
        value, ci = interval(Quantity(held.unit or "1", *ends), held.unit or "1")
        scores = " ".join(map(str, held.pedigree))
        rows.append(
            (
                Cell(held.label, small=held.name if held.label != held.name else ""),
                value,
                ci,
                scored(held.pedigree),
                Cell(held.source or "no source"),
            )
        )
        data.append(
            (
                held.name,
                *ends,
                held.unit,
                str(held.distribution) if not held.is_expression else "computed",
                held.low,
                held.high,
                scores,
                held.source,
            )
        )
    columns = (
        Column("Parameter"),
        Column("p50", "r"),
        Column("p05–p95", "r"),
        Column("Pedigree", "n", folds=True),
        Column("Source"),
    )
    heads = ("name", "p05", "p50", "p95", "unit", "as stated", "low", "high", "pedigree", "source")
    return [Heading("Parameters"), Table("parameters", "Parameters", columns, tuple(rows), heads, tuple(data))]


def _items(given: Material, system: SystemResult, i: int) -> Table:
    rows, data = [], []
    last = ""
    for line in system.lines:
        amount = spread(line.amount, line.part.unit)
        stage = line.stage.capitalize() if line.stage != last else ""
        last = line.stage
        value, ci = interval(amount)
        numbers = given.numbers(system.unit.processes[line.part.process]) if line.part.process else []
        marks = f"factors [{', '.join(map(str, numbers))}]" if numbers else ""
        what = line.process_name or f"{line.part.flow}: no process answers it"
        rows.append(
            (
                Cell(stage),
                Cell(line.item, small=_where(what, line)),
                value,
                ci,
                scored(line.part.pedigree),
                Cell(line.part.source or line.part.basis or "no source", small=marks),
            )
        )
        data.append(
            (
                system.id,
                line.stage,
                line.item,
                line.part.process or line.part.flow,
                amount.p05,
                amount.p50,
                amount.p95,
                line.part.unit,
                line.part.place,
                line.part.source or line.part.basis,
                " ".join(map(str, line.part.pedigree)),
            )
        )
    columns = (
        Column("Stage"),
        Column("Item"),
        Column("p50", "r"),
        Column("p05–p95", "r"),
        Column("Pedigree", "n", folds=True),
        Column("Source"),
    )
    suffix = f"-{system.id}" if i else ""
    return Table(f"inventory{suffix}", "Items", columns, tuple(rows), _ITEMS, tuple(data))


def _where(what: str, line: Line) -> str:
    place = line.part.place
    return what if not place or place in what else f"{what}, {place}"


def _processes(given: Material) -> Table:
    rows, data = [], []
    for process in given.processes:
        numbers = given.numbers(process)
        refs = ", ".join(map(str, numbers)) if numbers else "the study" if process.exchanges else "none"
        rows.append(
            (
                Cell(process.name, small=process.id),
                Cell(unit_label(process.unit)),
                Cell(process.phase),
                Cell(_found(process)),
                Cell(refs),
            )
        )
        for exchange in process.exchanges:
            amount = given.result.model.amount_of(exchange)
            ends = [amount.quantile(p) for p in (0.05, 0.5, 0.95)]
            data.append(
                (
                    process.id,
                    process.name,
                    process.unit,
                    process.phase,
                    process.location,
                    exchange.target,
                    exchange.label,
                    *ends,
                    exchange.source.citation,
                    exchange.source.locator,
                    exchange.source.year or None,
                    exchange.source.licence,
                    exchange.source.confidence,
                )
            )
    heads = (
        "process",
        "name",
        "unit",
        "phase",
        "location",
        "input or impact",
        "label",
        "p05",
        "p50",
        "p95",
        "source",
        "locator",
        "year",
        "licence",
        "confidence",
    )
    columns = (
        Column("Process"),
        Column("Per", folds=True),
        Column("Phase", folds=True),
        Column("Found"),
        Column("Sources", "r"),
    )
    return Table(
        "processes",
        "Unit processes",
        columns,
        tuple(rows),
        heads,
        tuple(data),
        folded=True,
        note="The CSV holds every exchange with its interval and its source.",
    )


def _found(process: Process) -> str:
    """How a process was found: exactly, or by which rung of the ladder, and what that widens."""
    rungs = process.resolution.rungs
    if process.resolution.exact:
        return "as asked"
    used = next((rung for rung in rungs if rung.found), None)
    if used is None:
        return "by no rung"
    widened = f", widened by a GSD of {plain_number(used.widening_gsd)}" if used.widening_gsd > 1 else ""
    return f"{used.name}{f': {used.detail}' if used.detail else ''}{widened}"
