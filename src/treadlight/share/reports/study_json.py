"""The report of a study as data: its sections, and every table in canonical units, nothing rounded."""

import math
from collections.abc import Sequence
from typing import Any

from treadlight.share.studies.document import Block, Document, Facts, Figure, Heading, Points, Table, Text

__all__ = ["study_report_form"]


def study_report_form(document: Document) -> dict[str, Any]:
    """``treadlight.study-report/1``."""
    return {
        "schema": "treadlight.study-report/1",
        "title": document.title,
        "lead": document.lead,
        "warnings": list(document.warnings),
        "sections": [
            {"id": s.id, "title": s.title, "blocks": [_block(block) for block in s.blocks]} for s in document.sections
        ],
        "stamp": list(document.stamp),
        "version": document.version,
    }


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, Heading | Text):
        return {"kind": "heading" if isinstance(block, Heading) else "text", "text": block.text}
    if isinstance(block, Points):
        return {"kind": "points", "items": list(block.items)}
    if isinstance(block, Facts):
        return {"kind": "facts", "facts": {name: list(values) for name, values in block.pairs}}
    if isinstance(block, Figure):
        return {"kind": "figure", "caption": block.caption, "text": block.text, "table": _table(block.table)}
    return {"kind": "table", **_table(block)}


def _table(table: Table) -> dict[str, Any]:
    rows = [_row(row) for row in table.data]
    return {
        "name": table.name,
        "title": table.title,
        "columns": list(table.heads),
        "rows": rows,
        "note": table.note or None,
    }


def _row(row: Sequence[object]) -> list[object]:
    return [None if isinstance(value, float) and not math.isfinite(value) else value for value in row]
