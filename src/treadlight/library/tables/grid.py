"""Grid intensity: greenhouse gases per kilowatt-hour of electricity, by zone and year."""

from typing import Literal

from treadlight.library.schema import Distribution, Row, Table

__all__ = ["TABLE", "GridRow"]


class GridRow(Row, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Annual mean of one zone.

    Parameters
    ----------
    zone
        As in the table of zones.
    scope
        life-cycle: with plants, fuels and upstream methane; direct: stacks only.
    basis
        generation: what is generated in the zone; consumption: imports and exports counted.
    gwp_gco2e_per_kwh
        At the point of generation, transmission and distribution losses not included [g CO2e/kWh].
    """

    zone: str
    scope: Literal["life-cycle", "direct"]
    basis: Literal["generation", "consumption"]
    gwp_gco2e_per_kwh: Distribution


TABLE = Table(
    title="Grid intensity",
    row=GridRow,
    key=("zone", "year", "scope"),
    bounds={"gwp_gco2e_per_kwh": (0.0, 1500.0)},
    families={"gwp_gco2e_per_kwh": ("scope",)},
)
