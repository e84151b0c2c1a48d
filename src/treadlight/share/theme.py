"""The tokens of the pages, for drawings made outside of a browser: read from the one stylesheet that defines them."""

import re
from functools import cache
from importlib.resources import files

__all__ = ["SANS", "THEMES", "config", "tokens"]

THEMES = ("light", "dark")

SANS = 'Inter, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif'


@cache
def tokens(theme: str = "light") -> dict[str, str]:
    """Colour of each token, such as ``ink`` or ``accent``, in ``light`` or ``dark``."""
    sheet = files("treadlight.share").joinpath("static", "tokens.css").read_text("utf-8")
    light, _, dark = sheet.partition("@media")
    pairs = re.compile(r"--([\w-]+): (#[0-9A-Fa-f]{6});")
    return dict(pairs.findall(light)) | (dict(pairs.findall(dark)) if theme == "dark" else {})


def config(theme: str = "light") -> dict[str, object]:
    """The one theme of every chart, as a Vega-Lite configuration."""
    t = tokens(theme)
    axis = {
        "labelColor": t["ink3"],
        "labelFontSize": 12,
        "titleColor": t["ink2"],
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "domain": False,
        "ticks": False,
        "grid": False,
        "labelPadding": 6,
    }
    return {
        "font": SANS,
        "background": None,
        "view": {"stroke": None},
        "axisX": {**axis, "domain": True, "domainColor": t["ink"], "ticks": False},
        "axisY": {**axis, "grid": True, "gridColor": t["line"]},
        "text": {"color": t["ink3"], "fontSize": 12, "font": SANS},
        "line": {"strokeWidth": 2.2, "strokeJoin": "round"},
        "area": {"line": False},
    }
