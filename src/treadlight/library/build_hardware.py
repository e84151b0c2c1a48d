"""Hardware: hours of use become a share of a product, and a product becomes its making, transport and disposal.

``hardware.X`` × 1/(lifetime × utilisation) → ``product.X`` → gwp, adpe, pe, water; → transport → treatment of waste.
The rule by which a life is shared out is a row of the lifetimes table, named and recorded.
"""

import math
from functools import lru_cache
from statistics import pstdev

from treadlight.core.category import CATEGORIES
from treadlight.core.distribution import Distribution, Empirical, Point
from treadlight.core.distribution import product as times
from treadlight.library.build_disposal import disposal
from treadlight.library.build_transport import transport
from treadlight.library.loader import Store
from treadlight.library.process import Exchange, Process, Resolution, Rung
from treadlight.library.tables.embodied import EmbodiedRow
from treadlight.library.tables.lifetimes import LifetimeRow
from treadlight.library.tables.products import ProductRow
from treadlight.library.web import Web
from treadlight.library.widening import widen

__all__ = ["HOURS_PER_YEAR", "hardware", "product", "share_of_life"]

HOURS_PER_YEAR = 8766.0
"""Hours of a mean year, leap years counted [h]."""

_ASSUMED = "treadlight-assumption"
_POINTS = 41
_FEW = 3
_FEW_GSD = 2.0


def hardware(web: Web, flow: str) -> str | None:
    """Id of the process of hardware in use; None where not even its kind is known."""
    name = flow.removeprefix("hardware.")
    found = _product(web.store, name)
    if found is None:
        return None
    row, rungs = found
    life = web.store.row("lifetimes", LifetimeRow, row.lifetime_class)
    if life is None:
        return None

    def make() -> Process | None:
        target = _made(web, row, name, rungs)
        source = web.store.source(life)
        label = f"share of its life: {life.rule}"
        cause = f"lifetime:{life.lifetime_class}"
        exchanges = (Exchange(target or "", share_of_life(life), source, cause, label),)
        title = f"Use of {row.name}" if rungs[0].found else f"Use of {name} (as {row.name})"
        return web.process(flow, flow, title, exchanges, phase="embodied", resolution=Resolution(rungs, _remedy(rungs)))

    return web.once(flow, make)


def product(web: Web, flow: str) -> str | None:
    """Id of the process of a product; None where not even its kind is known."""
    name = flow.removeprefix("product.")
    found = _product(web.store, name)
    return _made(web, found[0], name, found[1]) if found else None


@lru_cache(maxsize=32)
def share_of_life(life: LifetimeRow) -> Distribution:
    """Share of a product's life that one hour of use takes [1/h].

    The reciprocal of its hours of use, lifetime × 8766 h × utilisation, both drawn; as evenly spaced quantiles, so
    that its median is the reciprocal of theirs.
    """
    hours = times([life.lifetime_y, life.utilisation, Point(HOURS_PER_YEAR)])
    if isinstance(hours, Point):
        return Point(1 / hours.value)
    return Empirical(tuple(1 / hours.quantile((i + 0.5) / _POINTS) for i in range(_POINTS)))


def _remedy(rungs: tuple[Rung, ...]) -> str:
    return "" if rungs[0].found else "treadlight config set library.overlay FOLDER-WITH-ITS-FIGURES"


def _product(store: Store, name: str) -> tuple[ProductRow, tuple[Rung, ...]] | None:
    """The row of a product with estimates, or of the generic product of its kind, and the rungs to it."""
    exact = store.row("products", ProductRow, name)
    if exact and _estimates(store).get(name):
        return exact, (Rung("product", True, name),)
    kind = name.partition(".")[0]
    generic = store.row("products", ProductRow, f"{kind}.generic") or _only(store, kind)
    if generic is None or not _estimates(store).get(generic.product):
        return None
    reason = "no embodied estimate of" if exact else "no product"
    missed = Rung("product", False, f"{reason} {name} in the library")
    return generic, (missed, Rung("kind", True, f"the generic {kind} stands in for it", _kind_spread(store, kind)))


def _only(store: Store, kind: str) -> ProductRow | None:
    rows = [row for row in store.rows("products", ProductRow) if row.kind == kind]
    return rows[0] if len(rows) == 1 else None


@lru_cache(maxsize=8)
def _estimates(store: Store) -> dict[str, dict[str, EmbodiedRow]]:
    """Default estimates by product and category."""
    index: dict[str, dict[str, EmbodiedRow]] = {}
    for row in store.rows("embodied", EmbodiedRow):
        if row.default:
            index.setdefault(row.product, {})[row.category] = row
    return index


@lru_cache(maxsize=32)
def _kind_spread(store: Store, kind: str) -> float:
    """GSD of the climate impact of products of one kind: how wrong their generic product can be about one of them."""
    logs = [
        math.log(found["gwp"].amount.median)
        for name, found in _estimates(store).items()
        if name.partition(".")[0] == kind and "gwp" in found and not name.endswith(".generic")
    ]
    return math.exp(pstdev(logs)) if len(logs) >= _FEW else _FEW_GSD


def _made(web: Web, row: ProductRow, name: str, rungs: tuple[Rung, ...]) -> str | None:
    process_id = f"product.{name}"

    def make() -> Process | None:
        estimates = _estimates(web.store).get(row.product, {})
        exchanges = [_impact(web.store, found, rungs[-1].widening_gsd) for found in estimates.values()]
        exchanges += transport(web, row)
        exchanges += disposal(web, row)
        missing = [c for c in CATEGORIES if c not in estimates and c not in ("energy", "ewaste")]
        unknown = tuple(missing) + (() if row.mass_kg else ("ewaste",))
        title = row.name if rungs[0].found else f"{row.name}, in place of {name}"
        stood_in = _stood_in(web.store, row) if rungs[0].found else ()
        found = Resolution(stood_in or rungs, _remedy(stood_in or rungs))
        return web.process(
            process_id, process_id, title, tuple(exchanges), phase="embodied", resolution=found, unknown=unknown
        )

    return web.once(process_id, make)


def _stood_in(store: Store, row: ProductRow) -> tuple[Rung, ...]:
    """The rungs to what stands in for a product of which no estimate is published; empty where one is."""
    held = _estimates(store).get(row.product, {}).get("gwp")
    if held is None or held.source != _ASSUMED or row.product in _published(store) or row.product.endswith(".generic"):
        return ()
    missed = Rung("estimate", False, f"no estimate of the making of {row.name} is published")
    told = f"{held.locator} ({held.note})" if held.note else held.locator
    return missed, Rung("other hardware", True, told)


@lru_cache(maxsize=8)
def _published(store: Store) -> frozenset[str]:
    """Products of which the library lists estimates that somebody published, beside the one it takes."""
    return frozenset(row.product for row in store.rows("embodied", EmbodiedRow) if row.source != _ASSUMED)


def _impact(store: Store, row: EmbodiedRow, gsd: float) -> Exchange:
    cause = f"embodied:{row.product}:{row.category}"
    return Exchange(row.category, widen(row.amount, gsd), store.source(row), cause, f"embodied: {row.estimator}")
