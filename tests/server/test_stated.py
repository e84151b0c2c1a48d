"""What people state of sites, projects and members: kept with who, when and source, and used at once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from serving import activities, secret, served
from treadlight.core.activity import Location
from treadlight.core.errors import InputError, NotFoundError
from treadlight.ledger.store import Ledger


def test_the_newest_statement_holds_and_the_older_stay(place: str) -> None:
    with Ledger.open(place) as ledger:
        stated = ledger.access().stated
        assert stated.state("site:paris", {"pue": "1.2", "zone": "FR"}, "meter", "ada") == ["pue", "zone"]
        assert stated.state("site:paris", {"pue": "1.3"}, "bill", "bob") == ["pue"]
        assert [(f.key, f.value, f.source, f.actor) for f in stated.of("site")] == [
            ("pue", "1.3", "bill", "bob"),
            ("zone", "FR", "meter", "ada"),
        ]
        assert [f.value for f in stated.history("site:paris") if f.key == "pue"] == ["1.3", "1.2"]
        stated.state("site:paris", {"pue": None}, "wrong", "ada")
        assert [f.key for f in stated.of("site")] == ["zone"]
        assert [f.value for f in stated.history("site:paris") if f.key == "pue"] == [None, "1.3", "1.2"]


def test_what_holds_already_is_not_stated_again(place: str) -> None:
    with Ledger.open(place) as ledger:
        stated = ledger.access().stated
        stated.state("site:paris", {"pue": "1.2"}, "meter", "ada")
        mark = stated.mark()
        assert stated.state("site:paris", {"pue": "1.2", "zone": None}, "meter", "bob") == []
        assert stated.mark() == mark
        assert [d.action for d in ledger.access().audit.newest()] == ["site.state"]


def test_each_statement_stands_in_the_log(place: str) -> None:
    with Ledger.open(place) as ledger:
        access = ledger.access()
        access.stated.state("site:paris", {"pue": "1.2"}, "meter", "member:1", "10.0.0.1")
        line = access.audit.newest()[0]
        assert (line.actor, line.action, line.target, line.detail) == ("member:1", "site.state", "paris", "pue 1.2")
        assert line.address == "10.0.0.1"


@pytest.mark.parametrize(
    ("subject", "facts", "source"),
    [
        ("planet:mars", {"pue": "1"}, "x"),
        ("site:", {"pue": "1"}, "x"),
        ("site: a", {"pue": "1"}, "x"),
        ("site:a", {"pue": "1\n2"}, "x"),
        ("site:a", {"pue": "1"}, "x" * 501),
    ],
)
def test_what_cannot_be_kept_is_refused(place: str, subject: str, facts: dict[str, str | None], source: str) -> None:
    with Ledger.open(place) as ledger:
        with pytest.raises(InputError):
            ledger.access().stated.state(subject, facts, source, "ada")
        assert ledger.access().stated.mark() == 0


def test_a_kind_with_a_wildcard_in_its_name_is_only_itself(place: str) -> None:
    with Ledger.open(place) as ledger:
        stated = ledger.access().stated
        stated.state("site:50%_off", {"pue": "1.2"}, "m", "a")
        stated.state("project:p", {"about": "x"}, "m", "a")
        assert [f.name for f in stated.of("site")] == ["50%_off"]


def test_somebody_added_by_e_mail_is_the_one_whom_the_provider_names_so(place: str) -> None:
    with Ledger.open(place) as ledger:
        members = ledger.access().members
        added = members.add(" Ada@Example.org ", "lead", frozenset({"vision"}))
        assert (added.email, added.issuer, added.seen_at) == ("ada@example.org", "", "")
        came = members.seen("https://id.example", "7", "ada@example.org", "Ada", "member", frozenset())
        assert (came.id, came.role, came.projects, came.name) == (added.id, "lead", frozenset({"vision"}), "Ada")
        other = members.seen("https://id.example", "8", "", "No mail", "member", frozenset())
        assert other.id != added.id


def test_an_e_mail_that_was_not_verified_takes_nobodys_place(place: str) -> None:
    with Ledger.open(place) as ledger:
        members = ledger.access().members
        members.add("ada@example.org", "admin", None)
        assert members.seen("https://id.example", "7", "", "ada@example.org", "member", frozenset()).role == "member"


@pytest.mark.parametrize("email", ["", "ada", "@x", "ada@", "a@b@c", "a b@c", "a,b@c", "<a@b>"])
def test_what_is_no_e_mail_is_refused(place: str, email: str) -> None:
    with Ledger.open(place) as ledger, pytest.raises(InputError, match="email"):
        ledger.access().members.add(email, "member", None)


def test_the_last_admin_stays_one(place: str) -> None:
    with Ledger.open(place) as ledger:
        members = ledger.access().members
        first = members.add("ada@example.org", "admin", None)
        for attempt in (lambda: members.remove(first.id), lambda: members.grant(first.id, "lead", None)):
            with pytest.raises(InputError, match="last admin"):
                attempt()
        second = members.add("bob@example.org", "admin", None)
        members.remove(first.id)
        with pytest.raises(InputError, match="last admin"):
            members.remove("bob@example.org")
        assert [m.id for m in members.all()] == [second.id]
        assert {m.id for m in members.all(removed=True)} == {first.id, second.id}


def test_whoever_was_removed_is_out_until_added_again(place: str) -> None:
    with Ledger.open(place) as ledger:
        access = ledger.access()
        access.members.add("admin@example.org", "admin", None)
        ada = access.members.seen("https://id.example", "1", "ada@example.org", "Ada", "lead", None)
        cookie = access.sessions.begin(f"member:{ada.id}", timedelta(hours=1))
        access.members.remove(ada.id)
        assert access.sessions.find(cookie) is None
        again = access.members.seen("https://id.example", "1", "ada@example.org", "Ada", "member", None)
        assert again.removed_at is not None
        assert access.members.add("ada@example.org", "member", frozenset()).id == ada.id
        assert access.members.get("ada@example.org").removed_at is None
        with pytest.raises(NotFoundError):
            access.members.get("nobody")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path))
    monkeypatch.setenv("TREADLIGHT_DRAWS", "200")
    return tmp_path / "ledger.sqlite"


def _gwp(api: object) -> float:
    return api.get("/api/v1/footprints").json()["impacts"]["gwp"]["p50"]  # type: ignore[attr-defined,no-any-return]


def test_a_fact_of_a_site_moves_the_footprint_of_what_was_done_there_and_why_names_its_source(home: Path) -> None:
    when = datetime(2026, 3, 1, 12, tzinfo=UTC)
    there = activities(3, location=Location(zone="FR", site="paris"), start=when, end=when + timedelta(hours=1))
    with served(home) as api:
        assert api.send(there).status_code == 200
        before = _gwp(api)
        body = {"name": "paris", "source": "meter of the hall, 2026", "pue": "3.0"}
        assert api.post("/api/v1/sites", json=body).json()["changed"] == ["pue"]
        assert _gwp(api) > before * 1.5
        node = api.get(f"/api/v1/why/{there[0].id}").text
        assert "meter of the hall, 2026" in node
        api.post("/api/v1/sites", json={"name": "paris", "source": "was wrong", "pue": None})
        assert _gwp(api) == pytest.approx(before)


def test_a_second_server_on_the_same_database_knows_of_it_within_seconds(home: Path) -> None:
    there = activities(3, location=Location(zone="FR", site="paris"))
    with served(home) as one, served(home) as two:
        one.send(there)
        before = _gwp(two)
        one.post("/api/v1/sites", json={"name": "paris", "source": "meter", "pue": "3.0"})
        two.place._mark = (0.0, two.place._mark[1])  # as two seconds later
        assert _gwp(two) == _gwp(one) > before * 1.5


def test_only_an_admin_states_facts_and_others_see_those_of_their_activities(home: Path) -> None:
    admin, lead = secret(home, ["admin"]), secret(home, ["read", "write", "ingest"], ["vision"])
    with served(home) as api:
        body = {"name": "paris", "source": "meter", "pue": "1.2"}
        assert api.with_token(lead).post("/api/v1/sites", json=body).status_code == 403
        assert api.with_token(admin).post("/api/v1/sites", json=body).status_code == 200
        assert api.with_token(lead).get("/api/v1/sites").json() == {"facts": []}
        api.with_token(lead).send(activities(1, location=Location(zone="FR", site="paris")))
        assert [f["value"] for f in api.with_token(lead).get("/api/v1/sites").json()["facts"]] == ["1.2"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"pue": "0.9"}, "pue"),
        ({"pue": "soon"}, "pue"),
        ({"zone": "Atlantis"}, "zone"),
        ({"region": "aws/moon-1"}, "region"),
        ({"name": "a/b", "pue": "1.2"}, "name"),
        ({"source": " ", "pue": "1.2"}, "source"),
        ({}, "body"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_an_unfit_fact_is_named(home: Path, change: dict[str, str], field: str) -> None:
    with served(home) as api:
        answer = api.post("/api/v1/sites", json={"name": "paris", "source": "meter", **change})
        assert answer.status_code == 400
        assert field in answer.json()["detail"]
        assert api.get("/api/v1/sites").json() == {"facts": []}
