"""The page Settings: what each role sees, what forms do, what is refused, and what the log says of it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from serving import Admin, activities, secret, served, whole_run
from treadlight.app.server.settings import Provider, ServerSettings
from treadlight.ledger.store import Ledger

PARTS = ("sites", "projects", "members", "tokens", "public", "log", "configuration")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path))
    monkeypatch.setenv("TREADLIGHT_DRAWS", "200")
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def admin(home: Path) -> Iterator[Admin]:
    token = secret(home, ["admin"])
    with served(home, token=token) as api:
        api.send(activities(3))
        api.post("/api/v1/runs", json=whole_run())
        yield Admin(api)


def _said(answer: Any) -> str:
    found = re.search(r'class="error"[^>]*>(.*?)</p>', answer.text, re.DOTALL)
    return unescape(re.sub("<[^>]+>", "", found[1])) if found else ""


def _log(admin: Admin) -> list[tuple[str, str]]:
    lines = admin.api.get("/api/v1/audit").json()["lines"]
    return [(line["action"], line["target"]) for line in lines]


@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_shown_to_an_admin_and_no_secret_is_in_it(admin: Admin, part: str) -> None:
    answer = admin.get(part)
    assert answer.status_code == 200
    assert 'aria-current="page"' in answer.text
    assert admin.api.token not in answer.text
    assert admin.api.token.split("_", 2)[2] not in answer.text


def test_facts_of_a_site_are_kept_with_their_source_and_history(admin: Admin) -> None:
    fields = {"name": "paris", "zone": "FR", "pue": "1.2"}
    assert admin.post("sites", "state", **fields, source="meter of the hall").status_code == 303
    assert admin.post("sites", "state", **{**fields, "pue": "1.3"}, source="bill 2026").status_code == 303
    page = admin.get("sites?site=paris").text
    assert "meter of the hall" in page and "bill 2026" in page
    with Ledger.open(admin.api.place.ledger.name) as ledger:
        held = {f.key: (f.value, f.source) for f in ledger.site_facts()}
    assert held == {"zone": ("FR", "meter of the hall"), "pue": ("1.3", "bill 2026")}
    assert _log(admin)[:2] == [("site.state", "paris"), ("site.state", "paris")]


def test_facts_of_a_site_are_taken_back(admin: Admin) -> None:
    admin.post("sites", "state", name="paris", pue="1.2", source="meter")
    assert admin.post("sites", "remove", name="paris").status_code == 303
    assert admin.api.get("/api/v1/sites").json() == {"facts": []}
    assert "paris" not in admin.get("sites").text


@pytest.mark.parametrize(
    ("part", "do", "fields", "said"),
    [
        ("sites", "state", {"name": "paris", "pue": "0.3", "source": "x"}, "pue is below 1 (0.3)"),
        ("sites", "state", {"name": "paris", "zone": "QQ", "source": "x"}, "zone no such zone"),
        ("sites", "state", {"name": "paris", "pue": "1.2", "source": ""}, "source is missing"),
        ("sites", "state", {"name": "", "pue": "1.2", "source": "x"}, "name is no name"),
        ("sites", "remove", {"name": "nowhere"}, "holds no facts"),
        ("tokens", "create", {"name": "x", "expires": "90d", "all": "on"}, "scope unknown scope"),
        ("tokens", "create", {"name": "x", "expires": "90d", "scope:read": "on"}, "projects is missing"),
        ("tokens", "create", {"name": "", "expires": "90d", "scope:read": "on", "all": "on"}, "is no name"),
        ("tokens", "create", {"name": "x", "expires": "soon", "scope:read": "on", "all": "on"}, "expires"),
        ("tokens", "revoke", {"token": "nobody"}, "no such token"),
        ("members", "add", {"email": "ada", "role": "member"}, "is no e-mail"),
        ("members", "add", {"email": "ada@example.org", "role": "king"}, "unknown role"),
        ("members", "remove", {"member": "nobody"}, "no such member"),
        ("projects", "state", {"name": "vision", "about": "", "contact": ""}, "says nothing new"),
        ("public", "publish", {}, "projects is missing"),
        ("public", "choose", {"category": "gwp", "accounting": "location", "since": "2026"}, "is no month"),
        ("public", "choose", {"category": "joy", "accounting": "location", "all": "on"}, "unknown choice"),
    ],
)
def test_what_cannot_be_done_is_said_beside_the_form(
    admin: Admin, part: str, do: str, fields: dict[str, str], said: str
) -> None:
    before = _log(admin)
    answer = admin.post(part, do, **fields)
    assert answer.status_code == 400
    assert said in _said(answer)
    assert _log(admin) == before


def test_what_was_typed_stands_there_again_where_it_was_refused(admin: Admin) -> None:
    answer = admin.post("sites", "state", name="paris", pue="0.3", source="<b>meter</b>")
    assert 'value="0.3"' in answer.text
    assert "&lt;b&gt;meter" in answer.text


def test_a_token_is_shown_once_and_the_answer_is_kept_by_no_browser(admin: Admin) -> None:
    ticked = {"scope:ingest": "on", "scope:read": "on", "project:vision": "on"}
    answer = admin.post("tokens", "create", name="trainer", expires="30d", **ticked)
    made = re.search(r"tlt_[\w-]+", answer.text)
    assert made
    assert answer.headers["cache-control"] == "no-store"
    assert made[0] not in admin.get("tokens").text
    client = admin.api.with_token(made[0])
    assert client.get("/api/v1/me").json()["projects"] == ["vision"]
    assert client.send(activities(1, first=40)).status_code == 200
    with Ledger.open(admin.api.place.ledger.name) as ledger:
        token = next(t for t in ledger.access().tokens.all() if t.name == "trainer")
    assert admin.post("tokens", "revoke", token=token.id).status_code == 303
    assert client.get("/api/v1/me").status_code == 401
    assert ("token.create", token.id) in _log(admin) and ("token.revoke", token.id) in _log(admin)


def test_the_last_way_in_for_an_admin_is_not_closed(admin: Admin) -> None:
    own = admin.api.get("/api/v1/me").json()["id"].removeprefix("token:")
    assert "last way in" in _said(admin.post("tokens", "revoke", token=own))
    admin.post("members", "add", email="ada@example.org", role="admin")
    assert admin.post("tokens", "revoke", token=own).status_code == 303


def test_members_are_added_changed_and_removed_and_the_last_admin_stays(admin: Admin) -> None:
    admin.post("members", "add", email="ada@example.org", role="admin", all="on")
    admin.post("members", "add", email="bob@example.org", role="member", **{"project:vision": "on"})
    with Ledger.open(admin.api.place.ledger.name) as ledger:
        ada, bob = ledger.access().members.all()
    assert bob.projects == frozenset({"vision"})
    assert admin.post("members", "grant", member=bob.id, role="lead", other="speech").status_code == 303
    assert "last admin" in _said(admin.post("members", "remove", member=ada.id))
    assert "last admin" in _said(admin.post("members", "grant", member=ada.id, role="lead"))
    assert admin.post("members", "remove", member=bob.id).status_code == 303
    assert "bob@example.org" not in admin.get("members").text
    assert [action for action, _ in _log(admin)][:4] == ["member.remove", "member.role", "member.add", "member.add"]


def test_a_form_without_its_digest_changes_nothing(admin: Admin) -> None:
    for part, do in (("tokens", "create"), ("members", "add"), ("sites", "state"), ("public", "publish")):
        answer = admin.api.post(f"/settings/{part}", data={"do": do, "name": "x", "email": "a@b", "role": "admin"})
        assert answer.status_code == 403
        assert "was not sent by a page of this server" in unescape(answer.text)


def test_a_deed_or_a_part_that_is_not_there_is_named(admin: Admin) -> None:
    assert admin.post("sites", "burn").status_code == 400
    assert admin.get("nowhere").status_code == 404


def _as(home: Path, role: str, projects: frozenset[str] | None = frozenset({"vision"})) -> dict[str, str]:
    with Ledger.open(home) as ledger:
        access = ledger.access()
        member = access.members.seen("https://id.example", role, f"{role}@example.org", role, role, projects)
        cookie = access.sessions.begin(f"member:{member.id}", timedelta(hours=1))
    return {"cookie": f"treadlight_session={cookie}"}


_SIGNED = ServerSettings(provider=Provider("https://id.example", "treadlight"), public_url="https://t.example.org")


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        ("member", {"sites", "projects", "members", "tokens"}),
        ("lead", {"sites", "projects", "members", "tokens"}),
        ("auditor", {"sites", "projects", "members", "tokens", "public", "log"}),
        ("admin", set(PARTS)),
    ],
)
def test_each_role_sees_what_concerns_it_and_only_admins_change_all(home: Path, role: str, seen: set[str]) -> None:
    secret(home, ["read"], ["zzother"])
    with Ledger.open(home) as ledger:
        ledger.access().members.seen("https://id.example", "x", "zz@example.org", "zz", "member", None)
    headers = _as(home, role)
    with served(home, _SIGNED) as api:
        for part in PARTS:
            answer = api.get(f"/settings/{part}", headers=headers)
            assert (answer.status_code == 200) == (part in seen), part
            if role in ("member", "lead"):
                assert "zzother" not in answer.text and "zz@example.org" not in answer.text
        page = api.get("/settings/sites", headers=headers)
        visit = re.search(r"treadlight_visit=([^;]+)", page.headers["set-cookie"])
        csrf = re.search(r'name="_csrf" value="(\w+)"', page.text)
        assert visit and csrf
        both = {"cookie": f"{headers['cookie']}; treadlight_visit={visit[1]}"}
        for part, do in (("tokens", "create"), ("members", "add"), ("sites", "state"), ("public", "publish")):
            form = {"_csrf": csrf[1], "do": do, "name": "x", "expires": "1y", "scope:read": "on", "all": "on"}
            form |= {"email": "new@example.org", "role": "member", "pue": "1.2", "source": "meter"}
            answer = api.post(f"/settings/{part}", data=form, headers=both)
            assert (answer.status_code in (200, 303, 400)) == (role == "admin"), (part, answer.status_code)
    with Ledger.open(home) as ledger:
        assert ("new@example.org" in {m.email for m in ledger.access().members.all()}) == (role == "admin")


def test_a_lead_says_what_their_projects_are_for_and_nothing_of_others(home: Path) -> None:
    token = secret(home, ["read", "write"], ["vision"])
    admin = secret(home, ["admin"])
    with served(home) as api:
        api.with_token(admin).send([*activities(1), *activities(1, "speech", 50)])
        lead = Admin(api.with_token(token))
        assert lead.post("projects", "state", name="vision", about="sees", contact="ada").status_code == 303
        assert "sees" in lead.get("projects").text
        assert "speech" not in lead.get("projects").text
        assert "no such project" in _said(lead.post("projects", "state", name="speech", about="hears", contact=""))


def test_on_ones_own_machine_sites_lie_in_the_configuration(home: Path) -> None:
    with served(home, ServerSettings(embedded=True)) as api:
        own = Admin(api)
        assert "no such part" in unescape(own.get("tokens").text)
        assert own.post("sites", "state", name="", zone="FR", pue="1.2", source="meter").status_code == 303
        assert own.post("sites", "state", name="cellar", pue="1.5", source="bill").status_code == 303
        page = own.get("sites").text
        assert "cellar" in page and "treadlight.toml" in page
        assert own.post("sites", "remove", name="cellar").status_code == 303
        assert api.get("/settings/configuration").status_code == 200
    text = (home.parent / "treadlight.toml").read_text()
    assert 'zone = "FR"' in text and "pue = 1.2" in text and "cellar" not in text


def test_what_the_environment_sets_is_not_changed_by_a_form(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREADLIGHT_ZONE", "DE")
    with served(home, ServerSettings(embedded=True)) as api:
        page = api.get("/settings/sites?site=").text
        assert "set by TREADLIGHT_ZONE" in page
        assert re.search(r'<input disabled value="DE"', page)


def test_a_password_of_the_database_is_not_shown(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREADLIGHT_TOKEN", "tlt_hush")
    monkeypatch.setenv("TREADLIGHT_OIDC_CLIENT_SECRET", "hush-too")
    token = secret(home, ["admin"])
    with served(home, token=token) as api:
        assert "hush" not in api.get("/settings/configuration").text


def test_the_log_goes_back_page_by_page(home: Path) -> None:
    token = secret(home, ["admin"])
    with Ledger.open(home) as ledger:
        for i in range(70):
            ledger.access().audit.add("local", f"deed {i:02}")
    with served(home, token=token) as api:
        first = api.get("/settings/log").text
        assert "deed 69" in first and "deed 20" in first and "deed 19" not in first
        earlier = re.search(r'href="(/settings/log\?before=\d+)"', first)
        assert earlier
        second = api.get(earlier[1]).text
        assert "deed 19" in second and "deed 00" in second
        assert api.get("/settings/log?before=x").status_code == 400
