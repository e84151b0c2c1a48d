"""Cloud regions: which grid feeds them, and what their owners publish about them."""

from collections.abc import Iterator

from treadlight.library.schema import Distribution, Row, Table

__all__ = ["TABLE", "RegionRow"]


class RegionRow(Row, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One region; an empty cell means not published, never zero.

    Parameters
    ----------
    region
        ``provider/region``, such as ``aws/eu-west-3``.
    zone, country
        Its grid zone, and the ISO 3166-1 alpha-2 code of its country, as in the table of zones.
    pue, pue_year
        Power usage effectiveness as published, and for which year.
    wue_l_per_kwh, wue_year
        Water used on site per kWh at the devices [L/kWh].
    market_gco2e_per_kwh, market_year
        Market-based intensity the owner claims [g CO2e/kWh]: of stacks only, by the year; may count carbon offsets.
    grid_marginal_gco2e_per_kwh, grid_marginal_year
        Marginal intensity of the region's grid; of operation, so direct [g CO2e/kWh]. None is shipped; an overlay's.
    cfe_hourly_percent, cfe_annual_percent, cfe_year
        Carbon-free energy matched by the hour and by the year [%].
    renewable_energy_factor
        REF of ISO/IEC 30134-3: renewable over total energy, at most 1.
    metrics_source, grid_marginal_source
        Where overheads and the market-based figure, and the marginal intensity come from.
    """

    region: str
    name: str
    zone: str
    country: str
    pue: Distribution | None = None
    pue_year: int | None = None
    wue_l_per_kwh: Distribution | None = None
    wue_year: int | None = None
    market_gco2e_per_kwh: Distribution | None = None
    market_year: int | None = None
    grid_marginal_gco2e_per_kwh: Distribution | None = None
    grid_marginal_year: int | None = None
    cfe_hourly_percent: float | None = None
    cfe_annual_percent: float | None = None
    cfe_year: int | None = None
    renewable_energy_factor: float | None = None
    metrics_source: str = ""
    grid_marginal_source: str = ""


def _check(row: RegionRow) -> Iterator[tuple[str, object, str, str]]:
    if row.region.count("/") != 1:
        yield "region", row.region, "is no provider/region", "write it as aws/eu-west-3"


_INTENSITY = (0.0, 1500.0)
_YEAR = (1990.0, 2100.0)

TABLE = Table(
    title="Cloud regions",
    row=RegionRow,
    key=("region",),
    bounds={
        "pue": (1.0, 5.0),
        "wue_l_per_kwh": (0.0, 20.0),
        "market_gco2e_per_kwh": _INTENSITY,
        "grid_marginal_gco2e_per_kwh": _INTENSITY,
        "cfe_hourly_percent": (0.0, 100.0),
        "cfe_annual_percent": (0.0, 100.0),
        "renewable_energy_factor": (0.0, 1.0),
        "pue_year": _YEAR,
        "wue_year": _YEAR,
        "market_year": _YEAR,
        "grid_marginal_year": _YEAR,
        "cfe_year": _YEAR,
    },
    families={"wue_l_per_kwh": ()},
    check=_check,
)
