"""Treatment: impacts of one kilogram of discarded equipment, cut-off; credits stand apart and are never netted."""

from treadlight.library.schema import Distribution, Row, Table

__all__ = ["TABLE", "TreatmentRow"]


class TreatmentRow(Row, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way of treatment and category.

    Parameters
    ----------
    treatment
        ``ewaste.cutoff`` is the default: collection, sorting and disposal; recovered material leaves without credit.
    category
        gwp [kgCO2e], adpe [kgSb-eq], pe [MJ].
    amount_per_kg
        Burden per kilogram of equipment.
    avoided_per_kg
        Burden avoided elsewhere per kilogram that is formally recycled; shown beside, never subtracted.
    documented_share
        Share of the mass discarded worldwide that is documented to go this way.
    """

    treatment: str
    category: str
    amount_per_kg: Distribution
    avoided_per_kg: Distribution | None = None
    documented_share: float | None = None


TABLE = Table(
    title="Treatment of discarded equipment",
    row=TreatmentRow,
    key=("treatment", "category"),
    bounds={"amount_per_kg": (0, 500), "avoided_per_kg": (0, 500), "documented_share": (0, 1)},
    families={"amount_per_kg": ("category",)},
)
