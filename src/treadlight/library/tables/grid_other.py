"""Minerals and metals, and primary energy, per kilowatt-hour of electricity."""

from typing import Literal

from treadlight.library.schema import Distribution, Row, Table

__all__ = ["TABLE", "GridOtherRow"]


class GridOtherRow(Row, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One category of one zone: `amount_per_kwh` in kgSb-eq (adpe) or MJ (pe) per kWh."""

    zone: str
    category: Literal["adpe", "pe"]
    amount_per_kwh: Distribution


TABLE = Table(
    title="Minerals and primary energy of electricity",
    row=GridOtherRow,
    key=("zone", "category"),
    bounds={"amount_per_kwh": (0.0, 50.0)},
    families={"amount_per_kwh": ("category",)},
)
