"""Tokens: shown once, kept as a hash, with scopes, projects, an end, and revocable at once."""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from secrets import token_hex, token_urlsafe

import msgspec
from sqlalchemy import Row, insert, select, update

from treadlight.core.errors import InputError, NotFoundError
from treadlight.ledger.access.schema import token
from treadlight.ledger.codec import stamp
from treadlight.ledger.database import Database

__all__ = ["PREFIX", "SCOPES", "Token", "Tokens", "check_projects", "projects_of", "projects_text"]

PREFIX = "tlt_"
"""How every token begins, so that scanners for leaked secrets can find one."""
SCOPES = ("ingest", "read", "write", "admin")


def check_projects(projects: frozenset[str] | None) -> None:
    """Refuse what is no name of a project.

    Raises
    ------
    InputError
        Naming it.
    """
    for name in sorted(projects or ()):
        if not name.strip() or not name.isprintable():
            raise InputError("is no name of a project", field="project", value=name, remedy="name it, or say all")


def projects_text(projects: frozenset[str] | None) -> str | None:
    """Projects as they are stored; None: all."""
    return None if projects is None else msgspec.json.encode(sorted(projects)).decode()


def projects_of(text: str | None) -> frozenset[str] | None:
    """Projects as they were stored."""
    return None if text is None else frozenset(msgspec.json.decode(text, type=list[str]))


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of a token; `projects` None: all. Times as text in UTC; None: never.

    An admin is one of the whole server: a token for some projects never has the scope ``admin``.
    """

    id: str
    name: str
    scopes: tuple[str, ...]
    projects: frozenset[str] | None
    created_at: str
    created_by: str
    expires_at: str | None
    revoked_at: str | None
    used_at: str | None

    def state(self, now: datetime) -> str:
        """``active``, ``expired`` or ``revoked``."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= stamp(now) else "active"


class Tokens:
    """The tokens of one database."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database, self._now = database, now

    def create(
        self,
        name: str,
        scopes: Sequence[str],
        projects: frozenset[str] | None,
        expires_at: datetime | None,
        by: str,
    ) -> tuple[Token, str]:
        """A new token and its secret, which can never be seen again.

        Raises
        ------
        InputError
            If it has no name, no scope, an unknown scope, or an end that is past; if it is for no project, or for some
            and an admin's.
        """
        self._check(name, scopes, expires_at)
        _check_reach(scopes, projects)
        ident, secret = token_hex(6), token_urlsafe(32)
        row = {
            "id": ident,
            "name": name,
            "hash": _hash(secret),
            "scopes": ",".join(s for s in SCOPES if s in scopes),
            "projects": projects_text(projects),
            "created_at": stamp(self._now()),
            "created_by": by,
            "expires_at": stamp(expires_at) if expires_at else None,
        }
        with self._database.writing() as connection:
            connection.execute(insert(token).values(row))
        return self.get(ident), f"{PREFIX}{ident}_{secret}"

    def _check(self, name: str, scopes: Sequence[str], expires_at: datetime | None) -> None:
        if not name.strip() or not name.isprintable():
            raise InputError("is no name", field="name", value=name, remedy="say what the token is for")
        for scope in scopes or ("",):
            if scope not in SCOPES:
                remedy = f"use some of {', '.join(SCOPES)}"
                raise InputError("unknown scope", field="scope", value=scope, remedy=remedy)
        if expires_at is not None and expires_at <= self._now():
            raise InputError("is past", field="expires", value=stamp(expires_at), remedy="give a later time")

    def all(self) -> list[Token]:
        """Every token, newest first, also those that no longer hold."""
        with self._database.reading() as connection:
            rows = connection.execute(select(token).order_by(token.c.created_at.desc(), token.c.id)).all()
        return [_token(row) for row in rows]

    def get(self, ident: str) -> Token:
        """The token with this id.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        with self._database.reading() as connection:
            row = connection.execute(select(token).where(token.c.id == ident)).first()
        if row is None:
            raise NotFoundError("no such token", field="token", value=ident, remedy="see `treadlight token list`")
        return _token(row)

    def revoke(self, ident: str) -> Token:
        """Make a token useless from now on; doing it again changes nothing."""
        self.get(ident)
        wanted = update(token).where(token.c.id == ident, token.c.revoked_at.is_(None))
        with self._database.writing() as connection:
            connection.execute(wanted.values(revoked_at=stamp(self._now())))
        return self.get(ident)

    def find(self, text: str) -> Token | None:
        """The token that this secret is of, whatever its state; None where it is of none."""
        ident, _, secret = text.removeprefix(PREFIX).partition("_")
        if not text.startswith(PREFIX) or not ident.isalnum() or not secret:
            return None
        with self._database.reading() as connection:
            row = connection.execute(select(token).where(token.c.id == ident)).first()
        if row is None or not hmac.compare_digest(str(row.hash).encode(), _hash(secret).encode()):
            return None
        return _token(row)

    def used(self, ident: str) -> None:
        """Remember that a token was used just now."""
        with self._database.writing() as connection:
            connection.execute(update(token).where(token.c.id == ident).values(used_at=stamp(self._now())))

    def exist(self) -> bool:
        """Whether some token still holds."""
        now = self._now()
        return any(found.state(now) == "active" for found in self.all())


def _check_reach(scopes: Sequence[str], projects: frozenset[str] | None) -> None:
    """Refuse an admin of some projects: who makes tokens and members, and publishes, does so for all of them."""
    check_projects(projects)
    if projects is not None and not projects:
        raise InputError("is missing", field="project", remedy="name the projects it is for, or say all")
    if projects is not None and "admin" in scopes:
        remedy = "give it all projects, or the scopes ingest, read and write"
        raise InputError("is of all projects", field="scope", value="admin", remedy=remedy)


def _scopes(text: str, projects: frozenset[str] | None) -> tuple[str, ...]:
    """Scopes as they were stored; older versions made admins of some projects, who may do all else there."""
    found = tuple(text.split(","))
    return SCOPES[:-1] if projects is not None and "admin" in found else found


def _hash(secret: str) -> str:
    """A secret of 256 random bits needs no slow hash."""
    return sha256(secret.encode()).hexdigest()


def _token(row: Row[tuple[object, ...]]) -> Token:
    r = row._mapping
    projects = projects_of(r["projects"])
    return Token(
        r["id"], r["name"], _scopes(r["scopes"], projects), projects, r["created_at"], r["created_by"],
        r["expires_at"], r["revoked_at"], r["used_at"],
    )  # fmt: skip
