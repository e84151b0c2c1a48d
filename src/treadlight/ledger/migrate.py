"""Bringing a database to the present schema. Alembic is imported only where an older one must be changed."""

import os
import sqlite3
import time
from pathlib import Path

from sqlalchemy import Connection, inspect, text

import treadlight.ledger.access.schema  # noqa: F401 (its tables are part of the metadata)
from treadlight.core.errors import LedgerError
from treadlight.ledger.database import Database
from treadlight.ledger.schema import VERSION, metadata

__all__ = ["known_versions", "prepare", "upgrade"]

_HERE = Path(__file__).parent / "migrations"
_READABLE = ("0001", "0002", "0003", "0004", "0005")
"""Older schemas whose ledger can be read as it is, where it cannot be written: later ones only add tables, or take away
what nothing reads."""


def known_versions() -> list[str]:
    """Revisions of the schema, oldest first."""
    return sorted(p.stem.partition("_")[0] for p in (_HERE / "versions").glob("[0-9]*.py"))


def prepare(database: Database) -> str:
    """Make the database ready: create an empty one, upgrade an older one; the schema's revision that it then has.

    Raises
    ------
    LedgerError
        If it belongs to something else, or to a newer treadlight.
    """
    with database.reading() as connection:
        current = _current(connection)
    if current == VERSION or (current in _READABLE and database.path and not os.access(database.path, os.W_OK)):
        return current
    if database.is_sqlite:
        with database.errors():
            _use_wal(database)
    with database.writing() as connection:
        current = _current(connection)  # somebody else may have prepared it meanwhile
        if current == VERSION:
            return VERSION
        if current is None:
            _create(connection, database.name)
        elif current and current not in known_versions():
            raise LedgerError(
                "was written by a newer treadlight",
                field="ledger",
                value=f"{database.name} (schema {current})",
                remedy="upgrade treadlight: pip install -U treadlight",
            )
        else:
            upgrade(connection)
    return VERSION


def _use_wal(database: Database) -> None:
    """Readers and a writer side by side; the switch itself needs the file for a moment, without a busy handler."""
    for attempt in range(200):
        try:
            with database.engine.connect() as connection:
                raw = connection.connection.dbapi_connection
                assert raw is not None
                raw.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or attempt == 199:
                raise
            time.sleep(0.02)


def _current(connection: Connection) -> str | None:
    """Revision of the schema; empty before the first, None where there is no such table."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    return str(row[0]) if row else ""


def _create(connection: Connection, name: str) -> None:
    tables = inspect(connection).get_table_names()
    if tables:
        raise LedgerError(
            f"is no ledger, it holds the table {tables[0]}", field="ledger", value=name, remedy="give another path"
        )
    metadata.create_all(connection)
    connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    connection.execute(text("INSERT INTO alembic_version VALUES (:v)"), {"v": VERSION})


def upgrade(connection: Connection, to: str = "head") -> None:
    """Run the migrations up to a revision, inside the connection's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)
