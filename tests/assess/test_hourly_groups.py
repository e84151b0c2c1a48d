"""With recorded hours, each hour's electricity meets that hour's grid."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from overlays import grid_row, write_overlay
from treadlight.assess.footprint import footprint
from treadlight.assess.grouping import group_activities
from treadlight.core.activity import Activity, Evidence, EvidenceMethod, Location
from treadlight.core.method import Method
from treadlight.library.library import Library

HOUR = datetime(2026, 11, 22, 12, tzinfo=UTC)


def _used(hour: int, kwh: float) -> Activity:
    start = HOUR.replace(hour=hour)
    evidence = Evidence(EvidenceMethod.METERED, "counter", "rapl")
    return Activity(f"id-{hour}", start, start, "electricity.grid", kwh, evidence, location=Location(zone="FR"))


def test_two_hours_are_two_groups_and_each_meets_its_own_factor(tmp_path: Path) -> None:
    rows = [grid_row("FR", g, hour=f"2026-11-22T{hour}") for hour, g in (("12", 20), ("19", 80))]
    rows = [{k: v for k, v in row.items() if k not in ("scope", "basis")} for row in rows]
    library = Library.load(overlays=[write_overlay(tmp_path / "hours", "grid_hourly", *rows)])
    groups = group_activities([_used(12, 3.0), _used(19, 1.0)], hourly=library.has_hourly)
    assert [group.period for group in groups] == ["2026-11-22T12", "2026-11-22T19"]
    result = footprint(groups, library, Method(), categories=("gwp",), draws=200)
    assert float(result.central[0]) == pytest.approx((3 * 20 + 1 * 80) / 1000, rel=1e-6)  # kgCO2e, by hand


def test_without_recorded_hours_a_year_is_one_group() -> None:
    groups = group_activities([_used(12, 3.0), replace(_used(19, 1.0), id="x")], hourly=Library.load().has_hourly)
    assert [(group.period, group.amount) for group in groups] == [("2026", 4.0)]
