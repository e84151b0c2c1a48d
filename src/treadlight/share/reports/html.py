"""The page of a run: one HTML file that needs no network, in light, dark and print."""

import base64
import re
from collections.abc import Sequence
from dataclasses import replace

from markupsafe import Markup

from treadlight.core.quantity import Quantity
from treadlight.core.texts import say
from treadlight.share import findings, numbers, svg
from treadlight.share.account import Account, Contribution, WhyNode
from treadlight.share.doors import Doors
from treadlight.share.drawn import Drawn, colour
from treadlight.share.layers import COMPONENTS, layers, merge
from treadlight.share.power import power_chart, power_unit
from treadlight.share.scale import nice_ticks
from treadlight.share.sheet import environment, policy, stylesheet
from treadlight.share.unfolding import unfolded_once

__all__ = ["run_page"]

_TABLE_ROWS = 24
_WIDE_POINTS, _NARROW_POINTS = 300, 120


def run_page(account: Account) -> str:
    """The page of one run as HTML text: a single file, no script, nothing fetched.

    Parameters
    ----------
    account
        What to draw.
    """
    doors = Doors(account.why)
    style = _style(account)
    return (
        environment()
        .get_template("run.html.jinja")
        .render(
            a=replace(account, why={category: unfolded_once(tree) for category, tree in account.why.items()}),
            d=Drawn(doors),
            doors=doors,
            f=findings,
            n=numbers,
            svg=svg,
            colour=colour,
            style=Markup(style),
            csp=policy(style),
            split=Split(account),
            power=Power(account),
            categories=[i for i in account.impacts if i is not account.hero],
            quantity_of=_quantity_of,
            tree_unit=_tree_unit,
            unfolded=_unfolded,
            depth_class=lambda depth: f"d{min(depth, 9)}",
        )
    )


def _quantity_of(node: WhyNode) -> Quantity | None:
    """The number of a step with its interval; exact where it has none."""
    if node.amount is None:
        return None
    low, high = (node.amount if end is None else end for end in (node.p05, node.p95))
    return Quantity(node.unit, min(low, node.amount), node.amount, max(high, node.amount))


def _tree_unit(node: WhyNode, root: WhyNode) -> str:
    """Unit of a step: the root's where both measure the same and the figure stays readable, else its own best."""
    unit = numbers.display_unit(root.unit, root.amount or 0.0)
    ladder = numbers.ladder(root.unit)
    if node.amount is None or node.unit not in ladder or unit not in ladder:
        return ""
    shown = numbers.in_unit(Quantity.exact(node.amount, node.unit), unit).p50
    return unit if 0.01 <= abs(shown) < 1e5 else ""


def _unfolded(node: WhyNode, depth: int) -> bool:
    """Whether a step stands open: the first two levels, and wherever at least a hundredth of the doubt lies."""
    return bool(node.children) and (depth < 2 or (node.share_of_doubt or 0.0) >= 0.01)


class Split:
    """The table of use and what it was made of: parts of the hero number on one axis and in one unit."""

    def __init__(self, account: Account) -> None:
        hero = account.hero
        self.category = hero.category if hero else "gwp"
        parts = account.parts(self.category)
        self.use = tuple(c for c in parts if c.phase != "embodied")
        self.embodied = tuple(c for c in parts if c.phase == "embodied")
        self.unknown = tuple(u for u in account.unknown if u.missing and u.category in ("", self.category))
        known = [c.quantity for c in parts if c.quantity is not None]
        totals = [hero.total] if hero and hero.total else []
        self.unit = numbers.shared_unit([*totals, *known])
        adds = [u.could_add for u in self.unknown if u.could_add is not None]
        self.top = self._top([*known, *adds])
        self.label = numbers.unit_label(self.unit)

    def _top(self, quantities: Sequence[Quantity]) -> float:
        ends = [numbers.in_unit(q, self.unit).p95 for q in quantities]
        return nice_ticks(0, max(ends, default=1.0) or 1.0, 8)[-1]

    @property
    def head(self) -> str:
        """Ends and unit of the axis."""
        return say("{low} to {high} {unit}", low="0", high=numbers.plain_number(self.top, 2), unit=self.label)

    def bar(self, part: Contribution) -> Markup:
        """The bar of a part, hatched where it is unknown."""
        if part.quantity is None:
            return svg.unknown_bar(None, self.top)
        return svg.bar(numbers.in_unit(part.quantity, self.unit), self.top, colour(part.component))

    def could_add(self, quantity: Quantity | None) -> Markup:
        """The hatched bar of something unknown."""
        return svg.unknown_bar(numbers.in_unit(quantity, self.unit) if quantity else None, self.top)


class Power:
    """The figure of power over time, its tables and its CSV."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.stack = layers(account.trace)
        order = list(COMPONENTS)
        self.components = sorted(
            account.components, key=lambda c: order.index(c.component) if c.component in order else 99, reverse=True
        )
        self.energy_unit = numbers.shared_unit([account.energy, *(c.energy for c in account.components)], "kWh")
        self.window_unit = numbers.shared_unit([w.energy for w in account.windows], "kWh")
        self.window_gwp_unit = numbers.shared_unit([w.gwp for w in account.windows], "kgCO2e")
        peak = max(self.stack.total_w, default=0.0) if self.stack else 0.0
        self.unit, self._watts = power_unit(peak)

    def chart(self, width: float, height: float) -> Markup:
        """The figure at this width; fewer points where it is narrow."""
        assert self.stack is not None
        stack = merge(self.stack, _WIDE_POINTS if width > 500 else _NARROW_POINTS)
        return power_chart(
            stack,
            width=width,
            height=height,
            energy=self._account.energy,
            windows=self._account.windows,
            gaps=[g for g in self._account.run.gaps if g.t1_s > g.t0_s],
        )

    @property
    def table(self) -> list[tuple[str, list[str], bool]]:
        """Mean power in at most 24 stretches: (time, values per layer and total, whether something is unknown)."""
        if self.stack is None:
            return []
        stack = merge(self.stack, _TABLE_ROWS)
        rows = []
        for i, is_unknown in enumerate(stack.unknown):
            values = [*(layer.watts[i] for layer in stack.layers), stack.total_w[i]]
            texts = [numbers.plain_number(v / self._watts) for v in values]
            rows.append((numbers.duration(stack.t_s[i + 1]), texts, is_unknown))
        return rows

    @property
    def csv(self) -> str:
        """The trace as a data URI of CSV: seconds, watts per component, and whether something is unknown."""
        if self.stack is None:
            return ""
        head = ["t0_s", "t1_s", *(f"{layer.component}_w" for layer in self.stack.layers), "something_unknown"]
        lines = [",".join(_cell(h) for h in head)]
        for i, is_unknown in enumerate(self.stack.unknown):
            values = [self.stack.t_s[i], self.stack.t_s[i + 1], *(layer.watts[i] for layer in self.stack.layers)]
            lines.append(",".join([*(f"{v:.6g}" for v in values), "yes" if is_unknown else "no"]))
        data = base64.b64encode("\n".join(lines).encode()).decode()
        return f"data:text/csv;base64,{data}"


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if re.search(r'[",\n]', text) else text


def _style(account: Account) -> str:
    """The page's stylesheet, with what stands at the foot of every printed page."""
    root = account.chain.root if account.chain else ""
    parts = [
        f"library {account.library.version} ({account.library.digest[:8]})",
        findings.method_text(account),
        f"chain root {root[:4]}…{root[-4:]}" if root else "chain not known",
        findings.date_text(account.made_at),
    ]
    return stylesheet(parts)
