"""The report of a study as Markdown, for repositories and model cards; drawings are told in words and as tables."""

import re
from collections.abc import Iterator, Sequence

from treadlight.share.studies.document import Block, Cell, Column, Document, Facts, Figure, Heading, Points, Table, Text

__all__ = ["study_markdown"]


def study_markdown(document: Document) -> str:
    """The report as Markdown text with tables."""
    lines = [f"# {_plain(document.title)}", "", _plain(f"{document.lead[:1].upper()}{document.lead[1:]}.")]
    if document.warnings:
        lines += ["", "**What a reader must know**", "", *(f"- {_plain(w)}" for w in document.warnings)]
    for section in document.sections:
        lines += ["", f"## {_plain(section.title)}"]
        for block in section.blocks:
            lines += ["", *_block(block)]
    stamp = " · ".join((*document.stamp, f"treadlight {document.version}"))
    return "\n".join([*lines, "", "---", "", _plain(stamp)]) + "\n"


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Heading):
        yield f"### {_plain(block.text)}"
    elif isinstance(block, Text):
        yield _plain(block.text)
    elif isinstance(block, Points):
        yield from (f"- {_plain(item)}" for item in block.items)
    elif isinstance(block, Facts):
        yield from (f"- **{_plain(name)}**: {_plain('; '.join(values))}" for name, values in block.pairs)
    elif isinstance(block, Figure):
        yield _plain(block.text if block.text.endswith(".") else f"{block.caption} {block.text}.")
        yield ""
        yield from _table(block.table)
    else:
        yield from _table(block)


def _table(table: Table) -> Iterator[str]:
    kept = [i for i, column in enumerate(table.columns) if column.kind != "d"]
    columns = [table.columns[i] for i in kept]
    yield _row([_plain(c.head) for c in columns])
    yield _row([_rule(c) for c in columns])
    for row in table.rows:
        yield _row([_cell(row[i]) for i in kept])
    if table.note:
        yield ""
        yield _plain(table.note)


def _rule(column: Column) -> str:
    return "---:" if column.kind == "r" else "---"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    return _plain(f"{cell.text} ({cell.small})" if cell.small and cell.text else cell.text or cell.small)


def _plain(text: str) -> str:
    """Text in one line in which nothing of a study becomes markup."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", " ".join(text.split()))
