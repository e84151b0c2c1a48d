"""What the templates of the pages draw with: numbers as doors to their *why*, marks, whiskers, bars and commands."""

from collections.abc import Iterable
from urllib.parse import quote

from markupsafe import Markup, escape

from treadlight.core.marks import WORDS, mark
from treadlight.core.quantity import Quantity
from treadlight.core.texts import say
from treadlight.share import svg
from treadlight.share.doors import Doors
from treadlight.share.drawn import Drawn, colour
from treadlight.share.numbers import between, in_unit, plain_number, show, unit_label
from treadlight.share.scale import Scale, nice_ticks
from treadlight.share.svg import tag

__all__ = ["Axis", "Ink", "why_url"]


def why_url(identifier: str, keep: str = "") -> str:
    """Address of the page that explains what an id names; `keep` is the query that chooses category and method."""
    return f"/why/{quote(identifier, safe='/:@,.')}" + (f"?{keep}" if keep else "")


class Ink(Drawn):
    """Numbers as markup, whose doors lead to the page *why*.

    Parameters
    ----------
    keep
        Query that every door carries on: category, method, library.
    """

    def __init__(self, keep: str = "") -> None:
        super().__init__(Doors({}))
        self._keep = keep

    def number(
        self, quantity: Quantity | None, unit: str = "", why: str = "", method: str = "", *, signed: bool = False
    ) -> Markup:
        """The median as a door; plain where nothing is behind it, and the word *unknown* without a quantity.

        `why` is the address of its page, or the id of a step.
        """
        href = why if why.startswith(("/", "#")) else why_url(why, self._keep) if why else ""
        if quantity is None:
            return self._link(escape(say("unknown")), href, Markup(""))
        shown = show(quantity, unit, signed=signed)
        tip = Markup("<b>{}</b>{}").format(shown.text, between(quantity, unit) if shown.low else "")
        if method in WORDS:
            tip += Markup("<br>{} {}").format(mark(method), say(method))
        return self._link(
            escape(shown.value), href, tip + Markup("<i>{}</i>").format(say("Why {value}?", value=shown.value))
        )

    @staticmethod
    def _link(text: Markup, href: str, tip: Markup) -> Markup:
        if not href:
            return Markup('<span class="num">{}</span>').format(text)
        note = Markup('<span class="tip" aria-hidden="true">{}</span>').format(tip) if tip else ""
        return Markup('<a class="door" href="{}">{}{}</a>').format(href, text, note)

    def signed(self, quantity: Quantity | None, unit: str = "", why: str = "") -> Markup:
        """A difference: positive numbers get a plus."""
        return self.number(quantity, unit, why, signed=True)

    @staticmethod
    def signed_interval(quantity: Quantity | None, unit: str = "") -> str:
        """Interval of a difference as text."""
        return show(quantity, unit, signed=True).interval if quantity else ""


class Axis:
    """One axis on which the rows of a table draw, from round end to round end.

    Parameters
    ----------
    quantities
        Everything that is to fit.
    unit
        In which all of it is drawn.
    zero
        Whether zero must stand on it, as for bars.
    """

    def __init__(
        self, quantities: Iterable[Quantity | None], unit: str, *, zero: bool = True, width: float = 400
    ) -> None:
        known = [in_unit(q, unit) for q in quantities if q is not None]
        low = min((q.p05 for q in known), default=0.0)
        high = max((q.p95 for q in known), default=1.0)
        ticks = nice_ticks(min(low, 0.0) if zero else low, max(high, 0.0) if zero else high, 8)
        self.unit, self.low, self.high, self.width = unit, ticks[0], ticks[-1], width
        self._at = Scale(self.low, self.high, 1, width - 2)

    @property
    def head(self) -> str:
        """Ends and unit, as the head of its column says them."""
        low, high = plain_number(self.low, 2), plain_number(self.high, 2)
        return say("{low} to {high} {unit}", low=low, high=high, unit=unit_label(self.unit))

    def bar(self, quantity: Quantity | None, component: str = "other") -> Markup:
        """A bar from zero: solid to p05, pale to p95, ticked at p50; hatched where unknown."""
        if quantity is None:
            return svg.unknown_bar(None, self.high, self.width)
        return svg.bar(in_unit(quantity, self.unit), self.high, colour(component), self.width)

    def interval(self, quantity: Quantity | None, kind: str = "plain") -> Markup:
        """A dot with its interval on the axis; ``accent`` for the thing in question."""
        if quantity is None:
            return svg.hatched(60, 11)
        q = in_unit(quantity, self.unit)
        a, m, b = (round(self._at(v), 1) for v in (q.p05, q.p50, q.p95))
        end = f"M{a} 3V12M{b} 3V12M{a} 7.5H{b}"
        parts = [tag("path", d=end, class_="span" if kind == "accent" else "whisk")]
        parts.append(tag("circle", cx=m, cy=7.5, r=3, class_="dot" if kind == "accent" else "full"))
        if self.low < 0 < self.high:
            parts.insert(0, tag("path", d=f"M{round(self._at(0.0), 1)} 0V15", class_="zero"))
        return svg.svg(self.width, 15, between(quantity), *parts, class_="bar")

    def step(self, start: float, change: Quantity) -> Markup:
        """A step of a waterfall: from `start` [the axis's unit] by a difference, with the difference's interval."""
        q = in_unit(change, self.unit)
        x0, x1 = self._at(start), self._at(start + q.p50)
        a, b = self._at(start + q.p05), self._at(start + q.p95)
        box = "down" if q.p50 < 0 else "up"
        left, wide = min(x0, x1), max(abs(x1 - x0), 1.0)
        parts = [
            tag("rect", x=round(left, 1), y=2, width=round(wide, 1), height=11, class_=f"step-box {box}"),
            tag("path", d=f"M{a:.1f} 4V11M{b:.1f} 4V11M{a:.1f} 7.5H{b:.1f}", class_="whisk"),
        ]
        return svg.svg(self.width, 15, between(change), *parts, class_="bar")
