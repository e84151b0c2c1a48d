"""Figures: a chart in a page at two widths, and its downloads."""

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from treadlight.app.server.answers import File
from treadlight.core.errors import NotFoundError
from treadlight.share.charts import KINDS, Chart, png, svg, svg_file

__all__ = ["Plate", "download", "kind_of", "plate"]

_WIDTH = 760
_NARROW = 350
_TYPES = {
    "svg": "image/svg+xml",
    "png": "image/png",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}


def kind_of(figure: str, *names: str) -> tuple[str, str]:
    """Name and form of a figure's file, such as ``trend.svg``.

    Raises
    ------
    NotFoundError
        If there is no such figure or form.
    """
    name, _, kind = figure.rpartition(".")
    if name not in names or kind not in KINDS:
        remedy = f"use one of {', '.join(names)} with .{', .'.join(KINDS)}"
        raise NotFoundError("no such figure", field="figure", value=figure, remedy=remedy)
    return name, kind


def download(chart: Chart, kind: str, theme: str = "light") -> File:
    """The chart as a file: ``svg``, ``png``, ``csv`` or ``json``, its Vega-Lite specification."""
    import json

    theme = "dark" if theme == "dark" else "light"
    if kind == "svg":
        content = svg_file(chart, _WIDTH, theme)
    elif kind == "png":
        content = png(chart, _WIDTH, theme)
    elif kind == "csv":
        content = chart.csv().encode("utf-8-sig")
    else:
        content = json.dumps(chart.sized(_WIDTH, theme), ensure_ascii=False).encode()
    return File(content, _TYPES[kind], "" if kind == "json" else f"treadlight-{chart.name}.{kind}")


@dataclass(frozen=True, slots=True)
class Plate:
    """A figure as a page shows it: drawn at two widths, with its files and the address that explains it."""

    chart: Chart
    wide: Markup
    narrow: Markup
    files: dict[str, str]
    why: str = ""


def plate(make: Callable[..., Chart], path: str, query: str = "", *, why: str = "", width: int = 676) -> Plate:
    """A chart drawn at both widths: redrawn with fewer ticks on a phone, not scaled.

    Parameters
    ----------
    make
        Gives the chart; takes ``narrow``.
    path, query
        Address of its files without their ending.
    """
    chart = make(narrow=False)
    after = f"?{query}" if query else ""
    files = {kind: f"{path}.{kind}{after}" for kind in KINDS}
    return Plate(chart, svg(chart, width), svg(make(narrow=True), _NARROW), files, why)
