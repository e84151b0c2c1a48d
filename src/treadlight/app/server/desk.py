"""The desk: what one request may use, and nothing that it may not."""

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, TypeVar

from treadlight.app.server.choice import Choice
from treadlight.app.server.place import Place
from treadlight.app.server.principal import Principal, Role, Scope
from treadlight.app.workspace import Workspace

if TYPE_CHECKING:
    from treadlight.core.method import Method
    from treadlight.ledger.access.all import Access
    from treadlight.ledger.access.audit import Deed
    from treadlight.ledger.query import Filter
    from treadlight.ledger.records import GroupSum
    from treadlight.library.library import Library

__all__ = ["Desk"]

T = TypeVar("T")


class Desk(Workspace):
    """A workspace as one request sees it: its ledger holds only the projects that the principal may see.

    Everything in `treadlight.app` that takes a `Workspace` takes a desk: `account_of`, `explain`, `comparison_of`,
    `restatements` …

    Attributes
    ----------
    principal
        Who asks; `role` is theirs.
    choice
        What the address chooses; `filter`, `category` and `method` are parts of it.
    csrf
        What every form with ``method="post"`` must send back in a hidden field called ``_csrf``.
    address
        Where the request came from.
    embedded
        Whether this is somebody's own machine: no accounts, live runs can be seen.
    """

    def __init__(
        self, place: Place, principal: Principal, choice: Choice | None = None, csrf: str = "", address: str = ""
    ) -> None:
        self._place = place
        self.config = place.workspace.config
        self.principal = principal
        self.choice = choice or Choice()
        self.csrf = csrf
        self.address = address
        self.embedded = place.settings.embedded
        self.ledger = place.ledger.only(principal.projects)
        shared = place.workspace
        wanted = self.choice.library
        self.library = shared.library if wanted in ("", shared.library.version) else self._version(wanted)

    def _version(self, version: str) -> "Library":
        return self._place.cached(("library", version), lambda: self._place.workspace.open_library(version))

    @property
    def access(self) -> "Access":
        """Tokens, members and the audit log, for admins; say what you did with ``desk.did(…)``.

        Raises
        ------
        Refused
            If the principal is no admin.
        """
        self.principal.require(Scope.ADMIN)
        return self._place.access

    def audit(self, limit: int = 100, before: int | None = None) -> "list[Deed]":
        """The newest lines of the audit log, for auditors and admins.

        Raises
        ------
        Refused
            If the principal is neither.
        """
        if self.role is not Role.AUDITOR:
            self.principal.require(Scope.ADMIN)
        return self._place.access.audit.newest(limit, before)

    def did(self, action: str, target: str = "", detail: str = "") -> None:
        """Write into the audit log what the principal did just now, and have it hold at once."""
        self._place.access.audit.add(self.principal.id, action, target, detail, self.address)
        self._place.changed()

    @property
    def role(self) -> Role:
        """What the principal is in the organisation."""
        return self.principal.role

    @property
    def filter(self) -> "Filter":
        """Which activities or runs the address chooses."""
        return self.choice.filter

    @property
    def category(self) -> str:
        """Impact category that leads."""
        return self.choice.category

    @property
    def method(self) -> "Method":
        """By which method footprints are computed."""
        return self.choice.method

    def sums(
        self, f: "Filter | None" = None, dims: Sequence[str] = ("component",), period: str = "year"
    ) -> "list[GroupSum]":
        """Sums of the chosen activities (see `Ledger.sums`), kept until the ledger grows."""
        chosen = self.filter if f is None else f
        return self.cached(("sums", chosen, tuple(dims), period), lambda: self.ledger.sums(chosen, dims, period))

    def cached(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gives, kept for those who see the same projects as long as the ledger stays as it is.

        `key` says everything that the answer depends on beside the ledger's entries and who may see them: a name of
        its own, filters, category, method, library version.
        """
        return self._place.cached((self.principal.projects, self.library.version, key), make)
