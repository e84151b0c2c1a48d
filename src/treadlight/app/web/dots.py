"""Draws as dots: so many of a hundred are filled."""

from markupsafe import Markup

from treadlight.core.texts import say
from treadlight.share.svg import svg, tag

__all__ = ["dots"]

_ACROSS, _STEP = 20, 13.0


def dots(filled: int) -> Markup:
    """A hundred dots, of which `filled` are full."""
    parts = []
    for i in range(100):
        x, y = (i % _ACROSS) * _STEP + 6, (i // _ACROSS) * _STEP + 6
        parts.append(tag("circle", cx=x, cy=y, r=4, class_="dot" if i < filled else "hollow"))
    return svg(_ACROSS * _STEP, 5 * _STEP, say("{n} of 100", n=filled), *parts, class_="dots")
