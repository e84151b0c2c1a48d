"""Impact assessment: totals with intervals, contributions by stage and process, hot spots category by category."""

from treadlight.assess.footprint import quantity
from treadlight.assess.lifecycle.result import HotSpot, SystemResult
from treadlight.assess.lifecycle.water import WaterLine, water_lines
from treadlight.core.category import CATEGORIES
from treadlight.core.quantity import Quantity
from treadlight.share import svg
from treadlight.share.findings import short_name
from treadlight.share.numbers import between, percent
from treadlight.share.studies.document import Block, Cell, Column, Figure, Section, Table, Text
from treadlight.share.studies.figures import densities, flow_diagram, stage_bars
from treadlight.share.studies.material import Material, interval, known, of_stage, whole

__all__ = ["impact_section"]

_MOST = 5
_RANGE = ("p05", "p50", "p95", "unit")


def impact_section(given: Material) -> Section:
    """Results per functional unit."""
    unit = given.result.study.scope.functional_unit
    blocks: list[Block] = [Text(f"Every number is for {unit.name}.", "finding")]
    for i, system in enumerate(given.systems):
        suffix = f"-{system.id}" if i else ""
        blocks += [
            given.heading("Totals", system),
            _totals(system, suffix),
            *_water(system, suffix),
            _flow(given, system, suffix),
            _stages(system, suffix),
            _spread(system, suffix),
            given.heading("Hot spots, category by category", system),
            _hot_spots(system, suffix),
            _hot_processes(system, suffix),
            given.heading("Credits", system),
            _credits(system, suffix),
        ]
    notes = (
        "A ranking by carbon alone can mislead: every category has its own.",
        "Coverage: of how large a share of the items and flows a category is known. Unknown is never counted as zero.",
    )
    return Section("impacts", "Impact assessment", notes, tuple(blocks))


def _totals(system: SystemResult, suffix: str) -> Table:
    rows: list[tuple[Cell, ...]] = []
    data: list[tuple[object, ...]] = []
    phases, spoken = system.by_phase(), system.known_by_phase()
    for row, name in enumerate(system.categories):
        total = system.total(name)
        covered = float(system.coverage[row])
        if total is None:
            rows.append(
                (
                    Cell(CATEGORIES[name].name),
                    Cell("unknown"),
                    Cell(""),
                    Cell("", svg.hatched(56, 11)),
                    Cell(""),
                    Cell(percent(covered)),
                )
            )
            data.append((system.id, name, None, None, None, CATEGORIES[name].unit, None, covered))
            continue
        lost = "use" in spoken and name not in spoken["use"]
        use = float(phases["use"][row].mean()) / whole(system, name) if "use" in phases and whole(system, name) else 0.0
        value, ends = interval(total)
        rows.append(
            (
                Cell(CATEGORIES[name].name),
                value,
                ends,
                Cell("", svg.whisker(total)),
                Cell("unknown" if lost else percent(use)),
                Cell(percent(covered)),
            )
        )
        data.append((system.id, name, total.p05, total.p50, total.p95, total.unit, None if lost else use, covered))
    columns = (
        Column("Category"),
        Column("p50", "r"),
        Column("p05–p95", "r"),
        Column("", "d", folds=True),
        Column("in use", "r"),
        Column("covered", "r"),
    )
    heads = ("system", "category", *_RANGE, "share in use", "coverage")
    return Table(f"impacts{suffix}", "Totals per functional unit", columns, tuple(rows), heads, tuple(data))


def _water(system: SystemResult, suffix: str) -> list[Block]:
    """Water line by line, of the system and of each of its stages."""
    whole_ = water_lines(system)
    if not whole_:
        return []
    stages = system.known_by_stage()
    parts = {"All stages": whole_} | {stage.capitalize(): water_lines(system, stage) for stage in stages}
    rows, data = [], []
    for title, lines in parts.items():
        rows.append((Cell(title), *(_water_cell(lines.get(name)) for name in whole_)))
        for name, held in lines.items():
            q = held.known
            ends = (q.p05, q.p50, q.p95) if q else (None, None, None)
            data.append((system.id, title.lower(), name, *ends, CATEGORIES["water"].unit, held.partial))
    columns = (Column("Stage"), *(Column(name.capitalize(), "r") for name in whole_))
    heads = ("system", "stage", "water", *_RANGE, "something is unknown")
    note = "p50, and p05–p95. The lines add up to the water of the totals, of which only what is known is counted."
    return [Table(f"water{suffix}", "Water, line by line", columns, tuple(rows), heads, tuple(data), note=note)]


def _water_cell(held: WaterLine | None) -> Cell:
    if held is None:
        return Cell("")
    value, ends = interval(held.known)
    told = (ends.text, "in part" if held.known and held.partial else "")
    return Cell(value.text, small=", ".join(word for word in told if word))


def _flow(given: Material, system: SystemResult, suffix: str) -> Figure:
    wide, narrow, text = flow_diagram(given.result.study, system)
    rows, data = [], []
    for stage in system.known_by_stage():
        items = dict.fromkeys(line.item for line in system.lines if line.stage == stage)
        rows.append((Cell(stage.capitalize()), Cell(", ".join(items) or "no item: unknown")))
        data += [(system.id, stage, item) for item in items or ["unknown"]]
    columns = (Column("Stage"), Column("What it needs"))
    table = Table(
        f"flow{suffix}", "Stages and what they need", columns, tuple(rows), ("system", "stage", "item"), tuple(data)
    )
    caption = "The stages within the boundary, and what lies outside it."
    return Figure(f"flow{suffix}", caption, text, wide, narrow, table)


def _stages(system: SystemResult, suffix: str) -> Figure:
    names = known(system)
    shares: dict[str, list[float | None]] = {}
    rows, data = [], []
    for stage in system.known_by_stage():
        held = [of_stage(system, stage, n) for n in names]
        shares[stage] = [None if q is None else share or 0.0 for q, share in held]
        rows.append((Cell(stage.capitalize()), *(_stage_cell(q, share) for q, share in held)))
        for n, (q, share) in zip(names, held, strict=True):
            ends = (q.p05, q.p50, q.p95) if q else ("unknown",) * 3
            data.append((system.id, n, stage, *ends, CATEGORIES[n].unit, "unknown" if q is None else share))
    columns = (Column("Stage"), *(Column(short_name(n), "r") for n in names))
    heads = ("system", "category", "stage", *_RANGE, "share of mean")
    table = Table(f"stages{suffix}", "Contribution of each stage", columns, tuple(rows), heads, tuple(data))
    wide, narrow = stage_bars(shares, [short_name(n) for n in names])
    text = "; ".join(_leading(shares, i, short_name(n)) for i, n in enumerate(names))
    return Figure(
        f"stages{suffix}",
        "Share of each stage in the mean of every category; the largest in colour.",
        text,
        wide,
        narrow,
        table,
    )


def _stage_cell(q: Quantity | None, share: float | None) -> Cell:
    if q is None:
        return Cell("unknown")
    return Cell("" if share is None else percent(share), small=between(q))


def _leading(shares: dict[str, list[float | None]], i: int, name: str) -> str:
    found = {stage: share for stage, held in shares.items() if (share := held[i]) is not None}
    stage = max(found, key=lambda s: found[s])
    return f"{name}: {stage} {percent(found[stage])}"


def _spread(system: SystemResult, suffix: str) -> Figure:
    names = known(system)
    drawn = [(short_name(n), quantity(system.samples[system.row(n)], n), system.samples[system.row(n)]) for n in names]
    wide, narrow = densities(drawn)
    rows, data = [], []
    for name, q, samples in drawn:
        mean, sd = float(samples.mean()), float(samples.std())
        value, ends = interval(q)
        ratio = q.p95 / q.p05 if q.p05 > 0 else None
        rows.append((Cell(name), value, ends, Cell(f"{ratio:.2g}" if ratio else "")))
        data.append((system.id, name, q.p05, q.p50, q.p95, q.unit, mean, sd))
    columns = (Column("Category"), Column("p50", "r"), Column("p05–p95", "r"), Column("p95 ÷ p05", "r"))
    heads = ("system", "category", *_RANGE, "mean", "standard deviation")
    table = Table(f"uncertainty{suffix}", "Uncertainty of the totals", columns, tuple(rows), heads, tuple(data))
    text = "; ".join(f"{name} {between(q)}" for name, q, _ in drawn)
    return Figure(
        f"uncertainty{suffix}",
        "Distribution of the totals: likelier values higher; the band holds nine of ten draws.",
        text,
        wide,
        narrow,
        table,
    )


def _hot_spots(system: SystemResult, suffix: str) -> Table:
    return _ranked(
        system, f"hot-spots{suffix}", "Hot spots", "Item", {n: system.hot_spots(n, _MOST) for n in known(system)}
    )


def _hot_processes(system: SystemResult, suffix: str) -> Table:
    spots = {n: system.hot_processes(n, _MOST) for n in known(system)}
    return _ranked(system, f"hot-processes{suffix}", "Where it arises, by unit process", "Process", spots, folded=True)


def _ranked(
    system: SystemResult, name: str, title: str, head: str, spots: dict[str, list[HotSpot]], *, folded: bool = False
) -> Table:
    rows, data = [], []
    for category, found in spots.items():
        for i, spot in enumerate(found):
            value, ends = interval(spot.quantity)
            rows.append(
                (
                    Cell(short_name(category) if i == 0 else ""),
                    Cell(spot.name.partition(" (")[0], small=spot.stage),
                    Cell("", svg.share_bar(min(spot.share, 1.0))),
                    Cell(percent(spot.share)),
                    value,
                    ends,
                )
            )
            q = spot.quantity
            data.append((system.id, category, i + 1, spot.name, spot.stage, spot.share, q.p05, q.p50, q.p95, q.unit))
    columns = (
        Column("Category"),
        Column(head),
        Column("", "d", folds=True),
        Column("share", "r"),
        Column("p50", "r"),
        Column("p05–p95", "r", folds=True),
    )
    heads = ("system", "category", "rank", head.lower(), "in", "share", *_RANGE)
    return Table(name, title, columns, tuple(rows), heads, tuple(data), folded=folded)


def _credits(system: SystemResult, suffix: str) -> Table | Text:
    """Burdens that are avoided elsewhere: beside the totals, never taken off them."""
    if not system.credits:
        return Text("No avoided burden is claimed.")
    rows, data = [], []
    for line in system.credits:
        held = system.known_of(line)
        for name in system.categories:
            q = quantity(line.samples[system.row(name)], name) if name in held else None
            value, ends = interval(q)
            numbers = (q.p05, q.p50, q.p95) if q else (None,) * 3
            rows.append((Cell(line.item), Cell(short_name(name)), value, ends))
            data.append((system.id, line.item, line.stage, name, *numbers, CATEGORIES[name].unit))
    columns = (Column("Avoided elsewhere"), Column("Category"), Column("p50", "r"), Column("p05–p95", "r"))
    heads = ("system", "item", "stage", "category", *_RANGE)
    note = "Credits stand beside the totals and are never taken off them."
    return Table(f"credits{suffix}", "Credits", columns, tuple(rows), heads, tuple(data), note=note)
