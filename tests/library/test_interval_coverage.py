"""Intervals hold on what they were not fitted to: the newer release against what the older one led to expect."""

from treadlight.core.activity import Location
from treadlight.library.library import Library
from treadlight.library.loader import Store
from treadlight.library.system import Demand
from treadlight.library.tables.grid import GridRow
from treadlight.library.version import version


def test_nine_in_ten_figures_of_the_newer_release_lie_in_the_older_releases_interval() -> None:
    newer, older = Store(version("2026.11")), Library.load("2025.06")
    known = {(row.zone, row.year) for row in Store(version("2025.06")).rows("grid", GridRow)}
    zones = {zone for zone, _ in known}
    rows = [
        row
        for row in newer.rows("grid", GridRow)
        if row.source == "owid-ember-2026-04" and row.zone in zones and (row.zone, row.year) not in known
    ]
    inside = 0
    for row in rows:
        demand = Demand("electricity.grid", Location(zone=row.zone), str(row.year))
        process = older.system([demand]).processes[f"electricity.grid/{row.zone}/{row.year}"]
        amount = next(e.amount for e in process.exchanges if e.target == "gwp")
        g_per_kwh = row.gwp_gco2e_per_kwh.median
        inside += amount.quantile(0.05) <= g_per_kwh / 1000 <= amount.quantile(0.95)
    assert len(rows) > 150
    assert 0.85 <= inside / len(rows) <= 1.0
