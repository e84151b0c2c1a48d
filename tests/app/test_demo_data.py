"""Demo data is clearly marked, the same for the same seed, and never mixed with real records unless asked."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from treadlight.app.cli.main import cli
from treadlight.app.demo_data import LABELS, demo_items, fill, first_real
from treadlight.core.activity import Activity, Evidence, EvidenceMethod
from treadlight.core.errors import InputError
from treadlight.ledger.records import Run, RunStatus, Trace, Window
from treadlight.ledger.store import Ledger

END = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def items():
    return list(demo_items(years=1, seed=0, until=END))


def test_every_activity_and_run_is_marked_as_invented(items):
    marked = [item for item in items if isinstance(item, Activity | Run)]
    assert all(item.labels == LABELS for item in marked)
    assert {item.subject.organisation for item in marked} == {"Demo organisation"}


def test_the_year_holds_what_a_year_holds(items):
    runs = [item for item in items if isinstance(item, Run)]
    assert {r.status for r in runs} == {RunStatus.FINISHED, RunStatus.FAILED, RunStatus.INTERRUPTED}
    assert len({r.subject.project for r in runs}) >= 5
    assert {"training", "fine-tuning", "evaluation", "inference"} <= {r.stage for r in runs}
    activities = [item for item in items if isinstance(item, Activity)]
    assert any(a.supersedes for a in activities)
    assert {str(a.evidence.method) for a in activities} == {"metered", "modelled", "reported", "assumed"}
    assert any(c.state == "unreadable" for r in runs for c in r.channels)
    assert any(isinstance(item, Trace) for item in items)
    assert any(isinstance(item, Window) for item in items)
    assert all(END - timedelta(days=366) < a.start < a.end <= END for a in activities)


def test_the_area_under_a_trace_is_the_energy_of_its_run(items):
    runs = {item.id: item for item in items if isinstance(item, Run)}
    for trace in (item for item in items if isinstance(item, Trace)):
        channels = {c.key: c.amount for c in runs[trace.run].channels}
        for series in trace.series:
            steps = zip(trace.t_s, trace.t_s[1:], series.run_w, strict=False)
            kwh = math.fsum((b - a) * w for a, b, w in steps) / 3.6e6
            assert kwh == pytest.approx(channels[series.key], rel=2e-3)


def test_the_same_seed_gives_the_same_items_and_another_seed_others(items):
    assert list(demo_items(years=1, seed=0, until=END)) == items
    assert list(demo_items(years=1, seed=1, until=END)) != items


def test_a_ledger_with_real_activities_is_refused_unless_forced(tmp_path):
    real = Activity(
        "01900000-0000-7000-8000-000000000001", END, END, "electricity.it", 1.0,
        Evidence(EvidenceMethod.METERED, "counter", "rapl"),
    )  # fmt: skip
    with Ledger.open(tmp_path / "l.sqlite") as ledger:
        ledger.append([real])
        with pytest.raises(InputError, match=r"ledger: holds real activities, got .*; name a new ledger"):
            fill(ledger, years=1, until=END)
        assert first_real(ledger) == real
        assert fill(ledger, years=1, until=END, force=True).appended > 1000


def test_filling_twice_adds_nothing(tmp_path):
    with Ledger.open(tmp_path / "l.sqlite") as ledger:
        first = fill(ledger, years=1, until=END)
        again = fill(ledger, years=1, until=END)
    assert (again.appended, again.skipped) == (0, first.appended)


def test_the_verb_is_typed_with_a_hyphen_and_refuses_too_many_years(tmp_path, monkeypatch):
    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path))
    assert "demo-data" in CliRunner().invoke(cli, ["--help"]).output
    refused = CliRunner().invoke(cli, ["demo-data", "--years", "11"])
    assert str(refused.exception) == "--years: is out of range, got 11; give 1 to 10"
