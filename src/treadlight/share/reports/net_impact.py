"""The page of a claim: footprint beside what is avoided, every gate, in one file that needs no network."""

from collections.abc import Sequence

from markupsafe import Markup

from treadlight.assess.netimpact.result import NetImpact, Step
from treadlight.core.quantity import Quantity
from treadlight.share import net_impact, numbers, svg
from treadlight.share.scale import Scale, nice_ticks
from treadlight.share.sheet import environment, policy, stylesheet

__all__ = ["net_page"]

_TAKEN = ("rebound", "side effect", "own footprint")
_SUMS = ("gross", "avoided", "net", "attributed")
_ROW, _DOT = 25, 14


def net_page(found: NetImpact) -> str:
    """The page of one claim as HTML text: a single file, no script, nothing fetched; a harm looks as a benefit does."""
    foot = [f"claim {found.digest[:8]}", f"library {found.library_version} ({found.library_digest[:8]})"]
    style = stylesheet(foot, sheets=("tokens", "page", "net", "print"))
    return (
        environment()
        .get_template("net_impact.html.jinja")
        .render(
            i=found,
            c=found.claim,
            n=numbers,
            t=net_impact,
            svg=svg,
            terms=Terms(found.steps, found.unit),
            unit=net_impact.column_unit([found.footprint, found.avoided, found.net]),
            dots=None if found.p_benefit is None else benefit_dots(found.p_benefit),
            style=Markup(style),
            csp=policy(style),
        )
    )


class Terms:
    """The terms of the net effect in one unit, and on one axis from the gross saving on, in which zero is drawn."""

    def __init__(self, steps: Sequence[Step], unit: str) -> None:
        self.steps = steps
        self.unit = net_impact.column_unit(step.quantity for step in steps) or unit
        ends = [end for step in steps for end in self._ends(step)]
        ticks = nice_ticks(min([0.0, *ends]), max([0.0, *ends]), 5)
        self.low, self.high = ticks[0], ticks[-1]

    @property
    def head(self) -> str:
        """Ends and unit of the axis."""
        ends = f"{numbers.plain_number(self.low, 2)} to {numbers.plain_number(self.high, 2)}"
        return f"{ends} {numbers.unit_label(self.unit)}"

    def drawn(self, step: Step) -> Markup:
        """Interval and median of a step from the gross saving on, what is taken off left of zero; else empty."""
        ends = self._ends(step)
        if not ends:
            return Markup("")
        at = Scale(self.low, self.high, 4, 316)
        low, middle, high = (at(end) for end in ends)
        parts = [
            svg.tag("line", x1=4, y1=9.0, x2=316, y2=9.0, class_="track"),
            svg.tag("line", x1=at(0.0), y1=0, x2=at(0.0), y2=18, class_="zero"),
            svg.tag("path", d=f"M{low:.2f} 9H{high:.2f}M{low:.2f} 5V13M{high:.2f} 5V13", class_="whisk"),
            svg.tag("circle", cx=middle, cy=9.0, r=3.5, class_="dot" if step.sign == "=" else "full"),
        ]
        return svg.svg(320, 18, "", *parts)

    def _ends(self, step: Step) -> list[float]:
        """p05, p50 and p95 in the unit of the axis; of what is taken off, negative."""
        quantity = step.quantity
        if quantity is None or step.kind not in (*_TAKEN, *_SUMS):
            return []
        q = numbers.in_unit(quantity, self.unit)
        ends = [q.p05, q.p50, q.p95]
        return [-end for end in reversed(ends)] if step.kind in _TAKEN else ends

    def text(self, quantity: Quantity) -> numbers.Shown:
        """A step's amount as text, in the unit of the table."""
        return net_impact.amount(quantity, self.unit)


def benefit_dots(p_benefit: float) -> Markup:
    """A hundred worlds: filled where the net effect is a benefit."""
    filled = round(p_benefit * 100)
    dots = [
        svg.tag(
            "circle",
            cx=(k % _ROW) * _DOT + _DOT / 2,
            cy=(k // _ROW) * _DOT + _DOT / 2,
            r=4.5,
            class_="dot" if k < filled else "dot-off",
        )
        for k in range(100)
    ]
    return svg.svg(_ROW * _DOT, 100 // _ROW * _DOT, f"{filled} of 100 draws are a benefit", *dots)
