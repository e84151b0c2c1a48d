"""Products: what hardware is made of and weighs; their embodied impacts stand in the embodied table."""

from treadlight.library.schema import Distribution, Row, Table

__all__ = ["TABLE", "ProductRow"]


class ProductRow(Row, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One product.

    Parameters
    ----------
    product
        As in ``product.<product>``.
    kind
        accelerator, cpu, server, laptop, workstation, memory, storage; ``part`` for what a server base is made of;
        ``hall`` for rack and building, of which one unit is 1 kW of power for equipment.
    mass_kg
        Mass of one unit, or of one GB of memory and storage [kg].
    lifetime_class
        Key of the lifetimes table.
    transport_included, end_of_life_included
        Whether the embodied figures already cover transport to the user and end of life.
    """

    product: str
    kind: str
    name: str
    mass_kg: Distribution | None = None
    lifetime_class: str
    transport_included: bool = False
    end_of_life_included: bool = False


TABLE = Table(
    title="Products",
    row=ProductRow,
    key=("product",),
    bounds={"mass_kg": (1e-6, 200)},
    families={"mass_kg": ("kind",)},
)
