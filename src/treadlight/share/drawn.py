"""What the templates call: numbers with their doors, marks and whiskers, as escaped markup."""

from markupsafe import Markup, escape

from treadlight.core.marks import WORDS
from treadlight.core.quantity import Quantity
from treadlight.core.texts import say
from treadlight.share.doors import Doors
from treadlight.share.layers import COMPONENTS
from treadlight.share.numbers import between, show
from treadlight.share.svg import hatched, mark_svg, whisker

__all__ = ["Drawn", "colour"]


def colour(component: str) -> str:
    """CSS suffix of a component's colour; ``other`` for one without a fixed meaning."""
    return component if component in COMPONENTS else "other"


class Drawn:
    """Numbers as markup, with doors into one account's why-trees."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def number(self, quantity: Quantity | None, unit: str = "", why: str = "", method: str = "") -> Markup:
        """The median as a door (or plain where there is no tree behind it), the word *unknown* without a quantity."""
        if quantity is None:
            return self._door(escape(say("unknown")), why, Markup(""))
        shown = show(quantity, unit)
        tip = Markup("<b>{}</b>{}").format(shown.text, between(quantity, unit))
        if method in WORDS:
            tip += Markup("<br>{} {}").format(mark_svg(method), say(method))
        return self._door(
            escape(shown.value), why, tip + Markup("<i>{}</i>").format(say("Why {value}?", value=shown.value))
        )

    def _door(self, text: Markup, why: str, tip: Markup) -> Markup:
        href = self._doors.href(why)
        if not href:
            return Markup('<span class="num">{}</span>').format(text)
        notes = self._doors.footnotes(why)
        sup = Markup('<sup class="fn">{}</sup>').format(notes) if notes else ""
        note = Markup('<span class="tip" aria-hidden="true">{}</span>').format(tip) if tip else ""
        return Markup('<a class="door" href="{}">{}{}</a>{}').format(href, text, note, sup)

    def unit(self, quantity: Quantity | None, unit: str = "") -> str:
        """Label of the unit in which `number` shows `quantity`; empty for an unknown."""
        return show(quantity, unit).unit if quantity else ""

    def interval(self, quantity: Quantity | None, unit: str = "") -> str:
        """Interval as text; empty where unknown or exact."""
        return show(quantity, unit).interval if quantity else ""

    def ends(self, quantity: Quantity | None) -> Markup:
        """Interval in digits beside a whisker, for print and wide screens; empty where unknown or exact."""
        text = self.interval(quantity)
        return Markup('<span class="ends-text" aria-hidden="true">{}</span>').format(text) if text else Markup("")

    def whisker(self, quantity: Quantity | None) -> Markup:
        """Whisker; hatched box where unknown."""
        return whisker(quantity) if quantity else hatched(56, 11)

    def mark(self, method: str, *, known: bool = True) -> Markup:
        """Mark of the method; unknown's where `known` is false."""
        return mark_svg(method if known else "unknown")

    def swatch(self, component: str, *, known: bool = True) -> Markup:
        """Square in a component's colour, hatched where unknown."""
        if not known:
            return Markup('<span class="swatch-hatch">{}</span>').format(mark_svg("unknown"))
        return Markup('<span class="swatch b-{}"></span>').format(colour(component))
