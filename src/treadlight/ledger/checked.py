"""How far the chain was checked as it grew. It saves work, and is no proof: whoever needs one verifies the whole."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from treadlight.ledger.chain import GENESIS
from treadlight.ledger.progress import read_progress, write_progress

__all__ = ["Checked", "read_checked", "write_checked"]

_NAME = "checked"


@dataclass(frozen=True, slots=True)
class Checked:
    """So many entries held, the last of which has this hash, when it was looked at last; None: never."""

    entries: int = 0
    root: str = GENESIS
    at: datetime | None = None


def read_checked(connection: Connection) -> Checked:
    """As it was noted."""
    entries, root, at = read_progress(connection, _NAME)
    return Checked(entries, root, datetime.fromisoformat(at) if at else None)


def write_checked(connection: Connection, entries: int, root: str) -> None:
    """Note that so many entries hold."""
    write_progress(connection, _NAME, entries, root)
