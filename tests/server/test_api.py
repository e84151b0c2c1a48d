"""The API: what goes in comes out once, pages follow each other, and what is wrong is named."""

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from serving import Served, activities, bodies, served, whole_run
from treadlight.app.server.calls import PREFIX, operations
from treadlight.app.server.settings import ServerSettings
from treadlight.ledger.store import Ledger


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path))
    monkeypatch.setenv("TREADLIGHT_DRAWS", "200")
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def api(path: Path) -> Any:
    with served(path) as found:
        yield found


def test_a_batch_is_on_disk_when_it_is_acknowledged(path: Path, api: Served) -> None:
    answer = api.send(activities(120))
    assert (answer.status_code, answer.json()) == (200, {"appended": 120, "skipped": 0, "superseded": 0})
    with Ledger.open(path) as ledger:
        assert [a.id for a in ledger.activities()] == [a.id for a in activities(120)]
        assert ledger.verify().ok


def test_what_is_sent_twice_or_in_another_order_is_counted_once(path: Path, api: Served) -> None:
    sent = activities(60)
    for part in (sent[30:], sent[:40], random.Random(1).sample(sent, 60)):
        assert api.send(part).status_code == 200
    with Ledger.open(path) as ledger:
        assert sum(g.amount for g in ledger.sums()) == pytest.approx(sum(a.amount for a in sent))
        assert ledger.head()[1] == 60


def test_a_client_whose_clock_is_a_day_off_loses_nothing_and_is_told_nothing_odd(api: Served) -> None:
    late = [replace(a, start=a.start.replace(year=2031), end=a.end.replace(year=2031)) for a in activities(3)]
    assert api.send(late).json()["appended"] == 3
    assert api.get("/api/v1/activities?since=2031-01-01").json()["next"] is None
    assert len(api.get("/api/v1/activities?since=2031-01-01").json()["activities"]) == 3


def test_pages_of_activities_follow_each_other_without_gap_or_repetition(api: Served) -> None:
    api.send(activities(25))
    seen, cursor = [], ""
    while cursor is not None:
        page = api.get(f"/api/v1/activities?limit=10&cursor={cursor}").json()
        seen += [a["id"] for a in page["activities"]]
        cursor = page["next"]
    assert seen == [a.id for a in activities(25)]


def test_runs_are_paged_newest_first_with_their_energy(api: Served) -> None:
    for n in range(5):
        assert api.post("/api/v1/runs", json=whole_run(n)).status_code == 200
    first = api.get("/api/v1/runs?limit=3").json()
    second = api.get(f"/api/v1/runs?limit=3&cursor={first['next']}").json()
    names = [row["name"] for row in first["runs"] + second["runs"]]
    assert names == [f"train {n}" for n in (4, 3, 2, 1, 0)]
    assert second["next"] is None
    assert first["runs"][0]["energy_kwh"]["p50"] == pytest.approx(505.0, rel=0.05)


def test_a_run_is_taken_in_whole_or_not_at_all(path: Path, api: Served) -> None:
    body = whole_run()
    body["activities"][0]["unit"] = "MWh"
    answer = api.post("/api/v1/runs", json=body)
    assert (answer.status_code, answer.json()["field"]) == (400, "activities[0].unit")
    with Ledger.open(path) as ledger:
        assert ledger.head()[1] == 0


def test_a_run_answers_with_its_account_windows_comparison_and_why(api: Served) -> None:
    for n in (0, 1):
        api.post("/api/v1/runs", json=whole_run(n))
    account = api.get("/api/v1/runs/train%201").json()
    assert account["schema"] == "treadlight.account/1"
    assert [w["name"] for w in api.get("/api/v1/runs/last/windows").json()["windows"]] == ["epoch"]
    differences = api.get("/api/v1/compare?run=train%200&run=train%201").json()["comparison"]["differences"]
    assert {d["category"] for d in differences} >= {"gwp", "energy"}
    why = api.get(f"/api/v1/why/{account['run']['id']}?category=energy").json()
    assert why["amount"] == pytest.approx(account["footprint"]["impacts"]["energy"]["p50"], rel=0.05)
    deeper = api.get(f"/api/v1/why/{why['children'][0]['id']}?category=energy").json()
    assert deeper["id"] == why["children"][0]["id"]


@pytest.mark.parametrize("by", [("project",), ("project", "month"), ("component", "year", "zone"), ("phase",)])
def test_parts_of_a_footprint_add_up_to_the_whole(api: Served, by: tuple[str, ...]) -> None:
    api.send(activities(20) + activities(20, "speech", 100))
    query = "&".join(f"by={name}" for name in by)
    found = api.get(f"/api/v1/footprints?{query}").json()
    parts = [part["impacts"]["energy"]["p50"] for part in found["parts"]]
    assert sum(parts) == pytest.approx(found["impacts"]["energy"]["p50"], rel=0.03)
    assert all(set(part["key"]) == set(by) for part in found["parts"])


def test_months_are_the_same_summed_by_the_database_or_hour_by_hour(api: Served) -> None:
    late = [replace(a, start=a.start.replace(month=5), end=a.end.replace(month=5)) for a in activities(5, first=40)]
    api.send(activities(20) + late)
    quick = api.get("/api/v1/footprints?by=project&by=month").json()["parts"]
    slow = api.get("/api/v1/footprints?by=project&by=month&by=day").json()["parts"]
    assert [part["key"] for part in quick] == [
        {"project": "vision", "month": "2026-03"}, {"project": "vision", "month": "2026-05"},
    ]  # fmt: skip
    energies = [[part["impacts"]["energy"]["p50"] for part in parts] for parts in (quick, slow)]
    assert energies[0] == pytest.approx(energies[1])
    assert api.get("/api/v1/footprints?by=month&since=2026-05-01").json()["parts"][0]["key"] == {"month": "2026-05"}
    assert api.get("/api/v1/footprints?by=month&since=2026-05-01T05:30").status_code == 200


def test_a_filter_that_matches_nothing_is_an_empty_answer_with_nothing_known(api: Served) -> None:
    found = api.get("/api/v1/footprints?project=nobody").json()
    assert (found["activities"], found["parts"], found["impacts"]["gwp"]["p50"]) == (0, [], None)


def test_the_library_is_found_and_shown_with_its_sources(api: Served) -> None:
    found = api.get("/api/v1/library?q=france&limit=3").json()
    assert found["version"] in found["versions"]
    entry = api.get(f"/api/v1/library/{found['found'][0]['id']}").json()
    assert all(figure["citation"] for figure in entry["figures"])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": "much"}, "activities[1].amount"),
        ({"amount": None}, "activities[1].amount"),
        ({"colour": "red"}, "activities[1]"),
        ({"start": "yesterday"}, "activities[1].start"),
        ({"evidence": {"basis": "b", "source": "s", "method": "guessed"}}, "activities[1].evidence.method"),
        ({"labels": {"a": 1}}, "activities[1].labels[...]"),
        ({"id": "x" * 300}, "activities[1].id"),
    ],
)
def test_what_does_not_fit_is_named_by_its_place(api: Served, change: dict[str, Any], field: str) -> None:
    first, second = bodies(activities(2))
    answer = api.send([first, second | change])
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert answer.json()["field"] == field
    assert answer.json()["remedy"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"activities":[]}',
        b"\xff\xfe",
        b'{"activities":[{"amount":NaN}]}',
        b'{"activities":[{"amount":1e999}]}',
        b'{"activities":' + b"[" * 100_000,
        b'{"activities":[' + b'{"labels":' * 5000 + b"}" * 5000 + b"]}",
    ],
)
def test_malformed_and_deep_bodies_are_refused(api: Served, content: bytes) -> None:
    answer = api.post("/api/v1/activities", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["field"]


@pytest.mark.parametrize(
    "content", [b'{"a":', b"{", b'{"a":"\xff"}', b'{"activities":[{"id":"\xff\xfe"}]}', b'{"activities":[{"id":1}']
)
def test_what_is_no_json_is_said_to_be_none_whatever_its_names(api: Served, content: bytes) -> None:
    answer = api.post("/api/v1/activities", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["field"] == "body" and "is no JSON" in answer.json()["detail"]
    assert answer.json()["remedy"] == "send JSON in UTF-8"


def test_a_download_names_its_characters_once(api: Served) -> None:
    api.send(activities(3))
    answer = api.get("/overview/trend.csv")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")


def test_a_body_that_is_no_json_by_its_own_word_is_refused(api: Served) -> None:
    answer = api.post("/api/v1/activities", content=b"{}", headers={"content-type": "text/plain"})
    assert (answer.status_code, answer.json()["field"]) == (415, "Content-Type")


def test_a_body_beyond_the_limit_is_refused(path: Path) -> None:
    with served(path, ServerSettings(max_body_bytes=1000)) as api:
        answer = api.send(activities(100))
    assert (answer.status_code, answer.json()["status"]) == (413, 413)
    assert answer.json()["field"] == "body" and "TREADLIGHT_MAX_BODY_MB" in answer.json()["remedy"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("activities?limit=0", "limit"),
        ("activities?cursor=x", "cursor"),
        ("activities?since=never", "since"),
        ("activities?limit=1&limit=2", "limit"),
        ("activities?colour=red", "query"),
        ("footprints?by=mood", "by[0]"),
        ("footprints?library=1999.01", "library"),
        ("compare?run=only", "run"),
        ("why/x?category=mood", "category"),
    ],
)
def test_an_unfit_parameter_is_named(api: Served, query: str, field: str) -> None:
    answer = api.get(f"/api/v1/{query}")
    assert answer.status_code in (400, 404)
    assert answer.json()["field"] == field


def test_an_id_that_another_kind_has_is_refused_and_the_rest_of_the_load_is_kept(path: Path, api: Served) -> None:
    body = whole_run()
    api.post("/api/v1/runs", json=body)
    taken = activities(1, id=body["run"]["id"])
    assert api.send(taken).status_code == 400
    assert api.send(activities(2)).json()["appended"] == 2


def test_the_server_counts_what_it_does(api: Served) -> None:
    api.send(activities(7))
    text = api.get("/metrics").text
    assert 'treadlight_ingested_total{result="appended"} 7' in text
    assert "treadlight_ledger_entries 7" in text
    assert api.get("/readyz").json()["entries"] == 7
    assert api.get("/healthz").json() == {"status": "ok"}


def test_every_operation_stands_in_the_reference() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "api.md").read_text()
    for operation in operations():
        assert f"| `{operation.method}` | `{PREFIX}{operation.path}` | `{operation.scope}` |" in page
