"""A report as data: sections of texts, facts, tables and figures, which page, Markdown and JSON write down alike."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from markupsafe import Markup

from treadlight.share.charts import safe_csv

__all__ = ["Block", "Cell", "Column", "Document", "Facts", "Figure", "Heading", "Points", "Section", "Table", "Text"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its text, and what is drawn for it on a page.

    Parameters
    ----------
    small
        A second, quieter line.
    """

    text: str
    drawn: Markup = Markup("")
    small: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head, and its kind: numbers ``r``, words ``l`` or, kept in one line, ``n``, drawings ``d``.

    Parameters
    ----------
    folds
        Whether a phone leaves it out.
    """

    head: str
    kind: str = "l"
    folds: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it is shown, and its data as numbers in canonical units.

    Parameters
    ----------
    name
        Of its CSV.
    folded
        Whether a page shows it only when it is opened; paper always does.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    heads: tuple[str, ...]
    data: tuple[tuple[object, ...], ...]
    note: str = ""
    folded: bool = False

    def csv(self) -> str:
        """The data as CSV in which no cell can become a formula."""
        return safe_csv(self.heads, self.data)


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing at two widths with its caption; its data are those of a table.

    Parameters
    ----------
    text
        What it shows, in words.
    """

    name: str
    caption: str
    text: str
    wide: Markup
    narrow: Markup
    table: Table


@dataclass(frozen=True, slots=True)
class Facts:
    """Pairs of what and which; a value may be a list."""

    pairs: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading within a section."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; ``finding`` is set large."""

    text: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Points:
    """A list."""

    items: tuple[str, ...]


Block = Text | Points | Facts | Table | Figure | Heading


@dataclass(frozen=True, slots=True)
class Section:
    """A section: its anchor, its title, notes for the margin, and what it holds."""

    id: str
    title: str
    notes: tuple[str, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A report.

    Parameters
    ----------
    lead
        What is reported on, as a sentence.
    stamp
        Library, method and digests, for the foot of every page.
    version
        Of the software that made it.
    """

    title: str
    lead: str
    stamp: tuple[str, ...]
    version: str
    sections: tuple[Section, ...]
    warnings: tuple[str, ...] = field(default=())

    def tables(self) -> Iterator[Table]:
        """Every table, those of figures among them, each once."""
        seen: set[str] = set()
        for section in self.sections:
            for block in section.blocks:
                table = block.table if isinstance(block, Figure) else block
                if isinstance(table, Table) and table.name not in seen:
                    seen.add(table.name)
                    yield table
