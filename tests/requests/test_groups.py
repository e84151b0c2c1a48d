"""Sums of several logs together: zones of time, constants, rows without a model, nothing counted twice."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from requests_logs import sum_log, write_csv_log
from treadlight.core.errors import InputError
from treadlight.requests.groups import merged
from treadlight.requests.zones import time_zone, utc_seconds

HEAD = "time,tokens_in,tokens_out,model,team"
MODEL = {"model": "m"}


def _sums(groups: Any, *names: str) -> dict[tuple[object, ...], float]:
    rows = groups.table.to_pylist()
    return {tuple(row[name] for name in names): row["n"] for row in rows}


def test_rows_that_say_nothing_get_the_constant_and_others_keep_their_own(tmp_path: Path) -> None:
    rows = [("2026-01-01T00:00:00Z", 1, 1, "", "blue"), ("2026-01-01T00:00:00Z", 1, 1, " own ", "")]
    part = sum_log(write_csv_log(tmp_path / "a.csv", rows, HEAD))
    groups = merged([part], {"model": "m", "team": "red"}, (), 3600, None)
    assert _sums(groups, "model", "team") == {("m", "blue"): 1, ("own", "red"): 1}


def test_rows_without_a_model_are_set_aside(tmp_path: Path) -> None:
    rows = [("2026-01-01T00:00:00Z", 1, 1, "", ""), ("2026-01-01T00:00:00Z", 1, 1, "m", "")]
    part = sum_log(write_csv_log(tmp_path / "a.csv", rows, HEAD))
    groups = merged([part], {}, (), 3600, None)
    assert groups.aside == {13: 1}
    assert groups.requests == 1


def test_times_without_a_zone_are_refused_until_somebody_says_theirs(tmp_path: Path) -> None:
    part = sum_log(write_csv_log(tmp_path / "a.csv", [("2026-01-01T00:00:00", 1, 1)]))
    with pytest.raises(InputError, match=r"say no zone.*--time-zone UTC"):
        merged([part], MODEL, (), 3600, None)
    groups = merged([part], MODEL, (), 3600, time_zone("UTC"))
    assert (groups.naive, groups.zoned) == (1, 0)


def test_a_log_of_mixed_zones_is_refused_or_each_row_is_taken_at_its_word(tmp_path: Path) -> None:
    rows = [("2026-01-01T12:00:00", 1, 1), ("2026-01-01T12:00:00Z", 1, 1), ("2026-01-01T12:00:00+02:00", 1, 1)]
    part = sum_log(write_csv_log(tmp_path / "a.csv", rows), bucket_s=900)
    with pytest.raises(InputError, match="1 of its times say no zone, 2 do"):
        merged([part], MODEL, (), 900, None)
    groups = merged([part], MODEL, (), 900, time_zone("America/New_York"))
    noon = 1767268800
    assert _sums(groups, "start_s") == {(noon + 5 * 3600,): 1, (noon,): 1, (noon - 2 * 3600,): 1}


@pytest.mark.parametrize(
    ("zone", "local", "utc"),
    [
        ("Europe/Paris", "2026-03-29 01:59:00", "2026-03-29T00"),  # an hour before clocks go forward
        ("Europe/Paris", "2026-03-29 03:00:00", "2026-03-29T01"),
        ("Europe/Paris", "2026-10-25 02:30:00", "2026-10-25T00"),  # occurs twice: the first is taken
        ("Europe/Paris", "2026-10-25 03:00:00", "2026-10-25T02"),
        ("Asia/Kolkata", "2026-01-01 05:29:59", "2025-12-31T23"),
        ("+05:45", "2026-01-01 05:45:00", "2026-01-01T00"),
        ("-03:30", "2026-01-01 00:00:00", "2026-01-01T03"),
    ],
)
def test_local_hours_become_utc_hours_through_summer_time(tmp_path: Path, zone: str, local: str, utc: str) -> None:
    part = sum_log(write_csv_log(tmp_path / "a.csv", [(local, 1, 1)]), bucket_s=900)
    groups = merged([part], MODEL, (), 900, time_zone(zone))
    (start_s,) = groups.column("start_s")
    assert str(np.datetime64(int(start_s), "s"))[:13] == utc


@pytest.mark.parametrize("name", ["Mars/Olympus", "+5", "+05:20", "../etc"])
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="--time-zone"):
        time_zone(name)


def test_utc_of_many_moments_keeps_their_order() -> None:
    moments = np.array([7200, 0, 3600, 0])
    assert utc_seconds(moments, time_zone("+01:00")).tolist() == [3600, -3600, 0, -3600]


def test_logs_with_other_columns_are_summed_together(tmp_path: Path) -> None:
    time = "2026-01-01T00:00:00Z"
    one = sum_log(write_csv_log(tmp_path / "a.csv", [(time, 1, 1, "m", "blue")] * 3, HEAD))
    two = sum_log(write_csv_log(tmp_path / "b.csv", [(time, 1, 1)] * 4))
    groups = merged([one, two], {"model": "m", "team": "blue"}, (), 3600, None)
    assert _sums(groups, "model", "team") == {("m", "blue"): 7}
    assert groups.largest == (1, 1)
