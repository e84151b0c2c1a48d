"""Members: people with their role and the projects they may see; a provider vouches for who they are."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_hex

from sqlalchemy import Connection, Row, and_, delete, insert, or_, select, update

from treadlight.core.errors import InputError, NotFoundError
from treadlight.ledger.access.schema import member, session
from treadlight.ledger.access.tokens import check_projects, projects_of, projects_text
from treadlight.ledger.codec import stamp
from treadlight.ledger.database import Database

__all__ = ["ROLES", "SEE_ALL", "Member", "Members"]

ROLES = ("member", "lead", "auditor", "admin")
SEE_ALL = ("auditor", "admin")
"""Roles that see all projects."""


@dataclass(frozen=True, slots=True)
class Member:
    """One person; `projects` None: all, as auditors and admins always see.

    Without `issuer`, they were named but have not signed in yet.
    """

    id: str
    issuer: str
    subject: str
    email: str
    name: str
    role: str
    projects: frozenset[str] | None
    created_at: str
    seen_at: str
    removed_at: str | None = None


class Members:
    """The members of one database."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database, self._now = database, now

    def seen(
        self, issuer: str, subject: str, email: str, name: str, role: str, projects: frozenset[str] | None
    ) -> Member:
        """The person whom a provider names so; a new one gets this role and these projects.

        Somebody who was added by their e-mail, which the provider has verified, is that person from then on.
        """
        now = stamp(self._now())
        same = (member.c.issuer == issuer, member.c.subject == subject)
        with self._database.writing() as connection:
            there = connection.scalar(select(member.c.id).where(*same))
            said = {"email": email, "name": name, "seen_at": now}
            waits = _waiting(connection, email) if there is None and email else None
            if waits is not None:
                is_now = {"issuer": issuer, "subject": subject}
                connection.execute(update(member).where(member.c.id == waits).values(is_now | said))
            elif there is None:
                fixed = {"id": token_hex(6), "issuer": issuer, "subject": subject, "created_at": now}
                granted = {"role": role, "projects": projects_text(None if role in SEE_ALL else projects)}
                connection.execute(insert(member).values(fixed | granted | said))
            else:
                connection.execute(update(member).where(*same).values(said))
        with self._database.reading() as connection:
            row = connection.execute(select(member).where(*same)).one()
        return _member(row)

    def add(self, email: str, role: str, projects: frozenset[str] | None) -> Member:
        """Somebody by their e-mail, before or after they sign in; whoever was removed is a member again.

        Raises
        ------
        InputError
            If this is no e-mail, there is no such role or it is not for some projects, or they are a member already.
        """
        address = email.strip().lower()
        if address.count("@") != 1 or address.startswith("@") or address.endswith("@") or not _plain(address):
            raise InputError("is no e-mail address", field="email", value=email, remedy="write ada@example.org")
        _check_role(role)
        granted = {"role": role, "projects": _checked(role, projects), "removed_at": None}
        with self._database.writing() as connection:
            there = connection.execute(select(member).where(member.c.email == address)).first()
            if there is not None and there.removed_at is None:
                remedy = "change their role instead"
                raise InputError("is a member already", field="email", value=address, remedy=remedy)
            ident = token_hex(6) if there is None else str(there.id)
            if there is None:
                now = stamp(self._now())
                fixed = {"id": ident, "issuer": "", "subject": f"email:{address}", "created_at": now, "seen_at": ""}
                connection.execute(insert(member).values({**fixed, "email": address, "name": "", **granted}))
            else:
                connection.execute(update(member).where(member.c.id == ident).values(granted))
        return self.get(ident)

    def all(self, *, removed: bool = False) -> list[Member]:
        """Every member, by e-mail; with `removed` also those who are one no longer."""
        query = select(member).order_by(member.c.email, member.c.id)
        query = query if removed else query.where(member.c.removed_at.is_(None))
        with self._database.reading() as connection:
            return [_member(row) for row in connection.execute(query)]

    def get(self, ident: str) -> Member:
        """The member with this id or e-mail, also one who was removed.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        named = or_(member.c.id == ident, and_(member.c.email == ident.strip().lower(), member.c.email != ""))
        with self._database.reading() as connection:
            rows = connection.execute(select(member).where(named)).all()
        if len(rows) != 1:
            what = "several members have it" if rows else "no such member"
            raise NotFoundError(what, field="member", value=ident, remedy="see `treadlight member list` for ids")
        return _member(rows[0])

    def grant(self, ident: str, role: str, projects: frozenset[str] | None) -> Member:
        """Give a member a role and the projects they may see.

        Raises
        ------
        InputError
            If there is no such role or it is not for some projects, or nobody would be an admin any more.
        """
        _check_role(role)
        where = _checked(role, projects)
        found = self.get(ident)
        with self._database.writing() as connection:
            if role != "admin":
                _check_last(connection, found.id)
            wanted = update(member).where(member.c.id == found.id)
            connection.execute(wanted.values(role=role, projects=where))
        return self.get(found.id)

    def remove(self, ident: str) -> Member:
        """Let somebody in no longer, whatever the provider says of them, and end their sign-ins.

        Raises
        ------
        InputError
            If nobody would be an admin any more.
        """
        found = self.get(ident)
        with self._database.writing() as connection:
            _check_last(connection, found.id)
            wanted = update(member).where(member.c.id == found.id, member.c.removed_at.is_(None))
            connection.execute(wanted.values(removed_at=stamp(self._now())))
            connection.execute(delete(session).where(session.c.subject == f"member:{found.id}"))
        return self.get(found.id)


def _plain(text: str) -> bool:
    return text.isprintable() and not any(c.isspace() or c in ",;<>" for c in text)


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise InputError("unknown role", field="role", value=role, remedy=f"use one of {', '.join(ROLES)}")


def _checked(role: str, projects: frozenset[str] | None) -> str | None:
    """Projects as they are stored, if somebody in this role can be limited to them."""
    check_projects(projects)
    if role in SEE_ALL and projects:
        remedy = f"name no projects, or give the role lead: every {role} sees all projects"
        raise InputError("is of all projects", field="role", value=role, remedy=remedy)
    return projects_text(None if role in SEE_ALL else projects)


def _check_last(connection: Connection, ident: str) -> None:
    """Refuse to take the role from the last admin; nobody else writes while this is looked at."""
    query = select(member.c.id).where(member.c.role == "admin", member.c.removed_at.is_(None))
    if [str(row[0]) for row in connection.execute(query)] == [ident]:
        raise InputError("is the last admin", field="member", value=ident, remedy="make somebody else an admin first")


def _waiting(connection: Connection, email: str) -> str | None:
    """Id of somebody who was added by this e-mail and has not signed in yet."""
    found = connection.scalar(select(member.c.id).where(member.c.issuer == "", member.c.email == email))
    return None if found is None else str(found)


def _member(row: Row[tuple[object, ...]]) -> Member:
    r = row._mapping
    projects = None if r["role"] in SEE_ALL else projects_of(r["projects"])
    return Member(
        r["id"], r["issuer"], r["subject"], r["email"], r["name"], r["role"], projects, r["created_at"], r["seen_at"],
        r["removed_at"],
    )  # fmt: skip
