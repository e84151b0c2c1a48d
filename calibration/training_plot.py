"""The residual plot of the training estimator, as a small SVG: each row held out, over what was published."""

import math
from collections.abc import Mapping, Sequence
from typing import Protocol
from xml.sax.saxutils import escape

__all__ = ["residual_plot"]

_LEFT, _WIDTH, _ROW, _HEAD = 300, 420, 13, 44
_TICKS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
_STYLE = (
    "text{font:10px sans-serif;fill:#333}.h{font-weight:bold;font-size:12px}.g{stroke:#ddd}.o{stroke:#888}"
    ".i{stroke:#4477aa;stroke-width:2}.p{fill:#4477aa}.b{fill:none;stroke:#cc6677;stroke-width:1.3}"
)


class _Cells(Protocol):
    @property
    def id(self) -> str: ...


class _Held(Protocol):
    """A row, what was published of it, and what was estimated without its family."""

    @property
    def row(self) -> _Cells: ...
    @property
    def truth(self) -> float: ...
    @property
    def p05(self) -> float: ...
    @property
    def p50(self) -> float: ...
    @property
    def p95(self) -> float: ...
    @property
    def baseline(self) -> float: ...


def residual_plot(held: Mapping[str, Sequence[_Held]]) -> str:
    """An SVG with a panel for each task."""
    y, parts = 0, []
    for task, rows in held.items():
        parts.append(_panel(task, sorted(rows, key=lambda h: h.p50 / h.truth), y))
        y += _HEAD + _ROW * len(rows) + 24
    width = _LEFT + _WIDTH + 20
    note = "Estimate over published, family held out. Bar: 90 % interval. Circle: baseline. Ticks: factor."
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y + 16}" role="img">'
        f"<title>{note}</title><style>{_STYLE}</style>"
        + "".join(parts)
        + f'<text x="8" y="{y + 8}">{note}</text></svg>\n'
    )


def _panel(task: str, rows: Sequence[_Held], top: int) -> str:
    bottom = top + _HEAD + _ROW * len(rows)
    parts = [f'<text class="h" x="8" y="{top + 16}">{escape(task)}</text>']
    for tick in _TICKS:
        kind = "o" if tick == 1 else "g"
        x = _x(tick)
        parts.append(f'<line class="{kind}" x1="{x}" x2="{x}" y1="{top + 34}" y2="{bottom}"/>')
        parts.append(f'<text x="{x}" y="{top + 30}" text-anchor="middle">{tick:g}</text>')
    parts.extend(_line(held, top + _HEAD + _ROW * i) for i, held in enumerate(rows))
    return "".join(parts)


def _line(held: _Held, y: int) -> str:
    low, middle, high, baseline = (_x(value / held.truth) for value in (held.p05, held.p50, held.p95, held.baseline))
    return (
        f'<text x="8" y="{y + 4}">{escape(held.row.id)}</text>'
        f'<line class="i" x1="{low}" x2="{high}" y1="{y}" y2="{y}"/><circle class="p" cx="{middle}" cy="{y}" r="3"/>'
        f'<circle class="b" cx="{baseline}" cy="{y}" r="3"/>'
    )


def _x(ratio: float) -> float:
    """Place of a ratio on the logarithmic axis, kept within it."""
    share = (math.log2(min(max(ratio, 0.12), 8.3)) - math.log2(0.12)) / math.log2(8.3 / 0.12)
    return round(_LEFT + share * _WIDTH, 1)
