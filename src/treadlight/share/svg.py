"""Small drawings that stand in rows and under hero numbers. Colours come from the page's CSS classes, never from here.

Every function gives markup that is already escaped, with a text alternative.
"""

from collections.abc import Sequence
from functools import cache

from markupsafe import Markup, escape

from treadlight.core.marks import WORDS
from treadlight.core.quantity import Quantity
from treadlight.core.texts import say
from treadlight.share.numbers import between, display_unit, figure, in_unit, percents, show
from treadlight.share.scale import Scale, nice_ticks

__all__ = [
    "bar",
    "evidence_rule",
    "hatch_definition",
    "hatched",
    "mark_svg",
    "scale_bar",
    "share_bar",
    "svg",
    "tag",
    "unknown_bar",
    "whisker",
]


def tag(name: str, *children: str, **attributes: object) -> Markup:
    """An SVG element; ``_`` in attribute names becomes ``-`` and a trailing one is dropped; text is escaped."""
    pairs = [f'{_attribute(k)}="{_value(v)}"' for k, v in attributes.items() if v is not None]
    inner = "".join([escape(c) for c in children])
    head = " ".join((name, *pairs))
    return Markup(f"<{head}>{inner}</{name}>") if inner else Markup(f"<{head}/>")


@cache
def _attribute(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def _value(value: object) -> str:
    """An attribute's value, escaped; numbers need no escaping."""
    return _short(value) if type(value) in (float, int) else escape(_short(value))


def svg(width: float, height: float, alt: str, *children: str, class_: str = "") -> Markup:
    """An SVG element of this size with a text alternative; hidden from assistive technology where `alt` is empty."""
    named = {"role": "img", "aria_label": alt} if alt else {"aria_hidden": "true"}
    sizes = {"width": width, "height": height, "viewBox": f"0 0 {_short(width)} {_short(height)}"}
    return tag("svg", *children, **sizes, class_=class_ or None, **named)


def hatch_definition() -> Markup:
    """The pattern of the unknown: lines at 45°, 1.6 px every 7 px, no fill. Stands once in a page."""
    line = tag("line", x1=0, y1=0, x2=0, y2=7, class_="hatch-line")
    pattern = tag(
        "pattern", line, id="hatch", width=7, height=7, patternUnits="userSpaceOnUse", patternTransform="rotate(45)"
    )
    return tag("svg", tag("defs", pattern), width=0, height=0, class_="defs", aria_hidden="true")


def hatched(width: float, height: float, alt: str | None = None) -> Markup:
    """A hatched box: not known."""
    return svg(
        width,
        height,
        say("unknown") if alt is None else alt,
        _box(0.5, 0.5, width - 1, height - 1),
        class_="unknown-box",
    )


def mark_svg(method: str) -> Markup:
    """The mark of a method, 11 px."""
    word = method if method in WORDS else "unknown"
    return _mark(word, say(word))


@cache
def _mark(word: str, said: str) -> Markup:
    shapes = {
        "metered": (tag("circle", cx=5.5, cy=5.5, r=4.5, class_="full"),),
        "reported": (
            tag("circle", cx=5.5, cy=5.5, r=4.4, class_="ring"),
            tag("circle", cx=5.5, cy=5.5, r=2.2, class_="full"),
        ),
        "modelled": (
            tag("circle", cx=5.5, cy=5.5, r=4.4, class_="ring"),
            tag("path", d="M5.5 1.1a4.4 4.4 0 0 0 0 8.8z", class_="full"),
        ),
        "assumed": (tag("circle", cx=5.5, cy=5.5, r=4.4, class_="ring dashed"),),
        "unknown": (_box(0.6, 0.6, 9.8, 9.8),),
    }
    return svg(11, 11, said, *shapes[word], class_="mark")


def whisker(quantity: Quantity) -> Markup:
    """Interval on the scale from ½ to 1½ of the number: tick p05, dot p50, tick p95; what runs off ends in an arrow."""
    if quantity.p50 == 0:
        return Markup("")
    at = Scale(0.5, 1.5, 2, 54)
    low, high = sorted((quantity.p05 / quantity.p50, quantity.p95 / quantity.p50))
    x0, x1 = max(at(low), 2), min(at(high), 54)
    parts = [
        tag("line", x1=0, y1=5.5, x2=56, y2=5.5, class_="track"),
        tag("line", x1=x0, y1=5.5, x2=x1, y2=5.5, class_="whisk"),
        tag("path", d="M5 2.5L2 5.5L5 8.5" if low < 0.5 else f"M{_short(x0)} 2.5V8.5", class_="whisk"),
        tag("path", d="M51 2.5L54 5.5L51 8.5" if high > 1.5 else f"M{_short(x1)} 2.5V8.5", class_="whisk"),
        tag("circle", cx=28, cy=5.5, r=1.9, class_="full"),
    ]
    return svg(56, 11, between(quantity), *parts, class_="whisker")


def scale_bar(quantity: Quantity, width: float, about: int) -> Markup:
    """The whisker of a hero number: an axis with real ticks, and both ends written out."""
    unit = show(quantity)
    q = in_unit(quantity, _unit_of(quantity))
    reach = max(q.p95 - q.p50, q.p50 - q.p05, abs(q.p50) * 0.02)
    low = q.p05 - 0.8 * reach
    ticks = nice_ticks(max(low, 0) if q.p05 >= 0 else low, q.p95 + 0.8 * reach, about)
    at = Scale(ticks[0], ticks[-1], 8, width - 8)
    parts = [tag("path", d=f"M8 26H{_short(width - 8)}", class_="axis")]
    for i, tick in enumerate(ticks):
        x = at(tick)
        anchor = "start" if i == 0 else "end" if i == len(ticks) - 1 else "middle"
        parts.append(tag("path", d=f"M{_short(x)} 26v5", class_="axis"))
        label_x = 8 - 8 if i == 0 else width if i == len(ticks) - 1 else x
        parts.append(tag("text", _tick_text(tick), x=label_x, y=45, text_anchor=anchor, class_="t3"))
    x0, x1, xm = at(q.p05), at(q.p95), at(q.p50)
    if q.p05 < q.p95:
        parts += [
            tag("rect", x=x0, y=22, width=x1 - x0, height=8, class_="band"),
            tag("path", d=f"M{_short(x0)} 26H{_short(x1)}M{_short(x0)} 19V33M{_short(x1)} 19V33", class_="span"),
        ]
        near = x1 - x0 < 60
        parts.append(tag("text", unit.low, x=x0 + (3 if near else 0), y=12, text_anchor=_side(near, "end")))
        parts.append(tag("text", unit.high, x=x1 - (3 if near else 0), y=12, text_anchor=_side(near, "start")))
    parts.append(tag("circle", cx=xm, cy=26, r=4, class_="dot"))
    return svg(width, 50, f"{unit.text}, {between(quantity)}", *parts, class_="scale")


def bar(quantity: Quantity, top: float, component: str, width: float = 400) -> Markup:
    """A bar on an axis from 0 to `top` [the quantity's unit]: solid to p05, pale to p95, ticked at p50."""
    at = Scale(0, top, 0, width - 2)
    x0, x1, xm = (max(at(v), 0) for v in (quantity.p05, quantity.p95, quantity.p50))
    parts = [
        tag("rect", x=0, y=3, width=max(x1, 1), height=9, class_=f"pale c-{component}"),
        tag("rect", x=0, y=3, width=x0, height=9, class_=f"solid c-{component}"),
        tag("path", d=f"M{_short(max(xm, 0.7))} 0V15", class_="tick"),
    ]
    return svg(width, 15, between(quantity), *parts, class_="bar")


def unknown_bar(quantity: Quantity | None, top: float, width: float = 400) -> Markup:
    """A hatched bar as long as what it could add; a short one where that is not known either."""
    length = min(quantity.p95 / top, 1) * (width - 2) if quantity and top > 0 else 40
    alt = say("unknown, could add {between}", between=between(quantity)) if quantity else say("unknown")
    return svg(width, 15, alt, _box(0.5, 2.5, max(length, 12), 10), class_="bar")


def evidence_rule(shares: Sequence[tuple[str, float]], width: float = 480) -> Markup:
    """One bar cut by method: full, double line, half height, dashed outline, hatched."""
    known = [(m if m in WORDS else "unknown", s) for m, s in shares if s > 0]
    whole = sum(s for _, s in known) or 1.0
    room = width - 3 * max(len(known) - 1, 0)
    parts: list[Markup] = []
    x = 0.0
    for method, share in known:
        w = max(share / whole * room, 6)
        parts.append(_evidence_piece(method, x, min(w, width - x)))
        x += w + 3
    texts = percents([s for _, s in known])
    alt = ", ".join(f"{text} {say(m)}" for (m, _), text in zip(known, texts, strict=True))
    return svg(width, 11, alt, *parts, class_="evidence")


def _evidence_piece(method: str, x: float, w: float) -> Markup:
    if method == "metered":
        return tag("rect", x=x, y=0.5, width=w, height=10, class_="ink")
    if method == "reported":
        return tag("path", d=f"M{_short(x)} 2h{_short(w)}M{_short(x)} 9h{_short(w)}", class_="ink-line")
    if method == "modelled":
        return tag("rect", x=x, y=5.5, width=w, height=5, class_="ink")
    if method == "assumed":
        return tag("rect", x=x + 0.6, y=1.1, width=max(w - 1.2, 1), height=8.8, class_="ring dashed")
    return _box(x + 0.6, 1.1, max(w - 1.2, 1), 8.8)


def _box(x: float, y: float, width: float, height: float) -> Markup:
    return tag("rect", x=x, y=y, width=width, height=height, class_="hatch")


def _side(near: bool, side: str) -> str:
    return side if near else "middle"


def _unit_of(quantity: Quantity) -> str:
    return display_unit(quantity.unit, quantity.p50 or quantity.p95)


def _tick_text(value: float) -> str:
    decimals = next((d for d in range(7) if abs(round(value, d) - value) < 1e-9 * max(abs(value), 1)), 6)
    return figure(value, decimals)


def _short(value: object) -> str:
    """A coordinate with at most two decimals; anything else as text."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def share_bar(share: float, width: float = 96) -> Markup:
    """A short bar for a share 0 to 1; its figure stands beside it."""
    return svg(width, 10, "", tag("rect", x=0, y=1, width=max(share * width, 1.0), height=8, class_="doubtbar"))
