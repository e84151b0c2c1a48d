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
        Projects they may see; None: all. An auditor and an admin see all.
    """

    id: str
    name: str
    role: Role
    scopes: frozenset[Scope]
    projects: frozenset[str] | None = None

    def require(self, scope: Scope) -> None:
        """Refuse what is not allowed.

        Raises
        ------
        Refused
            Status 403, naming the scope that is missing.
        """
        if scope not in self.scopes and Scope.ADMIN not in self.scopes:
            raise Refused(
                403, "is not allowed", field="scope", value=str(scope), remedy=f"ask an admin for the scope {scope}"
            )

    @property
    def everything(self) -> bool:
        """Whether they see the whole ledger, and so its chain."""
        return self.projects is None


LOCAL = Principal("local", "you", Role.ADMIN, frozenset(Scope))
"""Whoever sits at this machine, where the server listens to it alone and knows no tokens."""
