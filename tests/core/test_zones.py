"""Time zones as people name them."""

from datetime import UTC, datetime, timedelta

import pytest

from treadlight.core.errors import InputError
from treadlight.core.zones import time_zone


@pytest.mark.parametrize(
    ("name", "hours"),
    [("UTC", 0), ("z", 0), ("GMT", 0), ("+05:30", 5.5), ("-0330", -3.5), ("Europe/Paris", 2), ("Asia/Kolkata", 5.5)],
)
def test_a_zone_is_told_by_its_name_or_its_offset(name: str, hours: float) -> None:
    assert datetime(2026, 7, 1, tzinfo=time_zone(name, "zone")).utcoffset() == timedelta(hours=hours)


def test_utc_is_the_one_that_hours_are_counted_in() -> None:
    assert time_zone("utc", "zone") is UTC


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "+5", "+25:00", "+05:70", "../etc", "Europe"])
def test_what_is_no_zone_is_refused_under_the_name_of_its_field(name: str) -> None:
    with pytest.raises(InputError, match=r"^--zone: no such time zone"):
        time_zone(name, "--zone")
