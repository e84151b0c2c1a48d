"""Reading library tables: CSV files become rows, and a row that cannot be trusted is refused by name.

The loader refuses a missing or unknown source, an unknown column, a value of the wrong kind, a quantity outside its
plausible bounds, a figure 100-fold away from its family, a duplicate key, and an unverified figure that does not say
so. Each refusal names table, line, key, column, value and remedy.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import msgspec

from treadlight.core.distribution import Distribution, parse
from treadlight.core.errors import InputError, LibraryError, NotFoundError
from treadlight.core.plugins import names, plugin
from treadlight.library.plausible import judge, judge_families
from treadlight.library.schema import Located, Problem, Row, SourceRow, Table

T = TypeVar("T", bound=msgspec.Struct)

__all__ = ["TABLES", "Loaded", "load_table", "problems_of", "read_rows", "read_sources", "table_of", "topics"]

TABLES = "treadlight.library.tables"
"""Package, and group of entry points, in which tables are found."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A table that has been read: its rows in file order, and by key."""

    table: Table
    rows: tuple[Row, ...]
    by_key: Mapping[tuple[str, ...], Row]


def topics() -> list[str]:
    """Names of all tables, shipped and of third parties."""
    return names(TABLES)


@lru_cache(maxsize=64)
def table_of(topic: str) -> Table:
    """What the module of `topic` declares.

    Raises
    ------
    NotFoundError
        If there is no such table.
    """
    try:
        module = plugin(TABLES, topic)
    except NotFoundError:
        remedy = f"use one of {', '.join(topics())}"
        raise NotFoundError("no such table", field="table", value=topic, remedy=remedy) from None
    table = module if isinstance(module, Table) else getattr(module, "TABLE", None)
    if not isinstance(table, Table):
        raise LibraryError("declares no TABLE", field=f"tables/{topic}.py", remedy="set TABLE = Table(…)")
    return table


def load_table(topic: str, files: Sequence[Path], sources: Mapping[str, SourceRow]) -> Loaded:
    """The rows of `topic` from `files`, later files replacing rows of earlier ones by key.

    Raises
    ------
    LibraryError
        For the first row that is refused.
    """
    table = table_of(topic)
    found = Located.merged(_read_all(topic, table, files))
    for problem in problems_of(table, list(found.values()), sources):
        raise problem.error()
    rows = tuple(item.row for item in found.values())
    return Loaded(table, rows, dict(zip(found, rows, strict=True)))


def problems_of(table: Table, located: Sequence[Located], sources: Mapping[str, SourceRow]) -> Iterator[Problem]:
    """Everything that is wrong with rows that could be decoded."""
    for item in located:
        if item.row.source not in sources:
            remedy = "add it to sources.csv, or name a source that is there"
            yield item.problem("source", item.row.source, "names no known source", remedy)
        yield from judge(table, item)
    yield from judge_families(table, located)


def _read_all(topic: str, table: Table, files: Sequence[Path]) -> Iterator[Located]:
    for path in files:
        for item in read_rows(topic, table, path):
            if isinstance(item, Problem):
                raise item.error()
            yield item


def read_rows(topic: str, table: Table, path: Path) -> Iterator[Located | Problem]:
    """Rows of one file, and in their place a problem for each line that cannot be decoded."""
    seen: dict[tuple[str, ...], int] = {}
    name, whole = path.name, str(path)
    for line, cells in _lines(path):
        key = "/".join([cells.get(k, "") for k in table.key])
        where = f"{name} line {line} ({key})"
        row = _decode(cells, table.row, where)
        if isinstance(row, Problem):
            yield row
            continue
        item = Located(row, table.key_of(row), where, whole)
        if item.key in seen:
            remedy = f"keep one of lines {seen[item.key]} and {line}"
            yield item.problem(table.key[0], key, "appears twice", remedy)
        else:
            seen[item.key] = line
            yield item


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Line numbers and non-empty cells by column of a CSV file."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = next(reader, [])
            twice = sorted({name for name in header if header.count(name) > 1})
            if twice:
                raise LibraryError("appears twice in the header", field=path.name, value=twice[0], remedy="keep one")
            for cells in reader:
                if len(cells) > len(header):
                    where = f"{path.name} line {reader.line_num}"
                    raise LibraryError(
                        "has more cells than columns", field=where, remedy="quote cells that hold commas"
                    )
                if any(cells):
                    yield reader.line_num, {k: v for k, v in zip(header, cells, strict=False) if v != ""}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LibraryError(f"cannot be read ({error})", field=str(path), remedy="give a CSV file in UTF-8") from None


def _hook(kind: type, value: object) -> object:
    if kind is Distribution and isinstance(value, str):
        try:
            return parse(value)
        except InputError as error:
            raise ValueError(str(error)) from None
    raise NotImplementedError  # msgspec's word for "no such type here"; it then refuses the value itself


def _decode(cells: Mapping[str, str], kind: type[T], where: str) -> T | Problem:
    try:
        return msgspec.convert(cells, kind, strict=False, dec_hook=_hook)
    except msgspec.ValidationError as error:
        what, _, at = str(error).partition(" - at `$")
        column = at.strip("`.") or _quoted(what)
        value = cells.get(column)
        return Problem(where, column, value, _refusal(what), _remedy(what, column, kind))


def _quoted(text: str) -> str:
    """The column named in a message such as "Object missing required field `source`"."""
    parts = text.split("`")
    return parts[1] if len(parts) > 1 else ""


def _refusal(what: str) -> str:
    if "missing required" in what:
        return "is missing"
    if "unknown field" in what:
        return "is no column of this table"
    return what[:1].lower() + what[1:]


def _remedy(what: str, column: str, kind: type[msgspec.Struct]) -> str:
    if "unknown field" in what:
        return f"use columns {', '.join(kind.__struct_fields__)}"
    if column == "source":
        return "name the source of every figure"
    return f"correct the column {column}"


def read_sources(folders: Iterable[Path]) -> dict[str, SourceRow]:
    """Every source of the ``sources*.csv`` files in `folders`, by id; nearer folders come first.

    Raises
    ------
    LibraryError
        For a source without citation, year or licence, and for two different sources of one id.
    """
    found: dict[str, SourceRow] = {}
    for folder in folders:
        for path in sorted(folder.glob("sources*.csv")):
            for line, cells in _lines(path):
                where = f"{path.name} line {line} ({cells.get('id', '')})"
                row = _decode(cells, SourceRow, where)
                if isinstance(row, Problem):
                    raise row.error()
                if found.setdefault(row.id, row) != row:
                    remedy = "give one of the two sources another id"
                    raise LibraryError("two sources have this id", field=where, value=row.id, remedy=remedy)
    return found
