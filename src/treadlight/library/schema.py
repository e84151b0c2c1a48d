"""The schema of library tables: what every row carries, and what a table declares about its rows.

A table is one file ``tables/<topic>.py`` that holds a row type and a `Table` called ``TABLE``, and one file
``data/<version>/<topic>.csv`` whose columns are the row's fields.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from treadlight.core.distribution import Distribution
from treadlight.core.errors import LibraryError

__all__ = ["Confidence", "Distribution", "Located", "Problem", "Row", "SourceRow", "Table"]

Confidence = Literal["high", "medium", "low", "assumed"]
"""Read in the source, read second-hand, unverified, our own assumption."""


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every row of every table carries beside its own columns.

    Parameters
    ----------
    source
        Key into the version's sources.
    locator
        Where in the source: table, row, column, page, file.
    year
        Year for which the figure holds; the release's year where the source names none.
    confidence
        high, medium, low or assumed.
    unverified
        True for a figure nobody has checked; a row of confidence low must say so, and its interval must be wide.
    outlier_reason
        Why a figure 100-fold away from its family is right all the same.
    note
        What a reader must know.
    """

    source: str
    locator: str
    year: int
    confidence: Confidence
    unverified: bool = False
    outlier_reason: str = ""
    note: str = ""


class SourceRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One source: citation, year of publication or release, licence of the figures, address where there is one."""

    id: str
    citation: str
    year: int
    licence: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """What a topic's module declares about its rows.

    Parameters
    ----------
    title
        For people.
    row
        Type of its rows; columns are its fields, units stand in their names.
    key
        Fields that make a row unique; an overlay replaces rows by key.
    bounds
        Column to the lowest and highest plausible value. Every quantity without bounds must not be negative. Of a
        distribution, the 0.1 % quantile must not lie below the bounds, nor the median above them.
    families
        Column to the columns that name a value's family; a median 100-fold away from the median of its family is
        refused unless the row gives an `outlier_reason`. An empty tuple: the whole column is one family.
    check
        More to check in one row: yields (column, value, what is wrong, remedy).
    """

    title: str
    row: type[Row]
    key: tuple[str, ...]
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    families: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    check: Callable[[Any], Iterable[tuple[str, object, str, str]]] = lambda row: ()

    def key_of(self, row: Row) -> tuple[str, ...]:
        """The key of one of its rows, as text."""
        return tuple([str(getattr(row, name)) for name in self.key])


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row is refused: where it stands, which column and value, what is wrong, what to do."""

    where: str
    column: str
    value: object
    what: str
    remedy: str

    def __str__(self) -> str:
        return str(self.error())

    def error(self) -> LibraryError:
        """The error that says so in one line."""
        field_name = f"{self.where} {self.column}".strip()
        return LibraryError(self.what, field=field_name, value=self.value, remedy=self.remedy)


class Located(msgspec.Struct, frozen=True, gc=False):
    """A row with its key and the place it was read from."""

    row: Row
    key: tuple[str, ...]
    where: str
    path: str

    def problem(self, column: str, value: object, what: str, remedy: str) -> Problem:
        """A problem with one of its columns."""
        return Problem(self.where, column, value, what, remedy)

    @staticmethod
    def merged(items: "Iterable[Located]") -> "dict[tuple[str, ...], Located]":
        """Rows by key, in order of first appearance; later ones replace earlier ones."""
        return {item.key: item for item in items}
