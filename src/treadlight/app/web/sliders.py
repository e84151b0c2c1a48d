"""The answer above a slider: the total over its whole range, with its band, and the way from as it was to as tried."""

from collections.abc import Sequence
from itertools import pairwise

from markupsafe import Markup

from treadlight.core.quantity import Quantity
from treadlight.core.texts import say
from treadlight.share.numbers import in_unit, shared_step, show, unit_label
from treadlight.share.scale import Scale
from treadlight.share.svg import svg, tag

__all__ = ["curve", "steps"]

_WIDTH, _HEIGHT, _PAD = 330.0, 58.0, 9.0
_FAR = 20.0


def curve(
    points: Sequence[tuple[float, Quantity]],
    was: float,
    tried: float,
    unit: str,
    *,
    beside: Sequence[tuple[float, Quantity]] = (),
    meets: float | None = None,
) -> Markup:
    """A total over a range as a line with its band; a tick where it was, a dot where it is tried.

    Parameters
    ----------
    beside
        Another total over the same range, as a grey line.
    meets
        Where the two are equal.
    """
    known = [(x, in_unit(q, unit)) for x, q in points]
    other = [(x, in_unit(q, unit)) for x, q in beside]
    at_x = Scale(known[0][0], known[-1][0], _PAD, _WIDTH - _PAD)
    at_y = _scale([q for _, q in (*known, *other)])
    line = "M" + "L".join(f"{at_x(x):.1f} {at_y(q.p50):.1f}" for x, q in known)
    upper = "L".join(f"{at_x(x):.1f} {at_y(q.p95):.1f}" for x, q in known)
    lower = "L".join(f"{at_x(x):.1f} {at_y(q.p05):.1f}" for x, q in reversed(known))
    first, last = known[0][1], known[-1][1]
    said = _told_apart(first, last, unit)
    ends = [
        tag("text", said[0], x=0, y=11, class_="t3"),
        tag("text", said[1], x=_WIDTH, y=11, text_anchor="end", class_="t3"),
    ]
    dot = _between(known, tried)
    parts = [
        tag("path", d=f"M{upper}L{lower}Z", class_="curve-band"),
        tag("path", d=line, class_="curve"),
        tag("path", d=f"M{at_x(was):.1f} {_HEIGHT - 7}V{_HEIGHT}", class_="tick"),
        tag("path", d=f"M{at_x(was):.1f} {_HEIGHT - 1}H{at_x(tried):.1f}", class_="moved"),
        tag("path", d=f"M{at_x(tried):.1f} {at_y(dot):.1f}V{_HEIGHT}", class_="lead"),
        tag("circle", cx=round(at_x(tried), 1), cy=round(at_y(dot), 1), r=3.5, class_="curve-now"),
        *ends,
    ]
    if other:
        grey = "M" + "L".join(f"{at_x(x):.1f} {at_y(q.p50):.1f}" for x, q in other)
        parts.insert(1, tag("path", d=grey, class_="whisk"))
    if meets is not None:
        parts.append(tag("path", d=f"M{at_x(meets):.1f} 16V{_HEIGHT}", class_="lead"))
    alt = say("from {first} to {last} over the range", first=said[0], last=f"{said[1]} {unit_label(unit)}".rstrip())
    return svg(_WIDTH, _HEIGHT, alt, *parts)


def steps(zones: Sequence[tuple[str, str, Quantity]], tried: str, unit: str) -> Markup:
    """A row of zones, each with its interval."""
    known = [(zone, in_unit(q, unit)) for zone, _, q in zones]
    at_y = _scale([q for _, q in known])
    room = (_WIDTH - 2 * _PAD) / max(len(known) - 1, 1)
    parts: list[Markup] = []
    for i, (zone, q) in enumerate(known):
        x = _PAD + i * room
        low, high, mid = (round(at_y(v), 1) for v in (q.p05, q.p95, q.p50))
        parts.append(tag("path", d=f"M{x:.1f} {low}V{high}", class_="span" if zone == tried else "whisk"))
        parts.append(tag("circle", cx=round(x, 1), cy=mid, r=3, class_="curve-now" if zone == tried else "full"))
        parts.append(tag("text", zone, x=round(x, 1), y=_HEIGHT + 16, text_anchor="middle", class_="t3"))
        parts.append(tag("text", show(q, unit).value, x=round(x, 1), y=11, text_anchor="middle", class_="t3"))
    said = ", ".join(f"{name} {show(q, unit).text}" for _, name, q in zones)
    return svg(_WIDTH, _HEIGHT + 20, said, *parts)


def _told_apart(first: Quantity, last: Quantity, unit: str) -> tuple[str, str]:
    """Two ends of a range as text: with up to two digits more than each supports where they would look equal.

    Ends that are far from each other keep their own digits.
    """
    small, large = sorted((abs(first.p50), abs(last.p50)))
    if large > _FAR * small:
        return show(first, unit).value, show(last, unit).value
    step = shared_step([first, last], unit)
    texts = [(show(first, unit, step=at).value, show(last, unit, step=at).value) for at in _finer(step)]
    return next((pair for pair in texts if pair[0] != pair[1]), texts[0])


def _finer(step: int | None) -> tuple[int | None, ...]:
    return (None,) if step is None else (step, step - 1, step - 2)


def _scale(quantities: Sequence[Quantity]) -> Scale:
    low, high = min(q.p05 for q in quantities), max(q.p95 for q in quantities)
    return Scale(min(low, 0.0) if low < 0.5 * high else low, high, _HEIGHT - 8, 18)


def _between(known: Sequence[tuple[float, Quantity]], x: float) -> float:
    """The median at `x`, between the points on either side."""
    for (a, low), (b, high) in pairwise(known):
        if a <= x <= b:
            return low.p50 + (high.p50 - low.p50) * (x - a) / (b - a)
    return known[0][1].p50 if x < known[0][0] else known[-1][1].p50
