"""The figure of power over time: stacked components, the interval of the total as two fine lines, windows beneath.

Notes
-----
A trace holds mean power between samples, so layers are drawn as steps. The fine lines scale the total by the interval
of the run's energy: one relative doubt for all times. An interval in which a meter gave nothing is hatched.
"""

from collections.abc import Sequence
from itertools import groupby

from markupsafe import Markup

from treadlight.core.quantity import Quantity
from treadlight.core.texts import say
from treadlight.ledger.records import Gap
from treadlight.share.account import WindowAccount
from treadlight.share.layers import Layers
from treadlight.share.numbers import duration, figure, plain_number
from treadlight.share.scale import Scale, nice_ticks, time_ticks
from treadlight.share.svg import svg, tag

__all__ = ["power_chart", "power_unit"]

_LANE = 22
_LANES = 4


def power_unit(peak_w: float) -> tuple[str, float]:
    """Unit in which a peak is readable, and how many watts it has."""
    return ("kW", 1000.0) if peak_w >= 2000 else ("W", 1.0) if peak_w >= 0.5 else ("mW", 1e-3)


def power_chart(
    stack: Layers,
    *,
    width: float,
    height: float,
    energy: Quantity | None = None,
    windows: Sequence[WindowAccount] = (),
    gaps: Sequence[Gap] = (),
) -> Markup:
    """The figure as SVG, `width` by about `height` pixels plus a lane for each level of windows."""
    low, high = (energy.p05 / energy.p50, energy.p95 / energy.p50) if energy and energy.p50 else (1.0, 1.0)
    total = stack.total_w
    unit, watts = power_unit(max(total, default=0.0))
    ticks = nice_ticks(0, max(max(total, default=0.0) * high, 1e-9) / watts, 4)
    x = Scale(stack.t_s[0], stack.t_s[-1], 34, width - 6)
    y = Scale(0, ticks[-1] * watts, height, 8)
    lanes = _lanes(windows)
    parts = [*_grid(ticks, watts, y, width), *_areas(stack, x, y)]
    if high > low:
        parts += [_line(stack.t_s, [w * f for w in total], x, y, "fine") for f in (low, high)]
    parts += _unknown(stack, x, y, total)
    parts += [_gap(g, x, height) for g in gaps]
    parts.append(tag("path", d=f"M34 {height}H{width - 6}", class_="zero"))
    parts += _time_axis(stack.duration_s, x, height, width)
    parts += _windows(lanes, x, height + 34)
    peak = plain_number(max(total, default=0.0) / watts)
    alt = say(
        "Power over {time}, highest {peak} {unit}; the table beside it has the figures",
        time=duration(stack.duration_s), peak=peak, unit=unit,
    )  # fmt: skip
    return svg(width, height + 26 + _LANE * len(lanes) + (10 if lanes else 0), alt, *parts, class_="power")


def _grid(ticks: Sequence[float], watts: float, y: Scale, width: float) -> list[Markup]:
    parts = []
    for tick in ticks:
        at = y(tick * watts)
        if tick:
            parts.append(tag("path", d=f"M34 {at:.1f}H{width - 6}", class_="grid"))
        decimals = 0 if tick == int(tick) else 1 if round(tick, 1) == round(tick, 6) else 2
        parts.append(tag("text", figure(tick, decimals), x=27, y=round(at + 4, 1), text_anchor="end", class_="t3"))
    return parts


def _areas(stack: Layers, x: Scale, y: Scale) -> list[Markup]:
    parts = []
    base = [0.0] * len(stack.unknown)
    for layer in stack.layers:
        top = [b + w for b, w in zip(base, layer.watts, strict=True)]
        upper = _steps(stack.t_s, top, x, y)
        lower = _steps(tuple(reversed(stack.t_s)), list(reversed(base)), x, y)
        parts.append(tag("path", d=f"M{upper}L{lower}Z", class_=f"area c-{layer.component}"))
        parts.append(tag("path", d=f"M{upper}", class_=f"edge c-{layer.component}"))
        base = top
    return parts


def _steps(times: Sequence[float], values: Sequence[float], x: Scale, y: Scale) -> str:
    """Path of a step line, without its first letter: where it begins, then from each place to the next."""
    here_x, here_y = round(10 * x(times[0])), round(10 * y(values[0]))
    out, ran = [f"{_tenths(here_x)} {_tenths(here_y)}"], 0
    for i, value in enumerate(values):
        there_x, there_y = round(10 * x(times[i + 1])), round(10 * y(value))
        if there_y != here_y:
            out += [f"h{_tenths(ran)}" if ran else "", f"v{_tenths(there_y - here_y)}"]
            here_y, ran = there_y, 0
        ran += there_x - here_x
        here_x = there_x
    return "".join([*out, f"h{_tenths(ran)}"])


def _tenths(n: int) -> str:
    """So many tenths of a pixel, as short as a path may have them: ``-.5``, ``12``, ``3.4``."""
    sign, (whole, rest) = "-" if n < 0 else "", divmod(abs(n), 10)
    return f"{sign}{whole}" if not rest else f"{sign}{whole or ''}.{rest}"


def _line(times: Sequence[float], values: Sequence[float], x: Scale, y: Scale, class_: str) -> Markup:
    return tag("path", d="M" + _steps(times, values, x, y), class_=class_)


def _unknown(stack: Layers, x: Scale, y: Scale, total: Sequence[float]) -> list[Markup]:
    """Hatching above what is known, over each stretch in which a meter gave nothing."""
    parts = []
    for is_unknown, group in groupby(enumerate(stack.unknown), key=lambda pair: pair[1]):
        if is_unknown:
            indices = [i for i, _ in group]
            left, right = x(stack.t_s[indices[0]]), x(stack.t_s[indices[-1] + 1])
            top = y(max(total[i] for i in indices))
            parts.append(tag("rect", x=left, y=8, width=max(right - left, 1), height=max(top - 8, 4), class_="hatch"))
    return parts


def _gap(gap: Gap, x: Scale, height: float) -> Markup:
    left, right = x(gap.t0_s), x(gap.t1_s)
    return tag("rect", x=left, y=8, width=max(right - left, 2), height=height - 8, class_="hatch")


def _time_axis(duration_s: float, x: Scale, height: float, width: float) -> list[Markup]:
    parts = []
    for at_s, label in time_ticks(duration_s, 6 if width > 500 else 4):
        at = x(x.low + at_s)
        if at > width - 2:
            continue
        anchor = "end" if at > width - 24 else "middle"
        parts.append(tag("path", d=f"M{at:.1f} {height}v4", class_="zero"))
        parts.append(tag("text", label, x=round(at, 1), y=height + 18, text_anchor=anchor, class_="t3"))
    return parts


def _lanes(windows: Sequence[WindowAccount]) -> list[list[WindowAccount]]:
    """Windows in as few lanes as let none overlap, longest first where they begin together; at most four lanes."""
    lanes: list[list[WindowAccount]] = []
    for window in sorted(windows, key=lambda w: (w.t0_s, -(w.t1_s - w.t0_s))):
        lane = next((lane for lane in lanes if lane[-1].t1_s <= window.t0_s + 1e-6), None)
        if lane is not None:
            lane.append(window)
        elif len(lanes) < _LANES:
            lanes.append([window])
    return lanes


def _windows(lanes: Sequence[Sequence[WindowAccount]], x: Scale, top: float) -> list[Markup]:
    parts = []
    for row, lane in enumerate(lanes):
        y = top + row * _LANE
        for w in lane:
            left, right = x(w.t0_s), x(w.t1_s)
            parts.append(tag("path", d=f"M{left:.1f} {y}H{right:.1f}", class_="window"))
            parts.append(tag("rect", x=round(left - 1.5, 1), y=y - 2.5, width=5, height=5, class_="window-start"))
            label = next((n for n in _names(w.name) if len(n) * 6.3 < right - left - 6), "")
            if label:
                middle = round((left + right) / 2, 1)
                parts.append(tag("text", label, x=middle, y=y + 14, text_anchor="middle", class_="t3"))
    return parts


def _names(name: str) -> tuple[str, ...]:
    """A window's name, then its last word, which is often its number; the table has it whole."""
    return name, name.rsplit(" ", 1)[-1]
