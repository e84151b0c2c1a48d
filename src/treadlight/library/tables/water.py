"""Water consumed where electricity is generated, by country."""

from treadlight.library.schema import Distribution, Row, Table

__all__ = ["TABLE", "WaterRow"]


class WaterRow(Row, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One zone: `water_l_per_kwh` is consumption with reservoir evaporation, water on the user's site apart [L/kWh]."""

    zone: str
    water_l_per_kwh: Distribution


TABLE = Table(
    title="Water of grid electricity",
    row=WaterRow,
    key=("zone",),
    bounds={"water_l_per_kwh": (0.0, 100.0)},
    families={"water_l_per_kwh": ()},
)
