"""How far a token of some projects reaches: whatever it asks for, it changes nothing outside them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from serving import Admin, Served, activities, bodies, secret, served, whole_run
from treadlight.app.server.calls import PREFIX, operations
from treadlight.app.server.principal import LOCAL, Principal, Role, Scope
from treadlight.app.web.pages.settings import PARTS
from treadlight.core.errors import InputError
from treadlight.ledger.access.schema import token as tokens
from treadlight.ledger.store import Ledger

_OWN, _OTHER = "vision", "speech"
_POSTS = sorted({o.path for o in operations() if o.method == "POST"})
_DEEDS = sorted((part.name, do) for part in PARTS.values() for do in part.deeds)


def _older_admin(path: Path) -> str:
    """An admin's token for one project, as older versions made them."""
    made = secret(path, ["read"], [_OWN])
    with Ledger.open(path) as ledger:
        ident = made.removeprefix("tlt_").partition("_")[0]
        with ledger._database.writing() as connection:
            connection.execute(update(tokens).where(tokens.c.id == ident).values(scopes="admin"))
    return made


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Admin]]:
    """A server with two projects, and an admin of one of them as older versions made them."""
    folder = tmp_path_factory.mktemp("reach")
    path = folder / "ledger.sqlite"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TREADLIGHT_HOME", str(folder))
        patch.setenv("TREADLIGHT_DRAWS", "100")
        whole, own = secret(path, ["admin"]), _older_admin(path)
        with served(path) as api:
            everybody = api.with_token(whole)
            for project, n in ((_OWN, 0), (_OTHER, 1)):
                run = whole_run(n, project)
                assert everybody.post("/api/v1/runs", json=run).status_code == 200
                assert everybody.send(activities(2, project, 50 * (n + 1))).status_code == 200
                going = whole_run(n + 4, project)
                going["run"]["status"] = "running"
                assert everybody.post("/api/v1/live", json=going).json() == {"news": True}
            with Ledger.open(path) as ledger:
                access = ledger.access()
                access.members.add("ada@example.org", "admin", None)
                access.members.add("bob@example.org", "member", frozenset({_OTHER}))
                access.stated.state("site:hall", {"pue": "1.2", "zone": "FR"}, "meter", "test")
                access.stated.state(f"project:{_OTHER}", {"about": "hears"}, "test", "test")
                access.stated.state("public:page", {"projects": "[]", "category": "gwp"}, "test", "test")
            yield api, Admin(api.with_token(own))


def _outside(api: Served) -> list[Any]:
    """Everything on the server that is not of the first project."""
    ledger, access = api.place.ledger, api.place.access
    theirs = ledger.only(frozenset({_OTHER}))
    stated = [f for kind in ("site", "project", "public") for f in access.stated.of(kind)]
    items = [*theirs.activities(), *theirs.runs()]
    return [
        sorted(item.id for item in items),
        {key.subject.project for key in [*ledger.activities(), *ledger.runs()]} <= {_OWN, _OTHER},
        [(t.folded.run, t.folded.activities) for t in access.told.all() if t.folded.run.subject.project != _OWN],
        [(t.id, t.scopes, t.projects, t.revoked_at) for t in access.tokens.all()],
        [(m.id, m.role, m.projects, m.removed_at) for m in access.members.all(removed=True)],
        [f for f in stated if f.subject != f"project:{_OWN}"],
    ]


_ANY = st.sampled_from(["on", "", _OWN, _OTHER, "admin", "member", "lead", "read", "hall", "1.5", "gwp", "location",
                        "bob@example.org", "new@example.org", "90d", "2026-01", "yes"])  # fmt: skip
_FIELDS = ["name", "email", "role", "member", "token", "all", "other", "about", "contact", "expires", "source", "pue",
           "zone", "scope:admin", "scope:read", f"project:{_OTHER}", f"project:{_OWN}", "category", "accounting",
           "since", "until"]  # fmt: skip
_FIT = {"name": "hall", "email": "new@example.org", "role": "admin", "expires": "90d", "scope:read": "on", "all": "on",
        "source": "x", "pue": "1.9", "category": "gwp", "accounting": "location", "about": "mine now"}  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_form_of_the_settings_changes_what_is_of_others(limited: tuple[Served, Admin], data: Any) -> None:
    api, admin = limited
    before = _outside(api)
    part, do = data.draw(st.sampled_from(_DEEDS))
    idents = [t.id for t in api.place.access.tokens.all()] + [m.id for m in api.place.access.members.all()]
    fields = _FIT | {name: data.draw(_ANY) for name in data.draw(st.lists(st.sampled_from(_FIELDS), max_size=4))}
    fields |= {"token": data.draw(st.sampled_from(idents)), "member": data.draw(st.sampled_from(idents))}
    assert admin.post(part, do, **fields).status_code in (303, 400, 403)
    assert _outside(api) == before


def _bodies(path: str, project: str, n: int) -> list[Any]:
    """Bodies for an operation that fit it, of a project or of that project's rows."""
    run, theirs = whole_run(n, project), whole_run(1, _OTHER)
    going = {**run, "run": {**run["run"], "status": "running"}}
    more = bodies(activities(1, project, 900 + n))
    foreign = {**run["run"], "id": theirs["run"]["id"]}
    told = {**run["run"], "id": whole_run(5)["run"]["id"]}
    found: dict[str, list[Any]] = {
        "/activities": [{"activities": [{**more[0], **change}]} for change in (
            {}, {"id": theirs["activities"][0]["id"]}, {"supersedes": theirs["activities"][0]["id"]},
            {"parent": foreign["id"]}, {"parent": told["id"]})],
        "/runs": [run, {"run": foreign}, {"run": told}],
        "/live": [going, {"run": {**foreign, "status": "running"}}, {"run": {**told, "status": "running"}}],
        "/entries": [{"activities": more, "runs": [r], "copy": c} for r in (run["run"], foreign, told) for c in (0, 1)],
        "/sites": [{"name": "hall", "source": "x", "pue": "1.9"}, {"name": "hall", "source": "x", "pue": None}],
    }  # fmt: skip
    return found.get(path, [{}, {"claims": []}, {"params_total_b": 8, "tokens_b": 100}])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_operation_of_the_api_changes_what_is_of_others(limited: tuple[Served, Admin], data: Any) -> None:
    api, admin = limited
    before = _outside(api)
    path, project = data.draw(st.sampled_from(_POSTS)), data.draw(st.sampled_from([_OWN, _OTHER]))
    body = data.draw(st.sampled_from(_bodies(path, project, data.draw(st.sampled_from([0, 1, 5, 8])))))
    text = json.dumps(body).replace('"copy": 0', '"copy": false').replace('"copy": 1', '"copy": true')
    answer = admin.api.post(PREFIX + path, content=text, headers={"content-type": "application/json"})
    assert answer.status_code < 500
    assert _outside(api) == before


def test_what_concerns_all_projects_says_why_it_is_refused(limited: tuple[Served, Admin]) -> None:
    _, admin = limited
    me = admin.api.get("/api/v1/me").json()
    assert (me["role"], me["scopes"], me["projects"]) == ("lead", ["ingest", "read", "write"], [_OWN])
    for part in ("public", "log", "configuration"):
        answer = admin.get(part)
        assert answer.status_code == 403 and "concerns all projects: ask one of them" in answer.text
    for part, do in (("tokens", "create"), ("members", "add"), ("sites", "state")):
        answer = admin.post(part, do, **_FIT)
        assert answer.status_code == 403 and "concerns all projects: ask an admin" in answer.text
    for address in ("audit", "verify", "export"):
        assert admin.api.get(f"/api/v1/{address}").status_code == 403
    listed = admin.get("tokens").text
    assert "bob@example.org" not in admin.get("members").text and "all projects" not in listed.partition("<table")[2]


def test_an_admin_of_the_whole_server_changes_all_of_it(limited: tuple[Served, Admin]) -> None:
    """The same forms do something where they are allowed: the tests above do not pass for want of a fit form."""
    api, _ = limited
    whole = Admin(api.with_token(secret(api.place.workspace.ledger_url, ["admin"])))
    for part, do in (("sites", "state"), ("tokens", "create"), ("public", "choose"), ("public", "publish")):
        before = _outside(api)
        assert whole.post(part, do, **_FIT).status_code in (200, 303)
        assert _outside(api) != before


@pytest.mark.parametrize("scopes", [["admin"], ["read", "admin"]])
def test_an_admin_of_some_projects_is_not_made(tmp_path: Path, scopes: list[str]) -> None:
    with Ledger.open(tmp_path / "l.sqlite") as ledger, pytest.raises(InputError, match="is of all projects"):
        ledger.access().tokens.create("x", scopes, frozenset({_OWN}), None, "test")


@pytest.mark.parametrize("projects", [{""}, {" "}, {"a\nb"}, {_OWN, ""}, set()])
def test_a_token_for_a_project_without_a_name_is_not_made(tmp_path: Path, projects: set[str]) -> None:
    with Ledger.open(tmp_path / "l.sqlite") as ledger:
        with pytest.raises(InputError, match="project"):
            ledger.access().tokens.create("x", ["read"], frozenset(projects), None, "test")
        assert ledger.access().tokens.all() == []


def test_the_page_makes_no_admin_of_some_projects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path))
    path = tmp_path / "ledger.sqlite"
    with served(path, token=secret(path, ["admin"])) as api:
        admin = Admin(api)
        form = {"name": "x", "expires": "12h", "scope:admin": "on", f"project:{_OWN}": "on"}
        for part, do, fields in (
            ("tokens", "create", form),
            ("members", "add", {"email": "x@example.org", "role": "auditor", f"project:{_OWN}": "on"}),
            ("members", "add", {"email": "x@example.org", "role": "member", "other": "\t\x07"}),
        ):
            assert admin.post(part, do, **fields).status_code == 400
        assert len(api.place.access.tokens.all()) == 1 and api.place.access.members.all() == []


@pytest.mark.parametrize("role", ["auditor", "admin"])
def test_whoever_sees_all_projects_is_kept_and_listed_so(tmp_path: Path, role: str) -> None:
    with Ledger.open(tmp_path / "l.sqlite") as ledger:
        members = ledger.access().members
        found = [
            members.add("a@example.org", role, frozenset()),
            members.seen("https://id.example", "1", "b@example.org", "B", role, frozenset({_OWN})),
        ]
        assert [m.projects for m in (*found, *members.all())] == [None] * 4
        with pytest.raises(InputError, match="sees all projects"):
            members.grant(found[0].id, role, frozenset({_OWN}))


def test_nobody_who_asks_is_an_admin_or_auditor_of_some_projects() -> None:
    for role, scopes in ((Role.ADMIN, {Scope.READ}), (Role.AUDITOR, {Scope.READ}), (Role.LEAD, {Scope.ADMIN})):
        with pytest.raises(ValueError, match="all projects"):
            Principal("x", "x", role, frozenset(scopes), frozenset({_OWN}))
    assert LOCAL.everything


def test_counts_of_the_whole_ledger_are_told_to_who_may_see_all_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path))
    path = tmp_path / "ledger.sqlite"
    whole, own, sends = secret(path, ["read", "ingest"]), secret(path, ["read"], [_OWN]), secret(path, ["ingest"])
    with served(path) as api:
        api.with_token(whole).send(activities(3))
        health = [api.with_token(token).get("/api/v1/health").json() for token in (whole, own)]
        assert [h["entries"] for h in health] == [3, None]
        assert len(health[0]["root"]) == 64 and health[1]["root"] is None
        for token in ("", "tlt_abc_def", own, sends):
            asked = api.with_token(token)
            assert asked.get("/readyz").json() == {"status": "ready"}
            metrics = asked.get("/metrics")
            assert metrics.status_code == 200 and "treadlight_requests_total" in metrics.text
            assert "ingested" not in metrics.text and "entries" not in metrics.text
        asked = api.with_token(whole)
        assert asked.get("/readyz").json() == {"status": "ready", "entries": 3}
        assert "treadlight_ledger_entries 3" in asked.get("/metrics").text


def test_checking_the_chain_stands_in_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path))
    path = tmp_path / "ledger.sqlite"
    with served(path, token=secret(path, ["read"])) as api:
        assert api.get("/api/v1/verify").json()["ok"]
        (line,) = api.place.access.audit.newest(1)
        assert (line.action, line.actor) == ("verify", api.get("/api/v1/me").json()["id"])
