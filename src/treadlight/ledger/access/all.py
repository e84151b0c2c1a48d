"""Everything about access to one database."""

from collections.abc import Callable
from datetime import UTC, datetime

from treadlight.ledger.access.audit import Audit
from treadlight.ledger.access.members import Members
from treadlight.ledger.access.sessions import Sessions
from treadlight.ledger.access.stated import Stated
from treadlight.ledger.access.tokens import Tokens
from treadlight.ledger.access.told import Told
from treadlight.ledger.database import Database

__all__ = ["Access"]


class Access:
    """Tokens, members, sign-ins, what people stated, what runs that go on told, and the audit log of one database.

    Parameters
    ----------
    now
        The time; replaced in tests.
    """

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.tokens = Tokens(database, now)
        self.members = Members(database, now)
        self.sessions = Sessions(database, now)
        self.stated = Stated(database, now)
        self.told = Told(database, now)
        self.audit = Audit(database, now)
