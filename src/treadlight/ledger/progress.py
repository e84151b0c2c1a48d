"""How far something has come that follows the ledger: the number of an entry, its hash, and when."""

from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select, update

from treadlight.ledger.chain import GENESIS
from treadlight.ledger.codec import stamp
from treadlight.ledger.schema import progress

__all__ = ["read_progress", "write_progress"]


def read_progress(connection: Connection, name: str) -> tuple[int, str, str]:
    """Number of the entry (0: it has not begun), hash and time as text."""
    query = select(progress.c.seq, progress.c.root, progress.c.at).where(progress.c.name == name)
    row = connection.execute(query).first()
    return (int(row[0]), str(row[1]), str(row[2])) if row else (0, GENESIS, "")


def write_progress(connection: Connection, name: str, seq: int, root: str = GENESIS) -> None:
    """It has come to this entry, now."""
    values = {"seq": seq, "root": root, "at": stamp(datetime.now(UTC))}
    changed = connection.execute(update(progress).where(progress.c.name == name).values(**values))
    if not changed.rowcount:
        connection.execute(insert(progress).values(name=name, **values))
