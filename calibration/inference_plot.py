"""The residual plot of the inference estimator, as a small SVG: each row held out, over what was measured."""

import math
from collections.abc import Mapping
from xml.sax.saxutils import escape

from inference_rows import Array

__all__ = ["residual_plot"]

_LEFT, _WIDTH, _HEIGHT, _HEAD = 40, 560, 150, 44
_TOP, _TICKS = 4.5, (0.25, 0.5, 1.0, 2.0, 4.0)
_STYLE = (
    "text{font:10px sans-serif;fill:#333}.h{font-weight:bold;font-size:12px}.g{stroke:#ddd}.o{stroke:#888}"
    ".i{stroke:#4477aa;stroke-width:1;opacity:.45}.p{fill:#4477aa}.q{fill:#cc6677}"
)


def residual_plot(panels: Mapping[str, Mapping[str, Array]]) -> str:
    """An SVG with a panel for each route: estimate over measurement against the measurement [Wh]."""
    parts = [_panel(name, found, i * (_HEIGHT + _HEAD)) for i, (name, found) in enumerate(panels.items())]
    height = len(parts) * (_HEIGHT + _HEAD) + 20
    note = "Estimate over measurement, family held out. Bar: 90 % interval; red: it does not hold the measurement."
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDTH + 20} {height}" role="img">'
        f"<title>{note}</title><style>{_STYLE}</style>"
        + "".join(parts)
        + f'<text x="8" y="{height - 4}">{note}</text></svg>\n'
    )


def _panel(name: str, found: Mapping[str, Array], top: int) -> str:
    parts = [f'<text class="h" x="8" y="{top + 16}">{escape(name)}</text>']
    for tick in _TICKS:
        y, kind = _y(tick, top), "o" if tick == 1 else "g"
        parts.append(f'<line class="{kind}" x1="{_LEFT}" x2="{_LEFT + _WIDTH}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text x="{_LEFT - 4}" y="{y + 3}" text-anchor="end">{tick:g}</text>')
    low, high = math.floor(math.log10(min(found["truth"]))), math.ceil(math.log10(max(found["truth"])))
    for power in range(low, high + 1):
        x = _LEFT + (power - low) / (high - low) * _WIDTH
        label = f"{10.0**power:g} Wh"
        parts.append(f'<text x="{x:.0f}" y="{top + _HEAD + _HEIGHT - 14}" text-anchor="middle">{label}</text>')
    for p05, p50, p95, truth in zip(found["low"], found["wh"], found["high"], found["truth"], strict=True):
        x = round(_LEFT + (math.log10(truth) - low) / (high - low) * _WIDTH, 1)
        kind = "p" if p05 <= truth <= p95 else "q"
        ends = f'y1="{_y(p05 / truth, top)}" y2="{_y(p95 / truth, top)}"'
        parts.append(f'<line class="i" x1="{x}" x2="{x}" {ends}/>')
        parts.append(f'<circle class="{kind}" cx="{x}" cy="{_y(p50 / truth, top)}" r="2"/>')
    return "".join(parts)


def _y(ratio: float, top: int) -> float:
    """Place of a ratio on the logarithmic axis, kept within it."""
    share = math.log(min(max(ratio, 1 / _TOP), _TOP)) / math.log(_TOP)
    return round(top + _HEAD - 16 + (1 - share) / 2 * (_HEIGHT - 30), 1)
