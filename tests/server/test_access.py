"""Who is let in: tokens, their ends and scopes, sessions, forms, hosts and limits."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from serving import Served, activities, secret, served
from treadlight.app.server.application import create_app
from treadlight.app.server.limits import Buckets
from treadlight.app.server.settings import Provider, ServerSettings
from treadlight.core.errors import ConfigError, InputError
from treadlight.ledger.store import Ledger


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path))
    return tmp_path / "ledger.sqlite"


def test_a_server_that_knows_no_token_lets_in_whoever_sits_at_the_machine(path: Path) -> None:
    with served(path) as api:
        assert api.get("/api/v1/me").json()["id"] == "local"


def test_with_a_token_made_nobody_is_let_in_without_one(path: Path) -> None:
    secret(path)
    with served(path) as api:
        answer = api.get("/api/v1/me")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json()["field"] == "token"


def test_where_others_can_reach_it_a_server_does_not_start_without_a_token(path: Path) -> None:
    with pytest.raises(ConfigError, match="token create"):
        create_app(ServerSettings(database=str(path), host="0.0.0.0"))
    secret(path)
    create_app(ServerSettings(database=str(path), host="0.0.0.0"))


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "[::2]:8321"])
def test_a_made_up_name_for_this_machine_is_refused(path: Path, host: str) -> None:
    with served(path, ServerSettings(embedded=True)) as api:
        assert api.get("/api/v1/me", headers={"host": host}).status_code == 421
        assert api.get("/api/v1/me", headers={"host": "localhost:8321"}).status_code == 200


@pytest.mark.parametrize("token", ["x", "tlt_abc", "tlt_abc_def", "tlt__", "é"])
def test_a_token_nobody_made_is_refused(path: Path, token: str) -> None:
    secret(path)
    with served(path) as api:
        answer = api.get("/api/v1/me", headers={"authorization": b"Bearer " + token.encode()})
    assert (answer.status_code, answer.json()["field"]) == (401, "token")


def test_an_expired_and_a_revoked_token_say_so(path: Path) -> None:
    late = datetime.now(UTC) + timedelta(days=2)
    with Ledger.open(path) as ledger:
        soon = datetime.now(UTC) + timedelta(days=1)
        _, ended = ledger.access().tokens.create("old", ["read"], None, soon, "test")
        made, revoked = ledger.access().tokens.create("gone", ["read"], None, None, "test")
        ledger.access().tokens.revoke(made.id)
        assert [t.state(late) for t in ledger.access().tokens.all()] == ["revoked", "expired"]
    with served(path) as api:
        api.place.now = lambda: late
        assert "expired" in api.with_token(ended).get("/api/v1/me").json()["detail"]
        assert "revoked" in api.with_token(revoked).get("/api/v1/me").json()["detail"]


def test_a_token_is_kept_as_a_hash_only(path: Path) -> None:
    token = secret(path)
    with Ledger.open(path) as ledger:
        assert ledger.access().tokens.find(token) is not None
    content = (
        path.read_bytes() + Path(f"{path}-wal").read_bytes() if Path(f"{path}-wal").exists() else path.read_bytes()
    )
    assert token.split("_", 2)[2].encode() not in content


@pytest.mark.parametrize(("name", "scopes"), [("", ["read"]), ("a\nb", ["read"]), ("a", []), ("a", ["root"])])
def test_an_unfit_token_is_not_made(path: Path, name: str, scopes: list[str]) -> None:
    with Ledger.open(path) as ledger, pytest.raises(InputError):
        ledger.access().tokens.create(name, scopes, None, None, "test")


def test_scopes_allow_what_they_name_and_nothing_else(path: Path) -> None:
    ingest, read = secret(path, ["ingest"]), secret(path, ["read"])
    with served(path) as api:
        assert api.with_token(ingest).send(activities(1)).status_code == 200
        assert api.with_token(ingest).get("/api/v1/activities").status_code == 403
        assert api.with_token(read).send(activities(1)).status_code == 403
        assert api.with_token(read).get("/api/v1/activities").status_code == 200
        assert api.with_token(read).get("/api/v1/audit").status_code == 403


def test_the_log_says_who_wrote_what(path: Path) -> None:
    ingest, admin = secret(path, ["ingest"]), secret(path, ["admin"])
    with served(path) as api:
        api.with_token(ingest).send(activities(3))
        lines = api.with_token(admin).get("/api/v1/audit").json()["lines"]
    assert (lines[0]["action"], lines[0]["target"]) == ("ingest", "entries 1-3")
    assert lines[0]["actor"].startswith("token:")


def test_every_answer_carries_a_strict_policy(path: Path) -> None:
    with served(path, ServerSettings(embedded=True)) as api:
        for address in ("/api/v1/me", "/nowhere", "/static/tokens.css", "/healthz", "/api/nowhere", "/sign-in"):
            headers = api.get(address).headers
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert headers["x-content-type-options"] == "nosniff"


def _form(api: Served, path: str) -> str:
    found = re.search(r'name="_csrf" value="(\w+)"', api.get(path).text)
    assert found
    return found[1]


def test_signing_in_with_a_token_opens_a_session_that_can_be_given_up(path: Path) -> None:
    token = secret(path, ["read"])
    with served(path) as api:
        csrf = _form(api, "/sign-in?to=/runs")
        answer = api.post("/sign-in", data={"_csrf": csrf, "token": token, "to": "/runs"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/runs")
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=lax" in cookie
        assert api.get("/api/v1/me").json()["scopes"] == ["read"]
        api.post("/sign-out", data={"_csrf": csrf})
        assert api.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize("to", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_never_leads_to_another_server(path: Path, to: str) -> None:
    token = secret(path, ["read"])
    with served(path) as api:
        answer = api.post("/sign-in", data={"_csrf": _form(api, "/sign-in"), "token": token, "to": to})
    assert answer.headers["location"] == "/"


def test_a_wrong_token_is_told_in_the_form(path: Path) -> None:
    secret(path)
    with served(path) as api:
        answer = api.post("/sign-in", data={"_csrf": _form(api, "/sign-in"), "token": "x", "to": "/"})
    assert answer.status_code == 401
    assert "not known here" in answer.text


@pytest.mark.parametrize(
    ("csrf", "site"), [("", ""), ("0" * 64, ""), ("right", "cross-site"), ("right", "same-site"), ("é", "")]
)
def test_a_form_from_elsewhere_is_refused(path: Path, csrf: str, site: str) -> None:
    token = secret(path)
    with served(path) as api:
        sent = _form(api, "/sign-in") if csrf == "right" else csrf
        headers = {"sec-fetch-site": site} if site else {}
        answer = api.post("/sign-in", data={"_csrf": sent, "token": token}, headers=headers)
    assert answer.status_code == 403


def test_cookies_ask_for_tls_where_there_is_tls(path: Path) -> None:
    settings = ServerSettings(public_url="https://treadlight.example.org")
    with served(path, settings) as api:
        assert "secure" in api.get("/sign-in").headers["set-cookie"].lower()


def test_too_many_requests_are_refused_and_others_are_not(path: Path) -> None:
    token, other = secret(path), secret(path)
    with served(path, ServerSettings(rate_per_min=60)) as api:
        answers = [api.with_token(token).get("/api/v1/me") for _ in range(40)]
        assert {a.status_code for a in answers} == {200, 429}
        assert answers[-1].json()["status"] == 429
        assert api.with_token(other).get("/api/v1/me").status_code == 200


def test_many_wrong_tokens_from_one_address_are_cut_off(path: Path) -> None:
    secret(path)
    with served(path) as api:
        found = [api.with_token(f"tlt_abc_{i}").get("/api/v1/me").status_code for i in range(30)]
    assert found[0] == 401
    assert found[-1] == 429


def test_a_bucket_refills_as_time_goes_by() -> None:
    now = [0.0]
    bucket = Buckets(60.0, lambda: now[0])
    assert [bucket.take("a") for _ in range(11)] == [True] * 10 + [False]
    now[0] = 1.5
    assert [bucket.take("a"), bucket.take("a")] == [True, False]


def test_a_bucket_forgets_whom_it_has_not_seen_for_long() -> None:
    bucket = Buckets(60.0, lambda: 0.0)
    for i in range(20_000):
        bucket.take(i)
    assert len(bucket._left) <= 10_000


@pytest.mark.parametrize("role", ["member", "lead", "auditor", "admin"])
def test_each_role_may_do_what_it_is_for(path: Path, role: str) -> None:
    with Ledger.open(path) as ledger:
        access = ledger.access()
        member = access.members.seen("https://id.example", "1", "a@example.org", "A", role, frozenset({"vision"}))
        cookie = access.sessions.begin(f"member:{member.id}", timedelta(hours=1))
    provider = Provider("https://id.example", "treadlight")
    with served(path, ServerSettings(provider=provider, public_url="https://t.example.org")) as api:
        headers = {"cookie": f"treadlight_session={cookie}"}
        me = api.get("/api/v1/me", headers=headers).json()
        assert me["role"] == role
        assert me["projects"] == (["vision"] if role in ("member", "lead") else None)
        assert api.get("/api/v1/audit", headers=headers).status_code == (200 if role in ("auditor", "admin") else 403)
        assert api.get("/api/v1/export", headers=headers).status_code == (200 if role in ("auditor", "admin") else 403)
        sent = api.post("/api/v1/activities", json={"activities": []}, headers=headers)
        assert (sent.status_code == 403) == (role != "admin")


def test_a_role_that_was_taken_away_holds_no_longer(path: Path) -> None:
    with Ledger.open(path) as ledger:
        access = ledger.access()
        member = access.members.seen("https://id.example", "1", "", "A", "admin", None)
        access.members.seen("https://id.example", "2", "", "B", "admin", None)
        cookie = access.sessions.begin(f"member:{member.id}", timedelta(hours=1))
        headers = {"cookie": f"treadlight_session={cookie}"}
        provider = Provider("https://id.example", "treadlight")
        with served(path, ServerSettings(provider=provider, public_url="https://t.example.org")) as api:
            assert api.get("/api/v1/me", headers=headers).json()["role"] == "admin"
            access.members.grant(member.id, "member", frozenset())
            api.place.changed()
            assert api.get("/api/v1/me", headers=headers).json()["role"] == "member"


def test_settings_change_one_thing_at_a_time() -> None:
    changed = replace(ServerSettings(), host="::1", port=1)
    assert (changed.address, changed.secure) == ("http://[::1]:1", False)
