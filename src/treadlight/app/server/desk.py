"""The desk: what one request may use, and nothing that it may not."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from treadlight.app.server.choice import Choice
from treadlight.app.server.place import Place
from treadlight.app.server.principal import Principal, Role, Scope
from treadlight.app.workspace import Workspace
from treadlight.core.texts import language, speak

if TYPE_CHECKING:
    from treadlight.app.server.checker import Checker
    from treadlight.app.server.table import Table
    from treadlight.core.method import Method
    from treadlight.ledger.access.all import Access
    from treadlight.ledger.access.audit import Deed
    from treadlight.ledger.access.members import Member
    from treadlight.ledger.access.stated import Fact
    from treadlight.ledger.access.tokens import Token
    from treadlight.ledger.access.told import Telling
    from treadlight.ledger.fold import Folded
    from treadlight.ledger.query import Filter
    from treadlight.ledger.records import GroupSum, Run
    from treadlight.library.library import Library
    from treadlight.library.site import Site

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
        speak(self.choice.language)
        self.csrf = csrf
        self.address = address
        self.embedded = place.settings.embedded
        self.ledger = place.ledger.only(principal.projects)

    @cached_property
    def library(self) -> "Library":
        """The library that the address chooses, with the sites that the principal may see; whoever only sends
        activities needs none.

        Raises
        ------
        NotFoundError
            If there is no such version.
        """
        shared = self._place.workspace.library.version
        wanted = "" if self.choice.library == shared else self.choice.library
        return self._place.library(wanted, self.principal.projects)

    @property
    def sites(self) -> "list[Site]":
        """The sites that the principal may see; the first is this machine's."""
        return list(self.library.sites)

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
        self._oversees()
        return self._place.access.audit.newest(limit, before)

    def did(self, action: str, target: str = "", detail: str = "") -> None:
        """Write into the audit log what the principal did just now, and have it hold at once."""
        self._place.access.audit.add(self.principal.id, action, target, detail, self.address)
        self._place.changed()

    def state(self, subject: str, facts: Mapping[str, str | None], source: str) -> list[str]:
        """State facts of a site, a project or what is published, in the name of the principal; the keys that changed.

        It stands in the audit log, and holds at once.
        """
        changed = self._place.access.stated.state(subject, facts, source, self.principal.id, self.address)
        self._place.changed()
        return changed

    def stated(self, kind: str) -> "list[Fact]":
        """What is stated of the sites or projects that the principal may see, or of what is published."""
        found = self._place.access.stated.of(kind)
        if self.principal.projects is None or kind == "public":
            return found
        seen = self.ledger.site_names() if kind == "site" else self.principal.projects
        return [fact for fact in found if fact.name in seen]

    def history(self, subject: str) -> "list[Fact]":
        """Everything ever stated of a subject that the principal may see, newest first."""
        kind, _, name = subject.partition(":")
        seen = self.principal.projects is None or any(fact.name == name for fact in self.stated(kind))
        return self._place.access.stated.history(subject) if seen else []

    def people(self) -> "list[Member]":
        """The members, for auditors and admins.

        Raises
        ------
        Refused
            If the principal is neither.
        """
        self._oversees()
        return self._place.access.members.all()

    def _oversees(self) -> None:
        """Refuse whoever is neither auditor nor admin."""
        if self.role is not Role.AUDITOR:
            self.principal.require(Scope.ADMIN)

    def tokens(self) -> "list[Token]":
        """Every token, without its secret; whoever shows them to others than auditors and admins must choose."""
        return self._place.access.tokens.all()

    def now(self) -> datetime:
        """The time, by the server's clock."""
        return self._place.now()

    @property
    def provider(self) -> bool:
        """Whether people sign in with a provider."""
        return self._place.settings.provider is not None

    def configured(self) -> None:
        """The configuration's file was changed: read it again."""
        self._place.reconfigure()
        self.config = self._place.workspace.config
        self.__dict__.pop("library", None)

    def published(self, principal: Principal, choice: Choice) -> "Desk":
        """A desk of what is published."""
        return Desk(self._place, principal, choice, address=self.address)

    def live(self) -> "list[Folded]":
        """Runs that go on: those that are told of and, on one's own machine, those whose journals are being written."""
        here = super().live() if self.embedded else []
        known = {folded.run.id for folded in here}
        return here + [t.folded for t in self.told if t.folded.run.id not in known]

    @cached_property
    def told(self) -> "list[Telling]":
        """What is told of runs of the principal's projects that go on."""
        store, projects = self._place.access.told, self.principal.projects
        key = ("told", projects, store.mark())
        return self._place.cached(key, lambda: store.all(projects), self.root)

    @property
    def checker(self) -> "Checker":
        """Checks the chain; for who may see the whole ledger.

        Raises
        ------
        Refused
            If the principal may not.
        """
        self.principal.require_everything("verify")
        return self._place.checker

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

    def cached(self, key: Hashable, make: Callable[[], T], *, large: bool = False) -> T:
        """What `make` gives, kept for those who see the same projects as long as the ledger stays as it is.

        `key` says everything that the answer depends on beside the ledger's entries, who may see them, the library's
        version and the language: a name of its own, filters, category, method. Of what is `large`, fewer are kept.
        """
        facts = (self.library.version, self.library.sites)
        return self._place.cached((self.principal.projects, facts, language(), key), make, self.root, large=large)

    def kept(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gives, kept whatever is appended: `key` says all that it depends on, beside the library."""
        facts = (self.library.digest, self.library.sites, self.draws, self.seed)
        return self._place.cached(("kept", facts, language(), key), make, "")

    @cached_property
    def root(self) -> str:
        """Root of the chain when it was first asked for: one request sees one state of the ledger."""
        return self._place.ledger.head()[0]

    @property
    def table(self) -> "Table":
        """The ledger's sums as columns; give its questions a filter from `seen`."""
        return self._place.shelf.table(self.root)

    def seen(self, f: "Filter") -> "Filter":
        """`f`, narrowed to the projects that the principal may see."""
        projects = self.principal.projects
        if projects is None:
            return f
        return replace(f, projects=projects if f.projects is None else projects & f.projects)

    @property
    def runs(self) -> "Sequence[Run]":
        """Every run that the principal may see, newest first."""
        found, projects = self._place.shelf.runs(self.root), self.principal.projects
        return found if projects is None else [run for run in found if run.subject.project in projects]
