"""Sums by month: they add up to the sums by year, an hour belongs to one month, corrections count once."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from treadlight.core.activity import Activity, Evidence, EvidenceMethod, Subject
from treadlight.core.ids import derived_id
from treadlight.ledger.months import month_after, months_between
from treadlight.ledger.query import Filter
from treadlight.ledger.store import Ledger

START = datetime(2025, 11, 1, tzinfo=UTC)


def activity(at, amount=1.0, **changes):
    plain = Activity(
        derived_id(at, "month", str(amount), str(changes)), at, at + timedelta(minutes=30), "electricity.it", amount,
        Evidence(EvidenceMethod.METERED, "counter", "rapl"), cause="rapl", component="cpu",
    )  # fmt: skip
    return replace(plain, **changes)


@pytest.fixture
def ledger(tmp_path):
    with Ledger.open(tmp_path / "l.sqlite") as opened:
        yield opened


def by_month(ledger, since=START, months=14, f=None):
    found = {}
    for month, group in ledger.months(f or Filter(), since, month_after(since, months)):
        found[month] = found.get(month, 0.0) + group.amount
    return found


def test_the_last_and_the_first_hour_of_a_month_are_told_apart(ledger):
    edges = [month_after(START, n) for n in range(1, 13)]
    ledger.append(activity(edge - timedelta(hours=1), 1.0) for edge in edges)
    ledger.append(activity(edge, 10.0) for edge in edges)
    found = by_month(ledger)
    assert found == {START: 1.0} | dict.fromkeys(edges[:-1], 11.0) | {edges[-1]: 10.0}


def test_months_add_up_to_the_sums_by_year(ledger):
    ledger.append(activity(START + timedelta(hours=37 * n), 0.1 * n) for n in range(300))
    total = math.fsum(g.amount for g in ledger.sums())
    assert math.fsum(by_month(ledger, months=18).values()) == pytest.approx(total)


def test_a_corrected_activity_counts_once_and_filters_hold(ledger):
    first = activity(START, 5.0, subject=Subject(project="a"))
    ledger.append(
        [first, activity(START, 3.0, supersedes=first.id, subject=Subject(project="a")), activity(START, 9.0)]
    )
    assert by_month(ledger) == {START: 12.0}
    assert by_month(ledger, f=Filter(project="a")) == {START: 3.0}


def test_the_extent_is_the_first_and_the_last_month(ledger):
    assert ledger.extent() is None
    ledger.append([activity(START + timedelta(days=40)), activity(START + timedelta(days=400))])
    assert ledger.extent() == (datetime(2025, 12, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))


def test_months_between_are_those_it_touches():
    assert months_between(START + timedelta(days=3), START + timedelta(days=31)) == [START, month_after(START)]
    assert months_between(START, START) == []


def test_corrections_come_with_what_they_replace(ledger):
    first = activity(START, 5.0)
    second = activity(START, 3.0, supersedes=first.id)
    ledger.append([first, second])
    assert ledger.corrections(5) == [(second, first)]
