"""Whatever is taken in, the account of everything else stands: every page answers, and says what is odd."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serving import Admin, Served, activities, bodies, secret, served, whole_run
from treadlight.core.activity import Location
from treadlight.core.distribution import parse
from treadlight.ledger.encoded import encode
from treadlight.ledger.ready import Ready
from treadlight.ledger.store import Ledger

LOOKED_AT = ("/", "/why/total", "/runs", "/api/v1/footprints", "/api/v1/runs", "/evidence", "/?by=location",
             "/api/v1/footprints?by=month&by=project", "/api/v1/activities", "/home/lead")  # fmt: skip

_JSON = {"content-type": "application/json"}

_ODD_NAMES = ("", "FR", "NOWHERE", "aws/eu-west-3", "aws/mars-1", "FR@x+y/z", "~", "site:here", "unknown-place", "%2F",
              "unknown-zone:FR", "WORLD", "é", "cloud", "<b>")  # fmt: skip
_names = st.sampled_from(_ODD_NAMES) | st.text(max_size=9)
_numbers = st.sampled_from([0.0, 1.0, 1.5, 1e15, 1e-300, 1e16, -1.0]) | st.floats(0, 1e6)
_wild = _numbers | st.floats(allow_nan=False, allow_infinity=False)
_spreads = st.one_of(
    st.builds("lognormal({!r},{!r})".format, _numbers, _numbers),
    st.builds("normal({!r},{!r})".format, _numbers, _numbers),
    st.builds("uniform({!r},{!r})".format, _numbers, _numbers),
    st.builds("triangular({!r},{!r},{!r})".format, _numbers, _numbers, _numbers),
    st.builds("empirical({!r},{!r},{!r})".format, _numbers, _numbers, _numbers),
    st.sampled_from(["lognormal(1,1000)", "normal(1,50)", "point(0)", "point(3)", "lognormal(1e-300,1.2)", "1"]),
)
_ANY, _THIS_YEAR = (datetime(1, 1, 2), datetime(9999, 12, 30)), (datetime(2026, 1, 1), datetime(2026, 11, 1))  # noqa: DTZ001
_times = st.datetimes(*_ANY) | st.datetimes(*_THIS_YEAR)


@st.composite
def _bodies(draw: Any) -> dict[str, Any]:
    """An activity, or nearly one, with something odd about it."""
    (record,) = bodies(activities(1))
    record["id"] = draw(st.uuids()).hex
    odd = {
        "start": _times.map(_stamp),
        "amount": _wild,
        "uncertainty": _spreads,
        "location": st.fixed_dictionaries({}, optional=dict.fromkeys(("zone", "region", "site", "device"), _names)),
        "cause": _names,
        "component": _names,
        "flow": st.sampled_from(["electricity.it", "electricity.facility", "electricity.zzz", "hardware.zzz"]),
        "subject": st.fixed_dictionaries({}, optional={"project": _names, "team": _names, "system": _names}),
        "labels": st.dictionaries(_names, _names, max_size=2),
        "supersedes": _names,
        "parent": _names,
    }
    for name in draw(st.lists(st.sampled_from(sorted(odd)), min_size=1, max_size=4, unique=True)):
        record[name] = draw(odd[name])
    record["unit"] = "device-hour" if record["flow"].startswith("hardware.") else "kWh"
    if "start" in record:
        record["end"] = record["start"]
    return record


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds") + "Z"


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path))
    monkeypatch.setenv("TREADLIGHT_DRAWS", "100")
    monkeypatch.setenv("TREADLIGHT_RATE_PER_MIN", "1e9")
    with served(tmp_path / "ledger.sqlite") as api:
        assert api.send(activities(5)).status_code == 200
        yield api


def _check(api: Served) -> None:
    for path in LOOKED_AT:
        answer = api.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[-300:]}"
    gwp = api.get("/api/v1/footprints").json()["impacts"]["gwp"]
    assert gwp["p50"] is not None


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(record=_bodies())
def test_whatever_is_taken_in_every_page_answers(api: Served, record: dict[str, Any]) -> None:
    answer = api.send([record])
    assert answer.status_code in (200, 400), answer.text
    if answer.status_code == 400:
        problem = answer.json()
        assert problem["field"].startswith("activities[0]"), problem
        assert problem["remedy"], problem
    else:
        _check(api)


def _old(**changes: Any) -> Any:
    """An activity as an earlier version took it in, whatever it says."""
    return activities(1, first=40, **changes)[0]


OLD = {
    "year 1": _old(start=datetime(1, 1, 1, tzinfo=UTC), end=datetime(1, 1, 1, 1, tzinfo=UTC)),
    "year 9999": _old(start=datetime(9999, 12, 31, tzinfo=UTC), end=datetime(9999, 12, 31, tzinfo=UTC)),
    "huge": _old(amount=1e300),
    "wide": _old(uncertainty=parse("lognormal(1,1e99)")),
    "widest": _old(uncertainty=parse("lognormal(1,1.7e308)")),
    "endless": _old(uncertainty=parse("uniform(-1.7e308,1.7e308)")),
    "nowhere": _old(location=Location(zone="NOWHERE")),
    "no region": _old(location=Location(region="aws/mars-1")),
    "a slash": _old(location=Location(zone="aws/eu-west-3", region="FR")),
}


def _put(path: Path, *items: Any) -> None:
    with Ledger.open(path) as ledger:
        ledger.append_ready([Ready([encode(item) for item in items])])


@pytest.mark.parametrize("name", OLD)
def test_what_an_earlier_version_took_in_breaks_no_page(api: Served, tmp_path: Path, name: str) -> None:
    record = OLD[name]
    before = api.get("/api/v1/footprints").json()["impacts"]["gwp"]
    _put(tmp_path / "ledger.sqlite", record)
    _check(api)
    found = api.get("/api/v1/footprints").json()
    (odd,) = found["odd"] if name != "a slash" else found["odd"][:1]
    summed = name == "huge"  # with others of its kind, whose sum is lost with it
    assert (odd["activities"], odd["projects"]) == (3 + 1 if summed else 1, ["vision"])
    assert odd["remedy"]
    assert odd["counted"] == (name not in ("huge", "wide", "widest", "endless"))
    if not odd["counted"] and not summed:
        assert found["impacts"]["gwp"]["p50"] == pytest.approx(before["p50"])
        assert found["impacts"]["gwp"]["coverage"] < before["coverage"]
    for path in (f"/why/{record.id}", f"/api/v1/why/{record.id}", f"/why/{record.id}?as=json"):
        assert api.get(path).status_code == 200, path


def test_all_of_it_together_is_said_on_the_page_and_superseding_mends_it(api: Served, tmp_path: Path) -> None:
    several = [replace(record, id=f"{record.id[:-2]}{i:02d}") for i, record in enumerate(OLD.values())]
    _put(tmp_path / "ledger.sqlite", *several)
    _check(api)
    page = api.get("/?since=2026-01-01&until=2026-12-01").text
    for said in ("NOWHERE", "aws/mars-1", "lognormal(1.0,1e+99)", "electricity.it"):
        assert said in page, said
    good = activities(len(several), first=60)
    mended = [replace(new, supersedes=old.id) for new, old in zip(good, several, strict=True)]
    assert api.send(mended).status_code == 200
    assert api.get("/api/v1/footprints").json()["odd"] == []


def test_a_run_that_goes_on_in_an_unknown_zone_is_listed_with_the_others(api: Served) -> None:
    told = whole_run(7)
    told["run"]["location"] = told["activities"][0]["location"] = {"zone": "NOWHERE", "region": "aws/mars-1"}
    told["run"]["status"] = "running"
    assert api.post("/api/v1/live", json=told).status_code == 200
    _check(api)
    assert told["run"]["name"] in api.get("/runs").text
    page = api.get(f"/runs/{told['run']['id']}")
    assert page.status_code == 200
    assert "NOWHERE" in page.text
    unknown = api.get(f"/api/v1/runs/{told['run']['id']}").json()["footprint"]["unknown"]
    assert any("NOWHERE" in u["what"] and "vision" in u["what"] for u in unknown)


def test_an_unknown_zone_is_counted_as_a_place_unknown_and_explained(api: Served) -> None:
    here, there = activities(2, first=20, location=Location()), activities(2, first=30)
    there = [replace(a, location=Location(zone="NOWHERE"), amount=b.amount) for a, b in zip(there, here, strict=True)]
    assert api.send([*here, *there]).status_code == 200
    parts = api.get("/api/v1/footprints?by=zone").json()["parts"]
    impacts = {part["key"]["zone"]: part["impacts"]["gwp"] for part in parts}
    assert impacts["NOWHERE"] == pytest.approx(impacts[""])
    why = api.get(f"/api/v1/why/{there[0].id}").text
    assert "no zone NOWHERE in the library" in why
    assert "no zone NOWHERE" not in api.get(f"/api/v1/why/{here[0].id}").text
    step = api.get("/why/electricity.grid%2Funknown-zone%3ANOWHERE%2F2026")
    assert step.status_code == 200


def test_what_lies_in_the_future_neither_moves_the_default_months_nor_is_passed_over(api: Served) -> None:
    shown = api.get("/").text
    late = activities(3, first=50, start=datetime(2099, 3, 1, tzinfo=UTC), end=datetime(2099, 3, 1, tzinfo=UTC))
    assert api.send(late).status_code == 200
    page = api.get("/").text
    span = re.search(r"since=(\d{4}-\d\d-\d\d)&amp;until=(\d{4}-\d\d-\d\d)", page)
    assert span is not None
    assert span[0] in shown
    assert "3 activities after Mar 2026" in page
    assert "3 activities after" not in api.get(f"/?since={span[1]}&until={span[2]}").text
    assert api.get("/?since=2099-01-01&until=2099-12-01").status_code == 200


@pytest.mark.parametrize(
    ("text", "field", "remedy"),
    [
        ('"amount": 1e999', "activities[0].amount", "leave unknown"),
        ('"amount": NaN', "activities[0].amount", "leave unknown"),
        ('"uncertainty": "lognormal(1,0.5)"', "activities[0].uncertainty", "gsd"),
        ('"uncertainty": "uniform(5,1)"', "activities[0].uncertainty", "low"),
        ('"uncertainty": "lognormal(1,1e99)"', "activities[0].uncertainty", "GSD of 1000"),
        ('"stage": "dreaming"', "activities[0].stage", "evaluation, fine-tuning"),
        ('"evidence": {"method": "unknown"}', "activities[0].evidence.method", "assumed, metered, modelled, reported"),
        ('"amount": 1e300', "activities[0].amount", "kWh, at most 1e+15"),
        ('"start": "0001-01-01T00:00:00Z"', "activities[0].start", "1970 and 2100"),
        ('"labels": {"a": "x\\u0000"}', "activities[0].labels.a", "leave it out"),
        ('"component": "\\u0000"', "activities[0].component", "leave it out"),
    ],
)
def test_a_problem_names_the_field_and_what_would_do(api: Served, text: str, field: str, remedy: str) -> None:
    (record,) = bodies(activities(1))
    (name,) = json.loads(f"{{{text}}}")
    rest = json.dumps({key: value for key, value in record.items() if key != name})
    sent = f'{{"activities": [{{{text}, {rest[1:]}]}}'
    problem = api.post("/api/v1/activities", content=sent.encode(), headers=_JSON).json()
    assert (problem["status"], problem["field"]) == (400, field)
    assert remedy in problem["remedy"]


@pytest.mark.parametrize("path", ["footprints", "activities", "runs"])
@pytest.mark.parametrize(("query", "field"), [("since=2026-05-01&until=2026-04-01", "until"), ("flow=steam", "flow")])
def test_a_question_that_has_no_answer_is_refused(api: Served, path: str, query: str, field: str) -> None:
    answer = api.get(f"/api/v1/{path}?{query}")
    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert api.get(f"/api/v1/{path}").status_code == 200


def test_whose_an_entry_is_not_is_named_by_its_place_in_the_batch(tmp_path: Path, api: Served) -> None:
    token = secret(tmp_path / "ledger.sqlite", ["ingest"], ["vision"])
    foreign = activities(1, project="speech", first=70)
    assert api.send(foreign).status_code == 200
    mine = activities(3, first=80)
    with_token = api.with_token(token)
    stolen = [*mine[:2], replace(mine[2], id=foreign[0].id)]
    over = [mine[0], replace(mine[1], supersedes=foreign[0].id)]
    for sent, field in ((stolen, "activities[2].id"), (over, "activities[1].supersedes")):
        answer = with_token.send(sent)
        assert (answer.status_code, answer.json()["field"]) == (400, field)


def test_a_warning_of_a_library_is_a_line_of_the_log_like_any_other() -> None:
    code = "import warnings; from treadlight.app.server.logs import set_up; set_up(); warnings.warn('odd\\nnumber')"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stderr
    (line,) = [json.loads(text) for text in said.splitlines()]
    assert line["level"] == "warning"
    assert "odd\nnumber" in line["message"]


@pytest.mark.parametrize("name", OLD)
def test_the_public_page_stands_whatever_an_earlier_version_took_in(tmp_path: Path, name: str) -> None:
    path = tmp_path / "ledger.sqlite"
    with served(path) as api:
        admin = api.with_token(secret(path, ["admin"]))
        assert admin.send(activities(5)).status_code == 200
        choice = {"name": "Harbour", "category": "gwp", "accounting": "location", "project:vision": "on"}
        assert Admin(admin).post("public", "choose", **choice).status_code == 303
        assert Admin(admin).post("public", "publish").status_code == 303
        before = _rates(api.get("/public").text)
        assert len(before) > 2
        _put(path, OLD[name])
        for address in ("/public", "/public?as=file", "/public/trend.svg", "/public/trend.csv", "/public/trend.json"):
            answer = api.get(address)
            assert answer.status_code == 200, (address, answer.text[-300:])
            assert not re.search(r"\b(nan|inf|NaN|Infinity)\b", answer.text), address
        assert admin.get("/public-preview").status_code == 200
        page = api.get("/public").text
        if name in ("wide", "widest", "endless"):  # what is left out moves no figure, and is said to be missing
            assert _rates(page) == before
            assert "electricity.it" in page
        if name == "nowhere":
            assert len(_rates(page)) == len(before)


def _rates(page: str) -> list[str]:
    """The comparable figures: what for each kilowatt-hour."""
    return re.findall(r"<tr><th[^>]*>[^<]*</th>.*?</tr>", page[page.index('id="comparable"') :].split("</table>")[0])
