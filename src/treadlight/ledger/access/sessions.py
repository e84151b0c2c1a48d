"""Sign-ins: a random cookie whose hash is kept, until it ends or is given up."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe

from sqlalchemy import delete, insert, select

from treadlight.ledger.access.schema import session
from treadlight.ledger.codec import stamp
from treadlight.ledger.database import Database

__all__ = ["Sessions"]


class Sessions:
    """The sign-ins of one database, finished (``member:…``, ``token:…``) or under way (``signin``)."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database, self._now = database, now

    def begin(self, subject: str, lasts: timedelta, data: str = "") -> str:
        """The cookie of a new sign-in; those that have ended are forgotten."""
        cookie = token_urlsafe(32)
        now = self._now()
        with self._database.writing() as connection:
            connection.execute(delete(session).where(session.c.expires_at <= stamp(now)))
            row = {"hash": _hash(cookie), "subject": subject, "data": data, "expires_at": stamp(now + lasts)}
            connection.execute(insert(session).values(row))
        return cookie

    def find(self, cookie: str) -> tuple[str, str] | None:
        """Subject and data of a sign-in that has not ended."""
        holds = (session.c.hash == _hash(cookie), session.c.expires_at > stamp(self._now()))
        with self._database.reading() as connection:
            row = connection.execute(select(session.c.subject, session.c.data).where(*holds)).first()
        return None if row is None else (str(row[0]), str(row[1]))

    def end(self, cookie: str) -> None:
        """Give up a sign-in."""
        with self._database.writing() as connection:
            connection.execute(delete(session).where(session.c.hash == _hash(cookie)))


def _hash(cookie: str) -> str:
    return sha256(cookie.encode()).hexdigest()
