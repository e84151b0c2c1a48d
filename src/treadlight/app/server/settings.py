"""What a server is started with."""

from dataclasses import dataclass

__all__ = ["LOOPBACK", "Provider", "ServerSettings", "is_loopback"]

LOOPBACK = ("127.0.0.1", "::1", "localhost")
"""Names and addresses of this machine that nobody else can reach."""


def is_loopback(host: str) -> bool:
    """Whether `host` can be reached from this machine only."""
    return host in LOOPBACK or host.startswith("127.")


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID Connect provider, as the server's configuration names it; no request can name another.

    Parameters
    ----------
    issuer
        Its address, under which ``/.well-known/openid-configuration`` lies.
    client_id, client_secret
        What it knows this server by; a public client has no secret.
    admins
        E-mail addresses that are admins when they sign in.
    projects
        Projects that a new member may see; None: all.
    """

    issuer: str
    client_id: str
    client_secret: str = ""
    admins: frozenset[str] = frozenset()
    projects: frozenset[str] | None = frozenset()


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What a server is started with.

    Parameters
    ----------
    database
        Path or URL of its ledger; empty: the one that the configuration names.
    host, port
        Where it listens.
    embedded
        One person's own pages (``treadlight ui``): loopback only, no account, journals in the home are watched.
    public_url
        Address under which people reach it, such as ``https://treadlight.example.org``; needed for sign-in.
    provider
        Whom to ask who somebody is.
    max_body_bytes
        Largest request that is read.
    rate_per_min
        Requests a minute that one principal, or one address without any, may send.
    live_runs
        Runs that may go on at once by the telling of one token.
    session_h
        How long a sign-in lasts [h].
    writer_apart
        Whether what requests bring is appended in a process of its own, as where many trackers send.
    """

    database: str = ""
    host: str = "127.0.0.1"
    port: int = 8321
    embedded: bool = False
    public_url: str = ""
    provider: Provider | None = None
    max_body_bytes: int = 16 * 1024 * 1024
    rate_per_min: int = 60_000
    live_runs: int = 1000
    session_h: float = 12.0
    writer_apart: bool = False

    @property
    def address(self) -> str:
        """Where people find it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url.rstrip("/") or f"http://{host}:{self.port}"

    @property
    def secure(self) -> bool:
        """Whether it is reached over TLS, so that its cookies may ask for it."""
        return self.address.startswith("https://")
