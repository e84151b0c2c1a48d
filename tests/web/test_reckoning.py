"""What the pages reckon: changes add up, what if keeps what was, equations give the number they explain."""

import math

import msgspec
import numpy as np
import pytest

from treadlight.app.account import CATEGORIES
from treadlight.app.runs import run_facts
from treadlight.app.server.asked import PageRequest
from treadlight.app.web.book import Book, Span
from treadlight.app.web.changes import Ways, changes
from treadlight.app.web.overview import DIMENSIONS, Overview
from treadlight.app.web.reasons import reasons
from treadlight.app.web.tree import equation, flattened, shortened
from treadlight.app.web.whatif import Tried, WhatIf
from treadlight.core.errors import InputError
from treadlight.ledger.months import month_after


def book(site, **query):
    return Book(site.desk(**query), PageRequest("/", query={k: [v] for k, v in query.items()}))


@pytest.fixture
def training(year):
    desk = year.desk()
    run = next(r for r in year.runs if r.subject.project == "Tide forecast" and r.stage == "training")
    return WhatIf(desk, run_facts(desk, run.id), "gwp")


def test_the_steps_of_what_changed_lead_from_the_old_total_to_the_new(year):
    made = book(year)
    now = Span(month_after(made.extent.until, -6), made.extent.until)
    steps = changes(made, now.before(), now)
    old, new = (float(np.median(made.cut(s).footprint.samples[0])) for s in (now.before(), now))
    assert steps[0].start == pytest.approx(old)
    assert steps[-1].start + steps[-1].change.p50 == pytest.approx(new, rel=0.02)
    assert {s.kind for s in steps} >= {"activity"}


@pytest.mark.parametrize("split", DIMENSIONS)
def test_every_split_adds_up_to_the_total(year, split):
    overview = Overview(book(year), split)
    parts = math.fsum(row.quantity.p50 for row in overview.split_rows if row.quantity)
    assert parts == pytest.approx(overview.total.p50, rel=0.06)  # medians of skewed parts
    assert any(row.quantity is None for row in overview.split_rows)


def test_months_add_up_to_the_total_draw_by_draw(year):
    made = book(year)
    months = made.by(made.span, lambda month, _: month)
    assert np.allclose(sum(months.values()), made.now.footprint.samples[0])


def test_what_if_nothing_is_tried_is_the_total_as_it_was(training):
    row = CATEGORIES.index("gwp")
    assert np.allclose(training.draws(Tried()), training._base.samples[row])
    assert training.difference(Tried()).p50 == 0


def test_what_if_moves_with_pue_lifetime_and_zone(training):
    as_it_was = training.total(Tried())
    assert training.total(Tried(pue=1.0)).p50 < as_it_was.p50 < training.total(Tried(pue=2.0)).p50
    assert training.total(Tried(life=8.0)).p50 < training.total(Tried(life=2.0)).p50
    assert training.total(Tried(zone="SE")).p50 < training.total(Tried(zone="PL")).p50
    two, one = (training.draws(Tried(pue=p)) - training.draws(Tried(pue=1.0)) for p in (2.0, 1.5))
    assert np.allclose(two, 2 * one)


def test_what_if_refuses_what_is_out_of_range():
    with pytest.raises(InputError, match=r"pue: is out of range, got '3'; give 1 to 2"):
        Tried.of(PageRequest("/", query={"pue": ["3"]}))
    with pytest.raises(InputError, match="zone"):
        from treadlight.library.library import Library

        Library.load().check_place(zone="QQ")


def test_an_equation_gives_the_number_it_explains(year):
    made = book(year)
    for run in year.runs[:12]:
        root = reasons(made, run.id)
        terms = equation(root)
        assert terms[0].quantity.p50 == pytest.approx(root.amount)
        assert _value(terms) == pytest.approx(root.amount, rel=0.03)


def _value(terms):
    sums, current = [], None
    for term in terms[1:]:
        value = term.quantity.p50 if term.quantity else 0.0
        if term.op == "×":
            current *= value
        else:
            sums += [] if current is None else [current]
            current = value
    return sum(sums) + (current or 0.0)


def test_a_shortened_tree_still_adds_up(year):
    made = book(year)
    root = reasons(made, "total")
    for tree in (flattened(root), shortened(flattened(root))):
        assert tree.amount == root.amount
        assert math.fsum(c.amount or 0.0 for c in tree.children) == pytest.approx(root.amount, rel=1e-6)


@pytest.fixture
def hourly(year, tmp_path):
    """A run of the year in France, whose nights there are recorded to be half as heavy as its days."""
    from datetime import timedelta

    from overlays import write_overlay
    from treadlight.library.library import Library

    run = next(r for r in year.runs if r.subject.project == "Cell atlas" and 1800 < r.duration_s < 20 * 3600)
    first = run.start.replace(minute=0, second=0, microsecond=0)
    hours = [first + timedelta(hours=h) for h in range(-2, 60)]
    source = {"source": "own", "locator": "meter", "year": 2026, "confidence": "high"}
    rows = [
        {"zone": "FR", "hour": f"{t:%Y-%m-%dT%H}", "gwp_gco2e_per_kwh": 100 if t < first + timedelta(hours=24) else 50}
        for t in hours
    ]
    overlay = write_overlay(tmp_path / "hours", "grid_hourly", *(row | source for row in rows))
    desk = year.desk()
    desk.library = Library.load(overlays=[overlay])
    return desk, run_facts(desk, run.id)


def test_a_run_begun_in_recorded_hours_half_as_heavy_costs_half_the_electricity(hourly):
    desk, facts = hourly
    what = WhatIf(desk, facts, "gwp")
    starts = what.starts("FR")
    assert not starts.why_not and starts.shifts[0] == 0 and starts.shifts[-1] > 24
    assert np.allclose(starts.ratio(0), 1.0)
    assert np.allclose(starts.ratio(starts.shifts[-1]), 0.5)
    late = Tried("FR", start=starts.shifts[-1])
    made = what._made(None) + what._other
    assert np.allclose(what.draws(late) - made, (what.draws(Tried("FR")) - made) / 2)
    assert what.over_start(Tried("FR"))[-1][1] == what.total(late)


def test_an_hour_that_was_not_recorded_is_never_made_up(hourly, training):
    desk, facts = hourly
    assert "No hourly factors are recorded for Germany" in WhatIf(desk, facts, "gwp").starts("DE").why_not
    assert "the hour changes nothing" in WhatIf(desk, facts, "adpe").starts("FR").why_not
    assert "No hourly factors are recorded" in training.starts("").why_not
    assert training.over_start(Tried()) == [] and training.starts("").nearest(12) == 0
    assert np.allclose(training.draws(Tried(start=12)), training.draws(Tried()))


def test_what_was_not_moved_is_as_it_was(training):
    sent = Tried(pue=round(training.pue_was, 2), life=training.life_was)
    assert training.moved(sent) == Tried()


def test_meters_that_failed_are_a_change_of_method_and_the_steps_still_add_up(tmp_path, monkeypatch, demo_year):
    from dataclasses import replace
    from datetime import UTC, datetime

    from asking import Site
    from treadlight.app.server.place import Place
    from treadlight.app.server.settings import ServerSettings
    from treadlight.core.activity import Activity, EvidenceMethod
    from treadlight.core.distribution import Lognormal
    from treadlight.ledger.records import Run
    from treadlight.ledger.store import Ledger

    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path))
    monkeypatch.setenv("TREADLIGHT_DRAWS", "400")
    failed = datetime(2026, 8, 1, tzinfo=UTC)

    def then(item):
        if (
            not isinstance(item, Activity)
            or (item.component, item.flow) != ("gpu", "electricity.it")
            or item.start < failed
        ):
            return item
        evidence = replace(item.evidence, method=EvidenceMethod.MODELLED)
        return replace(item, evidence=evidence, uncertainty=Lognormal(2.0, 1.2), cause="model:gpu:all")

    mine = {item.id for item in demo_year if isinstance(item, Run) and item.subject.project == "Cell atlas"}
    kept = [i for i in demo_year if i.id in mine or getattr(i, "parent", getattr(i, "run", "")) in mine]
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        ledger.append([then(item) for item in kept])
    place = Place(ServerSettings(embedded=True))
    place.open()
    try:
        made = book(Site(place, []))
        now = Span(failed, month_after(failed, 3))
        steps = changes(made, now.before(), now)
        method = next(step for step in steps if step.kind == "method")
        assert method.cause == "Cell atlas: modelled instead of metered"
        old, new = (float(np.median(made.cut(s).footprint.samples[0])) for s in (now.before(), now))
        assert steps[-1].start + steps[-1].change.p50 == pytest.approx(new, abs=0.05 * old)  # medians of skewed steps
        gpu = made.cut(now).along("gwp", "component", "flow")["gpu", "electricity.it"]
        assert method.change.p50 == pytest.approx(float(np.median(gpu)) / 2, rel=0.05)  # the model says twice as much
    finally:
        place.close()


def test_a_component_that_could_not_be_read_before_is_counted_now_by_method_not_by_activity(year):
    made = book(year)
    span = Span(month_after(made.extent.until, -2), made.extent.until)
    old = made.cut(span.before())
    ways = Ways(made, span.before(), old)
    group = next(g for _, g in old.rows if g.project == "Lab 3" and g.flow == "electricity.it")
    gpu = msgspec.structs.replace(group, component="gpu")
    assert ways.of(group) is group and ways.of(gpu) is None
    assert ways.texts == {"Lab 3": "Lab 3: GPU is now counted"}
    other = msgspec.structs.replace(group, method="reported")
    assert ways.of(other).method == group.method


def test_runs_that_others_send_are_going_until_they_end_and_silent_after_a_while(year):
    from dataclasses import replace
    from datetime import timedelta

    from treadlight.app.web.going import silent_since
    from treadlight.ledger.records import RunStatus

    run = replace(year.runs[0], status=RunStatus.RUNNING, interval_s=1.0)
    assert silent_since(run, run.end + timedelta(minutes=5)) is None
    assert silent_since(run, run.end + timedelta(minutes=11)) == run.end
    assert silent_since(replace(run, interval_s=60.0), run.end + timedelta(minutes=11)) is None
    assert silent_since(replace(run, status=RunStatus.FINISHED), run.end + timedelta(days=1)) is None


def test_a_run_that_others_send_moves_on_the_pages_until_it_has_ended(tmp_path, monkeypatch, demo_year):
    from dataclasses import replace
    from datetime import UTC, datetime, timedelta

    from asking import Site
    from treadlight.app.server.place import Place
    from treadlight.app.server.settings import ServerSettings
    from treadlight.ledger.records import Run, RunStatus

    monkeypatch.setenv("TREADLIGHT_HOME", str(tmp_path))
    ended = next(item for item in demo_year if isinstance(item, Run) and item.duration_s > 3600)
    now = datetime.now(UTC)
    begun = replace(ended, status=RunStatus.RUNNING, start=now - timedelta(hours=1), end=now, duration_s=3600.0)
    place = Place(ServerSettings(database=str(tmp_path / "team.sqlite")))
    place.open()
    try:
        site = Site(place, [begun])
        place.ledger.append([begun])
        assert ">running</span>" in site.ask("/runs").text
        first = site.ask(f"/runs/{begun.id}").text
        assert "Running." in first and "data-again" in first and "1 h so far" in first
        place.ledger.append([replace(begun, end=now + timedelta(minutes=6), duration_s=3960.0)])
        assert "1 h 6 min so far" in site.ask(f"/runs/{begun.id}").text
        place.ledger.append([replace(begun, status=RunStatus.FINISHED, duration_s=4000.0)])
        assert "data-again" not in site.ask(f"/runs/{begun.id}").text
        assert 'id="live"' not in site.ask("/runs").text
    finally:
        place.close()
