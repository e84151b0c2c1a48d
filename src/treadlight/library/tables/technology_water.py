"""Water consumed by power plants, by technology and cooling."""

from typing import Literal

from treadlight.library.schema import Distribution, Row, Table

__all__ = ["TABLE", "TechnologyWaterRow"]


class TechnologyWaterRow(Row, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One technology with one way of cooling: `water_l_per_kwh` is consumption, not withdrawal [L/kWh]."""

    technology: str
    cooling: str
    scope: Literal["operation", "life-cycle"]
    water_l_per_kwh: Distribution


TABLE = Table(
    title="Water of technologies",
    row=TechnologyWaterRow,
    key=("technology", "cooling", "scope"),
    bounds={"water_l_per_kwh": (0.0, 100.0)},
)
