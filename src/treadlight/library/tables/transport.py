"""Transport: impacts of carrying one tonne over one kilometre, by mode."""

from treadlight.library.schema import Distribution, Row, Table

__all__ = ["TABLE", "TransportRow"]


class TransportRow(Row, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One mode and category.

    Parameters
    ----------
    mode
        truck, boat or plane.
    category
        gwp [kgCO2e], adpe [kgSb-eq], pe [MJ].
    amount_per_tkm
        Per tonne-kilometre.
    """

    mode: str
    category: str
    amount_per_tkm: Distribution


TABLE = Table(
    title="Transport",
    row=TransportRow,
    key=("mode", "category"),
    bounds={"amount_per_tkm": (1e-12, 1000)},
    families={"amount_per_tkm": ("category",)},
)
