"""What the page of a why-tree draws with: the tree, the step in its card, units and digits, estimates of the same."""

import json
from collections.abc import Callable
from typing import Any

from treadlight.app.forms import why_form
from treadlight.app.server.answers import File
from treadlight.app.server.desk import Desk
from treadlight.app.web.ink import Axis
from treadlight.app.web.reasons import estimates
from treadlight.app.web.tree import chosen, flattened, quantity_of, shortened, tag_of
from treadlight.assess.why import WhyNode
from treadlight.core.quantity import Quantity
from treadlight.library.figures import Figure
from treadlight.share.doors import walk
from treadlight.share.numbers import Shown, display_unit, in_unit, ladder, shared_step, shared_unit, show
from treadlight.share.unfolding import unfolded_once

__all__ = ["unfolded", "why_file"]

_SLIGHT = 0.005


def why_file(root: WhyNode, name: str) -> File:
    """The whole tree as JSON."""
    text = json.dumps(why_form(root), ensure_ascii=False, indent=1)
    return File(text.encode(), "application/json", f"why-{name[:40].replace('/', '-')}.json")


def unfolded(desk: Desk, root: WhyNode, wanted: str, kept: str) -> dict[str, Any]:
    """What the template of a why-tree takes.

    Parameters
    ----------
    wanted
        Id or tag of the step in the card; empty: the one with the largest share of doubt.
    kept
        Query that the doors of steps carry on.
    """
    flat = flattened(unfolded_once(root))
    step = chosen(flat, wanted)
    found = [(figure, _quantity(figure)) for figure in estimates(desk, step)]
    return {
        "root": shortened(flat, step.id),
        "step": step,
        "step_url": _step_url(kept),
        "quantity_of": quantity_of,
        "tree_unit": lambda node: _unit(node, root),
        "tree_step": lambda node: _last_digit(node, root),
        "slight": lambda node: _slight(node, root),
        "term_shown": lambda quantity: _shown(quantity, root),
        "named": False,
        "doubted": any(node.share_of_doubt is not None for node in walk(flat)),
        "estimates": found,
        "estimates_axis": Axis([q for _, q in found], shared_unit([q for _, q in found]), zero=False, width=250),
    }


def _step_url(kept: str) -> Callable[[str], str]:
    def url(node_id: str) -> str:
        query = f"{kept}&step={tag_of(node_id)}" if kept else f"step={tag_of(node_id)}"
        return f"?{query}#step"

    return url


def _unit(node: WhyNode, root: WhyNode) -> str:
    """Unit of a step: the root's where both measure the same and the figure stays readable, else its own best."""
    unit = display_unit(root.unit, root.amount or 0.0)
    units = ladder(root.unit)
    if node.amount is None or node.unit not in units or unit not in units:
        return ""
    shown = in_unit(Quantity.exact(node.amount, node.unit), unit).p50
    return unit if 0.01 <= abs(shown) < 1e5 else ""


def _last_digit(node: WhyNode, root: WhyNode) -> int | None:
    """Last digit of a sum without an interval of its own, such as the skew of the draws: no finer than the root's."""
    unit = _unit(node, root)
    if node.p05 is not None or node.kind != "group" or not unit:
        return None
    return shared_step([quantity_of(root)], unit, at_least=2)


def _slight(node: WhyNode, root: WhyNode) -> bool:
    """Whether a step is so small a part of the number that it need not stand open."""
    alike = node.amount is not None and node.unit == root.unit
    return alike and abs(node.amount or 0.0) < _SLIGHT * abs(root.amount or 0.0)


def _shown(quantity: Quantity, root: WhyNode) -> Shown:
    """A term of the equation; one without an interval, such as the skew of the draws, no finer than the whole."""
    whole, unit = quantity_of(root), display_unit(root.unit, root.amount or 0.0)
    if quantity.p05 != quantity.p95 or quantity.unit != root.unit or whole is None or whole.p05 == whole.p95:
        return show(quantity, at_least=2)
    return show(quantity, unit, at_least=2, step=shared_step([whole], unit, at_least=2))


def _quantity(figure: Figure) -> Quantity:
    assert figure.amount is not None
    low, mid, high = (figure.amount.quantile(p) for p in (0.05, 0.5, 0.95))
    return Quantity(figure.unit, low, mid, high)
