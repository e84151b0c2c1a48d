"""Routes of products from the factory to where they are used."""

from treadlight.library.schema import Distribution, Row, Table

__all__ = ["TABLE", "RouteRow"]


class RouteRow(Row, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One leg of a route by one means of transport: `distance_km` one way, the vehicle's way back left out [km]."""

    route: str
    mode: str
    distance_km: Distribution


TABLE = Table(
    title="Routes",
    row=RouteRow,
    key=("route", "mode"),
    bounds={"distance_km": (0.0, 40_000.0)},
)
