"""Many rows at once, by the driver's own quickest way: what arrives over the network is bounded by it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError

__all__ = ["insert_rows", "known_ids"]

_TOGETHER = 25
"""Rows in one statement: the driver gives up the interpreter once for each, and has to wait to get it back."""
_MARKS = 100
"""Ids in one question; the statement is the same for each, so SQLite compiles it once."""


def insert_rows(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows that hold every column of the table, in its order.

    Raises
    ------
    DBAPIError
        As SQLAlchemy would raise it.
    """
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        whole = len(rows) - len(rows) % _TOGETHER
        with _cursor(connection, _insert(table)) as cursor:
            for i in range(0, whole, _TOGETHER):
                values = list(chain.from_iterable(rows[i : i + _TOGETHER]))
                cursor.execute(_insert(table, _TOGETHER), values)
            cursor.executemany(_insert(table), rows[whole:])
        return
    with _cursor(connection, _copy(table)) as cursor, cursor.copy(_copy(table)) as copy:
        for row in rows:
            copy.write_row(row)


def known_ids(connection: Connection, ids: Sequence[str]) -> list[str]:
    """Those of `ids` that some entry has."""
    if connection.dialect.name != "sqlite":
        query = "SELECT DISTINCT id FROM entry WHERE id = ANY(%s)"
        with _cursor(connection, query) as cursor:
            return [row[0] for row in cursor.execute(query, (list(ids),))]
    found: list[str] = []
    query = f"SELECT id FROM entry WHERE id IN ({','.join('?' * _MARKS)})"
    with _cursor(connection, query) as cursor:
        for i in range(0, len(ids), _MARKS):
            part = [*ids[i : i + _MARKS]]
            part += part[:1] * (_MARKS - len(part))
            found += [row[0] for row in cursor.execute(query, part)]
    return found


@contextmanager
def _cursor(connection: Connection, statement: str) -> Iterator[Any]:
    """The driver's cursor; what it raises becomes SQLAlchemy's."""
    dbapi: Any = connection.dialect.dbapi
    raw = connection.connection.dbapi_connection
    assert raw is not None
    cursor: Any = raw.cursor()
    try:
        yield cursor
    except dbapi.Error as error:
        raise DBAPIError.instance(statement, None, error, dbapi.Error, dialect=connection.dialect) from None
    finally:
        cursor.close()


@cache
def _insert(table: Table, rows: int = 1) -> str:
    values = f"({','.join('?' * len(table.c))})"
    return f"INSERT INTO {table.name} ({_columns(table)}) VALUES {','.join([values] * rows)}"


@cache
def _copy(table: Table) -> str:
    return f"COPY {table.name} ({_columns(table)}) FROM STDIN"


def _columns(table: Table) -> str:
    return ",".join(f'"{c.name}"' for c in table.c)
