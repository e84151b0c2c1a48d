"""Signing in with an OpenID Connect provider: authorization code with PKCE.

Every address that is called comes from the server's configuration, or from the document that lies under it; redirects
are not followed, and nothing in a request of a browser can name another.

References
----------
OpenID Connect Core 1.0 (2014), 3.1; RFC 7636 (PKCE, 2015); RFC 9700 (OAuth 2.0 security, 2025).
"""

import base64
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from treadlight.app.server.problems import Refused
from treadlight.app.server.settings import Provider, is_loopback
from treadlight.core.errors import MissingExtraError

__all__ = ["Attempt", "Identity", "OpenID"]

_PATIENCE_S = 10.0
_KEEP_S = 3600.0
_MOST_BYTES = 1 << 20
_LEEWAY_S = 60
_ALGORITHMS = ("RS256", "ES256", "PS256", "EdDSA")


class Attempt(msgspec.Struct):
    """A sign-in under way: what must come back, and where to go afterwards."""

    state: str
    nonce: str
    verifier: str
    to: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider vouches for; the e-mail is empty where it did not verify it."""

    issuer: str
    subject: str
    email: str
    name: str


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Go nowhere else."""


class OpenID:
    """One provider.

    Parameters
    ----------
    provider
        As the configuration names it.
    returns_to
        Address of this server to which it sends people back.
    """

    def __init__(self, provider: Provider, returns_to: str) -> None:
        self._provider, self._returns_to = provider, returns_to
        self._opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler())
        self._known: dict[str, tuple[float, dict[str, Any]]] = {}

    def begin(self, to: str) -> tuple[Attempt, str]:
        """A new attempt, and the address to which the browser is sent."""
        attempt = Attempt(token_urlsafe(24), token_urlsafe(24), token_urlsafe(48), to)
        challenge = base64.urlsafe_b64encode(sha256(attempt.verifier.encode()).digest()).decode().rstrip("=")
        query = {
            "response_type": "code",
            "client_id": self._provider.client_id,
            "redirect_uri": self._returns_to,
            "scope": "openid email profile",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        where = self._endpoint("authorization_endpoint")
        return attempt, where + ("&" if "?" in where else "?") + urlencode(query)

    def finish(self, attempt: Attempt, code: str) -> Identity:
        """Who came back with this code.

        Raises
        ------
        Refused
            If the provider does not vouch for them.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._returns_to,
            "client_id": self._provider.client_id,
            "code_verifier": attempt.verifier,
        }
        answer = self._fetch(self._endpoint("token_endpoint"), form)
        claims = self._claims(str(answer.get("id_token", "")))
        if claims.get("nonce") != attempt.nonce:
            raise _refused("states an identity for another sign-in")
        verified = claims.get("email_verified") is True
        email = str(claims.get("email", "")) if verified else ""
        name = str(claims.get("name") or claims.get("preferred_username") or email or claims["sub"])
        return Identity(self._provider.issuer, str(claims["sub"]), email.lower(), name[:200])

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            import jwt
        except ImportError:
            raise MissingExtraError("pyjwt", "server", "signing in with a provider") from None
        try:
            wanted = jwt.get_unverified_header(token).get("kid")
            keys = [key for key in self._keys(jwt) if wanted is None or key.key_id == wanted]
            if not keys:  # the provider may have changed its keys
                self._known.clear()
                keys = [key for key in self._keys(jwt) if wanted is None or key.key_id == wanted]
            if len(keys) != 1:
                raise _refused("signed an identity with a key that it does not publish")
            found: dict[str, Any] = jwt.decode(
                token,
                keys[0].key,
                algorithms=list(_ALGORITHMS),
                audience=self._provider.client_id,
                issuer=self._provider.issuer,
                leeway=_LEEWAY_S,
                options={"require": ["exp", "iat", "sub", "aud", "iss"]},
            )
        except jwt.PyJWTError as error:
            raise _refused(f"states no usable identity ({error})") from None
        return found

    def _keys(self, jwt: Any) -> list[Any]:
        return list(jwt.PyJWKSet.from_dict(self._document(self._endpoint("jwks_uri"))).keys)

    def _endpoint(self, name: str) -> str:
        described = self._document(f"{self._provider.issuer}/.well-known/openid-configuration")
        where = str(described.get(name, ""))
        if described.get("issuer") != self._provider.issuer or not _is_safe(where):
            raise _refused(f"does not say where its {name} is", value=where)
        return where

    def _document(self, url: str) -> dict[str, Any]:
        until, found = self._known.get(url, (0.0, {}))
        if time.monotonic() >= until:
            found = self._fetch(url)
            self._known[url] = (time.monotonic() + _KEEP_S, found)
        return found

    def _fetch(self, url: str, form: Mapping[str, str] | None = None) -> dict[str, Any]:
        request = urllib.request.Request(url, headers={"Accept": "application/json"})
        if form is not None:
            request.data = urlencode(form).encode()
            if self._provider.client_secret:
                pair = f"{self._provider.client_id}:{self._provider.client_secret}".encode()
                request.add_header("Authorization", f"Basic {base64.b64encode(pair).decode()}")
        try:
            with self._opener.open(request, timeout=_PATIENCE_S) as answer:
                found = json.loads(answer.read(_MOST_BYTES))
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            raise _refused(f"cannot be asked ({reason})", status=503 if form is None else 401) from None
        if not isinstance(found, dict):
            raise _refused("answers with something else than an object")
        return found


def _is_safe(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


def _refused(what: str, *, status: int = 401, value: str | None = None) -> Refused:
    return Refused(status, what, field="provider", value=value, remedy="try again, or sign in with a token")
