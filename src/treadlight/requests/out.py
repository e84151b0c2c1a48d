"""The answer as a table: one row for each combination of the dimensions, written whole or not at all."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from treadlight.core.cells import cell
from treadlight.core.errors import InputError
from treadlight.core.quantity import Quantity
from treadlight.core.whole import check_target, whole_path
from treadlight.requests.cleaning import Aside
from treadlight.requests.groups import reason_text
from treadlight.requests.impacts import Row

__all__ = [
    "COLUMNS",
    "FORMS",
    "aside_path",
    "check_form",
    "check_out",
    "forget_aside",
    "header",
    "is_answer",
    "records",
    "write_aside",
    "write_rows",
]

FORMS = (".parquet", ".csv")
"""Endings of a file that an answer can be written to."""

COLUMNS = {
    "energy": "energy_kwh",
    "gwp": "gwp_kgco2e",
    "water": "water_l",
    "adpe": "adpe_kgsbeq",
    "pe": "pe_mj",
    "ewaste": "ewaste_kg",
}
"""Category to its column, whose name ends in the unit."""

_SUMS = ("requests", "tokens_in", "tokens_cached", "tokens_out")
_PLACES = (0, 1, 3, 4)
_ASIDE = ["file", "line", "reason", "row"]
_ENDS = ("p05", "p50", "p95")


def header(by: Sequence[str]) -> list[str]:
    """Names of the columns of the answer."""
    names = [*by, *_SUMS, *(f"device_hours_{end}" for end in _ENDS)]
    for column in COLUMNS.values():
        names += [f"{column}_{end}" for end in _ENDS]
    return [*names, *(f"gwp_embodied_kgco2e_{end}" for end in _ENDS)]


def records(rows: Iterable[Row]) -> list[list[Any]]:
    """The rows as plain values, in the order of the header; None where something is unknown."""
    found = []
    for row in rows:
        cells: list[Any] = [*row.key, *(row.sums[i] for i in _PLACES), *_ends(row.device_hours)]
        for category in COLUMNS:
            cells += _ends(row.impacts[category])
        found.append([*cells, *_ends(row.embodied["gwp"])])
    return found


def _ends(quantity: Quantity | None) -> list[float | None]:
    return [None] * 3 if quantity is None else [quantity.p05, quantity.p50, quantity.p95]


def check_form(path: str) -> None:
    """Nothing, if an answer can be written to a file of this name.

    Raises
    ------
    InputError
        If it cannot.
    """
    if Path(path).suffix not in FORMS:
        raise InputError(
            "has no form that is known", field="--out", value=path, remedy=f"end it in {' or '.join(FORMS)}"
        )


def check_out(path: str, logs: Iterable[Path]) -> None:
    """Nothing, if an answer and the sample beside it can be written and take the place of no log.

    Raises
    ------
    InputError
        If they cannot.
    """
    check_form(path)
    read = list(logs)
    for name in (path, aside_path(path)):
        check_target(name, "--out", read)


def aside_path(path: str) -> str:
    """The file that holds a sample of the rows set aside, beside an answer."""
    return f"{path}.rejected.csv"


def is_answer(columns: Iterable[str]) -> bool:
    """Whether a table with these columns is an answer, or a sample of rows set aside, and so no log."""
    found = list(columns)
    return found == _ASIDE or set(header(())) <= set(found)


def write_rows(path: str, by: Sequence[str], rows: Iterable[Row]) -> None:
    """Write the answer to a Parquet or CSV file.

    Raises
    ------
    InputError
        If it cannot be written; nothing is left of it then.
    """
    check_form(path)
    names, cells = header(by), records(rows)
    with whole_path(path, "--out") as target:
        if Path(path).suffix == ".csv":
            _csv(target, names, cells)
        else:
            _parquet(target, names, cells, len(by))


def write_aside(path: str, asides: Iterable[tuple[str, Aside]]) -> None:
    """Write the sample of rows set aside: file, line where known, reason, and how the row begins.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    cells = [[file, a.line or "", reason_text(a.reason), a.text] for file, a in asides]
    with whole_path(path, "--out") as target:
        _csv(target, _ASIDE, cells)


def forget_aside(path: str) -> None:
    """Take away the sample of an earlier answer of this name: it says nothing of the one that stands there now.

    Raises
    ------
    InputError
        If it cannot be removed.
    """
    try:
        Path(path).unlink(missing_ok=True)
    except OSError as error:
        what = f"cannot be removed ({error.strerror})"
        raise InputError(what, field="--out", value=path, remedy="remove it: it is of an earlier answer") from None


def _csv(target: Path, names: Sequence[str], cells: Iterable[Sequence[Any]]) -> None:
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([cell(name) for name in names])
        writer.writerows([cell(value) if isinstance(value, str) else value for value in row] for row in cells)


def _parquet(target: Path, names: Sequence[str], cells: Sequence[Sequence[Any]], texts: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = [pa.string() if i < texts else pa.float64() for i in range(len(names))]
    columns: list[Any] = list(zip(*cells, strict=True)) if cells else [[] for _ in names]
    arrays = [pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
    pq.write_table(pa.table(arrays, names=list(names)), target)
