"""Who asks, and what they may do."""

from dataclasses import dataclass
from enum import StrEnum

from treadlight.app.server.problems import Refused

__all__ = ["LOCAL", "ROLES", "Principal", "Role", "Scope"]


class Scope(StrEnum):
    """What a token or a role allows."""

    INGEST = "ingest"
    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


class Role(StrEnum):
    """What somebody is in the organisation; an auditor reads all evidence of all projects and changes nothing."""

    MEMBER = "member"
    LEAD = "lead"
    AUDITOR = "auditor"
    ADMIN = "admin"


ROLES: dict[Role, frozenset[Scope]] = {
    Role.MEMBER: frozenset({Scope.READ}),
    Role.LEAD: frozenset({Scope.READ, Scope.WRITE}),
    Role.AUDITOR: frozenset({Scope.READ}),
    Role.ADMIN: frozenset(Scope),
}
"""What each role allows."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks.

    Parameters
    ----------
    id
        As the audit log names it: ``token:…``, ``member:…`` or ``local``.
    name
        As people know it.
    role, scopes
        What they may do.
    projects
        Projects they may see; None: all.

    Raises
    ------
    ValueError
        If an auditor or an admin is limited to some projects: both are of the whole server, and whatever concerns all
        projects (sites, members, tokens, what is published, the log) asks for them.
    """

    id: str
    name: str
    role: Role
    scopes: frozenset[Scope]
    projects: frozenset[str] | None = None

    def __post_init__(self) -> None:
        whole = Scope.ADMIN in self.scopes or self.role in (Role.AUDITOR, Role.ADMIN)
        if whole and self.projects is not None:
            raise ValueError("an auditor or an admin is of all projects")

    def require(self, scope: Scope) -> None:
        """Refuse what is not allowed.

        Raises
        ------
        Refused
            Status 403, naming the scope that is missing.
        """
        if scope not in self.scopes and Scope.ADMIN not in self.scopes:
            limited = scope is Scope.ADMIN and not self.everything
            remedy = "it concerns all projects: ask an admin" if limited else f"ask an admin for the scope {scope}"
            raise Refused(403, "is not allowed", field="scope", value=str(scope), remedy=remedy)

    @property
    def everything(self) -> bool:
        """Whether they see the whole ledger, and so its chain."""
        return self.projects is None

    def require_everything(self, field: str, what: str = "covers entries of other projects") -> None:
        """Refuse who sees only some projects.

        Raises
        ------
        Refused
            Status 403, with what it is about.
        """
        if not self.everything:
            raise Refused(403, what, field=field, remedy="ask somebody who may see all projects")


LOCAL = Principal("local", "you", Role.ADMIN, frozenset(Scope))
"""Whoever sits at this machine, where the server listens to it alone and knows no tokens."""
