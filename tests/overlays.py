"""Overlay folders for tests of the library: a few rows of a table, with their sources."""

import csv
from collections.abc import Mapping
from pathlib import Path

__all__ = ["SOURCES", "grid_row", "write_csv", "write_overlay"]

SOURCES = {"id": "own", "citation": "Our own meter, 2026", "year": "2026", "licence": "own"}


def write_csv(path: Path, *rows: Mapping[str, object]) -> None:
    """A CSV file whose columns are the keys of all rows, in order of appearance."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_overlay(folder: Path, topic: str, *rows: Mapping[str, object]) -> Path:
    """A folder with one table and the source ``own``."""
    folder.mkdir(exist_ok=True)
    write_csv(folder / f"{topic}.csv", *rows)
    write_csv(folder / "sources.csv", SOURCES)
    return folder


def grid_row(zone: str = "FR", g_per_kwh: object = "lognormal(50,1.1)", **changes: object) -> dict[str, object]:
    """A good row of the grid table, with changes."""
    return {
        "zone": zone,
        "scope": "life-cycle",
        "basis": "consumption",
        "gwp_gco2e_per_kwh": g_per_kwh,
        "source": "own",
        "locator": "meter 1",
        "year": 2026,
        "confidence": "high",
    } | changes
