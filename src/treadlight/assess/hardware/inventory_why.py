"""Lineage: the tree behind a year of an inventory's view: assets, their devices, the parts of these, each source.

Notes
-----
What an asset is charged in a year is

    devices × share of the life that falls into the year × what one device is charged

with every input at its median; the difference to the median of the whole is one visible line, as in
`treadlight.assess.lineage`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from treadlight.assess.doubt import shares_of_doubt
from treadlight.assess.draws import Array, quantiles
from treadlight.assess.hardware.description import DevicePart
from treadlight.assess.hardware.making import Bench
from treadlight.assess.hardware.perspectives import BOUGHT, DISPOSAL, Charge, charges
from treadlight.assess.lineage import causes_of, process_tree
from treadlight.assess.solve import UnitImpacts, unit_impacts
from treadlight.assess.why import WhyNode, skew_of_draws
from treadlight.core.activity import Location
from treadlight.core.category import CATEGORIES
from treadlight.core.errors import NotFoundError
from treadlight.core.texts import say
from treadlight.ledger.assets import Asset
from treadlight.library.system import Demand

__all__ = ["inventory_why"]

_NOISE = 1e-6


@dataclass(frozen=True)
class _Supply:
    """What one unit of a product costs, and the process that answers for it; None where the library has none."""

    unit: UnitImpacts
    answer: str | None


@dataclass(frozen=True)
class _Scene:
    """What every step needs: the charges of a year, and one category."""

    bench: Bench
    category: str
    charges: Sequence[Charge]
    devices: dict[tuple[str, bytes], WhyNode] = field(default_factory=dict)

    @cached_property
    def row(self) -> int:
        return self.bench.row(self.category)

    @cached_property
    def unit(self) -> str:
        return CATEGORIES[self.category].unit

    @cached_property
    def samples(self) -> Array:
        """Draws of the whole, shape (n,)."""
        parts = [c.asset.count * c.share * c.samples[self.row] for c in self.charges]
        return np.asarray(np.sum(parts, axis=0))

    @cached_property
    def supplies(self) -> Mapping[str, _Supply]:
        """By product, of every part of every device."""
        products = {part.product for c in self.charges for part in c.made.device.parts}
        return {product: self._supply(product) for product in sorted(products)}

    def _supply(self, product: str) -> _Supply:
        bench, demand = self.bench, Demand(f"product.{product}", Location(), self.bench.year)
        system = bench.library.system([demand], bench.method)
        return _Supply(unit_impacts(system.processes, bench.categories, bench.columns), system.answers[demand])

    @cached_property
    def doubt(self) -> dict[str, float]:
        causes = {c for s in self.supplies.values() if s.answer for c in causes_of(s.unit, s.answer, self.category)}
        return shares_of_doubt(self.samples, sorted(causes), self.bench.columns)

    def device(self, here: str, charge: Charge) -> WhyNode:
        """What one device of a charge takes; unfolded once, however many assets are of its kind."""
        key = (charge.asset.product, charge.samples[self.row].tobytes())
        if key in self.devices:
            return replace(self.devices[key], id=here, op="leaf", children=(), note=say("unfolded above"))
        return self.devices.setdefault(key, _device(self, here, charge))

    def knows(self, charge: Charge) -> bool:
        """Whether something of the category is known of an asset."""
        return bool(charge.samples[self.row].any()) or self.category not in charge.made.unknown


def inventory_why(assets: Sequence[Asset], bench: Bench, view: str, year: int, category: str) -> WhyNode:
    """The tree behind one figure of an inventory: what is charged in a year of a view, in one category.

    Parameters
    ----------
    view
        As of `perspectives.charges`.

    Raises
    ------
    NotFoundError
        If nothing is charged in that year.
    """
    scene = _Scene(bench, category, charges(assets, bench, view, year))
    if not scene.charges:
        raise NotFoundError(say("is no year in which anything is charged"), field="inventory", value=f"{view}/{year}",
                            remedy=say("follow the link of a number to its page"))  # fmt: skip
    here = f"{view}/{year}"
    children = tuple(_asset(scene, f"{here}/{i}", charge) for i, charge in enumerate(scene.charges, 1))
    known = [child.amount for child in children if child.amount is not None]
    label = _label(view, year)
    if not known:
        return WhyNode(here, "group", label, None, scene.unit, "sum", children=children)
    low, mid, high = quantiles(scene.samples)
    skew = mid - sum(known)
    if abs(skew) > _NOISE * abs(mid):
        children = (*children, skew_of_draws(here, skew, scene.unit))
    else:
        mid = sum(known)
    return WhyNode(here, "group", label, mid, scene.unit, "sum", *_apart(low, high), 1.0 if scene.doubt else None,
                   children=children)  # fmt: skip


def _label(view: str, year: int) -> str:
    names = {
        BOUGHT: say("What was bought in {year}", year=year),
        DISPOSAL: say("Disposal of what left in {year}", year=year),
    }
    return names.get(view) or say("Lives, as far as they fall into {year}", year=year)


def _asset(scene: _Scene, here: str, charge: Charge) -> WhyNode:
    """An asset: how many devices, which share of their life, and what one is charged."""
    asset, row = charge.asset, scene.row
    label = ", ".join(word for word in (asset.name, asset.product) if word)
    if not scene.knows(charge):
        return WhyNode(here, "unknown", label, None, scene.unit, note=say("no sourced figure is in the library"))
    device = scene.device(f"{here}/device", charge)
    share = WhyNode(f"{here}/share", "allocation", say("share of the life in this year"), charge.share, "1",
                    note=_life(charge))  # fmt: skip
    count = WhyNode(f"{here}/count", "activity", say("devices"), float(asset.count), "1",
                    note=say("bought on {day}", day=asset.purchased))  # fmt: skip
    factors = (count, *([share] if charge.share != 1.0 else []), device)
    low, _, high = quantiles(asset.count * charge.share * charge.samples[row])
    part = say("known in part") if scene.category in charge.made.unknown else ""
    amount = float(np.prod([factor.amount or 0.0 for factor in factors]))
    return WhyNode(here, "activity", label, amount, scene.unit, "product", *_apart(low, high), note=part,
                   children=factors)  # fmt: skip


def _life(charge: Charge) -> str:
    asset = charge.asset
    told = say("over {years} years from {day}", years=f"{charge.lifetime_years:.3g}", day=asset.purchased)
    return told if asset.retired is None else f"{told}; {say('retired on {day}', day=asset.retired)}"


def _device(scene: _Scene, here: str, charge: Charge) -> WhyNode:
    """What one device is charged: its parts with all that they take, less what is not charged here."""
    samples, whole = charge.samples[scene.row], charge.made.total[scene.row]
    name, low_high = charge.made.device.text, _apart(*quantiles(samples)[::2])
    if charge.view == DISPOSAL:
        note = say("treatment of its mass, as the library states it")
        return WhyNode(here, "activity", say("disposal of one {device}", device=name), float(np.median(samples)),
                       scene.unit, "leaf", *low_high, note=note)  # fmt: skip
    if not samples.any():
        note = say("its disposal alone takes any, and is not charged here") if whole.any() else ""
        return WhyNode(here, "activity", say("one {device}", device=name), 0.0, scene.unit, note=note)
    parts = [_part(scene, f"{here}/{i}", part) for i, part in enumerate(charge.made.device.parts, 1)]
    less = float(np.median(whole - samples))
    if less:
        note = say("charged in the year in which it leaves") if charge.view == BOUGHT else say("not charged here")
        parts.append(WhyNode(f"{here}/less", "group", say("less its disposal"), -less, scene.unit, note=note))
    amount = sum(part.amount for part in parts if part.amount is not None)
    return WhyNode(here, "activity", say("one {device}", device=name), amount, scene.unit, "sum", *low_high,
                   children=tuple(parts))  # fmt: skip


def _part(scene: _Scene, here: str, part: DevicePart) -> WhyNode:
    """A part of a device: how much of its product, times what one unit of that costs down to the sources."""
    supply = scene.supplies[part.product]
    if supply.answer is None or not supply.unit.samples(supply.answer)[scene.row].any():
        lost = supply.answer is None or scene.category in supply.unit.unknown[supply.answer]
        note = say("no sourced figure is in the library") if lost else ""
        return WhyNode(here, "unknown" if lost else "process", part.name, None if lost else 0.0, scene.unit, note=note)
    tree = process_tree(supply.unit, supply.answer, scene.category, parent=here, doubt=scene.doubt)
    used = WhyNode(f"{here}/amount", "activity", say("in one device"), float(part.amount), tree.unit.partition("/")[2])
    amounts = part.amount * supply.unit.samples(supply.answer)[scene.row]
    low, _, high = quantiles(amounts)
    return WhyNode(here, "process", part.text, float(part.amount) * (tree.amount or 0.0), scene.unit, "product",
                   *_apart(low, high), children=(used, tree))  # fmt: skip


def _apart(low: float, high: float) -> tuple[float | None, float | None]:
    """Ends of an interval; none where they are one."""
    return (None, None) if low == high else (low, high)
