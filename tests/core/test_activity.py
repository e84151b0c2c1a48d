from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given

from strategies import activities
from treadlight.core.activity import Activity, Evidence, EvidenceMethod
from treadlight.core.errors import InputError
from treadlight.core.flow import flow_unit

GOOD = Activity(
    id="a",
    start=datetime(2026, 1, 1, tzinfo=UTC),
    end=datetime(2026, 1, 1, 1, tzinfo=UTC),
    flow="electricity.it",
    amount=1.0,
    evidence=Evidence(EvidenceMethod.METERED, "counter", "rapl"),
)


@given(activities())
def test_any_activity_has_its_flows_unit_and_utc_times(activity: Activity) -> None:
    assert activity.unit == flow_unit(activity.flow)
    assert activity.start.tzinfo is UTC
    assert activity.start <= activity.end


def test_times_are_turned_into_utc() -> None:
    paris = timezone(timedelta(hours=1))
    moved = replace(GOOD, start=GOOD.start.astimezone(paris), end=GOOD.end.astimezone(paris))
    assert moved == GOOD
    assert moved.start.tzinfo is UTC


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": ""}, "id"),
        ({"start": datetime(2026, 1, 1)}, "start"),  # noqa: DTZ001 (the point)
        ({"end": datetime(2025, 1, 1, tzinfo=UTC)}, "end"),
        ({"amount": float("nan")}, "amount"),
        ({"amount": float("inf")}, "amount"),
        ({"amount": -1.0}, "amount"),
        ({"stage": "dreaming"}, "stage"),
        ({"flow": "steam"}, "flow"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(changes: dict[str, object], field: str) -> None:
    with pytest.raises(InputError) as caught:
        replace(GOOD, **changes)  # type: ignore[arg-type]
    assert caught.value.field == field
    assert caught.value.remedy


def test_only_a_correction_may_be_negative() -> None:
    assert replace(GOOD, amount=-1.0, supersedes="b").amount == -1.0
