"""What is recorded: it follows from the log's content, says what the account said, and never counts twice."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from requests_logs import serving, sum_log, write_csv_log
from treadlight.assess.footprint import footprint
from treadlight.core.method import Method
from treadlight.ledger.store import Filter, Ledger
from treadlight.library.library import Library
from treadlight.requests.groups import merged
from treadlight.requests.impacts import Scope, impacts_of
from treadlight.requests.record import Recording, recorded, settled
from treadlight.requests.serving import Serving, Setting

HEAD = "time,tokens_in,tokens_out,model,zone,team"
ROWS = [
    ("2026-01-01T00:10:00Z", 100, 10, "a", "FR", "blue"),
    ("2026-01-01T00:20:00Z", 200, 20, "a", "FR", "blue"),
    ("2026-01-01T01:10:00Z", 300, 30, "a", "FR", "red"),
    ("2026-01-02T01:10:00Z", 400, 40, "a", "", "blue"),
]
A = Setting("a", "", "", "")
B = Setting("b", "", "", "")


def _recording(tmp_path: Path, digest: str = "1" * 64, model: str = "a", **options: Any) -> Recording:
    rows = [(*row[:3], model, *row[4:]) for row in ROWS]
    part = sum_log(write_csv_log(tmp_path / "log.csv", rows, HEAD))
    groups = merged([part], {}, (), 3600, None)
    served = {Setting(model, "", "", ""): options.pop("serving", serving(1000.0, 1.0, gsd=1.3))}
    path = str(tmp_path / "log.csv")
    return recorded(groups, served, digest=digest, path=path, name="log.csv", project="p", **options)


def _append(ledger: Ledger, recording: Recording) -> int:
    run_id = recording.run.id
    standing = list(ledger.activities(Filter(run=run_id)))
    known = frozenset(a.id for a in ledger.activities(Filter(run=run_id), superseded=True))
    return ledger.append([recording.run, *settled(recording, standing, known)], whole=True).appended


def _energy(ledger: Ledger) -> float:
    return sum(a.amount for a in ledger.activities(Filter(flow="electricity.it")))


def test_activities_are_by_hour_place_model_and_team_with_the_digest(tmp_path: Path) -> None:
    recording = _recording(tmp_path)
    energy = [a for a in recording.activities if a.flow == "electricity.it"]
    told = [(f"{a.start:%dT%H}", a.location.zone, a.subject.team, a.subject.system, a.amount) for a in energy]
    assert told == [
        ("01T00", "FR", "blue", "test/model", pytest.approx(2.3, rel=1e-4)),
        ("01T01", "FR", "red", "test/model", pytest.approx(1.3, rel=1e-4)),
        ("02T01", "", "blue", "test/model", pytest.approx(1.4, rel=1e-4)),
    ]
    for record in recording.activities:
        assert record.evidence.digest == "1" * 64
        assert record.evidence.method == "modelled"
        assert record.parent == recording.run.id
        assert record.subject.project == "p"
        assert (record.end - record.start).total_seconds() == 3600
    assert recording.run.counts["requests"] == 4
    assert recording.run.duration_s == 26 * 3600


def test_recording_twice_adds_nothing(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        assert _append(ledger, _recording(tmp_path)) == 7
        assert _append(ledger, _recording(tmp_path)) == 0
        assert ledger.verify().ok


def test_another_cost_replaces_what_was_recorded(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        _append(ledger, _recording(tmp_path))
        before = _energy(ledger)
        _append(ledger, _recording(tmp_path, serving=serving(2000.0, 2.0)))
        assert _energy(ledger) == pytest.approx(2 * before, rel=1e-4)
        assert len(list(ledger.activities(Filter(flow="electricity.it")))) == 3


def test_another_model_withdraws_the_first_and_coming_back_counts_once(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        _append(ledger, _recording(tmp_path))
        before = _energy(ledger)
        for model, cost in (("b", 3.0), ("a", 1.0), ("b", 3.0), ("a", 1.0)):
            _append(ledger, _recording(tmp_path, model=model, serving=serving(1000.0 * cost, cost)))
            assert _energy(ledger) == pytest.approx(cost * before, rel=1e-4)
        assert _append(ledger, _recording(tmp_path, serving=serving(1000.0, 1.0))) == 0
        assert ledger.verify().ok


def test_a_log_of_another_content_is_another_run(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        _append(ledger, _recording(tmp_path))
        assert _append(ledger, _recording(tmp_path, digest="2" * 64)) == 7
        assert len(ledger.runs()) == 2


def _skewed(seed: int, scale: float) -> Serving:
    """Draws whose upper side is far longer than the lower, and whose cost of reading and of making differ in doubt."""
    shared = np.random.default_rng(7).standard_normal(10_000)
    own = np.random.default_rng(seed).standard_normal(10_000)
    doubt = 0.98 * shared + 0.2 * own
    skew = np.where(doubt > 0, 1.6, 0.5) * doubt
    parts = np.zeros((10_000, 6))
    parts[:, 1], parts[:, 4] = scale * 1e-5 * np.exp(0.4 * skew), scale * 1e-4 * np.exp(skew)
    return Serving(parts, 2 * parts, "h100-sxm5-80gb", f"test/{seed}", ())


def _two_days(path: Path) -> Path:
    """Requests to two models that read much in the morning and write much in the evening."""
    rows = [
        (f"2026-01-0{1 + i // 24}T{i % 24:02}:10:00Z", 4000 - 150 * (i % 24), 10 + 60 * (i % 24), model, "FR", "blue")
        for i in range(48)
        for model in ("a", "b")
    ]
    return write_csv_log(path, rows, HEAD)


def test_the_ledger_says_what_the_account_said(tmp_path: Path) -> None:
    """All hours together and one alone, of models that are wrong together and whose doubt is skewed."""
    costs = {A: _skewed(1, 1.0), B: _skewed(2, 3.0)}
    groups, library = merged([sum_log(_two_days(tmp_path / "log.csv"))], {}, (), 3600, None), Library.load()
    scope, evening = Scope.named("facility"), datetime(2026, 1, 1, 23, tzinfo=UTC)
    said = impacts_of(groups, ("hour",), costs, library, scope, Method(), hourly=False, draws=10_000, seed=0)
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        _append(ledger, recorded(groups, costs, digest="1" * 64, path="log.csv", name="log.csv", project=""))
        told = footprint(ledger.sums(), library, draws=10_000)
        hour = ledger.sums(Filter(since=evening, until=evening + timedelta(hours=1)))
        told_then = footprint(hour, library, draws=10_000)
    for row, answer, slack in ((said.total, told, 0.05), (said.rows[23], told_then, 0.1)):
        for category in ("energy", "gwp"):
            ours, theirs = row.impacts[category], answer.total(category)
            assert ours is not None and theirs is not None
            assert theirs.p05 == pytest.approx(ours.p05, rel=slack)
            assert theirs.p50 == pytest.approx(ours.p50, rel=slack)
            assert theirs.p95 == pytest.approx(ours.p95, rel=slack)


def test_hours_alike_share_a_distribution_and_all_share_a_cause(tmp_path: Path) -> None:
    costs = {A: _skewed(1, 1.0), B: _skewed(2, 3.0)}
    groups = merged([sum_log(_two_days(tmp_path / "log.csv"))], {}, (), 3600, None)
    found = recorded(groups, costs, digest="1" * 64, path="log.csv", name="log.csv", project="").activities
    assert len(found) == 2 * 96
    assert len({a.cause for a in found}) == 1
    assert len({str(a.uncertainty) for a in found}) <= 48


def test_two_ways_of_serving_one_model_do_not_stand_for_each_other(tmp_path: Path) -> None:
    rows = [("2026-01-01T00:10:00Z", 100, 10, "a", batch) for batch in ("1", "32")]
    path = write_csv_log(tmp_path / "log.csv", rows, "time,tokens_in,tokens_out,model,batch")
    groups = merged([sum_log(path)], {}, (), 3600, None)
    costs = {Setting("a", "", "", "1"): serving(32.0), Setting("a", "", "", "32"): serving(1.0)}
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        for _ in range(2):
            _append(ledger, recorded(groups, costs, digest="1" * 64, path=str(path), name="log.csv", project="p"))
            assert _energy(ledger) == pytest.approx(0.033)
