"""The ledger's own entries as JSON lines, for another treadlight."""

from typing import TextIO

from treadlight.share.export import ExportInfo, Material

__all__ = ["INFO", "write"]

INFO = ExportInfo("jsonl", "all entries of the ledger, with chain and digest, for another treadlight", ".jsonl", False)


def write(material: Material, out: TextIO) -> None:
    """Write every entry, one JSON object a line."""
    material.entries(out)
