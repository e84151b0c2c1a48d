"""Embodied impacts: a set of estimates per product and category; the default carries the spread of the set."""

from collections.abc import Iterable

from treadlight.core.category import CATEGORIES
from treadlight.library.schema import Distribution, Row, Table

__all__ = ["TABLE", "EmbodiedRow"]


class EmbodiedRow(Row, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One estimator's figure for one product and category.

    Parameters
    ----------
    product
        As in ``product.<product>``.
    kind
        As in the products table; figures are compared within kind and category.
    category
        gwp [kgCO2e], adpe [kgSb-eq], pe [MJ].
    estimator
        Who says so; ``default`` is the one used.
    amount
        Per unit, per GB of memory and storage, or per kW of power that a rack or building was made for.
    default
        True for the one that is used; its interval carries the spread of the set.
    scope
        What the figure covers.
    """

    product: str
    kind: str
    category: str
    estimator: str
    amount: Distribution
    default: bool = False
    scope: str


def _check(row: EmbodiedRow) -> Iterable[tuple[str, object, str, str]]:
    if row.category not in CATEGORIES:
        yield "category", row.category, "is no impact category", f"use one of {', '.join(CATEGORIES)}"
    if row.category in ("ewaste", "energy"):
        yield "category", row.category, "is not an embodied impact", "give the mass in products.csv"


TABLE = Table(
    title="Embodied impacts",
    row=EmbodiedRow,
    key=("product", "category", "estimator"),
    families={"amount": ("kind", "category")},
    check=_check,
)
