"""The tables that make up an account on a terminal."""

from treadlight.core.marks import mark
from treadlight.core.quantity import Quantity
from treadlight.share import findings, numbers
from treadlight.share.account import Account, Contribution
from treadlight.share.numbers import shared_unit, show, unit_label
from treadlight.share.plot import bar
from treadlight.share.scale import nice_ticks
from treadlight.share.terminal_text import Cell, Line, Piece, cells, line, paragraph, table, wrap

__all__ = [
    "doubt_table",
    "energy_table",
    "impacts_table",
    "parts_table",
    "per_unit_table",
    "provenance",
    "windows_table",
]

_BLANK: Line = ()
_ROOMY = 76


def energy_table(account: Account, width: int) -> list[Line]:
    if account.facility_stated and not account.components:
        return _facility(account.facility_stated, width)
    unit = shared_unit([account.energy, *(c.energy for c in account.components)], "kWh")
    rows: list[list[Cell] | None] = []
    watts = shared_unit([Quantity.exact(w, "W") for w in [account.mean_power_w] if w is not None], "W")
    for c in account.components:
        shown = show(c.energy, unit) if c.energy else None
        how = c.meter if c.energy else f"{c.meter}: {c.state}" if c.meter else c.state
        label = line(_marked(c.method, known=shown is not None), " ", c.label)
        value, interval = (shown.value, shown.interval) if shown else ("unknown", "")
        rows.append([label, value, interval, _watts(c.mean_power_w, watts), f"{c.method}, {how}" if shown else how])
    total = show(account.energy, unit) if account.energy else None
    all_known = all(c.energy is not None for c in account.components)
    name = line(_marked(findings.energy_method(account), known=total is not None), " ",
                Piece("In all" if all_known else "Known so far", "bold"))  # fmt: skip
    value, interval = (total.value, total.interval) if total else ("unknown", "")
    rows += [None, [name, Piece(value, "bold"), interval, _watts(account.mean_power_w, watts), ""]]
    if not account.components:
        rows = rows[1:]
    head = ["Electricity at the devices", unit_label(unit), "p05–p95", f"mean {unit_label(watts)}", "how"]
    narrow = width < _ROOMY
    body = [None if r is None else r[:4] for r in rows] if narrow else rows
    lines = table(head[:4] if narrow else head, body, "lrrr" if narrow else "lrrrl", width)
    for c in account.components:
        if narrow:
            told = f"{c.method}, {c.meter}" if c.energy else c.state
            lines += paragraph(f"{_marked(c.method, known=c.energy is not None)} {c.label}: {told}", width, 2, "dim")
        if c.detail:
            lines += paragraph(f"{c.label}: {c.detail}", width, 2, "dim" if c.energy else "warn")
    if account.facility_stated:
        hall = show(account.facility_stated)
        text = f"Beside it, {hall.text} ({hall.interval}) are stated at the meter of the hall, cooling included."
        lines += paragraph(text, width, 2, "dim")
    if account.facility_energy:
        hall = show(account.facility_energy)
        text = f"At the meter of the hall, cooling and conversion included: {hall.text} ({hall.interval})."
        lines += paragraph(text, width, 2, "dim")
    if account.node_energy:
        node = show(account.node_energy)
        lines += paragraph(f"The whole machine used {node.text} in this time ({node.interval}).", width, 2, "dim")
    return lines


def _facility(energy: Quantity, width: int) -> list[Line]:
    """Electricity that is known only as the meter of the hall counts it."""
    shown = show(energy)
    lines = table(
        ["Electricity at the meter of the hall", shown.unit, "p05–p95"],
        [["In all, cooling included", Piece(shown.value, "bold"), shown.interval]],
        "lrr",
        width,
    )
    text = "Stated with the hall's cooling and conversion; how much of it the devices used is not stated."
    return [*lines, *paragraph(text, width, 2, "dim")]


def _watts(power_w: float | None, unit: str) -> str:
    """Mean power in the unit of its column; no more digits than watts of a mean deserve."""
    if power_w is None:
        return ""
    return show(Quantity.exact(power_w, "W"), unit).value


def impacts_table(account: Account, width: int) -> list[Line]:
    rows: list[list[Cell] | None] = []
    notes: list[Line] = []
    narrow = width < _ROOMY
    for i in account.impacts:
        unit = shared_unit([i.total, i.use, i.embodied])
        name = findings.short_name(i.category)
        label = line(_marked(i.method, known=i.total is not None), " ", name)
        total = show(i.total, unit) if i.total else None
        parts = [_part(i.use, unit, findings.has_part(i, "use"))]
        parts.append(_part(i.embodied, unit, findings.has_part(i, "embodied")))
        value, interval = (Piece(total.value, "bold"), total.interval) if total else (Piece("unknown"), "")
        label_unit = unit_label(unit) if total else ""
        rows.append([label, value, label_unit, interval, *([] if narrow else parts), numbers.percent(i.coverage)])
        if narrow:
            split = ", ".join(f"{w} {p}" for w, p in zip(("use", "embodied"), parts, strict=True) if p)
            notes += paragraph(f"{name}: {split}", width, 2, "dim") if split else []
    head = ["Impact", "p50", "", "p05–p95", *([] if narrow else ["use", "embodied"]), "covered"]
    return [*table(head, rows, "lrlrr" if narrow else "lrlrrrr", width), *notes]


def _part(quantity: Quantity | None, unit: str, applies: bool) -> str:
    if not applies:
        return ""
    return show(quantity, unit).value if quantity else "unknown"


def parts_table(account: Account, width: int) -> list[Line]:
    hero = account.hero
    parts = account.parts(hero.category) if hero else ()
    if not hero or not parts:
        return []
    unit = shared_unit([hero.total, *(c.quantity for c in parts)])
    top = nice_ticks(0, max((numbers.in_unit(c.quantity, unit).p95 for c in parts if c.quantity), default=1.0), 8)[-1]
    label = max(12, *(cells(c.label) for c in parts)) + 3
    room = min(width - label - 30, 48) if width - label >= 44 else 0
    rows: list[list[Cell] | None] = []
    for phase, title in (("use", "Use"), ("embodied", "Embodied")):
        chosen = [c for c in parts if (c.phase == "embodied") == (phase == "embodied")]
        whole = hero.use if phase == "use" else hero.embodied
        if chosen or whole:
            shown = show(whole, unit) if whole else None
            values: list[Cell] = [shown.value if shown else "unknown", shown.interval if shown else ""]
            rows.append([line("  ", Piece(title, "bold")), *([""] if room else []), *values])
            rows += [_part_row(c, unit, top, room) for c in chosen]
    total = show(hero.total, unit) if hero.total else None
    end: list[Cell] = [Piece(total.value if total else "unknown", "bold"), total.interval if total else ""]
    name = "Known so far" if any(u.missing for u in account.unknown) else "Total"
    rows += [None, [line(_marked(hero.method, known=total is not None), " ", Piece(name, "bold")),
                    *([""] if room else []), *end]]  # fmt: skip
    axis = f"0 to {numbers.plain_number(top, 2)} {unit_label(unit)}"
    head = [findings.short_name(hero.category) + " by part", *([axis] if room else []), unit_label(unit), "p05–p95"]
    return [_BLANK, *table(head, rows, "llrr" if room else "lrr", width)]


def _part_row(part: Contribution, unit: str, top: float, room: int) -> list[Cell]:
    shown = show(part.quantity, unit) if part.quantity else None
    label = line(_marked(part.method, known=shown is not None), "  ", part.label)
    quantity = numbers.in_unit(part.quantity, unit) if part.quantity else None
    drawn: list[Cell] = [bar(quantity, top, room, part.component)] if room else []
    return [label, *drawn, shown.value if shown else "unknown", shown.interval if shown else ""]


def windows_table(account: Account, width: int) -> list[Line]:
    if not account.windows:
        return []
    unit = shared_unit([w.energy for w in account.windows], "kWh")
    gwp_unit = shared_unit([w.gwp for w in account.windows], "kgCO2e")
    roomy = width >= _ROOMY
    rows: list[list[Cell] | None] = []
    for w in account.windows:
        name = w.name if w.status == "finished" else f"{w.name} ({w.status})"
        energy = show(w.energy, unit) if w.energy else None
        gwp = show(w.gwp, gwp_unit) if w.gwp else None
        row: list[Cell] = [line(_marked(w.method, known=energy is not None), " ", name)]
        row += [numbers.duration(w.t1_s - w.t0_s), *_two(energy)]
        rows.append([*row, *(_two(gwp) if roomy else [])])
    head = ["Window", "lasted", unit_label(unit), "p05–p95", *([unit_label(gwp_unit), "p05–p95"] if roomy else [])]
    lines = table(head, rows, "lrrrrr" if roomy else "lrrr", width)
    return [_BLANK, *lines, *paragraph("Windows may overlap, so they are not added up.", width, 2, "dim")]


def _two(shown: numbers.Shown | None) -> list[Cell]:
    return [shown.value, shown.interval] if shown else ["unknown", ""]


def per_unit_table(account: Account, width: int) -> list[Line]:
    rows: list[list[Cell] | None] = []
    for p in account.per_unit:
        for category, quantity in p.results:
            shown = show(quantity)
            name = f"{findings.short_name(category)} {findings.per_text(p)}"
            rows.append([name, shown.value, shown.unit, shown.interval, numbers.plain_number(p.count)])
    for w in account.windows:
        for p in w.per_unit:
            for category, quantity in p.results:
                shown = show(quantity)
                name = f"{w.name}: {findings.short_name(category).lower()} {findings.per_text(p)}"
                rows.append([name, shown.value, shown.unit, shown.interval, numbers.plain_number(p.count)])
    head = ["Per unit", "p50", "", "p05–p95", "counted"]
    return [_BLANK, *table(head, rows, "lrlrr", width)] if rows else []


def doubt_table(account: Account, width: int) -> list[Line]:
    if not account.doubt:
        return []
    room = 24 if width >= _ROOMY else 12
    rows: list[list[Cell] | None] = []
    for x in account.doubt:
        drawn = Piece("█" * round(x.share * room) or "▏", "dim")
        rows.append([x.label, drawn, numbers.percent(x.share)])
    lines = table(["Where the doubt lies", "", "share"], rows, "llr", width)
    for x in account.doubt:
        if x.remedy:
            lines += paragraph(f"narrow {x.label}: {x.remedy}", width, 2, "accent", hanging=2)
    return [_BLANK, *lines]


_PART_SEEN = "not told, since only a part of the ledger is seen"


def provenance(account: Account, width: int) -> list[Line]:
    run, chain = account.run, account.chain
    known = [e for e in account.evidence if e.share]
    shares = numbers.percents([e.share for e in known])
    evidence = ", ".join(f"{mark(e.method)} {text} {e.method}" for e, text in zip(known, shares, strict=True))
    stood = "in no chain yet"
    if chain and not chain.root:
        stood = _PART_SEEN
    elif chain:
        checked = {True: "verified", False: "BROKEN", None: "not verified here"}[chain.ok]
        stood = f"{checked}, {numbers.figure(chain.entries)} entries, root {chain.root[:4]}…{chain.root[-4:]}"
    rows = [
        ("Evidence", evidence),
        ("Attribution", f"{run.attribution}: {findings.rule_text(run.attribution)}" if run.attribution else "unknown"),
        ("Intervals", f"{numbers.plain_number(account.draws)} draws, seed {account.seed}"),
        ("Machine", "; ".join(f"{k} {v}" for k, v in run.host.items()) or "unknown"),
        *(
            ("Gap", f"{findings.gap_name(g.reason)}, {numbers.duration(g.t0_s)} in: {findings.gap_text(g)}")
            for g in run.gaps
        ),
        *(("Note", n) for n in run.notes),
        ("Library", f"{account.library.version} ({account.library.digest[:12]})"),
        ("Chain", stood),
        ("Run", run.id),
    ]
    lines: list[Line] = [_BLANK]
    for name, text in rows:
        if text:
            first, *rest = wrap(text, width - 13)
            lines.append(line(Piece(f"{name:<13}", "dim"), first))
            lines += [line(" " * 13, r) for r in rest]
    return lines


def _marked(method: str, *, known: bool = True) -> str:
    return mark(method if known else "unknown")
