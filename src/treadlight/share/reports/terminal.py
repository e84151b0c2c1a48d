"""Accounts on a terminal: the block at the end of a run, the full account, lists, comparisons, why-trees, figures.

Every function gives lines (`treadlight.share.terminal_text.Line`) that `plain` turns into text and `emit` prints. A
`width` of 0 means that of the terminal they are made for: standard error for the summary, standard output for the rest.
"""

import sys
from collections.abc import Sequence

from treadlight.share import findings, numbers
from treadlight.share.account import Account, Contribution, WhyNode
from treadlight.share.comparison import Comparison, LibraryRow, RunRow
from treadlight.share.layers import layers
from treadlight.share.marks import MARKS, mark
from treadlight.share.numbers import shared_unit, show, unit_label
from treadlight.share.plot import bar, power_plot
from treadlight.share.quantity import Quantity
from treadlight.share.scale import nice_ticks
from treadlight.share.terminal_text import Cell, Line, Piece, cells, emit, fit, line, paragraph, plain, table, wrap

__all__ = ["compare_table", "emit", "library_rows", "plain", "runs_table", "show_account", "summary", "why_tree"]

_BLANK: Line = ()
_ROOMY = 76


def summary(account: Account, width: int = 0) -> list[Line]:
    """The block at the end of a run: energy, impacts, what dominates, what is unknown, one comparison."""
    width = fit(width, sys.stderr)
    ref = findings.ref(account.run)
    lines = [
        _BLANK,
        *_title(account, width),
        _BLANK,
        *_energy(account, width),
        _BLANK,
        *_impacts(account, width),
        *_findings(account, width),
        *_unknown(account, width),
        *_equivalent(account, width),
        _BLANK,
    ]
    hint = f"p05–p95 holds nine of ten plausible values. All of it: treadlight show {ref}; every step: "
    return [*lines, *paragraph(f"{hint}treadlight why {ref}", width, style="dim")]


def show_account(account: Account, width: int = 0) -> list[Line]:
    """The full account: the summary's tables with power over time, contributions, windows, doubt and provenance."""
    width = fit(width, sys.stdout)
    stack = layers(account.trace)
    power = [_head("Power over time"), *power_plot(stack, width)] if stack else [_head("Power over time: not read")]
    return [
        *_title(account, width),
        *paragraph(_sentence(account), width, style="dim"),
        _BLANK,
        *power,
        _BLANK,
        *_energy(account, width),
        _BLANK,
        *_impacts(account, width),
        *_findings(account, width),
        *_contributions(account, width),
        *_windows(account, width),
        *_per_unit(account, width),
        *_unknown(account, width),
        *_doubt(account, width),
        *_equivalent(account, width),
        *_provenance(account, width),
    ]


def runs_table(rows: Sequence[RunRow], width: int = 0) -> list[Line]:
    """The list of runs, with energy at the devices and its interval."""
    width = fit(width, sys.stdout)
    if not rows:
        text = "Nothing is recorded yet. That does not mean zero: it means unknown."
        return [*paragraph(text, width), *_hint()]
    if width < _ROOMY:
        return _folded_runs(rows, width)
    dated, roomy = width >= 96, width >= 108
    head = ["Run", "Name", "Status", *(["Start, UTC"] if dated else []), "Lasted", "Energy", "p05–p95"]
    body = [_run_cells(r, dated, roomy) for r in rows]
    aligns = "lll" + ("l" if dated else "") + "rrr" + ("r" if roomy else "")
    return table([*head, *(["Carbon"] if roomy else [])], body, aligns, width, flexible=1)


def _run_cells(r: RunRow, dated: bool, roomy: bool) -> list[Cell]:
    energy = show(r.energy) if r.energy else None
    style = "warn" if r.status in ("failed", "interrupted") else "accent" if r.status == "running" else ""
    out: list[Cell] = [r.id[:13], r.name or "unnamed", Piece(r.status, style), *([r.start] if dated else [])]
    out += [numbers.duration(r.duration_s), energy.text if energy else "unknown", energy.interval if energy else ""]
    return [*out, *([show(r.gwp).text if r.gwp else "unknown"] if roomy else [])]


def compare_table(comparison: Comparison, width: int = 0) -> list[Line]:
    """Runs side by side with intervals; then the difference from shared draws and how sure it is."""
    width = fit(width, sys.stdout)
    letters = [chr(ord("A") + i) for i in range(len(comparison.runs))]
    lines: list[Line] = []
    for letter, run in zip(letters, comparison.runs, strict=True):
        text = f"{letter}  {run.name or 'unnamed'} ({run.id[:13]}), {run.status}, {numbers.duration(run.duration_s)}"
        lines += paragraph(text, width, hanging=3)
    lines.append(_BLANK)
    per_group = max((width - 26) // 20, 1)
    for start in range(0, len(letters), per_group):
        lines += _compare_group(comparison, letters, start, start + per_group, width)
        lines.append(_BLANK)
    for d in comparison.differences:
        lines += _difference(d.quantity, d.lower, letters[d.base], letters[d.other], d.category, width)
    if comparison.shared:
        causes = ", ".join(comparison.shared)
        lines += paragraph(f"They share, so that this doubt cancels: {causes}.", width, style="dim")
    text = f"{numbers.plain_number(comparison.draws)} draws, seed {comparison.seed}, library {comparison.library}"
    return [*lines, *paragraph(text, width, style="dim")]


def why_tree(node: WhyNode, width: int = 0) -> list[Line]:
    """A why-tree: each step is the sum (+) or product (×) of those beneath it; sources stand under their figures."""
    width = fit(width, sys.stdout)
    rows: list[tuple[str, str, WhyNode]] = []
    _collect(node, "", "", rows)
    texts = [_why_texts(n) for _, _, n in rows]
    widths = [max(len(t[i]) for t in texts) for i in range(4)]
    room = width - sum(widths) - 8
    deepest = max(len(first) for first, _, _ in rows)
    stacked = room < deepest + 14
    lines = (
        [] if stacked else [_why_row(("Step", "", "", ""), ("p50", "", "p05–p95", "doubt"), widths, room, head=True)]
    )
    for (first, later, step), text in zip(rows, texts, strict=True):
        lines += _why_head(first, later, step, text, widths, 0 if stacked else room, width)
        lines += _why_notes(later, step, width)
    lines.append(_BLANK)
    legend = "  ".join(f"{m} {w}" for w, m in MARKS.items())
    lines += paragraph(legend, width, style="dim")
    about = "doubt: share of the uncertainty of the first number; better data narrows it most where this is largest."
    return [*lines, *paragraph(about, width, style="dim")]


def library_rows(rows: Sequence[LibraryRow], width: int = 0) -> list[Line]:
    """Figures of the library, each with its source."""
    width = fit(width, sys.stdout)
    if not rows:
        return [line("Nothing in the library is called so.")]
    lines: list[Line] = []
    for r in rows:
        shown = show(r.quantity) if r.quantity else None
        value = f"{shown.text}  {shown.interval}".rstrip() if shown else "unknown"
        lines += [line(Piece(w, "bold")) for w in wrap(r.id, width)]
        lines += paragraph(r.label, width, 2)
        lines += [line("  ", Piece(value, "accent"))]
        source = f"{r.source}, {r.year}. {r.licence}. {r.locator} (confidence: {r.confidence})"
        lines += paragraph(source, width, 2, "dim")
    return lines


def _title(account: Account, width: int) -> list[Line]:
    run = account.run
    return [line(Piece(w, "bold")) for w in wrap(run.name or findings.ref(run), width)] + paragraph(
        findings.ending(run), width
    )


def _sentence(account: Account) -> str:
    run = account.run
    words = [w for w in (run.subject.project, run.subject.team and f"team {run.subject.team}", run.stage) if w]
    place = account.place or "place unknown: the world average is used"
    return "; ".join([*words, place, findings.method_text(account), f"library {account.library.version}"])


def _head(text: str) -> Line:
    return line(Piece(text, "bold"))


def _marked(method: str, *, known: bool = True) -> str:
    return mark(method if known else "unknown")


def _energy(account: Account, width: int) -> list[Line]:
    unit = shared_unit([account.energy, *(c.energy for c in account.components)], "kWh")
    rows: list[list[Cell] | None] = []
    for c in account.components:
        shown = show(c.energy, unit) if c.energy else None
        how = c.meter if c.energy else f"{c.meter}: {c.state}" if c.meter else c.state
        label = line(_marked(c.method, known=shown is not None), " ", c.label)
        value, interval = (shown.value, shown.interval) if shown else ("unknown", "")
        rows.append([label, value, interval, _watts(c.mean_power_w), f"{c.method}, {how}" if shown else how])
    total = show(account.energy, unit) if account.energy else None
    all_known = all(c.energy is not None for c in account.components)
    name = line(_marked(findings.energy_method(account), known=total is not None), " ",
                Piece("In all" if all_known else "Known so far", "bold"))  # fmt: skip
    value, interval = (total.value, total.interval) if total else ("unknown", "")
    rows += [None, [name, Piece(value, "bold"), interval, _watts(account.mean_power_w), ""]]
    if not account.components:
        rows = rows[1:]
    head = ["Electricity at the devices", unit_label(unit), "p05–p95", "mean power", "how"]
    narrow = width < _ROOMY
    body = [None if r is None else r[:4] for r in rows] if narrow else rows
    lines = table(head[:4] if narrow else head, body, "lrrr" if narrow else "lrrrl", width)
    for c in account.components:
        if narrow:
            told = f"{c.method}, {c.meter}" if c.energy else c.state
            lines += paragraph(f"{_marked(c.method, known=c.energy is not None)} {c.label}: {told}", width, 2, "dim")
        if c.detail:
            lines += paragraph(f"{c.label}: {c.detail}", width, 2, "dim" if c.energy else "warn")
    if account.node_energy:
        node = show(account.node_energy)
        lines += paragraph(f"The whole machine used {node.text} in this time ({node.interval}).", width, 2, "dim")
    return lines


def _watts(power_w: float | None) -> str:
    if power_w is None:
        return ""
    return show(Quantity.exact(power_w, "W")).text


def _impacts(account: Account, width: int) -> list[Line]:
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
    head = ["Impact", "p50", "", "p05–p95", *([] if narrow else ["use", "embodied"]), "known"]
    return [*table(head, rows, "lrlrr" if narrow else "lrlrrrr", width), *notes]


def _part(quantity: Quantity | None, unit: str, applies: bool) -> str:
    if not applies:
        return ""
    return show(quantity, unit).value if quantity else "unknown"


def _findings(account: Account, width: int) -> list[Line]:
    text = f"{findings.dominant(account)} {findings.unknown_sentence(account)}".strip()
    return [_BLANK, *paragraph(text, width)] if text else []


def _unknown(account: Account, width: int) -> list[Line]:
    if not account.unknown:
        return []
    missing = any(u.missing for u in account.unknown)
    lines = [_BLANK, _head("Not known yet, and never counted as zero" if missing else "Not known yet")]
    for u in account.unknown:
        add = f" Could add {numbers.could_add(u.could_add)}." if u.could_add else ""
        lines += paragraph(f"{MARKS['unknown']} {findings.unknown_text(u.what, u.why)}{add}", width, 0, hanging=2)
        if u.remedy:
            style = "accent" if findings.is_command(u.remedy) else "dim"
            lines += paragraph(u.remedy, width, 4, style, hanging=2)
    return lines


def _equivalent(account: Account, width: int) -> list[Line]:
    e = account.equivalent
    if e is None:
        return []
    source = ", ".join(s for s in (e.citation, e.vintage) if s)
    return [_BLANK, *paragraph(f"{e.text.rstrip('.')}{f' ({source})' if source else ''}.", width)]


def _contributions(account: Account, width: int) -> list[Line]:
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


def _windows(account: Account, width: int) -> list[Line]:
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


def _per_unit(account: Account, width: int) -> list[Line]:
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


def _doubt(account: Account, width: int) -> list[Line]:
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


def _provenance(account: Account, width: int) -> list[Line]:
    run, chain = account.run, account.chain
    evidence = ", ".join(f"{mark(e.method)} {numbers.percent(e.share)} {e.method}" for e in account.evidence if e.share)
    stood = "in no chain yet"
    if chain:
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


def _hint() -> list[Line]:
    return [line("  ", Piece("treadlight track -- python train.py", "accent"))]


def _folded_runs(rows: Sequence[RunRow], width: int) -> list[Line]:
    """The list for a narrow terminal: two lines a run."""
    lines: list[Line] = []
    for r in rows:
        energy = show(r.energy) if r.energy else None
        text = f"{energy.text} ({energy.interval})" if energy else "energy unknown"
        lines += [line(Piece(w, "bold")) for w in wrap(r.name or "unnamed", width)]
        facts = f"{r.id[:13]}  {r.status}  {r.start}  {numbers.duration(r.duration_s)}  {text}"
        lines += paragraph(facts, width, 2)
    return lines


def _compare_group(c: Comparison, letters: Sequence[str], start: int, end: int, width: int) -> list[Line]:
    """One table of as many runs as fit side by side."""
    runs = c.runs[start:end]
    rows: list[list[Cell] | None] = []

    def add(label: str, quantities: Sequence[Quantity | None]) -> None:
        unit = shared_unit(quantities)
        row: list[Cell] = []
        for q in quantities:
            shown = show(q, unit) if q else None
            row += [shown.value, shown.interval] if shown else ["unknown", ""]
        text = f"{label}, {unit_label(unit)}" if unit else label
        rows.append([text, *row])

    add("Electricity at the devices", [r.energy for r in runs])
    for category, _ in runs[0].impacts:
        add(findings.short_name(category), [dict(r.impacts).get(category) for r in runs])
    for name, _ in runs[0].per_unit:
        add(name, [dict(r.per_unit).get(name) for r in runs])
    labels = list(dict.fromkeys(name for r in runs for name, _ in r.parts))
    rows += [None] if labels else []
    for name in labels:
        add(name, [dict(r.parts).get(name) for r in runs])
    head = ["", *(t for letter in letters[start:end] for t in (letter, "p05–p95"))]
    return table(head, rows, "l" + "rr" * len(runs), width)


def _difference(q: Quantity, lower: float, base: str, other: str, category: str, width: int) -> list[Line]:
    shown = show(q, signed=True)
    name = findings.short_name(category).lower()
    text = f"{other} − {base}, {name}: {shown.value} {shown.unit}, between {shown.low} and {shown.high}. "
    chance = round(lower * 100)
    sure = f"{other} is lower in {'more than 99' if 99.5 <= lower * 100 < 100 else chance} of 100 draws."
    return paragraph(text + sure, width, hanging=2)


def _collect(node: WhyNode, first: str, later: str, rows: list[tuple[str, str, WhyNode]]) -> None:
    rows.append((first, later, node))
    for i, child in enumerate(node.children):
        last = i == len(node.children) - 1
        _collect(child, later + ("└ " if last else "├ "), later + ("  " if last else "│ "), rows)


def _why_texts(node: WhyNode) -> tuple[str, str, str, str]:
    doubt = numbers.percent(node.share_of_doubt) if node.share_of_doubt is not None else ""
    if node.amount is None:
        return "unknown", "", "", doubt
    low, high = (node.amount if e is None else e for e in (node.p05, node.p95))
    shown = show(Quantity(node.unit, min(low, node.amount), node.amount, max(high, node.amount)), at_least=2)
    return shown.value, shown.unit, shown.interval, doubt


def _why_row(
    label: tuple[str, str, str, str], texts: Sequence[str], widths: Sequence[int], room: int, *, head: bool = False
) -> Line:
    first, name, sign, style = label
    pad = " " * max(room - len(first) - len(name), 0)
    value, unit, interval, doubt = (f"{t:>{w}}" if i != 1 else f"{t:<{w}}" for i, (t, w) in
                                    enumerate(zip(texts, widths, strict=True)))  # fmt: skip
    tail = "dim" if head else ""
    parts = (Piece(first, "dim"), Piece(name, style), pad, f" {sign or ' '} ", Piece(value, tail or "bold"), " ")
    rest = (Piece(unit, "dim"), "  ", Piece(interval, tail), "  ", Piece(doubt, tail or "accent"))
    return line(*parts, *rest)


def _why_head(
    first: str, later: str, node: WhyNode, texts: Sequence[str], widths: Sequence[int], room: int, width: int
) -> list[Line]:
    """A step and its numbers: in columns where there is room for them, else on the line beneath."""
    sign = {"sum": " +", "product": " ×"}.get(node.op, "") if node.children else ""
    known = mark(node.method) if node.method else mark("unknown") if node.amount is None else ""
    names = wrap(node.label + sign, max((room or width) - len(first), 8))
    deeper = [line(Piece(later, "dim"), n) for n in names[1:]]
    if room:
        return [_why_row((first, names[0], known, ""), texts, widths, room), *deeper]
    value, unit, interval, doubt = texts
    facts = ", ".join(t for t in (f"{known} {value} {unit}".strip(), interval, doubt and f"doubt {doubt}") if t)
    beneath = later + ("│ " if node.children else "  ")
    numbers_ = [line(Piece(beneath, "dim"), Piece(w, "bold")) for w in wrap(facts, max(width - len(beneath), 8))]
    return [line(Piece(first, "dim"), names[0]), *deeper, *numbers_]


def _why_notes(later: str, node: WhyNode, width: int) -> list[Line]:
    """What stands under a step: its equation, its source, how it was found."""
    beneath = later + ("│ " if node.children else "  ")
    notes = [node.note] if node.note else []
    if node.source:
        s = node.source
        notes.append(f"{s.citation}, {s.year}. {s.licence}. {s.locator} (confidence: {s.confidence})")
        notes += [s.url] if s.url else []
    notes += [f"{'found' if found else 'not found'}: {rung}{f', {d}' if d else ''}" for rung, found, d in node.rungs]
    wrapped = (w for note in notes for w in wrap(note, max(width - len(beneath), 8)))
    return [line(Piece(beneath, "dim"), Piece(w, "dim")) for w in wrapped]
