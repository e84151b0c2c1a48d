"""A token of one project never sees, changes or hides another's rows, whatever it asks for."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serving import Served, activities, secret, served, whole_run
from treadlight.app.server.calls import PREFIX, operations
from treadlight.app.server.pages import pages
from treadlight.core.activity import Location
from treadlight.ledger.assets import Asset
from treadlight.ledger.store import Ledger

_EXAMPLES = Path(__file__).parents[2] / "examples"
_MARK = "zzsecret"
"""In every text of the other project's rows."""


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A server that holds two projects, a token of the first, and ids of the second's rows."""
    folder = tmp_path_factory.mktemp("isolation")
    path = folder / "ledger.sqlite"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TREADLIGHT_HOME", str(folder))
        patch.setenv("TREADLIGHT_DRAWS", "100")
        everything = secret(path, ["ingest", "read"])
        own = secret(path, ["ingest", "read", "write"], ["vision"])
        with served(path) as api:
            there = Location(zone="FR", site=_MARK)
            other = activities(5, _MARK, 50, cause=_MARK, component=_MARK, location=there)
            run = whole_run(3, _MARK)
            run["run"]["name"] = f"{_MARK} run"
            run["run"]["labels"] = {"who": _MARK}
            run["windows"][0]["name"] = _MARK
            going = whole_run(4, _MARK)
            going["run"] |= {"name": f"{_MARK} going", "status": "running"}
            admin = api.with_token(everything)
            assert admin.post("/api/v1/live", json=going).status_code == 200
            for answer in (admin.send(other), admin.post("/api/v1/runs", json=run)):
                assert answer.status_code == 200
            with Ledger.open(path) as ledger:
                access = ledger.access()
                access.stated.state(f"site:{_MARK}", {"pue": "1.234567", "zone": "FR"}, _MARK, _MARK)
                access.stated.state(f"project:{_MARK}", {"about": _MARK}, _MARK, _MARK)
                access.members.add(f"{_MARK}@example.org", "lead", frozenset({_MARK}))
                access.tokens.create(_MARK, ["read"], frozenset({_MARK, "vision"}), None, _MARK)
                ledger.append([Asset(_MARK, "H100 SXM", date(2025, 1, 1), name=_MARK, project=_MARK)])
            _file(folder)
            api.place.changed()
            mine = api.with_token(own)
            for answer in (mine.send(activities(5)), mine.post("/api/v1/runs", json=whole_run(1))):
                assert answer.status_code == 200
            yield path, mine, [a.id for a in other], run


def _file(folder: Path) -> None:
    """A study and a claim that tell of all projects."""
    for kind in ("studies", "claims"):
        (folder / kind).mkdir()
        text = (_EXAMPLES / kind / "chatbot.toml").read_text("utf-8")
        text = text.replace("../studies/", str(_EXAMPLES / "studies") + "/")
        (folder / kind / f"{_MARK}.toml").write_text(text.replace('title = "', f'title = "{_MARK} ', 1), "utf-8")


_OPEN = sorted({o.path for o in operations() if o.method == "GET"})
_PAGES = sorted({path for page in pages() for path in page.paths})
_NAMES = ["run", "project", "team", "stage", "component", "flow", "since", "until", "status", "name", "by", "category",
          "q", "library", "limit", "cursor", "per", "period", "root", "superseded"]  # fmt: skip
_BY = ["project", "run", "component", "month", "flow"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_nothing_of_another_project_is_in_any_answer(both: tuple[Path, Served, list[str], Any], data: Any) -> None:
    _, api, others, run = both
    ids = [*others, run["run"]["id"], run["activities"][0]["id"], run["windows"][0]["id"], f"{_MARK} run", "last"]
    values = [
        *ids,
        *(i[:13] for i in others),
        _MARK,
        "vision",
        "train 1",
        "",
        "electricity.it",
        "2026-01-01",
        "gwp",
        "10",
    ]
    path = data.draw(st.sampled_from(_OPEN))
    for part in ("{ref}", "{id}"):
        path = path.replace(part, data.draw(st.sampled_from(values)) or "x")
    query = data.draw(st.lists(st.tuples(st.sampled_from(_NAMES), st.sampled_from(values + _BY)), max_size=4))
    answer = api.get(PREFIX + path, params=query)
    assert answer.status_code < 500
    asked = json.dumps([path, query])
    text = answer.text
    for told in [v for v in {*ids, _MARK} - {"last"} if v in asked]:
        text = text.replace(told, "") if answer.status_code >= 400 else text
    assert _MARK not in text
    assert not any(ident in text for ident in [*others, run["run"]["id"], run["activities"][0]["id"]])


_ASKED = [
    *_NAMES,
    "scenario",
    "system",
    "parameter",
    "left",
    "site",
    "member",
    "token",
    "a",
    "b",
    "step",
    "sort",
    "root",
    "verify",
    "as",
    "lang",
]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_nothing_of_another_project_is_on_any_page(both: tuple[Path, Served, list[str], Any], data: Any) -> None:
    _, api, others, run = both
    ids = [*others, run["run"]["id"], run["activities"][0]["id"], run["windows"][0]["id"], f"{_MARK} run", "last"]
    values = [*ids, _MARK, "vision", "train 1", "", "gwp", "now", "file", "2026-01-01", f"site:{_MARK}@FR"]
    parts = [*values, "trend.csv", "trend.svg", "projects", "sites", "tokens", "members", "log", "public", "auditor"]
    path = re.sub(r"{\w+:\w+}", lambda _: data.draw(st.sampled_from(parts)) or "x", data.draw(st.sampled_from(_PAGES)))
    query = data.draw(st.lists(st.tuples(st.sampled_from(_ASKED), st.sampled_from(values + _BY)), max_size=4))
    answer = api.get(path, params=query)
    assert answer.status_code < 500
    if _MARK in json.dumps([path, query]):
        assert "1.234567" not in answer.text  # what was asked for may be named again, but nothing about it
        assert f"{_MARK}@example" not in answer.text
        return
    assert _MARK not in answer.text
    asked = json.dumps([path, query])
    hidden = [i for i in (*others, run["run"]["id"], run["activities"][0]["id"]) if i not in asked]
    assert not any(ident in answer.text for ident in hidden)


def test_studies_and_claims_are_shown_to_whoever_may_see_all_projects(
    both: tuple[Path, Served, list[str], Any],
) -> None:
    path, mine, _, _ = both
    everything = mine.with_token(secret(path, ["read"]))
    for page in ("studies", f"studies/{_MARK}", f"studies/{_MARK}/sensitivity", "net", f"net/{_MARK}"):
        seen, refused = everything.get(f"/{page}"), mine.get(f"/{page}")
        assert seen.status_code == 200 and _MARK in seen.text
        assert refused.status_code == 403 and "tells of all projects" in refused.text
    assert '"/studies"' in everything.get("/runs").text and '"/studies"' not in mine.get("/runs").text
    for part in ("report/html", "figure/stages.csv", "sensitivity/what-if", "sensitivity/tornado.csv"):
        assert mine.get(f"/studies/{_MARK}/{part}").status_code == 403


def test_an_inventory_shows_the_assets_of_ones_own_projects(both: tuple[Path, Served, list[str], Any]) -> None:
    path, mine, _, _ = both
    assert _MARK in mine.with_token(secret(path, ["read"])).get("/inventory").text
    for address in ("/inventory", f"/inventory?project={_MARK}", "/inventory?category=adpe"):
        text = mine.get(address).text
        assert "H100" not in text.partition("<main")[2].partition("treadlight inventory add")[0]
        assert "No asset is recorded yet" in text


def test_facts_of_a_site_that_others_use_do_not_show_in_any_why(both: tuple[Path, Served, list[str], Any]) -> None:
    path, api, _, _ = both
    admin = api.with_token(secret(path, ["read"]))
    ident = f"electricity.it/site:{_MARK}@FR/2026"
    assert "1.234567" in admin.get(f"{PREFIX}/why/{ident}").text
    assert "1.234567" not in api.get(f"{PREFIX}/why/{ident}").text
    body = {"params_total_b": 8, "tokens_b": 100, "site": _MARK}
    assert admin.post(f"{PREFIX}/estimates/training", json=body).status_code == 200
    assert api.post(f"{PREFIX}/estimates/training", json=body).status_code == 400


def test_every_address_of_the_api_is_asked() -> None:
    assert len(_OPEN) >= 11
    known = {*_NAMES, "accounting", "scope", "before", "root", "superseded"}
    assert all(set(o.query.__struct_fields__) <= known for o in operations())


def test_rows_of_another_project_cannot_be_written(both: tuple[Path, Served, list[str], Any]) -> None:
    path, api, others, run = both
    with Ledger.open(path) as ledger:
        before = ledger.head()
    foreign_run = run["run"]["id"]
    window = {**whole_run(1)["windows"][0], "id": "new window", "run": foreign_run}
    attempts = [
        (api.send(activities(1, _MARK, 900)), "activities[0].subject.project"),
        (api.send(activities(1, "vision", 900, id=others[0])), "activities[0].id"),
        (api.send(activities(1, "vision", 900, supersedes=others[0])), "activities[0].supersedes"),
        (api.send(activities(1, "vision", 900, supersedes="unknown yet")), "activities[0].supersedes"),
        (api.send(activities(1, "vision", 900, parent=foreign_run)), "activities[0].parent"),
        (api.post("/api/v1/runs", json={**whole_run(1), "windows": [window]}), "windows[0].run"),
        (api.post("/api/v1/runs", json={"run": {**whole_run(1)["run"], "id": foreign_run}}), "run.id"),
        (api.post("/api/v1/runs", json=whole_run(7, _MARK)), "run.subject.project"),
    ]
    for answer, field in attempts:
        assert (answer.status_code, answer.json()["field"]) == (400, field)
    with Ledger.open(path) as ledger:
        assert ledger.head() == before


def test_a_ledger_narrowed_to_projects_answers_of_them_alone(both: tuple[Path, Served, list[str], Any]) -> None:
    path, _, others, run = both
    with Ledger.open(path) as ledger:
        narrow = ledger.only(frozenset({"vision"}))
        assert {a.subject.project for a in narrow.activities()} == {"vision"}
        assert {r.subject.project for r in narrow.runs()} == {"vision"}
        assert {g.project for g in narrow.sums(dims=("project",))} == {"vision"}
        assert narrow.windows(run["run"]["id"]) == []
        assert narrow.trace(run["run"]["id"]) is None
        assert list(ledger.only(frozenset()).activities()) == []
        assert ledger.only(None).activity(others[0]).id == others[0]
        assert narrow.only(frozenset({_MARK})).runs() == []
