"""Figures of a row: each quantity with its unit, its interval and its source."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from treadlight.core.category import CATEGORIES
from treadlight.core.distribution import Distribution, Point
from treadlight.library.process import Source
from treadlight.library.schema import Row

__all__ = ["Figure", "about", "amounts", "figures_of", "own_source", "unit_of"]

_UNITS = (
    ("gco2e_per_kwh", "gCO2e/kWh"),
    ("l_per_kwh", "L/kWh"),
    ("kwh_per_gb", "kWh/GB"),
    ("_km", "km"),
    ("_kg", "kg"),
    ("_y", "years"),
    ("_w", "W"),
    ("_gb", "GB"),
    ("_b", "billion"),
    ("_percent", "%"),
    ("_mm2", "mm2"),
    ("_nm", "nm"),
)
"""Ending of a column's name to the unit it is in."""

_PER = {"amount": "", "amount_per_kwh": "/kWh", "amount_per_tkm": "/tkm", "amount_per_kg": "/kg"}
"""Columns whose unit is that of the row's impact category, per something."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a row.

    Parameters
    ----------
    id
        Id of the row (``grid/FR/2025/life-cycle``).
    table
        Title of its table.
    label
        What the row is about, and the column.
    unit
        Unit of the amount; empty for ratios, counts and rows without figures.
    amount
        The figure with its distribution; None for a row that holds none.
    """

    id: str
    table: str
    label: str
    unit: str
    amount: Distribution | None
    source: Source
    note: str = ""

    def form(self) -> dict[str, object]:
        """The figure as JSON shows it."""
        source = {name: getattr(self.source, name) for name in self.source.__struct_fields__}
        quantity = None
        if self.amount is not None:
            p05, p50, p95 = (self.amount.quantile(p) for p in (0.05, 0.5, 0.95))
            quantity = {"unit": self.unit, "p05": p05, "p50": p50, "p95": p95, "distribution": str(self.amount)}
        about = {"id": self.id, "table": self.table, "label": self.label, "note": self.note}
        return {**about, "quantity": quantity, "source": source}


def figures_of(row_id: str, table: str, row: Row, source_of: Callable[[str], Source]) -> Iterator[Figure]:
    """The figures of a row, or one without amount if it holds none; `source_of` gives the source of a column."""
    found = False
    for column, amount in amounts(row):
        found = True
        label = f"{about(row)}: {column}"
        yield Figure(row_id, table, label, unit_of(column, row), amount, source_of(column), row.note)
    if not found:
        yield Figure(row_id, table, about(row), "", None, source_of(""), row.note)


def own_source(row: Row, column: str) -> str:
    """Id of the source that a row names for one column, such as ``wue_source``; empty: the row's own source."""
    named = {n.removesuffix("_source"): getattr(row, n) for n in row.__struct_fields__ if n.endswith("_source")}
    fitting = [source for prefix, source in named.items() if column.startswith(prefix) and source]
    return fitting[0] if fitting else str(named.get("metrics", "")) if column else ""


def amounts(row: Row) -> Iterator[tuple[str, Distribution]]:
    """Columns of a row that hold a quantity, years left out."""
    for column in row.__struct_fields__:
        value = getattr(row, column)
        if isinstance(value, Distribution):
            yield column, value
        elif isinstance(value, int | float) and not isinstance(value, bool) and not column.endswith("year"):
            yield column, Point(float(value))


def about(row: Row) -> str:
    """Words of a row, its provenance left out."""
    skipped = ("source", "locator", "confidence", "outlier_reason", "note")
    names = [n for n in row.__struct_fields__ if n not in skipped and not n.endswith("_source")]
    found = dict.fromkeys(word for name in names if isinstance(word := getattr(row, name), str) and word)
    return ", ".join((*found, str(row.year)))


def unit_of(column: str, row: Row) -> str:
    """Unit of a column, such as ``gCO2e/kWh``; empty where it has none."""
    category = CATEGORIES.get(getattr(row, "category", ""))
    if column in _PER and category:
        return category.unit + _PER[column]
    return next((unit for ending, unit in _UNITS if column.endswith(ending)), "")
