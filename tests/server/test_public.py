"""The public page: nothing until an admin chooses so, then that and nothing else, until it is taken back."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from serving import Admin, Served, activities, secret, served, whole_run
from treadlight.app.server.calls import PREFIX, operations
from treadlight.app.server.pages import pages

_CHOICE = {"name": "Harbour", "since": "", "until": "", "category": "gwp", "accounting": "location", "about": "ours"}
_SECRET = "zzsecret"


@pytest.fixture
def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Admin, Served]]:
    """An admin, and somebody who has not signed in."""
    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path))
    monkeypatch.setenv("TREADLIGHT_DRAWS", "200")
    path = tmp_path / "ledger.sqlite"
    token = secret(path, ["admin"])
    with served(path) as api:
        admin = api.with_token(token)
        admin.send([*activities(4), *activities(4, _SECRET, 50, component=_SECRET)])
        run = whole_run()
        run["run"]["host"] = {"hostname": "node-7-secret"}
        admin.post("/api/v1/runs", json=run)
        admin.post("/api/v1/runs", json=whole_run(5, _SECRET))
        yield Admin(admin), api


def _publish(admin: Admin, **choice: str) -> None:
    chosen = {**_CHOICE, "project:vision": "on", **choice}
    assert admin.post("public", "choose", **chosen).status_code == 303
    assert admin.post("public", "publish").status_code == 303


def test_nothing_is_published_until_it_is_chosen(both: tuple[Admin, Served]) -> None:
    admin, anybody = both
    assert anybody.get("/public").status_code == 404
    admin.post("public", "choose", **_CHOICE, **{"project:vision": "on"})
    assert anybody.get("/public").status_code == 404
    assert anybody.get("/public/trend.svg").status_code == 404
    assert anybody.get("/public-preview").status_code == 403
    assert "Harbour" in admin.api.get("/public-preview").text


def test_what_is_published_is_what_was_chosen_and_nothing_of_other_projects(both: tuple[Admin, Served]) -> None:
    admin, anybody = both
    _publish(admin)
    for address in ("/public", "/public?as=file", "/public/trend.svg", "/public/trend.csv", "/public/trend.json"):
        for more in ("", "project=zzsecret", "run=last&category=water", "library=2025.06", "by=component"):
            answer = anybody.get(f"{address}{'&' if '?' in address else '?'}{more}")
            assert answer.status_code == 200, (address, more)
            assert _SECRET not in answer.text
            assert "node-7-secret" not in answer.text
    text = anybody.get("/public").text
    assert "Harbour" in text and "vision" in text and "Method and completeness" in text


def test_an_address_cannot_ask_for_more(both: tuple[Admin, Served]) -> None:
    admin, anybody = both
    _publish(admin)
    plain = anybody.get("/public").text
    for query in ("project=vision&category=water", "accounting=market", "since=2020-01-01", "scope=direct"):
        assert anybody.get(f"/public?{query}").text == plain


def test_nothing_else_is_opened_by_publishing(both: tuple[Admin, Served]) -> None:
    admin, anybody = both
    _publish(admin)
    for page in pages():
        for pattern in page.paths:
            path = re.sub(r"{\w+:\w+}", "last", pattern)
            answer = anybody.get(path)
            if path.startswith("/public") and not path.startswith("/public-preview"):
                continue
            assert answer.status_code in (303, 403), path
    for operation in operations():
        path = PREFIX + re.sub(r"{\w+}", "last", operation.path)
        answer = anybody.client.request(operation.method, path, json={})
        assert answer.status_code == 401, path


class _Links(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:
        self.found += [value for name, value in attrs if name in ("href", "src", "action", "data-spec") and value]


def test_every_link_of_the_page_can_be_followed_by_anybody(both: tuple[Admin, Served]) -> None:
    admin, anybody = both
    _publish(admin)
    links = _Links(anybody.get("/public").text).found
    assert any(link.startswith("/public/trend") for link in links)
    for link in links:
        if not link.startswith(("#", "data:")):
            assert anybody.get(link).status_code == 200, link


def test_the_file_needs_nothing_else(both: tuple[Admin, Served]) -> None:
    admin, anybody = both
    _publish(admin)
    answer = anybody.get("/public?as=file")
    assert "attachment" in answer.headers["content-disposition"]
    source = "http://127.0.0.1/public"  # where the file is from, which its foot names
    assert not [link for link in _Links(answer.text).found if not link.startswith(("#", "data:", source))]
    assert "<script" not in answer.text and "<form" not in answer.text


def test_it_is_taken_back_at_once_and_the_log_tells_all(both: tuple[Admin, Served]) -> None:
    admin, anybody = both
    _publish(admin)
    assert anybody.get("/public").status_code == 200
    assert admin.post("public", "withdraw").status_code == 303
    assert anybody.get("/public").status_code == 404
    lines = admin.api.get("/api/v1/audit").json()["lines"]
    told = [line["detail"] for line in lines if line["action"] == "public.state"]
    assert told[0] == "on taken back" and told[1] == "on yes" and "vision" in told[2]


def test_months_that_hold_nothing_are_unknown_and_not_zero(both: tuple[Admin, Served]) -> None:
    admin, anybody = both
    _publish(admin, since="2019-01", until="2019-06")
    answer = anybody.get("/public")
    assert answer.status_code == 200
    assert "That does not mean zero" in answer.text


def test_only_an_admin_publishes(both: tuple[Admin, Served]) -> None:
    admin, _ = both
    lead = secret(admin.api.place.ledger.name, ["read", "write"])
    assert Admin(admin.api.with_token(lead)).post("public", "publish").status_code == 403


def test_what_was_chosen_is_told_in_words_as_it_was_at_each_time(both: tuple[Admin, Served]) -> None:
    admin, _ = both
    _publish(admin)
    admin.post("public", "choose", **_CHOICE, **{"project:vision": "on", f"project:{_SECRET}": "on"})
    admin.post("public", "choose", **_CHOICE, all="on")
    page = admin.api.get("/settings/public").text
    told = re.findall(r">projects</td><td[^>]*>([^<]*)</td>", page[page.index("What was chosen") :])
    assert told == ["all projects", f"vision, {_SECRET}", "vision"]
