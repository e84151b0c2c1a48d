"""Items ready to be appended together, and what is to be written down of that: as they travel between processes."""

from msgspec import Struct
from sqlalchemy import Connection

from treadlight.ledger.access.audit import note
from treadlight.ledger.access.told import forget
from treadlight.ledger.encoded import Encoded

__all__ = ["Note", "Ready"]


class Note(Struct, frozen=True):
    """Who had items taken in: a line of the audit log, and what is then forgotten.

    Parameters
    ----------
    actor, detail, address
        As the audit log has them.
    runs
        Ids of runs that are now taken in whole, so that what was told of them while they went on is done with.
    """

    actor: str
    detail: str = ""
    address: str = ""
    runs: tuple[str, ...] = ()

    def write(self, connection: Connection, first: int, last: int) -> None:
        """Write it down, within the transaction in which entries got these numbers; none, if `last` < `first`."""
        forget(connection, self.runs)
        target = f"entries {first}-{last}" if last >= first else ""
        note(connection, self.actor, "ingest", target, self.detail, self.address)


class Ready(Struct, frozen=True):
    """Items to be appended together.

    Parameters
    ----------
    entries
        The items.
    projects
        Only these projects' records may be touched; None: everybody's.
    note
        Written down in the same transaction.
    """

    entries: list[Encoded]
    projects: frozenset[str] | None = None
    note: Note | None = None
