"""Recorded hourly grid intensity; an overlay brings the series, none is shipped."""

from collections.abc import Iterator
from datetime import datetime

from treadlight.library.schema import Distribution, Row, Table

__all__ = ["TABLE", "HourRow"]


class HourRow(Row, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One hour of one zone: `hour` is the UTC hour that begins then, such as ``2026-11-22T13``; life-cycle scope."""

    zone: str
    hour: str
    gwp_gco2e_per_kwh: Distribution


def _check(row: HourRow) -> Iterator[tuple[str, object, str, str]]:
    try:
        datetime.strptime(row.hour, "%Y-%m-%dT%H")  # noqa: DTZ007  text only; the hour is UTC by definition
    except ValueError:
        yield "hour", row.hour, "is no UTC hour", "write it as 2026-11-22T13"


TABLE = Table(
    title="Hourly grid intensity",
    row=HourRow,
    key=("zone", "hour"),
    bounds={"gwp_gco2e_per_kwh": (0.0, 1500.0)},
    families={"gwp_gco2e_per_kwh": ("zone",)},
    check=_check,
)
