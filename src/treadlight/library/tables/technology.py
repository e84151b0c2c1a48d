"""Life-cycle intensity of electricity by generating technology."""

from treadlight.library.schema import Distribution, Row, Table

__all__ = ["TABLE", "TechnologyRow"]


class TechnologyRow(Row, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One technology: `gwp_gco2e_per_kwh` is life-cycle [g CO2e/kWh]; the interval is the range of the literature."""

    technology: str
    gwp_gco2e_per_kwh: Distribution


TABLE = Table(
    title="Technologies",
    row=TechnologyRow,
    key=("technology",),
    bounds={"gwp_gco2e_per_kwh": (0.0, 1500.0)},
)
