"""Transport of products from the factory to where they are used."""

from functools import lru_cache

from treadlight.core.distribution import Distribution
from treadlight.core.distribution import product as product_of
from treadlight.library.loader import Store
from treadlight.library.process import Exchange, Process
from treadlight.library.tables.products import ProductRow
from treadlight.library.tables.routes import RouteRow
from treadlight.library.tables.transport import TransportRow
from treadlight.library.web import Web
from treadlight.library.widening import thinned

__all__ = ["ROUTE", "carriage", "transport"]

ROUTE = "factory-to-user"
"""The route that every product takes unless its figures include transport."""

_T_PER_KG = 1e-3


def transport(web: Web, row: ProductRow) -> list[Exchange]:
    """Tonne-kilometres of a product's route by mode; none where its figures include them, or its mass is not known."""
    if row.transport_included or row.mass_kg is None:
        return []
    legs = [leg for leg in web.store.rows("routes", RouteRow) if leg.route == ROUTE]
    exchanges = []
    for leg in legs:
        target = carriage(web, f"transport.{leg.mode}")
        if target:
            amount = _carried(row.mass_kg, leg.distance_km)
            cause = f"route:{leg.route}:{leg.mode}"
            exchanges.append(Exchange(target, amount, web.store.source(leg), cause, f"{leg.mode} to the user"))
    return exchanges


@lru_cache(maxsize=1024)
def _carried(mass_kg: Distribution, distance_km: Distribution) -> Distribution:
    """Tonne-kilometres; kept, because the product of two distributions is found by drawing from both."""
    return thinned(product_of([mass_kg, distance_km])).scaled(_T_PER_KG)


def carriage(web: Web, flow: str) -> str | None:
    """Id of the process of one means of transport; None where it is not in the table."""
    mode = flow.removeprefix("transport.")
    rows = _rows(web.store, mode)
    if not rows:
        return None

    def make() -> Process | None:
        exchanges = tuple(
            Exchange(r.category, r.amount_per_tkm, web.store.source(r), f"transport:{mode}:{r.category}", mode)
            for r in rows
        )
        known = {row.category for row in rows}
        unknown = tuple(c for c in ("gwp", "water", "adpe", "pe") if c not in known)
        return web.process(flow, flow, f"Transport by {mode}", exchanges, phase="embodied", unknown=unknown)

    return web.once(flow, make)


def _rows(store: Store, mode: str) -> list[TransportRow]:
    return [row for row in store.rows("transport", TransportRow) if row.mode == mode]
