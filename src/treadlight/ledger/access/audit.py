"""The audit log: who did what, with what, and from where."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from treadlight.ledger.access.schema import audit
from treadlight.ledger.codec import stamp
from treadlight.ledger.database import Database

__all__ = ["Audit", "Deed", "note"]

_INSERT = "INSERT INTO audit (at, actor, action, target, detail, address) VALUES (?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Deed:
    """One line of the log."""

    number: int
    at: str
    actor: str
    action: str
    target: str
    detail: str
    address: str


class Audit:
    """The audit log of one database; nothing is ever taken from it."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database, self._now = database, now

    def add(self, actor: str, action: str, target: str = "", detail: str = "", address: str = "") -> None:
        """Write down that `actor` did `action`, such as ``token.create``, to `target`."""
        with self._database.writing() as connection:
            note(connection, actor, action, target, detail, address, at=self._now())

    def newest(self, limit: int = 100, before: int | None = None) -> list[Deed]:
        """The newest lines, or those before a number; newest first."""
        query = select(audit).order_by(audit.c.number.desc()).limit(limit)
        if before is not None:
            query = query.where(audit.c.number < before)
        with self._database.reading() as connection:
            return [Deed(*row) for row in connection.execute(query)]


def note(
    connection: Connection,
    actor: str,
    action: str,
    target: str = "",
    detail: str = "",
    address: str = "",
    *,
    at: datetime | None = None,
) -> None:
    """Write a line within a transaction that does what the line says."""
    row = (stamp(at or datetime.now(UTC)), actor, action, target, detail, address)
    connection.exec_driver_sql(_INSERT.replace("?", "%s") if connection.dialect.name != "sqlite" else _INSERT, row)
