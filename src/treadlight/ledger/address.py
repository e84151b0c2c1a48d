"""Addresses of databases: read, and shown without what nobody else may know."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from treadlight.core.errors import ConfigError

__all__ = ["read_address", "secrets_of", "shown", "shown_text"]

_HIDDEN = "***"
_PLAIN = frozenset((
    "application_name", "cache", "channel_binding", "client_encoding", "connect_timeout", "dbname", "gssencmode",
    "host", "hostaddr", "immutable", "keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval",
    "load_balance_hosts", "mode", "port", "ssl_min_protocol_version", "sslmode", "target_session_attrs",
    "tcp_user_timeout", "timeout", "uri", "user",
))  # fmt: skip
"""Parameters of an address whose values may be shown; any other may be a password, or lead to one."""


def read_address(url_or_path: str | Path) -> URL:
    """The address that a path or a URL is.

    Raises
    ------
    ConfigError
        If it is none, or one of another kind of database.
    """
    text = str(url_or_path)
    if isinstance(url_or_path, Path) or "://" not in text:
        return URL.create("sqlite", database=str(Path(text).expanduser()))
    url = _parsed(text)
    if url is None:
        remedy = "give a path or postgresql://…, and write @ : / of a password as %40 %3A %2F"
        raise ConfigError("is not a URL", field="ledger", value=shown_text(text), remedy=remedy)
    backend = url.drivername.partition("+")[0]
    if backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and url.database:
        return url
    raise ConfigError(
        "unknown kind of database", field="ledger", value=shown(url), remedy="give a path or postgresql://…"
    )


def _parsed(text: str) -> URL | None:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # the latter: what stands where the port should is no number
        return None
    return None if "@" in (url.host or "") else url  # the end of a password, with its @ as it is


def shown(url: URL) -> str:
    """An address as it may be shown: neither its password, nor a parameter that may be one."""
    query = {name: value if name in _PLAIN else _HIDDEN for name, value in url.query.items()}
    return url.set(query=query).render_as_string(hide_password=True).replace("%2A%2A%2A", _HIDDEN)


def shown_text(text: str) -> str:
    """A path or an address as somebody wrote it, as it may be shown."""
    kind, separator, _ = text.partition("://")
    if not separator:
        return text
    url = _parsed(text)
    if url is None:
        return f"{kind}://{_HIDDEN}"
    return text if url.password is None and set(url.query) <= _PLAIN else shown(url)


def secrets_of(url: URL) -> tuple[str, ...]:
    """What of an address must not be shown, the longest first."""
    return tuple(sorted(set(_secrets(url)), key=len, reverse=True))


def _secrets(url: URL) -> Iterator[str]:
    if url.password:
        yield str(url.password)
    for name, value in url.query.items():
        if name not in _PLAIN:
            yield from (part for part in ([value] if isinstance(value, str) else value) if part)
