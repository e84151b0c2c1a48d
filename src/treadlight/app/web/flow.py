"""A life as a flow: stages on the left, as high as their share, run together into the total on the right."""

from collections.abc import Sequence

from markupsafe import Markup

from treadlight.share.numbers import percent
from treadlight.share.svg import svg, tag

__all__ = ["flow"]

_GAP, _LEAST = 10.0, 3.0


def flow(stages: Sequence[tuple[str, float]], width: float, height: float) -> Markup:
    """Bands from each stage (name, share 0 to 1) to the whole; the largest in accent."""
    shown = [(name, share) for name, share in stages if share > 0]
    if not shown:
        return Markup("")
    whole = sum(share for _, share in shown)
    room = height - _GAP * (len(shown) - 1)
    sizes = [max(share / whole * room, _LEAST) for _, share in shown]
    scale = room / sum(sizes)
    label, end = min(190.0, width * 0.42), width - 14
    largest = max(range(len(shown)), key=lambda i: shown[i][1])
    parts: list[Markup] = []
    y, z = 0.0, (height - room) / 2
    for i, ((name, share), size) in enumerate(zip(shown, sizes, strict=True)):
        high = size * scale
        parts.append(
            tag("path", d=_band(label, end, y, z, high), class_="flow-band accent" if i == largest else "flow-band")
        )
        parts.append(tag("rect", x=label - 4, y=round(y, 1), width=4, height=round(high, 1), class_="ink"))
        parts.append(
            tag(
                "text",
                f"{name}, {percent(share / whole)}",
                x=label - 12,
                y=round(y + high / 2 + 4, 1),
                text_anchor="end",
            )
        )
        y, z = y + high + _GAP, z + high
    parts.append(tag("rect", x=end, y=round((height - room) / 2, 1), width=4, height=round(room, 1), class_="ink"))
    said = ", ".join(f"{name} {percent(share / whole)}" for name, share in shown)
    return svg(width, height, said, *parts, class_="flow")


def _band(x0: float, x1: float, y0: float, y1: float, high: float) -> str:
    mid = (x0 + x1) / 2
    upper = f"M{x0:.0f} {y0:.1f}C{mid:.0f} {y0:.1f} {mid:.0f} {y1:.1f} {x1:.0f} {y1:.1f}"
    return f"{upper}V{y1 + high:.1f}C{mid:.0f} {y1 + high:.1f} {mid:.0f} {y0 + high:.1f} {x0:.0f} {y0 + high:.1f}Z"
