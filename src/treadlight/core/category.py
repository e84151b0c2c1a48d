"""Impact categories: what a footprint counts, and in which unit."""

from dataclasses import dataclass

from treadlight.core.errors import InputError

__all__ = ["CATEGORIES", "Category", "category"]


@dataclass(frozen=True, slots=True)
class Category:
    """An impact category with its canonical unit and its method."""

    id: str
    unit: str
    name: str
    method: str


CATEGORIES: dict[str, Category] = {
    c.id: c
    for c in (
        Category("gwp", "kgCO2e", "Climate change", "GWP100 as the source states it; AR6 where it can be chosen"),
        Category("water", "L", "Water consumed", "volume evaporated or otherwise not returned; not scarcity-weighted"),
        Category("adpe", "kgSb-eq", "Minerals and metals", "abiotic depletion, elements, ultimate reserve (CML)"),
        Category("pe", "MJ", "Primary energy", "cumulative energy demand, renewable and not"),
        Category("ewaste", "kg", "Electronic waste", "mass of discarded equipment, allocated over its life"),
        Category("energy", "kWh", "Electricity drawn", "electricity at the grid connection, overheads included"),
    )
}
"""Every category by id, in the order in which reports show them."""


def category(name: str) -> Category:
    """The category called `name`.

    Raises
    ------
    InputError
        If there is no such category.
    """
    try:
        return CATEGORIES[name]
    except KeyError:
        remedy = f"use one of {', '.join(CATEGORIES)}"
        raise InputError("unknown impact category", field="category", value=name, remedy=remedy) from None
