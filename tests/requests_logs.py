"""Small request logs for tests, and ways of serving them whose cost can be computed by hand."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from treadlight.requests.columns import parse_columns, resolve_columns
from treadlight.requests.engine import account_one
from treadlight.requests.engine_duckdb import DuckDB
from treadlight.requests.expression import Reading
from treadlight.requests.files import find_files
from treadlight.requests.partial import Partial
from treadlight.requests.schema import Log, described
from treadlight.requests.serving import Serving

__all__ = ["DRAWS", "good", "log_of", "reading_of", "serving", "sum_log", "write_csv_log", "write_json_log"]

DRAWS = 200


def write_csv_log(path: Path, rows: Iterable[Sequence[object]], header: str = "time,tokens_in,tokens_out") -> Path:
    """A CSV log."""
    with path.open("w", newline="") as file:
        file.write(header + "\n")
        csv.writer(file, lineterminator="\n").writerows(rows)
    return path


def write_json_log(path: Path, rows: Iterable[Mapping[str, object] | str]) -> Path:
    """A log of JSON lines; texts are written as they are."""
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("".join(line + "\n" for line in lines))
    return path


def log_of(path: Path) -> Log:
    """A log with its columns."""
    (file,) = find_files([str(path)])
    return described(file)


def reading_of(log: Log, columns: str = "", by: Sequence[str] = (), **options: Any) -> Reading:
    """How to read it: columns by name unless said otherwise."""
    given = parse_columns([columns]) if columns else {}
    return Reading(resolve_columns(given, by, log.names, log.file.name), **options)


def sum_log(path: Path, columns: str = "", by: Sequence[str] = (), **options: Any) -> tuple[Partial, tuple[str, ...]]:
    """The sums of a log by DuckDB, and the names of its keys."""
    log = log_of(path)
    reading = reading_of(log, columns, by, **options)
    engine = DuckDB(path.parent / "home")
    try:
        partial = account_one(engine, log, "0" * 64, reading)
    finally:
        engine.close()
    return partial, tuple(name for name, _ in reading.columns.keys)


def good(partial: Partial) -> list[dict[str, Any]]:
    """Rows of the sums that count, by time."""
    rows = [row for row in partial.sums.to_pylist() if row["reason"] == 0]
    return sorted(rows, key=lambda row: row["bucket"])


def serving(
    per_request_wh: float = 0.0, per_token_in_wh: float = 0.0, per_token_out_wh: float = 0.0, gsd: float = 1.0
) -> Serving:
    """A way of serving with a known cost; an hour of an H100 for each kilowatt-hour."""
    spread = np.exp(np.log(gsd) * np.linspace(-2, 2, DRAWS))
    parts = np.array([per_request_wh, per_token_in_wh, 0.0, 0.0, per_token_out_wh, 0.0]) / 1000
    energy = spread[:, None] * parts
    return Serving(energy, energy.copy(), "h100-sxm5-80gb", "test/model", ())
