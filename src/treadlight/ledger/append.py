"""Appending: each new item becomes a chained entry and a row of its query table, in one transaction."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, delete, func, insert, select, update

from treadlight.core.errors import InputError
from treadlight.ledger.bulk import insert_rows, known_ids
from treadlight.ledger.chain import GENESIS, link
from treadlight.ledger.codec import stamp
from treadlight.ledger.encoded import Encoded
from treadlight.ledger.owner import Owner
from treadlight.ledger.query import numbers_of
from treadlight.ledger.rows import table_of
from treadlight.ledger.schema import PROFILE_COLUMNS, activity, correction, entry, metadata, part, profile, run
from treadlight.ledger.tally import mark_stale

__all__ = ["Appended", "Appender", "chunks"]

_CHUNK = 1000
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Appended:
    """How many items became new entries, were known already, or replaced an earlier version of themselves."""

    appended: int = 0
    skipped: int = 0
    superseded: int = 0

    def __add__(self, other: "Appended") -> "Appended":
        return Appended(
            self.appended + other.appended, self.skipped + other.skipped, self.superseded + other.superseded
        )


def chunks(items: Sequence[_T], size: int = _CHUNK) -> Iterator[Sequence[_T]]:
    """`items` in parts that fit into one statement."""
    for i in range(0, len(items), size):
        yield items[i : i + size]


class Appender:
    """Appends within one write transaction.

    Parameters
    ----------
    profiles
        Numbers of profiles that are known to be stored; `new_profiles` holds what this transaction found besides.
    any_version
        Also skip what an earlier version of an item said, as when a copy of a ledger is imported again.
    """

    def __init__(
        self,
        connection: Connection,
        profiles: dict[tuple[Any, ...], int],
        any_version: bool = False,
    ) -> None:
        self._connection = connection
        self._owner: Owner | None = None
        self._profiles = profiles
        self.new_profiles: dict[tuple[Any, ...], int] = {}
        self._any_version = any_version
        last = connection.execute(select(entry.c.seq, entry.c.hash).order_by(entry.c.seq.desc()).limit(1)).first()
        self._seq, self._hash = (int(last[0]), str(last[1])) if last else (0, GENESIS)
        self._at = stamp(datetime.now(UTC))
        self._next_profile: int | None = None
        self._corrected: bool | None = None

    @property
    def connection(self) -> Connection:
        """The connection whose transaction this is."""
        return self._connection

    @property
    def last(self) -> int:
        """Number of the newest entry."""
        return self._seq

    def add(self, batch: Sequence[Encoded], projects: frozenset[str] | None = None) -> Appended:
        """Append what is new of a batch.

        Parameters
        ----------
        projects
            Only these projects' records may be added, replaced or superseded; None: everybody's.
        """
        self._owner = None if projects is None else Owner(self._connection, projects)
        total = Appended()
        for chunk in chunks(batch):
            total += self._chunk(chunk)
        return total

    def _chunk(self, chunk: Sequence[Encoded]) -> Appended:
        known = self._known([e.id for e in chunk])
        fresh: dict[str, tuple[int, Encoded]] = {}
        rows: list[tuple[Any, ...]] = []
        skipped = again = 0
        for e in chunk:
            versions = known.get(e.id)
            if versions is None:
                versions = known[e.id] = []
            elif versions and self._is_known(e, versions):
                skipped += 1
                continue
            rows.append(self._entry(e))
            again += bool(versions)
            fresh[e.id] = (self._seq, e)
            versions.append((e.kind, e.body))
        if not rows:
            return Appended(skipped=skipped)
        if self._owner is not None:
            self._owner.check([e for _, e in fresh.values()], known)
        replaced = [ident for ident in fresh if len(known[ident]) > 1]
        insert_rows(self._connection, entry, rows)
        self._forget(replaced, fresh)
        self._stand(list(fresh.values()))
        self._settle(list(fresh.values()))
        return Appended(len(rows), skipped, again)

    def _is_known(self, e: Encoded, versions: list[tuple[str, str]]) -> bool:
        """Whether the ledger says this already."""
        if versions[-1][0] != e.kind:
            raise InputError("is the id of another kind", field=e.kind, value=e.id, remedy="use a fresh id")
        if self._owner is not None:
            self._owner.check_version(e, versions[-1][1])
        return any(body == e.body for _, body in (versions if self._any_version else versions[-1:]))

    def _known(self, ids: list[str]) -> dict[str, list[tuple[str, str]]]:
        found: dict[str, list[tuple[str, str]]] = {}
        there = known_ids(self._connection, ids)
        if there:
            query = select(entry.c.id, entry.c.kind, entry.c.body).where(entry.c.id.in_(there)).order_by(entry.c.seq)
            for ident, kind, body in self._connection.execute(query):
                found.setdefault(ident, []).append((kind, body))
        return found

    def _entry(self, e: Encoded) -> tuple[Any, ...]:
        prev, self._seq = self._hash, self._seq + 1
        self._hash = link(prev, self._seq, self._at, e.id, e.kind, e.body)
        return self._seq, self._at, e.id, e.kind, e.body, prev, self._hash

    def _forget(self, ids: list[str], fresh: dict[str, tuple[int, Encoded]]) -> None:
        """Remove the rows of versions that no longer stand."""
        if not ids:
            return
        mark_stale(self._connection, ids)
        for name in {table_of(fresh[i][1].kind) for i in ids}:
            table = metadata.tables[name]
            self._connection.execute(delete(table).where(table.c.seq.in_(numbers_of(ids))))
        freed = select(correction.c.supersedes).where(correction.c.id.in_(ids))
        before = list(self._connection.scalars(freed))
        if before:
            self._connection.execute(delete(correction).where(correction.c.id.in_(ids)))
            self._flag(before)

    def _stand(self, entries: list[tuple[int, Encoded]]) -> None:
        """Write the rows of the versions that now stand."""
        activities, runs, parts = [], [], []
        for seq, e in entries:
            if e.profile is not None:
                activities.append((seq, self._profile(e.profile), *e.row, 0))
            elif e.kind == "run":
                runs.append((seq, *e.row))
            else:
                parts.append((seq, *e.row))
        for table, values in ((activity, activities), (run, runs), (part, parts)):
            insert_rows(self._connection, table, values)

    def _profile(self, key: tuple[Any, ...]) -> int:
        found = self._profiles.get(key) or self.new_profiles.get(key)
        if found is None:
            found = self.new_profiles[key] = self._stored_profile(key)
        return found

    def _stored_profile(self, key: tuple[Any, ...]) -> int:
        named = dict(zip(PROFILE_COLUMNS, key, strict=True))
        same = [profile.c[name] == value for name, value in named.items()]
        found = self._connection.scalar(select(profile.c.id).where(*same))
        if found is not None:
            return int(found)
        if self._next_profile is None:
            self._next_profile = int(self._connection.scalar(select(func.max(profile.c.id))) or 0) + 1
        number, self._next_profile = self._next_profile, self._next_profile + 1
        self._connection.execute(insert(profile).values(id=number, **named))
        return number

    def _settle(self, entries: list[tuple[int, Encoded]]) -> None:
        """Mark what the new activities supersede, and those of them that are superseded already."""
        news = [(seq, e.id, e.supersedes) for seq, e in entries if e.supersedes]
        if news:
            insert_rows(self._connection, correction, news)
            for _, ident, older in news:
                self._refuse_circle(ident, older)
            self._flag([older for _, _, older in news])
            self._corrected = True
        if self._corrected is None:
            self._corrected = self._connection.scalar(select(correction.c.seq).limit(1)) is not None
        if not self._corrected:
            return  # nothing was ever corrected, so nothing waits for its correction
        ids = [e.id for _, e in entries if e.profile is not None]
        waiting = select(correction.c.supersedes).where(correction.c.supersedes.in_(ids))
        self._flag(list(self._connection.scalars(waiting)))

    def _refuse_circle(self, ident: str, older: str) -> None:
        seen = {ident}
        target: str | None = older
        while target is not None:
            if target in seen:
                raise InputError("supersedes itself", field="supersedes", value=ident, remedy="name an older activity")
            seen.add(target)
            target = self._connection.scalar(select(correction.c.supersedes).where(correction.c.id == target))

    def _flag(self, ids: Iterable[str]) -> None:
        """Set whether these activities are superseded."""
        for chunk in chunks(sorted(set(ids))):
            mark_stale(self._connection, chunk)
            replaced = select(correction.c.supersedes).where(correction.c.supersedes.in_(chunk))
            for numbers, mark in ((numbers_of(chunk), 0), (numbers_of(replaced), 1)):
                self._connection.execute(update(activity).where(activity.c.seq.in_(numbers)).values(superseded=mark))
