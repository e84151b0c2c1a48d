"""Connections to the ledger's database, and its errors in our words."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DataError, DBAPIError

from treadlight.core.errors import InputError, LedgerError, MissingExtraError
from treadlight.ledger.address import read_address, secrets_of, shown

__all__ = ["Database"]

_BUSY_S = 60.0
_LOCK_KEY = 0x74726C67  # "trlg": the advisory lock that orders writers on PostgreSQL
_PRAGMAS = (
    "synchronous=FULL",  # what was acknowledged survives a power cut too: absorbed journals are packed away
    "temp_store=MEMORY",
    "wal_autocheckpoint=8192",  # pages; each checkpoint rewrites and syncs the file, so let them be few
)
_WRITING_CACHE = "cache_size=-65536"  # KiB; a scan that only reads pays more to fill it than it ever gets back
_REMEDIES = (
    (
        ("disk is full", "disk i/o error", "no space left", "file too large"),
        "free some space; nothing was half-written",
    ),
    (("readonly", "read-only", "permission denied"), "make it writable, or set TREADLIGHT_LEDGER to another ledger"),
    (("unable to open",), "create its directory, or set TREADLIGHT_LEDGER to another ledger"),
    (("locked",), "another process has held it for a minute; try again"),
    (("malformed", "not a database", "can't decode"), "the file is damaged; restore it from a copy or an export"),
    (("connection", "could not translate", "authentication"), "check the URL and that the server is up"),
)


class Database:
    """One SQLite file, or one PostgreSQL database.

    Parameters
    ----------
    url_or_path
        A file, or a URL ``sqlite:///…`` or ``postgresql://…``.
    """

    def __init__(self, url_or_path: str | Path) -> None:
        url = read_address(url_or_path)
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self.name = str(url_or_path) if self.is_sqlite and not url.query else shown(url)
        self._secrets = secrets_of(url)
        self.path = Path(url.database or "") if self.is_sqlite else None
        self.engine = self._sqlite() if self.path else self._postgres(url)

    def _sqlite(self) -> Engine:
        path = self.path
        assert path is not None
        folder = path.parent
        if not folder.is_dir():
            raise LedgerError(
                "its directory does not exist", field="ledger", value=str(path), remedy=f"create it: mkdir -p {folder}"
            )
        if path.is_dir():
            raise LedgerError("is a directory", field="ledger", value=str(path), remedy="give the path of a file")
        if not path.exists() and not os.access(folder, os.W_OK):
            raise LedgerError(
                "cannot be created, its directory is read-only",
                field="ledger",
                value=str(path),
                remedy="make it writable, or set TREADLIGHT_LEDGER to another ledger",
            )
        engine = create_engine("sqlite://", creator=lambda: _open_file(path), poolclass=QueuePool)
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        return engine

    def _postgres(self, url: URL) -> Engine:
        try:
            return create_engine(url, pool_pre_ping=True)  # a connection may have died with its server
        except ModuleNotFoundError:
            raise MissingExtraError("psycopg", "postgres", "a ledger on PostgreSQL") from None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the ledger; errors in our words."""
        with self.errors(), self.snapshot() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A transaction that sees one state of the ledger."""
        with self.engine.connect() as connection:
            if not self.is_sqlite:  # which gives each statement a state of its own unless told otherwise
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self, *, lazily: bool = False) -> Iterator[Connection]:
        """A transaction that is the only writer; committed at its end, undone if anything is raised.

        Parameters
        ----------
        lazily
            Do not wait for the disk: others see it at once, but it survives a power cut only after `sync`.
        """
        options = {"treadlight_write": "NORMAL" if lazily else "FULL"}
        with self.errors(), self.engine.connect().execution_options(**options) as c, c.begin():
            if not self.is_sqlite:
                c.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK_KEY})")
                if lazily:
                    c.exec_driver_sql("SET LOCAL synchronous_commit = off")
            yield c

    def sync(self) -> None:
        """Wait until everything that was committed so far is on disk.

        Notes
        -----
        SQLite: its log is synced; what has left the log was synced by the checkpoint that took it. PostgreSQL: a
        transaction that waits for the disk takes all those before it along.
        """
        with self.errors():
            if self.path is None:
                with self.engine.connect() as connection, connection.begin():
                    connection.exec_driver_sql("SELECT pg_logical_emit_message(true, 'treadlight', '')")
                return
            try:
                fd = os.open(f"{self.path}-wal", os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                return  # a checkpoint took everything
            try:
                os.fdatasync(fd)
            except OSError as error:
                raise LedgerError(
                    f"the disk does not take what was written ({error.strerror})",
                    field="ledger",
                    value=self.name,
                    remedy="free some space, and look at the disk",
                ) from None
            finally:
                os.close(fd)

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn what the driver raises into a LedgerError with a remedy; a value it cannot keep into an InputError."""
        try:
            yield
        except DataError as error:
            text = self._said(error.orig)
            raise InputError(f"the database says: {text}", field="ledger", remedy="give another value") from None
        except (DBAPIError, sqlite3.Error, UnicodeDecodeError) as error:  # the last: damaged text in a message
            text = self._said(getattr(error, "orig", error))
            found = [remedy for words, remedy in _REMEDIES if any(w in text.lower() for w in words)]
            remedy = found[0] if found else "see the message of the database"
            raise LedgerError(f"the database says: {text}", field="ledger", value=self.name, remedy=remedy) from None

    def _said(self, error: object) -> str:
        """What the driver says, in one line; never a password, whatever it repeats of the address."""
        text = " ".join(str(error).split())
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _open_file(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(_sqlite_name(path), timeout=_BUSY_S, uri=True, check_same_thread=False)


def _sqlite_name(path: Path) -> str:
    """URI of a file; where it cannot be written, it is opened so that it need not be."""
    uri = "file:" + quote(os.fsencode(path.absolute()))
    if not path.exists() or (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        return uri
    log = Path(f"{path}-wal")
    return uri + ("?mode=ro" if log.exists() and log.stat().st_size else "?immutable=1")


def _prepare(connection: object, _: object) -> None:
    connection.isolation_level = None  # type: ignore[attr-defined]  # we begin transactions ourselves
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("treadlight_write")
    if write:
        connection.exec_driver_sql(f"PRAGMA {_WRITING_CACHE}")
        connection.exec_driver_sql(f"PRAGMA synchronous={write}")
    # A deferred transaction that reads the chain's end and then writes fails at once when another wrote in between.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
