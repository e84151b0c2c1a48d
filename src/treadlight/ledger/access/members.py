"""Members: people whom a provider vouches for, with their role and the projects they may see."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_hex

from sqlalchemy import Row, insert, select, update

from treadlight.core.errors import InputError, NotFoundError
from treadlight.ledger.access.schema import member
from treadlight.ledger.access.tokens import projects_of, projects_text
from treadlight.ledger.codec import stamp
from treadlight.ledger.database import Database

__all__ = ["ROLES", "Member", "Members"]

ROLES = ("member", "lead", "auditor", "admin")


@dataclass(frozen=True, slots=True)
class Member:
    """One person; `projects` None: all."""

    id: str
    issuer: str
    subject: str
    email: str
    name: str
    role: str
    projects: frozenset[str] | None
    created_at: str
    seen_at: str


class Members:
    """The members of one database."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database, self._now = database, now

    def seen(
        self, issuer: str, subject: str, email: str, name: str, role: str, projects: frozenset[str] | None
    ) -> Member:
        """The person whom a provider names so; a new one gets this role and these projects."""
        now = stamp(self._now())
        same = (member.c.issuer == issuer, member.c.subject == subject)
        with self._database.writing() as connection:
            there = connection.scalar(select(member.c.id).where(*same))
            said = {"email": email, "name": name, "seen_at": now}
            if there is None:
                fixed = {"id": token_hex(6), "issuer": issuer, "subject": subject, "created_at": now}
                granted = {"role": role, "projects": projects_text(projects)}
                connection.execute(insert(member).values(fixed | granted | said))
            else:
                connection.execute(update(member).where(*same).values(said))
        with self._database.reading() as connection:
            row = connection.execute(select(member).where(*same)).one()
        return _member(row)

    def all(self) -> list[Member]:
        """Every member, by e-mail."""
        with self._database.reading() as connection:
            return [_member(row) for row in connection.execute(select(member).order_by(member.c.email, member.c.id))]

    def get(self, ident: str) -> Member:
        """The member with this id.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        with self._database.reading() as connection:
            row = connection.execute(select(member).where(member.c.id == ident)).first()
        if row is None:
            raise NotFoundError("no such member", field="member", value=ident, remedy="see the list of members")
        return _member(row)

    def grant(self, ident: str, role: str, projects: frozenset[str] | None) -> Member:
        """Give a member a role and the projects they may see.

        Raises
        ------
        InputError
            If there is no such role.
        """
        if role not in ROLES:
            raise InputError("unknown role", field="role", value=role, remedy=f"use one of {', '.join(ROLES)}")
        self.get(ident)
        with self._database.writing() as connection:
            wanted = update(member).where(member.c.id == ident)
            connection.execute(wanted.values(role=role, projects=projects_text(projects)))
        return self.get(ident)


def _member(row: Row[tuple[object, ...]]) -> Member:
    r = row._mapping
    return Member(
        r["id"], r["issuer"], r["subject"], r["email"], r["name"], r["role"], projects_of(r["projects"]),
        r["created_at"], r["seen_at"],
    )  # fmt: skip
