"""Sums kept ready: activities by profile, month and run, so that a page need not sum a million of them.

Notes
-----
The table ``tally`` is derived: it holds what a GROUP BY over the standing activities up to some entry gives, and can
be thrown away and made anew. Appending does not touch it. Whoever is idle lets it catch up, in one transaction: the
sums of the entries since are added, and what is ``stale`` is summed again. Appending marks as stale the profile and
month of an older activity that it supersedes, replaces or lets stand again. So a question can be answered exactly at
any time: the tally without what is stale, what is stale from the activities themselves, and the few entries since.
"""

from calendar import monthrange
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Connection,
    FromClause,
    Select,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    text,
    union_all,
)

from treadlight.ledger.bulk import insert_rows
from treadlight.ledger.codec import stamp
from treadlight.ledger.progress import read_progress, write_progress
from treadlight.ledger.query import numbers_of
from treadlight.ledger.schema import activity, correction, entry, stale, tally

__all__ = [
    "behind",
    "catch_up",
    "counted",
    "counted_after",
    "counted_query",
    "difference",
    "mark_stale",
    "month_text",
]

_NAME = "tally"
_FEW = 200_000
"""So many entries may the tally lack for a question to be answered with it; more are slower to add than to sum."""

_ADD = """
    INSERT INTO tally (profile, month, run, amount, count)
    SELECT profile, substr(start, 1, 7), run, SUM(amount), COUNT(*) FROM activity
    WHERE superseded + 0 = 0 AND seq > :done AND seq <= :until GROUP BY 1, 2, 3
    ON CONFLICT (profile, month, run)
    DO UPDATE SET amount = tally.amount + excluded.amount, count = tally.count + excluded.count
"""  # superseded + 0, so that SQLite goes along the numbers of the entries and not along the index of sums


_SUMS = func.sum(activity.c.amount).label("amount"), func.count().label("count")
_STALE = select(stale.c.profile, stale.c.month)


def month_text(moment: datetime) -> str:
    """A month as the tally names it, such as ``2026-03``."""
    return stamp(moment)[:7]


def behind(connection: Connection) -> tuple[int, int]:
    """How many entries the tally lacks, and how many sums are stale."""
    done, head = _done(connection), _head(connection)
    return head - done, int(connection.scalar(select(func.count()).select_from(stale)) or 0)


def catch_up(connection: Connection, most: int) -> int:
    """Take in at most so many entries, and mend what is stale; how many entries are still lacking.

    `connection` must be in a transaction that is the only writer.
    """
    done, head = _done(connection), _head(connection)
    until = min(head, done + most)
    if until > done:
        connection.execute(text(_ADD), {"done": done, "until": until})
    _mend(connection, until)
    write_progress(connection, _NAME, until)
    return head - until


def _mend(connection: Connection, until: int) -> None:
    """Sum anew what is stale."""
    if connection.scalar(select(stale.c.profile).limit(1)) is None:
        return
    connection.execute(delete(tally).where(_is_stale()))
    connection.execute(insert(tally).from_select(["profile", "month", "run", "amount", "count"], _fresh(until, True)))
    connection.execute(delete(stale))


def _is_stale() -> Any:
    return exists().where(stale.c.profile == tally.c.profile, stale.c.month == tally.c.month)


def _fresh(until: int, grouped: bool) -> Select[Any]:
    """What the activities up to an entry say of the stale profiles and months, summed or singly."""
    within = activity.c.hour >= stale.c.since_hour, activity.c.hour < stale.c.until_hour
    joined = activity.join(stale, and_(stale.c.profile == activity.c.profile, *within))
    keys = [activity.c.profile, stale.c.month, activity.c.run]
    amounts = _SUMS if grouped else (activity.c.amount, literal(1).label("count"))
    found = select(*keys, *amounts).select_from(joined)
    found = found.where(activity.c.superseded == 0, activity.c.seq <= until)
    return found.group_by(*keys) if grouped else found


def _done(connection: Connection) -> int:
    return read_progress(connection, _NAME)[0]


def _head(connection: Connection) -> int:
    return int(connection.scalar(select(func.max(entry.c.seq))) or 0)


def mark_stale(connection: Connection, ids: Sequence[str]) -> None:
    """The sums that hold these activities are to be made anew: said before they go or change their standing."""
    done = _done(connection) if ids else 0
    if not done:
        return
    month = func.substr(activity.c.start, 1, 7)
    query = (
        select(activity.c.profile, month).where(activity.c.seq.in_(numbers_of(ids)), activity.c.seq <= done).distinct()
    )
    found = {(int(number), str(name)) for number, name in connection.execute(query)}
    if found:
        found -= {(int(number), str(name)) for number, name in connection.execute(_STALE)}
    insert_rows(connection, stale, [(number, name, *_hours(name)) for number, name in sorted(found)])


def _hours(month: str) -> tuple[int, int]:
    """First hour since 1970 of a month, and the first after it."""
    begin = datetime(int(month[:4]), int(month[5:]), 1, tzinfo=UTC)
    days = monthrange(begin.year, begin.month)[1]
    first = int(begin.timestamp()) // 3600
    return first, first + 24 * days


def counted(connection: Connection) -> FromClause | None:
    """Profile, month, run, amount and count of all standing activities, to be summed; None: too much is lacking.

    It is exact within the connection's transaction, however far the tally is behind.
    """
    lacking, marked = behind(connection)
    if not 0 <= lacking <= _FEW:
        return None
    if not lacking and not marked:
        return tally
    done = _done(connection)
    columns = [tally.c.profile, tally.c.month, tally.c.run, tally.c.amount, tally.c.count]
    parts: list[Select[Any]] = [select(*columns).where(~_is_stale()) if marked else select(*columns)]
    if marked:
        parts.append(_fresh(done, False))
    if lacking:
        parts.append(_after(done))
    return union_all(*parts).subquery("counted")


def _after(done: int) -> Select[Any]:
    """Sums of the standing activities whose entries come after one."""
    keys = activity.c.profile, func.substr(activity.c.start, 1, 7), activity.c.run
    return select(*keys, *_SUMS).where(activity.c.superseded + 0 == 0, activity.c.seq > done).group_by(*keys)


def counted_after(connection: Connection, done: int) -> Select[Any] | None:
    """Sums of what the entries after one brought; None: they changed the standing of older activities, too."""
    if _head(connection) - done > _FEW // 4:  # each entry is looked up by its id
        return None
    older = entry.alias("older")
    again = select(entry.c.seq).join(older, older.c.id == entry.c.id)
    again = again.where(entry.c.seq > done, entry.c.kind == "activity", older.c.seq <= done)
    corrected = select(correction.c.seq).where(correction.c.seq > done)
    changed = any(connection.scalar(query.limit(1)) is not None for query in (corrected, again))
    return None if changed else _after(done)


def counted_query() -> Select[Any]:
    """Profile, month, run, amount and count from the activities themselves, as where the tally lacks too much."""
    keys = activity.c.profile, func.substr(activity.c.start, 1, 7).label("month"), activity.c.run
    return select(*keys, *_SUMS).where(activity.c.superseded == 0).group_by(*keys)


def difference(connection: Connection) -> str:
    """Where the tally says otherwise than the activities, in words; empty where it does not."""
    done = _done(connection)
    if not done:
        return ""
    truth = counted_query().where(activity.c.seq <= done)
    left_out = {(number, name) for number, name in connection.execute(_STALE).all()}
    held = {(p, m, r): (a, n) for p, m, r, a, n in connection.execute(select(tally)).all() if (p, m) not in left_out}
    for number, name, run, amount, count in connection.execute(truth).all():
        if (number, name) in left_out:
            continue
        kept = held.pop((number, name, run), (0.0, 0))
        if kept[1] != count or abs(kept[0] - amount) > 1e-9 * abs(amount) + 1e-300:
            return f"the table tally says otherwise of profile {number}, {name}, run {run or 'none'}"
    return "the table tally has a sum of no activities" if held else ""
