"""Signing in with a provider: a small one of our own plays its part, well and badly."""

import base64
import json
import time
from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from serving import Served, served
from treadlight.app.server.configured import server_settings
from treadlight.app.server.settings import Provider, ServerSettings
from treadlight.core.config import load
from treadlight.core.errors import ConfigError

_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class _Provider(ThreadingHTTPServer):
    """A provider that lets in whoever comes; `change` alters what it states."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.issuer = f"http://127.0.0.1:{self.server_address[1]}"
        self.codes: dict[str, dict[str, str]] = {}
        self.change: dict[str, Any] = {}
        self.key: Any = _KEY
        self.asked: list[dict[str, str]] = []

    def authorize(self, where: str) -> str:
        """The browser's visit: a code for what was asked, and where it sends the browser back."""
        query = {k: v[0] for k, v in parse_qs(urlsplit(where).query).items()}
        code = f"code{len(self.codes)}"
        self.codes[code] = query
        return f"/sign-in/return?code={code}&state={query['state']}"

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """The exchange of a code, with its proof."""
        self.asked.append(form)
        query = self.codes.pop(form["code"], None)
        proof = base64.urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        if query is None or query["code_challenge"] != proof:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": "treadlight", "sub": "42", "nonce": query["nonce"], "iat": now, "exp": now + 60,
            "email": "Ada@Example.org", "email_verified": True, "name": "Ada",
        } | self.change  # fmt: skip
        claims = {k: v for k, v in claims.items() if v is not None}
        return 200, {"id_token": jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "k1"})}


class _Answers(BaseHTTPRequestHandler):
    server: _Provider

    def do_GET(self) -> None:
        issuer = self.server.issuer
        if self.path.endswith("openid-configuration"):
            self._give(200, {
                "issuer": self.server.change.get("discovered", issuer),
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/keys",
            })  # fmt: skip
        else:
            key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(_KEY.public_key()))
            self._give(200, {"keys": [key | {"kid": "k1", "use": "sig", "alg": "RS256"}]})

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self._give(*self.server.token({k: v[0] for k, v in form.items()}))

    def _give(self, status: int, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def provider() -> Iterator[_Provider]:
    made = _Provider()
    thread = Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, provider: _Provider) -> Iterator[Served]:
    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path))
    named = Provider(provider.issuer, "treadlight", "hush", frozenset({"ada@example.org"}), frozenset({"vision"}))
    settings = ServerSettings(provider=named, public_url="http://127.0.0.1")
    with served(tmp_path / "ledger.sqlite", settings) as found:
        yield found


def _sign_in(api: Served, provider: _Provider, to: str = "/runs") -> Any:
    sent = api.get(f"/sign-in/provider?to={to}")
    assert sent.status_code == 303
    assert sent.headers["location"].startswith(provider.issuer)
    return api.get(provider.authorize(sent.headers["location"]))


def test_whom_the_provider_vouches_for_is_let_in(api: Served, provider: _Provider) -> None:
    assert api.get("/api/v1/me").status_code == 401
    answer = _sign_in(api, provider)
    assert (answer.status_code, answer.headers["location"]) == (303, "/runs")
    me = api.get("/api/v1/me").json()
    assert (me["name"], me["role"], me["projects"]) == ("Ada", "admin", None)


@pytest.mark.parametrize("change", [{"email": "bob@example.org"}, {"email_verified": False}, {"email": None}])
def test_others_than_the_named_admins_begin_as_members_of_what_new_ones_may_see(
    api: Served, provider: _Provider, change: dict[str, Any]
) -> None:
    provider.change = change
    _sign_in(api, provider)
    me = api.get("/api/v1/me").json()
    assert (me["role"], me["projects"]) == ("member", ["vision"])


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "another"},
        {"iss": "https://evil.example"},
        {"nonce": "old"},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"sub": None},
    ],
)
def test_an_identity_that_is_not_for_this_sign_in_is_refused(
    api: Served, provider: _Provider, change: dict[str, Any]
) -> None:
    provider.change = change
    answer = _sign_in(api, provider)
    assert answer.status_code == 401
    assert "treadlight_session" not in answer.headers.get("set-cookie", "")
    assert api.get("/api/v1/me").status_code == 401


def test_an_identity_signed_by_somebody_else_is_refused(api: Served, provider: _Provider) -> None:
    provider.key = _OTHER
    _sign_in(api, provider)
    assert api.get("/api/v1/me").status_code == 401


def test_a_provider_that_names_another_issuer_is_refused(api: Served, provider: _Provider) -> None:
    provider.change = {"discovered": "https://evil.example"}
    assert api.get("/sign-in/provider").status_code == 401


@pytest.mark.parametrize("query", ["code=x&state=x", "state=x", "error=access_denied", ""])
def test_a_return_that_was_not_asked_for_is_refused(api: Served, provider: _Provider, query: str) -> None:
    assert api.get(f"/sign-in/return?{query}").status_code == 400
    api.get("/sign-in/provider")
    assert api.get(f"/sign-in/return?{query}").status_code == 400
    assert api.get("/api/v1/me").status_code == 401


def test_each_attempt_counts_once(api: Served, provider: _Provider) -> None:
    sent = api.get("/sign-in/provider")
    back = provider.authorize(sent.headers["location"])
    cookies = dict(api.client.cookies)
    assert api.get(back).headers["location"] == "/"
    api.client.cookies.update(cookies)
    assert api.get(back).status_code == 400


def test_the_code_is_proved_by_its_verifier(api: Served, provider: _Provider) -> None:
    _sign_in(api, provider)
    form = provider.asked[0]
    assert len(form["code_verifier"]) >= 43
    assert form["redirect_uri"] == "http://127.0.0.1/sign-in/return"


@pytest.mark.parametrize(
    ("env", "field"),
    [
        ({"TREADLIGHT_OIDC_ISSUER": "http://id.example"}, "serve.oidc_issuer"),
        ({"TREADLIGHT_OIDC_ISSUER": "https://id.example"}, "serve.oidc_client_id"),
        ({"TREADLIGHT_OIDC_ISSUER": "https://id.example", "TREADLIGHT_OIDC_CLIENT_ID": "x"}, "serve.public_url"),
        ({"TREADLIGHT_PUBLIC_URL": "ftp://x"}, "serve.public_url"),
    ],
)
def test_settings_that_do_not_fit_together_are_named(tmp_path: Path, env: dict[str, str], field: str) -> None:
    with pytest.raises(ConfigError) as caught:
        server_settings("", "127.0.0.1", 1, load(env, tmp_path))
    assert caught.value.field == field


def test_a_provider_is_read_from_the_settings(tmp_path: Path) -> None:
    env = {
        "TREADLIGHT_OIDC_ISSUER": "https://id.example/", "TREADLIGHT_OIDC_CLIENT_ID": "x",
        "TREADLIGHT_PUBLIC_URL": "https://t.example", "TREADLIGHT_ADMINS": "A@x.org, b@x.org",
        "TREADLIGHT_NEW_MEMBER_PROJECTS": "*",
    }  # fmt: skip
    found = server_settings("", "127.0.0.1", 1, load(env, tmp_path)).provider
    assert found == Provider("https://id.example", "x", "", frozenset({"a@x.org", "b@x.org"}), None)


def test_somebody_added_by_their_e_mail_has_the_role_they_were_given(api: Served, provider: _Provider) -> None:
    provider.change = {"email": "bob@example.org"}
    api.place.access.members.add("bob@example.org", "auditor", None)
    _sign_in(api, provider)
    me = api.get("/api/v1/me").json()
    assert (me["role"], me["projects"]) == ("auditor", None)
    assert len(api.place.access.members.all()) == 1


def test_whoever_was_removed_is_not_let_in_again_whatever_the_provider_says(api: Served, provider: _Provider) -> None:
    members = api.place.access.members
    members.add("boss@example.org", "admin", None)
    _sign_in(api, provider)
    api.place.changed()
    assert api.get("/api/v1/me").json()["role"] == "admin"
    members.remove("ada@example.org")
    api.place.changed()
    assert api.get("/api/v1/me").status_code == 401
    answer = _sign_in(api, provider)
    assert answer.status_code == 403
    assert "was removed" in answer.text
    members.add("ada@example.org", "member", frozenset())
    assert _sign_in(api, provider).status_code == 303
