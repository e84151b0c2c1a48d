"""What a server is started with, from the configuration and the command line."""

from treadlight.app.server.settings import Provider, ServerSettings, is_loopback
from treadlight.core.config import Config, load
from treadlight.core.errors import ConfigError

__all__ = ["server_settings"]


def server_settings(database: str, host: str, port: int, config: Config | None = None) -> ServerSettings:
    """Settings of ``treadlight serve``.

    Raises
    ------
    ConfigError
        If those for signing in do not fit together.
    """
    config = config or load()
    return ServerSettings(
        database=database,
        host=host,
        port=port,
        public_url=_url(config, "serve.public_url"),
        provider=_provider(config),
        max_body_bytes=int(config.number("serve.max_body_mb") * 1024 * 1024),
        rate_per_min=int(config.number("serve.rate_per_min")),
        live_runs=int(config.number("serve.live_runs")),
        session_h=config.number("serve.session_h"),
    )


def _provider(config: Config) -> Provider | None:
    issuer, client = _url(config, "serve.oidc_issuer"), config.get("serve.oidc_client_id")
    if not issuer:
        return None
    if not client:
        remedy = "set TREADLIGHT_OIDC_CLIENT_ID"
        raise ConfigError("is missing beside serve.oidc_issuer", field="serve.oidc_client_id", remedy=remedy)
    if not config.get("serve.public_url"):
        remedy = "set TREADLIGHT_PUBLIC_URL to the address under which people reach this server"
        raise ConfigError("is missing beside serve.oidc_issuer", field="serve.public_url", remedy=remedy)
    projects = config.get("serve.new_member_projects")
    return Provider(
        issuer.rstrip("/"),
        client,
        config.get("serve.oidc_client_secret"),
        _names(config.get("serve.admins").lower()),
        None if projects == "*" else _names(projects),
    )


def _names(text: str) -> frozenset[str]:
    return frozenset(filter(None, (name.strip() for name in text.split(","))))


def _url(config: Config, key: str) -> str:
    """An address over TLS, or on this machine.

    Raises
    ------
    ConfigError
        If it is neither.
    """
    from urllib.parse import urlsplit

    text = config.get(key)
    parts = urlsplit(text)
    local = parts.scheme == "http" and is_loopback(parts.hostname or "")
    if text and not local and (parts.scheme != "https" or not parts.hostname):
        raise ConfigError("is no https address", field=key, value=text, remedy="write https://…")
    return text
