"""Appending: each new item becomes a chained entry and a row of its query table, in one transaction."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, delete, func, insert, select, update

from treadlight.core.activity import Activity
from treadlight.core.errors import InputError
from treadlight.ledger.chain import GENESIS, link
from treadlight.ledger.codec import Item, body_of, item_of, kind_of, stamp
from treadlight.ledger.records import Run
from treadlight.ledger.rows import activity_row, part_row, profile_key, run_row, table_of
from treadlight.ledger.schema import PROFILE_COLUMNS, activity, correction, entry, metadata, part, profile, run

__all__ = ["Appended", "Appender", "Encoded", "chunks", "encode"]

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


@dataclass(frozen=True, slots=True)
class Encoded:
    """An item and its canonical JSON, made before the ledger is locked."""

    item: Item
    kind: str
    body: str


def encode(item: Item) -> Encoded:
    """`item` ready to be appended.

    Raises
    ------
    InputError
        If it cannot be kept so that it can be read again.
    """
    if isinstance(item, Activity) and item.supersedes == item.id:
        raise InputError("supersedes itself", field="supersedes", value=item.id, remedy="name the activity it replaces")
    kind, body = kind_of(item), body_of(item)
    if not isinstance(item, Activity):
        item_of(kind, body)  # refuses what could be written and never be read again
    return Encoded(item, kind, body)


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

    def __init__(self, connection: Connection, profiles: dict[tuple[Any, ...], int], any_version: bool = False) -> None:
        self._connection = connection
        self._profiles = profiles
        self.new_profiles: dict[tuple[Any, ...], int] = {}
        self._any_version = any_version
        last = connection.execute(select(entry.c.seq, entry.c.hash).order_by(entry.c.seq.desc()).limit(1)).first()
        self._seq, self._hash = (int(last[0]), str(last[1])) if last else (0, GENESIS)
        self._at = stamp(datetime.now(UTC))
        self._next_profile: int | None = None

    def add(self, batch: Sequence[Encoded]) -> Appended:
        """Append what is new of a batch."""
        total = Appended()
        for chunk in chunks(batch):
            total += self._chunk(chunk)
        return total

    def _chunk(self, chunk: Sequence[Encoded]) -> Appended:
        known = self._known([e.item.id for e in chunk])
        fresh: dict[str, tuple[int, Encoded]] = {}
        rows: list[dict[str, Any]] = []
        skipped = again = 0
        for e in chunk:
            versions = known.setdefault(e.item.id, [])
            if versions and versions[-1][0] != e.kind:
                raise InputError("is the id of another kind", field=e.kind, value=e.item.id, remedy="use a fresh id")
            if any(body == e.body for _, body in (versions if self._any_version else versions[-1:])):
                skipped += 1
                continue
            rows.append(self._entry(e))
            again += bool(versions)
            fresh[e.item.id] = (self._seq, e)
            versions.append((e.kind, e.body))
        if not rows:
            return Appended(skipped=skipped)
        replaced = [ident for ident in fresh if len(known[ident]) > 1]
        self._connection.execute(insert(entry), rows)
        self._forget(replaced, fresh)
        self._stand(list(fresh.values()))
        self._settle(list(fresh.values()))
        return Appended(len(rows), skipped, again)

    def _known(self, ids: list[str]) -> dict[str, list[tuple[str, str]]]:
        query = select(entry.c.id, entry.c.kind, entry.c.body).where(entry.c.id.in_(ids)).order_by(entry.c.seq)
        found: dict[str, list[tuple[str, str]]] = {}
        for ident, kind, body in self._connection.execute(query):
            found.setdefault(ident, []).append((kind, body))
        return found

    def _entry(self, e: Encoded) -> dict[str, Any]:
        prev, self._seq = self._hash, self._seq + 1
        self._hash = link(prev, self._seq, self._at, e.item.id, e.kind, e.body)
        return {
            "seq": self._seq, "at": self._at, "id": e.item.id, "kind": e.kind, "body": e.body,
            "prev": prev, "hash": self._hash,
        }  # fmt: skip

    def _forget(self, ids: list[str], fresh: dict[str, tuple[int, Encoded]]) -> None:
        """Remove the rows of versions that no longer stand."""
        if not ids:
            return
        for name in {table_of(fresh[i][1].kind) for i in ids}:
            self._connection.execute(delete(metadata.tables[name]).where(metadata.tables[name].c.id.in_(ids)))
        freed = select(correction.c.supersedes).where(correction.c.id.in_(ids))
        before = list(self._connection.scalars(freed))
        if before:
            self._connection.execute(delete(correction).where(correction.c.id.in_(ids)))
            self._flag(before)

    def _stand(self, entries: list[tuple[int, Encoded]]) -> None:
        """Write the rows of the versions that now stand."""
        activities = [(seq, e.item) for seq, e in entries if isinstance(e.item, Activity)]
        runs = [run_row(seq, e.item) for seq, e in entries if isinstance(e.item, Run)]
        parts = [part_row(seq, e.item) for seq, e in entries if not isinstance(e.item, Activity | Run)]
        rows = [
            activity_row(seq, a) | {"profile": self._profile(profile_key(a)), "superseded": 0} for seq, a in activities
        ]
        for table, values in ((activity, rows), (run, runs), (part, parts)):
            if values:
                self._connection.execute(insert(table), values)

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
        activities = [(seq, e.item) for seq, e in entries if isinstance(e.item, Activity)]
        news = [{"seq": s, "id": a.id, "supersedes": a.supersedes} for s, a in activities if a.supersedes]
        if news:
            self._connection.execute(insert(correction), news)
            for row in news:
                self._refuse_circle(str(row["id"]), str(row["supersedes"]))
            self._flag([str(row["supersedes"]) for row in news])
        waiting = select(correction.c.supersedes).where(correction.c.supersedes.in_([a.id for _, a in activities]))
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
            replaced = select(correction.c.supersedes).where(correction.c.supersedes.in_(chunk))
            here = activity.c.id.in_(chunk)
            self._connection.execute(update(activity).where(here).values(superseded=0))
            self._connection.execute(update(activity).where(here, activity.c.id.in_(replaced)).values(superseded=1))
