"""The gate: who asks, found from what a request shows."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field

from treadlight.app.server.limits import Buckets
from treadlight.app.server.place import Place
from treadlight.app.server.principal import LOCAL, ROLES, Principal, Role, Scope
from treadlight.app.server.problems import Refused
from treadlight.app.server.settings import LOOPBACK, is_loopback
from treadlight.core.errors import ConfigError, NotFoundError
from treadlight.ledger.access.tokens import Token

__all__ = ["Gate", "Shown", "principal_of"]

_TRUSTED_S = 5.0
"""How long what the database said of a token or a sign-in is trusted [s]: so long a revoked one may still hold."""
_KEPT = 4096
_FAILURES_PER_MIN = 60.0
_USED_EVERY_S = 60.0


@dataclass(frozen=True, slots=True)
class Shown:
    """What a request shows of who sends it.

    Parameters
    ----------
    bearer
        Token of the header ``Authorization: Bearer …``.
    session
        Cookie of a sign-in.
    address
        Where it came from.
    host
        Which server it was sent to, by the header ``Host``.
    """

    bearer: str = field(default="", repr=False)
    session: str = field(default="", repr=False)
    address: str = ""
    host: str = ""


class Gate:
    """Finds who asks; what it found is trusted for a few seconds."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._known: OrderedDict[tuple[str, str], tuple[float, Principal | None]] = OrderedDict()
        self._failures = Buckets(_FAILURES_PER_MIN)
        self._used: dict[str, float] = {}
        self._open: tuple[float, bool] = (0.0, False)

    def check_start(self) -> None:
        """Refuse to listen where others can reach a server that knows nobody.

        Raises
        ------
        ConfigError
            Naming what to do.
        """
        settings = self._place.settings
        if not is_loopback(settings.host) and settings.provider is None and not self._place.access.tokens.exist():
            remedy = "make a token first (`treadlight token create`), name a provider, or listen on 127.0.0.1"
            raise ConfigError("cannot be reached by others while there is no token", field="--host",
                              value=settings.host, remedy=remedy)  # fmt: skip

    @property
    def open(self) -> bool:
        """Whether everybody who reaches this server is let in: it listens to this machine alone and knows no tokens."""
        settings = self._place.settings
        if settings.embedded:
            return True
        if settings.provider is not None or not is_loopback(settings.host):
            return False
        until, answer = self._open
        if time.monotonic() >= until:
            answer = not self._place.access.tokens.exist()
            self._open = (time.monotonic() + _TRUSTED_S, answer)
        return answer

    def remembered(self, shown: Shown) -> Principal | None:
        """Who asks, if that was found a moment ago; it asks no database."""
        until, principal = self._known.get((shown.bearer, shown.session), (0.0, None))
        return principal if time.monotonic() < until else None

    def principal(self, shown: Shown) -> Principal | None:
        """Who asks; None: nobody has signed in.

        Raises
        ------
        Refused
            If a token is shown that does not hold, or too many such came from one address; or where nobody signs in,
            if another name than this machine's is called: a foreign page may make up one for it.
        """
        if shown.bearer or shown.session:
            found = self.remembered(shown) or self._asked(shown)
            if found is not None:
                return found
        if self.open:
            _check_host(shown.host)
            return LOCAL
        return None

    def knows(self, shown: Shown) -> bool:
        """Whether who shows this was let in a moment ago; it asks no database, which may be away."""
        if self.remembered(shown) is not None:
            return True
        return (self._place.settings.embedded or self._open[1]) and _is_own(shown.host)

    def forget(self) -> None:
        """Trust nothing that was found before: something was revoked or granted just now."""
        self._known.clear()
        self._open = (0.0, False)

    def _asked(self, shown: Shown) -> Principal | None:
        found = self._by_token(shown) if shown.bearer else self._by_session(shown.session)
        if found is not None:
            self._known[(shown.bearer, shown.session)] = (time.monotonic() + _TRUSTED_S, found)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return found

    def _by_token(self, shown: Shown) -> Principal:
        return self.token(shown.bearer, shown.address)

    def token(self, text: str, address: str) -> Principal:
        """Who holds a token.

        Raises
        ------
        Refused
            Status 401 if it does not hold, saying why; 429 after many such from one address.
        """
        token = self._place.access.tokens.find(text)
        state = "not known here" if token is None else token.state(self._place.now())
        if token is None or state != "active":
            if not self._failures.take(address):
                raise Refused(429, "showed too many tokens that do not hold", field="token", remedy="wait a minute")
            what = f"is {state}" if token is None else f"is {state} since {token.revoked_at or token.expires_at}"
            raise Refused(401, what, field="token", remedy="make a new one: treadlight token create")
        if time.monotonic() - self._used.get(token.id, -_USED_EVERY_S) >= _USED_EVERY_S:
            self._used[token.id] = time.monotonic()
            self._place.access.tokens.used(token.id)
        return principal_of(token)

    def _by_session(self, cookie: str) -> Principal | None:
        access = self._place.access
        subject, _ = access.sessions.find(cookie) or ("", "")
        kind, _, ident = subject.partition(":")
        try:
            if kind == "token":
                token = access.tokens.get(ident)
                return principal_of(token) if token.state(self._place.now()) == "active" else None
            if kind == "member":
                member = access.members.get(ident)
                if member.removed_at is not None:
                    return None
                role = Role(member.role)
                return Principal(subject, member.name or member.email, role, ROLES[role], member.projects)
        except NotFoundError:
            return None
        return None


def principal_of(token: Token) -> Principal:
    """Who holds a token."""
    scopes = frozenset(Scope(scope) for scope in token.scopes)
    role = Role.ADMIN if Scope.ADMIN in scopes else Role.LEAD if Scope.WRITE in scopes else Role.MEMBER
    return Principal(f"token:{token.id}", token.name, role, scopes, token.projects)


def _is_own(host: str) -> bool:
    """Whether this is a name of this machine."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    return name.strip("[]") in LOOPBACK


def _check_host(host: str) -> None:
    if not _is_own(host):
        raise Refused(421, "is not this server's name", field="Host", value=host, remedy="open http://localhost")
