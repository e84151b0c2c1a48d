"""Drawings of a study's report: the flow of stages, bars of their shares, distributions of the totals.

Every drawing comes in two widths and takes its colours from the page's classes, so that light, dark and print are one.
"""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from treadlight.assess.draws import Array
from treadlight.assess.lifecycle.result import SystemResult
from treadlight.assess.lifecycle.study import STAGES, Study
from treadlight.core.quantity import Quantity
from treadlight.share.charts import density
from treadlight.share.findings import short_name
from treadlight.share.numbers import display_unit, in_unit, percent, plain_number, show, unit_label
from treadlight.share.scale import Scale, nice_ticks
from treadlight.share.studies.material import known, listed, stage_unknown, whole
from treadlight.share.svg import svg, tag

__all__ = ["densities", "flow_diagram", "stage_bars"]

_WIDE, _NARROW = 1040, 350
_BOX = 62  # height of a stage [px]
_GAP = 26  # between stages: room for an arrow [px]
_HATCHED = 36  # of a stage of which nothing is known [px]
_ROW = 22  # height of a bar's row [px]


def flow_diagram(study: Study, system: SystemResult) -> tuple[Markup, Markup, str]:
    """The stages from the first to the functional unit, wide and narrow, and the same in words."""
    inside = [(stage, _told(system, stage)) for stage in STAGES if stage in study.scope.boundary]
    reasons = {left.stage for left in study.scope.excluded}
    outside = [stage for stage in STAGES if stage not in study.scope.boundary]
    unit = study.scope.functional_unit.name
    text = f"Within the boundary: {listed([s for s, _ in inside])}, which deliver {unit}."
    if outside:
        text += f" Outside it: {listed([s if s in reasons else f'{s} (not mentioned)' for s in outside])}."
    return _flow(inside, outside, unit, 5, _WIDE, text), _flow(inside, outside, unit, 2, _NARROW, text), text


def _told(system: SystemResult, stage: str) -> tuple[str, str]:
    """How many items a stage has, and its share of the first category that is known of the system."""
    items = len({line.item for line in system.lines if line.stage == stage})
    if not items:
        return "no item: unknown", ""
    count = f"{items} item{'s' if items > 1 else ''}"
    if not system.known_by_stage()[stage]:
        return count, "unknown"
    names = known(system)
    if not names or not whole(system, names[0]):
        return count, ""
    what = short_name(names[0]).lower()
    if stage_unknown(system, stage, names[0]):
        return count, f"{what}: unknown"
    share = float(system.by_stage()[stage][system.row(names[0])].mean()) / whole(system, names[0])
    return count, f"{percent(share)} of {what}"


def _flow(
    inside: Sequence[tuple[str, tuple[str, str]]], outside: Sequence[str], unit: str, across: int, width: int, text: str
) -> Markup:
    """Boxes in rows, an arrow to each next one, a frame around what is inside, dashed boxes beneath for what is not."""
    box = (width - 32 - _GAP * (across - 1)) / across
    parts: list[Markup] = []
    for i, (stage, (count, share)) in enumerate(inside):
        x, y = 16 + (i % across) * (box + _GAP), 34 + (i // across) * (_BOX + _GAP)
        parts += _stage(x, y, box, stage.capitalize(), (count, share), "unknown" in count + share)
        parts.append(_arrow(x, y, box, i, across, last=i == len(inside) - 1))
    rows = -(-len(inside) // across)
    bottom = 34 + rows * (_BOX + _GAP) - _GAP + 16
    parts.insert(0, tag("rect", x=0.75, y=0.75, width=width - 1.5, height=bottom - 1.5, class_="boundary"))
    parts.insert(1, tag("text", "System boundary", x=16, y=22, class_="t3"))
    at = 16 + ((len(inside) - 1) % across) * (box + _GAP) + box / 2
    parts += _unit(at, bottom, unit, width)
    height = bottom + 64
    if outside:
        parts.append(tag("text", "Outside the boundary", x=16, y=height + 14, class_="t3"))
        for i, stage in enumerate(outside):
            x, y = 16 + (i % across) * (box + _GAP), height + 24 + (i // across) * 40
            parts.append(tag("rect", x=x, y=y, width=box, height=30, class_="outside"))
            parts.append(tag("text", stage.capitalize(), x=x + 10, y=y + 19, class_="t3"))
        height += 24 + -(-len(outside) // across) * 40
    return svg(width, height, text, *parts, class_="flow")


def _stage(x: float, y: float, box: float, name: str, told: tuple[str, str], unknown: bool) -> list[Markup]:
    found = [tag("rect", x=x, y=y, width=box, height=_BOX, class_="stage")]
    if unknown:
        found.append(tag("rect", x=x + box - _HATCHED, y=y, width=_HATCHED, height=_BOX, class_="hatch"))
    found.append(tag("text", name, x=x + 10, y=y + 21, class_="name"))
    for i, line in enumerate(part for part in told if part):
        found.append(tag("text", line, x=x + 10, y=y + 38 + 15 * i, class_="t3"))
    return found


def _arrow(x: float, y: float, box: float, i: int, across: int, *, last: bool) -> Markup:
    """To the right; from the end of a row down and back to the beginning of the next."""
    if last:
        return Markup("")
    middle = y + _BOX / 2
    if (i + 1) % across:
        end = x + box + _GAP
        return tag("path", d=f"M{x + box:.1f} {middle:.1f}H{end:.1f}m-6 -4l6 4l-6 4", class_="arrow")
    lane, start = y + _BOX + _GAP / 2, 16 + box / 2
    down = f"M{x + box / 2:.1f} {y + _BOX:.1f}V{lane:.1f}H{start:.1f}V{y + _BOX + _GAP:.1f}"
    return tag("path", d=f"{down}m-4 -6l4 6l4 -6", class_="arrow")


def _unit(at: float, bottom: float, unit: str, width: int) -> list[Markup]:
    """The functional unit beneath the last stage, its name kept within the drawing."""
    near = "start" if at < width / 3 else "end" if at > width * 2 / 3 else "middle"
    lines = _folded(unit, 44 if width < 500 else 90)
    found = [
        tag("path", d=f"M{at:.1f} {bottom - 16:.1f}V{bottom + 16:.1f}m-4 -6l4 6l4 -6", class_="arrow"),
        tag("circle", cx=at, cy=bottom + 22, r=4, class_="dot"),
    ]
    x = 16 if near == "start" else width - 16 if near == "end" else at
    return [
        *found,
        *(
            tag("text", line, x=x, y=bottom + 42 + 15 * i, text_anchor=near, class_="name")
            for i, line in enumerate(lines)
        ),
    ]


def _folded(text: str, most: int) -> list[str]:
    """Text in lines of at most so many characters; a longer word has a line of its own."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > most:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def stage_bars(shares: Mapping[str, Sequence[float | None]], categories: Sequence[str]) -> tuple[Markup, Markup]:
    """One panel a category, one bar a stage, all on one axis from 0 to 100 %; hatched where the share is unknown."""
    return _panels(shares, categories, len(categories) or 1, _WIDE), _panels(shares, categories, 2, _NARROW)


def _panels(shares: Mapping[str, Sequence[float | None]], categories: Sequence[str], across: int, width: int) -> Markup:
    named = 108 if width > 500 else 82
    tall = 34 + _ROW * len(shares)
    panel = (width - named - 8 * (across - 1)) / across
    parts: list[Markup] = []
    for i, category in enumerate(categories):
        x, y = named + (i % across) * (panel + 8), (i // across) * (tall + 14)
        parts.append(tag("text", category, x=x, y=y + 14, class_="name"))
        largest = max(shares, key=lambda stage: shares[stage][i] or 0.0, default="")
        for k, (stage, values) in enumerate(shares.items()):
            at = y + 28 + _ROW * k
            if i % across == 0:
                parts.append(tag("text", stage.capitalize(), x=0, y=at + 11, class_="t3"))
            parts += _share(x, at, panel, values[i], stage == largest)
        parts.append(tag("path", d=f"M{x:.1f} {y + 24}v{_ROW * len(shares)}", class_="zero"))
    rows = -(-len(categories) // across)
    alt = "; ".join(
        f"{c}: " + ", ".join(f"{s} {_worded(v[i])}" for s, v in shares.items()) for i, c in enumerate(categories)
    )
    return svg(width, rows * (tall + 14), alt, *parts, class_="shares")


def _worded(share: float | None) -> str:
    return "unknown" if share is None else percent(share)


def _share(x: float, y: float, panel: float, share: float | None, largest: bool) -> list[Markup]:
    room = panel - 46
    if share is None:
        return [
            tag("rect", x=x + 0.5, y=y + 0.5, width=min(40, room), height=12, class_="hatch"),
            tag("text", "unknown", x=x + min(40, room) + 5, y=y + 11, class_="t3"),
        ]
    length = max(room * min(share, 1.0), 0.8) if share else 0.0
    return [
        tag("rect", x=x, y=y, width=length, height=13, class_="lead" if largest else "doubtbar"),
        tag("text", percent(share), x=x + length + 5, y=y + 11, class_="t3"),
    ]


def densities(drawn: Sequence[tuple[str, Quantity, Array]]) -> tuple[Markup, Markup]:
    """The distribution of each total: name, interval and draws."""
    return _curves(drawn, 3, _WIDE), _curves(drawn, 1, _NARROW)


def _curves(drawn: Sequence[tuple[str, Quantity, Array]], across: int, width: int) -> Markup:
    panel, tall = (width - 32 * (across - 1)) / across, 132
    parts: list[Markup] = []
    for i, (name, interval, samples) in enumerate(drawn):
        parts += _curve(name, interval, samples, (i % across) * (panel + 32), (i // across) * tall, panel)
    alt = "; ".join(f"{name}: {show(q).text}, {show(q).interval}" for name, q, _ in drawn)
    return svg(width, max(-(-len(drawn) // across), 1) * tall, alt, *parts, class_="curves")


def _curve(name: str, interval: Quantity, samples: Array, x: float, y: float, width: float) -> list[Markup]:
    unit = display_unit(interval.unit, interval.p50 or interval.p95)
    q = in_unit(interval, unit)
    head = tag("text", f"{name}, {unit_label(unit)}", x=x, y=y + 14, class_="name")
    base = y + 96
    if q.p05 == q.p95:
        return [head, tag("text", f"{show(q).text}, held to be exact", x=x, y=base, class_="t3")]
    scale = q.p50 / interval.p50 if interval.p50 else 1.0
    xs, ys = density([float(s) * scale for s in samples])
    top = min(xs[-1], q.p95 + 1.2 * (q.p95 - q.p05))
    ticks = nice_ticks(max(min(xs[0], q.p05), 0.0) if q.p05 >= 0 else xs[0], top, 4)
    at = Scale(ticks[0], ticks[-1], x + 4, x + width - 4)
    shown = [(at(a), base - 66 * b) for a, b in zip(xs, ys, strict=True) if ticks[0] <= a <= ticks[-1]]
    within = [(at(a), base - 66 * b) for a, b in zip(xs, ys, strict=True) if q.p05 <= a <= q.p95]
    parts = [head, tag("path", d=_closed(within, base), class_="band"), tag("path", d=_line(shown), class_="span")]
    parts.append(tag("path", d=f"M{x:.1f} {base}H{x + width:.1f}", class_="axis"))
    for tick in ticks:
        anchor = "start" if tick == ticks[0] else "end" if tick == ticks[-1] else "middle"
        where = x if tick == ticks[0] else x + width if tick == ticks[-1] else at(tick)
        parts.append(tag("text", plain_number(tick), x=where, y=base + 16, text_anchor=anchor, class_="t3"))
    parts.append(tag("circle", cx=at(q.p50), cy=base, r=4, class_="dot"))
    return parts


def _line(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) if points else ""


def _closed(points: Sequence[tuple[float, float]], base: float) -> str:
    if not points:
        return ""
    return f"M{points[0][0]:.1f} {base:.1f}L{_line(points)[1:]}L{points[-1][0]:.1f} {base:.1f}Z"
