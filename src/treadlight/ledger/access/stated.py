"""What people state: facts of sites and projects, and what is published, each with who said so, when, and from where.

Nothing is overwritten: a new statement follows the old one, and the newest holds. Subjects are written ``site:paris``,
``project:vision`` or ``public:page``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, func, insert, inspect, select

from treadlight.core.errors import InputError
from treadlight.ledger.access.audit import note
from treadlight.ledger.access.schema import stated
from treadlight.ledger.codec import stamp
from treadlight.ledger.database import Database

__all__ = ["KINDS", "Fact", "Stated"]

KINDS = ("site", "project", "public")
"""Kinds of subjects."""
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement; `value` None: taken back."""

    number: int
    subject: str
    key: str
    value: str | None
    source: str
    at: str
    actor: str

    @property
    def name(self) -> str:
        """What it is about, without its kind."""
        return self.subject.partition(":")[2]


class Stated:
    """The statements of one database."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database, self._now = database, now
        self._there = False

    def of(self, kind: str) -> list[Fact]:
        """Statements that hold about subjects of a kind, by subject and key."""
        newest = select(func.max(stated.c.number)).where(stated.c.subject.startswith(f"{kind}:", autoescape=True))
        newest = newest.group_by(stated.c.subject, stated.c.key)
        query = select(stated).where(stated.c.number.in_(newest), stated.c.value.is_not(None))
        return self._facts(query.order_by(stated.c.subject, stated.c.key))

    def history(self, subject: str, limit: int = 100) -> list[Fact]:
        """Everything ever stated of a subject, newest first."""
        query = select(stated).where(stated.c.subject == subject)
        return self._facts(query.order_by(stated.c.number.desc()).limit(limit))

    def mark(self) -> int:
        """Number of the newest statement; another one whenever something was stated."""
        found = self._facts(select(stated).order_by(stated.c.number.desc()).limit(1))
        return found[0].number if found else 0

    def state(
        self,
        subject: str,
        facts: Mapping[str, str | None],
        source: str,
        actor: str,
        address: str = "",
    ) -> list[str]:
        """State facts of a subject, all or none, with a line of the audit log; the keys that changed.

        What holds already, from the same source, is not stated again.

        Raises
        ------
        InputError
            If the subject, a value or the source cannot be kept.
        """
        _check(subject, facts, source)
        with self._database.writing() as connection:
            query = select(stated).where(stated.c.subject == subject).order_by(stated.c.number)
            before = {row.key: (row.value, row.source) for row in connection.execute(query)}
            news = {k: v for k, v in facts.items() if _differs(before.get(k, (None, "")), v, source)}
            at = stamp(self._now())
            for key, value in news.items():
                row = {"subject": subject, "key": key, "value": value, "source": source, "at": at, "actor": actor}
                connection.execute(insert(stated).values(row))
            if news:
                kind, _, name = subject.partition(":")
                told = ", ".join(f"{k} {'taken back' if v is None else v}" for k, v in news.items())
                note(connection, actor, f"{kind}.state", name, told, address, at=self._now())
        return list(news)

    def _facts(self, query: Select[Any]) -> list[Fact]:
        with self._database.reading() as connection:
            if not self._there:  # an older ledger that cannot be written has no such table
                self._there = inspect(connection).has_table("stated")
            return [Fact(*row) for row in connection.execute(query)] if self._there else []


def _differs(before: tuple[str | None, str], value: str | None, source: str) -> bool:
    return before[0] is not None if value is None else before != (value, source)


def _check(subject: str, facts: Mapping[str, str | None], source: str) -> None:
    kind, _, name = subject.partition(":")
    if kind not in KINDS or not name.strip() or name != name.strip():
        raise InputError("is no name", field=kind or "subject", value=name, remedy="write a name, such as paris")
    for field, text in ((kind, name), ("source", source), *facts.items()):
        if text is not None and (len(text) > _LONGEST or not text.isprintable()):
            remedy = f"write one line of {_LONGEST} characters at most"
            raise InputError("cannot be kept", field=field, value=text[:60], remedy=remedy)
