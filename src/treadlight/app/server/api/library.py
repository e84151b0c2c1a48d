"""The library: its figures with their sources."""

from typing import Annotated

from msgspec import Meta, Struct

from treadlight.app.library_forms import figure_row
from treadlight.app.server.operation import Call, Operation
from treadlight.app.server.principal import Scope
from treadlight.app.server.shapes import Named, Quantity
from treadlight.library.figures import Figure


class LibraryQuery(Struct, forbid_unknown_fields=True, kw_only=True):
    """What to look for, in which version."""

    q: Named = ""
    library: Named = ""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class VersionQuery(Struct, forbid_unknown_fields=True, kw_only=True):
    """In which version."""

    library: Named = ""


class EntryRow(Struct):
    """One entry of the library."""

    id: str
    table: str
    label: str


class TableRow(Struct):
    """One table of the library."""

    name: str
    title: str
    rows: int


class LibraryAnswer(Struct):
    """A version of the library: its tables, and what was looked for."""

    version: str
    digest: str
    versions: list[str]
    tables: list[TableRow]
    found: list[EntryRow]


class FigureRow(Struct):
    """A figure with its interval and its source."""

    id: str
    label: str
    quantity: Quantity | None
    citation: str
    year: int | None
    licence: str
    locator: str
    confidence: str


class FiguresAnswer(Struct):
    """Every figure of one entry."""

    entry: str
    version: str
    figures: list[FigureRow]


def _library(call: Call) -> LibraryAnswer:
    library = call.desk.library
    found = library.find(call.query.q)[: call.query.limit] if call.query.q.strip() else []
    return LibraryAnswer(
        library.version,
        library.digest,
        library.versions(),
        [TableRow(*row) for row in library.tables()],
        [EntryRow(entry.id, entry.table, entry.label) for entry in found],
    )


def _entry(call: Call) -> FiguresAnswer:
    library = call.desk.library
    return FiguresAnswer(call.params["id"], library.version, [_figure(f) for f in library.show(call.params["id"])])


def _figure(figure: Figure) -> FigureRow:
    row = figure_row(figure)
    q = row.quantity
    amount = Quantity(q.unit, q.p05, q.p50, q.p95) if q is not None else None
    return FigureRow(
        row.id, row.label, amount, row.source, row.year, row.licence, row.locator, str(figure.source.confidence)
    )


OPERATIONS = (
    Operation(
        "GET", "/library", "Versions and tables of the library, and a search in it", Scope.READ, LibraryAnswer,
        _library, LibraryQuery, tags=("library",),
    ),
    Operation(
        "GET", "/library/{id}", "The figures of one entry, with their sources", Scope.READ, FiguresAnswer, _entry,
        VersionQuery, deep=True, tags=("library",),
    ),
)  # fmt: skip
