"""Unit processes of a study from a table: one row an exchange, the facts of its process repeated or left empty.

Notes
-----
Columns: ``process``, ``target`` and ``amount`` are needed. Of the process: ``name``, ``unit``, ``phase`` and
``location``. Of the exchange: ``exchange_unit``, ``zone``, ``region``, ``period``, ``source``, ``pedigree``
(``3 2 1 1 2``), ``cause``, ``label`` and ``credit`` (``true``). ``unknown`` and ``nothing`` name categories of the
process, with blanks between them. They mean what they mean in a study's file.
"""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from treadlight.assess.lifecycle.study import Amount, OwnExchange, OwnProcess, Study
from treadlight.core.errors import InputError, MissingExtraError, NotFoundError

__all__ = ["COLUMNS", "with_tables"]

_NEEDED = ("process", "target", "amount")
_LISTS = ("unknown", "nothing")
_PROCESS = ("name", "unit", "phase", "location", *_LISTS)
_EXCHANGE = ("exchange_unit", "zone", "region", "period", "source", "pedigree", "cause", "label", "credit")

COLUMNS = (*_NEEDED, *_PROCESS, *_EXCHANGE)
"""Every column that a table may have."""

_LARGEST = 64 << 20
_Row = Mapping[str, str]


def with_tables(study: Study, folder: Path) -> Study:
    """The study with the processes of its tables after its own.

    Raises
    ------
    NotFoundError
        If there is no such table.
    InputError
        If a table cannot be read, lacks a column, has one that is not known, or contradicts itself.
    """
    if not study.process_tables:
        return study
    found = list(study.processes)
    for table in study.process_tables:
        found += _processes(folder / table.file, table.file)
    return msgspec.structs.replace(study, processes=found)


def _processes(path: Path, name: str) -> list[OwnProcess]:
    exchanges: dict[str, list[OwnExchange]] = {}
    facts: dict[str, dict[str, str]] = {}
    for number, row in enumerate(_rows(path, name), 2):
        where = f"{name}: row {number}"
        for column in _NEEDED:
            if not row.get(column):
                raise InputError(
                    "is empty", field=f"{where}: {column}", remedy="each row names process, target, amount"
                )
        known = facts.setdefault(row["process"], {})
        for column in _PROCESS:
            value = row.get(column, "")
            if value and known.setdefault(column, value) != value:
                raise InputError(f"contradicts {known[column]!r} above", field=f"{where}: {column}", value=value,
                                 remedy="say it once, or alike")  # fmt: skip
        exchanges.setdefault(row["process"], []).append(_exchange(row, where))
    for process, known in facts.items():
        if "unit" not in known:
            raise InputError("has no unit", field=f"{name}: unit", value=process, remedy="give it in one of its rows")
    return [_process(process, known, exchanges[process]) for process, known in facts.items()]


def _process(name: str, known: Mapping[str, str], exchanges: list[OwnExchange]) -> OwnProcess:
    lists = {column: known[column].replace(",", " ").split() for column in _LISTS if column in known}
    return msgspec.convert({"id": name, "exchanges": exchanges, **known, **lists}, OwnProcess)


def _exchange(row: _Row, where: str) -> OwnExchange:
    given = {column: row.get(column, "") for column in ("zone", "region", "period", "source", "cause", "label")}
    return OwnExchange(row["target"], _amount(row["amount"]), row.get("exchange_unit", ""),
                       pedigree=_scores(row.get("pedigree", ""), where),
                       credit=_yes(row.get("credit", ""), where), **given)  # fmt: skip


def _amount(text: str) -> Amount:
    try:
        return float(text)
    except ValueError:
        return text


def _yes(text: str, where: str) -> bool:
    if text.lower() not in ("", "true", "false"):
        raise InputError("is neither true nor false", field=f"{where}: credit", value=text,
                         remedy="write true for a burden avoided elsewhere, else leave it empty")  # fmt: skip
    return text.lower() == "true"


def _scores(text: str, where: str) -> list[int]:
    try:
        return [int(score) for score in text.replace(",", " ").split()]
    except ValueError:
        raise InputError("are no pedigree scores", field=f"{where}: pedigree", value=text,
                         remedy="give five numbers from 1 to 5, such as 3 2 1 1 2") from None  # fmt: skip


def _rows(path: Path, name: str) -> Iterator[_Row]:
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(
                "is too large for a table of processes", field=name, remedy="keep measurements in the ledger"
            )
        rows = _parquet(path, name) if path.suffix.lower() == ".parquet" else _csv(path, name)
    except FileNotFoundError:
        remedy = "give the path from the study's folder"
        raise NotFoundError("no such file", field="process_table.file", value=name, remedy=remedy) from None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror or error})", field="process_table.file", value=name,
                         remedy="give a CSV or a Parquet file") from None  # fmt: skip
    return iter(rows)


def _csv(path: Path, name: str) -> list[_Row]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restkey="", strict=True)
            _check_columns(list(reader.fieldnames or ()), name)
            return [_clean(row, name, i) for i, row in enumerate(reader, 2)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"is no CSV in UTF-8 ({error})", field=name, remedy="save it as CSV, UTF-8") from None


def _clean(row: Mapping[str, object], name: str, number: int) -> _Row:
    if "" in row:
        raise InputError("has more cells than the table has columns", field=f"{name}: row {number}",
                         remedy="put cells with a comma in quotation marks")  # fmt: skip
    return {key: str(value or "").strip() for key, value in row.items()}


def _parquet(path: Path, name: str) -> list[_Row]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        raise MissingExtraError("pyarrow", "bulk", "a table in Parquet") from None
    try:
        with parquet.ParquetFile(path, pre_buffer=False) as file:
            table = file.read(use_threads=False)
    except ArrowException as error:
        raise InputError(f"is no Parquet ({type(error).__name__})", field=name, remedy="give a Parquet file") from None
    _check_columns(table.column_names, name)
    return [
        {key: "" if value is None else str(value).strip() for key, value in row.items()} for row in table.to_pylist()
    ]


def _check_columns(names: list[str], table: str) -> None:
    for name in names:
        if name not in COLUMNS:
            raise InputError("is no column of a table of processes", field=table, value=name,
                             remedy=f"use {', '.join(COLUMNS)}")  # fmt: skip
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise InputError("lacks columns", field=table, value=", ".join(missing), remedy="a row is one exchange")
