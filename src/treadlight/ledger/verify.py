"""Verifying a ledger: the chain, and that the query tables say what the entries say."""

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, exists, func, inspect, select, text
from sqlalchemy.exc import DBAPIError

from treadlight.core.activity import Activity
from treadlight.core.errors import InputError
from treadlight.ledger.chain import GENESIS, link
from treadlight.ledger.codec import item_of
from treadlight.ledger.records import Run
from treadlight.ledger.rows import activity_row, part_row, profile_key, run_row
from treadlight.ledger.schema import (
    PROFILE_COLUMNS,
    activity,
    correction,
    entry,
    metadata,
    part,
    profile,
    progress,
    run,
)
from treadlight.ledger.tally import difference

__all__ = ["Verification", "verify", "verify_further"]


@dataclass(frozen=True, slots=True)
class Verification:
    """What verifying found.

    Parameters
    ----------
    ok
        Whether everything is as it was written.
    entries
        How many entries hold; where one is broken, those before it.
    root
        Hash of the last entry that holds: publish it to prove later that nothing before it was changed or removed.
    broken, id, reason
        The first broken entry: its number, its id as stored, and what is wrong.
    """

    ok: bool
    entries: int
    root: str
    broken: int | None = None
    reason: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class _Finding:
    """A broken entry; `prev` is the hash up to which the chain holds."""

    seq: int
    reason: str
    ident: str = ""
    prev: str = GENESIS


class _Broken(Exception):
    def __init__(self, seq: int, reason: str, ident: str, prev: str) -> None:
        self.finding = _Finding(seq, reason, ident, prev)


def verify(connection: Connection, root: str | None = None) -> Verification:
    """Check every entry and every row of the query tables.

    Parameters
    ----------
    root
        A root published earlier: it must still be the hash of some entry. Only this shows that entries at the end
        were removed, or that the whole chain was written anew.

    Notes
    -----
    A broken chain is named before rows of query tables that do not fit, and these before marks that follow from other
    rows: what was changed comes before what only looks wrong because of it.
    """
    seen = _Seen(met=root in (None, GENESIS))
    try:
        try:
            seen.take(_rows(connection), root)
        except DBAPIError:  # SQLite gives rows a thousand at a time, so look for the one it cannot read
            _take_singly(connection, seen)
        entries, last = seen.entries, seen.last
        first = _uncounted(connection, entries, last) or seen.rows or _stray(connection, last) or seen.marks
        if first:
            return _failed(first)
        wrong = _untallied(connection)
        if wrong:
            return Verification(False, entries, last, None, wrong)
    except _Broken as broken:
        return _failed(broken.finding)
    if not seen.met:
        reason = "the published root is not here: entries were removed, or this copy was imported, with its own chain"
        return Verification(False, entries, last, entries + 1, reason)
    damage = _damage(connection)
    return Verification(not damage, entries, last, None, damage)


def verify_further(connection: Connection, entries: int, root: str, most: int) -> Verification:
    """Check what follows a part of the chain that was checked before; what was checked then is not checked again.

    Parameters
    ----------
    entries, root
        How many entries held, and the hash of the last of them.
    most
        Check at most so many entries more.
    """
    stored = connection.scalar(select(entry.c.hash).where(entry.c.seq == entries)) if entries else GENESIS
    if stored != root:
        reason = "the last entry that was checked before is not the same any more"
        return Verification(False, 0, GENESIS, entries, reason)
    seen = _Seen(True, entries, root)
    try:
        seen.take(_rows(connection, after=entries, most=most))
    except _Broken as broken:
        return _failed(broken.finding)
    first = seen.rows or seen.marks
    return _failed(first) if first else Verification(True, seen.entries, seen.last)


@dataclass(slots=True)
class _Seen:
    """How far the entries hold, and the first that does not fit the query tables."""

    met: bool
    entries: int = 0
    last: str = GENESIS
    rows: _Finding | None = None
    marks: _Finding | None = None

    def take(self, rows: Generator[RowMapping, None, None], root: str | None = None) -> None:
        with closing(rows):
            for row in rows:
                item = _check_link(row, self.entries + 1, self.last)
                found, marked = _check_tables(row, item, self.last)
                self.rows, self.marks = self.rows or found, self.marks or marked
                self.entries, self.last = self.entries + 1, row["entry_hash"]
                self.met = self.met or self.last == root


def _take_singly(connection: Connection, seen: _Seen) -> None:
    """Read on one by one, up to the entry that cannot be read; raises _Broken there."""
    while True:
        before = seen.entries
        try:
            seen.take(_rows(connection, before + 1))
        except DBAPIError as error:
            reason = " ".join(str(error.orig).split())
            raise _Broken(before + 1, f"the database cannot read it: {reason}", "", seen.last) from None
        if seen.entries == before:
            raise _Broken(before + 1, "the database cannot find it", "", seen.last)


def _failed(finding: _Finding) -> Verification:
    return Verification(False, max(0, finding.seq - 1), finding.prev, finding.seq, finding.reason, finding.ident)


def _rows(
    connection: Connection, only: int | None = None, *, after: int = 0, most: int | None = None
) -> Generator[RowMapping, None, None]:
    """Every entry (or `only` one, or at most so many `after` one), whether it stands, and its rows in the tables."""
    later = entry.alias("later")
    replaced = exists().where(and_(later.c.id == entry.c.id, later.c.seq > entry.c.seq))
    newer = correction.alias("newer")
    superseded = exists().where(newer.c.supersedes == entry.c.id)
    joined = (
        entry.outerjoin(activity, activity.c.seq == entry.c.seq)
        .outerjoin(profile, profile.c.id == activity.c.profile)
        .outerjoin(correction, correction.c.seq == entry.c.seq)
        .outerjoin(run, run.c.seq == entry.c.seq)
        .outerjoin(part, part.c.seq == entry.c.seq)
    )
    columns = [c.label(f"{table.name}_{c.name}") for table in _TABLES for c in table.c]
    query = select(*columns, replaced.label("replaced"), superseded.label("corrected")).select_from(joined)
    wanted = entry.c.seq > after if only is None else entry.c.seq == only
    query = query.where(wanted).order_by(entry.c.seq).limit(most)
    with connection.execution_options(yield_per=1000).execute(query) as found:
        yield from found.mappings()


_TABLES = (entry, activity, profile, correction, run, part)


def _part(row: Any, table: str) -> dict[str, Any]:
    return {c.name: row[f"{table}_{c.name}"] for c in metadata.tables[table].c}


def _check_link(row: RowMapping, seq: int, prev: str) -> Any:
    """The item of an entry that is sound; raises _Broken otherwise."""
    e = _part(row, "entry")
    ident = str(e["id"])
    if e["seq"] != seq:
        raise _Broken(seq, f"the entry is missing, the next has number {e['seq']}", "", prev)
    if any(not isinstance(e[name], str) for name in ("at", "id", "kind", "body", "prev", "hash")):
        raise _Broken(seq, "a column does not hold text", ident, prev)
    if e["prev"] != prev:
        raise _Broken(seq, "does not follow from the entry before it", ident, prev)
    if e["hash"] != _link(e, prev):
        raise _Broken(seq, "its content does not have its hash", ident, prev)
    try:
        item = item_of(e["kind"], e["body"])
    except InputError as error:
        raise _Broken(seq, f"cannot be read: {error}", ident, prev) from None
    if item.id != e["id"]:
        raise _Broken(seq, "its id is not its content's", ident, prev)
    return item


def _link(e: dict[str, Any], prev: str) -> str:
    try:
        return link(prev, e["seq"], e["at"], e["id"], e["kind"], e["body"])
    except (InputError, UnicodeError):
        return ""


def _check_tables(row: RowMapping, item: Any, prev: str) -> tuple[_Finding | None, _Finding | None]:
    """What is wrong with the rows of an entry in the query tables, and with its mark as superseded."""
    seq = int(row["entry_seq"])
    wanted = {} if row["replaced"] else _wanted(seq, item)
    for table in ("activity", "profile", "correction", "run", "part"):
        reason = _difference(table, _part(row, table), wanted.get(table))
        if reason:
            return _Finding(seq, reason, item.id, prev), None
    if "activity" in wanted and row["activity_superseded"] != int(row["corrected"]):
        return None, _Finding(seq, "the table activity says otherwise in superseded", item.id, prev)
    return None, None


def _wanted(seq: int, item: Any) -> dict[str, dict[str, Any]]:
    """What the query tables must hold for the standing version of an item."""
    if isinstance(item, Activity):
        rows = {
            "activity": activity_row(seq, item),
            "profile": dict(zip(PROFILE_COLUMNS, profile_key(item), strict=True)),
        }
        if item.supersedes:
            rows["correction"] = {"seq": seq, "id": item.id, "supersedes": item.supersedes}
        return rows
    return {"run": run_row(seq, item)} if isinstance(item, Run) else {"part": part_row(seq, item)}


def _difference(table: str, stored: dict[str, Any], wanted: dict[str, Any] | None) -> str:
    """How a stored row differs from what it must hold; empty where it does not."""
    if wanted is None:
        extra = any(value is not None for value in stored.values())
        return f"the table {table} has a row that should not be there" if extra else ""
    for name, value in wanted.items():
        if type(stored[name]) is not type(value) or stored[name] != value:
            missing = all(v is None for v in stored.values())
            return f"the table {table} " + ("lacks its row" if missing else f"says otherwise in {name}")
    return ""


def _uncounted(connection: Connection, entries: int, last: str) -> _Finding | None:
    """An entry before the first."""
    number = connection.scalar(select(func.min(entry.c.seq)).where(entry.c.seq <= 0))
    return None if number is None else _Finding(entries + 1, f"an entry has the number {number}", prev=last)


def _stray(connection: Connection, last: str) -> _Finding | None:
    """Rows of query tables that belong to no entry."""
    for table in (activity, correction, run, part):
        stray = select(func.min(table.c.seq)).where(~exists().where(entry.c.seq == table.c.seq))
        seq = connection.scalar(stray)
        if seq is not None:
            return _Finding(int(seq), f"the table {table.name} has a row of no entry", prev=last)
    return None


def _untallied(connection: Connection) -> str:
    """Whether the sums kept ready say otherwise than the activities; an older ledger has none."""
    return difference(connection) if inspect(connection).has_table(progress.name) else ""


def _damage(connection: Connection) -> str:
    """What SQLite itself finds wrong with the file, such as an index that lacks a row."""
    if connection.dialect.name != "sqlite":
        return ""
    answer = str(connection.execute(text("PRAGMA integrity_check(1)")).scalar())
    return "" if answer == "ok" else f"the database file is damaged: {answer}"
