"""Verifying a ledger: the chain, and that the query tables say what the entries say."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, exists, func, select, text

from treadlight.core.activity import Activity
from treadlight.core.errors import InputError
from treadlight.ledger.chain import GENESIS, link
from treadlight.ledger.codec import item_of
from treadlight.ledger.records import Run
from treadlight.ledger.rows import activity_row, part_row, profile_key, run_row
from treadlight.ledger.schema import PROFILE_COLUMNS, activity, correction, entry, metadata, part, profile, run

__all__ = ["Verification", "verify"]


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


class _Broken(Exception):
    def __init__(self, seq: int, reason: str, ident: str = "") -> None:
        self.seq, self.reason, self.ident = seq, reason, ident


def verify(connection: Connection, root: str | None = None) -> Verification:
    """Check every entry and every row of the query tables.

    Parameters
    ----------
    root
        A root published earlier: it must still be the hash of some entry. Only this shows that entries at the end
        were removed, or that the whole chain was written anew.
    """
    entries, last, met = 0, GENESIS, root in (None, GENESIS)
    try:
        for row in _rows(connection):
            last = _check(row, entries + 1, last)
            entries += 1
            met = met or last == root
        _check_strays(connection)
    except _Broken as broken:
        return Verification(False, min(entries, broken.seq - 1), last, broken.seq, broken.reason, broken.ident)
    if not met:
        return Verification(False, entries, last, entries + 1, "the published root is missing: entries were removed")
    damage = _damage(connection)
    if damage:
        return Verification(False, entries, last, None, damage)
    return Verification(True, entries, last)


def _rows(connection: Connection) -> Iterator[RowMapping]:
    """Every entry, with whether it stands, and what the query tables hold for its number."""
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
    yield from connection.execution_options(yield_per=1000).execute(query.order_by(entry.c.seq)).mappings()


_TABLES = (entry, activity, profile, correction, run, part)


def _part(row: Any, table: str) -> dict[str, Any]:
    return {c.name: row[f"{table}_{c.name}"] for c in metadata.tables[table].c}


def _check(row: RowMapping, seq: int, prev: str) -> str:
    """Hash of an entry that is sound; raises _Broken otherwise."""
    e = _part(row, "entry")
    ident = str(e["id"])
    if e["seq"] != seq:
        raise _Broken(seq, f"the entry is missing, the next has number {e['seq']}")
    if any(not isinstance(e[name], str) for name in ("at", "id", "kind", "body", "prev", "hash")):
        raise _Broken(seq, "a column does not hold text", ident)
    if e["prev"] != prev:
        raise _Broken(seq, "does not follow from the entry before it", ident)
    if e["hash"] != _link(e, prev):
        raise _Broken(seq, "its content does not have its hash", ident)
    try:
        item = item_of(e["kind"], e["body"])
    except InputError as error:
        raise _Broken(seq, f"cannot be read: {error}", ident) from None
    if item.id != e["id"]:
        raise _Broken(seq, "its id is not its content's", ident)
    wanted = {} if row["replaced"] else _wanted(seq, item, bool(row["corrected"]))
    for table in ("activity", "profile", "correction", "run", "part"):
        _compare(seq, ident, table, _part(row, table), wanted.get(table))
    return str(e["hash"])


def _link(e: dict[str, Any], prev: str) -> str:
    try:
        return link(prev, e["seq"], e["at"], e["id"], e["kind"], e["body"])
    except (InputError, UnicodeError):
        return ""


def _wanted(seq: int, item: Any, corrected: bool) -> dict[str, dict[str, Any]]:
    """What the query tables must hold for the standing version of an item."""
    if isinstance(item, Activity):
        rows = {
            "activity": activity_row(seq, item) | {"superseded": int(corrected)},
            "profile": dict(zip(PROFILE_COLUMNS, profile_key(item), strict=True)),
        }
        if item.supersedes:
            rows["correction"] = {"seq": seq, "id": item.id, "supersedes": item.supersedes}
        return rows
    return {"run": run_row(seq, item)} if isinstance(item, Run) else {"part": part_row(seq, item)}


def _compare(seq: int, ident: str, table: str, stored: dict[str, Any], wanted: dict[str, Any] | None) -> None:
    if wanted is None:
        if any(value is not None for value in stored.values()):
            raise _Broken(seq, f"the table {table} has a row that should not be there", ident)
        return
    for name, value in wanted.items():
        if type(stored[name]) is not type(value) or stored[name] != value:
            what = "lacks its row" if all(v is None for v in stored.values()) else f"says otherwise in {name}"
            raise _Broken(seq, f"the table {table} {what}", ident)


def _check_strays(connection: Connection) -> None:
    """Rows of query tables that belong to no entry."""
    for table in (activity, correction, run, part):
        stray = select(func.min(table.c.seq)).where(~exists().where(entry.c.seq == table.c.seq))
        seq = connection.scalar(stray)
        if seq is not None:
            raise _Broken(int(seq), f"the table {table.name} has a row of no entry")


def _damage(connection: Connection) -> str:
    """What SQLite itself finds wrong with the file, such as an index that lacks a row."""
    if connection.dialect.name != "sqlite":
        return ""
    answer = str(connection.execute(text("PRAGMA integrity_check(1)")).scalar())
    return "" if answer == "ok" else f"the database file is damaged: {answer}"
