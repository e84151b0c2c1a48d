"""Figures of the library, for terminals."""

from treadlight.core.distribution import Distribution
from treadlight.core.quantity import Quantity
from treadlight.library.figures import Figure
from treadlight.share.comparison import LibraryRow

__all__ = ["figure_row"]


def figure_row(figure: Figure) -> LibraryRow:
    """A figure as a list of figures draws it."""
    return LibraryRow(
        figure.id,
        figure.label + (f". {figure.note}" if figure.note else ""),
        _quantity(figure.unit, figure.amount) if figure.amount is not None else None,
        figure.source.citation,
        figure.source.year,
        figure.source.licence,
        figure.source.locator,
        figure.source.confidence,
    )


def _quantity(unit: str, amount: Distribution) -> Quantity:
    return Quantity(unit, amount.quantile(0.05), amount.median, amount.quantile(0.95))
