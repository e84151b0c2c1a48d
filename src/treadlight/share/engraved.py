"""Drawings of vl-convert made fit to stand in a page: no styles or roles of their own, and a third of the weight."""

import re

from markupsafe import escape

from treadlight.core.errors import InputError

__all__ = ["inlined"]


def inlined(drawn: str, alt: str) -> str:
    """An SVG file's drawing as an element of a page, with `alt` as its text alternative.

    Raises
    ------
    InputError
        If the drawing does not say its size.
    """
    size = re.search(r'width="([\d.]+)" height="([\d.]+)"', drawn)
    if size is None:
        raise InputError("has no size", field="svg", value=drawn[:80], remedy="report this with the chart's JSON")
    head = f'<svg class="vl" width="{size[1]}" height="{size[2]}" viewBox="0 0 {size[1]} {size[2]}"'
    return f'{head} role="img" aria-label="{escape(alt)}">{_shorter(drawn[drawn.index(">") + 1 :])}'


def _shorter(body: str) -> str:
    """Coordinates with one decimal, and what a page does not need left out: nothing is seen of it."""
    body = re.sub(r' (?:role|aria-[a-z]+|font-family|pointer-events|stroke-miterlimit)="[^"]*"', "", body)
    body = re.sub(r'<path class="(?:background|foreground)"[^>]*/>', "", body)
    body = re.sub(r'(?: d| transform)="[^"]*"', lambda m: re.sub(r"(-?\d+\.\d)\d+", r"\1", m[0]), body)
    body = body.replace(' opacity="1"', "")
    return re.sub(r' class="mark-[^"]*"', "", body)
