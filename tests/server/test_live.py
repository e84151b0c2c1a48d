"""A run that goes on is seen on the server, and its end leaves there what it would have left without."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from serving import T0, Served, journal, process, secret, served, whole_run
from treadlight.app.client import Client, Unreachable
from treadlight.app.sending import send
from treadlight.app.server.holding import Holding
from treadlight.app.server.problems import Refused
from treadlight.app.server.settings import ServerSettings
from treadlight.app.server.silent import SILENCE, take_in_silent
from treadlight.app.telling import Teller, _try, tell
from treadlight.core.errors import InputError
from treadlight.ledger.absorb import fold_journal
from treadlight.ledger.codec import body_of
from treadlight.ledger.following import Following
from treadlight.ledger.query import Filter
from treadlight.ledger.store import Ledger


class Straight:
    """A client of an application without a socket."""

    url = "http://here"
    sleep = None  # it waits for nobody

    def __init__(self, api: Served) -> None:
        self.api, self.posted = api, list[tuple[str, bytes]]()

    def post(self, path: str, body: bytes) -> Any:
        self.posted.append((path, body))
        answer = self.api.post(f"/api/v1{path}", content=body, headers={"content-type": "application/json"})
        if answer.status_code != 200:
            raise InputError("says", field=path, value=answer.text)
        return answer.json()


def grown(folder: Path, hours: int) -> Path:
    """The journal of a run of so many hours, with a window an hour."""
    path = journal(folder, 0, ended=False)
    with path.open("a") as file:
        for n in range(1, hours + 1):
            t, v = 600.0 + 3600.0 * n, [[1.0 + n, 1.0 + n, 0.0]]
            marks = {"id": f"w{n}", "t": t, "at": T0 + t, "v": v, "name": "epoch"}
            for record in (
                {"kind": "window-begin", **marks},
                {"kind": "sample", "t": t, "at": T0 + t, "v": v},
                {"kind": "window", "status": "finished", **marks, "t": t + 1, "at": T0 + t + 1},
                {"kind": "sample", "t": t + 1, "at": T0 + t + 1, "v": v},
            ):
                file.write(json.dumps(record) + "\n")
        end = {"kind": "end", "t": t + 2, "at": T0 + t + 2, "status": "finished", "exit_code": 0, "error": ""}
        file.write(json.dumps(end) + "\n")
    return path


def content(ledger: Ledger) -> tuple[int, list[str]]:
    """How many entries a ledger has, and what it says."""
    assert ledger.verify().ok
    run = ledger.run("last")
    trace = ledger.trace(run.id)
    items = [run, *ledger.activities(), *ledger.windows(run.id), *([trace] if trace else [])]
    return ledger.head()[1], [body_of(item) for item in items]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, tuple[int, list[str]]]:
    """A journal, and what the ledger of a server holds after it was sent and nothing told before."""
    folder = tmp_path_factory.mktemp("plain")
    text = grown(folder / "journals", 3).read_text()
    with served(folder / "team.sqlite") as api:
        assert send(folder / "journals", Straight(api)).runs  # type: ignore[arg-type]
        return text, content(api.place.ledger)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_end_leaves_what_it_leaves_without_telling(
    data: st.DataObject, plain: tuple[str, tuple[int, list[str]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    text, wanted = plain
    folder = tmp_path_factory.mktemp("told")
    path = folder / "journals" / "019c0000-0000-7000-8000-000000000000.jsonl"
    path.parent.mkdir()
    cuts = sorted(data.draw(st.lists(st.integers(1, len(text)), min_size=1, max_size=6)))
    with served(folder / "team.sqlite") as api:
        client = Straight(api)
        for cut in cuts:
            path.write_text(text[:cut])
            if data.draw(st.booleans()):
                teller = Teller(path, client)  # type: ignore[arg-type]
            else:
                teller = locals().get("teller") or Teller(path, client)  # type: ignore[arg-type]
            teller.tell()
        told = data.draw(st.permutations(client.posted)) + client.posted[:2]
        for which, body in told[: len(told) // 2]:
            client.post(which, body)
        path.write_text(text)
        assert send(path.parent, client).runs  # type: ignore[arg-type]
        for which, body in told[len(told) // 2 :]:
            client.post(which, body)
        assert api.place.access.told.all() == []
        assert content(api.place.ledger) == wanted


def test_what_is_told_stands_on_the_pages_and_in_the_api_and_not_in_the_sums(tmp_path: Path) -> None:
    path = journal(tmp_path / "journals", 1, ended=False)
    with served(tmp_path / "team.sqlite") as api:
        client = Straight(api)
        Teller(path, client).tell()  # type: ignore[arg-type]
        rows = api.get("/api/v1/runs").json()["runs"]
        assert [(r["name"], r["status"], r["duration_s"]) for r in rows] == [("run 1", "running", 600.0)]
        assert rows[0]["energy_kwh"]["p05"] <= 2.0 <= rows[0]["energy_kwh"]["p95"]
        assert api.get("/api/v1/runs/run 1/windows").json()["status"] == "running"
        assert "run 1" in api.get("/runs-live").text
        page = api.get(f"/runs/{path.stem}").text
        assert "Running." in page
        assert "data-again" in page
        assert api.get("/api/v1/activities").json()["activities"] == []


def test_what_is_older_or_comes_after_the_end_is_left_out(tmp_path: Path) -> None:
    path = grown(tmp_path / "journals", 2)
    text = path.read_text()
    with served(tmp_path / "team.sqlite") as api:
        client = Straight(api)
        for lines in (3, 7):
            path.write_text("".join(text.splitlines(keepends=True)[:lines]))
            Teller(path, client).tell()  # type: ignore[arg-type]
        old, new = client.posted
        assert client.post(*old) == {"news": False}
        assert api.place.access.told.all()[0].folded.run.duration_s == 4201.0
        assert client.post(*new) == {"news": True}
        path.write_text(text)
        send(path.parent, client)  # type: ignore[arg-type]
        assert client.post(*new) == {"news": False}
        assert [r["status"] for r in api.get("/api/v1/runs").json()["runs"]] == ["finished"]


def test_only_what_is_new_is_told(tmp_path: Path) -> None:
    path = grown(tmp_path / "journals", 3)
    text = path.read_text()
    with served(tmp_path / "team.sqlite") as api:
        client = Straight(api)
        path.write_text(text[: len(text) // 2])
        teller = Teller(path, client)  # type: ignore[arg-type]
        teller.tell()
        teller.tell()
        assert len(client.posted) == 1
        path.write_text(text)
        teller.tell()
        first, second = (json.loads(body)["activities"] for _, body in client.posted)
        assert len(first) > 1
        assert [a["id"] for a in first if a["id"] in {b["id"] for b in second}] == [first[-1]["id"]]
        told = api.place.access.told.all()[0].folded
        whole = fold_journal(path)
        assert [(a.id, a.amount) for a in told.activities] == [(a.id, a.amount) for a in whole.activities]
        assert told.windows == whole.windows


def test_looks_at_a_growing_journal_give_what_reading_it_whole_gives(tmp_path: Path) -> None:
    path = grown(tmp_path / "journals", 2)
    text = path.read_text()
    following = Following(path)
    for cut in range(0, len(text) + 1, 97):
        path.write_text(text[:cut])
        seen = following.look()
        whole = fold_journal(path, live=True) if text[:cut].count("\n") else None
        assert (seen is None) == (whole is None)
        if seen and whole and not path.read_text().splitlines()[-1].endswith("}"):
            assert [(a.id, a.amount) for a in seen.activities] == [(a.id, a.amount) for a in whole.activities]
            assert (seen.windows, seen.trace) == (whole.windows, whole.trace)


def test_nobody_tells_of_another_projects_run_or_sees_it(tmp_path: Path) -> None:
    url = tmp_path / "team.sqlite"
    vision, speech = (secret(url, ["ingest", "read"], [name]) for name in ("vision", "speech"))
    path = journal(tmp_path / "journals", 0, ended=False)
    with served(url) as api:
        mine, theirs = Straight(api.with_token(vision)), Straight(api.with_token(speech))
        Teller(path, mine).tell()  # type: ignore[arg-type]
        body = mine.posted[0][1]
        for taken in (body, body.replace(b'"vision"', b'"speech"')):
            with pytest.raises(InputError, match="project"):
                theirs.post("/live", taken)
        assert theirs.api.get("/api/v1/runs").json()["runs"] == []
        assert theirs.api.get(f"/api/v1/runs/{path.stem}").status_code == 404
        assert len(mine.api.get("/api/v1/runs").json()["runs"]) == 1


def test_a_run_that_goes_on_is_its_projects_until_its_end_comes(tmp_path: Path) -> None:
    url = tmp_path / "team.sqlite"
    vision, speech = (secret(url, ["ingest", "read"], [name]) for name in ("vision", "speech"))
    going, taking = whole_run(0), whole_run(0, "speech")
    going["run"]["status"] = "running"
    with served(url) as api:
        mine, theirs = api.with_token(vision), api.with_token(speech)
        assert mine.post("/api/v1/live", json=going).json() == {"news": True}
        hanging = {"activities": taking["activities"]}
        for path, body in (("runs", taking), ("entries", {"runs": [taking["run"]]}), ("activities", hanging)):
            answer = theirs.post(f"/api/v1/{path}", json=body)
            assert answer.status_code == 400 and "does not belong to your projects" in answer.json()["detail"]
        assert [r["status"] for r in mine.get("/api/v1/runs").json()["runs"]] == ["running"]
        assert theirs.get("/api/v1/live").json() == {"runs": []}
        assert mine.post("/api/v1/runs", json=whole_run(0)).json()["appended"] == 4
        assert [r["status"] for r in mine.get("/api/v1/runs").json()["runs"]] == ["finished"]


_FILTERS: list[tuple[dict[str, str], bool]] = [
    ({"status": "running"}, True), ({"status": "finished"}, False), ({"project": "vision"}, True),
    ({"project": "speech"}, False), ({"name": "run 1"}, True), ({"name": "run 2"}, False),
    ({"run": "019c0000-0000-7000-8000-000000000001"}, True), ({"run": "019c"}, False),
    ({"since": "2026-05-01"}, True), ({"since": "2027-01-01"}, False), ({"until": "2026-05-01"}, False),
    ({"component": "cpu"}, True), ({"component": "gpu"}, False), ({"flow": "electricity.it"}, True),
    ({"stage": "training", "limit": "1"}, True), ({"team": "x"}, False),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "there"), _FILTERS)
def test_a_run_that_goes_on_is_found_by_what_it_is_asked_for(
    tmp_path: Path, asked: dict[str, str], there: bool
) -> None:
    path = journal(tmp_path / "journals", 1, ended=False)
    with served(tmp_path / "team.sqlite") as api:
        Teller(path, Straight(api)).tell()  # type: ignore[arg-type]
        assert [r["name"] for r in api.get("/api/v1/runs", params=asked).json()["runs"]] == ["run 1"] * there


def test_a_page_of_runs_holds_as_many_as_asked_for_and_every_run_comes_once(tmp_path: Path) -> None:
    with served(tmp_path / "team.sqlite") as api:
        for n in (1, 2):
            path = journal(tmp_path / "journals", n, ended=False)
            Teller(path, Straight(api)).tell()  # type: ignore[arg-type]
        for n in (5, 6, 7):
            assert api.post("/api/v1/runs", json=whole_run(n)).status_code == 200
        for limit in (1, 2, 3, 4, 9):
            pages = [api.get("/api/v1/runs", params={"limit": limit}).json()]
            while pages[-1]["next"]:
                pages.append(api.get("/api/v1/runs", params={"limit": limit, "cursor": pages[-1]["next"]}).json())
            ids = [row["id"] for page in pages for row in page["runs"]]
            assert all(len(page["runs"]) <= limit for page in pages)
            assert len(ids) == len(set(ids)) == 3 + min(limit, 2)


def test_a_status_that_there_is_not_is_refused_and_withdrawn_is_one(tmp_path: Path) -> None:
    with served(tmp_path / "team.sqlite") as api:
        for path in ("runs", "records", "activities", "footprints", "sums"):
            answer = api.get(f"/api/v1/{path}", params={"status": "bogus"})
            assert (answer.status_code, answer.json()["field"]) == (400, "status")
            assert "bogus" in answer.json()["detail"]
        whole = whole_run(2)
        assert api.post("/api/v1/runs", json=whole).status_code == 200
        back = [{**a, "id": f"back {a['id']}", "supersedes": a["id"], "amount": 0.0} for a in whole["activities"]]
        assert api.send(back).status_code == 200
        states = {s: api.get("/api/v1/runs", params={"status": s}).json()["runs"] for s in ("finished", "withdrawn")}
        assert {s: len(rows) for s, rows in states.items()} == {"finished": 0, "withdrawn": 1}


def test_over_the_network_a_terminal_lists_and_shows_runs_that_go_on(tmp_path: Path) -> None:
    url = str(tmp_path / "team.sqlite")
    token = secret(url, ["ingest", "read"], ["vision"])
    path = journal(tmp_path / "journals", 1, ended=False)
    with process(url) as (_, port):
        address = f"http://127.0.0.1:{port}"
        client = Client(address, token)
        Teller(path, client).tell()
        client.close()
        home = {"TREADLIGHT_HOME": str(tmp_path / "home"), "TREADLIGHT_LEDGER": address, "TREADLIGHT_TOKEN": token}

        def said(*arguments: str) -> str:
            argv = [sys.executable, "-m", "treadlight", *arguments]
            done = subprocess.run(argv, env={**os.environ, **home}, capture_output=True, text=True, timeout=120)
            assert (done.returncode, done.stderr) == (0, "")
            return done.stdout

        rows = json.loads(said("runs", "--status", "running", "--json"))
        assert [(r["name"], r["status"], r["duration_s"]) for r in rows] == [("run 1", "running", 600.0)]
        assert rows[0]["energy_kwh"]["p05"] <= 2.0 <= rows[0]["energy_kwh"]["p95"]
        assert "running" in said("runs") and json.loads(said("runs", "--status", "finished", "--json")) == []
        assert "only a part of the ledger is seen" in " ".join(said("show", "run 1").split())


def test_a_run_of_which_nobody_tells_is_silent_then_taken_in_and_its_journal_still_counts_once(tmp_path: Path) -> None:
    path = grown(tmp_path / "journals", 2)
    text = path.read_text()
    path.write_text("".join(text.splitlines(keepends=True)[:7]))
    with served(tmp_path / "team.sqlite") as api:
        client = Straight(api)
        Teller(path, client).tell()  # type: ignore[arg-type]
        now = api.place.now()
        assert take_in_silent(api.place) == 0
        api.place.now = lambda: now + timedelta(minutes=11)
        assert ">silent" in api.get("/runs").text
        api.place.now = lambda: now + SILENCE + timedelta(minutes=1)
        assert (take_in_silent(api.place), take_in_silent(api.place)) == (1, 0)
        assert [str(r.status) for r in api.place.ledger.runs()] == ["interrupted"]
        path.write_text(text)
        assert send(path.parent, client).runs  # type: ignore[arg-type]
        assert [str(r.status) for r in api.place.ledger.runs()] == ["finished"]
        assert sum(a.amount for a in api.place.ledger.activities()) == pytest.approx(3.0)
        assert api.place.ledger.verify().ok


def test_a_silent_run_is_taken_in_though_another_breaks_a_rule_and_the_database_was_away(tmp_path: Path) -> None:
    url = tmp_path / "team.sqlite"
    taken = whole_run(0, "speech")
    wrong, right = whole_run(1), whole_run(2)
    wrong["activities"] = [{**wrong["activities"][0], "id": taken["activities"][0]["id"]}]
    with served(url) as api:
        assert api.post("/api/v1/runs", json=taken).status_code == 200
        for body in (wrong, right):
            body["run"]["status"] = "running"
            assert api.post("/api/v1/live", json=body).json() == {"news": True}
        with api.place.ledger._database.writing() as connection:
            connection.execute(text("ALTER TABLE told RENAME TO away"))
        now = api.place.now()
        api.place.now = lambda: now + SILENCE + timedelta(minutes=1)
        time.sleep(1.5)  # what takes care of the server looks every second, and finds no table
        with api.place.ledger._database.writing() as connection:
            connection.execute(text("ALTER TABLE away RENAME TO told"))
        for _ in range(120):
            if len(api.place.ledger.runs()) == 2:
                break
            time.sleep(0.25)
        assert {r.id: str(r.status) for r in api.place.ledger.runs()}[right["run"]["id"]] == "interrupted"
        assert [t.folded.run.id for t in api.place.access.told.all()] == [wrong["run"]["id"]]
        assert {a.subject.project for a in api.place.ledger.activities(Filter(run=taken["run"]["id"]))} == {"speech"}


def test_a_server_that_is_killed_meanwhile_hears_the_rest(tmp_path: Path) -> None:
    url = str(tmp_path / "team.sqlite")
    token = secret(url, ["ingest"])
    path = grown(tmp_path / "journals", 3)
    text = path.read_text()
    path.write_text(text[: len(text) // 3])
    with process(url) as (running, port):
        client = Client(f"http://127.0.0.1:{port}", token)
        teller = Teller(path, client)
        teller.tell()
        running.kill()
        running.wait()
        path.write_text(text[: len(text) // 2])
        with pytest.raises(Unreachable):
            teller.tell()
    with process(url, "--port", str(port)) as (_, again):
        assert again == port
        teller.tell()
        with Ledger.open(url) as ledger:
            told = ledger.access().told.all()
        assert len(told) == 1
        assert len(told[0].folded.activities) > 1
        path.write_text(text)
        assert len(send(path.parent, client).runs) == 1
        client.close()
    with Ledger.open(url) as ledger:
        assert ledger.verify().ok
        assert ledger.access().told.all() == []
        assert sum(a.amount for a in ledger.activities()) == pytest.approx(4.0)


def test_telling_ends_with_the_last_run_and_nothing_is_told_where_there_is_none(tmp_path: Path) -> None:
    journal(tmp_path, 0)
    pauses: list[float] = []
    tell(tmp_path, Client("http://127.0.0.1:9"), 10.0, sleep=pauses.append)
    assert pauses == []


def _until(true: Callable[[], bool]) -> bool:
    until = time.monotonic() + 90
    while not true() and time.monotonic() < until:
        time.sleep(0.2)
    return true()


def test_a_tracker_tells_while_it_runs_and_a_killed_one_is_interrupted(tmp_path: Path) -> None:
    url = str(tmp_path / "team.sqlite")
    token = secret(url, ["ingest"])
    with process(url) as (_, port), Ledger.open(url) as ledger:
        env = {
            **os.environ, "TREADLIGHT_HOME": str(tmp_path / "home"), "TREADLIGHT_TOKEN": token,
            "TREADLIGHT_SERVER": f"http://127.0.0.1:{port}", "TREADLIGHT_PROJECT": "vision",
            "TREADLIGHT_LIVE": "1", "TREADLIGHT_INTERVAL": "0.2",
        }  # fmt: skip
        program = "import time, treadlight\nwith treadlight.track('long'): time.sleep(600)"
        tracker = subprocess.Popen([sys.executable, "-c", program], env=env)
        try:
            told = ledger.access().told
            assert _until(lambda: bool(told.all()))
            before = told.all()[0].folded.run
            assert _until(lambda: told.all()[0].folded.run.duration_s > before.duration_s)
            assert (before.name, str(before.status), ledger.runs()) == ("long", "running", [])
        finally:
            tracker.send_signal(signal.SIGKILL)
            tracker.wait()
        assert _until(lambda: bool(ledger.runs()))
        assert [str(r.status) for r in ledger.runs()] == ["interrupted"]
        assert told.all() == []
        assert ledger.verify().ok


def test_a_command_that_is_followed_ends_when_it_ends_and_arrives(tmp_path: Path) -> None:
    url = str(tmp_path / "team.sqlite")
    token = secret(url, ["ingest"])
    with process(url) as (_, port), Ledger.open(url) as ledger:
        env = {
            **os.environ, "TREADLIGHT_HOME": str(tmp_path / "home"), "TREADLIGHT_TOKEN": token,
            "TREADLIGHT_SERVER": f"http://127.0.0.1:{port}", "TREADLIGHT_LIVE": "1", "TREADLIGHT_INTERVAL": "0.2",
        }  # fmt: skip
        inner = "import time, treadlight\nwith treadlight.track('inner'): time.sleep(6)"
        outer = [sys.executable, "-m", "treadlight", "track", "--name", "outer", "--", sys.executable, "-c", inner]
        tracker = subprocess.Popen(outer, env=env, stderr=subprocess.PIPE, text=True)
        told = ledger.access().told
        assert _until(lambda: {t.folded.run.name for t in told.all()} == {"inner", "outer"})
        _, said = tracker.communicate(timeout=90)
        assert (tracker.returncode, "still running" in said) == (0, False)
        assert _until(lambda: {(r.name, str(r.status)) for r in ledger.runs()} == {
            ("inner", "finished"), ("outer", "finished")
        })  # fmt: skip


def _told_of(n: int, project: str = "vision", **changes: Any) -> dict[str, Any]:
    """What is told of a run that goes on."""
    told = whole_run(n, project)
    told["run"] |= {"status": "running", **changes}
    return told


def test_more_live_runs_than_one_token_may_hold_are_seen_when_they_end_and_nothing_is_lost(tmp_path: Path) -> None:
    url = tmp_path / "team.sqlite"
    one, other = secret(url, ["ingest", "read"]), secret(url, ["ingest", "read"])
    with served(url, ServerSettings(live_runs=2)) as api:
        mine, theirs = api.with_token(one), api.with_token(other)

        def tell_of(n: int, by: Served = mine) -> Any:
            return by.post("/api/v1/live", json=_told_of(n))

        assert [tell_of(n).status_code for n in (1, 2, 1, 2)] == [200] * 4
        refused = tell_of(3)
        problem = refused.json()
        assert (refused.status_code, problem["field"]) == (409, "run.id")
        assert "TREADLIGHT_LIVE_RUNS" in problem["remedy"] and "nothing is lost" in problem["remedy"]
        assert tell_of(4, theirs).status_code == 200
        assert len(mine.get("/api/v1/live").json()["runs"]) == 3
        assert mine.post("/api/v1/runs", json=whole_run(3)).json()["appended"] == 4
        assert mine.post("/api/v1/runs", json=whole_run(1)).status_code == 200
        assert tell_of(1).json() == {"news": False}, "it has ended, and takes no room"
        assert [tell_of(n).status_code for n in (5, 6)] == [200, 409]


def test_a_sender_whose_live_run_has_no_room_goes_on_with_the_others_and_sends_all(tmp_path: Path) -> None:
    url, folder = tmp_path / "team.sqlite", tmp_path / "journals"
    token = secret(url, ["ingest", "read"])
    with served(url, ServerSettings(live_runs=1)) as api:
        client = Straight(api.with_token(token))
        paths = [journal(folder, n, ended=False) for n in (1, 2)]
        tellers: dict[Path, Teller | None] = {p: Teller(p, client) for p in paths}  # type: ignore[arg-type]
        assert [_try(tellers, path) for path in paths] == [True, True], "neither is taken for a server that is away"
        assert [t.folded.run.name for t in api.place.access.told.all()] == ["run 1"]
        for n, path in enumerate(paths, 1):
            path.unlink()
            journal(folder, n)
        assert len(send(folder, client).runs) == 2  # type: ignore[arg-type]
        assert sorted(r.name for r in api.place.ledger.runs()) == ["run 1", "run 2"]


def test_room_is_found_again_where_a_run_ended_elsewhere() -> None:
    there, now_s = ["a", "b"], [0.0]
    holding = Holding(2, lambda: there, lambda: now_s[0])
    assert [holding.take("me", run) for run in ("a", "b", "a")] == [True, True, False]
    with pytest.raises(Refused):
        holding.take("me", "c")
    there.remove("a")
    with pytest.raises(Refused):
        holding.take("me", "c")  # it was asked a moment ago
    now_s[0] = 11.0
    assert holding.take("me", "c")


def test_a_run_that_is_shown_keeps_its_place_when_the_server_begins_again_and_when_others_name_it() -> None:
    holding = Holding(2, lambda: ["a", "b", "shown"])
    assert [holding.take("me", run) for run in ("a", "b", "shown")] == [True, True, True]
    holding.release("somebody", "a")
    with pytest.raises(Refused):
        holding.take("me", "c")
    holding.release("me", "a")
    holding.release("me", "b")
    assert holding.take("me", "c")


def test_another_projects_token_that_names_a_live_run_makes_no_room_for_more(tmp_path: Path) -> None:
    url = tmp_path / "team.sqlite"
    vision, speech = (secret(url, ["ingest", "read"], [project]) for project in ("vision", "speech"))
    with served(url, ServerSettings(live_runs=1)) as api:
        mine, theirs = api.with_token(vision), api.with_token(speech)
        assert mine.post("/api/v1/live", json=_told_of(1, "vision")).status_code == 200
        assert theirs.post("/api/v1/live", json=_told_of(1, "speech")).status_code == 400
        assert mine.post("/api/v1/live", json=_told_of(2, "vision")).status_code == 409


@pytest.mark.parametrize(("asked", "there"), [
    ("q=speech run", ["run 2"]), ("q=RUN", ["run 1", "run 2"]), ("q=vision", ["run 1"]), ("q=speech", ["run 2"]),
    ("q=019c0000-0000-7000-8000-000000000002", ["run 2"]), ("q=training run", ["run 1", "run 2"]), ("q=dogs", []),
    ("status=failed", []), ("status=running", ["run 1", "run 2"]), ("project=speech", ["run 2"]),
    ("since=2031-01-01", []), ("q=1&status=running", ["run 1", "run 2"]),
])  # fmt: skip
def test_a_search_finds_runs_that_go_on_as_it_finds_others(tmp_path: Path, asked: str, there: list[str]) -> None:
    with served(tmp_path / "team.sqlite") as api:
        for n, project in ((1, "vision"), (2, "speech")):
            told = _told_of(n, project, id=f"019c0000-0000-7000-8000-00000000000{n}", name=f"run {n}", stage="training")
            for kind in ("activities", "windows", "trace"):
                parts = told[kind] if isinstance(told[kind], list) else [told[kind]]
                for part in parts:
                    part["parent" if kind == "activities" else "run"] = told["run"]["id"]
            assert api.post("/api/v1/live", json=told).status_code == 200
        for page in (f"/runs-live?{asked}", f"/runs?{asked}"):
            text_ = api.get(page).text
            assert [f"run {n}" for n in (1, 2) if f">run {n}</a>" in text_] == there, page
        again = re.search(r'data-again="([^"]*)"', api.get(f"/runs?{asked}&sort=name").text)
        if there:
            assert again is not None
            moved = api.get(unescape(again[1])).text
            assert [f"run {n}" for n in (1, 2) if f">run {n}</a>" in moved] == there, again[1]
